"""Contracts printed by the season and scans that find them: as workers do it, two processes on what two cores give."""

import random
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from statistics import median
from typing import Any
from unittest.mock import patch

import pypdfium2
import weasyprint
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils.timezone import localdate
from PIL import Image
from weasyprint.text.fonts import FontConfiguration

from agreements import documents
from agreements.archiving import assembling, packing
from agreements.archiving.models import ArchivePackage, ArchiveYear
from agreements.models import Agreement
from agreements.printing import services as printing
from agreements.printing.enums import PrintForm
from agreements.printing.models import PrintRun
from agreements.scanning import services as scanning
from agreements.scanning.models import ScanBatch
from agreements.services import print_paper
from core.models import PolicyPack
from tests.bench.figures import Figure, alternately
from tests.cast import PEOPLE, Season
from tests.core import scans

SCANS = 50
CONTRACTS = 60
PEOPLE_USED = list(PEOPLE)[:10]


def season_of(agreements: int) -> tuple[Season, list[Agreement]]:
    """Drafts of ten people, complete and not yet printed; several of each, as nobody would have them."""
    season = Season()
    registered = [season.selected(key) for key in PEOPLE_USED]
    return season, [
        season.agreement(registered[n % len(registered)], season.h4, signed=False) for n in range(agreements)
    ]


# --- workers ----------------------------------------------------------------------------------------------------------


def work(kind: str, pk: int) -> None:
    """A worker: ready, waits for a word, does what is there, and says how large it and its children have grown."""
    documents.agreement_pdf(Agreement.objects.latest("pk"), token="0" * 32, pack=PolicyPack.objects.get())  # its fonts
    print("ready", flush=True)
    sys.stdin.readline()
    began = cpu()
    WORK[kind](pk)
    print(largest(), cpu() - began, flush=True)


def read_scans(pk: int) -> None:
    batch = ScanBatch.objects.get(pk=pk)
    while batch.is_running:
        scanning.read_next(batch)
        batch.refresh_from_db()
        time.sleep(0.005)


def lay_out(pk: int) -> None:
    run = PrintRun.objects.get(pk=pk)
    while run.is_busy:
        printing.lay_out_next(run, on=localdate())
        run.refresh_from_db()
        time.sleep(0.005)


def assemble(pk: int) -> None:
    archive = ArchiveYear.objects.get(pk=pk)
    while assembling.is_busy(archive):
        assembling.assemble_next(archive)
        time.sleep(0.005)


def pack(pk: int) -> None:
    packing.make_package(ArchivePackage.objects.get(pk=pk))


WORK: dict[str, Callable[[int], None]] = {"scans": read_scans, "prints": lay_out, "archive": assemble, "package": pack}


def cpu() -> float:
    return sum(used.ru_utime + used.ru_stime for used in map(getrusage, (RUSAGE_SELF, RUSAGE_CHILDREN)))


def largest() -> int:
    """kB of this process since it began, and of its children; ru_maxrss of its own would tell its parent's."""
    own = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return max(int(own.split()[1]), getrusage(RUSAGE_CHILDREN).ru_maxrss)


def by_workers(kind: str, pk: int, workers: int) -> tuple[float, float, float]:
    """Seconds of the work itself, the largest process in MB, and the seconds of computing in it."""
    command = [sys.executable, "-m", "tests.bench", "worker", kind, str(pk)]
    started = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(workers)
    ]
    for worker in started:
        assert worker.stdout
        assert worker.stdout.readline().strip() == "ready"
    began = time.perf_counter()
    for worker in started:
        assert worker.stdin
        worker.stdin.write("go\n")
        worker.stdin.flush()
    told = [worker.communicate()[0].split()[-2:] for worker in started]
    taken = time.perf_counter() - began
    return taken, max(int(size) for size, _ in told) / 1024, sum(float(seconds) for _, seconds in told)


# --- scans ------------------------------------------------------------------------------------------------------------


