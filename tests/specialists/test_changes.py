"""变更申请: a selected person's details change on proof, by the word of a second person."""

from datetime import date
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.utils.timezone import now

from accounts.enums import Role
from accounts.models import Membership
from agreements.graduating import services as graduating
from core import approvals
from core.models import AuditEvent, Message, PolicyPack, StoredFile
from core.packs import POLICIES, read
from core.policy import Level, Refused, RuleEntry
from core.verbs import sentences
from specialists import looking, rules
from specialists import services as registering
from specialists.changes import services
from specialists.changes.models import ChangeRequest
from specialists.enums import Category, ChangeField, ChangeStatus, PersonnelType, RegistrationStatus
from specialists.models import Registration, Specialist
from tests.cast import MAY_18, MAY_20, PDF, PEOPLE, Season, member, person
from tests.hands import at_once, browser_of, linger
from tests.specialists.acts import form_of, registered
from tests.specialists.team_acts import entry, selected

ENTRY = RuleEntry("E-CHANGE", "六（三）", "确保专款专用", Level.BLOCK)
ACCOUNT = "6222020200001234567"


def proof(name: str = "银行卡.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, PDF)


def asked(
    who: Specialist, by: Membership, field: ChangeField = ChangeField.BANK_ACCOUNT, value: str = ACCOUNT, **more: Any
) -> ChangeRequest:
    bank = {"bank_name": "示范银行裕华支行"} if field == ChangeField.BANK_ACCOUNT else {}
    said = {"note": "原卡挂失", "evidence": proof(), "on": MAY_18, **bank, **more}
    return services.ask_for_change(who, by=by, field=field, value=value, **said)


def passed(request: ChangeRequest, by: Membership) -> ChangeRequest:
    return services.decide_change(request, by=by, on=MAY_20, passed=True)


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [finding.code for finding in refusal.value.findings]


# --- rules ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("details", "fields"),
    [
        pytest.param([], None, id="nothing by hand"),
        pytest.param([("mobile", "手机号")], ["mobile"], id="the telephone"),
        pytest.param([("name", "姓名"), ("bank_account", "银行账号")], ["name", "bank_account"], id="two at once"),
    ],
)
def test_details_of_a_selected_person_are_changed_by_request_only(
    details: list[tuple[str, str]], fields: list[str] | None
) -> None:
    finding = rules.changed_by_request_only(ENTRY, name="李喆", details=details)

    assert (finding and finding.facts["fields"]) == fields


def test_one_open_request_of_a_detail_at_a_time() -> None:
    assert rules.one_open_request(ENTRY, label="银行账号", is_open=False) is None
    assert "已有一份" in str(rules.one_open_request(ENTRY, label="银行账号", is_open=True))


def test_a_change_is_decided_by_another_than_who_asked() -> None:
    assert rules.decided_by_another(ENTRY, asker=1, asker_name="刘静怡", decider=2) is None
    assert rules.decided_by_another(ENTRY, asker=1, asker_name="刘静怡", decider=1) is not None


# --- asking and deciding ----------------------------------------------------------------------------------------------


def test_a_clerk_asks_the_administrator_agrees_and_the_account_is_the_new_one(season: Season) -> None:
    lizhe = season.selected("P1").specialist
    request = asked(lizhe, season.clerk, value="6222 0202 0000 1234 567")

    lizhe.refresh_from_db()
    assert lizhe.bank_account == "6222000000000000017"  # an open request changes nothing
    passed(request, season.manager)

    lizhe.refresh_from_db()
    assert (lizhe.bank_account, lizhe.bank_name) == (ACCOUNT, "示范银行裕华支行")
    request.refresh_from_db()
    assert (request.status, request.decider, request.old_value) == (
        ChangeStatus.APPROVED,
        season.manager.person,
        "6222000000000000017",
    )
    told = AuditEvent.objects.get(verb="specialist.changed")
    assert (told.before, told.after) == (
        {"bank_account": "****0017", "bank_name": "示范银行石家庄分行"},
        {"bank_account": "****4567", "bank_name": "示范银行裕华支行"},
    )


