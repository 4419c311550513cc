"""What a file of past agreements says, held against the register, institution by institution (核对).

Read anew each time: an agreement corrected or ended since shows as it is now, and so does what a later file brought.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from accounts.models import Organization
from agreements.models import Agreement
from core.jinja import cdate
from desk.enums import Outcome
from desk.rosters.models import Reconciliation, RosterBatch, RosterRow
from desk.rosters.past import leads
from desk.rosters.past_facts import plain_name
from desk.rosters.services import values_of
from specialists.enums import Category

NOT_APPLIED = "表中没有错误，尚未确认导入"


@dataclass(frozen=True)
class Difference:
    """What one column of the file says, and what the register has."""

    label: str
    file: str
    register: str

    def __str__(self) -> str:
        return f"{self.label}：表中“{self.file}”，平台“{self.register}”"


@dataclass(frozen=True)
class Entry:
    """One agreement of the file."""

    rows: tuple[int, ...]  # of the sheet
    number: str
    people: str
    host: str
    period: str
    agreement: Agreement | None
    before: bool = False  # in the register already when this file came
    differences: tuple[Difference, ...] = ()
    reasons: tuple[str, ...] = ()  # why it was not taken

    @property
    def is_taken(self) -> bool:
        return self.agreement is not None

    @property
    def word(self) -> str:
        if not self.is_taken:
            return "未接收"
        return "有差异" if self.differences else "此前已接收" if self.before else "已接收"

    @property
    def tone(self) -> str:
        return {"未接收": "block", "有差异": "warn"}.get(self.word, "pass")


@dataclass(frozen=True)
class Sheet:
    """One institution's part of the file, beside what the register has of it from before the platform."""

    entries: list[Entry]
    beside: list[Agreement] = field(default_factory=list)  # past agreements of the institution not in this file

    @property
    def counts(self) -> dict[str, int]:
        return {
            "in_file": len(self.entries),
            "taken": sum(entry.is_taken for entry in self.entries),
            "differing": sum(bool(entry.differences) for entry in self.entries),
            "left": sum(not entry.is_taken for entry in self.entries),
            "beside": len(self.beside),
        }


def sheet_of(reconciliation: Reconciliation) -> Sheet:
    batch = reconciliation.batch
    lines = batch.lines.filter(institution=reconciliation.institution_id)
    entries = _entries(lines.order_by("number"))
    numbers = [entry.number for entry in entries]
    beside = (
        Agreement.objects.past().filter(institution=reconciliation.institution_id).exclude(filing_number__in=numbers)
    )
    return Sheet(entries, [*beside.select_related("specialist", "host__organization").order_by("filed_on", "pk")])


def strangers(batch: RosterBatch) -> list[Entry]:
    """What names no institution of the register, and so stands on nobody's sheet."""
    return _entries(batch.lines.filter(institution=None).order_by("number"))


def overview(batch: RosterBatch) -> list[tuple[Reconciliation, Sheet]]:
    made = batch.reconciliations.select_related("institution__organization", "batch").order_by("institution")
    by_unit: dict[int, list[RosterRow]] = defaultdict(list)
    for row in batch.lines.exclude(institution=None).order_by("number"):
        by_unit[row.institution_id or 0].append(row)
    papers = {unit: _papers(rows) for unit, rows in by_unit.items()}
    known = _known([paper for found in papers.values() for paper in found])
    return [(one, Sheet([_entry(paper, known) for paper in papers.get(one.institution_id, [])])) for one in made]


def _entries(rows: Iterable[RosterRow]) -> list[Entry]:
    papers = _papers(rows)
    known = _known(papers)
    return [_entry(paper, known) for paper in papers]


def _papers(rows: Iterable[RosterRow]) -> list[list[RosterRow]]:
    papers: dict[object, list[RosterRow]] = {}
    for row in rows:
        papers.setdefault(row.group or row.number, []).append(row)
    return [*papers.values()]


def _known(papers: Sequence[Sequence[RosterRow]]) -> dict[str, Agreement]:
    """The past agreements of these numbers, with all that is held against the file."""
    numbers = [paper[0].group for paper in papers if paper[0].group]
    rows = Agreement.objects.past().filter(filing_number__in=numbers)
    rows = rows.select_related("specialist", "registration", "host__organization", "institution__organization", "team")
    rows = rows.prefetch_related("team__members__specialist", "host__organization__absorbed")
    return {row.filing_number or "": row for row in rows}


