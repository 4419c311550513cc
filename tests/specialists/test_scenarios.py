"""The scenarios of the product documents that registration touches, through the pages' own services."""

from datetime import date

import pytest

from accounts.enums import InstitutionType, Role
from core import audit
from core.models import Override, PolicyPack
from core.policy import Refused
from specialists import queries, services
from specialists.enums import Category, Form, PersonnelType, RegistrationStatus, SpecialistStatus
from specialists.models import Registration, Specialist
from tests.cast import MAY_12, MAY_18, MAY_20, Season, institution, member, person
from tests.specialists.acts import approved, form_of, graduate, pack_planning, passed_once, registered, submitted


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [finding.code for finding in refusal.value.findings]


def test_sc01_an_enterprise_specialist_is_registered_and_selected(season: Season) -> None:
    registration = registered(form_of("P1", Category.ENTERPRISE), season.clerk)
    services.submit_registration(registration, by=season.clerk, on=MAY_12)
    services.decide_registration(registration, by=season.officer, on=MAY_18, passed=True)
    selected = services.decide_registration(registration, by=season.head, on=MAY_20, passed=True)

    assert (selected.status, selected.submitted_on, selected.approved_on) == ("approved", MAY_12, MAY_20)
    assert [(event.verb, event.hat) for event in audit.history(selected)] == [
        ("registration.created", str(season.clerk)),
        ("registration.submitted", str(season.clerk)),
        ("registration.step_passed", str(season.officer)),
        ("registration.approved", str(season.head)),
    ]
    counted = queries.selection(season.pack, year=2026, on=MAY_20)
    assert [(line.category, line.selected) for line in counted.lines] == [
        ("agriculture", 0),
        ("enterprise", 1),
        ("broker", 0),
    ]


def test_sc11_a_service_company_nominates_a_broker(season: Season) -> None:
    clerk = member("服务公司经办", Role.INSTITUTION_CLERK, season.s1, "s1")

    assert submitted(form_of("P4", Category.BROKER), clerk).status == RegistrationStatus.SUBMITTED


def test_sc11_an_enterprise_nominates_a_broker(season: Season) -> None:
    firm = institution("示范企业", InstitutionType.ENTERPRISE, "91139999MA0X00111R")
    clerk = member("企业经办", Role.INSTITUTION_CLERK, firm, "firm")
    registration = registered(form_of("P4", Category.BROKER), clerk)

    with pytest.raises(Refused) as refusal:
        services.submit_registration(registration, by=clerk, on=MAY_12)

    assert codes(refusal) == ["E-BROKER-ORG"]
    assert "高等院校、科研院所或科技服务机构" in str(refusal.value)


@pytest.mark.parametrize(
    "form",
    [
        pytest.param(form_of("P2", Category.ENTERPRISE), id="individual enterprise"),
        pytest.param(form_of("P2", Category.AGRICULTURE), id="individual agriculture"),
        pytest.param(graduate("P2", Category.ENTERPRISE, ability_note="导师证明"), id="graduate individual"),
    ],
)
def test_sc12_a_person_on_the_provincial_list_is_no_city_individual(season: Season, form: dict[str, object]) -> None:
    season.on_provincial_list("P2")
    registration = registered(form, season.clerk)

    with pytest.raises(Refused) as refusal:
        services.submit_registration(registration, by=season.clerk, on=MAY_12)

    assert codes(refusal) == ["E-PROV"]
    assert "赵芃已列入2026年度省级科技特派员" in str(refusal.value)


def test_sc12_a_person_on_the_provincial_list_is_an_individual_broker(season: Season) -> None:
    season.on_provincial_list("P2")

    assert approved(form_of("P2", Category.BROKER), season).status == RegistrationStatus.APPROVED


def test_sc12_a_person_on_the_provincial_list_is_a_team_member(season: Season) -> None:
    season.on_provincial_list("P2")
    registration = registered(form_of("P2", Category.ENTERPRISE), season.clerk)
    Registration.objects.update(form=Form.TEAM)

    assert services.submit_registration(registration, by=season.clerk, on=MAY_12).status == "submitted"


def test_sc12_a_person_listed_between_handing_in_and_decision_is_not_selected(season: Season) -> None:
    registration = passed_once(form_of("P2"), season)
    season.on_provincial_list("P2")

    with pytest.raises(Refused) as refusal:
        services.decide_registration(registration, by=season.head, on=MAY_20, passed=True)

    assert codes(refusal) == ["E-PROV"]


def test_sc12_a_list_whose_validity_is_over_bars_nobody(season: Season) -> None:
    season.on_provincial_list("P2", valid_from=date(2025, 1, 1), valid_to=date(2026, 5, 11))

    assert submitted(form_of("P2"), season.clerk, on=MAY_12).status == RegistrationStatus.SUBMITTED


def many(season: Season, number: int, category: str) -> None:
    """So many persons of the category, selected for 2026."""
    like = person("P1")
    names = [f"{category}{place}" for place in range(number)]
    fields = {
        field.attname: getattr(like, field.attname)
        for field in Specialist._meta.concrete_fields
        if field.attname not in ("id", "id_digest", "user_id")
    }
    people = Specialist.objects.bulk_create(Specialist(**{**fields, "id_digest": name}) for name in names)
    Registration.objects.bulk_create(
        Registration(
            specialist=one,
            year=2026,
            category=category,
            personnel_type=PersonnelType.STAFF,
            institution=season.u1,
            status=RegistrationStatus.APPROVED,
            submitted_on=MAY_12,
            approved_on=MAY_12,
            consented_on=MAY_12,
            pack=season.pack,
        )
        for one in people
    )


