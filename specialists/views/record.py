"""One registration: what is known, what happened, what may be done with it."""

from collections.abc import Iterable, Mapping
from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import HatRequest, answer_once, can, subject
from accounts.enums import Role
from accounts.matrix import matrix
from core.models import PolicyPack
from core.policy import Finding, Refused
from core.verbs import sentences, story
from specialists import looking, services
from specialists.changes import services as changes
from specialists.changes.models import ChangeRequest
from specialists.enums import RegistrationStatus
from specialists.forms import RevealForm
from specialists.models import Departure, Registration, Suspension, Team
from specialists.selection.calling import closed_call
from specialists.views.common import blocks, evidence_of, facts_of, head_of, personal, steps_of


@require_safe
def detail(request: HatRequest, pk: int) -> HttpResponse:
    return _page(request, subject(request, Registration))


@require_safe
def history(request: HatRequest, pk: int) -> HttpResponse:
    """What happened to the registration; what happened to the person is for the offices, other units stand in it."""
    registration = subject(request, Registration)
    events = sentences(registration)
    if request.membership.role in Role.sees_everything:
        events = sorted(events + sentences(registration.specialist), key=lambda event: event["at"], reverse=True)
    context = {**head_of(request, registration), "story": story(events, request.GET)}
    return render(request, "specialists/history.html", context)


@require_POST
@answer_once
def submit(request: HatRequest, pk: int) -> HttpResponse:
    registration = subject(request, Registration)
    try:
        services.submit_registration(registration, by=request.membership, on=localdate())
    except Refused as refusal:
        return _page(request, registration, findings=refusal.findings, status=422)
    messages.success(request, "已提交市科技局审核。")
    return redirect("specialists:detail", pk)


@require_POST
@answer_once
def invite(request: HatRequest, pk: int) -> HttpResponse:
    registration = subject(request, Registration)
    try:
        services.invite_to_account(registration, by=request.membership)
    except Refused as refusal:
        return _page(request, registration, findings=refusal.findings, status=422)
    messages.success(request, f"已向{registration.specialist}的邮箱发送开通账号的邀请，7天内有效。")
    return redirect("specialists:detail", pk)


@require_POST
@answer_once
def discard(request: HatRequest, pk: int) -> HttpResponse:
    registration = subject(request, Registration)
    name = registration.specialist.name
    try:
        services.discard_registration(registration, by=request.membership, on=localdate())
    except Refused as refusal:
        return _page(request, registration, findings=refusal.findings, status=422)
    messages.success(request, f"{name}的登记草稿已删除。")
    return redirect("specialists:list")


@require_POST
def reveal(request: HatRequest, pk: int) -> HttpResponse:
    """The page once more with one number in full. Not `answer_once`: the number must not be kept anywhere."""
    registration = subject(request, Registration)
    form = RevealForm(request.POST)
    if not form.is_valid():
        return _page(request, registration, reveal_form=form, status=422)
    number = form.cleaned_data["number"]
    try:
        shown = services.reveal(
            registration.specialist,
            field=number,
            reason=form.cleaned_data["reason"],
            by=request.membership,
            on=localdate(),
        )
    except Refused as refusal:
        return _page(request, registration, findings=refusal.findings, status=422)
    return _page(request, registration, revealed={number: shown})


def _page(
    request: HatRequest,
    registration: Registration,
    *,
    findings: Iterable[Finding] = (),
    reveal_form: RevealForm | None = None,
    revealed: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    today, hat = localdate(), request.membership
    offices = hat.role in Role.sees_everything
    others = Registration.objects.visible_to(hat).filter(specialist=registration.specialist_id)
    own = services.is_own(registration, by=hat)
    editable = own and registration.is_editable and matrix().may(hat.role, "registration.edit")
    verdicts = services.judge(registration, on=today) if editable else []
    context = {
        **head_of(request, registration),
        "personal": personal(registration.specialist, revealed or {}, today),
        "facts": [*facts_of(registration), *evidence_of(request, registration)],
        "findings": list(findings),
        "missing": [*services.missing(registration, on=today), *blocks(verdicts)] if editable else [],
        "verdicts": verdicts,
        "may_invite": own
        and matrix().may(hat.role, "specialist.invite")
        and registration.status == RegistrationStatus.APPROVED
        and registration.specialist.user_id is None,
        "steps": steps_of(registration, names=offices),
        "in_teams": [*Team.objects.visible_to(hat).with_member(registration.specialist, year=registration.year)],
        "others": others.exclude(pk=registration.pk).order_by("-year", "pk"),
        "editable": editable,
        "may_submit": own and registration.is_editable and matrix().may(hat.role, "registration.submit"),
        "may_decide": _may_decide(request, registration),
        "may_reveal": matrix().may(hat.role, "specialist.reveal"),
        "reveal_form": reveal_form or RevealForm(),
        "revealed": bool(revealed),
        "late_call": closed_call(registration, on=today) if can(hat, "call.edit") else None,
        "suspension": _suspension(registration, today),
        "may_see_suspension": can(hat, "suspension.view"),
        "may_suspend": registration.status == RegistrationStatus.APPROVED
        and registration.specialist.revoked_on is None
        and can(hat, "suspension.register"),
        "departure": (departure := _departure(registration)),
        "may_tell_leaving": own
        and departure is None
        and registration.status == RegistrationStatus.APPROVED
        and can(hat, "departure.register"),
        "may_see_leaving": can(hat, "departure.view"),
        "asks": registration.status == RegistrationStatus.APPROVED
        and bool(changes.may_be_asked(PolicyPack.in_force(on=today)))
        and can(hat, "change.ask")
        and changes.may_ask(registration.specialist, by=hat),
        "waiting_changes": ChangeRequest.objects.visible_to(hat).open().filter(specialist=registration.specialist_id),
        # Other units stand in it: for the offices, and the person themself.
        "looks": looking.looks_at(registration.specialist) if offices or hat.role == Role.SPECIALIST else [],
    }
    return render(request, "specialists/detail.html", context, status=status)


def _suspension(registration: Registration, on: date) -> Suspension | None:
    return Suspension.objects.filter(specialist=registration.specialist_id).not_over(on).order_by("from_on").first()


def _departure(registration: Registration) -> Departure | None:
    told = Departure.objects.standing().filter(specialist=registration.specialist_id)
    return told.filter(institution=registration.institution_id).first()


def _may_decide(request: HatRequest, registration: Registration) -> bool:
    return registration.status == RegistrationStatus.SUBMITTED and matrix().may(
        request.membership.role, "registration.decide"
    )
