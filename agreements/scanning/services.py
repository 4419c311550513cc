"""Scans dropped by the dozen: kept, read, paired and attached, each step in deliveries that may come twice.

Reading touches nothing but the files' own rows, so several workers read at once; whose pages they are is decided when
all are read, because a paper may come in several photographs; attaching goes in slices in the order of agreements. What
one file is refused for stands on its row and stops no other. What no code decides waits in the tray for a hand.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date
from time import monotonic
from typing import Any

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils.timezone import now

from accounts.models import Membership
from agreements import services as agreements
from agreements.models import Agreement, AgreementScan
from agreements.scanning import folders, pairing, reading
from agreements.scanning.enums import Outcome, Reading
from agreements.scanning.models import ScanBatch, ScannedFile, ScanPiece
from agreements.scanning.receiving import add_to_batch as add_to_batch
from agreements.scanning.receiving import open_batch as open_batch
from agreements.scanning.receiving import read_on
from agreements.services.holding import hold
from core import archives, audit, files, outbox, scanned, workbooks
from core.models import StoredFile
from core.policy import Finding, Refused, plain

AT_ONCE = 10  # files that one delivery reads at most
LONGEST = 60  # seconds after which it begins no other: tasks are short, and others wait for the worker
ATTACHED_AT_ONCE = 20  # agreements
ATTACH = "agreements.tasks.attach_scans"
TAKE_AWAY_FIRST = "附错了的，提交备案前可在该协议的“签署并提交”一步中撤下，再重新上传。"
GONE = "上传人的身份已终止，请由本单位其他人员核对后附上。"


# --- reading ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def read_next(batch: ScanBatch) -> None:
    """Read the next files that nobody reads, and promise the rest. A delivery that is killed has done nothing."""
    batch = ScanBatch.objects.select_related("file", "uploaded_by").get(pk=batch.pk)
    waiting = batch.lines.filter(reading=Reading.WAITING).order_by("pk")
    lines = [*waiting.select_for_update(skip_locked=True, of=("self",))[:AT_ONCE]]
    if not lines:
        return
    register = reading.Register(batch.uploaded_by)
    held = _bytes_of(batch, lines)
    began, done = monotonic(), 0
    for line, data in zip(lines, held, strict=True):
        if monotonic() - began > LONGEST:
            break
        try:
            _read(line, data, register)
        except Refused as refusal:
            line.reading = Reading.REFUSED
            line.message = refusal.words[:300]
        line.save(update_fields=["reading", "message", "file", "pages", "named"])
        done += 1
    read_on(batch, done)


def _bytes_of(batch: ScanBatch, lines: Sequence[ScannedFile]) -> list[bytes | None]:
    """Out of the archive that each stands in."""
    taken: dict[int, bytes | None] = {}
    until = None
    for part in batch.parts.select_related("file").order_by("-begins"):
        taken |= _out_of(part.file, part.begins, until, lines)
        until = part.begins
    taken |= _out_of(batch.file, 0, until, lines)
    return [taken[line.pk] for line in lines]


def _out_of(
    stored: StoredFile, begins: int, until: int | None, lines: Sequence[ScannedFile]
) -> dict[int, bytes | None]:
    here = [line for line in lines if begins <= line.place and (until is None or line.place < until)]
    if not here:
        return {}
    data = archives.taken(workbooks.bytes_of(stored), [line.place - begins for line in here])
    return dict(zip([line.pk for line in here], data, strict=True))


def _read(line: ScannedFile, data: bytes | None, register: reading.Register) -> None:
    if data is None:
        raise Refused([plain("E-FILE-BROKEN", folders.DAMAGED)])
    files.bytes_of(SimpleUploadedFile(line.name, data))  # a directory that lied about sizes ends here
    seen = scanned.look(data, wanted=reading.WANTED, between=outbox.still_here)
    sheets = reading.sheets_of(seen, register)
    line.file = files.keep(
        data,
        name=line.name,
        kind=seen.kind,
        pages=len(seen.pages),
        view=_upright(data, seen),
        purpose="agreement-scan",
        by=register.by,
    )
    line.pages, line.named, line.reading = reading.kept(sheets), register.hinted_by(line.name), Reading.READ


def _upright(data: bytes, seen: scanned.Seen) -> bytes:
    """What is shown instead of the original: a photograph as a page, and pages that lie or stand on their head turned."""
    if not any(page.turned for page in seen.pages):
        return seen.view
    turned = [(0, number, page.turned) for number, page in enumerate(seen.pages, start=1)]
    [made] = scanned.put_together([seen.view or data], [turned])
    return made


# --- pairing ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def pair(batch: ScanBatch) -> None:
    """Decide whose the pages of all files are; what a code decides is promised to be attached.

    It is promised by the delivery that read the last file, and for when the rest of a drop was waited for long enough;
    of two the second does nothing.
    """
    held = ScanBatch.objects.select_for_update(of=("self",)).select_related("uploaded_by")
    batch = held.get(pk=batch.pk)
    if batch.paired_at or batch.is_running or batch.is_open(at=now()):
        return
    lines = sorted(batch.lines.select_related("file").order_by("pk"), key=lambda line: folders.natural(line.name))
    sheets = {line.pk: [pairing.Sheet.of(page) for page in line.pages] for line in lines}
    papers = reading.printed(sheet for pages in sheets.values() for sheet in pages)
    twins, used = _twins(lines), _used(batch, lines)
    read = [line for line in lines if line.reading == Reading.READ and line.pk not in twins]
    pieces = [_not_paired(line, twins) for line in lines if line not in read]
    fresh: list[list[pairing.Piece]] = []
    for line in read:
        of_file, standing = pairing.pieces_of(sheets[line.pk], papers), used.get(line.pk, {})
        fresh.append([one for one in of_file if _whose(one, papers, standing) is None])
        for one in of_file:
            if holder := _whose(one, papers, standing):
                pieces.append(_piece(line, one, holder.pk, outcome=Outcome.SAME, message=_used_for(holder), notes=()))
    for found in pairing.together(fresh, papers):
        paper = found.piece.paper
        agreement = papers[paper].agreement if paper is not None else found.piece.agreement
        pieces.append(_piece(read[found.file], found.piece, agreement))
    places = {line.pk: place for place, line in enumerate(lines)}
    pieces.sort(key=lambda piece: (places[piece.file_id], piece.pages[:1]))  # and so they are listed and put together
    numbers: Counter[int] = Counter()
    for piece in pieces:
        piece.place = numbers[piece.file_id]
        numbers[piece.file_id] += 1
    ScanPiece.objects.bulk_create(pieces)
    batch.paired_at, batch.open_until = now(), None
    batch.save(update_fields=["paired_at", "open_until"])
    outbox.add(ATTACH, batch_id=batch.pk)


def _piece(line: ScannedFile, one: pairing.Piece, agreement: int | None, **otherwise: Any) -> ScanPiece:
    said = {"outcome": one.outcome, "message": one.message, "notes": one.notes, **otherwise}
    said["notes"] = list(said["notes"])
    return ScanPiece(
        batch=line.batch, file=line, pages=one.pages, paper_id=one.paper, agreement_id=agreement, place=0, **said
    )


def _not_paired(line: ScannedFile, twins: Mapping[int, ScannedFile]) -> ScanPiece:
    """What was refused while it was read, or came in twice."""
    piece = ScanPiece(batch=line.batch, file=line, place=0, pages=[page["number"] for page in line.pages])
    if line.pk in twins:
        piece.outcome, piece.message = Outcome.SAME, f"与本批的“{twins[line.pk].name}”是同一个文件。"[:300]
    else:
        piece.outcome, piece.message = Outcome.REFUSED, line.message
    return piece


def _twins(lines: Sequence[ScannedFile]) -> dict[int, ScannedFile]:
    """Files of the same bytes as one before them, and which."""
    first: dict[str, ScannedFile] = {}
    return {line.pk: twin for line in lines if line.file and (twin := first.setdefault(line.file.sha256, line)) != line}


def _used(batch: ScanBatch, lines: Sequence[ScannedFile]) -> dict[int, dict[int, Agreement]]:
    """Files whose bytes came in earlier, and the agreements of this institution, the latest first, whose scans have them
    still: pages that were taken away from one may come again.

    Other institutions' files are not asked: that they hold the same bytes would be told thereby.
    """
    digests = {line.file.sha256 for line in lines if line.file}
    scans = AgreementScan.objects.filter(
        file__sha256__in=digests, agreement__in=Agreement.objects.dispatched_by(batch.uploaded_by).values("pk")
    ).select_related("agreement__specialist", "file")
    scanned_in: dict[str, dict[int, Agreement]] = {}
    for scan in scans.order_by("-pk"):
        scanned_in.setdefault(scan.file.sha256, {}).setdefault(scan.agreement_id, scan.agreement)
    parts = ScanPiece.objects.filter(
        file__file__sha256__in=digests, batch__organization=batch.organization_id, outcome=Outcome.ATTACHED
    ).select_related("agreement__specialist", "file__file")
    for part in parts.order_by("-pk"):
        assert part.file.file
        assert part.agreement
        scanned_in.setdefault(part.file.file.sha256, {}).setdefault(part.agreement.pk, part.agreement)
    return {line.pk: scanned_in[line.file.sha256] for line in lines if line.file and line.file.sha256 in scanned_in}


def _whose(
    one: pairing.Piece, papers: Mapping[int, pairing.Printed], standing: Mapping[int, Agreement]
) -> Agreement | None:
    """The agreement among these whose scan holds these pages of a file; none where their code names another one. What
    shows no code may be any of theirs."""
    if one.paper is not None:
        return standing.get(papers[one.paper].agreement)
    return next(iter(standing.values()), None)


def _used_for(agreement: Agreement) -> str:
    return f"这个文件已用作协议{agreement}（{agreement.specialist}）的扫描件。{TAKE_AWAY_FIRST}"


# --- attaching --------------------------------------------------------------------------------------------------------


@transaction.atomic
def attach_next(batch: ScanBatch, *, on: date) -> None:
    """Attach what waits, some agreements in each delivery and in their order; the last one tells what was done."""
    batch = ScanBatch.objects.select_related("uploaded_by").get(pk=batch.pk)
    by = batch.uploaded_by
    waiting = batch.pieces.filter(outcome=Outcome.WAITING)
    if not Membership.objects.active(on=on).filter(pk=by.pk).exists():
        waiting.update(outcome=Outcome.UNPAIRED, message=GONE)
        return
    for agreement in [*dict.fromkeys(waiting.order_by("agreement").values_list("agreement", flat=True))][
        :ATTACHED_AT_ONCE
    ]:
        pieces = waiting.filter(agreement=agreement).select_related("file__file", "paper").order_by("pk")
        assert agreement
        _attach_alone([*pieces], Agreement.objects.get(pk=agreement), by=by)
    if waiting.exists():
        outbox.add(ATTACH, batch_id=batch.pk)
    else:
        attached = batch.pieces.filter(outcome=Outcome.ATTACHED).values("agreement").distinct().count()
        audit.record("scans.paired", batch, by=by, after={"attached": attached})


def _attach_alone(pieces: list[ScanPiece], agreement: Agreement, *, by: Membership) -> None:
    """One agreement's pieces; what it is refused for stands on them."""
    agreement = hold(agreement)  # of two batches with the same paper one comes second, and sees that
    outcome, message = Outcome.ATTACHED, ""
    scan: AgreementScan | None = None
    if agreement.scans.filter(paper_version=agreement.version).exists():
        outcome, message = Outcome.AGAIN, "协议书的这一版已有扫描件。确要再附一份，请人工附上。"
    else:
        try:
            with transaction.atomic():
                scan = _attach(pieces, agreement, by=by)
        except Refused as refusal:
            outcome, message = Outcome.CLOSED, refusal.words[:300]
    for piece in pieces:
        piece.outcome, piece.message, piece.scan = outcome, message, scan
        piece.save(update_fields=["outcome", "message", "scan"])


