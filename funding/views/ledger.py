"""One institution's money: its balance and its entries; the whole ledger as a list, and on paper."""

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from accounts.doors import HatRequest, can, subject
from accounts.lists.shown import page_of
from core import pdf
from core.answers import download
from core.files import XLSX
from core.jinja import money
from core.tables import Keyset, Table, addresses
from funding import documents, ledger, queries, sheets
from funding.entries import ASKED, ENTRY_VALUES, FLOWS, LEDGER, entry_columns
from funding.models import Account, EntryQuerySet, LedgerEntry, RateCard
from funding.views.common import number_in, year_in, years

EVERYTHING = "全部"


@require_safe
def balance(request: HatRequest) -> HttpResponse:
    """The institution's own account of the year, or how to come by one."""
    on = localdate()
    year = year_in(request, on)
    account = Account.objects.visible_to(request.membership).filter(year=year).first()
    if account is None:
        return render(request, "funding/no_account.html", {"year": year, "years": years(on, year)})
    return _account(request, account)


@require_safe
def account(request: HatRequest, pk: int) -> HttpResponse:
    return _account(request, subject(request, Account))


def _account(request: HatRequest, account: Account) -> HttpResponse:
    hat, on = request.membership, localdate()
    account = Account.objects.select_related("institution__organization").get(pk=account.pk)
    entries = LedgerEntry.objects.filter(account=account)
    found = queries.sums(entries)
    context = {
        "account": account,
        "counts": _counts(account, found),
        "sums": found,
        "table": _entries_table(request, entries, found),
        "rate": _rate_now(account, on),
        "years": _accounts_of_all_years(account) if not can(hat, "ledger.own") else years(on, account.year),
        "own": can(hat, "ledger.own"),
        "overseer": can(hat, "money.oversee"),
        "months": _months(account),
        "whole": not ledger.verify(account),
        "check_code": documents.check_code(account.last_digest),
    }
    return render(request, "funding/account.html", context)


def _rate_now(account: Account, on: date) -> RateCard | None:
    """The standard in force today; at the end of the account's year for a past one."""
    day = min(on, date(account.year, 12, 31))
    return (
        RateCard.objects.filter(institution=account.institution, effective_from__lte=day)
        .order_by("-effective_from")
        .first()
    )


def _accounts_of_all_years(account: Account) -> list[dict[str, Any]]:
    rows = Account.objects.filter(institution=account.institution).order_by("year")
    return [
        {"label": f"{row.year}年度", "url": reverse("funding:account", args=[row.pk]), "current": row == account}
        for row in rows
    ]


def _counts(account: Account, found: queries.Sums) -> list[dict[str, Any]]:
    """拨入, 发放, 余额: each leads to exactly the rows that add up to it."""
    entries = f"{reverse('funding:entries')}?year={account.year}&account={account.pk}"
    waiting = queries.waiting(account.institution_id, account.year)
    batches = reverse("funding:batches")
    return [
        {"label": "拨入", "count": money(found.given_fen), "url": f"{entries}&flow=given"},
        {
            "label": "发放",
            "count": money(found.paid_fen),
            "url": f"{entries}&flow=paid",
            "note": f"{found.trips}人次　{found.people}人",
        },
        {"label": "余额", "count": money(account.balance_fen), "url": entries, "definition": "拨入减发放"},
        {
            "label": "待复核",
            "count": money(waiting),
            "url": f"{batches}?year={account.year}&status=submitted&institution={account.institution_id}",
            "definition": "已提交、尚未复核发放的批次合计，发放后从余额中支出",
            "hot": waiting > account.balance_fen,
        },
    ]


def _months(account: Account) -> list[tuple[str, str]]:
    """The months in which something was posted, for the downloads."""
    days = LedgerEntry.objects.filter(account=account).dates("posted_on", "month")
    return [(f"{day:%Y-%m}", f"{day.year}年{day.month}月") for day in days]


