"""The environment of the pages: what every template may call.

Undefined names are errors, so that a misspelt variable fails a test instead of printing nothing.
"""

import uuid
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from typing import Any

from django.templatetags.static import static
from django.urls import NoReverseMatch, reverse
from django.utils.timezone import is_aware, localdate, localtime
from jinja2 import Environment, StrictUndefined
from markupsafe import Markup

from core.dates import day_in_words
from core.money import yuan
from core.sprite import ICONS

NOTHING = "—"  # an empty cell is never a zero


def environment(**options: Any) -> Environment:
    env = Environment(**{**options, "undefined": StrictUndefined, "trim_blocks": True, "lstrip_blocks": True})
    env.globals.update(
        static=static,
        url=url,
        icon=_icons(),
        new_key=new_key,
        today=localdate,
        amounts=amounts,
    )
    env.filters.update(
        money=money,
        cdate=cdate,
        cdatetime=cdatetime,
        shortdate=shortdate,
        clock=clock,
        number=number,
        filesize=filesize,
        share=share,
    )
    return env


def url(name: str, *args: object, **kwargs: object) -> str:
    """The address of a named page, as in `url("agreements:detail", agreement.pk)`."""
    return reverse(name, args=args, kwargs=kwargs) if args or kwargs else _page(name)


@cache
def _page(name: str) -> str:
    """A page without a record stays where it is for the life of the process, and every page links to twenty of them."""
    return reverse(name)


def url_if_served(name: str) -> str | None:
    """The address of a page that an installation may leave out, else None."""
    try:
        return reverse(name)
    except NoReverseMatch:
        return None


def new_key() -> str:
    """A fresh Idempotency-Key: a form that is sent twice carries the same one twice."""
    return uuid.uuid4().hex


def _icons() -> Callable[..., Markup]:
    known = frozenset(ICONS)

    @cache
    def icon(name: str, cls: str = "") -> Markup:
        """One drawing from the sprite; always decoration, the word stands beside it."""
        if name not in known:
            raise LookupError(f"no icon {name!r} in core/sprite.py")
        return Markup('<svg class="{}" aria-hidden="true"><use href="{}#{}"></use></svg>').format(
            f"i {cls}".strip(), static("icons.svg"), name
        )

    return icon


def money(fen: int | None) -> str:
    return NOTHING if fen is None else yuan(fen)


def _day(moment: date | datetime) -> date:
    if isinstance(moment, datetime):
        return localtime(moment).date() if is_aware(moment) else moment.date()
    return moment


def cdate(day: date | datetime | None) -> str:
    """2026年11月22日"""
    if day is None:
        return NOTHING
    return day_in_words(_day(day))


def shortdate(day: date | datetime | None) -> str:
    """11月22日, where the year is plain from the page"""
    if day is None:
        return NOTHING
    day = _day(day)
    return f"{day.month}月{day.day}日"


def clock(moment: datetime | None) -> str:
    """10:21"""
    if moment is None:
        return NOTHING
    return f"{localtime(moment) if is_aware(moment) else moment:%H:%M}"


def cdatetime(moment: datetime | None) -> str:
    """2026年11月22日 10:21"""
    return NOTHING if moment is None else f"{cdate(moment)} {clock(moment)}"


def number(value: float | None) -> str:
    """1,234: Django's own Chinese format groups by four digits and prints no separator"""
    return NOTHING if value is None else f"{value:,}"


def amounts(*counted: tuple[int, str]) -> str:
    """2场，30人: (2, "{}场"), (30, "{}人"). What is nought is left out, and where all is, nothing is said."""
    return "，".join(words.format(count) for count, words in counted if count)


def filesize(size: int | None) -> str:
    """4.6 MB"""
    if size is None:
        return NOTHING
    if size < 1024 * 1024:
        return f"{max(1, round(size / 1024))} KB"
    return f"{size / 1024 / 1024:.1f} MB"


def share(part: float, whole: float) -> str:
    """`part | share(whole)`: a width for SVG, "76.5%", within 0 and 100 per cent"""
    if whole <= 0:
        return "0%"
    return f"{min(100.0, max(0.0, part / whole * 100)):.2f}%"
