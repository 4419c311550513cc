"""A list whose workbook is its page: said once, the columns and the filters hold for both, and for programs.

    SHEETS = as_shown(key="filing-sheets", title="备案汇总表", url="agreements:sheets", action="filing-sheet.view",
                      rows=rows, columns=columns)

in an app's `listed`, and `shown = page_of(request, SHEETS)` in its view. Lists whose workbook tells more than the page
describe their columns by hand (accounts.lists.kinds.Field).
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from typing import Any, ClassVar

import django_filters
from django import forms
from django.db.models import QuerySet
from django.forms import BaseForm
from django.http import HttpResponseRedirect, QueryDict
from django.utils.timezone import localdate

from accounts.doors import HatRequest
from accounts.enums import Role
from accounts.lists.bar import Bar, bar_of
from accounts.lists.kinds import Field, Listed
from accounts.models import Membership
from core.forms import Form
from core.jinja import NOTHING
from core.sheets import Kind
from core.tables import Column, Keyset, Row, Table

WIDTHS = {Kind.DATE: 17, Kind.TIME: 24, Kind.MONEY: 16, Kind.NUMBER: 10, Kind.TEXT: 20}


class YearField(forms.Field):
    """The year a list shows: the one asked for, else this one; the conditions of a workbook always say it."""

    widget = forms.HiddenInput

    def clean(self, value: Any) -> int:
        return int(value) if value and re.fullmatch("20[0-9]{2}|2100", value) else localdate().year


class YearFilter(django_filters.Filter):
    field_class = YearField


class DigitsFilter(django_filters.Filter):
    """A number that somebody types, or that the figures of another page ask for; what fits no `regex` is left out."""

    field_class = forms.RegexField


class StateField(forms.ChoiceField):
    """One of a few states of which a list always shows one: the one asked for, else its `default`."""

    widget = forms.HiddenInput

    def __init__(self, *, default: str, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.default = default

    def clean(self, value: Any) -> str:
        return str(value) if self.valid_value(value) else self.default


class StateFilter(django_filters.Filter):
    field_class = StateField


class Filters(django_filters.FilterSet):
    """What a list may be asked for. `hat` is whose list it is (what django-filter calls the request), `on` the day.

    `told_by_the_hat` names the filters that could have one value only for who sees one institution.
    """

    told_by_the_hat: ClassVar[Collection[str]] = ("unit", "institution")

    def __init__(self, query: QueryDict, rows: "QuerySet[Any, Any]", *, hat: Membership, on: date) -> None:
        super().__init__(query, rows, request=hat)
        self.hat, self.on = hat, on
        if hat.role in Role.institution:
            for name in self.filters.keys() & {*self.told_by_the_hat}:
                del self.filters[name]

    class Meta:
        form = Form


def as_shown(
    *,
    rows: Callable[[Membership, date], "QuerySet[Any, Any]"],
    columns: Callable[[Membership, date], Sequence[Column]],
    filters: type[Filters] = Filters,
    **listed: Any,
) -> Listed:
    """`rows` are all that the hat sees, as values with their `id`; `columns` what both page and workbook tell of them.

    A column of buttons is the page's alone. What only some filters show the workbook offers always, so `columns` do
    not know the filters.
    """

    def form(query: QueryDict, hat: Membership) -> BaseForm:
        made: BaseForm = filters(query, Membership.objects.none(), hat=hat, on=localdate()).form  # it reads no row
        return made

    def found(hat: Membership, query: QueryDict, on: date) -> "QuerySet[Any, Any]":
        narrowed: QuerySet[Any, Any] = filters(query, rows(hat, on), hat=hat, on=on).qs
        return narrowed

    def fields(hat: Membership, query: QueryDict) -> list[Field]:
        return [field for column in columns(hat, localdate()) for field in _fields_of(column)]

    def records(hat: Membership, keys: Sequence[int]) -> Mapping[int, Row]:
        return {row["id"]: row for row in rows(hat, localdate()).filter(pk__in=keys)}

    return Listed(form=form, found=found, fields=fields, records=records, columns=columns, **listed)


@dataclass(frozen=True)
class Page:
    """A list ready to draw, as templates/components/views.html and tables.html take it; its form is cleaned."""

    table: Table
    bar: Bar
    form: BaseForm

    @property
    def context(self) -> dict[str, Any]:
        return {"table": self.table, "bar": self.bar, "filters_form": self.form}


def page_of(
    request: HatRequest,
    listed: Listed,
    *,
    hide: Collection[str] = (),
    more: Sequence[Column] = (),
    rows: Sequence[Row] | None = None,
    **table: Any,
) -> Page | HttpResponseRedirect:
    """One page of the list under the request's filters, or the way to the view that this person wants to see first.

    `hide` names columns that say nothing under these filters, `more` are the page's own; `rows` stand all on one page
    and are read already; the rest goes to the Table.
    """
    hat, on, query = request.membership, localdate(), request.GET
    form = listed.form(query, hat)
    bar = bar_of(request, listed, form)
    if isinstance(bar, HttpResponseRedirect):
        return bar
    assert listed.columns
    columns = [column for column in listed.columns(hat, on) if column.key not in hide]
    if rows is None:
        keyed = Keyset(listed.found(hat, query, on), order=listed.order, sorts=listed.sorts, query=query)
    told = {"caption": listed.title, "everything": bar.everything, **table}
    return Page(Table(columns=[*columns, *more], rows=keyed if rows is None else rows, query=query, **told), bar, form)


def _fields_of(column: Column) -> Iterator[Field]:
    if column.button:
        return
    if column.apart:
        for one in column.apart:
            yield from _fields_of(one)
        return
    value = partial(_value, column)
    yield Field(column.key, column.label, value, column.kind, column.width or WIDTHS[column.kind])
    if column.sub_label:
        yield Field(f"{column.key}_more", column.sub_label, partial(_second, column), width=WIDTHS[Kind.TEXT])


def _value(column: Column, row: Row) -> Any:
    """A number as a number, a day as a day, a moment as one; words as the page shows them, and nothing where it shows a dash."""
    value = column.plain(row)
    if column.kind == Kind.TEXT:
        return _words(value)
    return localdate(value) if column.kind == Kind.DATE and isinstance(value, datetime) else value


def _second(column: Column, row: Row) -> str:
    assert column.sub
    return _words(column.sub(row))


def _words(shown: object) -> str:
    return "" if shown in (None, NOTHING) else str(shown)
