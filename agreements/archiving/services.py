"""归档: arranging a year, checking and closing it, and what comes to it later.

The numbers are given when the year is closed, all in one transaction; the papers are put together afterwards by the
worker (assembling).
"""

from collections.abc import Sequence
from datetime import date

from django.db import transaction

from accounts.models import Membership
from agreements.archiving import assembling, queries
from agreements.archiving.assembling import hold
from agreements.archiving.models import ArchiveItem, ArchiveLine, ArchiveYear
from agreements.archiving.plan import archival_code, plan_of
from agreements.archiving.queries import File, Preview
from agreements.kept import Paper, papers_of
from agreements.models import Agreement
from core import audit, notify
from core.notify import Reader
from core.policy import Finding, plain, require


@transaction.atomic
def prepare_archive(year: int, *, by: Membership, on: date, note: str = "") -> ArchiveYear:
    """整理: say that a year is ready to be archived; `note` (情况说明) says what is missing and why.

    May be said anew until the year is closed, also by somebody else. Raises Refused: E-STATE for a year that is not
    over, is closed or has nothing, E-FIELD without a note where something is missing.
    """
    said = {"prepared_by": by, "prepared_on": on, "note": note.strip()}
    require(_is_over(year, on=on))
    archive, _ = ArchiveYear.objects.get_or_create(year=year, defaults=said)  # gone again with a refusal
    archive = hold(archive)
    require(_is_open(archive))
    seen = queries.preview(year)
    require(_has_something(seen, year), _says_what_is_missing(seen, note.strip()))
    for name, value in said.items():
        setattr(archive, name, value)
    archive.save(update_fields=[*said])
    audit.record("archive.prepared", archive, by=by, after={"items": len(seen.files), "note": archive.note})
    notify.tell(
        queries.checkers(archive, on=on),
        occasion=f"archive-prepared:{archive.pk}:{on}",
        subject=f"{year}年度协议归档待检查",
        body=f"{by.person}已整理{year}年度备案协议，共{len(seen.files)}件，请检查并归档。",
        link=archive.get_absolute_url(),
    )
    return archive


@transaction.atomic
def close_archive(archive: ArchiveYear, *, by: Membership, on: date) -> ArchiveYear:
    """检查并归档: every person's file of the year gets its 档号 for ever; the worker puts the papers together.

    Raises Refused: E-TWO-PEOPLE for who arranged it, E-STATE for what is closed or has nothing, E-FIELD where something
    is missing by now and the note does not say so, E-PDF where no paper can be printed.
    """
    archive = hold(archive)  # of two who close it at once the second finds it closed
    require(
        _is_open(archive),
        plain("E-TWO-PEOPLE", "归档由整理人以外的人员检查，整理人和检查人不能是同一人。")
        if archive.prepared_by.person_id == by.person_id
        else None,
    )
    seen = queries.preview(archive.year)
    require(
        _has_something(seen, archive.year), _says_what_is_missing(seen, archive.note), _can_be_drawn(seen.files, by=by)
    )
    plan = plan_of(on=on)
    archive.closed_by, archive.closed_on = by, on
    frozen = ("fonds", "office", "office_name", "box_pages")
    for name in frozen:
        setattr(archive, name, getattr(plan, name))
    archive.save(update_fields=["closed_by", "closed_on", *frozen])
    items = _give_numbers(archive, [(file, plan.retention_of(file.statuses), None) for file in seen.files], on=on)
    audit.record("archive.closed", archive, by=by, after={"items": len(items), "filings": seen.agreements})
    notify.tell(
        [Reader(archive.prepared_by.person)],
        occasion=f"archive-closed:{archive.pk}",
        subject=f"{archive.year}年度协议已归档",
        body=f"{by.person}检查并归档了{archive.year}年度备案协议，共{len(items)}件，可以打印归档文件目录和备考表。",
        link=archive.get_absolute_url(),
    )
    assembling.promise(archive)
    return archive


