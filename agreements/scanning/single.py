"""A scan that is uploaded at its agreement: what the codes on its pages say must not gainsay where it was put."""

from accounts.models import Membership
from agreements.models import Agreement, AgreementPaper, AgreementScan
from agreements.scanning.reading import OURS, WANTED
from agreements.services import attach_scan
from core import outbox, scanned, workbooks
from core.models import StoredFile
from core.policy import Refused, plain

MOST_PAGES = 40  # looked at while somebody waits, a tenth of a second each; more come by the folder


def attach(agreement: Agreement, stored: StoredFile, *, by: Membership) -> AgreementScan:
    """Add it to the agreement. One without any readable code passes as such: submission asks whether it is this paper.

    Raises Refused (E-SCAN) where a page is another agreement's, and what `attach_scan` does: an earlier version.
    """
    version = _version_on(stored, agreement, by=by)
    return attach_scan(agreement, file=stored, by=by, version=version, is_unread=version is None)


def _version_on(stored: StoredFile, agreement: Agreement, *, by: Membership) -> int | None:
    """Of the paper that its pages belong to; None where no code of ours was read."""
    if stored.pages > MOST_PAGES:
        return None
    seen = scanned.look(workbooks.bytes_of(stored), wanted=WANTED, between=outbox.still_here)
    tokens: dict[str, int] = {}  # and the first page that shows each
    for place, codes in enumerate(seen.matching(OURS), start=1):
        for code in codes:
            tokens.setdefault(code[1], place)
    versions = set()
    for paper in AgreementPaper.objects.filter(token__in=tokens).select_related("agreement"):
        if paper.agreement_id != agreement.pk:
            mine = Agreement.objects.visible_to(by).filter(pk=paper.agreement_id).exists()
            whose = f"协议{paper.agreement}" if mine else "另一份协议"
            place = tokens[paper.token]
            raise Refused([plain("E-SCAN", f"第{place}页是{whose}的协议书，不是这一份的。请核对是否选错了文件。")])
        versions.add(paper.version)
    return min(versions, default=None)
