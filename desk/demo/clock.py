"""The days on which a season happens: a story is a generator that yields the day on which it wants to go on."""

from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from heapq import heappop, heappush
from typing import Any, TypeVar
from unittest.mock import patch
from zoneinfo import ZoneInfo

from django.utils import timezone

from core.calendar import ONE_DAY, add_working_days, is_working_day

T = TypeVar("T")
Story = Generator[date, date, T]  # yields when it wants to go on, is told on which day it does

HERE = ZoneInfo("Asia/Shanghai")
OPENS, BETWEEN_ACTS, CLOSES = time(9, 5), timedelta(minutes=7), time(17, 20)


class Days:
    """Days as a season counts them: back from today, and never before there was a plan to act under."""

    def __init__(self, today: date, first: date) -> None:
        self.today, self.first = today, first

    def ago(self, days: int) -> date:
        """The last working day at least so many days ago."""
        day = self.today - timedelta(days=days)
        while day > self.first and not is_working_day(day):
            day -= ONE_DAY
        return max(day, self.first)

    def later(self, day: date, working_days: int) -> date:
        return add_working_days(day, working_days)


def run(stories: Iterable[Story[None]], *, days: Days, at_the_end_of_a_day: Callable[[date], Any]) -> None:
    """Let the stories go on side by side, each act on its day and at a time of its own.

    A story that asks for a day to come is over: that day has not been yet.
    """
    told = list(stories)
    waiting: list[tuple[date, int]] = []

    def wait(place: int, wanted: date) -> None:
        if wanted <= days.today:
            heappush(waiting, (max(wanted, day), place))

    day, acts = days.first, 0
    for place, story in enumerate(told):
        wait(place, next(story))
    while waiting:
        due, place = heappop(waiting)
        if due > day:
            with clock(_moment(day, acts + 1)):
                at_the_end_of_a_day(day)
            day, acts = due, 0
        with clock(_moment(day, acts)), suppress(StopIteration):
            wait(place, told[place].send(day))
        acts += 1
    with clock(_moment(day, acts + 1)):
        at_the_end_of_a_day(day)


def _moment(day: date, act: int) -> datetime:
    begun = datetime.combine(day, OPENS, HERE) + BETWEEN_ACTS * act
    latest = datetime.combine(day, CLOSES, HERE) + timedelta(seconds=act)
    return min(begun, latest, datetime.now(HERE))


@contextmanager
def clock(moment: datetime) -> Iterator[None]:
    """Inside, `django.utils.timezone.now` says this moment, and so does every row that is stamped by it.

    The ledger is stamped by the database and shows when it really was posted.
    """

    class Stopped(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return moment.astimezone(tz or UTC)

    with patch.object(timezone, "datetime", Stopped):
        yield