def test_both_numbers_of_a_request_rest_encrypted_and_stand_in_no_trace(season: Season) -> None:
    request = asked(season.selected("P1").specialist, season.clerk)

    kept = ChangeRequest.objects.filter(pk=request.pk).extra(select={"raw": "value || old_value"}).values("raw").get()
    assert kept["raw"].count("k1:") == 2
    traces = [str(event.after) + str(event.before) for event in AuditEvent.objects.all()]
    assert not any(ACCOUNT in trace or "6222000000000000017" in trace for trace in traces)


def test_the_person_asks_on_the_phone_and_hears_of_it_at_the_old_address(season: Season) -> None:
    lizhe = season.selected("P1").specialist
    hat = season.hat_of(lizhe)

    passed(asked(lizhe, hat, ChangeField.EMAIL, "new@example.org"), season.manager)

    lizhe.refresh_from_db()
    assert lizhe.email == "new@example.org"
    decided = Message.objects.filter(occasion__startswith="change.decided:").values_list("email", flat=True)
    assert sorted(decided) == ["new@example.org", "p1@example.org"]


def test_who_is_asked_about_is_told_when_somebody_else_asks(season: Season) -> None:
    asked(season.selected("P1").specialist, season.clerk)

    told = Message.objects.filter(occasion__endswith=":person").get()
    assert (told.email, told.subject) == ("p1@example.org", "有人申请变更您的银行账号")
    assert Message.objects.filter(person=season.manager.person, subject="李喆申请变更银行账号").exists()


def test_name_and_number_are_the_bureaus_to_decide(season: Season) -> None:
    lizhe = season.selected("P1").specialist
    hat = season.hat_of(lizhe)
    request = asked(lizhe, season.clerk, ChangeField.NAME, "李哲")

    with pytest.raises(Refused) as refusal:
        passed(request, season.manager)
    assert codes(refusal) == ["E-STEP"]

    passed(request, season.officer)
    lizhe.refresh_from_db()
    hat.person.refresh_from_db()
    assert (lizhe.name, hat.person.name) == ("李哲", "李哲")


def test_a_corrected_number_brings_its_digest_birth_and_sex(season: Season) -> None:
    lizhe = season.selected("P1").specialist

    passed(asked(lizhe, season.clerk, ChangeField.ID_NUMBER, PEOPLE["P2"][1]), season.officer)

    lizhe.refresh_from_db()
    other = person("P2")  # the register finds the same person by it
    assert other.pk == lizhe.pk
    assert (lizhe.id_masked, lizhe.birth_date.isoformat(), lizhe.sex) == ("139999********0027", "1982-06-17", "female")


def test_a_number_that_another_person_has_is_refused_and_the_request_stays_open(season: Season) -> None:
    person("P2")
    request = asked(season.selected("P1").specialist, season.clerk, ChangeField.ID_NUMBER, PEOPLE["P2"][1])

    with pytest.raises(Refused) as refusal:
        passed(request, season.officer)

    assert codes(refusal) == ["E-ID"]
    request.refresh_from_db()
    assert request.status == ChangeStatus.OPEN
    assert approvals.running("change.id_number", request)


def test_nobody_decides_what_they_asked_for(season: Season) -> None:
    lizhe = season.selected("P1").specialist
    request = asked(lizhe, season.manager)

    with pytest.raises(Refused) as refusal:
        passed(request, season.manager)
    assert codes(refusal) == ["E-TWO-PEOPLE"]

    lizhe.refresh_from_db()
    assert lizhe.bank_account == "6222000000000000017"


