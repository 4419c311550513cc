"""推荐通知: institutions hand in while a call is open; later only as the bureau lets them in, with its reason."""

import io
import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from accounts.enums import Role
from core import audit
from core.models import Message, PolicyPack
from core.packs import POLICIES, read
from core.policy import Refused
from core.stale import Stale
from specialists import services as registering
from specialists import teams
from specialists.enums import CallStatus, Category, RegistrationStatus
from specialists.models import LateAdmission, Registration, SelectionCall
from specialists.selection import calls, queries, rules
from specialists.selection.rules import Window
from tests.cast import MAY_12, MAY_18, MAY_20, Season, member
from tests.core import hostile
from tests.hands import browser_of, during
from tests.people import Person
from tests.specialists.acts import form_of, registered
from tests.specialists.lists import team_of

JUNE_1 = date(2026, 6, 1)
PACK = PolicyPack(**read(POLICIES / "shijiazhuang-2026.toml"))


@pytest.fixture
def season(season: Season) -> Season:
    """Under the plan as it is shipped: calls are required."""
    season.pack = PolicyPack.objects.create(**{**read(POLICIES / "shijiazhuang-2026.toml"), "version": 2})
    return season


def codes(act: Callable[[], object]) -> list[str]:
    with pytest.raises(Refused) as refusal:
        act()
    return [finding.code for finding in refusal.value.findings]


def drafted(season: Season, **more: Any) -> SelectionCall:
    given: dict[str, Any] = {
        "title": "关于推荐2026年度市级科技特派员的通知",
        "text": "请按条件推荐。",
        "opens_on": MAY_12,
        "closes_on": MAY_20,
        "categories": [*Category.values],
        "forms": ["individual", "team"],
    }
    return calls.draft_call(by=season.officer, on=MAY_12, **{**given, **more})


def test_a_draft_is_thrown_away_and_what_was_published_is_not(season: Season) -> None:
    officer, stray = browser_of(season.officer), drafted(season)
    page = f"/specialists/calls/{stray.pk}/"

    assert f"{page}discard/" in officer.get(page).text
    assert officer.post(f"{page}discard/").status_code == 302
    assert officer.delete(f"/api/v1/selection-calls/{drafted(season).pk}/").status_code == 204
    assert not SelectionCall.objects.exists()
    told = published(season)
    assert officer.post(f"/specialists/calls/{told.pk}/discard/").status_code == 422
    assert officer.delete(f"/api/v1/selection-calls/{told.pk}/").status_code == 422


def published(season: Season, **more: Any) -> SelectionCall:
    return calls.publish_call(drafted(season, **more), by=season.officer, on=MAY_12)


def admitted(season: Season, call: SelectionCall, **more: Any) -> LateAdmission:
    given: dict[str, Any] = {"institution": season.u1, "reason": "校内公示延后，来函申请。", "until": date(2026, 5, 29)}
    return calls.admit_late(call, by=season.officer, on=date(2026, 5, 21), **{**given, **more})


@pytest.mark.parametrize(
    ("on", "windows", "late", "words"),
    [
        pytest.param(MAY_12, [(MAY_12, MAY_20)], None, None, id="the first day"),
        pytest.param(MAY_20, [(MAY_12, MAY_20)], None, None, id="the last day"),
        pytest.param(MAY_20, [], None, "还没有发布农业个人科技特派员的推荐通知", id="nobody called"),
        pytest.param(MAY_12, [(MAY_18, MAY_20)], None, "自2026年5月18日起受理", id="not open yet"),
        pytest.param(JUNE_1, [(MAY_12, MAY_20)], None, "已于2026年5月20日截止受理", id="closed"),
        pytest.param(JUNE_1, [(MAY_12, MAY_20)], JUNE_1, None, id="let in late, on the last day of it"),
        pytest.param(
            JUNE_1, [(MAY_12, MAY_20)], MAY_20, "补报已于2026年5月20日截止", id="let in late, and later still"
        ),
        pytest.param(JUNE_1, [(MAY_12, MAY_20), (JUNE_1, JUNE_1)], None, None, id="closed and called again"),
    ],
)
def test_nominations_are_taken_while_a_call_asks_for_them(
    on: date, windows: list[tuple[date, date]], late: date | None, words: str | None
) -> None:
    finding = rules.nominated_while_called(
        PACK.entry("E-CALL"), what="农业个人", windows=[Window("通知", *one) for one in windows], late_until=late, on=on
    )

    assert (words in finding.message) if words and finding else (finding is None and words is None)


def test_an_institution_hands_in_while_the_call_is_open(season: Season) -> None:
    published(season)
    registration = registered(form_of("P3", Category.AGRICULTURE), season.clerk)

    handed_in = registering.submit_registration(registration, by=season.clerk, on=MAY_20)

    assert handed_in.status == RegistrationStatus.SUBMITTED


