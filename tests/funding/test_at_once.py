"""Several hands at the same moment. Each test was seen to fail with its lock taken away."""

from collections.abc import Callable, Sequence
from datetime import date
from time import sleep
from typing import Any

import pytest
from django.db import transaction

from core.models import AuditEvent, StoredFile
from funding import documents, ledger, queries, services
from funding.enums import BatchStatus, ClaimStatus, EntryKind, ReversalStatus
from funding.models import Account, Allocation, Claim, LedgerEntry, PaymentBatch, RateCard, ReversalRequest
from funding.services import paying
from tests.cast import MAY_20
from tests.funding.conftest import JUNE_1, MAY_25, Treasury
from tests.funding.test_constraints import allocation, claim, rate_card, updated
from tests.hands import at_once, during, linger

DONE = "done"


def all_is_well() -> bool:
    return ledger.verify() == [] and queries.unposted() == []


def approving(treasury: Treasury, batch: PaymentBatch) -> Callable[[], object]:
    return lambda: services.approve_batch(batch, by=treasury.season.manager, on=JUNE_1)


# --- allocations ------------------------------------------------------------------------------------------------------


def test_allocations_made_at_once_stay_within_the_budget(
    lasting_treasury: Treasury, monkeypatch: pytest.MonkeyPatch
) -> None:
    linger(monkeypatch, queries, "allocated")
    institutions = (lasting_treasury.season.u1, lasting_treasury.season.u2)

    results = at_once(*(lambda to=to: lasting_treasury.allocate(20_000_000, institution=to) for to in institutions))

    assert results == ["E-BUDGET", DONE]
    assert Allocation.objects.count() == LedgerEntry.objects.count() == 1


def test_what_sql_allocates_at_once_stays_within_the_budget(lasting_treasury: Treasury) -> None:
    """The trigger allocation_within_the_budget holds the budget itself."""

    def allocating(document: str) -> Callable[[], object]:
        return lambda: allocation(lasting_treasury, amount_fen=20_000_000, document_number=document)

    assert during(allocating("8号"), allocating("9号")) == "allocation_within_the_budget"


def test_a_rate_that_sql_sets_waits_for_a_claim_under_way(lasting_treasury: Treasury) -> None:
    """rate_card_as_the_plan_allows"""
    trip = lasting_treasury.trip(lasting_treasury.agreement())

    refused = during(
        lambda: claim(lasting_treasury, trip=trip), lambda: rate_card(lasting_treasury, 70_000, since=trip.visit.date)
    )

    assert refused == "rate_of_a_claimed_day_stays"


def test_a_claim_that_sql_makes_waits_for_a_rate_being_set(lasting_treasury: Treasury) -> None:
    """claim_of_a_confirmed_visit"""
    trip = lasting_treasury.trip(lasting_treasury.agreement())

    refused = during(
        lambda: rate_card(lasting_treasury, 70_000, since=trip.visit.date), lambda: claim(lasting_treasury, trip=trip)
    )

    assert refused == "claim_at_the_rate_in_force"


def test_sql_puts_no_claim_into_a_batch_being_submitted(lasting_treasury: Treasury) -> None:
    """claim_moves_with_its_batch"""
    one, other = lasting_treasury.claims(2)
    clerk = lasting_treasury.season.clerk
    batch = services.make_batch([one], by=clerk, on=JUNE_1)

    refused = during(
        lambda: services.submit_batch(batch, by=clerk, on=JUNE_1),
        updated(other, status=ClaimStatus.IN_BATCH, batch=batch),
    )

    assert refused == "claim_moves_with_its_batch"


@pytest.mark.parametrize("is_new", [True, False], ids=["a new account", "one that is there"])
def test_lines_that_sql_posts_at_once_queue_at_the_account(lasting_treasury: Treasury, is_new: bool) -> None:
    """ledger_post"""
    if not is_new:
        lasting_treasury.allocate(100_000)
    sources = [allocation(lasting_treasury, document_number=f"{number}号").pk for number in range(450)]

    def posting(mine: list[int]) -> Callable[[], None]:
        """So many lines that the account is read well before it is written: two who waited for it meet there."""

        def act() -> None:
            with transaction.atomic():
                by = lasting_treasury.season.officer
                ledger.post(EntryKind.ALLOCATION, mine, memo="试", on=JUNE_1, by=by)
                sleep(0.2)  # long enough for the others to come to the account

        return act

    assert at_once(*(posting(sources[part::3]) for part in range(3))) == [DONE] * 3
    assert all_is_well()


