from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from accounts.enums import Role
from core import audit
from core.approvals import running, waiting_for
from core.crypto import blind_index
from core.models import Approval, ApprovalStep, AuditEvent, Message, Override
from core.policy import Refused, Verdict
from core.stale import Stale
from specialists import queries, services
from specialists.enums import Category, Form, Origin, PersonnelType, RegistrationStatus, SpecialistStatus
from specialists.models import ProvincialListEntry, Registration, Specialist
from specialists.services import telling
from tests.cast import MAY_12, MAY_18, MAY_20, PEOPLE, Season, member, person
from tests.specialists.acts import approved, form_of, graduate, pack_planning, passed_once, registered, submitted

JUNE_1 = date(2026, 6, 1)


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [finding.code for finding in refusal.value.findings]


def verbs(target: Registration | Specialist | ProvincialListEntry) -> list[str]:
    return [event.verb for event in audit.history(target)]


# --- registering ------------------------------------------------------------------------------------------------------


def test_a_registration_brings_the_person_into_the_register(season: Season) -> None:
    registration = registered(form_of("P1"), season.clerk)

    registration.refresh_from_db()
    lizhe = registration.specialist
    assert (registration.year, registration.category, registration.status) == (2026, "enterprise", "draft")
    assert (registration.institution, registration.origin) == (season.u1, Origin.NOMINATED)
    assert registration.consented_on == MAY_12
    assert (lizhe.name, lizhe.sex, lizhe.birth_date) == ("李喆", "male", date(1978, 3, 5))
    assert (lizhe.id_masked, lizhe.mobile_masked) == ("139999********0010", "139****5001")
    assert (verbs(registration), verbs(lizhe)) == (["registration.created"], ["specialist.created"])


def test_several_are_registered_at_the_cost_of_one(season: Season) -> None:
    def asked(*forms: dict[str, Any]) -> int:
        with CaptureQueriesContext(connection) as queries:
            services.register_people(forms, by=season.clerk, on=MAY_12)
        return len(queries)

    alone = asked(form_of("P1"))
    several = asked(form_of("P2"), form_of("P3"), form_of("P4"), form_of("P2", Category.BROKER))

    assert several == alone
    known = [one.specialist.id_digest for one in Registration.objects.order_by("pk").select_related("specialist")]
    assert known == [blind_index(PEOPLE[key][1], "id_number") for key in ("P1", "P2", "P3", "P4", "P2")]
    assert AuditEvent.objects.filter(verb="specialist.created").count() == 4
    assert AuditEvent.objects.filter(verb="registration.created").count() == 5


def test_of_several_all_are_registered_or_none(season: Season) -> None:
    with pytest.raises(Refused) as refusal:
        services.register_people([form_of("P1"), form_of("P2"), form_of("P1")], by=season.clerk, on=MAY_12)

    assert codes(refusal) == ["E-REG-DUP"]
    assert not Specialist.objects.exists()
    assert not AuditEvent.objects.exists()


def test_the_register_keeps_numbers_only_behind_their_masks(season: Season) -> None:
    registered(form_of("P1"), season.clerk)
    services.save_registration(
        Registration.objects.get(), by=season.clerk, on=MAY_12, version=1, mobile="13812345678", bank_account="6" * 19
    )

    told = "".join(str([event.before, event.after]) for event in AuditEvent.objects.all())
    assert "138****5678" in told
    assert "****6666" in told
    for secret in (PEOPLE["P1"][1], "13812345678", "6" * 19, "6222000000000000017", form_of("P1")["mobile"]):
        assert secret not in told


def test_the_number_itself_rests_encrypted(season: Season) -> None:
    registered(form_of("P1"), season.clerk)

    with connection.cursor() as cursor:
        cursor.execute("SELECT id_number, mobile, bank_account FROM specialists_specialist")
        stored = cursor.fetchone()
    assert [value[:3] for value in stored] == ["k1:"] * 3
    assert Specialist.objects.get().id_number == PEOPLE["P1"][1]


@pytest.mark.parametrize(
    ("number", "words"),
    [
        pytest.param("139999197803050011", "校验位不符", id="wrong check digit"),
        pytest.param("139999780305001", "15位", id="an old number"),
        pytest.param("1.39999E+17", "科学记数法", id="damaged by a sheet"),
        pytest.param("", "请输入18位", id="nothing"),
        pytest.param("13999920150203011X", "", id="a child"),
    ],
)
def test_a_number_that_cannot_be_one_is_refused_and_nothing_is_kept(season: Season, number: str, words: str) -> None:
    with pytest.raises(Refused) as refusal:
        registered(form_of("P1", id_number=number), season.clerk)

    assert codes(refusal) == ["E-ID"]
    assert words in str(refusal.value)
    assert not number or number not in str(refusal.value)
    assert not Specialist.objects.exists()


