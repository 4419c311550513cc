"""The words that a reader meets, and which of them are Latin though the platform speaks Chinese."""

import io
import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from typing import Any

import docx
import openpyxl
import pypdfium2

# What may stand in Latin letters, and why. Everything else that has two letters in a row is a leak.
ALLOWED = re.compile(
    "|".join(
        (
            r"[a-z0-9.+*-]+@[a-z0-9.-]+",  # addresses of mail, masked ones too
            r"https?://[\w.:/?=&%-]+",  # links in mails, the address beside a QR code
            r"(?<![0-9A-Z])[0-9A-HJ-NPQRTUWXY]{18}(?![0-9A-Z])",  # credit codes of units
            r"SJZ-KT[A-Z]-\d{4}-\d{4}",  # filing numbers
            r"(?<!\d)\d{4}-WS·\d{4}-(?:Y|D30|D10)-KTP-\d{4}(?!\d)",  # 档号 of the archive
            r"(?<![0-9A-Z])[0-9A-F]{4}(?:-[0-9A-F]{4}){2,}",  # what a ledger is checked by
            r"(?<![0-9a-z])[0-9a-f]{64}(?![0-9a-z])",  # what a file is checked by
            r"(?<![0-9A-Z])[0-9A-F]{12}(?![0-9A-Z])",  # the number of a request, to be quoted
            r"(?<![0-9a-z])[0-9a-f]{32}(?![0-9a-z])",  # what stands in a QR code
            r"(?<![A-Za-z])(?:PDF|JPG|JPEG|PNG|HEIC|XLSX|DOCX|Excel|KB|MB|dpi)(?![A-Za-z])",  # kinds and sizes of files
            r"(?<![A-Za-z])e-?mail(?![A-Za-z])",  # a heading that a roster may have
            r"\.(?:pdf|jpg|jpeg|png|xlsx|docx)(?![A-Za-z])",  # names of files
            r"(?<![A-Za-z])(?:Enter|Esc)(?![A-Za-z])",  # keys, as they are printed on the keyboard
        )
    )
)
TWO_LETTERS = re.compile(r"[A-Za-z]{2,}")
SPOKEN = ("title", "alt", "aria-label", "placeholder", "label", "data-busy", "data-label", "data-confirm-word")


def leaks(said: Iterable[str], *own: str) -> list[str]:
    """What is said with a Latin word in it that is not allowed; `own` are names of the tests' own people (accounts)."""
    known = set(TWO_LETTERS.findall(" ".join(own)))
    found = {one.strip() for one in said if set(TWO_LETTERS.findall(ALLOWED.sub(" ", one))) - known}
    return sorted(one[:200] for one in found)


class Spoken(HTMLParser):
    """Everything of a page that is read or heard: text, and the attributes that become words."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.links: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        self.silent += tag in ("script", "style")
        self.words += [given[name] for name in SPOKEN if given.get(name)]
        if tag == "input" and given.get("type") in ("submit", "button"):
            self.words.append(given.get("value", ""))
        if tag == "a" and given.get("href", "").startswith("/"):
            self.links.append(given["href"])

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.words.append(data)


def spoken(page: str) -> Spoken:
    heard = Spoken()
    heard.feed(page)
    return heard


def words_of(content: bytes) -> list[str]:
    """The words of a file: the cells and names of a workbook, the text of a paper, what is spoken of a page."""
    if content.startswith(b"PK\x03\x04") and b"word/document.xml" in content:
        word = docx.Document(io.BytesIO(content))
        facts = word.core_properties
        lines = [one.text for one in word.paragraphs] + [cell.text for one in word.tables for cell in one._cells]
        return [*lines, facts.author, facts.title, facts.comments, facts.subject, facts.keywords]
    if content.startswith(b"PK\x03\x04"):
        book = openpyxl.load_workbook(io.BytesIO(content))
        cells = [
            cell.value for sheet in book for row in sheet.iter_rows() for cell in row if isinstance(cell.value, str)
        ]
        return [*book.sheetnames, *(cell for cell in cells if not cell.startswith("="))]
    if content.startswith(b"%PDF-"):
        paper = pypdfium2.PdfDocument(content)
        lines = [line for page in paper for line in page.get_textpage().get_text_range().splitlines()]
        lines += [paper.get_metadata_dict().get(name, "") for name in ("Title", "Subject", "Keywords")]
        paper.close()
        return lines
    return spoken(content.decode(errors="replace")).words


# What the interface says to programs is theirs; what is in these is said to people.
SENTENCES = ("detail", "message", "title", "quote", "label", "theirs", "yours")


def sentences(answer: Any, key: str = "") -> Iterator[str]:
    """The sentences in an answer of the interface."""
    if isinstance(answer, dict):
        for name, part in answer.items():
            yield from sentences(part, name)
    elif isinstance(answer, list):
        for part in answer:
            yield from sentences(part, key)
    elif isinstance(answer, str) and key in SENTENCES:
        yield answer
