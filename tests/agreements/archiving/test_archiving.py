"""归档: one item for each person of a year, numbers without gaps that never change, papers that come once."""

import io
import pickle
import zipfile
from collections.abc import Iterator
from datetime import date, timedelta
from hashlib import sha256
from typing import Any

import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.utils.timezone import now
from openpyxl import load_workbook

from agreements.archiving import assembling, documents, packing, queries, services
from agreements.archiving.models import (
    ArchivedPaper,
    ArchiveItem,
    ArchiveLine,
    ArchivePackage,
    ArchiveYear,
)
from agreements.archiving.plan import archival_code, plan_in
from agreements.enums import Authority, Party
from agreements.kept import bytes_of
from agreements.models import Agreement, FilingCertificate, SigningLink
from agreements.services import return_agreement
from agreements.services.past import attach_past_scan
from agreements.voiding.services import void_agreement
from core import files, pdf
from core.models import AuditEvent, Message, PolicyPack
from core.policy import Refused
from tests.agreements.hands import body, words
from tests.agreements.test_papers import pages_of
from tests.cast import MAY_12, MAY_20, PDF, Season, scan
from tests.cast import shipped as shipped_pack
from tests.conftest import as_owner
from tests.desk.rosters.hands import run as work
from tests.hands import at_once, browser_of, linger, only_added_to
from tests.specialists.team_acts import member_of, selected

AT = "/agreements/archive/"
FEBRUARY = date(2027, 2, 10)
NOTE = "原件已按纸质档案移交，扫描件不再补充。"


@pytest.fixture(autouse=True)
def today() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2027-02-10T10:00:00+08:00", tick=False) as traveller:
        yield traveller


def filed(season: Season, key: str, *, certified: bool = True, **more: Any) -> Agreement:
    agreement = season.filed(season.selected(key), season.h4, **more)
    if certified:
        file = files.keep(PDF, name="备案证明.pdf", kind="pdf", purpose="certificate", by=None)
        FilingCertificate.objects.create(agreement=agreement, file=file, token=f"{agreement.pk:032x}")
    return agreement


def prepared(season: Season, note: str = "") -> ArchiveYear:
    return services.prepare_archive(2026, by=season.officer, on=FEBRUARY, note=note)


def closed(season: Season, *keys: str) -> ArchiveYear:
    for key in keys:
        filed(season, key)
    return services.close_archive(prepared(season), by=season.head, on=FEBRUARY)


def told(archive: ArchiveYear) -> list[tuple[str, int | None, int | None]]:
    return [(item.code, item.pages, item.box) for item in documents.in_order(archive)]


def refused(act: Any) -> str:
    with pytest.raises(Refused) as refusal, transaction.atomic():
        act()
    return str(refusal.value)


# --- the whole way ----------------------------------------------------------------------------------------------------


