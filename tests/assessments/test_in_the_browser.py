"""The institution's score sheet in a real browser: the total keeps up with what is typed."""

from typing import Any

import time_machine
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from tests.assessments.test_pages import opened
from tests.cast import Season


def test_the_total_follows_what_is_typed(lasting_season: Season, page: Page, live_server: Any) -> None:
    with time_machine.travel("2027-01-20 12:00:00+08:00", tick=False):
        lasting_season.filed(lasting_season.selected("P1", "enterprise"), lasting_season.h4)
        assessment = opened(lasting_season)
    client = Client()
    client.force_login(lasting_season.clerk.person)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": live_server.url}])

    page.goto(f"/assessments/{assessment.pk}/")
    page.locator("[name=score-workload]").fill("４０")
    page.locator("[name=score-results]").fill("30.5")
    page.locator("[name=score-satisfaction]").fill("十")
    page.locator("[name=score-records]").fill("5")

    expect(page.locator("[data-sum]")).to_have_text("75.5")
    expect(page.locator("[data-bands]")).to_have_text("良好")
    apart = page.get_by_text("建议等次与得分对应的等次不同")
    expect(apart).to_be_hidden()
    page.get_by_label("优秀").check()
    expect(apart).to_be_visible()
    page.get_by_label("良好").check()
    expect(apart).to_be_hidden()
