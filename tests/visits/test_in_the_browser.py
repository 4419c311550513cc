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
from tests.core import scans
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


@pytest.mark.viewport(390, HEIGHT)
def test_a_photo_as_the_telephone_packs_it_goes_with_the_visit_and_is_seen(
    lasting_season: Season, page: Page, live_server: Any
) -> None:
    season, today = lasting_season, localdate()
    filed = season.filed(
        season.selected("P3"),
        season.h4,
        filed_on=today - timedelta(days=30),
        service_start=today - timedelta(days=30),
        service_end=today + timedelta(days=200),
    )
    client = Client()
    client.force_login(season.hat_of(filed.specialist).person)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])
    page.goto("/visits/new/")
    page.get_by_label("服务内容").fill("田间苗情会诊，提出追肥方案。")
    page.get_by_label("技术咨询").check()
    page.locator("details.more > summary").click()
    photo = page.get_by_label("现场照片")

    photo.set_input_files({"name": "IMG_0001.gif", "mimeType": "image/gif", "buffer": b"GIF89a"})
    expect(page.get_by_text("请选择 JPG、JPEG、PNG、HEIC、HEIF 文件。")).to_be_visible()
    photo.set_input_files({"name": "IMG_0001.HEIC", "mimeType": "image/heic", "buffer": scans.HEIC})
    expect(page.get_by_text("已选择，提交时上传")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.get_by_role("button", name="提交").click()

    link = page.get_by_role("link", name="现场照片")
    expect(link).to_be_visible()
    expect(page.get_by_role("link", name="照片原件（HEIC）")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    address = f"{live_server.url}{link.get_attribute('href')}"
    size = page.evaluate(
        """address => new Promise((done, failed) => {
            const picture = new Image();
            picture.onload = () => done(picture.naturalWidth);
            picture.onerror = () => failed("not shown");
            picture.src = address;
        })""",
        address,
    )
    assert size >= 64