def test_before_and_after_the_call_and_for_another_category_it_is_refused_and_the_draft_is_kept(season: Season) -> None:
    registration = registered(form_of("P3", Category.AGRICULTURE), season.clerk)

    def hands_in(on: date) -> object:
        return registering.submit_registration(registration, by=season.clerk, on=on)

    assert codes(lambda: hands_in(MAY_18)) == ["E-CALL"]  # nobody called
    drafted(season)
    assert codes(lambda: hands_in(MAY_18)) == ["E-CALL"]  # a draft calls nobody
    published(season, categories=["broker"])
    assert codes(lambda: hands_in(MAY_18)) == ["E-CALL"]
    published(season, forms=["team"])
    assert codes(lambda: hands_in(MAY_18)) == ["E-CALL"]
    published(season, opens_on=MAY_18)
    assert codes(lambda: hands_in(MAY_12)) == ["E-CALL"]
    assert codes(lambda: hands_in(date(2026, 5, 21))) == ["E-CALL"]
    registration.refresh_from_db()
    assert registration.status == RegistrationStatus.DRAFT


def test_a_team_is_handed_in_while_teams_are_called_for(season: Season) -> None:
    team = team_of(season, "小麦产业团队", "P1", "P2", "P3", status=RegistrationStatus.DRAFT)
    assert codes(lambda: teams.submit_team(team, by=season.clerk, on=MAY_18)) == ["E-CALL"]

    published(season)

    assert teams.submit_team(team, by=season.clerk, on=MAY_18).status == RegistrationStatus.SUBMITTED


def test_nobody_calls_for_whom_the_bureau_appoints_directly(season: Season) -> None:
    """R28."""
    filled = form_of("P3", appointment_note="承担市级重大专项，急需其专业支持。")
    registration = registered(filled, season.officer)

    handed_in = registering.submit_registration(registration, by=season.officer, on=MAY_18)

    assert handed_in.status == RegistrationStatus.SUBMITTED


def test_after_the_close_the_bureau_lets_an_institution_in_with_its_reason(season: Season) -> None:
    call = published(season)
    registration = registered(form_of("P3", Category.AGRICULTURE), season.clerk)
    admitted(season, call)

    handed_in = registering.submit_registration(registration, by=season.clerk, on=date(2026, 5, 29))

    assert handed_in.status == RegistrationStatus.SUBMITTED
    last = audit.history(call).last()
    assert last
    assert (last.verb, last.reason) == ("call.late_admitted", "校内公示延后，来函申请。")
    told = Message.objects.get(person=season.clerk.person, occasion__startswith="call.late")
    assert "5月29日" in told.body


def test_one_registration_is_let_in_and_the_others_are_not(season: Season) -> None:
    call = published(season)
    one, other = (registered(form_of(key, Category.AGRICULTURE), season.clerk) for key in ("P3", "P4"))
    admitted(season, call, registration=one)
    day = date(2026, 5, 22)

    assert codes(lambda: registering.submit_registration(other, by=season.clerk, on=day)) == ["E-CALL"]
    assert registering.submit_registration(one, by=season.clerk, on=day).status == RegistrationStatus.SUBMITTED


@pytest.mark.parametrize(
    "more",
    [
        pytest.param({"reason": " "}, id="without a reason"),
        pytest.param({"until": MAY_20}, id="until a day that has passed"),
    ],
)
def test_late_entry_needs_its_reason_and_a_day_to_come(season: Season, more: dict[str, Any]) -> None:
    call = published(season)

    assert codes(lambda: admitted(season, call, **more)) == ["E-FIELD"]
    assert codes(lambda: calls.admit_late(
        call, by=season.officer, on=MAY_18, institution=season.u1, reason="x", until=MAY_20
    )) == ["E-FIELD"]  # it is open until then  # fmt: skip
    assert codes(lambda: admitted(season, drafted(season))) == ["E-STATE"]
    registration = registered(form_of("P3"), season.clerk)
    assert codes(lambda: admitted(season, call, institution=season.u2, registration=registration)) == ["E-FIELD"]


def test_every_institution_is_told_once_when_a_call_is_published(season: Season) -> None:
    stranger = season.stranger
    call = published(season)

    told = Message.objects.filter(occasion=f"call.published:{call.pk}")
    assert {*told.values_list("person", flat=True)} == {
        hat.person.pk for hat in (season.clerk, season.manager, stranger)
    }
    assert codes(lambda: calls.publish_call(call, by=season.officer, on=MAY_12)) == ["E-STATE"]
    assert codes(lambda: calls.save_call(call, by=season.officer, on=MAY_12, version=None, title="x")) == ["E-STATE"]