def test_another_hat_of_the_same_person_does_not_make_two_people(season: Season) -> None:
    lizhe = season.selected("P1").specialist
    hat = season.hat_of(lizhe)
    administrator = Membership.objects.create(
        person=hat.person, organization=season.u1.organization, role=Role.INSTITUTION_ADMIN, since=MAY_18
    )

    with pytest.raises(Refused) as refusal:
        passed(asked(lizhe, hat), administrator)

    assert codes(refusal) == ["E-TWO-PEOPLE"]


def test_a_refusal_says_why_and_leaves_everything(season: Season) -> None:
    request = asked(season.selected("P1").specialist, season.clerk)

    with pytest.raises(Refused) as refusal:
        services.decide_change(request, by=season.manager, on=MAY_20, passed=False)
    assert codes(refusal) == ["E-OPINION"]

    services.decide_change(request, by=season.manager, on=MAY_20, passed=False, opinion="卡面户名与本人不符")
    request.refresh_from_db()
    assert (request.status, request.opinion) == (ChangeStatus.RETURNED, "卡面户名与本人不符")
    assert Specialist.objects.get().bank_account == "6222000000000000017"
    with pytest.raises(Refused) as refusal:
        passed(request, season.manager)
    assert codes(refusal) == ["E-STATE"]


def test_a_request_is_taken_back_by_who_asked_and_may_be_asked_again(season: Season) -> None:
    lizhe = season.selected("P1").specialist
    request = asked(lizhe, season.clerk)

    with pytest.raises(Refused) as refusal:
        services.withdraw_change(request, by=season.officer)
    assert codes(refusal) == ["E-PERM"]

    services.withdraw_change(request, by=season.manager)  # a colleague's
    assert approvals.running("change.bank_account", request) is None
    assert asked(lizhe, season.clerk).status == ChangeStatus.OPEN


def test_what_the_person_asked_for_is_not_the_units_to_take_back(season: Season) -> None:
    lizhe = season.selected("P1").specialist
    request = asked(lizhe, season.hat_of(lizhe))

    with pytest.raises(Refused) as refusal:
        services.withdraw_change(request, by=season.clerk)
    assert codes(refusal) == ["E-PERM"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        pytest.param({"value": "六二二二"}, "E-FIELD", id="no account"),
        pytest.param({"bank_name": ""}, "E-FIELD", id="no bank"),
        pytest.param({"note": " "}, "E-FIELD", id="no reason"),
        pytest.param({"value": "6222000000000000017", "bank_name": "示范银行石家庄分行"}, "E-FIELD", id="nothing new"),
        pytest.param({"evidence": SimpleUploadedFile("卡.pdf", b"no pdf")}, "E-FILE-TYPE", id="no proof"),
    ],
)
def test_a_request_that_will_not_do(season: Season, more: dict[str, Any], code: str) -> None:
    lizhe = season.selected("P1").specialist

    with pytest.raises(Refused) as refusal:
        asked(lizhe, season.clerk, **more)

    assert codes(refusal) == [code]
    assert (ChangeRequest.objects.count(), StoredFile.objects.count()) == (0, 0)


def test_who_is_not_selected_yet_is_edited_directly(season: Season) -> None:
    draft = registered(form_of("P1"), season.clerk)

    with pytest.raises(Refused) as refusal:
        asked(draft.specialist, season.clerk)
    assert codes(refusal) == ["E-STATE"]

    registering.save_registration(draft, by=season.clerk, on=MAY_18, version=1, mobile="13812345678")
    assert Specialist.objects.get().mobile == "13812345678"


def test_another_units_person_is_not_to_be_asked_for(season: Season) -> None:
    season.selected("P1", Category.BROKER)
    mine = season.selected("P1", Category.ENTERPRISE, institution=season.u2, status=RegistrationStatus.SUBMITTED,
                           approved_on=None)  # fmt: skip

    with pytest.raises(Refused) as refusal:
        asked(mine.specialist, season.stranger)

    assert codes(refusal) == ["E-PERM"]


