"""Every list whose workbook is its page, for everybody who opens it: what is filtered is what is exported, word for word,
nothing of the other side, no whole number, Chinese heads, few questions. Which lists there are the platform says itself."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date
from html.parser import HTMLParser
from typing import Any

import openpyxl
import pytest
from django.core.files.storage import default_storage
from django.db import connection, transaction
from django.forms import ChoiceField, ModelChoiceField
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.enums import Role
from accounts.lists import exporting
from accounts.lists.kinds import Listed, kinds
from accounts.matrix import matrix
from accounts.models import HostUnit, Membership
from core.jinja import cdate, cdatetime, money
from core.sheets import Kind
from specialists.changes.models import ChangeRequest
from specialists.changes.services import reveal_change
from specialists.models import Registration
from tests.matrix.test_words import client_of
from tests.matrix.world import FOREIGN_HOST, FOREIGN_PEOPLE, SECRET, TODAY, World

SHOWN = {key: listed for key, listed in kinds().items() if listed.columns}
FOR_ALL = {"calls": "a call goes out to every institution"}
MOST = {"selections": 7, "renewals": 8, "funds": 7}  # each with the plan or the budget, and what it says about the rows


class Rows(HTMLParser):
    """The heads and the cells of the list of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.heads: list[str] = []
        self.rows: list[list[str]] = []
        self.inside = False
        self.cell: list[str] | None = None
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "div" and ("id", "list") in attrs:
            self.inside = True
        elif not self.inside:
            return
        elif tag == "tr":
            self.rows.append([])
        elif tag == "th":
            self.heads.append("")
            self.cell = self.heads
        elif tag == "td":
            self.rows[-1].append("")
            self.cell = self.rows[-1]

    def handle_endtag(self, tag: str) -> None:
        if tag in ("th", "td"):
            self.cell = None
        elif not self.inside:
            return
        elif tag in ("thead", "tfoot"):
            self.rows.pop()
        elif tag == "table":
            self.inside = False

    def handle_data(self, data: str) -> None:
        if self.cell is not None:
            self.cell[-1] += data.strip()


@pytest.fixture(scope="module")
def busy(world: World) -> World:
    """And one of each that the walk has no need of: students who graduate, who looked behind a mask, a firm's flag."""
    students = Registration.objects.filter(pk__in=(world.mine.pk, world.theirs.pk))
    students.update(personnel_type="graduate", supervisor="沈导师", graduates_on=date(2026, 6, 30))
    season, ends = world.season, date(2026, 12, 31)
    season.filed(season.selected("P5"), season.h1, service_end=ends)
    theirs = season.selected("P4", institution=season.u2)
    season.filed(theirs, season.h5, service_end=ends, created_by=season.stranger)
    own, foreign = world.records[ChangeRequest._meta.label]
    for asked, by in ((own, season.manager), (foreign, season.stranger)):
        reveal_change(asked, reason="与证明材料核对", by=by, on=TODAY)
    HostUnit.objects.filter(pk=season.h1.pk).update(flags_verified_by=None, flags_verified_on=None)
    return world


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


def readers(listed: Listed) -> list[Role]:
    """Who opens the list and may export it."""
    roles = matrix().actions
    return [role for role in Role if role in roles[listed.action].roles and role in roles["export.use"].roles]


def page_of(browser: Client, listed: Listed, query: str = "view=all") -> Rows:
    answer = browser.get(f"{listed.address}?{query}")
    assert answer.status_code == 200, f"{listed.key}?{query}"
    return Rows(answer.content.decode())


def told(listed: Listed, hat: Membership, query: str = "") -> list[list[tuple[str, str, Any]]]:
    """Each row of the export, in its order: (key of the page's column, head, words as the page writes them)."""
    asked = QueryDict(query)
    fields, keys = listed.fields(hat, asked), listed.keys(hat, asked, on=TODAY, most=50)
    records = listed.records(hat, keys)
    write: dict[Kind, Callable[[Any], str]] = {Kind.DATE: cdate, Kind.TIME: cdatetime, Kind.MONEY: money}
    return [
        [
            (one.key.removesuffix("_more"), one.title, write.get(one.kind, str)(value))
            for one in fields
            if (value := one.value(records[key])) not in (None, "")
        ]
        for key in keys
    ]


