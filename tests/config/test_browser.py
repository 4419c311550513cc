"""The browser of the tests: its window has the size that was asked for, and the pages' policy lets them work."""

import pytest
from django.urls import reverse
from playwright.sync_api import Page

SIZES = [pytest.param(w, h, marks=pytest.mark.viewport(w, h), id=f"{w}x{h}") for w, h in ((1366, 768), (390, 844))]


@pytest.mark.parametrize(("width", "height"), SIZES)
def test_the_sign_in_page_fits_the_window_and_breaks_no_policy(page: Page, width: int, height: int) -> None:
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(reverse("accounts:sign-in"))
    page.wait_for_load_state("networkidle")
    assert complaints == []
    assert page.evaluate("[innerWidth, innerHeight]") == [width, height]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    assert page.evaluate("Intl.DateTimeFormat().resolvedOptions().timeZone") == "Asia/Shanghai"


def test_a_script_that_somebody_smuggled_in_does_not_run(page: Page) -> None:
    page.goto(reverse("accounts:sign-in"))
    page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "window.smuggled = true";
        document.body.append(script);
        document.body.insertAdjacentHTML("beforeend", '<img src="data:," onerror="window.smuggled = true">');
    }""")
    page.wait_for_timeout(200)
    assert page.evaluate("window.smuggled") is None
