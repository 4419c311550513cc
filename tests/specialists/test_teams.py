"""Teams through the services: put together, handed in, decided, and changed afterwards."""

from datetime import date
from typing import Any

import pytest

from core.models import AuditEvent, Message, PolicyPack
from core.policy import Refused
from specialists import queries, services, teams
from specialists.enums import Category, Form, SpecialistStatus
from specialists.models import Registration, Specialist, Team, TeamMember
from tests.cast import MAY_12, MAY_18, MAY_20, PEOPLE, Season, person
from tests.specialists.acts import form_of, registered, submitted
from tests.specialists.team_acts import (
    THREE,
    drafted,
    entries,
    entry,
    handed_in,
    member_of,
    names_in,
    passed_once,
    selected,
)


def refusal(act: Any) -> list[str]:
    with pytest.raises(Refused) as refused:
        act()
    return [finding.code for finding in refused.value.findings]


# --- putting it together ----------------------------------------------------------------------------------------------


def test_a_team_is_drafted_with_its_members_and_its_leader(season: Season) -> None:
    team = drafted(season)

    assert (team.status, team.year, team.category, team.domains) == ("draft", 2026, "agriculture", ["粮油作物"])
    assert [(one.specialist.name, one.is_leader) for one in team.members.order_by("pk")] == [
        ("孙立群", True),
        ("吴建国", False),
        ("郑旻", False),
    ]
    assert AuditEvent.objects.get(verb="team.created").after["members"] == ["孙立群（负责人）", "吴建国", "郑旻"]


@pytest.mark.parametrize(
    ("domains", "category"),
    [
        pytest.param(["粮油作物", "新材料"], Category.AGRICULTURE, id="the first of two"),
        pytest.param(["新材料"], Category.ENTERPRISE, id="a trade"),
        pytest.param([], Category.ENTERPRISE, id="none yet"),
        pytest.param(["古籍修复"], Category.ENTERPRISE, id="one that no list knows"),
    ],
)
def test_a_team_serves_in_the_category_of_its_first_field(
    season: Season, domains: list[str], category: Category
) -> None:
    assert teams.category_for(domains, pack=season.pack) == category


def test_a_category_that_is_said_stands(season: Season) -> None:
    assert drafted(season, category=Category.BROKER).category == "broker"


def test_all_that_is_wrong_in_all_rows_is_said_at_once_and_nothing_is_kept(season: Season) -> None:
    person("P10")
    rows = [entry("P8", is_leader=True), entry("P9", id_number="139999198807300092"), entry("P10", name="郑文")]

    with pytest.raises(Refused) as refused:
        drafted(season, members=[rows[0], rows[1]])
    assert [(one.code, one.facts["row"]) for one in refused.value.findings] == [("E-ID", 1)]
    with pytest.raises(Refused) as refused:
        drafted(season, members=[rows[0], rows[2]])
    assert [(one.code, one.facts["row"]) for one in refused.value.findings] == [("E-ID", 1)]

    assert not Team.objects.exists()
    assert not Specialist.objects.filter(name="孙立群").exists()


def test_the_same_person_in_two_rows_is_refused(season: Season) -> None:
    assert refusal(lambda: drafted(season, "P8", "P9", "P8")) == ["E-TEAM-TWICE"]


def test_a_name_used_already_this_year_is_refused_in_one_unit_only(season: Season) -> None:
    drafted(season)

    assert refusal(lambda: drafted(season, "P1", "P2", "P3")) == ["E-TEAM-DUP"]
    assert drafted(season, "P1", "P2", "P3", by=season.stranger).name == "小麦产业技术团队"


def test_a_hat_without_an_institution_puts_no_team_together(season: Season) -> None:
    assert refusal(lambda: drafted(season, by=season.officer)) == ["E-ORG"]


def test_what_another_unit_keeps_of_a_member_stays_as_it_is(season: Season) -> None:
    submitted(form_of("P9", mobile="13811112222"), season.stranger)

    drafted(season)

    assert Specialist.objects.get(name="吴建国").mobile == "13811112222"