def scan_figures() -> list[Figure]:
    """Fifty papers of two pages, printed in earnest, scanned in every state there is, and found again."""
    season, agreements = season_of(SCANS)
    by, dice = season.clerk, random.Random(2026)
    ways = list(scans.DISTORTIONS)
    uploads, truth = [], {}
    for n, agreement in enumerate(agreements):
        _, data = print_paper(agreement, by=by, on=localdate())
        way, dpi = ways[n % len(ways)], dice.choice((150, 200))
        pages = [scans.DISTORTIONS[way](page) for page in _pages(data, dpi)]
        name = f"scan{dice.randrange(10**9):09}.pdf"
        truth[name] = agreement.pk
        uploads.append(SimpleUploadedFile(name, scans.as_pdf(*pages, dpi=dpi)))
    batch = scanning.open_batch(uploads, by=by)
    seconds, megabytes, computing = by_workers("scans", batch.pk, 2)
    began = time.perf_counter()
    scanning.pair(batch)
    while batch.pieces.filter(outcome="waiting").exists():
        scanning.attach_next(batch, on=localdate())
    seconds += time.perf_counter() - began
    alone = batch.pieces.filter(outcome="attached").select_related("file", "scan")
    wrongly = [piece for piece in alone if piece.scan and piece.scan.agreement_id != truth[piece.file.name]]
    detail = f"{len(ways)} states, 150 and 200 dpi, {sum(upload.size or 0 for upload in uploads) >> 20} MB"
    return [
        Figure("scans: of a hundred, paired alone", 100 * len(alone) / SCANS, 95, at_least=True, detail=detail),
        Figure("scans: paired wrongly", len(wrongly), 0),
        Figure(
            "scans: files a second, two workers",
            SCANS / seconds,
            4,
            at_least=True,
            detail=f"{seconds:.1f} s, of computing {computing:.1f} s",
        ),
        Figure("scans: largest process in MB", megabytes, 400),
    ]


def _pages(data: bytes, dpi: int) -> list[Image.Image]:
    document = pypdfium2.PdfDocument(data)
    found = [page.render(scale=dpi / 72, grayscale=True).to_pil().convert("L") for page in document]
    document.close()
    return found


# --- contracts --------------------------------------------------------------------------------------------------------


def print_figures() -> list[Figure]:
    """Contracts as one file, from the request to the file, against the bare calls on the same HTML; and two workers."""
    season, agreements = season_of(CONTRACTS)
    asked, by = [agreement.pk for agreement in agreements], season.clerk
    given: list[tuple[str, str]] = []

    def product() -> PrintRun:
        run = printing.print_season(asked, form=PrintForm.ONE_FILE, by=by)
        while run.is_busy:
            printing.lay_out_next(run, on=localdate())
            run.refresh_from_db()
        return run

    def bare() -> bytes:
        fonts = FontConfiguration()
        papers = [
            weasyprint.HTML(string=html).render(
                stylesheets=[weasyprint.CSS(string=sheet, font_config=fonts)], font_config=fonts
            )
            for html, sheet in given
        ]
        return papers[0].copy([page for paper in papers for page in paper.pages]).write_pdf() or b""

    html: list[str] = []
    sheets: list[str] = []
    with _noted("HTML", html), _noted("CSS", sheets):
        run = product()
    given += [*zip(html, sheets, strict=True)][:CONTRACTS]  # the contents comes last, and is the product's own
    sizes = len(printing.file_of(run) or b"") / len(bare())
    taken = alternately({"product": product, "bare": bare}, rounds=2)
    each: dict[int, list[tuple[float, float, float]]] = {1: [], 2: []}
    for _ in range(2):
        for workers, seconds in each.items():
            run = printing.print_season(asked, form=PrintForm.ONE_FILE, by=by)
            seconds.append(by_workers("prints", run.pk, workers))
    one, two = (median(seconds for seconds, _, _ in told) for told in each.values())
    computing = " and ".join(f"{median(cpu for _, _, cpu in told):.1f} s" for told in each.values())
    detail = f"{CONTRACTS} contracts: {taken}, {sizes:.2f} of the bytes"
    return [
        Figure("contracts: product / bare WeasyPrint", taken.ratio("product", "bare"), 1.25, detail=detail),
        Figure(
            "contracts: one worker / two",
            one / two,
            1.7,
            at_least=True,
            detail=f"{one:.1f} s, {two:.1f} s, of computing {computing}",
        ),
    ]


def _noted(name: str, strings: list[str]) -> Any:
    made = getattr(weasyprint, name)

    def make(*, string: str, **more: Any) -> Any:
        strings.append(string)
        return made(string=string, **more)

    return patch.object(weasyprint, name, make)


def main(words: Sequence[str]) -> None:
    kind, pk = words
    work(kind, int(pk))
