"""Everything that a season writes down anywhere, to look for what must not stand there."""

import io
import json
import logging
import pickle
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from celery.signals import task_prerun
from django.core import mail
from django.core.cache import cache
from django.core.signals import request_started
from django.db import connection
from django.http.response import HttpResponseBase
from django.utils.timezone import now
from kombu.exceptions import OperationalError

from accounts.models import Session
from config.celery import app
from core import outbox
from core.logs import ScrubbedFormatter
from core.models import OutboxRow


class Watch:
    """Keeps what leaves no row behind, and reads what does."""

    def __init__(self) -> None:
        self.lines = io.StringIO()
        self.addresses: list[str] = []
        self.tasks: list[str] = []
        self.cookies: list[str] = []

    @contextmanager
    def kept(self, patch: pytest.MonkeyPatch) -> Iterator[None]:
        """The log goes where the platform's own handlers write it, told to say more than it does in production."""
        console = [one for one in logging.root.handlers if isinstance(one.formatter, ScrubbedFormatter)]
        assert console, "the platform's own handler is not there"
        patch.setattr(logging.root, "level", logging.INFO)
        for handler in console:
            patch.setattr(handler, "stream", self.lines)
        set_cookie = HttpResponseBase.set_cookie

        def keep_cookie(response: HttpResponseBase, key: str, value: str = "", *args: Any, **kwargs: Any) -> None:
            self.cookies.append(f"{key}={value}")
            set_cookie(response, key, value, *args, **kwargs)

        patch.setattr(HttpResponseBase, "set_cookie", keep_cookie)
        request_started.connect(self._asked)
        task_prerun.connect(self._worked)
        try:
            yield
        finally:
            request_started.disconnect(self._asked)
            task_prerun.disconnect(self._worked)

    def _asked(self, environ: dict[str, Any], **_: Any) -> None:
        self.addresses.append(" ".join(environ.get(n, "") for n in ("PATH_INFO", "QUERY_STRING", "HTTP_REFERER")))

    def _worked(self, args: Any, kwargs: Any, **_: Any) -> None:
        self.tasks.append(f"{args} {kwargs}")

    def seen(self, *numbers: str) -> dict[str, list[str]]:
        """Where one of these stands in clear, and the lines in which it does."""
        found = {
            place: [line for line in lines if any(number in line for number in numbers)]
            for place, lines in self.places().items()
        }
        return {place: lines for place, lines in found.items() if lines}

    def places(self) -> dict[str, list[str]]:
        """Everything written, by where it stands."""
        tables = {f"table {name}": rows_of(name) for name in connection.introspection.table_names()}
        return {
            **tables,
            "log": self.lines.getvalue().splitlines(),
            "addresses": self.addresses,
            "tasks": self.tasks,
            "cookies": self.cookies,
            "sessions": [str(one.get_decoded()) for one in Session.objects.all()],
            "mails": [f"{one.to} {one.subject} {one.body} {getattr(one, 'alternatives', '')}" for one in mail.outbox],
            "cache": in_the_cache(),
            "redis": in_redis(),
        }


def rows_of(table: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT t::text FROM {connection.ops.quote_name(table)} t")
        return [row for (row,) in cursor.fetchall()]


def in_the_cache() -> list[str]:
    """Keys and values of the cache of one process, which is all the platform uses."""
    return [f"{key} {pickle.loads(value)}" for key, value in cache._cache.items()]  # type: ignore[attr-defined]


def in_redis() -> list[str]:
    """What lies at the broker when every promise of the season is sent once more, to workers that are away.

    Nothing on a machine without Redis, where tasks run in place.
    """
    OutboxRow.objects.update(done_at=None, due_at=now() - timedelta(days=1))
    app.conf.task_always_eager = False
    try:
        with app.connection_for_write() as broker:
            store = broker.default_channel.client  # type: ignore[attr-defined]  # Redis's
            store.flushdb()
            outbox.relay()
            queue = [b64decode(json.loads(one)["body"]).decode() for one in store.lrange("celery", 0, -1)]
            return [*queue, *(f"{key!r} {store.dump(key)!r}" for key in store.scan_iter())]
    except OperationalError:
        return []
    finally:
        app.conf.task_always_eager = True
