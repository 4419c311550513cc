"""Facts for the rules, the counted evidence, and what an unqualified result would take along."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from django.db.models import Q, QuerySet, Sum

from agreements.amending.effective import effective, visits_promised
from agreements.enums import AgreementStatus
from agreements.models import Agreement
from agreements.services.holding import pack_beside
from assessments.enums import AssessmentStatus, Grade
from assessments.models import Assessment, Campaign
from assessments.rules import Part, months_served
from core.audit import history
from core.models import AuditEvent, PolicyPack
from funding.enums import ClaimStatus
from funding.models import Claim
from funding.queries import trips as trips_of
from funding.services.claims import judge as judge_claims
from specialists import queries as people
from specialists.models import Specialist, Team
from visits.enums import VisitStatus
from visits.models import Visit, VisitAttendance
from visits.queries import year_of_service


@dataclass(frozen=True)
class Candidate:
    """Somebody who served in the year: under which registration, and in how many months."""

    specialist: Specialist
    registration_id: int
    institution_id: int | None
    months: int


@dataclass(frozen=True)
class GoingOn:
    """The agreement of a team that one is in, or signed for: A17, what is found of the one is not found of the team."""

    agreement: Agreement
    team: Team
    left: list[str]  # who stays, their qualification standing
    is_leader: bool  # of the team today: another one has to lead it
    least: int

    @property
    def needs(self) -> str:
        """What the team has to do then."""
        named = f"其余有效成员{len(self.left)}人" + (f"（{'、'.join(self.left)}）" if self.left else "")
        lead = "；须更换负责人" if self.is_leader else ""
        short = f"；低于{self.least}人，须补充成员" if len(self.left) < self.least else ""
        return f"{named}{lead}{short}"


@dataclass(frozen=True)
class Consequences:
    """What becomes of an unqualified result (R34, A17, A19): shown before it is carried out, and the same then."""

    agreements: list[Agreement]
    unfiled: list[Agreement]  # what can be filed no more, of the person's own (E-REVOKED)
    going_on: list[GoingOn]
    open_visits: int
    payable_claims: int
    payable_fen: int

    def as_dict(self) -> dict[str, Any]:
        return {
            "agreements": [str(agreement) for agreement in self.agreements],
            "unfiled": [str(agreement) for agreement in self.unfiled],
            "going_on": [str(one.agreement) for one in self.going_on],
            "open_visits": self.open_visits,
            "payable_claims": self.payable_claims,
            "payable_fen": self.payable_fen,
        }


def parts_of(pack: PolicyPack) -> list[Part]:
    return [Part(**part) for part in pack.setting("assessments.parts")]


def agreements_of_year(specialist: Specialist, year: int) -> QuerySet[Agreement]:
    """The filed agreements that the year saw in service, ended ones included."""
    rows = Agreement.objects.filter(specialist=specialist, status__in=AgreementStatus.once_filed)
    return rows.overlapping(date(year, 1, 1), date(year, 12, 31)).select_related("host__organization").order_by("pk")


def candidates(year: int, *, on: date) -> list[Candidate]:
    """Who served in the year under a filed agreement and is not in its campaign yet, by person.

    Several registrations of one person make one assessment, under the first of them.
    """
    rows = Agreement.objects.filter(status__in=AgreementStatus.once_filed)
    rows = rows.overlapping(date(year, 1, 1), date(year, 12, 31)).exclude(
        specialist__in=Assessment.objects.filter(campaign__in=Campaign.objects.standing().filter(year=year)).values(
            "specialist"
        )
    )
    periods: dict[int, list[tuple[date, date]]] = {}
    first: dict[int, Agreement] = {}
    for agreement in rows.select_related("specialist").order_by("registration_id", "pk"):
        assert agreement.service_start is not None
        assert agreement.last_day is not None
        periods.setdefault(agreement.specialist_id, []).append((agreement.service_start, agreement.last_day))
        first.setdefault(agreement.specialist_id, agreement)
    return [
        Candidate(
            agreement.specialist,
            agreement.registration_id,
            agreement.institution_id,
            months_served(periods[person], year=year),
        )
        for person, agreement in first.items()
    ]


def evidence(specialist: Specialist, year: int) -> dict[str, Any]:
    """R32: the year's goals beside what was done for them, counted from confirmed visits and paid subsidies."""
    agreements = list(agreements_of_year(specialist, year).prefetch_related("amendments"))
    reads = [(agreement, effective(agreement, on=date(year, 12, 31))) for agreement in agreements]
    paid = Claim.objects.filter(specialist=specialist, service_date__year=year, status=ClaimStatus.PAID)
    return {
        **year_of_service(specialist, year).as_dict(),
        "goal_visits": visits_promised(agreements, on=date(year, 12, 31)),
        "goals": [{**goal, "host": str(agreement.host)} for agreement, held in reads for goal in held.goals],
        "agreements": [
            {"id": agreement.pk, "number": str(agreement), "host": str(agreement.host)} for agreement in agreements
        ],
        "paid_fen": paid.aggregate(sum=Sum("amount_fen", default=0))["sum"],
    }


