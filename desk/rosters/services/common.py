"""What every step of a roster shares: its batch under lock, the words of a count, the values of a row."""

import json
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Count
from django.utils.timezone import localtime

from accounts.models import Membership
from core.policy import Refused, plain
from desk.enums import RosterStatus, Verdict
from desk.rosters.cleaning import DATES
from desk.rosters.models import RosterBatch, RosterRow

READ = "desk.tasks.read_roster"
CHECK = "desk.tasks.check_roster"
APPLY = "desk.tasks.apply_roster"


def held(batch: RosterBatch) -> RosterBatch:
    held = RosterBatch.objects.select_for_update(of=("self",))
    return held.select_related("organization", "file", "confirmed_by__person").get(pk=batch.pk)


def require_move(batch: RosterBatch, to: RosterStatus) -> None:
    status = RosterStatus(batch.status)
    if to not in RosterStatus.moves[status]:
        raise Refused([plain("E-STATE", f"当前状态为“{status.label}”，不能执行此操作。", status=status.value)])


def note(level: str, message: str) -> dict[str, str]:
    return {"level": level, "message": message}


def values_of(row: RosterRow) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(row.values or "{}")
    return {key: date.fromisoformat(value) if key in DATES else value for key, value in values.items()}


def who_and_when(batch: RosterBatch) -> tuple[Membership, date]:
    assert batch.confirmed_by
    assert batch.confirmed_at
    return batch.confirmed_by, localtime(batch.confirmed_at).date()


def counted_words(batch: RosterBatch) -> str:
    """可导入45行，不能导入5行"""
    return "，".join(f"{verdict.label}{batch.counts[verdict]}行" for verdict in Verdict if batch.counts.get(verdict))


def recount(batch: RosterBatch) -> None:
    counted = dict(batch.lines.values_list("verdict").annotate(n=Count("pk")))
    batch.counts = {verdict.value: counted.get(verdict, 0) for verdict in Verdict}


@dataclass
class Applied:
    """What is applied together: one row, or the rows of one team."""

    rows: list[RosterRow]
