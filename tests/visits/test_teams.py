"""A visit of a team: who came is ticked, each has an attendance and a subsidy of their own (A20, R40)."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine

from accounts.models import Membership
from agreements.enums import AgreementStatus
from agreements.models import Agreement
from core.policy import Refused
from specialists import teams
from specialists.enums import SpecialistStatus
from specialists.models import Specialist, Team
from tests.cast import PEOPLE, Season, person
from tests.hands import browser_of
from tests.specialists.team_acts import THREE, entry, member_of, selected
from visits import queries, services
from visits.models import Visit

FOUR = ("P8", "P9", "P10", "P11")
MAY_21, MAY_25 = date(2026, 5, 21), date(2026, 5, 25)


@pytest.fixture(autouse=True)
def _on_26_may() -> Iterator[None]:
    with time_machine.travel("2026-05-26 10:00+08:00", tick=False):
        yield


def filed(season: Season, team: Team) -> Agreement:
    leader = team.members.current().get(is_leader=True)
    assert leader.registration
    return season.agreement(leader.registration, season.h4, team=team, status=AgreementStatus.FILED)


def logged(agreement: Agreement, by: Membership, *keys: str, on: date = MAY_21, **more: Any) -> Visit:
    known: dict[str, Any] = {
        "date": on,
        "days": 1,
        "mode": "onsite",
        "activities": ["产业调研与建议"],
        "content": "会诊",
    }
    who = [person(key) for key in keys]
    return services.log_visit(agreement, by=by, on=date(2026, 5, 26), attendees=who, **{**known, **more})


def refusal(act: Any) -> list[str]:
    with pytest.raises(Refused) as refused:
        act()
    return [finding.code for finding in refused.value.findings]


def names(visit: Visit) -> list[str]:
    return [attendance.specialist.name for attendance in visit.attendances.order_by("pk")]


def form(visit_of: Agreement, *keys: str, **more: Any) -> dict[str, Any]:
    known = {"agreement": visit_of.pk, "date": "2026-05-21", "days": "1", "mode": "onsite", "content": "会诊"}
    return {**known, "activities": ["产业调研与建议"], "attendees": [person(key).pk for key in keys], **more}


def test_a_member_logs_a_visit_on_the_phone_and_ticks_who_came(season: Season) -> None:
    team = selected(season, *FOUR)
    agreement = filed(season, team)
    phone = browser_of(season.hat_of(member_of(team, "P9").specialist))
    page = phone.get("/visits/new/").content.decode()
    assert [name for name in ("孙立群", "吴建国", "郑旻", "冯赟") if name in page] == [
        "孙立群",
        "吴建国",
        "郑旻",
        "冯赟",
    ]
    assert "研发咨询" not in page  # R9: what teams do

    answer = phone.post("/visits/new/", form(agreement, "P8", "P9", "P11"))

    visit = Visit.objects.get()
    assert (answer.status_code, names(visit)) == (302, ["孙立群", "吴建国", "冯赟"])
    assert "孙立群、吴建国、冯赟" in phone.get(f"/visits/{visit.pk}/").content.decode()


def test_a_visit_to_which_nobody_came_is_none(season: Season) -> None:
    team = selected(season)
    agreement = filed(season, team)
    phone = browser_of(season.hat_of(member_of(team, "P8").specialist))

    answer = phone.post("/visits/new/", form(agreement))

    assert (answer.status_code, "请选择参加这次服务的人员" in answer.content.decode()) == (422, True)
    assert not Visit.objects.exists()


def test_who_was_no_member_that_day_did_not_come(season: Season) -> None:
    team = selected(season, *FOUR)
    agreement = filed(season, team)
    change: dict[str, Any] = {"on": MAY_25, "day": MAY_25, "reason": "调动", "consent": True, "by": season.clerk}
    teams.change_members(team, leaving=member_of(team, "P11"), joining=entry("P12"), **change)
    clerk = season.clerk

    assert names(logged(agreement, clerk, "P8", "P11", on=MAY_21)) == ["孙立群", "冯赟"]
    assert refusal(lambda: logged(agreement, clerk, "P8", "P12", on=MAY_21)) == ["E-VISIT-WHO"]
    assert refusal(lambda: logged(agreement, clerk, "P8", "P11", on=MAY_25)) == ["E-VISIT-WHO"]
    assert names(logged(agreement, clerk, "P8", "P12", on=MAY_25)) == ["孙立群", "陈玥"]


def test_who_is_qualified_no_longer_did_not_come(season: Season) -> None:
    agreement = filed(season, selected(season, *FOUR))
    Specialist.objects.filter(name=PEOPLE["P9"][0]).update(status=SpecialistStatus.REVOKED, revoked_on=MAY_21)

    assert refusal(lambda: logged(agreement, season.clerk, "P8", "P9")) == ["E-VISIT-WHO"]
    assert names(logged(agreement, season.clerk, "P8", "P9", on=date(2026, 5, 20))) == ["孙立群", "吴建国"]


def test_who_came_is_corrected_until_the_host_confirms(season: Season) -> None:
    agreement = filed(season, selected(season))
    visit = logged(agreement, season.clerk, *THREE)
    came = [person("P8"), person("P10")]

    services.amend_visit(visit, by=season.clerk, on=date(2026, 5, 26), version=1, attendees=came)

    assert names(visit) == ["孙立群", "郑旻"]


def test_two_hosts_in_a_day_are_told_of_those_who_were_at_both(season: Season) -> None:
    agreement = filed(season, selected(season))
    logged(agreement, season.clerk, "P8", "P9")

    second = logged(agreement, season.clerk, "P9", "P10")

    [told] = services.judge_again(second, today=date(2026, 5, 26))
    assert (told.code, told.message.startswith("吴建国2026年5月21日已登记")) == ("W-SAME-DAY", True)


def test_the_visit_of_one_person_stays_theirs_whoever_is_named(season: Season) -> None:
    agreement = season.filed(season.selected("P3"), season.h5)

    visit = logged(agreement, season.clerk, "P8", activities=["技术咨询"])

    assert names(visit) == ["张昇"]
    assert queries.serving(agreement, MAY_21) == [person("P3")]


def test_the_interface_takes_members_by_their_numbers_and_nobody_else(season: Season) -> None:
    team = selected(season)
    agreement = filed(season, team)
    phone = browser_of(season.hat_of(member_of(team, "P8").specialist))
    body = {**form(agreement, "P8", "P10"), "days": 1, "date": "2026-05-21"}

    strange = phone.post("/api/v1/visits/", {**body, "attendees": [person("P1").pk]}, content_type="application/json")
    answer = phone.post("/api/v1/visits/", body, content_type="application/json")

    assert (strange.status_code, answer.status_code) == (422, 201)
    assert len(answer.json()["attendances"]) == 2
