"""Doors for Celery."""

from celery import shared_task
from django.utils.timezone import localdate, now

from accounts import flags, services
from accounts.enums import ApplicationStatus
from accounts.joining import services as joining
from accounts.lists import exporting
from accounts.models import InstitutionApplication, Invitation, ListExport
from core import outbox
from core.jobs import daily, once_per_slot


@outbox.effect
def send_invitation(*, invitation_id: int) -> None:
    # Accepted or withdrawn since is not an error.
    invitation = Invitation.objects.select_related("organization").filter(pk=invitation_id, accepted_at=None).first()
    if invitation:
        services.send_invitation(invitation)


@outbox.effect
def send_application_link(*, application_id: int) -> None:
    # Confirmed or decided since, or dropped, is not an error.
    waiting = [ApplicationStatus.UNCONFIRMED, ApplicationStatus.RETURNED]
    if application := InstitutionApplication.objects.filter(pk=application_id, status__in=waiting).first():
        joining.send_link(application)


@outbox.effect
def send_application_refusal(*, application_id: int) -> None:
    joining.send_refusal(InstitutionApplication.objects.get(pk=application_id))


@outbox.effect
def write_export(*, export_id: int) -> None:
    if export := ListExport.objects.select_related("asked_by__person").filter(pk=export_id).first():
        exporting.write_next(export)


@shared_task
def forget() -> None:
    """Forget what opens nothing any more, once a day however often it is asked for."""
    once_per_slot("accounts.forget", daily(localdate()), _forget)


def _forget() -> dict[str, int]:
    return {**services.forget(at=now()), "applications": joining.forget()}


@shared_task
def remind_of_flags() -> None:
    """At the turn of the year: a first run in January does it, and no other of that year."""
    on = localdate()
    once_per_slot("accounts.remind_of_flags", str(on.year), lambda: flags.remind_of_flags(on=on))
