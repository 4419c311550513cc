"""Acts on money, one by one: what each changes, and what it refuses."""

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pytest

from agreements.enums import TerminationReason
from agreements.services import terminate_agreement
from core.audit import history
from core.models import AuditEvent, OutboxRow, PolicyPack
from core.policy import Refused
from core.stale import Stale
from funding import ledger, services
from funding.enums import BatchStatus, ClaimStatus, EntryKind
from funding.models import Account, Allocation, Budget, Claim, LedgerEntry, PaymentBatch, RateCard
from specialists.enums import SpecialistStatus
from specialists.models import Specialist
from tests.cast import MAY_20, Season
from tests.funding.conftest import JUNE_1, MAY_25, Treasury
from visits.enums import Mode, VisitStatus
from visits.models import Visit, VisitAttendance


def codes(act: Callable[[], object]) -> list[str]:
    """The codes with which an act is refused; none when it is done."""
    try:
        act()
    except Refused as refusal:
        return [finding.code for finding in refusal.findings]
    return []


def message(act: Callable[[], object]) -> str:
    with pytest.raises(Refused) as refusal:
        act()
    return " ".join(finding.message for finding in refusal.value.findings)


# --- budget and allocation --------------------------------------------------------------------------------------------


def test_the_bureau_records_the_years_fund_once(season: Season) -> None:
    facts: dict[str, Any] = {
        "year": 2026,
        "amount_fen": 30_000_000,
        "document_number": "石财教〔2026〕18号",
        "decided_on": MAY_20,
    }

    budget = services.record_budget(**facts, by=season.officer)

    assert (budget.amount_fen, budget.recorded_by) == (30_000_000, season.officer)
    assert history(budget).get().after["amount_fen"] == 30_000_000
    assert codes(lambda: services.record_budget(**facts, by=season.officer)) == ["E-BUDGET"]
    for other in (season.clerk, season.finance, season.auditor):
        assert codes(partial(services.record_budget, **{**facts, "year": 2027}, by=other)) == ["E-FLOW"]
    assert Budget.objects.count() == 1


def test_the_fund_is_amended_with_its_document_but_not_below_what_is_allocated(treasury: Treasury) -> None:
    treasury.allocate(10_000_000)
    facts: dict[str, Any] = {"document_number": "石财教〔2026〕55号", "decided_on": JUNE_1}
    by = treasury.season.officer

    budget = services.amend_budget(treasury.budget, amount_fen=10_000_000, by=by, **facts)

    assert (budget.amount_fen, budget.document_number) == (10_000_000, "石财教〔2026〕55号")
    changed = history(budget).get(verb="budget.amended")
    assert (changed.before["amount_fen"], changed.after["amount_fen"]) == (30_000_000, 10_000_000)
    assert codes(lambda: services.amend_budget(budget, amount_fen=9_999_999, by=by, **facts)) == ["E-BUDGET"]
    clerk = treasury.season.clerk
    assert codes(lambda: services.amend_budget(budget, amount_fen=10_000_000, by=clerk, **facts)) == ["E-FLOW"]


def test_an_allocation_opens_the_account_and_is_posted_in_the_same_act(treasury: Treasury) -> None:
    assert not Account.objects.exists()

    allocation = treasury.allocate(200_000)

    entry = LedgerEntry.objects.get(allocation=allocation)
    account = Account.objects.get(institution=treasury.season.u1, year=2026)
    assert (entry.kind, entry.amount_fen, entry.memo) == (EntryKind.ALLOCATION, 200_000, "石科指〔2026〕7号")
    assert (account.balance_fen, entry.account) == (200_000, account)
    assert history(allocation).get().verb == "allocation.made"
    assert OutboxRow.objects.get().task == "funding.tasks.tell_allocated"


def test_the_sentence_of_an_allocation_beyond_the_budget_says_what_is_left(treasury: Treasury) -> None:
    treasury.allocate(29_900_000)

    said = message(lambda: treasury.allocate(200_000, "石科指〔2026〕8号"))

    assert "共300,000.00元，已拨付299,000.00元，尚可拨付1,000.00元，本次2,000.00元超出" in said
    assert Allocation.objects.count() == LedgerEntry.objects.count() == 1


