"""Official workbooks: 台账 and 统计报表 as offices print, sign and file them.

Row 1 the title, row 2 who reports and when, row 3 the head; then rows that nothing merges, so that filters work; the
total as a formula and in capitals; who signs. A second sheet says by whom, when and under which conditions it was
drawn. The titles of the columns are those that an import expects.
"""

import io
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum
from itertools import pairwise
from typing import Any

from django.utils.timezone import is_aware, localtime
from openpyxl import Workbook
from openpyxl.cell import Cell
from openpyxl.styles import Alignment, Border, Font, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from core.dates import day_in_words
from core.money import capitals

FIRST = 4  # the first row below the head
SIGNERS = ("单位负责人", "财务负责人", "审核人", "制表人", "联系电话")

# A spreadsheet takes what begins so for a formula, some of them in full width too, and after a tab or a line end.
FORMULA_SIGNS = tuple("=+-@＝＋－＠")
UNWRITABLE = frozenset(("Cc", "Cf", "Cs", "Cn"))

TITLE = Font(name="方正小标宋简体", size=18)
HEAD = Font(name="黑体", size=11)
BODY = Font(name="宋体", size=11)
LINE = Side(style="thin")
BORDER = Border(left=LINE, right=LINE, top=LINE, bottom=LINE)


class Kind(StrEnum):
    TEXT = "text"  # also identity numbers, telephones and accounts: as numbers they would lose their last digits
    NUMBER = "number"
    MONEY = "money"  # in 分
    DATE = "date"
    TIME = "time"  # a day with its hour, as clocks here show it


FORMATS = {
    Kind.TEXT: "@",
    Kind.NUMBER: "0",
    Kind.MONEY: "#,##0.00",
    Kind.DATE: 'yyyy"年"m"月"d"日"',
    Kind.TIME: 'yyyy"年"m"月"d"日" hh:mm',
}


@dataclass(frozen=True)
class Column:
    title: str
    kind: Kind = Kind.TEXT
    width: float = 14
    total: bool = False
    left: bool = False  # long words stand at the left, everything else in the middle, amounts at the right


@dataclass(frozen=True)
class Report:
    """One sheet. Each row has a value for each column; None leaves the cell empty, which is not zero."""

    title: str
    unit: str
    on: date
    columns: Sequence[Column]
    rows: Sequence[Sequence[Any]]
    signers: Sequence[str] = SIGNERS

    @property
    def file_name(self) -> str:
        return f"{self.title}_{self.unit}_{self.on:%Y%m%d}.xlsx"


def workbook(report: Report, *, by: str, at: datetime, conditions: Mapping[str, str]) -> bytes:
    """The report as xlsx. `by` is the name of who draws it, `conditions` the filters in the words of the page."""
    book = Workbook()
    book.properties.creator = "科技特派员综合服务平台"
    book.calculation.fullCalcOnLoad = True
    sheet = book.active
    assert isinstance(sheet, Worksheet)
    sheet.title = _sheet_title(report.title)
    columns = [Column("序号", Kind.NUMBER, 6), *report.columns]
    _write_head(sheet, report, columns)
    for number, row in enumerate(report.rows, start=1):
        if len(row) != len(report.columns):
            raise ValueError(f"row {number} has {len(row)} values for {len(report.columns)} columns")
        for place, (column, value) in enumerate(zip(columns, (number, *row), strict=True), start=1):
            _write(_at(sheet, FIRST + number - 1, place), value, column)
    last = _write_totals(sheet, report, columns)
    _write_signers(sheet, last + 2, report.signers, len(columns))
    sheet.freeze_panes = f"C{FIRST}"
    sheet.print_title_rows = f"1:{FIRST - 1}"
    told = book.create_sheet("导出说明")
    _write_origin(told, report, by=by, at=at, conditions=conditions)
    for each in (sheet, told):
        _set_page(each)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def safe_text(text: str) -> str:
    """Text that no spreadsheet takes for a formula, also not after it went through CSV, and that XML can hold."""
    text = "".join(sign for sign in text if sign in "\t\n\r" or unicodedata.category(sign) not in UNWRITABLE)
    return f"'{text}" if text.lstrip().startswith(FORMULA_SIGNS) or text.startswith(("\t", "\r")) else text


def by_the_clock(moment: datetime) -> datetime:
    """A moment as clocks here show it: a cell knows no time zone."""
    return (localtime(moment) if is_aware(moment) else moment).replace(tzinfo=None, microsecond=0)


def _at(sheet: Worksheet, row: int, column: int) -> Cell:
    cell = sheet.cell(row, column)
    assert isinstance(cell, Cell)  # of merged cells only the first is written
    return cell


def _write(cell: Cell, value: Any, column: Column, *, font: Font = BODY) -> None:
    cell.font, cell.border, cell.number_format = font, BORDER, FORMATS[column.kind]
    side = "right" if column.kind == Kind.MONEY else "left" if column.left else "center"
    cell.alignment = Alignment(horizontal=side, vertical="center", wrap_text=column.kind == Kind.TEXT)
    if value is None:
        return
    if column.kind == Kind.TEXT or isinstance(value, str):  # a word in a column of numbers, such as —
        _write_text(cell, str(value))
    elif column.kind == Kind.MONEY:
        cell.value = Decimal(value) / 100
    elif column.kind == Kind.DATE and isinstance(value, datetime):
        cell.value = localtime(value).date()
    elif column.kind == Kind.TIME:
        cell.value = by_the_clock(value)
    else:
        cell.value = value


