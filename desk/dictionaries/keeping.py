"""What follows from a word that staff change: people whose title the dictionary ranks otherwise now get their rank.

The words are core's, the people are specialists': the verb that changes both belongs here.
"""

from datetime import date

from django.db import transaction

from accounts.models import Membership
from core import dictionaries
from core.enums import Dictionary
from core.models import Term, TermAlias
from specialists import titles


@transaction.atomic
def add_term(dictionary: Dictionary, *, label: str, group: str, by: Membership, on: date) -> tuple[Term, int]:
    """(the word, how many people got a rank by it). Raises what `dictionaries.add_term` does."""
    term = dictionaries.add_term(dictionary, label=label, group=group, by=by, on=on)
    return term, _ranked(term, by=by, on=on)


@transaction.atomic
def arrange_term(
    term: Term, *, group: str, order: int, by: Membership, on: date, version: int | None = None
) -> tuple[Term, int]:
    """(the word, how many people have another rank by it). Raises what `dictionaries.arrange_term` does."""
    term = dictionaries.arrange_term(term, group=group, order=order, by=by, version=version)
    return term, _ranked(term, by=by, on=on)


@transaction.atomic
def rename_term(term: Term, *, label: str, by: Membership, on: date, version: int | None = None) -> tuple[Term, int]:
    """(the word, how many people got a rank by its new name). Raises what `dictionaries.rename_term` does."""
    term = dictionaries.rename_term(term, label=label, by=by, version=version)
    return term, _ranked(term, by=by, on=on)


@transaction.atomic
def add_alias(term: Term, *, word: str, by: Membership, on: date) -> tuple[TermAlias, int]:
    """(the alias, how many people got a rank by it). Raises what `dictionaries.add_alias` does."""
    alias = dictionaries.add_alias(term, word=word, by=by)
    return alias, _ranked(term, by=by, on=on)


def told(ranked: int) -> str:
    """For the message of a page: what followed."""
    return f"{ranked}人的职称等级随之调整。" if ranked else ""


def _ranked(term: Term, *, by: Membership, on: date) -> int:
    return titles.rank_again(by=by, on=on) if term.dictionary == Dictionary.TITLE else 0
