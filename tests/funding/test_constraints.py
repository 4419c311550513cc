"""What holds for money when somebody writes SQL: every constraint and trigger by its name."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import F

from core.models import PolicyPack
from funding import services
from funding.enums import BatchStatus, ClaimStatus
from funding.models import Account, Allocation, Budget, Claim, LedgerEntry, PaymentBatch, RateCard
from tests.cast import MAY_20
from tests.conftest import as_owner
from tests.funding.conftest import JUNE_1, Treasury
from visits.enums import Mode, VisitStatus


def refused(constraint: str, act: Callable[[], object]) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        act()


def updated(row: Any, **changes: object) -> Callable[[], object]:
    return lambda: type(row).objects.filter(pk=row.pk).update(**changes)


# --- budget and allocations -------------------------------------------------------------------------------------------


def test_budget_is_positive_and_one_a_year(treasury: Treasury) -> None:
    refused("budget_is_positive", updated(treasury.budget, amount_fen=0))
    again = {"document_number": "石", "decided_on": MAY_20, "recorded_by": treasury.season.officer}
    refused("funding_budget_year_key", lambda: Budget.objects.create(year=2026, amount_fen=1, **again))


def allocation(treasury: Treasury, **more: Any) -> Allocation:
    facts = {
        "budget": treasury.budget,
        "institution": treasury.season.u1,
        "amount_fen": 1,
        "document_number": "石科指〔2026〕8号",
        "allocated_on": MAY_20,
        "recorded_by": treasury.season.officer,
    }
    return Allocation.objects.create(**{**facts, **more})


def test_allocation_within_the_budget(treasury: Treasury) -> None:
    treasury.allocate(29_999_999)
    allocation(treasury, amount_fen=1)
    refused("allocation_within_the_budget", lambda: allocation(treasury, document_number="9号", amount_fen=1))


def test_allocation_is_positive_and_its_document_used_once(treasury: Treasury) -> None:
    refused("allocation_is_positive", lambda: allocation(treasury, amount_fen=0))
    allocation(treasury)
    refused("allocation_document_once_per_institution", lambda: allocation(treasury))
    allocation(treasury, institution=treasury.season.u2)


def test_allocation_only_reversed_beside_its_reversing_entry(treasury: Treasury) -> None:
    given = treasury.allocate(100_000)
    refused("allocation_only_reversed", updated(given, is_reversed=True))
    treasury.reversed(given.entry)
    given.refresh_from_db()
    assert given.is_reversed
    refused("allocation_only_reversed", updated(given, is_reversed=False))


def test_budget_covers_its_allocations(treasury: Treasury) -> None:
    treasury.allocate(100_000)
    updated(treasury.budget, amount_fen=100_000)()
    refused("budget_covers_its_allocations", updated(treasury.budget, amount_fen=99_999))
    refused("budget_covers_its_allocations", updated(treasury.budget, year=2027))


# --- rates and claims -------------------------------------------------------------------------------------------------


def rate_card(treasury: Treasury, fen: int, since: date = JUNE_1) -> RateCard:
    season = treasury.season
    return RateCard.objects.create(institution=season.u1, amount_fen=fen, effective_from=since, set_by=season.clerk)


@pytest.mark.parametrize("fen", [49_999, 80_001, 1, 2_000_000_000])
def test_rate_within_the_band_of_the_pack(treasury: Treasury, fen: int) -> None:
    """rate_card_as_the_plan_allows"""
    refused("rate_within_the_band", lambda: rate_card(treasury, fen))


@pytest.mark.parametrize("fen", [50_000, 65_050, 80_000])
def test_the_ends_of_the_band_are_inside(treasury: Treasury, fen: int) -> None:
    assert rate_card(treasury, fen).pk


def test_no_rate_without_a_plan(treasury: Treasury) -> None:
    refused("rate_within_the_band", lambda: rate_card(treasury, 60_000, date(2025, 12, 31)))


def test_the_band_moves_with_the_pack_and_not_with_the_schema(treasury: Treasury) -> None:
    pack = treasury.season.pack
    wider = {**pack.rules, "E-AMOUNT": {**pack.rules["E-AMOUNT"], "params": {"min_fen": 60_000, "max_fen": 90_000}}}
    PolicyPack.objects.create(
        plan=pack.plan, year=2027, version=1, active_from=date(2027, 1, 1), settings=pack.settings, rules=wider
    )
    assert rate_card(treasury, 90_000, date(2027, 1, 1)).pk
    refused("rate_within_the_band", lambda: rate_card(treasury, 55_000, date(2027, 2, 1)))
    refused("rate_within_the_band", lambda: rate_card(treasury, 90_000, date(2026, 12, 31)))


def test_one_rate_per_institution_and_day(treasury: Treasury) -> None:
    rate_card(treasury, 60_000)
    refused("one_rate_per_institution_and_day", lambda: rate_card(treasury, 70_000))


def test_rate_of_a_claimed_day_stays(treasury: Treasury) -> None:
    [claim] = treasury.claims(1)
    refused("rate_of_a_claimed_day_stays", lambda: rate_card(treasury, 70_000, claim.service_date))
    assert rate_card(treasury, 70_000, date(2026, 5, 22)).pk


def claim(treasury: Treasury, **more: Any) -> Claim:
    """A claim as SQL would write it; the visit is confirmed and on site unless said otherwise."""
    visit = {name: more.pop(key) for key, name in (("mode", "mode"), ("visit_status", "status")) if key in more}
    trip = more.pop("trip", None) or treasury.trip(treasury.agreement(), **visit)
    card = RateCard.objects.get(institution=treasury.season.u1, effective_from=date(2026, 1, 1))
    facts = {
        "attendance": trip,
        "specialist": trip.specialist,
        "service_date": trip.visit.date,
        "institution": treasury.season.u1,
        "rate_card": card,
        "amount_fen": card.amount_fen,
        "created_by": treasury.season.clerk,
    }
    return Claim.objects.create(**{**facts, **more})


def test_claim_of_a_confirmed_visit_on_site(treasury: Treasury) -> None:
    refused("claim_of_a_confirmed_visit", lambda: claim(treasury, visit_status=VisitStatus.LOGGED))
    refused("claim_of_a_confirmed_visit", lambda: claim(treasury, mode=Mode.ONLINE))
    assert claim(treasury).pk


@pytest.mark.parametrize("fen", [59_999, 60_001, 1, 0])
def test_claim_at_the_rate_in_force(treasury: Treasury, fen: int) -> None:
    refused("claim_at_the_rate_in_force", lambda: claim(treasury, amount_fen=fen))


def test_claim_at_the_rate_in_force_and_not_at_another_days(treasury: Treasury) -> None:
    later = rate_card(treasury, 70_000, date(2026, 5, 26))
    refused("claim_at_the_rate_in_force", lambda: claim(treasury, rate_card=later, amount_fen=70_000))


def test_claim_within_the_band_of_the_day_of_the_visit(treasury: Treasury) -> None:
    """499.99 and 800.01 cannot be paid by SQL either: neither by a rate, nor by a plan that moved under a rate."""
    pack = treasury.season.pack
    narrower = {**pack.rules, "E-AMOUNT": {**pack.rules["E-AMOUNT"], "params": {"min_fen": 61_000, "max_fen": 80_000}}}
    PolicyPack.objects.create(
        plan=pack.plan, year=2026, version=2, active_from=date(2026, 5, 21), settings=pack.settings, rules=narrower
    )
    refused("claim_within_the_band", lambda: claim(treasury))


def test_claim_tells_of_its_visit(treasury: Treasury) -> None:
    trip = treasury.trip(treasury.agreement())
    other = treasury.season.selected("P2").specialist
    refused("claim_tells_of_its_visit", lambda: claim(treasury, trip=trip, specialist=other))
    refused("claim_tells_of_its_visit", lambda: claim(treasury, trip=trip, service_date=date(2026, 5, 26)))
    refused("claim_tells_of_its_visit", lambda: claim(treasury, trip=trip, institution=treasury.season.u2))


def test_claim_starts_open(treasury: Treasury) -> None:
    refused("claim_starts_open", lambda: claim(treasury, status=ClaimStatus.PAID))


def test_one_claim_per_person_and_day(treasury: Treasury) -> None:
    agreement = treasury.agreement()
    trip = treasury.trip(agreement)
    claim(treasury, trip=trip)
    # The same visit breaks both; which of the two indexes speaks first is not said.
    refused("a_visit_is_claimed_once|one_claim_per_person_and_day", lambda: claim(treasury, trip=trip))
    refused("one_claim_per_person_and_day", lambda: claim(treasury, trip=treasury.trip(agreement)))


def test_what_the_triggers_refuse_first_is_refused_without_them_too(lasting_treasury: Treasury) -> None:
    """rate_is_positive, claim_is_positive and a_visit_is_claimed_once stand behind the triggers."""
    [made] = lasting_treasury.claims(1)
    [card] = RateCard.objects.all()
    twin = {field.attname: getattr(made, field.attname) for field in Claim._meta.fields if field.name != "id"}

    with as_owner():
        with connection.cursor() as cursor:
            cursor.execute("SET session_replication_role = replica")  # triggers rest, constraints do not
        refused("rate_is_positive", updated(card, amount_fen=0))
        refused("claim_is_positive", updated(made, amount_fen=0))
        another_day = {**twin, "service_date": made.service_date + timedelta(days=1)}
        refused("a_visit_is_claimed_once", lambda: Claim.objects.create(**another_day))


def test_claim_in_a_batch_or_open(treasury: Treasury) -> None:
    [made] = treasury.claims(1)
    batch = services.make_batch([made], by=treasury.season.clerk, on=JUNE_1)
    refused("claim_in_a_batch_or_open", updated(made, status=ClaimStatus.OPEN))
    refused("claim_moves_with_its_batch", updated(made, batch=None))
    assert batch.claims.get() == made


def test_claim_never_changes(treasury: Treasury) -> None:
    """claim_moves_with_its_batch"""
    [made] = treasury.claims(1)
    refused("claim_never_changes", updated(made, amount_fen=80_000))
    refused("claim_never_changes", updated(made, service_date=F("service_date") + 1))


def test_claim_moves_with_its_batch(treasury: Treasury) -> None:
    treasury.allocate(200_000)
    one, other = treasury.claims(2)
    batch = services.make_batch([one], by=treasury.season.clerk, on=JUNE_1)
    one.refresh_from_db()
    refused("claim_moves_with_its_batch", updated(one, status=ClaimStatus.PAID))
    services.submit_batch(batch, by=treasury.season.clerk, on=JUNE_1)
    into = {"status": ClaimStatus.IN_BATCH, "batch": batch}
    refused("claim_moves_with_its_batch", updated(other, **into))
    refused("claim_moves_with_its_batch", updated(one, status=ClaimStatus.OPEN, batch=None))
    services.approve_batch(batch, by=treasury.season.manager, on=JUNE_1)
    refused("claim_moves_with_its_batch", updated(one, status=ClaimStatus.REVERSED))
    refused("claim_moves_with_its_batch", updated(one, status=ClaimStatus.OPEN, batch=None))


# --- batches ----------------------------------------------------------------------------------------------------------


def paid_by(hat: Any) -> dict[str, Any]:
    return {
        "status": BatchStatus.APPROVED,
        "approved_by": hat,
        "approver": hat.person,
        "approved_on": JUNE_1,
        "voucher_number": "2026-0009",
    }


def test_nobody_approves_their_own_batch(treasury: Treasury) -> None:
    batch = treasury.submitted(treasury.claims(1))
    refused("nobody_approves_their_own_batch", updated(batch, **paid_by(treasury.season.clerk)))


def test_nobody_approves_their_own_batch_under_another_hat(treasury: Treasury) -> None:
    from accounts.enums import Role
    from tests.cast import member

    batch = treasury.submitted(treasury.claims(1))
    second_hat = member("刘静怡", Role.INSTITUTION_ADMIN, treasury.season.u1, "liu")
    assert second_hat.person == batch.maker
    refused("nobody_approves_their_own_batch", updated(batch, **paid_by(second_hat)))
    borrowed = {**paid_by(second_hat), "approver": treasury.season.manager.person}
    refused("batch_of_the_institutions_people", updated(batch, **borrowed))


def test_batch_of_the_institutions_people(treasury: Treasury) -> None:
    """batch_takes_its_steps"""
    batch = treasury.submitted(treasury.claims(1))
    for outsider in (treasury.season.officer, treasury.season.stranger):
        refused("batch_of_the_institutions_people", updated(batch, **paid_by(outsider)))


def test_batch_approved_completely_or_not_at_all(treasury: Treasury) -> None:
    batch = treasury.submitted(treasury.claims(1))
    hat = treasury.season.manager
    for missing in ({"approved_by": None}, {"approved_on": None}, {"voucher_number": ""}):
        refused("batch_approved_completely_or_not_at_all", updated(batch, **{**paid_by(hat), **missing}))
    refused("batch_of_the_institutions_people", updated(batch, **{**paid_by(hat), "approver": None}))
    refused("batch_approved_completely_or_not_at_all", updated(batch, status="returned", voucher_number="2026-0001"))


def test_voucher_number_once_a_year(treasury: Treasury) -> None:
    treasury.allocate(200_000)
    first = treasury.approved(treasury.claims(1))
    second = treasury.submitted(treasury.claims(1, agreement=treasury.agreement("P2")))
    taken = {**paid_by(treasury.season.manager), "voucher_number": first.voucher_number}
    refused("voucher_number_once_a_year", updated(second, **taken))


def test_batch_takes_its_steps(treasury: Treasury) -> None:
    treasury.allocate(200_000)
    season = treasury.season
    begun = {"institution": season.u1, "year": 2026, "purpose": "下基层工作补助", "made_by": season.clerk}
    refused(
        "batch_takes_its_steps",
        lambda: PaymentBatch.objects.create(status=BatchStatus.SUBMITTED, maker=season.clerk.person, **begun),
    )
    batch = services.make_batch(treasury.claims(1), by=season.clerk, on=JUNE_1)
    refused("batch_takes_its_steps", updated(batch, **paid_by(season.manager)))
    services.submit_batch(batch, by=season.clerk, on=JUNE_1)
    refused("batch_takes_its_steps", updated(batch, total_fen=1))
    refused("batch_takes_its_steps", updated(batch, status=BatchStatus.DRAFT))
    services.approve_batch(batch, by=season.manager, on=JUNE_1)
    for change in ({"total_fen": 1}, {"status": BatchStatus.RETURNED}, {"voucher_number": "2026-0007"}):
        refused("batch_takes_its_steps", updated(batch, **change))


def test_a_batch_stays_where_it_is(treasury: Treasury) -> None:
    batch = services.make_batch(treasury.claims(1), by=treasury.season.clerk, on=JUNE_1)
    refused("batch_stays_where_it_is", updated(batch, year=2027))


def test_a_claim_enters_only_a_batch_of_its_institution_and_year(treasury: Treasury) -> None:
    """claim_moves_with_its_batch"""
    season = treasury.season
    [made] = treasury.claims(1)
    for where in ({"institution": season.u1, "year": 2027}, {"institution": season.u2, "year": 2026}):
        hat = season.clerk if where["institution"] == season.u1 else season.stranger
        foreign = PaymentBatch.objects.create(purpose="下基层工作补助", made_by=hat, maker=hat.person, **where)
        refused("claim_moves_with_its_batch", updated(made, status=ClaimStatus.IN_BATCH, batch=foreign))


# --- accounts and entries: only the owner could -----------------------------------------------------------------------


def test_one_account_per_institution_and_year(lasting_treasury: Treasury) -> None:
    lasting_treasury.allocate(100_000)
    account = Account.objects.get()
    with as_owner():
        refused(
            "one_account_per_institution_and_year",
            lambda: Account.objects.create(institution=lasting_treasury.season.u1, year=2026),
        )
        refused("account_is_never_overdrawn", updated(account, balance_fen=-1))


def test_ledger_entry_moves_money_the_right_way_and_has_its_place_once(lasting_treasury: Treasury) -> None:
    lasting_treasury.allocate(200_000)
    lasting_treasury.approved(lasting_treasury.claims(1))
    first, second = lasting_treasury.entries()

    def copied(entry: LedgerEntry, **more: Any) -> Callable[[], object]:
        values = {field.attname: getattr(entry, field.attname) for field in LedgerEntry._meta.fields}
        return lambda: LedgerEntry.objects.create(**{**values, "id": 999, "sequence": 3, **more})

    with as_owner():
        wrong = "ledger_entry_moves_money_the_right_way"
        refused(wrong, copied(first, amount_fen=-1))
        refused(wrong, copied(first, allocation_id=None))
        refused(wrong, copied(second, amount_fen=1))
        refused(wrong, copied(second, claim_id=None))
        refused(wrong, copied(second, batch_id=None))
        refused(wrong, copied(first, kind="reversal"))
        refused("ledger_sequence_once", copied(first, sequence=2, allocation_id=None, kind="reversal", reverses_id=1))
        refused("funding_ledgerentry_claim_id_key", copied(second))
