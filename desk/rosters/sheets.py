"""Workbooks handed out by the wizard: the empty template, the sender's own with marks, the list of findings."""

import io
from collections.abc import Iterator, Sequence
from datetime import date, datetime

from openpyxl import Workbook
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.datavalidation import DataValidation

from accounts.enums import HostType
from core import workbooks
from core.sheets import Column, Report, workbook
from desk.enums import Kind, Verdict
from desk.rosters.columns import COLUMNS, NOTES
from desk.rosters.models import RosterBatch, RosterRow
from desk.rosters.services import values_of
from specialists.enums import Category, Education, PersonnelType

FILLED_ROWS = 1_000  # rows of the template that are formatted and offer the choices
CHOICES = {
    "sex": ["男", "女"],
    "category": Category.labels,
    "personnel_type": PersonnelType.labels,
    "education": Education.labels,
    "host_type": HostType.labels,
    "host_scale": ["规模以上", "规模以下"],
    "host_sme": ["是", "否"],
    "is_leader": ["是", "否"],
}
TITLES = "职称字典"  # the sheet on which they stand: more than a list inside a cell may hold
WORDS = {"block": "不能导入", "there": "已在平台", "warn": "提示", "info": "告知"}
COLOURED = ("info", "warn", "block")  # the graver the later


def template_name(kind: Kind) -> str:
    return f"{kind.label}模板.xlsx"


def template(kind: Kind, *, titles: Sequence[tuple[str, str]]) -> bytes:
    """The headings an import expects, as text columns with the choices of each; a second sheet explains them, a third
    one lists the titles (title, rank) where they are asked for."""
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = kind.label
    line = Side(style="thin", color="FFBFC8D4")
    required = PatternFill("solid", fgColor="FFEAF1FA")
    for place, column in enumerate(COLUMNS[kind], start=1):
        letter = get_column_letter(place)
        cell = sheet.cell(1, place, column.label)
        cell.font, cell.border = Font(name="黑体", size=11), Border(bottom=line)
        cell.alignment = Alignment(horizontal="center", vertical="center", wrap_text=True)
        if column.required:
            cell.fill = required
        sheet.column_dimensions[letter].width = max(column.width, 10)
        sheet.column_dimensions[letter].number_format = "@"  # numbers of people would lose their last digits
        for row in range(2, FILLED_ROWS + 2):
            sheet.cell(row, place).number_format = "@"
        if column.key in CHOICES or column.key == "title":
            listed = f"'{TITLES}'!$A$2:$A${len(titles) + 1}" if column.key == "title" else ""
            choices = listed or f'"{",".join(CHOICES[column.key])}"'
            offered = DataValidation("list", formula1=choices, allow_blank=True)
            offered.showErrorMessage = False  # 高级工程师（副高） is as good as 高级工程师
            sheet.add_data_validation(offered)
            offered.add(f"{letter}2:{letter}{FILLED_ROWS + 1}")
    sheet.row_dimensions[1].height = 34
    sheet.freeze_panes = "B2"
    help_sheet = book.create_sheet("填写说明")
    for number, words in enumerate([("列", "是否必需", "说明", "示例", "也可以写作"), *_help(kind)], start=1):
        for place, text in enumerate(words, start=1):
            cell = help_sheet.cell(number, place, text)
            cell.alignment = Alignment(vertical="top", wrap_text=True)
            cell.font = Font(name="黑体" if number == 1 else "宋体", size=11)
    for letter, width in zip("ABCDE", (22, 10, 34, 26, 60), strict=True):
        help_sheet.column_dimensions[letter].width = width
    if any(column.key == "title" for column in COLUMNS[kind]):
        _list_titles(book, titles)
    made = io.BytesIO()
    book.save(made)
    return made.getvalue()


def _list_titles(book: Workbook, titles: Sequence[tuple[str, str]]) -> None:
    sheet = book.create_sheet(TITLES)
    for row in (("用词", "等级"), *titles):
        sheet.append(row)
    for cell in sheet[1]:
        cell.font = Font(name="黑体", size=11)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 22, 10
    sheet.freeze_panes = "A2"


def _help(kind: Kind) -> Iterator[tuple[str, str, str, str, str]]:
    for column in COLUMNS[kind]:
        choices = "、".join(CHOICES.get(column.key, ()))
        words = column.help or (f"可填：{choices}" if choices else "")
        yield column.label, "必需" if column.required else "", words, column.example, "、".join(column.names)


# --- marked -----------------------------------------------------------------------------------------------------------


def marked(batch: RosterBatch) -> bytes:
    """The sender's own workbook: cells in the colour of what was found, and why in a column 问题说明 that an import
    leaves out. Raises Refused for one that is too large to be marked."""
    columns = {key: int(column) + 1 for column, key in batch.mapping.items()}
    cells: list[tuple[int, int, str]] = []
    notes: dict[int, str] = {}
    for row in batch.lines.exclude(findings=[]).order_by("number").only("number", "findings"):
        worst: dict[int, str] = {}
        coloured = [one for one in row.findings if one["level"] in COLOURED]
        for one in sorted(coloured, key=lambda one: COLOURED.index(one["level"])):
            if one["key"] in columns:
                worst[columns[one["key"]]] = one["level"]
        cells += [(row.number, column, level) for column, level in worst.items()]
        notes[row.number] = "\n".join(_note(one) for one in row.findings)
    return workbooks.marked(
        batch.file,
        place=batch.place,
        heading=batch.heading,
        cells=cells,
        notes=notes,
        title=NOTES,
        column=batch.notes_column,
    )


def _note(finding: dict[str, str]) -> str:
    where = f"{finding['letter']}列{finding['column']}：" if finding["column"] else ""
    article = f"（工作方案{finding['article']}）" if finding["article"] else ""
    advice = f" 处理：{finding['advice']}" if finding["advice"] else ""
    return f"【{WORDS[finding['level']]}】{where}{finding['message']}{article}{advice}"


# --- listed -----------------------------------------------------------------------------------------------------------


def listed(batch: RosterBatch, *, by: str, at: datetime, on: date) -> tuple[str, bytes]:
    """Every finding with its row: for a workbook that is too large to be marked, and to be printed. What is in the
    register already is no problem of anybody's."""
    rows = []
    told = batch.lines.exclude(findings=[]).exclude(verdict=Verdict.THERE)
    for row in told.order_by("number").iterator(chunk_size=1_000):
        name = name_of(row)
        for one in row.findings:
            where = f"{one['letter']}　{one['column']}".strip()
            rows.append(
                [
                    row.number,
                    name,
                    WORDS[one["level"]],
                    where,
                    one["value"],
                    one["message"],
                    one["article"],
                    one["advice"],
                ]
            )
    report = Report(
        title="名单校验问题清单",
        unit=batch.organization.name,
        on=on,
        columns=[
            Column("行号", width=8),
            Column("姓名", width=10),
            Column("结果", width=10),
            Column("列", width=18, left=True),
            Column("原值", width=22, left=True),
            Column("问题", width=46, left=True),
            Column("条款", width=12),
            Column("处理办法", width=40, left=True),
        ],
        rows=rows,
        signers=(),
    )
    return report.file_name, workbook(report, by=by, at=at, conditions={"名单": f"{batch}　{batch.file.name}"})


def name_of(row: RosterRow) -> str:
    name: str = values_of(row).get("name", "")
    return name


def verdict_word(verdict: str) -> str:
    return Verdict(verdict).label
