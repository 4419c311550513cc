"""The papers of several records in one file for a meeting: a contents with page numbers, marks, and no record lost."""

import io
from collections.abc import Iterator
from datetime import date
from typing import Any

import pikepdf
import pytest
import time_machine
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils.timezone import now

from agreements import services as acts
from agreements.models import Agreement, FilingCertificate
from agreements.printing import contents, merging, services
from agreements.printing.models import MergeRun, PrintRun
from core import files, pdf
from core.models import StoredFile
from core.policy import Refused
from tests.agreements.hands import words
from tests.agreements.test_papers import pages_of
from tests.cast import MAY_20, Season
from tests.core import hostile
from tests.desk.rosters.hands import run as work
from tests.hands import browser_of
from tests.specialists.team_acts import member_of, selected

AT = "/agreements/merges/"


@pytest.fixture(autouse=True)
def today() -> Iterator[None]:
    with time_machine.travel("2026-05-20T10:00:00+08:00", tick=False):
        yield


def certified(agreement: Agreement, pages: int) -> Agreement:
    file = files.keep(hostile.pdf(pages), name="备案证明.pdf", kind="pdf", pages=pages, purpose="certificate", by=None)
    FilingCertificate.objects.create(agreement=agreement, file=file, token=f"{agreement.pk:032x}")
    return agreement


def spoil(stored: StoredFile) -> None:
    """What a disk may do to a file."""
    default_storage.delete(stored.path)
    default_storage.save(stored.path, ContentFile(b"%PDF-1.7 broken"))


def test_records_come_in_one_file_with_contents_and_marks_and_a_bad_file_stops_no_other(season: Season) -> None:
    one = certified(season.filed(season.selected("P1"), season.h4), 2)
    bad = certified(season.filed(season.selected("P3"), season.h4), 1)
    back = season.submitted(season.selected("P4"), season.h4)
    acts.return_agreement(back, by=season.officer, on=MAY_20, remarks={"scan": "看不清"})
    spoil(bad.scans.get().file)
    asked = [one.pk, bad.pk, back.pk]

    run = services.merge_papers(asked, by=season.officer)
    work()

    run.refresh_from_db()
    assert [(told["code"], told["pages"]) for told in run.told] == [(str(one), 3), (str(bad), 1), (f"D-{back.pk}", 2)]
    assert "签章扫描件没有合并：文件不完整" in run.told[1]["message"]
    data = services.file_of(run)
    assert data
    with pikepdf.open(io.BytesIO(data)) as whole, whole.open_outline() as outline:
        marks = [(item.title, [below.title for below in item.children]) for item in outline.root]
        assert len(whole.pages) == 1 + 3 + 1 + 2
    assert marks == [
        ("目录", []),
        (f"{one} 李喆", ["签章扫描件", "备案证明"]),
        (f"{bad} 张昇", ["备案证明"]),
        (f"D-{back.pk} 王晓晨", ["签章扫描件", "退回修改通知书（第1次）"]),
    ]
    listed, *_, letter = pages_of(data)
    text = listed.replace("　", "")
    assert "共3件，6页" in text
    for row in (
        f"1新签备案{one}李喆",
        "签章扫描件1页，备案证明2页1",
        f"2新签备案{bad}张昇",
        f"3新签备案D-{back.pk}王晓晨",
    ):
        assert row in text, row
    assert "退回修改通知书" in letter
    again = services.merge_papers(asked, by=season.officer)
    work()
    again.refresh_from_db()
    assert services.file_of(again) == data  # the same facts, the same bytes


def test_it_is_in_order_of_numbers_the_imported_first_and_says_of_which_team(season: Season) -> None:
    """By number and not by draft: 0009 before 0010, though it was drafted later; what has no number yet comes last."""

    def filed(key: str, number: str, **more: Any) -> Agreement:
        return certified(season.filed(season.selected(key), season.h4, filing_number=number, **more), 1)

    back = season.submitted(season.selected("P6"), season.h4)
    third, second = filed("P1", "SJZ-KTP-2026-0010"), filed("P3", "SJZ-KTP-2026-0009")
    newer = filed("P4", "石科特〔2025〕2号", is_past=True, submitted_on=None, filed_on=date(2025, 3, 1))
    older = [
        filed("P5", "石科特〔2024〕10号", is_past=True, submitted_on=None, filed_on=date(2024, 3, 1)),
        filed("P7", "石科特〔2024〕9号", is_past=True, submitted_on=None, filed_on=date(2024, 5, 1)),
    ]
    team = selected(season)
    leader = member_of(team, "P8")
    assert leader.registration
    first = certified(season.filed(leader.registration, season.h1, team=team, filing_number="SJZ-KTP-2026-0001"), 1)
    past, ours = [older[1], older[0], newer], [first, second, third]

    run = services.merge_papers([back.pk, third.pk, first.pk, *(one.pk for one in past), second.pk], by=season.officer)
    work()

    run.refresh_from_db()
    assert [told["agreement"] for told in run.told] == [one.pk for one in (*past, *ours, back)]
    data = services.file_of(run)
    assert data
    text = pages_of(data)[0].replace("　", "")
    assert "1历史导入石科特〔2024〕9号" in text
    assert "4新签备案SJZ-KTP-2026-0001孙立群" in text
    assert f"{first.host}小麦产业技术团队签章扫描件" in text
    assert text.count("团队") == 1


