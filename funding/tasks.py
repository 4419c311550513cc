"""Doors for Celery: ids in, fetch, do, gone is not an error."""

from django.utils.timezone import localdate

from core import outbox
from funding import services
from funding.models import Allocation, PaymentBatch

BATCHES = PaymentBatch.objects.select_related("institution__organization", "maker")


@outbox.effect
def make_sheet(*, batch_id: int) -> None:
    if batch := BATCHES.filter(pk=batch_id).first():
        services.make_sheet(batch)


@outbox.effect
def tell_allocated(*, allocation_id: int) -> None:
    rows = Allocation.objects.select_related("institution__organization", "entry__account")
    if allocation := rows.filter(pk=allocation_id).first():
        services.tell_allocated(allocation, on=localdate())


@outbox.effect
def tell_submitted(*, batch_id: int) -> None:
    if batch := BATCHES.filter(pk=batch_id).first():
        services.tell_submitted(batch, on=localdate())


@outbox.effect
def tell_returned(*, batch_id: int) -> None:
    if batch := BATCHES.filter(pk=batch_id).first():
        services.tell_returned(batch)


@outbox.effect
def tell_paid(*, batch_id: int) -> None:
    if batch := BATCHES.filter(pk=batch_id).first():
        services.tell_paid(batch)