def _entry(rows: Sequence[RosterRow], known: Mapping[str, Agreement]) -> Entry:
    said = [values_of(row) for row in rows]
    first = said[0]
    agreement = known.get(rows[0].group)
    if agreement and agreement.institution_id != rows[0].institution_id:
        agreement = None  # another unit's: not for this one to read
    ends = first.get("service_end")
    start = first.get("service_start")
    reasons = [] if agreement else [one["message"] for row in rows for one in row.findings if one["level"] == "block"]
    if not agreement and not reasons:
        reasons = [NOT_APPLIED]
    return Entry(
        rows=tuple(row.number for row in rows),
        number=first.get("number", ""),
        people="、".join(dict.fromkeys(values.get("name", "") for values in said if values.get("name"))),
        host=first.get("host_name", "") or (str(agreement.host) if agreement else ""),
        period=f"{cdate(start)}至{cdate(ends)}" if start and ends else "",
        agreement=agreement,
        before=agreement is not None and all(row.outcome != Outcome.APPLIED for row in rows),
        differences=tuple(_differences(said, agreement)) if agreement else (),
        reasons=tuple(dict.fromkeys(reasons)),
    )


def _differences(said: Sequence[Mapping[str, Any]], agreement: Agreement) -> Iterable[Difference]:
    """Each value that the file has and the register has otherwise; what the file leaves empty differs from nothing."""
    first = said[0]
    assert agreement.host
    unit = agreement.host.organization
    # A unit that was entered twice is one now: the file may know it by the name and code that it had besides.
    first = {**first, **_as_called_now(first, unit)}
    names = {"姓名": _names(said, agreement), "派驻单位": (first.get("host_name"), unit.name)}
    if agreement.institution:
        names["派出单位"] = (first.get("institution"), agreement.institution.organization.name)
    for label, (file, register) in names.items():
        if file and plain_name(file) != plain_name(register):
            yield Difference(label, file, register)
    others = {
        "信用代码": (first.get("host_code"), unit.uscc),
        "备案日期": (first.get("filed_on"), agreement.filed_on),
        "备案文号": (first.get("document_number"), agreement.document_number),
        "服务开始日期": (first.get("service_start"), agreement.service_start),
        "服务截止日期": (first.get("service_end"), agreement.service_end),
        "终止日期": (first.get("terminated_on"), agreement.terminated_on),
    }
    if first.get("category") not in (None, agreement.registration.category):
        yield Difference("类别", Category(first["category"]).label, agreement.registration.get_category_display())
    for label, (value, kept) in others.items():
        if value and value != kept:
            yield Difference(label, _words(value), _words(kept))
    if agreement.terminated_on and not first.get("terminated_on"):
        yield Difference("终止日期", "无", _words(agreement.terminated_on))


def _as_called_now(first: Mapping[str, Any], unit: Organization) -> dict[str, Any]:
    """The host's name and code of the file, in place of those of a unit that was merged into it its own."""
    absorbed = [*unit.absorbed.all()]
    changed: dict[str, Any] = {}
    if first.get("host_code") in {one.uscc for one in absorbed} - {None}:
        changed["host_code"] = unit.uscc
    if plain_name(first.get("host_name") or "") in {plain_name(one.name) for one in absorbed}:
        changed["host_name"] = unit.name
    return changed


def _names(said: Sequence[Mapping[str, Any]], agreement: Agreement) -> tuple[str, str]:
    """Who is in the agreement by the file, and by the register: the leader first, then the others by name."""
    if agreement.team is None:
        return said[0].get("name", ""), agreement.specialist.name
    leader = next((values["name"] for values in said if leads(values)), "")
    file = [values["name"] for values in said if values.get("name")]
    register = [one.specialist.name for one in agreement.team.members.all() if one.left_on is None]
    return _in_order(leader, file), _in_order(agreement.specialist.name, register)


def _in_order(leader: str, names: Iterable[str]) -> str:
    return "、".join([leader, *sorted(name for name in names if name != leader)]).strip("、")


def _words(value: date | str | None) -> str:
    if not value:
        return "未记载"
    return cdate(value) if isinstance(value, date) else value


def words_of(entry: Entry) -> str:
    """What is to be said of an entry beside its word: what differs, or why it was not taken."""
    return "；".join([*map(str, entry.differences), *entry.reasons])
