"""Whom the form of a team's visit offers: who left says so, and stands there no longer than a visit may be told (A20)."""

import re
from datetime import date
from typing import Any

import pytest
import time_machine

from agreements.enums import AgreementStatus
from agreements.models import Agreement
from specialists import teams
from specialists.enums import SpecialistStatus
from specialists.models import Specialist
from tests.cast import PEOPLE, Season, person
from tests.hands import browser_of
from tests.specialists.team_acts import entry, member_of, selected
from visits import services

FOUR = ("P8", "P9", "P10", "P11")
MAY_21, MAY_25, MAY_26 = date(2026, 5, 21), date(2026, 5, 25), date(2026, 5, 26)


@pytest.fixture
def agreement(season: Season) -> Agreement:
    """Of a team that 冯赟 left on 25 May, and 陈玥 joined."""
    with time_machine.travel("2026-05-26 10:00+08:00", tick=False):
        team = selected(season, *FOUR)
        leader = team.members.current().get(is_leader=True)
        assert leader.registration
        made = season.agreement(leader.registration, season.h4, team=team, status=AgreementStatus.FILED)
        change: dict[str, Any] = {"on": MAY_25, "day": MAY_25, "reason": "调动", "consent": True, "by": season.clerk}
        teams.change_members(team, leaving=member_of(team, "P11"), joining=entry("P12"), **change)
    return made


def offered(season: Season, on: str, path: str = "/visits/new/") -> list[str]:
    with time_machine.travel(f"{on} 10:00+08:00", tick=False):
        page = browser_of(season.hat_of(person("P8"))).get(path).text
    return re.findall(r'name="attendees"[^>]*>\s*(?:<span>)?([^<]+)<', page)


def test_who_left_says_since_when_and_who_joined_too(season: Season, agreement: Agreement) -> None:
    assert offered(season, "2026-05-26") == [
        "孙立群",
        "吴建国",
        "郑旻",
        "冯赟（2026年5月25日退出）",
        "陈玥（2026年5月25日加入）",
    ]


def test_who_left_before_the_earliest_day_is_offered_no_more(season: Season, agreement: Agreement) -> None:
    assert offered(season, "2026-08-26") == ["孙立群", "吴建国", "郑旻", "陈玥"]


def test_the_day_of_a_cancelled_qualification_is_said(season: Season, agreement: Agreement) -> None:
    Specialist.objects.filter(name=PEOPLE["P9"][0]).update(status=SpecialistStatus.REVOKED, revoked_on=MAY_21)

    assert "吴建国（2026年5月21日资格取消）" in offered(season, "2026-05-26")
    assert not [one for one in offered(season, "2026-08-26") if one.startswith("吴建国")]


def test_who_is_written_down_stays_in_the_form(season: Season, agreement: Agreement) -> None:
    with time_machine.travel("2026-05-26 10:00+08:00", tick=False):
        visit = services.log_visit(
            agreement, by=season.clerk, on=MAY_26, date=MAY_21, days=1, mode="onsite", content="会诊",
            activities=["产业调研与建议"], attendees=[person("P8"), person("P11")],
        )  # fmt: skip

    assert "冯赟（2026年5月25日退出）" in offered(season, "2026-08-26", f"/visits/{visit.pk}/amend/")
