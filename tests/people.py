"""Somebody at the pages: opens them, reads them, fills in the form that is there and presses its button."""

import re
from html import unescape
from html.parser import HTMLParser
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import Membership


class PageForm:
    def __init__(self, action: str, method: str) -> None:
        self.action, self.method = action, method
        self.values: dict[str, list[str]] = {}
        self.buttons: list[tuple[str, str, str]] = []  # name, value, label


class Forms(HTMLParser):
    """The forms of a page with what a browser would send for them untouched."""

    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PageForm] = []
        self.by_id: dict[str, PageForm] = {}
        self.open: PageForm | None = None
        self.select: str | None = None
        self.text: list[str] | None = None
        self.text_name = ""
        self.button: tuple[PageForm, str, str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.open = PageForm(given.get("action", ""), given.get("method", "get").lower())
            self.forms.append(self.open)
            self.by_id[given.get("id", "")] = self.open
            return
        form = self.by_id.get(given["form"]) if "form" in given else self.open
        if form is None or "disabled" in given:
            return
        name = given.get("name", "")
        if tag == "input" and name and given.get("type") not in ("file", "submit"):
            if given.get("type") in ("checkbox", "radio"):
                if "checked" in given:
                    form.values.setdefault(name, []).append(given.get("value", "on"))
            else:
                form.values.setdefault(name, []).append(given.get("value", ""))
        elif tag == "select" and name:
            self.select = name
        elif tag == "option" and self.select and "selected" in given:
            form.values.setdefault(self.select, []).append(given.get("value", ""))
        elif tag == "textarea" and name:
            self.text, self.text_name = [], name
        elif tag == "button" and given.get("type", "submit") == "submit":
            self.button = (form, name, given.get("value", ""))
            self.text = []

    def handle_data(self, data: str) -> None:
        if self.text is not None:
            self.text.append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        elif tag == "select":
            self.select = None
        elif tag == "textarea" and self.text is not None and self.open:
            self.open.values[self.text_name] = ["".join(self.text).removeprefix("\n")]
            self.text = None
        elif tag == "button" and self.button:
            form, name, value = self.button
            form.buttons.append((name, value, "".join(self.text or []).strip()))
            self.button = self.text = None


class Person:
    """One hat at a browser without scripts. Every page that is not 200 fails unless the test expects it."""

    def __init__(self, hat: Membership) -> None:
        self.hat, self.client = hat, Client()
        self.client.force_login(hat.person)
        session = self.client.session
        session["membership_id"] = hat.pk
        session.save()
        self.address = self.page = ""

    def opens(self, address: str, *, expect: int = 200) -> str:
        """The words of the page; links and forms of it are then at hand."""
        return self._show(self.client.get(address, follow=True), expect)

    def downloads(self, address: str, *, press: bool = False) -> bytes:
        """A file; `press` where making it is an act of its own (the contract with the full ID number)."""
        answer: Any = self.client.post(address) if press else self.client.get(address)
        assert answer.status_code == 200, (address, answer.status_code)
        return b"".join(answer.streaming_content) if answer.streaming else answer.content

    def presses(self, button: str, *, expect: int = 200, **typed: Any) -> str:
        """Fill in the form that has this button, press it, and read where it leads to.

        Names with a hyphen are typed with two underscores: `institution__signer`. A list ticks several boxes.
        """
        parsed = Forms()
        parsed.feed(self.page)
        found = [(form, one) for form in parsed.forms for one in form.buttons if button in one[2]]
        assert found, f"no button “{button}” at {self.address}: {[b[2] for f in parsed.forms for b in f.buttons]}"
        form, (name, value, _) = found[0]
        values: dict[str, Any] = {**form.values, **({name: [value]} if name else {})}
        values |= {key.replace("__", "-"): one for key, one in typed.items()}
        send = self.client.post if form.method == "post" else self.client.get
        return self._show(send(form.action or self.address, values, follow=True), expect)

    def finds(self, pattern: str) -> str:
        """The first group of a pattern in the page's HTML."""
        found = re.search(pattern, self.page)
        assert found, f"{pattern} is not at {self.address}"
        return unescape(found[1])

    def _show(self, answer: Any, expect: int) -> str:
        if answer.redirect_chain:
            self.address = answer.redirect_chain[-1][0]
        else:
            self.address = answer.request["PATH_INFO"]
        self.page = answer.content.decode() if not answer.streaming else ""
        words = shown(self.page)
        assert answer.status_code == expect, f"{self.address}: {answer.status_code}\n{words[:1500]}"
        return words


def shown(page: str) -> str:
    """The words of a page without its markup."""
    body = page.partition("<body")[2] or page
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", " ", body)))


def scan_of(paper: bytes, name: str = "三方协议书.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, paper, content_type="application/pdf")
