from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import HttpRequest, HttpResponse, QueryDict
from django.template.loader import get_template
from django.test.utils import CaptureQueriesContext
from django.urls import path, reverse
from pytest_django import DjangoAssertNumQueries

from core import tables
from core.models import JobRun
from core.tables import Column, Keyset, Table, addresses


def run_page(request: HttpRequest, pk: int) -> HttpResponse:
    return HttpResponse(pk)


urlpatterns = [path("runs/<int:pk>/", run_page, name="run")]
pytestmark = pytest.mark.urls("tests.core.test_tables")

START = datetime(2026, 11, 22, tzinfo=UTC)
NEVER = datetime(9999, 1, 1, tzinfo=UTC)


@pytest.fixture
def runs(db: None) -> list[JobRun]:
    """Twenty-three runs: few names, so that many are equal in the order, and every third never finished."""
    return [
        JobRun.objects.create(
            name="甲乙丙"[number % 3],
            slot=f"{number:02}",
            finished_at=None if number % 3 == 0 else START + timedelta(days=number // 5),
        )
        for number in range(23)
    ]


def slots(rows: list[Any]) -> list[str]:
    return [row["slot"] for row in rows]


def flat(pages: list[list[str]]) -> list[str]:
    return [slot for page in pages for slot in page]


def walk(order: tuple[str, ...], *, query: str = "", size: int = 4, **options: Any) -> list[list[str]]:
    """The slots of each page, from the first by 下一页 to the last; then the same by 上一页, which must agree."""
    queryset = JobRun.objects.values("id", "name", "slot", "finished_at")

    def page(query: str) -> Keyset:
        return Keyset(queryset, order=order, query=QueryDict(query), size=size, **options)

    pages, now = [], page(query)
    back: list[list[str]] = []
    while True:
        pages.append(slots(now.rows))
        assert len(pages) < 20, "the pages go in a circle"
        if now.next_url is None:
            break
        now = page(now.next_url[1:])
    while True:
        back.insert(0, slots(now.rows))
        assert len(back) < 20, "the pages go in a circle"
        if now.previous_url is None:
            break
        now = page(now.previous_url[1:])
    assert flat(back) == flat(pages)
    return pages


def by_finish(run: JobRun) -> datetime:
    return run.finished_at or NEVER


def newest_first(run: JobRun) -> float:
    return -by_finish(run).timestamp() if run.finished_at else float("inf")


@pytest.mark.parametrize(
    ("order", "key"),
    [
        pytest.param(("-id",), lambda run: -run.pk, id="newest first"),
        pytest.param(("name",), lambda run: (run.name, run.pk), id="equal names fall back on the key"),
        pytest.param(("-name", "slot"), lambda run: (-ord(run.name), run.slot), id="one down, one up"),
        pytest.param(("finished_at",), lambda run: (by_finish(run), run.pk), id="empty ones last, ascending"),
        pytest.param(("-finished_at",), lambda run: (newest_first(run), -run.pk), id="empty ones last, descending"),
        pytest.param(
            ("name", "-finished_at", "id"), lambda run: (run.name, newest_first(run), run.pk), id="empty within a name"
        ),
    ],
)
def test_the_pages_show_every_row_once_and_in_order(
    runs: list[JobRun], order: tuple[str, ...], key: Callable[[JobRun], Any]
) -> None:
    pages = walk(order)

    assert [len(page) for page in pages] == [4, 4, 4, 4, 4, 3]
    assert flat(pages) == [run.slot for run in sorted(runs, key=key)]


def test_a_row_that_comes_meanwhile_moves_no_page(runs: list[JobRun]) -> None:
    queryset = JobRun.objects.values("id", "slot")
    first = Keyset(queryset, query=QueryDict(""), size=4)
    assert slots(first.rows) == ["22", "21", "20", "19"]
    JobRun.objects.create(name="丁", slot="99")

    second = Keyset(queryset, query=QueryDict((first.next_url or "")[1:]), size=4)

    assert slots(second.rows) == ["18", "17", "16", "15"]


def test_a_page_behind_which_everything_has_gone_shows_the_first_one(runs: list[JobRun]) -> None:
    queryset = JobRun.objects.values("id", "slot")
    second = Keyset(queryset, query=QueryDict(""), size=4).next_url or ""
    left = queryset.filter(pk__gte=runs[-2].pk)

    page = Keyset(left, query=QueryDict(second[1:]), size=4)

    assert (slots(page.rows), page.previous_url, page.next_url) == (["22", "21"], None, None)


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("%00", id="NUL"),
        pytest.param("x", id="cut off"),
        pytest.param("eA", id="no JSON"),
        pytest.param("W10", id="too short a list"),
        pytest.param("WyLkuIAiLCAxLCAyXQ", id="too long a list"),
        pytest.param("WyJ4Il0", id="text where a number stands"),
        pytest.param("WyJcdTAwMDAiXQ", id="NUL in the list"),
        pytest.param("eyJhIjogMX0", id="an object"),
        pytest.param("W1tbW1tbW1tbW1tbW1tbXV1dXV1dXV1dXV1dXV1dXQ", id="nested"),
        pytest.param("W251bGxd", id="null where nothing may be empty"),
        pytest.param("WzFlOTk5XQ", id="infinite"),
        pytest.param("Wzk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OTk5OV0", id="beyond a bigint"),
    ],
)
@pytest.mark.parametrize("name", ["after", "before"])
def test_an_address_edited_by_hand_shows_the_first_page(runs: list[JobRun], name: str, token: str) -> None:
    page = Keyset(JobRun.objects.values("id", "slot"), query=QueryDict(f"{name}={token}"), size=4)

    assert slots(page.rows) == ["22", "21", "20", "19"]