def test_the_ages_come_from_the_pack(season: Season) -> None:
    season.pack.settings["registration"]["min_age"] = 48  # in memory only: P1 is 48 on 12 May 2026

    assert services.clean_id_number(PEOPLE["P1"][1], on=MAY_12, pack=season.pack)
    with pytest.raises(Refused):
        services.clean_id_number(PEOPLE["P9"][1], on=MAY_12, pack=season.pack)


def test_a_number_typed_with_full_width_digits_finds_the_same_person(season: Season) -> None:
    lizhe = person("P1")

    registration = registered(form_of("P1", id_number=" １３９９９９ 19780305 0010 "), season.clerk)

    assert registration.specialist == lizhe


def test_the_same_unit_registers_a_person_once_in_a_category(season: Season) -> None:
    registered(form_of("P1"), season.clerk)

    with pytest.raises(Refused) as refusal:
        registered(form_of("P1"), season.manager)

    assert codes(refusal) == ["E-REG-DUP"]
    assert "请在原登记上办理" in str(refusal.value)
    assert registered(form_of("P1", Category.BROKER), season.clerk).category == "broker"


def test_another_units_registration_is_said_without_telling_whose_it_is(season: Season) -> None:
    submitted(form_of("P1"), season.clerk)

    with pytest.raises(Refused) as refusal:
        registered(form_of("P1"), season.stranger)

    assert codes(refusal) == ["E-REG-DUP"]
    assert "李喆2026年度已有工业企业科技特派员登记" in str(refusal.value)
    assert season.u1.organization.name not in str(refusal.value)
    assert refusal.value.findings[0].facts == {"field": "category", "here": False}


def test_another_units_draft_keeps_nobody_out_until_one_of_them_is_handed_in(season: Season) -> None:
    registered(form_of("P1"), season.clerk)
    theirs = registered(form_of("P1"), season.stranger)
    services.submit_registration(theirs, by=season.stranger, on=MAY_12)

    with pytest.raises(Refused) as refusal:
        services.submit_registration(Registration.objects.get(institution=season.u1), by=season.clerk, on=MAY_12)

    assert codes(refusal) == ["E-REG-DUP"]


def test_a_number_with_somebody_elses_name_says_only_that_they_do_not_match(season: Season) -> None:
    submitted(form_of("P1"), season.clerk)

    with pytest.raises(Refused) as refusal:
        registered(form_of("P1", name="王五"), season.stranger)

    assert codes(refusal) == ["E-ID"]
    assert "李喆" not in str(refusal.value)
    assert refusal.value.findings[0].facts == {"field": "name"}


def test_a_unit_cannot_change_the_account_of_a_person_whom_another_one_registers_this_year(season: Season) -> None:
    submitted(form_of("P1"), season.clerk)

    registration = registered(form_of("P1", Category.BROKER, bank_account="6" * 19), season.stranger)
    with pytest.raises(Refused) as refusal:
        services.save_registration(registration, by=season.stranger, on=MAY_12, version=1, bank_account="7" * 19)
    services.save_registration(registration, by=season.stranger, on=MAY_12, version=1, speciality="技术转移")

    registration.refresh_from_db()
    assert codes(refusal) == ["E-DETAILS"]
    assert Specialist.objects.get().bank_account == "6222000000000000017"
    assert registration.speciality == "技术转移"


def test_a_person_hears_at_the_old_address_that_the_details_were_changed(season: Season) -> None:
    lizhe = person("P1")

    registered(form_of("P1", email="new@example.org", bank_account="6" * 19), season.clerk)

    lizhe.refresh_from_db()
    told = Message.objects.get()
    assert (lizhe.email, told.email) == ("new@example.org", "p1@example.org")
    assert "邮箱" in told.body
    assert "银行账号" in told.body
    assert "6666" not in told.body


def test_a_blank_telephone_or_account_leaves_the_stored_one(season: Season) -> None:
    registration = registered(form_of("P1"), season.clerk)

    services.save_registration(
        registration, by=season.clerk, on=MAY_12, version=1, mobile="", bank_account="", department="材料学院"
    )

    lizhe = Specialist.objects.get()
    assert (lizhe.mobile, lizhe.bank_account) == (form_of("P1")["mobile"], "6222000000000000017")