def test_a_fund_lowered_at_once_with_an_allocation_still_covers_it(
    lasting_treasury: Treasury, monkeypatch: pytest.MonkeyPatch
) -> None:
    """amend_budget"""
    linger(monkeypatch, queries, "allocated")
    officer = lasting_treasury.season.officer
    lower: dict[str, Any] = {
        "amount_fen": 10_000_000,
        "document_number": "石财教〔2026〕55号",
        "decided_on": MAY_20,
        "by": officer,
    }

    results = at_once(
        lambda: lasting_treasury.allocate(20_000_000),
        lambda: services.amend_budget(lasting_treasury.budget, **lower),
    )

    assert results == ["E-BUDGET", DONE]
    lasting_treasury.budget.refresh_from_db()
    assert queries.allocated(lasting_treasury.budget) <= lasting_treasury.budget.amount_fen


def test_first_allocations_at_once_open_one_account(lasting_treasury: Treasury) -> None:
    results = at_once(*(lambda n=n: lasting_treasury.allocate(100_000, f"{n}号") for n in range(4)))

    assert results == [DONE] * 4
    assert Account.objects.get().balance_fen == 400_000
    assert all_is_well()


# --- rates and claims -------------------------------------------------------------------------------------------------


def test_a_visit_claimed_at_once_by_two_clerks_is_claimed_once(
    lasting_treasury: Treasury, monkeypatch: pytest.MonkeyPatch
) -> None:
    """claim_visits: the lock on the specialist; the institution's is put out of the way."""
    linger(monkeypatch, queries, "claims_beside")
    season = lasting_treasury.season
    trip = lasting_treasury.trip(lasting_treasury.agreement())

    results = at_once(
        *(lambda by=by: services.claim_visits([trip], by=by, on=JUNE_1) for by in (season.clerk, season.manager))
    )

    assert results == ["E-VISIT-DUP", DONE]
    assert Claim.objects.count() == AuditEvent.objects.filter(verb="claim.made").count() == 1


def test_one_person_claimed_at_once_by_two_institutions_is_paid_one_trip_a_day(
    lasting_treasury: Treasury, monkeypatch: pytest.MonkeyPatch
) -> None:
    """claim_visits: the two share nothing but the specialist."""
    linger(monkeypatch, queries, "claims_beside")
    season = lasting_treasury.season
    lasting_treasury.rate(70_000, by=season.stranger)
    here = lasting_treasury.agreement("P3")
    other = season.selected("P3", "broker", institution=season.u2)
    there = season.filed(other, season.h5)
    trips = [(lasting_treasury.trip(here), season.clerk), (lasting_treasury.trip(there), season.stranger)]

    results = at_once(*(lambda t=t, by=by: services.claim_visits([t], by=by, on=JUNE_1) for t, by in trips))

    assert results == ["E-VISIT-DUP", DONE]


def test_a_claim_made_at_once_with_a_new_rate_has_the_rate_of_its_day(
    lasting_treasury: Treasury, monkeypatch: pytest.MonkeyPatch
) -> None:
    """set_rate: either the claim comes first and the rate is refused, or the rate does and the claim takes it."""
    linger(monkeypatch, queries, "last_claimed_day")
    trip = lasting_treasury.trip(lasting_treasury.agreement())
    clerk = lasting_treasury.season.clerk

    results = at_once(
        lambda: lasting_treasury.rate(70_000, since=MAY_25),
        lambda: services.claim_visits([trip], by=clerk, on=JUNE_1),
    )

    made = Claim.objects.get()
    assert made.amount_fen == queries_rate(MAY_25)
    assert results in ([DONE, DONE], ["E-RATE", DONE])


def test_a_rate_set_at_once_with_a_claim_does_not_slip_under_it(
    lasting_treasury: Treasury, monkeypatch: pytest.MonkeyPatch
) -> None:
    """claim_visits: the lock on the institution."""
    linger(monkeypatch, queries, "rates_of")
    trip = lasting_treasury.trip(lasting_treasury.agreement())
    clerk = lasting_treasury.season.clerk

    results = at_once(
        lambda: lasting_treasury.rate(70_000, since=MAY_25),
        lambda: services.claim_visits([trip], by=clerk, on=JUNE_1),
    )

    assert Claim.objects.get().amount_fen == queries_rate(MAY_25)
    assert results in ([DONE, DONE], ["E-RATE", DONE])


def queries_rate(day: date) -> int:
    card = RateCard.objects.filter(effective_from__lte=day).latest("effective_from")
    return card.amount_fen


