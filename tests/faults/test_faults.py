"""The short form of `make faults`: the same driver, one fault of each kind."""

from pathlib import Path

import pytest

from config.embedded import redis_server
from tests.faults.__main__ import PARTS, Plan, run
from tests.faults.platform import BEFORE


@pytest.mark.xdist_group("launcher")
def test_nothing_promised_is_lost_or_doubled_by_kills_and_an_emptied_redis(migrated_home: Path) -> None:
    if redis_server() is None:
        pytest.skip("NO FAULTS TRIED: no redis-server on this machine (apt-get install redis-server)")

    result = run(
        Plan(seed=7, kills=5, flushes=1, cuts=4, repeats=1, filings=40, specialists=4, acts=6), like=migrated_home
    )

    assert result["wrong"] == []
    assert result["delivered"] == result["planned"]
    assert result["planned"] == dict.fromkeys((*PARTS, "redis", "again", *BEFORE), 1)
    assert set(result["acknowledged"]) == {"filed", "visit", "confirmed", "claimed", "batched", "submit", "approve"}
