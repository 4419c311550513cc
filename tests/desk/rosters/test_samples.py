"""The workbooks institutions sent (samples/rosters): what is right in them passes, what is wrong is found."""

from typing import Any

import pytest

from agreements.models import Agreement
from desk.enums import Kind, Mode, RosterStatus
from specialists.enums import Form, PersonnelType, RegistrationStatus
from specialists.models import ProvincialListEntry, Registration, Team
from tests.cast import Season
from tests.desk.rosters import hands
from tests.desk.rosters.hands import SAMPLES, checked, confirm, found, imported, messages

pytestmark = pytest.mark.django_db

OWN = (SAMPLES / "roster-own-headings.xlsx").read_bytes()
PLAIN = (SAMPLES / "roster-plain.xlsx").read_bytes()
TEAMS = (SAMPLES / "roster-teams.xlsx").read_bytes()
PROVINCE = (SAMPLES / "provincial-list-2026.xlsx").read_bytes()

STUDENTS = (4, 7, 21, 22, 33, 46, 49, 60)  # besides row 12, whose number is ruined


def test_the_plain_roster_passes_without_a_block_or_a_warning(season: Season) -> None:
    batch = checked(PLAIN, season.clerk)

    assert (batch.status, batch.rows, found(batch)) == (RosterStatus.CHECKED, 38, {})


def test_the_plain_roster_becomes_registrations_hosts_and_agreement_drafts(season: Season) -> None:
    batch = imported(PLAIN, season.clerk)

    assert batch.status == RosterStatus.APPLIED
    registrations = Registration.objects.filter(institution=season.u1)
    assert registrations.count() == 38
    assert set(registrations.values_list("status", "year", "form")) == {
        (RegistrationStatus.DRAFT, 2026, Form.INDIVIDUAL)
    }
    student = registrations.get(specialist__name="仇晨华")
    assert (student.personnel_type, student.supervisor, str(student.graduates_on)) == (
        PersonnelType.GRADUATE,
        "袁雅",
        "2028-06-30",
    )
    paper = Agreement.objects.get(specialist__name="杨娜博")
    assert (str(paper.host), str(paper.service_start), str(paper.service_end), paper.visits_per_year) == (
        "石家庄元氏化工股份有限公司",
        "2026-05-12",
        "2027-12-31",
        17,
    )
    assert paper.goals == [
        {"name": "开展培训", "count": 3, "unit": "场"},
        {"name": "解决技术难题", "count": 2, "unit": "项"},
    ]
    assert paper.host
    assert (paper.host.is_above_scale, paper.host.is_tech_sme, paper.host.flags_year) == (True, True, 2026)
    assert Agreement.objects.count() == 38


def test_every_fault_of_the_roster_with_its_own_headings_is_found_and_no_sound_row_refused(season: Season) -> None:
    batch = checked(OWN, season.clerk)

    blocked = found(batch, least="block")
    assert blocked == {12: ["E-ID"], 17: ["E-ID"], 26: ["E-ID"], 34: ["E-ID"], 44: ["E-ROW-DUP"]}
    warned = {number: codes for number, codes in found(batch).items() if number not in blocked}
    assert warned == {number: ["W-GRAD", "E-COMPLETE", "E-COMPLETE"] for number in STUDENTS}
    assert "E-ID" in found(batch)[12]
    assert "W-GRAD" in found(batch)[12]
    assert batch.rows == 64
    told = _only_told(batch)
    assert batch.counts == {"clean": 64 - 5 - 8 - told, "info": told, "warn": 8, "there": 0, "block": 5}


def _only_told(batch: Any) -> int:
    told = found(batch, least="info")
    return sum(all(one["level"] == "info" for one in row.findings) for row in batch.lines.filter(number__in=told))


def test_what_excel_did_is_said_in_plain_words(season: Season) -> None:
    batch = checked(OWN, season.clerk)

    [ruined] = [one for one in batch.lines.get(number=12).findings if one["code"] == "E-ID"]
    assert "被Excel当作数字保存" in ruined["message"]
    assert "设为“文本”格式" in ruined["message"]
    assert (ruined["column"], ruined["letter"], ruined["value"]) == ("身份证号", "C", "1.39999E+17")


