"""All of a year in one ZIP: a folder for each 档号, the directory, and the digests of every paper. No name of a file tells
of a person; the same archive gives the same bytes."""

import zipfile
from typing import IO

from agreements.archiving.documents import TITLE, directory_pdf, in_order
from agreements.archiving.models import ArchivedPaper, ArchiveYear
from agreements.kept import bytes_of
from core import outbox
from core.archives import add_to

DIGESTS = "校验值.txt"  # as sha256sum -c reads it


def write(archive: ArchiveYear, into: IO[bytes]) -> None:
    """Raises FileNotFoundError for a paper that is gone: nobody is handed an archive with a hole in it."""
    lines = []
    with zipfile.ZipFile(into, "w", zipfile.ZIP_STORED) as made:  # scans and PDFs are packed already
        add_to(made, f"{TITLE}.pdf", directory_pdf(archive))
        for item in in_order(archive):
            for paper in ArchivedPaper.objects.filter(item=item).select_related("file"):
                outbox.still_here()
                lines.append(f"{paper.file.sha256}  {name_of(paper, item.code)}\n")
                add_to(made, name_of(paper, item.code), bytes_of(paper.file))
        add_to(made, DIGESTS, "".join(lines).encode())


def name_of(paper: ArchivedPaper, code: str) -> str:
    return f"{code}/{paper.number:02}{paper.title}.{paper.file.kind}"