def proposed_scores(counted: Mapping[str, Any], parts: list[Part]) -> dict[str, Decimal]:
    """What the counted evidence itself says: workload by visits against the goal, satisfaction by the hosts' ratings.

    The other parts are the institution's judgement and start empty. A half is rounded up, as everybody reckons it.
    """
    share = {
        "workload": Decimal(min(counted["visits"], counted["goal_visits"])) / counted["goal_visits"]
        if counted["goal_visits"]
        else None,
        "satisfaction": Decimal(counted["satisfied"]) / counted["rated"] if counted["rated"] else None,
    }
    found = {part.code: (part, share.get(part.code)) for part in parts}
    return {
        code: (part.points * of).quantize(Decimal("0.1"), ROUND_HALF_UP)
        for code, (part, of) in found.items()
        if of is not None
    }


def consequences(specialist: Specialist, *, on: date) -> Consequences:
    """What an unqualified result decided on that day ends, and what stays payable (A19)."""
    teams = Team.objects.filter(members__in=specialist.memberships.current())
    running = [
        agreement
        for agreement in Agreement.objects.filter(
            Q(specialist=specialist) | Q(team__in=teams), status=AgreementStatus.FILED
        )
        .select_related("host__organization", "specialist", "institution__organization", "registration", "team")
        .order_by("host", "pk")
        if agreement.last_day is not None and agreement.last_day >= on
    ]
    visits = Visit.objects.filter(attendances__specialist=specialist)
    unpaid = Claim.objects.filter(specialist=specialist, status__in=(ClaimStatus.OPEN, ClaimStatus.IN_BATCH))
    unclaimed = VisitAttendance.objects.filter(
        specialist=specialist, visit__status=VisitStatus.CONFIRMED, visit__date__lt=on, claims=None
    )
    return Consequences(
        agreements=[agreement for agreement in running if agreement.team is None],
        unfiled=[
            *Agreement.objects.filter(specialist=specialist, team=None, status__in=AgreementStatus.before_filing)
            .select_related("host__organization")
            .order_by("pk")
        ],
        going_on=[_going_on(agreement, agreement.team, specialist) for agreement in running if agreement.team],
        open_visits=visits.filter(status__in=VisitStatus.editable).count(),
        payable_claims=unpaid.count() + _payable(unclaimed, on=on),
        payable_fen=unpaid.aggregate(sum=Sum("amount_fen", default=0))["sum"],
    )


def _payable(unclaimed: QuerySet[VisitAttendance], *, on: date) -> int:
    """How many of them could be claimed if the qualification were cancelled on that day, once there is a rate."""
    trips = [replace(trip, revoked_on=on) for trip in trips_of(unclaimed)]
    return sum({finding.code for finding in found} <= {"E-RATE"} for found in judge_claims(trips).values())


def _going_on(agreement: Agreement, team: Team, without: Specialist) -> GoingOn:
    members = people.members_of(team)
    return GoingOn(
        agreement,
        team,
        [str(one) for one in members if one.specialist != without and not one.specialist.is_revoked],
        any(one.is_leader and one.specialist == without for one in members),
        pack_beside(agreement.registration).entry("E-TEAM-SIZE").params["min"],
    )


def given_back(assessment: Assessment) -> AuditEvent | None:
    """A18: when and why the qualification that its 不合格 took was given back."""
    if assessment.grade != Grade.UNQUALIFIED:
        return None
    events = history(assessment.specialist).filter(verb="specialist.reinstated", at__date__gte=assessment.decided_on)
    return events.order_by("at").first()


def excellent_in(campaign: Campaign, *, but: int) -> tuple[int, int]:
    """How many others of the campaign are 优秀, and how many it assesses in all."""
    taking_part = campaign.assessments.exclude(status=AssessmentStatus.EXEMPT)
    excellent = taking_part.filter(status=AssessmentStatus.FINAL, grade=Grade.EXCELLENT).exclude(pk=but)
    return excellent.count(), taking_part.count()


def by_state(campaign: Campaign) -> list[tuple[str, int]]:
    """How many sheets of a campaign stand where, in words."""
    counted = Counter(campaign.assessments.values_list("status", flat=True))
    return [(str(state.label), counted[state.value]) for state in AssessmentStatus if counted[state.value]]


def not_assessed(campaign: Campaign) -> QuerySet[Assessment]:
    """R31: whose assessment of the year is not final yet."""
    over = (AssessmentStatus.FINAL, AssessmentStatus.EXEMPT, AssessmentStatus.CALLED_OFF)
    return campaign.assessments.exclude(status__in=over)
