"""What is found in a roster, by the rules of the work plan and by what spreadsheets do."""

from datetime import date
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agreements.models import YearlyHost
from core.workbooks import Cell
from desk.enums import Kind
from desk.rosters import cleaning
from desk.rosters.cleaning import Known, clean_row
from desk.rosters.services import checks
from specialists.enums import Category, RegistrationStatus
from tests import cast
from tests.cast import Season
from tests.core import workbooks as made
from tests.desk.rosters import hands
from tests.desk.rosters.hands import FIRM, FRUIT, GRAIN, HEADINGS, HOST, checked, found, messages, person, roster

pytestmark = pytest.mark.django_db

ZHANG, WANG = ("张昇", "139999198509230031"), ("王晓晨", "139999197904110043")


def one(season: Season, *row: str, least: str = "warn", **more: str) -> list[str]:
    """What is found of a roster of one row; `more` are further columns."""
    batch = checked(roster([*row, *more.values()], headings=[*HEADINGS, *HOST, *more]), season.clerk)
    return found(batch, least=least).get(2, [])


# --- the rules of the work plan ---------------------------------------------------------------------------------------


def test_sc02_an_enterprise_specialist_with_a_second_host_in_the_file(season: Season) -> None:
    batch = checked(roster(person(*ZHANG, "工业企业", *FIRM), person(*ZHANG, "工业企业", *GRAIN)), season.clerk)

    assert found(batch) == {3: ["E-ONE-HOST"]}
    assert "2026年度已与“示范装备制造有限公司”签约（协议本表第2行）" in messages(batch, 3)[0]


def test_sc02_an_enterprise_specialist_who_serves_another_host_already(season: Season) -> None:
    registration = season.selected("P3", Category.ENTERPRISE)
    filed = season.filed(registration, season.h1)
    for year in (2026, 2027):
        row = YearlyHost.objects.create(specialist=registration.specialist, year=year, host=season.h1)
        row.agreements.add(filed)

    assert one(season, *person(*ZHANG, "工业企业", *GRAIN)) == ["E-ONE-HOST"]


def test_sc02_a_draft_in_hand_counts_as_the_one_host_of_the_unit(season: Season) -> None:
    season.agreement(season.selected("P3", Category.ENTERPRISE), season.h3)

    assert one(season, *person(*ZHANG, "工业企业", *GRAIN)) == ["E-ONE-HOST"]


def test_sc05_an_agricultural_specialist_may_have_many_hosts(season: Season) -> None:
    assert found(checked(roster(person(*ZHANG, "农业", *GRAIN), person(*ZHANG, "农业", *FRUIT)), season.clerk)) == {}


def test_sc07_the_sixth_person_of_a_cooperative_needs_the_bureaus_word(season: Season) -> None:
    for key in ("P1", "P2", "P5"):
        season.filed(season.selected(key), season.h4)
    people = [cast.PEOPLE[key] for key in ("P8", "P9", "P10", "P11")]

    batch = checked(roster(*(person(name, number, "农业", *GRAIN) for name, number in people)), season.clerk)

    assert found(batch) == {4: ["E-CAP5"], 5: ["E-CAP5"]}
    assert "服务期内现有5人，本次后为6人" in messages(batch, 4)[0]


def test_sc11_a_broker_of_an_enterprise(season: Season) -> None:
    from accounts.enums import InstitutionType, Role

    unit = cast.institution("示范集团", InstitutionType.ENTERPRISE, "91139999MA0X0012XH")
    clerk = cast.member("钱经办", Role.INSTITUTION_CLERK, unit, "qianjingban")

    batch = checked(roster(person(*ZHANG, "技术经纪人", *GRAIN)), clerk)

    assert found(batch) == {2: ["E-BROKER-ORG"]}


def test_sc12_the_provincial_list_leaves_brokers_alone(season: Season) -> None:
    season.on_provincial_list("P3")

    assert one(season, *person(*ZHANG, "农业", *GRAIN)) == ["E-PROV"]
    assert one(season, *person(*ZHANG, "技术经纪人", *GRAIN)) == []


def test_sc14_a_unit_is_not_its_own_host(season: Season) -> None:
    own = ["示范农林学院", "12139999401700016G", "长安区", "院校", "2026-06-01"]

    assert "E-UNIT" in one(season, *person(*ZHANG, "农业", *own))


def test_sc26_a_graduate_without_evidence_is_warned_of_and_may_come(season: Season) -> None:
    student = person(*ZHANG, "工业企业", *FIRM)
    student[4] = "在读博士"

    assert one(season, *student) == ["W-GRAD", "E-COMPLETE", "E-COMPLETE"]
    complete = {"导师": "袁雅", "预计毕业日期": "2028-06-30", "科研成果": "论文2篇"}
    assert one(season, *student, **complete) == []
    assert one(season, *student, **{**complete, "预计毕业日期": "2027-06-30"}) == ["W-GRADUATION"]