def gap(season: Season, category: str) -> str:
    counted = queries.selection(season.pack, year=2026, on=MAY_20)
    return next(line.gap_words for line in counted.lines if line.category == category)


@pytest.mark.parametrize(("category", "key", "plan"), [("agriculture", "P3", 40), ("broker", "P4", 30)])
def test_sc24_beyond_the_plan_the_bureau_writes_its_reason(season: Season, category: str, key: str, plan: int) -> None:
    many(season, plan - 1, category)
    approved(form_of("P8", category), season)  # the last place of the plan: no message
    assert gap(season, category) == "已满"
    one_more = submitted(form_of(key, category), season.clerk)

    with pytest.raises(Refused) as refusal:
        services.decide_registration(one_more, by=season.officer, on=MAY_18, passed=True)
    services.decide_registration(
        one_more, by=season.officer, on=MAY_18, passed=True, reasons={"W-QUOTA": "对口帮扶县增加名额"}
    )
    services.decide_registration(one_more, by=season.head, on=MAY_20, passed=True)

    assert codes(refusal) == ["W-QUOTA"]
    assert f"2026年度计划{plan}名，已入选{plan}名" in str(refusal.value)
    assert [(kept.code, kept.reason) for kept in Override.objects.all()] == [("W-QUOTA", "对口帮扶县增加名额")]
    assert gap(season, category) == "超出1"


def test_sc24_the_floor_shows_its_shortfall_and_never_bars(season: Season) -> None:
    many(season, 349, "enterprise")
    assert gap(season, "enterprise") == "差1"

    approved(form_of("P1"), season)
    assert gap(season, "enterprise") == "已达标"
    approved(form_of("P2"), season)

    assert gap(season, "enterprise") == "已达标"
    assert not Override.objects.exists()


def test_sc24_persons_are_counted_and_teams_stand_in_a_tally_of_their_own(season: Season) -> None:
    season.selected("P3", Category.AGRICULTURE)
    season.selected("P3", Category.BROKER)  # two categories, one individual
    season.selected("P6", Category.ENTERPRISE, personnel_type=PersonnelType.GRADUATE)
    for key in ("P8", "P9", "P10", "P11", "P12"):
        season.selected(key, Category.ENTERPRISE, form=Form.TEAM)
    season.selected("P5", Category.ENTERPRISE, status="submitted", approved_on=None)
    Specialist.objects.filter(name="张昇").update(status=SpecialistStatus.REVOKED, revoked_on=MAY_20)

    counted = queries.selection(season.pack, year=2026, on=MAY_20)

    assert [(line.category, line.selected, line.in_review, line.graduates, line.revoked) for line in counted.lines] == [
        ("agriculture", 1, 0, 0, 1),
        ("enterprise", 1, 1, 1, 0),
        ("broker", 1, 0, 0, 1),
    ]
    assert (counted.individuals, counted.graduates, counted.team_members) == (2, 1, 5)


def test_sc24_a_year_keeps_the_numbers_of_its_own_pack(season: Season) -> None:
    content = {name: getattr(season.pack, name) for name in ("plan", "settings", "rules")}
    rules = {**content["rules"], "W-QUOTA": {**content["rules"]["W-QUOTA"]}}
    rules["W-QUOTA"]["params"] = {"planned": {"agriculture": 50, "broker": 35}, "floor": {"enterprise": 400}}
    PolicyPack.objects.create(**{**content, "rules": rules}, year=2027, version=1, active_from=date(2027, 1, 1))
    new_year = date(2027, 1, 10)

    numbers = {
        year: [
            line.number for line in queries.selection(queries.pack_of(year, on=new_year), year=year, on=MAY_20).lines
        ]
        for year in (2026, 2027)
    }

    assert numbers == {2026: [40, 350, 30], 2027: [50, 400, 35]}


def test_sc24_a_full_category_leaves_the_others_alone(season: Season) -> None:
    pack_planning(agriculture=0)

    assert approved(form_of("P4", Category.BROKER), season).status == RegistrationStatus.APPROVED


def test_sc24_the_ages_of_the_selected_are_counted_in_the_packs_bands(season: Season) -> None:
    for key in ("P6", "P3", "P1", "P8"):  # 27, 40, 48 and 50 years old in May 2026
        season.selected(key)

    assert queries.selection(season.pack, year=2026, on=MAY_20).ages == [
        ("35岁及以下", 1),
        ("36至45岁", 1),
        ("46至55岁", 2),
        ("55岁以上", 0),
    ]


def test_sc26_a_student_without_ability_or_result_needs_the_bureaus_reason(season: Season) -> None:
    registration = submitted(graduate("P6"), season.clerk)  # the institution is not kept from handing it in

    with pytest.raises(Refused) as refusal:
        services.decide_registration(registration, by=season.officer, on=MAY_18, passed=True)
    services.decide_registration(
        registration, by=season.officer, on=MAY_18, passed=True, reasons={"W-GRAD": "已列入联合培养计划"}
    )
    services.decide_registration(registration, by=season.head, on=MAY_20, passed=True)

    assert codes(refusal) == ["W-GRAD"]
    assert "一定科研能力或拥有科研成果" in str(refusal.value)
    assert Registration.objects.get().status == RegistrationStatus.APPROVED
    assert Override.objects.get().article == "一（一）"


@pytest.mark.parametrize("proof", [{"ability_note": "导师推荐：能独立承担课题"}, {"research_results": "发明专利1项"}])
def test_sc26_one_of_the_two_is_enough(season: Season, proof: dict[str, str]) -> None:
    assert approved(graduate("P6", **proof), season).status == RegistrationStatus.APPROVED
    assert not Override.objects.exists()
