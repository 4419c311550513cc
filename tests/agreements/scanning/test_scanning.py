"""Papers that file themselves: scans dropped by the dozen, each attached to the agreement whose code it carries."""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pikepdf
import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.db.models.deletion import ProtectedError
from django.utils.timezone import now

from agreements import services as agreements
from agreements.models import Agreement, AgreementPaper, AgreementScan
from agreements.scanning import folders, reading, services, single
from agreements.scanning.models import ScanBatch, ScannedFile, ScanPiece
from agreements.scanning.withdrawing import withdraw
from core import files, scanned
from core.models import AuditEvent, OutboxRow
from core.policy import Refused
from core.verbs import sentences
from core.workbooks import bytes_of
from tests.agreements.hands import body, signing_form, words
from tests.agreements.hands import scanned as a_scan
from tests.agreements.scanning.hands import dropped, file, outcomes, paper_of, printed, sheets
from tests.cast import MAY_20, Season
from tests.core import hostile, scans
from tests.desk.rosters.hands import run
from tests.hands import at_once, browser_of, linger


@pytest.fixture(autouse=True)
def today() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-05-20T10:00:00+08:00", tick=False) as traveller:
        yield traveller


# --- each finds its own -----------------------------------------------------------------------------------------------


def test_a_drop_of_good_and_bad_files_pairs_what_it_can_and_says_why_not(season: Season) -> None:
    zhang, wang, he, zhou, sun = (paper_of(season, key) for key in ("P3", "P4", "P5", "P6", "P8"))
    foreign = printed(season.agreement(season.selected("P9", institution=season.u2), season.h5, signed=False))
    old = paper_of(season, "P10")
    agreements.save_draft(old.agreement, by=season.clerk, version=None, service_content="另写。")
    many = [*sheets(zhang), scans.blank(), *sheets(wang)]

    batch = dropped(
        season.clerk,
        file("两份连着.pdf", *many),
        file("何1.jpg", scans.photographed(sheets(he)[1])),
        file("何2.jpg", scans.upside_down(sheets(he)[0])),
        file("缺页.pdf", sheets(zhou)[0]),
        file("旧版.pdf", *sheets(old)),
        file("别家的.pdf", *sheets(foreign)),
        file("菜单.pdf", scans.drawn("https://example.org/menu")),
        file("白纸.pdf", scans.blank()),
        file("孙.pdf", *sheets(sun)),
        file("孙又一份.pdf", *map(scans.noisy, sheets(sun))),
        SimpleUploadedFile("坏的.pdf", hostile.truncated()),
        SimpleUploadedFile("脚本.pdf", hostile.javascript()),
        SimpleUploadedFile("加密.pdf", hostile.encrypted()),
        SimpleUploadedFile("文档.docx", b"PK\x03\x04word/"),
        SimpleUploadedFile("空的.pdf", b""),
    )

    assert outcomes(batch) == {
        "两份连着.pdf:1—3": "attached",
        "两份连着.pdf:4—5": "attached",
        "何1.jpg": "attached",
        "何2.jpg": "attached",
        "缺页.pdf": "incomplete",
        "旧版.pdf": "old_version",
        "别家的.pdf": "foreign",
        "菜单.pdf": "unpaired",
        "白纸.pdf": "refused",
        "孙.pdf": "attached",
        "孙又一份.pdf": "again",
        "坏的.pdf": "refused",
        "脚本.pdf": "refused",
        "加密.pdf": "refused",
        "文档.docx": "refused",
        "空的.pdf": "refused",
    }
    attached = AgreementScan.objects.filter(agreement__institution=season.u1)
    assert {(scan.agreement, scan.file.pages, scan.file.kind) for scan in attached} == {
        (zhang.agreement, 3, "pdf"),
        (wang.agreement, 2, "pdf"),
        (he.agreement, 2, "pdf"),
        (sun.agreement, 2, "pdf"),
    }
    # Joined in the order of the paper, not of the files.
    joined = AgreementScan.objects.get(agreement=he.agreement)
    told = scanned.look(bytes_of(joined.file), wanted=reading.WANTED)
    assert [page.codes[0][-1] for page in told.pages] == ["1", "2"]
    assert AuditEvent.objects.filter(verb="agreement.scan_attached").count() == 4
    missing = batch.pieces.get(outcome="incomplete")
    assert missing.message == "协议书共2页，缺第2页。请补扫后一并上传，或核对后人工附上。"


