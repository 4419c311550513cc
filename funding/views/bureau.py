"""The city's view: the year's fund, what each institution was given, paid and has left."""

from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from accounts.doors import HatRequest, answer_once, can, subject
from accounts.lists.shown import page_of
from accounts.models import Membership
from core.jinja import money
from core.money import capitals
from core.policy import Refused
from core.tables import addresses
from core.verbs import sentences
from funding import queries, services
from funding.forms import AllocationForm, AmendForm, BudgetForm
from funding.listed import ALLOCATIONS, FUNDS
from funding.models import Allocation, Budget
from funding.views.common import year_in, years


@require_safe
def overview(request: HatRequest) -> HttpResponse:
    hat, on = request.membership, localdate()
    year = year_in(request, on)
    budget = Budget.objects.visible_to(hat).filter(year=year).first()
    rows = [*FUNDS.found(hat, request.GET, on).order_by("-balance_fen", "pk")]
    total = {
        key: sum(row[key] for row in rows) for key in ("given_fen", "paid_fen", "balance_fen", "waiting_fen", "trips")
    }
    shown = page_of(
        request,
        FUNDS,
        rows=rows,
        caption=f"{year}年度各派出单位经费",
        row_href=addresses("funding:account"),
        foot=_foot(total) if rows else None,
        empty=f"{year}年度还没有向派出单位拨付经费。",
    )
    if isinstance(shown, HttpResponse):
        return shown
    context = {
        "year": year,
        "years": years(on, year),
        "budget": budget,
        "counts": _counts(budget, total, year),
        "total": total,
        **shown.context,
        "without_a_payer": queries.without_a_payer(year).count(),
        "may_record": can(hat, "budget.record"),
        "may_allocate": can(hat, "allocation.make") and budget is not None,
    }
    return render(request, "funding/overview.html", context)


def _counts(budget: Budget | None, total: dict[str, int], year: int) -> list[dict[str, Any]]:
    """The figures of the year, each a link to the rows that add up to it."""
    whole = budget.amount_fen if budget else 0
    entries = reverse("funding:entries")
    return [
        {
            "label": "年度专项经费",
            "count": money(whole),
            "url": "#budget",
            "note": "" if budget else "尚未登记",
        },
        {
            "label": "已拨付",
            "count": money(total["given_fen"]),
            "url": f"{entries}?year={year}&flow=given",
            "definition": "拨付到各派出单位的合计，已扣除冲红",
        },
        {
            "label": "尚可拨付",
            "count": money(whole - total["given_fen"]),
            "url": f"{reverse('funding:allocations')}?year={year}",
            "definition": "年度专项经费减已拨付",
        },
        {
            "label": "已发放",
            "count": money(total["paid_fen"]),
            "url": f"{entries}?year={year}&flow=paid",
            "note": f"{total['trips']}人次",
            "definition": "各派出单位发放给科技特派员的合计，已扣除冲红",
        },
        {
            "label": "各单位余额",
            "count": money(total["balance_fen"]),
            "url": f"{entries}?year={year}",
            "definition": "已拨付减已发放",
        },
    ]


def _foot(total: dict[str, int]) -> dict[str, str]:
    sums = {key: money(fen) for key, fen in total.items() if key.endswith("_fen")}
    return {"institution__organization__name": "合计", **sums, "trips": f"{total['trips']:,}"}


# --- the year's fund --------------------------------------------------------------------------------------------------


@answer_once
def budget_new(request: HatRequest) -> HttpResponse:
    """201 by redirect · 422 with the sentences beside the fields, nothing typed lost."""
    on = localdate()
    form = BudgetForm(request.POST or None, initial={"year": on.year, "decided_on": on})
    if request.method == "POST" and form.is_valid():
        try:
            budget = services.record_budget(**form.cleaned_data, by=request.membership)
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            messages.success(request, f"{budget}已登记：{money(budget.amount_fen)}元。")
            return redirect(f"{reverse('funding:overview')}?year={budget.year}")
    context = {"form": form, "title": "登记年度专项经费", "confirm": "登记年度经费", "events": []}
    return render(request, "funding/budget_form.html", context, status=422 if form.errors else 200)


