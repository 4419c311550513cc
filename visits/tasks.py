"""Doors for Celery: ids in, fetch, call a service; gone is not an error."""

from celery import shared_task
from django.utils.timezone import localdate, now

from core import outbox
from core.jobs import daily, once_per_slot
from visits import services
from visits.models import ConfirmationLink, Visit


@outbox.effect
def send_link(*, visit_id: int) -> None:
    if visit := Visit.objects.filter(pk=visit_id).first():
        services.send_link(visit)


@outbox.effect
def mail_link(*, link_id: int) -> None:
    if link := ConfirmationLink.objects.filter(pk=link_id, used_at=None).first():
        services.mail_link(link)


@outbox.effect
def send_code(*, link_id: int) -> None:
    if link := ConfirmationLink.objects.filter(pk=link_id, used_at=None).first():
        services.send_code(link)


@shared_task
def forget() -> None:
    """Forget spent links and codes, once a day however often it is asked for."""
    once_per_slot("visits.forget", daily(localdate()), lambda: services.forget(at=now()))
