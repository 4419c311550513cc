import io
from collections.abc import Callable
from datetime import datetime
from typing import Any

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904

from core import workbooks
from core.policy import Refused
from core.workbooks import Cell
from tests.core import hostile
from tests.core import workbooks as made
from tests.core.workbooks import changed, sheet_of

# --- what is understood -----------------------------------------------------------------------------------------------


def cells(data: bytes) -> list[list[Cell | None]]:
    return [list(line.cells) for line in workbooks.peek(data)[0].lines]


def test_each_kind_of_value_comes_as_it_stands_in_the_file() -> None:
    data = made.made(["张昇", 18329014890, 1.5, True, datetime(2026, 5, 12), None, "x"])

    assert cells(data) == [
        [
            Cell("s", "张昇"),
            Cell("n", "18329014890"),
            Cell("n", "1.5"),
            Cell("b", "1"),
            Cell("d", "2026-05-12"),
            None,
            Cell("s", "x"),
        ]
    ]


def test_a_number_keeps_what_excel_left_of_it() -> None:
    assert cells(sheet_of('<sheetData><row r="3"><c r="B3"><v>1.3010519900101001E17</v></c></row></sheetData>')) == [
        [None, Cell("n", "1.3010519900101001E17")]
    ]


def test_the_mac_counts_its_days_from_1904() -> None:
    def mac(book: Any, sheet: Any) -> None:
        book.epoch = CALENDAR_MAC_1904

    assert cells(made.made([datetime(2026, 5, 12)], change=mac)) == [[Cell("d", "2026-05-12")]]


def test_a_formula_is_told_from_a_value() -> None:
    data = sheet_of(
        '<sheetData><row r="1"><c r="A1" t="str"><f>B1&amp;"x"</f><v>张昇</v></c><c r="B1"><f>NOW()</f></c></row></sheetData>'
    )

    assert cells(data) == [[Cell("s", "张昇", made=True), Cell("e", "", made=True)]]


def test_the_reading_of_a_word_is_no_part_of_it() -> None:
    shared = f"<sst {made.NAMESPACE}><si><r><t>张</t></r><r><t>昇</t></r><rPh><t>zhang</t></rPh></si></sst>"
    data = changed(
        sheet_of('<sheetData><row><c t="s"><v>0</v></c></row></sheetData>'), {"xl/sharedStrings.xml": shared.encode()}
    )

    assert cells(data) == [[Cell("s", "张昇")]]


def test_prefixes_of_another_program_change_nothing() -> None:
    space = 'xmlns:x="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    sheet = f'<x:worksheet {space}><x:sheetData><x:row r="2"><x:c t="str"><x:v>甲</x:v></x:c></x:row></x:sheetData></x:worksheet>'

    [line] = workbooks.peek(changed(made.made(["姓名"]), {made.SHEET: sheet.encode()}))[0].lines

    assert (line.number, list(line.cells)) == (2, [Cell("s", "甲")])


def test_hidden_sheets_are_named_and_not_read() -> None:
    def hide(book: Any, sheet: Any) -> None:
        old = book.create_sheet("旧数据")
        old.append(["不要导入"])
        old.sheet_state = "hidden"

    sheets = workbooks.peek(made.made(["姓名"], change=hide))

    assert [(sheet.title, sheet.hidden, len(sheet.lines)) for sheet in sheets] == [
        ("名单", False, 1),
        ("旧数据", True, 0),
    ]


@pytest.mark.django_db
def test_a_sheet_tells_its_hidden_rows_and_columns_and_merged_cells(season: Any) -> None:
    def arrange(book: Any, sheet: Any) -> None:
        sheet.row_dimensions[2].hidden = True
        sheet.column_dimensions["C"].hidden = True
        sheet.merge_cells("A1:B1")

    data = made.made(["标题", None, "丙"], ["甲", "乙", "丙"], change=arrange)
    stored, _ = workbooks.receive(made.upload(data), by=season.clerk, purpose="test")
    table = workbooks.table(stored, place=0)

    assert (table.hidden_columns, table.merged, table.count) == (frozenset({2}), ["A1:B1"], 2)
    assert [(line.number, line.hidden) for line in table.lines] == [(1, False), (2, True)]
    assert workbooks.bytes_of(stored) == data


