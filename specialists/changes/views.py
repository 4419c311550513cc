"""Pages of 变更申请: asking, the list, one request with its proof, deciding; and 我的资料 of the specialist."""

from collections.abc import Sequence
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST, require_safe

from accounts import verdicts
from accounts.doors import HatRequest, answer_once, can, subject
from accounts.enums import Role
from accounts.lists.shown import page_of
from core import approvals, files
from core.jinja import cdate
from core.models import PolicyPack
from core.policy import Finding, Refused
from core.tables import addresses
from core.verbs import sentences
from specialists import looking
from specialists.changes import services
from specialists.changes.forms import ChangeDecisionForm, ChangeForm, ChangeRevealForm
from specialists.changes.listed import CHANGES
from specialists.changes.models import ChangeRequest
from specialists.enums import ChangeField, ChangeStatus
from specialists.models import Registration, Specialist
from specialists.views.common import personal


@require_safe
def changes(request: HatRequest) -> HttpResponse:
    """Every request this hat may see; `?mine=1` those that wait for its step."""
    decides, mine = can(request.membership, "change.decide"), request.GET.get("mine") == "1"
    shown = page_of(
        request,
        CHANGES,
        row_href=addresses("specialists:change"),
        empty="还没有变更申请。入选后的资料在登记页面“申请变更”。",
        empty_filtered="没有待您审核的变更申请。" if mine else "没有符合条件的记录。",
    )
    if isinstance(shown, HttpResponse):
        return shown
    chips = [
        {"label": "全部", "url": shown.bar.everything, "current": not mine},
        {"label": "待我审核", "url": "?mine=1", "current": mine},
    ]
    context = {**shown.context, "chips": chips if decides else []}
    return render(request, "specialists/changes/list.html", context)


@answer_once
def ask(request: HatRequest, pk: int) -> HttpResponse:
    """302 asked · 422 with the sentences beside the fields. `?what=` chooses the detail."""
    registration, today = subject(request, Registration), localdate()
    person, hat = registration.specialist, request.membership
    fields = services.asked_of(person, PolicyPack.in_force(on=today))
    if request.method != "POST" and (not fields or not services.may_ask(person, by=hat)):
        messages.warning(request, "入选后的资料变更，由本人或其派出单位申请；直接聘请的由市科技局申请。")
        return redirect("specialists:detail", pk)
    form = ChangeForm(
        request.POST if request.method == "POST" else None,
        request.FILES or None,
        fields=fields,
        initial={"what": request.GET.get("what", ChangeField.BANK_ACCOUNT)},
    )
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            asked = services.ask_for_change(
                person,
                by=hat,
                on=today,
                field=ChangeField(typed["what"]),
                value=typed["value"],
                bank_name=typed["bank_name"],
                note=typed["note"],
                evidence=typed["evidence"],
            )
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            messages.success(request, f"已提交{asked.get_field_display()}变更申请，审核同意后生效。")
            return redirect("specialists:change", asked.pk)
    kept = [(field.label, services.masked(field, services.kept_of(person, field)) or "未填写") for field in fields]
    context = {"registration": registration, "person": person, "form": form, "kept": kept}
    return render(request, "specialists/changes/form.html", context, status=422 if form.is_bound else 200)


@require_safe
def mine(request: HatRequest) -> HttpResponse:
    """我的资料, on the phone: what is kept of oneself, what may be asked for, and who looked behind a mask."""
    hat, today = request.membership, localdate()
    person = Specialist.objects.visible_to(hat).first()
    if person is None:
        return render(request, "specialists/changes/nobody.html", status=200)
    keeper = services.keeper_of(person)
    fields = services.asked_of(person, PolicyPack.in_force(on=today)) if keeper else []
    asked = ChangeRequest.objects.visible_to(hat).order_by("-pk")[:20]
    context = {
        "person": person,
        "keeper": keeper,
        "facts": personal(person, {}, today),
        "fields": [{"what": field.value, "label": field.label} for field in fields],
        "asked": asked,
        "looks": looking.looks_at(person),
    }
    return render(request, "specialists/changes/mine.html", context)


@require_safe
def change(request: HatRequest, pk: int) -> HttpResponse:
    return _page(request, subject(request, ChangeRequest))


@require_POST
@answer_once
def decide(request: HatRequest, pk: int) -> HttpResponse:
    """302 to the request decided · 422 with what is in the way."""
    asked, form = subject(request, ChangeRequest), ChangeDecisionForm(request.POST)
    done = verdicts.give(
        request,
        form,
        partial(services.decide_change, asked),
        passed="已同意，本人和申请人已收到通知。",
        returned="已退回，申请人已收到通知。",
        to=reverse("specialists:change", args=[pk]),
    )
    return done or _page(request, asked, deciding=form, status=422)


