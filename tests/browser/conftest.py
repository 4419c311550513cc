from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.somebody import WIDE, Gallery, Somebody


@pytest.fixture
def complaints() -> list[str]:
    """What any browser of the season complains of: errors, refused scripts, failed requests, answers that are no page."""
    return []


@pytest.fixture
def gallery() -> Gallery:
    return Gallery()


@pytest.fixture
def at(
    browser: Browser, live_server: Any, gallery: Gallery, complaints: list[str]
) -> Iterator[Callable[..., Somebody]]:
    """A browser for one more person: `at(WIDE)`, `at(PHONE)`."""
    opened: list[Somebody] = []

    def sit_down(size: tuple[int, int] = WIDE) -> Somebody:
        opened.append(Somebody(browser, live_server.url, gallery, complaints, size=size))
        return opened[-1]

    yield sit_down
    for one in opened:
        one.context.close()
