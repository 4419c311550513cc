"""The desk keeps one thing of its own: rosters on their way into the register."""

from desk.rosters.models import RosterBatch, RosterHeading, RosterRow

__all__ = ["RosterBatch", "RosterHeading", "RosterRow"]
