"""The lists of money for whoever reads all of them: their pages, their saved views, their exports."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

import django_filters
from django import forms
from django.db.models import Exists, F, OuterRef, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils.timezone import localdate

from accounts.doors import can
from accounts.lists.kinds import Field, Listed
from accounts.lists.shown import Filters, YearFilter, as_shown
from accounts.models import Institution, Membership
from core.forms import Form
from core.sheets import Kind
from core.tables import Column, Row, addresses
from funding import queries
from funding.entries import LEDGER, amount
from funding.enums import BatchStatus, EntryKind, ReversalStatus
from funding.models import Account, Allocation, PaymentBatch, RateCard, ReversalRequest


class BatchListForm(Form):
    """What the chips and the figures of other pages ask for; a year is always shown, this one unless one is said."""

    year = forms.RegexField(label="年度", regex="^(20[0-9]{2}|2100)$", required=False, widget=forms.HiddenInput)
    status = forms.ChoiceField(label="状态", required=False, choices=BatchStatus.choices, widget=forms.HiddenInput)
    institution = forms.ModelChoiceField(
        label="派出单位", required=False, queryset=Institution.objects.all(), widget=forms.HiddenInput
    )

    def __init__(self, query: QueryDict, hat: Membership) -> None:
        super().__init__(query)

    def clean_year(self) -> str:
        return str(self.cleaned_data["year"] or localdate().year)


def found(hat: Membership, query: QueryDict, on: date) -> QuerySet[PaymentBatch]:
    return found_by(BatchListForm(query, hat), hat, on)


def found_by(form: BatchListForm, hat: Membership, on: date) -> QuerySet[PaymentBatch]:
    form.is_valid()
    wanted = {name: value for name, value in form.cleaned_data.items() if value}
    return PaymentBatch.objects.visible_to(hat).filter(**{"year": on.year, **wanted})


def records(hat: Membership, keys: Sequence[int]) -> Mapping[int, PaymentBatch]:
    rows = PaymentBatch.objects.visible_to(hat).select_related("institution__organization", "maker", "approver")
    return {one.pk: one for one in rows.filter(pk__in=keys)}


def fields(hat: Membership, query: QueryDict) -> list[Field]:
    return [
        Field("batch", "批次", lambda one: str(one), width=20),
        Field("year", "年度", lambda one: one.year, Kind.NUMBER, 8),
        Field("institution", "派出单位", lambda one: str(one.institution), width=28),
        Field("amount", "金额（元）", lambda one: one.total_fen, Kind.MONEY, 16),
        Field("note", "说明", lambda one: one.note, width=30),
        Field("maker", "经办人", lambda one: str(one.maker)),
        Field("made", "经办日期", lambda one: localdate(one.made_at), Kind.DATE, 17),
        Field("approver", "复核人", lambda one: str(one.approver or "")),
        Field("approved", "复核日期", lambda one: one.approved_on, Kind.DATE, 17),
        Field("status", "状态", lambda one: BatchStatus(one.status).label),
    ]


BATCHES = Listed(
    key="batches",
    title="发放批次",
    url="funding:batches",
    action="batch.view",
    form=BatchListForm,
    found=found,
    fields=fields,
    records=records,
    personal=frozenset(),
)

# --- 拨付记录, 补助标准 ---------------------------------------------------------------------------------------------------


class AllocationFilters(Filters):
    year = YearFilter(label="年度", field_name="budget__year")
    institution = django_filters.ModelChoiceFilter(
        label="派出单位", queryset=Institution.objects.all(), widget=forms.HiddenInput
    )


def allocations(hat: Membership, on: date) -> QuerySet[Any, Any]:
    return Allocation.objects.visible_to(hat).values(
        "id",
        "document_number",
        "allocated_on",
        "amount_fen",
        "is_reversed",
        unit=F("institution__organization__name"),
        recorded_by_name=F("recorded_by__person__name"),
        posted=F("entry__id"),
        is_asked=Exists(ReversalRequest.objects.open().filter(entry__allocation=OuterRef("pk"))),
    )


def allocation_columns(hat: Membership, on: date) -> list[Column]:
    return [
        Column(
            "unit",
            "派出单位",
            sub=lambda row: row["document_number"],
            sub_label="指标文号",
            href=addresses("funding:entry", by="posted"),
            width=28,
            phone="title",
        ),
        Column("allocated_on", "拨付日期", kind=Kind.DATE, nowrap=True),
        amount("amount_fen", "金额", phone="aside"),
        Column("recorded_by_name", "经办人"),
        Column(
            "is_reversed",
            "状态",
            cell=lambda row: "已冲红" if row["is_reversed"] else "冲红申请中" if row["is_asked"] else "已拨付",
            tone=lambda row: "ended" if row["is_reversed"] else "wait" if row["is_asked"] else "ok",
        ),
    ]


ALLOCATIONS = as_shown(
    key="allocations",
    title="拨付记录",
    url="funding:allocations",
    action="ledger.view",
    rows=allocations,
    columns=allocation_columns,
    filters=AllocationFilters,
    personal=frozenset(),
)


def rates(hat: Membership, on: date) -> QuerySet[Any, Any]:
    unit, by = F("institution__organization__name"), F("set_by__person__name")
    return RateCard.objects.visible_to(hat).values("id", "effective_from", "amount_fen", "note", unit=unit, by=by)


def rate_columns(hat: Membership, on: date) -> list[Column]:
    return [
        Column("effective_from", "执行日期", kind=Kind.DATE, nowrap=True),
        *([] if can(hat, "rate.set") else [Column("unit", "派出单位", width=28, phone="title")]),
        amount("amount_fen", "标准（元/人次）", phone="aside"),
        Column("note", "说明", width=30),
        Column("by", "制定人"),
        Column(
            "id",
            "状态",
            cell=lambda row: "未开始" if row["effective_from"] > on else "已执行",
            tone=lambda row: "wait" if row["effective_from"] > on else "ok",
        ),
    ]


RATES = as_shown(
    key="rates",
    title="补助标准",
    url="funding:rates",
    action="rate.list",
    rows=rates,
    columns=rate_columns,
    order=("-effective_from", "-id"),
    personal=frozenset(),
)

# --- 预算与拨付 ---------------------------------------------------------------------------------------------------------


class FundFilters(Filters):
    year = YearFilter(label="年度")


def funds(hat: Membership, on: date) -> QuerySet[Any, Any]:
    return queries.with_sums(Account.objects.visible_to(hat))


def fund_columns(hat: Membership, on: date) -> list[Column]:
    """Each figure leads to the rows that add up to it."""
    entries, batches = reverse("funding:entries"), reverse("funding:batches")

    def rows_of(flow: str) -> Callable[[Row], str]:
        more = f"&flow={flow}" if flow else ""
        return lambda row: f"{entries}?year={row['year']}&account={row['id']}{more}"

    def submitted(row: Row) -> str:
        return f"{batches}?year={row['year']}&status=submitted&institution={row['institution_id']}"

    counted: dict[str, Any] = {"kind": Kind.NUMBER, "href": rows_of("standing"), "align": "end"}
    return [
        Column(
            "institution__organization__name", "派出单位", href=addresses("funding:account"), width=28, phone="title"
        ),
        amount("given_fen", "拨入", href=rows_of("given")),
        amount("paid_fen", "发放", href=rows_of("paid")),
        amount("balance_fen", "余额", href=rows_of(""), phone="aside"),
        amount("waiting_fen", "待复核", href=submitted),
        Column("trips", "人次", title="已发放且未冲红的人次", **counted),
        Column("people", "人数", title="领取过补助的人数", **counted),
        amount("each", "次均", cell=_each, title="发放除以人次"),
    ]


def _each(row: Row) -> int | None:
    return row["paid_fen"] // row["trips"] if row["trips"] else None


FUNDS = as_shown(
    key="funds",
    title="预算与拨付",
    url="funding:overview",
    action="money.oversee",
    rows=funds,
    columns=fund_columns,
    filters=FundFilters,
    order=("-balance_fen", "id"),
    personal=frozenset(),
)
# --- 冲红申请 ------------------------------------------------------------------------------------------------------------


class ReversalFilters(Filters):
    status = django_filters.ChoiceFilter(label="状态", choices=ReversalStatus.choices, empty_label="全部状态")
    mine = django_filters.ChoiceFilter(
        label="待我复核", choices=[("1", "是")], widget=forms.HiddenInput, method="awaiting"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not can(self.hat, "reversal.decide"):
            del self.filters["mine"]

    def awaiting(self, rows: Any, name: str, value: str) -> Any:
        return rows.awaiting(self.hat)


def reversals(hat: Membership, on: date) -> QuerySet[Any, Any]:
    return ReversalRequest.objects.visible_to(hat).values(
        "id",
        "entry_id",
        "reason",
        "status",
        "asked_at",
        "opinion",
        kind=F("entry__kind"),
        amount_fen=F("entry__amount_fen"),
        memo=F("entry__memo"),
        person=F("entry__claim__specialist__name"),
        unit=F("entry__account__institution__organization__name"),
        asker_name=F("asker__name"),
        decider_name=F("decider__name"),
    )


def reversal_columns(hat: Membership, on: date) -> list[Column]:
    return [
        Column(
            "memo",
            "冲红的分录",
            cell=lambda row: row["person"] or row["memo"],
            sub=lambda row: EntryKind(row["kind"]).label,
            sub_label="类型",
            href=addresses("funding:entry", by="entry_id"),
            width=28,
            phone="title",
        ),
        *([Column("unit", "派出单位", width=28, phone="line")] if can(hat, "money.oversee") else []),
        amount("amount_fen", "金额（元）", cell=lambda row: abs(row["amount_fen"]), phone="line"),
        Column("reason", "冲红原因", width=30, phone="line"),
        Column("asker_name", "申请人", phone="line"),
        Column("asked_at", "申请日期", kind=Kind.DATE, nowrap=True),
        Column("decider_name", "复核人", sub=lambda row: row["opinion"] or None, sub_label="复核意见"),
        Column(
            "status",
            "状态",
            cell=lambda row: ReversalStatus(row["status"]).label,
            tone=lambda row: ReversalStatus.tones[row["status"]],
            phone="aside",
        ),
    ]


REVERSALS = as_shown(
    key="reversals",
    title="冲红申请",
    url="funding:reversals",
    action="ledger.view",
    rows=reversals,
    columns=reversal_columns,
    filters=ReversalFilters,
    personal=frozenset(),
)

LISTS = (BATCHES, LEDGER, ALLOCATIONS, RATES, FUNDS, REVERSALS)