def test_a_year_is_arranged_checked_numbered_and_handed_out(season: Season) -> None:
    """By page: the officer arranges and says what is missing, the head closes, the worker puts it together."""
    one, void = filed(season, "P1"), filed(season, "P3")
    bare = filed(season, "P4", signed=False)
    void_agreement(void, by=season.officer, on=MAY_20, reason="重复备案")
    back = season.submitted(season.selected("P5"), season.h4)
    return_agreement(back, by=season.officer, on=MAY_20, remarks={"scan": "看不清"})
    Agreement.objects.filter(pk=back.pk).update(status="submitted")
    officer, head = browser_of(season.officer), browser_of(season.head)

    assert "2026 年度 3 份 3 件" in words(officer.get(AT))
    page = words(officer.get(f"{AT}prepare/?year=2026"))
    for said in (
        "3 件，3 份协议",
        f"没有签章扫描件 1 份 请先补充扫描件；不能补充的，在情况说明中写明原因。 {bare}",
        str(back),
    ):
        assert said in page, said
    lacking = officer.post(f"{AT}prepare/?year=2026", {"note": ""})
    assert (lacking.status_code, f"1件没有签章扫描件（{bare}）" in words(lacking)) == (422, True)
    at = officer.post(f"{AT}prepare/?year=2026", {"note": NOTE})["Location"]
    assert officer.post(f"{at}close/").status_code == 403
    assert "检查并归档" in words(head.get(at))
    assert "1 个年度的归档待检查" in words(head.get("/"))

    assert head.post(f"{at}close/").status_code == 302

    archive = ArchiveYear.objects.get()
    asking = {"HX-Request": "true"}
    assert "正在整理归档材料：0 / 3 件" in words(head.get(at))
    assert "0 / 3 件" in words(head.get(at, headers=asking))
    work()
    assert head.get(at, headers=asking)["HX-Refresh"] == "true"
    assert told(archive) == [
        ("0117-WS·2026-D30-KTP-0001", 2, 1),
        ("0117-WS·2026-D30-KTP-0002", 1, 1),
        ("0117-WS·2026-D10-KTP-0001", 1, 1),
    ]
    item = ArchiveItem.objects.get(lines__agreement=one)
    assert [(paper.title, paper.file.sha256) for paper in item.papers.all()] == [
        ("签章扫描件", one.scans.get().file.sha256),
        ("备案证明", sha256(PDF).hexdigest()),
    ]
    year = words(head.get(at))
    assert "30年 2 3 1 0 10年 1 1 1 0" in year
    shown = words(head.get(item.get_absolute_url()))
    assert "全宗号 0117 年度 2026 件号 1 机构（问题） 科技特派员 保管期限 30年 页数 2" in shown
    assert body(head.get(f"{item.get_absolute_url()}papers/1/")) == PDF
    assert "0117-WS·2026-D30-KTP-0001" in words(officer.get(one.get_absolute_url()))
    assert "0117-WS" not in words(browser_of(season.clerk).get(one.get_absolute_url()))
    told_by = dict(Message.objects.filter(link=at).values_list("person", "subject"))
    assert told_by == {
        season.head.person_id: "2026年度协议归档待检查",
        season.officer.person_id: "2026年度协议已归档",
    }
    assert "已由刘处长" in refused(lambda: prepared(season, NOTE))


def test_the_directory_names_the_team(season: Season) -> None:
    team = selected(season)
    leader = member_of(team, "P8")
    assert leader.registration
    season.filed(leader.registration, season.h1, team=team)
    filed(season, "P1")

    archive = services.close_archive(prepared(season, NOTE), by=season.head, on=FEBRUARY)

    assert {entry.title for entry in map(documents.entry, documents.in_order(archive))} == {
        "[孙立群（小麦产业技术团队）2026年科技特派员派驻服务三方协议备案材料]",
        "[李喆2026年科技特派员派驻服务三方协议备案材料]",
    }


def test_the_directory_the_sheet_and_the_package_tell_the_same(season: Season) -> None:
    """In earnest, once: the printed directory is the first file of the package."""
    one = filed(season, "P1")
    archive = closed(season, "P3")
    work()
    officer = browser_of(season.officer)
    at = archive.get_absolute_url()

    assert officer.post(f"{at}package/").status_code == 302
    work()

    package = ArchivePackage.objects.get()
    data = b"".join(officer.get(f"{AT}packages/{package.pk}/file/").streaming_content)  # type: ignore[attr-defined]
    assert sha256(data).hexdigest() == package.sha256
    with zipfile.ZipFile(io.BytesIO(data)) as made:
        names = made.namelist()
        printed = made.read(names[0])
        digests = made.read("校验值.txt").decode()
        papers = {name: made.read(name) for name in names[1:-1]}
    code = "0117-WS·2026-D30-KTP-0001"
    assert names[:3] == ["归档文件目录.pdf", f"{code}/01签章扫描件.pdf", f"{code}/02备案证明.pdf"]
    assert digests == "".join(f"{sha256(kept).hexdigest()}  {name}\n" for name, kept in papers.items())
    again = io.BytesIO()
    packing.write(archive, again)
    assert again.getvalue() == data  # the same archive, the same bytes
    [text] = pages_of(printed)
    row = (code, str(one.filing_number), "示范农林学院、滹沱示范谷物种植专业合作社、李喆", "20260520", "第1盒")
    for fact in ("全宗号：0117", "保管期限：30年", "共2件", *row):
        assert fact in text, fact
    book = load_workbook(io.BytesIO(officer.get(f"{at}sheet/?retention=D30").content))
    rows = [[cell.value for cell in line] for line in book.worksheets[0].iter_rows(min_row=3, max_row=4)]
    assert rows == [
        list(documents.HEAD),
        [1, row[0], row[1], row[2], "[李喆2026年科技特派员派驻服务三方协议备案材料]", row[3], None, 2, row[4]],
    ]

    [box] = pages_of(officer.get(f"{at}boxes/").content)
    for fact in ("备考表", "起止件号0001—0002", "整理人：陈科员", "检查人：刘处长", "材料齐全"):
        assert fact in box, fact


