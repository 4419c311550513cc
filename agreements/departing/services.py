"""Telling that somebody leaves, taking it back, and the bureau's word on each agreement."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.lookups import IsNull
from django.urls import reverse
from django.utils.timezone import now

from accounts.enums import Role
from accounts.models import Membership
from agreements import queries
from agreements.departing.models import DepartureDecision
from agreements.enums import AgreementStatus, TerminationReason
from agreements.models import Agreement, AgreementQuerySet
from agreements.onward.services import carry_out
from agreements.services.holding import hold_with_person
from core import audit, notify
from core.jinja import cdate
from core.policy import plain, require
from specialists.departing import rules
from specialists.enums import DepartureKind, RegistrationStatus
from specialists.models import Departure, Registration, Specialist


@transaction.atomic
def register_departure(
    registration: Registration, *, by: Membership, on: date, kind: DepartureKind, left_on: date, reason: str
) -> Departure:
    """Tell that a selected person leaves the unit that dispatches them, from `left_on` on.

    Nothing ends by it: agreements under way are marked, and the bureau, their hosts and the person hear of it. Raises
    Refused: E-PERM for another unit's person, E-STATE for who is not selected or has been told of already, and for a
    day or words that will not do.
    """
    person = Specialist.objects.select_for_update(of=("self",)).get(registrations=registration.pk)
    registration = Registration.objects.select_related("institution__organization").get(pk=registration.pk)
    unit = registration.institution  # None: the bureau itself, of whom it appoints directly (A6)
    selected = registration.status == RegistrationStatus.APPROVED
    told = Departure.objects.standing().filter(specialist=person, institution=unit).exists()
    require(
        None
        if by.stands_for(registration.institution_id)
        else plain("E-PERM", "您没有权限执行此操作：离职由派出单位登记，直接聘请的由市科技局登记。"),
        None if selected else plain("E-STATE", f"{person.name}尚未入选，请直接删除或撤回登记。"),
        rules.not_told_yet(name=person.name, told=told),
        rules.day_of_leaving(day=left_on, since=registration.approved_on or on, on=on),
        rules.said_why(reason=reason),
    )
    departure = Departure.objects.create(
        specialist=person, institution=unit, kind=kind, left_on=left_on, reason=reason.strip(), registered_by=by
    )
    after = {"person": person.name, "kind": kind.label, "left_on": left_on}
    audit.record("departure.registered", departure, by=by, after=after, reason=departure.reason)
    audit.record("registration.person_left", registration, by=by, after=after, reason=departure.reason)
    papers = list(running(departure, on=on))
    for paper in papers:
        audit.record("agreement.specialist_left", paper, by=by, after={"left_on": left_on}, reason=departure.reason)
    _tell(departure, papers, on=on)
    return departure


@transaction.atomic
def withdraw_departure(departure: Departure, *, by: Membership, on: date) -> Departure:
    """Take back what was told by mistake, or of somebody who has come back.

    Raises Refused (E-STATE) once taken back; what the bureau acted on only the bureau takes back, and not while an
    agreement is to end by it.
    """
    departure = _hold(departure)
    require(
        rules.still_told(withdrawn=departure.withdrawn_at is not None),
        rules.no_end_is_to_come(ends=_ends_to_come(departure))
        if by.role in Role.bureau
        else rules.nothing_follows(decisions=decisions_on(departure).count()),
    )
    departure.withdrawn_by, departure.withdrawn_at = by, now()
    departure.save(update_fields=["withdrawn_by", "withdrawn_at"])
    audit.record("departure.withdrawn", departure, by=by, after={"person": departure.specialist.name})
    notify.tell(
        queries.bureau_readers(on=on),
        occasion=f"departure.withdrawn:{departure.pk}",
        subject=f"{departure.specialist}的离职登记已撤销",
        body=f"“{departure.unit}”撤销了{departure.specialist}的离职登记。",
    )
    return departure


def decisions_on(departure: Departure) -> "QuerySet[DepartureDecision]":
    """The bureau's words that stand."""
    return DepartureDecision.objects.filter(departure=departure, taken_back_on=None)


def _ends_to_come(departure: Departure) -> list[tuple[str, date]]:
    """The agreements that are to end by what the bureau said of it, with their days."""
    said = decisions_on(departure).filter(agreement__status=AgreementStatus.FILED, continues=False)
    papers = (one.agreement for one in said.select_related("agreement").order_by("agreement"))
    return [(str(paper), paper.terminated_on) for paper in papers if paper.terminated_on]


def running(departure: Departure, *, on: date) -> AgreementQuerySet:
    """Agreements that outlast the person at the unit; a team's goes on with its other members."""
    rows = Agreement.objects.filter(
        specialist=departure.specialist_id,
        institution=departure.institution_id,
        team=None,
        status=AgreementStatus.FILED,
        service_end__gte=max(departure.left_on, on),
    )
    return rows.order_by("pk")


