"""补助标准: what an institution pays per person and trip, from which day on."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods, require_POST

from accounts.doors import HatRequest, answer_once, can, subject
from accounts.lists.shown import page_of
from accounts.models import Institution
from core.jinja import cdate, money
from core.policy import Finding, Refused
from funding import queries, services
from funding.forms import RateForm
from funding.listed import RATES
from funding.models import RateCard


@require_http_methods(["GET", "HEAD", "POST"])
@answer_once
def rates(request: HatRequest) -> HttpResponse:
    """The standards this hat sees; the institution sets its own here. 422 with the sentences, nothing typed lost."""
    form = RateForm(request.POST or None, initial={"effective_from": localdate()})
    if request.method == "POST" and form.is_valid():
        institution = Institution.objects.get(pk=request.membership.organization_id)
        try:
            card = services.set_rate(institution, **form.cleaned_data, by=request.membership)
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            messages.success(
                request, f"补助标准已制定：{cdate(card.effective_from)}起每人每次{money(card.amount_fen)}元。"
            )
            return redirect("funding:rates")
    return _page(request, form)


@require_POST
@answer_once
def withdraw(request: HatRequest, pk: int) -> HttpResponse:
    card = subject(request, RateCard)
    try:
        services.withdraw_rate(card, by=request.membership)
    except Refused as refusal:
        return _page(request, RateForm(initial={"effective_from": localdate()}), findings=refusal.findings)
    messages.success(request, "补助标准已撤回。")
    return redirect("funding:rates")


def _page(request: HatRequest, form: RateForm, *, findings: Sequence[Finding] = ()) -> HttpResponse:
    hat, on = request.membership, localdate()
    own = can(hat, "rate.set")
    shown = page_of(
        request,
        RATES,
        empty="还没有制定补助标准。制定后才能申领补助。" if own else "还没有派出单位制定补助标准。",
    )
    if isinstance(shown, HttpResponse):
        return shown
    rows = RateCard.objects.visible_to(hat)
    band = queries.pack_for(on).entry("E-AMOUNT")
    unused = rows.filter(effective_from__gt=on).order_by("effective_from") if own else RateCard.objects.none()
    context = {
        **shown.context,
        "form": form,
        "findings": findings,
        "own": own,
        "band": band,
        "least": band.params["min_fen"],
        "most": band.params["max_fen"],
        "unused": unused,
    }
    return render(request, "funding/rates.html", context, status=422 if form.errors or findings else 200)
