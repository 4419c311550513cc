"""What is kept is what was brought: every night the bytes of files against their digests."""

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.utils.timezone import localdate

from agreements.models import AgreementScan
from core.models import JobRun, Message, StoredFile
from desk import keeping, tasks
from tests.cast import Season

ON = date(2026, 5, 20)


@pytest.fixture
def kept(season: Season, settings: Any, tmp_path: Path) -> list[StoredFile]:
    """The scans of three agreements, the first two damaged behind everybody's back."""
    settings.MEDIA_ROOT = tmp_path
    for key in ("P3", "P4", "P5"):
        season.agreement(season.selected(key), season.h4)
    found = list(StoredFile.objects.order_by("pk"))
    with default_storage.open(found[0].path, "r+b") as file:
        file.seek(9)
        file.write(b"X")
    default_storage.delete(found[1].path)
    return found


def test_a_changed_and_a_missing_file_are_told_once_a_day(season: Season, kept: list[StoredFile]) -> None:
    first, second = (AgreementScan.objects.get(file=stored).agreement for stored in kept[:2])

    told = [keeping.check_files(on=ON) for _ in range(2)]

    assert (
        told[0]
        == told[1]
        == {
            "checked": 3,
            "faults": [f"协议{first}第1份扫描件：内容与登记的校验值不符", f"协议{second}第1份扫描件：文件不在存储中"],
            "last": 0,
        }
    )
    [message] = Message.objects.filter(person=season.admin.person)
    assert "发现2个不符" in message.body
    assert not Message.objects.filter(person=season.clerk.person).exists()


def test_a_night_that_was_too_short_goes_on_in_the_next(
    kept: list[StoredFile], monkeypatch: pytest.MonkeyPatch
) -> None:
    ticks = iter(range(99))
    monkeypatch.setattr(keeping, "monotonic", lambda: next(ticks))

    found = keeping.check_files(on=ON, seconds=1)

    assert (found["checked"], found["last"]) == (1, kept[0].pk)
    assert keeping.check_files(on=ON, after=found["last"], seconds=99)["checked"] == 2


def test_two_beats_check_once_and_the_next_day_begins_where_the_last_ended(kept: list[StoredFile]) -> None:
    JobRun.objects.create(
        name=tasks.CHECK, slot="2026-05-19", result={"last": kept[0].pk}, finished_at="2026-05-19T02:00:00+08:00"
    )

    tasks.check_files()
    tasks.check_files()

    [run] = JobRun.objects.filter(name=tasks.CHECK, slot=localdate().isoformat())
    assert run.result["checked"] == 2
