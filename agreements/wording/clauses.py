"""A text taken apart, and put together for one agreement. Brackets are the whole grammar: 【name】 stands for a fact."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from agreements.wording.facts import Facts
from agreements.wording.terms import CONDITIONS, PLACEHOLDERS, Piece, Style

MARK = re.compile("【([^【】]*)】")
LEAD = re.compile("（[一二三四五六七八九十]+）[^。【】]{1,20}。")  # （一）甲方。 is a heading of the second level
DIGITS = "一二三四五六七八九"


@dataclass(frozen=True)
class Clause:
    """One clause as it is written: its number is its place among those that are printed."""

    heading: str
    text: str
    condition: str = ""

    @property
    def paragraphs(self) -> list[str]:
        return paragraphs_of(self.text)

    def as_json(self) -> dict[str, str]:
        return asdict(self)


@dataclass(frozen=True)
class PrintedClause:
    """One clause as it stands on a paper: 一、服务期限, and its paragraphs in pieces."""

    heading: str
    paragraphs: list[list[Piece]]


@dataclass(frozen=True)
class Wording:
    """A whole text: the paragraphs before the first clause, and the clauses in their order."""

    opening: str
    clauses: tuple[Clause, ...]

    @classmethod
    def of(cls, opening: str, clauses: Sequence[Mapping[str, Any]]) -> "Wording":
        """From a row or from a program, with the line breaks that a page sends too."""
        made = [Clause(one["heading"].strip(), _lines(one["text"]), one.get("condition", "")) for one in clauses]
        return cls(_lines(opening), tuple(made))

    def opened(self, facts: Facts) -> list[list[Piece]]:
        return _filled(paragraphs_of(self.opening), facts)

    def printed(self, facts: Facts) -> list[PrintedClause]:
        """The clauses whose condition holds, numbered."""
        shown = [one for one in self.clauses if not one.condition or CONDITIONS[one.condition].holds(facts)]
        return [
            PrintedClause(f"{numeral(number)}、{clause.heading}", _filled(clause.paragraphs, facts))
            for number, clause in enumerate(shown, start=1)
        ]


def paragraphs_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _lines(text: str) -> str:
    return "\n".join(text.splitlines()).strip()


def marks_in(text: str) -> list[str]:
    """The names between brackets, in their order."""
    return MARK.findall(text)


def numeral(number: int) -> str:
    """一 … 九十九."""
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else "十" if tens == 1 else f"{DIGITS[tens - 1]}十") + (DIGITS[ones - 1] if ones else "")


def _filled(paragraphs: list[str], facts: Facts) -> list[list[Piece]]:
    made: list[list[Piece]] = []
    for paragraph in paragraphs:
        made.append([])
        for piece in _pieces(paragraph, facts):
            if piece.style == Style.BREAK:
                made.append([])
            else:
                made[-1].append(piece)
    return made


def _pieces(paragraph: str, facts: Facts) -> Iterator[Piece]:
    if lead := LEAD.match(paragraph):
        yield Piece(lead[0], Style.KAI)
        paragraph = paragraph[lead.end() :]
    at = 0
    for mark in MARK.finditer(paragraph):
        if mark.start() > at:
            yield Piece(paragraph[at : mark.start()])
        yield from PLACEHOLDERS[mark[1]].fill(facts)
        at = mark.end()
    if at < len(paragraph):
        yield Piece(paragraph[at:])
