import logging
from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.db import transaction

from core import pdf
from core.logs import ScrubbedFormatter, ScrubPersonal
from tests.conftest import empty
from tests.matrix.walk import digest
from tests.matrix.world import TODAY, World

TEN_O_CLOCK = datetime(TODAY.year, TODAY.month, TODAY.day, 10, tzinfo=ZoneInfo("Asia/Shanghai"))


class Lines(logging.Handler):
    """Keeps every line as it would be written; a walk of thousands of refusals shall not fill the report."""

    def __init__(self) -> None:
        super().__init__()
        self.written: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.written.append(self.format(record))


@pytest.fixture(scope="module")
def lines() -> Iterator[list[str]]:
    """What the platform logs during the walk, and only here."""
    kept = Lines()
    kept.setFormatter(ScrubbedFormatter("%(levelname)s %(name)s %(message)s"))
    kept.addFilter(ScrubPersonal())
    loggers = [logging.getLogger(name) for name in ("django", "axes", "celery", "core")]
    for logger in loggers:
        logger.addHandler(kept)
        logger.propagate = False
    yield kept.written
    for logger in loggers:
        logger.removeHandler(kept)
        logger.propagate = True


@pytest.fixture(scope="module")
def world(django_db_setup: None, django_db_blocker: Any, lines: list[str]) -> Iterator[World]:
    """Built once and committed, so that a refused request asks the database as in earnest; an allowed one is undone."""
    with (
        django_db_blocker.unblock(),
        time_machine.travel(TEN_O_CLOCK, tick=False),
        pytest.MonkeyPatch.context() as patch,
    ):
        # What a paper says counts here; laying it out is tested where it is made, and takes the longest of all.
        patch.setattr(pdf, "_engine", lambda: None)
        patch.setattr(pdf, "to_pdf", lambda html, mark=None: html.encode())
        patch.setattr(pdf, "pages_of", lambda data: 1)
        with transaction.atomic():
            made = World()
        made.digest = digest()
        yield made
        empty()
