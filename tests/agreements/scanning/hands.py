"""A clerk who prints, has signed and scans; the papers are drawn, not laid out: their codes are what counts here."""

import secrets
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from accounts.models import Membership
from agreements.models import Agreement, AgreementPaper
from agreements.scanning import services
from agreements.scanning.models import ScanBatch
from tests.cast import Season
from tests.core import scans
from tests.desk.rosters.hands import run


def printed(agreement: Agreement, pages: int | None = 2) -> AgreementPaper:
    return agreement.papers.create(version=agreement.version, token=secrets.token_hex(16), sha256="", pages=pages)


def paper_of(season: Season, key: str, **more: Any) -> AgreementPaper:
    """A draft of this person, complete and printed, not yet signed."""
    return printed(season.agreement(season.selected(key, **more), season.h4, signed=False))


def sheets(paper: AgreementPaper) -> list[Image.Image]:
    return [scans.sheet(number, paper.token) for number in range(1, (paper.pages or 2) + 1)]


def file(name: str, *pages: Image.Image) -> SimpleUploadedFile:
    data = scans.as_jpeg(pages[0]) if name.endswith(".jpg") else scans.as_pdf(*pages)
    return SimpleUploadedFile(name, data)


def dropped(by: Membership, *uploads: SimpleUploadedFile) -> ScanBatch:
    """What became of a drop, all deliveries done."""
    batch = services.open_batch(uploads, by=by)
    run()
    batch.refresh_from_db()
    assert not batch.is_busy
    return batch


def outcomes(batch: ScanBatch) -> dict[str, str]:
    """By file, and by its pages where it was taken apart."""
    pieces = list(batch.pieces.select_related("file").order_by("pk"))
    several = {piece.file_id for piece in pieces if piece.place}
    return {
        f"{piece.file.name}:{piece.pages_in_words}" if piece.file_id in several else piece.file.name: piece.outcome
        for piece in pieces
    }
