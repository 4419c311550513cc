"""An officer takes an old ledger over in a real browser, reconciles it and brings the scans of its agreements."""

import os
from typing import Any

import pytest
from playwright.sync_api import FilePayload, Page, expect

from agreements.models import Agreement
from tests.cast import Season
from tests.desk.rosters import hands
from tests.desk.rosters.test_in_the_browser import looked_at, sign_in
from tests.desk.rosters.test_past_sample import SAMPLE
from tests.desk.scans.test_scans import paper


@pytest.fixture(autouse=True)
def today() -> None:
    """The browser has a clock of its own: a cookie of last May would be gone at once."""


def test_an_old_ledger_goes_in_and_its_scans_after_it(lasting_season: Season, page: Page, live_server: Any) -> None:
    season, pictures = lasting_season, os.environ.get("ROSTER_PICTURES", "")
    assert season.u2.pk != season.h1.pk != season.h2.pk
    sign_in(page, season.officer, live_server.url)
    found: list[str] = []
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)

    page.goto("/rosters/")
    page.get_by_role("link", name="导入历史协议").click()
    found += looked_at(page, "past-upload", pictures)
    page.get_by_label("名单工作簿").set_input_files(SAMPLE)
    page.get_by_role("button", name="上传并核对各列").click()
    expect(page.get_by_role("heading", name="每一列是什么")).to_be_visible()
    page.get_by_role("button", name="开始校验").click()
    expect(page.get_by_role("heading", name="正在校验").first).to_be_visible()
    hands.run()
    expect(page.get_by_role("heading", name="校验结果", exact=True).first).to_be_visible()
    found += looked_at(page, "past-check", pictures)
    page.get_by_role("link", name="下一步：确认导入").click()
    page.get_by_label("只导入没有错误的行").check()
    page.get_by_role("button", name="确认导入").click()
    expect(page.get_by_text("正在导入").first).to_be_visible()
    hands.run()
    expect(page.get_by_text("已导入 17 行")).to_be_visible()

    page.get_by_role("link", name="按单位核对").click()
    found += looked_at(page, "past-overview", pictures)
    page.get_by_role("link", name="示范农林学院", exact=True).click()
    found += looked_at(page, "past-sheet", pictures)
    page.get_by_role("link", name="石科特〔2025〕2号").click()
    expect(page.get_by_text("在平台启用前已经备案")).to_be_visible()
    found += looked_at(page, "past-agreement", pictures)

    page.goto("/past-scans/")
    found += looked_at(page, "scans", pictures)
    brought: list[FilePayload] = [
        {"name": "石科特2025-2号.pdf", "mimeType": "application/pdf", "buffer": paper(1)},
        {"name": "没有号.pdf", "mimeType": "application/pdf", "buffer": paper(2)},
    ]
    page.get_by_label("扫描件").set_input_files(brought)
    page.get_by_role("button", name="上传并附到协议").click()
    expect(page.get_by_text("正在处理：0 / 2 个")).to_be_visible()
    hands.run()
    expect(page.get_by_text("没有对应的协议").first).to_be_visible()
    expect(page.get_by_text("正在处理")).to_have_count(0)
    found += looked_at(page, "scans-attached", pictures)

    assert found == []
    assert complaints == []
    assert Agreement.objects.get(filing_number="石科特〔2025〕2号").scans.count() == 1