def test_the_bureau_appoints_directly_without_an_institution(season: Season) -> None:
    form = form_of("P4", Category.BROKER, appointment_note="暂无单位推荐，县域对接急需。")

    registration = approved(form, season, by=season.admin)

    assert (registration.institution, registration.origin) == (None, Origin.DIRECT_APPOINTMENT)
    assert registration.status == RegistrationStatus.APPROVED


def test_staff_keep_no_supervisor_when_the_form_still_held_one(season: Season) -> None:
    staff = form_of("P1", supervisor="孙教授", graduates_on=date(2027, 6, 30))

    registration = registered(staff, season.clerk)

    assert (registration.supervisor, registration.graduates_on) == ("", None)


def test_a_unit_that_is_no_dispatching_institution_registers_nobody(season: Season) -> None:
    stray = member("误设经办", Role.INSTITUTION_CLERK, season.h4.organization, "stray")

    with pytest.raises(Refused, match="尚未登记为派出单位"):
        registered(form_of("P1"), stray)

    assert not Specialist.objects.exists()


def test_a_field_that_a_registration_does_not_have_is_a_mistake_of_the_caller(season: Season) -> None:
    with pytest.raises(TypeError, match="status"):
        registered(form_of("P1", status="approved"), season.clerk)


# --- changing ---------------------------------------------------------------------------------------------------------


def test_a_change_raises_the_version_and_says_what_changed(season: Season) -> None:
    registration = registered(form_of("P1"), season.clerk)

    services.save_registration(registration, by=season.clerk, on=MAY_12, version=1, department="材料学院")

    registration.refresh_from_db()
    event = audit.history(registration).last()
    assert event
    assert (registration.department, registration.version) == ("材料学院", 2)
    assert (event.verb, event.before, event.after) == (
        "registration.changed",
        {"department": "机电学院"},
        {"department": "材料学院"},
    )


def test_saving_what_is_there_already_changes_nothing(season: Season) -> None:
    registration = registered(form_of("P1"), season.clerk)
    form = {name: value for name, value in form_of("P1").items() if name != "id_number"}

    services.save_registration(registration, by=season.clerk, on=MAY_18, version=1, **form)

    registration.refresh_from_db()
    assert (registration.version, verbs(registration)) == (1, ["registration.created"])


def test_a_stale_form_is_told_both_values_and_nothing_is_saved(season: Season) -> None:
    registration = registered(form_of("P1"), season.clerk)
    services.save_registration(
        registration, by=season.manager, on=MAY_12, version=1, department="材料学院", education="master"
    )

    with pytest.raises(Stale) as stale:
        services.save_registration(
            registration,
            by=season.clerk,
            on=MAY_12,
            version=1,
            department="物理学院",
            education="bachelor",
            mobile="13812345678",
        )

    assert stale.value.who == str(season.manager)
    assert [(one.label, one.theirs, one.yours) for one in stale.value.differences] == [
        ("部门", "材料学院", "物理学院"),
        ("手机号", "****5001", "****5678"),
        ("学历", "硕士研究生", "本科"),
    ]
    assert Registration.objects.get().department == "材料学院"


def test_a_change_of_the_person_makes_the_other_open_form_stale(season: Season) -> None:
    enterprise = registered(form_of("P1"), season.clerk)
    broker = registered(form_of("P1", Category.BROKER), season.clerk)
    services.save_registration(enterprise, by=season.clerk, on=MAY_12, version=1, title_name="教授")

    with pytest.raises(Stale) as stale:
        services.save_registration(broker, by=season.clerk, on=MAY_12, version=1, title_name="讲师")

    assert [(one.theirs, one.yours) for one in stale.value.differences] == [("教授", "讲师"), ("正高级", "中级")]


@pytest.mark.parametrize("status", ["submitted", "approved"])
def test_what_the_bureau_has_or_has_decided_cannot_be_changed(season: Season, status: str) -> None:
    registration = approved(form_of("P1"), season) if status == "approved" else submitted(form_of("P1"), season.clerk)

    with pytest.raises(Refused) as refusal:
        services.save_registration(registration, by=season.clerk, on=MAY_20, version=None, department="材料学院")

    assert codes(refusal) == ["E-STATE"]
    assert Registration.objects.get().department == "机电学院"


def test_a_draft_cannot_become_the_twin_of_another_registration(season: Season) -> None:
    registered(form_of("P1"), season.clerk)
    broker = registered(form_of("P1", Category.BROKER), season.clerk)

    with pytest.raises(Refused) as refusal:
        services.save_registration(broker, by=season.clerk, on=MAY_12, version=1, category=Category.ENTERPRISE)

    assert codes(refusal) == ["E-REG-DUP"]


