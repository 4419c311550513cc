"""Teams on the first pages: what waits, what came back, who is short of a member."""

from collections.abc import Iterator

import pytest
import time_machine

from specialists import teams
from specialists.enums import SpecialistStatus
from specialists.models import Specialist
from tests.cast import MAY_18, PEOPLE, Season, person
from tests.desk.reading import cards, rows_in
from tests.hands import browser_of
from tests.specialists.team_acts import drafted, handed_in, passed_once, selected


@pytest.fixture(autouse=True)
def _on_20_may() -> Iterator[None]:
    with time_machine.travel("2026-05-20 10:00+08:00", tick=False):
        yield


def test_the_teams_that_wait_are_counted_for_whose_step_it_is(season: Season) -> None:
    handed_in(season)
    passed_once(season, "P1", "P2", "P3", name="果树产业技术团队")

    for hat in (season.officer, season.head, season.admin):
        client = browser_of(hat)
        [card] = [card for card in cards(client.get("/").text) if card.label == "团队待审核"]
        assert card.number == ("2" if hat == season.admin else "1")
        assert rows_in(client.get(card.url).text) == int(card.number)


def test_a_team_short_of_a_member_is_told_to_the_bureau_and_to_its_unit(season: Season) -> None:
    team = selected(season)
    lost = Specialist.objects.filter(name=PEOPLE["P10"][0])
    lost.update(status=SpecialistStatus.REVOKED, revoked_on=MAY_18)

    assert "另有缺员 1 个" in browser_of(season.officer).get("/").text
    page = browser_of(season.clerk).get("/").text
    assert f'href="/agreements/teams/{team.pk}/members/"' in page
    assert "请在2026年6月17日前更换或增加成员" in page
    assert "更换成员" not in browser_of(season.stranger).get("/").text


def test_who_leads_a_team_reads_on_the_phone_that_it_is_short_of_a_member(season: Season) -> None:
    team = selected(season)
    leader, other = (browser_of(season.hat_of(person(key))) for key in ("P8", "P9"))
    before = leader.get("/").text
    Specialist.objects.filter(name=PEOPLE["P10"][0]).update(status=SpecialistStatus.REVOKED, revoked_on=MAY_18)

    page = leader.get("/").text

    assert "团队缺员" not in before
    assert f'href="/specialists/teams/{team.pk}/"' in page
    assert "团队现有2名成员，少于3名。请在2026年6月17日前更换或增加成员" in page
    assert leader.get(f"/specialists/teams/{team.pk}/").status_code == 200
    assert "团队缺员" not in other.get("/").text  # the leader speaks for the team


def test_a_returned_team_and_a_draft_are_the_units_to_finish(season: Season) -> None:
    back = handed_in(season)
    teams.decide_team(back, by=season.officer, on=MAY_18, passed=False, opinion="请补充团队简介")
    drafted(season, "P1", "P2", "P3", name="果树产业技术团队")

    page = browser_of(season.clerk).get("/").text

    assert f'href="/specialists/teams/{back.pk}/edit/"' in page
    assert "退回意见：请补充团队简介" in page
    assert "完成 1 份团队登记草稿并提交" in page