def test_a_document_gives_an_institution_money_once(treasury: Treasury) -> None:
    treasury.allocate(100_000)
    assert codes(lambda: treasury.allocate(100_000)) == ["E-BUDGET"]
    treasury.allocate(100_000, institution=treasury.season.u2)


def test_an_institution_gives_itself_nothing(treasury: Treasury) -> None:
    """E-FLOW"""
    facts: dict[str, Any] = {"institution": treasury.season.u1, "amount_fen": 1, "document_number": "1号", "on": MAY_20}
    assert codes(lambda: services.allocate(treasury.budget, by=treasury.season.manager, **facts)) == ["E-FLOW"]


# --- the standard -----------------------------------------------------------------------------------------------------


def test_a_rate_is_set_from_a_day_on_and_kept_in_the_history(treasury: Treasury) -> None:
    card = treasury.rate(70_000, since=JUNE_1)

    assert (card.amount_fen, card.effective_from, card.set_by) == (70_000, JUNE_1, treasury.season.clerk)
    assert history(card).get().after["amount_fen"] == 70_000


@pytest.mark.parametrize("fen", [45_000, 49_999, 80_001])
def test_a_rate_outside_the_band_is_refused(treasury: Treasury, fen: int) -> None:
    assert codes(lambda: treasury.rate(fen, since=JUNE_1)) == ["E-AMOUNT"]
    assert RateCard.objects.count() == 1


def test_a_rate_is_refused_where_there_is_one_or_was_no_plan_or_visits_are_claimed(treasury: Treasury) -> None:
    assert codes(lambda: treasury.rate(70_000)) == ["E-RATE"]
    assert codes(lambda: treasury.rate(70_000, since=date(2025, 12, 31))) == ["E-RATE"]
    treasury.claims(1, day=25)
    assert "2026年5月25日及以前的服务已按原标准申领补助" in message(lambda: treasury.rate(70_000, since=MAY_25))
    assert codes(lambda: treasury.rate(70_000, since=date(2026, 5, 26))) == []


def test_an_institution_sets_its_own_rate_and_no_other(treasury: Treasury) -> None:
    u1 = treasury.season.u1
    for other in (treasury.season.stranger, treasury.season.officer):
        refused = codes(partial(services.set_rate, u1, amount_fen=60_000, effective_from=JUNE_1, by=other))
        assert refused == ["E-FLOW"]


def test_an_unused_rate_is_withdrawn_a_used_one_stays(treasury: Treasury) -> None:
    used = RateCard.objects.get()
    unused = treasury.rate(70_000, since=JUNE_1)
    treasury.claims(1)

    assert codes(lambda: services.withdraw_rate(used, by=treasury.season.clerk)) == ["E-RATE"]
    assert codes(lambda: services.withdraw_rate(unused, by=treasury.season.stranger)) == ["E-FLOW"]
    services.withdraw_rate(unused, by=treasury.season.manager)

    assert RateCard.objects.get() == used
    assert AuditEvent.objects.get(verb="rate_card.withdrawn").before["amount_fen"] == 70_000


# --- claims -----------------------------------------------------------------------------------------------------------


def claim(treasury: Treasury, *trips: VisitAttendance) -> list[Claim]:
    return services.claim_visits(trips, by=treasury.season.clerk, on=JUNE_1)


def test_a_visit_earns_what_the_rate_was_on_its_day(treasury: Treasury) -> None:
    treasury.rate(70_000, since=date(2026, 5, 26))
    agreement = treasury.agreement()

    claims = claim(treasury, treasury.trip(agreement, date(2026, 5, 26)), treasury.trip(agreement, MAY_25))

    assert [(one.service_date, one.amount_fen, one.status) for one in claims] == [
        (MAY_25, 60_000, ClaimStatus.OPEN),
        (date(2026, 5, 26), 70_000, ClaimStatus.OPEN),
    ]
    assert history(claims[0]).get().after == {"amount_fen": 60_000, "service_date": "2026-05-25"}


