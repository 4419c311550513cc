"""What is kept of a record on paper, in the order in which it is read: for a meeting's copy, and for the archive."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial

from django.core.files.storage import default_storage

from accounts.models import Membership
from agreements.enums import AgreementStatus, Party
from agreements.models import Agreement, AgreementScan, Amendment, Correction, FilingCertificate, Signature
from agreements.reviewing.letter import letter_pdf
from agreements.signing.record import record_pdf
from core.models import StoredFile
from specialists.enums import ChangeStatus


@dataclass(frozen=True)
class Paper:
    """One paper: `source` names the row that it comes from; its bytes are kept in `file`, or made by `draw`."""

    agreement: int
    source: str
    title: str
    file: StoredFile | None = None
    draw: Callable[[], bytes] | None = None  # raises Refused and core.pdf.Unavailable as core.pdf.render does
    is_ours: bool = False  # made by the platform: its pages may be copied without the sandbox

    def drawn(self) -> bytes:
        assert self.draw
        return self.draw()


def bytes_of(stored: StoredFile, *, to_look_at: bool = False) -> bytes:
    """As it was brought, or its copy for viewing. Raises FileNotFoundError."""
    with default_storage.open((to_look_at and stored.view_path) or stored.path) as source:
        data: bytes = source.read()
    return data


def papers_of(agreements: Collection[Agreement], *, by: Membership) -> dict[int, list[Paper]]:
    """The papers of each record, as far as this hat may read them; one statement for each kind, however many records."""
    found: dict[int, list[Paper]] = {one.pk: [] for one in agreements}
    scans = AgreementScan.objects.filter(agreement__in=found).select_related("file").order_by("number")
    for scan in {scan.agreement_id: scan for scan in scans}.values():  # the last one is the signed paper
        found[scan.agreement_id].append(Paper(scan.agreement_id, f"scan:{scan.pk}", "签章扫描件", scan.file))
    _add_online(found, agreements)
    letters = Signature.objects.filter(agreement__in=found).exclude(letter=None).select_related("letter")
    for signature in letters.order_by("pk"):
        title = f"{Party(signature.party).label}授权委托书"
        source = f"signature:{signature.pk}"
        found[signature.agreement_id].append(Paper(signature.agreement_id, source, title, signature.letter))
    _add_certificates(found, agreements)
    approved = Amendment.objects.filter(agreement__in=found, status=ChangeStatus.APPROVED).select_related("evidence")
    for amendment in approved.order_by("pk"):
        source = f"amendment:{amendment.pk}"
        found[amendment.agreement_id].append(Paper(amendment.agreement_id, source, "补充协议", amendment.evidence))
    rounds = Correction.objects.visible_to(by).filter(agreement__in=found).prefetch_related("remarks")
    for correction in rounds.select_related("returned_by__person", "agreement").order_by("number"):
        title = f"退回修改通知书（第{correction.number}次）"
        source = f"correction:{correction.pk}"
        draw = partial(letter_pdf, correction)
        found[correction.agreement_id].append(Paper(correction.agreement_id, source, title, draw=draw, is_ours=True))
    return found


def _add_online(found: dict[int, list[Paper]], agreements: Collection[Agreement]) -> None:
    """Where a party signed online, no scan shows its signature."""
    online = Signature.objects.filter(agreement__in=found).exclude(link=None)
    signed = set(online.values_list("agreement", flat=True))
    for one in agreements:
        if one.pk in signed:
            draw = partial(record_pdf, one)
            found[one.pk].append(Paper(one.pk, f"signing:{one.pk}", "协议书及在线签署记录", draw=draw, is_ours=True))


def _add_certificates(found: dict[int, list[Paper]], agreements: Collection[Agreement]) -> None:
    """As each reads today; that of a void filing proves nothing."""
    proven = [one.pk for one in agreements if one.status != AgreementStatus.VOID]
    certificates = FilingCertificate.objects.filter(agreement__in=proven).select_related("file")
    for certificate in certificates.prefetch_related("editions__file"):
        last = next(reversed(certificate.editions.all()), None)
        source = f"edition:{last.pk}" if last else f"certificate:{certificate.pk}"
        file = last.file if last else certificate.file
        found[certificate.agreement_id].append(Paper(certificate.agreement_id, source, "备案证明", file, is_ours=True))
