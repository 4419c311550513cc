"""Doors for Celery: a roster is read, checked and applied, each in deliveries that may come twice."""

from core import outbox
from desk.rosters import services
from desk.rosters.models import RosterBatch


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
