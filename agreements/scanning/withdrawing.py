"""Taking a wrong scan away again, as long as nobody but its own side has had it before him."""

from django.db import transaction

from accounts.models import Membership
from agreements.enums import AgreementStatus
from agreements.models import Agreement, AgreementScan
from agreements.scanning.enums import Outcome
from agreements.scanning.models import ScanWithdrawal
from agreements.services.correcting import require_open
from agreements.services.holding import hold
from core import audit
from core.policy import Refused, plain

TAKEN_AWAY = "这份扫描件已从协议中撤下。"


@transaction.atomic
def withdraw(agreement: Agreement, number: int, *, by: Membership) -> None:
    """Take one scan from the agreement's papers; its bytes are kept, and the register says who did so.

    Raises Refused (E-STATE) once the agreement is submitted, for a scan that the bureau has had before it, and for one
    that is not among the papers.
    """
    agreement = hold(agreement)
    require_open(agreement, "scan")
    scan = agreement.scans.select_related("file").filter(number=number).first()
    if scan is None:
        raise Refused([plain("E-STATE", f"没有第{number}份扫描件，可能已经撤下。")])
    if _was_handed_in(agreement, scan):
        raise Refused(
            [plain("E-STATE", f"第{number}份扫描件已随协议提交过，留作记录，不能撤下；请另行上传新的扫描件。")]
        )
    ScanWithdrawal.objects.create(scan=scan, by=by)
    scan.pieces.update(outcome=Outcome.SET_ASIDE, message=TAKEN_AWAY, scan=None)
    audit.record(
        "agreement.scan_withdrawn",
        agreement,
        by=by,
        before={"number": scan.number, "version": scan.paper_version, "sha256": scan.file.sha256},
    )


def may_withdraw(agreement: Agreement, scans: list[AgreementScan]) -> set[int]:
    """The numbers of those that its side may still take away."""
    return {scan.number for scan in scans if not _was_handed_in(agreement, scan)}


def _was_handed_in(agreement: Agreement, scan: AgreementScan) -> bool:
    """What came after the last return has not been handed in yet; of one without its time nobody knows."""
    if agreement.status == AgreementStatus.DRAFT:
        return False
    last = agreement.corrections.last()
    return last is None or scan.attached_at is None or scan.attached_at <= last.at
