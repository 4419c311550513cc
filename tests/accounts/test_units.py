"""Units: who enters them, how often they exist, whose word their flags are."""

from collections.abc import Callable
from datetime import date
from html import unescape
from time import sleep
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.db import IntegrityError, transaction

from accounts import entering, flags, rules, services
from accounts.enums import HostType, InstitutionType, Role
from accounts.models import HostUnit, Institution, Invitation, Membership, Organization
from core import outbox
from core.models import AuditEvent
from core.policy import Refused
from tests.cast import Season, host, member, office
from tests.hands import at_once, browser_of, linger

TYPED = {
    "name": "赞皇示范核桃合作社",
    "district": "130123",
    "contact_name": "贾社长",
    "contact_phone": "0311-86001234",
    "contact_email": "jia@example.org",
}


@pytest.fixture(autouse=True)
def _today() -> Any:
    with time_machine.travel("2026-05-21 09:00+08:00", tick=False):
        yield


def text(response: Any) -> str:
    return unescape(response.content.decode())


def enter(by: Membership, **more: str) -> Any:
    return browser_of(by).post("/organizations/new-host/", {**TYPED, **more})


def code_of(prefix: str) -> str:
    """A valid credit code that begins so."""
    from core.identifiers import USCC_ALPHABET, USCC_WEIGHTS

    body = (prefix + "139999MA0X0017")[:17].ljust(17, "7")
    total = sum(USCC_ALPHABET.index(sign) * weight for sign, weight in zip(body, USCC_WEIGHTS, strict=True))
    return body + USCC_ALPHABET[(31 - total % 31) % 31]


TYPED["uscc"] = CODE = code_of("93")
FACTS = entering.UnitFacts("赞皇示范核桃合作社", CODE, None)


# --- entering a host --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["clerk", "manager", "county", "officer", "head"])
def test_a_host_is_entered_and_its_code_tells_its_kind(season: Season, who: str) -> None:
    entered = enter(getattr(season, who))

    made = HostUnit.objects.get(organization__uscc=CODE)
    assert entered["Location"] == f"/organizations/{made.pk}/"
    assert (made.host_type, made.organization.name) == (HostType.COOPERATIVE, "赞皇示范核桃合作社")
    event = AuditEvent.objects.get(verb="organization.host_created")
    assert (event.by, event.target_id) == (getattr(season, who).person, made.pk)
    assert "jia@example.org" not in str(event.after)


@pytest.mark.parametrize("who", ["admin", "finance", "auditor", "contact"])
def test_others_enter_no_host(season: Season, who: str) -> None:
    assert enter(getattr(season, who)).status_code == 403


def test_a_code_that_is_here_leads_to_its_unit(season: Season) -> None:
    known = season.h1.organization

    entered = enter(season.clerk, uscc=str(known.uscc), name="")

    assert entered["Location"] == f"/organizations/{known.pk}/"
    assert Organization.objects.filter(uscc=known.uscc).count() == 1


def test_a_host_of_another_county_is_not_shown_to_a_county(season: Season) -> None:
    known = season.h5.organization

    refused = enter(season.county, uscc=str(known.uscc))

    assert refused.status_code == 422
    assert "请与市科技局联系" in text(refused)
    assert known.name not in text(refused)


def test_a_unit_is_not_called_by_markup_on_the_page_nor_by_a_program(season: Season) -> None:
    page = enter(season.clerk, name="<b>甲</b>合作社")
    program = browser_of(season.clerk).post(
        "/api/v1/organizations/", {**TYPED, "name": "=1+1", "host_type": "cooperative"}, content_type="application/json"
    )

    assert (page.status_code, "单位名称不能有尖括号" in text(page)) == (422, True)
    assert (program.status_code, "不能以等号" in program.content.decode()) == (422, True)
    assert not Organization.objects.filter(uscc=CODE).exists()


