import re
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from agreements.models import Agreement
from core.models import OutboxRow
from tests.agreements.hands import body, words
from tests.cast import MAY_20, PDF, Season
from tests.core import scans
from tests.hands import browser_of
from visits import services, tasks
from visits.enums import VisitStatus
from visits.models import ConfirmationLink, Visit

FULL_WIDTH = str.maketrans("0123456789", "０１２３４５６７８９")


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-05-20 12:00:00+08:00", tick=False) as traveller:
        yield traveller


@pytest.fixture
def agreement(season: Season) -> Agreement:
    return season.filed(season.selected("P3"), season.h4)


def form_of(under: Agreement, **more: Any) -> dict[str, Any]:
    return {
        "agreement": under.pk,
        "date": "2026年5月20日",
        "days": "1",
        "mode": "onsite",
        "activities": ["技术咨询"],
        "content": "田间苗情会诊，提出追肥方案。",
        **more,
    }


@pytest.mark.parametrize(("trainings", "told"), [pytest.param(0, False, id="none"), pytest.param(1, True, id="one")])
def test_a_visit_tells_of_a_training_where_there_was_one(
    season: Season, agreement: Agreement, trainings: int, told: bool
) -> None:
    visit = season.visit(agreement, MAY_20, trainings=trainings, trained=30 * trainings)

    page = words(browser_of(season.clerk).get(f"/visits/{visit.pk}/"))

    assert [word in page for word in ("1场，30人", "0场")] == [told, False]


def test_a_specialist_logs_a_visit_on_the_phone(season: Season, agreement: Agreement) -> None:
    phone = browser_of(season.hat_of(agreement.specialist))

    assert "滹沱示范谷物种植专业合作社" in phone.get("/visits/new/").content.decode()
    answer = phone.post("/visits/new/", form_of(agreement, trained="３０", idempotency_key="k1"))
    again = phone.post("/visits/new/", form_of(agreement, trained="３０", idempotency_key="k1"))

    visit = Visit.objects.get()
    assert (
        (answer.status_code, answer["Location"])
        == (302, f"/visits/{visit.pk}/")
        == (again.status_code, again["Location"])
    )
    assert (visit.date, visit.trained) == (MAY_20, 30)
    assert "待派驻单位确认" in phone.get(f"/visits/{visit.pk}/").content.decode()


def test_a_stay_of_several_days_is_told_to_be_one_trip(season: Season, agreement: Agreement) -> None:
    phone = browser_of(season.hat_of(agreement.specialist))

    answer = phone.post("/visits/new/", form_of(agreement, days="3"), follow=True)

    assert "连续服务3天，按一次下基层计算" in answer.content.decode()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        pytest.param({"date": "2026-05-21"}, "服务日期2026年5月21日晚于今天", id="tomorrow"),
        pytest.param({"date": "2026-05-11"}, "不在已备案协议的服务期限内", id="before the service"),
        pytest.param({"date": "0000-01-01"}, "服务日期", id="the year 0"),
        pytest.param({"date": "9999-12-31"}, "服务日期", id="the year 9999"),
        pytest.param({"days": "0"}, "服务天数", id="no day"),
        pytest.param({"activities": ["飞行"]}, "做了什么", id="an activity the plan does not name"),
        pytest.param({"content": "甲" * 10_000}, "服务内容不能超过2000个字，现为10000个字", id="10,000 characters"),
        pytest.param({"content": "苗情\x00会诊"}, "控制字符", id="NUL"),
        pytest.param({"agreement": "999999"}, "派驻单位的选项无效", id="an agreement of somebody else"),
    ],
)
def test_a_wrong_entry_is_said_beside_its_field_and_nothing_typed_is_lost(
    season: Season, agreement: Agreement, typed: dict[str, Any], sentence: str
) -> None:
    phone = browser_of(season.hat_of(agreement.specialist))

    answer = phone.post("/visits/new/", form_of(agreement, outcome="亩产提高一成", **typed))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert sentence in page
    assert "亩产提高一成" in page
    assert not Visit.objects.exists()


