"""How many records use a word, and which words they use that no dictionary knows."""

from collections import Counter
from datetime import date

from django.db.models import Count, F, Func

from core.dictionaries import Words, bare, words
from core.enums import Dictionary
from core.models import Term, TermAlias
from specialists.models import Specialist, Team

MOST_STRAYS = 30
OF_TEAMS = (Dictionary.FIELD, Dictionary.INDUSTRY)


def uses(dictionary: Dictionary) -> Counter[str]:
    """Records by word: persons by field and by title, teams by field and by trade. What is written with an alias, or
    with the name of before, counts for the word it means."""
    counted: Counter[str] = Counter()
    if column := {Dictionary.FIELD: "field", Dictionary.TITLE: "title_name"}.get(dictionary):
        counted.update(dict(Specialist.objects.values_list(column).annotate(n=Count("pk")).order_by()))
    if dictionary in OF_TEAMS:
        by_word = Team.objects.annotate(word=Func(F("domains"), function="unnest")).values_list("word")
        counted.update(dict(by_word.annotate(n=Count("pk")).order_by()))
    aliases = TermAlias.objects.filter(dictionary=dictionary).values_list("word", "term__label")
    meant = dict(aliases)
    there = {term.label for term in Term.objects.filter(dictionary=dictionary)}
    folded: Counter[str] = Counter()
    for word, count in counted.items():
        folded[word if word in there else meant.get(bare(word), word)] += count
    return folded


def uses_of(term: Term) -> int:
    return uses(Dictionary(term.dictionary))[term.label]


def strays(dictionary: Dictionary, used: Counter[str], *, on: date) -> list[tuple[str, int, str]]:
    """(word, records, the nearest living word) of what stands in no dictionary, the most used first."""
    known: Words = words(*(OF_TEAMS if dictionary in OF_TEAMS else (dictionary,)), on=on)
    there = known.living | known.retired.keys()
    found = [(word, count) for word, count in used.most_common() if word and word not in there]
    return [(word, count, known.nearest(known.official(word))) for word, count in found[:MOST_STRAYS]]
