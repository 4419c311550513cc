"""备案汇总表: listed per institution, printed, stamped by hand once, and behind each 备案证明 from then on."""

from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

import pypdfium2
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from agreements.models import Agreement, FilingCertificate
from agreements.stamping import documents, services
from agreements.stamping.models import (
    CertificateEdition,
    FilingSheet,
    FilingSheetLine,
    FilingSheetPaper,
    FilingSheetStamp,
)
from agreements.voiding.services import void_agreement
from core import files
from core.models import Message
from core.policy import Refused
from specialists.enums import Category
from tests.agreements.hands import body, words
from tests.agreements.test_papers import pages_of
from tests.cast import MAY_12, MAY_20, PDF, Season, scan
from tests.core import scans
from tests.desk.rosters.hands import run as work
from tests.hands import at_once, browser_of, linger, only_added_to
from tests.specialists.team_acts import member_of, selected

MAY_21 = MAY_20 + timedelta(days=1)
AT = "/agreements/filing-sheets/"


@pytest.fixture(autouse=True)
def today() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-05-21T10:00:00+08:00", tick=False) as traveller:
        yield traveller


@pytest.fixture
def laid(monkeypatch: pytest.MonkeyPatch) -> None:
    """Papers of one empty page: how they look is told by the one test that prints in earnest."""
    monkeypatch.setattr(documents, "sheet_pdf", lambda context, *, token: PDF)
    monkeypatch.setattr(services, "certificate_pdf", lambda *given, **more: PDF)


def filed(season: Season, key: str, **more: Any) -> Agreement:
    """Filed, and with its 备案证明."""
    agreement = season.filed(season.selected(key, **more), season.h4)
    file = files.keep(PDF, name="备案证明.pdf", kind="pdf", purpose="certificate", by=None)
    FilingCertificate.objects.create(agreement=agreement, file=file, token=f"{agreement.pk:032x}")
    return agreement


def made(season: Season, *agreements: Agreement) -> FilingSheet:
    return services.make_sheet([one.pk for one in agreements], by=season.officer, on=MAY_21)


def stamped(sheet: FilingSheet, *, dpi: int = 100, token: str = "") -> SimpleUploadedFile:
    """What a scanner makes of it."""
    sheet.refresh_from_db()
    token = token or sheet.papers.get(version=sheet.version).token
    page = scans.drawn(documents.address(token, 1), dpi)
    return SimpleUploadedFile("盖章件.jpg", scans.as_jpeg(page))


def stamp(sheet: FilingSheet, season: Season, **more: Any) -> FilingSheet:
    given = {"scan": stamped(sheet), "stamped_on": MAY_21, "by": season.officer, "on": MAY_21, **more}
    return services.stamp_sheet(sheet, **given)


def refused(act: Any) -> str:
    with pytest.raises(Refused) as refusal, transaction.atomic():
        act()
    return str(refusal.value)


# --- in earnest -------------------------------------------------------------------------------------------------------


