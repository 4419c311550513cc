"""Scans of past agreements: brought by the folder, attached by the number in their names."""

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction

from agreements.models import Agreement, AgreementScan
from agreements.scanning.matching import numbers_in
from core import files
from core.policy import Refused
from desk.scans import services
from desk.scans.models import ScanFile, ScanFolder
from tests.agreements.hands import words
from tests.cast import PDF, Season
from tests.core import hostile
from tests.desk.rosters import hands
from tests.desk.rosters.past import HE, LI, WANG, ZHANG, row, taken
from tests.hands import browser_of


@pytest.fixture(autouse=True)
def today() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-05-12T10:00:00+08:00", tick=False) as traveller:
        yield traveller


@pytest.fixture
def season(season: Season) -> Season:
    """With four past agreements."""
    numbers = ("石科特〔2025〕1号", "石科特〔2025〕12号", "旧-3", "旧-4")
    taken(season.officer, *(row(number, who) for number, who in zip(numbers, (ZHANG, WANG, HE, LI), strict=True)))
    return season


def packed(*named: tuple[str, bytes], gbk: bool = False) -> SimpleUploadedFile:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in named:
            archive.writestr(_Gbk(name) if gbk else name, data)
    return SimpleUploadedFile("扫描件.zip", made.getvalue())


class _Gbk(zipfile.ZipInfo):
    """A name as an old Windows packs it: bytes of GBK, and no word of it."""

    def _encodeFilenameFlags(self) -> tuple[bytes, int]:
        return self.filename.encode("gbk"), self.flag_bits & ~0x800


def paper(pages: int) -> bytes:
    return hostile.pdf(pages)


def attached(season: Season, *uploads: SimpleUploadedFile) -> dict[str, str]:
    """What became of each file, by its name."""
    folder = services.open_folder(uploads, by=season.officer)
    hands.run()
    folder.refresh_from_db()
    assert not folder.is_running
    return dict(folder.lines.values_list("name", "outcome"))


# --- names ------------------------------------------------------------------------------------------------------------

KNOWN = {"石科特〔2025〕1号": 1, "石科特〔2025〕12号": 2, "旧-1": 3, "旧-12": 4, "20250001": 5, "D-17": 6}


@pytest.mark.parametrize(
    ("name", "agreements"),
    [
        pytest.param("石科特〔2025〕1号.pdf", [1], id="as it stands"),
        pytest.param("石科特[2025]12号 张昇.pdf", [2], id="other brackets, and a name"),
        pytest.param("石科特2025-12号.jpg", [2], id="signs left out"),
        pytest.param("旧-12.pdf", [4], id="the longer of two"),
        pytest.param("扫描_旧-1_第一份.pdf", [3], id="among other words"),
        pytest.param("Ｄ－１７.PDF", [6], id="a D-code in full width"),
        pytest.param("20250001.pdf", [5], id="digits only"),
        pytest.param("120250001.pdf", [], id="part of another number"),
        pytest.param("旧-1 旧-12.pdf", [4], id="one that holds the other"),
        pytest.param("旧-1和D-17.pdf", [3, 6], id="two numbers"),
        pytest.param("张昇.pdf", [], id="no number"),
    ],
)
def test_a_file_is_of_the_agreement_whose_number_its_name_holds(name: str, agreements: list[int]) -> None:
    assert numbers_in(name, KNOWN) == agreements


# --- folders ----------------------------------------------------------------------------------------------------------


