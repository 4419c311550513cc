"""The lists of the platform, each described once: its page, its saved views and its export read the same rows.

An app describes its lists in its module `listed` (LISTS); nothing here knows what the rows are.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.db.models import Model, QuerySet
from django.forms import BaseForm
from django.http import QueryDict
from django.urls import reverse

from accounts.doors import can
from accounts.models import Membership
from core.jinja import cdate
from core.logs import scrub
from core.sheets import Column, Kind
from core.tables import STATE, Keyset
from core.tables import Column as Shown

# Where in a list one is belongs to no view; `view` only tells the list itself not to open its start page.
PLACE = ("after", "before", "view")


@dataclass(frozen=True)
class Field:
    """A column of the export: `value` takes a record as `records` gives them; `usual` ones are ticked at first."""

    key: str
    title: str
    value: Callable[[Any], Any]
    kind: Kind = Kind.TEXT
    width: float = 14
    usual: bool = True

    @property
    def column(self) -> Column:
        return Column(self.title, self.kind, self.width)


@dataclass(frozen=True)
class Listed:
    """One list. `key` stands in rows and never changes.

    `form` reads the query string and names its filters; `found` are the rows of one hat under it; `records` are the
    rows of an export by their primary key, again only those the hat sees. `personal` names the filters in which a
    person's name is typed.
    """

    key: str
    title: str
    url: str
    action: str
    form: Callable[[QueryDict, Membership], BaseForm]
    found: Callable[[Membership, QueryDict, date], "QuerySet[Any, Any]"]
    fields: Callable[[Membership, QueryDict], Sequence[Field]]
    records: Callable[[Membership, Sequence[int]], Mapping[int, Any]]
    order: tuple[str, ...] = ("-id",)
    sorts: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sort_words: Mapping[str, str] = field(default_factory=dict)
    personal: frozenset[str] = frozenset({"q"})
    columns: Callable[[Membership, date], Sequence[Shown]] | None = None  # of the page, where they are the workbook's

    @property
    def address(self) -> str:
        return reverse(self.url)

    def open_to(self, hat: Membership) -> bool:
        return can(hat, self.action)

    def keys(self, hat: Membership, query: QueryDict, *, on: date, most: int) -> list[int]:
        """The whole list as this hat sees it, in its order."""
        rows = Keyset(self.found(hat, query, on), order=self.order, sorts=self.sorts, query=query)
        return rows.keys_of_all(most=most)

    def conditions(self, query: QueryDict, hat: Membership, *, asked_for: bool = False) -> dict[str, str]:
        """The filters in force, and the order, in the words of the page; no personal number is among them.

        `asked_for`: only those that the query names, as a view keeps them; what a list shows by itself, such as this
        year, moves on with the days.
        """
        said = {label: words for label, words in self.words(query, hat, asked_for=asked_for).values()}
        sort = query.get("sort", "")
        if sort.removeprefix("-") in self.sorts:
            how = "降序" if sort.startswith("-") else "升序"
            said["排序"] = f"{self.sort_words[sort.removeprefix('-')]}{how}"
        return said

    def words(self, query: QueryDict, hat: Membership, *, asked_for: bool = False) -> dict[str, tuple[str, str]]:
        """Label and value of each filter in force, by its name."""
        form = self.form(query, hat)
        form.is_valid()
        values = {
            name: value
            for name, value in form.cleaned_data.items()
            if value not in (None, "", []) and (query.get(name) or not asked_for)
        }
        return {name: (str(form.fields[name].label), _in_words(form.fields[name], values[name])) for name in values}


def _in_words(field: Any, value: Any) -> str:
    if isinstance(value, Model):
        return str(value)
    if isinstance(value, date):
        return cdate(value)
    named = {str(code): str(label) for code, label in getattr(field, "choices", ())}
    return scrub(named.get(str(value), str(value)))


@cache
def kinds() -> dict[str, Listed]:
    """All lists by their key."""
    found: dict[str, Listed] = {}
    for config in apps.get_app_configs():
        if find_spec(f"{config.name}.listed"):
            found |= {one.key: one for one in import_module(f"{config.name}.listed").LISTS}
    return found


def title_of(key: str) -> str:
    """The title of a list, also of one that is there no more."""
    return kinds()[key].title if key in kinds() else "已停用的列表"


def said(query: QueryDict) -> str:
    """A query string as it is compared and kept: without the place in the list, without what is empty, in one order."""
    kept = QueryDict(mutable=True)
    for name in sorted(query):
        values = sorted(query.getlist(name)) if name == "col" else [query.get(name, "")]
        if name not in PLACE and any(values):
            kept.setlist(name, values)
    return kept.urlencode()


def gone(query: QueryDict, form: BaseForm, *, words: Mapping[str, Any]) -> list[str]:
    """The filters asked for that do not hold any more, in Chinese: `words` tells those that the list has no more."""
    form.is_valid()
    fallen = [str(form.fields[name].label) for name in form.errors if name in form.fields]
    unknown = [name for name in query if name not in form.fields and name not in STATE]
    return fallen + [f"{words[name][0]}：{words[name][1]}" for name in unknown if name in words]
