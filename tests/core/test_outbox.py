from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Event
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils.timezone import now

from core import outbox, tasks
from core.models import Message, OutboxRow, SentMail
from core.notify import Reader, tell


@pytest.fixture
def delivered(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """What was handed to Celery, by outbox id."""
    sent: list[int] = []
    monkeypatch.setattr(tasks.mail_message, "delay", lambda *, outbox_id: sent.append(outbox_id))
    return sent


def promise(**ids: int) -> OutboxRow:
    outbox.add("core.tasks.mail_message", **(ids or {"message_id": 0}))
    return OutboxRow.objects.latest("pk")


@pytest.mark.django_db
def test_a_promise_goes_with_its_transaction() -> None:
    def promise_and_fail() -> None:
        promise()
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        promise_and_fail()

    assert not OutboxRow.objects.exists()


@pytest.mark.django_db
def test_the_relay_sends_what_is_due_and_again_ever_more_slowly_until_it_is_done(delivered: list[int]) -> None:
    row = promise()

    assert outbox.relay() == 1
    assert outbox.relay() == 0  # not yet due again
    row.refresh_from_db()
    assert row.attempts == 1
    first_wait = row.due_at - now()
    OutboxRow.objects.update(due_at=now() - timedelta(seconds=1))
    outbox.relay()
    row.refresh_from_db()
    assert delivered == [row.pk, row.pk]
    assert row.due_at - now() > first_wait * 1.5
    OutboxRow.objects.update(due_at=now(), done_at=now())
    assert outbox.relay() == 0


@pytest.mark.django_db(transaction=True)
def test_two_relays_at_once_send_a_promise_once(delivered: list[int]) -> None:
    for _ in range(20):
        promise()

    def run(_: int) -> int:
        try:
            return outbox.relay()
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        assert sum(threads.map(run, range(2))) == 20
    assert sorted(delivered) == sorted(OutboxRow.objects.values_list("pk", flat=True))


@pytest.mark.django_db
def test_a_task_delivered_twice_takes_effect_once(settings: Any) -> None:
    settings.EMAIL_BACKEND = "core.mailbox.EmailBackend"
    tell([Reader(email="host@example.org")], occasion="visit:1", subject="请确认", body="一次服务待确认。")
    row = OutboxRow.objects.get()

    for _ in range(2):
        tasks.mail_message(outbox_id=row.pk)

    assert SentMail.objects.count() == 1
    assert Message.objects.get().mailed_at is not None


@pytest.mark.django_db(transaction=True)
def test_a_twin_delivered_at_the_same_time_leaves_the_row_to_the_first(monkeypatch: pytest.MonkeyPatch) -> None:
    working, finish, runs = Event(), Event(), []

    @outbox.effect
    def slow(**ids: int) -> None:
        runs.append(ids)
        working.set()
        assert finish.wait(5)

    row = promise()

    def first() -> None:
        try:
            slow(outbox_id=row.pk)
        finally:
            connection.close()

    with ThreadPoolExecutor(1) as thread:
        done = thread.submit(first)
        assert working.wait(5)
        slow(outbox_id=row.pk)  # returns at once
        assert len(runs) == 1
        finish.set()
        done.result()
    row.refresh_from_db()
    assert row.done_at is not None


@pytest.mark.django_db(transaction=True)
def test_an_effect_that_fails_leaves_nothing_but_its_promise_and_the_kind_of_error() -> None:
    @outbox.effect
    def broken(**ids: int) -> None:
        SentMail.objects.create(message_id="half", to="a", subject="b", body="c")
        raise ValueError("139999197803050010")

    row = promise()

    with pytest.raises(ValueError, match="1399"):
        broken(outbox_id=row.pk)

    row.refresh_from_db()
    assert (row.done_at, row.last_error) == (None, "ValueError")
    assert not SentMail.objects.exists()


@pytest.mark.django_db
def test_each_reader_is_told_once_per_occasion() -> None:
    def tell_two(**more: Any) -> int:
        readers = [
            Reader(email="a@example.org"),
            Reader(email="A@example.org"),
            Reader(email="b@example.org"),
            Reader(),
        ]
        return tell(readers, occasion="expiry:1:30", subject="即将到期", body="还有30天。", **more)

    assert tell_two() == 2
    assert tell_two() == 0
    assert OutboxRow.objects.count() == 2


@pytest.mark.django_db
def test_no_address_stands_in_what_is_handed_to_celery() -> None:
    tell([Reader(email="a@example.org")], occasion="x", subject="标题", body="内容")

    assert OutboxRow.objects.get().ids == {"message_id": Message.objects.get().pk}
    assert "example" not in Message.objects.get().reader
