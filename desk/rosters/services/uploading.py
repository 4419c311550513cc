"""Steps 2 and 3: a workbook comes in, and its columns are named."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts.models import Membership
from core import audit, outbox, workbooks
from core.models import PolicyPack
from core.policy import Finding, Refused, plain
from core.stale import refuse_stale
from core.workbooks import Peeked
from desk.enums import Kind, RosterStatus
from desk.rosters import headings, queries
from desk.rosters.columns import columns_of, group_of, plain_heading
from desk.rosters.headings import Guess
from desk.rosters.models import RosterBatch, RosterHeading
from desk.rosters.services.common import READ, held, note, require_move

PURPOSE = "roster"


@transaction.atomic
def open_batch(
    upload: UploadedFile, *, kind: Kind, by: Membership, on: date, terms: Mapping[str, Any] | None = None
) -> RosterBatch:
    """Take a workbook in and guess its sheet, heading and columns; nothing is read into the register.

    `terms` are the year, days and 文号 of a provincial list. Raises Refused for what is no workbook that can be read.
    """
    stored, sheets = workbooks.receive(upload, by=by, purpose=PURPOSE)
    batch = RosterBatch(
        kind=kind,
        organization=by.organization,
        year=(terms or {}).get("year") or PolicyPack.in_force(on=on).setting("registration.call_year"),
        file=stored,
        uploaded_by=by,
        terms={name: value.isoformat() if isinstance(value, date) else value for name, value in (terms or {}).items()},
        notes=_notes_of(sheets),
    )
    found = headings.guess(sheets, kind, queries.remembered(by.organization_id, kind))
    _take(batch, found, sheets)
    batch.notes += _looks_like_another(sheets, kind, found, by=by)
    batch.save()
    audit.record("roster.uploaded", batch, by=by, after={"file": stored.name, "sheet": batch.sheet})
    return batch


def _take(batch: RosterBatch, found: Guess | None, sheets: Sequence[Peeked]) -> None:
    if found is None:
        batch.place = next((sheet.place for sheet in sheets if not sheet.hidden), 0)
        batch.heading, batch.words, batch.mapping, batch.notes_column = 0, {}, {}, 0
    else:
        batch.place, batch.heading, batch.notes_column = found.place, found.row, found.notes_column
        batch.words = {str(column): words for column, words in found.words.items()}
        batch.mapping = {str(column): key for column, key in found.mapping.items()}
    batch.sheet = next((sheet.title for sheet in sheets if sheet.place == batch.place), "")


def _notes_of(sheets: Sequence[Peeked]) -> list[dict[str, str]]:
    hidden = [sheet.title for sheet in sheets if sheet.hidden]
    if not hidden:
        return []
    return [note("info", f"工作簿中有隐藏的工作表，未读取：{'、'.join(hidden)}。")]


def _looks_like_another(
    sheets: Sequence[Peeked], kind: Kind, found: Guess | None, *, by: Membership
) -> list[dict[str, str]]:
    """A roster of teams brought as one of people: what it needs is not there, but all that the other needs."""

    def is_whole(guess: Guess | None, of: Kind) -> bool:
        return guess is not None and group_of(of).required <= set(guess.mapping.values())

    if is_whole(found, kind):
        return []
    others = [one for one in queries.kinds_for(by.role) if one != kind]
    fitting = [one.label for one in others if is_whole(headings.guess(sheets, one, {}), one)]
    return [note("warn", f"这份表像是{words}，请从“导入{words}”上传。") for words in fitting]


@transaction.atomic
def look_again(batch: RosterBatch, *, by: Membership, version: int, place: int, heading: int) -> RosterBatch:
    """Take another sheet, or another row for the heading, and guess the columns anew. Raises Refused, Stale."""
    batch = held(batch)
    refuse_stale(batch, version=version, typed={})
    require_move(batch, RosterStatus.UPLOADED)
    sheets = workbooks.peek(workbooks.bytes_of(batch.file))
    sheet = next((one for one in sheets if one.place == place and not one.hidden), None)
    if sheet is None:
        raise Refused([plain("E-FIELD", "请选择一个未隐藏的工作表。", field="place")])
    remembered = queries.remembered(by.organization_id, batch.kind)
    found = headings.guess_in(sheet, Kind(batch.kind), remembered, row=heading or None)
    if found is None:
        raise Refused([plain("E-FIELD", "这一行没有可以作为表头的文字，请核对行号。", field="heading")])
    _take(batch, found, sheets)
    batch.status, batch.version = RosterStatus.UPLOADED, batch.version + 1
    batch.save()
    return batch


@transaction.atomic
def name_columns(
    batch: RosterBatch, *, by: Membership, on: date, version: int, mapping: Mapping[int, str]
) -> RosterBatch:
    """Say what each column means, remember it for the unit's next roster, and have the rows read and checked.

    Raises Refused when a column that nothing can do without has no place or two columns mean the same, Stale when
    somebody else went on with the batch.
    """
    batch = held(batch)
    refuse_stale(batch, version=version, typed={})
    require_move(batch, RosterStatus.CHECKING)
    kind = Kind(batch.kind)
    chosen = {column: key for column, key in mapping.items() if key and str(column) in batch.words}
    found = [*_mapping_findings(chosen, kind)]
    if found:
        raise Refused(found)
    for column, words in batch.words.items():
        heading = plain_heading(words)[:60]
        key = chosen.get(int(column), "")
        if heading and group_of(kind).keys.get(heading, "") != key:
            RosterHeading.objects.update_or_create(
                organization=batch.organization, kind=kind, heading=heading, defaults={"key": key}
            )
        elif heading:
            RosterHeading.objects.filter(organization=batch.organization, kind=kind, heading=heading).delete()
    batch.mapping = {str(column): key for column, key in chosen.items()}
    batch.status, batch.version, batch.judged_on = RosterStatus.CHECKING, batch.version + 1, on
    batch.rows = batch.checked = batch.done = 0
    batch.counts = {}
    batch.save()
    batch.lines.all().delete()
    named = [
        f"{words}→{columns_of(kind)[chosen[int(column)]].label}" if int(column) in chosen else f"{words}→不导入"
        for column, words in sorted(batch.words.items(), key=lambda item: int(item[0]))
    ]
    audit.record("roster.mapped", batch, by=by, after={"sheet": batch.sheet, "columns": "；".join(named)})
    outbox.add(READ, batch_id=batch.pk)
    return batch


def _mapping_findings(chosen: Mapping[int, str], kind: Kind) -> Iterator[Finding]:
    known = columns_of(kind)
    taken: dict[str, int] = {}
    for column, key in sorted(chosen.items()):
        if key not in known:
            yield plain("E-FIELD", "所选的内容不在可选范围内，请重新选择。", field=f"column-{column}")
        elif key in taken:
            first = headings.letter(taken[key])
            yield plain(
                "E-FIELD", f"“{known[key].label}”已对应{first}列，一项内容只能对应一列。", field=f"column-{column}"
            )
        else:
            taken[key] = column
    if lacking := [column.label for column in known.values() if column.required and column.key not in taken]:
        yield plain("E-COMPLETE", f"还没有对应：{'、'.join(lacking)}。没有这些列无法导入。")
