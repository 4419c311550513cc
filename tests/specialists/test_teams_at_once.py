"""Several hands on a team at the same moment. Each test was seen to fail with its lock taken away."""

from collections.abc import Callable

import pytest

from accounts.enums import Role
from accounts.models import Membership
from specialists import queries, teams
from specialists.enums import SpecialistStatus
from specialists.models import Specialist, Team
from tests.cast import MAY_12, MAY_18, MAY_20, PEOPLE, Season, member, person
from tests.hands import at_once, during, linger
from tests.specialists.team_acts import drafted, entry, handed_in, member_of, names_in, passed_once, selected


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("is_named_already", "members_of", "outsiders"):
        linger(monkeypatch, queries, name)


def other_head(season: Season) -> Membership:
    return member("高处长", Role.DIVISION_HEAD, season.bureau, "gao")


def decide(team: Team, by: Membership) -> Callable[[], Team]:
    return lambda: teams.decide_team(team, by=by, on=MAY_20, passed=True)


def replaced(team: Team, by: Membership, out: str, come: str) -> Callable[[], Team]:
    return lambda: teams.change_members(
        team,
        by=by,
        on=MAY_20,
        day=MAY_20,
        leaving=member_of(team, out),
        joining=entry(come),
        reason="工作调动",
        consent=True,
    )


def revoked(key: str) -> None:
    """As 不合格 does it, in the transaction of the caller."""
    Specialist.objects.filter(name=PEOPLE[key][0]).update(status=SpecialistStatus.REVOKED, revoked_on=MAY_12)


@pytest.mark.usefixtures("slow")
def test_two_clerks_give_two_teams_one_name_at_once_and_one_is_told(lasting_season: Season) -> None:
    answers = at_once(
        lambda: drafted(lasting_season, "P8", "P9", "P10"),
        lambda: drafted(lasting_season, "P1", "P2", "P3", by=lasting_season.manager),
    )

    assert answers == ["E-TEAM-DUP", "done"]


@pytest.mark.usefixtures("slow")
def test_two_heads_deciding_one_team_at_once_take_one_step(lasting_season: Season) -> None:
    team = passed_once(lasting_season)

    answers = at_once(decide(team, lasting_season.head), decide(team, other_head(lasting_season)))

    assert answers == ["E-STATE", "done"]


@pytest.mark.usefixtures("slow")
def test_two_clerks_replacing_one_member_at_once_do_it_once(lasting_season: Season) -> None:
    team = selected(lasting_season)
    acts = [replaced(team, lasting_season.clerk, "P10", "P11"), replaced(team, lasting_season.manager, "P10", "P12")]

    assert at_once(*acts) == ["E-STATE", "done"]
    assert len(names_in(team)) == 3


def test_a_member_replaced_while_the_last_step_is_taken_waits_for_it(lasting_season: Season) -> None:
    team = passed_once(lasting_season)

    answer = during(decide(team, lasting_season.head), replaced(team, lasting_season.clerk, "P10", "P11"))

    assert answer == "done"
    assert names_in(team) == ["孙立群", "吴建国", "冯赟"]


def test_a_form_saved_while_the_team_is_handed_in_is_refused(lasting_season: Season) -> None:
    team = drafted(lasting_season)

    answer = during(
        lambda: teams.submit_team(team, by=lasting_season.clerk, on=MAY_12),
        lambda: teams.save_team(team, by=lasting_season.manager, on=MAY_12, version=None, name="谷子产业技术团队"),
    )

    assert answer == "E-STATE"


def test_a_draft_discarded_while_it_is_handed_in_is_gone_with_a_sentence(lasting_season: Season) -> None:
    team = drafted(lasting_season)
    in_another_tab = Team.objects.get()

    answer = during(
        lambda: teams.discard_team(team, by=lasting_season.manager, on=MAY_12),
        lambda: teams.submit_team(in_another_tab, by=lasting_season.clerk, on=MAY_12),
    )

    assert answer == "E-STATE"


def test_a_person_whose_qualification_is_cancelled_while_the_team_is_handed_in_keeps_it_out(
    lasting_season: Season,
) -> None:
    team = drafted(lasting_season)

    answer = during(lambda: revoked("P10"), lambda: teams.submit_team(team, by=lasting_season.clerk, on=MAY_12))

    assert answer == "E-REVOKED"


def test_a_person_whose_qualification_is_cancelled_while_the_head_decides_keeps_the_team_out(
    lasting_season: Season,
) -> None:
    team = passed_once(lasting_season)

    assert during(lambda: revoked("P10"), decide(team, lasting_season.head)) == "E-REVOKED"


def test_a_member_lost_while_another_is_let_go_is_counted(lasting_season: Season) -> None:
    team = selected(lasting_season, "P8", "P9", "P10", "P11")

    answer = during(
        lambda: revoked("P10"),
        lambda: teams.change_members(
            team,
            by=lasting_season.clerk,
            on=MAY_20,
            day=MAY_20,
            leaving=member_of(team, "P11"),
            reason="工作调动",
        ),
    )

    assert answer == "E-TEAM-SIZE"


def test_a_team_returned_while_it_is_decided_is_not_selected(lasting_season: Season) -> None:
    team = passed_once(lasting_season)

    answer = during(
        lambda: teams.decide_team(team, by=lasting_season.head, on=MAY_18, passed=False, opinion="请补充简介"),
        decide(team, other_head(lasting_season)),
    )

    assert answer == "E-STATE"


@pytest.mark.usefixtures("slow")
def test_two_units_whose_teams_share_people_hand_them_in_at_once_and_neither_waits_for_ever(
    lasting_season: Season,
) -> None:
    ours = drafted(lasting_season, "P8", "P9", "P10")
    theirs = drafted(lasting_season, "P10", "P9", "P8", by=lasting_season.stranger)

    answers = at_once(
        lambda: teams.submit_team(ours, by=lasting_season.clerk, on=MAY_12),
        lambda: teams.submit_team(theirs, by=lasting_season.stranger, on=MAY_12),
    )

    assert answers == ["done", "done"]


def test_a_member_handed_in_by_two_clerks_in_two_teams_enters_the_register_once(lasting_season: Season) -> None:
    answers = at_once(
        lambda: handed_in(lasting_season, "P8", "P9", "P10"),
        lambda: handed_in(lasting_season, "P10", "P8", "P9", by=lasting_season.stranger),
    )

    assert answers == ["done", "done"]
    assert Specialist.objects.count() == 3


def test_what_another_unit_keeps_of_a_person_from_this_moment_on_is_not_written_over(lasting_season: Season) -> None:
    """`hold_or_enter` waits for the registration under way, and then sees whose the details are."""
    known = person("P8")
    members = [entry("P8", mobile="13900009999", is_leader=True), entry("P9"), entry("P10")]

    answer = during(
        lambda: lasting_season.selected("P8", institution=lasting_season.u2),
        lambda: drafted(lasting_season, members=members),
    )

    assert answer == "done"
    assert Specialist.objects.get(pk=known.pk).mobile == known.mobile
