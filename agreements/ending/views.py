"""提前终止: the effects first, then the reason, then the act."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate

from accounts.doors import HatRequest, answer_once
from agreements import services
from agreements.ending.effects import effects_of_ending
from agreements.enums import AgreementStatus, TerminationReason
from agreements.forms import TerminateForm
from agreements.views.common import facts_of, whole
from core.policy import Refused


@answer_once
def terminate(request: HatRequest, pk: int) -> HttpResponse:
    """GET what ends with it · POST 302 ended today · 422 the reason is missing, or it is not in force."""
    agreement, on = whole(request), localdate()
    form = TerminateForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        reason, note = TerminationReason(form.cleaned_data["reason"]), form.cleaned_data["note"]
        try:
            services.terminate_agreement(agreement, by=request.membership, on=on, reason=reason, note=note)
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            messages.success(request, f"协议 {agreement} 已终止，已通知三方。")
            return redirect(agreement)
    elif not form.is_bound and agreement.status != AgreementStatus.FILED:
        return redirect(agreement)
    context = {
        "agreement": agreement,
        "facts": facts_of(agreement)[:5],
        "effects": effects_of_ending(agreement, on=on),
        "form": form,
        "on": on,
    }
    return render(request, "agreements/ending/form.html", context, status=422 if form.is_bound else 200)
