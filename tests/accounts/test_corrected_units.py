"""A dispatching institution is renamed, an office has another telephone: the bureau's administrator corrects it."""

import re
from collections.abc import Callable
from html import unescape
from typing import Any

import pytest
import time_machine

from accounts import entering
from accounts.models import Membership, Organization
from core.models import AuditEvent
from tests.cast import Season
from tests.hands import at_once, browser_of, linger


@pytest.fixture(autouse=True)
def _today() -> Any:
    with time_machine.travel("2026-05-21 09:00+08:00", tick=False):
        yield


def text(response: Any) -> str:
    return unescape(response.content.decode())


def typed(unit: Organization, **more: str) -> dict[str, str]:
    unit.refresh_from_db()
    facts = {
        "name": unit.name,
        "uscc": unit.uscc or "",
        "district": "130123",
        "address": "建设路1号",
        "contact_name": "孟主任",
        "contact_phone": "0311-86001234",
        "contact_email": "new@example.org",
    }
    return {**facts, **more}


def correct(by: Membership, unit: Organization, **more: str) -> Any:
    sent = {"version": str(unit.version), **typed(unit, **more)}
    return browser_of(by).post(f"/organizations/{unit.pk}/unit/", sent)


def test_an_institution_is_renamed_and_its_history_says_so(season: Season) -> None:
    unit = season.u1.organization
    former = unit.name
    path = f"/organizations/{unit.pk}/"
    assert f"{path}unit/" in text(browser_of(season.admin).get(path))
    form = text(browser_of(season.admin).get(f"{path}unit/"))
    assert re.search(r"统一社会信用代码\s*<span[^>]*>（选填）", form) is None

    assert correct(season.admin, unit, name="示范农林大学")["Location"] == path

    unit.refresh_from_db()
    assert (unit.name, unit.contact_email, unit.version) == ("示范农林大学", "new@example.org", 2)
    event = AuditEvent.objects.get(verb="organization.changed")
    assert (event.before["name"], event.after["name"]) == (former, "示范农林大学")
    assert "0311-86001234" not in str(event.after)


def test_an_office_is_corrected_too_and_a_host_is_not(season: Season) -> None:
    office = season.admin.organization

    assert correct(season.admin, office, uscc="11139999MB00020037").status_code == 302
    assert correct(season.admin, season.h4.organization).status_code == 404


def test_a_code_is_one_units_and_is_never_empty(season: Season) -> None:
    unit = season.u1.organization
    taken = correct(season.admin, unit, uscc=str(season.h5.organization.uscc))
    empty = correct(season.admin, unit, uscc="")

    assert [answer.status_code for answer in (taken, empty)] == [422, 422]
    assert "建设路1号" in text(taken)
    assert "平台中另一个单位的统一社会信用代码与此相同，请逐位核对" in text(taken)
    assert AuditEvent.objects.filter(verb="organization.changed").exists() is False


def test_of_two_units_given_one_code_at_once_one_keeps_its_own(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    linger(monkeypatch, entering.rules, "code_is_free")
    units = [lasting_season.u1.organization, lasting_season.u2.organization]

    def given(unit: Organization) -> Callable[[], object]:
        facts = entering.UnitFacts(unit.name, "12139999MB00020037", unit.district)
        return lambda: entering.change_unit(unit, facts, by=lasting_season.admin)

    assert at_once(*map(given, units)) == ["E-UNIT", "done"]


def test_two_who_correct_one_institution_meet_each_other(season: Season) -> None:
    unit = season.u1.organization
    sent = typed(unit, address="建设路2号")
    correct(season.admin, unit)

    late = browser_of(season.admin).post(f"/organizations/{unit.pk}/unit/", {**sent, "version": "1"})

    assert late.status_code == 409
    assert [word in text(late) for word in ("建设路1号", "建设路2号", 'name="version" value="2"')] == [True] * 3
    unsaid = browser_of(season.admin).post(f"/organizations/{unit.pk}/unit/", sent)
    assert unsaid.status_code == 409


@pytest.mark.parametrize(("who", "status"), [("clerk", 403), ("officer", 403), ("county", 403)])
def test_others_correct_no_institution(season: Season, who: str, status: int) -> None:
    unit = season.u1.organization

    assert correct(getattr(season, who), unit).status_code in (status, 404)
    unit.refresh_from_db()
    assert unit.version == 1


def test_programs_correct_as_pages_do(season: Season) -> None:
    unit, bureau = season.u1.organization, browser_of(season.admin)

    def put(pk: int, **more: Any) -> int:
        sent = {**typed(unit), "version": 1, **more}
        return bureau.put(f"/api/v1/organizations/{pk}/unit/", sent, content_type="application/json").status_code

    assert put(season.h4.pk) == 404
    assert put(unit.pk, version=7) == 409
    assert [put(unit.pk), put(unit.pk)] == [200, 409]
