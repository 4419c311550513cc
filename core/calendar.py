"""Working days by the State Council's yearly arrangement of public holidays (policies/holidays.toml).

The arrangement of a year is published in the autumn before. Until a year is entered, Saturdays and Sundays are taken as
free and nothing else, and `missing_note` gives the sentence that says so wherever such a date is shown.
"""

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path

from django.conf import settings

ONE_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Year:
    source: str
    free: frozenset[date]
    worked: frozenset[date]  # Saturdays and Sundays worked in exchange


@cache
def _years() -> dict[int, Year]:
    text = (Path(settings.BASE_DIR) / "policies" / "holidays.toml").read_text(encoding="utf-8")
    return {
        int(year): Year(
            source=entry["source"],
            free=frozenset(day for first, last in entry["free"].values() for day in _each(first, last)),
            worked=frozenset(entry["worked"]),
        )
        for year, entry in tomllib.loads(text).items()
    }


def _each(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += ONE_DAY


def is_working_day(day: date) -> bool:
    year = _years().get(day.year)
    if year and day in year.worked:
        return True
    return day.weekday() < 5 and not (year and day in year.free)


def add_working_days(day: date, count: int) -> date:
    """The count-th working day after `day`; `day` itself does not count. A negative count goes back."""
    step = ONE_DAY if count > 0 else -ONE_DAY
    while count:
        day += step
        if is_working_day(day):
            count -= 1 if count > 0 else -1
    return day


def working_days_between(first: date, last: date) -> int:
    """Working days after `first`, up to and including `last`: left until a deadline, negative once past."""
    if last < first:
        return -working_days_between(last, first)
    return sum(is_working_day(day) for day in _each(first + ONE_DAY, last))


def missing_years(first: date, last: date) -> list[int]:
    """The years of the period whose holidays are not entered."""
    return [year for year in range(first.year, last.year + 1) if year not in _years()]


def missing_note(first: date, last: date) -> str:
    """What to show beside a date that was counted without the holidays of some year; empty if none is missing."""
    years = "、".join(f"{year}年" for year in missing_years(first, last))
    return f"{years}放假安排尚未录入，暂按周六、周日休息计算。" if years else ""
