"""The rules about teams, one table each; no database."""

from datetime import date
from typing import Any

import pytest

from accounts.enums import InstitutionType
from core.models import PolicyPack
from core.packs import POLICIES, read
from core.policy import Finding, Level, RuleEntry
from specialists import rules
from specialists.queries import Strength, strength

PACK = PolicyPack(**read(POLICIES / "shijiazhuang-2026.toml"))
MAY_1, JUNE_1 = date(2026, 5, 1), date(2026, 6, 1)


def entry(code: str) -> RuleEntry:
    return PACK.entry(code)


def said(finding: Finding | None) -> tuple[str, str] | None:
    return (finding.code, finding.message) if finding else None


@pytest.mark.parametrize(
    ("institution_type", "refused"),
    [
        pytest.param(InstitutionType.UNIVERSITY, False, id="university"),
        pytest.param(InstitutionType.RESEARCH_INSTITUTE, False, id="research institute"),
        pytest.param(InstitutionType.TECH_SERVICE, True, id="service organisation"),
        pytest.param(InstitutionType.ENTERPRISE, True, id="enterprise"),
        pytest.param(InstitutionType.OTHER, True, id="another unit"),
    ],
)
def test_universities_and_institutes_put_teams_together(institution_type: InstitutionType, refused: bool) -> None:
    finding = rules.team_from_a_university_or_institute(entry("E-TEAM-ORG"), institution_type=institution_type)

    assert said(finding) == (("E-TEAM-ORG", "团队科技特派员须由高校或科研院所组织申请。") if refused else None)


@pytest.mark.parametrize(
    ("domains", "refused"),
    [
        pytest.param([], True, id="none"),
        pytest.param([" "], True, id="a blank"),
        pytest.param(["粮油作物"], False, id="one"),
        pytest.param(["粮油作物", "农业机械"], False, id="R46: several"),
    ],
)
def test_a_team_names_its_fields(domains: list[str], refused: bool) -> None:
    finding = rules.team_names_its_fields(entry("E-TEAM-FIELD"), domains=domains)

    assert (finding is not None) == refused


@pytest.mark.parametrize(
    ("members", "before", "refused"),
    [
        pytest.param(0, None, True, id="nobody"),
        pytest.param(2, None, True, id="two"),
        pytest.param(3, None, False, id="three"),
        pytest.param(5, None, False, id="five"),
        pytest.param(6, None, True, id="six"),
        pytest.param(2, 3, True, id="a change that leaves two"),
        pytest.param(2, 2, True, id="a change that leaves two as they are"),
        pytest.param(2, 1, False, id="a change on the way to three"),
        pytest.param(6, 5, True, id="a change that makes six"),
    ],
)
def test_a_team_counts_three_to_five(members: int, before: int | None, refused: bool) -> None:
    finding = rules.team_of_the_right_size(entry("E-TEAM-SIZE"), members=members, before=before)

    sentence = f"团队科技特派员人数应在3至5人之间，当前{members}人。"
    assert said(finding) == (("E-TEAM-SIZE", sentence) if refused else None)


def test_the_numbers_of_a_team_are_the_packs() -> None:
    pairs = RuleEntry("E-TEAM-SIZE", "一（二）", "", Level.BLOCK, {"min": 2, "max": 2})

    assert rules.team_of_the_right_size(pairs, members=2) is None
    assert said(rules.team_of_the_right_size(pairs, members=3)) == (
        "E-TEAM-SIZE",
        "团队科技特派员人数应在2至2人之间，当前3人。",
    )


@pytest.mark.parametrize(
    ("members", "on", "ends"),
    [
        pytest.param(3, JUNE_1, None, id="three are enough"),
        pytest.param(2, date(2026, 5, 31), "请在2026年5月31日前更换或增加成员。", id="the last day"),
        pytest.param(2, JUNE_1, "请在2026年5月31日前更换或增加成员，已逾期。", id="a day late"),
    ],
)
def test_a_gap_is_to_be_closed_within_thirty_days(members: int, on: date, ends: str | None) -> None:
    finding = rules.team_is_complete(
        entry("I-TEAM-GAP"), members=members, least=3, since=MAY_1 if members < 3 else None, on=on
    )

    assert (finding and (finding.level, finding.message)) == (
        ends and (Level.INFO, f"团队现有{members}名成员，少于3名。{ends}")
    )


