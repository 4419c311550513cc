"""The form of a text in a real browser: clauses change places under the hand, placeholders go where the cursor is."""

from datetime import date
from typing import Any

from django.conf import settings
from playwright.sync_api import Page, expect

from agreements.models import AgreementText
from agreements.wording import services
from tests.cast import Season
from tests.core.test_pages_in_the_browser import violations
from tests.hands import browser_of


def test_a_clause_is_added_filled_moved_and_saved(lasting_season: Season, page: Page, live_server: Any) -> None:
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    draft = services.begin(2027, by=lasting_season.officer, on=date(2027, 1, 5))
    session = browser_of(lasting_season.officer).cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": live_server.url}])
    page.goto(f"/agreements/texts/{draft.pk}/edit/")

    page.locator("#clause-5").get_by_role("button", name="在此后加一条").click()
    expect(page.get_by_label("第七条标题")).to_be_focused()
    page.keyboard.type("团队分工")
    page.locator("#clause-6").get_by_label("适用情形").select_option("团队协议")
    page.get_by_label("第七条正文").fill("由")
    page.get_by_role("button", name="【团队名称】").click()
    page.keyboard.type("确定。")
    page.locator("#clause-6").get_by_role("button", name="上移").click()
    expect(page.get_by_label("第六条标题")).to_be_focused()
    expect(page.get_by_label("第六条正文")).to_have_value("由【团队名称】确定。")
    assert violations(page) == []
    page.get_by_role("button", name="保存草稿").click()

    expect(page.get_by_text("草稿已保存。")).to_be_visible()
    assert [clause.heading for clause in AgreementText.objects.get(pk=draft.pk).wording.clauses][5:] == [
        "团队分工", "协议的变更与终止", "其他",
    ]  # fmt: skip
    assert violations(page) == []
    assert complaints == []
