"""A party signs by its link in a real browser: what a browser sends of itself decides whether the form may be posted."""

import re
from typing import Any

import pytest
from django.core import mail
from django.utils.timezone import localdate
from playwright.sync_api import Page, expect

from agreements import tasks
from agreements.enums import Party
from agreements.signing import services
from tests.agreements.test_signing import deliver
from tests.cast import Season


@pytest.fixture(autouse=True)
def today() -> None:
    """The browser has a clock of its own."""


def test_a_host_asks_for_its_code_and_signs(lasting_season: Season, page: Page, live_server: Any) -> None:
    season = lasting_season
    draft = season.agreement(season.selected("P3"), season.h4, signed=False)
    services.ask_to_sign(draft, Party.HOST, by=season.clerk, on=localdate())
    deliver(tasks.send_signing_link)
    found = re.search(r"(/agreements/sign/[\w-]+/)", str(mail.outbox[-1].body))
    assert found

    page.goto(f"{live_server.url}{found[1]}")
    page.get_by_role("button", name="获取验证码").click()
    expect(page.get_by_text("验证码已发送")).to_be_visible()
    deliver(tasks.send_signing_code)
    code = re.search(r" (\d{6}) ", str(mail.outbox[-1].body))
    assert code
    page.get_by_label("验证码", exact=True).fill(code[1])
    page.get_by_label("签署身份").select_option(label="法定代表人")
    page.get_by_label("签署人姓名").fill("马社长")
    page.get_by_label("签署人姓名").press("Enter")  # is the green button, not the refusal

    expect(page.get_by_text("您已作为派驻单位签署协议")).to_be_visible()
    assert draft.signatures.get().is_online