def test_a_cell_of_a_megabyte_is_cut() -> None:
    [[cell]] = cells(made.made(["甲" * 30_000]))
    assert cell is not None
    assert len(cell.text) == 6_000


# --- what is refused --------------------------------------------------------------------------------------------------

HOSTILE: list[tuple[Callable[[], bytes], str, str]] = [
    (made.bomb, "E-FILE-HEAVY", "工作簿展开后过于庞大"),
    (made.many_strings, "E-FILE-HEAVY", "工作簿展开后过于庞大"),
    (made.billion_laughs, "E-FILE-ACTIVE", "不允许的声明"),
    (made.outside_entity, "E-FILE-ACTIVE", "不允许的声明"),
    (made.password, "E-FILE-LOCKED", "打开密码"),
    (made.old_excel, "E-FILE-TYPE", "旧版Excel工作簿（.xls）"),
    (made.open_document, "E-FILE-TYPE", "OpenDocument表格（.ods）"),
    (lambda: "姓名,身份证号\n张昇,1".encode("gbk"), "E-FILE-TYPE", "文本文件（如.csv）"),
    (lambda: hostile.pdf(), "E-FILE-TYPE", "这是PDF"),
    (lambda: hostile.scan(), "E-FILE-TYPE", "这是JPG"),
    (hostile.word_document, "E-FILE-TYPE", "这不是Excel工作簿"),
    (lambda: hostile.archive({"run.bat": b"@echo off"}), "E-FILE-TYPE", "这不是Excel工作簿"),
    (lambda: b"", "E-FILE-EMPTY", "文件是空的"),
    (lambda: b"\0" * 100 + b"\xfe\xed", "E-FILE-TYPE", "无法识别这个文件"),
    (lambda: made.made(["姓名"])[:2000], "E-FILE-BROKEN", "已损坏"),
    (lambda: b"PK\x03\x04" + b"\0" * 200, "E-FILE-BROKEN", "已损坏"),
    (lambda: changed(made.made(["姓名"]), {made.SHEET: b"<worksheet><sheetData>"}), "E-FILE-BROKEN", "已损坏"),
    (
        lambda: sheet_of('<sheetData><row r="2"><c><v>1</v></c></row><row r="2"><c><v>1</v></c></row></sheetData>'),
        "E-FILE-BROKEN",
        "已损坏",
    ),
    (lambda: changed(made.made(["姓名"]), {"xl/vbaProject.bin": b"x"}), "E-FILE-ACTIVE", "宏、控件或嵌入的对象"),
    (lambda: changed(made.made(["姓名"]), {"xl/embeddings/a.bin": b"x"}), "E-FILE-ACTIVE", "宏、控件或嵌入的对象"),
    (
        lambda: changed(made.made(["姓名"]), {"xl/externalLinks/externalLink1.xml": b"<x/>"}),
        "E-FILE-ACTIVE",
        "引用了其他文件",
    ),
    (lambda: changed(made.made(["姓名"]), {"xl/connections.xml": b"<x/>"}), "E-FILE-ACTIVE", "引用了其他文件"),
    (lambda: changed(made.made(["姓名"]), {"xl/workbook.bin": b"x"}), "E-FILE-TYPE", "二进制工作簿（.xlsb）"),
    (lambda: made.made(["列"] * 300), "E-FILE-HEAVY", "超过200列"),
    (lambda: changed(made.made(["姓名"]), {"xl/workbook.xml": b"<workbook/>"}), "E-FILE-TYPE", "没有可以读取的工作表"),
]