def test_a_person_whose_qualification_is_cancelled(season: Season) -> None:
    who = cast.person("P3")
    who.status, who.revoked_on = "revoked", date(2026, 1, 10)
    who.save()

    assert one(season, *person(*ZHANG, "农业", *GRAIN)) == ["E-REVOKED"]


@pytest.mark.parametrize(
    ("more", "codes"),
    [
        ({"服务截止日期": "2027-12-31"}, []),
        ({"服务截止日期": "2026-12-31"}, ["W-TERM", "W-END"]),
        ({"服务截止日期": "2026-05-31"}, ["E-COMPLETE"]),
        ({"签署日期": "2025-12-20"}, ["W-TERM"]),
        ({"签署日期": "2026-04-20"}, []),
    ],
)
def test_the_term_and_its_end_are_those_of_the_plan(season: Season, more: dict[str, str], codes: list[str]) -> None:
    assert one(season, *person(*ZHANG, "农业", *GRAIN), **more) == codes


def test_a_roster_of_next_year_overlaps_what_runs_at_the_same_host(season: Season) -> None:
    old = season.selected("P3", year=2025) if False else season.selected("P3")
    old.year = 2025
    old.save()
    season.filed(old, season.h4, service_start=date(2025, 5, 1), service_end=date(2026, 12, 31))

    assert one(season, *person(*ZHANG, "农业", *GRAIN)) == ["E-OVERLAP"]


def test_sc24_a_roster_beyond_the_plan_of_the_year_is_told_so_once(
    season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = roster(person(*ZHANG, "农业", *GRAIN), person(*WANG, "农业", *GRAIN))
    for filed, said in (
        (39, []),
        (40, ["农业科技特派员2026年度计划40名，已备案40名，超出计划请填写说明。（工作方案四（一））"]),
    ):
        monkeypatch.setattr(checks, "persons_filed", lambda year, category, filed=filed: filed)
        batch = checked(data, season.clerk)
        assert [note["message"] for note in batch.notes] == said


# --- people of the register -------------------------------------------------------------------------------------------


def test_another_unit_has_registered_the_person_and_is_not_named(season: Season) -> None:
    season.selected("P3", institution=season.u2)

    batch = checked(roster(person(*ZHANG, "农业", *GRAIN)), season.clerk)

    assert found(batch) == {2: ["E-REG-DUP"]}
    assert "示范理工大学" not in str(batch.lines.get().findings)


def test_a_draft_of_another_unit_is_not_told(season: Season) -> None:
    season.selected("P3", institution=season.u2, status=RegistrationStatus.DRAFT, approved_on=None)

    assert one(season, *person(*ZHANG, "农业", *GRAIN)) == []


def test_a_number_that_belongs_to_another_name(season: Season) -> None:
    season.selected("P3")

    batch = checked(roster(person("张升", ZHANG[1], "农业", *GRAIN)), season.clerk)

    assert "E-ID" in found(batch)[2]
    assert "张昇" not in str(batch.lines.get().findings)


def test_sex_and_number_that_do_not_agree_are_warned_of(season: Season) -> None:
    assert one(season, *person(*ZHANG, "农业", *GRAIN), 性别="女") == ["W-SEX"]
    assert one(season, *person(*ZHANG, "农业", *GRAIN), 性别="男") == []


# --- hosts ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("host", "codes"),
    [
        (["", "93139999MA0X001541", "赞皇县", "合作社", ""], ["E-COMPLETE"]),
        (["某合作社", "93139999MA0X001541", "", "合作社", ""], ["E-COMPLETE"]),
        (["某合作社", "93139999MA0X001541", "赞皇县", "", ""], []),
        (["某中心", "52139999MA0X001542", "赞皇县", "", ""], ["E-USCC"]),
        (["某合作社", "93139999MA0X001542", "赞皇县", "合作社", ""], ["E-USCC"]),
        (["某合作社", "", "赞皇县", "合作社", ""], ["E-UNIT"]),
        (["南王庄村", "", "正定县", "村", ""], []),
        (["某合作社", "93139999MA0X001541", "邢台市", "合作社", ""], ["E-FIELD"]),
        (["滹沱示范谷物种植专业合作社", "", "", "", ""], []),
        (["", "", "", "", ""], []),
    ],
)
def test_a_host_is_known_or_told_completely(season: Season, host: list[str], codes: list[str]) -> None:
    assert one(season, *person(*ZHANG, "农业", *host)) == codes


def test_a_village_without_a_code_becomes_a_host(season: Season) -> None:
    village = ["南王庄村", "", "正定县", "村", "2026-06-01"]

    batch = hands.imported(roster(person(*ZHANG, "农业", *village), person(*WANG, "农业", *village)), season.clerk)

    assert batch.status == "applied"
    from agreements.models import Agreement

    assert {(str(paper.host), paper.host.organization.uscc) for paper in Agreement.objects.all() if paper.host} == {
        ("南王庄村", None)
    }
    assert Agreement.objects.values("host").distinct().count() == 1


def test_one_code_with_two_names_is_warned_of(season: Season) -> None:
    other = ["赞皇示范果品社", *FRUIT[1:]]

    assert found(checked(roster(person(*ZHANG, "农业", *FRUIT), person(*WANG, "农业", *other)), season.clerk)) == {
        3: ["W-HOST-NAME"]
    }


