"""The rules of money by tables of cases, without a database."""

from datetime import date
from functools import partial
from typing import Any

import pytest

from accounts.enums import Role
from core.money import yuan
from core.packs import POLICIES, read
from core.policy import Finding, Level, RuleEntry
from funding import rules
from funding.enums import BatchStatus, ClaimStatus, EntryKind, ReversalStatus
from funding.rules import Rate, Trip

PACK = read(POLICIES / "shijiazhuang-2026.toml")["rules"]
MAY_25 = date(2026, 5, 25)


def entry(code: str, **params: Any) -> RuleEntry:
    found = PACK[code]
    return RuleEntry(
        code, found["article"], found["quote"], Level(found["level"]), {**found.get("params", {}), **params}
    )


def trip(**more: Any) -> Trip:
    facts = {
        "attendance": 1,
        "specialist": 11,
        "person": "李喆",
        "day": MAY_25,
        "on_site": True,
        "confirmed": True,
        "institution": 5,
        "filed_on": date(2026, 5, 20),
        "start": date(2026, 5, 12),
        "last_day": date(2027, 12, 31),
        "revoked_on": None,
    }
    return Trip(**{**facts, **more})


def code(finding: Finding | None) -> str | None:
    return finding.code if finding else None


@pytest.mark.parametrize(
    ("fen", "refused"),
    [
        pytest.param(0, True, id="nothing"),
        pytest.param(-60_000, True, id="less than nothing"),
        pytest.param(49_999, True, id="499.99"),
        pytest.param(50_000, False, id="500"),
        pytest.param(65_050, False, id="650.50"),
        pytest.param(80_000, False, id="800"),
        pytest.param(80_001, True, id="800.01"),
        pytest.param(2**63, True, id="beyond bigint"),
    ],
)
def test_a_subsidy_is_500_to_800_yuan_ends_included(fen: int, refused: bool) -> None:
    finding = rules.amount_in_band(entry("E-AMOUNT"), amount_fen=fen)

    assert code(finding) == ("E-AMOUNT" if refused else None)
    if finding:
        assert finding.message == f"工作补助为每人每次500-800元，当前{yuan(fen)}元。"


def test_the_band_is_the_packs_and_not_the_codes() -> None:
    other = entry("E-AMOUNT", min_fen=60_000, max_fen=90_000)

    assert rules.amount_in_band(other, amount_fen=90_000) is None
    finding = rules.amount_in_band(other, amount_fen=50_000)
    assert finding
    assert finding.message == "工作补助为每人每次600-900元，当前500.00元。"


@pytest.mark.parametrize(
    ("allocated", "amount", "refused"),
    [
        (0, 30_000_000, False),
        (0, 30_000_001, True),
        (29_999_999, 1, False),
        (29_999_999, 2, True),
        (30_000_000, 1, True),
    ],
)
def test_allocations_stay_within_the_years_fund(allocated: int, amount: int, refused: bool) -> None:
    finding = rules.within_budget(
        entry("E-BUDGET"), year=2026, budget_fen=30_000_000, allocated_fen=allocated, amount_fen=amount
    )
    assert code(finding) == ("E-BUDGET" if refused else None)


@pytest.mark.parametrize(("amount", "refused"), [(200_000, False), (199_999, True), (200_001, False)])
def test_the_fund_is_not_set_below_what_is_allocated(amount: int, refused: bool) -> None:
    finding = rules.budget_covers(entry("E-BUDGET"), year=2026, amount_fen=amount, allocated_fen=200_000)
    assert code(finding) == ("E-BUDGET" if refused else None)


@pytest.mark.parametrize("role", Role)
def test_only_the_bureau_gives_to_institutions(role: Role) -> None:
    refused = role not in ("bureau_admin", "bureau_officer", "division_head")
    assert code(rules.given_by_the_bureau(entry("E-FLOW"), role=role)) == ("E-FLOW" if refused else None)


@pytest.mark.parametrize("own", [True, False])
@pytest.mark.parametrize("role", Role)
def test_only_the_persons_own_institution_pays(role: Role, own: bool) -> None:
    allowed = own and role in ("institution_admin", "institution_clerk")
    finding = rules.paid_by_the_institution(entry("E-FLOW"), role=role, own=own)
    assert code(finding) == (None if allowed else "E-FLOW")