def test_each_file_of_a_folder_gets_its_answer_and_none_stops_another(season: Season) -> None:
    have = Agreement.objects.get(filing_number="旧-4")

    found = attached(
        season,
        packed(
            ("2025年/石科特〔2025〕1号.pdf", paper(1)),
            ("2025年/第二批/石科特〔2025〕12号 王晓晨.pdf", paper(2)),
            ("../../etc/旧-3.jpg", b"not a picture at all"),
            ("没有号码.pdf", paper(3)),
            ("旧-3和旧-4.pdf", paper(4)),
            (f"D-{have.pk}.pdf", paper(5)),
            ("旧-4 又一份.pdf", paper(6)),
            ("里面.zip", packed(("旧-3.pdf", PDF)).read()),
            ("旧-3 宏.docx", b"PK\x03\x04word/"),
            ("__MACOSX/._旧-3.pdf", b"x"),
            ("Thumbs.db", b"x"),
            ("空文件夹/", b""),
        ),
    )

    assert found == {
        "石科特〔2025〕1号.pdf": "attached",
        "石科特〔2025〕12号 王晓晨.pdf": "attached",
        "旧-3.jpg": "refused",
        "没有号码.pdf": "unknown",
        "旧-3和旧-4.pdf": "several",
        f"D-{have.pk}.pdf": "attached",
        "旧-4 又一份.pdf": "has_one",
        "里面.zip": "unknown",
        "旧-3 宏.docx": "refused",
    }
    assert set(AgreementScan.objects.values_list("agreement__filing_number", "number")) == {
        ("石科特〔2025〕1号", 1), ("石科特〔2025〕12号", 1), ("旧-4", 1),
    }  # fmt: skip


def test_several_files_go_the_way_of_a_folder(season: Season) -> None:
    uploads = [SimpleUploadedFile("旧-3.pdf", paper(1)), SimpleUploadedFile("旧-4.pdf", paper(2))]

    assert attached(season, *uploads) == {"旧-3.pdf": "attached", "旧-4.pdf": "attached"}


def test_the_files_of_a_folder_are_listed_as_they_are_numbered(season: Season) -> None:
    names = ["旧-1.pdf", "旧-10.pdf", "旧-2.pdf"]
    attached(season, *(SimpleUploadedFile(name, paper(place)) for place, name in enumerate(names, start=1)))

    page = words(browser_of(season.officer).get(ScanFolder.objects.get().get_absolute_url()))

    assert re.findall(r"旧-\d+\.pdf", page) == ["旧-1.pdf", "旧-2.pdf", "旧-10.pdf"]


def test_names_packed_in_gbk_are_read(season: Season) -> None:
    assert attached(season, packed(("石科特〔2025〕1号.pdf", paper(1)), gbk=True)) == {
        "石科特〔2025〕1号.pdf": "attached"
    }


def test_one_file_is_not_the_scan_of_two_agreements(season: Season) -> None:
    scan = paper(1)  # made once: the writer of PDFs puts the second into its identifier
    assert attached(season, packed(("旧-3.pdf", scan))) == {"旧-3.pdf": "attached"}

    assert attached(season, packed(("旧-4.pdf", scan))) == {"旧-4.pdf": "same"}
    assert ScanFile.objects.get(outcome="same").message == "这个文件已是协议旧-3的扫描件。"


def bomb() -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("旧-3.pdf", b"\0" * (300 << 20))
        archive.writestr("旧-4.pdf", paper(1))
    return made.getvalue()


def test_a_bomb_is_one_refused_file_and_no_more(season: Season) -> None:
    assert attached(season, SimpleUploadedFile("扫描件.zip", bomb())) == {"旧-3.pdf": "refused", "旧-4.pdf": "attached"}


def test_a_directory_that_lies_about_sizes_meets_the_same_limit(season: Season) -> None:
    data = bomb()
    size = (300 << 20).to_bytes(4, "little")
    folder = services.open_folder(
        [SimpleUploadedFile("扫描件.zip", data.replace(size, (9).to_bytes(4, "little")))], by=season.officer
    )
    hands.run()

    assert dict(folder.lines.values_list("name", "outcome"))["旧-3.pdf"] == "refused"
    assert dict(folder.lines.values_list("name", "outcome"))["旧-4.pdf"] == "attached"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param(b"PK\x03\x04" + b"\0" * 200, "不完整或已损坏", id="broken"),
        pytest.param(packed().read(), "没有文件", id="empty"),
        pytest.param(packed(*((f"{n}.pdf", b"") for n in range(3_001))).read(), "超过3000个", id="too many"),
    ],
)
def test_a_folder_that_is_none_is_refused_whole(season: Season, data: bytes, said: str) -> None:
    with pytest.raises(Refused, match=said):
        services.open_folder([SimpleUploadedFile("扫描件.zip", data)], by=season.officer)

    assert not ScanFolder.objects.exists()


class Killed(BaseException):
    """What a worker that is killed looks like from inside."""


