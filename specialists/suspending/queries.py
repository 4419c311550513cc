from collections import defaultdict
from collections.abc import Collection
from datetime import date

from core.models import PolicyPack
from core.policy import Finding
from specialists.models import Specialist
from specialists.suspending import rules
from specialists.suspending.models import Suspension
from specialists.suspending.rules import Spell


def spells_of(people: Collection[int]) -> dict[int, list[Spell]]:
    """When the qualification of each of these people rests or rested, earliest first, in one statement."""
    found: dict[int, list[Spell]] = defaultdict(list)
    for one in Suspension.objects.filter(specialist__in=people).order_by("from_on"):
        found[one.specialist_id].append(one.spell)
    return found


def resting(
    people: Collection[Specialist], pack: PolicyPack, *, start: date, end: date, act: str
) -> dict[int, Finding]:
    """五（一）: who of these people may not act on a day from `start` to `end`; under a plan of before suspensions nobody."""
    if "E-SUSPENDED" not in pack.rules:
        return {}
    entry, spells = pack.entry("E-SUSPENDED"), spells_of([person.pk for person in people])
    asked = {
        person.pk: rules.not_suspended(entry, name=person.name, spells=spells[person.pk], start=start, end=end, act=act)
        for person in people
    }
    return {pk: finding for pk, finding in asked.items() if finding}
