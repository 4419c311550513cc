"""Lists: rows as plain values, pages by keyset, the query string as the whole state.

A view asks for its rows in one statement (`.values(...)` of a queryset from `visible_to`), hands them to a `Table`, and
the macro `table` of templates/components/tables.html draws it. Whatever costs time per cell is done once per list: the
address of a row is cut from one `reverse`, a column's attributes are one string.
"""

import base64
import binascii
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import F, Field, Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from markupsafe import Markup

from core.jinja import NOTHING, cdate, cdatetime, money
from core.sheets import Kind

Row = Any  # a dict of .values(), a named tuple, or an object: the columns of one list agree on it
COUNTED = 10_000  # beyond that a list says "10,000+": counting on would cost more than reading the page
SIZE = 50
STATE = ("after", "before", "sort", "col", "view")  # what the list itself keeps in the query string, beside its filters


def read(row: Row, name: str) -> Any:
    return row[name] if isinstance(row, Mapping) else getattr(row, name)


# --- pages ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Key:
    """One column of the order; a column that may be NULL has its empty rows last in either direction."""

    name: str
    descending: bool
    field: "Field[Any, Any]"

    def value(self, typed: Any) -> Any:
        """A value out of an address. Raises ValidationError or ValueError when the column cannot hold it."""
        if typed is None and not self.field.null:
            raise ValueError("empty where nothing may be empty")
        if isinstance(typed, str) and "\0" in typed:
            raise ValueError("NUL, which the database refuses")
        return None if typed is None else self.field.to_python(typed)

    def ordering(self, *, backwards: bool) -> Any:
        descending = self.descending != backwards
        if not self.field.null:
            return F(self.name).desc() if descending else F(self.name).asc()
        # PostgreSQL's own default puts NULL first when descending; a plain index serves only non-null columns here.
        nulls = {"nulls_first": True} if backwards else {"nulls_last": True}
        return F(self.name).desc(**nulls) if descending else F(self.name).asc(**nulls)

    def beyond(self, value: Any, *, backwards: bool) -> Q:
        """Rows that stand after `value` in this order (before it, when reading backwards)."""
        if value is None:
            return Q((f"{self.name}__isnull", False)) if backwards else Q(pk__in=())
        further = Q((f"{self.name}__{'lt' if self.descending != backwards else 'gt'}", value))
        return further | Q((f"{self.name}__isnull", True)) if self.field.null and not backwards else further

    def level(self, value: Any) -> Q:
        return Q((f"{self.name}__isnull", True)) if value is None else Q((self.name, value))

    def not_before(self, value: Any, *, backwards: bool) -> Q:
        """A bound that an index on this column can start from; says nothing that `beyond` and `level` do not."""
        if value is None or self.field.null:
            return Q()
        return Q((f"{self.name}__{'lte' if self.descending != backwards else 'gte'}", value))


