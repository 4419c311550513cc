"""What the database refuses about teams, whoever writes to it: each constraint met by a raw write."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.models import ProtectedError

from specialists.enums import RegistrationStatus
from specialists.models import Specialist, Team, TeamMember
from tests.cast import MAY_12, MAY_20, Season
from tests.specialists.team_acts import drafted, handed_in, member_of, selected


def refused(name: str) -> Any:
    return pytest.raises(IntegrityError, match=name)


def test_nobody_is_in_a_team_twice_at_once(season: Season) -> None:
    team = drafted(season)
    person = member_of(team, "P9").specialist

    with refused("nobody_is_in_a_team_twice_at_once"), transaction.atomic():
        TeamMember.objects.create(team=team, specialist=person, joined_on=MAY_20)


def test_who_left_may_come_back_from_that_day_on_and_not_before(season: Season) -> None:
    team = drafted(season, "P8", "P9", "P10")
    person = member_of(team, "P9").specialist
    team.members.filter(specialist=person).update(left_on=MAY_20, left_reason="出国进修")

    with refused("nobody_is_in_a_team_twice_at_once"), transaction.atomic():
        TeamMember.objects.create(team=team, specialist=person, joined_on=date(2026, 5, 19))
    TeamMember.objects.create(team=team, specialist=person, joined_on=MAY_20)

    assert team.members.filter(specialist=person).count() == 2


def test_a_person_may_be_in_two_teams(season: Season) -> None:
    drafted(season)
    drafted(season, name="果树产业技术团队")

    assert TeamMember.objects.count() == 6


def test_a_team_has_one_leader_at_a_time(season: Season) -> None:
    team = drafted(season)

    with refused("a_team_has_one_leader_at_a_time"), transaction.atomic():
        team.members.update(is_leader=True)


def test_who_led_and_left_keeps_the_mark(season: Season) -> None:
    team = drafted(season)
    team.members.filter(is_leader=True).update(left_on=MAY_20, left_reason="退休")
    team.members.filter(pk=member_of(team, "P9").pk).update(is_leader=True)

    assert team.members.filter(is_leader=True).count() == 2


def test_nobody_leaves_before_joining(season: Season) -> None:
    drafted(season)

    with refused("member_leaves_after_joining"), transaction.atomic():
        TeamMember.objects.update(left_on=date(2026, 5, 11), left_reason="退休")


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"left_on": MAY_20}, id="a day without a reason"),
        pytest.param({"left_reason": "退休"}, id="a reason without a day"),
    ],
)
def test_who_leaves_has_a_day_and_a_reason(season: Season, change: dict[str, Any]) -> None:
    drafted(season)

    with refused("member_leaves_with_day_and_reason"), transaction.atomic():
        TeamMember.objects.update(**change)


def test_two_teams_of_a_unit_do_not_share_a_name_in_a_year(season: Season) -> None:
    drafted(season)
    drafted(season, name="果树产业技术团队")

    with refused("team_named_once_by_a_unit_in_a_year"), transaction.atomic():
        Team.objects.update(name="小麦产业技术团队")


def test_a_team_that_is_handed_in_names_its_fields(season: Season) -> None:
    handed_in(season)

    with refused("team_handed_in_with_its_fields"), transaction.atomic():
        Team.objects.update(domains=[])


@pytest.mark.parametrize("missing", ["submitted_on", "pack"])
def test_a_team_that_is_handed_in_has_its_day_and_its_pack(season: Season, missing: str) -> None:
    handed_in(season)

    with refused("team_handed_in_with_day_and_pack"), transaction.atomic():
        Team.objects.update(**{missing: None})


@pytest.mark.parametrize(
    ("status", "approved_on"),
    [
        pytest.param(RegistrationStatus.APPROVED, None, id="approved without a day"),
        pytest.param(RegistrationStatus.SUBMITTED, MAY_20, id="a day without approval"),
    ],
)
def test_an_approved_team_has_its_day(season: Season, status: str, approved_on: date | None) -> None:
    handed_in(season)

    with refused("team_approved_with_its_day"), transaction.atomic():
        Team.objects.update(status=status, approved_on=approved_on)


def test_no_team_is_approved_before_it_was_handed_in(season: Season) -> None:
    selected(season)

    with refused("team_approved_after_it_was_handed_in"), transaction.atomic():
        Team.objects.update(approved_on=date(2026, 5, 11))


def test_a_member_is_not_deleted_with_the_person(season: Season) -> None:
    drafted(season)

    with pytest.raises(ProtectedError):
        Specialist.objects.all().delete()
    assert MAY_12 in {member.joined_on for member in TeamMember.objects.all()}


def test_who_left_is_replaced_by_one_person(season: Season) -> None:
    team = drafted(season, "P8", "P9", "P10")
    left, one, other = (team.members.filter(specialist=member_of(team, key).specialist) for key in ("P8", "P9", "P10"))
    one.update(replaces=left.get())

    with refused("specialists_teammember_replaces_id_key"), transaction.atomic():
        other.update(replaces=left.get())


def test_a_past_team_is_selected_and_knows_no_day_of_handing_in(season: Season) -> None:
    teams = Team.objects.filter(pk=selected(season).pk)
    teams.update(is_past=True, submitted_on=None, domains=[])

    with refused("past_team_is_approved"), transaction.atomic():
        teams.update(status=RegistrationStatus.DRAFT, approved_on=None)
    with refused("team_handed_in_with_day_and_pack"), transaction.atomic():
        teams.update(pack=None)
    with refused("team_handed_in_with_its_fields"), transaction.atomic():
        teams.update(is_past=False, submitted_on=MAY_12)
