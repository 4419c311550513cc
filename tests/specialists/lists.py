"""How the tests of the selection bring a list to the station they are about: through the services, day by day."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from accounts.models import Membership
from core.files import keep
from core.models import PolicyPack, StoredFile
from core.packs import POLICIES, read
from specialists.enums import Category, RegistrationStatus
from specialists.models import Registration, SelectionList, Team
from specialists.selection import services
from tests.cast import MAY_12, PDF, Season, person

# Working days of May 2026: the 18th is a Monday, nothing is free until the end of the month.
COMPOSED, APPROVED, NOTICED = date(2026, 5, 18), date(2026, 5, 20), date(2026, 5, 20)
LAST_DAY, CLOSED, ANNOUNCED = date(2026, 5, 26), date(2026, 5, 27), date(2026, 5, 28)


def by_list(season: Season) -> Season:
    """The same season under the plan as it is shipped: who passed review is selected by a published list."""
    content = read(POLICIES / "shijiazhuang-2026.toml")
    content["settings"]["selection"]["calls_required"] = False  # tests/specialists/test_calls.py is about those
    season.pack = PolicyPack.objects.create(**{**content, "version": 2})
    return season


def proposed(season: Season, key: str, category: str = Category.AGRICULTURE, **more: Any) -> Registration:
    """Somebody who passed review and stands on no list yet."""
    given = {"status": RegistrationStatus.PROPOSED, "approved_on": None, **more}
    return season.selected(key, category, **given)


def team_of(season: Season, name: str, *keys: str, status: str = RegistrationStatus.PROPOSED) -> Team:
    team = Team.objects.create(
        institution=season.u1,
        year=2026,
        name=name,
        category=Category.AGRICULTURE,
        domains=["粮油作物"],
        status=status,
        submitted_on=MAY_12,
        pack=season.pack,
    )
    for key in keys:
        team.members.create(specialist=person(key), is_leader=key == keys[0], joined_on=MAY_12, consented_on=MAY_12)
    return team


def composed(season: Season, *registrations: Registration, teams: Sequence[Team] = ()) -> SelectionList:
    return services.compose_list(by=season.officer, on=COMPOSED, registrations=registrations, teams=teams)


def scan(by: Membership) -> StoredFile:
    return keep(PDF, name="签批单.pdf", kind="pdf", purpose="selection-scan", by=by)


def passed_by_head(season: Season, *registrations: Registration, teams: Sequence[Team] = ()) -> SelectionList:
    held = services.submit_list(composed(season, *registrations, teams=teams), by=season.officer, on=COMPOSED)
    return services.decide_list(held, by=season.head, on=COMPOSED, passed=True)


def signed(season: Season, held: SelectionList, **more: Any) -> SelectionList:
    given = {"passed": True, "kind": "slip", "number": "签批〔2026〕7号", "decided_on": APPROVED, "on": APPROVED}
    return services.record_paper_step(held, by=season.officer, scan=scan(season.officer), **{**given, **more})


def approved(season: Season, *registrations: Registration, teams: Sequence[Team] = ()) -> SelectionList:
    return signed(season, passed_by_head(season, *registrations, teams=teams))


def noticed(season: Season, *registrations: Registration, teams: Sequence[Team] = ()) -> SelectionList:
    return services.open_notice(
        approved(season, *registrations, teams=teams),
        by=season.officer,
        on=NOTICED,
        starts_on=NOTICED,
        working_days=5,
        contact="农村科技处　0311-86000000",
    )


def closed(season: Season, *registrations: Registration, teams: Sequence[Team] = ()) -> SelectionList:
    held = noticed(season, *registrations, teams=teams)
    return services.close_notice(held, by=season.officer, on=CLOSED, note="公示期间未收到异议。")


def announced(season: Season, held: SelectionList, **more: Any) -> SelectionList:
    given: dict[str, Any] = {"on": ANNOUNCED, "document_number": "石科〔2026〕12号", "announced_on": ANNOUNCED}
    return services.announce(held, by=season.officer, scan=scan(season.officer), **{**given, **more})


def objection(season: Season, held: SelectionList, **more: Any) -> Any:
    given: dict[str, Any] = {
        "on": NOTICED,
        "received_on": NOTICED,
        "channel": "letter",
        "sender": "张建设",
        "contact": "13900000000",
        "content": "反映其近三年未从事该领域工作。",
    }
    return services.receive_objection(held, by=season.officer, **{**given, **more})
