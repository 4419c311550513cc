"""The ledger as a list: of all accounts that a hat sees, for its page, its saved views and its workbook."""

from datetime import date
from typing import Any

import django_filters
from django.db.models import Exists, F, OuterRef, QuerySet
from django.forms import HiddenInput

from accounts.doors import can
from accounts.lists.shown import Filters, YearFilter, as_shown
from accounts.models import Membership
from core.jinja import cdate
from core.sheets import Kind
from core.tables import Column, Row, addresses
from funding.enums import EntryKind
from funding.models import Account, LedgerEntry, ReversalRequest

FLOWS = {"given": "拨入", "paid": "发放", "standing": "未冲红的发放"}


def amount(key: str, label: str, **more: Any) -> Column:
    """A column of money: at the right, two decimals, the unit said once in the head of the panel."""
    return Column(key, label, kind=Kind.MONEY, align="end", nowrap=True, **more)


def accounts_of(hat: Membership) -> QuerySet[Account]:
    return Account.objects.visible_to(hat).select_related("institution__organization")


class EntryFilters(Filters):
    """What the figures of other pages lead to: exactly the rows that add up to each."""

    year = YearFilter(label="年度", field_name="account__year")
    account = django_filters.ModelChoiceFilter(label="账户", queryset=accounts_of, widget=HiddenInput)
    flow = django_filters.ChoiceFilter(label="收支", choices=[*FLOWS.items()], widget=HiddenInput, method="of_flow")

    def of_flow(self, rows: Any, name: str, value: str) -> Any:
        return {"given": rows.given, "paid": rows.paid, "standing": rows.standing}[value]()


ENTRY_VALUES = (
    "id",
    "account_id",
    "sequence",
    "kind",
    "amount_fen",
    "balance_fen",
    "memo",
    "posted_on",
    "claim__specialist__name",
    "claim__service_date",
    "reverses__sequence",
    "reverses__kind",
    "reverses__claim__specialist__name",
    "reverses__claim__service_date",
    "batch__voucher_number",
    "reversal__id",
)


UNIT = {"unit": F("account__institution__organization__name")}
ASKED = {"is_asked": Exists(ReversalRequest.objects.open().filter(entry=OuterRef("pk")))}  # its reversal is, and waits


def entry_columns(*, with_institution: bool) -> list[Column]:
    """A ledger as a table: what came in, what went out, what was left."""
    return [
        Column(
            "posted_on",
            "记账日期",
            kind=Kind.DATE,
            sub=lambda row: f"第{row['sequence']}笔",
            href=addresses("funding:entry"),
            nowrap=True,
            phone="aside",
            apart=(
                Column("posted_on", "记账日期", kind=Kind.DATE),
                Column("posted_on_more", "账户内次序", cell=lambda row: row["sequence"], kind=Kind.NUMBER),
            ),
        ),
        *([Column("unit", "派出单位", width=28, phone="line")] if with_institution else []),
        Column("kind", "类型", cell=_kind, tone=lambda row: EntryKind.tones[row["kind"]]),
        Column("memo", "摘要", cell=_words, sub=_more, sub_label="摘要明细", width=28, phone="title"),
        amount("given", "收入", cell=lambda row: row["amount_fen"] if _gives(row) else None),
        amount("paid", "支出", cell=lambda row: None if _gives(row) else -row["amount_fen"]),
        amount("balance_fen", "余额"),
    ]


def _kind(row: Row) -> str:
    said = "（已冲红）" if row["reversal__id"] else "（冲红申请中）" if row["is_asked"] else ""
    return f"{EntryKind(row['kind']).label}{said}"


def _words(row: Row) -> str:
    """Whom an entry concerns: the person, or the 指标文号."""
    return row["claim__specialist__name"] or row["reverses__claim__specialist__name"] or row["memo"]


def _more(row: Row) -> str | None:
    day = row["claim__service_date"] or row["reverses__claim__service_date"]
    parts = [
        f"{cdate(day)}服务" if day else "",
        f"凭证{row['batch__voucher_number']}" if row["batch__voucher_number"] else "",
        f"冲红第{row['reverses__sequence']}笔：{row['memo']}" if row["reverses__sequence"] else "",
    ]
    return "　".join(filter(None, parts)) or None


def _gives(row: Row) -> bool:
    """A reversal stands on the side of what it reverses, in red: so each side adds up to its figure."""
    return EntryKind.ALLOCATION in (row["kind"], row["reverses__kind"])


def entries(hat: Membership, on: date) -> QuerySet[Any, Any]:
    return LedgerEntry.objects.visible_to(hat).values(*ENTRY_VALUES, **UNIT, **ASKED)


def columns(hat: Membership, on: date) -> list[Column]:
    return entry_columns(with_institution=can(hat, "money.oversee"))


LEDGER = as_shown(
    key="ledger",
    title="补助台账",
    url="funding:entries",
    action="ledger.view",
    rows=entries,
    columns=columns,
    filters=EntryFilters,
    personal=frozenset(),
)
