"""Somebody at a real browser: signs in, clicks and types by the words on the page; and how each page is looked at."""

import os
from collections.abc import Callable
from pathlib import Path

from django.conf import settings
from playwright.sync_api import Browser, ConsoleMessage, Locator, Page, Request, Response, expect

from accounts.models import Membership
from tests.cast import PASSWORD
from tests.core.test_pages_in_the_browser import violations
from tests.hands import browser_of

WIDE, PHONE, SMALL = (1366, 768), (390, 844), (320, 640)
PICTURES = settings.BASE_DIR / "var/pictures"
WANTED = os.environ.get("PICTURES") == "1"  # drawing them takes as long as a tenth of the season


class Gallery:
    """Looks at a page where the season passes by: nobody shut out, nothing wider than the window, and a picture."""

    def __init__(self, folder: Path = PICTURES) -> None:
        self.folder, self.wrong, self.looked = folder, [], 0  # type: ignore[var-annotated]

    def look(self, page: Page, name: str) -> None:
        """At 1366 and 390 pixels, and at 320, whose rules 390 wears; with PICTURES=1 a picture of the whole page."""
        if not self.looked and WANTED:
            self.folder.mkdir(parents=True, exist_ok=True)
            for old in self.folder.glob("*.jpg"):
                old.unlink()
        self.looked += 1
        before = page.viewport_size
        assert before
        for width, height in (WIDE, PHONE, SMALL):
            page.set_viewport_size({"width": width, "height": height})
            if (width, height) != PHONE:
                self.wrong += [f"{name} at {width}: {one}" for one in violations(page)]
            if (broad := page.evaluate("document.documentElement.scrollWidth")) > width:
                self.wrong.append(f"{name} at {width}: overflows to {broad}")
            if WANTED and width != SMALL[0]:
                page.screenshot(path=self.folder / f"{self.looked:02}-{name}-{width}.jpg", full_page=True, quality=70)
        page.set_viewport_size(before)


class Somebody:
    """One person at a browser of their own; what the browser complains of is kept in `complaints`."""

    def __init__(
        self,
        browser: Browser,
        address: str,
        gallery: Gallery,
        complaints: list[str],
        *,
        size: tuple[int, int] = WIDE,
    ) -> None:
        width, height = size
        self.context = browser.new_context(
            base_url=address, locale="zh-CN", timezone_id="Asia/Shanghai", viewport={"width": width, "height": height}
        )
        self.address = address
        self.context.set_default_timeout(10_000)
        self.page, self.complaints, self.gallery = self.context.new_page(), complaints, gallery
        self.page.on("console", self._said)
        self.page.on("pageerror", lambda error: complaints.append(f"{self.page.url}: {error}"))
        self.page.on("requestfailed", self._failed)
        self.page.on("response", self._answered)

    # --- what a hand does ---------------------------------------------------------------------------------------------

    def signs_in(self, hat: Membership) -> None:
        self.signs_in_as(hat.person.username, PASSWORD)

    def signs_in_as(self, username: str, password: str) -> None:
        self.opens("/sign-in/")
        self.types(账号=username, 密码=password)
        self.page.get_by_role("button", name="登录", exact=True).click()
        expect(self.page.locator("details.account")).to_be_visible()

    def opens(self, address: str) -> None:
        answer = self.page.goto(address)
        assert answer
        assert answer.ok, (address, answer.status)

    def is_signed_in(self, hat: Membership) -> None:
        """Without the form, for a test that is not about signing in."""
        name = settings.SESSION_COOKIE_NAME
        session = browser_of(hat).cookies[name].value
        self.context.add_cookies([{"name": name, "value": session, "url": self.address}])

    def menu(self) -> list[str]:
        """The labels of the menu: the side navigation of an office, the bar of a phone."""
        return [words.strip() for words in self.navigation.get_by_role("link").all_inner_texts()]

    def goes_to(self, label: str) -> None:
        """By the menu: the side navigation of an office, the bar of a phone."""
        self.navigation.get_by_role("link", name=label, exact=True).first.click()
        self.page.wait_for_load_state()

    def opens_the_account_menu(self) -> None:
        self.page.locator("details.account > summary").click()

    def follows(self, name: str, *, within: Locator | None = None) -> None:
        (within or self.page).get_by_role("link", name=name).first.click()
        self.page.wait_for_load_state()

    def types(self, within: Locator | None = None, **words: str) -> None:
        """Into the fields of these labels."""
        for label, text in words.items():
            (within or self.page).get_by_label(label, exact=False).first.fill(text)

    def chooses(self, **options: str) -> None:
        for label, option in options.items():
            self.page.get_by_label(label).select_option(label=option)

    def ticks(self, *labels: str) -> None:
        for label in labels:
            self.page.get_by_label(label, exact=True).check()

    def searches(self, words: str) -> None:
        self.page.get_by_label("全局搜索").fill(words)
        self.page.get_by_label("全局搜索").press("Enter")
        self.page.wait_for_load_state()

    def ticks_person(self, name: str) -> None:
        self.page.get_by_role("radio", name=name).check()

    def signs(self, party: str, signer: str, day: str) -> None:
        """One line of the three signatures in step 3."""
        group = self.page.get_by_role("group", name=party)
        self.types(group, **{party: signer, "签署日期": day})
        if (as_what := group.get_by_label("签署身份")).count():
            as_what.select_option(label="法定代表人")

    def presses(self, name: str, *, within: Locator | None = None) -> None:
        (within or self.page).get_by_role("button", name=name).first.click()
        self.page.wait_for_load_state()

    def downloads(self, click: Callable[[], None]) -> bytes:
        with self.page.expect_download() as waiting:
            click()
        return Path(waiting.value.path()).read_bytes()

    @property
    def navigation(self) -> Locator:
        return self.page.get_by_role("navigation", name="主导航")

    @property
    def dialog(self) -> Locator:
        return self.page.locator("dialog[open]")

    def sees(self, words: str) -> None:
        expect(self.page.locator("body")).to_contain_text(words)

    def looks(self, name: str) -> None:
        self.gallery.look(self.page, name)

    # --- what the browser complains of --------------------------------------------------------------------------------

    def _said(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):  # a refused script or style is an error here too
            self.complaints.append(f"{self.page.url}: {message.text} {message.location.get('url', '')}")

    def _failed(self, request: Request) -> None:
        if request.failure != "net::ERR_ABORTED":  # a download, or a request that a new page made needless
            self.complaints.append(f"{self.page.url}: {request.method} {request.url} {request.failure}")

    def _answered(self, response: Response) -> None:
        if response.status >= 400:
            self.complaints.append(f"{self.page.url}: {response.request.method} {response.url} {response.status}")
