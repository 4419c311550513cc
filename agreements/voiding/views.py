"""作废备案: what it means, what is in the way, why."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate

from accounts.acts import carry_out
from accounts.doors import HatRequest, answer_once
from agreements.enums import AgreementStatus
from agreements.views.common import facts_of, whole
from agreements.voiding import services
from agreements.voiding.forms import VoidForm


@answer_once
def void(request: HatRequest, pk: int) -> HttpResponse:
    """GET what is in the way, if anything · POST 302 void · 422 no reason, or something was done under it."""
    agreement = whole(request)
    form = VoidForm(request.POST if request.method == "POST" else None)
    if not form.is_bound and agreement.status != AgreementStatus.FILED:
        return redirect(agreement)
    done = carry_out(
        request,
        form,
        lambda: services.void_agreement(agreement, by=request.membership, on=localdate(), **form.cleaned_data),
        said=f"备案 {agreement} 已作废，已通知三方。备案号保留，不再使用。",
        to=agreement,
    )
    if done:
        return done
    context = {
        "agreement": agreement,
        "facts": facts_of(agreement)[:5],
        "barred": None if form.is_bound else services.why_not_void(agreement),
        "done": services.done_under(agreement),
        "form": form,
    }
    return render(request, "agreements/voiding/form.html", context, status=422 if form.is_bound else 200)
