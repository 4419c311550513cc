"""改派申请 beside its agreement: asking, the list, deciding."""

from collections.abc import Sequence
from functools import partial

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST, require_safe

from accounts import verdicts
from accounts.doors import HatRequest, answer_once, can, subject
from accounts.lists.shown import page_of
from agreements.ending.effects import MOVE_WAITS, effects_of_ending
from agreements.listed_after_filing import MOVES
from agreements.models import Agreement
from agreements.moving import services
from agreements.moving.forms import MoveDecisionForm, MoveForm
from agreements.moving.models import MoveRequest
from agreements.queries import asked_again_at
from core import files
from core.jinja import cdate
from core.models import PolicyPack
from core.policy import Finding, Refused
from core.tables import addresses
from core.verbs import of_a_request
from specialists.enums import ChangeStatus


@require_safe
def moves(request: HatRequest) -> HttpResponse:
    shown = page_of(
        request,
        MOVES,
        row_href=addresses("agreements:move"),
        empty="还没有改派申请。在已备案协议的页面“申请改派”。",
    )
    if isinstance(shown, HttpResponse):
        return shown
    return render(request, "agreements/moving/list.html", shown.context)


@answer_once
def ask(request: HatRequest, pk: int) -> HttpResponse:
    """GET the form, or why nothing can be asked · 302 asked · 422 with the sentences beside the fields."""
    agreement = subject(request, Agreement)
    on = localdate()
    form = MoveForm(request.POST if request.method == "POST" else None, request.FILES or None)
    if request.method == "POST" and form.is_valid():
        try:
            asked = services.ask_to_move(agreement, by=request.membership, on=on, **form.cleaned_data)
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            messages.success(request, "已提交改派申请，市科技局同意前协议继续履行。")
            return redirect("agreements:move", asked.pk)
    barred = None if form.is_bound else services.why_not_asked(agreement, PolicyPack.in_force(on=on), on=on)
    context = {"agreement": agreement, "form": form, "barred": barred}
    return render(request, "agreements/moving/form.html", context, status=422 if form.is_bound else 200)


@require_safe
def move(request: HatRequest, pk: int) -> HttpResponse:
    return _page(request, subject(request, MoveRequest))


@require_POST
@answer_once
def decide(request: HatRequest, pk: int) -> HttpResponse:
    asked, form = subject(request, MoveRequest), MoveDecisionForm(request.POST)
    done = verdicts.give(
        request,
        form,
        partial(services.decide_move, asked),
        passed="已同意，原协议今日终止，已通知各方。",
        returned="已退回，申请人已收到通知。",
        to=reverse("agreements:move", args=[pk]),
    )
    return done or _page(request, asked, deciding=form, status=422)


@require_POST
@answer_once
def withdraw(request: HatRequest, pk: int) -> HttpResponse:
    asked = subject(request, MoveRequest)
    try:
        services.withdraw_move(asked, by=request.membership)
    except Refused as refusal:
        return _page(request, asked, findings=refusal.findings, status=422)
    messages.success(request, "改派申请已撤回，协议继续履行。")
    return redirect("agreements:move", pk)


@require_safe
def evidence(request: HatRequest, pk: int) -> HttpResponseBase:
    return files.serve(subject(request, MoveRequest).evidence)


def _page(
    request: HatRequest,
    asked: MoveRequest,
    *,
    deciding: MoveDecisionForm | None = None,
    findings: Sequence[Finding] = (),
    status: int = 200,
) -> HttpResponse:
    hat = request.membership
    asked = MoveRequest.objects.select_related(
        "agreement__specialist", "agreement__host__organization", "evidence", "asked_by__organization", "decided_by"
    ).get(pk=asked.pk)
    host = services.wished_host(asked)
    is_open, own = asked.status == ChangeStatus.OPEN, asked.asker_id == hat.person_id
    facts = [
        ("特派员", asked.agreement.specialist.name, asked.agreement.specialist.id_masked),
        ("现派驻单位", str(asked.agreement.host)),
        ("拟改派单位", asked.wished, f"{host.get_host_type_display()}，{host.organization.district}" if host else ""),
        ("改派原因", asked.note),
        ("申请人", str(asked.asked_by), cdate(asked.asked_at)),
        *([("审核人", str(asked.decided_by), cdate(asked.decided_at))] if asked.decided_by else []),
    ]
    context = {
        "asked": asked,
        "facts": facts,
        "may_decide": is_open and not own and can(hat, "move.decide"),
        "may_withdraw": is_open and own,
        "may_draft": asked.status == ChangeStatus.APPROVED and can(hat, "agreement.draft"),
        # Deciding settles this request itself: it is none of those that are taken back with the agreement.
        "effects": [one for one in effects_of_ending(asked.agreement, on=localdate()) if one.label != MOVE_WAITS]
        if is_open
        else [],
        "is_registered": host is not None,
        "decision_form": deciding or MoveDecisionForm(),
        "findings": list(findings),
        "events": of_a_request(
            asked.agreement, verb="agreement.move_", since=asked.asked_at, until=asked_again_at(asked)
        ),
    }
    return render(request, "agreements/moving/detail.html", context, status=status)
