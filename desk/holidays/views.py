"""The years whose arrangement is known, and the form that reads the next one from its notice."""

from datetime import date, timedelta
from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate

from accounts.acts import carry_out
from accounts.doors import HatRequest, answer_once, can, version_sent
from core import calendar, holidays
from core.holidays import Arrangement, Span
from core.jinja import shortdate
from core.models import HolidayYear
from core.stale import Stale
from core.verbs import sentences
from desk.holidays.forms import HolidaysForm


@answer_once
def holidays_page(request: HatRequest) -> HttpResponse:
    """GET shows what is known; POST reads a notice and shows what it says, and keeps it once that was looked at.

    422 with the sentences beside the fields · 409 where a colleague entered the year meanwhile.
    """
    on = localdate()
    if request.method != "POST":
        return _page(request, HolidaysForm(on=on, initial={"year": _wanted(on)}))
    form, stale, answer = HolidaysForm(request.POST, on=on), None, None
    read = form.arrangement if form.is_valid() else None
    if read and request.POST.get("keep") == read.mark:  # a text changed since is shown again first
        given = form.cleaned_data
        try:
            answer = carry_out(
                request,
                form,
                lambda: holidays.enter_holidays(
                    read,
                    document_number=given["document_number"],
                    said=given["said"],
                    by=request.membership,
                    on=on,
                    version=version_sent(request),
                ),
                said=f"已录入{read.year}年放假安排，一分钟内各页面都按它计算工作日。",
                to=reverse("desk:holidays"),
            )
        except Stale as found:
            stale = found
    return answer or _page(request, form, stale=stale)


def _wanted(on: date) -> int:
    """The year that is to be entered next."""
    return next(iter(calendar.missing_years(on, date(on.year + 1, 12, 31))), on.year + 1)


def _page(request: HatRequest, form: HolidaysForm, *, stale: Stale | None = None) -> HttpResponse:
    kept = {one.pk: one for one in HolidayYear.objects.all()}
    read = form.arrangement
    context = {
        "form": form,
        "edits": can(request.membership, "holiday.edit"),
        "missing": calendar.missing_years(localdate(), date(localdate().year + 1, 12, 31)),
        "years": [
            _shown(year, known, kept.get(year)) for year, known in sorted(calendar.years().items(), reverse=True)
        ],
        "read": read,
        "rows": _rows_to_check(read) if read else [],
        "working_days": _working_days(read) if read else 0,
        "version": kept[read.year].version if read and read.year in kept else 0,
        "stale": stale,
    }
    return render(request, "desk/holidays/list.html", context, status=409 if stale else 422 if form.errors else 200)


def _shown(year: int, known: calendar.Year, kept: HolidayYear | None) -> dict[str, Any]:
    return {
        "year": year,
        "source": known.source,
        "rows": _rows(holidays.spans_of(known.free.items()), tuple(sorted(known.worked))),
        "working_days": calendar.working_days_between(date(year - 1, 12, 31), date(year, 12, 31)),
        "events": sentences(kept) if kept else [],
    }


def _rows(spans: tuple[Span, ...], worked: tuple[date, ...]) -> list[tuple[str, str, str]]:
    """Holiday, its days, and the weekend days worked for it: those nearest to it."""
    nearest: dict[Span, list[date]] = {span: [] for span in spans}
    for day in worked:
        nearest[min(spans, key=lambda span: min(abs(span.first - day), abs(day - span.last)))].append(day)
    return [
        (
            span.name,
            _from_to(shortdate(span.first), shortdate(span.last)),
            "、".join(shortdate(day) for day in nearest[span]) or "—",
        )
        for span in spans
    ]


def _rows_to_check(read: Arrangement) -> list[tuple[str, str, int, str]]:
    """The same with the weekdays and the numbers of days, by which a notice is compared."""
    return [
        (
            span.name,
            _from_to(_with_weekday(span.first), _with_weekday(span.last)),
            len([*span.days]),
            worked_for,
        )
        for span, (_, _, worked_for) in zip(read.spans, _rows(read.spans, read.worked), strict=True)
    ]


def _from_to(first: str, last: str) -> str:
    return first if last == first else f"{first}至{last}"


def _with_weekday(day: date) -> str:
    return f"{shortdate(day)}（周{holidays.WEEKDAYS[day.weekday()]}）"


def _working_days(read: Arrangement) -> int:
    """How many working days the year would have."""
    first, free, worked = date(read.year, 1, 1), read.free, {*read.worked}
    days = (first + timedelta(days=more) for more in range((date(read.year + 1, 1, 1) - first).days))
    return sum(day in worked or (day.weekday() < 5 and day not in free) for day in days)