def differing(listed: Listed, hat: Membership, browser: Client, query: str = "") -> list[str]:
    """What the export says and the page does not, by row; a column that this page hides says nothing."""
    page, rows = page_of(browser, listed, query or "view=all"), told(listed, hat, query)
    assert listed.columns
    labels = {
        one.key.removesuffix("_more"): column.label
        for column in listed.columns(hat, TODAY)
        for one in (column, *column.apart)
    }
    wrong = [] if len(rows) == len(page.rows) else [f"{len(page.rows)} rows, {len(rows)} exported"]
    for row, cells in zip(rows, page.rows, strict=False):
        wrong += [
            f"{head} {words}" for key, head, words in row if labels[key] in page.heads and words not in "|".join(cells)
        ]
    return [f"{listed.key}?{query} as {hat}: {one}" for one in wrong]


@pytest.mark.parametrize("key", SHOWN)
def test_the_export_says_row_by_row_what_the_page_says_under_each_filter(busy: World, key: str) -> None:
    listed, wrong, seen = SHOWN[key], [], set()
    for role in readers(listed):
        hat, browser = busy.hats[role], client_of(busy, role)
        asked = ["", *(f"sort={sort}" for sort in listed.sorts)]
        asked += [*asked_by(listed, hat)] if role in (readers(listed)[0], Role.INSTITUTION_CLERK) else []
        for query in asked:
            wrong += differing(listed, hat, browser, query)
            seen.add(len(told(listed, hat, query)))

    assert wrong == []
    assert len(seen) > 1 or not asked, "no filter cut anything out"


def asked_by(listed: Listed, hat: Membership) -> Iterator[str]:
    """Each filter of the list with each of its values, and with a word that is there."""
    for name, field in listed.form(QueryDict(), hat).fields.items():
        told: Any = field  # its choices are there by now
        if isinstance(field, ModelChoiceField):
            yield from (f"{name}={one.pk}" for one in told.queryset[:2])
        elif isinstance(field, ChoiceField):
            yield from (f"{name}={value}" for value, _ in told.choices if value)
        else:
            yield f"{name}={'2025' if name == 'year' else '示范'}"
            yield f"{name}=无此人"


@pytest.mark.parametrize("key", SHOWN)
def test_nothing_of_the_other_side_and_no_whole_number_is_written(busy: World, key: str) -> None:
    listed, said = SHOWN[key], {}
    for role in {
        Role.INSTITUTION_ADMIN,
        Role.INSTITUTION_CLERK,
        Role.COUNTY_OFFICER,
        Role.AUDITOR,
        Role.BUREAU_ADMIN,
    } & {*readers(listed)}:
        hat = busy.hats[role]
        if not listed.keys(hat, QueryDict(), on=TODAY, most=1):
            continue
        columns = [one.key for one in listed.fields(hat, QueryDict())]
        with undone():
            export = exporting.export_list(listed, QueryDict(), fields=columns, by=hat, on=TODAY)
            with default_storage.open(export.path) as stored:
                head, *rows = openpyxl.load_workbook(io.BytesIO(stored.read()))["列表"].values
        assert [title for title in head if str(title).isascii()] == []
        assert len(rows) == export.rows
        said[role] = repr(rows)

    foreign = (SECRET, *FOREIGN_PEOPLE, FOREIGN_HOST, "示范理工大学", "吴老师")
    own = {role: words for role, words in said.items() if role not in Role.sees_everything}
    assert [role for role, words in own.items() if any(word in words for word in foreign)] == []
    assert key in FOR_ALL or not own or any(word in words for words in {**said, **own}.values() for word in foreign)
    assert [number for number in busy.numbers if number in repr(said)] == []


@pytest.mark.parametrize("key", SHOWN)
def test_a_list_with_its_views_and_its_export_asks_few_questions(busy: World, key: str) -> None:
    """Session, user, hats, unread with views, rows; more where figures stand beside the list."""
    listed = SHOWN[key]
    browser = client_of(busy, readers(listed)[0])
    page_of(browser, listed)  # the statement of the views is prepared once in the life of a connection
    with CaptureQueriesContext(connection) as asked:
        page_of(browser, listed)

    assert len(asked) <= MOST.get(key, 6)


def test_programs_filter_as_the_page_does(busy: World) -> None:
    hat, browser = busy.hats[Role.AUDITOR], client_of(busy, Role.AUDITOR)
    for key, path in {"amendments": "amendments/", "moves": "moves/", "filing-sheets": "filing-sheets/"}.items():
        for query in ("unit=示范理工", "unit=无此单位", ""):
            told = [row["id"] for row in browser.get(f"/api/v1/{path}?{query}").json()]
            assert told == SHOWN[key].keys(hat, QueryDict(query), on=TODAY, most=50), f"{path}?{query}"
            assert len(told) == {"unit=示范理工": 1, "unit=无此单位": 0, "": 2}[query]


def test_a_list_is_open_to_whom_its_page_is_open() -> None:
    wrong = [key for key, one in kinds().items() if matrix().addresses[one.url].methods["GET"] != one.action]

    assert wrong == []