def test_only_firms_are_above_scale(season: Season) -> None:
    assert one(season, *person(*ZHANG, "农业", *FRUIT), 规模="规模以上") == ["E-FLAGS"]


# --- personal values --------------------------------------------------------------------------------------------------


def test_no_finding_repeats_a_number_of_a_person(season: Season) -> None:
    rows = [
        person("张昇", "139999198509230032"),
        person("张1", "139999198509230031"),
        ["王晓晨", "139999197904110043", "139000", "副教授", "博士研究生", "139999197904110043", "粮油作物"],
    ]

    batch = checked(roster(*rows, headings=HEADINGS), season.clerk)

    said = str([*batch.lines.values_list("findings", flat=True)])
    for number in ("139999198509230032", "139999198509230031", "139999197904110043", "13900001234"):
        assert number not in said


def test_a_formula_is_read_by_what_it_shows_and_never_given_back(season: Season) -> None:
    def formula(book: Any, sheet: Any) -> None:
        sheet["A2"].value = '=HYPERLINK("http://example.org","张昇")'

    batch = checked(made.made([*HEADINGS], person(*ZHANG), change=formula), season.clerk)

    assert found(batch)[2] == ["E-FIELD", "E-COMPLETE"] or found(batch)[2] == ["E-FIELD"]
    assert "这个单元格是公式，没有计算结果" in messages(batch, 2)[0]


def test_a_name_that_is_a_formula_for_other_programs_is_refused(season: Season) -> None:
    assert one(season, *person("=cmd|' /C'!A0", ZHANG[1])) == ["E-FIELD"]


# --- a clean roster broken in one known way ---------------------------------------------------------------------------

CLEAN = {
    "name": "张昇",
    "id_number": "139999198509230031",
    "mobile": "13900001234",
    "title": "副教授",
    "education": "博士研究生",
    "category": "农业",
    "field": "粮油作物",
    "host_name": "赞皇县示范果品合作社",
    "host_code": "93139999MA0X001541",
    "host_district": "赞皇县",
    "host_type": "合作社",
    "service_start": "2026年6月1日",
}
DIGITS = "0123456789"
KNOWN = Known(on=date(2026, 5, 12), ages=(18, 80), districts={"赞皇县": "130129"})


def swapped(text: str, at: int) -> str:
    return text[:at] + DIGITS[(int(text[at]) + 1) % 10] + text[at + 1 :]


BREAKS: dict[str, tuple[str, Any]] = {
    "a digit of the number": ("id_number", lambda text, n: Cell("s", swapped(text, n % 17))),
    "the number cut": ("id_number", lambda text, n: Cell("s", text[: n % 17 + 1])),
    "the number as a number": ("id_number", lambda text, n: Cell("n", f"{float(text):.{n % 3 + 14}E}")),
    "a digit of the mobile gone": ("mobile", lambda text, n: Cell("s", text[: n % 10] + text[n % 10 + 1 :])),
    "a digit of the code": ("host_code", lambda text, n: Cell("s", text[:-1] + ("0" if text[-1] != "0" else "1"))),
    "an unknown county": ("host_district", lambda text, n: Cell("s", "邢台市")),
    "a number for a title": ("title", lambda text, n: Cell("s", swapped(DIGITS, n % 10))),
    "an unknown category": ("category", lambda text, n: Cell("s", "其他类")),
    "a day that is none": ("service_start", lambda text, n: Cell("s", f"2026年2月{30 + n % 60}日")),
    "an error of the sheet": ("education", lambda text, n: Cell("e", "#REF!")),
    "a figure in the name": ("name", lambda text, n: Cell("s", f"张{n % 10}")),
}
DRESSES: list[Any] = [
    lambda text: text,
    lambda text: f" {text}　",
    lambda text: "".join(chr(ord(sign) + 0xFEE0) if sign in DIGITS else sign for sign in text),
    lambda text: f"'{text}",
]


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    name=st.sampled_from(sorted(BREAKS)),
    n=st.integers(0, 10_000),
    dress=st.dictionaries(st.sampled_from(sorted(CLEAN)), st.sampled_from(DRESSES)),
)
def test_a_clean_row_broken_in_one_way_shows_exactly_that_fault(name: str, n: int, dress: dict[str, Any]) -> None:
    key, breaks = BREAKS[name]
    cells = {each: Cell("s", dress.get(each, DRESSES[0])(text)) for each, text in CLEAN.items()}
    assert clean_row(cells, Kind.PEOPLE, KNOWN).faults == [], "however it is dressed, it is sound"

    cells[key] = breaks(CLEAN[key], n)
    cleaned = clean_row(cells, Kind.PEOPLE, KNOWN)

    assert [fault.key for fault in cleaned.faults] == [key]
    assert set(cleaned.values) == set(CLEAN) - {key}
    assert cleaning.CODES.get(key, "E-FIELD") == cleaned.faults[0].code