class Keyset:
    """One page of a queryset, found by where the last one ended and not by counting: page 2,000 costs what page 1 does.

    `query` is request.GET: `after` and `before` hold the end of the neighbouring page, `sort` a name out of `sorts`,
    with "-" for descending. `order` is the order without `sort`. Every order ends at the primary key, so that rows
    which are equal in the rest are neither skipped nor shown twice. The columns of the order must be among the
    queryset's values. `counted` holds the same rows without the tables that only their columns need.
    """

    def __init__(
        self,
        queryset: "QuerySet[Any, Any]",
        *,
        order: Sequence[str] = ("-id",),
        sorts: Mapping[str, Sequence[str]] | None = None,
        query: QueryDict | None = None,
        size: int = SIZE,
        counted: "QuerySet[Any, Any] | None" = None,
    ) -> None:
        self.queryset, self.size = queryset, size
        self.counted = queryset if counted is None else counted
        self.query = query if query is not None else QueryDict()
        sort = self.query.get("sort", "")
        self.sort = sort if sort.removeprefix("-") in (sorts or {}) else ""
        names = list(sorts[self.sort.removeprefix("-")] if sorts and self.sort else order)
        if self.sort.startswith("-"):
            names = [name[1:] if name.startswith("-") else f"-{name}" for name in names]
        if names[-1].removeprefix("-") not in ("id", "pk"):
            names.append("-id" if names[-1].startswith("-") else "id")
        self.keys = [Key(name.removeprefix("-"), name.startswith("-"), self._field(name)) for name in names]

    @cached_property
    def rows(self) -> list[Row]:
        return self._read[0]

    @cached_property
    def next_url(self) -> str | None:
        return self._url("after", self.rows[-1]) if self._read[2] else None

    @cached_property
    def previous_url(self) -> str | None:
        return self._url("before", self.rows[0]) if self._read[1] else None

    @cached_property
    def total(self) -> int:
        """How many rows there are, counted within reason: COUNTED + 1 stands for "more than COUNTED"."""
        if not self._read[1] and not self._read[2]:
            return len(self.rows)
        return self.counted.order_by().values("pk")[: COUNTED + 1].count()

    def keys_of_all(self, *, most: int) -> list[int]:
        """The primary keys of the whole list in its order, whichever page is asked for; at most so many."""
        return [*self._ordered(backwards=False).values_list("pk", flat=True)[:most]]

    @property
    def total_words(self) -> str:
        return f"{COUNTED:,}+" if self.total > COUNTED else f"{self.total:,}"

    @cached_property
    def foot_words(self) -> str:
        """What stands under the list; a page that shows several lines of one row says it in words of its own."""
        return f"共 {self.total_words} 件"

    @cached_property
    def _read(self) -> tuple[list[Row], bool, bool]:
        """The rows, and whether there are more before and after them."""
        if before := self._position("before"):
            rows = list(self._from(before, backwards=True)[: self.size + 1])
            if rows:
                return rows[: self.size][::-1], len(rows) > self.size, True
        elif after := self._position("after"):
            rows = list(self._from(after, backwards=False)[: self.size + 1])
            if rows:
                return rows[: self.size], True, len(rows) > self.size
        # No position, an unreadable one, or one behind which everything has gone since: the first page.
        rows = list(self._ordered(backwards=False)[: self.size + 1])
        return rows[: self.size], False, len(rows) > self.size

    def _ordered(self, *, backwards: bool) -> "QuerySet[Any, Any]":
        return self.queryset.order_by(*(key.ordering(backwards=backwards) for key in self.keys))

    def _from(self, position: list[Any], *, backwards: bool) -> "QuerySet[Any, Any]":
        beyond = Q(pk__in=())
        for key, value in reversed(list(zip(self.keys, position, strict=True))):
            beyond = key.beyond(value, backwards=backwards) | (key.level(value) & beyond)
        bound = self.keys[0].not_before(position[0], backwards=backwards)
        return self._ordered(backwards=backwards).filter(bound & beyond)

    def _field(self, name: str) -> "Field[Any, Any]":
        name = name.removeprefix("-")
        annotations = self.queryset.query.annotations
        if name in annotations:
            return annotations[name].output_field
        model, *path = self.queryset.model, *name.split("__")
        found: Any = None
        for part in path:
            found = model._meta.pk if part == "pk" else model._meta.get_field(part)
            model = found.related_model or model
        if found is None:
            raise FieldDoesNotExist(name)
        return found

    def _position(self, name: str) -> list[Any] | None:
        """Where a neighbouring page ended; None for an address that was cut off or edited by hand."""
        try:
            values = json.loads(base64.urlsafe_b64decode(self.query.get(name, "") + "==="))
            if not isinstance(values, list) or len(values) != len(self.keys):
                return None
            return [key.value(value) for key, value in zip(self.keys, values, strict=True)]
        except (ValueError, TypeError, OverflowError, RecursionError, binascii.Error, ValidationError):
            return None

    def _url(self, name: str, row: Row) -> str:
        values = [read(row, key.name) for key in self.keys]
        plain = [value if value is None or isinstance(value, int) else str(value) for value in values]
        token = base64.urlsafe_b64encode(json.dumps(plain, ensure_ascii=False).encode()).decode().rstrip("=")
        return address(self.query, **{"after": None, "before": None, name: token})


def address(query: QueryDict, **changes: str | None) -> str:
    """The same list with some of its query string changed; None takes a name away."""
    changed = query.copy()
    for name, value in changes.items():
        changed.pop(name, None)
        if value is not None:
            changed[name] = value
    return f"?{changed.urlencode()}"


# --- tables -----------------------------------------------------------------------------------------------------------

SHOWN: Mapping[Kind, Callable[[Any], object]] = {Kind.DATE: cdate, Kind.TIME: cdatetime, Kind.MONEY: money}


def addresses(name: str, *, by: str = "id") -> Callable[[Row], str]:
    """Row → its address, from one `reverse` for the whole list. The named page takes one number."""
    head, tail = reverse(name, args=[987654321]).split("987654321")
    return lambda row: f"{head}{read(row, by)}{tail}"


@dataclass(frozen=True)
class Column:
    """One column. `cell`, `sub`, `href` and `tone` take a row; without `cell` the row's own value of `key` is shown.

    `kind` is what that value is: a day and an amount are put into words here, and stay what they are in a workbook.
    There `sub` is a column of its own under the head `sub_label`; without one it is not written. What the page puts
    into words with a day or a figure in them a workbook tells in the columns `apart` instead.
    `sub` is the second, paler line; with `href` the cell is a link (`button` makes it one to press); with `tone` it is
    a status badge (tones of components/status.html). `sort` is the name in the Keyset's `sorts`. `phone` says where the
    cell goes when the table becomes cards: title, aside (right of it), line, labelled (with its label) or hide.
    """

    key: str
    label: str
    cell: Callable[[Row], object] | None = None
    sub: Callable[[Row], object] | None = None
    href: Callable[[Row], str] | None = None
    tone: Callable[[Row], str] | None = None
    button: bool = False
    sort: str = ""
    align: str = ""  # "end" for amounts and counts, "center"
    phone: str = ""
    nowrap: bool = False
    title: str = ""  # what the figure counts, shown with the label
    kind: Kind = Kind.TEXT
    sub_label: str = ""
    width: float = 0  # in a workbook; 0: as its kind needs it
    apart: "tuple[Column, ...]" = ()

    def plain(self, row: Row) -> Any:
        return self.cell(row) if self.cell else read(row, self.key)

    def value(self, row: Row) -> object:
        plain = self.plain(row)
        if plain is None or plain == "":
            return NOTHING
        return SHOWN[self.kind](plain) if self.kind in SHOWN else plain