def _attach(pieces: list[ScanPiece], agreement: Agreement, *, by: Membership) -> AgreementScan:
    """Make one scan of the pieces: the file itself where it is all of it, else a PDF of their pages."""
    stored = _whole_file(pieces) or _made_of(pieces, by=by)
    paper = min((piece.paper for piece in pieces if piece.paper), key=lambda one: one.version, default=None)
    if paper is None:
        return agreements.attach_scan(agreement, file=stored, by=by, is_unread=True)
    sheets = [sheet for piece in pieces for sheet in _sheets(piece) if not sheet.blank]
    lacks = pairing.lacks([sheet.page for sheet in sheets], paper.pages)
    return agreements.attach_scan(agreement, file=stored, by=by, version=paper.version, lacks=lacks)


def _sheets(piece: ScanPiece) -> list[pairing.Sheet]:
    return [pairing.Sheet.of(page) for page in piece.file.pages if page["number"] in piece.pages]


def _whole_file(pieces: list[ScanPiece]) -> StoredFile | None:
    [piece, *others] = pieces
    stored = piece.file.file
    assert stored
    whole = not others and len(piece.pages) == stored.pages
    return stored if whole and not AgreementScan.everything.filter(file=stored).exists() else None


def _made_of(pieces: list[ScanPiece], *, by: Membership) -> StoredFile:
    ordered = sorted(pieces, key=_first_page)
    sources, pages = [], []
    for place, piece in enumerate(ordered):
        stored = piece.file.file
        assert stored
        with default_storage.open(stored.view_path or stored.path) as source:
            sources.append(source.read())
        pages += [(place, page, 0) for page in piece.pages]
    [made] = scanned.put_together(sources, [pages])
    first = ordered[0]
    name = f"{first.file.name.rpartition('.')[0]} 第{first.pages_in_words}页" if len(ordered) == 1 else first.file.name
    return files.keep(made, name=f"{name}.pdf", kind="pdf", pages=len(pages), purpose="agreement-scan", by=by)