def test_a_person_with_two_hosts_gets_a_second_agreement_where_the_category_allows_it(season: Season) -> None:
    batch = checked(OWN, season.clerk)

    assert "I-SECOND" in found(batch, least="info")[55]
    batch = confirm(batch, season.clerk, Mode.CLEAN)
    assert batch.status == RosterStatus.APPLIED
    assert Registration.objects.filter(specialist__name="潘建海").count() == 1
    assert Agreement.objects.filter(specialist__name="潘建海").count() == 2
    assert Registration.objects.count() == 64 - 5 - 1


def test_hidden_sheets_and_rows_that_are_no_people_are_told(season: Season) -> None:
    batch = checked(OWN, season.clerk)

    said = [note["message"] for note in batch.notes]
    assert said == [
        "工作簿中有隐藏的工作表，未读取：旧数据。",
        "第68、69行是合计、签字、说明或重复的表头，没有作为人员读取。",
    ]


def test_two_teams_of_the_wrong_size_and_one_without_a_field_are_refused(season: Season) -> None:
    batch = checked(TEAMS, season.clerk, Kind.TEAMS)

    blocks = {
        number: [code for code in codes if code != "E-ROSTER"] for number, codes in found(batch, least="block").items()
    }
    assert {number: codes for number, codes in blocks.items() if codes} == {
        14: ["E-TEAM-SIZE"],
        16: ["E-TEAM-SIZE"],
        22: ["E-TEAM-FIELD"],
    }
    assert sorted(blocks) == [14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24]

    batch = confirm(batch, season.clerk, Mode.CLEAN)
    assert batch.status == RosterStatus.APPLIED
    assert {team.name: team.members.count() for team in Team.objects.all()} == {
        "藁城区小麦产业技术团队1": 3,
        "赞皇县大枣产业技术团队2": 5,
        "新乐市西瓜产业技术团队3": 4,
    }


def test_the_provincial_list_hands_its_two_bad_rows_back(season: Season) -> None:
    batch = checked(PROVINCE, season.officer, Kind.PROVINCIAL)

    assert found(batch) == {19: ["E-ID"], 90: ["E-ID"]}
    batch = confirm(batch, season.officer, Mode.CLEAN)
    assert ProvincialListEntry.objects.filter(year=2026).count() == 118
    assert ProvincialListEntry.objects.get(name="邓洋平").row == 34


def test_sc12_people_of_a_roster_who_are_on_the_provincial_list_are_found_with_the_row_of_the_list(
    season: Season,
) -> None:
    confirm(checked(PROVINCE, season.officer, Kind.PROVINCIAL), season.officer, Mode.CLEAN)

    batch = checked(OWN, season.clerk)

    clashes = {
        row.number: [one for one in row.findings if one["code"] == "E-PROV"]
        for row in batch.lines.order_by("number")
        if any(one["code"] == "E-PROV" for one in row.findings)
    }
    assert sorted(clashes) == [37, 38]
    [clash] = clashes[37]
    assert "邓洋平已列入2026年度省级科技特派员" in clash["message"]
    assert "2026年度省级名单第34号" in clash["advice"]
    assert clash["article"] == "四（四）"
    assert found(checked(PLAIN, season.clerk)) == {}
    assert messages(batch, 37)


def test_the_teams_of_the_roster_may_hold_people_of_the_provincial_list(season: Season) -> None:
    confirm(checked(PROVINCE, season.officer, Kind.PROVINCIAL), season.officer, Mode.CLEAN)
    headings = ["团队名称", "领域或行业", "姓名", "身份证号", "是否负责人", "手机号"]
    rows = [
        ["小麦团队", "粮油作物、农、林、牧、渔业", "邓洋平", "139999199811218708", "是", "13900001234"],
        ["小麦团队", "粮油作物", "潘杰艳", "139999199410191524", "否", "13900001235"],
        ["小麦团队", "粮油作物", "张昇", "139999198509230031", "否", "13900001236"],
    ]

    batch = checked(hands.roster(*rows, headings=headings), season.clerk, Kind.TEAMS)

    assert found(batch) == {}
    assert found(batch, least="info") == {}  # nor is a trade of the dictionary taken apart at its own signs
    confirm(batch, season.clerk)
    assert Team.objects.get().domains == ["粮油作物", "农、林、牧、渔业"]
