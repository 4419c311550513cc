from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import calendar
from core.calendar import add_working_days, is_working_day, missing_note, working_days_between
from core.holidays import Arrangement, faults, spans_of

pytestmark = pytest.mark.django_db
DAYS = st.dates(date(2025, 1, 1), date(2028, 12, 31))


@pytest.mark.parametrize(
    ("day", "works"),
    [
        pytest.param(date(2026, 11, 20), True, id="a Friday"),
        pytest.param(date(2026, 11, 21), False, id="a Saturday"),
        pytest.param(date(2026, 11, 22), False, id="a Sunday"),
        pytest.param(date(2026, 1, 1), False, id="New Year"),
        pytest.param(date(2026, 1, 4), True, id="the Sunday worked for New Year"),
        pytest.param(date(2026, 2, 14), True, id="the Saturday worked for Spring Festival"),
        pytest.param(date(2026, 2, 23), False, id="last day of Spring Festival"),
        pytest.param(date(2026, 2, 24), True, id="the day after Spring Festival"),
        pytest.param(date(2026, 9, 20), True, id="the Sunday worked for National Day"),
        pytest.param(date(2026, 10, 7), False, id="last day of National Day"),
        pytest.param(date(2025, 10, 8), False, id="National Day and Mid-Autumn together"),
        pytest.param(date(2027, 10, 1), True, id="a year not entered knows weekends only"),
    ],
)
def test_the_arrangement_of_the_year_decides(day: date, works: bool) -> None:
    assert is_working_day(day) is works


def test_a_year_has_so_many_working_days() -> None:
    # Both are 365 - 104 (weekends) + the weekend days worked - the weekdays free: 5 and 18, then 6 and 19.
    assert working_days_between(date(2024, 12, 31), date(2025, 12, 31)) == 248
    assert working_days_between(date(2025, 12, 31), date(2026, 12, 31)) == 248


@pytest.mark.parametrize(
    ("day", "count", "then"),
    [
        pytest.param(date(2026, 11, 20), 1, date(2026, 11, 23), id="from Friday over the weekend"),
        pytest.param(date(2026, 11, 22), 1, date(2026, 11, 23), id="from a Sunday"),
        pytest.param(date(2026, 9, 30), 1, date(2026, 10, 8), id="over National Day"),
        pytest.param(date(2026, 9, 30), 3, date(2026, 10, 10), id="onto the Saturday that is worked"),
        pytest.param(date(2026, 2, 13), 10, date(2026, 3, 5), id="ten days over Spring Festival with both Saturdays"),
        pytest.param(date(2026, 10, 8), -1, date(2026, 9, 30), id="back over National Day"),
        pytest.param(date(2026, 11, 21), 0, date(2026, 11, 21), id="no days"),
    ],
)
def test_so_many_working_days_later(day: date, count: int, then: date) -> None:
    assert add_working_days(day, count) == then


@given(DAYS, st.integers(1, 60))
def test_adding_and_counting_agree(day: date, count: int) -> None:
    then = add_working_days(day, count)

    assert working_days_between(day, then) == count
    assert working_days_between(then, day) == -count
    assert is_working_day(then)
    assert working_days_between(day, then - timedelta(days=1)) == count - 1


def test_a_year_without_its_holidays_says_so() -> None:
    assert missing_note(date(2026, 1, 1), date(2026, 12, 31)) == ""
    assert missing_note(date(2026, 12, 1), date(2027, 1, 10)) == "2027年放假安排尚未录入，暂按周六、周日休息计算。"


def test_what_the_platform_is_delivered_with_could_have_been_entered() -> None:
    for year, known in calendar.years().items():
        arrangement = Arrangement(year, spans_of(known.free.items()), tuple(sorted(known.worked)))
        assert (faults(arrangement), arrangement.free) == ([], known.free)
        assert f"关于{year}年部分节假日安排的通知" in known.source