def test_an_institution_is_no_host_until_the_bureau_says_so(season: Season) -> None:
    uscc = str(season.u2.organization.uscc)
    typed = {"uscc": uscc, "host_type": "university"}

    refused = enter(season.clerk, **typed)
    assert (refused.status_code, "示范理工大学" in text(refused)) == (422, False)
    assert enter(season.officer, **typed).status_code == 302

    unit = Organization.objects.get(uscc=uscc)
    assert unit.name == "示范理工大学"
    assert services.capacities(unit) == {"institution", "host"}


def test_a_village_needs_no_code_but_stands_once_in_its_county(season: Season) -> None:
    village = {"uscc": "", "host_type": "village", "name": "前进村"}

    assert enter(season.county, **village).status_code == 302
    assert enter(season.county, **village).status_code == 422
    assert enter(season.officer, **village, district="130129").status_code == 302
    without = enter(season.county, uscc="", host_type="enterprise")
    assert "只有村可以不填" in text(without)


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        pytest.param({"uscc": "93139999MA0X001461"}, "校验位不符", id="wrong check digit"),
        pytest.param({"name": "甲" * 10_000}, "单位名称不能超过100个字", id="a name of 10,000 characters"),
        pytest.param({"name": "甲\0乙"}, "控制字符", id="NUL"),
        pytest.param({"district": "999999"}, "所在县（市、区）的选项无效", id="no such county"),
        pytest.param({"contact_phone": "12"}, "联系电话应为", id="no telephone"),
        pytest.param({"contact_email": "x@"}, "联系邮箱的格式不正确", id="no address"),
        pytest.param({"is_tech_sme": "on", "flags_year": "2026"}, "只适用于企业", id="a cooperative as tech SME"),
        pytest.param({"is_tech_sme": "on", "host_type": "enterprise"}, "请填写认定年度", id="flags without year"),
        pytest.param(
            {"is_tech_sme": "on", "host_type": "enterprise", "flags_year": "2027"},
            "2021年至2026年",
            id="a year to come",
        ),
        pytest.param({"host_type": "x"}, "单位类型的选项无效", id="no such kind"),
    ],
)
def test_what_will_not_do_is_told_and_the_rest_is_kept(season: Season, typed: dict[str, str], sentence: str) -> None:
    refused = enter(season.clerk, **typed)

    assert (refused.status_code, sentence in text(refused)) == (422, True)
    assert "贾社长" in text(refused)
    assert not Organization.objects.filter(uscc=CODE).exists()


