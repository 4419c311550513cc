"""The lists of 变更申请 and of 号码查看记录, each for its page, its saved views and its workbook."""

from datetime import date
from typing import Any

import django_filters
from django.db.models import F, QuerySet

from accounts.lists.shown import Filters, as_shown
from accounts.models import Membership
from core.sheets import Kind
from core.tables import Column, addresses
from specialists import looking
from specialists.changes.columns import ASKED, unit
from specialists.changes.forms import ChangeFilter
from specialists.changes.models import ChangeRequest
from specialists.enums import ChangeField


def changes(hat: Membership, on: date) -> QuerySet[Any, Any]:
    return ChangeRequest.objects.visible_to(hat).values(
        "id",
        "field",
        "old_masked",
        "value_masked",
        "status",
        "asked_at",
        name=F("specialist__name"),
        unit=F("institution__organization__name"),
    )


def change_columns(hat: Membership, on: date) -> list[Column]:
    return [
        Column("name", "姓名", href=addresses("specialists:change"), phone="title"),
        Column("field", "变更事项", cell=lambda row: ChangeField(row["field"]).label),
        Column(
            "value_masked",
            "变更为",
            sub=lambda row: f"原为{row['old_masked'] or '空'}",
            sub_label="变更前",
            width=24,
            phone="line",
        ),
        unit(phone=""),
        *ASKED,
    ]


CHANGES = as_shown(
    key="changes",
    title="变更申请",
    url="specialists:changes",
    action="change.list",
    rows=changes,
    columns=change_columns,
    filters=ChangeFilter,
    personal=frozenset({"name"}),
)


class LookFilters(Filters):
    q = django_filters.CharFilter(label="查看人或单位", field_name="hat", lookup_expr="contains", max_length=30)


def looks(hat: Membership, on: date) -> QuerySet[Any, Any]:
    return looking.with_whose(looking.looks_of(hat)).values("id", "at", "hat", "whose", "number", "reason")


def look_columns(hat: Membership, on: date) -> list[Column]:
    return [
        Column("hat", "查看人", width=32, phone="title"),
        Column("whose", "被查看人", sub=lambda row: row["number"], sub_label="号码"),
        Column("reason", "理由", width=40),
        Column("at", "时间", kind=Kind.TIME, nowrap=True),
    ]


LOOKS = as_shown(
    key="looks",
    title="号码查看记录",
    url="specialists:looks",
    action="look.list",
    rows=looks,
    columns=look_columns,
    filters=LookFilters,
)
LISTS = (CHANGES, LOOKS)
