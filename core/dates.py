"""Dates as people type them, and as a sentence says them."""

import re
from datetime import date

from core.identifiers import Invalid, half_width

YEARS = range(1900, 2101)  # nothing in this platform lies outside; year 0 and 9999 are slips of the hand
EXAMPLE = "请按“2026年11月22日”或“2026-11-22”的样子填写。"

_WRITTEN = re.compile(r"(\d+)(?:[-./年])(\d{1,2})(?:[-./月])(\d{1,2})[日号]?")
_SOLID = re.compile(r"(\d{4})(\d{2})(\d{2})")


def parse_date(text: str) -> date:
    """2026-11-22, 2026年11月22日, 2026.11.22, 2026/11/22, 20261122, also full-width. Raises Invalid."""
    typed = "".join(half_width(text).split())
    if not typed.isascii():
        typed = re.sub("[‐-―−]", "-", typed)  # dashes of all kinds, as input methods offer them
    found = _SOLID.fullmatch(typed) or _WRITTEN.fullmatch(typed)
    if not found or len(found[1]) > 6:
        raise Invalid(f"日期不能识别。{EXAMPLE}")
    year, month, day = (int(part) for part in found.groups())
    if len(found[1]) == 2:
        raise Invalid(f"年份请写四位数字。{EXAMPLE}")
    if year not in YEARS:
        raise Invalid(f"年份应在{YEARS[0]}年至{YEARS[-1]}年之间，请核对。")
    try:
        return date(year, month, day)
    except ValueError:
        raise Invalid(f"没有{year}年{month}月{day}日这一天，请核对。") from None


def day_in_words(day: date) -> str:
    """2026年11月22日"""
    return f"{day.year}年{day.month}月{day.day}日"
