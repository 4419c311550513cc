"""Texts for the tests: those of 2026, laid by migrations, and others made of the one in force."""

from dataclasses import replace
from typing import Any

from django.utils.timezone import now

from agreements.enums import TextStatus
from agreements.models import AgreementText
from agreements.wording.clauses import Clause, Wording

LAID = 2  # versions


def laid() -> AgreementText:
    """What holds where nobody has written another."""
    return AgreementText.objects.get(year=2026, version=LAID)


def with_clause(wording: Wording, number: int, **changed: str) -> Wording:
    """The same words with one clause changed; its number counts from 1."""
    clauses = [*wording.clauses]
    clauses[number - 1] = replace(clauses[number - 1], **changed)
    return Wording(wording.opening, tuple(clauses))


def beside(wording: Wording, *more: Clause) -> Wording:
    return Wording(wording.opening, (*wording.clauses, *more))


def text(version: int, *, year: int = 2026, status: str = TextStatus.DRAFT, **more: Any) -> AgreementText:
    """A row beside what was laid, straight into the table."""
    base = laid()
    if status != TextStatus.DRAFT:
        more = {"in_force_at": now(), **more}
    values = {"opening": base.opening, "clauses": base.clauses, "based_on": base, **more}
    return AgreementText.objects.create(year=year, version=version, status=status, **values)


def in_force_instead(opening: str) -> AgreementText:
    """The next version of the first year, in force in the place of what was laid."""
    moment = now()
    AgreementText.objects.filter(year=2026, status=TextStatus.IN_FORCE).update(
        status=TextStatus.REPLACED, replaced_at=moment
    )
    number = AgreementText.objects.filter(year=2026).count() + 1
    return text(number, status=TextStatus.IN_FORCE, in_force_at=moment, opening=opening)
