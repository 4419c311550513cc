"""A visit of a team: who came is ticked, each has an attendance and a subsidy of their own (A20, R40)."""

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client

from accounts.models import Membership
from agreements.enums import AgreementStatus
from agreements.models import Agreement
from core.policy import Refused
from specialists import teams
from specialists.enums import SpecialistStatus
from specialists.models import Specialist, Suspension, Team
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


def test_who_is_cancelled_tells_of_no_day_after_it_whoever_came(season: Season) -> None:
    """五（一）"""
    agreement = filed(season, selected(season, *FOUR))
    hat = season.hat_of(person("P11"))
    visit = logged(agreement, hat, "P8", on=date(2026, 5, 20))
    Specialist.objects.filter(name=PEOPLE["P11"][0]).update(status=SpecialistStatus.REVOKED, revoked_on=MAY_21)

    assert refusal(lambda: logged(agreement, hat, "P8", "P9")) == ["E-REVOKED"]
    assert refusal(lambda: logged(agreement, hat, "P8", "P9", on=date(2026, 5, 20), days=2)) == ["E-REVOKED"]
    change: dict[str, Any] = {"by": hat, "on": date(2026, 5, 26), "version": visit.version, "date": MAY_21}
    assert refusal(lambda: services.amend_visit(visit, **change)) == ["E-REVOKED"]
    assert names(logged(agreement, hat, "P8", "P9", on=date(2026, 5, 20))) == ["孙立群", "吴建国"]
    sent = {**form(agreement, "P8", "P9"), "attendees": [person("P8").pk], "agreement": agreement.pk}
    by_api = browser_of(hat).post("/api/v1/visits/", sent, content_type="application/json")
    assert (by_api.status_code, by_api.json()["findings"][0]["code"]) == (422, "E-REVOKED")


def test_who_rests_tells_of_no_day_of_it_whoever_came(season: Season) -> None:
    agreement = filed(season, selected(season, *FOUR))
    hat = season.hat_of(person("P11"))
    Suspension.objects.create(
        specialist=person("P11"), from_on=MAY_21, until_on=MAY_25, reason="调查", suspended_by=season.head
    )

    assert refusal(lambda: logged(agreement, hat, "P8", "P9")) == ["E-SUSPENDED"]
    assert names(logged(agreement, hat, "P8", on=date(2026, 5, 26))) == ["孙立群"]


def test_who_has_left_the_team_tells_of_no_day_after_it(season: Season) -> None:
    team = selected(season, *FOUR)
    agreement = filed(season, team)
    hat = season.hat_of(person("P8"))  # who signed for the team
    change: dict[str, Any] = {"on": MAY_25, "day": MAY_25, "reason": "调动", "consent": True, "by": season.clerk}
    teams.pass_on_lead(team, to=member_of(team, "P9"), by=season.clerk, on=MAY_25)
    teams.change_members(team, leaving=member_of(team, "P8"), joining=entry("P12"), **change)

    assert refusal(lambda: logged(agreement, hat, "P9", on=MAY_25)) == ["E-VISIT-WHO"]
    assert "还没有已备案的协议" in browser_of(hat).get("/visits/new/").text


def test_the_phone_of_who_is_cancelled_offers_the_days_before_alone(season: Season) -> None:
    agreement = filed(season, selected(season, *FOUR))
    hat = season.hat_of(person("P11"))
    Specialist.objects.filter(name=PEOPLE["P11"][0]).update(status=SpecialistStatus.REVOKED, revoked_on=MAY_21)
    phone = browser_of(hat)

    home, page = phone.get("/").text, phone.get("/visits/new/").text

    assert "登记一次服务" not in home
    assert "补登2026年5月20日及以前的服务" in home
    assert "市科技局已于2026年5月21日取消您的科技特派员资格" in home
    assert "请在每次下基层服务后及时登记" not in home
    assert "团队的协议由其他成员继续履行" in home
    assert "登记一次服务" not in phone.get("/visits/").text
    assert "不能登记当日及以后的服务" in page
    assert 'value="2026-05-20"' in page
    answer = phone.post("/visits/new/", form(agreement, "P8", "P9"))
    assert (answer.status_code, "资格已取消" in answer.text) == (422, True)

    Specialist.objects.filter(name=PEOPLE["P11"][0]).update(revoked_on=date(2026, 3, 1))
    assert "不能登记当日及以后的服务" in phone.get("/visits/new/").text
    assert "补登" not in phone.get("/").text


def test_the_phone_of_who_rests_offers_no_service(season: Season) -> None:
    season.filed(season.selected("P3"), season.h4, service_start=date(2026, 5, 12))
    hat = season.hat_of(person("P3"))
    Suspension.objects.create(specialist=person("P3"), from_on=MAY_25, reason="调查", suspended_by=season.head)

    home = browser_of(hat).get("/").text

    assert "资格自2026年5月25日起暂停" in home
    assert "登记一次服务" not in home
    assert "补登2026年5月24日及以前的服务" in home
    assert "及时登记" not in home


def test_the_host_of_a_withdrawn_visit_reads_who_was_there(season: Season) -> None:
    agreement = filed(season, selected(season, *FOUR))
    visit = logged(agreement, season.hat_of(person("P9")), "P9", "P10")
    services.send_link(visit)
    token = re.findall(r"/visits/confirm/([\w-]+)/", str(mail.outbox[-1].body))[0]
    assert "吴建国、郑旻2026年5月21日在贵单位" in str(mail.outbox[-1].body)
    services.withdraw_visit(visit, by=season.hat_of(person("P9")), on=date(2026, 5, 26))

    page = Client().get(f"/visits/confirm/{token}/").text

    assert "吴建国、郑旻于2026年5月21日" in page
    assert "孙立群" not in page  # who leads the team, and was not there
