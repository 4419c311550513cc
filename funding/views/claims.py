"""补助核算: which visits may be paid, which may not and why; the ticked ones go into a batch in one press."""

from dataclasses import dataclass
from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods

from accounts.doors import HatRequest, answer_once
from core.jinja import cdate, money
from core.policy import Finding, Refused
from core.tables import Column, Row, Table
from funding import queries, rules, services
from funding.enums import BatchStatus, ClaimStatus
from funding.forms import ClaimForm
from funding.models import Account, Claim, PaymentBatch
from funding.rules import Trip
from funding.views.common import keys_in, number_in, year_in, years
from visits.models import VisitAttendance

SHOWN = 200  # ticked and paid before the next are shown


@dataclass(frozen=True)
class Due:
    """A trip that may be paid, at its rate."""

    attendance: int
    visit: int
    person: str
    host: str
    day: date
    amount_fen: int


@require_http_methods(["GET", "HEAD", "POST"])
@answer_once
def claims(request: HatRequest) -> HttpResponse:
    """302 to the batch · 422 with what is in the way of each visit, the ticks kept."""
    hat, on = request.membership, localdate()
    year = year_in(request, on)
    drafts = PaymentBatch.objects.visible_to(hat).filter(year=year, status__in=BatchStatus.editable).order_by("-pk")
    form = ClaimForm(request.POST or None, drafts=drafts, purposes=queries.pack_for(on).setting("funding.purposes"))
    findings: list[Finding] = []
    if request.method == "POST" and form.is_valid():
        chosen = VisitAttendance.objects.filter(
            pk__in=keys_in(request.POST.getlist("attendance")), visit__agreement__institution=hat.organization_id
        )
        try:
            batch = services.pay_visits(chosen, by=hat, on=on, **form.cleaned_data)
        except Refused as refusal:
            findings = refusal.findings
        else:
            messages.success(request, f"已生成发放批次{batch}，合计{money(batch.total_fen)}元。核对后提交复核。")
            return redirect("funding:batch", batch.pk)
    return _page(request, form, findings, year)


def _page(request: HatRequest, form: ClaimForm, findings: list[Finding], year: int) -> HttpResponse:
    hat, on = request.membership, localdate()
    due, odd = _sorted_out(hat.organization_id, year)
    month = number_in(request.GET.get("month"))
    shown = [one for one in due if month is None or one.day.month == month]
    account = Account.objects.visible_to(hat).filter(year=year).first()
    whole = sum(one.amount_fen for one in due)
    context = {
        "form": form,
        "findings": findings,
        "year": year,
        "years": years(on, year),
        "months": _months(due, year, month),
        "due": _due_table(shown[:SHOWN], year),
        "left_out": max(0, len(shown) - SHOWN),
        "odd": _odd_table(odd),
        "odd_count": len(odd),
        "counts": [
            {"label": "可申领", "count": f"{len(due)}人次", "url": f"?year={year}", "note": f"{money(whole)}元"},
            {"label": "暂不能申领", "count": f"{len(odd)}人次", "url": "#odd"},
            {
                "label": "账户余额",
                "count": money(queries.balance(account)),
                "url": f"{reverse('funding:balance')}?year={year}",
                "hot": whole > queries.balance(account),
            },
        ],
    }
    return render(request, "funding/claims.html", context, status=422 if findings or form.errors else 200)


def _sorted_out(institution: int, year: int) -> tuple[list[Due], list[tuple[Trip, list[Finding]]]]:
    """The year's visits not yet paid: those that may be, and those that may not with what is in the way."""
    trips = queries.trips(queries.unpaid(institution, year))
    waiting = dict(
        Claim.objects.filter(institution=institution, status=ClaimStatus.OPEN).values_list(
            "attendance_id", "amount_fen"
        )
    )
    verdicts = services.judge([trip for trip in trips if trip.attendance not in waiting])
    rates = queries.rates_of(institution)
    due, odd = [], []
    for trip in trips:
        if trip.attendance in waiting:
            due.append(_due(trip, waiting[trip.attendance]))
        elif found := verdicts[trip.attendance]:
            odd.append((trip, found))
        elif rate := rules.rate_on(rates, trip.day):
            due.append(_due(trip, rate.amount_fen))
    return due, odd


def _due(trip: Trip, fen: int) -> Due:
    return Due(trip.attendance, trip.visit, trip.person, trip.host, trip.day, fen)


def _visit(row: Row) -> str:
    return reverse("visits:detail", args=[row.visit])


def _due_table(rows: list[Due], year: int) -> Table:
    return Table(
        columns=[
            Column("person", "特派员", href=_visit, nowrap=True, phone="title"),
            Column("day", "服务日期", cell=lambda row: cdate(row.day), nowrap=True, phone="line"),
            Column("host", "派驻单位", phone="line"),
            Column("amount_fen", "补助金额", cell=lambda row: money(row.amount_fen), align="end", phone="aside"),
        ],
        rows=rows,
        row_key=lambda row: row.attendance,
        select="attendance",
        caption="可申领补助的服务",
        foot={"person": f"本页{len(rows)}人次", "amount_fen": money(sum(row.amount_fen for row in rows))}
        if rows
        else None,
        empty=f"{year}年度已确认的服务都已申领。",
        id="due",
    )


def _odd_table(rows: list[tuple[Trip, list[Finding]]]) -> Table:
    return Table(
        columns=[
            Column(
                "person",
                "特派员",
                cell=lambda row: row[0].person,
                href=lambda row: _visit(row[0]),
                nowrap=True,
                phone="title",
            ),
            Column("day", "服务日期", cell=lambda row: cdate(row[0].day), nowrap=True, phone="aside"),
            Column("host", "派驻单位", cell=lambda row: row[0].host, phone="line"),
            Column("why", "原因", cell=lambda row: " ".join(map(str, row[1])), phone="line"),
        ],
        rows=rows[:SHOWN],
        caption="暂不能申领补助的服务",
        empty="没有暂不能申领的服务。",
        id="odd-list",
    )


def _months(due: list[Due], year: int, chosen: int | None) -> list[dict[str, object]]:
    counts: dict[int, int] = {}
    for one in due:
        counts[one.day.month] = counts.get(one.day.month, 0) + 1
    if len(counts) < 2:
        return []
    whole = {"label": "全部月份", "url": f"?year={year}", "current": chosen is None, "count": len(due)}
    return [whole] + [
        {"label": f"{month}月", "url": f"?year={year}&month={month}", "current": month == chosen, "count": count}
        for month, count in sorted(counts.items())
    ]
