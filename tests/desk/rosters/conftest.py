from collections.abc import Iterator

import pytest
import time_machine


@pytest.fixture(autouse=True)
def today() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-05-12T10:00:00+08:00", tick=False) as traveller:
        yield traveller