def test_a_call_is_published_before_its_last_day_and_dates_are_in_order(season: Season) -> None:
    assert codes(lambda: drafted(season, closes_on=date(2026, 5, 11))) == ["E-FIELD"]
    assert codes(lambda: drafted(season, categories=[], forms=[])) == ["E-FIELD", "E-FIELD"]
    call = drafted(season)
    assert codes(lambda: calls.publish_call(call, by=season.officer, on=JUNE_1)) == ["E-FIELD"]


def test_two_officers_edit_a_draft(season: Season) -> None:
    call = drafted(season)
    calls.save_call(call, by=season.officer, on=MAY_12, version=call.version, title="改后的通知")

    with pytest.raises(Stale):
        calls.save_call(call, by=season.officer, on=MAY_12, version=call.version, title="另一个通知")


def test_a_call_is_published_while_a_colleague_edits_it(lasting_season: Season) -> None:
    season = lasting_season
    call = drafted(season)

    said = during(
        lambda: calls.publish_call(call, by=season.officer, on=MAY_12),
        lambda: calls.save_call(call, by=season.officer, on=MAY_12, version=None, closes_on=JUNE_1),
    )

    assert said == "E-STATE"


def test_what_answered_an_earlier_call_of_the_year_answers_no_later_one(season: Season) -> None:
    season.selected("P1", submitted_on=MAY_12)
    season.selected("P3", submitted_on=MAY_20, approved_on=MAY_20)
    later = published(season, opens_on=MAY_18, closes_on=JUNE_1)

    [answer] = queries.answers(later, [season.u1])

    assert (answer.passed, answer.word) == (1, "已提交")


def test_how_far_each_institution_has_come(season: Season) -> None:
    call = published(season)
    season.selected("P1", status=RegistrationStatus.SUBMITTED, approved_on=None)
    season.selected("P3", status=RegistrationStatus.PROPOSED, approved_on=None)
    season.selected("P5", status=RegistrationStatus.RETURNED, approved_on=None, institution=season.u2)
    registered(form_of("P8"), member("农科所经办", Role.INSTITUTION_CLERK, season.i1, "qin"))
    team_of(season, "小麦产业团队", "P9", "P10", "P11", status=RegistrationStatus.DRAFT)
    Registration.objects.filter(specialist__name="何雨桐").update(category=Category.BROKER)

    found = {str(one.institution): one for one in queries.answers(call, [season.u1, season.u2, season.i1, season.s1])}

    assert [(name, one.word, one.drafts, one.handed_in, one.returned, one.passed) for name, one in found.items()] == [
        ("示范农林学院", "已提交", 1, 1, 0, 1),
        ("示范理工大学", "退回补正", 0, 0, 1, 0),
        ("示范农科所", "有草稿", 1, 0, 0, 0),
        ("示范技术转移中心", "尚未推荐", 0, 0, 0, 0),
    ]


# --- guards of the database -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "values"),
    [
        pytest.param("call_closes_after_it_opens", {"closes_on": date(2026, 5, 11)}, id="it closes before it opens"),
        pytest.param("call_asks_for_somebody", {"categories": []}, id="for nobody"),
        pytest.param("call_asks_for_somebody", {"forms": []}, id="in no form"),
        pytest.param("call_published_by_whom_and_when", {"published_by": None}, id="by nobody"),
        pytest.param("call_published_by_whom_and_when", {"status": CallStatus.DRAFT}, id="a draft with its day"),
    ],
)
def test_no_call_is_stored_that_cannot_be(season: Season, name: str, values: dict[str, Any]) -> None:
    call = published(season)

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        SelectionCall.objects.filter(pk=call.pk).update(**values)


def test_late_entry_is_stored_with_its_reason_and_for_one(season: Season) -> None:
    admission = admitted(season, published(season))
    registration = registered(form_of("P3"), season.clerk)
    team = team_of(season, "小麦产业团队", "P8", "P9", "P10")

    with pytest.raises(IntegrityError, match="late_admission_says_why"), transaction.atomic():
        LateAdmission.objects.filter(pk=admission.pk).update(reason="")
    with pytest.raises(IntegrityError, match="late_admission_is_for_one"), transaction.atomic():
        LateAdmission.objects.filter(pk=admission.pk).update(registration=registration, team=team)


# --- pages and the interface ------------------------------------------------------------------------------------------