def rows_of(reader: Client, path: str) -> str:
    """What the list says, without its filters and its help."""
    return reader.get(path).text.partition("<tbody")[2].partition("</tbody>")[0]


def test_what_comes_later_stands_behind_the_numbers(season: Season) -> None:
    """A scan found later and a past agreement taken over later; nothing that was numbered changes."""
    past = filed(
        season, "P1", certified=False, is_past=True, signed=False, submitted_on=None, filing_number="石科特1号"
    )
    archive = services.close_archive(prepared(season, NOTE), by=season.head, on=FEBRUARY)
    assert "还在整理" in refused(lambda: services.supplement_archive(archive, by=season.officer, on=FEBRUARY))
    work()
    assert ArchiveItem.objects.get().lacking == "没有可以归档的材料。"
    assert "没有新增" in refused(lambda: services.supplement_archive(archive, by=season.officer, on=FEBRUARY))
    attach_past_scan(past, file=scan(season.officer), by=season.officer)
    filed(season, "P3", certified=False, is_past=True, submitted_on=None, filing_number="石科特2号")
    officer, at = browser_of(season.officer), archive.get_absolute_url()
    assert "归档后新增的材料 2 件" in words(officer.get(at))
    assert browser_of(season.auditor).post(f"{at}supplement/").status_code == 403

    items, lacking = f"{AT}items/?year=2026", f"{AT}items/?year=2026&state=lacking"
    assert ("材料有缺" in rows_of(officer, items), "D30-KTP-0001" in rows_of(officer, lacking)) == (True, True)
    assert officer.post(f"{at}supplement/").status_code == 302
    work()

    assert told(archive) == [
        (f"0117-WS·2026-D30-KTP-000{number}", pages, 1) for number, pages in ((1, 0), (2, 1), (3, 1))
    ]
    last = ArchiveItem.objects.get(number=3)
    assert (last.supplements.number, last.title) == (1, "[李喆2026年科技特派员派驻服务三方协议补充材料]")  # type: ignore[union-attr]
    assert queries.later(archive, by=season.officer).is_something is False
    first = ArchiveItem.objects.get(number=1)
    assert ("缺件已补充" in rows_of(officer, items), "材料有缺" in rows_of(officer, items)) == (True, False)
    assert "D30-KTP-0001" not in rows_of(officer, lacking)
    assert [one.lacking for one in queries.figures(archive)] == [0]
    assert "整理时：没有可以归档的材料。归档后已经补充" in words(officer.get(first.get_absolute_url()))
    assert documents.remark(next(iter(documents.in_order(archive)))).endswith("缺件已补充")
    page = words(officer.get(f"{AT}items/?year=2026&state=later"))
    assert ("齐全 补充0117-WS·2026-D30-KTP-0001" in page, "D30-KTP-0002" in page) == (True, False)


def test_a_paper_that_is_gone_is_told_and_stops_no_other(season: Season) -> None:
    one = filed(season, "P1")
    lost = one.scans.get().file
    default_storage.delete(lost.path)
    archive = closed(season, "P3")
    work()

    item = ArchiveItem.objects.get(lines__agreement=one)
    assert (item.pages, item.lacking) == (1, f"{one}的签章扫描件没有归档：文件不在存储中。")
    assert "没有新增" in refused(lambda: services.supplement_archive(archive, by=season.officer, on=FEBRUARY))
    assert f"{one}的签章扫描件" in str(documents.boxes(archive)[0].lacking[0].lacking)


def signed_online(agreement: Agreement, season: Season) -> None:
    for party, signer in zip(Party, ("孟主任", "马社长", agreement.specialist.name), strict=True):
        link = SigningLink.objects.create(
            agreement=agreement, party=party, version=1, sent_to="m***@example.org", sent_on=MAY_12, sent_by=season.clerk,
            token_digest=f"{party}", expires_at=now(), used_at=now(),
        )  # fmt: skip
        as_what = Authority.SELF if party == Party.SPECIALIST else Authority.LEGAL
        agreement.signatures.create(party=party, signer=signer, signed_on=MAY_12, authority=as_what, link=link)


