"""The lists of what comes after filing, each for its page, its saved views and its workbook: 备案汇总表, 协议变更, 改派,
离职, 暂停, 毕业, 续签."""

from collections.abc import Sequence
from datetime import date
from typing import Any

import django_filters
from django.db.models import F, QuerySet
from django.forms import HiddenInput
from django.urls import reverse

from accounts.enums import Role
from accounts.lists.shown import Filters, YearFilter, as_shown
from accounts.models import Institution, Membership
from agreements.enums import AmendmentReason
from agreements.graduating import services as graduating
from agreements.models import Agreement, Amendment, FilingSheet, MoveRequest
from agreements.renewing import queries as renewing
from agreements.stamping.enums import SheetStatus
from core.sheets import Kind
from core.tables import Column, Row, addresses
from specialists.changes.columns import ASKED, unit
from specialists.enums import DIRECT, Category, ChangeStatus, DepartureKind
from specialists.forms import NameFilter
from specialists.models import Departure, Suspension

# --- 备案汇总表 ---------------------------------------------------------------------------------------------------------


class SheetFilters(Filters):
    status = django_filters.ChoiceFilter(label="状态", choices=SheetStatus.choices, empty_label="全部状态")
    unit = NameFilter(label="派出单位", field_name="institution__organization__", anywhere=True)


def sheets(hat: Membership, on: date) -> QuerySet[Any, Any]:
    return FilingSheet.objects.visible_to(hat).values(
        "id",
        "number",
        "made_on",
        "status",
        unit=F("institution__organization__name"),
        stamped_on=F("stamp__stamped_on"),
    )


def sheet_columns(hat: Membership, on: date) -> list[Column]:
    labels = dict(SheetStatus.choices)
    return [
        Column("number", "编号", href=addresses("agreements:sheet"), nowrap=True, phone="title"),
        *_of_others(hat),
        Column("made_on", "制表日期", kind=Kind.DATE, nowrap=True, phone="line"),
        Column("stamped_on", "盖章日期", kind=Kind.DATE, nowrap=True, phone="labelled"),
        Column(
            "status",
            "状态",
            cell=lambda row: labels[row["status"]],
            tone=lambda row: SheetStatus.tones[row["status"]],
            phone="aside",
        ),
    ]


SHEETS = as_shown(
    key="filing-sheets",
    title="备案汇总表",
    url="agreements:sheets",
    action="filing-sheet.view",
    rows=sheets,
    columns=sheet_columns,
    filters=SheetFilters,
)

# --- what is asked for beside an agreement ----------------------------------------------------------------------------


class BesideFilters(Filters):
    status = django_filters.ChoiceFilter(label="状态", choices=ChangeStatus.choices, empty_label="全部状态")
    unit = NameFilter(label="派出单位", field_name="agreement__institution__organization__", anywhere=True)
    q = NameFilter(label="特派员", field_name="agreement__specialist__")


BESIDE = {
    "name": F("agreement__specialist__name"),
    "number": F("agreement__filing_number"),
    "unit": F("agreement__institution__organization__name"),
}


def amendments(hat: Membership, on: date) -> QuerySet[Any, Any]:
    return Amendment.objects.visible_to(hat).values("id", "kind", "status", "asked_at", **BESIDE)


def amendment_columns(hat: Membership, on: date) -> list[Column]:
    return [
        Column("name", "特派员", href=addresses("agreements:amendment"), phone="title"),
        Column("number", "备案号", nowrap=True, phone="line"),
        *_of_others(hat),
        Column("kind", "变更原因", cell=lambda row: AmendmentReason(row["kind"]).label, phone="line"),
        *ASKED,
    ]


AMENDMENTS = as_shown(
    key="amendments",
    title="协议变更",
    url="agreements:amendments",
    action="amendment.list",
    rows=amendments,
    columns=amendment_columns,
    filters=BesideFilters,
)


def moves(hat: Membership, on: date) -> QuerySet[Any, Any]:
    host = F("agreement__host__organization__name")
    return MoveRequest.objects.visible_to(hat).values("id", "wished", "status", "asked_at", host=host, **BESIDE)


