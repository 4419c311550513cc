"""变更 beside its agreement: asking, the list, deciding."""

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
from agreements.amending import services
from agreements.amending.effective import AMENDABLE, effective, in_words
from agreements.amending.forms import AmendForm
from agreements.forms import Goals
from agreements.listed_after_filing import AMENDMENTS
from agreements.models import Agreement, Amendment
from agreements.queries import asked_again_at
from core import files
from core.jinja import cdate
from core.models import PolicyPack
from core.policy import Finding, Refused
from core.tables import addresses
from core.verbs import of_a_request
from specialists.changes.forms import ChangeDecisionForm
from specialists.enums import ChangeStatus


@require_safe
def amendments(request: HatRequest) -> HttpResponse:
    shown = page_of(
        request,
        AMENDMENTS,
        row_href=addresses("agreements:amendment"),
        empty="还没有变更申请。在已备案协议的页面“申请变更”。",
    )
    if isinstance(shown, HttpResponse):
        return shown
    return render(request, "agreements/amending/list.html", shown.context)


@answer_once
def ask(request: HatRequest, pk: int) -> HttpResponse:
    """GET the form, or why nothing can be asked · 302 asked · 422 with the sentences beside the fields."""
    agreement = subject(request, Agreement)
    reads = effective(agreement)
    if request.method == "POST":
        more = request.POST.get("act") == "more"
        form, goals = AmendForm(request.POST, request.FILES), Goals(request.POST, more=more)
        if more:
            return _ask_page(request, agreement, form, goals)
        goals.require_one()
        if form.is_valid() and not goals.errors:
            try:
                asked = services.ask_to_amend(
                    agreement, by=request.membership, on=localdate(), goals=goals.value, **form.cleaned_data
                )
            except Refused as refusal:
                form.refuse(refusal.findings)
            else:
                messages.success(request, "已提交变更申请，市科技局同意前按原内容履行。")
                return redirect("agreements:amendment", asked.pk)
        return _ask_page(request, agreement, form, goals, status=422)
    initial = {"visits_per_year": reads.visits_per_year, "service_content": reads.service_content}
    on = localdate()
    barred = services.why_not_asked(agreement, PolicyPack.in_force(on=on), on=on)
    return _ask_page(request, agreement, AmendForm(initial=initial), Goals(saved=reads.goals), barred=barred)


def _ask_page(
    request: HatRequest,
    agreement: Agreement,
    form: AmendForm,
    goals: Goals,
    *,
    barred: Finding | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {"agreement": agreement, "form": form, "goals": goals, "barred": barred}
    return render(request, "agreements/amending/form.html", context, status=status)


@require_safe
def amendment(request: HatRequest, pk: int) -> HttpResponse:
    return _page(request, subject(request, Amendment))


@require_POST
@answer_once
def decide(request: HatRequest, pk: int) -> HttpResponse:
    asked, form = subject(request, Amendment), ChangeDecisionForm(request.POST)
    done = verdicts.give(
        request,
        form,
        partial(services.decide_amendment, asked),
        passed="已同意，自今日起按变更后的内容执行，已通知三方。",
        returned="已退回，已通知派出单位。",
        to=reverse("agreements:amendment", args=[pk]),
    )
    return done or _page(request, asked, deciding=form, status=422)


@require_POST
@answer_once
def withdraw(request: HatRequest, pk: int) -> HttpResponse:
    asked = subject(request, Amendment)
    try:
        services.withdraw_amendment(asked, by=request.membership)
    except Refused as refusal:
        return _page(request, asked, findings=refusal.findings, status=422)
    messages.success(request, "变更申请已撤回，协议按原内容履行。")
    return redirect("agreements:amendment", pk)


@require_safe
def evidence(request: HatRequest, pk: int) -> HttpResponseBase:
    return files.serve(subject(request, Amendment).evidence)


def _page(
    request: HatRequest,
    asked: Amendment,
    *,
    deciding: ChangeDecisionForm | None = None,
    findings: Sequence[Finding] = (),
    status: int = 200,
) -> HttpResponse:
    hat = request.membership
    about = (
        "agreement__specialist",
        "agreement__host__organization",
        "evidence",
        "asked_by__organization",
        "decided_by",
    )
    asked = Amendment.objects.select_related(*about).get(pk=asked.pk)
    is_open = asked.status == ChangeStatus.OPEN
    facts = [
        ("特派员", asked.agreement.specialist.name, asked.agreement.specialist.id_masked),
        ("派驻单位", str(asked.agreement.host)),
        ("变更原因", asked.get_kind_display(), asked.note),
        ("申请人", str(asked.asked_by), cdate(asked.asked_at)),
        *([("审核人", str(asked.decided_by), cdate(asked.decided_at))] if asked.decided_by else []),
    ]
    context = {
        "asked": asked,
        "facts": facts,
        "changes": [
            (AMENDABLE[name], in_words(name, asked.before.get(name)), in_words(name, value))
            for name, value in asked.values.items()
        ],
        "may_decide": is_open and asked.asker_id != hat.person_id and can(hat, "amendment.decide"),
        "may_withdraw": is_open and can(hat, "amendment.ask") and asked.asked_by.organization_id == hat.organization_id,
        "decision_form": deciding or ChangeDecisionForm(),
        "findings": list(findings),
        "events": of_a_request(
            asked.agreement, verb="agreement.amendment_", since=asked.asked_at, until=asked_again_at(asked)
        ),
    }
    return render(request, "agreements/amending/detail.html", context, status=status)
