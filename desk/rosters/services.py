"""Every change to a roster on its way into the register, and what it changes there.

A roster is read, checked and applied by tasks that may be killed and are then asked again: what one delivery does
stands in one transaction, and the row of the batch is the gate to it. Applying calls the services that a single form
calls; nothing is written here that they do not write.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Count, Q, QuerySet
from django.utils.timezone import localdate, localtime, now

from accounts.enums import HostType, InstitutionType
from accounts.models import District, HostUnit, Institution, Membership
from accounts.services import HostFacts, UnitFacts, create_host
from agreements.cases import persons_filed
from agreements.models import Agreement
from agreements.services import default_end, discard_draft, draft_agreement
from core import audit, outbox, workbooks
from core.models import AuditEvent, PolicyPack
from core.notify import Reader, tell
from core.policy import Finding, Refused, plain
from core.stale import refuse_stale
from core.workbooks import Cell, Peeked
from desk.enums import Kind, Mode, Outcome, RosterStatus, Verdict
from desk.rosters import checking, cleaning, headings, queries, teams
from desk.rosters.checking import Line, PeopleCheck, ProvincialCheck, Setting
from desk.rosters.cleaning import DATES
from desk.rosters.columns import columns_of, group_of, plain_heading
from desk.rosters.headings import Guess, Reading
from desk.rosters.models import RosterBatch, RosterHeading, RosterRow
from specialists import rules as person_rules
from specialists.enums import Category, Form
from specialists.models import ProvincialListEntry, Registration, Specialist, Team
from specialists.rules import Tally, planned
from specialists.services import (
    CONTENT,
    PERSONAL,
    add_provincial_entry,
    discard_provincial_entry,
    discard_registration,
    register_specialist,
)
from specialists.teams import discard_team

CHUNK = 1_000  # rows that one delivery checks
APPLIED_AT_ONCE = 100  # rows that one delivery applies when each stands for itself
MOST_AT_ONCE = 5_000  # rows of one transaction: a worker's task is ended after ten minutes
PURPOSE = "roster"
SHOWN_ROWS = 20  # row numbers that one note lists

READ = "desk.tasks.read_roster"
CHECK = "desk.tasks.check_roster"
APPLY = "desk.tasks.apply_roster"


# --- 2 上传 -----------------------------------------------------------------------------------------------------------


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
    return [_note("info", f"工作簿中有隐藏的工作表，未读取：{'、'.join(hidden)}。")]


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
    return [_note("warn", f"这份表像是{words}，请从“导入{words}”上传。") for words in fitting]


def _note(level: str, message: str) -> dict[str, str]:
    return {"level": level, "message": message}


# --- 3 列对应 ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def look_again(batch: RosterBatch, *, by: Membership, version: int, place: int, heading: int) -> RosterBatch:
    """Take another sheet, or another row for the heading, and guess the columns anew. Raises Refused, Stale."""
    batch = _held(batch)
    refuse_stale(batch, version=version, typed={})
    _require(batch, RosterStatus.UPLOADED)
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
    batch = _held(batch)
    refuse_stale(batch, version=version, typed={})
    _require(batch, RosterStatus.CHECKING)
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


# --- 4 校验 -----------------------------------------------------------------------------------------------------------


@transaction.atomic
def read_rows(batch: RosterBatch) -> None:
    """Put the rows of the sheet into the staging table; a batch that is past this is left as it is."""
    batch = _held(batch)
    if batch.status != RosterStatus.CHECKING or batch.rows:
        return
    guessed = _guessed(batch)
    reading = Reading()
    try:
        table = workbooks.table(batch.file, place=batch.place)
    except Refused as refusal:
        batch.status = RosterStatus.UPLOADED
        batch.notes = [_note("block", finding.message) for finding in refusal.findings]
        batch.version += 1
        batch.save()
        return
    rows: list[RosterRow] = []
    count = 0
    for number, cells in headings.people(table.lines, guessed, reading, merged=table.merged):
        said = {key: [cell.kind, cell.text, cell.made] for key, cell in cells.items()}
        rows.append(RosterRow(batch=batch, number=number, cells=json.dumps(said, ensure_ascii=False)))
        count += 1
        if len(rows) >= CHUNK:
            RosterRow.objects.bulk_create(rows)
            rows.clear()
    RosterRow.objects.bulk_create(rows)
    batch.rows = count
    kept = [note for note in batch.notes if "隐藏的工作表" in note["message"]]
    batch.notes = [*kept, *_reading_notes(reading, guessed, table.hidden_columns)]
    if not count:
        batch.status, batch.version = RosterStatus.UPLOADED, batch.version + 1
        batch.notes.append(_note("block", f"表头（第{batch.heading}行）下面没有人员。请核对工作表和表头行。"))
        batch.save()
        return
    batch.save()
    outbox.add(CHECK, batch_id=batch.pk)
    if count <= CHUNK:
        check_rows(batch)


def _reading_notes(reading: Reading, guessed: Guess, hidden_columns: Iterable[int]) -> Iterator[dict[str, str]]:
    if reading.hidden:
        yield _note(
            "warn", f"第{_numbers(reading.hidden)}行在表中是隐藏的，已一并读取。不需要导入的，请删除后重新上传。"
        )
    if hidden := [headings.letter(column) for column in hidden_columns if column in guessed.mapping]:
        yield _note("warn", f"{'、'.join(hidden)}列在表中是隐藏的，已按列对应读取。")
    if reading.left_out:
        yield _note("info", f"第{_numbers(reading.left_out)}行是合计、签字、说明或重复的表头，没有作为人员读取。")
    if reading.merged:
        yield _note("info", f"有{reading.merged}个单元格取自合并单元格。")
    if guessed.unknown:
        yield _note("info", f"没有对应、不会导入的列：{'、'.join(guessed.unknown)}。")


def _numbers(rows: Sequence[int]) -> str:
    words = "、".join(str(number) for number in rows[:SHOWN_ROWS])
    return f"{words}等{len(rows)}" if len(rows) > SHOWN_ROWS else words


def _guessed(batch: RosterBatch) -> Guess:
    return Guess(
        batch.place,
        batch.heading,
        {int(column): words for column, words in batch.words.items()},
        {int(column): key for column, key in batch.mapping.items()},
    )


@transaction.atomic
def check_rows(batch: RosterBatch) -> None:
    """Check the next rows that are not checked yet, and promise the rest; the last ones close the check."""
    batch = _held(batch)
    if batch.status != RosterStatus.CHECKING:
        return
    rows = [*batch.lines.filter(verdict="").order_by("number")[:CHUNK]]
    if rows and Kind(batch.kind) == Kind.TEAMS:
        rows = [*batch.lines.filter(verdict="").order_by("number")]  # a team is judged whole
    if rows:
        _check(batch, rows)
        batch.checked += len(rows)
    if batch.checked < batch.rows:
        batch.save(update_fields=["checked"])
        outbox.add(CHECK, batch_id=batch.pk)
        return
    _recount(batch)
    batch.notes = [*(note for note in batch.notes if note.get("code") != "W-QUOTA"), *_plan_notes(batch)]
    batch.status, batch.version = RosterStatus.CHECKED, batch.version + 1
    batch.save(update_fields=["checked", "counts", "notes", "status", "version"])
    audit.record("roster.checked", batch, by=None, after={"rows": batch.rows, "counts": counted_words(batch)})


def _plan_notes(batch: RosterBatch) -> Iterator[dict[str, str]]:
    """R15–R17: what the rule of the yearly plan says of each category that the roster brings, once."""
    if batch.kind != Kind.PEOPLE:
        return
    entry = setting_of(batch).pack.entry("W-QUOTA")
    groups = batch.lines.exclude(verdict=Verdict.BLOCK).exclude(group="").values_list("group", flat=True)
    for category in map(Category, sorted(set(groups))):
        tally = Tally(persons_filed(batch.year, category), planned(entry, category), "已备案")
        if finding := person_rules.within_the_plan(entry, category=category, year=batch.year, tally=tally):
            yield {**_note(finding.level.value, f"{finding}"), "code": finding.code}


def _check(batch: RosterBatch, rows: Sequence[RosterRow]) -> None:
    setting = setting_of(batch)
    pack = setting.pack
    known = cleaning.Known(
        on=setting.on,
        ages=(pack.setting("registration.min_age"), pack.setting("registration.max_age")),
        districts=queries.districts(),
    )
    lines = []
    for row in rows:
        cells = {key: Cell(*said) for key, said in json.loads(row.cells).items()}
        lines.append(Line(row.number, cells, cleaning.clean_row(cells, setting.kind, known)))
    CHECKS[setting.kind](batch, setting, lines)
    for row, line in zip(rows, lines, strict=True):
        row.values = json.dumps(line.values, ensure_ascii=False, default=str)
        row.verdict, row.findings = line.verdict, line.findings
        row.id_digest, row.group, row.host_code = line.digest, line.group, line.host_code
        row.starts_on, row.ends_on = line.start, line.end
    queries.keep_checked(rows)


def setting_of(batch: RosterBatch) -> Setting:
    on = batch.judged_on or localdate()
    institution = Institution.objects.filter(pk=batch.organization_id).first()
    return Setting(
        kind=Kind(batch.kind),
        organization_id=batch.organization_id,
        institution_type=InstitutionType(institution.type) if institution else None,
        own_code=batch.organization.uscc or "",
        own_name=batch.organization.name,
        year=batch.year,
        on=on,
        pack=PolicyPack.in_force(on=on),
        columns={key: int(column) for column, key in batch.mapping.items()},
    )


def _check_people(batch: RosterBatch, setting: Setting, lines: Sequence[Line]) -> None:
    for line in lines:
        checking.fill_in(line, setting, lambda day: default_end(day, setting.pack))
    digests = {line.digest for line in lines} - {""}
    codes = {line.host_code for line in lines} - {""}
    names = {line.values["host_name"] for line in lines if "host_name" in line.values and not line.host_code}
    check = PeopleCheck(
        setting,
        queries.people(digests, organization_id=setting.organization_id, year=setting.year),
        queries.hosts(codes, names),
        queries.rows_before(batch, lines[0].number, digests=digests, codes=codes),
    )
    for line in lines:
        check.check(line)


def _check_provincial(batch: RosterBatch, setting: Setting, lines: Sequence[Line]) -> None:
    digests = {checking.digest_of(line.cleaned) for line in lines} - {""}
    listed = set(
        ProvincialListEntry.objects.filter(year=batch.year, id_digest__in=digests).values_list("id_digest", flat=True)
    )
    before = queries.rows_before(batch, lines[0].number, digests=digests, codes=())
    check = ProvincialCheck(setting, listed, batch.terms, before)
    for line in lines:
        check.check(line)


def _check_teams(batch: RosterBatch, setting: Setting, lines: Sequence[Line]) -> None:
    teams.check(setting, lines)


CHECKS: dict[Kind, Callable[[RosterBatch, Setting, Sequence[Line]], None]] = {
    Kind.PEOPLE: _check_people,
    Kind.TEAMS: _check_teams,
    Kind.PROVINCIAL: _check_provincial,
}


# --- 5 确认导入 -------------------------------------------------------------------------------------------------------


@transaction.atomic
def confirm(batch: RosterBatch, *, by: Membership, version: int, mode: Mode, consent: bool = False) -> RosterBatch:
    """Have the rows applied: all of them or none, or only those nothing is wrong with. `consent`: all have agreed.

    Raises Refused when the choice does not fit what was found, or nothing is left to apply; Stale when somebody else
    went on with the batch, of two clerks who confirm at once the second.
    """
    batch = _held(batch)
    refuse_stale(batch, version=version, typed={})
    _require(batch, RosterStatus.APPLYING)
    blocked = batch.counts.get(Verdict.BLOCK, 0)
    if mode == Mode.ALL and blocked:
        raise Refused(
            [
                plain(
                    "E-ROSTER",
                    f"有{blocked}行不能导入，不能全部导入。请改正后重新上传，或选择只导入没有错误的行。",
                    field="mode",
                )
            ]
        )
    if mode == Mode.ALL and batch.rows > MOST_AT_ONCE:
        words = f"超过{MOST_AT_ONCE}行的名单不能一次全部导入，请选择只导入没有错误的行，或分成几个工作簿。"
        raise Refused([plain("E-ROSTER", words, field="mode")])
    if batch.rows == blocked:
        raise Refused([plain("E-ROSTER", "没有可以导入的行。请下载标注的工作簿，改正后重新上传。", field="mode")])
    batch.status, batch.version = RosterStatus.APPLYING, batch.version + 1
    batch.mode, batch.consent, batch.done = mode, consent, 0
    batch.confirmed_by, batch.confirmed_at = by, now()
    batch.save()
    batch.lines.filter(outcome=Outcome.REFUSED).update(outcome=Outcome.WAITING)
    audit.record(
        "roster.confirmed", batch, by=by, after={"mode": mode.label, "consent": consent, "counts": counted_words(batch)}
    )
    outbox.add(APPLY, batch_id=batch.pk)
    return batch


class _Undone(Exception):
    """One row was refused where all must pass."""

    def __init__(self, unit: "Applied", refusal: Refused) -> None:
        self.unit, self.refusal = unit, refusal


@dataclass
class Applied:
    """What is applied together: one row, or the rows of one team."""

    rows: list[RosterRow]


@transaction.atomic
def apply_rows(batch: RosterBatch) -> None:
    """Apply the rows that wait: everything in this transaction, or, where each stands for itself, the next hundred.

    A delivery that is killed has done nothing; one that comes twice finds nothing waiting. What a service refuses is
    kept on its row; where all must pass, it undoes the rest and the batch waits for a new decision.
    """
    batch = _held(batch)
    if batch.status != RosterStatus.APPLYING:
        return
    waiting = batch.lines.filter(outcome=Outcome.WAITING).exclude(verdict=Verdict.BLOCK)
    units = [*_units(batch, waiting)]
    try:
        with transaction.atomic():
            for unit in units if batch.mode == Mode.ALL else units[:APPLIED_AT_ONCE]:
                _apply_unit(batch, unit)
    except _Undone as undone:
        _refuse(undone.unit, undone.refusal)
        batch.status, batch.version = RosterStatus.CHECKED, batch.version + 1
        batch.mode, batch.confirmed_by, batch.confirmed_at, batch.done = "", None, None, 0
        _recount(batch)
        batch.save()
        audit.record("roster.refused", batch, by=None, after={"rows": [row.number for row in undone.unit.rows]})
        return
    batch.done = batch.lines.filter(outcome=Outcome.APPLIED).count()
    if batch.lines.filter(outcome=Outcome.WAITING).exclude(verdict=Verdict.BLOCK).exists():
        batch.save(update_fields=["done"])
        outbox.add(APPLY, batch_id=batch.pk)
        return
    _finish(batch)


def _units(batch: RosterBatch, waiting: "QuerySet[RosterRow]") -> Iterator[Applied]:
    # In the order of persons, so that two rosters with the same people never wait for each other in a ring.
    if batch.kind != Kind.TEAMS:
        yield from (Applied([row]) for row in waiting.order_by("id_digest", "number"))
        return
    by_team: dict[str, list[RosterRow]] = {}
    for row in waiting.order_by("number"):
        by_team.setdefault(row.group, []).append(row)
    yield from (Applied(rows) for rows in by_team.values())


def _apply_unit(batch: RosterBatch, unit: Applied) -> None:
    try:
        with transaction.atomic():
            APPLIES[Kind(batch.kind)](batch, unit)
    except Refused as refusal:
        if batch.mode == Mode.ALL:
            raise _Undone(unit, refusal) from refusal
        _refuse(unit, refusal)
        return
    for row in unit.rows:
        row.outcome = Outcome.APPLIED
        row.save(update_fields=["outcome", "registration", "agreement", "host", "entry", "team", "is_new"])


def _refuse(unit: Applied, refusal: Refused) -> None:
    """The register has changed since the check: what its services said now stands on the row."""
    for row in unit.rows:
        said = [
            {
                "code": finding.code,
                "level": "block",
                "article": finding.article,
                "title": finding.title,
                "quote": finding.quote,
                "message": finding.message,
                "advice": "校验之后情况有变化，请核对后处理。",
                "key": "",
                "column": "",
                "letter": "",
                "value": "",
            }
            for finding in refusal.findings
        ]
        row.findings = [*row.findings, *said]
        row.verdict, row.outcome = Verdict.BLOCK, Outcome.REFUSED
        row.registration = row.agreement = row.host = row.entry = row.team = None
        row.is_new = False
        row.save()


def counted_words(batch: RosterBatch) -> str:
    """可导入45行，不能导入5行"""
    return "，".join(f"{verdict.label}{batch.counts[verdict]}行" for verdict in Verdict if batch.counts.get(verdict))


def _recount(batch: RosterBatch) -> None:
    counted = dict(batch.lines.values_list("verdict").annotate(n=Count("pk")))
    batch.counts = {verdict.value: counted.get(verdict, 0) for verdict in Verdict}


def _finish(batch: RosterBatch) -> None:
    made = made_by(batch)
    batch.status, batch.version, batch.applied_at = RosterStatus.APPLIED, batch.version + 1, now()
    _recount(batch)
    batch.save()
    audit.record("roster.applied", batch, by=batch.confirmed_by, after={name: n for name, n in made.items() if n})
    assert batch.confirmed_by
    tell(
        [Reader(person=batch.confirmed_by.person)],
        occasion=f"roster.applied:{batch.pk}",
        subject=f"名单{batch}已导入{batch.done}行",
        body=f"{batch.file.name}已导入{batch.done}行。{take_back_hours()}小时内可以整批撤回。",
        link=batch.get_absolute_url(),
    )


def made_by(batch: RosterBatch) -> dict[str, int]:
    """What of the register came of a batch."""
    counted: dict[str, int] = batch.lines.filter(outcome=Outcome.APPLIED).aggregate(
        rows=Count("pk"),
        registrations=Count("registration", filter=Q(is_new=True), distinct=True),
        agreements=Count("agreement", distinct=True),
        hosts=Count("host", distinct=True),
        teams=Count("team", distinct=True),
        entries=Count("entry", distinct=True),
    )
    return counted


# --- applying one row -------------------------------------------------------------------------------------------------


def values_of(row: RosterRow) -> dict[str, Any]:
    values: dict[str, Any] = json.loads(row.values or "{}")
    return {key: date.fromisoformat(value) if key in DATES else value for key, value in values.items()}


def _apply_person(batch: RosterBatch, unit: Applied) -> None:
    [row] = unit.rows
    by, on = _who_and_when(batch)
    values = values_of(row)
    host, row.host = host_for(row.host_code, values, by=by, on=on)
    # Whoever takes the person's registration away at this moment is waited for: what is read then stays.
    list(Specialist.objects.select_for_update(of=("self",)).filter(id_digest=row.id_digest))
    registration = Registration.objects.filter(
        specialist__id_digest=row.id_digest,
        year=batch.year,
        form=Form.INDIVIDUAL,
        category=values["category"],
        institution=batch.organization_id,
    ).first()
    row.is_new = registration is None
    if registration is None or host is None:
        # Without a host the row wants nothing but the registration: a second one is refused by its service.
        fields = {name: values.get(name, "") for name in (*PERSONAL, *CONTENT)}
        fields["graduates_on"] = values.get("graduates_on")
        number = values["id_number"]
        registration = register_specialist(by=by, on=on, id_number=number, consent=batch.consent, **fields)
    row.registration = registration
    if host is None:
        return
    fields = {
        "host": host,
        "service_start": values.get("service_start"),
        "service_end": values.get("service_end"),
        "service_content": values.get("service_content", ""),
        "goals": values.get("goal_list", []),
    }
    if values.get("visits"):
        fields["visits_per_year"] = values["visits"]
    row.agreement = draft_agreement(registration, by=by, before_selection=True, **fields)


def host_for(
    code: str, values: Mapping[str, Any], *, by: Membership, on: date
) -> tuple[HostUnit | None, HostUnit | None]:
    """The host of a row, and again if it was entered by it. Raises Refused for a unit that may not become one."""
    if not code:
        return None, None
    if known := _known_host(code, values):
        return known, None
    above, sme = bool(values.get("host_scale")), bool(values.get("host_sme"))
    is_code = len(code) == 18 and ":" not in code
    unit = UnitFacts(
        name=values["host_name"],
        uscc=code if is_code else "",
        district=District.objects.filter(pk=values.get("host_district", "")).first(),
    )
    facts = HostFacts(
        host_type=HostType(values["host_type"]),
        is_above_scale=above,
        is_tech_sme=sme,
        flags_year=on.year if above or sme else None,
    )
    try:
        with transaction.atomic():
            made = create_host(unit, facts, by=by, on=on)
    except Refused:
        if known := _known_host(code, values):  # another roster entered it a moment ago
            return known, None
        raise
    return made, made


def _known_host(code: str, values: Mapping[str, Any]) -> HostUnit | None:
    hosts = HostUnit.objects.select_related("organization")
    if code.startswith("#"):
        return hosts.filter(pk=int(code[1:])).first()
    if ":" in code:
        named = {"organization__name": values["host_name"], "organization__district": values.get("host_district")}
        return hosts.filter(organization__uscc=None, **named).first()
    return hosts.filter(organization__uscc=code).first()


def _apply_entry(batch: RosterBatch, unit: Applied) -> None:
    [row] = unit.rows
    by, on = _who_and_when(batch)
    values = values_of(row)
    row.entry = add_provincial_entry(
        by=by,
        on=on,
        year=batch.year,
        name=values["name"],
        id_number=values["id_number"],
        valid_from=values["valid_from"],
        valid_to=values["valid_to"],
        row=values.get("row"),
        document_number=batch.terms.get("document_number", ""),
    )


def _apply_team(batch: RosterBatch, unit: Applied) -> None:
    by, on = _who_and_when(batch)
    made = teams.register([values_of(row) for row in unit.rows], by=by, on=on, consent=batch.consent)
    # The register has no agreement of a team before its selection (its leader signs it): the host is entered already.
    host = None
    for row in unit.rows:
        row.team = made
        if row.host_code and host is None:
            host, row.host = host_for(row.host_code, values_of(row), by=by, on=on)


APPLIES: dict[Kind, Callable[[RosterBatch, Applied], None]] = {
    Kind.PEOPLE: _apply_person,
    Kind.TEAMS: _apply_team,
    Kind.PROVINCIAL: _apply_entry,
}


def _who_and_when(batch: RosterBatch) -> tuple[Membership, date]:
    assert batch.confirmed_by
    assert batch.confirmed_at
    return batch.confirmed_by, localtime(batch.confirmed_at).date()


# --- going back -------------------------------------------------------------------------------------------------------


def take_back_hours() -> int:
    hours: int = settings.ROSTER_TAKE_BACK_HOURS
    return hours


def take_back_until(batch: RosterBatch) -> datetime | None:
    return batch.applied_at + timedelta(hours=take_back_hours()) if batch.applied_at else None


@transaction.atomic
def take_back(batch: RosterBatch, *, by: Membership, on: date, version: int) -> RosterBatch:
    """Undo a batch whole: its agreement drafts, registrations, teams and list entries go.

    Hosts that it entered stay: every unit sees them and may be writing an agreement with one this very moment. Raises Refused after the hours for it are over, and with every row on which something later hangs; Stale when
    somebody else went on with the batch.
    """
    batch = _held(batch)
    refuse_stale(batch, version=version, typed={})
    _require(batch, RosterStatus.TAKEN_BACK)
    until = take_back_until(batch)
    if until is None or now() >= until:
        raise Refused([plain("E-ROSTER", f"已超过{take_back_hours()}小时，不能整批撤回。请在各条登记上分别办理。")])
    rows = [
        *batch.lines.filter(outcome=Outcome.APPLIED)
        .select_related("registration__specialist", "agreement", "host", "team", "entry")
        .order_by("id_digest", "number")
    ]
    if hanging := [*_hanging(sorted(rows, key=lambda row: row.number))]:
        raise Refused(hanging)
    for row in rows:
        if row.agreement:
            discard_draft(row.agreement, by=by)
    for row in rows:
        if row.registration and row.is_new:
            discard_registration(row.registration, by=by, on=on)
        if row.entry:
            discard_provincial_entry(row.entry, by=by)
    for team in {row.team.pk: row.team for row in rows if row.team}.values():
        discard_team(team, by=by, on=on)
    batch.lines.filter(outcome=Outcome.APPLIED).update(outcome=Outcome.WAITING)
    batch.status, batch.version = RosterStatus.TAKEN_BACK, batch.version + 1
    batch.taken_back_by, batch.taken_back_at = by, now()
    batch.save()
    audit.record("roster.taken_back", batch, by=by, after={"rows": len(rows)})
    return batch


def _hanging(rows: Sequence[RosterRow]) -> Iterator[Finding]:
    """Rows whose registration, agreement, team or entry somebody has worked on since."""
    worked_on = {
        "agreement": _worked_on(Agreement, (row.agreement_id for row in rows), "agreement.drafted"),
        "registration": _worked_on(Registration, (row.registration_id for row in rows), "registration.created"),
        "team": _worked_on(Team, (row.team_id for row in rows), "team.created"),
        "entry": _worked_on(ProvincialListEntry, (row.entry_id for row in rows), "provincial_entry.added"),
    }
    own = {row.agreement_id for row in rows}
    registrations = {row.registration_id for row in rows if row.is_new and row.registration_id}
    further = Agreement.objects.filter(registration__in=registrations).exclude(pk__in=[pk for pk in own if pk])
    signed_since = set(further.values_list("registration", flat=True))
    for row in rows:
        person = f"{row.registration.specialist.name}：" if row.registration else ""
        words = []
        if row.agreement_id in worked_on["agreement"]:
            words.append(f"协议{row.agreement}已有办理")
        if row.is_new and row.registration_id in worked_on["registration"]:
            words.append("登记已修改或提交")
        if row.is_new and row.registration_id in signed_since:
            words.append("已另有协议")
        if row.team_id in worked_on["team"]:
            words.append("团队登记已修改或提交")
        if row.entry_id in worked_on["entry"]:
            words.append("名单条目已修改")
        if words:
            yield plain("E-ROSTER", f"第{row.number}行　{person}{'，'.join(words)}，整批不能撤回。", row=row.number)


def _worked_on(model: Any, pks: Iterable[int | None], created: str) -> set[int]:
    """Records with which anything was done after they were made."""
    known = [pk for pk in pks if pk is not None]
    events = AuditEvent.objects.filter(target_type=model._meta.label, target_id__in=known).exclude(verb=created)
    return set(events.values_list("target_id", flat=True))


@transaction.atomic
def drop(batch: RosterBatch, *, by: Membership, version: int) -> RosterBatch:
    """Put a roster aside that is not to be imported; its rows go, the workbook stays. Raises Refused, Stale."""
    batch = _held(batch)
    refuse_stale(batch, version=version, typed={})
    _require(batch, RosterStatus.DROPPED)
    batch.lines.all().delete()
    batch.status, batch.version = RosterStatus.DROPPED, batch.version + 1
    batch.save(update_fields=["status", "version"])
    audit.record("roster.dropped", batch, by=by)
    return batch


# --- pieces -----------------------------------------------------------------------------------------------------------


def _held(batch: RosterBatch) -> RosterBatch:
    held = RosterBatch.objects.select_for_update(of=("self",))
    return held.select_related("organization", "file", "confirmed_by__person").get(pk=batch.pk)


def _require(batch: RosterBatch, to: RosterStatus) -> None:
    status = RosterStatus(batch.status)
    if to not in RosterStatus.moves[status]:
        raise Refused([plain("E-STATE", f"当前状态为“{status.label}”，不能执行此操作。", status=status.value)])
