"""What people and programs send that should not be: every form of the agreements answers in Chinese, and keeps the rest."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.conf import settings
from django.test import Client

from accounts.sessions import Session
from agreements.enums import AgreementStatus
from agreements.models import Agreement
from core import pdf
from core.models import StoredFile
from tests.agreements.hands import draft_form, scanned, signing_form, words
from tests.cast import END, Season
from tests.core import hostile
from tests.hands import browser_of


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-05-20 10:00:00+08:00", tick=False) as traveller:
        yield traveller


@pytest.fixture
def clerk(season: Season) -> Client:
    return browser_of(season.clerk)


@pytest.fixture
def draft(season: Season) -> Agreement:
    return season.agreement(season.selected("P3"), season.h4, signed=False)


LONG, NUL = "长" * 10_000, "前\0后"

# A field of step 2, what was typed into it, what is said.
TYPED = [
    pytest.param("service_content", LONG, "服务内容不能超过5000个字，现为10000个字。", id="ten thousand characters"),
    pytest.param("service_content", NUL, "含有不能识别的控制字符", id="NUL in a text"),
    pytest.param("service_content", "\u202e倒写", "含有不能识别的控制字符", id="a turned direction"),
    pytest.param("service_start", "0000-01-01", "服务开始日期", id="the year 0"),
    pytest.param("service_end", "9999-12-31", "服务截止日期", id="the year 9999"),
    pytest.param("service_end", "2026年5月19日", "服务截止日期不能早于开始日期。", id="an end before the start"),
    pytest.param("service_end", "2027-02-29", "没有2027年2月29日这一天", id="a day that is none"),
    pytest.param("service_end", NUL, "含有不能识别的控制字符", id="NUL in a date"),
    pytest.param("service_start", "1" * 400, "", id="a date without end"),
    pytest.param("visits_per_year", "0", "年度到现场服务不能小于1。", id="no visit"),
    pytest.param("visits_per_year", "367", "年度到现场服务不能大于366。", id="more visits than days"),
    pytest.param("visits_per_year", "9" * 5000, "", id="a number of 5,000 digits"),
    pytest.param("visits_per_year", "1e3", "请填写整数，如12。", id="a power of ten"),
    pytest.param("visits_per_year", NUL, "", id="NUL in a number"),
    pytest.param(
        "goal-0-name", LONG, "目标任务不能超过60个字，现为10000个字。", id="a goal of ten thousand characters"
    ),
    pytest.param("goal-0-name", NUL, "含有不能识别的控制字符", id="NUL in a goal"),
    pytest.param("goal-0-count", "-1", "数量不能小于1。", id="less than nothing"),
    pytest.param("goal-0-unit", "两\n行", "只能填写一行", id="two lines in one"),
]


@pytest.mark.parametrize(("field", "typed", "sentence"), TYPED)
def test_step_2_says_what_is_wrong_and_saves_none_of_it(
    season: Season, clerk: Client, draft: Agreement, field: str, typed: str, sentence: str
) -> None:
    form = draft_form(draft, **{field: typed})

    answer = clerk.post(f"/agreements/{draft.pk}/edit/", _encoded(form), content_type=URLENCODED)
    quiet = [
        clerk.post(f"/agreements/{draft.pk}/{act}/", _encoded(form), content_type=URLENCODED).status_code
        for act in ("autosave", "checks")
    ]

    draft.refresh_from_db()
    assert (answer.status_code, sentence in words(answer)) == (422, True)
    assert quiet[0] in (204, 409)  # the page has saved what was sound, and risen the version, already
    assert quiet[1] == 200
    assert draft.goals == [{"name": "组织技术培训", "count": 2, "unit": "场"}]
    assert (draft.service_end, draft.visits_per_year) == (END, 12)
    assert typed not in draft.service_content


URLENCODED = "application/x-www-form-urlencoded"


def _encoded(form: dict[str, Any]) -> bytes:
    """As a program would send it: bytes that no browser makes, too."""
    from urllib.parse import quote_from_bytes

    parts = (f"{name}={quote_from_bytes(str(value).encode('utf-8', 'surrogatepass'))}" for name, value in form.items())
    return "&".join(parts).encode()


@pytest.mark.parametrize("field", ["service_content", "goal-0-name", "goal-0-unit"])
def test_what_no_font_can_print_is_said_while_it_can_be_mended(
    season: Season, clerk: Client, draft: Agreement, field: str
) -> None:
    if not pdf.has_fonts():
        pytest.skip("PAPERS NOT TESTED: no fonts on this machine")

    answer = clerk.post(f"/agreements/{draft.pk}/edit/", draft_form(draft, **{field: "培训😀"}))

    draft.refresh_from_db()
    beside = answer.content.decode().partition(f'id="id_{field}_error">')[2].partition("</div>")[0]
    assert answer.status_code == 422
    assert "以下字符没有字体可以打印：“😀”（U+1F600）。请核对是否误用了特殊符号" in beside
    assert "😀" not in f"{draft.service_content}{draft.goals}"


def test_what_no_font_can_print_is_not_handed_in_however_it_came(
    season: Season, clerk: Client, draft: Agreement
) -> None:
    if not pdf.has_fonts():
        pytest.skip("PAPERS NOT TESTED: no fonts on this machine")
    Agreement.objects.filter(pk=draft.pk).update(goals=[{"name": "培训😀", "count": 7, "unit": "场"}])

    answer = clerk.post(f"/agreements/{draft.pk}/confirm/", {**signing_form(draft), "scan": scanned()})

    draft.refresh_from_db()
    assert (answer.status_code, draft.status) == (422, AgreementStatus.DRAFT)
    assert "以下字符没有字体可以打印：“😀”（U+1F600）" in words(answer)


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        pytest.param("host-signer", LONG, "不能超过200个字，现为10000个字", id="a name of ten thousand characters"),
        pytest.param("host-signer", NUL, "控制字符", id="NUL in a name"),
        pytest.param("host-signed_on", "0000-01-01", "签署日期", id="the year 0"),
        pytest.param("host-signed_on", "9999-12-31", "签署日期", id="the year 9999"),
        pytest.param("specialist-signed_on", "昨天", "签署日期", id="no date"),
    ],
)
def test_step_3_says_what_is_wrong_with_a_signature(
    season: Season, clerk: Client, draft: Agreement, field: str, typed: str, sentence: str
) -> None:
    answer = clerk.post(f"/agreements/{draft.pk}/confirm/", signing_form(draft, **{field: typed}))

    draft.refresh_from_db()
    assert (answer.status_code, sentence in words(answer)) == (422, True)
    assert (draft.status, draft.signatures.count()) == (AgreementStatus.DRAFT, 2)


def test_a_signature_of_tomorrow_is_no_signature(season: Season, clerk: Client, draft: Agreement) -> None:
    typed = signing_form(draft, scan=scanned(), **{"host-signed_on": "2026-05-21"})

    answer = clerk.post(f"/agreements/{draft.pk}/confirm/", typed)

    assert (answer.status_code, "签署日期晚于今天：派驻单位" in words(answer)) == (422, True)


@pytest.mark.parametrize(
    ("data", "name", "sentence"),
    [
        pytest.param(b"", "空.pdf", "签章扫描件是空文件", id="an empty file"),
        pytest.param(b"%PDF-1.7\n1 0 obj", "坏.pdf", "文件不完整或已损坏", id="a PDF cut off"),
        pytest.param(hostile.javascript(), "脚本.pdf", "文件中带有脚本", id="a PDF that acts"),
        pytest.param(hostile.encrypted(), "加密.pdf", "文件设置了密码", id="an encrypted PDF"),
        pytest.param(b"MZ" + b"\0" * 2000, "协议.pdf", "这是可执行程序", id="a program in disguise"),
        pytest.param(b"<html><script>alert(1)</script>", "协议.pdf", "这是网页", id="a page in disguise"),
        pytest.param(b"x", "协议.docx", "请选择PDF、JPG、PNG文件", id="another ending"),
        pytest.param(b"%PDF-" + b"0" * (settings.MAX_UPLOAD + 1), "大.pdf", "超过20.0 MB", id="too large"),
        pytest.param(b"%PDF-", "名" * 300 + ".pdf", "文件名不能超过200个字", id="a name without end"),
    ],
)
def test_a_hostile_file_is_refused_beside_the_field_and_the_signatures_stay(
    season: Season, clerk: Client, draft: Agreement, data: bytes, name: str, sentence: str
) -> None:
    answer = clerk.post(f"/agreements/{draft.pk}/confirm/", signing_form(draft, scan=scanned(data, name)))

    draft.refresh_from_db()
    page = answer.content.decode()
    assert (answer.status_code, draft.status, draft.scans.count()) == (422, AgreementStatus.DRAFT, 0)
    assert sentence in words(answer)
    assert 'id="id_scan_error"' in page
    assert 'value="马社长"' in page
    assert draft.signatures.count() == 3
    assert not StoredFile.objects.filter(purpose="agreement-scan").exists()


@pytest.mark.parametrize("version", ["", "x", "-1", "9" * 30, "²", "1.0"])
def test_a_version_that_is_none_is_stale_and_no_error(
    season: Season, clerk: Client, draft: Agreement, version: str
) -> None:
    answers = [
        clerk.post(f"/agreements/{draft.pk}/edit/", draft_form(draft, version=version)).status_code,
        clerk.post(f"/agreements/{draft.pk}/autosave/", draft_form(draft, version=version)).status_code,
        clerk.post(f"/agreements/{draft.pk}/confirm/", signing_form(draft, version=version)).status_code,
    ]

    assert answers == [409, 409, 409]


def test_reasons_nobody_asked_for_are_left_out(season: Season, clerk: Client, draft: Agreement) -> None:
    odd = {"reason-": "空", f"reason-{'X' * 500}": "长", "reason-w-end": "小写", "reason-W-TERM": "　 "}

    answer = clerk.post(f"/agreements/{draft.pk}/confirm/", signing_form(draft, act="save", **odd))

    draft.refresh_from_db()
    assert (answer.status_code, draft.institution_reasons) == (302, {})


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        pytest.param(NUL, "含有不能识别的控制字符", id="NUL"),
        pytest.param(LONG, "理由不能超过500个字，现为10000个字。", id="ten thousand characters"),
    ],
)
def test_a_reason_that_cannot_be_kept_is_said_and_no_error(
    season: Season, clerk: Client, draft: Agreement, typed: str, sentence: str
) -> None:
    officer = browser_of(season.officer)
    case = season.submitted(season.selected("P4"), season.h4)

    written = clerk.post(f"/agreements/{draft.pk}/confirm/", signing_form(draft, **{"reason-W-END": typed}))
    filed = officer.post(f"/agreements/{case.pk}/file/", {"version": 1, "reason-E-CAP5": typed})
    returned = officer.post(f"/agreements/{case.pk}/return/", {"content": typed})
    noted = clerk.post("/agreements/batch/", {"agreement": draft.pk, "note": typed})

    answers = (written, filed, returned, noted)
    assert [answer.status_code for answer in answers] == [422] * 4
    assert [sentence in words(answer) for answer in answers[:2]] == [True] * 2
    assert all("控制字符" in words(answer) or "不能超过200个字" in words(answer) for answer in answers[2:])
    case.refresh_from_db()
    assert case.status == AgreementStatus.SUBMITTED


def test_an_expired_session_loses_nothing_that_was_typed(
    season: Season, draft: Agreement, clock: time_machine.Traveller
) -> None:
    clerk = Client()
    clerk.post("/sign-in/", {"username": "liu", "password": "Tepai-2026-demo"})
    typed = draft_form(draft, service_content="写了一个上午的服务内容")
    Session.objects.all().delete()

    shut_out = clerk.post(f"/agreements/{draft.pk}/edit/", typed)
    quietly = clerk.post(f"/agreements/{draft.pk}/autosave/", typed, headers={"HX-Request": "true"})

    assert (shut_out.status_code, quietly.status_code) == (401, 401)
    assert "您填写的内容没有丢失" in words(shut_out)
    carried = shut_out.content.decode().split('name="unsent" value="')[1].split('"')[0]
    back = clerk.post("/sign-in/", {"username": "liu", "password": "Tepai-2026-demo", "unsent": carried})
    assert "写了一个上午的服务内容" in back.content.decode()


@pytest.mark.parametrize("tail", ["edit/", "confirm/", "checks/", "autosave/", "paper/", "renew/", "terminate/"])
def test_a_get_changes_nothing_and_an_empty_post_breaks_nothing(
    season: Season, clerk: Client, draft: Agreement, tail: str
) -> None:
    before = Agreement.objects.values().get(pk=draft.pk)

    seen = clerk.get(f"/agreements/{draft.pk}/{tail}").status_code
    assert Agreement.objects.values().get(pk=draft.pk) == before
    sent = clerk.post(f"/agreements/{draft.pk}/{tail}").status_code

    assert seen in (200, 403, 405)
    assert sent in (200, 302, 403, 409)
    assert Agreement.objects.values().get(pk=draft.pk) == before