@dataclass(frozen=True)
class Heading:
    label: str
    css: str
    href: str  # to sort by it; empty when it cannot be sorted by
    direction: str  # aria-sort: ascending, descending, or empty
    title: str


@dataclass(frozen=True)
class Line:
    """One row ready to draw: cells are (attributes, value, sub, href, tone, is a button)."""

    key: object
    href: str
    name: object
    cells: tuple[tuple[Markup, object, object, str, str, bool], ...]
    foot: bool = False


@dataclass
class Table:
    """A list ready to draw.

    `rows` is a Keyset (then the foot shows 上一页/下一页 and the count) or any sequence of rows. `caption` names the
    list for screen readers. `row_href` is where Enter and a tap on the card lead; `select` names the checkbox of each
    row (its value is `row_key`). `foot` is a last row of sums, given as {key: value}. `empty` is said without rows, and
    `empty_filtered` when filters hide them all. Of the columns the query string may name those to show (`col`); the
    first one always stays. `everything` is the address of the list without any filter.
    """

    columns: Sequence[Column]
    rows: Keyset | Sequence[Row]
    caption: str
    query: QueryDict = field(default_factory=QueryDict)
    row_href: Callable[[Row], str] | None = None
    row_key: Callable[[Row], object] = lambda row: read(row, "id")
    select: str = ""
    foot: Mapping[str, object] | None = None
    empty: str = "还没有记录。"
    empty_action: Mapping[str, str] | None = None
    empty_filtered: str = "没有符合条件的记录。"
    id: str = "list"
    everything: str = "?"

    @cached_property
    def shown(self) -> Sequence[Column]:
        wanted = self.query.getlist("col")
        chosen = [column for place, column in enumerate(self.columns) if not place or column.key in wanted]
        return chosen if len(chosen) > 1 else self.columns

    @property
    def column_choices(self) -> list[tuple[str, str, bool]]:
        """Key, label and whether it is shown, of each column that may be hidden."""
        return [(column.key, column.label, column in self.shown) for column in self.columns[1:] if column.label]

    @property
    def keyset(self) -> Keyset | None:
        return self.rows if isinstance(self.rows, Keyset) else None

    @property
    def filtered(self) -> bool:
        return any(value for name, value in self.query.items() if name not in STATE)

    @property
    def unfiltered_url(self) -> str:
        kept = QueryDict(mutable=True)
        for name in ("sort", "col"):
            if self.query.get(name):
                kept.setlist(name, self.query.getlist(name))
        return address(kept) if kept else self.everything

    @cached_property
    def headings(self) -> list[Heading]:
        now = self.keyset.sort if self.keyset else ""
        headings = []
        for column in self.shown:
            href = direction = ""
            if column.sort and self.keyset:
                other = f"-{column.sort}" if now == column.sort else column.sort
                href = address(self.query, after=None, before=None, sort=other)
                direction = {column.sort: "ascending", f"-{column.sort}": "descending"}.get(now, "")
            headings.append(Heading(column.label, _css(column), href, direction, column.title))
        return headings

    @cached_property
    def lines(self) -> list[Line]:
        drawn = [(column, self._attributes(column, first=place == 0)) for place, column in enumerate(self.shown)]
        rows: Iterable[Row] = self.rows.rows if isinstance(self.rows, Keyset) else self.rows
        lines = []
        for row in rows:
            cells = tuple(
                (
                    attributes,
                    column.value(row),
                    column.sub(row) if column.sub else None,
                    column.href(row) if column.href else "",
                    column.tone(row) if column.tone else "",
                    column.button,
                )
                for column, attributes in drawn
            )
            key = self.row_key(row) if self.select else None
            lines.append(Line(key, self.row_href(row) if self.row_href else "", cells[0][1], cells))
        return lines

    @cached_property
    def foot_cells(self) -> list[tuple[Markup, object]]:
        if self.foot is None:
            return []
        return [
            (self._attributes(column, first=place == 0), self.foot.get(column.key, ""))
            for place, column in enumerate(self.shown)
        ]

    @staticmethod
    def _attributes(column: Column, *, first: bool) -> Markup:
        place = column.phone or ("title" if first else "labelled")
        classes = " ".join(filter(None, (_css(column), f"at-{place}")))
        return Markup('class="{}" data-label="{}"').format(classes, column.label)


def _css(column: Column) -> str:
    align = {"end": "rt", "center": "c"}.get(column.align, "")
    return " ".join(filter(None, (align, "nowrap" if column.nowrap else "")))