@answer_once
def budget_amend(request: HatRequest, pk: int) -> HttpResponse:
    budget = subject(request, Budget)
    form = AmendForm(request.POST or None, initial={"amount_fen": budget.amount_fen, "decided_on": localdate()})
    if request.method == "POST" and form.is_valid():
        try:
            budget = services.amend_budget(budget, **form.cleaned_data, by=request.membership)
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            messages.success(request, f"{budget}已调整为{money(budget.amount_fen)}元。")
            return redirect(f"{reverse('funding:overview')}?year={budget.year}")
    context = {
        "form": form,
        "title": f"调整{budget}",
        "confirm": "调整年度经费",
        "events": sentences(budget),
    }
    return render(request, "funding/budget_form.html", context, status=422 if form.errors else 200)


# --- allocations ------------------------------------------------------------------------------------------------------


@require_safe
def allocations(request: HatRequest) -> HttpResponse:
    """Every allocation of the year; an institution sees its own. Reversing one is on the page of its entry."""
    hat, on = request.membership, localdate()
    asked = ALLOCATIONS.found(hat, request.GET, on)
    standing = sum(asked.filter(is_reversed=False).values_list("amount_fen", flat=True))
    year = year_in(request, on)
    shown = page_of(
        request,
        ALLOCATIONS,
        caption=f"{year}年度拨付记录",
        foot={"unit": "合计（不含已冲红）", "amount_fen": money(standing)},
        empty=f"{year}年度还没有拨付记录。",
    )
    if isinstance(shown, HttpResponse):
        return shown
    context = {
        **shown.context,
        "year": year,
        "years": years(on, year),
        "may_allocate": can(hat, "allocation.make"),
    }
    return render(request, "funding/allocations.html", context)


@answer_once
def allocate(request: HatRequest) -> HttpResponse:
    """GET the form · POST shows what would be posted, with `act=post` posts it: 302 · 422 refused, at either."""
    on = localdate()
    year = year_in(request, on)
    budget = Budget.objects.visible_to(request.membership).filter(year=year).first()
    if budget is None:
        messages.error(request, f"请先登记{year}年度专项经费，再向派出单位拨付。")
        return redirect("funding:budget-new")
    chosen = {"allocated_on": on, "institution": request.GET.get("institution")}
    form = AllocationForm(request.POST or None, initial=chosen)
    act = request.POST.get("act")
    if request.method == "POST" and act != "edit" and form.is_valid():
        try:
            allocation, balance = _allocated(budget, form.cleaned_data, by=request.membership, for_good=act == "post")
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            if act != "post":
                return _read_once_more(request, budget, form, balance)
            messages.success(request, f"已向{allocation.institution}拨付{money(allocation.amount_fen)}元，并记入台账。")
            return redirect(f"{reverse('funding:overview')}?year={year}")
    allocated = queries.allocated(budget)
    context = {
        "form": form,
        "budget": budget,
        "allocated": allocated,
        "left": budget.amount_fen - allocated,
    }
    return render(request, "funding/allocate.html", context, status=422 if form.errors else 200)


def _allocated(budget: Budget, given: dict[str, Any], *, by: Membership, for_good: bool) -> tuple[Allocation, int]:
    """Post it, or only try: then everything is taken back, and what would refuse it refuses before it is confirmed.

    Returns the allocation and the balance of its account behind it.
    """
    with transaction.atomic():
        allocation = services.allocate(
            budget,
            institution=given["institution"],
            amount_fen=given["amount_fen"],
            document_number=given["document_number"],
            by=by,
            on=given["allocated_on"],
        )
        balance = allocation.entry.balance_fen
        if not for_good:
            transaction.set_rollback(True)
    return allocation, balance


def _read_once_more(request: HatRequest, budget: Budget, form: AllocationForm, balance: int) -> HttpResponse:
    given = form.cleaned_data
    context = {
        "budget": budget,
        "given": given,
        "typed": [(name, request.POST.get(name, "")) for name in form.fields],
        "capitals": capitals(given["amount_fen"]),
        "balance": balance,
        "left": budget.amount_fen - queries.allocated(budget) - given["amount_fen"],
    }
    return render(request, "funding/allocate_confirm.html", context)
