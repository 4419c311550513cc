"""The list of archived items: its page, its saved views, its workbook."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import django_filters
from django.db.models import F, Q, QuerySet

from accounts.lists.shown import DigitsFilter, Filters, as_shown
from accounts.models import Membership
from agreements.archiving.enums import Retention
from agreements.archiving.models import ArchiveItem, supplied
from core.sheets import Kind
from core.tables import Column, Row, addresses


class ItemFilters(Filters):
    year = DigitsFilter(label="年度", field_name="archive__year", regex=r"^20[0-9]{2}$")
    retention = django_filters.ChoiceFilter(label="保管期限", choices=Retention.choices, empty_label="全部期限")
    box = DigitsFilter(label="盒号", field_name="box", regex=r"^[1-9][0-9]{0,3}$")
    state = django_filters.ChoiceFilter(
        label="情况",
        choices=[("lacking", "材料有缺"), ("later", "归档后补充")],
        empty_label="全部情况",
        method="in_state",
    )
    q = django_filters.CharFilter(label="档号、文号或题名", method="matching")

    def in_state(self, rows: "QuerySet[Any, Any]", name: str, value: str) -> "QuerySet[Any, Any]":
        if value == "lacking":
            return rows.filter(pk__in=ArchiveItem.objects.still_lacking().values("pk"))
        return rows.exclude(supplements=None)

    def matching(self, rows: "QuerySet[Any, Any]", name: str, value: str) -> "QuerySet[Any, Any]":
        typed = value.replace("\0", "")
        return rows.filter(Q(code__icontains=typed) | Q(document_numbers__icontains=typed) | Q(title__icontains=typed))


def items(hat: Membership, on: date) -> "QuerySet[Any, Any]":
    return ArchiveItem.objects.visible_to(hat).values(
        "id",
        "code",
        "title",
        "responsible",
        "document_numbers",
        "dated",
        "pages",
        "box",
        "number",
        "retention",
        "lacking",
        "assembled_at",
        "archive__year",
        supplied=supplied(),
        supplemented=F("supplements__code"),
    )


def columns(hat: Membership, on: date) -> Sequence[Column]:
    return [
        Column(
            "code",
            "档号",
            href=addresses("agreements:archive-item"),
            sub=lambda row: Retention(row["retention"]).label,
            sub_label="保管期限",
            nowrap=True,
            phone="title",
            width=30,
        ),
        Column("title", "题名", sub=lambda row: row["responsible"], sub_label="责任者", phone="line", width=50),
        Column("document_numbers", "文号", phone="line", width=26),
        Column("dated", "日期", kind=Kind.DATE, nowrap=True, phone="labelled"),
        Column("pages", "页数", kind=Kind.NUMBER, align="end", phone="labelled"),
        Column("box", "盒号", kind=Kind.NUMBER, align="end", phone="labelled"),
        Column(
            "state",
            "情况",
            cell=lambda row: _state(row)[0],
            tone=lambda row: _state(row)[1],
            sub=lambda row: f"补充{row['supplemented']}" if row["supplemented"] else None,
            sub_label="补充",
            phone="aside",
        ),
    ]


def _state(row: Row) -> tuple[str, str]:
    if row["assembled_at"] is None:
        return "整理中", "wait"
    if not row["lacking"]:
        return "齐全", "ok"
    return ("缺件已补充", "ok") if row["supplied"] else ("材料有缺", "bad")


ITEMS = as_shown(
    key="archive-items",
    title="归档文件",
    url="agreements:archive-items",
    action="archive.view",
    rows=items,
    columns=columns,
    filters=ItemFilters,
    order=("-archive__year", "-retention", "number"),  # archive order: Y, D30, D10
)
