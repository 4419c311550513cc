"""A draft beside the version it is based on, on everything handed in so far."""

from agreements import trial as of_agreements
from core.models import PolicyPack
from core.policy import Refused, plain
from core.soundness import faults
from core.trial import Changed
from desk.plan.reading import named
from specialists import trial as of_people


def tried(pack: PolicyPack) -> list[Changed]:
    """Every verdict that would be another.

    Raises Refused (E-STATE) for what is active, which judges already, and when one of the two cannot judge (E-FIELD).
    """
    if pack.active_from is not None or pack.based_on is None:
        raise Refused([plain("E-STATE", "该版本已审定，不再试算。可起草新版本后试算。")])
    for one, what in ((pack.based_on, "对照版本"), (pack, "草案")):
        if found := faults(one):
            raise Refused([plain("E-STATE", f"{what}{one}有不能执行的内容，不能试算。"), *named(found, one)])
    return [*of_people.changes(pack.based_on, pack), *of_agreements.changes(pack.based_on, pack)]