def _first_page(piece: ScanPiece) -> tuple[int, int]:
    """By the page of the paper, else in the order in which people number their files."""
    numbers = {page["number"]: page["page"] for page in piece.file.pages}
    return (min((numbers[page] or 0 for page in piece.pages), default=0), piece.pk)


# --- by hand ----------------------------------------------------------------------------------------------------------


@transaction.atomic
def decide(batch: ScanBatch, choices: Mapping[int, int | None], *, by: Membership) -> list[ScanPiece]:
    """Empty the tray by hand: piece → agreement, None for pages that belong nowhere. Pieces given to one agreement
    become one scan, in the order of its pages.

    All or nothing. Raises Refused with a finding for each piece that cannot be given so; `facts["piece"]` is which:
    what is not in the tray any more, an agreement that cannot take a scan, a code that names another agreement.
    """
    ScanBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    pieces = {
        piece.pk: piece
        for piece in batch.pieces.filter(pk__in=choices).select_related("file__file", "paper__agreement").order_by("pk")
    }
    groups: dict[int, list[ScanPiece]] = {}
    refused: list[Finding] = []
    for pk, agreement in choices.items():
        piece = pieces.get(pk)
        if piece is None or piece.outcome not in Outcome.tray:
            refused.append(plain("E-STATE", "这些页已处理，不用再配对。", piece=pk))
        elif agreement is None:
            piece.outcome, piece.message = Outcome.SET_ASIDE, ""
        elif piece.paper and piece.paper.agreement_id != agreement:
            words = f"二维码是协议D-{piece.paper.agreement_id}的，不能附到D-{agreement}。"
            refused.append(plain("E-SCAN-OTHER", words, piece=pk))
        else:
            groups.setdefault(agreement, []).append(piece)
    open_ones = {one.pk: one for one in Agreement.objects.dispatched_by(by).filter(pk__in=groups)}
    for pk in sorted(groups):
        refused += _give(groups[pk], open_ones.get(pk), by=by)
    if refused:
        raise Refused(refused)
    decided = [pieces[pk] for pk in choices]
    for piece in decided:
        piece.decided_by = by
        piece.save(update_fields=["outcome", "message", "agreement", "scan", "decided_by"])
        verb = "scans.set_aside" if piece.outcome == Outcome.SET_ASIDE else "scans.attached_by_hand"
        after = {"file": piece.file.name, "pages": piece.pages_in_words, "agreement": str(piece.agreement or "")}
        audit.record(verb, batch, by=by, after=after)
    return decided


def _give(pieces: list[ScanPiece], agreement: Agreement | None, *, by: Membership) -> list[Finding]:
    if agreement is None:
        return [plain("E-AGREEMENT", "请从列表中选择本单位的协议。", piece=piece.pk) for piece in pieces]
    try:
        with transaction.atomic():
            scan = _attach(pieces, agreement, by=by)
    except Refused as refusal:
        words = refusal.words
        return [plain("E-STATE", words, piece=pieces[0].pk)]
    for piece in pieces:
        piece.outcome, piece.message, piece.agreement, piece.scan = Outcome.ATTACHED, "", agreement, scan
    return []
