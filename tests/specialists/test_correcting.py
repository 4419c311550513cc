"""The 公布文件 of a list: a number stands for one list, and what was recorded wrong is corrected by two persons."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.enums import Role
from core import audit
from core.identifiers import clean_document_number
from core.models import Message
from core.policy import Refused
from specialists.models import AnnouncementCorrection, Registration, SelectionList, Team
from specialists.selection import queries
from specialists.selection.correcting.services import ask_to_correct, decide_correction, withdraw_correction
from tests.cast import PDF, Season, member
from tests.hands import at_once, browser_of, linger
from tests.specialists.lists import ANNOUNCED, CLOSED, announced, by_list, closed, proposed, scan, team_of
from tests.specialists.test_selection_guards import changed, refused_by

pytestmark = pytest.mark.django_db
NUMBER, OTHER = "石科〔2026〕12号", "石科〔2026〕21号"


@pytest.fixture
def season(season: Season) -> Season:
    return by_list(season)


def asked(season: Season, held: SelectionList, **more: Any) -> AnnouncementCorrection:
    given = {"document_number": OTHER, "announced_on": CLOSED, "reason": "误登另一文件。", "on": ANNOUNCED, **more}
    return ask_to_correct(held, **{"by": season.officer, **given})


def codes(act: Callable[[], object]) -> list[tuple[str, Any]]:
    with pytest.raises(Refused) as refusal:
        act()
    return [(finding.code, finding.facts.get("field")) for finding in refusal.value.findings]


@pytest.mark.parametrize("typed", ["石科[2026] 12号", "石科（２０２６）12号", " 石科【2026】12号", NUMBER])
def test_a_number_is_the_same_whichever_brackets_were_at_hand(typed: str) -> None:
    assert clean_document_number(typed) == NUMBER


def test_a_number_stands_for_one_list(season: Season) -> None:
    announced(season, closed(season, proposed(season, "P1")))
    other = closed(season, proposed(season, "P3"))

    with pytest.raises(Refused, match="第1批") as refusal:
        announced(season, other, document_number="石科[2026]12号")
    assert [finding.code for finding in refusal.value.findings] == ["E-DOC-NUMBER"]
    announced(season, other, document_number=OTHER)
    refused_by("number_stands_for_one_announcement", changed(SelectionList, other.pk, document_number=NUMBER))


def test_two_lists_are_announced_at_once_under_one_number(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    season = by_list(lasting_season)
    held = [closed(season, proposed(season, key)) for key in ("P1", "P3")]
    linger(monkeypatch, queries, "list_of_number")

    assert at_once(*(lambda one=one: announced(season, one) and "done" for one in held)) == ["E-DOC-NUMBER", "done"]


def test_what_the_announcement_gave_follows_its_correction(season: Season) -> None:
    registration, team = proposed(season, "P1"), team_of(season, "小麦产业团队", "P3", "P5", "P8")
    held = announced(season, closed(season, registration, teams=[team]))
    new_scan = scan(season.officer)

    correction = asked(season, held, document_number="石科[2026]21号", scan=new_scan)
    assert codes(lambda: asked(season, held)) == [("E-CORRECT-OPEN", "what")]
    with pytest.raises(Refused, match=r"公布文件已有一份待审核的更正申请.*（工作方案四（一））"):
        asked(season, held)
    assert codes(lambda: decide_correction(correction, by=season.officer, on=ANNOUNCED, passed=True)) == [
        ("E-TWO-PEOPLE", None)
    ]
    assert codes(lambda: decide_correction(correction, by=season.head, on=ANNOUNCED, passed=False)) == [
        ("E-OPINION", "opinion")
    ]
    decide_correction(correction, by=season.head, on=ANNOUNCED, passed=True)

    held.refresh_from_db()
    assert (held.document_number, held.announced_on, held.announcement) == (OTHER, CLOSED, new_scan)
    assert {*Registration.objects.values_list("approved_on", flat=True)} == {CLOSED}  # the members' as well
    assert Registration.objects.count() == 4
    assert Team.objects.get().approved_on == CLOSED
    last = audit.history(held).last()
    assert last
    assert (last.verb, last.before["document_number"]) == ("selection_list.correction_approved", NUMBER)
    told = audit.history(registration).last()
    assert told
    assert (told.verb, told.after) == (
        "registration.announcement_corrected",
        {"document_number": OTHER, "announced_on": CLOSED.isoformat()},
    )
    assert Message.objects.filter(subject="2026年度科技特派员选派名单的公布文件已更正").exists()
    assert codes(lambda: decide_correction(correction, by=season.head, on=ANNOUNCED, passed=True))[0][0] == "E-STATE"


def test_a_correction_is_as_sound_as_an_announcement(season: Season) -> None:
    registration = proposed(season, "P1")
    held = announced(season, closed(season, registration), announced_on=CLOSED)
    announced(season, closed(season, proposed(season, "P3")), document_number=OTHER)
    later = {"document_number": "石科〔2026〕30号", "announced_on": ANNOUNCED}

    assert codes(lambda: asked(season, held)) == [("E-DOC-NUMBER", "document_number")]
    assert codes(lambda: asked(season, held, document_number="石科")) == [("E-FIELD", "document_number")]
    assert codes(lambda: asked(season, held, document_number=" ", announced_on=date(2026, 5, 26), reason=" ")) == [
        ("E-FIELD", "document_number"),
        ("E-FIELD", "announced_on"),
        ("E-FIELD", "reason"),
    ]
    assert codes(lambda: asked(season, held, announced_on=date(2026, 6, 1), document_number="1号")) == [
        ("E-FIELD", "announced_on")
    ]
    assert codes(lambda: asked(season, held, document_number=NUMBER, announced_on=CLOSED)) == [
        ("E-FIELD", "document_number")
    ]
    registration.refresh_from_db()
    season.submitted(registration, season.h4, submitted_on=CLOSED)
    with pytest.raises(Refused, match="早于更正后的成文日期2026年5月28日"):
        asked(season, held, **later)
    correction = asked(season, held, **{**later, "announced_on": CLOSED})
    withdraw_correction(correction, by=season.officer)
    held.refresh_from_db()
    assert held.document_number == NUMBER


def test_a_team_that_has_changed_since_holds_its_day(season: Season) -> None:
    team = team_of(season, "小麦产业团队", "P3", "P5", "P8", "P9")
    held = announced(season, closed(season, teams=[team]), announced_on=CLOSED)
    team.members.filter(specialist__name="何雨桐").update(left_on=CLOSED, left_reason="调离")

    with pytest.raises(Refused, match="团队“小麦产业团队”已变更成员"):
        asked(season, held, announced_on=ANNOUNCED)


def test_what_is_asked_is_decided_by_another_once_with_a_reason(season: Season) -> None:
    correction = asked(season, announced(season, closed(season, proposed(season, "P1"))))
    who = {"decided_by": season.head, "decider": season.head.person, "decided_at": "2026-05-28T09:00:00+08:00"}
    itself = {**who, "status": "approved", "decider": season.officer.person}

    refused_by("announcement_correction_says_why", changed(AnnouncementCorrection, correction.pk, reason=""))
    refused_by(
        "announcement_correction_corrects",
        changed(AnnouncementCorrection, correction.pk, document_number=NUMBER, announced_on=ANNOUNCED),
    )
    refused_by(
        "announcement_correction_is_decided_by_another", changed(AnnouncementCorrection, correction.pk, **itself)
    )
    refused_by(
        "announcement_correction_decided_when_and_by_whom",
        changed(AnnouncementCorrection, correction.pk, status="approved"),
    )
    refused_by(
        "announcement_correction_returned_with_an_opinion",
        changed(AnnouncementCorrection, correction.pk, **who, status="returned"),
    )
    correction.pk = None
    refused_by("one_open_correction_of_an_announcement", lambda: correction.save(force_insert=True))


def test_two_corrections_give_one_number_at_once(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    """The number is free when it is asked for twice, and taken when the second is decided."""
    season = by_list(lasting_season)
    numbers = {"P1": NUMBER, "P3": OTHER}
    made = [
        announced(season, closed(season, proposed(season, key)), document_number=number)
        for key, number in numbers.items()
    ]
    corrections = [asked(season, one, document_number="石科〔2026〕30号") for one in made]
    linger(monkeypatch, queries, "list_of_number")

    found = at_once(
        *(
            lambda one=one: decide_correction(one, by=season.head, on=ANNOUNCED, passed=True) and "done"
            for one in corrections
        )
    )

    assert found == ["E-DOC-NUMBER", "done"]


def test_one_list_is_corrected_twice_at_once(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    season = by_list(lasting_season)
    held = announced(season, closed(season, proposed(season, "P1")))
    linger(monkeypatch, queries, "list_of_number")

    assert at_once(*[lambda: asked(season, held) and "done"] * 2) == ["E-CORRECT-OPEN", "done"]


def test_the_page_and_the_interface_correct_it(season: Season) -> None:
    held = announced(season, closed(season, proposed(season, "P1")))
    officer, head = browser_of(season.officer), browser_of(season.head)
    page, form = f"/specialists/lists/{held.pk}/", f"/specialists/lists/{held.pk}/correct/"
    api = "/api/v1/announcement-corrections"
    with time_machine.travel(f"{ANNOUNCED}T09:00:00+08:00", tick=False):
        assert form in officer.get(page).text
        assert form not in head.get(page).text
        assert 'value="石科〔2026〕12号"' in officer.get(form).text
        version = SelectionList.objects.get().version
        typed = {"document_number": OTHER, "announced_on": str(CLOSED), "version": version}
        refused = officer.post(form, {**typed, "reason": ""})
        assert (refused.status_code, OTHER in refused.text) == (422, True)
        paper = SimpleUploadedFile("正确的公布文件.pdf", PDF)
        assert officer.post(form, {**typed, "reason": "误登。", "scan": paper}).status_code == 302
        first = AnnouncementCorrection.objects.get()
        decide = f"/specialists/lists/corrections/{first.pk}/decide/"
        assert decide not in officer.get(page).text
        seen = head.get(page).text
        assert decide in seen
        assert "2026年5月27日" in seen
        assert officer.post(decide, {"decision": "pass"}).status_code == 422
        assert head.post(decide, {"decision": "return"}).status_code == 422
        assert head.post(decide, {"decision": "pass"}).status_code == 302
        seen = officer.get(page).text
        assert f"lists/corrections/{first.pk}/old-scan/" in seen
        assert "原为石科〔2026〕12号" in seen
        given = head.get(f"/specialists/lists/corrections/{first.pk}/scan/")
        assert b"".join(given.streaming_content) == PDF  # type: ignore[attr-defined]

        body = {"document_number": NUMBER, "reason": "原文号无误。", "version": SelectionList.objects.get().version}
        second = officer.post(f"/api/v1/selection-lists/{held.pk}/corrections/", body, content_type="application/json")
        assert (second.status_code, second.json()["announced_on"]) == (201, str(CLOSED))
        verdict = {"passed": True}
        own = officer.post(f"{api}/{second.json()['id']}/decide/", verdict, content_type="application/json")
        assert [one["code"] for one in own.json()["findings"]] == ["E-TWO-PEOPLE"]
        assert officer.post(f"{api}/{second.json()['id']}/withdraw/").json()["status"] == "withdrawn"
        listed = head.get(f"/api/v1/selection-lists/{held.pk}/corrections/").json()
    assert [one["status"] for one in listed] == ["approved", "withdrawn"]


def test_who_did_not_ask_does_not_take_it_back(season: Season) -> None:
    held = announced(season, closed(season, proposed(season, "P1")))
    correction = asked(season, held, document_number=OTHER)
    own, other = (
        browser_of(hat) for hat in (season.officer, member("王科员", Role.BUREAU_OFFICER, season.bureau, "wang"))
    )
    page, withdraw = f"/specialists/lists/{held.pk}/", f"/specialists/lists/corrections/{correction.pk}/withdraw/"

    with time_machine.travel(f"{ANNOUNCED}T09:00:00+08:00", tick=False):
        offered = [withdraw in browser.get(page).text for browser in (own, other)]
        refused = other.post(withdraw)
        program = other.post(f"/api/v1/announcement-corrections/{correction.pk}/withdraw/")

    assert offered == [True, False]
    assert refused.status_code == 422
    assert f"由申请人（{season.officer.person}）撤回" in refused.text
    assert [one["code"] for one in program.json()["findings"]] == ["E-PERM"]
    correction.refresh_from_db()
    assert correction.status == "open"