def test_the_rate_of_a_day_is_the_latest_that_had_begun() -> None:
    rates = [Rate(2, 70_000, date(2026, 6, 1)), Rate(1, 60_000, date(2026, 1, 1)), Rate(3, 80_000, date(2027, 1, 1))]

    found = [
        rules.rate_on(rates, day)
        for day in (date(2025, 12, 31), date(2026, 1, 1), date(2026, 5, 31), date(2026, 6, 1), date(2028, 1, 1))
    ]

    assert [rate and rate.amount_fen for rate in found] == [None, 60_000, 60_000, 70_000, 80_000]


@pytest.mark.parametrize(
    ("since", "last", "refused"),
    [
        (date(2026, 6, 2), date(2026, 6, 1), False),
        (date(2026, 6, 1), date(2026, 6, 1), True),
        (date(2026, 5, 1), date(2026, 6, 1), True),
        (date(2026, 5, 1), None, False),
    ],
)
def test_the_rate_of_a_claimed_day_stays(since: date, last: date | None, refused: bool) -> None:
    assert code(rules.not_before_claims(entry("E-RATE"), since=since, last_claimed=last)) == (
        "E-RATE" if refused else None
    )


def test_a_rate_needs_a_plan_a_day_of_its_own_and_no_claims_to_be_withdrawn() -> None:
    first = date(2026, 1, 1)
    assert rules.under_a_plan(entry("E-RATE"), since=first, first_plan=first) is None
    assert code(rules.under_a_plan(entry("E-RATE"), since=date(2025, 12, 31), first_plan=first)) == "E-RATE"
    assert rules.no_other_rate_that_day(entry("E-RATE"), since=first, taken=False) is None
    assert code(rules.no_other_rate_that_day(entry("E-RATE"), since=first, taken=True)) == "E-RATE"
    assert rules.unused(entry("E-RATE"), claims=0) is None
    assert code(rules.unused(entry("E-RATE"), claims=1)) == "E-RATE"


def test_a_visit_without_a_rate_is_refused_by_name_and_day() -> None:
    assert rules.has_rate(entry("E-RATE"), trip=trip(), rate=Rate(1, 60_000, MAY_25)) is None
    finding = rules.has_rate(entry("E-RATE"), trip=trip(), rate=None)
    assert finding
    assert "李喆2026年5月25日" in finding.message


def test_a_visit_must_be_confirmed_and_on_site() -> None:
    assert rules.confirmed(entry("E-UNCONFIRMED"), trip=trip()) is None
    assert code(rules.confirmed(entry("E-UNCONFIRMED"), trip=trip(confirmed=False))) == "E-UNCONFIRMED"
    assert rules.on_site(entry("E-VISIT-ONLINE"), trip=trip()) is None
    assert code(rules.on_site(entry("E-VISIT-ONLINE"), trip=trip(on_site=False))) == "E-VISIT-ONLINE"


@pytest.mark.parametrize(
    ("facts", "refused"),
    [
        pytest.param({}, False, id="within"),
        pytest.param({"day": date(2026, 5, 20)}, False, id="on the day of filing"),
        pytest.param({"day": date(2026, 5, 19)}, True, id="signed, not yet filed (A21)"),
        pytest.param({"day": date(2026, 5, 11)}, True, id="before the service begins"),
        pytest.param({"day": date(2027, 12, 31)}, False, id="on the last day"),
        pytest.param({"day": date(2028, 1, 1)}, True, id="after the last day"),
        pytest.param({"last_day": MAY_25}, False, id="on the last day before a termination"),
        pytest.param({"last_day": date(2026, 5, 24)}, True, id="on the day of termination, which ends the service"),
        pytest.param({"filed_on": None}, True, id="not filed"),
        pytest.param({"filed_on": date(2026, 5, 1), "day": date(2026, 5, 11)}, True, id="filed early, not begun"),
    ],
)
def test_a_paid_visit_lies_in_the_filed_service(facts: dict[str, Any], refused: bool) -> None:
    finding = rules.in_filed_service(entry("E-VISIT-PERIOD"), trip=trip(**facts))
    assert code(finding) == ("E-VISIT-PERIOD" if refused else None)
    if finding:
        assert "不在已备案协议的服务期限内" in finding.message


