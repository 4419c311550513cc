"""The pictures of the help page: `python -m tests.browser.pictures http://127.0.0.1:8000` beside a running demonstration.

Each errand of a role is opened by its demonstration account, on the phone where that role works on the phone, and
kept in static/manual/ under the name by which the help page asks for it.
"""

import io
import os
import sys
from collections.abc import Callable

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings_test"

import django

django.setup()

from django.urls import reverse
from PIL import Image
from playwright.sync_api import Page, sync_playwright

from accounts.enums import Role
from config.embedded import chromium
from desk.help import ERRANDS, PICTURES, Errand
from tests.browser.somebody import PHONE, WIDE
from tests.cast import PASSWORD

ACCOUNTS = {
    Role.BUREAU_ADMIN: "guo",
    Role.BUREAU_OFFICER: "chen",
    Role.DIVISION_HEAD: "liuchu",
    Role.COUNTY_OFFICER: "zhengding",
    Role.FINANCE: "qian",
    Role.AUDITOR: "shen",
    Role.INSTITUTION_ADMIN: "meng",
    Role.INSTITUTION_CLERK: "liu",
    Role.HOST_CONTACT: "ma",
    Role.SPECIALIST: "tpy01",
}


def first_row(page: Page) -> None:
    row = page.locator("main tbody a")
    if row.count():
        row.first.click()


def link(words: str) -> Callable[[Page], None]:
    return lambda page: page.get_by_role("link", name=words).first.click()


def first_person(page: Page) -> None:
    page.locator("main tbody a[href^='/specialists/']:not([href*='?'])").first.click()


# Where the page on which an errand begins says less than the next one.
FURTHER: dict[str, Callable[[Page], None]] = {
    "审核登记": first_row,
    "暂停和恢复资格": first_person,
    "审核协议并备案": first_row,
    "审核变更申请": first_row,
    "审核改派申请": first_row,
    "发布推荐通知": first_row,
    "公示并公布选派名单": first_row,
    "核对以前备案的协议": first_row,
    "登记和核实派驻单位": first_row,
    "修改三方协议书的条款": first_row,
    "导入以前备案的协议": link("导入历史协议"),
    "合并重复的单位和人员": first_row,
}


def main(address: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    wanted = set()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        for role, account in ACCOUNTS.items():
            width, height = PHONE if role in Role.on_the_phone else WIDE
            context = browser.new_context(
                base_url=address,
                locale="zh-CN",
                viewport={"width": width, "height": height},
                timezone_id="Asia/Shanghai",
            )
            page = context.new_page()
            page.goto("/sign-in/")
            page.get_by_label("账号").fill(account)
            page.get_by_label("密码").fill(PASSWORD)
            page.get_by_role("button", name="登录", exact=True).click()
            for errand in ERRANDS[role]:
                wanted.add(errand.file(role))
                taken(page, errand, role)
            context.close()
        browser.close()
    for old in PICTURES.iterdir():
        if old.name not in wanted:
            old.unlink()


def taken(page: Page, errand: Errand, role: Role) -> None:
    page.goto(reverse(errand.url) + errand.query)
    if further := FURTHER.get(errand.title):
        further(page)
    page.wait_for_load_state("networkidle")
    # Who looks sees the page, not where the last click left the mouse.
    page.mouse.move(0, 0)
    picture = Image.open(io.BytesIO(page.screenshot()))
    picture.save(PICTURES / errand.file(role), "WEBP", quality=72, method=6)


if __name__ == "__main__":
    main(sys.argv[1])
