"""规模以上 and 科技型中小企业: declared by the unit, verified by its county or the bureau, declared anew each year."""

from collections.abc import Callable
from datetime import date
from html import unescape
from time import sleep
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, transaction

from accounts import entering, flags, rules
from accounts.enums import HostType, Role
from accounts.models import HostFlags, HostUnit, Membership, Organization
from accounts.tasks import remind_of_flags
from core import outbox
from core.models import AuditEvent, JobRun, Message
from core.policy import Refused
from tests.accounts.test_units import code_of
from tests.cast import Season, flagged, host, member
from tests.hands import at_once, browser_of, linger

TODAY = date(2026, 5, 21)
FIRM, SECOND, THIRD = (code_of(f"9113012{place}MA0X") for place in "345")


@pytest.fixture(autouse=True)
def _today() -> Any:
    with time_machine.travel("2026-05-21 09:00+08:00", tick=False):
        yield


@pytest.fixture
def firm(season: Season) -> HostUnit:
    """A technology SME of the county's own, not verified yet."""
    made = host("正定示范机电有限公司", HostType.ENTERPRISE, FIRM, "130123")
    flags.keep_year(flagged(made, tech_sme=True))
    return made


def text(response: Any) -> str:
    return unescape(response.content.decode())


def send(by: Membership, unit: HostUnit, act: str, **sent: str) -> Any:
    version = str(Organization.objects.get(pk=unit.pk).version)
    return browser_of(by).post(f"/organizations/{unit.pk}/{act}/", {"version": version, **sent})


def declare(unit: HostUnit, by: Membership, **more: Any) -> HostUnit:
    facts = entering.UnitFacts(str(unit), str(unit.organization.uscc), unit.organization.district)
    return entering.change_host(unit, facts, entering.HostFacts(HostType.ENTERPRISE, **more), by=by, on=TODAY)


# --- verifying and sending back ---------------------------------------------------------------------------------------


def test_the_county_verifies_by_a_document_and_goes_on_with_the_next(season: Season, firm: HostUnit) -> None:
    other = flagged(host("正定示范铸造有限公司", HostType.ENTERPRISE, SECOND, "130123"), above_scale=True)
    assert "2" in text(browser_of(season.county).get("/organizations/flags/"))

    answers = [
        send(season.county, firm, "verify", basis="202613010100001"),
        send(season.county, other, "verify", basis="石统〔2026〕3号"),
    ]

    assert [answer["Location"] for answer in answers] == ["/organizations/flags/", f"/organizations/{other.pk}/"]
    firm.refresh_from_db()
    assert (firm.flags_verified_by, firm.flags_basis) == (season.county, "202613010100001")
    kept = HostFlags.objects.get(host=firm)
    assert (kept.year, kept.verified_on, kept.basis) == (2026, TODAY, "202613010100001")
    assert AuditEvent.objects.filter(verb="organization.flags_verified", by=season.county.person).count() == 2


def test_nothing_is_verified_without_saying_by_what(season: Season, firm: HostUnit) -> None:
    refused = send(season.county, firm, "verify", basis=" ")

    assert (refused.status_code, "请填写核实依据" in text(refused)) == (422, True)
    with pytest.raises(Refused, match="入库登记编号"):
        flags.verify_flags(firm, by=season.county, on=TODAY, basis=" ")


def test_what_is_sent_back_waits_for_the_unit_and_says_why(season: Season, firm: HostUnit) -> None:
    HostUnit.objects.filter(pk=firm.pk).update(flags_declarer=season.clerk.person)
    refused = send(season.county, firm, "return-flags", note="")
    send(season.county, firm, "return-flags", note="入库登记已过期，请更新后再报。")
    outbox.relay()

    assert (refused.status_code, "请填写退回意见" in text(refused)) == (422, True)
    assert [letter.to for letter in mail.outbox] == [[firm.organization.contact_email], [season.clerk.person.email]]
    assert Message.objects.get(person=season.clerk.person).occasion.startswith("flags-returned:")  # who declared it
    assert "入库登记已过期" in mail.outbox[0].body
    lists = {
        state: str(firm) in text(browser_of(season.county).get(f"/organizations/flags/?state={state}"))
        for state in ("pending", "returned", "outdated", "verified")
    }
    assert lists == {"pending": False, "returned": True, "outdated": False, "verified": False}
    assert "入库登记已过期" in text(browser_of(season.county).get(f"/organizations/{firm.pk}/"))

    declare(firm, season.county, is_tech_sme=True, is_above_scale=True, flags_year=2026)
    firm.refresh_from_db()
    assert firm.flags_note == ""
    assert list(Organization.objects.unverified()) == [firm.organization]


