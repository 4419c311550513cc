"""Teams as a clerk, an officer, a member and a stranger meet them on the pages."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import FirstAnswer, Membership
from core.models import AuditEvent, Override
from specialists import teams
from specialists.enums import SpecialistStatus
from specialists.models import Specialist, Team
from tests.cast import MAY_12, MAY_18, MAY_20, PEOPLE, Season
from tests.specialists.team_acts import (
    THREE,
    drafted,
    entries,
    entry,
    handed_in,
    member_of,
    names_in,
    passed_once,
    selected,
)


@pytest.fixture(autouse=True)
def _on_20_may() -> Iterator[None]:
    with time_machine.travel("2026-05-20 10:00+08:00", tick=False):
        yield


def signed_in(hat: Membership) -> Client:
    client = Client()
    client.force_login(hat.person)
    return client


def get(hat: Membership, path: str) -> tuple[int, str]:
    response = signed_in(hat).get(path)
    return response.status_code, response.content.decode()


def post(hat: Membership, path: str, form: dict[str, Any]) -> tuple[int, str]:
    """A form as the browser sends it; of an act that was done, where it led."""
    response = signed_in(hat).post(path, form)
    if response.status_code == 302:
        return response.status_code, response.headers["Location"]
    return response.status_code, response.content.decode()


def typed(*keys: str, rows: int | None = None, **more: Any) -> dict[str, Any]:
    """The form as a browser without JavaScript sends it: the first row leads, unused rows are empty."""
    form: dict[str, Any] = {
        "name": "小麦产业技术团队",
        "domain_0": "粮油作物",
        "consent": "on",
        "leader": "0",
        "rows": str(rows or max(len(keys), 3)),
        "then": "save",
    }
    for place, key in enumerate(keys):
        name, number = PEOPLE[key]
        form |= {
            f"m{place}-name": name,
            f"m{place}-id_number": number,
            f"m{place}-mobile": f"139{number[-9:-1]}",
            f"m{place}-personnel_type": "staff",
        }
    return {**form, **more}


# --- the form ---------------------------------------------------------------------------------------------------------


def test_a_clerk_registers_a_team_and_hands_it_in(season: Season) -> None:
    status, where = post(season.clerk, "/specialists/teams/new/", typed(*THREE, then="submit"))

    team = Team.objects.get()
    assert (status, where) == (302, f"/specialists/teams/{team.pk}/")
    assert (team.status, names_in(team)) == ("submitted", ["孙立群", "吴建国", "郑旻"])
    page = get(season.clerk, where)[1]
    assert "139999********0084" in page
    assert not [number for _, number in PEOPLE.values() if number in page]


def test_a_refused_form_says_in_whose_row_and_keeps_what_was_typed(season: Season) -> None:
    wrong = {"m1-id_number": "139999198807300092", "m2-mobile": "12345"}
    form = {**typed(*THREE, summary="良种良法配套"), **wrong}

    status, page = post(season.clerk, "/specialists/teams/new/", form)

    assert status == 422
    assert "第2名成员：身份证号码校验位不符" in page
    assert "第3名成员：手机号码应为11位数字" in page
    for kept in ("139999198807300092", "12345", "良种良法配套", PEOPLE["P8"][1]):
        assert kept in page
    assert not Specialist.objects.exists()
    assert not FirstAnswer.objects.exists()


def test_another_row_is_given_without_javascript_and_nothing_typed_is_lost(season: Season) -> None:
    form = typed("P8", "P9", "P10", rows=3, then="row", idempotency_key="k1")

    status, page = post(season.clerk, "/specialists/teams/new/", form)

    assert status == 200
    assert 'name="m3-name"' in page
    assert PEOPLE["P10"][1] in page
    assert "data-error-summary" not in page
    assert not FirstAnswer.objects.exists()  # numbers are kept nowhere
    assert not Team.objects.exists()


def test_a_draft_that_cannot_be_handed_in_yet_is_kept_and_says_what_is_missing(season: Season) -> None:
    form = typed("P8", "P9", then="submit", domain_0="", consent="")

    status, where = post(season.clerk, "/specialists/teams/new/", form)

    team = Team.objects.get()
    assert (status, where) == (302, f"/specialists/teams/{team.pk}/edit/?missing=1")
    page = get(season.clerk, where)[1]
    for sentence in (
        "请至少选择一个领域或行业",
        "当前2人",
        "孙立群、吴建国对处理个人信息的同意",
        "提交前还需完成 3 项",
    ):
        assert sentence in page


def test_a_member_is_moved_out_and_another_takes_the_lead_in_the_form(season: Season) -> None:
    team = drafted(season, "P8", "P9", "P10", "P11")
    kept = [member.pk for member in team.members.order_by("pk")]
    form = typed(*(), rows=4, version=str(team.version), leader="1")
    for place, (member, key) in enumerate(zip(kept, ("P8", "P9", "P10", "P11"), strict=True)):
        form |= {f"m{place}-member": str(member), f"m{place}-name": PEOPLE[key][0]}
        form |= {f"m{place}-personnel_type": "staff"}
    form["m2-gone"] = "on"

    status, _ = post(season.clerk, f"/specialists/teams/{team.pk}/edit/", form)

    assert status == 302
    assert names_in(team) == ["孙立群", "吴建国", "冯赟"]
    assert team.members.get(is_leader=True).specialist.name == "吴建国"
    assert not Specialist.objects.filter(name="郑旻").exists()  # nobody else knows of them


def test_a_form_opened_before_another_change_shows_both_and_loses_nothing(season: Season) -> None:
    team = drafted(season)
    teams.save_team(team, by=season.manager, on=MAY_12, version=1, name="谷子产业技术团队")
    form = typed(*THREE, version="1", summary="良种良法配套")

    status, page = post(season.clerk, f"/specialists/teams/{team.pk}/edit/", form)

    assert status == 409
    assert "谷子产业技术团队" in page
    assert "良种良法配套" in page


def test_the_rules_are_asked_while_the_form_is_filled_in_and_nothing_is_written(season: Season) -> None:
    status, page = post(season.clerk, "/specialists/teams/checks/", typed("P8", "P9"))

    assert status == 200
    assert "团队科技特派员人数应在3至5人之间，当前2人" in page
    assert not Team.objects.exists()


# --- lists ------------------------------------------------------------------------------------------------------------


def test_a_list_shows_how_many_a_team_has_and_by_when_it_must_find_more(season: Season) -> None:
    team = selected(season)
    revoke(team, "P10")

    page = get(season.clerk, "/specialists/teams/")[1]

    assert "2 人，缺 1 人，6月17日前补齐" in page
    assert "小麦产业技术团队" in get(season.officer, "/specialists/teams/?short=1")[1]
    assert "小麦产业技术团队" not in get(season.stranger, "/specialists/teams/?short=1")[1]


def test_a_complete_team_is_not_among_the_short_handed(season: Season) -> None:
    selected(season)

    assert "小麦产业技术团队" in get(season.officer, "/specialists/teams/")[1]
    assert "小麦产业技术团队" not in get(season.officer, "/specialists/teams/?short=1")[1]


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_the_database_the_same_however_long_it_is(season: Season, count: int) -> None:
    for name in ("甲队", "乙队", "丙队")[:count]:
        drafted(season, name=name)
    client = signed_in(season.clerk)
    client.get("/specialists/teams/")

    with CaptureQueriesContext(
        connection,
    ) as queries:
        client.get("/specialists/teams/")

    assert len(queries) == 5


def revoke(team: Team, key: str) -> None:
    """As 不合格 does it (R34)."""
    Specialist.objects.filter(name=PEOPLE[key][0]).update(status=SpecialistStatus.REVOKED, revoked_on=MAY_18)


# --- the record -------------------------------------------------------------------------------------------------------


def test_a_gap_stands_on_a_bar_with_the_day_to_replace_by(season: Season) -> None:
    team = selected(season)
    revoke(team, "P10")

    page = get(season.clerk, f"/specialists/teams/{team.pk}/")[1]

    assert "团队现有2名成员，少于3名。请在2026年6月17日前更换或增加成员。" in page
    assert f'href="/agreements/teams/{team.pk}/members/"' in page
    assert "资格已于2026年5月18日取消" in page


def test_a_member_sees_the_team_on_the_phone_and_changes_nothing(season: Season) -> None:
    team = selected(season)
    hat = season.hat_of(member_of(team, "P9").specialist)

    status, page = get(hat, f"/specialists/teams/{team.pk}/")

    assert status == 200
    assert "孙立群" in page
    assert "变更成员" not in page
    assert post(hat, f"/agreements/teams/{team.pk}/members/", {})[0] == 403


def test_a_stranger_finds_no_team_of_another_unit(season: Season) -> None:
    team = selected(season)

    assert get(season.stranger, f"/specialists/teams/{team.pk}/")[0] == 404
    assert "小麦产业技术团队" not in get(season.stranger, "/specialists/teams/")[1]


# --- the bureau -------------------------------------------------------------------------------------------------------


def test_officer_and_head_select_a_team_with_an_outside_member_on_a_reason(season: Season) -> None:
    members = [*entries("P8", "P9"), *entries("P10", unit="示范理工大学")]
    members[2] = replace(members[2], is_leader=False)
    team = handed_in(season, members=members)
    path = f"/specialists/teams/{team.pk}/review/"
    step = {"decision": "pass", "version": str(team.version)}

    refused, page = post(season.officer, path, step)
    assert (refused, "郑旻（示范理工大学）不是示范农林学院的人员" in page) == (422, True)
    assert post(season.officer, path, {**step, "reason-W-TEAM-OUTSIDE": "学科互补，同意参加"})[0] == 302
    assert post(season.head, path, step)[0] == 302

    team.refresh_from_db()
    assert team.status == "approved"
    assert [one.reason for one in Override.objects.all()] == ["学科互补，同意参加"]


def test_a_returned_team_shows_the_opinion_and_is_handed_in_again(season: Season) -> None:
    team = handed_in(season)
    path = f"/specialists/teams/{team.pk}/"
    form = {"decision": "return", "opinion": "请补充团队简介", "version": str(team.version)}

    assert post(season.officer, f"{path}review/", form)[0] == 302

    assert "市科技局退回意见：请补充团队简介" in get(season.clerk, path)[1]
    assert post(season.clerk, f"{path}submit/", {})[0] == 302
    team.refresh_from_db()
    assert (team.status, team.return_opinion) == ("submitted", "")


def test_the_desk_leads_on_to_the_next_team_that_waits(season: Season) -> None:
    first, second = handed_in(season), handed_in(season, "P1", "P2", "P3", name="果树产业技术团队")

    where = post(
        season.officer, f"/specialists/teams/{first.pk}/review/", {"decision": "pass", "version": str(first.version)}
    )[1]

    assert where == f"/specialists/teams/{second.pk}/review/"
    waiting = get(season.head, "/specialists/teams/?mine=1")[1]
    assert ("小麦产业技术团队" in waiting, "果树产业技术团队" in waiting) == (True, False)


# --- changing members -------------------------------------------------------------------------------------------------


def change_form(team: Team, *, out: str = "", come: str = "", **more: Any) -> dict[str, Any]:
    team.refresh_from_db()
    form: dict[str, Any] = {
        "leaving": str(member_of(team, out).pk) if out else "",
        "day": "2026年5月20日",
        "reason": "工作调动",
        "version": str(team.version),
    }
    if come:
        name, number = PEOPLE[come]
        form |= {"joins": "on", "consent": "on", "new-name": name, "new-id_number": number}
        form |= {"new-mobile": "13900000000", "new-personnel_type": "staff"}
    return {**form, **more}


def test_a_member_is_replaced_in_one_step_and_one_audit_row_tells_of_it(season: Season) -> None:
    team = selected(season)

    status, where = post(
        season.clerk, f"/agreements/teams/{team.pk}/members/", change_form(team, out="P10", come="P11")
    )

    assert (status, where) == (302, f"/specialists/teams/{team.pk}/")
    assert names_in(team) == ["孙立群", "吴建国", "冯赟"]
    event = AuditEvent.objects.get(verb="team.member_replaced")
    assert (event.after["left"], event.after["joined"], event.after["on"]) == ("郑旻", "冯赟", "2026-05-20")
    page = get(season.clerk, where)[1]
    assert "接替郑旻" in page
    assert "退出原因：工作调动" in page
    assert "更换成员" in get(season.clerk, f"{where}history/")[1]


def test_a_member_who_would_leave_two_behind_is_not_let_go(season: Season) -> None:
    team = selected(season)

    status, page = post(season.clerk, f"/agreements/teams/{team.pk}/members/", change_form(team, out="P10"))

    assert status == 422
    assert "团队科技特派员人数应在3至5人之间，当前2人" in page
    assert "工作调动" in page
    assert len(names_in(team)) == 3


def test_an_outside_replacement_is_the_bureaus_to_register_with_its_reason(season: Season) -> None:
    team = selected(season)
    path = f"/agreements/teams/{team.pk}/members/"
    form = change_form(team, out="P10", come="P11", **{"new-unit": "示范理工大学"})

    refused, page = post(season.clerk, path, {**form, "reason-W-TEAM-OUTSIDE": "我们同意"})
    assert (refused, "由市科技局填写说明" in page, 'name="reason-W-TEAM-OUTSIDE"' in page) == (422, True, False)
    asked, page = post(season.officer, path, form)
    assert (asked, 'name="reason-W-TEAM-OUTSIDE"' in page) == (422, True)
    assert post(season.officer, path, {**form, "reason-W-TEAM-OUTSIDE": "学科互补"})[0] == 302

    assert [one.reason for one in Override.objects.all()] == ["学科互补"]


def test_a_change_form_left_open_while_another_changed_the_team_is_stale(season: Season) -> None:
    team = selected(season)
    form = change_form(team, out="P10", come="P11")
    teams.change_members(team, by=season.manager, on=MAY_20, day=MAY_20, joining=entry("P12"), consent=True)

    assert post(season.clerk, f"/agreements/teams/{team.pk}/members/", form)[0] == 409


def test_the_lead_is_passed_on(season: Season) -> None:
    team = selected(season)
    form = {"to": str(member_of(team, "P9").pk), "version": str(team.version)}

    assert post(season.clerk, f"/specialists/teams/{team.pk}/lead/", form)[0] == 302

    assert team.members.get(is_leader=True).specialist.name == "吴建国"
    assert AuditEvent.objects.get(verb="team.leader_changed").after == {"leader": "吴建国"}


def test_a_draft_has_no_members_to_change_yet(season: Season) -> None:
    team = drafted(season)

    assert post(season.clerk, f"/agreements/teams/{team.pk}/members/", {"day": "2026-05-20"})[0] in (409, 422)
    assert get(season.clerk, f"/agreements/teams/{team.pk}/members/")[0] == 302


def test_a_draft_is_discarded_with_the_people_nobody_else_knows(season: Season) -> None:
    team = drafted(season)

    assert post(season.clerk, f"/specialists/teams/{team.pk}/discard/", {}) == (302, "/specialists/teams/")
    assert not Team.objects.exists()
    assert not Specialist.objects.exists()


def test_a_passed_step_shows_on_the_record_without_names_to_the_unit(season: Season) -> None:
    team = passed_once(season)

    assert "陈科员" not in get(season.clerk, f"/specialists/teams/{team.pk}/")[1]
    assert "陈科员" in get(season.head, f"/specialists/teams/{team.pk}/review/")[1]