def test_the_pack_may_accept_visits_from_the_start_of_service() -> None:
    """A21, the other reading."""
    from_start = entry("E-VISIT-PERIOD", earliest="start")
    assert rules.in_filed_service(from_start, trip=trip(day=date(2026, 5, 12))) is None
    assert code(rules.in_filed_service(from_start, trip=trip(day=date(2026, 5, 11)))) == "E-VISIT-PERIOD"


@pytest.mark.parametrize(
    ("revoked_on", "refused"),
    [(None, False), (date(2026, 5, 26), False), (MAY_25, True), (date(2026, 5, 24), True)],
)
def test_what_was_earned_before_the_cancellation_stays_payable(revoked_on: date | None, refused: bool) -> None:
    finding = rules.still_qualified(entry("E-REVOKED"), person="李喆", day=MAY_25, revoked_on=revoked_on)
    assert code(finding) == ("E-REVOKED" if refused else None)


def test_one_visit_and_one_day_earn_one_subsidy() -> None:
    dup = entry("E-VISIT-DUP")
    assert rules.claimed_once(dup, trip=trip(), taken={2, 3}) is None
    assert code(rules.claimed_once(dup, trip=trip(), taken={1})) == "E-VISIT-DUP"
    assert rules.one_trip_a_day(dup, trip=trip(), taken={(11, date(2026, 5, 24)), (12, MAY_25)}) is None
    finding = rules.one_trip_a_day(dup, trip=trip(), taken={(11, MAY_25)})
    assert finding
    assert finding.message == "李喆2026年5月25日已登记一次下基层服务，不能重复发放。"


def test_the_fund_is_for_its_purpose() -> None:
    permitted = ["下基层工作补助"]
    assert rules.permitted_purpose(entry("E-PURPOSE"), purpose="下基层工作补助", purposes=permitted) is None
    finding = rules.permitted_purpose(entry("E-PURPOSE"), purpose="办公设备", purposes=permitted)
    assert finding
    assert finding.message.startswith("专项经费专款专用，不能用于“办公设备”。")


@pytest.mark.parametrize(("amount", "refused"), [(40_000, False), (40_001, True), (50_000, True), (-60_000, False)])
def test_an_account_is_not_overdrawn(amount: int, refused: bool) -> None:
    finding = rules.account_covers(
        entry("E-FUND"), institution="示范农林学院", year=2026, balance_fen=40_000, amount_fen=amount
    )
    assert code(finding) == ("E-FUND" if refused else None)
    if finding:
        assert finding.message == f"示范农林学院2026年度专项经费余额不足：余额400.00元，本次{yuan(amount)}元。"


def test_two_people_stand_behind_a_payment() -> None:
    two = entry("E-TWO-PEOPLE")
    assert rules.checked_by_another(two, maker=1, maker_name="刘静怡", checker=2) is None
    assert code(rules.checked_by_another(two, maker=1, maker_name="刘静怡", checker=1)) == "E-TWO-PEOPLE"
    assert rules.submitted_by_its_maker(two, maker=1, maker_name="刘静怡", by=1) is None
    assert code(rules.submitted_by_its_maker(two, maker=1, maker_name="刘静怡", by=2)) == "E-TWO-PEOPLE"


@pytest.mark.parametrize("to", BatchStatus)
@pytest.mark.parametrize("status", BatchStatus)
def test_a_batch_takes_its_steps(status: BatchStatus, to: BatchStatus) -> None:
    steps = {
        ("draft", "submitted"),
        ("draft", "dropped"),
        ("submitted", "approved"),
        ("submitted", "returned"),
        ("returned", "submitted"),
        ("returned", "dropped"),
    }
    finding = rules.batch_may_move(entry("E-STATE"), status=status, to=to)
    assert code(finding) == (None if (status, to) in steps else "E-STATE")


def test_what_is_submitted_is_not_changed() -> None:
    found = [code(rules.batch_may_change(entry("E-STATE"), status=status)) for status in BatchStatus]
    assert found == [None, "E-STATE", None, "E-STATE", "E-STATE"]