def _write_text(cell: Cell, text: str) -> None:
    if text := safe_text(text):
        cell.value = text
        cell.data_type = "s"  # by itself openpyxl makes errors of #N/A and its like


def _write_head(sheet: Worksheet, report: Report, columns: Sequence[Column]) -> None:
    width = len(columns)
    sheet.merge_cells(start_row=1, end_row=1, start_column=1, end_column=width)
    title = _at(sheet, 1, 1)
    _write_text(title, report.title)
    title.font, title.alignment = TITLE, Alignment(horizontal="center", vertical="center")
    sheet.row_dimensions[1].height = 34
    day = day_in_words(report.on)
    money = "金额单位：元" if any(column.kind == Kind.MONEY for column in columns) else ""
    facts = (f"填报单位：{report.unit}（盖章）", f"填报日期：{day}", money)
    for (start, end), fact, side in zip(_thirds(width), facts, ("left", "center", "right"), strict=True):
        sheet.merge_cells(start_row=2, end_row=2, start_column=start, end_column=end)
        cell = _at(sheet, 2, start)
        _write_text(cell, fact)
        cell.font, cell.alignment = BODY, Alignment(horizontal=side, vertical="center")
    for place, column in enumerate(columns, start=1):
        _write(_at(sheet, 3, place), column.title, Column(column.title), font=HEAD)
        sheet.column_dimensions[get_column_letter(place)].width = column.width
    sheet.row_dimensions[3].height = 30


def _thirds(width: int) -> Iterator[tuple[int, int]]:
    """The columns of the three facts of row 2; at least one each."""
    cuts = (0, max(1, width * 2 // 5), max(2, width * 7 // 10), max(3, width))
    return ((start + 1, end) for start, end in pairwise(cuts))


def _write_totals(sheet: Worksheet, report: Report, columns: Sequence[Column]) -> int:
    """The total, and that of the last amount in capitals. Returns the last row written."""
    end = FIRST + len(report.rows)
    totalled = [place for place, column in enumerate(columns, start=1) if column.total]
    if not totalled:
        return end - 1
    for place, column in enumerate(columns, start=1):
        letter = get_column_letter(place)
        value: Any = "—" if place > totalled[0] else None
        if place in totalled:
            # Below an empty head the sum would be that of the row itself.
            value = f"=SUM({letter}{FIRST}:{letter}{end - 1})" if report.rows else 0
        cell = _at(sheet, end, place)
        _write(cell, None, column, font=HEAD)
        if place in totalled:
            cell.value = value
        elif value:
            _write_text(cell, value)
    if totalled[0] > 1:
        sheet.merge_cells(start_row=end, end_row=end, start_column=1, end_column=totalled[0] - 1)
    _write(_at(sheet, end, 1), "合　　计", Column(""), font=HEAD)
    amounts = [place for place in totalled if columns[place - 1].kind == Kind.MONEY]
    if not amounts:
        return end
    total = sum(row[amounts[-1] - 2] or 0 for row in report.rows)
    for place in range(1, len(columns) + 1):
        _write(_at(sheet, end + 1, place), None, Column(""))
    sheet.merge_cells(start_row=end + 1, end_row=end + 1, start_column=1, end_column=2)
    sheet.merge_cells(start_row=end + 1, end_row=end + 1, start_column=3, end_column=max(3, len(columns)))
    _write(_at(sheet, end + 1, 1), "合计（大写）", Column(""), font=HEAD)
    _write(_at(sheet, end + 1, 3), capitals(total), Column("", left=True), font=HEAD)
    return end + 1


def _write_signers(sheet: Worksheet, row: int, signers: Sequence[str], width: int) -> None:
    """One below each part of the table, or all in one line where the table is narrow."""
    words = [f"{signer}：" for signer in signers]
    if width < len(words):
        words = ["　　　　".join(words)]
    for number, word in enumerate(words):
        cell = _at(sheet, row, 1 + number * width // len(words))
        _write_text(cell, word)
        cell.font = BODY


def _set_page(sheet: Worksheet) -> None:
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = sheet.PAPERSIZE_A4
    assert sheet.sheet_properties.pageSetUpPr
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.print_options.horizontalCentered = True
    sheet.page_margins.left = sheet.page_margins.right = 0.5  # inches
    assert sheet.oddFooter is not None
    sheet.oddFooter.center.text = "第 &P 页　共 &N 页"


def origin(title: str, *, rows: int, by: str, at: datetime, conditions: Mapping[str, str]) -> dict[str, str]:
    """What the second sheet says: by whom, when and under which conditions it was drawn."""
    moment = localtime(at)
    return {
        "报表": title,
        "导出人": by,
        "导出时间": f"{day_in_words(moment)} {moment:%H:%M}",
        "记录数": f"{rows}",
        "筛选条件": "" if conditions else "无（全部记录）",
        **conditions,
    }


def _write_origin(sheet: Worksheet, report: Report, *, by: str, at: datetime, conditions: Mapping[str, str]) -> None:
    facts = origin(report.title, rows=len(report.rows), by=by, at=at, conditions=conditions)
    for row, (name, value) in enumerate(facts.items(), start=1):
        for place, text, font in ((1, name, HEAD), (2, value, BODY)):
            cell = _at(sheet, row, place)
            _write_text(cell, text)
            cell.font, cell.alignment = font, Alignment(vertical="top", wrap_text=True)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 16, 60


def _sheet_title(title: str) -> str:
    return "".join(sign for sign in safe_text(title) if sign not in "[]:*?/\\'")[:31] or "报表"
