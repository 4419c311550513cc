"""The archive of a year: its numbers, its papers put together, all of it in one ZIP. An item costs the same however many."""

import os
import time
from collections.abc import Callable
from datetime import date
from typing import NamedTuple
from unittest.mock import patch

from django.utils.timezone import localdate

from agreements.archiving import packing, services
from agreements.archiving.models import ArchivePackage, ArchiveYear
from agreements.enums import AgreementStatus
from agreements.models import FilingCertificate
from core import files
from tests import cast, invented
from tests.bench.figures import Figure
from tests.bench.papers import by_workers
from tests.cast import Season

FEW, MANY = 100, 600  # people, each a file: the city has some six hundred
SCAN, CERTIFICATE = 400_000, 80_000  # bytes
YEAR = 2025


class Measured(NamedTuple):
    """Seconds of computing for one item in each step, the largest process, and how large the ZIP became."""

    seconds: dict[str, float]
    megabytes: float
    size: int


def filings(season: Season, people: int) -> None:
    """One agreement each, scanned and certified."""
    day = date(YEAR, 5, 12)
    filed = {"status": AgreementStatus.FILED, "submitted_on": day, "filed_on": day, "filed_by": season.officer}
    with patch.object(cast, "PDF", b"%PDF-1.7\n" + os.urandom(SCAN)):
        for n in range(people):
            agreement = invented.agreement(season, n, host=season.h1, start=day, **filed)
            data = b"%PDF-1.7\n" + os.urandom(CERTIFICATE)
            file = files.keep(data, name="备案证明.pdf", kind="pdf", purpose="certificate", by=None)
            FilingCertificate.objects.create(agreement=agreement, file=file, token=f"{agreement.pk:032x}")


def measured(people: int) -> Measured:
    season, on = Season(), localdate()
    filings(season, people)
    began = time.process_time()
    archive = services.prepare_archive(YEAR, by=season.officer, on=on)
    archive = services.close_archive(archive, by=season.head, on=on)
    closing = time.process_time() - began
    _, assembling_mb, assembling = by_workers("archive", archive.pk, 2)
    package = packing.ask_for_package(archive, by=season.officer)
    _, packing_mb, packed = by_workers("package", package.pk, 1)
    package.refresh_from_db()
    assert package.path, package.trouble
    seconds = {"closing": closing, "assembling": assembling, "packing": packed}
    size = os.path.getsize(files.default_storage.path(package.path))
    each = {step: taken / people for step, taken in seconds.items()}
    return Measured(each, max(assembling_mb, packing_mb), size)


def figures(clear: Callable[[], None]) -> list[Figure]:
    few = measured(FEW)
    clear()
    many = measured(MANY)
    assert ArchiveYear.objects.get().items.count() == MANY
    assert ArchivePackage.objects.get().items == MANY
    return [
        Figure(
            f"archive: {step}, an item of {MANY} / of {FEW}",
            many.seconds[step] / few.seconds[step],
            1.25,
            detail=f"{many.seconds[step] * 1000:.1f} ms, {few.seconds[step] * 1000:.1f} ms",
        )
        for step in many.seconds
    ] + [
        Figure(
            f"archive: largest process of {MANY} / of {FEW}",
            many.megabytes / few.megabytes,
            1.3,  # the pages of the printed directory lie in memory until it is written, all else is read one by one
            detail=f"{many.megabytes:.0f} MB, {few.megabytes:.0f} MB; a ZIP of {many.size >> 20} MB",
        )
    ]
