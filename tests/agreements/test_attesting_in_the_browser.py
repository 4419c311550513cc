"""A stranger with a certificate in the hand, in a real browser: what a browser sends of itself decides whether a form
may be posted at all."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from agreements.documents import check_code
from agreements.models import FilingCertificate
from tests.cast import Season, scan


@pytest.fixture(autouse=True)
def today() -> None:
    """The browser has a clock of its own."""


def test_from_the_sign_in_page_to_the_state_of_a_certificate(
    lasting_season: Season, page: Page, live_server: Any
) -> None:
    season = lasting_season
    filed = season.filed(season.selected("P3"), season.h4)
    issued = FilingCertificate.objects.create(agreement=filed, file=scan(season.clerk), token="7f3a91c2d40e" + "0" * 20)

    page.goto(f"{live_server.url}/sign-in/")
    page.get_by_role("link", name="核验备案证明").click()
    page.get_by_label("备案号").fill(str(filed.filing_number))
    page.get_by_label("校验码").fill("0000-0000-0000")
    page.get_by_role("button", name="核验").click()
    expect(page.get_by_role("alert")).to_contain_text("没有查到备案号和校验码都相符的备案证明")
    expect(page.get_by_label("备案号")).to_have_value(str(filed.filing_number))
    page.get_by_label("校验码").fill(check_code(issued.token))
    page.get_by_role("button", name="核验").click()

    expect(page.get_by_role("heading", name="备案证明核验")).to_be_visible()
    expect(page.locator("main")).to_contain_text("张*")
    assert issued.token not in page.url
