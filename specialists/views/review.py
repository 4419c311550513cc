"""The bureau's desk: facts beside findings, one step of the decision, and on to the next file."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate

from accounts.doors import HatRequest, answer_once, subject, version_sent
from accounts.enums import Role
from core import approvals
from core.policy import Finding, Level, Refused
from core.stale import Stale
from specialists import queries, services
from specialists.enums import RegistrationStatus
from specialists.forms import DecisionForm
from specialists.models import Registration
from specialists.views.common import facts_of, head_of, personal, steps_of


def review(request: HatRequest, pk: int) -> HttpResponse:
    """The bureau's desk: GET shows facts beside findings, POST takes the next step and leads on to the next file."""
    registration = subject(request, Registration)
    if request.method != "POST":
        return _desk(request, registration, DecisionForm())
    return _decide(request, registration)


@answer_once
def _decide(request: HatRequest, registration: Registration) -> HttpResponse:
    hat, form = request.membership, DecisionForm(request.POST)
    if not form.is_valid():
        return _desk(request, registration, form, status=422)
    given = form.cleaned_data
    try:
        decided = services.decide_registration(
            registration,
            by=hat,
            on=localdate(),
            passed=given["decision"] == "pass",
            opinion=given["opinion"],
            reasons=form.reasons,
            documents=form.documents,
            document_number=given["document_number"],
            decided_on=given["decided_on"],
            version=version_sent(request),
        )
    except Refused as refusal:
        beside = [finding for finding in refusal.findings if finding.facts.get("field") in form.fields]
        form.refuse(beside)
        others = [finding for finding in refusal.findings if finding not in beside]
        return _desk(request, registration, form, refused=others, status=422)
    except Stale as stale:
        registration.refresh_from_db()
        return _desk(request, registration, form, stale=stale, status=409)
    messages.success(request, _outcome(decided))
    if waiting := queries.waiting_in_turn(Registration.objects.visible_to(hat), hat.role):
        return redirect("specialists:review", waiting[0])
    return redirect("specialists:detail", decided.pk)


def _desk(
    request: HatRequest,
    registration: Registration,
    form: DecisionForm,
    *,
    refused: Sequence[Finding] = (),
    stale: Stale | None = None,
    status: int = 200,
) -> HttpResponse:
    today, hat = localdate(), request.membership
    queue = queries.waiting_in_turn(Registration.objects.visible_to(hat), hat.role)
    place = queue.index(registration.pk) if registration.pk in queue else None
    approval = approvals.running(services.ACT, registration)
    verdicts = services.judge(registration, on=today, deciding=True) if registration.pack else []
    found = [verdict.finding for verdict in verdicts if verdict.finding]
    standing = services.reasons_of(registration, since=approval) if approval else {}
    reasons = form.reasons if form.is_bound and hasattr(form, "reasons") else {}
    upcoming = approvals.next_role(approval) if approval else None
    context = {
        **head_of(request, registration),
        "personal": personal(registration.specialist, {}, today),
        "facts": facts_of(registration),
        "form": form,
        "verdicts": verdicts,
        "found": found,
        "asks": any(one.level == Level.WARN and one.code not in standing for one in found),
        "standing": standing,
        "reasons": reasons,
        "documents": form.documents if reasons else {},
        "refused": list(refused),
        "elsewhere": [one for one in refused if one.code not in {finding.code for finding in found}],
        "steps": steps_of(registration, names=True),
        "next_role": Role(upcoming).label if upcoming else "",
        "after": after(approval),
        "yours": upcoming == hat.role,
        "stale": stale,
        "queue": {
            "place": place + 1,
            "count": len(queue),
            "previous": queue[place - 1] if place else None,
            "next": queue[place + 1] if place + 1 < len(queue) else None,
        }
        if place is not None
        else None,
    }
    return render(request, "specialists/review.html", context, status=status)


def after(approval: Any, *, selects: str = "通过后即入选，并通知派出单位和本人") -> str:
    """What follows when the step at hand is passed."""
    if approval is None:
        return ""
    taken = len(approval.taken.all())
    if taken + 1 < len(approval.steps):
        return f"通过后转{Role(approval.steps[taken + 1]).label}"
    return selects


def _outcome(registration: Registration) -> str:
    name = registration.specialist.name
    if registration.status == RegistrationStatus.APPROVED:
        return f"{name}已入选。"
    if registration.status == RegistrationStatus.RETURNED:
        return f"{name}的登记已退回补正。"
    return f"{name}的登记已通过这一步，转下一步办理。"
