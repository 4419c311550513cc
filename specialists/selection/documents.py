"""The papers of a list: 签批单, 公示 and 公示情况记录 as PDF, the 公布文件 as a Word draft that the office goes on with.

Only the 签批单 and the 公布文件 name people in full; what is put on view masks them as the pack says.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from docx import Document
from docx.document import Document as Word
from docx.enum.table import WD_TABLE_ALIGNMENT
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.text.paragraph import Paragraph

from core import approvals, pdf, sheets
from core.dates import day_in_words
from core.identifiers import mask_name
from core.models import Approval, Override, label_of
from core.sheets import Column, Kind
from specialists.enums import DIRECT, Conclusion, PersonnelType
from specialists.models import Registration, SelectionEntry, SelectionList, Team
from specialists.selection import queries
from specialists.selection.services import ACT, LABELS

BUREAU = "石家庄市科学技术局"


@dataclass(frozen=True)
class Row:
    """One line of a printed list."""

    place: int
    name: str
    unit: str
    category: str
    field: str
    form: str  # 个人, or 团队 with its members
    members: str = ""
    is_team: bool = False


def rows(entries: Sequence[SelectionEntry], *, masked: bool) -> list[Row]:
    """The list as it is printed; `masked` as on view."""
    members = queries.members_of([entry.team_id for entry in entries if entry.team_id])

    def named(name: str) -> str:
        return mask_name(name) if masked else name

    found = []
    for place, entry in enumerate(entries, start=1):
        if entry.team:
            people = [
                named(one.specialist.name) + ("（负责人）" if one.is_leader else "") for one in members[entry.team.pk]
            ]
            found.append(_of_team(place, entry.team, "、".join(people)))
        else:
            assert entry.registration
            found.append(_of_person(place, entry.registration, named(entry.registration.specialist.name)))
    return found


def _of_person(place: int, registration: Registration, name: str) -> Row:
    student = registration.personnel_type == PersonnelType.GRADUATE
    return Row(
        place,
        name,
        str(registration.institution or DIRECT),
        registration.get_category_display() + ("（在校研究生）" if student else ""),
        registration.specialist.field,
        registration.get_form_display(),
    )


def _of_team(place: int, team: Team, members: str) -> Row:
    return Row(
        place,
        team.name,
        str(team.institution),
        team.get_category_display(),
        "、".join(team.domains),
        "团队",
        members=members,
        is_team=True,
    )


# --- 签批单 -----------------------------------------------------------------------------------------------------------


def slip_pdf(selection_list: SelectionList, *, on: date) -> bytes:
    """What the 分管领导 signs: the numbers, what was excepted and why, the steps so far, the list itself."""
    entries = [*selection_list.entries.standing().in_order()]
    approval = Approval.objects.filter(act=ACT, **label_of(selection_list)).prefetch_related("taken__by").last()
    context = {
        "title": selection_list.title,
        "name": selection_list.name_in_full,
        "counted": queries.counted(selection_list),
        "rows": rows(entries, masked=False),
        "exceptions": exceptions(entries),
        "steps": approvals.shown(approval, labels=LABELS) if approval else [],
        "on": on,
        "bureau": BUREAU,
    }
    return pdf.render("papers/selection_slip.html", context)


def exceptions(entries: Sequence[SelectionEntry]) -> list[tuple[str, str, str]]:
    """(name, what a rule said, the bureau's reason) of everybody on the list who passed with one."""
    by_record = {(entry.record._meta.label, entry.record.pk): str(entry) for entry in entries}
    labels = {label for label, _ in by_record}
    overrides = Override.objects.filter(target_type__in=labels, target_id__in=[pk for _, pk in by_record]).order_by(
        "pk"
    )
    return [
        (by_record[key], one.message, one.reason)
        for one in overrides
        if (key := (one.target_type, one.target_id)) in by_record
    ]


# --- 公示 -------------------------------------------------------------------------------------------------------------


def notice_context(selection_list: SelectionList) -> dict[str, Any]:
    """What is put on view, on the page and on paper: never an ID number, a telephone or an account."""
    masked = bool(selection_list.pack.setting_or("selection.mask_names", True))
    printed = rows([*selection_list.entries.standing().in_order()], masked=masked)
    return {
        "title": f"关于{selection_list.year}年度石家庄市科技特派员拟选派名单的公示",
        "name": selection_list.name_in_full,
        "year": selection_list.year,
        "persons": [row for row in printed if not row.is_team],
        "teams": [row for row in printed if row.is_team],
        "start": selection_list.notice_from,
        "until": selection_list.notice_until,
        "days": selection_list.notice_days,
        "contact": selection_list.notice_contact,
        "bureau": BUREAU,
    }


def notice_pdf(selection_list: SelectionList) -> bytes:
    return pdf.render("papers/selection_notice.html", notice_context(selection_list))


COLUMNS = (
    Column("姓名或团队名称", width=24),
    Column("派出单位", width=28, left=True),
    Column("类别", width=18),
    Column("专业领域", width=20),
    Column("形式", width=8),
    Column("团队成员", width=40, left=True),
)


def notice_sheet(selection_list: SelectionList, *, by: Any, at: Any, on: date) -> tuple[str, bytes]:
    """The same as a workbook for the web site of the bureau."""
    shown = notice_context(selection_list)
    lines = [(row.name, row.unit, row.category, row.field, row.form, row.members) for row in shown["persons"]]
    lines += [(row.name, row.unit, row.category, row.field, row.form, row.members) for row in shown["teams"]]
    report = sheets.Report(
        title=f"{selection_list.year}年度科技特派员拟选派名单公示",
        unit=BUREAU,
        on=on,
        columns=[Column(one.title, Kind.TEXT, one.width, left=one.left) for one in COLUMNS],
        rows=lines,
        signers=(),
    )
    conditions = {"名单": selection_list.title}
    return report.file_name, sheets.workbook(report, by=str(by.person), at=at, conditions=conditions)


def closing_pdf(selection_list: SelectionList) -> bytes:
    """公示情况记录. Who objected is not named in it."""
    objections = [
        *selection_list.objections.select_related("entry__registration__specialist", "entry__team").order_by("pk")
    ]
    context = {
        **notice_context(selection_list),
        "closed_on": selection_list.closed_on,
        "closed_by": selection_list.closed_by.person if selection_list.closed_by else "",
        "note": selection_list.closing_note,
        "objections": objections,
        "upheld": sum(one.conclusion == Conclusion.UPHELD for one in objections),
        "removed": [*selection_list.entries.exclude(removed_on=None).in_order()],
        "left": selection_list.entries.standing().count(),
    }
    return pdf.render("papers/selection_closing.html", context)


# --- 公布文件 ---------------------------------------------------------------------------------------------------------

# The faces that an office has and a 公文 wants; a machine without them shows its own instead.
FANG, SONG, HEI, BIAO = "仿宋_GB2312", "宋体", "黑体", "方正小标宋简体"
SIZE_3, SIZE_2, SIZE_4 = Pt(16), Pt(22), Pt(14)  # 三号, 二号, 四号
PITCH = Pt(28.95)  # 22 lines to the page (GB/T 9704)
ORDERS = (
    (
        "一、及时签订协议。",
        "请各派出单位组织入选的科技特派员与派驻单位签订《石家庄市科技特派员派驻服务三方协议书》，汇总后报我局审核备案。"
        "服务期限一般为1-2年，协议截止日一般为下一年度的12月底。",
    ),
    (
        "二、认真开展服务。",
        "科技特派员要围绕年度目标任务深入基层和企业开展服务，服务情况及时登记，由派驻单位确认。",
    ),
    (
        "三、加强管理保障。",
        "各派出单位要落实日常管理和工作补助，专项经费专款专用、单独核算。年度考核由我局与派出单位共同组织实施。",
    ),
)


def announcement_name(selection_list: SelectionList) -> str:
    year, number = selection_list.year, selection_list.number
    return f"关于公布{year}年度石家庄市科技特派员选派名单（第{number}批）的通知_草稿.docx"


def announcement_docx(selection_list: SelectionList, *, on: date) -> bytes:
    """The 通知 to be edited, numbered and stamped outside: 标题, 主送, 正文, 附件说明, 落款, 成文日期, 附件 with the names."""
    entries = [*selection_list.entries.standing().in_order()]
    printed = rows(entries, masked=False)
    persons, teams = [row for row in printed if not row.is_team], [row for row in printed if row.is_team]
    word = _blank()
    year = selection_list.year
    _line(word, "石科〔" + str(on.year) + "〕　　号", align="center")
    _line(word, "")
    batch = f"第{selection_list.number}批"
    for part in (f"关于公布{year}年度石家庄市", f"科技特派员选派名单（{batch}）的通知"):
        _line(word, part, face=BIAO, size=SIZE_2, align="center")
    _line(word, "")
    _line(word, "各有关单位：")
    selected = []
    if persons:
        selected.append(f"{persons[0].name}等{len(persons)}名个人科技特派员")
    if teams:
        selected.append(f"“{teams[0].name}”等{len(teams)}个团队科技特派员")
    _body(
        word,
        f"根据《关于进一步深化科技特派员制度工作方案》，经单位推荐、审核，并于{_period(selection_list)}公示，"
        f"确定{'和'.join(selected)}为{selection_list.name_in_full}石家庄市科技特派员（名单见附件），现予公布，并就有关事项通知如下。",
    )
    for head, words in ORDERS:
        _body(word, words, head=head)
    _line(word, "")
    named = [
        f"{year}年度石家庄市{kind}科技特派员名单（{batch}）"
        for kind, group in (("个人", persons), ("团队", teams))
        if group
    ]
    for place, title in enumerate(named, start=1):
        number = f"{place}. " if len(named) > 1 else ""
        lead = "附件：" if place == 1 else "　　　"
        _line(word, f"{lead}{number}{title}", indent=2)
    _line(word, "")
    _line(word, "")
    _signed(word, BUREAU)
    _signed(word, day_in_words(on))
    for place, (title, group) in enumerate(zip(named, [one for one in (persons, teams) if one], strict=True), start=1):
        number = str(place) if len(named) > 1 else ""
        top = _line(word, f"附件{number}", face=HEI)
        top.paragraph_format.page_break_before = True
        _line(word, title, face=BIAO, size=SIZE_2, align="center")
        _table(word, group)
    made = io.BytesIO()
    word.save(made)
    return made.getvalue()


def _period(selection_list: SelectionList) -> str:
    start, until = selection_list.notice_from, selection_list.notice_until
    return f"{day_in_words(start)}至{day_in_words(until)}" if start and until else "规定期限内"


def _blank() -> Word:
    word = Document()
    word.core_properties.author = BUREAU
    word.core_properties.title = ""
    word.core_properties.comments = ""
    section = word.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    style = word.styles["Normal"]
    style.font.name, style.font.size = FANG, SIZE_3
    style.element.rPr.rFonts.set(qn("w:eastAsia"), FANG)
    _page_number(section.footer.paragraphs[0])
    return word


def _line(
    word: Word, text: str, *, face: str = FANG, size: Pt = SIZE_3, align: str = "left", indent: int = 0
) -> Paragraph:
    paragraph = word.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER if align == "center" else WD_ALIGN_PARAGRAPH.LEFT
    _pitch(paragraph)
    paragraph.paragraph_format.left_indent = Pt(indent * 16)
    _run(paragraph, text, face=face, size=size)
    return paragraph


def _body(word: Word, text: str, *, head: str = "") -> None:
    paragraph = word.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    paragraph.paragraph_format.first_line_indent = Pt(32)
    _pitch(paragraph)
    if head:
        _run(paragraph, head, face=HEI)
    _run(paragraph, text)


def _signed(word: Word, text: str) -> None:
    """落款 and 成文日期: four characters from the right edge."""
    paragraph = word.add_paragraph()
    paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    paragraph.paragraph_format.right_indent = Pt(64)
    _pitch(paragraph)
    _run(paragraph, text)


def _pitch(paragraph: Paragraph) -> None:
    shape = paragraph.paragraph_format
    shape.line_spacing_rule, shape.line_spacing = WD_LINE_SPACING.EXACTLY, PITCH
    shape.space_before = shape.space_after = Pt(0)


def _run(paragraph: Paragraph, text: str, *, face: str = FANG, size: Pt = SIZE_3) -> None:
    run = paragraph.add_run(text)
    run.font.name, run.font.size = face, size
    run._element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), face)


