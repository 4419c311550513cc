"""Two that look like one and are two: the bureau says so once, and is asked again only when more of them is alike.

What was known is kept as keyed hashes of what the two share, so that a number of a person stands nowhere in it.
"""

from collections.abc import Collection, Iterable, Mapping

from django.db import IntegrityError, transaction
from django.utils.timezone import now

from accounts.models import Membership, Organization
from core import audit
from core.crypto import blind_index
from core.policy import require
from desk.merging import rules
from desk.merging.models import Dismissal
from specialists.models import Specialist

Sides = tuple[int, int]
Likeness = Iterable[tuple[str, str]]  # (why they seem one, what they share)


def facts_of(likeness: Likeness) -> frozenset[str]:
    return frozenset(blind_index(f"{why}\0{shared}", "likeness") for why, shared in likeness)


def standing(of: type[Organization | Specialist]) -> dict[Sides, frozenset[str]]:
    """What was known of each pair when it was dismissed."""
    names = ("unit", "other_unit") if of is Organization else ("person", "other_person")
    rows = Dismissal.objects.standing().exclude(**{names[0]: None}).values_list(*names, "facts")
    return {(one, other): frozenset(facts) for one, other, facts in rows}


def is_settled(pair: Sides, facts: Collection[str], dismissed: Mapping[Sides, frozenset[str]]) -> bool:
    """Whether all that the two share today was known when they were found to be two."""
    return not facts or frozenset(facts) <= dismissed.get((min(pair), max(pair)), frozenset())


@transaction.atomic
def dismiss(
    one: Organization | Specialist,
    other: Organization | Specialist,
    *,
    likeness: Collection[tuple[str, str]],
    by: Membership,
    reason: str,
) -> Dismissal:
    """Keep that the two are not one, with who said so, when and why; an earlier word that no longer covers what they
    share ends with it.

    Raises Refused for two that share nothing, without a reason, and for what has been said already (E-STATE).
    """
    require(rules.two_of_them(one=one.pk, other=other.pk))
    first, second = sorted((one, other), key=lambda side: side.pk)
    names = ("unit", "other_unit") if isinstance(one, Organization) else ("person", "other_person")
    sides = dict(zip(names, (first, second), strict=True))
    earlier = Dismissal.objects.standing().filter(**sides).first()
    facts = facts_of(likeness)
    require(
        rules.they_look_alike(alike=len(facts)),
        rules.not_said_yet(said=earlier is not None and facts <= frozenset(earlier.facts)),
        rules.reason_they_are_two(reason=reason),
    )
    if earlier:
        _end(earlier, by=by)
    alike = [*dict.fromkeys(why for why, _ in likeness)]
    try:
        with transaction.atomic():
            made = Dismissal.objects.create(**sides, facts=sorted(facts), alike=alike, reason=reason.strip(), by=by)
    except IntegrityError:  # a colleague said so at this moment
        require(rules.not_said_yet(said=True))
        raise
    audit.record("dismissal.made", made, by=by, after={"alike": alike}, reason=made.reason)
    return made


@transaction.atomic
def take_back(dismissal: Dismissal, *, by: Membership) -> Dismissal:
    """Let the pair be asked about again. Raises Refused (E-STATE) when that was done already."""
    require(rules.still_said(ended=not _end(dismissal, by=by)))
    dismissal.refresh_from_db()
    audit.record("dismissal.undone", dismissal, by=by)
    return dismissal


def _end(dismissal: Dismissal, *, by: Membership) -> bool:
    return Dismissal.objects.standing().filter(pk=dismissal.pk).update(undone_by=by, undone_at=now()) == 1
