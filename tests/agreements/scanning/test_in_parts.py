"""A drop that several requests carry is one batch: paired when the last has come, or was waited for long enough."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.utils.timezone import now

from agreements.models import AgreementScan
from agreements.scanning import receiving, services
from agreements.scanning.models import ScanBatch, ScanPart
from core.models import AuditEvent
from core.policy import Refused
from tests.agreements.hands import words
from tests.agreements.scanning.hands import dropped, file, outcomes, paper_of, sheets
from tests.cast import Season
from tests.core import scans
from tests.desk.rosters.hands import run
from tests.hands import at_once, browser_of, linger


@pytest.fixture(autouse=True)
def today() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-05-20T10:00:00+08:00", tick=False) as traveller:
        yield traveller


def begun(season: Season, *pages: Any, more: int = 1) -> ScanBatch:
    """The first request of a drop, read by the workers."""
    files = pages or (file("a.pdf", scans.blank()),)
    batch = services.open_batch(files, by=season.clerk, more=more)
    run()
    batch.refresh_from_db()
    return batch


def test_pages_of_one_paper_that_came_in_two_requests_are_one_scan(season: Season) -> None:
    zhang, wang = paper_of(season, "P3"), paper_of(season, "P4")
    batch = begun(season, file("张1.jpg", sheets(zhang)[0]), file("王.pdf", *sheets(wang)), more=1)
    assert (batch.done, batch.files, batch.paired_at, batch.is_busy) == (2, 2, None, True)
    assert "等待其余文件上传" in words(browser_of(season.clerk).get(batch.get_absolute_url()))

    services.add_to_batch(batch, [file("张2.jpg", sheets(zhang)[1])], by=season.clerk)
    run()

    batch.refresh_from_db()
    assert (batch.done, batch.files, batch.open_until, batch.is_busy) == (3, 3, None, False)
    assert outcomes(batch) == {"张1.jpg": "attached", "王.pdf": "attached", "张2.jpg": "attached"}
    assert [scan.file.pages for scan in AgreementScan.objects.order_by("agreement")] == [2, 2]
    assert batch.file.name == "张1等3个文件"
    assert [event.after["files"] for event in AuditEvent.objects.filter(verb="scans.uploaded").order_by("pk")] == [2, 3]


def test_where_the_rest_does_not_come_what_came_is_paired(season: Season, today: time_machine.Traveller) -> None:
    paper = paper_of(season, "P3")
    batch = begun(season, file("张.pdf", *sheets(paper)))
    assert not batch.pieces.exists()

    today.shift(receiving.PATIENCE)
    run()

    batch.refresh_from_db()
    assert outcomes(batch) == {"张.pdf": "attached"}
    assert (batch.open_until, batch.is_busy) == (None, False)


def test_each_request_is_waited_for_anew(season: Season, today: time_machine.Traveller) -> None:
    batch = begun(season, more=2)
    today.shift(receiving.PATIENCE * 0.75)
    services.add_to_batch(batch, [file("b.pdf", scans.sheet(1))], by=season.clerk, more=1)
    run()
    for paired in (False, True):  # the promise of the first request is due, then that of the second
        today.shift(receiving.PATIENCE * 0.5)
        run()
        batch.refresh_from_db()
        assert bool(batch.paired_at) is paired


def test_a_batch_takes_more_from_who_began_it_while_it_waits_for_more(
    season: Season, today: time_machine.Traveller
) -> None:
    waiting, whole = begun(season), dropped(season.clerk, file("b.pdf", scans.blank()))

    def add(batch: ScanBatch, **how: Any) -> None:
        services.add_to_batch(batch, [file("c.pdf", scans.blank())], **{"by": season.clerk, **how})

    with pytest.raises(Refused, match="已不再接收文件，其余文件请重新上传"):
        add(whole)
    with pytest.raises(Refused, match="已不再接收文件"):
        add(waiting, by=season.manager)
    with pytest.raises(Refused, match="一次最多500个文件"):
        add(waiting, more=receiving.MOST_FILES - 1)
    with pytest.raises(Refused, match="一次最多500个文件"):
        begun(season, more=receiving.MOST_FILES)
    today.shift(receiving.PATIENCE)
    with pytest.raises(Refused, match="已不再接收文件"):
        add(waiting)  # though no worker has paired it yet
    waiting.refresh_from_db()
    assert (waiting.files, waiting.parts.count()) == (1, 0)


def test_the_page_and_programs_send_a_drop_in_parts(season: Season) -> None:
    clerk = browser_of(season.clerk)
    first = clerk.post("/agreements/scans/", {"scans": file("a.pdf", scans.blank()), "more": 2, "idempotency_key": "k"})
    batch = ScanBatch.objects.get()
    part = {"batch": batch.pk, "more": 1, "idempotency_key": "k-2"}

    for _ in range(2):  # a request that was sent again adds nothing
        again = clerk.post("/agreements/scans/", {**part, "scans": file("b.pdf", scans.blank())})
        assert again["Location"] == first["Location"] == batch.get_absolute_url()
    last = clerk.post("/api/v1/scan-batches/", {"files": file("c.pdf", scans.blank()), "batch": batch.pk})

    assert (last.status_code, last.json()["id"], last.json()["open_until"]) == (202, batch.pk, None)
    assert [line.name for line in batch.lines.order_by("place")] == ["a.pdf", "b.pdf", "c.pdf"]
    run()
    assert set(outcomes(batch).values()) <= {"refused", "same"}  # each of them is the same empty page
    late = clerk.post("/agreements/scans/", {"scans": file("d.pdf", scans.blank()), "batch": batch.pk})
    assert (late.status_code, "其余文件请重新上传" in words(late)) == (422, True)
    stranger = browser_of(season.stranger)
    for at, name in (("/agreements/scans/", "scans"), ("/api/v1/scan-batches/", "files")):
        foreign = stranger.post(at, {name: file("e.pdf", scans.blank()), "batch": batch.pk})
        assert foreign.status_code == 404
    assert clerk.post("/agreements/scans/", {"scans": file("f.pdf", scans.blank()), "batch": "x"}).status_code == 422


def test_two_parts_at_the_same_moment_stand_behind_one_another(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = begun(lasting_season, more=2)
    linger(monkeypatch, receiving.folders, "kept")

    def add() -> None:
        services.add_to_batch(batch, [file("b.pdf", scans.blank())], by=lasting_season.clerk, more=1)

    assert at_once(add, add) == ["done", "done"]
    assert [*batch.lines.order_by("place").values_list("place", flat=True)] == [0, 1, 2]
    assert [*batch.parts.order_by("begins").values_list("begins", flat=True)] == [1, 2]


def test_the_database_keeps_parts_in_order(season: Season) -> None:
    batch = begun(season)
    services.add_to_batch(batch, [file("b.pdf", scans.blank())], by=season.clerk, more=1)
    other = dropped(season.clerk, file("c.pdf", scans.blank()))
    for name, act in (
        ("scan_part_begins_alone_in_a_batch", lambda: ScanPart.objects.create(batch=batch, file=other.file, begins=1)),
        ("paired_scans_are_whole", lambda: ScanBatch.objects.filter(pk=batch.pk).update(paired_at=now())),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            act()