def test_without_a_rate_on_the_day_nothing_is_claimed(season: Season) -> None:
    treasury = Treasury(season, rate_fen=None)
    treasury.rate(60_000, since=date(2026, 5, 26))
    assert codes(lambda: claim(treasury, treasury.trip(treasury.agreement()))) == ["E-RATE"]


def test_a_rate_that_a_newer_plan_no_longer_allows_pays_nothing(treasury: Treasury) -> None:
    pack = treasury.season.pack
    narrower = {**pack.rules, "E-AMOUNT": {**pack.rules["E-AMOUNT"], "params": {"min_fen": 61_000, "max_fen": 80_000}}}
    PolicyPack.objects.create(
        plan=pack.plan, year=2026, version=2, active_from=MAY_25, settings=pack.settings, rules=narrower
    )
    agreement = treasury.agreement()
    assert codes(lambda: claim(treasury, treasury.trip(agreement))) == ["E-AMOUNT"]
    assert codes(lambda: claim(treasury, treasury.trip(agreement, date(2026, 5, 24)))) == []


def test_an_unconfirmed_an_online_and_an_early_visit_earn_nothing(treasury: Treasury) -> None:
    agreement = treasury.agreement()
    logged = treasury.trip(agreement, status=VisitStatus.LOGGED)
    online = treasury.trip(agreement, date(2026, 5, 26), mode=Mode.ONLINE)
    early = treasury.trip(agreement, date(2026, 5, 19))

    assert codes(lambda: claim(treasury, logged)) == ["E-UNCONFIRMED"]
    assert codes(lambda: claim(treasury, online)) == ["E-VISIT-ONLINE"]
    assert codes(lambda: claim(treasury, early)) == ["E-VISIT-PERIOD"]
    assert sorted(codes(lambda: claim(treasury, logged, online, early))) == [
        "E-UNCONFIRMED",
        "E-VISIT-ONLINE",
        "E-VISIT-PERIOD",
    ], "all said at once"


def test_a_visit_on_the_day_of_termination_earns_nothing(treasury: Treasury) -> None:
    agreement = treasury.agreement()
    before, that_day = treasury.trip(agreement, date(2026, 5, 24)), treasury.trip(agreement, MAY_25)
    terminate_agreement(agreement, by=treasury.season.officer, on=MAY_25, reason=TerminationReason.AGREED)

    assert codes(lambda: claim(treasury, that_day)) == ["E-VISIT-PERIOD"]
    assert codes(lambda: claim(treasury, before)) == []


def test_all_are_claimed_or_none(treasury: Treasury) -> None:
    agreement = treasury.agreement()
    good, bad = treasury.trip(agreement), treasury.trip(agreement, date(2026, 5, 26), status=VisitStatus.LOGGED)
    assert codes(lambda: claim(treasury, good, bad)) == ["E-UNCONFIRMED"]
    assert not Claim.objects.exists()


def test_a_visit_is_claimed_once_and_a_person_once_a_day(treasury: Treasury) -> None:
    agreement = treasury.agreement()
    trip, same_day = treasury.trip(agreement), treasury.trip(agreement)
    claim(treasury, trip)

    assert codes(lambda: claim(treasury, trip)) == ["E-VISIT-DUP"]
    assert message(lambda: claim(treasury, same_day)) == "李喆2026年5月25日已登记一次下基层服务，不能重复发放。"


def test_two_visits_of_one_day_in_one_act_are_one_trip(treasury: Treasury) -> None:
    """E-VISIT-DUP"""
    agreement = treasury.agreement()
    assert codes(lambda: claim(treasury, treasury.trip(agreement), treasury.trip(agreement))) == ["E-VISIT-DUP"]


def revoke(person: Specialist, on: date) -> None:
    Specialist.objects.filter(pk=person.pk).update(status=SpecialistStatus.REVOKED, revoked_on=on)


def test_what_was_earned_before_the_cancellation_is_paid_and_nothing_after(treasury: Treasury) -> None:
    """A19"""
    agreement = treasury.agreement()
    before, after = treasury.trip(agreement, date(2026, 5, 24)), treasury.trip(agreement, MAY_25)
    revoke(agreement.specialist, MAY_25)

    assert codes(lambda: claim(treasury, after)) == ["E-REVOKED"]
    assert len(claim(treasury, before)) == 1


