"""A14: a service that outlives the studies of its specialist waits for the bureau's word at graduation."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from agreements import queries
from agreements.ending.services import revoke_end
from agreements.enums import AgreementStatus, TerminationReason
from agreements.graduating import services
from agreements.models import Agreement, GraduationDecision
from agreements.services import judge, remind_expiring
from core import audit
from core.models import Message
from core.policy import Refused
from specialists import teams
from specialists.enums import Category, PersonnelType
from specialists.models import Registration, TeamMember
from specialists.teams import MemberEntry
from tests.cast import END, MAY_20, Season
from tests.hands import at_once, browser_of, linger
from tests.specialists.team_acts import drafted, entry, selected

GRADUATION = date(2026, 7, 1)
DAY = date(2026, 6, 1)


def student(season: Season, *, graduates_on: date = GRADUATION, **more: Any) -> Agreement:
    registration = season.selected(
        "P6",
        Category.ENTERPRISE,
        personnel_type=PersonnelType.GRADUATE,
        graduates_on=graduates_on,
        supervisor="孙教授",
        **more,
    )
    return season.filed(registration, season.h1)


def decided(agreement: Agreement, season: Season, *, continues: bool, **more: Any) -> GraduationDecision:
    said = {"opinion": "已签约派驻单位，继续服务", "on": DAY, **more}
    return services.decide_graduation(agreement, by=season.officer, continues=continues, **said)


@pytest.mark.parametrize(
    ("graduates_on", "on", "waits"),
    [
        pytest.param(GRADUATION, GRADUATION - timedelta(days=61), False, id="before the first reminder"),
        pytest.param(GRADUATION, GRADUATION - timedelta(days=60), True, id="sixty days before"),
        pytest.param(GRADUATION, GRADUATION + timedelta(days=5), True, id="graduated, and nobody has decided"),
        pytest.param(date(2027, 12, 31), date(2027, 12, 1), False, id="graduates on the last day of the service"),
    ],
)
def test_a_student_who_graduates_before_the_end_waits_from_the_reminder_on(
    season: Season, graduates_on: date, on: date, waits: bool
) -> None:
    student(season, graduates_on=graduates_on)

    assert services.to_decide(on=on).exists() == waits


def test_a_member_of_staff_never_waits(season: Season) -> None:
    season.filed(season.selected("P1"), season.h4)

    assert not services.to_decide(on=DAY).exists()


def test_what_goes_on_is_told_and_waits_no_more(season: Season) -> None:
    agreement = student(season)

    decided(agreement, season, continues=True)

    agreement.refresh_from_db()
    assert agreement.status == AgreementStatus.FILED
    assert not services.to_decide(on=DAY).exists()
    assert Message.objects.filter(subject__contains="毕业后继续服务").exists()
    assert audit.history(agreement).last().verb == "agreement.goes_on_after_graduation"  # type: ignore[union-attr]


def test_what_ends_with_the_graduation_is_terminated_for_that_reason(season: Season) -> None:
    agreement = student(season)

    decided(agreement, season, continues=False, opinion="毕业离石")

    agreement.refresh_from_db()
    assert (agreement.status, agreement.termination_reason, agreement.terminated_on) == (
        AgreementStatus.TERMINATED,
        TerminationReason.GRADUATED,
        DAY,
    )


def test_what_ends_on_a_coming_day_is_served_until_then(season: Season) -> None:
    agreement = student(season)
    later = DAY + timedelta(days=20)

    decided(agreement, season, continues=False, ends_on=later)

    agreement.refresh_from_db()
    assert (agreement.status, agreement.terminated_on) == (AgreementStatus.FILED, later)
    assert agreement.end_orders.get().reason == TerminationReason.GRADUATED
    assert not services.to_decide(on=DAY).exists()


def test_a_day_beyond_the_service_decides_nothing(season: Season) -> None:
    agreement = student(season)

    with pytest.raises(Refused, match="晚于服务截止日"):
        decided(agreement, season, continues=False, ends_on=END + timedelta(days=1))

    assert not GraduationDecision.objects.exists()


def test_another_day_of_graduation_is_another_question(season: Season) -> None:
    agreement = student(season)
    decided(agreement, season, continues=True)
    registration = agreement.registration
    registration.graduates_on = GRADUATION + timedelta(days=10)
    registration.save(update_fields=["graduates_on"])

    assert services.to_decide(on=DAY).get() == agreement


def test_it_is_decided_once_with_an_opinion_and_only_when_it_waits(season: Season) -> None:
    agreement = student(season)
    with pytest.raises(Refused, match="请写明意见"):
        decided(agreement, season, continues=True, opinion=" ")
    with pytest.raises(Refused, match="没有待办理"):
        decided(agreement, season, continues=True, on=MAY_20 - timedelta(days=60))
    decided(agreement, season, continues=True)
    with pytest.raises(Refused, match="没有待办理"):
        decided(agreement, season, continues=False)


def test_two_officers_deciding_at_once_decide_it_once(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    agreement = student(lasting_season)
    linger(monkeypatch, services, "to_decide")

    answers = at_once(*(lambda go=go: decided(agreement, lasting_season, continues=go) for go in (True, False)))

    assert answers == ["E-STATE", "done"]


@pytest.mark.parametrize("name", ["one_decision_of_a_graduation", "graduation_decided_with_an_opinion"])
def test_the_database_keeps_one_decision_with_its_opinion(season: Season, name: str) -> None:
    decision = decided(student(season), season, continues=True)
    decision.pk = None
    if name == "graduation_decided_with_an_opinion":
        decision.opinion, decision.graduates_on = "", MAY_20

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        decision.save(force_insert=True)


def test_a_unit_sees_the_decision_on_its_own(season: Season) -> None:
    decision = decided(student(season), season, continues=True)
    own = season.hat_of(decision.agreement.specialist)

    seen = [GraduationDecision.objects.visible_to(hat).count() for hat in (season.clerk, own, season.officer)]
    assert seen == [1, 1, 1]
    hidden = [GraduationDecision.objects.visible_to(hat).count() for hat in (season.stranger, season.contact)]
    assert hidden == [0, 0]


@time_machine.travel("2026-06-01 09:00+08:00")
def test_the_bureau_decides_on_the_page_and_the_record_tells(season: Season) -> None:
    agreement, desk = student(season), browser_of(season.officer)

    listed = desk.get("/agreements/graduations/").content.decode()
    assert "周珺" in listed
    assert "导师孙教授" in listed
    path = f"/agreements/{agreement.pk}/graduation/"
    refused = desk.post(path, {"decision": "goes_on", "opinion": ""})
    assert (refused.status_code, "请填写意见。" in refused.content.decode()) == (422, True)
    desk.post(path, {"decision": "goes_on", "opinion": "留校工作，继续服务"})

    assert "没有待办理的毕业安排" in desk.get("/agreements/graduations/").content.decode()
    assert "继续服务" in browser_of(season.clerk).get(f"/agreements/{agreement.pk}/").content.decode()
    assert browser_of(season.clerk).get(path).status_code == 403


@time_machine.travel("2026-06-01 09:00+08:00")
def test_what_was_decided_stands_on_its_page(season: Season) -> None:
    agreement = student(season)
    decided(agreement, season, continues=True, document_number="石科函〔2026〕9号")

    page = browser_of(season.officer).get(f"/agreements/{agreement.pk}/graduation/").content.decode()

    told = ("继续服务", "已签约派驻单位，继续服务", "石科函〔2026〕9号", "陈科员")
    assert [word in page for word in told] == [True] * len(told)


@time_machine.travel("2026-06-01 09:00+08:00")
def test_programs_decide_as_the_page_does(season: Season) -> None:
    agreement, desk = student(season), browser_of(season.officer)

    assert [one["id"] for one in desk.get("/api/v1/graduations/").json()] == [agreement.pk]
    path = f"/api/v1/agreements/{agreement.pk}/graduation/"
    assert desk.post(path, {"continues": True, "opinion": " "}).json()["findings"][0]["code"] == "E-OPINION"
    assert desk.post(path, {"continues": False, "opinion": "毕业离石"}).json()["continues"] is False


# --- the students of a team -------------------------------------------------------------------------------------------


def students(**graduating: date | None) -> list[MemberEntry]:
    """P8, of the staff, leads; the others are students who graduate on those days."""
    more = {"personnel_type": PersonnelType.GRADUATE, "ability_note": "参与课题"}
    return [
        entry("P8", is_leader=True),
        *(entry(key, graduates_on=day, **more) for key, day in graduating.items()),
    ]


def serving(season: Season) -> Agreement:
    team = selected(season, members=students(P9=GRADUATION, P10=date(2026, 6, 20)))
    registration = team.members.get(is_leader=True).registration
    assert registration
    return season.filed(registration, season.h1, team=team)


def test_a_team_says_when_its_students_graduate_before_it_is_handed_in(season: Season) -> None:
    team = drafted(season, members=students(P9=None, P10=date(2026, 5, 1)))

    said = [finding.message for finding in teams.missing(team, on=MAY_20)]

    assert said == ["请填写在校研究生吴建国的预计毕业日期。", "郑旻的预计毕业日期已过，请核对日期或人员类型。"]
    selected(season, name="谷子团队", members=students(P9=GRADUATION, P10=GRADUATION), reasons={"W-TWO-TEAMS": "互补"})
    days = Registration.objects.filter(form="team").values_list("specialist__name", "graduates_on")
    assert dict(days) == {"孙立群": None, "吴建国": GRADUATION, "郑旻": GRADUATION}


def test_each_student_of_a_team_is_told_of_and_decided_on(season: Season) -> None:
    agreement = serving(season)

    [waiting] = services.to_decide(on=DAY)
    assert (waiting.student, waiting.graduation) == ("郑旻", date(2026, 6, 20))
    assert remind_expiring(DAY)["reminders"] == 1
    assert Message.objects.filter(body__contains="郑旻预计2026年6月20日毕业").exists()
    decided(agreement, season, continues=True)
    [waiting] = services.to_decide(on=DAY)
    assert (waiting.student, waiting.graduation) == ("吴建国", GRADUATION)
    assert remind_expiring(DAY)["reminders"] == 1  # of the second, whose day is another
    with time_machine.travel(f"{DAY}T09:00:00+08:00", tick=False):
        page = browser_of(season.officer).get("/agreements/graduations/").text
        assert ("吴建国" in page, "团队“小麦产业技术团队”" in page) == (True, True)
        assert "先在团队页面更换成员" in browser_of(season.officer).get(f"/agreements/{agreement.pk}/graduation/").text
    decided(agreement, season, continues=False, ends_on=GRADUATION)
    assert not services.to_decide(on=DAY).exists()
    revoke_end(agreement, by=season.officer, on=DAY, reason="团队继续服务")
    [waiting] = services.to_decide(on=DAY)
    assert (waiting.student, waiting.graduation) == ("吴建国", GRADUATION)  # asked again, and the other is not
    # Whoever has left the team is nobody's question any more.
    TeamMember.objects.filter(specialist__name="吴建国").update(left_on=DAY, left_reason="毕业离校")
    assert not services.to_decide(on=DAY).exists()


def test_the_form_and_the_yearly_check_ask_about_the_students_of_a_team(season: Season) -> None:
    agreement = serving(season)

    found = {verdict.entry.code: verdict.finding for verdict in judge(agreement, on=MAY_20)}

    assert found["W-GRADUATION"]
    assert "郑旻预计2026-06-20毕业" in found["W-GRADUATION"].message
    assert sorted(alike.facts[:2] for alike in queries.graduations(2026)) == [
        ("吴建国", GRADUATION),
        ("郑旻", date(2026, 6, 20)),
    ]