def test_for_a_direct_appointee_the_bureau_asks_and_another_officer_decides(season: Season) -> None:
    direct = season.selected("P1", institution=None, origin="direct_appointment", appointment_note="重点产业需要")
    request = asked(direct.specialist, season.officer)

    with pytest.raises(Refused) as refusal:
        passed(request, season.officer)
    assert codes(refusal) == ["E-TWO-PEOPLE"]

    passed(request, member("宋科员", Role.BUREAU_OFFICER, season.bureau, "song"))
    assert Specialist.objects.get().bank_account == ACCOUNT


# --- by hand no more --------------------------------------------------------------------------------------------------


def test_a_selected_persons_details_are_not_changed_through_another_draft(season: Season) -> None:
    season.selected("P1", Category.BROKER)
    draft = registered(form_of("P1", Category.ENTERPRISE, mobile="13812345678"), season.clerk)

    lizhe = Specialist.objects.get()
    assert lizhe.mobile != "13812345678"  # a new form cannot know what is kept: it leaves it
    with pytest.raises(Refused) as refusal:
        registering.save_registration(draft, by=season.clerk, on=MAY_18, version=1, bank_account=ACCOUNT)
    assert codes(refusal) == ["E-CHANGE"]


def test_a_pack_without_the_entry_changes_details_as_before(season: Season) -> None:
    season.selected("P1", Category.BROKER)
    content = read(POLICIES / "shijiazhuang-2026.toml")
    content["rules"] = {code: entry for code, entry in content["rules"].items() if not code.startswith("E-CHANGE")}
    before = PolicyPack.objects.create(**{**content, "version": 2})
    draft = registered(form_of("P1", Category.ENTERPRISE), season.clerk)

    registering.save_registration(draft, by=season.clerk, on=MAY_18, version=1, bank_account=ACCOUNT)

    assert Specialist.objects.get().bank_account == ACCOUNT
    assert services.may_be_asked(before) == []


# --- who sees it ------------------------------------------------------------------------------------------------------


def test_a_unit_sees_the_requests_of_its_own_and_a_person_their_own(season: Season) -> None:
    mine = asked(season.selected("P1").specialist, season.clerk)
    asked(season.selected("P2", institution=season.u2).specialist, season.stranger)
    hat = season.hat_of(mine.specialist)

    visible = {
        hat: [one.pk for one in ChangeRequest.objects.visible_to(hat)]
        for hat in (season.clerk, hat, season.contact, season.county)
    }
    assert visible == {season.clerk: [mine.pk], hat: [mine.pk], season.contact: [], season.county: []}
    assert ChangeRequest.objects.visible_to(season.auditor).count() == 2


def test_what_awaits_me_is_of_my_role_and_not_my_own(season: Season) -> None:
    for key, by in (("P1", season.clerk), ("P3", season.manager)):
        asked(season.selected(key).specialist, by)
    asked(season.selected("P5").specialist, season.clerk, ChangeField.NAME, "何雨同")

    waiting = {
        hat: [one.specialist.name for one in ChangeRequest.objects.awaiting(hat)]
        for hat in (season.manager, season.officer, season.clerk)
    }
    assert waiting == {season.manager: ["李喆"], season.officer: ["何雨桐"], season.clerk: []}


def test_looking_at_the_new_number_is_kept_and_told_to_the_person(season: Season) -> None:
    request = asked(season.selected("P1").specialist, season.clerk)

    with pytest.raises(Refused):
        services.reveal_change(request, reason=" ", by=season.manager, on=MAY_20)
    assert services.reveal_change(request, reason="与卡面核对", by=season.manager, on=MAY_20) == ACCOUNT

    [look] = looking.looks_at(request.specialist)
    assert (look.by, look.after, look.reason) == (season.manager.person, {"number": "银行账号"}, "与卡面核对")


# --- several hands, and the database ----------------------------------------------------------------------------------