def test_only_the_institution_that_dispatched_claims(treasury: Treasury) -> None:
    trip = treasury.trip(treasury.agreement())
    for other in (treasury.season.stranger, treasury.season.officer, treasury.season.finance):
        assert codes(partial(services.claim_visits, [trip], by=other, on=JUNE_1)) == ["E-FLOW"]


def test_a_team_of_four_makes_four_lines(treasury: Treasury) -> None:
    agreement = treasury.agreement("P1")
    visit = treasury.trip(agreement, status=VisitStatus.LOGGED).visit
    for key in ("P2", "P3", "P4"):
        VisitAttendance.objects.create(visit=visit, specialist=treasury.season.selected(key).specialist)
    Visit.objects.filter(pk=visit.pk).update(
        status=VisitStatus.CONFIRMED, confirmed_at=visit.logged_at, confirmed_name="马社长"
    )

    claims = claim(treasury, *visit.attendances.all())

    assert [one.amount_fen for one in claims] == [60_000] * 4
    assert services.make_batch(claims, by=treasury.season.clerk, on=JUNE_1).total_fen == 240_000


# --- batches ----------------------------------------------------------------------------------------------------------


def test_a_batch_takes_open_claims_and_adds_them_up(treasury: Treasury) -> None:
    claims = treasury.claims(3)

    batch = services.make_batch(claims, by=treasury.season.clerk, on=JUNE_1, note="5月")

    assert (batch.status, batch.total_fen, batch.year, batch.purpose) == ("draft", 180_000, 2026, "下基层工作补助")
    assert (batch.maker, str(batch)) == (treasury.season.clerk.person, f"P-{batch.pk}")
    assert {one.status for one in batch.claims.all()} == {ClaimStatus.IN_BATCH}
    assert codes(lambda: services.make_batch(claims[:1], by=treasury.season.clerk, on=JUNE_1)) == ["E-STATE"]


def test_a_batch_is_refused_empty_mixed_or_of_another_institution(treasury: Treasury) -> None:
    """E-BATCH, E-FLOW"""
    agreement = treasury.agreement()
    trips = [treasury.trip(agreement, date(2026, 12, 31)), treasury.trip(agreement, date(2027, 1, 1))]
    claims = services.claim_visits(trips, by=treasury.season.clerk, on=date(2027, 1, 5))
    by = treasury.season.clerk

    assert codes(lambda: services.make_batch([], by=by, on=JUNE_1)) == ["E-BATCH"]
    assert "2026年、2027年" in message(lambda: services.make_batch(claims, by=by, on=JUNE_1))
    assert codes(lambda: services.make_batch(claims[:1], by=treasury.season.stranger, on=JUNE_1)) == ["E-FLOW"]


def test_a_purpose_outside_the_plan_is_refused(treasury: Treasury) -> None:
    claims = treasury.claims(1)
    by = treasury.season.clerk

    said = message(lambda: services.make_batch(claims, by=by, on=JUNE_1, purpose="办公设备"))

    assert "专项经费专款专用，不能用于“办公设备”" in said
    batch = services.make_batch(claims, by=by, on=JUNE_1)
    changed = codes(lambda: services.change_batch(batch, claims=claims, by=by, on=JUNE_1, purpose="办公设备"))
    assert changed == ["E-PURPOSE"]


def test_one_press_claims_and_makes_the_batch_or_does_neither(treasury: Treasury) -> None:
    agreement = treasury.agreement()
    trips = [treasury.trip(agreement, date(2026, 5, day)) for day in (21, 22)]
    [waiting] = claim(treasury, trips[0])
    by = treasury.season.clerk

    batch = services.pay_visits(trips, by=by, on=JUNE_1)

    assert batch.total_fen == 120_000
    assert waiting in batch.claims.all()
    another = treasury.trip(agreement, date(2026, 5, 23))
    assert codes(lambda: services.pay_visits([another], by=by, on=JUNE_1, purpose="办公设备")) == ["E-PURPOSE"]
    assert not Claim.objects.filter(attendance=another).exists()