def to_decide(*, on: date) -> AgreementQuerySet:
    """Filed agreements whose specialist leaves the institution before their end, not decided yet."""
    of_the_bureau = Q(institution=None) & Q(IsNull(OuterRef("institution"), True))
    same_unit = Q(institution=OuterRef("institution")) | of_the_bureau
    left = Departure.objects.standing().filter(
        same_unit, specialist=OuterRef("specialist"), left_on__lte=OuterRef("service_end")
    )
    decided = DepartureDecision.objects.filter(
        agreement=OuterRef("pk"), departure__withdrawn_at=None, taken_back_on=None
    )
    return Agreement.objects.filter(
        Exists(left),
        ~Exists(decided),
        team=None,
        status=AgreementStatus.FILED,
        terminated_on=None,  # an end that is ordered already is the bureau's word
        service_end__gte=on,
    )


def departure_of(agreement: Agreement) -> Departure | None:
    """What was told of the specialist of this agreement by its institution."""
    told = Departure.objects.standing().filter(specialist=agreement.specialist_id)
    found = told.filter(institution=agreement.institution_id).select_related("institution__organization", "specialist")
    return found.first()


@transaction.atomic
def decide_departure(
    agreement: Agreement,
    *,
    by: Membership,
    on: date,
    continues: bool,
    opinion: str,
    ends_on: date | None = None,
    document_number: str = "",
    seen: str = "",
) -> DepartureDecision:
    """The bureau's word on one agreement: it goes on to its end, or ends from `ends_on`, else today; the parties are told.

    Raises Refused (E-STATE) for what does not wait for it, an end before the person has left, (E-END-DAY) for a day that
    will not do, and without an opinion; Outdated as `end_agreement` does.
    """
    agreement = hold_with_person(agreement)
    departure = departure_of(agreement)
    waits = departure is not None and to_decide(on=on).filter(pk=agreement.pk).exists()
    require(
        None if waits else plain("E-STATE", "这份协议现在没有待办理的离职事项。"),
        rules.not_before_they_leave(left_on=departure.left_on, ends_on=ends_on or on)
        if departure and not continues
        else None,
        None if opinion.strip() else plain("E-OPINION", "请写明意见，如三方商定的安排。", field="opinion"),
    )
    assert departure
    decision = DepartureDecision.objects.create(
        agreement=agreement,
        departure=departure,
        continues=continues,
        opinion=opinion.strip(),
        document_number=document_number.strip(),
        decided_by=by,
        decided_on=on,
    )
    carry_out(
        decision,
        agreement,
        by=by,
        on=on,
        ends_on=ends_on,
        seen=seen,
        verb="agreement.goes_on_after_leaving" if continues else "agreement.ends_with_leaving",
        about={"left_on": departure.left_on},
        ends_for=TerminationReason.LEFT,
        subject=f"协议{agreement}继续履行",
        body=f"{agreement.specialist}自{cdate(departure.left_on)}起离开“{departure.unit}”，市科技局同意协议"
        f"{agreement}继续履行至{cdate(agreement.service_end)}。",
    )
    return decision


def _hold(departure: Departure) -> Departure:
    """The row read anew with its person held: whoever decides on an agreement of theirs waits."""
    person = Specialist.objects.select_for_update(of=("self",)).get(departures=departure.pk)
    again = Departure.objects.select_related("institution__organization").get(pk=departure.pk)
    again.specialist = person
    return again


def _tell(departure: Departure, papers: Iterable[Agreement], *, on: date) -> None:
    person, day = departure.specialist, cdate(departure.left_on)
    whom = "市科技局" if departure.institution_id is None else "市科技局或派出单位"
    papers = list(papers)
    said = departure.reason if departure.reason.endswith(("。", "！", "？")) else f"{departure.reason}。"
    fact = f"“{departure.unit}”登记：{person.name}自{day}起{departure.get_kind_display()}。{said}"
    notify.tell(
        queries.bureau_readers(on=on),
        occasion=f"departure.registered:{departure.pk}",
        subject=f"{person.name}自{day}起{departure.get_kind_display()}",
        body=fact + (f"履行中的协议{len(papers)}份，请逐份决定是否提前终止。" if papers else "没有履行中的协议。"),
        link=reverse("agreements:departure", args=[departure.pk]),
    )
    readers = queries.readers_of(papers, on=on)
    for paper in papers:
        notify.tell(
            [*readers[paper.pk].host, *readers[paper.pk].specialist],
            occasion=f"departure.registered:{departure.pk}:{paper.pk}",
            subject=f"协议{paper}的科技特派员离开{paper.sender}",
            body=f"{fact}协议{paper}在市科技局决定前继续有效；对后续安排有意见的，请与{whom}联系。",
            link=paper.get_absolute_url(),
        )
