"""A record printed from the browser: who printed it and when, what it says, and nothing to press."""

from collections.abc import Callable

import pytest
from django.utils.timezone import localdate
from playwright.sync_api import Page, expect

from core.jinja import cdate
from tests.browser.somebody import Somebody
from tests.cast import Season


@pytest.fixture
def printed(lasting_season: Season, at: Callable[..., Somebody]) -> Page:
    """A filed agreement as its clerk prints it."""
    season = lasting_season
    filed = season.filed(season.selected("P1"), season.h4)
    clerk = at()
    clerk.is_signed_in(season.clerk)
    clerk.opens(f"/agreements/{filed.pk}/")
    clerk.page.emulate_media(media="print")
    return clerk.page


def test_it_says_who_printed_it_and_when(printed: Page) -> None:
    expect(printed.locator(".print-line")).to_be_visible()
    expect(printed.locator(".print-line")).to_contain_text("刘静怡（示范农林学院")
    expect(printed.locator(".print-line")).to_contain_text(cdate(localdate()))


def test_it_says_all_of_the_record_and_offers_nothing_to_press(printed: Page) -> None:
    for words in ("服务中", "协议内容", "三方签署", "办理进度"):
        expect(printed.locator("main").get_by_text(words, exact=True).first).to_be_visible()
    for part in ("header.top", "nav", "footer", "a.btn, button"):
        assert [one for one in printed.locator(part).all() if one.is_visible()] == [], part