def test_the_sheet_is_printed_stamped_scanned_and_named_by_every_certificate(season: Season) -> None:
    """Printed with its own code on each page, scanned as its pages look, and refused as anything else."""
    one, two = filed(season, "P1"), filed(season, "P3")
    client = browser_of(season.officer)
    assert "示范农林学院 2 件" in words(client.get(AT))
    page = client.get(f"{AT}new/?institution={season.u1.pk}")
    assert page.content.decode().count(" checked") == 2

    answer = client.post(f"{AT}new/?institution={season.u1.pk}", {"agreement": [one.pk, two.pk]})

    sheet = FilingSheet.objects.get()
    assert (answer["Location"], sheet.number) == (sheet.get_absolute_url(), "备案汇总〔2026〕1号")
    printed = body(client.get(f"{sheet.get_absolute_url()}paper/"))
    [text] = pages_of(printed)
    for fact in (
        "编号：备案汇总〔2026〕1号", "派出单位：示范农林学院", "共2件", str(one.filing_number), "139999********0010", "（盖章）",
        "备案汇总〔2026〕1号第1版",
    ):  # fmt: skip
        assert fact in text, fact
    assert "139999197803050010" not in text
    paper = sheet.papers.get()
    again = documents.sheet_context(
        [one, two], number=sheet.number, version=1, token=paper.token, made_on=sheet.made_on
    )
    assert documents.sheet_pdf(again, token=paper.token) == printed
    with closing(pypdfium2.PdfDocument(printed)) as document:
        picture = document[0].render(scale=150 / 72).to_pil()
    scanned = SimpleUploadedFile("盖章件.jpg", scans.as_jpeg(scans.skewed(picture.convert("L"), 3)))

    answer = client.post(f"{sheet.get_absolute_url()}stamp/", {"scan": scanned, "stamped_on": "2026-05-21"})

    assert answer.status_code == 302
    work()
    text = "".join(pages_of(body(client.get(f"{one.get_absolute_url()}certificate/"))))
    assert "备案汇总〔2026〕1号（市科技局2026年5月21日盖章）" in text
    assert CertificateEdition.objects.count() == 2
    assert "备案汇总表盖章件" in words(client.get(one.get_absolute_url()))
    told = Message.objects.filter(subject="备案汇总〔2026〕1号已盖章").values_list("person", flat=True)
    assert {*told} == {season.clerk.person_id, season.manager.person_id}  # once, however many are listed


