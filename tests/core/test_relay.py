from typing import Any

import pytest
from django.core.management import call_command

from core import outbox
from core.models import Message, OutboxRow
from core.notify import Reader, tell


@pytest.fixture(autouse=True)
def _keep_the_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("core.management.commands.relay.close_old_connections", lambda: None)


@pytest.mark.django_db
def test_without_redis_one_process_keeps_every_promise(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CELERY_BEAT_SCHEDULE = {"relay": {"task": "core.tasks.relay", "schedule": 0.0}}
    tell([Reader(email="a@example.org")], occasion="x", subject="标题", body="内容")

    call_command("relay", rounds=2)

    assert Message.objects.get().mailed_at is not None
    assert not OutboxRow.objects.filter(done_at=None).exists()


@pytest.mark.django_db
def test_a_failing_task_stops_nobody(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CELERY_BEAT_SCHEDULE = {"relay": {"task": "core.tasks.relay", "schedule": 0.0}}
    asked = []

    def breaks() -> None:
        asked.append(1)
        raise ZeroDivisionError

    monkeypatch.setattr(outbox, "relay", breaks)

    call_command("relay", rounds=2)

    assert len(asked) == 2