def test_a_misspelt_name_is_mended_while_the_person_is_known_from_one_draft_only(season: Season) -> None:
    registration = registered(form_of("P1", name="李哲"), season.clerk)

    services.save_registration(registration, by=season.clerk, on=MAY_12, version=1, name="李喆")

    assert Specialist.objects.get().name == "李喆"
    registered(form_of("P1", Category.BROKER), season.clerk)
    with pytest.raises(Refused) as refusal:
        services.save_registration(registration, by=season.clerk, on=MAY_12, version=2, name="李吉")
    assert codes(refusal) == ["E-ID"]


def test_a_draft_is_discarded_with_the_person_nothing_else_is_known_of(season: Season) -> None:
    lizhe, zhaopeng = registered(form_of("P1"), season.clerk), registered(form_of("P2"), season.clerk)
    registered(form_of("P2", Category.BROKER), season.clerk)

    services.discard_registration(lizhe, by=season.clerk, on=MAY_12)
    services.discard_registration(zhaopeng, by=season.clerk, on=MAY_12)

    assert [one.name for one in Specialist.objects.all()] == ["赵芃"]
    assert AuditEvent.objects.filter(verb="registration.discarded").count() == 2
    assert AuditEvent.objects.filter(verb="specialist.discarded").count() == 1


def test_what_was_handed_in_is_not_discarded(season: Season) -> None:
    registration = submitted(form_of("P1"), season.clerk)

    with pytest.raises(Refused) as refusal:
        services.discard_registration(registration, by=season.clerk, on=MAY_12)

    assert codes(refusal) == ["E-STATE"]
    assert Registration.objects.exists()


def test_an_act_on_a_draft_discarded_meanwhile_is_refused_with_a_sentence(season: Season) -> None:
    registration = registered(form_of("P1"), season.clerk)
    stale_copy = Registration.objects.get()
    services.discard_registration(registration, by=season.clerk, on=MAY_12)

    with pytest.raises(Refused) as refusal:
        services.submit_registration(stale_copy, by=season.clerk, on=MAY_12)

    assert codes(refusal) == ["E-STATE"]


# --- handing in -------------------------------------------------------------------------------------------------------


def test_handing_in_sets_day_and_pack_and_opens_the_steps_of_the_pack(season: Season) -> None:
    registration = submitted(form_of("P1"), season.clerk, on=MAY_18)

    registration.refresh_from_db()
    approval = running("registration.approve", registration)
    assert approval
    assert (registration.status, registration.submitted_on, registration.pack) == ("submitted", MAY_18, season.pack)
    assert approval.steps == ["bureau_officer", "division_head"]
    assert verbs(registration) == ["registration.created", "registration.submitted"]


def test_everything_missing_is_said_at_once(season: Season) -> None:
    registration = registered(
        graduate("P6", Category.BROKER, supervisor="", graduates_on=None, consent=False), season.clerk
    )
    season.on_provincial_list("P6")

    with pytest.raises(Refused) as refusal:
        services.submit_registration(registration, by=season.clerk, on=MAY_12)

    assert [(one.code, one.facts["field"]) for one in refusal.value.findings] == [
        ("E-COMPLETE", "consent"),
        ("E-COMPLETE", "supervisor"),
        ("E-COMPLETE", "graduates_on"),
    ]
    registration.refresh_from_db()
    assert (registration.status, Approval.objects.exists()) == ("draft", False)


def test_a_student_who_has_graduated_is_none_any_more(season: Season) -> None:
    registration = registered(graduate("P6", graduates_on=date(2026, 5, 11)), season.clerk)

    with pytest.raises(Refused, match="预计毕业日期已过"):
        services.submit_registration(registration, by=season.clerk, on=MAY_12)


def test_handing_in_twice_is_refused_by_its_state(season: Season) -> None:
    registration = submitted(form_of("P1"), season.clerk)

    with pytest.raises(Refused) as refusal:
        services.submit_registration(registration, by=season.clerk, on=MAY_12)

    assert codes(refusal) == ["E-STATE"]
    assert Approval.objects.count() == 1


def test_a_draft_of_last_year_is_not_handed_in_this_year(season: Season) -> None:
    registration = registered(form_of("P1"), season.clerk)
    Registration.objects.update(year=2025)

    with pytest.raises(Refused) as refusal:
        services.submit_registration(registration, by=season.clerk, on=MAY_12)

    assert codes(refusal) == ["E-REG-YEAR"]


