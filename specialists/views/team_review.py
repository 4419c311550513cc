"""The bureau's desk for a team: its members and facts beside the findings."""

from functools import partial
from typing import Any

from django.http import HttpResponse
from django.utils.timezone import localdate

from accounts.doors import HatRequest, subject
from accounts.models import Membership
from specialists import queries, teams
from specialists.enums import RegistrationStatus
from specialists.models import Team
from specialists.views import deciding
from specialists.views.common import evidence_of
from specialists.views.teams import facts_of, head_of, seats_of


def review(request: HatRequest, pk: int) -> HttpResponse:
    return deciding.review(request, subject(request, Team), DESK)


def _waiting(hat: Membership) -> list[int]:
    return queries.teams_waiting(Team.objects.visible_to(hat), hat.role)


def _shown(request: HatRequest, team: Team) -> dict[str, Any]:
    return {
        **head_of(team),
        "facts": [*facts_of(team), *evidence_of(request, team)],
        "seats": seats_of(team, on=localdate()),
    }


def _outcome(team: Team) -> str:
    if team.status == RegistrationStatus.APPROVED:
        return f"团队“{team.name}”已入选。"
    if team.status == RegistrationStatus.PROPOSED:
        return f"团队“{team.name}”的登记已通过审核，可列入拟选派名单。"
    if team.status == RegistrationStatus.RETURNED:
        return f"团队“{team.name}”的登记已退回补正。"
    return f"团队“{team.name}”的登记已通过这一步，转下一步办理。"


DESK = deciding.Desk(
    act=teams.ACT,
    template="specialists/team_review.html",
    review="specialists:team-review",
    detail="specialists:team-detail",
    selects="通过后团队及其成员即入选，并通知组织单位和成员",
    decide=teams.decide_team,
    judge=partial(teams.judge_team, told=True),
    waiting=_waiting,
    shown=_shown,
    outcome=_outcome,
)