@transaction.atomic
def supplement_archive(archive: ArchiveYear, *, by: Membership, on: date) -> list[ArchiveItem]:
    """补充归档: what came to a closed year stands behind its numbers, and none of them changes.

    Raises Refused (E-STATE) for a year that is not closed or still being put together, and where nothing has come.
    """
    archive = hold(archive)  # two officers at once would archive the same papers under two numbers
    require(
        None if archive.is_closed else plain("E-STATE", f"{archive.year}年度还没有归档，请先整理、检查并归档。"),
        plain("E-STATE", "归档材料还在整理，请稍后再补充。") if assembling.is_busy(archive) else None,
    )
    come = queries.later(archive, by=by)
    papers = {
        item: good
        for item, rows in come.papers.items()
        if (good := [one for one in rows if not assembling.damage_of(one)])
    }
    require(
        None
        if come.files or papers
        else plain("E-STATE", f"{archive.year}年度归档后没有新增的协议和材料，不需要补充。"),
        _can_be_drawn(come.files, [one for rows in papers.values() for one in rows], by=by),
    )
    plan = plan_of(on=on)
    made = _give_numbers(archive, [(file, plan.retention_of(file.statuses), None) for file in come.files], on=on)
    made += _give_numbers(archive, [(_file_of(rows), item.retention, item) for item, rows in papers.items()], on=on)
    audit.record("archive.supplemented", archive, by=by, after={"items": len(made)})
    assembling.promise(archive)
    return made


def _is_over(year: int, *, on: date) -> Finding | None:
    over = 2000 <= year < on.year
    return None if over else plain("E-STATE", f"{year}年度尚未结束，{year + 1}年1月1日起可以归档。", field="year")


def _is_open(archive: ArchiveYear) -> Finding | None:
    if not archive.is_closed:
        return None
    return plain("E-STATE", f"{archive.year}年度已由{archive.closed_by}归档，新增的材料请用“补充归档”。")


def _has_something(seen: Preview, year: int) -> Finding | None:
    return None if seen.files else plain("E-STATE", f"{year}年度没有需要归档的备案协议。", field="year")


def _says_what_is_missing(seen: Preview, note: str) -> Finding | None:
    """DA/T 22—2015: the 备考表 tells what is damaged, missing or added."""
    if not seen.is_lacking or note:
        return None
    named = [
        f"{len(rows)}件没有{what}（{'、'.join(map(str, rows[:5]))}{'等' if len(rows) > 5 else ''}）"
        for rows, what in ((seen.without_scan, "签章扫描件"), (seen.without_certificate, "备案证明"))
        if rows
    ]
    return plain("E-FIELD", f"{'，'.join(named)}。请先补齐，或在情况说明中写明原因。", field="note")


def _can_be_drawn(files: Sequence[File], more: Sequence[Paper] = (), *, by: Membership) -> Finding | None:
    """Some papers are drawn when they are archived: said now, not to a worker that nobody reads."""
    papers = papers_of([one for file in files for one in file.agreements], by=by)
    drawn = any(paper.file is None for rows in (*papers.values(), more) for paper in rows)
    return assembling.can_print() if drawn else None


# --- numbers ----------------------------------------------------------------------------------------------------------


def _file_of(papers: Sequence[Paper]) -> File:
    agreements = Agreement.objects.filter(pk__in={paper.agreement for paper in papers}).select_related(*queries.RELATED)
    [file] = queries.files_of(agreements)
    return file


def _give_numbers(
    archive: ArchiveYear, wanted: Sequence[tuple[File, str, ArchiveItem | None]], *, on: date
) -> list[ArchiveItem]:
    """The next 件号 of each 保管期限, from 1 and without gaps; the year is held, so nobody else gives any."""
    last = {
        retention: ArchiveItem.objects.filter(archive=archive, retention=retention).count()
        for retention in {retention for _, retention, _ in wanted}
    }
    made = []
    for file, retention, supplements in wanted:
        last[retention] += 1
        code = archival_code(
            fonds=archive.fonds,
            office=archive.office,
            year=archive.year,
            retention=retention,
            number=last[retention],
        )
        # A title of one's own making stands in brackets (DA/T 22—2015, 5.5).
        kind = "补充材料" if supplements else "备案材料"
        item = ArchiveItem(
            archive=archive,
            retention=retention,
            number=last[retention],
            code=code,
            supplements=supplements,
            title=f"[{file.name}{archive.year}年科技特派员派驻服务三方协议{kind}]",
            responsible=file.parties,
            document_numbers=file.numbers,
            dated=file.day,
            added_on=on,
        )
        made.append(item)
    ArchiveItem.objects.bulk_create(made)
    ArchiveLine.objects.bulk_create(
        ArchiveLine(item=item, agreement=agreement, is_first=item.supplements_id is None)
        for item, (file, _, _) in zip(made, wanted, strict=True)
        for agreement in file.agreements
    )
    return made
