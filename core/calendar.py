"""Working days by the State Council's yearly arrangement of public holidays.

What is known when the platform is delivered stands in policies/holidays.toml; each year's notice, published in the autumn
before, is entered by staff (core.holidays) and goes before it. Until then Saturdays and Sundays are taken as free and
nothing else, and `missing_note` gives the sentence that says so wherever such a date is shown.
"""

import tomllib
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache, lru_cache
from pathlib import Path
from time import monotonic

from django.conf import settings

from core.models import SpecialDay

ONE_DAY = timedelta(days=1)
KEPT_FOR = 60  # seconds
NOTICE = "国务院办公厅关于{}年部分节假日安排的通知（{}）"


@dataclass
class Year:
    """What is special in one year's arrangement; its first days may lie in the December before."""

    source: str
    free: dict[date, str] = field(default_factory=dict)  # → the holiday
    worked: set[date] = field(default_factory=set)  # Saturdays and Sundays worked in exchange


def years() -> Mapping[int, Year]:
    """Every year whose arrangement is known. A deadline may not ask the database each time; what another process entered
    holds here a minute later."""
    return _years(int(monotonic() // KEPT_FOR))


def forget() -> None:
    _years.cache_clear()


@lru_cache(maxsize=1)
def _years(when: int) -> Mapping[int, Year]:
    entered: dict[int, Year] = defaultdict(lambda: Year(""))
    for year, number, day, is_worked, name in SpecialDay.objects.values_list(
        "of", "of__document_number", "day", "is_worked", "name"
    ):
        entered[year].source = NOTICE.format(year, number)
        if is_worked:
            entered[year].worked.add(day)
        else:
            entered[year].free[day] = name
    return {**_delivered(), **entered}


@cache
def _delivered() -> dict[int, Year]:
    text = (Path(settings.BASE_DIR) / "policies" / "holidays.toml").read_text(encoding="utf-8")
    return {
        int(year): Year(
            NOTICE.format(year, entry["number"]),
            {day: name for name, (first, last) in entry["free"].items() for day in _each(first, last)},
            set(entry["worked"]),
        )
        for year, entry in tomllib.loads(text).items()
    }


def _each(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += ONE_DAY


def is_working_day(day: date) -> bool:
    known = years()
    near = [known[year] for year in (day.year, day.year + 1) if year in known]
    if any(day in year.worked for year in near):
        return True
    return day.weekday() < 5 and not any(day in year.free for year in near)


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
    return [year for year in range(first.year, last.year + 1) if year not in years()]


def missing_note(first: date, last: date) -> str:
    """What to show beside a date that was counted without the holidays of some year; empty if none is missing."""
    years = "、".join(f"{year}年" for year in missing_years(first, last))
    return f"{years}放假安排尚未录入，暂按周六、周日休息计算。" if years else ""
