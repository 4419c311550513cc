"""Every page that the permission matrix names, in a real browser: none is wider than its window, nobody is shut out.

axe looks at each at the width that its readers have; at both widths it looks at the stations of the season and, in the
tests of the areas, at the states that a page can be in.
"""

from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import settings
from django.urls import reverse
from playwright.sync_api import ConsoleMessage, Error, Page

from accounts.enums import Role
from accounts.matrix import Address, matrix
from tests.core.test_pages_in_the_browser import violations
from tests.matrix.world import World

SIZES = [(1366, 768), (320, 640)]  # 390 wears the rules of 320, with more room
# One hat per kind of shell and view; an address is looked at under the first of these that may.
ON_A_PHONE = (Role.SPECIALIST, Role.HOST_CONTACT)
HATS = (Role.SPECIALIST, Role.HOST_CONTACT, Role.INSTITUTION_CLERK, Role.BUREAU_OFFICER, Role.BUREAU_ADMIN)


def looked_at_by(role: Role) -> Iterator[Address]:
    for name, address in matrix().addresses.items():
        action = address.methods.get("GET")
        if action is None or address.superuser or name.startswith("api"):
            continue
        if role == next((hat for hat in HATS if not action or matrix().may(hat, action)), None):
            yield address


def troubles(page: Page, path: str, looked_at: int) -> list[str]:
    """What is wrong with the page at this path; nothing when the answer is a file, which no browser shows."""
    complaints: list[str] = []

    def hear(message: ConsoleMessage) -> None:
        # After a bare file the browser looks for /favicon.ico by itself, and says so while the next page opens.
        if message.type == "error" and not message.location["url"].endswith("/favicon.ico"):
            complaints.append(f"{message.text} {message.location['url']}")

    page.on("console", hear)
    try:
        answer = page.goto(path)
    except Error as error:
        return [] if "Download is starting" in error.message else [error.message]
    finally:
        page.remove_listener("console", hear)
    assert answer
    if answer.status != 200:
        return [f"answers {answer.status}"]
    if not answer.headers["content-type"].startswith("text/html") or "<html" not in answer.text():
        return []  # a file, or a part of a page
    found = list(complaints)
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        found += [f"{width}: {one}" for one in (violations(page) if width == looked_at else ())]
        if (wide := page.evaluate("document.documentElement.scrollWidth")) > width:
            found.append(f"{width}: overflows to {wide}")
    return found


@pytest.mark.parametrize("role", HATS)
def test_every_page_shuts_nobody_out(transactional_db: None, page: Page, live_server: Any, role: Role) -> None:
    world = World()
    cookie = {"name": settings.SESSION_COOKIE_NAME, "value": world.sessions[role], "url": live_server.url}
    found: dict[str, list[str]] = {}
    looked = 0
    width = 320 if role in ON_A_PHONE else 1366
    for address in looked_at_by(role):
        parts = dict(world.parts.get(address.name, {}))
        if address.model:
            parts[address.key] = world.worked_on.get(address.name) or world.pks(address, role)[0]
        page.context.clear_cookies()
        if not address.open:
            page.context.add_cookies([cookie])  # type: ignore[list-item]
        looked += 1
        if wrong := troubles(page, reverse(address.name, kwargs=parts), width):
            found[address.name] = wrong

    assert found == {}
    assert looked, "no page under this hat: the matrix or HATS has changed"
