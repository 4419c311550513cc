"""Which open agreements of a unit a season's printing takes, and what each of the others waits for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from accounts.models import Membership
from agreements.enums import AgreementStatus
from agreements.models import Agreement
from agreements.services.drafting import require_printable
from agreements.services.judging import before_signing
from core.models import PolicyPack
from core.policy import Finding, Refused, require

RELATED = ("registration__pack", "specialist", "team", "institution", "host__organization", "pack", "renews")


@dataclass(frozen=True)
class Candidate:
    """`findings`: why it is not printed with the others; nothing where it is ready."""

    agreement: Agreement
    is_scanned: bool  # in its present version
    findings: Sequence[Finding]

    @property
    def is_usual(self) -> bool:
        """What who prints a season means to print."""
        return not self.findings and not self.is_scanned


def require_ready(agreement: Agreement, *, on: date, in_force: PolicyPack) -> PolicyPack:
    """The pack in whose words its contract is printed. Raises Refused while the paper would have gaps, or whoever signs it
    could not hand it in."""
    pack = require_printable(agreement, on=on, in_force=in_force)
    require(*before_signing(agreement, on=on, pack=in_force))
    return pack


def candidates(by: Membership, *, on: date, most: int) -> list[Candidate]:
    """In the order of their numbers."""
    drafts = Agreement.objects.dispatched_by(by).filter(status__in=AgreementStatus.editable)
    rows = drafts.select_related(*RELATED).prefetch_related("scans").order_by("pk")[:most]
    in_force = PolicyPack.in_force(on=on)
    return [_judged(one, on=on, in_force=in_force) for one in rows]


def _judged(agreement: Agreement, *, on: date, in_force: PolicyPack) -> Candidate:
    findings: list[Finding] = []
    try:
        require_ready(agreement, on=on, in_force=in_force)
    except Refused as refusal:
        findings = refusal.findings
    is_scanned = any(scan.paper_version == agreement.version for scan in agreement.scans.all())
    return Candidate(agreement, is_scanned, findings)
