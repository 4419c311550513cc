"""暂停资格: who is suspended, and the bureau's word on one person."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST, require_safe

from accounts.acts import carry_out
from accounts.doors import HatRequest, answer_once, can, subject
from accounts.lists.shown import page_of
from agreements.listed_after_filing import SUSPENSIONS
from agreements.suspending import services
from agreements.suspending.forms import ResumptionForm, SuspensionForm
from core.jinja import cdate
from core.policy import Refused
from core.tables import addresses
from core.verbs import sentences
from specialists.models import Registration, Suspension


@require_safe
def suspensions(request: HatRequest) -> HttpResponse:
    shown = page_of(
        request,
        SUSPENSIONS,
        row_href=addresses("agreements:suspension"),
        empty="没有暂停资格的科技特派员。市科技局在人员的登记页面“暂停资格”。",
    )
    return (
        shown if isinstance(shown, HttpResponse) else render(request, "agreements/suspending/list.html", shown.context)
    )


@answer_once
def suspend(request: HatRequest, pk: int) -> HttpResponse:
    """302 suspended · 422 with the sentences beside the fields."""
    registration, on = subject(request, Registration), localdate()
    form = SuspensionForm(request.POST if request.method == "POST" else None, initial={"from_on": on})
    if request.method == "POST" and form.is_valid():
        try:
            done = services.suspend(registration, by=request.membership, on=on, **form.cleaned_data)
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            messages.success(request, f"已暂停{done.specialist}的资格，已通知本人、派出单位和派驻单位。")
            return redirect("agreements:suspension", done.pk)
    context = {
        "registration": registration,
        "person": registration.specialist,
        "form": form,
        "papers": services.under_way(registration.specialist, on=on).select_related("host__organization"),
    }
    return render(request, "agreements/suspending/form.html", context, status=422 if form.is_bound else 200)


@require_safe
def suspension(request: HatRequest, pk: int) -> HttpResponse:
    return _page(request, subject(request, Suspension), ResumptionForm(initial={"resumed_on": localdate()}))


@require_POST
@answer_once
def resume(request: HatRequest, pk: int) -> HttpResponse:
    """302 given back · 422 with the sentences beside the fields."""
    resting = subject(request, Suspension)
    form = ResumptionForm(request.POST)
    done = carry_out(
        request,
        form,
        lambda: services.resume(resting, by=request.membership, on=localdate(), **form.cleaned_data),
        said=f"已登记{resting.specialist}的资格恢复，已通知本人、派出单位和派驻单位。",
        to=reverse("agreements:suspension", args=[pk]),
    )
    return done or _page(request, resting, form, status=422)


def _page(request: HatRequest, resting: Suspension, form: ResumptionForm, *, status: int = 200) -> HttpResponse:
    on = localdate()
    one_day = resting.until_on == resting.from_on
    ended = [("恢复日期", cdate(resting.resumed_on)), ("恢复原因", resting.resume_reason, str(resting.resumed_by))]
    context: dict[str, Any] = {
        "suspension": resting,
        "state": resting.state(on),
        "facts": [
            ("姓名", resting.specialist.name, resting.specialist.id_masked),
            ("暂停日期", f"{cdate(resting.from_on)}{'当日' if one_day else ''}"),
            *([] if one_day else [("暂停至", cdate(resting.until_on) if resting.until_on else "另行通知")]),
            ("暂停原因", resting.reason),
            ("依据文号", resting.document_number),
            ("办理", cdate(resting.suspended_at), str(resting.suspended_by)),
            *(ended if resting.resumed_on else []),
        ],
        "form": form,
        "may_resume": resting.resumed_on is None
        and resting.stands(on)
        and can(request.membership, "suspension.resume"),
        "events": sentences(resting),
    }
    return render(request, "agreements/suspending/detail.html", context, status=status)
