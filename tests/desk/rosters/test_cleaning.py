from datetime import date
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from core.identifiers import Invalid
from core.workbooks import Cell
from core.xlsx import LONGEST
from desk.enums import Kind
from desk.rosters import cleaning
from desk.rosters.cleaning import Known, clean_row
from desk.rosters.columns import columns_of
from desk.rosters.lines import shown
from tests.titles import TITLES

KNOWN = Known(
    on=date(2026, 5, 12),
    ages=(18, 80),
    districts={"正定县": "130123", "正定": "130123", "赵县": "130133"},
    titles=TITLES,
)


def value(key: str, cell: Cell, kind: Kind = Kind.PEOPLE) -> Any:
    cleaned = clean_row({key: cell}, kind, KNOWN)
    return cleaned.values.get(key, cleaned.faults[0].message if cleaned.faults else None)


def text(words: str) -> Cell:
    return Cell("s", words)


@pytest.mark.parametrize(
    "cell",
    [
        text("2026年3月1日"),
        text("2026 年 3 月 1 日"),
        text("2026.3.1"),
        text("2026/03/01"),
        text("2026-3-1"),
        text("20260301"),
        Cell("n", "20260301"),
        text("２０２６年３月１日"),
        text("二〇二六年三月一日"),
        text("2026-03-01 00:00:00"),
        Cell("n", "46082"),
        text("46082"),
        Cell("d", "2026-03-01"),
    ],
    ids=lambda cell: f"{cell.kind} {cell.text}",
)
def test_a_day_is_understood_in_every_usual_form(cell: Cell) -> None:
    assert value("service_start", cell) == date(2026, 3, 1)


@pytest.mark.parametrize(
    ("words", "day"),
    [
        ("二〇二六年十一月二十二日", date(2026, 11, 22)),
        ("二○二六年十月十日", date(2026, 10, 10)),
        ("二零二六年十二月三十一日", date(2026, 12, 31)),
    ],
)
def test_a_day_in_chinese_numerals(words: str, day: date) -> None:
    assert value("service_start", text(words)) == day


def test_a_month_is_enough_for_a_graduation_only() -> None:
    assert value("graduates_on", text("2028年6月")) == date(2028, 6, 30)
    assert value("graduates_on", text("2028.12")) == date(2028, 12, 31)
    assert "日期不能识别" in value("service_start", text("2028年6月"))


def test_what_is_no_day_is_said() -> None:
    assert "没有2026年2月30日" in value("service_start", text("2026-02-30"))
    assert "没有这一天" in value("service_start", Cell("d", "2029-02-30"))
    assert "日期不能识别" in value("service_start", text("五月份"))
    assert "日期不能识别" in value("service_start", Cell("n", "17"))


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (text("139999199203030１２Ｘ"), "13999919920303012X"),
        (text(" 13999919920303012x "), "13999919920303012X"),
        (text("'139999198509230031"), "139999198509230031"),
        (text("139999 19850923 0031"), "139999198509230031"),
        (Cell("n", "1.399992002020544E+17"), cleaning.RUINED),
        (Cell("n", "139999200202054400"), cleaning.RUINED),
        (text("1.30105E+17"), "科学记数法"),
        (text("139999198509230032"), "校验位不符"),
        (text("139999850923003"), "15位的旧身份证号码"),
        (text("13999919850923003"), "应为18位，现为17位"),
        (Cell("e", "#N/A"), "错误值#N/A"),
        (Cell("e", "", made=True), "没有计算结果"),
    ],
)
def test_an_id_number_is_cleaned_or_said_what_excel_did_to_it(cell: Cell, said: str) -> None:
    assert said in value("id_number", cell)


@pytest.mark.parametrize(
    ("cell", "number"),
    [
        (Cell("n", "18329014890"), "18329014890"),
        (Cell("n", "1.8329014890E10"), "18329014890"),
        (text("189-6708-8986"), "18967088986"),
        (text("+86 15119770422"), "15119770422"),
        (text("１８９６７０８８９８６"), "18967088986"),
    ],
)
def test_a_mobile_number_however_it_was_typed(cell: Cell, number: str) -> None:
    assert value("mobile", cell) == number


@pytest.mark.parametrize(
    ("words", "name"),
    [("张　三", "张三"), ("冯  超", "冯超"), ("阿依努尔•买买提", "阿依努尔·买买提"), ("王\u200b五", "王五")],
)
def test_a_name_loses_the_blanks_of_its_print(words: str, name: str) -> None:
    assert value("name", text(words)) == name


def test_a_formula_for_a_name_is_no_name() -> None:
    assert "姓名中只能有文字" in value("name", text("=cmd|' /C'!A0"))


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("高级农艺师", "高级农艺师"),
        ("高　工", "高级工程师"),
        ("科长、高级农艺师", "高级农艺师"),
        ("农艺总监", "农艺总监"),  # nobody knows it: the check tells it, and it is registered as it is written
    ],
)
def test_a_title_is_read_by_the_dictionary(words: str, title: str) -> None:
    assert value("title", text(words)) == title