def test_consent_cannot_be_withdrawn_from_what_was_handed_in(season: Season) -> None:
    registration = submitted(form_of("P1"), season.clerk)
    services.decide_registration(registration, by=season.officer, on=MAY_18, passed=False, opinion="请补充专长")

    with pytest.raises(Refused) as refusal:
        services.save_registration(registration, by=season.clerk, on=MAY_18, version=None, consent=False)

    assert codes(refusal) == ["E-COMPLETE"]


def test_a_person_whose_qualification_is_cancelled_is_neither_registered_nor_handed_in_nor_approved(
    season: Season,
) -> None:
    draft, handed_in = registered(form_of("P1"), season.clerk), passed_once(form_of("P2"), season)
    Specialist.objects.update(status=SpecialistStatus.REVOKED, revoked_on=MAY_12)
    refusals = []

    for act in (
        lambda: registered(form_of("P1", Category.BROKER), season.clerk),
        lambda: services.submit_registration(draft, by=season.clerk, on=MAY_20),
        lambda: services.decide_registration(handed_in, by=season.head, on=MAY_20, passed=True),
    ):
        with pytest.raises(Refused) as refusal:
            act()
        refusals.append(codes(refusal))

    assert refusals == [["E-REVOKED"]] * 3


# --- deciding ---------------------------------------------------------------------------------------------------------


def test_two_steps_by_two_people_select_a_person(season: Season) -> None:
    registration = passed_once(form_of("P1"), season, opinion="符合条件")
    assert Registration.objects.get().status == RegistrationStatus.SUBMITTED

    services.decide_registration(registration, by=season.head, on=MAY_20, passed=True, opinion="同意")

    registration.refresh_from_db()
    assert (registration.status, registration.approved_on) == ("approved", MAY_20)
    assert [(step.role, step.by, step.opinion) for step in ApprovalStep.objects.order_by("order")] == [
        ("bureau_officer", season.officer.person, "符合条件"),
        ("division_head", season.head.person, "同意"),
    ]
    assert verbs(registration)[2:] == ["registration.step_passed", "registration.approved"]


def test_the_decision_is_told_to_the_institution_and_to_the_specialist(season: Season) -> None:
    assert season.stranger  # is in the cast, and must not be told

    registration = approved(form_of("P1"), season)

    told = Message.objects.order_by("email")
    assert [message.email for message in told] == ["liu@example.org", "meng@example.org", "p1@example.org"]
    page = f"/specialists/{registration.pk}/"
    assert [message.link for message in told] == [page, page, ""]  # the specialist has no account to open it with
    assert told[0].subject == "李喆已入选2026年度工业企业科技特派员"


def test_the_head_cannot_decide_before_the_officer_nor_the_officer_twice(season: Season) -> None:
    registration = submitted(form_of("P1"), season.clerk)
    with pytest.raises(Refused) as early:
        services.decide_registration(registration, by=season.head, on=MAY_18, passed=True)
    services.decide_registration(registration, by=season.officer, on=MAY_18, passed=True)
    with pytest.raises(Refused) as twice:
        services.decide_registration(registration, by=season.officer, on=MAY_18, passed=True)

    assert (codes(early), codes(twice)) == (["E-STEP"], ["E-STEP"])
    assert "处室负责人" in str(twice.value)
    assert ApprovalStep.objects.count() == 1


def test_one_person_with_both_hats_does_not_take_both_steps(season: Season) -> None:
    registration = passed_once(form_of("P1"), season)
    also_head = member("陈科员", Role.DIVISION_HEAD, season.bureau, "chen")

    with pytest.raises(Refused) as refusal:
        services.decide_registration(registration, by=also_head, on=MAY_20, passed=True)

    assert codes(refusal) == ["E-STEP"]
    assert Registration.objects.get().status == RegistrationStatus.SUBMITTED


def test_a_return_carries_its_opinion_and_opens_the_registration_again(season: Season) -> None:
    registration = passed_once(form_of("P1"), season)

    services.decide_registration(registration, by=season.head, on=MAY_20, passed=False, opinion="请补充专长")

    registration.refresh_from_db()
    message = Message.objects.get(email="liu@example.org")
    assert (registration.status, registration.return_opinion) == ("returned", "请补充专长")
    assert (message.subject, message.body) == (
        "李喆2026年度工业企业科技特派员登记已退回",
        "退回意见：请补充专长 请补正后重新提交。",
    )
    services.save_registration(registration, by=season.clerk, on=MAY_20, version=None, speciality="数控机床")
    again = services.submit_registration(registration, by=season.clerk, on=MAY_20)
    assert (again.return_opinion, Approval.objects.count()) == ("", 2)
    services.decide_registration(again, by=season.officer, on=MAY_20, passed=True)
    services.decide_registration(again, by=season.head, on=MAY_20, passed=True)
    assert Registration.objects.get().status == RegistrationStatus.APPROVED


