"""What the page of a list shows of its corrections."""

from typing import Any

from accounts.doors import can
from accounts.models import Membership
from specialists.enums import ChangeStatus, ListStatus
from specialists.models import AnnouncementCorrection, SelectionList
from specialists.selection import queries
from specialists.selection.correcting.forms import CorrectionDecisionForm


def beside(hat: Membership, held: SelectionList, form: CorrectionDecisionForm | None = None) -> dict[str, Any]:
    """The open one with its buttons, and those that took effect."""
    rows = (
        AnnouncementCorrection.objects.visible_to(hat)
        .filter(selection_list=held)
        .select_related("asker", "asked_by__organization", "announcement", "old_announcement")
    )
    found = [*rows] if held.status == ListStatus.ANNOUNCED else []
    waiting = next((one for one in found if one.status == ChangeStatus.OPEN), None)
    return {
        "shared_with": queries.list_of_number(held.document_number, but=held) if held.shares_number else "",
        "correction": waiting,
        "corrected": [one for one in found if one.status == ChangeStatus.APPROVED],
        "correction_form": form or CorrectionDecisionForm(),
        "may_decide_correction": bool(
            waiting and waiting.asker_id != hat.person_id and can(hat, "announcement.decide")
        ),
        "may_withdraw_correction": bool(
            waiting and waiting.asker_id == hat.person_id and can(hat, "announcement.correct")
        ),
    }
