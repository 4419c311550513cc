"""Lists of visits name who came, not whom the agreement names: of a team its leader, who may have stayed at home (R40,
R43, A20)."""

from collections.abc import Iterator
from io import BytesIO
from typing import Any

import openpyxl
import pytest
import time_machine
from django.core.files.storage import default_storage
from django.http import QueryDict

from accounts.lists import exporting
from accounts.lists.kinds import kinds
from agreements.enums import AgreementStatus
from agreements.models import Agreement
from tests.cast import MAY_20, Season, person
from tests.hands import browser_of
from tests.specialists.team_acts import selected
from visits import services
from visits.models import Visit

FOUR = ("P8", "P9", "P10", "P11")  # 孙立群 leads


@pytest.fixture(autouse=True)
def _on_20_may() -> Iterator[None]:
    with time_machine.travel("2026-05-20 10:00+08:00", tick=False):
        yield


def team_visit(season: Season, *keys: str, under: Agreement | None = None, day: Any = MAY_20) -> Visit:
    """The members came, and not the one who signed for the team."""
    if under is None:
        leader = selected(season, *FOUR).members.current().get(is_leader=True)
        assert leader.registration
        under = season.agreement(leader.registration, season.h4, team=leader.team, status=AgreementStatus.FILED)
    return services.log_visit(
        under, by=season.clerk, on=MAY_20, date=day, days=1, mode="onsite", content="会诊",
        activities=["产业调研与建议"], attendees=[person(key) for key in keys],
    )  # fmt: skip


def workbook(season: Season, query: str = "") -> list[dict[str, Any]]:
    listed, asked = kinds()["visits"], QueryDict(query)
    columns = [one.key for one in listed.fields(season.officer, asked)]
    export = exporting.export_list(listed, asked, fields=columns, by=season.officer, on=MAY_20)
    with default_storage.open(export.path) as stored:
        head, *rows = openpyxl.load_workbook(BytesIO(stored.read()))["列表"].values
    return [dict(zip(map(str, head), row, strict=True)) for row in rows]


def test_a_team_s_visit_is_of_those_who_came_with_the_name_of_the_team(season: Season) -> None:
    visit = team_visit(season, "P9", "P11")
    assert visit.agreement.specialist.name == "孙立群"
    assert visit.agreement.team
    said = f"{visit.agreement.team.name}：吴建国、冯赟"
    office = browser_of(season.officer)

    for page in (office.get("/visits/").text, office.get(f"/search/?q=V-{visit.pk}").text):
        assert said in page
        assert "孙立群" not in page
    heading = office.get(f"/visits/{visit.pk}/").text
    assert f"<p>{said}　" in heading
    [told] = office.get("/api/v1/visits/").json()
    assert (told["specialist"], told["came"], len(told["attendances"])) == (said, ["吴建国", "冯赟"], 2)


def test_the_homes_of_host_and_county_name_who_came(season: Season) -> None:
    visit = team_visit(season, "P9")
    assert visit.agreement.team
    said = f"{visit.agreement.team.name}：吴建国"

    assert said in browser_of(season.contact).get("/").text
    assert said in browser_of(season.county).get("/").text


def test_the_workbook_counts_the_persons_of_each_visit(season: Season) -> None:
    visit = team_visit(season, "P9", "P11")
    assert visit.agreement.team
    season.visit(season.filed(season.selected("P3"), season.h5), MAY_20)

    alone, team = workbook(season)

    assert (alone["参加人员"], alone["人次"]) == ("张昇", 1)
    assert (team["参加人员"], team["人次"]) == (f"{visit.agreement.team.name}：吴建国、冯赟", 2)


@pytest.mark.parametrize("rows", [1, 3])
def test_however_many_came_the_questions_stay_the_same(
    season: Season, rows: int, django_assert_num_queries: Any
) -> None:
    first = team_visit(season, "P9", "P11")
    for day in range(1, rows):
        team_visit(season, *FOUR, under=first.agreement, day=MAY_20.replace(day=20 - day))
    office = browser_of(season.officer)
    office.get("/visits/")

    with django_assert_num_queries(5):
        office.get("/visits/")
    with django_assert_num_queries(5):
        office.get("/api/v1/visits/")
    keys = [*Visit.objects.values_list("pk", flat=True)]
    with django_assert_num_queries(2):
        found = kinds()["visits"].records(season.officer, keys)
        assert [one.who for one in found.values()]
