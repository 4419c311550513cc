"""归档文件目录 and 备考表: what each prints and what its sheet holds, in the columns of DA/T 22—2015 (5.5 and its annexes)."""

from collections.abc import Sequence
from datetime import date
from itertools import groupby
from typing import Any, NamedTuple

from django.utils.timezone import now

from accounts.models import Membership
from agreements.archiving.enums import Retention
from agreements.archiving.models import ArchiveItem, ArchiveYear
from core import pdf
from core.sheets import Column, Kind, Report, workbook

UNIT = "石家庄市科学技术局"  # 全宗名称, and who keeps the archive
TITLE = "归档文件目录"
HEAD = ("序号", "档号", "文号", "责任者", "题名", "日期", "密级", "页数", "备注")


class Entry(NamedTuple):
    """One item as the directory lists it; 密级 stays empty: none of these papers is secret."""

    code: str
    document_numbers: str
    responsible: str
    title: str
    dated: str
    secrecy: str
    pages: int | None
    remark: str


def in_order(archive: ArchiveYear, *, retention: str = "") -> list[ArchiveItem]:
    """Archive order: by 保管期限, the longest first, then by 件号."""
    rows = ArchiveItem.objects.filter(archive=archive).with_supplements().select_related("supplements")
    if retention:
        rows = rows.filter(retention=retention)
    return list(rows.order_by("-retention", "number"))  # Y, D30, D10


def entry(item: ArchiveItem) -> Entry:
    return Entry(
        code=item.code,
        document_numbers=item.document_numbers,
        responsible=item.responsible,
        title=item.title,
        dated=f"{item.dated:%Y%m%d}",  # eight digits, as the standard has it
        secrecy="",
        pages=item.pages,
        remark=remark(item),
    )


def remark(item: ArchiveItem) -> str:
    words = [f"第{item.box}盒" if item.box else "", f"补充{item.supplements.number:04}号" if item.supplements else ""]
    lacking = ("缺件已补充" if item.supplied else "材料有缺") if item.lacking else ""  # type: ignore[attr-defined]  # as in_order reads it
    return "；".join(filter(None, [*words, lacking]))


def directory_sheet(archive: ArchiveYear, *, by: Membership, on: date, retention: str = "") -> tuple[str, bytes]:
    """The directory as xlsx, with the name of its file."""
    shapes: dict[str, tuple[Kind, float]] = {
        "档号": (Kind.TEXT, 30),
        "文号": (Kind.TEXT, 26),
        "责任者": (Kind.TEXT, 40),
        "题名": (Kind.TEXT, 52),
        "日期": (Kind.TEXT, 12),
        "密级": (Kind.TEXT, 8),
        "页数": (Kind.NUMBER, 8),
        "备注": (Kind.TEXT, 24),
    }
    columns = [Column(label, *shapes[label], left=label in ("责任者", "题名")) for label in HEAD[1:]]
    period = f"_{Retention(retention).label}" if retention else ""
    report = Report(
        title=f"{archive.year}年度{TITLE}{period}",
        unit=UNIT,
        on=on,
        columns=columns,
        rows=[tuple(entry(item)) for item in in_order(archive, retention=retention)],
        signers=("整理人", "检查人"),
    )
    conditions = {"年度": f"{archive.year}年度", "全宗号": archive.fonds}
    if retention:
        conditions["保管期限"] = Retention(retention).label
    return report.file_name, workbook(report, by=str(by.person), at=now(), conditions=conditions)


def directory_pdf(archive: ArchiveYear, *, retention: str = "") -> bytes:
    """The directory to be printed, a table for each 保管期限; the same archive gives the same bytes."""
    return pdf.render("papers/archive_directory.html", directory_context(archive, retention=retention))


def directory_context(archive: ArchiveYear, *, retention: str = "") -> dict[str, Any]:
    items = in_order(archive, retention=retention)
    tables = [
        (Retention(period).label, [entry(item) for item in rows])
        for period, rows in groupby(items, key=lambda one: one.retention)
    ]
    return {"archive": archive, "unit": UNIT, "head": HEAD, "tables": tables}


class Box(NamedTuple):
    """What lies in one box."""

    retention: str
    number: int
    first: ArchiveItem
    last: ArchiveItem
    items: int
    pages: int
    lacking: Sequence[ArchiveItem]
    supplements: Sequence[ArchiveItem]


def boxes(archive: ArchiveYear) -> list[Box]:
    found = []
    for (retention, number), rows in groupby(in_order(archive), key=lambda one: (one.retention, one.box)):
        items = list(rows)
        found.append(
            Box(
                Retention(retention).label,
                number or 0,
                items[0],
                items[-1],
                len(items),
                sum(one.pages or 0 for one in items),
                [one for one in items if one.lacking],
                [one for one in items if one.supplements],
            )
        )
    return found


def box_sheets_pdf(archive: ArchiveYear) -> bytes:
    """备考表: one for each box (DA/T 22—2015, 6.4): what is missing in it, who arranged and who checked it."""
    return pdf.render("papers/archive_boxes.html", {"archive": archive, "unit": UNIT, "boxes": boxes(archive)})