def test_a_return_without_an_opinion_is_refused(season: Season) -> None:
    registration = submitted(form_of("P1"), season.clerk)

    with pytest.raises(Refused, match="请填写退回意见"):
        services.decide_registration(registration, by=season.officer, on=MAY_18, passed=False, opinion=" ")

    assert not ApprovalStep.objects.exists()


def test_a_step_is_recorded_from_paper_with_its_number_and_day(season: Season) -> None:
    registration = passed_once(form_of("P1"), season)

    services.decide_registration(
        registration,
        by=season.head,
        on=JUNE_1,
        passed=True,
        document_number="石科签〔2026〕18号",
        decided_on=MAY_20,
    )

    step = ApprovalStep.objects.get(order=2)
    assert (step.document_number, step.decided_on) == ("石科签〔2026〕18号", MAY_20)
    assert Registration.objects.get().approved_on == MAY_20


@pytest.mark.parametrize(
    ("day", "words"),
    [
        pytest.param(date(2026, 5, 21), "不能晚于今天", id="tomorrow"),
        pytest.param(date(2026, 5, 11), "不能早于提交日期", id="before it was handed in"),
    ],
)
def test_a_paper_has_a_possible_day(season: Season, day: date, words: str) -> None:
    registration = submitted(form_of("P1"), season.clerk)

    with pytest.raises(Refused, match=words):
        services.decide_registration(registration, by=season.officer, on=MAY_20, passed=True, decided_on=day)


def test_deciding_what_is_decided_is_refused_by_its_state(season: Season) -> None:
    registration = approved(form_of("P1"), season)

    for passed in (True, False):
        with pytest.raises(Refused) as refusal:
            services.decide_registration(registration, by=season.head, on=MAY_20, passed=passed, opinion="再看")
        assert codes(refusal) == ["E-STATE"]


def test_a_draft_is_not_decided(season: Season) -> None:
    registration = registered(form_of("P1"), season.clerk)

    with pytest.raises(Refused) as refusal:
        services.decide_registration(registration, by=season.officer, on=MAY_18, passed=True)

    assert codes(refusal) == ["E-STATE"]


def test_the_head_decides_on_what_was_read_not_on_what_came_back_changed(season: Season) -> None:
    registration = passed_once(form_of("P1"), season)
    read = Registration.objects.get().version
    services.decide_registration(registration, by=season.head, on=MAY_18, passed=False, opinion="请补充专长")
    services.save_registration(registration, by=season.clerk, on=MAY_18, version=None, speciality="别的专长")
    services.submit_registration(registration, by=season.clerk, on=MAY_18)

    with pytest.raises(Stale):
        services.decide_registration(registration, by=season.officer, on=MAY_18, passed=True, version=read)


def test_the_pack_of_the_day_of_handing_in_judges(season: Season) -> None:
    """But for W-QUOTA, whose numbers are the year's: test_bulk holds that."""
    registration = submitted(graduate("P6"), season.clerk)
    later = pack_planning(strict="W-GRAD")

    reasons = {"W-GRAD": "已列入联合培养计划"}
    services.decide_registration(registration, by=season.officer, on=MAY_18, passed=True, reasons=reasons)

    assert Registration.objects.get().pack == season.pack
    late = {one.entry.code: one.finding for one in services.judge(registration, on=MAY_18, pack=later)}
    assert late["W-GRAD"]
    assert late["W-GRAD"].level == "block"


def test_a_reason_written_at_the_first_step_holds_for_the_second_and_is_kept_once(season: Season) -> None:
    registration = passed_once(
        graduate("P6"), season, reasons={"W-GRAD": "已列入联合培养计划"}, documents={"W-GRAD": "石科函〔2026〕3号"}
    )

    services.decide_registration(registration, by=season.head, on=MAY_20, passed=True)

    kept = Override.objects.get()
    assert (kept.code, kept.reason, kept.document_number) == ("W-GRAD", "已列入联合培养计划", "石科函〔2026〕3号")


