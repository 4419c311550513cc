"""A dispatching institution is renamed, an office has another telephone: the bureau's administrator corrects it."""

import re
from collections.abc import Callable
from datetime import date
from html import unescape
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from accounts import entering
from accounts.enums import HostType
from accounts.models import District, HostUnit, Membership, Organization
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


def host_form(host: HostUnit, **more: Any) -> dict[str, Any]:
    unit = host.organization
    unit.refresh_from_db()
    facts = {
        "name": unit.name,
        "uscc": unit.uscc or "",
        "district": unit.district_id,
        "contact_name": "马社长",
        "contact_phone": "0311-86001234",
        "host_type": host.host_type,
        "version": unit.version,
    }
    return {**facts, **more}


@pytest.mark.parametrize(
    "written",
    [
        pytest.param("{}", id="as it stands"),
        pytest.param("（{}）", id="in brackets"),
        pytest.param("石家庄市{}", id="with the city"),
    ],
)
def test_a_host_takes_the_name_of_another_only_by_the_word_that_it_is_one_of_its_own(
    season: Season, written: str
) -> None:
    other, host = season.h5.organization, season.h4
    Organization.objects.filter(pk=other.pk).update(district=host.organization.district)
    officer, path = browser_of(season.officer), f"/organizations/{host.pk}/host/"
    typed = host_form(host, name=written.format(other.name))

    refused = officer.post(path, typed)

    said = text(refused)
    assert (refused.status_code, f"已有单位名为“{other.name}”，修改后两个单位同名" in said) == (422, True)
    assert [word in said for word in ("由市科技局合并重复登记", 'name="distinct"', "0311-86001234")] == [True] * 3
    as_json: dict[str, Any] = {"content_type": "application/json"}
    by_program = officer.put(f"/api/v1{path}", typed, **as_json)
    assert [one["code"] for one in by_program.json()["findings"]] == ["E-NAMESAKE"]
    assert officer.post(path, {**typed, "distinct": "on"}).status_code == 302
    # What has its name already is corrected otherwise without another word.
    assert officer.put(f"/api/v1{path}", host_form(host, address="建设路1号"), **as_json).status_code == 200


def test_a_host_moved_to_the_county_of_its_namesake_is_asked_about_too(season: Season) -> None:
    other, host = season.h5.organization, season.h4
    assert other.district_id != host.organization.district_id
    Organization.objects.filter(pk=host.pk).update(name=other.name)
    officer, path = browser_of(season.officer), f"/organizations/{host.pk}/host/"

    moved = officer.post(path, host_form(host, district=other.district_id))

    assert (moved.status_code, f"已有单位名为“{other.name}”" in text(moved)) == (422, True)
    assert officer.post(path, host_form(host, address="建设路1号")).status_code == 302


def test_a_host_that_sees_no_other_is_told_of_none_but_the_name_it_typed(season: Season) -> None:
    other, host = season.h5.organization, season.h4
    Organization.objects.filter(pk=other.pk).update(district=host.organization.district, name="滹沱（示范）合作社")

    refused = browser_of(season.contact).post(f"/organizations/{host.pk}/host/", host_form(host, name="滹沱示范合作社"))

    assert (refused.status_code, "已有单位名为“滹沱示范合作社”" in text(refused)) == (422, True)
    assert "滹沱（示范）合作社" not in text(refused)


def test_an_institution_takes_the_name_of_no_other_in_any_county(season: Season) -> None:
    unit, other = season.u1.organization, season.u2.organization
    assert unit.district_id != "130129"

    refused = correct(season.admin, unit, name=other.name, district="130129")

    assert (refused.status_code, f"已有单位名为“{other.name}”" in text(refused)) == (422, True)
    assert "业务在已登记的单位下办理" in text(
        refused
    )  # the bureau makes one of two hosts, of two institutions it does not
    sent = {**typed(unit, name=other.name), "version": 1}
    path = f"/api/v1/organizations/{unit.pk}/unit/"
    by_program = browser_of(season.admin).put(path, sent, content_type="application/json")
    assert [one["code"] for one in by_program.json()["findings"]] == ["E-NAMESAKE"]
    assert correct(season.admin, unit, name=other.name, distinct="on").status_code == 302


def test_of_two_villages_of_one_county_without_a_code_none_takes_the_others_name(season: Season) -> None:
    first, second = village(season, "上庄村村民委员会"), village(season, "下庄村村民委员会")
    officer, path = browser_of(season.officer), f"/organizations/{second.pk}/host/"
    typed = host_form(second, name=first.organization.name, distinct="on")

    refused = officer.post(path, typed)

    assert (refused.status_code, "两者都没有统一社会信用代码，无法区分" in text(refused)) == (422, True)
    with pytest.raises(IntegrityError, match="units_without_codes_are_told_apart"), transaction.atomic():
        Organization.objects.filter(pk=second.pk).update(name=first.organization.name)
    assert officer.post(path, {**typed, "district": "130129"}).status_code == 302


def test_what_was_made_alike_before_is_corrected_otherwise(season: Season) -> None:
    """Two counties became one, and each had its 上庄村."""
    village(season, "上庄村村民委员会")
    second = village(season, "上庄村村民委员会", district="130129")
    county = season.h4.organization.district_id
    District.objects.filter(pk="130129").update(retired_on=date(2026, 5, 1), successor=county)
    officer, path = browser_of(season.officer), f"/organizations/{second.pk}/host/"

    assert officer.post(path, host_form(second, address="村口")).status_code == 302
    assert officer.post(path, host_form(second, name="下庄村村民委员会")).status_code == 302
    back = officer.post(path, host_form(second, name="上庄村村民委员会", distinct="on"))
    assert (back.status_code, "无法区分" in text(back)) == (422, True)


def test_of_two_villages_entered_and_renamed_alike_at_once_one_keeps_the_name(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    linger(monkeypatch, entering.rules, "district_in_use")
    renamed = village(lasting_season, "下庄村村民委员会")
    facts = entering.UnitFacts("上庄村村民委员会", "", renamed.organization.district)
    kind = entering.HostFacts(HostType.VILLAGE)
    by: dict[str, Any] = {"by": lasting_season.officer, "on": date(2026, 5, 21)}

    answers = at_once(
        lambda: entering.create_host(facts, kind, **by),
        lambda: entering.create_host(facts, kind, **by),
        lambda: entering.change_host(renamed, facts, kind, **by),
    )

    assert answers == ["E-UNIT", "E-UNIT", "done"]
    assert Organization.objects.filter(name="上庄村村民委员会").count() == 1


def village(season: Season, name: str, **place: str) -> HostUnit:
    county = District.objects.get(pk=place.get("district", season.h4.organization.district_id))
    facts = entering.UnitFacts(name, "", county)
    kind = entering.HostFacts(HostType.VILLAGE)
    return entering.create_host(facts, kind, by=season.officer, on=date(2026, 5, 21))
