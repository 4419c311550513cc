from datetime import date

import pytest

from core.policy import Level, RuleEntry
from visits import rules
from visits.enums import VisitStatus
from visits.rules import Service

ENTRY = RuleEntry("E-VISIT-PERIOD", "六（二）", "下基层每人每次500-800元", Level.BLOCK)
SERVICE = Service(date(2026, 5, 12), date(2027, 12, 31))
ENDED = Service(date(2026, 5, 12), date(2026, 9, 30))


@pytest.mark.parametrize(
    ("on", "service", "refused"),
    [
        pytest.param(date(2026, 5, 12), SERVICE, False, id="the first day"),
        pytest.param(date(2027, 12, 31), SERVICE, False, id="the last day"),
        pytest.param(date(2026, 5, 11), SERVICE, True, id="the day before"),
        pytest.param(date(2028, 1, 1), SERVICE, True, id="the day after"),
        pytest.param(date(2026, 9, 30), ENDED, False, id="the last day before its termination"),
        pytest.param(date(2026, 10, 1), ENDED, True, id="the day of its termination"),
        pytest.param(date(2026, 6, 1), None, True, id="nothing is filed"),
    ],
)
def test_a_visit_lies_within_the_filed_service(on: date, service: Service | None, refused: bool) -> None:
    assert bool(rules.within_service(ENTRY, on=on, service=service)) is refused


@pytest.mark.parametrize(
    ("day", "words"),
    [
        pytest.param(date(2026, 5, 20), "", id="today"),
        pytest.param(date(2026, 5, 21), "晚于今天", id="tomorrow"),
        pytest.param(date(2026, 3, 21), "", id="sixty days ago"),
        pytest.param(date(2026, 3, 20), "已超过60天", id="sixty-one days ago"),
    ],
)
def test_a_visit_is_told_after_it_took_place_and_soon(day: date, words: str) -> None:
    finding = rules.told_in_time(ENTRY, date=day, today=date(2026, 5, 20), within_days=60)

    assert words in (finding.message if finding else "")
    assert bool(finding) is bool(words)


def test_a_stay_of_several_days_is_one_trip() -> None:
    assert rules.days_count_once(ENTRY, days=1) is None
    finding = rules.days_count_once(ENTRY, days=3)
    assert finding is not None
    assert finding.message == "连续服务3天，按一次下基层计算。"


def test_a_second_host_on_the_same_day_is_said() -> None:
    assert rules.one_trip_a_day(ENTRY, specialist="张昇", on=date(2026, 5, 20), others=0) is None
    finding = rules.one_trip_a_day(ENTRY, specialist="张昇", on=date(2026, 5, 20), others=1)
    assert finding is not None
    assert "张昇2026年5月20日已登记一次下基层服务" in finding.message


@pytest.mark.parametrize(
    ("status", "allowed"),
    [
        (VisitStatus.LOGGED, {VisitStatus.CONFIRMED, VisitStatus.DISPUTED, VisitStatus.WITHDRAWN}),
        (VisitStatus.DISPUTED, {VisitStatus.LOGGED, VisitStatus.WITHDRAWN}),
        (VisitStatus.CONFIRMED, set()),
        (VisitStatus.WITHDRAWN, set()),
    ],
)
def test_what_is_confirmed_or_withdrawn_stays(status: VisitStatus, allowed: set[VisitStatus]) -> None:
    assert {to for to in VisitStatus if rules.may_move(ENTRY, status=status, to=to) is None} == allowed
    assert (rules.may_amend(ENTRY, status=status) is None) is bool(allowed)