def test_a_reason_of_an_earlier_round_does_not_hold_for_the_next(season: Season) -> None:
    registration = passed_once(graduate("P6"), season, reasons={"W-GRAD": "已列入联合培养计划"})
    services.decide_registration(registration, by=season.head, on=MAY_18, passed=False, opinion="材料不足")
    services.submit_registration(registration, by=season.clerk, on=MAY_18)

    with pytest.raises(Refused) as refusal:
        services.decide_registration(registration, by=season.officer, on=MAY_18, passed=True)

    assert codes(refusal) == ["W-GRAD"]


def test_neither_override_nor_step_survives_a_refused_decision(season: Season) -> None:
    registration = submitted(graduate("P6"), season.clerk)
    season.on_provincial_list("P6")

    with pytest.raises(Refused) as refusal:
        services.decide_registration(
            registration, by=season.officer, on=MAY_18, passed=True, reasons={"W-GRAD": "情况特殊"}
        )

    assert codes(refusal) == ["E-PROV"]
    assert not Override.objects.exists()
    assert not ApprovalStep.objects.exists()


def test_what_waits_for_a_role_is_found_by_its_next_step(season: Season) -> None:
    first, second = submitted(form_of("P1"), season.clerk), passed_once(form_of("P2"), season)
    approved(form_of("P3", Category.AGRICULTURE), season)

    assert [*Registration.objects.awaiting("bureau_officer")] == [first]
    assert [*Registration.objects.awaiting("division_head")] == [second]
    assert not waiting_for("registration.approve", "auditor").exists()


# --- the provincial list ----------------------------------------------------------------------------------------------


def listed(season: Season, key: str = "P2", **more: object) -> ProvincialListEntry:
    name, number = PEOPLE[key]
    row = {"year": 2026, "name": name, "id_number": number, "valid_from": date(2026, 1, 1), "row": 7}
    return services.add_provincial_entry(
        **{"by": season.officer, "on": MAY_12, **row, "valid_to": date(2026, 12, 31), **more}  # type: ignore[arg-type]
    )


def test_the_bureau_enters_a_row_of_the_provincial_list_by_hand(season: Season) -> None:
    entry = listed(season, document_number="冀科农〔2026〕2号")

    assert (entry.id_masked, entry.entered_by) == ("139999********0027", season.officer)
    assert entry.id_digest == blind_index(PEOPLE["P2"][1], "id_number")
    assert verbs(entry) == ["provincial_entry.added"]


def test_a_person_stands_once_on_the_list_of_a_year(season: Season) -> None:
    listed(season)

    with pytest.raises(Refused, match="已在2026年度省级名单中"):
        listed(season)
    listed(season, year=2027, valid_from=date(2027, 1, 1), valid_to=date(2027, 12, 31))

    assert ProvincialListEntry.objects.count() == 2


def test_a_row_that_names_another_than_its_number_bars_nobody(season: Season) -> None:
    season.selected("P2")

    with pytest.raises(Refused, match="与名单的“别人”不一致"):
        listed(season, name="别人")

    assert not ProvincialListEntry.objects.exists()


def test_a_listing_does_not_end_before_it_starts(season: Season) -> None:
    with pytest.raises(Refused, match="不能早于有效期起"):
        listed(season, valid_to=date(2025, 12, 31))


def test_who_is_listed_after_being_handed_in_is_marked_and_loses_nothing(season: Season) -> None:
    enterprise = approved(form_of("P2"), season)
    broker = approved(form_of("P2", Category.BROKER), season)

    listed(season)

    enterprise.refresh_from_db()
    assert enterprise.status == RegistrationStatus.APPROVED
    assert verbs(enterprise)[-1] == "registration.listed_by_province"
    assert "registration.listed_by_province" not in verbs(broker)
    mark = services.listed_by_province(enterprise)
    assert mark
    assert "赵芃已列入2026年度省级科技特派员" in mark.message
    assert services.listed_by_province(broker) is None


def test_a_listing_ended_early_lets_the_person_register_again(season: Season) -> None:
    entry = listed(season)
    registration = registered(form_of("P2"), season.clerk)
    with pytest.raises(Refused):
        services.submit_registration(registration, by=season.clerk, on=MAY_12)

    services.end_provincial_entry(entry, by=season.officer, valid_to=MAY_18, reason="省厅调整名单")

    entry.refresh_from_db()
    event = audit.history(entry).last()
    assert event
    assert (entry.valid_to, event.reason) == (MAY_18, "省厅调整名单")
    handed_in = services.submit_registration(registration, by=season.clerk, on=MAY_20)
    assert handed_in.status == "submitted"
    assert services.listed_by_province(handed_in) is None


