"""The pages as a clerk, an officer and a stranger meet them."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import FirstAnswer, Membership
from core import audit
from core.identifiers import mask_id
from core.models import ApprovalStep, AuditEvent, Override
from specialists import services
from specialists.enums import Category, RegistrationStatus
from specialists.models import ProvincialListEntry, Registration, Specialist
from tests.cast import MAY_12, PEOPLE, Season
from tests.hands import browser_of
from tests.specialists.acts import approved, form_of, graduate, passed_once, registered, submitted


@pytest.fixture(autouse=True)
def _on_20_may() -> Iterator[None]:
    with time_machine.travel("2026-05-20 10:00+08:00", tick=False):
        yield


def get(hat: Membership, path: str) -> tuple[int, str]:
    response = browser_of(hat).get(path)
    return response.status_code, response.content.decode()


def post(hat: Membership, path: str, form: dict[str, Any]) -> tuple[int, str]:
    """A form as the browser sends it; follows the redirect of an act that was done, and says where it led."""
    client = browser_of(hat)
    response = client.post(path, {name: value for name, value in form.items() if value is not None})
    if response.status_code == 302:
        return response.status_code, response.headers["Location"]
    return response.status_code, response.content.decode()


def typed(form: dict[str, Any], **more: Any) -> dict[str, Any]:
    filled = {name: value for name, value in form.items() if value not in (None, False)}
    return {**filled, **{name: "on" for name in ("consent",) if form.get("consent")}, **more}


# --- registering ------------------------------------------------------------------------------------------------------


def test_a_clerk_registers_a_person_and_hands_them_in(season: Season) -> None:
    status, where = post(season.clerk, "/specialists/new/", typed(form_of("P1"), then="submit"))

    registration = Registration.objects.get()
    assert (status, where) == (302, f"/specialists/{registration.pk}/")
    assert (registration.status, registration.specialist.name) == ("submitted", "李喆")
    page = get(season.clerk, where)[1]
    assert "139999********0010" in page
    assert "139****5001" in page
    assert PEOPLE["P1"][1] not in page
    assert form_of("P1")["mobile"] not in page


def test_a_draft_that_cannot_be_handed_in_yet_is_kept_and_says_what_is_missing(season: Season) -> None:
    unfinished = typed(graduate("P6", supervisor="", graduates_on=None, consent=False), then="submit")

    status, where = post(season.clerk, "/specialists/new/", unfinished)

    registration = Registration.objects.get()
    assert (status, where) == (302, f"/specialists/{registration.pk}/edit/?missing=1")
    page = get(season.clerk, where)[1]
    for sentence in ("请填写导师", "请填写预计毕业日期", "同意并勾选", "提交前还需完成 3 项"):
        assert sentence in page


def test_a_mistyped_number_of_a_draft_is_mended_in_it_until_it_is_handed_in(season: Season) -> None:
    draft = registered(form_of("P1"), season.clerk)
    edit = f"/specialists/{draft.pk}/edit/"
    assert "现为139999********0010，不修改请留空" in get(season.clerk, edit)[1]
    taken, free = PEOPLE["P3"][1], PEOPLE["P2"][1]
    season.selected("P3")

    def sent(number: str) -> tuple[int, str]:
        draft.refresh_from_db()
        return post(season.clerk, edit, typed(form_of("P1", id_number=number, mobile=""), version=draft.version))

    status, page = sent(taken)
    assert (status, "该身份证号已有登记档案，不能改到这份草稿上" in page) == (422, True)
    assert sent(free)[0] == 302
    person = Registration.objects.get(pk=draft.pk).specialist
    assert (person.id_number, person.id_masked) == (free, mask_id(free))
    event = AuditEvent.objects.get(verb="specialist.changed", target_id=person.pk)
    assert free not in str((event.before, event.after))

    handed_in = services.submit_registration(Registration.objects.get(pk=draft.pk), by=season.clerk, on=MAY_12)
    late = browser_of(season.clerk).patch(
        f"/api/v1/registrations/{draft.pk}/",
        {"version": handed_in.version, "id_number": PEOPLE["P1"][1]},
        "application/json",
    )
    assert late.status_code == 422
    assert Registration.objects.get(pk=draft.pk).specialist.id_number == free


def test_what_a_student_is_asked_for_later_is_not_called_optional_and_a_college_has_no_graduates(
    season: Season,
) -> None:
    page = get(season.clerk, "/specialists/new/")[1]
    assert re.search(r">导师(?!.{0,40}选填)", page)
    draft = registered(graduate("P6", education="college"), season.clerk)

    [finding] = services.missing(draft, on=MAY_12)

    assert finding.message == "在校研究生的学历应为本科及以上，请核对学历或人员类型。"


def test_a_refused_form_keeps_what_was_typed_and_links_to_its_fields(season: Season) -> None:
    form = typed(form_of("P1", id_number="139999197803050011", mobile="12345"), speciality="主轴热误差补偿")

    status, page = post(season.clerk, "/specialists/new/", form)

    assert status == 422
    assert "校验位不符" in page
    assert "手机号码应为11位数字" in page
    for kept in ("139999197803050011", "12345", "主轴热误差补偿"):
        assert kept in page
    assert not Specialist.objects.exists()


def test_what_was_typed_into_a_refused_form_is_kept_nowhere(season: Season) -> None:
    form = typed(form_of("P1", mobile="12345"), idempotency_key="k1")

    post(season.clerk, "/specialists/new/", form)

    assert not FirstAnswer.objects.exists()


def test_a_repeated_registration_leads_to_the_one_that_is_there(season: Season) -> None:
    registration = registered(form_of("P1"), season.clerk)

    status, page = post(season.clerk, "/specialists/new/", typed(form_of("P1")))

    assert status == 422
    assert "请在原登记上办理" in page
    assert f'href="/specialists/{registration.pk}/"' in page


def test_another_units_registration_is_not_named_on_the_page(season: Season) -> None:
    there = submitted(form_of("P1"), season.clerk)

    status, page = post(season.stranger, "/specialists/new/", typed(form_of("P1")))

    assert status == 422
    assert "每年每类登记一次" in page
    assert season.u1.organization.name not in page
    assert f"/specialists/{there.pk}/" not in page


def test_the_same_key_registers_once_and_gets_its_first_answer_again(season: Season) -> None:
    form = typed(form_of("P1"), idempotency_key="k1")

    first = post(season.clerk, "/specialists/new/", form)

    assert first[0] == 302
    assert post(season.clerk, "/specialists/new/", form) == first
    assert post(season.clerk, "/specialists/new/", {**form, "department": "材料学院"})[0] == 409
    assert Registration.objects.count() == 1


def test_the_details_of_a_person_registered_elsewhere_stay_and_that_is_said(season: Season) -> None:
    submitted(form_of("P1"), season.clerk)
    client = browser_of(season.stranger)

    response = client.post(
        "/specialists/new/", typed(form_of("P1", Category.BROKER, bank_account="6" * 19)), follow=True
    )

    page = response.content.decode()
    assert "以已有资料为准" in page
    edit = client.get(f"/specialists/{Registration.objects.get(category=Category.BROKER).pk}/edit/").content.decode()
    assert 'name="bank_account"' not in edit
    assert 'name="speciality"' in edit


# --- changing ---------------------------------------------------------------------------------------------------------


def test_an_edit_form_never_shows_a_number_in_full(season: Season) -> None:
    registration = registered(form_of("P1"), season.clerk)

    page = get(season.clerk, f"/specialists/{registration.pk}/edit/")[1]

    assert "现为139****5001，不修改请留空" in page
    assert "现为****0017，不修改请留空" in page
    for secret in (PEOPLE["P1"][1], form_of("P1")["mobile"], "6222000000000000017"):
        assert secret not in page


def test_a_stale_form_answers_409_with_both_values_and_can_then_be_sent_again(season: Season) -> None:
    registration = registered(form_of("P1"), season.clerk)
    services.save_registration(registration, by=season.manager, on=MAY_12, version=1, department="材料学院")
    form = typed(form_of("P1", mobile="", bank_account="", department="物理学院"), version="1")
    form.pop("id_number")

    status, page = post(season.clerk, f"/specialists/{registration.pk}/edit/", form)

    assert status == 409
    assert "孟主任" in page
    assert "材料学院" in page
    assert 'value="物理学院"' in page
    assert 'name="version" value="2"' in page
    assert post(season.clerk, f"/specialists/{registration.pk}/edit/", {**form, "version": "2"})[0] == 302
    assert Registration.objects.get().department == "物理学院"


@pytest.mark.parametrize("version", ["", "0", "-1", "abc", "９", "9" * 30, "1.0", "\x00"])
def test_a_version_that_cannot_be_one_is_a_stale_form(season: Season, version: str) -> None:
    registration = registered(form_of("P1"), season.clerk)
    form = typed(form_of("P1"), version=version)

    assert post(season.clerk, f"/specialists/{registration.pk}/edit/", form)[0] == 409


def test_what_was_handed_in_has_no_edit_form_and_takes_no_change(season: Season) -> None:
    registration = submitted(form_of("P1"), season.clerk)
    path = f"/specialists/{registration.pk}/edit/"

    assert browser_of(season.clerk).get(path).status_code == 302
    status, page = post(season.clerk, path, typed(form_of("P1"), version="1", department="材料学院"))

    assert status == 422
    assert "当前状态为“待市科技局审核”，不能执行此操作。" in page
    assert "材料学院" in page


def test_a_clerk_discards_a_draft(season: Season) -> None:
    registration = registered(form_of("P1"), season.clerk)

    assert post(season.clerk, f"/specialists/{registration.pk}/discard/", {}) == (302, "/specialists/")
    assert not Registration.objects.exists()


def test_a_clerk_hands_in_from_the_page_of_the_registration(season: Season) -> None:
    registration = registered(form_of("P1"), season.clerk)

    assert post(season.clerk, f"/specialists/{registration.pk}/submit/", {})[0] == 302
    status, page = post(season.clerk, f"/specialists/{registration.pk}/submit/", {})

    assert status == 422
    assert "不能执行此操作" in page


# --- live checks ------------------------------------------------------------------------------------------------------


def test_the_rules_are_asked_while_the_form_is_filled_in_and_nothing_is_written(season: Season) -> None:
    season.on_provincial_list("P2")

    status, part = post(season.clerk, "/specialists/checks/", typed(graduate("P2")))

    assert status == 200
    assert 'id="checks"' in part
    assert "赵芃已列入2026年度省级科技特派员" in part
    assert "一定科研能力或拥有科研成果" in part
    assert not Specialist.objects.exists()


def test_a_number_without_its_name_is_told_nothing_by_the_checks(season: Season) -> None:
    submitted(form_of("P1"), season.clerk)
    season.on_provincial_list("P1")

    for name in ("", "王五"):
        part = post(season.stranger, "/specialists/checks/", typed(form_of("P1", name=name)))[1]
        assert "已有" not in part
        assert "省级科技特派员" not in part.replace("未列入省级科技特派员", "")
        assert "填写姓名和身份证号后校验" in part
    assert "每年每类登记一次" in post(season.stranger, "/specialists/checks/", typed(form_of("P1")))[1]


def test_the_checks_of_a_saved_registration_follow_what_is_typed(season: Season) -> None:
    registration = registered(form_of("P2"), season.clerk)
    season.on_provincial_list("P2")
    path = f"/specialists/{registration.pk}/checks/"

    assert "已列入" in post(season.clerk, path, typed(form_of("P2")))[1]
    assert "已列入" not in post(season.clerk, path, typed(form_of("P2", Category.BROKER)))[1]


# --- deciding ---------------------------------------------------------------------------------------------------------


def test_the_officer_passes_a_file_and_is_led_to_the_next_one(season: Season) -> None:
    first, second = submitted(form_of("P1"), season.clerk), submitted(form_of("P2"), season.clerk)

    form = {"decision": "pass", "version": "1", "opinion": "符合条件"}
    assert post(season.officer, f"/specialists/{first.pk}/review/", form) == (302, f"/specialists/{second.pk}/review/")
    assert post(season.officer, f"/specialists/{second.pk}/review/", form)[1] == f"/specialists/{second.pk}/"
    assert [step.opinion for step in ApprovalStep.objects.all()] == ["符合条件", "符合条件"]


def test_the_desk_shows_facts_findings_steps_and_what_comes_next(season: Season) -> None:
    registration = submitted(graduate("P6"), season.clerk)

    status, page = get(season.officer, f"/specialists/{registration.pk}/review/")

    assert status == 200
    for words in ("周珺", "139999********0061", "孙教授", 'name="reason-W-GRAD"', "通过后转处室负责人", "第 1 / 1 件"):
        assert words in page
    head = get(season.head, f"/specialists/{registration.pk}/review/")[1]
    assert "现由市科技局经办办理" in head
    assert 'value="pass"' not in head


def test_a_warn_asks_for_its_reason_and_passes_with_it(season: Season) -> None:
    registration = submitted(graduate("P6"), season.clerk)
    path = f"/specialists/{registration.pk}/review/"

    status, page = post(season.officer, path, {"decision": "pass", "version": "1"})
    assert status == 422
    assert "《工作方案》一（一）" in page
    given = {
        "decision": "pass",
        "version": "1",
        "reason-W-GRAD": "已列入联合培养计划",
        "document-W-GRAD": "石科函〔2026〕3号",
    }
    assert post(season.officer, path, given)[0] == 302
    kept = Override.objects.get()
    assert (kept.reason, kept.document_number) == ("已列入联合培养计划", "石科函〔2026〕3号")
    head = get(season.head, path)[1]
    assert "已写明的理由：已列入联合培养计划" in head
    assert 'name="reason-W-GRAD"' not in head


def test_a_return_needs_an_opinion_and_loses_nothing_without(season: Season) -> None:
    registration = submitted(form_of("P1"), season.clerk)
    path = f"/specialists/{registration.pk}/review/"

    status, page = post(season.officer, path, {"decision": "return", "version": "1", "opinion": ""})
    assert status == 422
    assert "请填写退回意见" in page
    assert post(season.officer, path, {"decision": "return", "version": "1", "opinion": "请补充专长"})[0] == 302
    page = get(season.clerk, f"/specialists/{registration.pk}/")[1]
    assert "市科技局退回意见：请补充专长" in page


def test_a_decision_without_a_choice_returns_nothing_and_passes_nothing(season: Season) -> None:
    registration = submitted(form_of("P1"), season.clerk)

    status, page = post(
        season.officer, f"/specialists/{registration.pk}/review/", {"version": "1", "opinion": "符合条件"}
    )

    assert status == 422
    assert "请选择通过或退回补正" in page
    assert not ApprovalStep.objects.exists()


def test_a_file_that_changed_since_it_was_read_is_not_decided(season: Season) -> None:
    registration = submitted(form_of("P1"), season.clerk)

    status, page = post(
        season.officer,
        f"/specialists/{registration.pk}/review/",
        {"decision": "pass", "version": "7", "opinion": "符合条件"},
    )

    assert status == 409
    assert "符合条件" in page
    assert not ApprovalStep.objects.exists()


@pytest.mark.parametrize(
    "reason",
    [
        pytest.param("\x00", id="NUL"),
        pytest.param("理由\x07", id="a bell"),
        pytest.param("理" * 501, id="too long"),
    ],
)
def test_a_reason_that_cannot_be_kept_is_refused_with_a_sentence(season: Season, reason: str) -> None:
    registration = submitted(graduate("P6"), season.clerk)

    status, page = post(
        season.officer,
        f"/specialists/{registration.pk}/review/",
        {"decision": "pass", "version": "1", "reason-W-GRAD": reason},
    )

    assert status == 422
    assert "例外理由" in page
    assert not Override.objects.exists()


def test_the_same_key_decides_once(season: Season) -> None:
    registration = submitted(form_of("P1"), season.clerk)
    path, form = (
        f"/specialists/{registration.pk}/review/",
        {"decision": "pass", "version": "1", "idempotency_key": "k1"},
    )

    first = post(season.officer, path, form)

    assert first[0] == 302
    assert post(season.officer, path, form) == first
    assert ApprovalStep.objects.count() == 1


def test_the_steps_name_their_officers_to_the_offices_only(season: Season) -> None:
    registration = passed_once(form_of("P1"), season)

    assert "陈科员" in get(season.head, f"/specialists/{registration.pk}/")[1]
    page = get(season.clerk, f"/specialists/{registration.pk}/")[1]
    assert "审批步骤" in page
    assert "陈科员" not in page


# --- one registration -------------------------------------------------------------------------------------------------


def test_the_history_is_told_in_sentences_and_what_others_did_to_the_person_only_to_the_offices(
    season: Season,
) -> None:
    registration = approved(form_of("P1"), season)
    services.reveal(registration.specialist, field="mobile", reason="电话核对", by=season.officer, on=MAY_12)
    path = f"/specialists/{registration.pk}/history/"

    for hat, sees_person in ((season.officer, True), (season.clerk, False)):
        page = get(hat, path)[1]
        for words in ("建立登记", "提交登记", "审核通过一步", "同意入选"):
            assert words in page
        assert ("电话核对" in page) is sees_person


def test_a_number_is_shown_in_full_once_with_a_reason(season: Season) -> None:
    registration = registered(form_of("P1"), season.clerk)
    path = f"/specialists/{registration.pk}/reveal/"

    assert post(season.officer, path, {"number": "id_number", "reason": ""})[0] == 422
    client = browser_of(season.officer)
    response = client.post(path, {"number": "id_number", "reason": "核对开户信息", "idempotency_key": "k1"})

    assert PEOPLE["P1"][1] in response.content.decode()
    assert "no-store" in response.headers["Cache-Control"]
    assert PEOPLE["P1"][1] not in get(season.officer, f"/specialists/{registration.pk}/")[1]
    assert not FirstAnswer.objects.exists()
    event = audit.history(registration.specialist).last()
    assert event
    assert (event.verb, event.reason) == ("specialist.revealed", "核对开户信息")


@pytest.mark.parametrize("hat", ["admin", "finance", "auditor"])
def test_who_may_only_look_does_not_look_behind_the_mask(season: Season, hat: str) -> None:
    registration = registered(form_of("P1"), season.clerk)

    status, page = post(
        getattr(season, hat), f"/specialists/{registration.pk}/reveal/", {"number": "id_number", "reason": "好奇"}
    )

    assert status == 403
    assert PEOPLE["P1"][1] not in page


def test_the_specialist_sees_their_own_registration_and_nobody_elses(season: Season) -> None:
    mine, other = approved(form_of("P1"), season), approved(form_of("P2"), season)
    hat = season.hat_of(mine.specialist)

    status, page = get(hat, f"/specialists/{mine.pk}/")
    assert status == 200
    assert "李喆" in page
    assert "已入选" in page
    assert get(hat, f"/specialists/{other.pk}/")[0] == 404


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("get", ""),
        ("get", "history/"),
        ("get", "edit/"),
        ("post", "edit/"),
        ("post", "checks/"),
        ("post", "submit/"),
        ("post", "discard/"),
        ("get", "review/"),
        ("post", "review/"),
        ("post", "reveal/"),
    ],
)
def test_a_stranger_does_not_even_learn_that_a_registration_exists(season: Season, method: str, path: str) -> None:
    registration = registered(form_of("P1"), season.clerk)

    response = getattr(browser_of(season.stranger), method)(f"/specialists/{registration.pk}/{path}")

    assert response.status_code == 404
    assert "李喆" not in response.content.decode()


def test_who_is_put_on_the_provincial_list_later_is_marked_on_the_page(season: Season) -> None:
    registration = approved(form_of("P2"), season)
    season.on_provincial_list("P2")

    page = get(season.officer, f"/specialists/{registration.pk}/")[1]

    assert "涉省级名单" in page
    assert Registration.objects.get().status == RegistrationStatus.APPROVED


# --- lists ------------------------------------------------------------------------------------------------------------


def test_each_unit_sees_its_own_and_the_bureau_all(season: Season) -> None:
    registered(form_of("P1"), season.clerk)
    registered(form_of("P2"), season.stranger)

    pages = {hat: get(getattr(season, hat), "/specialists/")[1] for hat in ("officer", "clerk", "stranger")}

    assert [("李喆" in page, "赵芃" in page) for page in pages.values()] == [(True, True), (True, False), (False, True)]
    for page in pages.values():
        assert PEOPLE["P1"][1] not in page
        assert PEOPLE["P2"][1] not in page


@pytest.mark.parametrize(
    ("query", "names"),
    [
        pytest.param("", {"李喆", "张昇", "王晓晨", "周珺"}, id="all"),
        pytest.param("?category=broker", {"王晓晨"}, id="by category"),
        pytest.param("?status=submitted", {"张昇"}, id="by status"),
        pytest.param("?year=2025", set(), id="by year"),
        pytest.param("?unit=农林", {"李喆", "张昇", "周珺"}, id="by part of the unit's name"),
        pytest.param("?q=李", {"李喆"}, id="by the beginning of the name"),
        pytest.param("?q=喆", {"李喆"}, id="and by its end"),
        pytest.param("?personnel_type=graduate", {"周珺"}, id="students"),
        pytest.param("?mine=1", {"张昇"}, id="what waits for the officer"),
        pytest.param("?q=%00&year=abc&status=x", {"李喆", "张昇", "王晓晨", "周珺"}, id="what no filter can read"),
    ],
)
def test_the_list_is_narrowed_by_what_the_address_says(season: Season, query: str, names: set[str]) -> None:
    registered(form_of("P1"), season.clerk)
    submitted(form_of("P3", Category.AGRICULTURE), season.clerk)
    registered(form_of("P4", Category.BROKER), season.stranger)
    registered(graduate("P6"), season.clerk)

    status, page = get(season.officer, f"/specialists/{query}")

    assert status == 200
    assert {name for name in ("李喆", "张昇", "王晓晨", "周珺") if name in page} == names


@pytest.mark.parametrize("path", ["/specialists/", "/specialists/?mine=1&sort=name", "/specialists/provincial/"])
def test_a_list_costs_the_same_for_one_row_and_for_three(season: Season, path: str) -> None:
    client = browser_of(season.officer)
    counts = []
    for keys in (("P1",), ("P2", "P5")):
        for key in keys:
            submitted(form_of(key), season.clerk)
            season.on_provincial_list(key)
        client.get(path)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(path).status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1]
    assert counts[0] <= 6


def test_the_year_is_counted_for_the_bureau_with_every_number_leading_to_its_rows(season: Season) -> None:
    approved(graduate("P6", research_results="论文1篇"), season)
    submitted(form_of("P1"), season.clerk)

    page = get(season.officer, "/specialists/selection/")[1]

    assert "≥350" in page
    assert "差349" in page
    assert "尚余40" in page
    assert "其中在校研究生 1 名，占 100.0%" in page
    assert "?year=2026&amp;category=enterprise&amp;status=submitted" in page.replace(
        "&category", "&amp;category"
    ).replace("&status", "&amp;status")
    assert get(season.clerk, "/specialists/selection/")[0] == 403


@pytest.mark.parametrize("year", ["", "abc", "0000", "9999", "99999999999", "２０２６", "-1"])
def test_any_year_in_the_address_is_answered(season: Season, year: str) -> None:
    assert get(season.officer, f"/specialists/selection/?year={year}")[0] == 200


# --- the provincial list ----------------------------------------------------------------------------------------------


def row_of(key: str, **more: str) -> dict[str, str]:
    name, number = PEOPLE[key]
    row = {"year": "2026", "name": name, "id_number": number, "row": "7", "document_number": "冀科农〔2026〕2号"}
    return {**row, "valid_from": "2026年1月1日", "valid_to": "2026-12-31", **more}


def test_the_bureau_enters_a_row_by_hand_and_hears_whom_it_concerns(season: Season) -> None:
    approved(form_of("P2"), season)
    client = browser_of(season.officer)

    page = client.post("/specialists/provincial/", row_of("P2"), follow=True).content.decode()

    assert ProvincialListEntry.objects.get().name == "赵芃"
    assert "涉省级名单：赵芃（2026年度" in page
    assert "139999********0027" in page
    assert PEOPLE["P2"][1] not in page
    assert "工业企业" in page


def test_a_row_that_cannot_be_taken_keeps_what_was_typed(season: Season) -> None:
    form = row_of("P2", id_number="139999198206170028", valid_to="0000-12-31")

    status, page = post(season.officer, "/specialists/provincial/", form)

    assert status == 422
    assert "校验位不符" in page
    assert "年份应在1900年至2100年之间" in page
    assert 'value="冀科农〔2026〕2号"' in page


def test_a_listing_is_ended_from_its_page(season: Season) -> None:
    entry = season.on_provincial_list("P2")
    path = f"/specialists/provincial/{entry.pk}/end/"

    assert get(season.officer, path)[0] == 200
    assert post(season.officer, path, {"valid_to": "2027-01-01", "reason": "更正"})[0] == 422
    assert post(season.officer, path, {"valid_to": "2026-05-18", "reason": "省厅调整名单"})[0] == 302
    entry.refresh_from_db()
    assert entry.valid_to.isoformat() == "2026-05-18"


@pytest.mark.parametrize(("hat", "status"), [("clerk", 403), ("stranger", 403), ("head", 200), ("finance", 200)])
def test_the_provincial_list_is_the_offices_and_only_the_officer_writes_to_it(
    season: Season, hat: str, status: int
) -> None:
    page = get(getattr(season, hat), "/specialists/provincial/")

    assert page[0] == status
    assert 'id="entry"' not in page[1]
    assert post(getattr(season, hat), "/specialists/provincial/", row_of("P2"))[0] == 403