def test_what_was_signed_online_is_archived_with_who_signed_it(season: Season) -> None:
    """There is no scan, and none is missing: the contract and its record stand for it. The one in earnest."""
    one = filed(season, "P1", signed=False)
    signed_online(one, season)
    archive = closed(season)
    work()

    papers = list(archive.items.get().papers.select_related("file"))
    assert [paper.title for paper in papers] == ["协议书及在线签署记录", "备案证明"]
    [*contract, record] = pages_of(bytes_of(papers[0].file))
    assert "三方协议书" in contract[0]
    for said in (str(one.filing_number), "示范农林学院", "孟主任法定代表人", "经m***@example.org的链接和验证码确认"):
        assert said in record.replace("　", ""), said
    assert queries.later(archive, by=season.officer).is_something is False


# --- what may not be --------------------------------------------------------------------------------------------------


def test_a_year_that_is_not_over_or_has_nothing_and_one_person_for_both_are_refused(season: Season) -> None:
    assert "2027年度尚未结束，2028年1月1日起" in refused(
        lambda: services.prepare_archive(2027, by=season.officer, on=FEBRUARY)
    )
    assert "没有需要归档" in refused(lambda: prepared(season))
    filed(season, "P1")
    archive = prepared(season)
    assert "不能是同一人" in refused(lambda: services.close_archive(archive, by=season.officer, on=FEBRUARY))
    assert "还没有归档" in refused(lambda: packing.ask_for_package(archive, by=season.officer))
    client = browser_of(season.officer)
    assert [client.get(f"{AT}prepare/?year={year}").status_code for year in ("", "26", "²⁰²⁵")] == [200] * 3


def test_a_stored_pack_without_an_archive_archives_as_the_shipped_one() -> None:
    shipped = PolicyPack(**pickle.loads(shipped_pack()))

    assert plan_in(PolicyPack(settings={})) == plan_in(shipped)


@pytest.mark.parametrize(
    ("statuses", "period"), [(["void"], "D10"), (["void", "filed"], "D30"), (["terminated"], "D30")]
)
def test_the_longest_period_of_a_person_holds(statuses: list[str], period: str) -> None:
    assert plan_in(PolicyPack(settings={})).retention_of(statuses) == period


def test_a_bureau_that_does_not_divide_by_office_leaves_it_out() -> None:
    assert archival_code(fonds="0117", office="", year=2026, retention="Y", number=12) == "0117-WS·2026-Y-0012"


# --- two at once, and in between --------------------------------------------------------------------------------------


