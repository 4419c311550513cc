"""A text as a page shows it: its clauses with their cases and the placeholders as marks, or filled in for who signs."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from agreements import documents
from agreements.enums import AgreementStatus
from agreements.models import Agreement, AgreementText
from agreements.services.drafting import require_printable
from agreements.wording.clauses import MARK, Wording, numeral, paragraphs_of
from agreements.wording.queries import in_force_for, texts_of
from agreements.wording.terms import CONDITIONS, Piece
from core.policy import Refused
from core.stale import Stale


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


@dataclass(frozen=True)
class Contract:
    """The words of one agreement as its paper has them: paragraphs, and clauses of (heading, paragraphs)."""

    text: AgreementText
    opening: list[str]
    clauses: list[tuple[str, list[str]]]


def read_contract(agreement: Agreement, *, on: date) -> Contract | None:
    """What its paper says, for a party that reads it on a page; nothing while the paper would have gaps."""
    try:
        facts = documents.facts_of_contract(agreement, pack=require_printable(agreement, on=on))
    except Refused:
        return None
    text = texts_of([agreement])[agreement.pk]
    wording = text.wording
    return Contract(
        text,
        _joined(wording.opened(facts)),
        [(clause.heading, _joined(clause.paragraphs)) for clause in wording.printed(facts)],
    )


def refuse_other_words(agreement: Agreement, *, read: str) -> None:
    """Raise Stale where others came into force since a party opened its page; `read` is the key that its form holds.

    A form without one showed no words: the paper would have gaps, and whoever signs it is told so.
    """
    text = texts_of([agreement])[agreement.pk] if read and agreement.service_start else None
    if text and read != str(text.pk):
        raise Stale("市科技局", text.in_force_at, [])


def newer_text(agreement: Agreement, *, on: date) -> AgreementText | None:
    """The words in force, where an open agreement is printed or signed in others; nothing where it is in step, or where
    for this one both say the same: a clause that changed may be of another case."""
    if agreement.status not in AgreementStatus.editable or agreement.service_start is None:
        return None
    newest, held = in_force_for(agreement), texts_of([agreement])[agreement.pk]
    return None if newest == held or _read_alike(newest, held, agreement, on=on) else newest


def _read_alike(one: AgreementText, other: AgreementText, agreement: Agreement, *, on: date) -> bool:
    try:
        facts = documents.facts_of_contract(agreement, pack=require_printable(agreement, on=on))
    except Refused:  # one with gaps: what it will say is not known
        return False
    said, before = one.wording, other.wording
    return (said.opened(facts), said.printed(facts)) == (before.opened(facts), before.printed(facts))


def _joined(paragraphs: Sequence[Sequence[Piece]]) -> list[str]:
    return ["".join(piece.text for piece in paragraph) for paragraph in paragraphs]


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
