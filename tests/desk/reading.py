"""Pages read as a person reads them: the cards and where they lead, and how many rows a list has."""

import re
from dataclasses import dataclass
from html.parser import HTMLParser


@dataclass(frozen=True)
class Card:
    label: str
    number: str
    url: str


class _Parts(HTMLParser):
    """What stands inside the links of a page, by the element around it."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[tuple[str, str, str]] = []  # (class of the navigation or table it is in, words, address)
        self._around: list[str] = []
        self._href: str | None = None
        self._words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in ("nav", "section"):
            self._around.append(f"{given.get('class') or ''} {given.get('id') or ''}")
        if tag == "a" and given.get("href"):
            self._href, self._words = given["href"], []

    def handle_endtag(self, tag: str) -> None:
        if tag in ("nav", "section") and self._around:
            self._around.pop()
        if tag == "a" and self._href is not None:
            self.links.append((self._around[-1] if self._around else "", "|".join(self._words), self._href))
            self._href = None

    def handle_data(self, data: str) -> None:
        if self._href is not None and data.strip():
            self._words.append(data.strip())


def links(html: str) -> list[tuple[str, str, str]]:
    parts = _Parts()
    parts.feed(html)
    return parts.links


def cards(html: str) -> list[Card]:
    """The number cards at the head of a first page."""
    found = [(words.split("|"), url) for around, words, url in links(html) if around.startswith("tabs ")]
    return [Card(words[0], words[1], url) for words, url in found]


def rows_in(html: str) -> int:
    """How many rows a list says it has."""
    if said := re.search(r'class="pf"><span>共 ([\d,]+) 件', html):
        return int(said[1].replace(",", ""))
    assert 'class="empty"' in html, "this page is no list"
    return 0