def test_a_claim_is_in_one_batch_at_a_time() -> None:
    found = [code(rules.claim_is_free(entry("E-STATE"), status=status, words="李喆")) for status in ClaimStatus]
    assert found == [None, "E-STATE", "E-STATE", "E-STATE"]


@pytest.mark.parametrize(("years", "refused"), [({2026}, False), (set(), True), ({2026, 2027}, True)])
def test_a_batch_pays_visits_of_one_year(years: set[int], refused: bool) -> None:
    assert code(rules.of_one_year(entry("E-BATCH"), years=years)) == ("E-BATCH" if refused else None)


@pytest.mark.parametrize(
    ("kind", "already", "refused"),
    [
        (EntryKind.SUBSIDY, False, False),
        (EntryKind.ALLOCATION, False, False),
        (EntryKind.SUBSIDY, True, True),
        (EntryKind.REVERSAL, False, True),
    ],
)
def test_a_line_is_reversed_once_and_a_reversal_never(kind: EntryKind, already: bool, refused: bool) -> None:
    finding = rules.may_be_reversed(entry("E-STATE"), kind=kind, reversed_already=already)
    assert code(finding) == ("E-STATE" if refused else None)


def test_a_line_that_somebody_has_asked_for_waits_for_the_word_on_it() -> None:
    finding = rules.may_be_reversed(entry("E-STATE"), kind=EntryKind.SUBSIDY, reversed_already=False, asked_by="刘静怡")
    assert finding
    assert finding.message == "刘静怡已申请冲红这笔分录，请等待复核，或由其撤回后重新申请。"


@pytest.mark.parametrize("to", [status for status in ReversalStatus if status != ReversalStatus.OPEN])
def test_a_request_to_reverse_is_ended_once(to: ReversalStatus) -> None:
    found = [code(rules.reversal_may_become(entry("E-STATE"), status=status, to=to)) for status in ReversalStatus]
    assert found == [None, "E-STATE", "E-STATE", "E-STATE"]


def test_a_batch_is_paid_to_whom_it_was_handed_in_for() -> None:
    judged = partial(rules.paid_to_whom_was_handed_in, entry("E-PAYEE"), person="李喆")
    assert judged(handed_in="****0017", now="****0017", is_same=True) is None
    assert code(judged(handed_in=None, now="****0017", is_same=False)) == "E-PAYEE"
    for now, alike in (("****4567", False), ("****0017", True)):
        finding = judged(handed_in="****0017", now=now, is_same=False)
        assert finding
        assert ("不是同一个账号" in finding.message) == alike


def test_a_batch_is_handed_in_with_the_accounts_that_were_seen() -> None:
    assert rules.handed_in_as_seen(entry("E-PAYEE"), is_as_seen=True) is None
    assert code(rules.handed_in_as_seen(entry("E-PAYEE"), is_as_seen=False)) == "E-PAYEE"


def test_who_asks_for_a_reversal_does_not_carry_it_out() -> None:
    judged = partial(rules.reversed_by_another, entry("E-TWO-PEOPLE"), asker=1, asker_name="刘静怡")
    assert judged(decider=2) is None
    finding = judged(decider=1)
    assert finding
    assert (finding.code, finding.article) == ("E-TWO-PEOPLE", "六（三）")
    assert "申请人和复核人不能为同一人" in finding.message


def test_a_year_has_one_fund_and_a_document_gives_once() -> None:
    assert rules.one_budget_a_year(entry("E-BUDGET"), year=2026, taken=False) is None
    assert code(rules.one_budget_a_year(entry("E-BUDGET"), year=2026, taken=True)) == "E-BUDGET"
    once = {"institution": "示范农林学院", "document_number": "石科指〔2026〕7号"}
    assert rules.document_once(entry("E-BUDGET"), taken=False, **once) is None
    assert code(rules.document_once(entry("E-BUDGET"), taken=True, **once)) == "E-BUDGET"


def test_every_refusal_cites_its_article() -> None:
    finding = rules.amount_in_band(entry("E-AMOUNT"), amount_fen=1)
    assert finding
    assert (finding.article, finding.quote[:9]) == ("六（二）", "补助经费由派出单位")