def test_a_draft_is_changed_and_what_is_left_out_is_open_again(treasury: Treasury) -> None:
    one, two, three = treasury.claims(3)
    season = treasury.season
    batch = services.make_batch([one, two], by=season.clerk, on=JUNE_1)

    batch = services.change_batch(batch, claims=[two, three], by=season.manager, on=JUNE_1, note="去掉一笔", version=1)

    assert set(batch.claims.all()) == {two, three}
    one.refresh_from_db()
    assert (one.status, one.batch, batch.total_fen) == (ClaimStatus.OPEN, None, 120_000)
    assert (batch.maker, batch.note, batch.version) == (season.manager.person, "去掉一笔", 2)
    event = history(batch).get(verb="payment_batch.changed")
    assert (event.before["lines"], event.after["lines"], event.before["maker"]) == (2, 2, "刘静怡")


def test_a_stale_form_changes_nothing(treasury: Treasury) -> None:
    claims = treasury.claims(2)
    by = treasury.season.clerk
    batch = services.make_batch(claims, by=by, on=JUNE_1)
    services.change_batch(batch, claims=claims[:1], by=by, on=JUNE_1, version=1)

    with pytest.raises(Stale):
        services.change_batch(batch, claims=claims, by=by, on=JUNE_1, note="旧页面", version=1)
    for act in (
        lambda: services.submit_batch(batch, by=by, on=JUNE_1, version=1),
        lambda: services.drop_batch(batch, by=by, on=JUNE_1, version=1),
    ):
        with pytest.raises(Stale):
            act()
    submitted = services.submit_batch(batch, by=by, on=JUNE_1, version=2)
    for act in (
        lambda: services.approve_batch(submitted, by=treasury.season.manager, on=JUNE_1, version=2),
        lambda: services.return_batch(submitted, by=treasury.season.manager, on=JUNE_1, opinion="请核", version=2),
    ):
        with pytest.raises(Stale):
            act()


def test_its_maker_submits_a_batch_and_who_takes_it_over_becomes_its_maker(treasury: Treasury) -> None:
    season = treasury.season
    claims = treasury.claims(1)
    batch = services.make_batch(claims, by=season.clerk, on=JUNE_1)

    assert codes(lambda: services.submit_batch(batch, by=season.manager, on=JUNE_1)) == ["E-TWO-PEOPLE"]
    services.change_batch(batch, claims=claims, by=season.manager, on=JUNE_1)
    submitted = services.submit_batch(batch, by=season.manager, on=JUNE_1)

    assert (submitted.status, submitted.submitted_on) == (BatchStatus.SUBMITTED, JUNE_1)
    assert OutboxRow.objects.get().task == "funding.tasks.tell_submitted"
    assert codes(lambda: services.approve_batch(batch, by=season.manager, on=JUNE_1)) == ["E-TWO-PEOPLE", "E-FUND"]


def test_a_batch_is_dropped_rather_than_emptied(treasury: Treasury) -> None:
    """E-BATCH"""
    by = treasury.season.clerk
    batch = services.make_batch(treasury.claims(1), by=by, on=JUNE_1)
    assert codes(lambda: services.change_batch(batch, claims=[], by=by, on=JUNE_1)) == ["E-BATCH"]
    assert batch.claims.count() == 1


def test_approving_posts_one_entry_per_claim_and_gives_the_voucher_its_number(treasury: Treasury) -> None:
    treasury.allocate(200_000)
    batch = treasury.submitted(treasury.claims(2))

    batch = services.approve_batch(batch, by=treasury.season.manager, on=JUNE_1)

    assert (batch.status, batch.voucher_number, batch.approved_on) == ("approved", "2026-0001", JUNE_1)
    assert (batch.approver, str(batch)) == (treasury.season.manager.person, "2026-0001")
    assert {one.status for one in batch.claims.all()} == {ClaimStatus.PAID}
    assert [entry.amount_fen for entry in batch.entries.all()] == [-60_000, -60_000]
    assert Account.objects.get().balance_fen == 80_000
    assert {row.task for row in OutboxRow.objects.filter(ids={"batch_id": batch.pk})} == {
        "funding.tasks.tell_submitted",
        "funding.tasks.make_sheet",
        "funding.tasks.tell_paid",
    }
    assert history(batch).last().verb == "payment_batch.approved"  # type: ignore[union-attr]
    paid = {"voucher_number": "2026-0001", "payee_account": "****0017"}
    assert history(batch.claims.first()).last().after == paid  # type: ignore[arg-type,union-attr]


