"""The page on which the bureau says whether an agreement goes on."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate

from accounts.doors import HatRequest
from agreements.ending.asking import asked_for_effects, shown_effects, status_of
from agreements.models import Agreement
from agreements.onward.forms import OnwardForm
from agreements.onward.models import OnwardDecision
from core.policy import Refused


def decide(
    request: HatRequest,
    agreement: Agreement,
    form_class: Callable[..., OnwardForm],
    service: Callable[..., OnwardDecision],
    about: Callable[[], dict[str, Any]],
    *,
    back: str,
) -> HttpResponse:
    """302 decided · 422 with the sentences beside the fields · 409 with the effects anew, where others were shown; with
    `preview` 200 what ends with it on the day typed.

    `about` gives the page's title, facts, and if it waits.
    """
    form, on = form_class(request.POST if request.method == "POST" else None), localdate()
    if "preview" in request.POST:
        asked_for_effects(form, agreement, on=on)
    elif form.is_bound and form.is_valid():
        try:
            decided = service(
                agreement, by=request.membership, on=on, seen=request.POST.get("seen", ""), **form.given()
            )
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            messages.success(request, f"已办理：{decided}，已通知各方。")
            return redirect(back)
    context = {
        "agreement": agreement,
        "form": form,
        "back": back,
        **shown_effects(form, agreement, on=on),
        **about(),
    }
    return render(request, "agreements/onward/decide.html", context, status=status_of(form))
