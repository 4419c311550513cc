"""Step 4: the rows are read into the staging table and judged, in deliveries that may come twice."""

import json
from collections.abc import Callable, Iterable, Iterator, Sequence

from django.db import transaction
from django.utils.timezone import localdate

from accounts.enums import InstitutionType
from accounts.models import Institution
from agreements.cases import persons_filed
from agreements.services import default_end
from core import audit, dictionaries, outbox, workbooks
from core.enums import Dictionary
from core.models import PolicyPack
from core.policy import Refused
from core.workbooks import Cell
from desk.enums import Kind, RosterStatus, Verdict
from desk.rosters import checking, cleaning, headings, kept, past, queries, teams
from desk.rosters.checking import PeopleCheck
from desk.rosters.headings import Guess, Reading
from desk.rosters.lines import Line, Setting, digest_of
from desk.rosters.models import RosterBatch, RosterRow
from desk.rosters.provincial import ProvincialCheck
from desk.rosters.services.common import CHECK, counted_words, held, note, recount
from specialists import rules as person_rules
from specialists import titles
from specialists.enums import Category
from specialists.models import ProvincialListEntry, Specialist
from specialists.rules import Tally, planned

CHUNK = 1_000  # rows that one delivery checks
JUDGED_WHOLE = (Kind.TEAMS, Kind.PAST)  # rows far apart may be one team
SHOWN_ROWS = 20  # row numbers that one note lists


@transaction.atomic
def read_rows(batch: RosterBatch) -> None:
    """Put the rows of the sheet into the staging table; a batch that is past this is left as it is."""
    batch = held(batch)
    if batch.status != RosterStatus.CHECKING or batch.rows:
        return
    guessed = _guessed(batch)
    reading = Reading()
    try:
        table = workbooks.table(batch.file, place=batch.place)
    except Refused as refusal:
        batch.status = RosterStatus.UPLOADED
        batch.notes = [note("block", finding.message) for finding in refusal.findings]
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
        batch.notes.append(note("block", f"表头（第{batch.heading}行）下面没有人员。请核对工作表和表头行。"))
        batch.save()
        return
    batch.save()
    outbox.add(CHECK, batch_id=batch.pk)
    if count <= CHUNK:
        check_rows(batch)


def _reading_notes(reading: Reading, guessed: Guess, hidden_columns: Iterable[int]) -> Iterator[dict[str, str]]:
    if reading.hidden:
        yield note(
            "warn", f"第{_numbers(reading.hidden)}行在表中是隐藏的，已一并读取。不需要导入的，请删除后重新上传。"
        )
    if hidden := [headings.letter(column) for column in hidden_columns if column in guessed.mapping]:
        yield note("warn", f"{'、'.join(hidden)}列在表中是隐藏的，已按列对应读取。")
    if reading.left_out:
        yield note("info", f"第{_numbers(reading.left_out)}行是合计、签字、说明或重复的表头，没有作为人员读取。")
    if reading.merged:
        yield note("info", f"有{reading.merged}个单元格取自合并单元格。")
    if guessed.unknown:
        yield note("info", f"没有对应、不会导入的列：{'、'.join(guessed.unknown)}。")


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
    batch = held(batch)
    if batch.status != RosterStatus.CHECKING:
        return
    rows = [*batch.lines.filter(verdict="").order_by("number")[:CHUNK]]
    if rows and Kind(batch.kind) in JUDGED_WHOLE:
        rows = [*batch.lines.filter(verdict="").order_by("number")]
    if rows:
        _check(batch, rows)
        batch.checked += len(rows)
    if batch.checked < batch.rows:
        batch.save(update_fields=["checked"])
        outbox.add(CHECK, batch_id=batch.pk)
        return
    recount(batch)
    batch.notes = [
        *(note for note in batch.notes if note.get("code") not in ("W-QUOTA", kept.CODE)),
        *_plan_notes(batch),
        *_kept_notes(batch),
    ]
    batch.status, batch.version = RosterStatus.CHECKED, batch.version + 1
    batch.save(update_fields=["checked", "counts", "notes", "status", "version"])
    audit.record("roster.checked", batch, by=None, after={"rows": batch.rows, "counts": counted_words(batch)})


def _plan_notes(batch: RosterBatch) -> Iterator[dict[str, str]]:
    """R15–R17: what the rule of the yearly plan says of each category that the roster brings, once."""
    if batch.kind != Kind.PEOPLE:
        return
    entry = setting_of(batch).pack.entry("W-QUOTA")
    groups = batch.lines.exclude(verdict__in=Verdict.left_out).exclude(group="").values_list("group", flat=True)
    for category in map(Category, sorted(set(groups))):
        tally = Tally(persons_filed(batch.year, category), planned(entry, category), "已备案")
        if finding := person_rules.within_the_plan(entry, category=category, year=batch.year, tally=tally):
            yield {**note(finding.level.value, f"{finding}"), "code": finding.code}


def _kept_notes(batch: RosterBatch) -> Iterator[dict[str, str]]:
    if rows := kept.rows_of(batch):
        words = f"有{rows}行填写的个人资料与平台登记的不同或以平台为准，不会改动，逐行说明见下方“资料未改动”。"
        yield {**note("info", words), "code": kept.CODE}


def _check(batch: RosterBatch, rows: Sequence[RosterRow]) -> None:
    setting = setting_of(batch)
    pack = setting.pack
    known = cleaning.Known(
        words=setting.words,
        titles=setting.titles,
        on=setting.on,
        ages=past.AGES
        if setting.kind == Kind.PAST
        else (pack.setting("registration.min_age"), pack.setting("registration.max_age")),
        districts=setting.districts.names,
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
        row.starts_on, row.ends_on, row.institution_id = line.start, line.end, line.institution
    queries.keep_checked(rows)


def setting_of(batch: RosterBatch) -> Setting:
    on = batch.judged_on or localdate()
    institution = Institution.objects.filter(pk=batch.organization_id).first()
    return Setting(
        districts=queries.districts(),
        words=dictionaries.words(Dictionary.FIELD, Dictionary.INDUSTRY, on=on),
        titles=titles.words(on=on),
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
        kept.people(digests, unit=setting.organization_id, year=setting.year, pack=setting.pack),
    )
    for line in lines:
        check.check(line)


def _check_provincial(batch: RosterBatch, setting: Setting, lines: Sequence[Line]) -> None:
    digests = {digest_of(line.cleaned) for line in lines} - {""}
    listed = set(
        ProvincialListEntry.objects.filter(year=batch.year, id_digest__in=digests).values_list("id_digest", flat=True)
    )
    before = queries.rows_before(batch, lines[0].number, digests=digests, codes=())
    names = dict(Specialist.objects.filter(id_digest__in=digests).values_list("id_digest", "name"))
    check = ProvincialCheck(setting, listed, names, batch.terms, before)
    for line in lines:
        check.check(line)


def _check_teams(batch: RosterBatch, setting: Setting, lines: Sequence[Line]) -> None:
    teams.check(setting, lines)


def _check_past(batch: RosterBatch, setting: Setting, lines: Sequence[Line]) -> None:
    past.check(setting, lines)


CHECKS: dict[Kind, Callable[[RosterBatch, Setting, Sequence[Line]], None]] = {
    Kind.PEOPLE: _check_people,
    Kind.TEAMS: _check_teams,
    Kind.PROVINCIAL: _check_provincial,
    Kind.PAST: _check_past,
}