def test_two_clerks_enter_one_unit_once(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    linger(monkeypatch, services.rules, "code_unless_a_village")

    def entered(by: Membership) -> Callable[[], object]:
        facts = entering.HostFacts(HostType.COOPERATIVE)
        return lambda: entering.create_host(FACTS, facts, by=by, on=date(2026, 5, 21))

    assert at_once(entered(lasting_season.clerk), entered(lasting_season.manager)) == ["E-UNIT", "done"]
    assert Organization.objects.filter(uscc=CODE).count() == 1


# --- correcting and verifying -----------------------------------------------------------------------------------------


def change(by: Membership, unit: HostUnit, **more: str) -> Any:
    """Sent as by one who has just opened the page, unless `more` says otherwise."""
    sent = {"uscc": str(unit.organization.uscc), "host_type": unit.host_type, "version": version_of(unit)}
    return browser_of(by).post(f"/organizations/{unit.pk}/host/", {**TYPED, **sent, **more})


def verify(by: Membership, unit: HostUnit) -> Any:
    return browser_of(by).post(f"/organizations/{unit.pk}/verify/", {"version": version_of(unit), "basis": "2026A001"})


def version_of(unit: HostUnit) -> str:
    return str(Organization.objects.get(pk=unit.pk).version)


def test_a_county_verifies_what_a_firm_declares_and_a_change_unverifies_it(season: Season) -> None:
    firm = season.h1
    firm.organization.district_id = "130123"
    firm.organization.save()
    flags.keep_year(firm)

    verify(season.county, firm)
    firm.refresh_from_db()
    assert (firm.flags_verified_by, firm.flags_verified_on) == (season.county, date(2026, 5, 21))

    change(season.county, firm, is_tech_sme="on", flags_year="2026")
    firm.refresh_from_db()
    assert (firm.is_above_scale, firm.is_tech_sme, firm.flags_verified_by) == (False, True, None)
    page = text(browser_of(season.county).get(f"/organizations/{firm.pk}/"))
    assert "核实日期：" in page
    assert "科技型中小企业：由“否”改为“是”" in page


def test_a_change_of_address_leaves_the_verification(season: Season) -> None:
    verify(season.officer, season.h1)

    change(season.officer, season.h1, is_above_scale="on", flags_year="2026", address="工业街1号")

    season.h1.refresh_from_db()
    assert season.h1.flags_verified_by == season.officer
    assert Organization.objects.get(pk=season.h1.pk).address == "工业街1号"


def test_nothing_is_verified_twice_or_without_a_declaration(season: Season) -> None:
    verify(season.officer, season.h1)

    assert verify(season.officer, season.h1).status_code == 422
    assert verify(season.officer, season.h3).status_code == 422


def test_a_host_corrects_itself_and_cannot_take_anothers_code(season: Season) -> None:
    assert change(season.contact, season.h4, name="滹沱示范谷物合作社").status_code == 302
    assert change(season.contact, season.h4, uscc=str(season.h5.organization.uscc)).status_code == 422
    assert change(season.contact, season.h5).status_code == 404

    assert Organization.objects.get(pk=season.h4.pk).name == "滹沱示范谷物合作社"


def test_institutions_see_no_telephone_of_a_host(season: Season) -> None:
    for path in (f"/organizations/{season.h4.pk}/", f"/api/v1/organizations/{season.h4.pk}/"):
        assert "0311-86000000" not in text(browser_of(season.clerk).get(path))
        assert "0311-86000000" in text(browser_of(season.county).get(path))
        assert "0311-86000000" in text(browser_of(season.contact).get(path))


def test_two_who_correct_one_unit_meet_each_other(season: Season) -> None:
    page = text(browser_of(season.officer).get(f"/organizations/{season.h4.pk}/host/"))
    assert '<input type="hidden" name="version" value="1">' in page
    change(season.county, season.h4, address="工业街1号", version="1")

    late = change(season.officer, season.h4, address="建设路2号", version="1")

    assert late.status_code == 409
    assert "县经办" in text(late)
    assert [word in text(late) for word in ("工业街1号", "建设路2号", 'name="version" value="2"')] == [True] * 3
    assert change(season.officer, season.h4, address="建设路2号", version="2").status_code == 302


def test_what_is_verified_is_what_stood_on_the_page(season: Season) -> None:
    change(season.officer, season.h1, is_tech_sme="on", flags_year="2026", version="1")

    late = browser_of(season.officer).post(
        f"/organizations/{season.h1.pk}/verify/", {"version": "1", "basis": "2026A001"}
    )

    assert late.status_code == 409
    season.h1.refresh_from_db()
    assert season.h1.flags_verified_by is None


def test_a_form_that_does_not_say_what_it_was_filled_from_is_stale(season: Season) -> None:
    unsaid = [
        browser_of(season.officer).post(f"/organizations/{season.h1.pk}/verify/", {"basis": "2026A001"}),
        change(season.officer, season.h4, address="建设路2号", version=""),
    ]

    assert [answer.status_code for answer in unsaid] == [409, 409]
    season.h1.refresh_from_db()
    assert season.h1.flags_verified_by is None
    assert Organization.objects.get(pk=season.h4.pk).address == ""


def test_verifying_waits_for_a_change_under_way(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    firm, county = lasting_season.h1, lasting_season.county
    linger(monkeypatch, services.rules, "flags_of_a_firm")
    undeclared = entering.HostFacts(HostType.ENTERPRISE)
    unit = entering.UnitFacts(str(firm), str(firm.organization.uscc), firm.organization.district)

    def changed() -> object:
        return entering.change_host(firm, unit, undeclared, by=lasting_season.officer, on=date(2026, 5, 21), version=1)

    def verified() -> object:
        sleep(0.1)  # the change holds the unit by now
        return flags.verify_flags(firm, by=county, on=date(2026, 5, 21), basis="2026A001")

    assert at_once(changed, verified) == ["E-STATE", "done"]


@pytest.mark.parametrize("capacity", ["host", "institution"])
def test_a_unit_takes_a_capacity_once_at_once(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch, capacity: str
) -> None:
    linger(monkeypatch, services.rules, "unit_is_new" if capacity == "host" else "institution_is_new")
    unit = lasting_season.u2.organization if capacity == "host" else lasting_season.h1.organization
    facts = entering.UnitFacts(unit.name, str(unit.uscc), unit.district)

    def made(by: Membership) -> Callable[[], object]:
        if capacity == "host":
            host_facts = entering.HostFacts(HostType.UNIVERSITY)
            return lambda: entering.create_host(facts, host_facts, by=by, on=date(2026, 5, 21))
        return lambda: entering.create_institution(
            facts, type=InstitutionType.ENTERPRISE, admin_name="沈主任", admin_email="shen@example.org", by=by
        )

    by = lasting_season.officer if capacity == "host" else lasting_season.admin
    assert at_once(made(by), made(by)) == ["E-UNIT", "done"]


# --- institutions -----------------------------------------------------------------------------------------------------

NEW_INSTITUTION = {
    **TYPED,
    "name": "示范医学院",
    "uscc": code_of("12"),
    "type": "university",
    "admin_name": "沈主任",
    "admin_email": "shen@example.org",
}


def test_the_bureau_enters_an_institution_and_invites_its_administrator(season: Season) -> None:
    browser_of(season.admin).post("/organizations/new-institution/", NEW_INSTITUTION)
    outbox.relay()

    made = Institution.objects.get(organization__name="示范医学院")
    assert made.type == InstitutionType.UNIVERSITY
    invitation = Invitation.objects.get()
    assert (invitation.organization, invitation.role) == (made.organization, Role.INSTITUTION_ADMIN)
    assert mail.outbox[0].to == ["shen@example.org"]


def test_a_host_may_become_an_institution_and_an_institution_not_again(season: Season) -> None:
    typed = {**NEW_INSTITUTION, "uscc": str(season.h1.organization.uscc)}

    assert browser_of(season.admin).post("/organizations/new-institution/", typed).status_code == 302
    again = browser_of(season.admin).post("/organizations/new-institution/", typed)

    assert (again.status_code, "已是派出单位" in text(again)) == (422, True)
    assert Institution.objects.filter(pk=season.h1.pk).exists()


def test_an_institution_without_its_administrator_is_not_entered(season: Season) -> None:
    assert (
        browser_of(season.admin)
        .post("/organizations/new-institution/", {**NEW_INSTITUTION, "admin_email": ""})
        .status_code
        == 422
    )
    assert not Organization.objects.filter(name="示范医学院").exists()


# --- lists ------------------------------------------------------------------------------------------------------------


def test_each_hat_lists_the_units_it_sees(season: Season) -> None:
    hosts = [season.h1, season.h4, season.h5]
    seen = {
        who: [str(unit) for unit in hosts if str(unit) in text(browser_of(getattr(season, who)).get("/organizations/"))]
        for who in ("officer", "clerk", "county")
    }
    institutions = text(browser_of(season.clerk).get("/organizations/?kind=institution"))

    assert seen == {"officer": list(map(str, hosts)), "clerk": list(map(str, hosts)), "county": [str(season.h4)]}
    assert ("示范农林学院" in institutions, str(season.u2) in institutions) == (True, False)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        pytest.param("q=装备", ["示范装备制造有限公司"], id="part of the name"),
        pytest.param("q=91139999ma0x00111r", ["示范装备制造有限公司"], id="the code in small letters"),
        pytest.param("district=130123", ["滹沱示范谷物种植专业合作社"], id="a county"),
        pytest.param("q=%00装备", ["示范装备制造有限公司"], id="NUL"),
        pytest.param("kind=x&district=' OR 1=1", [], id="nonsense"),
        pytest.param(
            "sort=-district&after=%FF", ["示范装备制造有限公司", "滹沱示范谷物种植专业合作社"], id="a broken page"
        ),
    ],
)
def test_the_list_is_filtered(season: Season, query: str, found: list[str]) -> None:
    units = [str(season.h1), str(season.h4)]

    for path in ("/organizations/", "/api/v1/organizations/"):
        answer = browser_of(season.officer).get(f"{path}?{query}")
        if "%" in query and path.startswith("/api"):
            assert answer.status_code == 422  # a program is told what a page leaves out
            continue
        page = text(answer)

        assert [unit for unit in units if unit in page] == found


