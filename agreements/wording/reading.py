"""A text as a page shows it: its clauses with their cases, the placeholders as marks."""

from dataclasses import dataclass

from agreements.wording.clauses import MARK, Wording, numeral, paragraphs_of
from agreements.wording.terms import CONDITIONS


@dataclass(frozen=True)
class Part:
    """Some words of a paragraph; a placeholder stands alone."""

    text: str
    is_mark: bool


@dataclass(frozen=True)
class ReadClause:
    title: str
    condition: str
    paragraphs: list[list[Part]]


def read_opening(wording: Wording) -> list[list[Part]]:
    return [_parts(paragraph) for paragraph in paragraphs_of(wording.opening)]


def read_clauses(wording: Wording) -> list[ReadClause]:
    return [
        ReadClause(
            f"{numeral(number)}、{clause.heading}",
            f"仅{CONDITIONS[clause.condition].label}" if clause.condition else "",
            [_parts(paragraph) for paragraph in clause.paragraphs],
        )
        for number, clause in enumerate(wording.clauses, start=1)
    ]


def _parts(paragraph: str) -> list[Part]:
    found, at = [], 0
    for mark in MARK.finditer(paragraph):
        found += [Part(paragraph[at : mark.start()], False), Part(mark[0], True)]
        at = mark.end()
    return [part for part in (*found, Part(paragraph[at:], False)) if part.text]