def test_of_two_heads_who_close_at_once_the_second_is_told(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the lock of `_hold` both find it open, and the slower one ends in an error page."""
    filed(lasting_season, "P1")
    archive = prepared(lasting_season)
    linger(monkeypatch, services.queries, "preview")

    def close() -> str:
        services.close_archive(archive, by=lasting_season.head, on=FEBRUARY)
        return "closed"

    assert at_once(close, close) == ["E-STATE", "closed"]


def test_two_officers_do_not_archive_the_same_papers_under_two_numbers(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive = closed(lasting_season, "P1")
    work()
    filed(lasting_season, "P3", is_past=True, submitted_on=None, certified=False)
    linger(monkeypatch, services.queries, "later")

    def supplement() -> str:
        services.supplement_archive(archive, by=lasting_season.officer, on=FEBRUARY)
        return "added"

    assert at_once(supplement, supplement) == ["E-STATE", "added"]


def test_two_workers_put_different_items_together_and_one_fills_the_boxes(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assembling, "AT_ONCE", 1)
    archive = closed(lasting_season, "P1", "P3")
    linger(monkeypatch, services.queries, "not_archived")

    def assemble() -> None:
        assembling.assemble_next(archive)

    assert at_once(assemble, assemble) == ["done", "done"]
    assert [(pages, box) for _, pages, box in told(archive)] == [(2, 1), (2, 1)]
    assert ArchivedPaper.objects.count() == 4


def test_a_worker_killed_in_the_middle_archives_nothing_twice(
    season: Season, monkeypatch: pytest.MonkeyPatch, today: time_machine.Traveller
) -> None:
    monkeypatch.setattr(assembling, "AT_ONCE", 1)
    archive = closed(season, "P1", "P3")
    lend = packing.files.lend
    for owner, name in ((assembling, "_assemble"), (assembling, "_fill_boxes")):
        with pytest.MonkeyPatch.context() as patch:
            act = getattr(owner, name)

            def killed(*given: Any, act: Any = act, **more: Any) -> Any:
                act(*given, **more)
                raise KeyboardInterrupt

            patch.setattr(owner, name, killed)
            with pytest.raises(KeyboardInterrupt):
                work()
        today.shift(timedelta(minutes=2))
    work()
    assert [(pages, box) for _, pages, box in told(archive)] == [(2, 1), (2, 1)]

    package = packing.ask_for_package(archive, by=season.officer)
    monkeypatch.setattr(packing, "directory_pdf", lambda archive: PDF)

    def lent_and_killed(*given: Any, **more: Any) -> str:
        lend(*given, **more)
        raise KeyboardInterrupt

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packing.files, "lend", lent_and_killed)
        with pytest.raises(KeyboardInterrupt):
            work()
    today.shift(timedelta(minutes=2))
    work()
    packing.make_package(package)  # delivered once more

    package.refresh_from_db()
    assert packing.package_is_there(package)
    assert AuditEvent.objects.filter(verb="archive.package_made").count() == 1


def test_no_package_has_a_hole_in_it(season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "directory_pdf", lambda archive: PDF)
    archive = closed(season, "P1")
    work()
    spoiled = archive.items.get().papers.get(number=1)
    default_storage.delete(spoiled.file.path)
    default_storage.save(spoiled.file.path, ContentFile(b"%PDF-1.7 other"))

    package = packing.ask_for_package(archive, by=season.officer)
    work()

    package.refresh_from_db()
    assert (package.is_busy, package.path) == (False, "")
    said = f"没有制成：{spoiled.item.code}的签章扫描件已不在或已损坏，请管理员从备份恢复后重新制作。"
    assert said in words(browser_of(season.officer).get(archive.get_absolute_url()))
    assert AuditEvent.objects.filter(verb="archive.package_failed").count() == 1


def test_a_package_is_made_once_by_two_workers(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    archive = closed(lasting_season, "P1")
    work()
    monkeypatch.setattr(packing, "directory_pdf", lambda archive: PDF)
    linger(monkeypatch, packing, "write")
    package = packing.ask_for_package(archive, by=lasting_season.officer)

    at_once(*[lambda: packing.make_package(package)] * 2)

    assert AuditEvent.objects.filter(verb="archive.package_made").count() == 1


def test_boxes_are_filled_in_order_and_keep_what_lies_in_them(season: Season) -> None:
    archive = closed(season, "P1", "P3", "P4")
    items = list(archive.items.order_by("number"))
    for item, pages in zip(items, (200, 100, 10), strict=True):
        ArchiveItem.objects.filter(pk=item.pk).update(assembled_at=now(), pages=pages)

    assembling._fill_boxes(archive)

    assert [box for *_, box in told(archive)] == [1, 1, 2]


# --- guards -----------------------------------------------------------------------------------------------------------


def test_the_database_keeps_what_was_archived(season: Season) -> None:
    archive, (one, _) = closed(season, "P1", "P3"), Agreement.objects.order_by("pk")
    work()
    first, second = archive.items.order_by("number")
    year = {"year": 2020, "prepared_by": season.officer, "prepared_on": FEBRUARY}
    item = {
        "archive": archive, "retention": "D30", "title": "[甲]", "responsible": "甲", "document_numbers": "1号",
        "dated": FEBRUARY, "added_on": FEBRUARY,
    }  # fmt: skip
    paper = first.papers.first()
    assert paper
    given = {"agreement": one, "title": "扫描件", "file": paper.file}
    for name, act in (
        ("agreements_archiveyear_year_key", lambda: ArchiveYear.objects.create(**{**year, "year": 2026})),
        ("archive_closed_when_and_by_whom", lambda: ArchiveYear.objects.create(**year, closed_on=FEBRUARY)),
        (
            "archive_checked_by_another",
            lambda: ArchiveYear.objects.create(
                **year, closed_on=FEBRUARY, closed_by=season.officer, fonds="1", box_pages=300
            ),
        ),
        (
            "archive_closed_after_it_was_prepared",
            lambda: ArchiveYear.objects.create(
                **year, closed_on=MAY_20, closed_by=season.head, fonds="1", box_pages=300
            ),
        ),
        ("archive_prepared_after_its_year", lambda: ArchiveYear.objects.create(**{**year, "year": 2027})),
        ("archive_number_given_once", lambda: ArchiveItem.objects.create(**item, number=2, code="a")),
        ("archive_numbers_have_no_gaps", lambda: ArchiveItem.objects.create(**item, number=4, code="a")),
        ("agreements_archiveitem_code_key", lambda: ArchiveItem.objects.create(**item, number=3, code=first.code)),
        (
            "archive_pages_counted_when_assembled",
            lambda: ArchiveItem.objects.create(**item, number=3, code="a", pages=1),
        ),
        ("agreement_archived_once", lambda: ArchiveLine.objects.create(item=second, agreement=one, is_first=True)),
        ("agreement_once_in_an_item", lambda: ArchiveLine.objects.create(item=first, agreement=one, is_first=False)),
        (
            "agreements_archivedpaper_source_key",
            lambda: ArchivedPaper.objects.create(item=second, number=9, source=paper.source, **given),
        ),
        (
            "paper_stands_once_in_an_item",
            lambda: ArchivedPaper.objects.create(item=first, number=1, source="scan:0", **given),
        ),
        (
            "archive_package_made_at_its_time",
            lambda: ArchivePackage.objects.create(archive=archive, asked_by=season.officer, items=1, path="a.zip"),
        ),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            act()


def test_numbers_given_and_a_closed_year_never_change(lasting_season: Season) -> None:
    closed(lasting_season, "P1")
    work()
    for statement in (
        "UPDATE agreements_archiveitem SET number = 2",
        "DELETE FROM agreements_archiveitem",
        "DELETE FROM agreements_archiveyear",
    ):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
            connection.cursor().execute(statement)
    for statement in (
        "UPDATE agreements_archiveitem SET pages = 9",
        "UPDATE agreements_archiveitem SET box = 9",
        "UPDATE agreements_archiveyear SET note = '另有说明'",
    ):
        with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
            connection.cursor().execute(statement)
    for statement in (
        "UPDATE agreements_archiveitem SET number = 2",
        "UPDATE agreements_archiveitem SET code = 'B'",
        "DELETE FROM agreements_archiveitem",
        "DELETE FROM agreements_archiveyear",
    ):
        with as_owner(), pytest.raises(DatabaseError, match="append-only"):
            connection.cursor().execute(statement)
    only_added_to("agreements_archiveline", "agreements_archivedpaper")


# --- programs ---------------------------------------------------------------------------------------------------------


def test_programs_archive_a_year_too(season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "render", lambda *given, **more: PDF)  # how it looks is told above
    one, officer, head = filed(season, "P1"), browser_of(season.officer), browser_of(season.head)
    bare = filed(season, "P3", signed=False)
    json, at = "application/json", "/api/v1/archives/"

    seen = officer.get(f"{at}preview/?year=2026").json()
    assert seen == {"items": 2, "agreements": 2, "without_scan": [bare.pk], "without_certificate": [], "under_way": []}
    assert officer.get(f"{at}preview/?year=x").status_code == 422
    assert [code["code"] for code in officer.post(at, {"year": 2026}, json).json()["findings"]] == ["E-FIELD"]
    made = officer.post(at, {"year": 2026, "note": NOTE}, json)
    assert (made.status_code, made.json()["closed_on"]) == (201, None)
    year = f"{at}{made.json()['id']}/"
    assert officer.get(f"{year}directory/").status_code == 422
    assert head.post(f"{year}close/").json()["closed_on"] == "2027-02-10"
    assert head.post(f"{year}close/").status_code == 422
    work()

    assert (officer.get(year).json()["done"], len(officer.get(at).json())) == (2, 1)
    second, first = officer.get(f"{year}items/").json()
    assert [item["code"] for item in (first, second)] == [f"0117-WS·2026-D30-KTP-000{number}" for number in (1, 2)]
    item = f"{at}items/{first['id']}/"
    told_item = officer.get(item).json()
    assert (told_item["agreements"], [paper["title"] for paper in told_item["papers"]]) == (
        [one.pk],
        ["签章扫描件", "备案证明"],
    )
    assert body(officer.get(f"{item}papers/2/")) == PDF
    assert officer.get(f"{item}papers/3/").status_code == 404
    assert officer.post(f"{year}supplement/").status_code == 422
    assert [officer.get(f"{year}{paper}/").content for paper in ("directory", "boxes")] == [PDF, PDF]
    assert officer.get(f"{year}sheet/").content.startswith(b"PK")
    asked = officer.post(f"{year}package/").json()
    file = f"{at}packages/{asked['id']}/file/"
    assert (asked["is_busy"], officer.get(file).status_code) == (True, 422)
    work()
    assert body(officer.get(file)).startswith(b"PK")
    assert browser_of(season.finance).get(item).status_code == 404