def test_a_text_that_the_database_cannot_hold_shows_the_first_page(runs: list[JobRun]) -> None:
    nul_and_one = "WyJcdTAwMDAiLCAxXQ"  # ["\\u0000", 1]

    page = Keyset(JobRun.objects.values("id", "slot"), order=("slot",), query=QueryDict(f"after={nul_and_one}"), size=2)

    assert slots(page.rows) == ["00", "01"]


def test_a_sort_by_an_unknown_name_is_the_usual_order(runs: list[JobRun]) -> None:
    page = Keyset(JobRun.objects.values("id", "slot"), sorts={"slot": ("slot",)}, query=QueryDict("sort=-name"), size=2)

    assert (page.sort, slots(page.rows)) == ("", ["22", "21"])


@pytest.mark.parametrize(
    ("sort", "first"),
    [pytest.param("slot", ["00", "01"], id="up"), pytest.param("-slot", ["22", "21"], id="down")],
)
def test_a_sort_stays_over_the_pages(runs: list[JobRun], sort: str, first: list[str]) -> None:
    pages = walk(("-id",), query=f"sort={sort}", sorts={"slot": ("slot",)})

    assert pages[0][:2] == first
    assert flat(pages) == sorted(flat(pages), reverse=sort.startswith("-"))


def test_filters_stay_in_the_addresses_of_the_neighbours(runs: list[JobRun]) -> None:
    page = Keyset(JobRun.objects.values("id", "slot"), query=QueryDict("kind=农业&q=张"), size=4)

    kept = QueryDict((page.next_url or "")[1:])

    assert (kept["kind"], kept["q"], sorted(kept)) == ("农业", "张", ["after", "kind", "q"])


