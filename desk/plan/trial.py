"""A draft beside the version it is based on, on everything handed in so far."""

from agreements import trial as of_agreements
from core.models import PolicyPack
from core.policy import Refused, plain
from core.trial import Changed
from specialists import trial as of_people


def tried(pack: PolicyPack) -> list[Changed]:
    """Every verdict that would be another. Raises Refused (E-STATE) for what is active: it is what judges already."""
    if pack.active_from is not None or pack.based_on is None:
        raise Refused([plain("E-STATE", "该版本已审定，不再试算。可起草新版本后试算。")])
    return [*of_people.changes(pack.based_on, pack), *of_agreements.changes(pack.based_on, pack)]
