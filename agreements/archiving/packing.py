"""All of a year in one ZIP: a folder for each 档号, the directory, and the digests of every paper. No name of a file tells
of a person; the same archive gives the same bytes."""

import zipfile
from hashlib import sha256
from typing import IO

from agreements.archiving.documents import TITLE, directory_pdf
from agreements.archiving.models import ArchivedPaper, ArchiveYear
from agreements.kept import bytes_of
from core import outbox
from core.archives import add_to
from core.policy import Refused, plain

DIGESTS = "校验值.txt"  # as sha256sum -c reads it


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