def test_the_sheet_names_the_team_and_one_printed_before_reads_on(
    season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    team = selected(season)
    leader = member_of(team, "P8")
    assert leader.registration
    sheet = made(season, season.filed(leader.registration, season.h1, team=team), filed(season, "P3"))
    client = browser_of(season.officer)

    [text] = pages_of(body(client.get(f"{sheet.get_absolute_url()}paper/")))

    assert (text.count("团队：小麦产业技术团队"), text.count("团队：")) == (1, 1)
    assert f"{season.h1}　小麦产业技术团队" in client.get(sheet.get_absolute_url()).content.decode()
    drawn = services.today_of

    def without_team(sheet: FilingSheet, rows: list[dict[str, str]]) -> Any:
        return drawn(sheet, [{name: value for name, value in row.items() if name != "team"} for row in rows])

    monkeypatch.setattr(services, "today_of", without_team)
    page = client.get(sheet.get_absolute_url())
    assert (page.status_code, "小麦产业技术团队" in page.content.decode()) == (200, False)


# --- who sees what ----------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("laid")
def test_an_institution_gets_its_own_sheet_once_it_is_stamped_and_nobody_elses(season: Season) -> None:
    one = filed(season, "P1")
    sheet = made(season, one)
    at, clerk = sheet.get_absolute_url(), browser_of(season.clerk)
    assert clerk.get(at).status_code == 404
    stamp(sheet, season)

    assert [clerk.get(page).status_code for page in (at, AT)] == [200] * 2
    assert [body(clerk.get(f"{at}{page}/"))[:4] for page in ("paper", "stamps/1")] == [b"%PDF", b"\xff\xd8\xff\xe0"]
    assert clerk.get(f"{at}stamps/2/").status_code == 404
    assert f"{at}stamps/1/" in clerk.get(one.get_absolute_url()).content.decode()
    assert browser_of(season.stranger).get(f"{at}stamps/1/").status_code == 404
    host = browser_of(season.contact)
    assert host.get(f"{at}stamps/1/").status_code in (403, 404)
    assert "已列入 备案汇总〔2026〕1号，市科技局2026年5月21日盖章" in words(host.get(one.get_absolute_url()))
    assert clerk.post(f"{at}stamp/", {}).status_code == 403


@pytest.mark.usefixtures("laid")
def test_a_sheet_lists_one_institutions_filings_once(season: Season) -> None:
    one, foreign = filed(season, "P1"), filed(season, "P9", institution=season.u2)
    submitted = season.submitted(season.selected("P3"), season.h4)

    assert "只列同一派出单位" in refused(lambda: made(season, one, foreign))
    assert "不是在平台备案" in refused(lambda: made(season, submitted))
    assert "请选择列入" in refused(lambda: made(season))
    made(season, one)
    assert "已列入“备案汇总〔2026〕1号”" in refused(lambda: made(season, one))
    assert made(season, foreign).number == "备案汇总〔2026〕2号"  # what was refused took no number


# --- the scan ---------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("laid")
def test_another_paper_an_earlier_version_and_a_day_that_cannot_be_are_refused(season: Season) -> None:
    sheet, other = made(season, filed(season, "P1")), made(season, filed(season, "P3"))
    old = sheet.papers.get().token
    services.redraw_sheet(sheet, by=season.officer, on=MAY_21)

    assert f"第1页是“{other}”的" in refused(lambda: stamp(sheet, season, scan=stamped(other)))
    assert "扫描的是“备案汇总〔2026〕1号”第1版" in refused(lambda: stamp(sheet, season, scan=stamped(sheet, token=old)))
    contract = SimpleUploadedFile("协议.jpg", scans.as_jpeg(scans.sheet()))
    assert "二维码不是备案汇总表的" in refused(lambda: stamp(sheet, season, scan=contract))
    for day, said in ((MAY_20, "不能早于制表日期"), (MAY_21 + timedelta(days=1), "不能晚于今天")):
        assert said in refused(lambda day=day: stamp(sheet, season, stamped_on=day))
    assert not FilingSheetStamp.objects.exists()


@pytest.mark.usefixtures("laid")
def test_another_scan_takes_its_place_with_a_reason_and_the_former_is_kept(season: Season) -> None:
    one = filed(season, "P1")
    sheet = stamp(made(season, one), season)
    work()
    sharper = stamped(sheet, dpi=120)

    assert "请写明更换原因" in refused(lambda: stamp(sheet, season, scan=sharper))
    assert "就是“备案汇总〔2026〕1号”第1次上传的" in refused(lambda: stamp(sheet, season, reason="更清晰"))
    sharper.seek(0)
    stamp(sheet, season, scan=sharper, reason="首次扫描不清晰")
    work()

    assert [(row.number, row.reason) for row in sheet.stamps.all()] == [(1, ""), (2, "首次扫描不清晰")]
    assert CertificateEdition.objects.count() == 1  # the day is the same: no certificate reads otherwise
    page = words(browser_of(season.officer).get(sheet.get_absolute_url()))
    assert "原盖章件（第 1 次）" in page
    assert "第 2 次更换：首次扫描不清晰" in page


@pytest.mark.usefixtures("laid")
def test_what_becomes_void_later_changes_neither_the_paper_nor_the_sheet(season: Season) -> None:
    one, two = filed(season, "P1", category=Category.AGRICULTURE), filed(season, "P3")
    sheet = stamp(made(season, one, two), season)
    before = list(sheet.papers.values_list("file", "rows"))

    void_agreement(one, by=season.officer, on=MAY_21, reason="重复备案")
    work()

    assert list(sheet.papers.values_list("file", "rows")) == before
    assert sheet.lines.count() == 2
    assert "不能再改动或撤销" in refused(lambda: services.redraw_sheet(sheet, by=season.officer, on=MAY_21))
    assert "已作废" in words(browser_of(season.officer).get(sheet.get_absolute_url()))
    assert not CertificateEdition.objects.filter(certificate__agreement=one).exists()  # void before it was made


@pytest.mark.usefixtures("laid")
def test_until_it_is_stamped_it_is_drawn_up_anew_or_called_off(season: Season) -> None:
    one, two = filed(season, "P1"), filed(season, "P3")
    sheet = made(season, one, two)
    client, at = browser_of(season.officer), sheet.get_absolute_url()
    void_agreement(one, by=season.officer, on=MAY_21, reason="重复备案")

    assert f"表中的{one.filing_number}已作废，盖章的汇总表不能再列入。请先“重新生成”" in refused(
        lambda: stamp(sheet, season)
    )
    assert client.post(f"{at}redraw/").status_code == 302
    assert [row["number"] for row in sheet.papers.get(version=2).rows] == [two.filing_number]
    answer = client.post(f"{at}call-off/", {"reason": ""})
    assert (answer.status_code, "请填写撤销原因" in words(answer)) == (422, True)
    assert client.post(f"{at}call-off/", {"reason": "漏列两件"}).status_code == 302
    assert "漏列两件" in words(client.get(at))
    assert "已撤销，不能再上传盖章件" in refused(lambda: stamp(sheet, season))
    assert made(season, two).number == "备案汇总〔2026〕2号"


# --- programs, strangers ----------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("laid")
def test_programs_make_and_stamp_sheets_too(season: Season) -> None:
    one, client = filed(season, "P1"), browser_of(season.officer)
    json = "application/json"

    answer = client.post("/api/v1/filing-sheets/", {"agreements": [one.pk]}, content_type=json)

    assert (answer.status_code, answer.json()["status"]) == (201, "printed")
    at = f"/api/v1/filing-sheets/{answer.json()['id']}/"
    assert body(client.get(f"{at}paper/")).startswith(b"%PDF")
    assert client.get(f"{at}scan/").status_code == 404
    assert client.post(f"{at}redraw/").json()["version"] == 2
    sheet = FilingSheet.objects.get()
    bad = client.post(f"{at}stamp/", {"scan": stamped(sheet, token="0" * 32), "stamped_on": "2026-05-21"})
    assert [one["code"] for one in bad.json()["findings"]] == ["E-STAMP"]
    good = client.post(f"{at}stamp/", {"scan": stamped(sheet), "stamped_on": "2026-05-21"})
    assert (good.status_code, good.json()["stamped_on"]) == (200, "2026-05-21")
    assert body(client.get(f"{at}scan/")).startswith(b"\xff\xd8")
    told = client.get(at).json()
    assert [row["number"] for row in told["rows"]] == [one.filing_number]
    assert [row["number"] for row in told["stamps"]] == [1]
    assert client.post(f"{at}call-off/", {"reason": "晚了"}, content_type=json).status_code == 422
    assert len(client.get("/api/v1/filing-sheets/").json()) == 1


@pytest.mark.usefixtures("laid")
def test_whoever_holds_the_paper_checks_it_and_reads_none_of_its_rows(season: Season, client: Any) -> None:
    sheet = made(season, filed(season, "P1"))
    at = f"{AT}check/{sheet.papers.get().token}/"

    assert "还没有盖章" in words(client.get(at))
    stamp(sheet, season)
    page = words(client.get(at))
    assert ("2026年5月21日" in page, "李喆" in page, "示范农林学院" in page, "1 件" in page) == (
        True,
        False,
        False,
        True,
    )
    assert client.get(f"{AT}check/{'0' * 32}/").status_code == 404


# --- guards -----------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("laid")
def test_of_two_officers_who_upload_at_once_the_second_is_told(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the lock of `_hold` both find it unstamped, and the slower one ends in an error page."""
    sheet = made(lasting_season, filed(lasting_season, "P1"))
    uploads = [stamped(sheet, dpi=dpi) for dpi in (100, 120)]
    linger(monkeypatch, services.rules, "is_the_printed_paper")

    outcomes = at_once(
        *(lambda upload=upload: stamp(sheet, lasting_season, scan=upload) and "kept" for upload in uploads)
    )

    assert outcomes == ["E-STATE", "kept"]


@pytest.mark.usefixtures("laid")
def test_two_officers_do_not_list_one_filing_twice(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the lock of `hold_all` both find it unlisted, and the slower one ends in an error page."""
    one = filed(lasting_season, "P1")
    linger(monkeypatch, services, "_why_not")

    assert at_once(*[lambda: made(lasting_season, one) and "made"] * 2) == ["E-STATE", "made"]


def sheet_by_hand(season: Season) -> tuple[FilingSheet, FilingSheetStamp, CertificateEdition]:
    one = season.filed(season.selected("P1"), season.h4)
    kept = [scan(season.officer) for _ in range(4)]
    sheet = FilingSheet.objects.create(number="1号", institution=season.u1, made_on=MAY_20, made_by=season.officer)
    FilingSheetLine.objects.create(sheet=sheet, agreement=one)
    sheet.papers.create(rows=[], made_by=season.officer, version=1, token="a" * 32, file=kept[0])
    first = sheet.stamps.create(stamped_on=MAY_20, by=season.officer, number=1, scan=kept[1])
    certificate = FilingCertificate.objects.create(agreement=one, file=kept[2], token="b" * 32)
    return sheet, first, certificate.editions.create(stamp=first, file=kept[3])


def test_the_database_keeps_sheets_in_order(season: Season) -> None:
    sheet, first, edition = sheet_by_hand(season)
    one, certificate, taken = sheet.lines.get().agreement, edition.certificate, sheet.papers.get().file
    kept = [scan(season.officer) for _ in range(2)]
    paper: dict[str, Any] = {"sheet": sheet, "rows": [], "made_by": season.officer}
    row: dict[str, Any] = {"sheet": sheet, "stamped_on": MAY_20, "by": season.officer}
    other = FilingSheet.objects.create(number="2号", made_on=MAY_20, made_by=season.officer)
    sheets = FilingSheet.objects.filter(pk=sheet.pk)
    off = {"status": "called_off", "called_off_by": season.officer}
    for name, act in (
        ("sheet_stamped_with_its_scan", lambda: sheets.update(status="stamped")),
        ("sheet_stamped_with_its_scan", lambda: sheets.update(stamp=first)),
        ("sheet_called_off_with_its_reason", lambda: sheets.update(**off, called_off_on=MAY_20)),
        ("sheet_called_off_with_its_reason", lambda: sheets.update(called_off_reason="漏列")),
        (
            "sheet_called_off_after_it_was_made",
            lambda: sheets.update(**off, called_off_on=MAY_12, called_off_reason="漏列"),
        ),
        ("agreements_filingsheet_number_key", lambda: sheets.update(number="2号")),
        ("agreements_filingsheetline_agreement_id_key", lambda: other.lines.create(agreement=one)),
        (
            "one_paper_per_version_of_a_sheet",
            lambda: FilingSheetPaper.objects.create(**paper, version=1, token="c" * 32, file=kept[0]),
        ),
        (
            "agreements_filingsheetpaper_token_key",
            lambda: FilingSheetPaper.objects.create(**paper, version=2, token="a" * 32, file=kept[0]),
        ),
        (
            "agreements_filingsheetpaper_file_id_key",
            lambda: FilingSheetPaper.objects.create(**paper, version=2, token="c" * 32, file=taken),
        ),
        (
            "stamps_of_a_sheet_are_counted",
            lambda: FilingSheetStamp.objects.create(**row, number=1, scan=kept[0]),
        ),
        (
            "another_stamp_has_a_reason",
            lambda: FilingSheetStamp.objects.create(**row, number=2, scan=kept[0]),
        ),
        (
            "agreements_filingsheetstamp_scan_id_key",
            lambda: FilingSheetStamp.objects.create(**row, number=2, scan=first.scan, reason="更清晰"),
        ),
        (
            "one_certificate_per_stamp",
            lambda: CertificateEdition.objects.create(certificate=certificate, stamp=first, file=kept[0]),
        ),
        (
            "agreements_certificateedition_file_id_key",
            lambda: CertificateEdition.objects.create(
                certificate=certificate,
                stamp=FilingSheetStamp.objects.create(**row, number=2, scan=kept[1], reason="更清晰"),
                file=edition.file,
            ),
        ),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            act()
    sheets.update(status="stamped", stamp=first)
    with pytest.raises(IntegrityError, match="agreements_filingsheet_stamp_id_key"), transaction.atomic():
        FilingSheet.objects.filter(pk=other.pk).update(status="stamped", stamp=first)


def test_papers_scans_and_editions_are_only_added(lasting_season: Season) -> None:
    sheet_by_hand(lasting_season)
    only_added_to("agreements_filingsheetpaper", "agreements_filingsheetstamp", "agreements_certificateedition")