def test_details_of_a_person_nobody_else_registers_are_the_teams_to_correct(season: Season) -> None:
    team = drafted(season)
    rows = [entry(key, is_leader=key == "P8", mobile="13811112222" if key == "P9" else "") for key in THREE]

    teams.save_team(team, by=season.clerk, on=MAY_12, version=1, members=rows, consent=True)

    mobiles = dict(Specialist.objects.values_list("name", "mobile_masked"))
    assert mobiles == {"孙立群": "139****1208", "吴建国": "138****2222", "郑旻": "139****0101"} | {
        name: mask for name, mask in mobiles.items() if name != "吴建国"
    }


def test_the_account_of_a_member_is_kept_behind_its_mask(season: Season) -> None:
    rows = [entry("P8", is_leader=True, bank_account="6222000000000000017", bank_name="示范银行"), entry("P9")]

    drafted(season, members=rows)

    assert Specialist.objects.get(name="孙立群").bank_account == "6222000000000000017"
    told = AuditEvent.objects.get(verb="specialist.created", after__name="孙立群").after["bank_account"]
    assert "6222000000000000017" not in told


def test_saving_without_members_leaves_them(season: Season) -> None:
    team = teams.save_team(drafted(season), by=season.clerk, on=MAY_12, version=1, summary="良种良法配套")

    assert (len(names_in(team)), team.version) == (3, 2)
    assert AuditEvent.objects.get(verb="team.changed").after == {"summary": "良种良法配套"}


def test_a_discarded_draft_leaves_people_whom_others_know(season: Season) -> None:
    registered(form_of("P9"), season.stranger)
    team = drafted(season)

    teams.discard_team(team, by=season.clerk, on=MAY_12)

    assert [one.name for one in Specialist.objects.all()] == ["吴建国"]


def test_a_discarded_registration_leaves_a_person_who_is_in_a_team(season: Season) -> None:
    alone = registered(form_of("P9"), season.clerk)
    team = drafted(season)

    services.discard_registration(alone, by=season.clerk, on=MAY_12)

    assert names_in(team) == ["孙立群", "吴建国", "郑旻"]


# --- handing in -------------------------------------------------------------------------------------------------------


def test_everything_in_the_way_of_a_submission_is_said_at_once(season: Season) -> None:
    rows = [entry("P8"), entry("P9")]
    team = drafted(season, members=rows, domains=[], consent=False)

    found = refusal(lambda: teams.submit_team(team, by=season.clerk, on=MAY_12))

    assert found == ["E-COMPLETE", "E-TEAM-FIELD", "E-TEAM-SIZE", "E-TEAM-LEADER"]


def test_a_team_with_a_person_whose_qualification_is_cancelled_is_refused(season: Season) -> None:
    team = drafted(season)
    Specialist.objects.filter(name="郑旻").update(status=SpecialistStatus.REVOKED, revoked_on=MAY_12)

    assert refusal(lambda: teams.submit_team(team, by=season.clerk, on=MAY_12)) == ["E-REVOKED"]


def test_a_team_of_a_year_not_called_for_is_refused(season: Season) -> None:
    team = drafted(season)
    Team.objects.update(year=2025)

    assert refusal(lambda: teams.submit_team(team, by=season.clerk, on=MAY_12)) == ["E-REG-YEAR"]


def test_a_team_handed_in_is_not_handed_in_again_nor_changed(season: Season) -> None:
    team = handed_in(season)

    assert refusal(lambda: teams.submit_team(team, by=season.clerk, on=MAY_12)) == ["E-STATE"]
    assert refusal(lambda: teams.discard_team(team, by=season.clerk, on=MAY_12)) == ["E-STATE"]
    save = lambda: teams.save_team(team, by=season.clerk, on=MAY_12, version=None, name="谷子团队")  # noqa: E731
    assert refusal(save) == ["E-STATE"]


def test_an_outside_member_and_a_second_team_do_not_bar_the_submission(season: Season) -> None:
    handed_in(season)
    rows = [entry("P8", is_leader=True), entry("P1"), entry("P2", unit="示范理工大学")]

    team = handed_in(season, members=rows, name="果树产业技术团队")

    found = {one.finding.code for one in teams.judge_team(team, on=MAY_12) if one.finding}
    assert found == {"W-TEAM-OUTSIDE", "W-TWO-TEAMS"}