def _table(word: Word, group: Sequence[Row]) -> None:
    teams = group[0].is_team
    head = (
        ("序号", "团队名称", "成员", "派出单位", "领域") if teams else ("序号", "姓名", "派出单位", "类别", "专业领域")
    )
    widths = (Mm(13), Mm(34), Mm(52), Mm(33), Mm(24)) if teams else (Mm(13), Mm(25), Mm(56), Mm(32), Mm(30))
    table = word.add_table(rows=1, cols=len(head))
    table.style, table.alignment = "Table Grid", WD_TABLE_ALIGNMENT.CENTER
    _repeat(table.rows[0])
    lines: list[tuple[str, ...]] = [head]
    for place, row in enumerate(group, start=1):
        if teams:
            lines.append((str(place), row.name, row.members, row.unit, row.field))
        else:
            lines.append((str(place), row.name, row.unit, row.category, row.field))
    for number, line in enumerate(lines):
        cells = table.rows[0].cells if number == 0 else table.add_row().cells
        for cell, text, width in zip(cells, line, widths, strict=True):
            cell.width = width
            paragraph = cell.paragraphs[0]
            paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
            paragraph.paragraph_format.space_after = Pt(0)
            _run(paragraph, text, face=HEI if number == 0 else FANG, size=Pt(12))


def _repeat(row: Any) -> None:
    """The head of the table again on each page."""
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


def _page_number(paragraph: Paragraph) -> None:
    """— 1 —, 四号半角宋体."""
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    _run(paragraph, "— ", face=SONG, size=SIZE_4)
    run = paragraph.add_run()
    run.font.name, run.font.size = SONG, SIZE_4
    for kind, text in (("begin", ""), ("", "PAGE"), ("end", "")):
        if kind:
            mark = OxmlElement("w:fldChar")
            mark.set(qn("w:fldCharType"), kind)
        else:
            mark = OxmlElement("w:instrText")
            mark.text = text
        run._element.append(mark)
    _run(paragraph, " —", face=SONG, size=SIZE_4)