def test_the_contents_counts_from_behind_itself_and_keeps_who_cannot_be_drawn(season: Season) -> None:
    lines = [
        merging.line(
            n, name="何🌾" if n == 3 else "李喆", pages=2, papers=[("扫描件", 2)], matter="新签备案", host="合作社"
        )
        for n in range(60)
    ]
    run = MergeRun(purpose="papers", form="pdf", papers=60, asked_at=now())

    made = contents.bound(run, [(hostile.pdf(120), lines)])

    with pikepdf.open(io.BytesIO(made)) as whole:
        labels = [page.label for page in whole.pages]
    own = len(labels) - 120
    assert own > 1
    assert labels[:2] + labels[own : own + 2] == ["i", "ii", "1", "2"]
    rows = contents.contents_of(run, lines)["rows"]
    assert [row["first"] for row in rows[:3]] == [1, 3, 5]
    assert (rows[3]["name"], rows[3]["host"]) == ("—", "—")
    assert "合作社扫描件2页3" in pages_of(made)[0]


@pytest.fixture
def drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """A contents of one empty page: how it looks is told above."""
    monkeypatch.setattr(pdf, "render", lambda *given, **more: hostile.pdf())


@pytest.mark.usefixtures("drawn")
def test_what_the_list_shows_is_merged_by_page_and_program_for_ones_own(season: Season) -> None:
    one = season.filed(season.selected("P1"), season.h4)
    draft = season.agreement(season.selected("P3"), season.h4)
    foreign = season.filed(season.selected("P9", institution=season.u2), season.h5)
    clerk = browser_of(season.clerk)
    assert "/agreements/merges/?status=filed" in clerk.get("/agreements/?status=filed").content.decode()

    page = clerk.get(f"{AT}?status=filed")
    assert page.content.decode().count(" checked") == 1
    assert clerk.post(AT, {}).status_code == 422
    answer = clerk.post(AT, {"agreement": [one.pk]})
    at = answer["Location"]
    assert "正在合并：0 / 1 件" in words(clerk.get(at))
    work()
    there = words(clerk.get(at))
    assert "1 件，材料共 1 页" in there
    assert "合并打印完成" in there
    assert clerk.get(f"{at}file/").content.startswith(b"%PDF")
    assert [browser_of(hat).get(at).status_code for hat in (season.stranger, season.officer)] == [404, 404]
    assert browser_of(season.finance).get(AT).status_code == 403
    run = PrintRun.objects.get()
    assert clerk.get(f"/agreements/prints/{run.pk}/").status_code == 404  # no run of contracts

    json = "application/json"
    made = clerk.post("/api/v1/merge-runs/", {"agreements": [one.pk]}, content_type=json).json()
    path = f"/api/v1/merge-runs/{made['id']}/"
    assert clerk.get(f"{path}file/").status_code == 422
    work()
    assert [line["pages"] for line in clerk.get(path).json()["lines"]] == [1]
    assert clerk.get(f"{path}file/").content.startswith(b"%PDF")
    assert len(clerk.get("/api/v1/merge-runs/").json()) == 2
    for wanted in ([draft.pk], [foreign.pk]):
        with pytest.raises(Refused):
            services.merge_papers(wanted, by=season.clerk)


def test_the_database_knows_no_merged_papers_in_a_zip(season: Season) -> None:
    run = MergeRun.objects.create(
        organization=season.u1.organization, purpose="papers", form="pdf", papers=1, asked_by=season.clerk
    )
    with pytest.raises(IntegrityError, match="merged_papers_are_one_file"), transaction.atomic():
        PrintRun.objects.filter(pk=run.pk).update(form="zip")
