"""A season's contracts at once: laid out some in each delivery, by several workers, then put behind one another.

What one contract is refused for (a gap, what would block its submission, a character without a font) is told beside it
and stops no other.
"""

import io
import secrets
import zipfile
from collections.abc import Sequence
from datetime import date
from math import ceil
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction
from django.db.models import prefetch_related_objects
from django.utils.timezone import now

from accounts.models import Membership
from agreements import documents
from agreements.enums import AgreementStatus
from agreements.models import Agreement
from agreements.printing import contents, merging
from agreements.printing.choosing import require_ready
from agreements.printing.enums import PrintForm, Purpose
from agreements.printing.merging import GONE, line
from agreements.printing.models import MergeRun, PrintPart, PrintRun
from agreements.services.drafting import tell_printed, token_of
from agreements.services.holding import hold_all
from agreements.wording.queries import texts_of
from core import archives, audit, outbox, pdf
from core.files import clean_file_name
from core.models import PolicyPack
from core.policy import Refused, plain, require

AT_ONCE = 40  # contracts that one delivery lays out at most; together they share their fonts
AT_LEAST = 10
LANES = 2  # deliveries that do so at the same time
MOST = 500
TOLD = {Purpose.CONTRACTS: ("prints", "papers"), Purpose.PAPERS: ("merges", "listed")}  # how the history calls each
PRINTED = ("specialist", "institution__organization", "host__organization__district", "team", "papers")  # what it says
LAY_OUT = "agreements.tasks.lay_out_contracts"
SWEPT = "打印文件含完整证件号码，只保留一天，现已清除。请重新生成。"


@transaction.atomic
def print_season(agreements: Sequence[int], *, form: PrintForm, by: Membership) -> PrintRun:
    """Promise the contracts of these agreements, in their order. Raises Refused for none, too many, or another's."""
    wanted = list(dict.fromkeys(agreements))
    try:
        pdf.uncovered("")
    except pdf.Unavailable as missing:  # said now, not to a worker that nobody reads
        raise Refused([plain("E-PDF", str(missing))]) from None
    open_ones = Agreement.objects.dispatched_by(by).filter(
        status__in=AgreementStatus.editable, pk__in=wanted[: MOST + 1]
    )
    if not wanted:
        raise Refused([plain("E-BATCH", "请选择要打印的协议。")])
    if len(wanted) > MOST:
        raise Refused([plain("E-BATCH", f"一次最多打印{MOST}份，请分几次打印。")])
    if open_ones.count() != len(wanted):
        raise Refused([plain("E-STATE", "所选协议中有已提交或不能打印的，请刷新后重新选择。")])
    run = PrintRun.objects.create(organization=by.organization, form=form, papers=len(wanted), asked_by=by)
    _promise(run, wanted, size=_size_of_parts(len(wanted)))
    return run


@transaction.atomic
def merge_papers(agreements: Sequence[int], *, by: Membership) -> MergeRun:
    """Promise what is kept of these agreements in one file, by filing number. Raises Refused for none, or too many."""
    wanted = list(dict.fromkeys(agreements))
    try:
        pdf.uncovered("")
    except pdf.Unavailable as missing:
        raise Refused([plain("E-PDF", str(missing))]) from None
    known = Agreement.objects.visible_to(by).filter(pk__in=wanted[: merging.MOST + 1])
    known = known.exclude(status__in=AgreementStatus.at_home)
    require(
        None if wanted else plain("E-BATCH", "请选择要合并打印的协议。", article="四（二）"),
        plain("E-BATCH", f"一次最多合并{merging.MOST}件，请分几次。", article="四（二）")
        if len(wanted) > merging.MOST
        else plain("E-STATE", "所选协议中有草稿或已不存在的，请刷新后重新选择。", article="四（二）")
        if known.count() != len(wanted)
        else None,
    )
    run = MergeRun.objects.create(
        organization=by.organization, purpose=Purpose.PAPERS, form=PrintForm.ONE_FILE, papers=len(wanted), asked_by=by
    )
    _promise(PrintRun.objects.get(pk=run.pk), merging.in_order(known), size=merging.AT_ONCE)
    return run


def _promise(run: PrintRun, wanted: Sequence[int], *, size: int) -> None:
    by = run.asked_by
    PrintPart.objects.bulk_create(
        PrintPart(run=run, number=number, agreements=wanted[start : start + size])
        for number, start in enumerate(range(0, len(wanted), size))
    )
    verb, counted = TOLD[Purpose(run.purpose)]
    audit.record(f"{verb}.asked", run, by=by, after={counted: run.papers})
    outbox.add_all(*[(LAY_OUT, {"run_id": run.pk})] * min(LANES, run.parts.count()))


def _size_of_parts(wanted: int) -> int:
    """So large that each worker gets as many, and no part is larger than one delivery takes; few share their fonts."""
    rounds = ceil(wanted / (LANES * AT_ONCE))
    return max(ceil(wanted / (LANES * rounds)), AT_LEAST)


