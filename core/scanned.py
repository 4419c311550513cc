"""Scans from outside: what their pages show, and PDFs made of some of those pages.

They are opened only by `core.sandbox`, which looks through `core.pages`; here its answer becomes pages with codes.
"""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic
from typing import Any

from core import files
from core.policy import Refused

KINDS = files.PAPERS_AND_PHOTOS
AT_ONCE = 10  # pages that one child looks at within its seconds
PATIENCE = 50  # seconds for a child that limits itself to 20 of computing
LONGEST = 240  # seconds for all pages of a file
LEAST_INK = 0.0005  # of a page that is not blank: about one line of print


@dataclass(frozen=True)
class Page:
    """One page: the codes on it, how far it is to be turned clockwise, its words where the file knows them."""

    codes: tuple[str, ...]
    turned: int
    ink: float
    look: str  # equal for two pages that are the same picture
    text: str

    @property
    def is_blank(self) -> bool:
        return self.ink < LEAST_INK and not self.codes


@dataclass(frozen=True)
class Seen:
    """A file that was judged and looked at; `view` is the PDF of a photograph."""

    kind: str
    pages: tuple[Page, ...]
    view: bytes

    def matching(self, ours: re.Pattern[str]) -> list[list[re.Match[str]]]:
        """The codes of ours that each page shows."""
        return [[match for code in page.codes if (match := ours.search(code))] for page in self.pages]


def look(data: bytes, *, wanted: str, between: Callable[[], object] = lambda: None) -> Seen:
    """What each page shows. `wanted` is what a code of ours holds: it is sought harder than others.

    `between` is called every few pages: a transaction that the caller holds open has something to do then. Raises Refused as core.files.receive does, but takes as many pages as one run of a scanner brings.
    """
    kind = files.kind_of(data, KINDS)
    began = monotonic()
    answer, view = _looked(data, kind, 1, wanted)
    told, count = answer["pages"], answer["count"]
    while len(told) < count:
        between()
        if monotonic() - began > LONGEST:
            raise Refused([files.finding("heavy")])
        more, _ = _looked(data, kind, len(told) + 1, wanted)
        if not more["pages"]:  # one reader counts more pages than the other can open
            raise Refused([files.finding("broken")])
        told += more["pages"]
    pages = (
        Page(tuple(page["codes"]), page["turned"], page["ink"], page["look"], page["text"]) for page in told[:count]
    )
    return Seen(kind, tuple(pages), view)


def _looked(data: bytes, kind: str, first: int, wanted: str) -> tuple[dict[str, Any], bytes]:
    return files.in_sandbox("look", data, kind, str(first), str(AT_ONCE), wanted, patience=PATIENCE)


def put_together(sources: Sequence[bytes], parts: Sequence[Sequence[tuple[int, int, int]]]) -> list[bytes]:
    """One PDF for each part; a page of it is (which source, number from 1, degrees to turn it clockwise)."""
    sizes = json.dumps([len(source) for source in sources])
    answer, made = files.in_sandbox("put-together", b"".join(sources), sizes, json.dumps(parts))
    found, start = [], 0
    for size in answer["sizes"]:
        found.append(made[start : start + size])
        start += size
    return found