def test_without_a_filed_agreement_the_page_says_what_to_wait_for(season: Season) -> None:
    registration = season.selected("P3")
    phone = browser_of(season.hat_of(registration.specialist))

    assert "您还没有已备案的协议" in phone.get("/visits/new/").content.decode()


def asked(season: Season, agreement: Agreement) -> tuple[Visit, str]:
    """A logged visit and the address in the host's mail."""
    visit = services.log_visit(
        agreement, by=season.hat_of(agreement.specialist), on=MAY_20, date=MAY_20, days=1, mode="onsite",
        content="田间苗情会诊", activities=["技术咨询"],
    )  # fmt: skip
    tasks.send_link(outbox_id=OutboxRow.objects.get(task="visits.tasks.send_link").pk)
    found = re.search(r"(/visits/confirm/[\w-]+/)", str(mail.outbox[-1].body))
    assert found
    return visit, found[1]


def test_the_host_confirms_without_an_account(season: Season, agreement: Agreement) -> None:
    visit, address = asked(season, agreement)
    host = Client()

    assert "田间苗情会诊" in host.get(address).content.decode()
    assert host.post(f"{address}code/").status_code == 302
    tasks.send_code(outbox_id=OutboxRow.objects.get(task="visits.tasks.send_code").pk)
    code = re.search(r" (\d{6}) ", str(mail.outbox[-1].body))[1]  # type: ignore[index]
    wrong = host.post(
        address,
        {"code": "000000" if code != "000000" else "1", "name": "马社长", "rating": "satisfied", "version": "1"},
    )
    assert (wrong.status_code, "验证码不正确" in wrong.content.decode(), "马社长" in wrong.content.decode()) == (
        422,
        True,
        True,
    )
    done = host.post(
        address, {"code": code, "name": "马社长", "rating": "satisfied", "version": "1", "answer": "confirm"}
    )

    visit.refresh_from_db()
    assert (done.status_code, visit.status) == (200, VisitStatus.CONFIRMED)
    assert "已确认，谢谢" in done.content.decode()
    again = host.get(address).content.decode()
    assert ("这次服务已经确认" in again, "马社长" in again, "获取验证码" in again) == (True, True, False)


def test_what_the_contact_confirmed_is_said_before_a_code_is_asked_for(season: Season, agreement: Agreement) -> None:
    visit, address = asked(season, agreement)
    services.confirm_visit(visit, by=season.contact, on=MAY_20, name="马社长")

    for page in (Client().get(address), Client().post(f"{address}code/")):
        assert "这次服务已经确认" in page.content.decode()
    assert not OutboxRow.objects.filter(task="visits.tasks.send_code").exists()


def test_a_host_disputes_by_its_link_without_a_rating_but_with_what_is_wrong(
    season: Season, agreement: Agreement
) -> None:
    visit, address = asked(season, agreement)
    host = Client()
    typed = {"code": code_for(host, address), "name": "马社长", "version": "1", "answer": "dispute"}

    unsaid = host.post(address, typed).content.decode()
    assert ("请写明与实际不符之处" in unsaid, "请选择对这次服务的评价" in unsaid) == (True, False)
    assert host.post(address, {**typed, "opinion": "当日没有来"}).status_code == 200
    visit.refresh_from_db()
    assert (visit.status, visit.host_opinion) == (VisitStatus.DISPUTED, "当日没有来")


def code_for(host: Client, address: str) -> str:
    """The code in the mail that the host asked for."""
    host.post(f"{address}code/")
    tasks.send_code(outbox_id=OutboxRow.objects.get(task="visits.tasks.send_code").pk)
    found = re.search(r" (\d{6}) ", str(mail.outbox[-1].body))
    assert found
    return found[1]


