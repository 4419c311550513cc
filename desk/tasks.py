"""Doors for Celery: a roster is read, checked and applied, scans attached, in deliveries that may come twice; and the
nightly look at every file that is kept."""

from celery import shared_task
from django.utils.timezone import localdate

from core import outbox
from core.jobs import daily, once_per_slot
from core.models import JobRun
from desk import keeping
from desk.rosters import services
from desk.rosters.models import RosterBatch
from desk.scans import services as scans
from desk.scans.models import ScanFolder


@outbox.effect
def read_roster(*, batch_id: int) -> None:
    if batch := RosterBatch.objects.filter(pk=batch_id).first():
        services.read_rows(batch)


@outbox.effect
def check_roster(*, batch_id: int) -> None:
    if batch := RosterBatch.objects.filter(pk=batch_id).first():
        services.check_rows(batch)


@outbox.effect
def apply_roster(*, batch_id: int) -> None:
    if batch := RosterBatch.objects.filter(pk=batch_id).first():
        services.apply_rows(batch)


@outbox.effect
def attach_scans(*, folder_id: int) -> None:
    if folder := ScanFolder.objects.filter(pk=folder_id).first():
        scans.attach_next(folder)


CHECK = "desk.check_files"


@shared_task
def check_files() -> None:
    """The files of the night, once however often it is asked for, from where the night before stopped."""
    on = localdate()
    last = JobRun.objects.filter(name=CHECK, finished_at__isnull=False).order_by("-pk").first()
    after = last.result["last"] if last else 0
    once_per_slot(CHECK, daily(on), lambda: keeping.check_files(on=on, after=after))
