"""Facts for rules, sums and rows for pages. Every sum here has a list of exactly its rows beside it."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count, F, Max, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.urls import reverse

from accounts.models import Institution, Membership
from agreements.departing.effects import Effect
from agreements.ending.effects import finds_what_ends
from agreements.models import Agreement, last_day
from core.crypto import blind_index
from core.jinja import money
from core.models import PolicyPack
from funding.enums import NO_ACCOUNT, NOT_KEPT, BatchStatus, ClaimStatus, EntryKind, ReversalStatus
from funding.models import (
    Account,
    Allocation,
    Budget,
    Claim,
    EntryQuerySet,
    LedgerEntry,
    PaymentBatch,
    RateCard,
    ReversalRequest,
)
from funding.rules import Rate, Trip
from specialists.changes.models import ChangeRequest
from specialists.changes.services import masked
from specialists.enums import ChangeField
from visits.enums import Mode, VisitStatus
from visits.models import VisitAttendance

# --- facts for rules --------------------------------------------------------------------------------------------------


def pack_for(day: date) -> PolicyPack:
    """The pack in force on that day; before the first one began, the first: what it forbids stays forbidden."""
    try:
        return PolicyPack.in_force(on=day)
    except PolicyPack.DoesNotExist:
        return PolicyPack.objects.filter(active_from__isnull=False).earliest("active_from")


def first_plan() -> date:
    """The first day on which any yearly plan was in force."""
    return PolicyPack.objects.filter(active_from__isnull=False).earliest("active_from").active_from or date.max


def trips(attendances: "QuerySet[VisitAttendance]") -> list[Trip]:
    """What the rules must know of each person at each visit, in one statement, by day and person."""
    rows = attendances.order_by("visit__date", "specialist__name", "pk").values_list(
        "pk",
        "specialist_id",
        "specialist__name",
        "visit__date",
        "visit__mode",
        "visit__status",
        "visit__agreement__institution_id",
        "visit__agreement__filed_on",
        "visit__agreement__service_start",
        "visit__agreement__service_end",
        "visit__agreement__terminated_on",
        "specialist__revoked_on",
        "visit_id",
        "visit__agreement__host__organization__name",
    )
    return [
        Trip(
            attendance=row[0],
            specialist=row[1],
            person=row[2],
            day=row[3],
            on_site=row[4] == Mode.ONSITE,
            confirmed=row[5] == VisitStatus.CONFIRMED,
            institution=row[6],
            filed_on=row[7],
            start=row[8],
            last_day=last_day(row[9], row[10]) if row[9] else None,
            revoked_on=row[11],
            visit=row[12],
            host=row[13],
        )
        for row in rows
    ]


def unpaid(institution: int, year: int) -> "QuerySet[VisitAttendance]":
    """Every visit of the institution's people in the year that stands and no claim in a batch or paid hangs on."""
    settled = Claim.objects.standing().exclude(status=ClaimStatus.OPEN)
    here = VisitAttendance.objects.filter(visit__agreement__institution=institution, visit__date__year=year)
    return here.exclude(visit__status=VisitStatus.WITHDRAWN).exclude(
        pk__in=settled.filter(institution=institution).values("attendance")
    )


def without_a_payer(year: int) -> "QuerySet[VisitAttendance]":
    """R38, A6: what earns a subsidy and has no institution to pay it: trips of whom the bureau appoints directly."""
    trips = VisitAttendance.objects.filter(visit__agreement__institution=None, visit__date__year=year)
    return trips.filter(visit__status=VisitStatus.CONFIRMED, visit__mode=Mode.ONSITE)


@finds_what_ends
def subsidies_left_unpaid(agreement: Agreement, on: date) -> list[Effect]:
    """A19: what was earned before the end is still paid."""
    confirmed = VisitAttendance.objects.filter(visit__agreement=agreement, visit__status=VisitStatus.CONFIRMED)
    claims = Claim.objects.standing().filter(attendance__in=confirmed.values("pk"))
    unclaimed = confirmed.exclude(pk__in=claims.values("attendance")).filter(visit__mode=Mode.ONSITE).count()
    unpaid = claims.exclude(status=ClaimStatus.PAID).aggregate(count=Count("pk"), fen=Sum("amount_fen"))
    page, found = f"{reverse('visits:list')}?status={VisitStatus.CONFIRMED}", []
    if unclaimed:
        found.append(Effect("未申领的补助", f"{unclaimed}人次", page, "终止前的服务仍可申领"))
    if unpaid["count"]:
        words = f"{unpaid['count']}人次，{money(unpaid['fen'])}元"
        found.append(Effect("未发放的补助", words, page, "照常发放"))
    return found


