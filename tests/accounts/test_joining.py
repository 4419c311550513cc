"""A unit applies by itself to become a dispatching institution; its mail confirms it, the bureau decides."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from html import unescape
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.db.utils import ProgrammingError
from django.test import Client
from django.utils.timezone import now

from accounts import entering
from accounts.enums import ApplicationStatus, InstitutionType, Role
from accounts.joining import services
from accounts.models import Institution, InstitutionApplication, Invitation, Membership, Organization
from accounts.rules import application_may_move, code_of_an_institution
from accounts.tasks import forget
from core import files, outbox
from core.models import AuditEvent, Message, StoredFile
from tests.accounts.test_units import code_of
from tests.cast import PDF, Season, scan
from tests.hands import at_once, browser_of, linger

TODAY = date(2026, 5, 21)
CODE = code_of("12")
TYPED = {
    "uscc": CODE,
    "name": "示范医学院",
    "type": "university",
    "district": "130102",
    "contact_name": "沈主任",
    "contact_phone": "0311-86001234",
    "admin_name": "沈老师",
    "admin_email": "shen@example.org",
    "admin_phone": "13900000001",
}


@pytest.fixture(autouse=True)
def _today() -> Any:
    with time_machine.travel("2026-05-21 09:00+08:00", tick=False):
        yield


def text(response: Any) -> str:
    return unescape(response.content.decode())


def letter(data: bytes = PDF) -> SimpleUploadedFile:
    return SimpleUploadedFile("申请书.pdf", data)


def fill(**more: Any) -> Any:
    return Client().post("/apply/", {**TYPED, "letter": letter(), **more})


def link() -> str:
    """The newest link that was mailed."""
    outbox.relay()
    [found] = re.findall(r"https?://[^/]+(/apply/\S+)", str(mail.outbox[-1].body))
    return str(found)


@pytest.fixture
def applied(season: Season) -> InstitutionApplication:
    """An application that the bureau has before it."""
    fill()
    Client().post(link())
    return InstitutionApplication.objects.get()


def act(by: Membership, application: InstitutionApplication, name: str, **sent: str) -> Any:
    version = str(InstitutionApplication.objects.get(pk=application.pk).version)
    return browser_of(by).post(f"/applications/{application.pk}/{name}/", {"version": version, **sent})


# --- the way ----------------------------------------------------------------------------------------------------------


def test_a_unit_applies_is_confirmed_by_mail_and_approved(season: Season) -> None:
    answer = fill()
    assert (answer.status_code, "请打开发到 shen@example.org 的邮件" in text(answer)) == (200, True)
    assert "示范医学院" not in text(browser_of(season.officer).get("/applications/"))

    path = link()
    assert "确认邮箱并提交" in text(Client().get(path))
    assert InstitutionApplication.objects.get().status == ApplicationStatus.UNCONFIRMED  # reading does nothing
    assert "已送市科技局审核" in text(Client().post(path))
    [told] = Message.objects.all()
    application = InstitutionApplication.objects.get()
    assert (told.person, told.link) == (season.officer.person, f"/applications/{application.pk}/")

    page = text(browser_of(season.officer).get(told.link))
    assert "信用代码没有登记过" in page
    assert act(season.officer, application, "approve")["Location"] == "/applications/"
    outbox.relay()

    made = Institution.objects.get(organization__uscc=CODE)
    assert (made.type, made.organization.name) == (InstitutionType.UNIVERSITY, "示范医学院")
    invitation = Invitation.objects.get()
    assert (invitation.organization, invitation.role) == (made.organization, Role.INSTITUTION_ADMIN)
    assert mail.outbox[-1].to == ["shen@example.org"]
    verbs = AuditEvent.objects.filter(target_type="accounts.InstitutionApplication").order_by("pk")
    assert list(verbs.values_list("verb", flat=True)) == ["application.submitted", "application.approved"]


def test_what_is_returned_is_mended_by_its_link_and_comes_again(season: Season, applied: Any) -> None:
    spent = link()
    act(season.officer, applied, "return", opinion="申请书未盖公章。")
    path = link()

    assert path != spent
    assert [Client().get(each).status_code for each in (spent, path)] == [404, 200]
    page = text(Client().get(path))
    assert ("申请书未盖公章" in page, 'value="示范医学院"' in page) == (True, True)
    mended = Client().post(path, {**TYPED, "name": "示范医科大学"})
    assert "已送市科技局审核" in text(mended)
    assert Client().post(path, TYPED).status_code == 404
    again = InstitutionApplication.objects.get()
    assert (again.status, again.name, again.letter) == (ApplicationStatus.SUBMITTED, "示范医科大学", applied.letter)
    assert Message.objects.count() == 2


def test_what_is_refused_is_told_with_its_reason_and_over(season: Season, applied: Any) -> None:
    act(season.head, applied, "refuse", opinion="不属于选派范围。")
    outbox.relay()

    assert "不属于选派范围" in mail.outbox[-1].body
    assert "/apply/" not in mail.outbox[-1].body
    assert act(season.officer, applied, "approve").status_code == 422
    assert not Organization.objects.filter(uscc=CODE).exists()


def test_nothing_is_sent_back_without_a_word(season: Season, applied: Any) -> None:
    answers = [act(season.officer, applied, name, opinion=" ") for name in ("return", "refuse")]

    assert [(one.status_code, "请填写意见" in text(one)) for one in answers] == [(422, True), (422, True)]
    browser = browser_of(season.officer)
    for name in ("return", "refuse"):
        path = f"/api/v1/applications/{applied.pk}/{name}/"
        assert browser.post(path, {"opinion": " "}, content_type="application/json").status_code == 422
    applied.refresh_from_db()
    assert applied.status == ApplicationStatus.SUBMITTED


def test_a_decision_is_about_what_stood_on_the_page(season: Season, applied: Any) -> None:
    act(season.officer, applied, "return", opinion="申请书未盖公章。")
    Client().post(link(), {**TYPED, "name": "示范医科大学"})

    late = browser_of(season.head).post(f"/applications/{applied.pk}/approve/", {"version": str(applied.version)})

    assert late.status_code == 409


# --- an open page tells nothing ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("known", ["nobody", "a host", "an institution", "an application"])
def test_the_answer_is_the_same_whatever_the_register_holds(season: Season, known: str) -> None:
    uscc = {"a host": season.h4.organization.uscc, "an institution": season.u1.organization.uscc}.get(known, CODE)
    if known == "an application":
        fill()

    answer = fill(uscc=uscc)

    strange = re.sub(r"nonce-\S+|[0-9A-F]{12}", "", text(answer))
    assert answer.status_code == 200
    assert "滹沱" not in strange
    assert "示范农林学院" not in strange
    outbox.relay()
    assert "请确认科技特派员派出单位入驻申请" in mail.outbox[-1].subject


def test_an_address_may_apply_five_times_an_hour(season: Season) -> None:
    answers = [fill().status_code for _ in range(6)]

    assert answers == [200] * 5 + [429]
    with time_machine.travel("2026-05-21 10:01+08:00", tick=False):
        assert fill().status_code == 200


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        pytest.param({"uscc": "12139999401700016A"}, "校验位不符", id="wrong check digit"),
        pytest.param({"uscc": ""}, "请填写统一社会信用代码", id="no code"),
        pytest.param({"letter": ""}, "请上传盖章申请书", id="no letter"),
        pytest.param({"letter": letter(b"MZ\x90")}, "这是可执行程序", id="a program"),
        pytest.param({"name": "甲" * 10_000}, "单位名称不能超过100个字", id="a name of 10,000 characters"),
        pytest.param({"admin_phone": "12"}, "手机号码应为11位数字", id="no telephone"),
        pytest.param({"type": "castle"}, "单位类型的选项无效", id="no such type"),
    ],
)
def test_what_will_not_do_is_told_and_the_rest_is_kept(season: Season, sent: dict[str, Any], sentence: str) -> None:
    refused = fill(**sent)

    assert (refused.status_code, sentence in text(refused)) == (422, True)
    assert "沈老师" in text(refused)
    assert not InstitutionApplication.objects.exists()


def test_a_link_opens_for_seven_days_and_only_digests_are_kept(season: Season) -> None:
    fill()
    path = link()

    with time_machine.travel("2026-05-28 09:01+08:00", tick=False):
        assert Client().get(path).status_code == 404
    assert path.split("/")[2] not in str(InstitutionApplication.objects.values())
    assert Client().get("/apply/nothing/").status_code == 404


def test_what_nobody_confirmed_is_forgotten_after_a_month(season: Season, applied: Any) -> None:
    fill()
    InstitutionApplication.objects.update(applied_at=now() - timedelta(days=31))
    unconfirmed = InstitutionApplication.objects.exclude(pk=applied.pk).get()

    forget()

    assert [one.pk for one in InstitutionApplication.objects.all()] == [applied.pk]
    letters = StoredFile.objects.filter(pk__in=(unconfirmed.letter_id, applied.letter_id))
    assert [one.pk for one in letters] == [applied.letter_id]


def test_of_files_only_what_nobody_confirmed_can_be_forgotten(season: Season, applied: Any) -> None:
    kept = scan(season.clerk)

    def forget_to_the_end() -> None:
        with transaction.atomic():
            files.forget([applied.letter_id])
            connection.check_constraints()  # as the end of the transaction does: the application still names it

    assert files.forget([kept.pk]) == 0
    with pytest.raises(IntegrityError):
        forget_to_the_end()
    with pytest.raises(ProgrammingError, match="permission denied"), transaction.atomic():
        kept.delete()
    assert StoredFile.objects.filter(pk__in=(kept.pk, applied.letter_id)).count() == 2


# --- beside the register ----------------------------------------------------------------------------------------------


def test_a_host_gains_a_second_capacity_and_keeps_what_stands_of_it(season: Season) -> None:
    unit = season.h4.organization
    fill(uscc=unit.uscc, name="滹沱谷物研究院")
    Client().post(link())
    application = InstitutionApplication.objects.get()

    page = text(browser_of(season.officer).get(f"/applications/{application.pk}/"))
    assert ("已作为派驻单位登记" in page, f"/organizations/{unit.pk}/" in page) == (True, True)
    act(season.officer, application, "approve")

    unit = Organization.objects.get(pk=unit.pk)
    assert (unit.name, hasattr(unit, "institution"), hasattr(unit, "host")) == (
        "滹沱示范谷物种植专业合作社",
        True,
        True,
    )


def test_an_institution_is_not_approved_again_and_others_of_its_code_are_named(season: Season, applied: Any) -> None:
    fill(name="示范　医学院")
    Client().post(link())
    second = InstitutionApplication.objects.latest("pk")
    assert "同一信用代码另有申请" in text(browser_of(season.officer).get(f"/applications/{second.pk}/"))

    act(season.officer, applied, "approve")
    again = act(season.officer, second, "approve")

    assert (again.status_code, "已是派出单位" in text(again)) == (422, True)
    page = text(browser_of(season.officer).get(f"/applications/{second.pk}/"))
    assert ("不能再次通过" in page, ">通过申请<" in page) == (True, False)


def test_an_institution_of_the_same_name_is_pointed_out(season: Season) -> None:
    fill(name="示范 农林学院", uscc=CODE)
    Client().post(link())

    page = text(browser_of(season.officer).get(f"/applications/{InstitutionApplication.objects.get().pk}/"))

    assert "已有名称相同、信用代码不同的派出单位" in page


@pytest.mark.parametrize(
    ("uscc", "type", "said"),
    [
        pytest.param("12", InstitutionType.UNIVERSITY, "", id="12 as a university"),
        pytest.param("91", InstitutionType.UNIVERSITY, "企业", id="91 as a university"),
        pytest.param("93", InstitutionType.ENTERPRISE, "农民专业合作社", id="93 as a firm"),
        pytest.param("Y1", InstitutionType.TECH_SERVICE, "其他组织", id="Y1 as a service"),
        pytest.param("93", InstitutionType.OTHER, "", id="other"),
    ],
)
def test_what_a_code_says_against_the_type(uscc: str, type: InstitutionType, said: str) -> None:
    found = code_of_an_institution(uscc=uscc, type=type)

    assert (said in found, bool(found)) == (True, bool(said))


# --- at once ----------------------------------------------------------------------------------------------------------


def waiting_application(**more: Any) -> InstitutionApplication:
    told = {**TYPED, "type": InstitutionType.UNIVERSITY, **more}
    district = told.pop("district")
    from core.files import keep

    return InstitutionApplication.objects.create(
        **told,
        district_id=district,
        letter=keep(PDF, name="申请书.pdf", kind="pdf", purpose="institution-application", by=None),
        source="0" * 64,
        status=ApplicationStatus.SUBMITTED,
        submitted_on=TODAY,
    )


def test_one_application_is_decided_once_at_once(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    application = waiting_application()
    linger(monkeypatch, services.rules, "application_may_move")

    def approved() -> object:
        return services.approve(application, by=lasting_season.officer, on=TODAY)

    def refused() -> object:
        return services.refuse(application, by=lasting_season.head, on=TODAY, reason="不属于选派范围。")

    assert at_once(approved, refused) == ["E-STATE", "done"]


def test_two_applications_of_one_unit_make_one_institution(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    linger(monkeypatch, entering.rules, "institution_is_new")

    def approved(application: InstitutionApplication) -> Callable[[], object]:
        return lambda: services.approve(application, by=lasting_season.officer, on=TODAY)

    assert at_once(*map(approved, [waiting_application(), waiting_application()])) == ["E-UNIT", "done"]
    assert Institution.objects.filter(organization__uscc=CODE).count() == 1


# --- what the database holds ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        pytest.param("application_submitted_with_its_day", {"submitted_on": None}, id="day"),
        pytest.param("application_decided_when_and_by_whom", {"decided_on": TODAY}, id="decided"),
        pytest.param("application_approved_with_its_unit", {"organization": 0}, id="unit"),
        pytest.param("application_sent_back_with_an_opinion", {"status": "returned"}, id="opinion"),
    ],
)
def test_an_application_holds_together(season: Season, name: str, columns: dict[str, Any]) -> None:
    application = waiting_application()
    if "organization" in columns:
        columns = {"organization": season.bureau.organization}

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        InstitutionApplication.objects.filter(pk=application.pk).update(**columns)


def test_a_link_is_one_applications(season: Season) -> None:
    for _ in range(2):
        waiting_application()

    with pytest.raises(IntegrityError, match="accounts_institutionapplication_token_digest_key"), transaction.atomic():
        InstitutionApplication.objects.update(token_digest="0" * 64)


@pytest.mark.parametrize("to", ApplicationStatus)
def test_a_decided_application_moves_no_more(to: ApplicationStatus) -> None:
    finding = application_may_move(status=ApplicationStatus.APPROVED, to=to)

    assert finding
    assert finding.code == "E-STATE"


# --- who, and the interface -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("who", "status"), [("auditor", 403), ("clerk", 404), ("county", 404), ("contact", 404), ("admin", 302)]
)
def test_who_decides(season: Season, applied: Any, who: str, status: int) -> None:
    assert act(getattr(season, who), applied, "approve").status_code == status


def test_the_letter_is_for_the_bureau(season: Season, applied: Any) -> None:
    paths = [f"/applications/{applied.pk}/letter/", f"/applications/{applied.pk}/letter/1/"]

    original, picture = (browser_of(season.officer).get(path) for path in paths)
    assert original.getvalue() == PDF
    assert picture["Content-Type"] == "image/webp"
    assert [browser_of(season.clerk).get(path).status_code for path in paths] == [404, 404]
    assert browser_of(season.officer).get(f"/applications/{applied.pk}/letter/2/").status_code == 404


def test_programs_decide_as_pages_do(season: Season, applied: Any) -> None:
    officer = browser_of(season.officer)

    def post(name: str, **sent: Any) -> Any:
        return officer.post(f"/api/v1/applications/{applied.pk}/{name}/", sent, content_type="application/json")

    assert [one["id"] for one in officer.get("/api/v1/applications/?status=submitted").json()] == [applied.pk]
    assert officer.get(f"/api/v1/applications/{applied.pk}/").json()["name"] == "示范医学院"
    assert post("approve", version=1).status_code == 409
    assert post("return", opinion="申请书未盖公章。").json()["status"] == "returned"
    assert [one["code"] for one in post("approve").json()["findings"]] == ["E-STATE"]
    Client().post(link(), TYPED)
    assert post("approve").json()["status"] == "approved"
    other = waiting_application(uscc=code_of("52"))
    path = f"/api/v1/applications/{other.pk}/refuse/"
    refused = officer.post(path, {"opinion": "不属于选派范围。"}, content_type="application/json")
    assert refused.json()["opinion"] == "不属于选派范围。"


@pytest.mark.parametrize("many", [1, 3])
def test_the_list_asks_as_much_for_three_as_for_one(
    season: Season, many: int, django_assert_num_queries: Callable[[int], Any]
) -> None:
    for _ in range(many):
        waiting_application()
    browser = browser_of(season.officer)
    browser.get("/applications/")
    with django_assert_num_queries(5):
        browser.get("/applications/")
