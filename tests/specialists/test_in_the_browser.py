"""The pages in a real browser: what helps while typing, nobody shut out, nothing wider than the window."""

import re
from datetime import date
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils.timezone import localdate
from playwright.sync_api import Page, expect

from accounts.models import Membership
from core.identifiers import mask_id
from core.models import AuditEvent
from specialists.enums import Category
from specialists.models import Registration
from tests.cast import PEOPLE, Season
from tests.core.test_pages_in_the_browser import violations
from tests.specialists.acts import form_of, graduate, registered, submitted

wide = pytest.mark.viewport(1366, 768)
phone = pytest.mark.viewport(390, 844)
small = pytest.mark.viewport(320, 640)


def signed_in(page: Page, hat: Membership, address: str) -> Page:
    client = Client()
    client.force_login(hat.person)
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": address}])
    return page


@pytest.fixture
def clerk(page: Page, lasting_season: Season, live_server: Any) -> Page:
    return signed_in(page, lasting_season.clerk, live_server.url)


@pytest.fixture
def officer(page: Page, lasting_season: Season, live_server: Any) -> Page:
    return signed_in(page, lasting_season.officer, live_server.url)


def fits(page: Page) -> bool:
    page.wait_for_load_state("networkidle")
    assert violations(page) == []
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


@small
def test_the_pages_of_the_bureau_shut_nobody_out_where_it_is_narrow(officer: Page, lasting_season: Season) -> None:
    season, today = lasting_season, localdate()
    student = submitted(graduate("P6", graduates_on=date(today.year + 1, 6, 30)), season.clerk, today)
    submitted(form_of("P3", Category.AGRICULTURE), season.clerk, today)
    season.on_provincial_list("P2")

    for path in ("", "selection/", "provincial/", f"{student.pk}/", f"{student.pk}/history/", f"{student.pk}/review/"):
        officer.goto(f"/specialists/{path}")
        assert fits(officer), path


@small
def test_the_form_shuts_nobody_out_empty_or_refused(clerk: Page) -> None:
    clerk.goto("/specialists/new/")
    assert fits(clerk)

    clerk.get_by_role("button", name="保存草稿").click()

    expect(clerk.locator("[data-error-summary]")).to_be_focused()
    assert fits(clerk)


def test_an_identity_number_says_sex_and_birthday_as_it_is_typed(clerk: Page) -> None:
    clerk.goto("/specialists/new/")
    line = clerk.locator("[data-identity]")
    expect(line).to_be_hidden()

    clerk.get_by_label("身份证号").fill("１３９９９９ 19820617 0027")
    expect(line).to_have_text("由身份证号得出：性别 女，出生日期 1982年6月17日")

    clerk.get_by_label("身份证号").fill("139999198206170028")
    expect(line).to_be_hidden()


def test_what_only_students_fill_in_is_shown_to_students_and_never_hidden_once_filled(clerk: Page) -> None:
    clerk.goto("/specialists/new/")
    supervisor = clerk.get_by_label("导师")
    expect(supervisor).to_be_hidden()

    clerk.get_by_label("在校研究生", exact=True).check()
    supervisor.fill("孙教授")
    clerk.get_by_label("在职人员").check()

    expect(supervisor).to_be_visible()
    expect(clerk.get_by_label("科研成果")).to_be_hidden()


def test_the_rules_answer_while_the_form_is_filled_in(clerk: Page, lasting_season: Season) -> None:
    lasting_season.on_provincial_list("P2", valid_to=date(localdate().year + 1, 12, 31))
    name, number = PEOPLE["P2"]
    clerk.goto("/specialists/new/")
    checks = clerk.locator("#checks")
    expect(checks).to_contain_text("填写姓名和身份证号、类别后校验")

    clerk.get_by_label("身份证号").fill(number)
    clerk.get_by_label("姓名").fill(name)
    clerk.get_by_label("工业企业").check()
    expect(checks).to_contain_text("赵芃已列入2026年度省级科技特派员")

    clerk.get_by_label("技术经纪人").check()
    expect(checks).not_to_contain_text("赵芃已列入")
    assert not Registration.objects.exists()


def test_an_officer_passes_two_files_with_two_keys(officer: Page, lasting_season: Season) -> None:
    today = localdate()
    for key in ("P1", "P2"):
        submitted(form_of(key), lasting_season.clerk, today)
    officer.goto("/specialists/?mine=1")
    officer.get_by_role("link", name="李喆").click()

    for name in ("李喆", "赵芃"):
        expect(officer.get_by_role("heading", name=f"登记审核　{name}")).to_be_visible()
        officer.wait_for_load_state()  # the keys are heard once the scripts are there
        officer.keyboard.press("a")

    expect(officer.get_by_text("赵芃的登记已通过这一步")).to_be_visible()
    assert not Registration.objects.awaiting("bureau_officer").exists()


def test_a_draft_is_deleted_only_after_a_question(clerk: Page, lasting_season: Season) -> None:
    draft = registered(form_of("P1"), lasting_season.clerk, localdate())
    clerk.goto(f"/specialists/{draft.pk}/")

    clerk.get_by_role("button", name="删除草稿").first.click()
    clerk.get_by_role("link", name="不删除").or_(clerk.get_by_role("button", name="不删除")).click()
    assert Registration.objects.exists()
    clerk.get_by_role("button", name="删除草稿").first.click()
    clerk.locator("dialog[open]").get_by_role("button", name="删除草稿").click()

    expect(clerk.get_by_text("李喆的登记草稿已删除。")).to_be_visible()
    assert not Registration.objects.exists()


def test_a_number_shown_is_masked_again_after_a_minute_and_no_way_back_brings_it(
    lasting_season: Season, officer: Page
) -> None:
    registration, page = lasting_season.selected("P1"), officer
    page.clock.install()
    page.goto(f"/specialists/{registration.pk}/")
    page.get_by_role("button", name="查看完整号码").click()
    page.get_by_label("查看理由").fill("核对开户信息")
    page.get_by_role("button", name="查看号码").click()
    expect(page.get_by_text(PEOPLE["P1"][1])).to_be_visible()
    expect(page).to_have_url(re.compile(rf"/specialists/{registration.pk}/$"))  # its script is there

    page.clock.run_for(61_000)
    expect(page.get_by_text(mask_id(PEOPLE["P1"][1]))).to_be_visible()
    page.reload()
    page.go_back()

    expect(page.get_by_text(mask_id(PEOPLE["P1"][1]))).to_be_visible()
    expect(page.get_by_text(PEOPLE["P1"][1])).to_have_count(0)
    assert AuditEvent.objects.filter(verb="specialist.revealed").count() == 1
