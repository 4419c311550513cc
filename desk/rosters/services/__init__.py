"""Every change to a roster on its way into the register, and what it changes there.

A roster is read, checked and applied by tasks that may be killed and are then asked again: what one delivery does
stands in one transaction, and the row of the batch is the gate to it.
"""

from desk.rosters.services.applying import apply_rows, confirm, made_by
from desk.rosters.services.checks import check_rows, read_rows, setting_of
from desk.rosters.services.common import counted_words, values_of
from desk.rosters.services.entering import host_for
from desk.rosters.services.going_back import drop, take_back, take_back_hours, take_back_until
from desk.rosters.services.uploading import look_again, name_columns, open_batch

__all__ = [
    "apply_rows",
    "check_rows",
    "confirm",
    "counted_words",
    "drop",
    "host_for",
    "look_again",
    "made_by",
    "name_columns",
    "open_batch",
    "read_rows",
    "setting_of",
    "take_back",
    "take_back_hours",
    "take_back_until",
    "values_of",
]
