"""Looking behind a mask: a reason, a trace, a limit, and the person who is told."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine

from core.models import AuditEvent, Message
from core.policy import Refused
from specialists import looking, services
from specialists.models import Specialist
from tests.cast import MAY_20, PEOPLE, Season
from tests.hands import at_once, browser_of, linger
from tests.specialists.test_changes import asked


@pytest.fixture
def clock() -> Any:
    with time_machine.travel("2026-05-20 09:00+08:00", tick=False) as clock:
        yield clock


def look(who: Specialist, by: Any, times: int = 1) -> None:
    for _ in range(times):
        services.reveal(who, field="id_number", reason="核对开户信息", by=by, on=MAY_20)


def test_beyond_the_limit_of_a_day_the_bureau_is_asked_first() -> None:
    assert looking.too_many(done=59, most=60) is None
    assert looking.too_many(done=1000, most=None) is None  # a pack of before there was a limit
    finding = looking.too_many(done=60, most=60)
    assert finding
    assert finding.code == "E-REVEAL"


def test_many_looks_are_reported_once_a_day_and_then_refused(season: Season, clock: time_machine.Traveller) -> None:
    lizhe = season.selected("P1").specialist
    look(lizhe, season.clerk, 19)
    assert not Message.objects.filter(person=season.admin.person).exists()

    look(lizhe, season.clerk, 41)
    told = Message.objects.get(person=season.admin.person)
    assert "24小时内已查看20次完整号码" in told.body
    with pytest.raises(Refused, match="达到上限60次"):
        look(lizhe, season.clerk)
    look(lizhe, season.manager)  # another person's looks are counted by themselves

    clock.shift(timedelta(days=1))
    look(lizhe, season.clerk)


def test_two_looks_at_once_do_not_pass_the_limit_together(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    lizhe = lasting_season.selected("P1").specialist
    look(lizhe, lasting_season.clerk, 59)
    linger(monkeypatch, looking, "too_many")

    assert at_once(*[lambda: look(lizhe, lasting_season.clerk)] * 2) == ["E-REVEAL", "done"]


def test_looks_through_a_request_count_like_those_at_the_record(season: Season, clock: time_machine.Traveller) -> None:
    request = asked(season.selected("P1").specialist, season.clerk)
    look(request.specialist, season.manager, 60)

    answer = browser_of(season.manager).post(f"/specialists/changes/{request.pk}/reveal/", {"reason": "与卡面核对"})

    assert (answer.status_code, "达到上限" in answer.content.decode()) == (422, True)


def test_audit_reads_all_looks_and_an_institution_those_of_its_own_people(season: Season) -> None:
    mine, theirs = season.selected("P1").specialist, season.selected("P2", institution=season.u2).specialist
    look(mine, season.clerk)
    look(theirs, season.stranger)
    look(mine, season.officer)

    seen = {
        hat: sorted(looking.with_whose(looking.looks_of(hat)).values_list("whose", flat=True))
        for hat in (season.auditor, season.admin, season.manager, season.clerk)
    }
    assert seen == {
        season.auditor: ["李喆", "李喆", "赵芃"],
        season.admin: ["李喆", "李喆", "赵芃"],
        season.manager: ["李喆"],
        season.clerk: [],
    }


def test_the_page_counts_by_hat_and_finds_by_words(season: Season) -> None:
    look(season.selected("P1").specialist, season.clerk, 2)
    look(season.selected("P3").specialist, season.officer)
    desk = browser_of(season.auditor)

    page = desk.get("/specialists/looks/").content.decode()
    assert page.index("刘静怡（示范农林学院") < page.index("陈科员（石家庄市科技局")  # the most frequent first
    found = desk.get("/specialists/looks/?q=陈科员").content.decode()
    assert "张昇" in found
    assert "李喆" not in found
    assert browser_of(season.clerk).get("/specialists/looks/").status_code == 403


def test_the_person_sees_who_looked_and_why_on_their_own_pages(season: Season) -> None:
    registration = season.selected("P1")
    look(registration.specialist, season.officer)
    phone = browser_of(season.hat_of(registration.specialist))

    for page in ("/specialists/me/", f"/specialists/{registration.pk}/"):
        said = phone.get(page).content.decode()
        assert "陈科员（石家庄市科技局" in said
        assert "理由：核对开户信息" in said
    # the unit is not told what others looked at
    assert "核对开户信息" not in browser_of(season.clerk).get(f"/specialists/{registration.pk}/").content.decode()


def test_the_page_with_a_number_is_kept_nowhere_and_passes_by_itself(season: Season) -> None:
    registration = season.selected("P1")

    answer = browser_of(season.officer).post(
        f"/specialists/{registration.pk}/reveal/", {"number": "id_number", "reason": "核对开户信息"}
    )

    page = answer.content.decode()
    assert PEOPLE["P1"][1] in page
    assert f'data-passing="60" data-back="/specialists/{registration.pk}/"' in page
    assert answer["Cache-Control"] == "no-store"


def test_programs_look_with_a_reason_and_each_look_is_kept(season: Season) -> None:
    lizhe = season.selected("P1").specialist
    desk, path = browser_of(season.officer), f"/api/v1/specialists/{lizhe.pk}/reveal/"

    for _ in range(2):
        answer = desk.post(path, {"number": "id_number", "reason": "核对"}, headers={"Idempotency-Key": "k"})
    assert (answer.json()["value"], answer["Cache-Control"]) == (PEOPLE["P1"][1], "no-store")
    assert desk.post(path, {"number": "id_number", "reason": " "}).status_code == 422
    assert AuditEvent.objects.filter(verb="specialist.revealed").count() == 2
    listed = browser_of(season.auditor).get("/api/v1/looks/").json()
    assert [(one["whose"], one["number"], one["reason"]) for one in listed] == [("李喆", "身份证号", "核对")] * 2
