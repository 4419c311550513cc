"""职称: a person's title as it is written, and the rank that the dictionary gives it.

A rank is never typed: it is the group in which the title stands in the dictionary, asked here and nowhere else. What no
dictionary knows has no rank; it gets one on the day on which staff add the word or say of which it is an alias.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.db import transaction

from accounts.models import Membership
from core import audit, dictionaries
from core.dictionaries import Words
from core.enums import Dictionary
from core.identifiers import Invalid, half_width
from specialists.enums import Title
from specialists.models import Specialist

RANKS = {rank.label: rank for rank in Title}
BESIDE = re.compile(r"[/、，,;；\\|\s]+")  # between a post and a title: 科长、高级农艺师
LONG_NUMBER = re.compile(r"\d{5}")
ADVICE = "请填写字典中的职称；确有此职称的，请市科技局增加，可先填写等级，如副高级。"


def words(*, on: date) -> Words:
    """The dictionary of titles, read once for the many people of a roster."""
    return dictionaries.words(Dictionary.TITLE, on=on)


def offered(*, on: date) -> list[tuple[str, str]]:
    """(title, its rank) as pages and workbooks suggest them."""
    groups = dictionaries.offered(Dictionary.TITLE, on=on)
    return [(name, one["group"]) for one in groups for name in one["names"]]


def rank_of(name: str, known: Words) -> str:
    """The rank of a title, by its group in the dictionary; empty for one that it does not know."""
    rank = RANKS.get(known.group_of(name))
    return rank.value if rank else ""


def meant(text: str, known: Words) -> str:
    """The title of the dictionary that is written here. Of a post and a title the title counts, the last where there
    are several; what the dictionary does not know stays as it is written.
    """
    whole = known.official(text)
    if known.knows(whole):
        return whole
    return next((word for word in map(known.official, _parts(text)) if known.knows(word)), text)


def _parts(text: str) -> Iterator[str]:
    plain = half_width(text)
    yield re.sub(r"\(.*?\)", "", plain)  # 高级农艺师（副高）
    yield from reversed([part for part in BESIDE.split(re.sub(r"[()]", " ", plain)) if part])


def clean(text: str, known: Words) -> str:
    """What a roster says. Raises Invalid for what cannot be a title: a number stands in a column named wrongly."""
    name = meant(text, known)
    if LONG_NUMBER.search(half_width(name)):
        raise Invalid("职称中不能有一长串数字，请核对这一列是否填错。")
    return name


def chosen(text: str, known: Words, *, kept: str = "") -> str:
    """What a form takes: a title that is offered, by its name or an alias, or the one that the person has (`kept`)."""
    if text == kept:
        return kept
    name = clean(text, known)
    if said := known.refusal_of(name):
        raise Invalid(f"{said}{ADVICE}")
    return name


def with_rank(personal: Mapping[str, Any], *, on: date, known: Words | None = None) -> dict[str, Any]:
    """What is said of a person, with the rank of the title if it says one; `known` is the dictionary read already."""
    if "title_name" not in personal:
        return dict(personal)
    name = personal["title_name"]
    name = Title(name).label if name in Title.values else name  # of a roster that was checked when a rank was all
    return {**personal, "title_name": name, "title": rank_of(name, known or words(on=on)) if name else ""}


@transaction.atomic
def rank_again(*, by: Membership, on: date) -> int:
    """Give the people whose title the dictionary ranks otherwise since it was changed their rank; how many they are."""
    known = words(on=on)
    written = Specialist.objects.exclude(title_name="").order_by().values_list("title_name", flat=True).distinct()
    ranks = {name: rank for name in written if (rank := rank_of(name, known))}
    people = Specialist.objects.filter(title_name__in=ranks).only("title_name", "title").in_holding_order()
    ranked = []
    for person in people:
        rank = ranks[person.title_name]
        # Somebody may give the person another title meanwhile: then its rank is theirs to write.
        same = Specialist.objects.filter(pk=person.pk, title_name=person.title_name)
        if person.title != rank and same.update(title=rank):
            ranked.append((person, {"title": rank}))
    audit.record_all("specialist.ranked", ranked, by=by)
    return len(ranked)
