"""Every change to a list by which the bureau selects: pages, API and the demonstration all call these.

The row of the list is the gate to what stands on it and what was objected to it. Behind it the teams are held in the
order of their ids and the persons in the order of their digests, as every other act on teams and persons does.
"""

from specialists.selection.services.announcing import ANNOUNCEMENTS, announce, formalities
from specialists.selection.services.composing import compose_list, extend_list, take_out
from specialists.selection.services.deciding import LABELS, decide_list, record_paper_step, submit_list
from specialists.selection.services.holding import ACT, hold, hold_records
from specialists.selection.services.noticing import (
    close_notice,
    conclude_objection,
    last_day_of_notice,
    open_notice,
    receive_objection,
)

__all__ = [
    "ACT",
    "ANNOUNCEMENTS",
    "LABELS",
    "announce",
    "close_notice",
    "compose_list",
    "conclude_objection",
    "decide_list",
    "extend_list",
    "formalities",
    "hold",
    "hold_records",
    "last_day_of_notice",
    "open_notice",
    "receive_objection",
    "record_paper_step",
    "submit_list",
    "take_out",
]