def test_who_verifies_a_returned_declaration_takes_the_note_back(season: Season, firm: HostUnit) -> None:
    flags.return_flags(firm, by=season.county, on=TODAY, note="未见证明。")
    flags.verify_flags(firm, by=season.officer, on=TODAY, basis="202613010100001")

    firm.refresh_from_db()
    assert (firm.flags_note, firm.flags_verified_by) == ("", season.officer)


def test_flags_are_not_sent_back_and_verified_at_once(season: Season, firm: HostUnit) -> None:
    flags.verify_flags(firm, by=season.county, on=TODAY, basis="202613010100001")

    with pytest.raises(IntegrityError, match="host_flags_returned_or_verified"), transaction.atomic():
        HostUnit.objects.filter(pk=firm.pk).update(flags_note="未见证明。")
    with pytest.raises(Refused, match="已经核实"):
        flags.return_flags(firm, by=season.county, on=TODAY, note="未见证明。")


@pytest.mark.parametrize(
    ("who", "status"),
    [
        pytest.param("clerk", 403, id="an institution"),
        pytest.param("contact", 404, id="a contact of another host"),
        pytest.param("finance", 403, id="finance"),
        pytest.param("head", 302, id="the head"),
    ],
)
def test_who_verifies(season: Season, firm: HostUnit, who: str, status: int) -> None:
    assert send(getattr(season, who), firm, "verify", basis="202613010100001").status_code == status


def test_a_county_verifies_and_lists_its_own_hosts_only(season: Season) -> None:
    flagged(season.h2, tech_sme=True)

    assert send(season.county, season.h2, "verify", basis="1").status_code == 404
    assert str(season.h2) not in text(browser_of(season.county).get("/organizations/flags/"))
    assert str(season.h2) in text(browser_of(season.officer).get("/organizations/flags/"))


