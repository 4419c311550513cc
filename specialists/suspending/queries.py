from collections import defaultdict
from collections.abc import Collection

from specialists.suspending.models import Suspension
from specialists.suspending.rules import Spell


def spells_of(people: Collection[int]) -> dict[int, list[Spell]]:
    """When the qualification of each of these people rests or rested, earliest first, in one statement."""
    found: dict[int, list[Spell]] = defaultdict(list)
    for one in Suspension.objects.filter(specialist__in=people).order_by("from_on"):
        found[one.specialist_id].append(one.spell)
    return found
