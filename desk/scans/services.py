"""Scans of past agreements, brought by the folder and attached by the number in their names.

The folder is kept as it came; a task takes its files one by one, some in each delivery. What one file is refused for
stands on its row and stops no other.
"""

from collections.abc import Mapping, Sequence
from hashlib import sha256

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile, UploadedFile
from django.db import transaction

from accounts.models import Membership
from agreements.models import Agreement, AgreementScan
from agreements.services import attach_past_scan
from core import archives, audit, files, outbox, workbooks
from core.policy import Refused, plain
from desk.enums import ScanOutcome
from desk.scans.matching import numbers_in
from desk.scans.models import ScanFile, ScanFolder

AT_ONCE = 20  # files that one delivery attaches
PURPOSE = "past-scan"
ATTACH = "desk.tasks.attach_scans"


@transaction.atomic
def open_folder(uploads: Sequence[UploadedFile], *, by: Membership) -> ScanFolder:
    """Keep a folder, one ZIP or several files, and promise that its files are attached.

    Raises Refused for a ZIP that cannot be opened or holds too much, and for a folder without any file.
    """
    data, name = _whole(uploads)
    inside = archives.listed(data)
    if not inside:
        raise Refused([plain("E-FILE-EMPTY", "压缩包中没有文件。请核对后重新上传。", field="scans")])
    folder = ScanFolder.objects.create(
        organization=by.organization,
        file=files.keep(data, name=name, kind="zip", purpose=PURPOSE, by=by),
        uploaded_by=by,
        files=len(inside),
    )
    ScanFile.objects.bulk_create(
        ScanFile(folder=folder, place=one.place, name=_shown(one.name), **_at_sight(one)) for one in inside
    )
    folder.done = folder.lines.exclude(outcome=ScanOutcome.WAITING).count()
    folder.save(update_fields=["done"])
    audit.record("past_scans.uploaded", folder, by=by, after={"files": folder.files})
    if folder.is_running:
        outbox.add(ATTACH, folder_id=folder.pk)
    return folder


def _whole(uploads: Sequence[UploadedFile]) -> tuple[bytes, str]:
    """One ZIP as it came; several files packed into one, so that both go the same way."""
    read = [(upload.name or "", files.bytes_of(upload, most=settings.MAX_ARCHIVE)) for upload in uploads]
    if len(read) == 1 and archives.is_zip(read[0][1]):
        [(name, data)] = read
        return data, name.removesuffix(".zip").removesuffix(".ZIP")
    if sum(len(data) for _, data in read) > settings.MAX_ARCHIVE:
        most = settings.MAX_ARCHIVE // files.MEGABYTE
        raise Refused([plain("E-FILE-SIZE", f"一次上传的文件共超过{most} MB，请分几次上传。", field="scans")])
    return archives.packed(read), f"{read[0][0].rpartition('.')[0]}等{len(read)}个文件" if len(read) > 1 else read[0][0]


def _shown(name: str) -> str:
    return files.clean_file_name(name, name.rpartition(".")[2].lower()[:8] or "bin")[:200]


def _at_sight(one: archives.Packed) -> Mapping[str, str]:
    """What the directory of the archive already says against a file."""
    if one.is_locked:
        return {"outcome": ScanOutcome.REFUSED, "message": "文件在压缩包中设置了密码。请去掉密码后重新压缩上传。"}
    if one.size > settings.MAX_UPLOAD:
        most = settings.MAX_UPLOAD // files.MEGABYTE
        return {
            "outcome": ScanOutcome.REFUSED,
            "message": f"文件超过{most} MB。可降低扫描分辨率（建议200 dpi）后重新上传。",
        }
    return {}


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
        line.message = "文件在压缩包中已损坏，无法读取。请重新压缩后上传。"
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
        line.message = "".join(finding.message for finding in refusal.findings)[:300]
    else:
        line.outcome = ScanOutcome.ATTACHED
