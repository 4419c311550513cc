"""Every change to an agreement happens here: pages, API, imports and tasks all call these."""

from agreements.services.checking import Found, check_quotas, judge_year
from agreements.services.correcting import Mended, mended, open_fields, remarks_on, return_agreement, unmended
from agreements.services.drafting import (
    CONTENT,
    EDITABLE,
    attach_scan,
    discard_draft,
    draft_agreement,
    draft_agreements,
    draft_team_agreements,
    print_paper,
    renew_agreement,
    save_draft,
    why_kept,
    why_not_renewed,
)
from agreements.services.filing import file_agreement, issue_certificate, terminate_agreement
from agreements.services.judging import SIGNED, before_signing, default_end, judge
from agreements.services.members import change_team_members
from agreements.services.past import attach_past_scan
from agreements.services.reminding import Reminder, remind_expiring
from agreements.services.signing import Signing, enter_signature, sign, take_back_signature, void_signatures
from agreements.services.submitting import require_submittable, submit_agreements

__all__ = [
    "CONTENT",
    "EDITABLE",
    "SIGNED",
    "Found",
    "Mended",
    "Reminder",
    "Signing",
    "attach_past_scan",
    "attach_scan",
    "before_signing",
    "change_team_members",
    "check_quotas",
    "default_end",
    "discard_draft",
    "draft_agreement",
    "draft_agreements",
    "draft_team_agreements",
    "enter_signature",
    "file_agreement",
    "issue_certificate",
    "judge",
    "judge_year",
    "mended",
    "open_fields",
    "print_paper",
    "remarks_on",
    "remind_expiring",
    "renew_agreement",
    "require_submittable",
    "return_agreement",
    "save_draft",
    "sign",
    "submit_agreements",
    "take_back_signature",
    "terminate_agreement",
    "unmended",
    "void_signatures",
    "why_kept",
    "why_not_renewed",
]