def move_columns(hat: Membership, on: date) -> list[Column]:
    return [
        Column("name", "特派员", href=addresses("agreements:move"), phone="title"),
        Column("number", "备案号", nowrap=True, phone="line"),
        *_of_others(hat),
        Column("host", "现派驻单位", width=32),
        Column("wished", "拟改派单位", width=32, phone="line"),
        *ASKED,
    ]


MOVES = as_shown(
    key="moves",
    title="改派申请",
    url="agreements:moves",
    action="move.list",
    rows=moves,
    columns=move_columns,
    filters=BesideFilters,
)

# --- who leaves, who graduates ----------------------------------------------------------------------------------------


class DepartureFilters(Filters):
    kind = django_filters.ChoiceFilter(label="离开原因", choices=DepartureKind.choices, empty_label="全部原因")
    unit = NameFilter(label="派出单位", field_name="institution__organization__", anywhere=True)
    q = NameFilter(label="姓名", field_name="specialist__")


def departures(hat: Membership, on: date) -> QuerySet[Any, Any]:
    return Departure.objects.visible_to(hat).values(
        "id",
        "kind",
        "left_on",
        "withdrawn_at",
        "registered_at",
        name=F("specialist__name"),
        unit=F("institution__organization__name"),
    )


def departure_columns(hat: Membership, on: date) -> list[Column]:
    return [
        Column("name", "姓名", href=addresses("agreements:departure"), phone="title"),
        *_of_others(hat),
        Column("left_on", "离开日期", kind=Kind.DATE, nowrap=True),
        Column("registered_at", "登记日期", kind=Kind.DATE, nowrap=True),
        Column(
            "kind",
            "状态",
            cell=lambda row: "已撤销" if row["withdrawn_at"] else DepartureKind(row["kind"]).label,
            tone=lambda row: "ended" if row["withdrawn_at"] else "bad" if row["left_on"] <= on else "expiring",
            phone="aside",
        ),
    ]


DEPARTURES = as_shown(
    key="departures",
    title="离职登记",
    url="agreements:departures",
    action="departure.list",
    rows=departures,
    columns=departure_columns,
    filters=DepartureFilters,
)


class SuspensionFilters(Filters):
    q = NameFilter(label="姓名", field_name="specialist__")


def suspensions(hat: Membership, on: date) -> QuerySet[Any, Any]:
    return Suspension.objects.visible_to(hat).values(
        "id", "from_on", "until_on", "resumed_on", "document_number", name=F("specialist__name")
    )


def suspension_columns(hat: Membership, on: date) -> list[Column]:
    def state(row: Row) -> tuple[str, str]:
        days = {name: row[name] for name in ("from_on", "until_on", "resumed_on")}
        return Suspension(**days).state(on)

    return [
        Column("name", "姓名", href=addresses("agreements:suspension"), phone="title"),
        Column("from_on", "暂停日期", kind=Kind.DATE, nowrap=True, phone="labelled"),
        Column("until_on", "暂停至", kind=Kind.DATE, nowrap=True, phone="labelled"),
        Column("resumed_on", "恢复日期", kind=Kind.DATE, nowrap=True, phone="labelled"),
        Column("document_number", "依据文号", phone="hide"),
        Column("state", "状态", cell=lambda row: state(row)[0], tone=lambda row: state(row)[1], phone="aside"),
    ]


SUSPENSIONS = as_shown(
    key="suspensions",
    title="暂停资格",
    url="agreements:suspensions",
    action="suspension.list",
    rows=suspensions,
    columns=suspension_columns,
    filters=SuspensionFilters,
)


class GraduationFilters(Filters):
    unit = NameFilter(label="派出单位", field_name="institution__organization__", anywhere=True)


def graduations(hat: Membership, on: date) -> QuerySet[Any, Any]:
    """What waits for the bureau's word; it alone opens this list, and it sees every agreement."""
    return graduating.to_decide(on=on).values(
        "id",
        "student",
        "graduation",
        "service_end",
        supervisor=F("registration__supervisor"),
        team_name=F("team__name"),
        unit=F("institution__organization__name"),
        host_name=F("host__organization__name"),
    )


