"""A scan that is uploaded at its agreement: what the codes on its pages say must not gainsay where it was put."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import transaction

from accounts.models import Membership
from agreements.models import Agreement, AgreementPaper, AgreementScan
from agreements.scanning import pairing
from agreements.scanning.reading import OURS, WANTED
from agreements.services import attach_scan
from agreements.services.drafting import signed_before
from agreements.services.holding import hold
from core import outbox, scanned, workbooks
from core.models import StoredFile
from core.policy import Refused, plain

SEVERAL = "几份协议扫描在一个文件里的，请在“签署扫描件”页面上传，平台按二维码分开附上。"
MOST_PAGES = 40  # looked at while somebody waits, a tenth of a second each; more come by the folder


@dataclass(frozen=True)
class Shown:
    """What its pages show: of which version they are, None where no code of ours was read, and what that one lacks."""

    version: int | None = None
    lacks: Sequence[int] = ()


def attach(agreement: Agreement, stored: StoredFile, *, by: Membership) -> AgreementScan:
    """Add it to the agreement. One without any readable code, or with a page missing, passes as such: submission asks.

    Raises Refused (E-SCAN) where a page is another agreement's, all are blank, or the same file is a scan already
    (`facts["agreement"]` says whose); and what `attach_scan` does: an earlier version.
    """
    shown = _shown_on(stored, agreement, by=by)  # a tenth of a second for each page: before the agreement is held
    with transaction.atomic():
        agreement = hold(agreement)  # of two uploads of one file the second sees the first
        _refuse_used(agreement, stored, by=by)
        return attach_scan(
            agreement, file=stored, by=by, version=shown.version, is_unread=shown.version is None, lacks=shown.lacks
        )


def _refuse_used(agreement: Agreement, stored: StoredFile, *, by: Membership) -> None:
    """Another institution's file is not asked for: that it holds the same bytes would be told thereby."""
    mine = Agreement.objects.visible_to(by).values("pk")
    scans = AgreementScan.objects.filter(file__sha256=stored.sha256, agreement__in=mine)
    used = scans.select_related("agreement__specialist").order_by("-pk").first()
    if used is None:
        return
    if used.agreement_id == agreement.pk:
        if used.paper_version != agreement.version:
            raise Refused([signed_before(used.paper_version, agreement)])
        raise Refused([plain("E-SCAN", f"这个文件已是本协议的第{used.number}份扫描件，不用再上传。")])
    words = f"这个文件已用作协议{used.agreement}（{used.agreement.specialist}）的扫描件。请核对是否选错了文件；那一份附错了的，请先在那里撤下。"
    raise Refused([plain("E-SCAN", words, agreement=used.agreement_id)])


def _shown_on(stored: StoredFile, agreement: Agreement, *, by: Membership) -> Shown:
    if stored.pages > MOST_PAGES:
        return Shown()
    seen = scanned.look(workbooks.bytes_of(stored), wanted=WANTED, between=outbox.still_here)
    if all(page.is_blank for page in seen.pages):
        raise Refused([plain("E-SCAN", pairing.BLANK)])
    found = seen.matching(OURS)
    tokens: dict[str, int] = {}  # and the first page that shows each
    for place, codes in enumerate(found, start=1):
        for code in codes:
            tokens.setdefault(code[1], place)
    papers = {}
    read = [*AgreementPaper.objects.filter(token__in=tokens).select_related("agreement")]
    is_of_several = any(paper.agreement_id == agreement.pk for paper in read)
    for paper in read:
        if paper.agreement_id != agreement.pk:
            mine = Agreement.objects.visible_to(by).filter(pk=paper.agreement_id).exists()
            whose = f"协议{paper.agreement}" if mine else "另一份协议"
            place = tokens[paper.token]
            then = SEVERAL if is_of_several else "请核对是否选错了文件。"
            raise Refused([plain("E-SCAN", f"第{place}页是{whose}的协议书，不是这一份的。{then}")])
        papers[paper.version] = paper
    if not papers:
        return Shown()
    paper = papers[min(papers)]
    numbers = [
        next((int(code[2]) for code in codes if code[1] == paper.token and code[2]), None)
        for page, codes in zip(seen.pages, found, strict=True)
        if not page.is_blank
    ]
    return Shown(paper.version, pairing.lacks(numbers, paper.pages))
