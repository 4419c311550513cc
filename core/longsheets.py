"""A list as a workbook, however long: rows are written as they come and none is kept in memory.

Row 1 is the head, so that the file sorts, filters and goes back into an import as it is; a second sheet says by whom,
when and under which conditions it was drawn, and every printed page says the conditions at its foot.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, Any

from openpyxl import Workbook
from openpyxl.cell import WriteOnlyCell
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from core.sheets import FORMATS, HEAD, Column, Kind, by_the_clock, origin, safe_text

LONGEST = 32_767  # signs that one cell holds
FOOT = 200  # of the 255 signs that a page's foot holds


def write_list(
    into: IO[bytes],
    *,
    title: str,
    columns: Sequence[Column],
    rows: Iterable[Sequence[Any]],
    count: int,
    by: str,
    at: datetime,
    conditions: Mapping[str, str],
    each: Callable[[], None] = lambda: None,
) -> None:
    """Write `rows`, each with a value for each column as core.sheets takes them; `each` is called now and then."""
    book = Workbook(write_only=True)
    book.properties.creator = "科技特派员综合服务平台"
    sheet = book.create_sheet("列表")
    for place, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(place)].width = column.width
    sheet.freeze_panes = "B2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{count + 1}"
    sheet.print_title_rows = "1:1"
    sheet.page_setup.orientation = "landscape"
    sheet.page_setup.paperSize = Worksheet.PAPERSIZE_A4
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.oddHeader.center.text = _of_a_page(title)
    said = "；".join(f"{label}：{words}" for label, words in conditions.items()) or "全部记录"
    sheet.oddFooter.left.text = _of_a_page(said)
    sheet.oddFooter.right.text = "第 &P 页　共 &N 页"
    sheet.append([_head(sheet, column.title) for column in columns])
    for number, row in enumerate(rows, start=1):
        sheet.append([_cell(sheet, value, column) for value, column in zip(row, columns, strict=True)])
        if number % 1_000 == 0:
            each()
    told = book.create_sheet("导出说明")
    told.column_dimensions["A"].width, told.column_dimensions["B"].width = 16, 60
    for label, words in origin(title, rows=count, by=by, at=at, conditions=conditions).items():
        told.append([_head(told, label), _text(told, words)])
    book.save(into)


def _head(sheet: Any, words: str) -> Any:
    cell = WriteOnlyCell(sheet, safe_text(words))
    cell.font = HEAD
    return cell


def _cell(sheet: Any, value: Any, column: Column) -> Any:
    if value is None or value == "":
        return None
    if column.kind == Kind.TEXT or isinstance(value, str):
        return _text(sheet, str(value))
    cell = WriteOnlyCell(sheet)
    if column.kind == Kind.TIME:
        value = by_the_clock(value)
    cell.value = Decimal(value) / 100 if column.kind == Kind.MONEY else value
    cell.number_format = FORMATS[column.kind]
    return cell


def _text(sheet: Any, text: str) -> Any:
    text = safe_text(text)[:LONGEST]
    if not text.startswith("#"):
        return text
    cell = WriteOnlyCell(sheet, text)
    cell.data_type = "s"  # by itself openpyxl makes errors of #N/A and its like
    return cell


def _of_a_page(words: str) -> str:
    """In a page's head or foot & begins a command."""
    return safe_text(words).replace("&", "&&")[:FOOT]


def to_keep(value: Any) -> Any:
    """A value of a row as JSON holds it."""
    return value.isoformat() if isinstance(value, date) else value


def kept(value: Any, column: Column) -> Any:
    """And back."""
    if column.kind == Kind.TIME and value:
        return datetime.fromisoformat(value)
    return date.fromisoformat(value) if column.kind == Kind.DATE and value else value
