"""Whatever is allocated, paid and reversed in whatever order: the balance is the sum, the chain is whole."""

from datetime import date, timedelta

from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.policy import Refused
from funding import ledger, queries, services
from funding.enums import BatchStatus, ClaimStatus, EntryKind
from funding.models import Account, Claim, LedgerEntry, PaymentBatch, ReversalRequest
from tests.funding.conftest import JUNE_1, Treasury

ACTS = st.one_of(
    st.tuples(st.just("allocate"), st.integers(1, 400_000)),
    st.tuples(st.just("claim"), st.integers(1, 3)),
    st.tuples(st.just("batch"), st.integers(1, 3)),
    st.tuples(st.just("submit"), st.just(0)),
    st.tuples(st.just("approve"), st.just(0)),
    st.tuples(st.just("return"), st.just(0)),
    st.tuples(st.just("drop"), st.just(0)),
    st.tuples(st.just("ask"), st.integers(0, 20)),
    st.tuples(st.just("reverse"), st.integers(0, 3)),
    st.tuples(st.just("refuse"), st.integers(0, 3)),
    st.tuples(st.just("withdraw"), st.integers(0, 3)),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(acts=st.lists(ACTS, max_size=25))
def test_any_sequence_of_acts_keeps_balance_and_chain(treasury: Treasury, acts: list[tuple[str, int]]) -> None:
    with transaction.atomic():
        play(treasury, acts)
        for account in Account.objects.all():
            assert_sound(account)
        assert queries.unposted() == []
        transaction.set_rollback(True)  # the next example begins where this one did


def assert_sound(account: Account) -> None:
    """What must be true of an account at any moment, told three ways."""
    entries = LedgerEntry.objects.filter(account=account)
    paid = Claim.objects.filter(status=ClaimStatus.PAID).aggregate(fen=Sum("amount_fen", default=0))["fen"]
    given = sum(row.amount_fen for row in account.institution.allocations.filter(is_reversed=False))
    assert account.balance_fen == entries.aggregate(fen=Sum("amount_fen"))["fen"] == given - paid >= 0
    assert ledger.verify(account) == ledger.recount(account) == []
    vouchers = PaymentBatch.objects.filter(status=BatchStatus.APPROVED).order_by("voucher_number")
    numbers = [batch.voucher_number for batch in vouchers]
    assert numbers == [f"2026-{number:04}" for number in range(1, len(numbers) + 1)]


def play(treasury: Treasury, acts: list[tuple[str, int]]) -> None:
    """Do each act as far as it is allowed; a refusal must leave nothing behind, so it simply goes on."""
    agreement, day = treasury.agreement(), date(2026, 5, 20)
    clerk, manager = treasury.season.clerk, treasury.season.manager
    for number, (act, size) in enumerate(acts):
        batch = PaymentBatch.objects.exclude(status__in=[BatchStatus.APPROVED, BatchStatus.DROPPED]).first()
        asked = ReversalRequest.objects.order_by("pk")[size : size + 1].first()  # one that is decided is refused
        try:
            if act == "allocate":
                treasury.allocate(size, f"{number}号")
            elif act == "claim":
                trips = [treasury.trip(agreement, day + timedelta(days=n)) for n in range(1, size + 1)]
                day += timedelta(days=size)
                services.claim_visits(trips, by=clerk, on=JUNE_1)
            elif act == "batch":
                services.make_batch(Claim.objects.filter(status=ClaimStatus.OPEN)[:size], by=clerk, on=JUNE_1)
            elif act == "ask" and (entry := LedgerEntry.objects.order_by("pk")[size : size + 1].first()):
                treasury.asked(entry)
            elif asked and act == "reverse":
                treasury.agreed(asked)
            elif asked and act == "refuse":
                head = treasury.season.head if asked.entry.kind == EntryKind.ALLOCATION else manager
                services.decide_reversal(asked, by=head, on=JUNE_1, passed=False, opinion="无误")
            elif asked and act == "withdraw":
                services.withdraw_reversal(asked, by=asked.asked_by, on=JUNE_1)
            elif batch and act == "submit":
                services.submit_batch(batch, by=clerk, on=JUNE_1)
            elif batch and act == "approve":
                services.approve_batch(batch, by=manager, on=JUNE_1)
            elif batch and act == "return":
                services.return_batch(batch, by=manager, on=JUNE_1, opinion="请核")
            elif batch and act == "drop":
                services.drop_batch(batch, by=clerk, on=JUNE_1)
        except Refused:
            continue


def test_the_sequences_reach_payments_and_reversals(treasury: Treasury) -> None:
    """So that the property above is not true of nothing."""
    acts = [
        ("allocate", 400_000),
        ("claim", 3),
        ("batch", 3),
        ("submit", 0),
        ("approve", 0),
        ("ask", 2),
        ("reverse", 0),
    ]
    play(treasury, acts)
    assert [entry.kind for entry in treasury.entries()] == ["allocation", "subsidy", "subsidy", "subsidy", "reversal"]
