"""Scans of past agreements, brought by the folder and attached by the number in their names.

The folder is kept as it came; a task takes its files one by one, some in each delivery. What one file is refused for
stands on its row and stops no other.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256

from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.db import transaction

from accounts.models import Membership
from agreements.models import Agreement, AgreementScan
from agreements.scanning import folders
from agreements.scanning.matching import numbers_in
from agreements.services import attach_past_scan
from core import archives, audit, files, outbox, workbooks
from core.policy import Refused
from desk.enums import ScanOutcome
from desk.scans.models import ScanFile, ScanFolder

AT_ONCE = 20  # files that one delivery attaches
PURPOSE = "past-scan"
ATTACH = "desk.tasks.attach_scans"


@transaction.atomic
def open_folder(uploads: Sequence[UploadedFile], *, by: Membership) -> ScanFolder:
    """Keep a folder, one ZIP or several files, and promise that its files are attached.

    Raises Refused for a ZIP that cannot be opened or holds too much, and for a folder without any file.
    """
    archive, inside = folders.kept(uploads, purpose=PURPOSE, by=by)
    folder = ScanFolder.objects.create(organization=by.organization, file=archive, uploaded_by=by, files=len(inside))
    ScanFile.objects.bulk_create(
        ScanFile(
            folder=folder,
            place=one.place,
            name=folders.shown(one.name),
            message=(said := folders.at_sight(one)),
            outcome=ScanOutcome.REFUSED if said else ScanOutcome.WAITING,
        )
        for one in sorted(inside, key=lambda one: folders.natural(one.name))
    )
    folder.done = folder.lines.exclude(outcome=ScanOutcome.WAITING).count()
    folder.save(update_fields=["done"])
    audit.record("past_scans.uploaded", folder, by=by, after={"files": folder.files})
    if folder.is_running:
        outbox.add(ATTACH, folder_id=folder.pk)
    return folder


@transaction.atomic
def attach_next(folder: ScanFolder) -> None:
    """Attach the next files that wait, and promise the rest. A delivery that is killed has done nothing."""
    folder = ScanFolder.objects.select_for_update(of=("self",)).select_related("file", "uploaded_by").get(pk=folder.pk)
    waiting = [*folder.lines.filter(outcome=ScanOutcome.WAITING).order_by("pk")[:AT_ONCE]]
    if not waiting:
        return
    known = numbers()
    held = archives.taken(workbooks.bytes_of(folder.file), [line.place for line in waiting])
    for line, data in zip(waiting, held, strict=True):
        _attach(line, data, known, by=folder.uploaded_by)
    folder.done += len(waiting)
    folder.save(update_fields=["done"])
    if folder.is_running:
        outbox.add(ATTACH, folder_id=folder.pk)
    else:
        attached = folder.lines.filter(outcome=ScanOutcome.ATTACHED).count()
        audit.record("past_scans.attached", folder, by=folder.uploaded_by, after={"files": attached})


def numbers() -> dict[str, int]:
    """Past agreements by number and by D-code."""
    found: dict[str, int] = {}
    for pk, number in Agreement.objects.past().values_list("pk", "filing_number"):
        found[f"D-{pk}"] = found[number or f"D-{pk}"] = pk
    return found


def _attach(line: ScanFile, data: bytes | None, known: Mapping[str, int], *, by: Membership) -> None:
    line.outcome, line.message = ScanOutcome.REFUSED, ""
    matching = numbers_in(line.name, known)
    if data is None:
        line.message = folders.DAMAGED
    elif not matching:
        line.outcome, line.message = ScanOutcome.UNKNOWN, "文件名中没有已导入的原备案号或协议编号。"
    elif len(matching) > 1:
        named = "、".join(str(one) for one in Agreement.objects.filter(pk__in=matching).order_by("pk"))
        line.outcome, line.message = ScanOutcome.SEVERAL, f"文件名同时含有几个备案号：{named}。请只保留一个。"[:300]
    elif twin := _used_by(data):
        line.outcome, line.message = ScanOutcome.SAME, f"这个文件已是协议{twin}的扫描件。"
    else:
        _receive(line, data, Agreement.objects.get(pk=matching[0]), by=by)
    line.save(update_fields=["outcome", "message", "agreement"])


def _used_by(data: bytes) -> Agreement | None:
    same = AgreementScan.objects.filter(file__sha256=sha256(data).hexdigest())
    scan = same.select_related("agreement").order_by("pk").first()
    return scan.agreement if scan else None


def _receive(line: ScanFile, data: bytes, agreement: Agreement, *, by: Membership) -> None:
    line.agreement = agreement
    if agreement.scans.exists():
        line.outcome, line.message = ScanOutcome.HAS_ONE, f"协议{agreement}已有扫描件；几页的请合并为一个文件。"
        return
    try:
        with transaction.atomic():
            stored = files.receive(SimpleUploadedFile(line.name, data), by=by, purpose="agreement-scan")
            attach_past_scan(agreement, file=stored, by=by)
    except Refused as refusal:
        line.message = refusal.words[:300]
    else:
        line.outcome = ScanOutcome.ATTACHED