def test_a_student_without_ability_in_a_team_is_named(season: Season) -> None:
    student: dict[str, Any] = {"personnel_type": "graduate", "graduates_on": date(2027, 6, 30)}
    rows = [*entries("P8", "P9"), entry("P6", **student), entry("P7", **student)]
    team = handed_in(season, members=rows)

    [found] = [one.finding for one in teams.judge_team(team, on=MAY_12) if one.finding]

    assert (found.code, "周珺" in found.message, "欧阳明远" in found.message) == ("W-GRAD", True, True)


# --- what a unit may know ---------------------------------------------------------------------------------------------


def test_another_units_team_is_told_to_the_bureau_and_not_to_the_unit(season: Season) -> None:
    handed_in(season, by=season.stranger, name="果树产业技术团队")
    team = handed_in(season)

    told_to_unit = [one.finding for one in teams.judge_team(team, on=MAY_12) if one.finding]
    [told_to_bureau] = [
        one.finding for one in teams.judge_team(team, on=MAY_12, deciding=True, told=True) if one.finding
    ]

    assert told_to_unit == []
    assert (told_to_bureau.code, "果树产业技术团队" in told_to_bureau.message) == ("W-TWO-TEAMS", True)


def test_a_person_whom_another_unit_registers_is_an_outsider_to_the_bureau(season: Season) -> None:
    submitted(form_of("P9"), season.stranger)
    team = handed_in(season)

    assert [one.finding for one in teams.judge_team(team, on=MAY_12) if one.finding] == []
    [found] = [one.finding for one in teams.judge_team(team, on=MAY_12, deciding=True, told=True) if one.finding]
    assert (found.code, "吴建国（示范理工大学）" in found.message) == ("W-TEAM-OUTSIDE", True)


def test_one_may_take_part_alone_and_in_a_team_of_ones_own_unit(season: Season) -> None:
    submitted(form_of("P9"), season.clerk)

    team = selected(season)

    assert Registration.objects.filter(specialist__name="吴建国").count() == 2
    assert team.status == "approved"


# --- selection --------------------------------------------------------------------------------------------------------


def test_a_selected_team_makes_each_member_a_specialist_of_the_year(season: Season) -> None:
    team = selected(season)

    assert (team.status, team.approved_on) == ("approved", MAY_20)
    registrations = Registration.objects.filter(form=Form.TEAM, year=2026, category=Category.AGRICULTURE)
    assert sorted(one.specialist.name for one in registrations.selected_in(2026)) == ["吴建国", "孙立群", "郑旻"]
    assert {one.registration_id for one in team.members.all()} == {one.pk for one in registrations}
    assert Message.objects.filter(subject__contains="已入选2026年度科技特派员").count() == 5  # two of the unit, three


def test_a_team_counts_apart_from_the_planned_numbers(season: Season) -> None:
    selected(season)

    counted = queries.selection(season.pack, year=2026, on=MAY_20)

    assert (counted.individuals, counted.teams, counted.team_members) == (0, 1, 3)


def test_who_is_selected_in_a_second_team_keeps_the_one_registration(season: Season) -> None:
    first = selected(season)
    second = passed_once(season, "P8", "P1", "P2", name="果树产业技术团队", reasons={"W-TWO-TEAMS": "两个团队方向互补"})
    teams.decide_team(second, by=season.head, on=MAY_20, passed=True)

    assert member_of(first, "P8").registration == member_of(second, "P8").registration


def test_one_officer_does_not_take_both_steps(season: Season) -> None:
    team = passed_once(season)

    assert refusal(lambda: teams.decide_team(team, by=season.officer, on=MAY_20, passed=True)) == ["E-STEP"]


def test_a_team_is_not_returned_without_an_opinion_nor_decided_in_the_future(season: Season) -> None:
    team = handed_in(season)

    assert refusal(lambda: teams.decide_team(team, by=season.officer, on=MAY_18, passed=False)) == ["E-FIELD"]
    late: dict[str, Any] = {"passed": True, "document_number": "石科签〔2026〕18号", "decided_on": MAY_20}
    assert refusal(lambda: teams.decide_team(team, by=season.officer, on=MAY_18, **late)) == ["E-FIELD"]


