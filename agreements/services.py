"""Every change to an agreement happens here: pages, API, imports and tasks all call these."""

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from accounts.models import Membership
from agreements.enums import Party, TerminationReason
from agreements.models import (
    Agreement,
    AgreementScan,
    FilingCertificate,
    QuotaRun,
    Signature,
    Submission,
)
from core.models import PolicyPack, StoredFile
from core.policy import Verdict
from specialists.models import Registration

# What an editor may set: everything else of an agreement follows from an act.
CONTENT = ("host", "service_start", "service_end", "service_content", "visits_per_year", "goals")
EDITABLE = (*CONTENT, "institution_reasons")


def draft_agreement(registration: Registration, *, by: Membership, **fields: Any) -> Agreement:
    """Begin the agreement of a registered person; specialist and institution follow from the registration.

    `fields` are some of EDITABLE; what is left out stays empty, the visits a year start at the pack's default. A draft
    may be incomplete and against any rule: only submission asks. Raises TypeError for a field that is none.
    """
    raise NotImplementedError


def save_draft(agreement: Agreement, *, by: Membership, version: int | None, **fields: Any) -> Agreement:
    """Change a draft or a returned agreement. A change of CONTENT raises its version: the paper must be signed anew.

    `version` is the one the form was opened with (None: an act without a form); raises Stale with the differences when
    it is not the record's any more. Raises Refused: E-END-LOCK for the period of what is filed, E-STATE otherwise.
    """
    raise NotImplementedError


def sign(agreement: Agreement, *, party: Party, signer: str, signed_on: date, by: Membership) -> Signature:
    """Enter who signed the paper for one party and on which day; entering it again replaces it.

    Raises Refused (E-STATE) once the agreement is submitted.
    """
    raise NotImplementedError


def attach_scan(agreement: Agreement, *, file: StoredFile, by: Membership) -> AgreementScan:
    """Add a scan of the signed paper, of the version the agreement has now; earlier scans stay.

    Raises Refused (E-STATE) once the agreement is submitted.
    """
    raise NotImplementedError


def judge(agreement: Agreement, *, on: date, pack: PolicyPack | None = None) -> list[Verdict]:
    """Ask every rule about an agreement as it stands, saved or not: for live checks, the wizard's rail, the review desk.

    One verdict per rule, in the order of the work plan: passed, a finding, or `waiting` for what is not filled in yet.
    Without `pack`: the one the agreement was submitted under, else the one in force on that day.
    """
    raise NotImplementedError


def submit_agreements(
    agreements: Iterable[Agreement],
    *,
    by: Membership,
    on: date,
    reasons: Mapping[int, Mapping[str, str]] | None = None,
    note: str = "",
) -> Submission:
    """Hand in what an institution compiled, all or nothing (R25): each one becomes submitted under the pack of the day.

    `reasons` holds the institution's written reason per agreement (pk) and finding code; it is added to those written
    in the draft and kept in `institution_reasons`. Warns that only the bureau may except stay open for its review.
    Raises Refused with every finding of every agreement; `facts["agreement"]` is the pk each one is about.
    """
    raise NotImplementedError


def return_agreement(agreement: Agreement, *, by: Membership, on: date, opinion: str) -> Agreement:
    """Send a submitted agreement back to be mended, with the bureau's opinion, which may not be empty.

    Raises Refused (E-STATE, E-OPINION).
    """
    raise NotImplementedError


def file_agreement(
    agreement: Agreement,
    *,
    by: Membership,
    on: date,
    reasons: Mapping[str, str] | None = None,
    documents: Mapping[str, str] | None = None,
    reassign: str | None = None,
    version: int | None = None,
) -> Agreement:
    """File a submitted agreement (备案): give it its number and take its years for the host (R19, R23, R25).

    `reasons` and `documents` hold the bureau's written reason and 文号 per finding code. `reassign` is the reason of a
    改派: the years taken by another host, whose agreement is over, move to this one (A2). `version` is the one the
    reviewer saw; raises Stale when it was mended since. Raises Refused with every finding in the way; filing what is
    filed already is one of them (E-STATE). A refusal leaves nothing behind, not even a used number.
    """
    raise NotImplementedError


def terminate_agreement(
    agreement: Agreement, *, by: Membership, on: date, reason: TerminationReason, note: str = ""
) -> Agreement:
    """End a filed agreement before its time, on that day. Number and dates stay; later years are free again.

    Raises Refused (E-STATE) unless it is filed.
    """
    raise NotImplementedError


def renew_agreement(agreement: Agreement, *, by: Membership, on: date) -> Agreement:
    """Draft the extension of a filed agreement (R27): parties and content copied, linked by `renews`.

    It starts on the day after the old end and ends by default as if signed on `on` (A4, A5). Raises Refused: E-STATE
    unless it is filed, E-RENEW before the window opens (1 January of the year it ends) or when it is renewed already.
    """
    raise NotImplementedError


def default_end(signed_on: date, pack: PolicyPack) -> date:
    """R26, A23: 31 December of the year after the signing, as the pack says it."""
    raise NotImplementedError


def issue_certificate(agreement: Agreement) -> FilingCertificate:
    """Give a filed agreement its 备案证明, once, and tell its parties. An effect of filing; a repeat gives the first."""
    raise NotImplementedError


def check_quotas(year: int, *, trigger: str, on: date) -> QuotaRun:
    """Count and judge a whole year, keep it as a run, and tell the bureau what is new and what is gone since the last."""
    raise NotImplementedError


def remind_expiring(on: date) -> dict[str, Any]:
    """Tell all sides of each agreement that ends soon, once per threshold of the pack; returns what was told."""
    raise NotImplementedError
