"""The desk keeps one thing of its own: rosters on their way into the register."""

from desk.rosters.models import Reconciliation, RosterBatch, RosterHeading, RosterRow

__all__ = ["Reconciliation", "RosterBatch", "RosterHeading", "RosterRow"]
