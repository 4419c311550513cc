"""Suspending a qualification for a time, and giving it back."""

from collections.abc import Mapping
from datetime import date

from django.db import transaction
from django.db.models import Q
from django.urls import reverse

from accounts.models import Membership
from agreements import queries
from agreements.enums import AgreementStatus
from agreements.models import Agreement, AgreementQuerySet
from core import audit, notify
from core.jinja import cdate
from core.models import PolicyPack
from core.notify import Reader
from core.policy import require
from specialists.enums import RegistrationStatus
from specialists.models import Registration, Specialist
from specialists.services.telling import institution_readers
from specialists.suspending import rules
from specialists.suspending.models import Suspension
from specialists.suspending.queries import spells_of


@transaction.atomic
def suspend(
    registration: Registration,
    *,
    by: Membership,
    on: date,
    from_on: date,
    until_on: date | None,
    reason: str,
    document_number: str = "",
) -> Suspension:
    """五（一）: the person of this registration signs nothing new and serves nowhere from `from_on` through `until_on`, or
    until the bureau ends it. What is filed stays filed; the person, and who dispatches them, are told.

    Raises Refused (E-STATE) for who is not selected, is cancelled or suspended then already, and under a plan that does
    not know of it; (E-FIELD) for days in the past or too far ahead, and without a reason.
    """
    person = Specialist.objects.select_for_update(of=("self",)).get(registrations=registration.pk)
    registration = Registration.objects.select_related("institution__organization").get(pk=registration.pk)
    pack = PolicyPack.in_force(on=on)
    require(
        rules.plan_knows_of_it(knows="E-SUSPENDED" in pack.rules, year=pack.year),
        rules.may_be_suspended(
            name=person.name,
            is_selected=registration.status == RegistrationStatus.APPROVED,
            revoked_on=person.revoked_on,
        ),
        rules.days_of_suspension(first=from_on, last=until_on, on=on),
        rules.not_resting_already(
            name=person.name, spells=spells_of([person.pk])[person.pk], first=from_on, last=until_on
        ),
        rules.said_why(reason=reason, field="reason"),
    )
    suspension = Suspension.objects.create(
        specialist=person,
        from_on=from_on,
        until_on=until_on,
        reason=reason.strip(),
        document_number=document_number.strip(),
        suspended_by=by,
    )
    said = {"from_on": from_on, "until_on": until_on, "document_number": suspension.document_number}
    after = {name: value for name, value in said.items() if value}
    _record("suspended", suspension, by=by, after=after, reason=suspension.reason)
    _tell(
        suspension,
        act="suspended",
        subject=f"{person.name}的科技特派员资格暂停",
        fact=f"{person.name}的科技特派员资格{suspension.spell}，暂停期间不能签订新的协议、登记服务，"
        "已备案的协议仍然有效，此前的服务照常确认和发放补助。",
        reason=suspension.reason,
        on=on,
    )
    return suspension


@transaction.atomic
def resume(suspension: Suspension, *, by: Membership, on: date, resumed_on: date, reason: str) -> Suspension:
    """五（一）: the qualification is there again from `resumed_on`; the same people are told.

    Raises Refused (E-STATE) once it is over, (E-FIELD) for a day in the past or after its end, and without a reason.
    """
    person = Specialist.objects.select_for_update(of=("self",)).get(suspensions=suspension.pk)
    suspension = Suspension.objects.get(pk=suspension.pk)
    suspension.specialist = person
    stands = suspension.resumed_on is None and suspension.stands(on)
    require(
        rules.can_be_resumed(stands=stands),
        rules.day_of_resuming(day=resumed_on, first=suspension.from_on, last=suspension.until_on, on=on)
        if stands
        else None,
        rules.said_why(reason=reason, field="reason"),
    )
    suspension.resumed_on, suspension.resumed_by, suspension.resume_reason = resumed_on, by, reason.strip()
    suspension.save(update_fields=["resumed_on", "resumed_by", "resume_reason"])
    _record("resumed", suspension, by=by, after={"resumed_on": resumed_on}, reason=suspension.resume_reason)
    _tell(
        suspension,
        act="resumed",
        subject=f"{person.name}的科技特派员资格恢复",
        fact=f"{person.name}的科技特派员资格自{cdate(resumed_on)}起恢复。",
        reason=suspension.resume_reason,
        on=on,
    )
    return suspension


def under_way(person: Specialist, *, on: date) -> AgreementQuerySet:
    """What the person serves under or has before the bureau, their teams' papers left out: others serve under those too."""
    alive = Q(status=AgreementStatus.SUBMITTED) | Q(status=AgreementStatus.FILED, service_end__gte=on)
    return Agreement.objects.filter(alive, specialist=person, team=None).order_by("pk")


def _record(act: str, suspension: Suspension, *, by: Membership, after: Mapping[str, object], reason: str) -> None:
    """Beside the suspension itself, with the person and with each of their registrations: where people look."""
    person = suspension.specialist
    for record in (suspension, person, *person.registrations.filter(status=RegistrationStatus.APPROVED)):
        audit.record(f"specialist.{act}", record, by=by, after=after, reason=reason)


def _tell(suspension: Suspension, *, act: str, subject: str, fact: str, reason: str, on: date) -> None:
    """The person and each unit that has them selected; the hosts that expect them, without the reason."""
    person = suspension.specialist
    units = person.registrations.filter(status=RegistrationStatus.APPROVED).order_by().values_list("institution")
    at_units = [reader for (unit,) in units.distinct() if unit for reader in institution_readers(unit, on=on)]
    occasion = f"specialist.{act}:{suspension.pk}"
    notify.tell(
        [Reader(person.user, person.email), *at_units],
        occasion=occasion,
        subject=subject,
        body=f"市科技局决定：{fact}原因：{reason}",
        link=reverse("agreements:suspension", args=[suspension.pk]),
    )
    papers = [*under_way(person, on=on).filter(status=AgreementStatus.FILED)]
    readers = queries.readers_of(papers, on=on)
    for paper in papers:
        notify.tell(
            readers[paper.pk].host,
            occasion=f"{occasion}:{paper.pk}",
            subject=subject,
            body=f"{fact}协议{paper}仍然有效；对服务安排有疑问的，请与{paper.sender}联系。",
            link=paper.get_absolute_url(),
        )