def test_two_who_verify_one_declaration_do_it_once(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    firm = flagged(lasting_season.h2, tech_sme=True)
    linger(monkeypatch, flags.rules, "something_to_verify")

    def verified(by: Membership) -> Callable[[], object]:
        return lambda: flags.verify_flags(firm, by=by, on=TODAY, basis="202613010100001")

    assert at_once(verified(lasting_season.officer), verified(lasting_season.head)) == ["E-STATE", "done"]


def test_sending_back_waits_for_a_verification_under_way(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    firm = flagged(lasting_season.h2, tech_sme=True)
    linger(monkeypatch, flags.rules, "verified_by_a_document")

    def returned() -> object:
        sleep(0.1)  # the verification holds the unit by now
        return flags.return_flags(firm, by=lasting_season.head, on=TODAY, note="未见证明。")

    def verified() -> object:
        return flags.verify_flags(firm, by=lasting_season.officer, on=TODAY, basis="202613010100001")

    assert at_once(verified, returned) == ["E-STATE", "done"]


def test_who_declares_does_not_verify(season: Season, firm: HostUnit) -> None:
    """Whoever it is and whichever hat they wear; for them it does not wait."""
    declare(firm, season.county, is_tech_sme=True, is_above_scale=True, flags_year=2026)
    colleague = member("县同事", Role.COUNTY_OFFICER, season.county.organization, "colleague")

    refused = send(season.county, firm, "verify", basis="202613010100001")
    assert (refused.status_code, "由您申报，申报人和核实人不能为同一人" in text(refused)) == (422, True)
    county = browser_of(season.county)
    through = county.post(
        f"/api/v1/organizations/{firm.pk}/verify/", {"basis": "1", "version": 2}, content_type="application/json"
    )
    assert [one["code"] for one in through.json()["findings"]] == ["E-TWO-PEOPLE"]
    page = text(county.get(f"/organizations/{firm.pk}/"))
    assert ("须由申报人以外的人员" in page, "核实企业标识" in page) == (True, False)
    lists = {state: county.get(f"/api/v1/organizations/flags/?state={state}").json() for state in ("pending", "own")}
    assert {state: [row["id"] for row in rows] for state, rows in lists.items()} == {"pending": [], "own": [firm.pk]}
    assert "企业标识待核实" in text(browser_of(colleague).get("/"))
    send(colleague, firm, "verify", basis="202613010100001")
    firm.refresh_from_db()
    assert (firm.flags_verified_by, firm.flags_verifier, firm.flags_declarer) == (
        colleague,
        colleague.person,
        season.county.person,
    )
    with pytest.raises(IntegrityError, match="host_flags_verified_by_another"), transaction.atomic():
        HostUnit.objects.filter(pk=firm.pk).update(flags_verifier=season.county.person)


@pytest.mark.parametrize(
    ("declarer", "office", "said"),
    [
        pytest.param(7, Role.COUNTY_OFFICER, "本县（市、区）其他经办人员或市科技局", id="of the county"),
        pytest.param(7, Role.BUREAU_OFFICER, "县（市、区）或市科技局其他人员", id="of the bureau"),
        pytest.param(8, Role.COUNTY_OFFICER, None, id="somebody else"),
        pytest.param(None, Role.COUNTY_OFFICER, None, id="declared before it was kept who did"),
    ],
)
def test_a_declaration_is_verified_by_another(declarer: int | None, office: Role, said: str | None) -> None:
    finding = rules.verified_by_another(declarer=declarer, verifier=7, office=office)

    assert (finding and said and said in finding.message) == (True if said else None)


# --- year by year -----------------------------------------------------------------------------------------------------


def test_each_year_keeps_what_was_declared_for_it(season: Season, firm: HostUnit) -> None:
    flags.verify_flags(firm, by=season.county, on=TODAY, basis="202613010100001")
    with time_machine.travel("2027-01-08 09:00+08:00", tick=False):
        facts = entering.UnitFacts(str(firm), str(firm.organization.uscc), firm.organization.district)
        grown = entering.HostFacts(HostType.ENTERPRISE, is_above_scale=True, is_tech_sme=True, flags_year=2027)
        entering.change_host(firm, facts, grown, by=season.county, on=date(2027, 1, 8))

    kept = [(row.year, row.declared, row.verified_by) for row in HostFlags.objects.filter(host=firm).order_by("year")]

    assert kept == [(2026, "科技型中小企业", season.county), (2027, "规模以上、科技型中小企业", None)]
    page = text(browser_of(season.county).get(f"/organizations/{firm.pk}/"))
    assert ("各年度的企业标识" in page, "202613010100001" in page) == (True, True)


def test_a_declaration_withdrawn_stands_no_longer_for_its_year(season: Season, firm: HostUnit) -> None:
    declare(firm, season.county)

    assert [(row.year, row.declared) for row in HostFlags.objects.filter(host=firm)] == [(2026, "")]


def test_a_host_declares_once_for_a_year(season: Season, firm: HostUnit) -> None:
    with pytest.raises(IntegrityError, match="host_flags_once_a_year"), transaction.atomic():
        HostFlags.objects.create(host=firm, year=2026)


def test_at_the_turn_of_the_year_units_are_asked_to_declare_again_once(season: Season, firm: HostUnit) -> None:
    season.county, season.contact  # noqa: B018  # they enter
    flagged(season.h2, tech_sme=True)
    for day in ("2026-01-02", "2027-01-02", "2027-01-03"):
        with time_machine.travel(f"{day} 09:00+08:00", tick=False):
            remind_of_flags()

    told = [(message.person and message.person.name, message.subject) for message in Message.objects.order_by("pk")]

    assert told == [
        (None, f"请更新“{firm}”2027年度的企业标识"),
        (None, f"请更新“{season.h2}”2027年度的企业标识"),
        ("县经办", "1家派驻单位的企业标识尚未更新到2027年度"),
        ("陈科员", "1家派驻单位的企业标识尚未更新到2027年度"),
    ]
    assert list(JobRun.objects.order_by("slot").values_list("slot", flat=True)) == ["2026", "2027"]
    with time_machine.travel("2027-01-04 09:00+08:00", tick=False):
        assert str(firm) in text(browser_of(season.county).get("/organizations/flags/?state=outdated"))


def test_the_first_pages_say_how_many_wait(season: Season, firm: HostUnit) -> None:
    assert "企业标识待核实" in text(browser_of(season.county).get("/"))
    assert "1 家派驻单位的企业标识待核实" in text(browser_of(season.officer).get("/"))
    flags.verify_flags(firm, by=season.county, on=TODAY, basis="202613010100001")
    assert "家派驻单位的企业标识待核实" not in text(browser_of(season.officer).get("/"))


@pytest.mark.parametrize("many", [1, 3])
def test_the_worklist_asks_as_much_for_three_as_for_one(
    season: Season, firm: HostUnit, many: int, django_assert_num_queries: Any
) -> None:
    for name, code in (("甲公司", SECOND), ("乙公司", THIRD))[: many - 1]:
        flagged(host(name, HostType.ENTERPRISE, code, "130123"), tech_sme=True)
    browser = browser_of(season.county)
    with django_assert_num_queries(9):
        browser.get("/organizations/flags/")


# --- a county's own, and the same name twice --------------------------------------------------------------------------

TYPED = {
    "name": "正定 示范（机电）有限责任公司",
    "uscc": SECOND,
    "host_type": "enterprise",
    "district": "130123",
    "contact_name": "贾社长",
    "contact_phone": "0311-86001234",
}


def test_a_county_enters_and_keeps_hosts_of_its_own_county_only(season: Season, firm: HostUnit) -> None:
    elsewhere = browser_of(season.county).post("/organizations/new-host/", {**TYPED, "district": "130129"})
    assert (elsewhere.status_code, "所在县（市、区）的选项无效" in text(elsewhere)) == (422, True)

    form = {**TYPED, "uscc": str(firm.organization.uscc), "district": "130129"}
    moved = browser_of(season.county).put(f"/api/v1/organizations/{firm.pk}/host/", form, "application/json")
    assert [one["code"] for one in moved.json()["findings"]] == ["E-COUNTY"]
    moved = browser_of(season.officer).put(f"/api/v1/organizations/{firm.pk}/host/", form, "application/json")
    assert (moved.status_code, Organization.objects.get(pk=firm.pk).district_id) == (200, "130129")


def test_a_name_that_is_here_in_other_signs_is_asked_about_once(season: Season, firm: HostUnit) -> None:
    browser = browser_of(season.clerk)

    asked = browser.post("/organizations/new-host/", TYPED)
    assert (asked.status_code, f"已登记“{firm}”" in text(asked)) == (422, True)
    assert 'name="distinct"' in text(asked)
    assert browser.post("/organizations/new-host/", {**TYPED, "distinct": "on"}).status_code == 302
    assert browser.post("/organizations/new-host/", {**TYPED, "uscc": THIRD}).status_code == 422
    third = browser.post(
        "/api/v1/organizations/",
        {**TYPED, "uscc": THIRD, "district": "130129"},
        content_type="application/json",
    )
    assert third.status_code == 201


@pytest.mark.parametrize(
    ("uscc", "host_type", "said"),
    [
        pytest.param("93", HostType.ENTERPRISE, "农民专业合作社", id="93 as a firm"),
        pytest.param("93", HostType.COOPERATIVE, "", id="93 as a cooperative"),
        pytest.param("91", HostType.COOPERATIVE, "企业", id="91 as a cooperative"),
        pytest.param("12", HostType.ENTERPRISE, "事业单位", id="12 as a firm"),
        pytest.param("12", HostType.RESEARCH_INSTITUTE, "", id="12 as an institute"),
        pytest.param("52", HostType.UNIVERSITY, "", id="52 as a school"),
        pytest.param("51", HostType.ENTERPRISE, "社会团体", id="51 as a firm"),
        pytest.param("93", HostType.OTHER, "", id="something else goes with all"),
        pytest.param("", HostType.VILLAGE, "", id="no code"),
    ],
)
def test_what_a_code_says_against_a_kind(uscc: str, host_type: HostType, said: str) -> None:
    found = rules.code_fits_the_type(uscc=uscc, host_type=host_type)

    assert (said in found, bool(found)) == (True, bool(said))


def test_a_code_that_speaks_for_another_kind_is_pointed_out_and_passes(season: Season) -> None:
    sent = {**TYPED, "uscc": "93139999MA0X001541", "host_type": "enterprise"}

    page = text(browser_of(season.clerk).post("/organizations/new-host/", sent, follow=True))

    assert page.count("以93开头，一般是农民专业合作社，与单位类型“企业”不一致") == 2  # the message, and the page itself


# --- the interface ----------------------------------------------------------------------------------------------------


def test_programs_verify_and_send_back_as_pages_do(season: Season, firm: HostUnit) -> None:
    county = browser_of(season.county)

    def post(act: str, **sent: Any) -> Any:
        return county.post(f"/api/v1/organizations/{firm.pk}/{act}/", sent, content_type="application/json")

    assert [row["id"] for row in county.get("/api/v1/organizations/flags/").json()] == [firm.pk]
    assert post("return-flags", note="未见证明。").json()["flags_note"] == "未见证明。"
    assert post("verify", basis="1", version=1).status_code == 409
    verified = post("verify", basis="202613010100001", version=2).json()
    assert (verified["flags_basis"], verified["flags_verified_on"]) == ("202613010100001", "2026-05-21")
    assert [one["code"] for one in post("verify", basis="1").json()["findings"]] == ["E-STATE"]
    assert county.get("/api/v1/organizations/flags/?state=verified").json()[0]["id"] == firm.pk
