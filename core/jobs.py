"""Scheduled runs: each occurrence takes effect once, however many beats or redeliveries there are."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.timezone import now

from core.models import JobRun


def once_per_slot(name: str, slot: str, work: Callable[[], dict[str, Any]]) -> JobRun | None:
    """Do `work` under the slot and keep its result, in one transaction; None when the slot is taken.

    A crash in the middle leaves neither slot nor effect, so the next beat does the whole of it.
    """
    with transaction.atomic():
        try:
            with transaction.atomic():
                run = JobRun.objects.create(name=name, slot=slot)  # a twin waits here until the first has committed
        except IntegrityError:
            return None
        run.result = work()
        run.finished_at = now()
        run.save(update_fields=["result", "finished_at"])
        return run


def reached(thresholds: Iterable[int], *, left: int) -> int | None:
    """The tightest of a reminder's days when so many are left: after missed days only that one is told."""
    return min((days for days in thresholds if left <= days), default=None)


def daily(on: date) -> str:
    return on.isoformat()
