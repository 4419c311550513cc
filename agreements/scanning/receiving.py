"""What comes in: a drop in one request, or in several that make one batch, kept and promised to be read."""

from collections.abc import Sequence
from datetime import timedelta

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import F
from django.utils.timezone import now

from accounts.models import Membership
from agreements.scanning import folders
from agreements.scanning.enums import Reading
from agreements.scanning.models import ScanBatch, ScannedFile, ScanPart
from core import archives, audit, outbox
from core.policy import Refused, plain

MOST_FILES = 500  # of one batch: a season of photographs
PATIENCE = timedelta(minutes=20)  # between two requests of one drop: a slow line carries 100 MB in it
LANES = 2  # deliveries that read at the same time
PURPOSE = "scans"
READ, PAIR = (f"agreements.tasks.{name}" for name in ("read_scans", "pair_scans"))


@transaction.atomic
def open_batch(uploads: Sequence[UploadedFile], *, by: Membership, more: int = 0) -> ScanBatch:
    """Keep what was dropped, one ZIP or several files, and promise that it is read.

    `more` files of the same drop come with further requests (`add_to_batch`); should they not, it is paired without them.
    Raises Refused for a ZIP that cannot be opened or holds too much, and for a drop without any file.
    """
    archive, inside = folders.kept(uploads, purpose=PURPOSE, by=by, more=more)
    _refuse_too_many(len(inside) + more)
    batch = ScanBatch.objects.create(organization=by.organization, file=archive, uploaded_by=by, files=len(inside))
    _take_in(batch, inside, begins=0, by=by, more=more)
    return batch


@transaction.atomic
def add_to_batch(batch: ScanBatch, uploads: Sequence[UploadedFile], *, by: Membership, more: int = 0) -> ScanBatch:
    """Keep what a further request brought of the same drop; without `more` it is the last, and the batch is whole.

    Raises Refused (E-STATE) once it is whole or was paired without it, and for who did not begin it; else as `open_batch`.
    """
    batch = ScanBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    if batch.uploaded_by_id != by.pk or batch.paired_at or not batch.is_open(at=now()):
        raise Refused([plain("E-STATE", f"这一批（{batch}）已不再接收文件，其余文件请重新上传。", field="scans")])
    archive, inside = folders.kept(uploads, purpose=PURPOSE, by=by)
    _refuse_too_many(batch.files + len(inside) + more)
    last = batch.lines.order_by("-place").values_list("place", flat=True).first()
    begins = 0 if last is None else last + 1
    ScanPart.objects.create(batch=batch, file=archive, begins=begins)
    batch.files += len(inside)
    batch.save(update_fields=["files"])
    _take_in(batch, inside, begins=begins, by=by, more=more)
    return batch


def _refuse_too_many(files: int) -> None:
    if files > MOST_FILES:
        raise Refused([plain("E-FILE-HEAVY", f"一次最多{MOST_FILES}个文件，请分几次上传。", field="scans")])


def _take_in(batch: ScanBatch, inside: Sequence[archives.Packed], *, begins: int, by: Membership, more: int) -> None:
    lines = ScannedFile.objects.bulk_create(
        ScannedFile(
            batch=batch,
            place=begins + one.place,
            name=folders.shown(one.name),
            message=(said := _at_sight(one)),
            reading=Reading.REFUSED if said else Reading.WAITING,
        )
        for one in inside
    )
    batch.open_until = now() + PATIENCE if more else None
    batch.save(update_fields=["open_until"])
    if batch.open_until:  # where the rest does not come
        outbox.add_later(PAIR, due=batch.open_until, batch_id=batch.pk)
    audit.record("scans.uploaded", batch, by=by, after={"files": batch.files})
    read_on(batch, sum(line.reading == Reading.REFUSED for line in lines), lanes=LANES)


def _at_sight(one: archives.Packed) -> str:
    return folders.at_sight(one) or ("" if one.size else "文件是空的（0字节）。请检查原文件能否打开，再重新上传。")


def read_on(batch: ScanBatch, done: int, *, lanes: int = 1) -> None:
    """Count what was read and promise what comes next. The row of the batch is held only for this, so that of two
    deliveries that end at once the second sees that it is the last."""
    ScanBatch.objects.filter(pk=batch.pk).update(done=F("done") + done)
    batch.refresh_from_db(fields=["done", "files", "open_until"])
    if not batch.is_running and not batch.is_open(at=now()):
        outbox.add(PAIR, batch_id=batch.pk)
    elif batch.lines.filter(reading=Reading.WAITING).exists():
        outbox.add_all(*[(READ, {"batch_id": batch.pk})] * lanes)
