"""The wizard in a real browser: the file travels by script, the progress comes by itself, nobody is shut out."""

import os
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from playwright.sync_api import Page, expect

from accounts.models import Membership
from desk.rosters.models import RosterBatch
from tests.cast import Season
from tests.core.test_pages_in_the_browser import violations
from tests.desk.rosters import hands
from tests.desk.rosters.hands import SAMPLES


@pytest.fixture(autouse=True)
def today() -> None:
    """The browser has a clock of its own: a cookie of last May would be gone at once."""


SIZES = [(1366, 768), (390, 844), (320, 640)]


def sign_in(page: Page, hat: Membership, address: str) -> None:
    client = Client()
    client.force_login(hat.person)
    cookie = client.cookies[settings.SESSION_COOKIE_NAME]
    page.context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": address}])


def looked_at(page: Page, name: str, pictures: str) -> list[str]:
    """What shuts somebody out of this page at any size; with `pictures` (a folder) each is kept to be looked at."""
    found = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        found += [f"{name} {width}: {one}" for one in violations(page)]
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
            found.append(f"{name} {width}: overflows to {wide}")
        if pictures:
            page.screenshot(path=str(Path(pictures) / f"{name}-{width}.png"), full_page=True)
    page.set_viewport_size({"width": 1366, "height": 768})
    return found


def test_a_roster_goes_in_by_the_pages_of_a_browser(lasting_season: Season, page: Page, live_server: Any) -> None:
    pictures = os.environ.get("ROSTER_PICTURES", "")
    sign_in(page, lasting_season.clerk, live_server.url)
    found: list[str] = []
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)

    page.goto("/rosters/")
    found += looked_at(page, "list", pictures)
    page.get_by_role("link", name="导入个人名单").click()
    found += looked_at(page, "upload", pictures)
    page.get_by_label("名单工作簿").set_input_files(SAMPLES / "roster-own-headings.xlsx")
    page.get_by_role("button", name="上传并核对各列").click()
    expect(page.get_by_role("heading", name="每一列是什么")).to_be_visible()
    found += looked_at(page, "columns", pictures)
    page.get_by_role("button", name="开始校验").click()
    expect(page.get_by_text("正在读取工作簿")).to_be_visible()
    found += looked_at(page, "progress", pictures)

    hands.run()
    expect(page.get_by_role("heading", name="校验结果", exact=True).first).to_be_visible()
    expect(page.get_by_text("被Excel当作数字保存").first).to_be_visible()
    found += looked_at(page, "check", pictures)
    page.get_by_role("link", name="不能导入").click()
    expect(page.get_by_text("第44行")).to_be_visible()
    page.get_by_role("link", name="下一步：确认导入").click()
    page.get_by_role("button", name="确认导入").click()
    expect(page.get_by_role("alert")).to_contain_text("请选择导入方式")
    found += looked_at(page, "confirm", pictures)
    page.get_by_label("只导入没有错误的行").check()
    page.get_by_role("button", name="确认导入").click()
    expect(page.get_by_text("正在导入").first).to_be_visible()

    hands.run()
    expect(page.get_by_text("已导入 59 行")).to_be_visible()
    found += looked_at(page, "result", pictures)
    page.get_by_role("link", name="撤回整批").or_(page.get_by_role("button", name="撤回整批")).first.click()
    page.get_by_role("dialog").get_by_role("button", name="撤回整批").click()
    expect(page.get_by_text("已整批撤回。")).to_be_visible()
    found += looked_at(page, "taken-back", pictures)

    assert found == []
    assert [one for one in complaints if "422" not in one] == []
    assert RosterBatch.objects.get().status == "taken_back"


def test_only_a_workbook_is_asked_for_and_its_kindred_travel_to_hear_more(
    lasting_season: Season, page: Page, live_server: Any
) -> None:
    sign_in(page, lasting_season.clerk, live_server.url)
    page.goto("/rosters/new/?kind=people")
    box, state = page.get_by_label("名单工作簿"), page.locator("[data-upload-state]")

    expect(box).to_have_attribute("accept", ".xlsx")
    box.set_input_files({"name": "名单.png", "mimeType": "image/png", "buffer": b"\x89PNG"})
    expect(state).to_have_text("请选择 XLSX 文件。")
    box.set_input_files({"name": "名单.csv", "mimeType": "text/csv", "buffer": "姓名,身份证号".encode()})
    expect(state).to_have_text("已选择，提交时上传")
    page.get_by_role("button", name="上传并核对各列").click()
    expect(page.get_by_text("文本文件（如.csv）").first).to_be_visible()
