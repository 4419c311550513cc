"""How the tests of this app put teams together: through the services, as the clerk and the bureau do."""

from datetime import date
from typing import Any

from accounts.models import Membership
from specialists import teams
from specialists.models import Team, TeamMember
from specialists.teams import MemberEntry
from tests.cast import MAY_12, MAY_18, MAY_20, PEOPLE, Season

THREE = ("P8", "P9", "P10")


def entry(key: str, **more: Any) -> MemberEntry:
    """What a clerk writes of a person of the cast."""
    name, number = PEOPLE[key]
    known = {"name": name, "id_number": number, "mobile": f"139{number[-9:-1]}", "email": f"{key.lower()}@example.org"}
    return MemberEntry(**{**known, **more})


def entries(*keys: str, **more: Any) -> list[MemberEntry]:
    """The first leads."""
    return [entry(key, is_leader=place == 0, **more) for place, key in enumerate(keys)]


def drafted(season: Season, *keys: str, by: Membership | None = None, on: date = MAY_12, **more: Any) -> Team:
    filled: dict[str, Any] = {
        "name": "小麦产业技术团队",
        "domains": ["粮油作物"],
        "members": entries(*(keys or THREE)),
        "consent": True,
        **more,
    }
    return teams.register_team(by=by or season.clerk, on=on, **filled)


def handed_in(season: Season, *keys: str, by: Membership | None = None, **more: Any) -> Team:
    team = drafted(season, *keys, by=by, **more)
    return teams.submit_team(team, by=by or season.clerk, on=MAY_12)


def passed_once(season: Season, *keys: str, by: Membership | None = None, **more: Any) -> Team:
    """The officer has passed it; the head of division has not seen it yet."""
    reasons = more.pop("reasons", None)
    team = handed_in(season, *keys, by=by, **more)
    return teams.decide_team(team, by=season.officer, on=MAY_18, passed=True, reasons=reasons)


def selected(season: Season, *keys: str, **more: Any) -> Team:
    return teams.decide_team(passed_once(season, *keys, **more), by=season.head, on=MAY_20, passed=True)


def member_of(team: Team, key: str) -> TeamMember:
    return team.members.current().get(specialist__name=PEOPLE[key][0])


def names_in(team: Team) -> list[str]:
    return [member.specialist.name for member in team.members.current().order_by("pk")]