def test_a_number_in_the_column_of_titles_is_not_kept_as_one() -> None:
    assert value("title", text("139999198509230031")) == "职称中不能有一长串数字，请核对这一列是否填错。"


@pytest.mark.parametrize(
    ("key", "words", "code"),
    [
        ("category", "企业类", "enterprise"),
        ("category", "工业企业科技特派员", "enterprise"),
        ("category", "农业类", "agriculture"),
        ("category", "经纪人", "broker"),
        ("category", "技术经纪人特派员", "broker"),
        ("education", "博士研究生（在读）", "doctor_student"),
        ("education", "大学本科", "bachelor"),
        ("personnel_type", "研究生", "graduate"),
        ("host_type", "农民专业合作社", "cooperative"),
        ("host_type", "园区（基地）", "park"),
        ("host_scale", "规上", True),
        ("host_scale", "规模以下", False),
        ("host_sme", "√", True),
        ("host_sme", "否", False),
        ("sex", "男性", "male"),
        ("host_district", "石家庄市正定县新城铺镇", "130123"),
        ("host_district", "赵县", "130133"),
    ],
)
def test_codes_are_found_by_the_words_people_use(key: str, words: str, code: Any) -> None:
    assert value(key, text(words)) == code


def test_a_graduate_is_no_category() -> None:
    assert "在“人员类型”一列填写在校研究生" in value("category", text("在校研究生"))


def test_a_leader_is_told_by_yes_or_by_name() -> None:
    assert [value("is_leader", text(words), Kind.TEAMS) for words in ("是", "团长", "否", "成员")] == [
        True,
        True,
        False,
        False,
    ]


def test_goals_come_with_their_numbers() -> None:
    assert cleaning.goals("年度服务17次,开展培训3场，解决技术难题2项。认真负责") == (
        17,
        [{"name": "开展培训", "count": 3, "unit": "场"}, {"name": "解决技术难题", "count": 2, "unit": "项"}],
    )
    assert cleaning.goals("认真负责") == (None, [])


def test_all_faults_of_a_row_are_told_at_once() -> None:
    cleaned = clean_row(
        {"name": text("张1"), "id_number": text("1"), "mobile": text("2"), "title": text("讲师")}, Kind.PEOPLE, KNOWN
    )

    assert [(fault.key, fault.code) for fault in cleaned.faults] == [
        ("name", "E-FIELD"),
        ("id_number", "E-ID"),
        ("mobile", "E-MOBILE"),
    ]
    assert cleaned.values == {"title": "讲师"}


def test_a_text_without_end_is_refused() -> None:
    with pytest.raises(Invalid, match="不能超过2000个字"):
        cleaning.CLEANERS["goals"]("长" * 2001)


@pytest.mark.parametrize("kind", [Kind.PEOPLE, Kind.TEAMS, Kind.PAST])
def test_a_host_is_named_as_a_page_would_take_it(kind: Kind) -> None:
    assert "派驻单位名称不能有尖括号" in value("host_name", text("<b>甲</b>合作社"), kind)


def test_how_long_a_text_is_that_was_cut_while_reading_is_not_claimed() -> None:
    assert value("goals", text("长" * LONGEST)) == "年度目标任务过长，有6000个字以上，请缩短。"
    assert value("host_name", text("长" * LONGEST)) == "派驻单位名称过长，有6000个字以上，请缩短。"


NUMBERS = st.one_of(
    st.floats().map(repr), st.sampled_from(["NaN", "-Infinity", "1E+999999999", "1E-999999999", "-0", "0x10", "1_0"])
)
TEXTS = st.one_of(st.text(max_size=60), st.text("0123456789年月日.-/十〇号XxE+ ", max_size=24))
CELLS = st.one_of(
    st.builds(Cell, st.just("s"), TEXTS, st.booleans()),
    st.builds(Cell, st.just("n"), NUMBERS, st.booleans()),
    st.builds(Cell, st.just("d"), st.one_of(TEXTS, st.sampled_from(["2026-02-30", "0000-00-00", "9999-12-31"]))),
    st.builds(Cell, st.just("b"), st.sampled_from(["1", "0", "x"])),
    st.builds(Cell, st.just("e"), TEXTS),
)
KEYS = [(kind, key) for kind in Kind for key in columns_of(kind)]


@settings(max_examples=600)
@given(asked=st.sampled_from(KEYS), cell=CELLS)
@example(asked=(Kind.PEOPLE, "id_number"), cell=Cell("n", "NaN"))
@example(asked=(Kind.PEOPLE, "mobile"), cell=Cell("n", "1E+999999999"))
@example(asked=(Kind.PEOPLE, "signed_on"), cell=Cell("d", "2026-02-30"))
def test_whatever_a_cell_holds_becomes_a_value_or_a_sentence(asked: tuple[Kind, str], cell: Cell) -> None:
    kind, key = asked

    cleaned = clean_row({key: cell}, kind, KNOWN)

    assert len(cleaned.values) + len(cleaned.faults) <= 1
    assert all(fault.message for fault in cleaned.faults)
    assert len(shown(key, cell)) <= 200