def test_another_institutions_code_tells_nothing_that_an_unknown_code_does_not(season: Season) -> None:
    foreign = printed(season.agreement(season.selected("P9", institution=season.u2), season.h5, signed=False))

    batch = dropped(season.clerk, file("a.pdf", *sheets(foreign)), file("b.pdf", scans.sheet(1), scans.sheet(2)))

    known, unknown = batch.pieces.order_by("pk")
    told = [(piece.outcome, piece.message, piece.notes, piece.paper, piece.agreement) for piece in (known, unknown)]
    assert told[0] == told[1]
    client = browser_of(season.clerk)
    answer = client.post(f"{batch.get_absolute_url()}decide/", {f"piece-{known.pk}": foreign.agreement_id})
    assert answer.status_code == 422
    assert not AgreementScan.objects.exists()
    assert client.get(f"/agreements/scans/pieces/{known.pk}/pages/1/").status_code == 200  # its own upload, after all
    assert browser_of(season.stranger).get(batch.get_absolute_url()).status_code == 404


def test_a_file_that_was_used_before_is_refused_with_the_way_to_where(season: Season) -> None:
    zhang = paper_of(season, "P3")
    first = file("张.pdf", *sheets(zhang))
    data = first.read()
    first.seek(0)
    dropped(season.clerk, first)

    batch = dropped(season.clerk, SimpleUploadedFile("再传.pdf", data), SimpleUploadedFile("又传.pdf", data))

    assert outcomes(batch) == {"再传.pdf": "same", "又传.pdf": "same"}
    page = browser_of(season.clerk).get(batch.get_absolute_url())
    assert f"这个文件已用作协议D-{zhang.agreement_id}（张昇）的扫描件。" in words(page)
    assert f'href="/agreements/{zhang.agreement_id}/"' in page.content.decode()
    assert AgreementScan.objects.count() == 1


def test_of_a_file_with_two_papers_the_one_that_was_taken_away_comes_in_again(season: Season) -> None:
    zhang, wang = paper_of(season, "P3"), paper_of(season, "P4")
    data = scans.as_pdf(*sheets(zhang), *sheets(wang))
    first = dropped(season.clerk, SimpleUploadedFile("两份.pdf", data))
    withdraw(wang.agreement, 1, by=season.clerk)
    assert first.pieces.get(agreement=wang.agreement).message.endswith("需要时可以再次上传原来的文件。")

    batch = dropped(season.clerk, SimpleUploadedFile("又来.pdf", data), file("他.pdf", *sheets(paper_of(season, "P5"))))

    assert outcomes(batch) == {"又来.pdf:1—2": "same", "又来.pdf:3—4": "attached", "他.pdf": "attached"}
    assert [scan.number for scan in zhang.agreement.scans.all()] == [1]
    assert [(scan.number, scan.file.pages) for scan in wang.agreement.scans.all()] == [(2, 2)]
    refused = batch.pieces.get(outcome="same")
    assert (refused.agreement, refused.place) == (zhang.agreement, 0)
    assert "附错了的，提交备案前可在该协议的“签署并提交”一步中撤下，再重新上传。" in refused.message
    withdraw(zhang.agreement, 1, by=season.clerk)
    again = dropped(season.clerk, SimpleUploadedFile("三来.pdf", data))
    assert outcomes(again) == {"三来.pdf:1—2": "attached", "三来.pdf:3—4": "same"}


def test_a_used_file_that_shows_no_code_is_nobody_elses(season: Season) -> None:
    paper = paper_of(season, "P3")
    data = scans.as_pdf(scans.drawn(""))
    batch = dropped(season.clerk, SimpleUploadedFile("无码.pdf", data))
    services.decide(batch, {batch.pieces.get().pk: paper.agreement_id}, by=season.clerk)

    assert outcomes(dropped(season.clerk, SimpleUploadedFile("再来.pdf", data))) == {"再来.pdf": "same"}


def test_two_of_the_same_bytes_in_one_drop_are_one(season: Season) -> None:
    data = scans.as_pdf(*sheets(paper_of(season, "P3")))

    batch = dropped(season.clerk, SimpleUploadedFile("10.pdf", data), SimpleUploadedFile("9.pdf", data))

    assert outcomes(batch) == {"9.pdf": "attached", "10.pdf": "same"}
    assert batch.pieces.get(outcome="same").message == "与本批的“9.pdf”是同一个文件。"


