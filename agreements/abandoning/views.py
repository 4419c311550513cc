"""放弃协议: what it means, and why."""

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate

from accounts.acts import carry_out
from accounts.doors import HatRequest, answer_once
from agreements.abandoning import services
from agreements.abandoning.forms import AbandonForm
from agreements.enums import AgreementStatus
from agreements.views.common import facts_of, whole


@answer_once
def abandon(request: HatRequest, pk: int) -> HttpResponse:
    """GET what it means · POST 302 closed · 422 no reason, or it is not with who writes it any more."""
    agreement = whole(request)
    form = AbandonForm(request.POST if request.method == "POST" else None)
    if not form.is_bound and agreement.status not in AgreementStatus.editable:
        return redirect(agreement)
    done = carry_out(
        request,
        form,
        lambda: services.abandon_agreement(agreement, by=request.membership, on=localdate(), **form.cleaned_data),
        said=f"协议 {agreement} 已放弃，已打印、签署和扫描的材料留作记录。",
        to=agreement,
    )
    if done:
        return done
    context = {"agreement": agreement, "facts": facts_of(agreement)[:5], "form": form}
    return render(request, "agreements/abandoning/form.html", context, status=422 if form.is_bound else 200)
