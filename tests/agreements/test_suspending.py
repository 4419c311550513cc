"""暂停资格: for a time nobody signs or serves with it; what is filed stands, and it comes back by itself or by a word."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from agreements import services as agreements
from agreements.suspending import services
from core import audit
from core.models import Message
from core.policy import Level, Refused, RuleEntry
from specialists.models import Registration, Specialist, Suspension
from specialists.suspending import rules
from specialists.suspending.rules import Spell
from tests.agreements.plans import plan_without
from tests.agreements.test_departing import codes
from tests.cast import MAY_12, MAY_18, MAY_20, Season, person
from tests.hands import at_once, browser_of, during, linger
from visits import services as visits

DAY = timedelta(days=1)
JUNE_1, JUNE_30 = date(2026, 6, 1), date(2026, 6, 30)
ENTRY = RuleEntry("E-SUSPENDED", "五（一）", "取消科技特派员资格，并停止派驻服务", Level.BLOCK, {}, "")


def rested(season: Season, registration: Registration, **more: Any) -> Suspension:
    said: dict[str, Any] = {
        "from_on": MAY_20,
        "until_on": JUNE_30,
        "reason": "学术不端调查期间。",
        "on": MAY_20,
        **more,
    }
    return services.suspend(registration, **{"by": season.head, **said})


def back(season: Season, suspension: Suspension, **more: Any) -> Suspension:
    said: dict[str, Any] = {"resumed_on": JUNE_1, "reason": "调查结束，未发现问题。", "on": MAY_20, **more}
    return services.resume(suspension, **{"by": season.head, **said})


# --- the rules --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("last_day", "said"),
    [
        pytest.param(JUNE_30, "自2026年5月20日起暂停至2026年6月30日", id="some weeks"),
        pytest.param(MAY_20, "于2026年5月20日当日暂停", id="one day"),
        pytest.param(None, "自2026年5月20日起暂停，恢复日期另行通知", id="until further notice"),
    ],
)
def test_a_suspension_says_when_it_is(last_day: date | None, said: str) -> None:
    assert str(Spell(MAY_20, last_day)) == said


def test_a_suspension_of_one_day_says_that_day_wherever_it_stands(season: Season) -> None:
    registration = season.selected("P1")
    with time_machine.travel("2026-05-20 09:00+08:00", tick=False):
        resting = rested(season, registration, until_on=MAY_20)
        bureau = browser_of(season.head)
        record = bureau.get(f"/specialists/{registration.pk}/").text
        page = bureau.get(f"/agreements/suspensions/{resting.pk}/").text

    said = "科技特派员资格于2026年5月20日当日暂停"
    assert said in record
    assert [word in page for word in ("2026年5月20日当日", "<dt>暂停至")] == [True, False]
    assert {said in message.body for message in Message.objects.filter(subject__endswith="资格暂停")} == {True}


@pytest.mark.parametrize(
    ("last_day", "day", "barred"),
    [
        pytest.param(JUNE_30, MAY_20 - DAY, False, id="before"),
        pytest.param(JUNE_30, MAY_20, True, id="its first day"),
        pytest.param(JUNE_30, JUNE_30, True, id="its last day"),
        pytest.param(JUNE_30, JUNE_30 + DAY, False, id="after"),
        pytest.param(None, date(2030, 1, 1), True, id="until further notice"),
        pytest.param(MAY_20 - DAY, MAY_20, False, id="given back before it began"),
    ],
)
def test_both_days_of_a_suspension_count(last_day: date | None, day: date, barred: bool) -> None:
    finding = rules.not_suspended(ENTRY, name="李喆", spells=[Spell(MAY_20, last_day)], start=day, end=day, act="签约")

    assert (finding and finding.article) == ("五（一）" if barred else None)


def test_a_stay_of_several_days_does_not_reach_into_it() -> None:
    spells = [Spell(MAY_20, JUNE_30)]

    assert rules.not_suspended(ENTRY, name="李喆", spells=spells, start=MAY_18, end=MAY_20, act="登记服务")
    assert not rules.not_suspended(ENTRY, name="李喆", spells=spells, start=MAY_18, end=MAY_20 - DAY, act="登记服务")


# --- what it bars -----------------------------------------------------------------------------------------------------


def test_while_it_rests_nothing_is_handed_in_filed_or_logged(season: Season) -> None:
    registration = season.selected("P1")
    filed = season.filed(registration, season.h4, service_start=MAY_12)
    waiting = season.submitted(registration, season.h5)
    ready = season.agreement(registration, season.h3)
    told: dict[str, Any] = {
        "days": 1,
        "mode": "onsite",
        "place": "正定县",
        "activities": ["技术指导"],
        "content": "看苗情",
    }

    suspension = rested(season, registration)

    assert codes(lambda: agreements.submit_agreements([ready], by=season.clerk, on=MAY_20)) == ["E-SUSPENDED"]
    assert codes(lambda: agreements.file_agreement(waiting, by=season.officer, on=MAY_20)) == ["E-SUSPENDED"]
    assert codes(lambda: visits.log_visit(filed, by=season.clerk, on=MAY_20, date=MAY_20, **told)) == ["E-SUSPENDED"]
    visits.log_visit(filed, by=season.clerk, on=MAY_20, date=MAY_18, **told)  # what was done before stands
    filed.refresh_from_db()
    assert filed.status == "filed"

    back(season, suspension, resumed_on=MAY_20 + DAY)
    agreements.submit_agreements([ready], by=season.clerk, on=MAY_20 + DAY)
    agreements.file_agreement(waiting, by=season.officer, on=MAY_20 + DAY)


def test_a_plan_of_before_it_bars_nothing_and_takes_no_suspension(season: Season) -> None:
    registration = season.selected("P1")
    rested(season, registration)
    plan_without(season, "E-SUSPENDED")
    ready = season.agreement(registration, season.h4)

    agreements.submit_agreements([ready], by=season.clerk, on=MAY_20)

    assert codes(lambda: rested(season, season.selected("P2"))) == ["E-STATE"]


def test_person_unit_and_host_hear_of_it_and_the_host_not_why(season: Season) -> None:
    registration = season.selected("P1")
    season.filed(registration, season.h4)
    hearing = {season.clerk.person_id, season.contact.person_id}

    suspension = rested(season, registration)

    told = {message.person_id: message.body for message in Message.objects.filter(subject__contains="暂停")}
    assert hearing <= {*told}
    assert "学术不端" in told[season.clerk.person_id]
    assert "学术不端" not in told[season.contact.person_id]
    last = [audit.history(one).last() for one in (suspension, person("P1"), registration)]
    assert {event.verb for event in last if event} == {"specialist.suspended"}
    assert not any(event is None for event in last)


# --- what is refused --------------------------------------------------------------------------------------------------


def test_what_cannot_be_suspended_or_given_back(season: Season) -> None:
    registration, other = season.selected("P1"), season.selected("P2")
    Specialist.objects.filter(pk=other.specialist_id).update(status="revoked", revoked_on=MAY_18)
    draft = season.selected("P3")
    Registration.objects.filter(pk=draft.pk).update(status="draft", approved_on=None)

    assert codes(lambda: rested(season, other)) == ["E-STATE"]
    assert codes(lambda: rested(season, draft)) == ["E-STATE"]
    assert codes(lambda: rested(season, registration, from_on=MAY_18, reason=" ")) == ["E-FIELD", "E-FIELD"]
    assert codes(lambda: rested(season, registration, from_on=MAY_20 + timedelta(days=91))) == ["E-FIELD"]
    assert codes(lambda: rested(season, registration, until_on=MAY_18)) == ["E-FIELD"]
    with pytest.raises(Refused, match="“暂停至”不能晚于2028年12月31日，请核对年份"):
        rested(season, registration, until_on=date(2029, 1, 1))
    suspension = rested(season, registration)
    assert codes(lambda: rested(season, registration, from_on=JUNE_30, until_on=None)) == ["E-STATE"]
    assert codes(lambda: back(season, suspension, resumed_on=MAY_18)) == ["E-FIELD"]
    assert codes(lambda: back(season, suspension, resumed_on=JUNE_30 + DAY)) == ["E-FIELD"]
    assert codes(lambda: back(season, suspension, reason="")) == ["E-FIELD"]
    back(season, suspension)
    assert codes(lambda: back(season, suspension)) == ["E-STATE"]
    rested(season, registration, from_on=JUNE_1)  # again from the day on which it was back


# --- guards -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        pytest.param("suspension_says_why", {"reason": ""}, id="without words"),
        pytest.param("suspension_ends_after_it_begins", {"until_on": MAY_18}, id="ends before it begins"),
        pytest.param("suspension_resumed_by_whom_and_why", {"resumed_on": JUNE_1}, id="given back by nobody"),
        pytest.param("nobody_is_suspended_twice_at_once", {"from_on": JUNE_30}, id="twice on one day"),
    ],
)
def test_the_database_refuses_what_cannot_be(season: Season, name: str, columns: dict[str, Any]) -> None:
    row = {
        "specialist": person("P1"),
        "from_on": MAY_20,
        "until_on": JUNE_30,
        "reason": "调查",
        "suspended_by": season.head,
    }
    if "from_on" in columns:
        Suspension.objects.create(**row)

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Suspension.objects.create(**{**row, **columns})


def test_suspended_by_two_at_once_it_is_told_in_words(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    linger(monkeypatch, rules, "said_why")
    registration = lasting_season.selected("P1")

    assert at_once(*[lambda: rested(lasting_season, registration) and "done"] * 2) == ["E-STATE", "done"]


def test_given_back_by_two_at_once_it_is_given_back_once(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    suspension = rested(lasting_season, lasting_season.selected("P1"))
    linger(monkeypatch, rules, "said_why")

    assert at_once(*[lambda: back(lasting_season, suspension) and "done"] * 2) == ["E-STATE", "done"]


def test_who_is_suspended_during_a_filing_is_not_filed(lasting_season: Season) -> None:
    registration = lasting_season.selected("P1")
    waiting = lasting_season.submitted(registration, lasting_season.h4)

    outcome = during(
        lambda: rested(lasting_season, registration),
        lambda: agreements.file_agreement(waiting, by=lasting_season.officer, on=MAY_20),
    )

    assert outcome == "E-SUSPENDED"


# --- the pages --------------------------------------------------------------------------------------------------------


def test_from_the_registration_to_the_day_on_which_it_is_back(season: Season) -> None:
    registration = season.selected("P1")
    filed = season.filed(registration, season.h4)
    clerk, head = browser_of(season.clerk), browser_of(season.head)
    with time_machine.travel(f"{MAY_20}T09:00:00+08:00", tick=False):
        address = f"/agreements/suspensions/new/{registration.pk}/"
        record = f"/specialists/{registration.pk}/"
        assert address in head.get(record).text
        assert address not in clerk.get(record).text
        assert str(filed) in head.get(address).text
        form = {"from_on": "2026-05-20", "until_on": "", "reason": "", "document_number": "石科函〔2026〕9号"}
        assert head.post(address, form).status_code == 422
        where = head.post(address, {**form, "reason": "借调外单位半年。"})["Location"]
        for reader in (head, clerk):
            page = reader.get(record).text
            assert ("恢复日期另行通知" in page, "借调外单位半年。" in page, address in page) == (True, True, False)
            assert "暂停中" in reader.get("/agreements/suspensions/").text
        assert "暂停期间不能签约" in clerk.get("/agreements/new/").text
        assert where in browser_of(season.hat_of(registration.specialist)).get("/").text
        assert f"{where}resume/" not in clerk.get(where).text
        assert head.post(f"{where}resume/", {"resumed_on": "2026-05-19", "reason": "回来了。"}).status_code == 422
        assert head.post(f"{where}resume/", {"resumed_on": "2026-05-20", "reason": "回来了。"}).status_code == 302
        assert "未生效" in head.get("/agreements/suspensions/").text  # given back on its first day
        assert "恢复日期另行通知" not in clerk.get(record).text


def test_the_interface_suspends_and_gives_back_as_the_page_does(season: Season) -> None:
    registration = season.selected("P1")
    head = browser_of(season.head)
    json: dict[str, Any] = {"content_type": "application/json"}
    with time_machine.travel(f"{MAY_20}T09:00:00+08:00", tick=False):
        address = f"/api/v1/registrations/{registration.pk}/suspension/"
        refused = head.post(address, {"from_on": "2026-05-19", "reason": "调查"}, **json)
        assert (refused.status_code, refused.json()["findings"][0]["code"]) == (422, "E-FIELD")
        no_day = head.post(address, {"from_on": "2029-02-30", "reason": "调查"}, **json)
        assert (no_day.status_code, "没有这一天" in no_day.json()["findings"][0]["message"]) == (422, True)
        told = head.post(address, {"from_on": "2026-05-20", "reason": "调查"}, **json)
        assert (told.status_code, told.json()["until_on"]) == (201, None)
        path = f"/api/v1/suspensions/{told.json()['id']}/resume/"
        assert (
            head.post(path, {"resumed_on": "2026-05-25", "reason": "结束"}, **json).json()["resumed_on"] == "2026-05-25"
        )
        assert [one["reason"] for one in head.get("/api/v1/suspensions/").json()] == ["调查"]
