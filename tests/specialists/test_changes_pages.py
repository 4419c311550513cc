"""The pages and the interface of 变更申请, through the doors."""

from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile

from specialists.changes.models import ChangeRequest
from specialists.enums import Category
from specialists.models import Specialist
from tests.cast import MAY_20, PDF, Season
from tests.hands import browser_of
from tests.specialists.acts import form_of, registered
from tests.specialists.test_changes import ACCOUNT, asked

pytestmark = [pytest.mark.django_db]


@pytest.fixture(autouse=True)
def today() -> Any:
    with time_machine.travel(MAY_20.isoformat() + "T09:00:00+08:00", tick=True):
        yield


def form(**more: Any) -> dict[str, Any]:
    proof = SimpleUploadedFile("银行卡.pdf", PDF)
    kept = {"what": "bank_account", "value": ACCOUNT, "bank_name": "示范银行", "note": "原卡挂失", "evidence": proof}
    return {**kept, **more}


def test_the_specialist_asks_on_the_phone_and_the_administrator_decides(season: Season) -> None:
    registration = season.selected("P1")
    phone, desk = browser_of(season.hat_of(registration.specialist)), browser_of(season.manager)

    mine = phone.get("/specialists/me/").content.decode()
    assert f"/specialists/{registration.pk}/changes/new/?what=bank_account" in mine
    answer = phone.post(f"/specialists/{registration.pk}/changes/new/", form(), follow=True)
    assert "待派出单位管理员审核" in answer.content.decode()
    request = ChangeRequest.objects.get()

    listed = desk.get("/specialists/changes/?mine=1").content.decode()
    assert "****4567" in listed
    assert ACCOUNT not in listed
    page = desk.get(f"/specialists/changes/{request.pk}/").content.decode()
    assert f"/specialists/changes/{request.pk}/evidence/1/" in page
    assert "no-store" in desk.get(f"/specialists/changes/{request.pk}/evidence/1/")["Cache-Control"]
    desk.post(f"/specialists/changes/{request.pk}/decide/", {"decision": "pass"})

    assert Specialist.objects.get().bank_account == ACCOUNT
    assert "已变更" in phone.get("/specialists/me/").content.decode()


def test_a_form_that_will_not_do_says_so_beside_its_fields(season: Season) -> None:
    registration = season.selected("P1")

    answer = browser_of(season.clerk).post(
        f"/specialists/{registration.pk}/changes/new/", {**form(value="六二二二", note=""), "evidence": ""}
    )
    empty = browser_of(season.clerk).post(f"/specialists/{registration.pk}/changes/new/", form(value=""))
    assert "请填写变更后的内容。" in empty.content.decode()

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "请填写变更原因。" in page
    assert "请上传证明材料。" in page
    assert 'value="六二二二"' in page


def test_who_asked_meets_no_buttons_and_is_refused(season: Season) -> None:
    request = asked(season.selected("P1").specialist, season.manager)
    desk = browser_of(season.manager)

    page = desk.get(f"/specialists/changes/{request.pk}/").content.decode()
    assert "须由其他人员审核" in page
    assert "同意变更</button>" not in page
    answer = desk.post(f"/specialists/changes/{request.pk}/decide/", {"decision": "pass"})
    assert (answer.status_code, "不能为同一人" in answer.content.decode()) == (422, True)


def test_a_number_shown_is_kept_by_no_cache_and_passes(season: Season) -> None:
    request = asked(season.selected("P1").specialist, season.clerk)
    desk = browser_of(season.manager)

    answer = desk.post(
        f"/specialists/changes/{request.pk}/reveal/", {"reason": "与卡面核对"}, headers={"Idempotency-Key": "once"}
    )

    page = answer.content.decode()
    assert ACCOUNT in page
    assert 'data-passing="60"' in page
    assert answer["Cache-Control"] == "no-store"
    assert ACCOUNT not in desk.get(f"/specialists/changes/{request.pk}/").content.decode()


def test_the_record_leads_to_the_request(season: Season) -> None:
    registration = season.selected("P1")
    desk = browser_of(season.clerk)

    assert (
        f"/specialists/{registration.pk}/changes/new/" in desk.get(f"/specialists/{registration.pk}/").content.decode()
    )
    request = asked(registration.specialist, season.clerk)
    assert f"/specialists/changes/{request.pk}/" in desk.get(f"/specialists/{registration.pk}/").content.decode()


def test_a_draft_of_a_selected_person_says_what_stayed_as_it_was(season: Season) -> None:
    season.selected("P1", Category.BROKER)
    desk = browser_of(season.clerk)
    typed = {name: value for name, value in form_of("P1", Category.ENTERPRISE).items() if value not in (None, "")}

    answer = desk.post("/specialists/new/", {**typed, "mobile": "13812345678", "consent": "on"}, follow=True)

    assert "手机号以已有资料为准，没有改动" in answer.content.decode()


def test_its_edit_form_does_not_ask_for_them_again(season: Season) -> None:
    season.selected("P1", Category.BROKER)
    draft = registered(form_of("P1", Category.ENTERPRISE), season.clerk)

    page = browser_of(season.clerk).get(f"/specialists/{draft.pk}/edit/").content.decode()

    assert 'name="mobile"' not in page
    assert 'name="education"' in page
    assert "申请变更，不在这里修改" in page


def test_the_interface_asks_decides_and_refuses_as_the_pages_do(season: Season) -> None:
    registration = season.selected("P1")
    clerk, manager = browser_of(season.clerk), browser_of(season.manager)
    sent = {"registration": registration.pk, "field": "bank_account", **form()}
    del sent["what"]

    answer = clerk.post("/api/v1/change-requests/", sent)
    assert (answer.status_code, answer.json()["value_masked"]) == (201, "****4567")
    twice = clerk.post("/api/v1/change-requests/", {**sent, "evidence": SimpleUploadedFile("卡.pdf", PDF)})
    assert [one["code"] for one in twice.json()["findings"]] == ["E-CHANGE-OPEN"]
    path = f"/api/v1/change-requests/{answer.json()['id']}/"
    evidence: Any = clerk.get(f"{path}evidence/")
    assert b"".join(evidence.streaming_content) == PDF
    assert clerk.post(f"{path}decide/", {"passed": True}).status_code == 403

    decided = manager.post(f"{path}decide/", {"passed": True})
    assert decided.json()["status"] == "approved"
    assert manager.post(f"{path}withdraw/").json()["findings"][0]["code"] == "E-STATE"