def rates_of(institution: int) -> list[Rate]:
    rows = RateCard.objects.filter(institution=institution).values_list("pk", "amount_fen", "effective_from")
    return [Rate(*row) for row in rows]


def claims_beside(rows: Iterable[Trip]) -> list[tuple[int, int, date]]:
    """Standing claims of these people on these days, whoever pays them: attendance, person, day."""
    people, days = {trip.specialist for trip in rows}, {trip.day for trip in rows}
    standing = Claim.objects.standing().filter(specialist__in=people, service_date__in=days)
    return list(standing.values_list("attendance_id", "specialist_id", "service_date"))


def last_claimed_day(institution: Institution) -> date | None:
    standing = Claim.objects.standing().filter(institution=institution)
    return standing.aggregate(last=Max("service_date"))["last"]


def allocated(budget: Budget) -> int:
    """What has been given out of the budget, reversed allocations left out."""
    given = Allocation.objects.filter(budget=budget, is_reversed=False)
    return int(given.aggregate(fen=Sum("amount_fen", default=0))["fen"])


def balance(account: Account | None) -> int:
    return account.balance_fen if account else 0


# --- sums -------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Sums:
    """What a set of entries comes to."""

    rows: int
    given_fen: int
    paid_fen: int
    trips: int
    people: int

    @property
    def balance_fen(self) -> int:
        return self.given_fen - self.paid_fen


def sums(entries: "QuerySet[Any, Any]") -> Sums:
    found = entries.aggregate(
        rows=Count("pk"),
        given=Sum("amount_fen", filter=EntryQuerySet.GIVEN, default=0),
        paid=Sum("amount_fen", filter=EntryQuerySet.PAID, default=0),
        trips=Count("pk", filter=EntryQuerySet.STANDING),
        people=Count("claim__specialist", filter=EntryQuerySet.STANDING, distinct=True),
    )
    return Sums(found["rows"], found["given"], -found["paid"], found["trips"], found["people"])


def accounts_of(accounts: "QuerySet[Account]", year: int) -> "QuerySet[Any, Any]":
    """One row per institution of the year, with its sums, in one statement; the fullest first."""
    return with_sums(accounts.filter(year=year)).order_by("-balance_fen", "pk")


def with_sums(accounts: "QuerySet[Account]") -> "QuerySet[Any, Any]":

    def of_entries(entries: EntryQuerySet, what: Any) -> Coalesce:
        of_account = entries.filter(account=OuterRef("pk")).order_by().values("account").annotate(what=what)
        return Coalesce(Subquery(of_account.values("what")), Value(0))

    waiting = (
        PaymentBatch.objects.filter(
            institution=OuterRef("institution"), year=OuterRef("year"), status=BatchStatus.SUBMITTED
        )
        .order_by()
        .values("institution")
        .annotate(fen=Sum("total_fen"))
    )
    return accounts.annotate(
        given_fen=of_entries(LedgerEntry.objects.given(), Sum("amount_fen")),
        paid_fen=-of_entries(LedgerEntry.objects.paid(), Sum("amount_fen")),
        trips=of_entries(LedgerEntry.objects.standing(), Count("pk")),
        people=of_entries(LedgerEntry.objects.standing(), Count("claim__specialist", distinct=True)),
        waiting_fen=Coalesce(Subquery(waiting.values("fen")), Value(0)),
    ).values(
        "id",
        "year",
        "institution_id",
        "institution__organization__name",
        "balance_fen",
        "given_fen",
        "paid_fen",
        "trips",
        "people",
        "waiting_fen",
    )