def test_a_file_without_a_code_is_paired_by_the_words_it_knows(season: Season) -> None:
    zhang, wang = paper_of(season, "P3"), paper_of(season, "P4")
    words_of = {
        "编号.pdf": f"{zhang} 三方协议书",
        "姓名.pdf": "三方协议书 王晓晨 滹沱示范谷物种植专业合作社",
        "信函.pdf": "致函 王晓晨 滹沱示范谷物种植专业合作社",
    }

    def look(data: bytes, **_: Any) -> scanned.Seen:
        text = words_of[data.decode()]
        return scanned.Seen("pdf", tuple(scanned.Page((), 0, 0.1, str(n), text) for n in range(2)), b"")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(scanned, "look", look)
        batch = dropped(season.clerk, *(SimpleUploadedFile(name, name.encode()) for name in words_of))

    assert outcomes(batch) == {"编号.pdf": "attached", "姓名.pdf": "attached", "信函.pdf": "unpaired"}
    assert {piece.agreement for piece in batch.pieces.filter(outcome="attached")} == {zhang.agreement, wang.agreement}
    assert "王晓晨" not in str([line.pages for line in batch.lines.all()])


def test_three_hundred_pages_come_apart(season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the pages show is told here; that they are all looked at is tests/core/test_scanned.py's."""
    papers = [paper_of(season, key) for key in ("P3", "P4", "P5")]
    pages = [
        scanned.Page((scans.ADDRESS.format(token=papers[n % 3].token, page=n // 3 % 2 + 1),), 0, 0.1, str(n), "")
        if n < 6
        else scanned.Page((), 0, 0.0, "", "")
        for n in range(300)
    ]
    monkeypatch.setattr(scanned, "look", lambda data, **_: scanned.Seen("pdf", tuple(pages), b""))

    batch = dropped(season.clerk, SimpleUploadedFile("整柜.pdf", scans.as_pdf(*[scans.blank()] * 300, quality=10)))

    assert set(outcomes(batch).values()) == {"attached"}
    assert sorted(scan.file.pages for scan in AgreementScan.objects.all()) == [2, 2, 296]


def test_a_delivery_leaves_what_it_has_no_time_for_to_the_next(season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "LONGEST", -1)
    batch = services.open_batch([file("张.pdf", *sheets(paper_of(season, "P3")))], by=season.clerk)

    services.read_next(batch)

    assert [line.reading for line in batch.lines.all()] == ["waiting"]
    monkeypatch.undo()
    run()
    assert outcomes(batch) == {"张.pdf": "attached"}


# --- twice, at once, cut short ----------------------------------------------------------------------------------------


class Killed(BaseException):
    """What a worker that is killed looks like from inside."""


def test_a_worker_killed_in_the_middle_does_nothing_twice(
    season: Season, monkeypatch: pytest.MonkeyPatch, today: time_machine.Traveller
) -> None:
    monkeypatch.setattr(services, "AT_ONCE", 1)
    monkeypatch.setattr(services, "ATTACHED_AT_ONCE", 1)
    papers = [paper_of(season, key) for key in ("P3", "P4")]
    batch = services.open_batch([file(f"{n}.pdf", *sheets(paper)) for n, paper in enumerate(papers)], by=season.clerk)
    cuts = [(scanned, "look"), (services, "pair"), (agreements, "attach_scan")]
    for owner, name in cuts:
        with pytest.MonkeyPatch.context() as patch:
            act = getattr(owner, name)
            calls: list[int] = []

            def killed_at_the_last(*given: Any, act: Any = act, calls: Any = calls, **more: Any) -> Any:
                calls.append(1)
                done = act(*given, **more)
                if len(calls) == (1 if act.__name__ == "pair" else 2):
                    raise Killed
                return done

            patch.setattr(owner, name, killed_at_the_last)
            with pytest.raises(Killed):
                run()
        today.shift(timedelta(minutes=2))  # the relay sends it again
    run()

    batch.refresh_from_db()
    assert (batch.done, batch.is_busy) == (2, False)
    assert [scan.number for scan in AgreementScan.objects.all()] == [1, 1]
    assert ScanPiece.objects.count() == 2
    assert AuditEvent.objects.filter(verb="agreement.scan_attached").count() == 2


def test_two_workers_read_different_files(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(services, "AT_ONCE", 1)
    linger(monkeypatch, scanned, "look")
    batch = services.open_batch(
        [file(f"{key}.pdf", *sheets(paper_of(lasting_season, key))) for key in ("P3", "P4")], by=lasting_season.clerk
    )

    def read() -> None:
        services.read_next(batch)

    assert at_once(read, read) == ["done", "done"]

    batch.refresh_from_db()
    assert batch.done == 2
    assert ScannedFile.objects.filter(reading="read").count() == 2


def test_a_batch_delivered_twice_at_once_is_paired_once(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = services.open_batch([file("张.pdf", *sheets(paper_of(lasting_season, "P3")))], by=lasting_season.clerk)
    services.read_next(batch)
    linger(monkeypatch, services, "_used")

    def give() -> None:
        services.pair(batch)

    assert at_once(give, give) == ["done", "done"]
    assert batch.pieces.count() == 1
    assert OutboxRow.objects.filter(task=services.ATTACH).count() == 1


def test_one_paper_in_two_drops_at_once_is_one_scan(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    paper = paper_of(lasting_season, "P3")
    drops = []
    for n in range(2):
        batch = services.open_batch(
            [file(f"{n}.pdf", *map([scans.squeezed, scans.noisy][n], sheets(paper)))], by=lasting_season.clerk
        )
        services.read_next(batch)
        services.pair(batch)
        drops.append(batch)
    linger(monkeypatch, services, "_whole_file")

    at_once(*(lambda batch=batch: services.attach_next(batch, on=now().date()) for batch in drops))

    assert sorted(ScanPiece.objects.values_list("outcome", flat=True)) == ["again", "attached"]
    assert AgreementScan.objects.count() == 1


def test_one_file_uploaded_twice_at_once_is_one_scan(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    paper, by = paper_of(lasting_season, "P3"), lasting_season.clerk
    data = file("张.pdf", *sheets(paper)).read()
    same = [files.keep(data, name="张.pdf", kind="pdf", pages=2, purpose="agreement-scan", by=by) for _ in range(2)]
    linger(monkeypatch, single, "_refuse_used")

    answers = at_once(*(lambda one=one: single.attach(paper.agreement, one, by=by) for one in same))

    assert answers == ["E-SCAN", "done"]
    assert AgreementScan.objects.count() == 1


def test_two_clerks_cannot_both_empty_the_tray(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    paper = paper_of(lasting_season, "P3")
    batch = dropped(lasting_season.clerk, file("无码.pdf", scans.drawn("")))
    piece = batch.pieces.get()
    linger(monkeypatch, services, "_whole_file")

    def give() -> None:
        services.decide(batch, {piece.pk: paper.agreement_id}, by=lasting_season.clerk)

    assert at_once(give, give) == ["E-STATE", "done"]
    assert AgreementScan.objects.count() == 1


def test_who_left_attaches_nothing_any_more(season: Season) -> None:
    paper = paper_of(season, "P3")
    batch = services.open_batch([file("张.pdf", *sheets(paper))], by=season.clerk)
    season.clerk.ended_at, season.clerk.ended_by = now(), season.manager
    season.clerk.save()
    run()

    assert outcomes(batch) == {"张.pdf": "unpaired"}
    services.decide(batch, {batch.pieces.get().pk: paper.agreement_id}, by=season.manager)
    assert AgreementScan.objects.get().agreement == paper.agreement


def test_what_is_handed_in_meanwhile_takes_no_scan(season: Season) -> None:
    submitted = season.submitted(season.selected("P3"), season.h4, signed=False)

    batch = dropped(season.clerk, file("张.pdf", *sheets(printed(submitted))))

    assert outcomes(batch) == {"张.pdf": "closed"}
    assert "待市科技局审核" in batch.pieces.get().message


# --- the tray ---------------------------------------------------------------------------------------------------------


def test_the_tray_offers_the_likeliest_first_and_joins_what_goes_together(season: Season) -> None:
    zhang, wang, he = (paper_of(season, key) for key in ("P3", "P4", "P5"))
    batch = dropped(
        season.clerk,
        file("4 缺页.pdf", sheets(zhang)[0]),
        file(f"1 D-{wang.agreement_id} 第1页.jpg", scans.drawn("")),
        file("2 王晓晨2.jpg", scans.drawn("https://example.org")),
        file("3 何雨桐或张昇.pdf", scans.drawn(""), scans.drawn("x")),
    )
    client = browser_of(season.clerk)

    page = client.get(batch.get_absolute_url()).content.decode()

    assert "待您配对" in page
    first = {
        int(pk): re.findall(r'value="(\d+)"( selected)?', options)[0]
        for pk, options in re.findall(r'name="piece-(\d+)".*?最可能的">(.*?)</optgroup>', page, re.DOTALL)
    }
    [one, two, three, four] = batch.pieces.order_by("pk")
    assert first[one.pk] == first[two.pk] == (str(wang.agreement_id), " selected")
    assert first[three.pk] == (str(zhang.agreement_id), "")
    assert first[four.pk] == (str(zhang.agreement_id), "")  # a hand decides whether it may do without a page

    wrong = client.post(
        f"{batch.get_absolute_url()}decide/",
        {f"piece-{one.pk}": wang.agreement_id, f"piece-{four.pk}": he.agreement_id},
    )
    assert wrong.status_code == 422
    assert f"二维码是协议D-{zhang.agreement_id}的，不能附到D-{he.agreement_id}。" in words(wrong)
    assert not AgreementScan.objects.exists()

    given = {f"piece-{one.pk}": wang.agreement_id, f"piece-{two.pk}": wang.agreement_id, f"piece-{three.pk}": "aside"}
    done = client.post(f"{batch.get_absolute_url()}decide/", given, follow=True)
    assert "已附上 1 份协议的扫描件，1 项不附。" in words(done)
    scan = AgreementScan.objects.get()
    assert (scan.agreement, scan.file.pages) == (wang.agreement, 2)
    assert "还缺扫描件 2 份" in words(done)
    assert [event.verb for event in AuditEvent.objects.filter(verb__startswith="scans.").order_by("id")] == [
        "scans.uploaded", "scans.paired", "scans.attached_by_hand", "scans.attached_by_hand", "scans.set_aside",
    ]  # fmt: skip
    told = [[label for label, _, _ in event["changes"]] for event in sentences(batch) if "人工附上" in event["what"]]
    assert told == [["文件", "页", "协议"]] * 2


@pytest.mark.parametrize(
    ("before", "behind"),
    [
        pytest.param("扫描2.jpg", "扫描10.jpg", id="two before ten"),
        pytest.param("扫描 (2).jpg", "扫描 (10).pdf", id="in brackets"),
        pytest.param("扫描２.jpg", "扫描10.jpg", id="in full width"),
        pytest.param("扫描002.jpg", "扫描10.jpg", id="with leading noughts"),
        pytest.param("3-2.jpg", "3-10.jpg", id="the second number"),
        pytest.param("扫描.jpg", "扫描2.jpg", id="none before the first"),
        pytest.param("IMG_9.JPG", "img_10.jpg", id="whatever the case"),
        pytest.param("a1.jpg", "b1.jpg", id="words first"),
        pytest.param("9" * 190 + ".jpg", "1" + "0" * 190 + ".jpg", id="a number that is none"),
    ],
)
def test_files_stand_as_people_number_them(before: str, behind: str) -> None:
    assert sorted([behind, before], key=folders.natural) == [before, behind]


def test_a_drop_is_listed_and_put_together_as_its_files_are_numbered(season: Season) -> None:
    wang = paper_of(season, "P4")
    pictures = {number: scans.drawn("").crop((0, 0, 900 + 20 * number, 1600)) for number in (1, 10, 2)}
    first = services.open_batch([file(f"扫描{one}.jpg", pictures[one]) for one in (1, 10)], by=season.clerk, more=1)
    services.add_to_batch(first, [file("扫描2.jpg", pictures[2])], by=season.clerk)
    run()
    client = browser_of(season.clerk)
    in_order = ["扫描1.jpg", "扫描2.jpg", "扫描10.jpg"]

    page = client.get(first.get_absolute_url()).content.decode()
    tray, results = page.split("逐份结果")
    assert re.findall(r"<b>(扫描\d+\.jpg)</b>", tray) == in_order
    assert list(dict.fromkeys(re.findall(r"扫描\d+\.jpg", results))) == in_order
    told = client.get(f"/api/v1/scan-batches/{first.pk}/").json()["pieces"]
    assert [one["name"] for one in told] == in_order

    services.decide(first, {one["id"]: wang.agreement_id for one in told}, by=season.clerk)
    with pikepdf.open(io.BytesIO(bytes_of(AgreementScan.objects.get().file))) as made:
        widths = [float(page.mediabox[2]) / float(page.mediabox[3]) for page in made.pages]
    assert widths == sorted(widths)  # each was drawn a little wider than the one before


def asked_at_submission(paper: AgreementPaper) -> dict[str, str]:
    """What the rules find in the scans of this agreement, by code."""
    found = [verdict.finding for verdict in agreements.judge(paper.agreement, on=MAY_20)]
    return {one.code: one.message for one in found if one and one.code.startswith("W-SCAN")}


def test_what_a_hand_pairs_without_a_code_or_a_page_is_explained_before_it_is_handed_in(season: Season) -> None:
    zhang, wang, he = (paper_of(season, key) for key in ("P3", "P4", "P5"))
    batch = dropped(
        season.clerk,
        file("照片.jpg", scans.drawn("https://example.org/menu")),
        file("缺页.pdf", sheets(wang)[0]),
        file("何.pdf", *sheets(he)),
    )
    chosen = {"照片.jpg": zhang, "缺页.pdf": wang}
    tray = {piece.file.name: piece.pk for piece in batch.pieces.in_tray().select_related("file")}

    services.decide(batch, {tray[name]: paper.agreement_id for name, paper in chosen.items()}, by=season.clerk)

    assert "第1份扫描件没有读出协议书的二维码" in asked_at_submission(zhang)["W-SCAN-CODE"]
    assert "扫描件缺协议书第2页" in asked_at_submission(wang)["W-SCAN-PAGES"]
    assert asked_at_submission(he) == {}
    clerk, page = browser_of(season.clerk), f"/agreements/{wang.agreement_id}/confirm/"
    refused = clerk.post(page, signing_form(wang.agreement))
    assert (refused.status_code, "扫描件缺协议书第2页" in words(refused)) == (422, True)
    rest = clerk.post(page, {"version": 1, "act": "save", "scan": file("第2页.pdf", sheets(wang)[1])}, follow=True)
    assert "第2份扫描件缺协议书第1页" in words(rest)
    assert asked_at_submission(wang) == {}  # each has what the other lacks
    assert clerk.post(page, signing_form(wang.agreement)).status_code == 302


def test_programs_do_all_of_it_too(season: Season) -> None:
    zhang = paper_of(season, "P3")
    client = browser_of(season.clerk)

    made = client.post("/api/v1/scan-batches/", {"files": [file("张昇.pdf", scans.drawn(""), scans.drawn(""))]})
    assert (made.status_code, made.json()["files"], made.json()["is_busy"]) == (202, 1, True)
    run()
    at = f"/api/v1/scan-batches/{made.json()['id']}/"
    [piece] = client.get(at).json()["pieces"]
    assert (piece["outcome"], piece["guesses"]) == ("unpaired", [zhang.agreement_id])
    decision = {"pieces": [{"piece": piece["id"], "agreement": zhang.agreement_id}]}
    answer = client.post(f"{at}decide/", decision, content_type="application/json")
    assert [(one["outcome"], one["scan"]) for one in answer.json()["pieces"]] == [("attached", 1)]
    assert client.post(f"{at}decide/", decision, content_type="application/json").status_code == 422
    assert client.post("/api/v1/scan-batches/", {}).status_code == 422
    assert [one["id"] for one in client.get("/api/v1/scan-batches/").json()] == [made.json()["id"]]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(b"PK\x03\x04" + b"\0" * 200, "不完整或已损坏", id="broken"),
        pytest.param(b"PK\x05\x06" + b"\0" * 18, "没有文件", id="empty"),
    ],
)
def test_a_drop_that_is_none_is_refused_whole(season: Season, data: bytes, said: str) -> None:
    answer = browser_of(season.clerk).post("/agreements/scans/", {"scans": [SimpleUploadedFile("扫描件.zip", data)]})

    assert (answer.status_code, said in words(answer)) == (422, True)
    assert not ScanBatch.objects.exists()


def test_bombs_in_a_zip_are_refused_alone(season: Season) -> None:
    paper = paper_of(season, "P3")
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("炸弹.pdf", b"\0" * (21 << 20))
        archive.writestr("2026/张.pdf", scans.as_pdf(*sheets(paper)))

    batch = dropped(season.clerk, SimpleUploadedFile("一季.zip", made.getvalue()))

    assert outcomes(batch) == {"炸弹.pdf": "refused", "张.pdf": "attached"}
    assert batch.file.name == "一季.zip"


def test_a_drop_of_one_file_is_called_as_it_is(season: Season) -> None:
    batch = dropped(season.clerk, file("张.PDF", *sheets(paper_of(season, "P3"))))

    assert (batch.file.name, batch.file.kind) == ("张.pdf", "zip")


@pytest.mark.parametrize(
    ("name", "called"),
    [
        pytest.param("IMG_0001.HEIC", "IMG_0001.heic", id="heic"),
        pytest.param("IMG_0001.heif", "IMG_0001.heif", id="heif"),
        pytest.param("IMG_0001.JPG", "IMG_0001.jpg", id="jpg"),
    ],
)
def test_a_drop_of_one_photograph_is_called_as_it_is(season: Season, name: str, called: str) -> None:
    batch = dropped(season.clerk, SimpleUploadedFile(name, scans.HEIC))

    assert (batch.file.name, [line.name for line in batch.lines.all()]) == (called, [called])


def test_the_bytes_of_a_scan_are_kept_as_they_came_and_shown_upright(season: Season) -> None:
    paper = paper_of(season, "P3")
    upload = file("倒.pdf", *map(scans.upside_down, sheets(paper)))
    data = upload.read()
    upload.seek(0)

    dropped(season.clerk, upload)

    stored = AgreementScan.objects.get().file
    assert bytes_of(stored) == data
    with files.default_storage.open(stored.view_path) as view:
        shown = io.BytesIO(view.read())
    with pikepdf.open(shown) as upright:
        assert [page.get("/Rotate") for page in upright.pages] == [180, 180]


# --- one scan, at its agreement ---------------------------------------------------------------------------------------


def test_a_scan_uploaded_at_the_wrong_agreement_is_refused_by_its_code(season: Season) -> None:
    paper, other = paper_of(season, "P3"), paper_of(season, "P4")
    clerk = browser_of(season.clerk)

    def uploaded(at: AgreementPaper) -> Any:
        scan = file("张.pdf", *map(scans.upside_down, sheets(paper)))
        return clerk.post(f"/api/v1/agreements/{at.agreement_id}/scan/", {"file": scan})

    refused = uploaded(other)
    assert refused.status_code == 422
    assert f"第1页是协议D-{paper.agreement_id}的协议书" in refused.json()["findings"][0]["message"]
    assert "请核对是否选错了文件。" in refused.json()["findings"][0]["message"]
    both = clerk.post(
        f"/api/v1/agreements/{other.agreement_id}/scan/", {"file": file("两份.pdf", *sheets(other), *sheets(paper))}
    )
    assert "请在“签署扫描件”页面上传，平台按二维码分开附上。" in both.json()["findings"][0]["message"]
    made = uploaded(paper)
    assert (made.status_code, made.json()["lacks"]) == (201, [])
    Agreement.objects.filter(pk=paper.agreement_id).update(version=paper.version + 1)
    assert "须重新签署" in uploaded(paper).json()["findings"][0]["message"]


def test_a_wrong_scan_is_taken_away_before_it_is_handed_in_and_an_unread_one_is_asked_about(
    season: Season, today: time_machine.Traveller
) -> None:
    draft = season.agreement(season.selected("P3"), season.h4)
    standing = draft.scans.get()
    clerk, page = browser_of(season.clerk), f"/agreements/{draft.pk}/confirm/"
    upload = a_scan()
    wrong = clerk.post(page, {"version": 1, "act": "save", "scan": upload}, follow=True)
    assert "第2份扫描件没有读出二维码，请打开核对是不是本协议" in words(wrong)
    unread = {**signing_form(draft), "reason-W-SCAN-CODE": ""}
    asked = wrong.content.decode()
    assert '<dialog class="dlg" id="withdraw-2"' in asked  # nothing is taken away by one press
    assert re.search(r'<button[^>]* value="withdraw-2" form="confirm"', asked.partition("<dialog")[2])
    assert 'withdraw-2"' not in re.sub(r"<a [^>]*>", "", asked.partition("<dialog")[0])
    refused = clerk.post(page, unread)
    assert (refused.status_code, "第2份扫描件没有读出协议书的二维码" in words(refused)) == (422, True)

    gone = clerk.post(page, {"version": 1, "act": "withdraw-2"}, follow=True)

    assert "第2份扫描件已撤下" in words(gone)
    assert [*draft.scans.all()] == [standing]
    kept = AgreementScan.everything.get(agreement=draft, number=2)
    upload.seek(0)
    assert (kept.withdrawal.by, bytes_of(kept.file)) == (season.clerk, upload.read())
    assert clerk.get(f"/agreements/{draft.pk}/scans/2/").status_code == 404
    assert AuditEvent.objects.get(verb="agreement.scan_withdrawn").before["number"] == 2
    again = clerk.post(f"/api/v1/agreements/{draft.pk}/scans/2/withdraw/")
    assert (again.status_code, again.json()["findings"][0]["message"]) == (422, "没有第2份扫描件，可能已经撤下。")

    record, looking = f"/agreements/{draft.pk}/?tab=history", f"/agreements/{draft.pk}/scans/2/withdrawn/"
    assert "撤下的扫描件" in words(clerk.get(record))
    upload.seek(0)
    assert body(clerk.post(looking)) == body(clerk.post(f"/api/v1{looking}")) == upload.read()
    assert AuditEvent.objects.filter(verb="agreement.withdrawn_scan_opened", by=season.clerk.person).count() == 2
    assert clerk.post(looking.replace("/2/", "/1/")).status_code == 404  # that one stands among the papers

    assert clerk.post(page, unread).status_code == 302  # nothing unread is left to explain
    agreements.return_agreement(draft, by=season.officer, on=MAY_20, remarks={"scan": "看不清。"})
    today.shift(60)
    back = clerk.post(f"/api/v1/agreements/{draft.pk}/scans/1/withdraw/")
    assert "第1份扫描件已随协议提交过，留作记录，不能撤下" in back.json()["findings"][0]["message"]
    clerk.post(page, {"version": 1, "act": "save", "scan": a_scan()})
    third = clerk.get(page).content.decode()
    assert ('value="withdraw-3"' in third, 'value="withdraw-1"' in third) == (True, False)


def test_a_single_scan_of_blank_pages_is_refused_as_in_a_drop(season: Season) -> None:
    paper = paper_of(season, "P3")

    blank = browser_of(season.clerk).post(
        f"/api/v1/agreements/{paper.agreement_id}/scan/", {"file": file("白.pdf", scans.blank(), scans.blank())}
    )

    assert (blank.status_code, blank.json()["findings"][0]["code"]) == (422, "E-SCAN")
    assert "整个文件都是空白页" in blank.json()["findings"][0]["message"]
    assert not AgreementScan.objects.exists()


# --- what the database refuses ----------------------------------------------------------------------------------------


def test_the_database_keeps_drops_in_order(season: Season) -> None:
    paper = paper_of(season, "P3")
    batch = dropped(season.clerk, file("张.pdf", *sheets(paper)))
    line, piece = batch.lines.get(), batch.pieces.get()
    again: dict[str, Any] = {"batch": batch, "file": line, "place": 0}
    read: dict[str, Any] = {"file": line.file, "reading": line.reading, "name": "x"}
    whole = {"organization": batch.organization, "uploaded_by": season.clerk, "file": batch.file, "files": 1}
    for name, act in (
        ("no_more_scans_read_than_there_are", lambda: ScanBatch.objects.update(done=2)),
        ("scanned_file_stands_once_in_a_batch", lambda: ScannedFile.objects.create(batch=batch, place=0, name="x")),
        ("scanned_file_read_with_its_bytes", lambda: batch.lines.update(file=None)),
        ("scan_piece_stands_once_in_a_file", lambda: ScanPiece.objects.create(**again)),
        ("scan_piece_attached_with_its_scan", lambda: batch.pieces.update(scan=None)),
        ("agreements_scannedfile_file_id_key", lambda: ScannedFile.objects.create(batch=batch, place=1, **read)),
        ("agreements_scanbatch_file_id_key", lambda: ScanBatch.objects.create(**whole)),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            act()
    with pytest.raises(ProtectedError):
        piece.scan.delete()  # type: ignore[union-attr]


def test_a_scan_of_an_older_paper_is_refused_by_the_service_itself(season: Season) -> None:
    paper = paper_of(season, "P3")
    stored = files.keep(scans.as_pdf(scans.blank()), name="x", kind="pdf", purpose="agreement-scan", by=season.clerk)

    with pytest.raises(Refused, match="须重新签署"):
        agreements.attach_scan(paper.agreement, file=stored, by=season.clerk, version=paper.version + 1)