def test_a_worker_killed_in_the_middle_begins_its_files_again(
    season: Season, monkeypatch: pytest.MonkeyPatch, today: time_machine.Traveller
) -> None:
    monkeypatch.setattr(services, "AT_ONCE", 2)
    names = ("石科特〔2025〕1号.pdf", "石科特〔2025〕12号.pdf", "旧-3.pdf", "旧-4.pdf")
    folder = services.open_folder([packed(*((name, paper(n + 1)) for n, name in enumerate(names)))], by=season.officer)
    receive, calls = files.receive, []

    def killed_at_the_fourth(*given: Any, **more: Any) -> Any:
        calls.append(1)
        if len(calls) == 4:
            raise Killed
        return receive(*given, **more)

    monkeypatch.setattr(files, "receive", killed_at_the_fourth)
    with pytest.raises(Killed):
        hands.run()
    folder.refresh_from_db()
    assert (folder.done, AgreementScan.objects.count()) == (2, 2)

    today.shift(timedelta(minutes=1))  # the relay sends it again
    hands.run()

    folder.refresh_from_db()
    assert (folder.done, AgreementScan.objects.count()) == (4, 4)


def test_only_a_past_agreement_gets_its_scan_so(season: Season) -> None:
    filed = season.filed(season.selected("P9"), season.h5, signed=False)

    found = attached(season, packed((f"D-{filed.pk}.pdf", paper(1)), (f"{filed.filing_number}.pdf", paper(2))))

    assert set(found.values()) == {"unknown"}


# --- pages ------------------------------------------------------------------------------------------------------------


def test_an_officer_brings_a_folder_and_reads_what_became_of_it(season: Season) -> None:
    client = browser_of(season.officer)
    assert "还有 4 份没有扫描件" in words(client.get("/past-scans/"))
    assert "请选择扫描件或压缩包" in words(client.post("/past-scans/", {}))

    answer = client.post("/past-scans/", {"scans": [packed(("旧-3.pdf", paper(1)), ("没有.pdf", paper(2)))]})
    assert "正在处理：0 / 2 个" in words(client.get(answer["Location"]))
    hands.run()

    page = words(client.get(answer["Location"]))
    assert "已附上 1" in page
    assert "没有.pdf 没有对应的协议 — 文件名中没有已导入的原备案号或协议编号。" in page
    only = words(client.get(answer["Location"] + "?outcome=attached"))
    assert ("旧-3.pdf" in only, "没有.pdf" in only) == (True, False)
    agreement = Agreement.objects.get(filing_number="旧-3")
    assert "签章扫描件 第 1 份" in words(client.get(agreement.get_absolute_url()))


def test_nobody_else_brings_scans(season: Season) -> None:
    folder = services.open_folder([packed(("旧-3.pdf", paper(1)))], by=season.officer)

    for hat in (season.clerk, season.finance, season.head):
        assert browser_of(hat).get("/past-scans/").status_code == 403
        assert browser_of(hat).get(folder.get_absolute_url()).status_code == 404


def test_programs_bring_them_too(season: Season) -> None:
    client = browser_of(season.officer)

    made = client.post("/api/v1/past-scans/", {"files": [packed(("旧-3.pdf", paper(1)))]})
    assert (made.status_code, made.json()["files"]) == (202, 1)
    hands.run()

    [line] = client.get(f"/api/v1/past-scans/{made.json()['id']}/").json()["lines"]
    assert (line["name"], line["outcome"]) == ("旧-3.pdf", "attached")
    assert client.post("/api/v1/past-scans/", {}).status_code == 422


# --- what the database refuses ----------------------------------------------------------------------------------------


def test_the_database_keeps_folders_in_order(season: Season) -> None:
    folder = services.open_folder([packed(("旧-3.pdf", paper(1)))], by=season.officer)
    again = {"organization": folder.organization, "uploaded_by": season.officer, "file": folder.file, "files": 1}
    for name, act in (
        ("no_more_scans_done_than_there_are", lambda: ScanFolder.objects.update(done=2)),
        ("scan_attached_to_an_agreement", lambda: folder.lines.update(outcome="attached")),
        ("scan_stands_once_in_a_folder", lambda: ScanFile.objects.create(folder=folder, place=0, name="x.pdf")),
        ("desk_scanfolder_file_id_key", lambda: ScanFolder.objects.create(**again)),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            act()