def test_a_rate_withdrawn_at_once_with_a_claim_by_it_is_kept(lasting_treasury: Treasury) -> None:
    """withdraw_rate"""
    card = lasting_treasury.rate(70_000, since=MAY_25)
    trip = lasting_treasury.trip(lasting_treasury.agreement())
    season = lasting_treasury.season

    result = during(
        lambda: services.claim_visits([trip], by=season.clerk, on=JUNE_1),
        lambda: services.withdraw_rate(card, by=season.manager),
    )

    assert result == "E-RATE"


# --- batches ----------------------------------------------------------------------------------------------------------


def test_a_claim_put_at_once_into_two_batches_is_in_one(
    lasting_treasury: Treasury, monkeypatch: pytest.MonkeyPatch
) -> None:
    """_held_claims"""
    linger(monkeypatch, paying, "_free")
    claims = lasting_treasury.claims(1)
    season = lasting_treasury.season

    results = at_once(
        *(lambda by=by: services.make_batch(claims, by=by, on=JUNE_1) for by in (season.clerk, season.manager))
    )

    assert results == ["E-STATE", DONE]
    assert PaymentBatch.objects.count() == 1


def test_the_last_money_is_not_paid_twice_by_batches_approved_at_once(
    lasting_treasury: Treasury, monkeypatch: pytest.MonkeyPatch
) -> None:
    """approve_batch: the lock on the account."""
    linger(monkeypatch, queries, "balance")
    lasting_treasury.allocate(100_000)
    batches = [
        lasting_treasury.submitted(lasting_treasury.claims(1, agreement=lasting_treasury.agreement(key)))
        for key in ("P1", "P2")
    ]

    results = at_once(*(approving(lasting_treasury, batch) for batch in batches))

    assert results == ["E-FUND", DONE]
    assert Account.objects.get().balance_fen == 40_000
    assert list(PaymentBatch.objects.exclude(voucher_number="").values_list("voucher_number", flat=True)) == [
        "2026-0001"
    ]
    assert all_is_well()


def test_a_batch_approved_at_once_by_two_people_is_paid_once(
    lasting_treasury: Treasury, monkeypatch: pytest.MonkeyPatch
) -> None:
    linger(monkeypatch, queries, "balance")
    lasting_treasury.allocate(200_000)
    batch = lasting_treasury.submitted(lasting_treasury.claims(1))

    results = at_once(*[approving(lasting_treasury, batch)] * 2)

    assert results == ["E-STATE", DONE]
    assert Account.objects.get().balance_fen == 140_000
    assert all_is_well()


def test_a_batch_returned_at_once_with_its_approval_is_not_paid(lasting_treasury: Treasury) -> None:
    """approve_batch: the lock on the batch."""
    lasting_treasury.allocate(200_000)
    batch = lasting_treasury.submitted(lasting_treasury.claims(1))

    def send_back() -> None:
        PaymentBatch.objects.filter(pk=batch.pk).update(status=BatchStatus.RETURNED, return_opinion="请核")

    assert during(send_back, approving(lasting_treasury, batch)) == "E-STATE"
    assert not LedgerEntry.objects.filter(kind=EntryKind.SUBSIDY).exists()


def moves(treasury: Treasury, batch: PaymentBatch, claims: Sequence[Claim]) -> dict[str, Callable[[], object]]:
    clerk, manager = treasury.season.clerk, treasury.season.manager
    return {
        "change_batch": lambda: services.change_batch(batch, claims=claims, by=clerk, on=JUNE_1),
        "submit_batch": lambda: services.submit_batch(batch, by=clerk, on=JUNE_1),
        "drop_batch": lambda: services.drop_batch(batch, by=clerk, on=JUNE_1),
        "return_batch": lambda: services.return_batch(batch, by=manager, on=JUNE_1, opinion="请核"),
    }


@pytest.mark.parametrize("name", ["change_batch", "submit_batch", "drop_batch"])
def test_a_draft_dropped_at_once_takes_no_further_step(lasting_treasury: Treasury, name: str) -> None:
    claims = lasting_treasury.claims(1)
    batch = services.make_batch(claims, by=lasting_treasury.season.clerk, on=JUNE_1)
    acts = moves(lasting_treasury, batch, claims)

    assert during(acts["drop_batch"], acts[name]) == "E-STATE"


