"""Teams through the services: put together, handed in, decided, and changed afterwards."""

import pytest

from core.models import AuditEvent, Message
from core.policy import Refused
from specialists.enums import Category, Form
from specialists.models import Registration
from tests.cast import MAY_20, Season
from tests.specialists.team_acts import drafted, selected


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [finding.code for finding in refusal.value.findings]


def test_a_team_is_drafted_with_its_members_and_its_leader(season: Season) -> None:
    team = drafted(season)

    assert (team.status, team.year, team.category, team.domains) == ("draft", 2026, "agriculture", ["粮油作物"])
    assert [(one.specialist.name, one.is_leader) for one in team.members.order_by("pk")] == [
        ("孙立群", True),
        ("吴建国", False),
        ("郑旻", False),
    ]
    assert AuditEvent.objects.get(verb="team.created").after["members"] == ["孙立群（负责人）", "吴建国", "郑旻"]


def test_a_selected_team_makes_each_member_a_specialist_of_the_year(season: Season) -> None:
    team = selected(season)

    assert (team.status, team.approved_on) == ("approved", MAY_20)
    registrations = Registration.objects.filter(form=Form.TEAM, year=2026, category=Category.AGRICULTURE)
    assert sorted(one.specialist.name for one in registrations.selected_in(2026)) == ["吴建国", "孙立群", "郑旻"]
    assert {one.registration_id for one in team.members.all()} == {one.pk for one in registrations}
    assert Message.objects.filter(subject__contains="已入选2026年度科技特派员").count() == 5  # two of the unit, three