@pytest.mark.parametrize(
    ("revoked", "expected"),
    [
        pytest.param([None, None, None], Strength(3, None), id="nobody lost"),
        pytest.param([None, None, MAY_1], Strength(2, MAY_1), id="one of three"),
        pytest.param([None, None, JUNE_1, MAY_1], Strength(2, JUNE_1), id="two of four: the second one opens the gap"),
        pytest.param([None, MAY_1, JUNE_1], Strength(1, MAY_1), id="two of three: the first one opened it"),
        pytest.param([None, None, None, MAY_1], Strength(3, None), id="one of four"),
        pytest.param([None, None], Strength(2, None), id="never more than two"),
    ],
)
def test_a_team_falls_short_on_the_day_it_loses_its_third_member(
    revoked: list[date | None], expected: Strength
) -> None:
    assert strength(revoked, least=3) == expected


@pytest.mark.parametrize(
    ("leaders", "sentence"),
    [
        pytest.param(0, "请指定一名团队负责人，由其代表团队签署三方协议。", id="nobody"),
        pytest.param(1, None, id="one"),
        pytest.param(2, "团队负责人只能有一名，现为2名，由其代表团队签署三方协议。", id="two"),
    ],
)
def test_one_member_leads(leaders: int, sentence: str | None) -> None:
    finding = rules.team_has_its_leader(entry("E-TEAM-LEADER"), leaders=leaders)

    assert said(finding) == (("E-TEAM-LEADER", sentence) if sentence else None)


@pytest.mark.parametrize(
    ("members", "names"),
    [
        pytest.param([("a", "甲"), ("b", "乙")], None, id="two people"),
        pytest.param([("a", "甲"), ("b", "乙"), ("a", "甲")], "甲", id="one of them twice"),
        pytest.param([("", "甲"), ("", "甲")], None, id="numbers not known yet"),
    ],
)
def test_nobody_stands_in_a_team_twice(members: list[tuple[str, str]], names: str | None) -> None:
    finding = rules.nobody_stands_twice(entry("E-TEAM-TWICE"), members=members)

    assert said(finding) == (("E-TEAM-TWICE", f"{names}在同一团队中重复列出，每名成员只列一次。") if names else None)


def test_a_team_is_registered_once_a_year_under_its_name() -> None:
    facts: dict[str, Any] = {"name": "小麦团队", "year": 2026}

    assert rules.team_registered_once(entry("E-TEAM-DUP"), exists=False, **facts) is None
    assert said(rules.team_registered_once(entry("E-TEAM-DUP"), exists=True, **facts)) == (
        "E-TEAM-DUP",
        "本单位2026年度已登记团队“小麦团队”，请在原登记上办理，或改用其他名称。",
    )


@pytest.mark.parametrize(
    ("outsiders", "begins"),
    [
        pytest.param([], None, id="all of them its own"),
        pytest.param([("甲", "示范理工大学")], "甲（示范理工大学）不是示范农林学院的人员。", id="named"),
        pytest.param([("甲", ""), ("乙", "某所")], "甲、乙（某所）不是示范农林学院的人员。", id="not to be named"),
    ],
)
def test_members_come_from_the_units_own_people(outsiders: list[tuple[str, str]], begins: str | None) -> None:
    finding = rules.members_are_the_units_own(entry("W-TEAM-OUTSIDE"), institution="示范农林学院", outsiders=outsiders)

    assert (finding is None) == (begins is None)
    assert finding is None or (finding.level, finding.message.startswith(begins or "")) == (Level.WARN, True)


@pytest.mark.parametrize(
    ("elsewhere", "begins"),
    [
        pytest.param([], None, id="no other team"),
        pytest.param([("甲", ["果树团队"])], "甲2026年度已是团队“果树团队”的成员。", id="a team of the same unit"),
        pytest.param([("甲", [""])], "甲2026年度已是其他团队的成员。", id="a team that is not to be named"),
    ],
)
def test_a_second_team_in_a_year_wants_a_reason(elsewhere: list[tuple[str, list[str]]], begins: str | None) -> None:
    finding = rules.members_of_few_teams(entry("W-TWO-TEAMS"), year=2026, elsewhere=elsewhere)

    assert (finding is None) == (begins is None)
    assert finding is None or (finding.level, finding.message.startswith(begins or "")) == (Level.WARN, True)


def test_how_many_teams_a_person_may_be_in_is_the_packs() -> None:
    two = RuleEntry("W-TWO-TEAMS", "一（二）", "", Level.WARN, {"teams": 2})

    assert rules.members_of_few_teams(two, year=2026, elsewhere=[("甲", ["果树团队"])]) is None
