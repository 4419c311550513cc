"""The list of visits under its filters: by who came, by unit, host, county and days; its workbook follows (R43)."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.http import QueryDict

from accounts.lists.kinds import kinds
from accounts.models import Membership
from agreements.enums import AgreementStatus
from tests.cast import MAY_20, Season, person
from tests.hands import browser_of
from tests.specialists.team_acts import selected
from visits import services
from visits.enums import VisitStatus
from visits.models import Visit


@pytest.fixture(autouse=True)
def _on_20_may() -> Iterator[None]:
    with time_machine.travel("2026-05-20 10:00+08:00", tick=False):
        yield


@pytest.fixture
def three(season: Season) -> dict[int, str]:
    """A team of whom its leader 孙立群 stayed at home, a person at another host, a person of another institution."""
    leader = selected(season, "P8", "P9", "P10").members.current().get(is_leader=True)
    assert leader.registration
    under = season.agreement(leader.registration, season.h4, team=leader.team, status=AgreementStatus.FILED)
    team = services.log_visit(
        under, by=season.clerk, on=MAY_20, date=MAY_20, days=1, mode="onsite", content="会诊",
        activities=["产业调研与建议"], attendees=[person("P9"), person("P10")],
    )  # fmt: skip
    own = season.visit(season.filed(season.selected("P3"), season.h5), date(2026, 5, 18), status=VisitStatus.CONFIRMED)
    other = season.visit(season.filed(season.selected("P1", institution=season.u2), season.h5), date(2026, 5, 14))
    return {team.pk: "team", own.pk: "own", other.pk: "other"}


def shown(hat: Membership, query: str, known: dict[int, str]) -> list[str]:
    """What the page shows, which is what the workbook would write."""
    page = browser_of(hat).get(f"/visits/?{query}").text
    keys = kinds()["visits"].keys(hat, QueryDict(query), on=MAY_20, most=100)
    assert [key for key in known if f'data-href="/visits/{key}/"' in page] == [key for key in known if key in keys]
    return [known[key] for key in keys]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("", ["team", "own", "other"], id="all"),
        pytest.param("q=吴建国", ["team"], id="who came"),
        pytest.param("q=wjg", ["team"], id="by initials"),
        pytest.param("q=孙立群", [], id="the leader who did not come"),
        pytest.param("unit=理工", ["other"], id="unit"),
        pytest.param("host=赞皇", ["own", "other"], id="host"),
        pytest.param("district=130123", ["team"], id="county"),
        pytest.param("since=2026-05-18", ["team", "own"], id="from a day on"),
        pytest.param("until=2026年5月18日", ["own", "other"], id="to a day"),
        pytest.param("since=2026-05-15&until=2026-05-18&status=confirmed", ["own"], id="several"),
        pytest.param("since=2026-05-19&until=2026-05-01", [], id="the end before the beginning"),
        pytest.param("year=2025", [], id="a year"),
    ],
)
def test_a_filter_narrows_page_and_workbook(
    season: Season, three: dict[int, str], query: str, found: list[str]
) -> None:
    assert shown(season.officer, query, three) == found


@pytest.mark.parametrize(
    ("query", "label"),
    [
        pytest.param("since=nonsense", "服务日期起", id="no day"),
        pytest.param("district=999999", "县（市、区）", id="no county"),
        pytest.param("year=x", "年度", id="no year"),
    ],
)
def test_a_filter_that_cannot_be_read_is_named_and_left_out(
    season: Season, three: dict[int, str], query: str, label: str
) -> None:
    assert shown(season.officer, query, three) == ["team", "own", "other"]
    assert f"列表没有按它筛选：{label}。" in browser_of(season.officer).get(f"/visits/?{query}").text


def test_no_filter_reaches_beyond_what_the_hat_sees(season: Season, three: dict[int, str]) -> None:
    assert shown(season.stranger, "q=吴建国", three) == []
    assert shown(season.stranger, "unit=农林", three) == ["other"]  # not asked of who sees one unit
    assert shown(season.contact, "host=赞皇&district=130129", three) == ["team"]
    assert shown(season.county, "district=130129", three) == ["team"]


@pytest.mark.parametrize(
    ("hat", "hidden"),
    [
        pytest.param("officer", set(), id="officer"),
        pytest.param("clerk", {"unit"}, id="institution"),
        pytest.param("contact", {"host", "district"}, id="host"),
        pytest.param("county", {"district"}, id="county"),
    ],
)
def test_nobody_is_asked_what_their_hat_tells(season: Season, hat: str, hidden: set[str]) -> None:
    page = browser_of(getattr(season, hat)).get("/visits/").text

    every = ("q", "unit", "host", "district", "since", "until")
    assert {name for name in every if f'name="{name}"' not in page} == hidden


def test_the_chips_keep_the_other_filters(season: Season, three: dict[int, str]) -> None:
    page = browser_of(season.officer).get("/visits/?host=赞皇&status=logged&after=x").text

    chip = "?host=%E8%B5%9E%E7%9A%87&amp;status=confirmed"
    assert f'href="{chip}"' in page
    assert 'type="hidden" name="status" value="logged"' in page


def test_the_workbook_tells_its_conditions_in_the_words_of_the_page(season: Season) -> None:
    asked = QueryDict("q=吴&since=2026-05-01&district=130123&status=logged")

    said = kinds()["visits"].conditions(asked, season.officer)

    assert said["服务日期起"] == "2026年5月1日"
    assert (said["参加人员"], said["状态"]) == ("吴", VisitStatus.LOGGED.label)


def test_a_view_by_a_name_is_shared_with_nobody(season: Season) -> None:
    sent = {"list": "visits", "query": "q=吴建国", "name": "吴建国", "shared_with": "bureau_officer"}

    assert browser_of(season.officer).post("/views/new/", sent).status_code == 422


def test_filters_ask_no_question_more(season: Season, three: dict[int, str], django_assert_num_queries: Any) -> None:
    office = browser_of(season.officer)
    office.get("/visits/")

    with django_assert_num_queries(5):
        page = office.get("/visits/?q=吴&unit=示范&host=滹沱&district=130123&since=2026-05-01&until=2026-05-31").text
    assert page.count("<tr data-href") == Visit.objects.filter(attendances__specialist=person("P9")).count() == 1


# --- for programs -----------------------------------------------------------------------------------------------------


def by_program(hat: Membership, query: str, known: dict[int, str]) -> list[str]:
    return [known[one["id"]] for one in browser_of(hat).get(f"/api/v1/visits/?{query}").json()]


def test_programs_narrow_by_what_the_page_narrows_by(season: Season, three: dict[int, str]) -> None:
    came, leader = person("P9").pk, person("P8").pk
    asked = {
        "": ["other", "own", "team"],  # by their numbers, the newest first
        f"specialist={came}": ["team"],
        f"specialist={leader}": [],  # signed for the team, and stayed at home
        f"institution={season.u2.pk}": ["other"],
        f"host={season.h5.pk}": ["other", "own"],
        f"agreement={Visit.objects.earliest('pk').agreement_id}": ["team"],
        "district=130123": ["team"],
        "since=2026-05-18": ["own", "team"],
        "until=2026-05-18&status=confirmed": ["own"],
        "year=2025": [],
    }

    assert {query: by_program(season.officer, query, three) for query in asked} == asked
    assert by_program(season.stranger, f"specialist={came}", three) == []


@pytest.mark.parametrize(
    ("name", "value"),
    [
        pytest.param("status", "nonsense", id="no state"),
        pytest.param("year", "x", id="no year"),
        pytest.param("year", "9999", id="a year of no time"),
        pytest.param("specialist", "吴建国", id="a name, not a number"),
        pytest.param("host", "9" * 20, id="a number that no unit has"),
        pytest.param("district", "1", id="no county"),
        pytest.param("since", "2026-02-30", id="a day that there is not"),
        pytest.param("until", "nonsense", id="no day"),
    ],
)
def test_a_program_is_told_which_filter_cannot_be_read(season: Season, name: str, value: str) -> None:
    answer = browser_of(season.officer).get("/api/v1/visits/", {name: value})

    assert (answer.status_code, [one["field"] for one in answer.json()["findings"]]) == (422, [name])
