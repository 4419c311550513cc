"""字典: the words that staff keep. A word that a record uses is retired, never deleted; a record keeps the word it was
written with, and a word renamed since leads to the new one as its alias.

What is offered is what lives on the day; what people write instead is an alias, if somebody has said of which word. No
record is bound to a dictionary by the database: a word that nobody knows is told, with the nearest living one.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from difflib import get_close_matches
from functools import cached_property
from typing import Any

from django.db import transaction
from django.db.models import Q

from core import audit
from core.enums import TITLE_RANKS, Dictionary
from core.identifiers import half_width
from core.models import Term, TermAlias
from core.policy import Finding, Refused, plain, require
from core.stale import refuse_stale

NEAR = 0.4  # how alike two words are that one may be meant by the other
# Words are printed in papers, written into workbooks and typed again: nothing of markup and formulas.
SOUND = re.compile(r"\w[\w\s·、，,。；;：:（）()〔〕《》“”\-—/+.]*")
BETWEEN = re.compile(r"[、,，;；/\s]+")  # what people write between the words of one cell


def bare(word: str) -> str:
    """As words are compared: full width or half, with or without blanks."""
    return re.sub(r"\s+", "", half_width(word)).lower()


def offered(dictionary: Dictionary, *, on: date) -> list[dict[str, Any]]:
    """The living words by group, as forms offer them: [{"group", "names"}]; empty for a dictionary without words."""
    groups: dict[str, list[str]] = {}
    for term in Term.objects.filter(dictionary=dictionary).living(on=on).order_by("order", "pk"):
        groups.setdefault(term.group, []).append(term.label)
    return [{"group": group, "names": names} for group, names in groups.items()]


def group_of(label: str, *dictionaries: Dictionary) -> str:
    """The group of a word, retired, renamed or not, in the first of these that has it; empty for one nobody knows."""
    meant = TermAlias.objects.filter(word=bare(label)).values("term")
    found = Term.objects.filter(Q(label=label) | Q(pk__in=meant), dictionary__in=dictionaries)
    found = found.order_by("dictionary", "pk")
    return found.values_list("group", flat=True).first() or ""


@dataclass(frozen=True)
class Words:
    """Some dictionaries read once, for the many words of a roster."""

    living: frozenset[str]
    retired: Mapping[str, str] = field(default_factory=dict)  # → the living successor, empty without one
    meant: Mapping[str, str] = field(default_factory=dict)  # bare word or alias → living word
    groups: Mapping[str, str] = field(default_factory=dict)  # bare word or alias, of a retired one too → its group

    def official(self, word: str) -> str:
        """The living word that is meant; the word itself where nobody has said."""
        return self.meant.get(bare(word), word)

    def knows(self, word: str) -> bool:
        return word in self.living or word in self.retired

    def group_of(self, word: str) -> str:
        """The group of a word, retired, renamed or not; empty for one nobody knows."""
        return self.groups.get(bare(word), "")

    def parted(self, text: str) -> list[str]:
        """The words of a cell that holds several. A known word that has such signs in itself (农、林、牧、渔业) stays
        whole, the longest that fits first; a retired one stays as it is, for its record is written with it.
        """
        pieces = [piece for piece in BETWEEN.split(text) if piece]
        found, at = [], 0
        while at < len(pieces):
            fits = (word for word in self._compounds if self._pieces(pieces[at : at + len(word)]) == word)
            word = next(fits, None)
            found.append(self._compounds[word] if word else pieces[at])
            at += len(word) if word else 1
        return found

    @cached_property
    def _compounds(self) -> dict[tuple[str, ...], str]:
        """The pieces of each known word of several → the word, the longest first."""
        known = {self._pieces(BETWEEN.split(word)): word for word in self.retired}
        known |= {self._pieces(BETWEEN.split(word)): living for word, living in self.meant.items()}
        return {word: known[word] for word in sorted(known, key=len, reverse=True) if len(word) > 1}

    @staticmethod
    def _pieces(words: Iterable[str]) -> tuple[str, ...]:
        return tuple(bare(word) for word in words)

    def nearest(self, word: str) -> str:
        """The living word nearest to one that is retired or unknown; empty when none is near."""
        if self.retired.get(word):
            return self.retired[word]
        parts = [one for one in self.living if len(word) >= 2 and (word in one or one in word)]
        close = get_close_matches(word, sorted(self.living), n=1, cutoff=NEAR)
        return min(parts, key=len, default="") or (close[0] if close else "")

    def said_of(self, word: str) -> str:
        """What to tell of a word that is not offered; empty for a living one."""
        return f"“{word}”{self.state_of(word)}，将按原文登记{self.hint_for(word)}。" if self.state_of(word) else ""

    def refusal_of(self, word: str) -> str:
        """The same where only a word of the dictionary will do."""
        return f"“{word}”{self.state_of(word)}{self.hint_for(word)}。" if self.state_of(word) else ""

    def state_of(self, word: str) -> str:
        """Why a word is not offered; empty for a living one, and where none is written."""
        if not word or not self.living or word in self.living:
            return ""
        return "已停用" if word in self.retired else "不在字典中"

    def hint_for(self, word: str) -> str:
        near = self.nearest(word)
        return f"，最接近的是“{near}”" if near else ""


NO_WORDS = Words(frozenset())


def words(*dictionaries: Dictionary, on: date) -> Words:
    terms = list(Term.objects.filter(dictionary__in=dictionaries).select_related("successor"))
    living = {term.label for term in terms if term.is_living(on)}
    retired = {
        term.label: term.successor.label if term.successor and term.successor.label in living else ""
        for term in terms
        if not term.is_living(on)
    }
    meant = {bare(label): label for label in living}
    groups = {bare(term.label): term.group for term in terms}
    for alias in TermAlias.objects.filter(dictionary__in=dictionaries).select_related("term"):
        groups.setdefault(alias.word, alias.term.group)
        if alias.term.label in living:
            meant.setdefault(alias.word, alias.term.label)
    return Words(frozenset(living), retired, meant, groups)


# --- keeping them -----------------------------------------------------------------------------------------------------


@transaction.atomic
def add_term(dictionary: Dictionary, *, label: str, group: str, by: audit.Hat, on: date) -> Term:
    """Offer a new word, last in its group. Raises Refused (E-TERM) for one that is there, retired ones too, for one
    with signs of markup or formulas, and for a title without a rank."""
    label, terms = label.strip(), _held(dictionary)
    require(_sound(label), _new_word(dictionary, label), _in_a_rank(dictionary, group.strip()))
    numbers = [int(found[1]) for term in terms if (found := re.fullmatch(r"[A-Z]*(\d+)", term.code))]
    term = Term.objects.create(
        dictionary=dictionary,
        code=f"{Dictionary(dictionary).name[0]}{max(numbers, default=0) + 1:02}",
        label=label,
        group=group.strip(),
        order=max((term.order for term in terms), default=0) + 10,
        valid_from=on,
    )
    audit.record("term.added", term, by=by, after={"dictionary": dictionary, "label": label, "group": term.group})
    return term


@transaction.atomic
def arrange_term(term: Term, *, group: str, order: int, by: audit.Hat, version: int | None = None) -> Term:
    """Put a word into another group or place. Raises Stale, and Refused (E-TERM) for a title without a rank."""
    term = Term.objects.select_for_update(of=("self",)).get(pk=term.pk)
    group = group.strip()
    new = {"group": group, "order": order}
    refuse_stale(term, version=version, typed=new)
    require(
        _in_a_rank(Dictionary(term.dictionary), group),
        _stands_for_its_rank(term, act="改到别的等级", field="group") if group != term.group else None,
    )
    before, after = audit.changed(term, new)
    if after:
        for name, value in after.items():
            setattr(term, name, value)
        term.version += 1
        term.save(update_fields=[*after, "version"])
        audit.record("term.arranged", term, by=by, before=before, after=after)
    return term


@transaction.atomic
def rename_term(term: Term, *, label: str, by: audit.Hat, version: int | None = None) -> Term:
    """Call a word by another name from now on; the old one becomes an alias, for records and rosters are written with it.

    Raises Stale, and Refused (E-TERM) for a name that is another word's or another word's alias, or with signs of
    markup; one of its own aliases may become its name.
    """
    held = {one.pk: one for one in _held(Dictionary(term.dictionary))}
    term, label = held[term.pk], label.strip()
    refuse_stale(term, version=version, typed={"label": label})
    if label == term.label:
        return term
    require(
        _sound(label),
        _new_word(Dictionary(term.dictionary), label, besides=term),
        _stands_for_its_rank(term, act="改名", field="label"),
    )
    old, term.label = term.label, label
    term.version += 1
    term.save(update_fields=["label", "version"])
    term.aliases.filter(word=bare(label)).delete()
    if bare(old) != bare(label):
        TermAlias.objects.get_or_create(dictionary=term.dictionary, word=bare(old), defaults={"term": term})
    audit.record("term.renamed", term, by=by, before={"label": old}, after={"label": label})
    return term


@transaction.atomic
def delete_term(term: Term, *, uses: Callable[[Term], int], by: audit.Hat) -> None:
    """Take a word away that was entered by mistake. Raises Refused (E-TERM) once a record is written with it (`uses`
    counts them while the dictionary is held), and for the successor of another word: such a word is retired."""
    held = {one.pk: one for one in _held(Dictionary(term.dictionary))}
    if (found := held.get(term.pk)) is None:
        raise Refused([plain("E-TERM", f"“{term}”已被删除。")])
    count = uses(found)
    before = next((one for one in held.values() if one.successor_id == found.pk), None)
    require(
        plain("E-TERM", f"已有{count}条记录使用“{found}”，不能删除，可以停用。") if count else None,
        plain("E-TERM", f"“{found}”接替已停用的“{before}”，不能删除，可以停用。") if before else None,
        _stands_for_its_rank(found, act="删除"),
    )
    words = "、".join(alias.word for alias in found.aliases.all())
    told = {"dictionary": found.dictionary, "label": found.label, "group": found.group}
    audit.record("term.deleted", found, by=by, before={**told, **({"alias": words} if words else {})})
    found.aliases.all().delete()
    found.delete()


@transaction.atomic
def retire_term(term: Term, *, by: audit.Hat, on: date, reason: str, successor: Term | None = None) -> Term:
    """Offer a word no more from this day on; records keep it, and a roster that brings it hears of its successor.

    Raises Refused (E-TERM): retired already, without a reason, or followed by a word that is not living itself.
    """
    held = {one.pk: one for one in _held(Dictionary(term.dictionary))}
    term = held[term.pk]
    heir = held.get(successor.pk) if successor else None
    require(
        None if term.retired_on is None else plain("E-TERM", f"“{term}”已经停用。"),
        None if reason.strip() else plain("E-TERM", "请填写停用的原因或依据。", field="reason"),
        None
        if successor is None or (heir and heir.is_living(on) and heir != term)
        else plain("E-TERM", "接替的词应是同一字典中在用的另一个词，请重新选择。", field="successor"),
        _stands_for_its_rank(term, act="停用"),
    )
    term.retired_on, term.successor = on, heir
    term.version += 1
    term.save(update_fields=["retired_on", "successor", "version"])
    told = {"retired_on": on, **({"successor": heir} if heir else {})}
    audit.record("term.retired", term, by=by, after=told, reason=reason.strip())
    return term


@transaction.atomic
def revive_term(term: Term, *, by: audit.Hat) -> Term:
    """Offer a retired word again. Raises Refused (E-TERM) for one that lives."""
    term = Term.objects.select_for_update(of=("self",)).get(pk=term.pk)
    require(plain("E-TERM", f"“{term}”正在使用。") if term.retired_on is None else None)
    before = {"retired_on": term.retired_on}
    term.retired_on, term.successor = None, None
    term.version += 1
    term.save(update_fields=["retired_on", "successor", "version"])
    audit.record("term.revived", term, by=by, before=before)
    return term


@transaction.atomic
def add_alias(term: Term, *, word: str, by: audit.Hat) -> TermAlias:
    """Say that a word people write means this one. Raises Refused (E-TERM): it is a word or an alias already."""
    _held(Dictionary(term.dictionary))
    word = bare(word)
    require(
        _sound(word, field="word") if word else plain("E-TERM", "请填写别名。", field="word"),
        _new_word(Dictionary(term.dictionary), word),
    )
    alias = TermAlias.objects.create(dictionary=term.dictionary, word=word, term=term)
    audit.record("term.alias_added", term, by=by, after={"alias": word})
    return alias


@transaction.atomic
def remove_alias(alias: TermAlias, *, by: audit.Hat) -> None:
    """Forget an alias: no record was ever written with it."""
    audit.record("term.alias_removed", alias.term, by=by, before={"alias": alias.word})
    alias.delete()


def _held(dictionary: Dictionary) -> list[Term]:
    """All words of a dictionary, held: two who add one at once would give it two, or take one code."""
    return list(Term.objects.select_for_update(of=("self",)).filter(dictionary=dictionary).order_by("pk"))


def _sound(word: str, *, field: str = "label") -> Finding | None:
    if SOUND.fullmatch(word):
        return None
    words = "用词以文字或数字开头，只能有文字、数字和常用标点，不能有尖括号、等号等符号。"
    return plain("E-TERM", words, field=field)


def _new_word(dictionary: Dictionary, word: str, *, besides: Term | None = None) -> Finding | None:
    own = besides.pk if besides else 0
    others = Term.objects.filter(dictionary=dictionary).exclude(pk=own)
    if bare(word) in {bare(label) for label in others.values_list("label", flat=True)}:
        return plain("E-TERM", f"“{word}”已在字典中；已停用的可以恢复使用。", field="label")
    aliases = TermAlias.objects.filter(dictionary=dictionary, word=bare(word)).exclude(term=own)
    alias = aliases.select_related("term").first()
    return plain("E-TERM", f"“{word}”已是“{alias.term}”的别名。", field="label") if alias else None


def _in_a_rank(dictionary: Dictionary, group: str) -> Finding | None:
    if dictionary != Dictionary.TITLE or group in TITLE_RANKS:
        return None
    return plain("E-TERM", "职称须归入正高级、副高级、中级、初级或无。", field="group")


def _stands_for_its_rank(term: Term, *, act: str, **about: str) -> Finding | None:
    """副高级 and the other ranks are what people write who know no more of a title: forms and programs count on them."""
    if term.dictionary != Dictionary.TITLE or term.label not in TITLE_RANKS:
        return None
    return plain("E-TERM", f"“{term}”是职称等级，只知道等级的照此登记，不能{act}。", **about)
