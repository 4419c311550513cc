"""Taking a wrong scan away again, as long as nobody but its own side has had it before him; and what became of it.

Its bytes are kept for ever. They may be anybody's papers, so whoever looks at them again is told in the history."""

from django.db import transaction
from django.http import Http404

from accounts.models import Membership
from agreements.enums import AgreementStatus
from agreements.models import Agreement, AgreementScan
from agreements.scanning.enums import Outcome
from agreements.scanning.models import ScanWithdrawal
from agreements.services.correcting import require_open
from agreements.services.holding import hold
from core import audit
from core.models import StoredFile
from core.policy import Refused, plain

TAKEN_AWAY = "这份扫描件已从协议中撤下。需要时可以再次上传原来的文件。"


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


def withdrawn_from(agreement: Agreement) -> list[AgreementScan]:
    """The newest first."""
    gone = AgreementScan.everything.filter(agreement=agreement, withdrawal__isnull=False)
    return [*gone.select_related("file", "withdrawal__by__organization").order_by("-number")]


def withdrawn_scan(agreement: Agreement, number: int) -> AgreementScan:
    """Raises Http404 for one that stands among the papers, or was never there."""
    for scan in withdrawn_from(agreement):
        if scan.number == number:
            return scan
    raise Http404


@transaction.atomic
def look_at(scan: AgreementScan, *, by: Membership) -> StoredFile:
    """The bytes of a scan that was taken away, as they came. The register says who has had them."""
    audit.record("agreement.withdrawn_scan_opened", scan.agreement, by=by, after={"number": scan.number})
    return scan.file


def may_withdraw(agreement: Agreement, scans: list[AgreementScan]) -> set[int]:
    """The numbers of those that its side may still take away."""
    return {scan.number for scan in scans if not _was_handed_in(agreement, scan)}


def _was_handed_in(agreement: Agreement, scan: AgreementScan) -> bool:
    """What came after the last return has not been handed in yet; of one without its time nobody knows."""
    if agreement.status == AgreementStatus.DRAFT:
        return False
    last = agreement.corrections.last()
    return last is None or scan.attached_at is None or scan.attached_at <= last.at
