"""Doors for Celery: ids in, fetch, do, gone is not an error."""

from celery import shared_task
from django.utils.timezone import localdate

from core import outbox
from core.jobs import daily, once_per_slot
from core.models import JobRun
from funding import services
from funding.ledger import Head
from funding.models import Allocation, PaymentBatch, ReversalRequest

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


REVERSALS = ReversalRequest.objects.select_related(
    "asker", "decider", "entry__account__institution__organization", "entry__claim__specialist"
)


@outbox.effect
def tell_reversal_asked(*, request_id: int) -> None:
    if request := REVERSALS.filter(pk=request_id).first():
        services.tell_reversal_asked(request, on=localdate())


@outbox.effect
def tell_reversal_decided(*, request_id: int) -> None:
    if request := REVERSALS.filter(pk=request_id).first():
        services.tell_reversal_decided(request, on=localdate())


CHECK = "funding.check_ledger"


@shared_task
def check_ledger() -> None:
    """The check of the day, once however often it is asked for, against the heads that the last one left."""
    on = localdate()
    last = JobRun.objects.filter(name=CHECK, finished_at__isnull=False).order_by("-pk").first()
    heads = {int(account): Head(*head) for account, head in last.result["heads"].items()} if last else {}
    once_per_slot(CHECK, daily(on), lambda: services.check_ledger(on=on, published=heads))