def test_two_clerks_asking_for_the_same_detail_at_once_open_one_request(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    lizhe = lasting_season.selected("P1").specialist
    linger(monkeypatch, services, "keeper_of")

    answers = at_once(lambda: asked(lizhe, lasting_season.clerk), lambda: asked(lizhe, lasting_season.manager))

    assert answers == ["E-CHANGE-OPEN", "done"]


def test_two_administrators_deciding_one_request_at_once_decide_it_once(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = asked(lasting_season.selected("P1").specialist, lasting_season.clerk)
    other = member("高主任", Role.INSTITUTION_ADMIN, lasting_season.u1, "gao")
    linger(monkeypatch, approvals, "running")

    answers = at_once(lambda: passed(request, lasting_season.manager), lambda: passed(request, other))

    assert answers == ["E-STATE", "done"]


@pytest.mark.parametrize(
    ("name", "change"),
    [
        pytest.param("change_decided_when_and_by_whom", {"status": "approved"}, id="decided by nobody"),
        pytest.param("change_decided_when_and_by_whom", {"decided_at": now()}, id="a time without a decision"),
    ],
)
def test_a_decision_has_its_author_and_time(season: Season, name: str, change: dict[str, Any]) -> None:
    asked(season.selected("P1").specialist, season.clerk)

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        ChangeRequest.objects.update(**change)


def test_the_database_lets_nobody_decide_their_own_request(season: Season) -> None:
    asked(season.selected("P1").specialist, season.clerk)

    with pytest.raises(IntegrityError, match="change_is_decided_by_another"), transaction.atomic():
        ChangeRequest.objects.update(
            status="approved", decided_by=season.clerk, decider=season.clerk.person, decided_at=now()
        )


def test_the_database_keeps_one_open_request_of_a_detail(season: Season) -> None:
    request = asked(season.selected("P1").specialist, season.clerk)
    request.pk = None

    with pytest.raises(IntegrityError, match="one_open_change_of_a_detail"), transaction.atomic():
        request.save(force_insert=True)


def test_the_database_keeps_no_refusal_without_an_opinion(season: Season) -> None:
    asked(season.selected("P1").specialist, season.clerk)
    decided = {"decided_by": season.manager, "decider": season.manager.person, "decided_at": now()}

    with pytest.raises(IntegrityError, match="change_returned_with_an_opinion"), transaction.atomic():
        ChangeRequest.objects.update(status="returned", **decided)


def test_a_registration_of_the_year_is_the_keepers(season: Season) -> None:
    old = season.selected("P1", institution=season.u2)
    Registration.objects.filter(pk=old.pk).update(year=2025)
    new = season.selected("P1")

    assert services.keeper_of(new.specialist) == new


# --- the graduation of a student --------------------------------------------------------------------------------------

JULY, JANUARY = date(2026, 7, 1), date(2027, 1, 15)


@pytest.fixture
def student(season: Season) -> Registration:
    return season.selected(
        "P6", Category.ENTERPRISE, personnel_type=PersonnelType.GRADUATE, graduates_on=JULY, supervisor="孙教授"
    )


def test_a_graduation_put_off_is_asked_for_and_the_service_waits_for_the_new_day(
    season: Season, student: Registration
) -> None:
    agreement = season.filed(student, season.h1)
    assert graduating.to_decide(on=MAY_20).exists()
    request = asked(student.specialist, season.clerk, ChangeField.GRADUATES_ON, "2027年1月15日", note="延期毕业")
    assert (request.old_masked, request.value_masked) == ("2026年7月1日", "2027年1月15日")

    passed(request, season.officer)

    student.refresh_from_db()
    assert (student.graduates_on, student.version) == (JANUARY, 2)
    assert not graduating.to_decide(on=MAY_20).exists()
    assert graduating.to_decide(on=JANUARY).get() == agreement
    told = sentences(student.specialist)[0]["changes"]
    assert told == [("预计毕业日期", "2026年7月1日", "2027年1月15日")]
    assert Message.objects.filter(occasion__startswith="change.decided:", body__contains="2027年1月15日").exists()


def test_it_is_another_day_in_the_team_too_and_other_studies_end_as_they_were(season: Season) -> None:
    studies = {"personnel_type": PersonnelType.GRADUATE, "ability_note": "参与课题"}
    people = [entry("P8", is_leader=True), *(entry(key, graduates_on=JULY, **studies) for key in ("P9", "P10"))]
    team = selected(season, members=people)
    who = Specialist.objects.get(name=PEOPLE["P9"][0])
    earlier = season.selected("P9", Category.ENTERPRISE, personnel_type=PersonnelType.GRADUATE)
    Registration.objects.filter(pk=earlier.pk).update(year=2025, graduates_on=date(2025, 7, 1))

    passed(asked(who, season.clerk, ChangeField.GRADUATES_ON, "20270115"), season.officer)

    days = dict(team.members.values_list("specialist__name", "graduates_on"))
    assert days == {PEOPLE["P8"][0]: None, PEOPLE["P9"][0]: JANUARY, PEOPLE["P10"][0]: JULY}
    assert dict(who.registrations.values_list("year", "graduates_on")) == {2025: date(2025, 7, 1), 2026: JANUARY}


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        pytest.param("2026年7月1日", "与现有的相同", id="the same day"),
        pytest.param("明年夏天", "日期不能识别", id="no day"),
        pytest.param("2027-02-30", "没有2027年2月30日这一天", id="a day there is not"),
        pytest.param("20270", "日期不能识别", id="cut off"),
    ],
)
def test_what_is_no_new_day_is_refused(season: Season, student: Registration, typed: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        asked(student.specialist, season.clerk, ChangeField.GRADUATES_ON, typed)


def test_staff_have_no_graduation_to_be_changed(season: Season) -> None:
    registration = season.selected("P1")
    clerk = browser_of(season.clerk)

    with pytest.raises(Refused, match="不是在校研究生"):
        asked(registration.specialist, season.clerk, ChangeField.GRADUATES_ON, "2027-01-15")

    assert "预计毕业日期" not in clerk.get(f"/specialists/{registration.pk}/changes/new/").content.decode()


def test_pages_and_programs_ask_for_another_graduation(season: Season, student: Registration) -> None:
    clerk, page = browser_of(season.clerk), f"/specialists/{student.pk}/changes/new/"
    shown = clerk.get(f"{page}?what=graduates_on").content.decode()
    assert "2026年7月1日" in shown
    assert "学籍证明" in shown
    typed = {"what": "graduates_on", "value": "2027年13月1日", "note": "延期毕业"}
    wrong = clerk.post(page, {**typed, "evidence": proof()})
    assert (wrong.status_code, "2027年13月1日" in wrong.content.decode()) == (422, True)
    assert clerk.post(page, {**typed, "value": "2027年1月15日", "evidence": proof()}).status_code == 302
    first = ChangeRequest.objects.get()
    assert "2027年1月15日" in browser_of(season.officer).get(f"/specialists/changes/{first.pk}/").content.decode()
    assert clerk.post(f"/api/v1/change-requests/{first.pk}/withdraw/").status_code == 200
    body = {"registration": student.pk, "field": "graduates_on", "value": "2027-01-15", "note": "延期毕业"}
    second = clerk.post("/api/v1/change-requests/", {**body, "evidence": proof()})
    assert (second.status_code, second.json()["value_masked"]) == (201, "2027年1月15日")
    decide = f"/api/v1/change-requests/{second.json()['id']}/decide/"
    done = browser_of(season.officer).post(decide, {"passed": True}, content_type="application/json")
    assert done.json()["status"] == "approved"
    student.refresh_from_db()
    assert student.graduates_on == JANUARY
