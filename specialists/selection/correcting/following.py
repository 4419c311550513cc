"""What followed from an announcement before a day: what a later 成文日期 would leave without the selection it rests on."""

from collections.abc import Callable
from datetime import date

from specialists.models import Registration, Team

Finder = Callable[[list[Registration], list[Team], date], list[str]]
_finders: list[Finder] = []


def finds_what_followed(finder: Finder) -> Finder:
    """Register what an app above knows was done for these persons and teams before the day, in words."""
    _finders.append(finder)
    return finder


def followed(registrations: list[Registration], teams: list[Team], *, before: date) -> list[str]:
    return [words for finder in _finders for words in finder(registrations, teams, before)]
