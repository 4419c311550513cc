"""Effects leave through rows written beside the change that wants them: none is lost, none outlives a rollback."""

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import wraps

from celery import Task, shared_task
from django.db import connection, transaction
from django.db.models import F
from django.utils.module_loading import import_string
from django.utils.timezone import now

from core.models import OutboxRow
from core.prepared import PreparedInsert

RESEND_AFTER = timedelta(seconds=20)  # longer than an effect usually takes; a twin finds the row held or done
LONGEST_WAIT = timedelta(hours=1)
BATCH = 500


def add(task: str, **ids: int) -> None:
    """Promise an effect: the dotted path of a task made by `effect`, and ids, never names or numbers of people."""
    add_all((task, ids))


def add_all(*promises: tuple[str, dict[str, int]]) -> None:
    """Promise several effects of one act, in this order."""
    PROMISES.add(*(OutboxRow(task=task, ids=ids) for task, ids in promises))


PROMISES = PreparedInsert("promise_an_effect", OutboxRow)


def add_later(task: str, *, due: datetime, **ids: int) -> None:
    """Promise an effect of that moment."""
    PROMISES.add(OutboxRow(task=task, ids=ids, due_at=due))


def effect(work: Callable[..., None]) -> Task:
    """Make a task of `work(**ids)` that does nothing on a second delivery."""

    @shared_task(name=f"{work.__module__}.{work.__name__}")
    @wraps(work)
    def deliver(*, outbox_id: int) -> None:
        try:
            with transaction.atomic():
                # A twin delivered at the same time skips the row that this one holds.
                rows = OutboxRow.objects.select_for_update(skip_locked=True)
                row = rows.filter(pk=outbox_id, done_at=None).first()
                if row is None:
                    return
                work(**row.ids)
                row.done_at = now()
                row.save(update_fields=["done_at"])
        except Exception as error:
            # The promise stands: the relay sends it again. Only the kind of error is kept, its text may name people.
            OutboxRow.objects.filter(pk=outbox_id).update(last_error=type(error).__name__)
            raise

    return deliver


def still_here() -> None:
    """Said now and then by an effect that computes for long: the server ends a transaction that is silent for a minute."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def relay() -> int:
    """Send every promise not yet kept; beat calls this every few seconds. Returns how many were sent.

    Failing effects are sent again ever more slowly (20 s, 40 s … up to an hour), so one that cannot succeed does not
    crowd out the others.
    """
    sent = 0
    moment = now()
    for row in OutboxRow.objects.filter(done_at=None, due_at__lte=moment).order_by("pk")[:BATCH]:
        again = moment + min(RESEND_AFTER * 2**row.attempts, LONGEST_WAIT)
        # Counting first: of two relays at once one sends it; a relay that dies before sending leaves it due again.
        mine = OutboxRow.objects.filter(pk=row.pk, attempts=row.attempts)
        if mine.update(attempts=F("attempts") + 1, due_at=again) == 1:
            import_string(row.task).delay(outbox_id=row.pk)
            sent += 1
    return sent
