"""Who wrote the agreement of a direct appointee: read from its history, which nobody changes."""

from agreements.models import Agreement
from core.audit import history

WRITING = ("agreement.drafted", "agreement.renewed", "agreement.edited", "agreement.submitted")
OTHERS = "起草人以外的经办人或处室负责人"  # whose turn it is, to who wrote it


def drafters_of(agreement: Agreement) -> set[int]:
    """The accounts of those who drafted, changed or handed it in; nobody where an institution did, for it decides on
    nothing. Signatures and scans that somebody entered are what the parties gave, not a draft."""
    if agreement.institution_id is not None or agreement.is_past:
        return set()
    wrote = history(agreement).filter(verb__in=WRITING, by__isnull=False).values_list("by", flat=True)
    return {agreement.created_by.person_id, *wrote}