def test_a_batch_approved_at_once_with_its_return_stays_approved(lasting_treasury: Treasury) -> None:
    """return_batch"""
    lasting_treasury.allocate(200_000)
    claims = lasting_treasury.claims(1)
    batch = lasting_treasury.submitted(claims)

    result = during(approving(lasting_treasury, batch), moves(lasting_treasury, batch, claims)["return_batch"])

    assert result == "E-STATE"
    assert PaymentBatch.objects.get().status == BatchStatus.APPROVED


def test_a_sheet_made_at_once_by_two_workers_is_made_once(
    lasting_treasury: Treasury, monkeypatch: pytest.MonkeyPatch
) -> None:
    """make_sheet"""
    linger(monkeypatch, documents, "sheet_pdf")
    lasting_treasury.allocate(200_000)
    batch = lasting_treasury.approved(lasting_treasury.claims(1))

    assert at_once(*[lambda: services.make_sheet(batch)] * 2) == [DONE] * 2

    batch.refresh_from_db()
    assert StoredFile.objects.get(purpose="payment_sheet") == batch.sheet
    assert AuditEvent.objects.filter(verb="payment_batch.sheet_made").count() == 1


# --- reversing and the ledger itself ----------------------------------------------------------------------------------


def test_a_line_is_asked_for_at_once_by_two_people_and_waits_once(
    lasting_treasury: Treasury, monkeypatch: pytest.MonkeyPatch
) -> None:
    """ask_reversal, _held: without it the constraint would refuse the second, in no words"""
    linger(monkeypatch, queries, "pack_for")
    wrong = paid_line(lasting_treasury)
    hats = (lasting_treasury.season.clerk, lasting_treasury.season.manager)

    results = at_once(*(lambda hat=hat: lasting_treasury.asked(wrong, by=hat) for hat in hats))

    assert results == ["E-STATE", DONE]
    assert ReversalRequest.objects.get().status == ReversalStatus.OPEN


def test_a_reversal_agreed_to_at_once_by_two_people_is_posted_once(
    lasting_treasury: Treasury, monkeypatch: pytest.MonkeyPatch
) -> None:
    """decide_reversal, _held"""
    linger(monkeypatch, queries, "pack_for")
    asked = lasting_treasury.asked(paid_line(lasting_treasury))

    results = at_once(*[lambda: lasting_treasury.agreed(asked)] * 2)

    assert results == ["E-STATE", DONE]
    assert Account.objects.get().balance_fen == 200_000
    assert all_is_well()


def test_a_reversal_withdrawn_at_once_with_its_decision_is_one_of_both(
    lasting_treasury: Treasury, monkeypatch: pytest.MonkeyPatch
) -> None:
    """withdraw_reversal, decide_reversal, _held"""
    linger(monkeypatch, queries, "pack_for")
    asked = lasting_treasury.asked(paid_line(lasting_treasury))

    results = at_once(
        lambda: lasting_treasury.agreed(asked),
        lambda: services.withdraw_reversal(asked, by=asked.asked_by, on=JUNE_1),
    )

    assert results == ["E-STATE", DONE]
    reversed_now = LedgerEntry.objects.filter(kind=EntryKind.REVERSAL).exists()
    assert ReversalRequest.objects.get().status == ("approved" if reversed_now else "withdrawn")
    assert all_is_well()


def paid_line(treasury: Treasury) -> LedgerEntry:
    treasury.allocate(200_000)
    treasury.approved(treasury.claims(1))
    return LedgerEntry.objects.get(kind=EntryKind.SUBSIDY)


def test_money_taken_back_at_once_with_its_payment_is_spent_once(
    lasting_treasury: Treasury, monkeypatch: pytest.MonkeyPatch
) -> None:
    """decide_reversal, _held, approve_batch"""
    linger(monkeypatch, queries, "pack_for")
    asked = lasting_treasury.asked(lasting_treasury.allocate(100_000).entry)
    batch = lasting_treasury.submitted(lasting_treasury.claims(1))

    results = at_once(approving(lasting_treasury, batch), lambda: lasting_treasury.agreed(asked))

    assert results == ["E-FUND", DONE]
    assert Account.objects.get().balance_fen in (0, 40_000)
    assert all_is_well()


def test_eight_writers_at_once_leave_no_gap_and_no_fork_in_a_chain(lasting_treasury: Treasury) -> None:
    results = at_once(*(lambda n=n: lasting_treasury.allocate(1_000, f"{n}号") for n in range(8)))

    assert results == [DONE] * 8
    assert [entry.sequence for entry in lasting_treasury.entries()] == [*range(1, 9)]
    assert all_is_well()
