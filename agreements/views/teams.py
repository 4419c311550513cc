"""The page on which a team changes its members: here, because who is in a team counts at the hosts it serves."""

from django.http import HttpResponse

from accounts.doors import HatRequest, answer_once
from agreements import services
from specialists.views import teams


@answer_once
def change(request: HatRequest, pk: int) -> HttpResponse:
    return teams.change(request, act=services.change_team_members)