def test_the_pack_of_the_day_of_submission_judges_the_team(season: Season) -> None:
    team = handed_in(season)
    rules = {**season.pack.rules, "E-TEAM-SIZE": {**season.pack.rules["E-TEAM-SIZE"], "params": {"min": 4, "max": 5}}}
    PolicyPack.objects.create(year=2026, version=7, active_from=MAY_12, settings=season.pack.settings, rules=rules)

    teams.decide_team(team, by=season.officer, on=MAY_18, passed=True)

    assert refusal(lambda: handed_in(season, "P1", "P2", "P3", name="新规团队")) == ["E-TEAM-SIZE"]


# --- members afterwards -----------------------------------------------------------------------------------------------


def change(team: Team, by: Any, **more: Any) -> Team:
    known: dict[str, Any] = {"on": MAY_20, "day": MAY_20, "reason": "工作调动", "consent": True}
    return teams.change_members(team, by=by, **{**known, **more})


def test_who_comes_follows_who_goes_on_the_very_day(season: Season) -> None:
    team = selected(season)
    out = member_of(team, "P10")

    change(team, season.clerk, leaving=out, joining=entry("P11"))

    out.refresh_from_db()
    come = member_of(team, "P11")
    assert (out.left_on, out.left_reason, come.joined_on, come.replaces) == (MAY_20, "工作调动", MAY_20, out)
    assert come.registration
    assert come.registration.status == "approved"
    assert AuditEvent.objects.filter(verb__startswith="team.member").count() == 1
    told = Message.objects.filter(subject="团队“小麦产业技术团队”的成员有变更")
    assert {message.email for message in told} == {"chen@example.org", "p10@example.org", "p11@example.org"}


def test_the_leader_is_replaced_by_a_leader(season: Season) -> None:
    team = selected(season)
    out = member_of(team, "P8")

    assert refusal(lambda: change(team, season.clerk, leaving=out, joining=entry("P11"))) == ["E-TEAM-LEADER"]
    change(team, season.clerk, leaving=out, joining=entry("P11", is_leader=True))

    assert team.members.current().get(is_leader=True).specialist.name == "冯赟"


def test_a_team_of_four_lets_one_go_and_a_team_of_five_takes_no_sixth(season: Season) -> None:
    team = selected(season, "P8", "P9", "P10", "P11")
    change(team, season.clerk, leaving=member_of(team, "P11"))
    assert len(names_in(team)) == 3

    change(team, season.clerk, joining=entry("P1"))
    change(team, season.clerk, joining=entry("P2"))
    assert refusal(lambda: change(team, season.clerk, joining=entry("P3"))) == ["E-TEAM-SIZE"]
    verbs = AuditEvent.objects.filter(verb__startswith="team.member").values_list("verb", flat=True)
    assert [*verbs.order_by("pk")] == ["team.member_left", "team.member_joined", "team.member_joined"]


@pytest.mark.parametrize(
    ("change_of", "codes"),
    [
        pytest.param({"day": date(2026, 5, 21)}, ["E-FIELD"], id="a day to come"),
        pytest.param({"day": MAY_18}, ["E-FIELD"], id="before the selection"),
        pytest.param({"reason": " "}, ["E-FIELD"], id="without a reason"),
        pytest.param({"consent": False}, ["E-COMPLETE"], id="without consent"),
        pytest.param({"leaving": None, "joining": None}, ["E-FIELD"], id="nobody goes or comes"),
        pytest.param({"joining": entry("P9")}, ["E-TEAM-TWICE"], id="who is in it already"),
        pytest.param({"joining": entry("P11", id_number="139999198602020118")}, ["E-ID"], id="a wrong number"),
    ],
)
def test_a_change_that_cannot_be_is_refused(season: Season, change_of: dict[str, Any], codes: list[str]) -> None:
    team = selected(season)
    asked = {"leaving": member_of(team, "P10"), "joining": entry("P11"), **change_of}

    assert refusal(lambda: change(team, season.clerk, **asked)) == codes
    assert len(names_in(team)) == 3


