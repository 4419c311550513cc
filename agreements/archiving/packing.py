"""All of a year in one ZIP: a folder for each 档号, the directory, and the digests of every paper. No name of a file tells
of a person; the same archive gives the same bytes."""

import tempfile
import zipfile
from datetime import timedelta
from hashlib import file_digest, sha256
from typing import IO

from django.core.files.base import File as StoredBytes
from django.core.files.storage import default_storage
from django.db import transaction
from django.utils.timezone import localdate, now

from accounts.models import Membership
from agreements.archiving.assembling import can_print, require_assembled
from agreements.archiving.documents import TITLE, directory_pdf
from agreements.archiving.models import ArchivedPaper, ArchivePackage, ArchiveYear
from agreements.kept import bytes_of
from core import audit, files, outbox
from core.archives import add_to
from core.policy import Refused, plain, require

DIGESTS = "校验值.txt"  # as sha256sum -c reads it
PACK = "agreements.tasks.pack_archive"


@transaction.atomic
def ask_for_package(archive: ArchiveYear, *, by: Membership) -> ArchivePackage:
    """Promise all of a year in one ZIP. Raises Refused (E-STATE) before its papers are put together."""
    require_assembled(archive)
    require(can_print())
    package = ArchivePackage.objects.create(archive=archive, asked_by=by, items=archive.items.count())
    audit.record("archive.package_asked", archive, by=by, after={"items": package.items})
    outbox.add(PACK, package_id=package.pk)
    return package


@transaction.atomic
def make_package(package: ArchivePackage) -> None:
    """Write the ZIP, once, or say why it cannot be; the same archive gives the same bytes.

    What a killed delivery wrote is swept away.
    """
    package = ArchivePackage.objects.select_for_update(of=("self",)).select_related("archive").get(pk=package.pk)
    if not package.is_busy:
        return
    package.made_at = now()
    with tempfile.TemporaryFile() as made:
        try:
            write(package.archive, made)
        except Refused as refusal:
            package.trouble = refusal.words
            package.save(update_fields=["trouble", "made_at"])
            audit.record("archive.package_failed", package.archive, by=package.asked_by, reason=package.trouble)
            return
        made.seek(0)
        package.sha256 = file_digest(made, "sha256").hexdigest()
        made.seek(0)
        package.path = files.lend(StoredBytes(made), kind="zip", until=localdate() + timedelta(days=1))
    package.save(update_fields=["sha256", "path", "made_at"])
    audit.record("archive.package_made", package.archive, by=package.asked_by, after={"sha256": package.sha256})


def package_is_there(package: ArchivePackage) -> bool:
    return bool(package.path) and default_storage.exists(package.path)


def not_there(package: ArchivePackage) -> str:
    if package.trouble:
        return f"压缩包没有制成：{package.trouble}"
    return (
        "压缩包还在制作，请稍后再取。"
        if package.is_busy
        else "压缩包含完整证件号码，只保留到次日，现已清除。请重新制作。"
    )


def write(archive: ArchiveYear, into: IO[bytes]) -> None:
    """Raises Refused for a paper that is gone or not what was archived: nobody is handed an archive with a hole in it."""
    papers = ArchivedPaper.objects.filter(item__archive=archive).select_related("item", "file")
    lines = []
    with zipfile.ZipFile(into, "w", zipfile.ZIP_STORED) as made:  # scans and PDFs are packed already
        add_to(made, f"{TITLE}.pdf", directory_pdf(archive))
        for paper in papers.order_by("-item__retention", "item__number", "number"):  # archive order
            outbox.still_here()
            add_to(made, name_of(paper), _as_archived(paper))
            lines.append(f"{paper.file.sha256}  {name_of(paper)}\n")
        add_to(made, DIGESTS, "".join(lines).encode())


def name_of(paper: ArchivedPaper) -> str:
    return f"{paper.item.code}/{paper.number:02}{paper.title}.{paper.file.kind}"


def _as_archived(paper: ArchivedPaper) -> bytes:
    try:
        data = bytes_of(paper.file)
    except FileNotFoundError:
        data = b""
    if sha256(data).hexdigest() == paper.file.sha256:
        return data
    raise Refused(
        [plain("E-ARCHIVE", f"{paper.item.code}的{paper.title}已不在或已损坏，请管理员从备份恢复后重新制作。")]
    )