@transaction.atomic
def lay_out_next(run: PrintRun, *, on: date) -> None:
    """Lay out the next part that nobody lays out, and promise the rest; the last one puts them together.

    A delivery that is killed has told nothing, and what it wrote is swept away after a day.
    """
    run = PrintRun.objects.select_related("asked_by").get(pk=run.pk)
    waiting = run.parts.filter(is_done=False).order_by("number")
    part = waiting.select_for_update(skip_locked=True, of=("self",)).first()
    if part is not None:
        lay_out = merging.laid_out if run.purpose == Purpose.PAPERS else _laid_out
        part.told, made = lay_out(part, run, on=on)
        part.path = _keep(made, run.form) if made else ""
        part.is_done = True
        part.save(update_fields=["told", "path", "is_done"])
    # Held only from here on: of two deliveries that end at once the second sees that nothing is left.
    run = PrintRun.objects.select_for_update(of=("self",)).select_related("asked_by").get(pk=run.pk)
    if waiting.exists():
        if part is not None:
            outbox.add(LAY_OUT, run_id=run.pk)
    elif run.is_busy:
        _finish(run)


def _laid_out(part: PrintPart, run: PrintRun, *, on: date) -> tuple[list[dict[str, Any]], bytes]:
    by = run.asked_by
    if not Membership.objects.active(on=on).filter(pk=by.pk).exists():
        return [line(pk, message=GONE) for pk in part.agreements], b""
    mine = Agreement.objects.dispatched_by(by).filter(pk__in=part.agreements)
    held = {one.pk: one for one in hold_all([*mine.values_list("pk", flat=True)])}
    prefetch_related_objects([*held.values()], *PRINTED)
    in_force = PolicyPack.in_force(on=on)
    ready: list[tuple[Agreement, str, PolicyPack]] = []
    told = {}
    for pk in part.agreements:
        agreement = held.get(pk)
        try:
            if agreement is None:
                raise Refused([plain("E-STATE", "草稿已删除。")])
            pack = require_ready(agreement, on=on, in_force=in_force)
            if finding := documents.unprintable(agreement):
                raise Refused([finding])
            ready.append((agreement, token_of(agreement), pack))
        except Refused as refusal:
            told[pk] = line(pk, name=str(agreement.specialist) if agreement else "", message=str(refusal))
    texts = texts_of([agreement for agreement, _, _ in ready])
    groups = [[one] for one in ready] if run.form == PrintForm.ZIP else [ready] if ready else []
    files: list[tuple[str, bytes]] = []
    while groups:
        group = groups.pop(0)
        try:
            data, pages = documents.agreement_pdfs(group, texts=texts)
        except Refused as refusal:  # a name that no font can draw: the others are laid out without it
            if len(group) > 1:
                groups = [[one] for one in group]
            else:
                [(agreement, _, _)] = group
                words = refusal.words
                told[agreement.pk] = line(agreement.pk, name=str(agreement.specialist), message=words)
            continue
        for (agreement, token, _), count in zip(group, pages, strict=True):
            text = texts[agreement.pk]
            paper = tell_printed(agreement, token=token, text=text, data=data, pages=count, by=by)
            told[agreement.pk] = line(
                agreement.pk,
                code=str(paper),
                name=str(agreement.specialist),
                pages=count,
                host=str(agreement.host),
                team=agreement.team_name,
            )
        files.append((f"{told[group[0][0].pk]['code']} {group[0][0].specialist}", data))
    return [told[pk] for pk in part.agreements], _as_one(files, run.form)


def _as_one(files: list[tuple[str, bytes]], form: str) -> bytes:
    if not files:
        return b""
    if form == PrintForm.ZIP:
        return _zipped(files)
    return files[0][1] if len(files) == 1 else pdf.one_behind_another([(data, []) for _, data in files])


def _finish(run: PrintRun) -> None:
    parts = [part for part in run.parts.order_by("number") if part.path]
    if parts:
        read = [(_bytes_at(part.path), [one for one in part.told if one["pages"]]) for part in parts]
        made = _zipped_with_contents(run, read) if run.form == PrintForm.ZIP else contents.bound(run, read)
        run.path = _keep(made, run.form)
    run.made_at = now()
    run.save(update_fields=["path", "made_at"])
    refused = sum(1 for one in run.told if not one["pages"])
    verb, counted = TOLD[Purpose(run.purpose)]
    audit.record(f"{verb}.made", run, by=run.asked_by, after={counted: run.papers - refused, "refused": refused})


def _zipped_with_contents(run: PrintRun, read: Sequence[tuple[bytes, list[dict[str, Any]]]]) -> bytes:
    first = contents.contents_pdf(run, [one for _, lines in read for one in lines])
    return _zipped([(contents.NAME, first), *(file for data, _ in read for file in _unzipped(data))])


def file_of(run: PrintRun) -> bytes | None:
    """What was made, while it is there: a day."""
    return _bytes_at(run.path) if run.path and default_storage.exists(run.path) else None


def _keep(data: bytes, ending: str) -> str:
    token = secrets.token_hex(16)
    return str(default_storage.save(f"{token[:2]}/{token}.{ending}", ContentFile(data)))


def _bytes_at(path: str) -> bytes:
    with default_storage.open(path) as stored:
        data: bytes = stored.read()
    return data


def _zipped(named: Sequence[tuple[str, bytes]]) -> bytes:
    return archives.packed([(clean_file_name(name, "pdf"), data) for name, data in named])


def _unzipped(data: bytes) -> list[tuple[str, bytes]]:
    """Of an archive made here."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return [(info.filename, archive.read(info)) for info in archive.infolist()]