@pytest.mark.django_db
@pytest.mark.parametrize(("make", "code", "words"), HOSTILE, ids=[words for _, _, words in HOSTILE])
def test_what_is_no_plain_workbook_is_refused_in_words(
    make: Callable[[], bytes], code: str, words: str, season: Any
) -> None:
    with pytest.raises(Refused) as refusal:
        workbooks.receive(made.upload(make()), by=season.clerk, purpose="test")

    [finding] = refusal.value.findings
    assert finding.code == code
    assert words in finding.message


@pytest.mark.django_db
def test_a_workbook_of_100_mb_is_refused_before_it_is_opened(season: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "peek", lambda _: pytest.fail("opened"))
    with pytest.raises(Refused) as refusal:
        workbooks.receive(made.upload(b"PK\x03\x04" + b"\0" * (100 << 20)), by=season.clerk, purpose="test")

    assert [finding.code for finding in refusal.value.findings] == ["E-FILE-SIZE"]


@pytest.mark.django_db
def test_more_rows_than_any_roster_has_are_refused(season: Any) -> None:
    many = sheet_of(f"<sheetData>{'<row><c><v>1</v></c></row>' * 100_101}</sheetData>")
    stored, _ = workbooks.receive(made.upload(many), by=season.clerk, purpose="test")

    with pytest.raises(Refused) as refusal:
        workbooks.table(stored, place=0)

    assert "超过100000行" in refusal.value.findings[0].message


@settings(max_examples=25)
@given(at=st.integers(0, 5_000), bits=st.integers(1, 255))
def test_a_workbook_with_a_broken_byte_is_read_or_refused(at: int, bits: int) -> None:
    data = bytearray(made.made(["姓名", "身份证号"], ["张昇", "139999198509230031"]))
    data[at % len(data)] ^= bits

    said = ["。"]
    try:
        workbooks.peek(bytes(data))
    except Refused as refusal:
        said = [finding.message for finding in refusal.findings]

    assert all(words.endswith("。") for words in said)


# --- given back with marks --------------------------------------------------------------------------------------------


@pytest.mark.django_db
def test_the_senders_workbook_comes_back_with_marks_and_nothing_that_acts(season: Any) -> None:
    def arrange(book: Any, sheet: Any) -> None:
        sheet["A2"].value = "=1+1"
        sheet["B2"].hyperlink = "http://example.org/"
        sheet["C2"].value = "=cmd|' /C calc'!A0"
        sheet["C2"].data_type = "s"
        sheet.column_dimensions["A"].width = 33
        sheet.merge_cells("A1:C1")

    data = made.made(["标题", None, None], [None, "丙", "丁"], change=arrange)
    stored, _ = workbooks.receive(made.upload(data), by=season.clerk, purpose="test")

    given = workbooks.marked(
        stored, place=0, heading=1, cells=[(2, 2, "block")], notes={2: "B列：=不对"}, title="问题说明"
    )

    sheet: Any = openpyxl.load_workbook(io.BytesIO(given)).active
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["标题", None, None, "问题说明"],
        [None, "丙", "'=cmd|' /C calc'!A0", "B列：=不对"],
    ]
    assert sheet["B2"].fill.fgColor.rgb == "FFF4B6B0"
    assert sheet["B2"].hyperlink is None
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n"}
    assert sheet.column_dimensions["A"].width == 33


@pytest.mark.django_db
def test_a_copy_marked_before_takes_its_notes_in_the_same_column(season: Any) -> None:
    data = made.made(["姓名", "问题说明"], ["甲", "旧的说明"], ["乙", "旧的说明"])
    stored, _ = workbooks.receive(made.upload(data), by=season.clerk, purpose="test")

    given = workbooks.marked(stored, place=0, heading=1, cells=[], notes={3: "新的"}, title="问题说明", column=2)

    sheet: Any = openpyxl.load_workbook(io.BytesIO(given)).active
    assert [[cell.value for cell in row] for row in sheet.iter_rows()] == [
        ["姓名", "问题说明"],
        ["甲", None],
        ["乙", "新的"],
    ]
