"""Putting the papers of numbered items together, some items in each delivery, and filling the boxes.

What is killed in between has kept nothing, and goes on where it was.
"""

from collections.abc import Sequence

from django.db import transaction
from django.utils.timezone import now

from accounts.models import Membership
from agreements.archiving import queries
from agreements.archiving.models import ArchivedPaper, ArchiveItem, ArchiveLine, ArchiveYear
from agreements.kept import Paper, papers_of
from core import files, outbox, pdf
from core.models import StoredFile
from core.policy import Finding, Refused, plain

AT_ONCE = 20  # items that one delivery puts together
LANES = 2  # deliveries that do so at the same time
ASSEMBLE = "agreements.tasks.assemble_archive"
LOST = {"missing": "文件不在存储中", "changed": "文件内容与登记的校验值不符"}


def hold(archive: ArchiveYear) -> ArchiveYear:
    held = ArchiveYear.objects.select_for_update(of=("self",)).select_related("prepared_by__person")
    return held.get(pk=archive.pk)


def is_busy(archive: ArchiveYear) -> bool:
    return archive.items.filter(assembled_at=None).exists()


def require_assembled(archive: ArchiveYear) -> None:
    """Raises Refused (E-STATE) before its papers are put together: pages and boxes are not known."""
    if not archive.is_closed:
        raise Refused([plain("E-STATE", f"{archive.year}年度还没有归档。")])
    if is_busy(archive):
        raise Refused([plain("E-STATE", "归档材料还在整理，请稍后再试。")])


def can_print() -> Finding | None:
    try:
        pdf.uncovered("")
    except pdf.Unavailable as missing:
        return plain("E-PDF", str(missing))
    return None


def promise(archive: ArchiveYear) -> None:
    lanes = min(LANES, -(-archive.items.filter(assembled_at=None).count() // AT_ONCE))
    outbox.add_all(*[(ASSEMBLE, {"archive_id": archive.pk})] * lanes)


@transaction.atomic
def assemble_next(archive: ArchiveYear) -> None:
    """Put the next items together that nobody puts together, and promise the rest; the last delivery fills the boxes.

    A delivery that is killed has kept nothing, and its items are taken up again.
    """
    waiting = ArchiveItem.objects.filter(archive=archive, assembled_at=None).order_by("pk")
    items = list(waiting.select_for_update(skip_locked=True, of=("self",))[:AT_ONCE])
    _assemble(items, by=archive.closed_by)
    # Held only from here on: of two deliveries that end at once the second sees that nothing is left.
    archive = hold(archive)
    if waiting.exists():
        if items:
            outbox.add(ASSEMBLE, archive_id=archive.pk)
    else:
        _fill_boxes(archive)


def _assemble(items: Sequence[ArchiveItem], *, by: Membership | None) -> None:
    assert by
    lines = ArchiveLine.objects.filter(item__in=items).select_related("agreement").order_by("pk")
    agreements = {line.agreement_id: line.agreement for line in lines}
    by_item: dict[int, list[int]] = {}
    for line in lines:
        by_item.setdefault(line.item_id, []).append(line.agreement_id)
    papers = papers_of([*agreements.values()], by=by)
    fresh = {one.source for one in queries.not_archived(one for rows in papers.values() for one in rows)}
    for item in items:
        kept: list[ArchivedPaper] = []
        lacking = []
        for paper in (one for pk in by_item[item.pk] for one in papers[pk] if one.source in fresh):
            outbox.still_here()
            if why := damage_of(paper):
                lacking.append(f"{agreements[paper.agreement]}的{paper.title}没有归档：{why}。")
                continue
            try:
                file = paper.file or _drawn(paper, by=by)
            except Refused as refusal:
                lacking.append(f"{agreements[paper.agreement]}的{paper.title}没有归档：{refusal.words}")
                continue
            kept.append(
                ArchivedPaper(
                    item=item,
                    number=len(kept) + 1,
                    agreement_id=paper.agreement,
                    source=paper.source,
                    title=paper.title,
                    file=file,
                )
            )
        ArchivedPaper.objects.bulk_create(kept)
        item.pages = sum(paper.file.pages for paper in kept)
        item.lacking = "".join(lacking) or ("" if kept else "没有可以归档的材料。")
        item.assembled_at = now()
        item.save(update_fields=["pages", "lacking", "assembled_at"])


def damage_of(paper: Paper) -> str:
    """What has become of its bytes, in words."""
    return LOST.get(files.damage(paper.file), "") if paper.file else ""


def _drawn(paper: Paper, *, by: Membership) -> StoredFile:
    """What is drawn whenever somebody reads it, such as a letter: the archive keeps the one that it took."""
    data = paper.drawn()
    return files.keep(
        data, name=f"{paper.title}.pdf", kind="pdf", pages=pdf.pages_of(data), purpose="archived-paper", by=by
    )


def _fill_boxes(archive: ArchiveYear) -> None:
    """盒号: in the order of the numbers, a box until its pages are full. What lies in one stays there."""
    assert archive.box_pages
    filled: list[ArchiveItem] = []
    box, pages, retention = 0, 0, ""
    for item in ArchiveItem.objects.filter(archive=archive).order_by("retention", "number"):
        assert item.pages is not None
        if item.retention != retention:
            box, pages, retention = 1, 0, item.retention
        elif (item.box is not None and item.box > box) or (item.box is None and pages + item.pages > archive.box_pages):
            box, pages = box + 1, 0
        pages += item.pages
        if item.box is None:
            item.box = box
            filled.append(item)
    ArchiveItem.objects.bulk_update(filled, ["box"], batch_size=500)