def test_the_list_asks_few_questions_however_long_it_is(
    season: Season, django_assert_num_queries: Callable[[int], Any]
) -> None:
    client = browser_of(season.clerk)
    client.get("/organizations/")
    with django_assert_num_queries(6):
        client.get("/organizations/")
    for n in range(3):
        host(f"示范第{n}合作社", HostType.COOPERATIVE, f"9313999900000000{n}X", "130123")
    with django_assert_num_queries(6):
        client.get("/organizations/")


def test_a_county_without_district_sees_itself_only(season: Season) -> None:
    lost = office("某科技局", "county_bureau", code_of("11"))  # type: ignore[arg-type]
    lost.organization.district = None
    lost.organization.save()
    hat = member("某经办", Role.COUNTY_OFFICER, lost, "lost")
    Organization.objects.filter(pk=season.h4.pk).update(district=None)

    assert list(Organization.objects.visible_to(hat)) == [lost.organization]


# --- what the database refuses ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "changes"),
    [
        pytest.param("host_flags_have_their_year", {"is_tech_sme": True}, id="flags without year"),
        pytest.param("host_flags_verified_when_and_by_whom", {"flags_verified_on": date(2026, 5, 21)}, id="by nobody"),
    ],
)
def test_the_database_refuses_impossible_flags(season: Season, name: str, changes: dict[str, Any]) -> None:
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        HostUnit.objects.filter(pk=season.h4.pk).update(**changes)


