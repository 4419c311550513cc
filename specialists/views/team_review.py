"""The bureau's desk for a team: its members and facts beside the findings, one step of the decision, the next team."""

from collections.abc import Sequence

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate

from accounts.doors import HatRequest, answer_once, subject, version_sent
from accounts.enums import Role
from core import approvals
from core.policy import Finding, Level, Refused
from core.stale import Stale
from specialists import queries, teams
from specialists.enums import RegistrationStatus
from specialists.forms import DecisionForm
from specialists.models import Team
from specialists.views.common import steps_of
from specialists.views.review import after
from specialists.views.teams import facts_of, head_of, seats_of


def review(request: HatRequest, pk: int) -> HttpResponse:
    """GET shows the team beside its findings, POST takes the next step and leads on to the next team."""
    team = subject(request, Team)
    if request.method != "POST":
        return _desk(request, team, DecisionForm())
    return _decide(request, team)


@answer_once
def _decide(request: HatRequest, team: Team) -> HttpResponse:
    hat, form = request.membership, DecisionForm(request.POST)
    if not form.is_valid():
        return _desk(request, team, form, status=422)
    given = form.cleaned_data
    try:
        decided = teams.decide_team(
            team,
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
        return _desk(request, team, form, refused=others, status=422)
    except Stale as stale:
        team.refresh_from_db()
        return _desk(request, team, form, stale=stale, status=409)
    messages.success(request, _outcome(decided))
    if waiting := queries.teams_waiting(Team.objects.visible_to(hat), hat.role):
        return redirect("specialists:team-review", waiting[0])
    return redirect("specialists:team-detail", decided.pk)


def _desk(
    request: HatRequest,
    team: Team,
    form: DecisionForm,
    *,
    refused: Sequence[Finding] = (),
    stale: Stale | None = None,
    status: int = 200,
) -> HttpResponse:
    today, hat = localdate(), request.membership
    queue = queries.teams_waiting(Team.objects.visible_to(hat), hat.role)
    place = queue.index(team.pk) if team.pk in queue else None
    approval = approvals.running(teams.ACT, team)
    verdicts = teams.judge_team(team, on=today, deciding=True, told=True) if team.pack else []
    found = [verdict.finding for verdict in verdicts if verdict.finding]
    standing = teams.reasons_of(team, since=approval) if approval else {}
    reasons = form.reasons if form.is_bound and hasattr(form, "reasons") else {}
    upcoming = approvals.next_role(approval) if approval else None
    context = {
        **head_of(team),
        "facts": facts_of(team),
        "seats": seats_of(team, on=today),
        "form": form,
        "verdicts": verdicts,
        "found": found,
        "asks": any(one.level == Level.WARN and one.code not in standing for one in found),
        "standing": standing,
        "reasons": reasons,
        "documents": form.documents if reasons else {},
        "refused": list(refused),
        "elsewhere": [one for one in refused if one.code not in {finding.code for finding in found}],
        "steps": steps_of(team, names=True, act=teams.ACT),
        "next_role": Role(upcoming).label if upcoming else "",
        "after": after(approval, selects="通过后团队及其成员即入选，并通知组织单位和成员"),
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
    return render(request, "specialists/team_review.html", context, status=status)


def _outcome(team: Team) -> str:
    if team.status == RegistrationStatus.APPROVED:
        return f"团队“{team.name}”已入选。"
    if team.status == RegistrationStatus.RETURNED:
        return f"团队“{team.name}”的登记已退回补正。"
    return f"团队“{team.name}”的登记已通过这一步，转下一步办理。"