@pytest.mark.parametrize(
    ("size", "words", "queries"),
    [
        pytest.param(50, "23", 1, id="one page counts itself"),
        pytest.param(4, "23", 2, id="counted"),
    ],
)
def test_a_list_says_how_many_there_are(
    runs: list[JobRun], size: int, words: str, queries: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_num_queries(queries):
        page = Keyset(JobRun.objects.values("id", "slot"), query=QueryDict(""), size=size)
        assert (page.total_words, len(page.rows)) == (words, min(size, 23))


def test_counting_ends_at_the_limit(runs: list[JobRun], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tables, "COUNTED", 10)

    page = Keyset(JobRun.objects.values("id", "slot"), query=QueryDict(""), size=4)

    assert (page.total, page.total_words) == (11, "10+")


def test_a_later_page_is_read_from_its_place_and_not_from_the_start(
    runs: list[JobRun], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    first = Keyset(JobRun.objects.values("id", "name", "slot"), order=("name",), query=QueryDict(""), size=4)
    query = QueryDict((first.next_url or "")[1:])

    with django_assert_num_queries(1) as asked:
        _ = Keyset(JobRun.objects.values("id", "name", "slot"), order=("name",), query=query, size=4).rows

    assert isinstance(asked, CaptureQueriesContext)
    sql = asked[0]["sql"]
    assert "OFFSET" not in sql
    assert '"core_jobrun"."name" >= ' in sql  # the bound that an index on the column can start from


# --- drawn ------------------------------------------------------------------------------------------------------------


def drawn(table: Table) -> str:
    source = '{% from "components/tables.html" import table as table_of %}{{ table_of(table) }}'
    environment: Any = get_template("errors/404.html").backend.env  # type: ignore[attr-defined]
    return environment.from_string(source).render(table=table)


def runs_table(query: str = "", **options: Any) -> Table:
    rows = Keyset(
        JobRun.objects.values("id", "name", "slot"), sorts={"slot": ("slot",)}, query=QueryDict(query), size=4
    )
    columns = [Column("slot", "时段", sort="slot", sub=lambda row: row["name"]), Column("name", "任务", align="end")]
    return Table(columns, rows, "任务", query=QueryDict(query), **options)


@pytest.mark.parametrize(
    ("query", "direction", "next_sort"),
    [("", "", "slot"), ("sort=slot", "ascending", "-slot"), ("sort=-slot&after=x&kind=a", "descending", "slot")],
)
def test_a_heading_says_how_the_list_is_sorted_and_sorts_the_other_way(
    db: None, query: str, direction: str, next_sort: str
) -> None:
    heading, plain = runs_table(query).headings

    assert (heading.direction, QueryDict(heading.href[1:])["sort"], plain.href) == (direction, next_sort, "")
    assert "after" not in heading.href
    assert ("kind" in heading.href) == ("kind" in query)


@pytest.mark.parametrize("count", [1, 3])
def test_a_list_asks_as_often_for_one_row_as_for_three(
    db: None, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        JobRun.objects.create(name="甲", slot=str(number))

    with django_assert_num_queries(1):
        html = drawn(runs_table(row_href=addresses("run")))

    assert html.count("<tr data-href=") == count


def test_what_people_typed_is_text_and_never_markup(db: None) -> None:
    JobRun.objects.create(name="<b>甲</b>", slot='"><script>')

    html = drawn(runs_table())

    assert "<script>" not in html
    assert "<b>甲" not in html
    assert "&lt;b&gt;甲&lt;/b&gt;" in html


def test_a_cell_without_a_value_shows_a_dash_and_zero_stays_zero() -> None:
    columns = [Column("a", "甲"), Column("b", "乙"), Column("c", "丙")]

    line = Table(columns, [{"a": None, "b": "", "c": 0}], "表").lines[0]

    assert [cell[1] for cell in line.cells] == ["—", "—", 0]


def test_an_empty_list_says_whether_there_is_nothing_or_nothing_fits(db: None) -> None:
    nothing = drawn(runs_table(empty="还没有任务。"))
    sorted_only = drawn(runs_table("sort=slot&kind=", empty="还没有任务。"))
    filtered = drawn(runs_table("kind=agri&sort=slot", empty="还没有任务。"))

    assert ("还没有任务。" in sorted_only, "清除筛选" in sorted_only) == (True, False)
    assert ("还没有任务。" in nothing, "清除筛选" in nothing) == (True, False)
    assert ("还没有任务。" in filtered, "清除筛选" in filtered) == (False, True)
    assert 'href="?sort=slot"' in filtered


def test_the_address_of_a_row_is_that_of_its_page() -> None:
    assert addresses("run")({"id": 17}) == reverse("run", args=[17])