def test_a_call_by_hand_from_draft_to_late_entry(season: Season) -> None:
    clock = time_machine.travel("2026-05-12T09:00:00+08:00", tick=False)
    traveller = clock.start()
    officer, clerk = Person(season.officer), Person(season.clerk)
    officer.opens("/specialists/calls/new/")
    form = hostile.word_document()
    file = io.BytesIO(form)
    file.name = "推荐汇总表.docx"
    officer.presses(
        "保存草稿",
        title="2026年度推荐通知",
        opens_on="2026年5月12日",
        closes_on="2026-05-20",
        categories=["agriculture", "broker"],
        forms=["individual"],
        text="请按条件推荐。",
        attachment=file,
    )
    call = SelectionCall.objects.get()
    assert browser_of(season.clerk).get(f"/specialists/calls/{call.pk}/").status_code == 404
    officer.presses("发布通知")
    page = clerk.opens(f"/specialists/calls/{call.pk}/")
    assert ("推荐汇总表.docx" in page, "1 页" in page) == (True, False)
    assert clerk.downloads(f"/specialists/calls/{call.pk}/attachment/") == form
    assert "还有8天（6个工作日）" in page
    assert "催报文字" not in page
    assert "以下单位尚未提交：示范农林学院" in officer.opens(f"/specialists/calls/{call.pk}/")
    traveller.move_to("2026-05-21T09:00:00+08:00")
    registration = registered(form_of("P3", Category.AGRICULTURE), season.clerk, on=date(2026, 5, 21))
    answer = browser_of(season.clerk).post(f"/specialists/{registration.pk}/submit/")
    assert (answer.status_code, "由市科技局受理补报后提交" in answer.text) == (422, True)
    officer = Person(season.officer)
    officer.opens(f"/specialists/calls/{call.pk}/late/")
    officer.presses("受理补报", institution=str(season.u1.pk), until="2026-05-29", reason="来函申请")
    answer = browser_of(season.clerk).post(f"/specialists/{registration.pk}/submit/")
    clock.stop()

    assert answer.status_code == 302


def test_one_registration_or_team_is_let_in_late_and_no_other_of_its_unit(season: Season) -> None:
    call = published(season)
    wanted = registered(form_of("P3", Category.AGRICULTURE), season.clerk, on=date(2026, 5, 21))
    other = registered(form_of("P1", Category.AGRICULTURE), season.clerk, on=date(2026, 5, 21))
    team = team_of(season, "小麦团队", "P5", "P8", "P2", status=RegistrationStatus.DRAFT)
    address = f"/specialists/calls/{call.pk}/late/"
    with time_machine.travel("2026-05-21T09:00:00+08:00", tick=False):
        officer, clerk = browser_of(season.officer), browser_of(season.clerk)
        assert f"{address}?only=registration:{wanted.pk}" in officer.get(f"/specialists/{wanted.pk}/").text
        page = officer.get(f"{address}?only=registration:{wanted.pk}").text
        assert re.search(rf'value="registration:{wanted.pk}"\s+selected', page)
        said = {"until": "2026-05-29", "reason": "来函申请"}
        nobody = officer.post(address, said)
        foreign = officer.post(address, {**said, "only": f"registration:{wanted.pk}", "institution": season.u2.pk})
        assert [nobody.status_code, foreign.status_code] == [422, 422]
        assert "请选择派出单位，或选择要补报的一项" in nobody.text
        for only in (f"registration:{wanted.pk}", f"team:{team.pk}"):
            assert officer.post(address, {**said, "only": only}).status_code == 302

        assert clerk.post(f"/specialists/{wanted.pk}/submit/").status_code == 302
        assert clerk.post(f"/specialists/{other.pk}/submit/").status_code == 422
        assert "张昇（示范农林学院）" in officer.get(f"/specialists/calls/{call.pk}/").text
    kept = [(one.registration_id, one.team_id) for one in LateAdmission.objects.order_by("pk")]
    assert kept == [(wanted.pk, None), (None, team.pk)]


def test_a_call_through_the_interface(season: Season) -> None:
    officer = browser_of(season.officer)
    body = {
        "title": "通知",
        "opens_on": "2026-05-12",
        "closes_on": "2026-05-20",
        "categories": ["broker"],
        "forms": ["team"],
    }

    def posts(address: str, **more: Any) -> Any:
        return officer.post(f"/api/v1/selection-calls/{address}", more, content_type="application/json")

    with time_machine.travel("2026-05-12T09:00:00+08:00", tick=False):
        call = posts("", **body).json()
        address = f"/api/v1/selection-calls/{call['id']}/"
        call = officer.put(
            address, {**body, "title": "推荐通知", "version": call["version"]}, "application/json"
        ).json()
        assert browser_of(season.clerk).get(address).status_code == 404
        call = posts(f"{call['id']}/publish/", version=call["version"]).json()
        assert (call["status"], call["title"], call["categories"]) == ("published", "推荐通知", ["broker"])
        assert browser_of(season.clerk).get(address).json()["id"] == call["id"]
        late = posts(f"{call['id']}/late/", institution=season.u1.pk, reason="来函", until="2026-05-29")
        unknown = posts(f"{call['id']}/late/", institution=999_999, reason="来函", until="2026-05-29")

    assert (late.status_code, late.json()["until"]) == (201, "2026-05-29")
    assert unknown.status_code == 422
