"""Pages for everybody: not found by search engines, asked so often, and closed by one switch."""

import secrets
from typing import Any

import pytest
import time_machine
from django.core.cache import cache
from django.test import Client

from core.public import Strangers
from tests.cast import Season
from tests.hands import browser_of
from tests.specialists.lists import NOTICED, noticed, proposed


def today(day: object) -> Any:
    return time_machine.travel(f"{day}T09:00:00+08:00", tick=False)


@pytest.fixture
def notice(season: Season) -> str:
    cache.clear()
    return f"/specialists/notice/{noticed(season, proposed(season, 'P1')).pk}/"


PAPER = f"/agreements/check/{'0' * 32}/"


def test_an_address_asks_so_often_over_all_public_pages_and_hears_when_it_may_again(
    season: Season, notice: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Strangers, "rate", "3/min", raising=False)
    stranger, neighbour = Client(), Client(REMOTE_ADDR="198.51.100.7")
    with today(NOTICED):
        statuses = [stranger.get(notice if turn % 2 else PAPER).status_code for turn in range(5)]
        refused = stranger.get(notice, headers={"x-forwarded-for": "203.0.113.9"})

        assert statuses == [404, 200, 404, 429, 429]
        assert neighbour.get(notice).status_code == 200
        assert browser_of(season.clerk).get(notice).status_code == 200
    assert (refused.status_code, refused["Retry-After"], refused["X-Robots-Tag"], refused["Cache-Control"]) == (
        429,
        "60",
        "noindex, nofollow",
        "no-store",
    )
    assert "访问过于频繁，请60秒后再试" in refused.text
    assert "密码" not in refused.text


def test_one_switch_closes_them_to_whoever_is_not_signed_in(season: Season, notice: str, settings: Any) -> None:
    settings.PUBLIC_PAGES = False
    with today(NOTICED):
        stranger = [Client().get(address).status_code for address in (notice, PAPER)]
        colleague = browser_of(season.officer).get(notice)

    assert stranger == [404, 404]
    assert colleague.status_code == 200


def test_several_web_processes_count_as_one_and_each_alone_while_redis_is_away(
    season: Season, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Strangers, "rate", "2/min", raising=False)
    settings.PUBLIC_COUNTER = settings.REDIS_URL
    somewhere = f"2001:db8::{secrets.token_hex(2)}"  # counted anew in every run

    def asked() -> int:
        cache.clear()  # what this process counted, as in another one
        return Client(REMOTE_ADDR=somewhere).get(PAPER).status_code

    assert [asked() for _ in range(4)] == [404, 404, 429, 429]
    refused = Client(REMOTE_ADDR=somewhere).get(PAPER)
    assert 0 < int(refused["Retry-After"]) <= 60

    settings.PUBLIC_COUNTER = "redis+socket:///nowhere/redis.sock"
    assert [asked() for _ in range(3)] == [404] * 3
    alone = [Client(REMOTE_ADDR=somewhere).get(PAPER).status_code for _ in range(3)]
    assert alone == [404, 429, 429]  # the last of those before counts, too
