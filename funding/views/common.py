"""What the pages of money share."""

from datetime import date
from typing import Any

from django.http import HttpRequest


def number_in(text: str | None) -> int | None:
    """A whole number out of a query or a form; what is none, or none that the database holds, is None."""
    if text and text.isascii() and text.isdecimal() and len(text) < 19:
        return int(text)
    return None


def keys_in(values: list[str]) -> list[int]:
    """Primary keys that a form sent; what cannot be one is left out."""
    return [key for key in map(number_in, values) if key is not None]


def year_in(request: HttpRequest, on: date) -> int:
    """The year a page shows: the one asked for, else this one."""
    asked = number_in(request.GET.get("year"))
    return asked if asked and 2000 <= asked <= 2100 else on.year


def years(on: date, shown: int) -> list[dict[str, Any]]:
    """Chips for this year, its neighbours, and the one shown."""
    around = sorted({on.year - 1, on.year, on.year + 1, shown})
    return [{"label": f"{year}年度", "url": f"?year={year}", "current": year == shown} for year in around]
