"""冲红申请: asked for on the page of its entry, decided there by another, and all of them as a list."""

from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST, require_safe

from accounts import verdicts
from accounts.acts import carry_out
from accounts.doors import HatRequest, answer_once, subject
from accounts.lists.shown import page_of
from core.policy import Refused
from core.tables import addresses
from funding import services
from funding.forms import ReversalDecisionForm, ReverseForm
from funding.listed import REVERSALS
from funding.models import Allocation, LedgerEntry, ReversalRequest
from funding.views.entries import entry_page


@require_safe
def reversals(request: HatRequest) -> HttpResponse:
    shown = page_of(
        request,
        REVERSALS,
        row_href=addresses("funding:entry", by="entry_id"),
        empty="还没有冲红申请。记错的分录在其页面上“申请冲红”。",
    )
    if isinstance(shown, HttpResponse):
        return shown
    return render(request, "funding/reversals.html", shown.context)


@require_POST
@answer_once
def ask(request: HatRequest, pk: int) -> HttpResponse:
    """302 asked for · 422 refused, with the findings."""
    return _asked(request, subject(request, LedgerEntry))


@require_POST
@answer_once
def ask_of_allocation(request: HatRequest, pk: int) -> HttpResponse:
    """As above, for what the bureau gave."""
    return _asked(request, subject(request, Allocation).entry)


def _asked(request: HatRequest, entry: LedgerEntry) -> HttpResponse:
    form = ReverseForm(request.POST)
    done = carry_out(
        request,
        form,
        lambda: services.ask_reversal(entry, by=request.membership, on=localdate(), reason=form.cleaned_data["reason"]),
        said="已申请冲红，请其他人员复核。复核前不记账，分录和余额不变。",
        to=reverse("funding:entry", args=[entry.pk]),
    )
    return done or entry_page(request, entry, form=form)


@require_POST
@answer_once
def decide(request: HatRequest, pk: int) -> HttpResponse:
    """302 reversed, or refused with its reason · 422 with what is in the way."""
    asked, form = subject(request, ReversalRequest), ReversalDecisionForm(request.POST)
    done = verdicts.give(
        request,
        form,
        partial(services.decide_reversal, asked),
        passed="分录已冲红，台账已记账，余额已相应调整。",
        returned="已答复不同意冲红，申请人会收到通知。",
        to=reverse("funding:entry", args=[asked.entry_id]),
    )
    return done or entry_page(request, asked.entry, deciding=form)


@require_POST
@answer_once
def withdraw(request: HatRequest, pk: int) -> HttpResponse:
    asked = subject(request, ReversalRequest)
    try:
        services.withdraw_reversal(asked, by=request.membership, on=localdate())
    except Refused as refusal:
        return entry_page(request, asked.entry, findings=refusal.findings)
    messages.success(request, "冲红申请已撤回，分录照旧。")
    return redirect("funding:entry", asked.entry_id)
