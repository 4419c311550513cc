"""Delivers effects a second time, as a broker may: what is done has to stay as it was done."""

import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg2
import redis
from celery import Celery

LATELY = 20  # promises whose effects are delivered again by one fault
QUIET = 1.0  # seconds with an empty queue after which nobody works on a delivery any more
PATIENCE = 120  # seconds for the worker to go through all of them


class Twice:
    def __init__(self, database: str, broker: str, socket: Path) -> None:
        self.database, self.socket = database, socket
        self.celery = Celery("faults", broker=broker, set_as_current=False)
        self.done: dict[int, datetime] = {}  # what was done already when it was delivered again, and when

    def lately(self) -> bool:
        """The newest promises again, kept or not; False when there is none."""
        return self._deliver(f"SELECT id, task, done_at FROM core_outboxrow ORDER BY id DESC LIMIT {LATELY}") > 0

    def everything(self) -> Iterator[str]:
        """Every promise once more; tells of those whose effect was done again then, or by an earlier delivery."""
        with redis.Redis(unix_socket_path=str(self.socket)) as broker:
            orphans = set(broker.hkeys("unacked"))  # what a killed worker held is given to nobody for an hour
            self._deliver("SELECT id, task, done_at FROM core_outboxrow ORDER BY id")
            self._wait(broker, orphans)
        for number, task, ids, done in self._rows("SELECT id, task, ids, done_at FROM core_outboxrow ORDER BY id"):
            if number in self.done and done != self.done[number]:
                yield f"doubled: {task} {ids} was done at {self.done[number]} and again at {done}"

    def _deliver(self, promises: str) -> int:
        rows = self._rows(promises)
        for number, _, done in rows:
            if done:
                self.done.setdefault(number, done)
        for number, task, _ in rows:
            self.celery.send_task(task, kwargs={"outbox_id": number}, ignore_result=True)
        return len(rows)

    def _wait(self, broker: redis.Redis, orphans: set[bytes]) -> None:
        end = time.monotonic() + PATIENCE
        empty_since = None
        while time.monotonic() < end:
            if broker.llen("celery") or set(broker.hkeys("unacked")) - orphans:
                empty_since = None
            elif empty_since is None:
                empty_since = time.monotonic()
            elif time.monotonic() - empty_since > QUIET:
                return
            time.sleep(0.05)
        raise TimeoutError(f"not every effect was taken within {PATIENCE} s")

    def _rows(self, sql: str) -> list[tuple[Any, ...]]:
        database = psycopg2.connect(self.database)
        try:
            with database.cursor() as cursor:
                cursor.execute(sql)
                return cursor.fetchall()
        finally:
            database.close()
