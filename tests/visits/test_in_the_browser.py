"""On a phone: what a specialist comes to do is on the first screen."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils.timezone import localdate
from playwright.sync_api import Page, expect

from agreements.models import Agreement
from tests.cast import END, MAY_20, Season
from visits.enums import VisitStatus

HEIGHT = 844
BOTTOM_BAR = ".bottom-bar"


@pytest.fixture
def agreement(lasting_season: Season) -> Agreement:
    """In force on the browser's own day, with as many visits as fill several screens."""
    later = max(END, localdate() + timedelta(days=200))
    filed = lasting_season.filed(lasting_season.selected("P3"), lasting_season.h4, service_end=later)
    for back in range(12):
        lasting_season.visit(filed, MAY_20 + timedelta(days=back), status=VisitStatus.CONFIRMED)
    return filed


@pytest.mark.viewport(390, HEIGHT)
@pytest.mark.parametrize("address", ["/", "/visits/"])
def test_telling_of_a_visit_is_on_the_first_screen_of_a_phone(
    lasting_season: Season, agreement: Agreement, page: Page, live_server: Any, address: str
) -> None:
    client = Client()
    client.force_login(lasting_season.hat_of(agreement.specialist).person)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])

    page.goto(address)

    way_in = page.get_by_role("link", name="登记一次服务")
    expect(way_in).to_be_visible()
    place, bar = way_in.bounding_box(), page.locator(BOTTOM_BAR).bounding_box()
    assert place
    assert bar
    assert place["y"] + place["height"] <= bar["y"] <= HEIGHT