def test_changes_follow_each_other_in_time(season: Season) -> None:
    team = selected(season)
    june_1 = date(2026, 6, 1)
    change(team, season.clerk, on=june_1, day=june_1, leaving=member_of(team, "P10"), joining=entry("P11"))

    before = {"on": june_1, "day": date(2026, 5, 31)}
    again = lambda: change(team, season.clerk, leaving=member_of(team, "P11"), joining=entry("P12"), **before)  # noqa: E731
    assert refusal(again) == ["E-FIELD"]


def test_who_left_cannot_be_sent_away_again(season: Season) -> None:
    team = selected(season, "P8", "P9", "P10", "P11")
    out = member_of(team, "P11")
    change(team, season.clerk, leaving=out)

    assert refusal(lambda: change(team, season.clerk, leaving=out)) == ["E-STATE"]


def test_a_revoked_person_does_not_come_in(season: Season) -> None:
    team = selected(season)
    Specialist.objects.filter(pk=person("P11").pk).update(status=SpecialistStatus.REVOKED, revoked_on=MAY_12)
    asked = {"leaving": member_of(team, "P10"), "joining": entry("P11")}

    assert refusal(lambda: change(team, season.clerk, **asked)) == ["E-TEAM-SIZE", "E-REVOKED"]


def test_a_person_of_another_units_team_comes_in_by_the_bureau_only(season: Season) -> None:
    selected(season, "P11", "P1", "P2", by=season.stranger, name="果树产业技术团队")
    team = selected(season)
    asked = {"leaving": member_of(team, "P10"), "joining": entry("P11")}

    with pytest.raises(Refused) as refused:
        change(team, season.clerk, **asked, reasons={"W-TWO-TEAMS": "我们同意"})
    [finding] = refused.value.findings
    assert (finding.code, "果树产业技术团队" in finding.message) == ("W-TWO-TEAMS", False)
    change(team, season.officer, **asked, reasons={"W-TWO-TEAMS": "两个团队方向互补"})

    assert "冯赟" in names_in(team)


def test_a_gap_of_two_is_mended_one_by_one(season: Season) -> None:
    team = selected(season)
    lost = Specialist.objects.filter(name__in=[PEOPLE["P9"][0], PEOPLE["P10"][0]])
    lost.update(status=SpecialistStatus.REVOKED, revoked_on=MAY_18)
    finding = teams.gap(team, on=MAY_20)
    assert finding
    assert (finding.facts["members"], finding.facts["replace_by"]) == (1, "2026-06-17")

    change(team, season.clerk, leaving=member_of(team, "P9"), joining=entry("P11"))
    change(team, season.clerk, leaving=member_of(team, "P10"), joining=entry("P12"))

    assert teams.gap(team, on=MAY_20) is None
    assert not Team.objects.all().short_handed().exists()


def test_a_gap_is_a_selected_teams_only(season: Season) -> None:
    team = drafted(season, "P8")

    assert teams.gap(team, on=MAY_20) is None


def test_the_lead_passes_to_a_present_member_only(season: Season) -> None:
    team = selected(season)
    leader = member_of(team, "P8")

    assert refusal(lambda: teams.pass_on_lead(team, to=leader, by=season.clerk, on=MAY_20)) == ["E-STATE"]
    teams.pass_on_lead(team, to=member_of(team, "P9"), by=season.clerk, on=MAY_20)

    assert [one.specialist.name for one in TeamMember.objects.filter(is_leader=True)] == ["吴建国"]
    Specialist.objects.filter(name="郑旻").update(status=SpecialistStatus.REVOKED, revoked_on=MAY_18)
    lost = member_of(team, "P10")
    assert refusal(lambda: teams.pass_on_lead(team, to=lost, by=season.clerk, on=MAY_20)) == ["E-REVOKED"]


def test_members_of_a_team_that_is_not_selected_do_not_change_by_this_way(season: Season) -> None:
    team = handed_in(season)

    assert refusal(lambda: change(team, season.clerk, joining=entry("P11"))) == ["E-STATE"]
    assert refusal(lambda: teams.pass_on_lead(team, to=member_of(team, "P9"), by=season.clerk, on=MAY_20)) == [
        "E-STATE"
    ]