@pytest.mark.parametrize(
    "typed",
    [
        pytest.param(lambda code: code.translate(FULL_WIDTH), id="full-width digits"),
        pytest.param(lambda code: f" {code[:3].translate(FULL_WIDTH)}\u3000{code[3:]} ", id="in groups"),
    ],
)
def test_the_code_is_taken_as_a_chinese_input_method_types_it(season: Season, agreement: Agreement, typed: Any) -> None:
    visit, address = asked(season, agreement)
    host = Client()
    code = code_for(host, address)

    done = host.post(address, {"code": typed(code), "name": "马社长", "rating": "satisfied", "version": "1"})

    visit.refresh_from_db()
    assert (done.status_code, visit.status) == (200, VisitStatus.CONFIRMED)


@pytest.mark.parametrize("typed", ["12345", "1234567", "12345六", "abcdef"])
def test_what_cannot_be_a_code_uses_up_no_try(season: Season, agreement: Agreement, typed: str) -> None:
    _, address = asked(season, agreement)
    host = Client()
    code_for(host, address)

    refused = host.post(address, {"code": typed, "name": "马社长", "rating": "satisfied", "version": "1"})

    assert (refused.status_code, "验证码为6位数字" in refused.content.decode()) == (422, True)
    assert ConfirmationLink.objects.get().wrong_codes == 0


def test_a_code_is_said_to_be_sent_once_it_was_asked_for(season: Season, agreement: Agreement) -> None:
    _, address = asked(season, agreement)
    host = Client()

    assert "已发送到贵单位联系邮箱" not in host.get(address).content.decode()
    code = code_for(host, address)
    page = host.get(address).content.decode()
    assert ("已发送到贵单位联系邮箱" in page, "10分钟内有效" in page) == (True, True)
    ConfirmationLink.objects.update(wrong_codes=4)
    wrong = f"{(int(code) + 1) % 1_000_000:06}"
    dead = host.post(address, {"code": wrong, "name": "马社长", "rating": "satisfied", "version": "1"}).content.decode()
    assert ("上一个验证码已失效，请重新获取" in dead, "10分钟内有效" in dead) == (True, False)


def test_a_damaged_photo_is_called_the_photo_and_its_field_is_in_sight(season: Season, agreement: Agreement) -> None:
    phone = browser_of(season.hat_of(agreement.specialist))
    folded = '<details class="panel more">'
    assert folded in phone.get("/visits/new/").content.decode()
    cut_off = SimpleUploadedFile("现场.png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR")

    answer = phone.post("/visits/new/", form_of(agreement, photo=cut_off))

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "照片：文件不完整或已损坏，无法打开。请重新拍摄或选择。" in page
    assert (folded in page, '<a href="#id_photo">' in page) == (False, True)


def test_a_photo_as_a_telephone_packs_it_is_kept_as_it_is_and_shown_to_everybody(
    season: Season, agreement: Agreement
) -> None:
    phone = browser_of(season.hat_of(agreement.specialist))
    assert ".heic" in phone.get("/visits/new/").content.decode()

    answer = phone.post("/visits/new/", form_of(agreement, photo=SimpleUploadedFile("IMG_0001.HEIC", scans.HEIC)))

    visit = Visit.objects.get()
    assert (answer.status_code, visit.photo and (visit.photo.kind, visit.photo.name)) == (
        302,
        ("heic", "IMG_0001.heic"),
    )
    detail = phone.get(f"/visits/{visit.pk}/").content.decode()
    assert f'href="/visits/{visit.pk}/photo/?original=1"' in detail
    shown, original = phone.get(f"/visits/{visit.pk}/photo/"), phone.get(f"/visits/{visit.pk}/photo/?original=1")
    assert (shown["Content-Type"], shown["Cache-Control"]) == ("image/webp", "private, no-store")
    assert shown.content[8:12] == b"WEBP"
    assert (original["Content-Type"], body(original)) == ("image/heic", scans.HEIC)
    assert browser_of(season.stranger).get(f"/visits/{visit.pk}/photo/").status_code == 404


