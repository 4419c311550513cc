"""What the desk keeps of its own: rosters on their way into the register, folders of scans, and what was merged."""

from desk.merging.models import Dismissal, PersonMerge, UnitMerge
from desk.rosters.models import Reconciliation, RosterBatch, RosterHeading, RosterRow
from desk.scans.models import ScanFile, ScanFolder

__all__ = [
    "Dismissal",
    "PersonMerge",
    "Reconciliation",
    "RosterBatch",
    "RosterHeading",
    "RosterRow",
    "ScanFile",
    "ScanFolder",
    "UnitMerge",
]
