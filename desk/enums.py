"""The words of the desk's audit rows; they belong to the rosters."""

from desk.rosters.enums import LABELS, VERBS

__all__ = ["LABELS", "VERBS"]
