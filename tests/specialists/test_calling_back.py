"""An approved list is called back before it is on view: with a reason, told to who approved it, and approved anew."""

from datetime import date
from typing import Any

import pytest
import time_machine

from core import audit
from core.models import Message
from core.policy import Refused
from specialists.enums import ListStatus
from specialists.models import SelectionList
from specialists.selection import rules, services
from specialists.selection.calling_back import call_back_list
from tests.cast import Season
from tests.hands import at_once, browser_of, linger
from tests.specialists.lists import APPROVED, NOTICED, approved, by_list, noticed, proposed

pytestmark = pytest.mark.django_db


def called_back(season: Season, held: SelectionList, **more: Any) -> SelectionList:
    return call_back_list(held, **{"by": season.officer, "on": APPROVED, "reason": "漏列一人。", **more})


def codes(act: Any) -> list[str]:
    with pytest.raises(Refused) as refusal:
        act()
    return [finding.code for finding in refusal.value.findings]


def test_it_is_composed_again_and_takes_its_steps_anew(season: Season) -> None:
    held = approved(by_list(season), proposed(season, "P1"))

    assert codes(lambda: called_back(season, held, reason=" ")) == ["E-FIELD"]
    held = called_back(season, held)

    assert (held.status, held.approved_on, held.entries.standing().count()) == (ListStatus.DRAFT, None, 1)
    last = audit.history(held).last()
    assert last
    assert (last.verb, last.reason) == ("selection_list.called_back", "漏列一人。")
    assert Message.objects.filter(person=season.head.person, subject__contains="审批已撤回").count() == 1
    again = services.submit_list(held, by=season.officer, on=APPROVED)
    assert again.status == ListStatus.SUBMITTED


def test_what_is_on_view_stays_and_what_begins_tomorrow_may_still_be_called_back(season: Season) -> None:
    held = noticed(by_list(season), proposed(season, "P1"))

    assert codes(lambda: called_back(season, held, on=NOTICED)) == ["E-STATE"]
    # The day before its first, it does not say that it is on view.
    assert [held.state(on)[0] for on in (date(2026, 5, 19), NOTICED)] == ["待公示", "公示中"]
    officer = browser_of(season.officer)
    with time_machine.travel("2026-05-19T09:00:00+08:00", tick=False):
        page = officer.get(f"/specialists/lists/{held.pk}/").text
        assert ("待公示" in page, "公示中" in page, "起公示，至" in page) == (True, False, True)
        assert "公示中" not in officer.get("/specialists/lists/").text.split("<tbody", 1)[1]
    held = called_back(season, held, on=date(2026, 5, 19))
    assert (held.notice_from, held.notice_until, held.notice_days) == (None, None, None)
    assert codes(lambda: called_back(season, held)) == ["E-STATE"]


def test_a_notice_that_is_opened_meanwhile_waits(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    held = approved(by_list(lasting_season), proposed(lasting_season, "P1"))
    linger(monkeypatch, rules, "notice_lasts_long_enough")
    linger(monkeypatch, rules, "list_is_not_public")
    terms: dict[str, Any] = {"starts_on": NOTICED, "working_days": 5, "contact": "农村科技处"}

    results = at_once(
        lambda: services.open_notice(held, by=lasting_season.officer, on=NOTICED, **terms) and "done",
        lambda: called_back(lasting_season, held) and "done",
    )

    assert results == ["E-STATE", "done"]


def test_the_page_and_the_interface_call_it_back(season: Season) -> None:
    held = approved(by_list(season), proposed(season, "P1"))
    officer, head = browser_of(season.officer), browser_of(season.head)
    address = f"/specialists/lists/{held.pk}/call-back/"
    with time_machine.travel(f"{APPROVED}T09:00:00+08:00", tick=False):
        assert address in officer.get(f"/specialists/lists/{held.pk}/").text
        assert head.post(address, {"reason": "漏列"}).status_code == 403
        version = {"version": str(held.version)}
        assert officer.post(address, {"reason": "", **version}).status_code == 422
        assert officer.post(address, {"reason": "漏列一人。", **version}).status_code == 302
        assert "漏列" in officer.get(f"/specialists/lists/{held.pk}/").text
        refused = officer.post(
            f"/api/v1/selection-lists/{held.pk}/call-back/", {"reason": "再"}, content_type="application/json"
        )
    assert (refused.status_code, SelectionList.objects.get().status) == (422, ListStatus.DRAFT)
