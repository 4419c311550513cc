"""What the pages of money share."""

from datetime import date
from typing import Any

from django.http import HttpRequest

from core.jinja import cdate, money
from core.tables import Column, Row, addresses
from funding.enums import EntryKind


def number_in(text: str | None) -> int | None:
    """A whole number out of a query or a form; what is none, or none that the database holds, is None."""
    if text and text.isascii() and text.isdecimal() and len(text) < 19:
        return int(text)
    return None


def keys_in(values: list[str]) -> list[int]:
    """Primary keys that a form sent; what cannot be one is left out."""
    return [key for key in map(number_in, values) if key is not None]


def year_in(request: HttpRequest, on: date) -> int:
    """The year a page shows: the one asked for, else this one."""
    asked = number_in(request.GET.get("year"))
    return asked if asked and 2000 <= asked <= 2100 else on.year


def years(on: date, shown: int) -> list[dict[str, Any]]:
    """Chips for this year, its neighbours, and the one shown."""
    around = sorted({on.year - 1, on.year, on.year + 1, shown})
    return [{"label": f"{year}年度", "url": f"?year={year}", "current": year == shown} for year in around]


def amount(key: str, label: str, **more: Any) -> Column:
    """A column of money: at the right, two decimals, the unit said once in the head of the panel."""
    return Column(key, label, cell=lambda row: money(row[key]), align="end", nowrap=True, **more)


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
    "account__institution__organization__name",
)


def entry_columns(*, with_institution: bool) -> list[Column]:
    """A ledger as a table: what came in, what went out, what was left."""
    return [
        Column(
            "posted_on",
            "记账日期",
            cell=lambda row: cdate(row["posted_on"]),
            sub=lambda row: f"第{row['sequence']}笔",
            href=addresses("funding:entry"),
            nowrap=True,
            phone="aside",
        ),
        *([Column("account__institution__organization__name", "派出单位", phone="line")] if with_institution else []),
        Column("kind", "类型", cell=_kind, tone=lambda row: EntryKind.tones[row["kind"]]),
        Column("memo", "摘要", cell=_words, sub=_more, phone="title"),
        Column("given", "收入", cell=lambda row: money(row["amount_fen"]) if _gives(row) else None, align="end"),
        Column("paid", "支出", cell=lambda row: None if _gives(row) else money(-row["amount_fen"]), align="end"),
        amount("balance_fen", "余额"),
    ]


def _kind(row: Row) -> str:
    return f"{EntryKind(row['kind']).label}{'（已冲红）' if row['reversal__id'] else ''}"


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