def test_more_than_the_account_holds_is_refused_with_the_balance(treasury: Treasury) -> None:
    treasury.allocate(100_000)
    batch = treasury.submitted(treasury.claims(2))

    said = message(lambda: services.approve_batch(batch, by=treasury.season.manager, on=JUNE_1))

    assert said == "示范农林学院2026年度专项经费余额不足：余额1,000.00元，本次1,200.00元。"
    batch.refresh_from_db()
    assert (batch.status, batch.voucher_number) == ("submitted", "")
    assert Account.objects.get().balance_fen == 100_000


def test_without_any_allocation_the_balance_is_nothing(treasury: Treasury) -> None:
    """E-FUND"""
    batch = treasury.submitted(treasury.claims(1))
    said = message(lambda: services.approve_batch(batch, by=treasury.season.manager, on=JUNE_1))
    assert "余额0.00元" in said


def test_a_refused_payment_uses_no_voucher_number(treasury: Treasury) -> None:
    treasury.allocate(60_000)
    agreement = treasury.agreement()
    too_much = treasury.submitted(treasury.claims(2, agreement=agreement))
    assert codes(lambda: services.approve_batch(too_much, by=treasury.season.manager, on=JUNE_1)) == ["E-FUND"]

    batch = treasury.approved(treasury.claims(1, agreement=agreement, day=26))

    assert batch.voucher_number == "2026-0001"


def test_voucher_numbers_run_without_gap_per_institution_and_year(treasury: Treasury) -> None:
    treasury.allocate(200_000)
    agreement = treasury.agreement()
    numbers = [
        treasury.approved(treasury.claims(1, agreement=agreement, day=day)).voucher_number for day in (21, 22, 23)
    ]
    assert numbers == ["2026-0001", "2026-0002", "2026-0003"]


def test_a_person_disqualified_meanwhile_is_not_paid_for_later_visits(treasury: Treasury) -> None:
    treasury.allocate(200_000)
    claims = treasury.claims(1, day=25)
    batch = treasury.submitted(claims)
    revoke(claims[0].specialist, MAY_25)

    assert codes(lambda: services.approve_batch(batch, by=treasury.season.manager, on=JUNE_1)) == ["E-REVOKED"]
    revoke(claims[0].specialist, date(2026, 5, 26))
    services.approve_batch(batch, by=treasury.season.manager, on=JUNE_1)


def test_a_purpose_that_the_plan_dropped_meanwhile_is_not_paid(treasury: Treasury) -> None:
    treasury.allocate(200_000)
    batch = treasury.submitted(treasury.claims(1))
    draft = services.make_batch(
        treasury.claims(1, agreement=treasury.agreement("P2")), by=treasury.season.clerk, on=JUNE_1
    )
    pack = treasury.season.pack
    settings = {**pack.settings, "funding": {**pack.settings["funding"], "purposes": ["交通补助"]}}
    PolicyPack.objects.create(
        plan=pack.plan, year=2026, version=2, active_from=JUNE_1, settings=settings, rules=pack.rules
    )

    assert codes(lambda: services.approve_batch(batch, by=treasury.season.manager, on=JUNE_1)) == ["E-PURPOSE"]
    assert codes(lambda: services.submit_batch(draft, by=treasury.season.clerk, on=JUNE_1)) == ["E-PURPOSE"]