@pytest.mark.parametrize(
    ("day", "reason", "words"),
    [
        pytest.param(MAY_18, " ", "请填写提前终止的理由", id="no reason"),
        pytest.param(date(2027, 1, 1), "延长", "应在原有效期之内", id="after its end"),
        pytest.param(date(2025, 12, 31), "更正", "应在原有效期之内", id="before its start"),
    ],
)
def test_a_listing_only_ends_earlier_and_with_a_reason(season: Season, day: date, reason: str, words: str) -> None:
    entry = listed(season)

    with pytest.raises(Refused, match=words):
        services.end_provincial_entry(entry, by=season.officer, valid_to=day, reason=reason)

    entry.refresh_from_db()
    assert entry.valid_to == date(2026, 12, 31)


# --- looking behind the mask ------------------------------------------------------------------------------------------


def test_a_number_is_shown_in_full_to_who_says_why_and_that_is_kept(season: Season) -> None:
    lizhe = registered(form_of("P1"), season.clerk).specialist

    assert (
        services.reveal(lizhe, field="id_number", reason="核对开户信息", by=season.officer, on=MAY_20)
        == PEOPLE["P1"][1]
    )

    event = audit.history(lizhe).last()
    assert event
    assert (event.verb, event.by, event.reason) == ("specialist.revealed", season.officer.person, "核对开户信息")
    assert event.after == {"number": "身份证号"}


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        pytest.param("id_number", "  ", id="no reason"),
        pytest.param("id_digest", "好奇", id="a field that is nobody's to see"),
        pytest.param("user", "好奇", id="another attribute"),
    ],
)
def test_nothing_is_shown_without_a_reason_or_beyond_the_three_numbers(season: Season, field: str, reason: str) -> None:
    lizhe = person("P1")

    with pytest.raises(Refused):
        services.reveal(lizhe, field=field, reason=reason, by=season.officer, on=MAY_20)

    assert not verbs(lizhe)


# --- live checks ------------------------------------------------------------------------------------------------------


def tones(verdicts: list[Verdict]) -> dict[str, str]:
    return {verdict.entry.code: verdict.tone for verdict in verdicts}


def test_an_empty_form_waits_for_what_its_rules_need(season: Season) -> None:
    verdicts = services.judge_case(queries.Case(year=2026), on=MAY_12, pack=season.pack)

    assert tones(verdicts) == {
        "W-GRAD": "wait",
        "E-BROKER-ORG": "wait",
        "E-REG-YEAR": "ok",
        "E-REG-DUP": "wait",
        "E-PROV": "wait",
        "E-REVOKED": "wait",
    }
    assert verdicts[3].waiting == "填写姓名和身份证号、类别后校验"


def test_a_half_filled_form_is_judged_as_far_as_it_goes(season: Season) -> None:
    season.on_provincial_list("P2")
    case = queries.Case(
        year=2026,
        name="赵芃",
        digest=blind_index(PEOPLE["P2"][1], "id_number"),
        category=Category.ENTERPRISE,
        personnel_type=PersonnelType.GRADUATE,
        institution_id=season.u1.pk,
    )

    assert tones(services.judge_case(case, on=MAY_12, pack=season.pack)) == {
        "W-GRAD": "warn",
        "E-BROKER-ORG": "ok",
        "E-REG-YEAR": "ok",
        "E-REG-DUP": "ok",
        "E-PROV": "block",
        "E-REVOKED": "ok",
    }


def test_the_yearly_plan_is_asked_only_by_the_bureau_and_not_for_team_members(season: Season) -> None:
    alone = registered(form_of("P1"), season.clerk)
    member = season.selected("P5", form=Form.TEAM)

    assert "W-QUOTA" not in tones(services.judge(alone, on=MAY_12))
    assert tones(services.judge(alone, on=MAY_12, deciding=True))["W-QUOTA"] == "ok"
    assert "W-QUOTA" not in tones(services.judge(member, on=MAY_12, deciding=True))


# --- one transaction --------------------------------------------------------------------------------------------------


def test_the_register_and_the_change_stand_or_fall_together(season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    registration = passed_once(form_of("P1"), season)
    before = AuditEvent.objects.count()

    def no_telling(*args: object, **kwargs: object) -> int:
        raise IntegrityError("the last statement fails")

    monkeypatch.setattr(telling, "tell", no_telling)
    with pytest.raises(IntegrityError), transaction.atomic():
        services.decide_registration(registration, by=season.head, on=MAY_20, passed=True)

    assert Registration.objects.get().status == RegistrationStatus.SUBMITTED
    assert AuditEvent.objects.count() == before
    assert ApprovalStep.objects.count() == 1