def graduation_columns(hat: Membership, on: date) -> list[Column]:
    return [
        Column(
            "student",
            "研究生",
            href=addresses("agreements:graduation"),
            sub=lambda row: f"团队“{row['team_name']}”" if row["team_name"] else f"导师{row['supervisor']}",
            sub_label="导师或团队",
            phone="title",
        ),
        unit(phone=""),
        Column("host_name", "派驻单位", width=32, phone="line"),
        Column("graduation", "预计毕业", kind=Kind.DATE, nowrap=True),
        Column("service_end", "服务截止", kind=Kind.DATE, nowrap=True),
        Column(
            "state",
            "状态",
            cell=lambda row: "已毕业" if row["graduation"] <= on else "即将毕业",
            tone=lambda row: "bad" if row["graduation"] <= on else "expiring",
            phone="aside",
        ),
    ]


GRADUATIONS = as_shown(
    key="graduations",
    title="毕业安排",
    url="agreements:graduations",
    action="graduation.decide",
    rows=graduations,
    columns=graduation_columns,
    filters=GraduationFilters,
    order=("graduation", "id"),
)

# --- 续签安排 -----------------------------------------------------------------------------------------------------------

OWN = "0"  # in the place of an institution: the bureau's own, of whom it appoints directly (A6)


class RenewalFilters(Filters):
    year = YearFilter(label="到期年度", field_name="service_end__year")
    plan = django_filters.ChoiceFilter(label="安排", choices=[*renewing.LABELS.items()], widget=HiddenInput)
    institution = django_filters.ModelChoiceFilter(
        label="派出单位", queryset=Institution.objects.all(), null_label=DIRECT, null_value=OWN, widget=HiddenInput
    )


def renewals(hat: Membership, on: date) -> QuerySet[Any, Any]:
    return renewing.with_plan(Agreement.objects.visible_to(hat)).values(
        "id",
        "filing_number",
        "service_end",
        "plan",
        "renewal",
        name=F("specialist__name"),
        category=F("registration__category"),
        host_name=F("host__organization__name"),
        unit=F("institution__organization__name"),
        renewal_number=F("renewal__filing_number"),
        reason=F("leaving__reason"),
    )


def renewal_columns(hat: Membership, on: date) -> list[Column]:
    return [
        Column(
            "name",
            "特派员",
            href=addresses("agreements:detail"),
            sub=lambda row: Category(row["category"]).label,
            sub_label="类别",
            phone="title",
        ),
        Column("filing_number", "备案号", nowrap=True, phone="line"),
        *_of_others(hat),
        Column("host_name", "派驻单位", width=32, phone="line"),
        Column("service_end", "服务截止", kind=Kind.DATE, nowrap=True, sort="end", phone="line"),
        Column("renewal", "续签协议", cell=_renewal, href=_to_renewal, phone="line"),
        Column(
            "plan",
            "安排",
            cell=lambda row: renewing.LABELS[row["plan"]],
            tone=lambda row: renewing.TONES[row["plan"]],
            phone="aside",
        ),
    ]


def _renewal(row: Row) -> str:
    if row["renewal"]:
        return str(row["renewal_number"] or f"D-{row['renewal']}")
    return str(row["reason"] or "")


def _to_renewal(row: Row) -> str:
    return reverse("agreements:detail", args=[row["renewal"]]) if row["renewal"] else ""


RENEWALS = as_shown(
    key="renewals",
    title="续签安排",
    url="agreements:renewals",
    action="renewal.view",
    rows=renewals,
    columns=renewal_columns,
    filters=RenewalFilters,
    sorts={"end": ("service_end",)},
    sort_words={"end": "服务截止"},
)


def _of_others(hat: Membership) -> Sequence[Column]:
    """Whose it is, for whoever sees more than one institution's."""
    return () if hat.role in Role.institution else (unit(),)


LISTS = (SHEETS, AMENDMENTS, MOVES, DEPARTURES, SUSPENSIONS, GRADUATIONS, RENEWALS)