@require_POST
@answer_once
def withdraw(request: HatRequest, pk: int) -> HttpResponse:
    asked = subject(request, ChangeRequest)
    try:
        services.withdraw_change(asked, by=request.membership)
    except Refused as refusal:
        return _page(request, asked, findings=refusal.findings, status=422)
    messages.success(request, "变更申请已撤回。")
    return redirect("specialists:change", pk)


@require_POST
def reveal(request: HatRequest, pk: int) -> HttpResponse:
    """The page once more with the new number in full. Not `answer_once`: the number must not be kept anywhere."""
    asked, form = subject(request, ChangeRequest), ChangeRevealForm(request.POST)
    if not form.is_valid():
        return _page(request, asked, revealing=form, status=422)
    try:
        shown = services.reveal_change(asked, reason=form.cleaned_data["reason"], by=request.membership, on=localdate())
    except Refused as refusal:
        return _page(request, asked, findings=refusal.findings, status=422)
    return _page(request, asked, shown=shown)


@require_safe
def evidence(request: HatRequest, pk: int) -> HttpResponseBase:
    """The bytes as they were uploaded."""
    return files.serve(subject(request, ChangeRequest).evidence)


@require_safe
def evidence_page(request: HatRequest, pk: int, page: int) -> HttpResponse:
    return files.serve_page(subject(request, ChangeRequest).evidence, page, kept=False)  # it shows a whole number


def _page(
    request: HatRequest,
    asked: ChangeRequest,
    *,
    deciding: ChangeDecisionForm | None = None,
    revealing: ChangeRevealForm | None = None,
    findings: Sequence[Finding] = (),
    shown: str = "",
    status: int = 200,
) -> HttpResponse:
    hat = request.membership
    asked = ChangeRequest.objects.select_related(
        "specialist", "institution__organization", "evidence", "asker", "asked_by__organization"
    ).get(pk=asked.pk)
    running = approvals.running(services.act_of(asked.field), asked)
    turn = approvals.next_role(running) if running else None
    open_here = asked.status == ChangeStatus.OPEN
    may_see_files = can(hat, "change.evidence")
    registration = Registration.objects.visible_to(hat).filter(specialist=asked.specialist_id).order_by("-year", "pk")
    context: dict[str, Any] = {
        "asked": asked,
        "registration": registration.first(),
        "facts": _facts(asked, shown=shown),
        "waits_for": dict(Role.choices).get(turn or "", ""),
        "may_decide": turn == hat.role and asked.asker_id != hat.person_id,
        "own_request": asked.asker_id == hat.person_id,
        "may_withdraw": open_here and can(hat, "change.ask") and _is_own(asked, request),
        "may_reveal": open_here and can(hat, "specialist.reveal") and asked.field in services.REVEALABLE,
        "may_see_files": may_see_files,
        "pages": _pictures(asked) if may_see_files else [],
        "decision_form": deciding or ChangeDecisionForm(),
        "reveal_form": revealing or ChangeRevealForm(),
        "findings": list(findings),
        "shown": bool(shown),
        "events": sentences(asked),
    }
    return render(request, "specialists/changes/detail.html", context, status=status)


MOST_PICTURES = 10


def _pictures(asked: ChangeRequest) -> list[int]:
    return list(range(1, min(asked.evidence.pages, MOST_PICTURES) + 1))


def _is_own(asked: ChangeRequest, request: HatRequest) -> bool:
    hat = request.membership
    units = (hat.role, asked.asked_by.role)
    of_unit = {*units} <= {*Role.institution} and asked.asked_by.organization_id == hat.organization_id
    return of_unit or asked.asker_id == hat.person_id


def _facts(asked: ChangeRequest, *, shown: str) -> list[tuple[str, object] | tuple[str, object, object]]:
    facts: list[tuple[str, object] | tuple[str, object, object]] = [
        ("姓名", asked.specialist.name, asked.specialist.id_masked),
        ("派出单位", str(asked.institution) if asked.institution else "市科技局直接聘请"),
        ("变更事项", asked.get_field_display()),
        ("原值", asked.old_masked or "未填写", asked.old_bank_name),
        ("变更为", shown or asked.value_masked, asked.bank_name),
        ("变更原因", asked.note),
        ("申请人", str(asked.asked_by), cdate(asked.asked_at)),
    ]
    return [*facts, ("审核人", str(asked.decided_by), cdate(asked.decided_at))] if asked.decided_by else facts
