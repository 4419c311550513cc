"""A clerk narrows a list, keeps it as a view, hides columns and takes the rows along as a workbook."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest
from django.conf import settings
from playwright.sync_api import Page, expect

from tests.cast import Season
from tests.hands import browser_of


@pytest.mark.django_db(transaction=True)
def test_a_filtered_list_becomes_a_view_and_a_workbook(lasting_season: Season, page: Page, live_server: Any) -> None:
    season = lasting_season
    for key in ("P1", "P2"):
        season.filed(season.selected(key), season.h4)
    season.filed(season.selected("P5", category="broker"), season.h1)
    session = browser_of(season.officer).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])

    page.goto("/agreements/")
    page.get_by_label("类别", exact=True).select_option(label="农业")
    expect(page.get_by_text("共 2 件", exact=True)).to_be_visible()  # by htmx: the bar came along
    page.get_by_role("link", name="保存为视图").click()
    page.get_by_label("视图名称").fill("农业协议")
    page.get_by_role("button", name="保存视图").click()

    tab = page.get_by_role("navigation", name="列表视图").get_by_role("link", name="农业协议")
    expect(tab).to_have_attribute("aria-current", "page")
    page.get_by_text("显示列").click()
    page.get_by_role("checkbox", name="三方签署").uncheck()
    page.get_by_role("button", name="显示所选的列").click()
    expect(page.get_by_role("columnheader", name="派出单位")).to_be_visible()
    expect(page.get_by_role("columnheader", name="三方签署")).to_have_count(0)
    expect(tab).not_to_have_attribute("aria-current", "page")  # it is another view now

    tab.click()
    page.get_by_role("link", name="导出", exact=True).click()
    page.get_by_role("checkbox", name="备案事项").uncheck()
    page.get_by_role("checkbox", name="在这个视图中记住所选的列").check()
    with page.expect_download() as fetched:
        page.get_by_role("button", name="导出表格").click()
    path = Path(fetched.value.path())
    with path.open("rb") as file:
        rows = [*openpyxl.load_workbook(file)["列表"].values]
    assert fetched.value.suggested_filename.startswith("协议备案_")
    assert (len(rows), "备案事项" in rows[0], "派驻单位" in rows[0]) == (3, False, True)
    expect(page.get_by_role("button", name="导出表格")).to_be_visible()  # the page stays, ready for another