def test_only_the_institutions_own_people_move_its_batches(treasury: Treasury) -> None:
    treasury.allocate(200_000)
    season = treasury.season
    claims = treasury.claims(1)
    draft = services.make_batch(claims, by=season.clerk, on=JUNE_1)
    for other in (season.stranger, season.officer, season.finance, season.auditor):
        acts: list[Callable[[], object]] = [
            partial(services.change_batch, draft, claims=claims, by=other, on=JUNE_1),
            partial(services.drop_batch, draft, by=other, on=JUNE_1),
        ]
        assert [codes(act) for act in acts] == [["E-FLOW"]] * 2
        assert "E-FLOW" in codes(partial(services.submit_batch, draft, by=other, on=JUNE_1))
    services.submit_batch(draft, by=season.clerk, on=JUNE_1)
    for other in (season.stranger, season.officer, season.finance, season.auditor):
        acts = [
            partial(services.approve_batch, draft, by=other, on=JUNE_1),
            partial(services.return_batch, draft, by=other, on=JUNE_1, opinion="请核"),
        ]
        assert [codes(act) for act in acts] == [["E-FLOW"]] * 2


def test_a_returned_batch_is_mended_and_submitted_again(treasury: Treasury) -> None:
    season = treasury.season
    claims = treasury.claims(2)
    batch = treasury.submitted(claims)
    give_back = services.return_batch

    assert codes(lambda: give_back(batch, by=season.manager, on=JUNE_1, opinion=" ")) == ["E-REASON"]
    assert codes(lambda: give_back(batch, by=season.clerk, on=JUNE_1, opinion="请核")) == ["E-TWO-PEOPLE"]
    returned = give_back(batch, by=season.manager, on=JUNE_1, opinion="第二笔日期请核实")
    assert (returned.status, returned.return_opinion) == ("returned", "第二笔日期请核实")
    assert history(batch).last().reason == "第二笔日期请核实"  # type: ignore[union-attr]

    services.change_batch(batch, claims=claims[:1], by=season.clerk, on=JUNE_1)
    assert services.submit_batch(batch, by=season.clerk, on=JUNE_1).status == "submitted"


def test_finished_acts_are_not_done_again(treasury: Treasury) -> None:
    treasury.allocate(200_000)
    season = treasury.season
    claims = treasury.claims(1)
    batch = treasury.approved(claims)
    acts: list[Callable[[], object]] = [
        lambda: services.submit_batch(batch, by=season.clerk, on=JUNE_1),
        lambda: services.approve_batch(batch, by=season.manager, on=JUNE_1),
        lambda: services.return_batch(batch, by=season.manager, on=JUNE_1, opinion="请核"),
        lambda: services.drop_batch(batch, by=season.clerk, on=JUNE_1),
        lambda: services.change_batch(batch, claims=claims, by=season.clerk, on=JUNE_1),
    ]
    assert [codes(act) for act in acts] == [["E-STATE"]] * 5
    assert ledger.verify() == []


def test_a_dropped_batch_sets_its_claims_free(treasury: Treasury) -> None:
    claims = treasury.claims(2)
    by = treasury.season.clerk
    batch = services.make_batch(claims, by=by, on=JUNE_1)

    services.drop_batch(batch, by=by, on=JUNE_1)

    assert {one.status for one in Claim.objects.all()} == {ClaimStatus.OPEN}
    assert services.make_batch(claims, by=by, on=JUNE_1).total_fen == 120_000
    assert codes(lambda: services.submit_batch(batch, by=by, on=JUNE_1)) == ["E-STATE"]


# --- what is left behind -----------------------------------------------------------------------------------------------


def test_each_act_leaves_its_audit_row_with_a_label(treasury: Treasury) -> None:
    from funding.enums import VERBS

    treasury.allocate(200_000)
    treasury.approved(treasury.claims(1))
    treasury.reversed(LedgerEntry.objects.get(kind=EntryKind.SUBSIDY))
    verbs = set(AuditEvent.objects.values_list("verb", flat=True))
    assert verbs >= {"allocation.made", "rate_card.set", "claim.made", "claim.paid", "claim.reversed"}
    assert verbs >= {"reversal.asked", "reversal.approved"}
    assert verbs <= VERBS.keys()
    assert PaymentBatch.objects.count() == 1