@pytest.mark.parametrize(
    ("data", "told"),
    [
        pytest.param(b"\0\0\0\x18ftypheic" + b"\0" * 99, "照片：文件不完整或已损坏，无法打开", id="no photograph"),
        pytest.param(scans.HEIC[:300], "照片：文件不完整或已损坏，无法打开", id="cut off"),
        pytest.param(
            scans.HEIC.replace(b"\0\0\0\x40\0\0\0\x40", b"\0\0\xff\xff\0\0\xff\xff"), "照片：图像尺寸过大", id="huge"
        ),
        pytest.param(PDF, "照片：这是PDF，此处只接收JPG、PNG或HEIC文件", id="something else by that name"),
        pytest.param(scans.HEIC + b"0" * (21 << 20), "超过20", id="too many bytes"),
    ],
)
def test_bytes_that_are_no_such_photo_are_refused(season: Season, agreement: Agreement, data: bytes, told: str) -> None:
    phone = browser_of(season.hat_of(agreement.specialist))

    answer = phone.post("/visits/new/", form_of(agreement, photo=SimpleUploadedFile("IMG_0001.heic", data)))

    assert (answer.status_code, told in answer.content.decode()) == (422, True)
    assert not Visit.objects.exists()
    assert "田间苗情会诊" in answer.content.decode()


def test_an_unknown_link_is_a_plain_page(season: Season) -> None:
    answer = Client().get("/visits/confirm/not-a-link/")

    assert (answer.status_code, "链接已失效" in answer.content.decode()) == (404, True)


def test_the_hosts_contact_confirms_on_the_page_what_it_read(season: Season, agreement: Agreement) -> None:
    visit = season.visit(agreement, MAY_20)
    contact = browser_of(season.contact)

    stale = contact.post(f"/visits/{visit.pk}/confirm/", {"name": "马社长", "rating": "fair", "version": "7"})
    assert stale.status_code == 409
    done = contact.post(f"/visits/{visit.pk}/confirm/", {"name": "马社长", "rating": "fair", "version": "1"})
    assert done.status_code == 302
    visit.refresh_from_db()
    assert (visit.status, visit.rating) == ("confirmed", "fair")
    again = contact.post(f"/visits/{visit.pk}/confirm/", {"name": "马社长", "rating": "fair", "version": "1"})
    assert (again.status_code, "当前状态为“已确认”" in again.content.decode()) == (422, True)


def test_amending_a_visit_that_changed_meanwhile_is_409_with_both_texts(season: Season, agreement: Agreement) -> None:
    visit = season.visit(agreement, MAY_20)
    hat = season.hat_of(agreement.specialist)
    services.amend_visit(visit, by=hat, on=MAY_20, version=1, content="别处改过的内容")

    answer = browser_of(hat).post(f"/visits/{visit.pk}/amend/", form_of(agreement, content="我刚写的内容", version="1"))

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "别处改过的内容" in page
    assert "我刚写的内容" in page


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_five_queries_however_long(
    season: Season, agreement: Agreement, rows: int, django_assert_num_queries: Any
) -> None:
    for day in range(rows):
        season.visit(agreement, date(2026, 5, 13 + day))
    office = browser_of(season.clerk)
    office.get("/visits/")  # the first page of a session also writes when it began

    with django_assert_num_queries(5):
        page = office.get("/visits/").content.decode()
    assert page.count("滹沱示范谷物种植专业合作社") >= rows


def test_another_institution_sees_nothing_of_it(season: Season, agreement: Agreement) -> None:
    visit = season.visit(agreement, MAY_20)
    stranger = browser_of(season.stranger)

    assert stranger.get(f"/visits/{visit.pk}/").status_code == 404
    assert "张昇" not in stranger.get("/visits/").content.decode()
    assert browser_of(season.clerk).post(f"/visits/{visit.pk}/withdraw/").status_code == 403


def test_the_interface_lists_visits_newest_first_page_by_page(
    season: Season, agreement: Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("visits.api.PAGE", 2)
    made = [season.visit(agreement, MAY_20 - timedelta(days=days)).pk for days in range(3)]

    def ids(query: str) -> list[int]:
        return [visit["id"] for visit in browser_of(season.officer).get(f"/api/v1/visits/{query}").json()]

    assert ids("") == [made[2], made[1]]
    assert browser_of(season.officer).get("/api/v1/visits/?after=x").status_code == 422
    assert ids(f"?after={made[1]}") == [made[0]]