# --- entries ----------------------------------------------------------------------------------------------------------


@require_safe
def entries(request: HatRequest) -> HttpResponse:
    """The ledger of all accounts this hat sees, cut down to the rows behind a figure by the query string."""
    on = localdate()
    found = queries.sums(LEDGER.found(request.membership, request.GET, on))
    shown = page_of(request, LEDGER, **_told(found, whole=not request.GET.get("flow")))
    if isinstance(shown, HttpResponse):
        return shown
    assert shown.table.keyset
    shown.table.keyset.total = found.rows  # counted with the sums
    asked = shown.form.cleaned_data
    year, account, flow = asked["year"], asked.get("account"), asked.get("flow", "")
    context = {
        **shown.context,
        "account": account and account.pk,
        "year": year,
        "years": [] if account else years(on, year),
        "flows": _flow_chips(request, flow),
        "flow_label": FLOWS.get(flow, EVERYTHING),
    }
    return render(request, "funding/entries.html", context)


def _flow_chips(request: HatRequest, flow: str) -> list[dict[str, Any]]:
    kept = {key: value for key in ("year", "account") if (value := request.GET.get(key))}
    chips = []
    for key, label in {"": EVERYTHING, **FLOWS}.items():
        query = request.GET.copy()
        query.clear()
        query.update({**kept, **({"flow": key} if key else {})})
        chips.append({"label": label, "url": f"?{query.urlencode()}", "current": key == flow})
    return chips


def _entries_table(request: HatRequest, entries: EntryQuerySet, found: queries.Sums) -> Table:
    page = Keyset(entries.values(*ENTRY_VALUES, **ASKED), order=("-id",), query=request.GET)
    page.total = found.rows  # counted with the sums
    columns = entry_columns(with_institution=False)
    return Table(columns=columns, rows=page, caption="台账分录", query=request.GET, **_told(found, whole=True))


def _told(found: queries.Sums, *, whole: bool) -> dict[str, Any]:
    """What every table of entries says; a balance belongs to the whole ledger alone."""
    return {
        "row_href": addresses("funding:entry"),
        "foot": {
            "posted_on": "合计",
            "memo": f"{found.trips}人次" if found.trips else "",
            "given": money(found.given_fen),
            "paid": money(found.paid_fen),
            "balance_fen": money(found.balance_fen) if whole else "",
        },
        "empty": "还没有分录。",
    }


# --- papers -----------------------------------------------------------------------------------------------------------


@require_safe
def account_xlsx(request: HatRequest, pk: int) -> HttpResponse:
    account, rows, period = _period(request)
    name, data = sheets.ledger(account, rows, by=request.membership, on=localdate(), period=period)
    return download(data, name, XLSX)


@require_safe
def account_pdf(request: HatRequest, pk: int) -> HttpResponse:
    account, rows, period = _period(request)
    try:
        data = documents.ledger_pdf(account, rows, on=localdate(), period=period)
    except pdf.Unavailable as missing:
        messages.error(request, str(missing))
        return redirect("funding:account", account.pk)
    return download(data, f"{documents.ledger_title(account)}_{account.institution}.pdf", "application/pdf")


def _period(request: HatRequest) -> tuple[Account, EntryQuerySet, str]:
    """The account with the entries of one month (`?month=2026-06`), or of all."""
    account = Account.objects.select_related("institution__organization").get(pk=subject(request, Account).pk)
    rows = LedgerEntry.objects.filter(account=account)
    year, _, month = request.GET.get("month", "").partition("-")
    number_of_year, number_of_month = number_in(year), number_in(month)
    if number_of_year and number_of_month and 1 <= number_of_month <= 12 and number_of_year <= 2100:
        rows = rows.filter(posted_on__year=number_of_year, posted_on__month=number_of_month)
        return account, rows, f"{number_of_year}年{number_of_month}月"
    return account, rows, f"{account.year}年度"