def waiting(institution: int, year: int) -> int:
    """What submitted batches will take from the account once they are approved."""
    batches = PaymentBatch.objects.filter(institution=institution, year=year, status=BatchStatus.SUBMITTED)
    return int(batches.aggregate(fen=Sum("total_fen", default=0))["fen"])


def unposted() -> list[str]:
    """What was called paid or given and does not stand in the ledger with the same sum; nothing means all does."""
    batches = PaymentBatch.objects.filter(status=BatchStatus.APPROVED).annotate(
        posted_fen=-Sum("entries__amount_fen", filter=Q(entries__kind=EntryKind.SUBSIDY), default=0)
    )
    wrong: list[str] = [f"batch {batch}: 已发放，台账合计不符" for batch in batches.exclude(posted_fen=F("total_fen"))]
    paid = Claim.objects.filter(status__in=[ClaimStatus.PAID, ClaimStatus.REVERSED], entry=None)
    wrong += [f"claim {claim.pk}: 已发放，台账中没有分录" for claim in paid]
    wrong += [f"allocation {row}: 已拨付，台账中没有分录" for row in Allocation.objects.filter(entry=None)]
    agreed = ReversalRequest.objects.filter(status=ReversalStatus.APPROVED, entry__reversal=None)
    wrong += [f"reversal {one.pk}: 已复核冲红，台账中没有分录" for one in agreed]
    return wrong


@dataclass(frozen=True)
class Masked:
    """An account as it may be shown."""

    mask: str  # "" where there is none
    bank: str

    @property
    def number(self) -> str:
        return self.mask or NO_ACCOUNT

    def __str__(self) -> str:
        return f"{self.mask}（{self.bank}）" if self.mask and self.bank else self.number


@dataclass(frozen=True)
class Payee:
    """Whose account one claim goes to: the one handed in with its batch, and the one that stands in the register."""

    claim: int
    name: str
    handed_in: Masked | None  # None where none was kept
    now: Masked  # of the register
    is_same: bool  # the account handed in is that of the register, to the last digit, and at that bank
    is_settled: bool  # it is paid: what the register says since does not concern it

    @property
    def goes_to(self) -> Masked:
        """By all that is known: what was handed in, or will be."""
        return self.handed_in or (Masked(NOT_KEPT, "") if self.is_settled else self.now)

    @property
    def has_changed(self) -> bool:
        return not self.is_settled and self.handed_in is not None and not self.is_same


def payees(claims: "QuerySet[Claim]") -> list[Payee]:
    """In the order of the claims."""
    return [payee_of(claim) for claim in claims.select_related("specialist").order_by("service_date", "pk")]


def payee_of(claim: Claim) -> Payee:
    person = claim.specialist
    kept, now = (claim.payee_account, claim.payee_bank), (person.bank_account, person.bank_name)
    return Payee(
        claim=claim.pk,
        name=person.name,
        handed_in=None if claim.payee_masked is None else Masked(claim.payee_masked, claim.payee_bank),
        now=Masked(masked(ChangeField.BANK_ACCOUNT, person.bank_account), person.bank_name),
        is_same=kept == now,
        is_settled=claim.status in (ClaimStatus.PAID, ClaimStatus.REVERSED),
    )


def payees_seen(claims: "QuerySet[Claim]") -> str:
    """What a page that shows the register's accounts of these claims is known by: a keyed hash, which tells none."""
    rows = claims.order_by("pk").select_related("specialist")
    said = [[claim.pk, claim.specialist.bank_account, claim.specialist.bank_name] for claim in rows]
    return blind_index(json.dumps(said), "payees_seen")


def changes_asked(batch: PaymentBatch, *, reader: Membership) -> list[tuple[str, ChangeRequest | None]]:
    """Whose account is to become another that is not decided yet: the name, and the request where the reader sees it."""
    asking = ChangeRequest.objects.open().filter(
        field=ChangeField.BANK_ACCOUNT, specialist__in=batch.claims.values("specialist")
    )
    seen = {request.pk: request for request in asking.visible_to(reader)}
    people = asking.order_by("specialist__name", "specialist").values_list("specialist__name", "pk")
    return [(name, seen.get(pk)) for name, pk in people]
