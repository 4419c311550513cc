"""提前终止: the day and its effects first, then the reason, then the act; and taking an ordered end back."""

from datetime import date

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate

from accounts.acts import carry_out
from accounts.doors import HatRequest, answer_once
from agreements.ending import services
from agreements.ending.asking import asked_for_effects, shown_effects, status_of
from agreements.ending.ordered import ends_said
from agreements.enums import AgreementStatus, TerminationReason
from agreements.forms import RevokeEndForm, TerminateForm
from agreements.models import Agreement
from agreements.views.common import facts_of, whole
from core.jinja import cdate


@answer_once
def terminate(request: HatRequest, pk: int) -> HttpResponse:
    """GET what ends with it · POST 302 ended, or to end on a coming day · 422 with the sentences beside the fields · 409
    with the effects anew, where others were shown; with `preview` 200 what ends with it on the day typed."""
    agreement, on = whole(request), localdate()
    form = TerminateForm(request.POST if request.method == "POST" else None, initial={"ends_on": on})
    runs = agreement.status == AgreementStatus.FILED and agreement.last_day >= on
    if not form.is_bound and (not runs or agreement.is_to_end):
        return redirect(agreement)
    if "preview" in request.POST:
        asked_for_effects(form, agreement, on=on)
        return _page(request, agreement, form, on=on)
    done = carry_out(
        request,
        form,
        lambda: services.end_agreement(
            agreement,
            by=request.membership,
            on=on,
            ends_on=form.cleaned_data["ends_on"],
            reason=TerminationReason(form.cleaned_data["reason"]),
            note=form.cleaned_data["note"],
            seen=request.POST.get("seen", ""),
        ),
        said=lambda ended: (
            f"协议 {ended} 将于{cdate(ended.terminated_on)}终止，已通知三方。此前可以撤销。"
            if ended.is_to_end
            else f"协议 {ended} 已终止，已通知三方。"
        ),
        to=agreement,
    )
    return done or _page(request, agreement, form, on=on)


def _page(request: HatRequest, agreement: Agreement, form: TerminateForm, *, on: date) -> HttpResponse:
    """With the effects of the day typed, or of today while none can be read."""
    context = {
        "agreement": agreement,
        "facts": facts_of(agreement)[:5],
        "form": form,
        "on": on,
        **shown_effects(form, agreement, on=on),
    }
    return render(request, "agreements/ending/form.html", context, status=status_of(form))


@answer_once
def revoke(request: HatRequest, pk: int) -> HttpResponse:
    """302 it goes on · 422 no reason, nothing to take back, or its day has come."""
    agreement, on = whole(request), localdate()
    form = RevokeEndForm(request.POST if request.method == "POST" else None)
    if not form.is_bound and not agreement.is_to_end:
        return redirect(agreement)
    done = carry_out(
        request,
        form,
        lambda: services.revoke_end(agreement, by=request.membership, on=on, **form.cleaned_data),
        said=f"已撤销终止决定，协议 {agreement} 继续履行，已通知三方。",
        to=agreement,
    )
    order = agreement.end_orders.filter(revoked_on=None).select_related("decided_by__person").first()
    decided = (
        [
            ("终止日期", f"自{cdate(order.ends_on)}起"),
            ("终止原因", order.get_reason_display(), order.note),
            ("终止决定", cdate(order.decided_on), str(order.decided_by)),
        ]
        if order
        else []
    )
    context = {
        "agreement": agreement,
        "facts": facts_of(agreement)[:5],
        "decided": decided,
        "answers": [answer.question for answer in ends_said(agreement)],
        "form": form,
    }
    return done or render(request, "agreements/ending/revoke.html", context, status=422 if form.is_bound else 200)
