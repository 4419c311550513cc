from datetime import date

import pytest

from accounts.models import Membership
from agreements.models import Agreement
from funding import services
from funding.enums import EntryKind
from funding.models import Allocation, Budget, Claim, LedgerEntry, PaymentBatch, RateCard, ReversalRequest
from tests.cast import MAY_20, Season
from visits.enums import VisitStatus
from visits.models import VisitAttendance

MAY_25, JUNE_1 = date(2026, 5, 25), date(2026, 6, 1)


class Treasury:
    """A season with a budget of 300,000, nothing allocated yet, and a rate of 600 at U1; acts go through services."""

    def __init__(self, season: Season, *, rate_fen: int | None = 60_000) -> None:
        self.season = season
        self.budget = Budget.objects.create(
            year=2026,
            amount_fen=30_000_000,
            document_number="石财教〔2026〕18号",
            decided_on=date(2026, 3, 2),
            recorded_by=season.officer,
        )
        if rate_fen:
            self.rate(rate_fen)

    def rate(self, fen: int, *, since: date = date(2026, 1, 1), by: Membership | None = None) -> RateCard:
        by = by or self.season.clerk
        institution = by.organization.institution
        return services.set_rate(institution, amount_fen=fen, effective_from=since, by=by)

    def allocate(self, fen: int, number: str = "石科指〔2026〕7号", **more: object) -> Allocation:
        institution = more.pop("institution", self.season.u1)
        return services.allocate(
            self.budget,
            institution=institution,  # type: ignore[arg-type]
            amount_fen=fen,
            document_number=number,
            by=self.season.officer,
            on=MAY_20,
        )

    def trip(self, agreement: Agreement, on: date = MAY_25, **more: object) -> VisitAttendance:
        """One confirmed visit's attendance."""
        visit = self.season.visit(agreement, on, **{"status": VisitStatus.CONFIRMED, **more})
        return visit.attendances.get()

    def agreement(self, key: str = "P1") -> Agreement:
        return self.season.filed(self.season.selected(key), self.season.h4)

    def claims(self, count: int = 1, *, agreement: Agreement | None = None, day: int = 21) -> list[Claim]:
        """Claims for visits on consecutive days from 21 May."""
        agreement = agreement or self.agreement()
        trips = [self.trip(agreement, date(2026, 5, day + n)) for n in range(count)]
        return services.claim_visits(trips, by=self.season.clerk, on=JUNE_1)

    def submitted(self, claims: list[Claim], *, by: Membership | None = None) -> PaymentBatch:
        by = by or self.season.clerk
        batch = services.make_batch(claims, by=by, on=JUNE_1)
        return services.submit_batch(batch, by=by, on=JUNE_1)

    def approved(self, claims: list[Claim]) -> PaymentBatch:
        return services.approve_batch(self.submitted(claims), by=self.season.manager, on=JUNE_1)

    def asked(self, entry: LedgerEntry, *, reason: str = "记账有误", by: Membership | None = None) -> ReversalRequest:
        """A reversal that waits for the second person: the manager of what was paid, the head of what was given."""
        usual = self.season.officer if entry.kind == EntryKind.ALLOCATION else self.season.clerk
        return services.ask_reversal(entry, by=by or usual, on=JUNE_1, reason=reason)

    def agreed(self, request: ReversalRequest, *, by: Membership | None = None) -> LedgerEntry:
        """The second person's word, and the line that it posts."""
        usual = self.season.head if request.entry.kind == EntryKind.ALLOCATION else self.season.manager
        services.decide_reversal(request, by=by or usual, on=JUNE_1, passed=True)
        return LedgerEntry.objects.get(reverses=request.entry)

    def reversed(self, entry: LedgerEntry, *, reason: str = "记账有误") -> LedgerEntry:
        return self.agreed(self.asked(entry, reason=reason))

    def entries(self) -> list[LedgerEntry]:
        return list(LedgerEntry.objects.order_by("account", "sequence"))


@pytest.fixture
def treasury(season: Season) -> Treasury:
    return Treasury(season)


@pytest.fixture
def lasting_treasury(lasting_season: Season) -> Treasury:
    """The same, committed, for tests in which several hands act at once."""
    return Treasury(lasting_season)
