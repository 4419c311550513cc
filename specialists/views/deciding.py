"""The bureau's desk: facts beside findings, one step of the decision, and on to the next file.

One desk serves registrations and teams; what differs between them is in a `Desk`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate

from accounts.doors import HatRequest, answer_once, version_sent
from accounts.enums import Role
from accounts.models import Membership
from core import approvals
from core.policy import Finding, Level, Refused, Verdict
from core.stale import Stale
from specialists.deciding import Record, goes_on_a_list, reasons_of, writers_of
from specialists.forms import DecisionForm
from specialists.views.common import steps_of


@dataclass(frozen=True)
class Desk:
    """One kind of file on the desk."""

    act: str
    template: str
    review: str  # the name of this desk's address
    detail: str
    selects: str  # what follows the last step
    decide: Callable[..., Record]
    judge: Callable[..., list[Verdict]]
    waiting: Callable[[Membership], list[int]]  # the files that wait for a hat, the longest waiting first
    shown: Callable[[HatRequest, Any], dict[str, Any]]
    outcome: Callable[[Any], str]


def review(request: HatRequest, record: Record, desk: Desk) -> HttpResponse:
    """GET shows the file beside its findings, POST takes the next step and leads on to the next file."""
    if request.method != "POST":
        return _shown(request, record, desk, DecisionForm())
    return _decide(request, record, desk)


@answer_once
def _decide(request: HatRequest, record: Record, desk: Desk) -> HttpResponse:
    form = DecisionForm(request.POST)
    if not form.is_valid():
        return _shown(request, record, desk, form, status=422)
    given = form.cleaned_data
    try:
        decided = desk.decide(
            record,
            by=request.membership,
            on=localdate(),
            **form.verdict(),
            reasons=form.reasons,
            documents=form.documents,
            document_number=given["document_number"],
            decided_on=given["decided_on"],
            version=version_sent(request),
        )
    except Refused as refusal:
        others = form.refuse_beside(refusal.findings)
        return _shown(request, record, desk, form, refused=others, status=422)
    except Stale as stale:
        record.refresh_from_db()
        return _shown(request, record, desk, form, stale=stale, status=409)
    messages.success(request, desk.outcome(decided))
    if waiting := desk.waiting(request.membership):
        return redirect(desk.review, waiting[0])
    return redirect(desk.detail, decided.pk)


def _shown(
    request: HatRequest,
    record: Record,
    desk: Desk,
    form: DecisionForm,
    *,
    refused: Sequence[Finding] = (),
    stale: Stale | None = None,
    status: int = 200,
) -> HttpResponse:
    hat = request.membership
    queue = desk.waiting(hat)
    place = queue.index(record.pk) if record.pk in queue else None
    approval = approvals.running(desk.act, record)
    verdicts = desk.judge(record, on=localdate(), deciding=True) if record.pack else []
    found = [verdict.finding for verdict in verdicts if verdict.finding]
    standing = reasons_of(record, since=approval) if approval else {}
    reasons = form.reasons if form.is_bound and hasattr(form, "reasons") else {}
    upcoming = approvals.next_role(approval) if approval else None
    is_own = hat.person_id in writers_of(record)
    context = {
        **desk.shown(request, record),
        "record": record,
        "desk": desk,
        "form": form,
        "verdicts": verdicts,
        "found": found,
        "asks": any(one.level == Level.WARN and one.code not in standing for one in found),
        "standing": standing,
        "reasons": reasons,
        "documents": form.documents if reasons else {},
        "refused": list(refused),
        "elsewhere": [one for one in refused if one.code not in {finding.code for finding in found}],
        "steps": steps_of(record, names=True, act=desk.act),
        "next_role": (f"登记人以外的{Role(upcoming).label}" if is_own else Role(upcoming).label) if upcoming else "",
        "after": _after(approval, desk, record),
        "yours": upcoming == hat.role and not is_own,
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
    return render(request, desk.template, context, status=status)


def _after(approval: Any, desk: Desk, record: Record) -> str:
    """What follows when the step at hand is passed."""
    if approval is None:
        return ""
    taken = len(approval.taken.all())
    if taken + 1 < len(approval.steps):
        return f"通过后转{Role(approval.steps[taken + 1]).label}"
    if record.pack and goes_on_a_list(record, record.pack):
        return "通过后列为拟选派，名单公示、公布后入选"
    return desk.selects