def test_the_database_refuses_one_code_twice(season: Season) -> None:
    with pytest.raises(IntegrityError, match="uscc"), transaction.atomic():
        Organization.objects.create(name="另一个", uscc=season.h4.organization.uscc)


# --- the rules by themselves ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_every_role_has_its_seat_and_no_other(role: Role) -> None:
    seats = {"institution", "host", "city_bureau", "county_bureau", "finance_bureau", "audit_office"}
    fitting = {seat for seat in seats if not rules.role_has_its_seat(role=role, unit="甲", capacities={seat})}

    direct = {"city_bureau"} if role == Role.SPECIALIST else set()  # whom the bureau appoints itself
    assert fitting == {rules.SEATS[role]} | direct


def test_administrators_and_who_reviews_and_decides_are_kept_from_being_the_last() -> None:
    kept = [role for role in Role if rules.keeps_an_administrator(role=role, others=0, unit="甲")]

    assert kept == [Role.BUREAU_ADMIN, Role.BUREAU_OFFICER, Role.DIVISION_HEAD, Role.INSTITUTION_ADMIN]


def test_refusals_name_the_field_they_are_about(season: Season) -> None:
    with pytest.raises(Refused) as refused:
        entering.create_host(
            entering.UnitFacts("前进村", "", None),
            entering.HostFacts(HostType.PARK),
            by=season.clerk,
            on=date(2026, 5, 21),
        )

    assert [finding.facts["field"] for finding in refused.value.findings] == ["uscc"]
