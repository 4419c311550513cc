"""Doors for Celery: a roster is read, checked and applied, scans attached, in deliveries that may come twice."""

from core import outbox
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
