"""Several files reviewed in one act: what would pass and what would not, and then each decided as if it were alone.

Every file is decided by the service of the single review in a transaction of its own: one that is refused, or that a
colleague was faster with, keeps nobody else back, and no file waits for another one's locks. Done twice, the second
time finds each step taken already and says so.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date

from django.db.models import Count, Exists, F, OuterRef, Q

from accounts.models import Membership
from core import approvals
from core.models import PolicyPack
from core.policy import Finding, Level, Refused, RuleEntry, Verdict
from core.stale import Stale
from specialists import queries, rules, services, teams
from specialists.deciding import Record, reasons_of, writers_of
from specialists.enums import Category, RegistrationStatus
from specialists.models import Registration, SelectionEntry, Team
from specialists.queries import Facts
from specialists.rules import Tally

MOST = 200  # files of one act: what one person can look through


@dataclass(frozen=True)
class Line:
    """One file as it would fare."""

    record: Record
    findings: list[Finding]
    standing: Mapping[str, str] = field(default_factory=dict)  # reasons of earlier steps, by code

    @property
    def key(self) -> str:
        """What a form sends back: which file, in which version."""
        return f"{'team' if isinstance(self.record, Team) else 'registration'}-{self.record.pk}-{self.record.version}"

    @property
    def name(self) -> str:
        return self.record.name if isinstance(self.record, Team) else self.record.specialist.name

    @property
    def blocks(self) -> list[Finding]:
        return [one for one in self.findings if one.level == Level.BLOCK]

    @property
    def asks(self) -> list[Finding]:
        """Warns that nobody has given a reason for yet."""
        return [one for one in self.findings if one.level == Level.WARN and one.code not in self.standing]

    @property
    def is_clean(self) -> bool:
        return not self.blocks and not self.asks


def preview(by: Membership, *, on: date, category: str = "", unit: str = "") -> list[Line]:
    """What waits for this hat's step, the longest waiting first, with what the rules say of each today.

    At the last step each clean one before it counts against the plan: the forty-first of forty is told so here.
    """
    registrations = Registration.objects.visible_to(by).awaiting(by.role).order_by("submitted_on", "pk")
    groups = Team.objects.visible_to(by).awaiting(by.role).order_by("submitted_on", "pk")
    if category:
        registrations, groups = registrations.filter(category=category), groups.filter(category=category)
    if unit:
        named = Q(institution__organization__name__contains=unit)
        registrations, groups = registrations.filter(named), groups.filter(named)
    whole = ("institution__organization", "pack")
    persons = [*registrations.select_related("specialist", *whole)[:MOST]]
    lines = [*_persons(persons, by=by, on=on)]
    for team in groups.select_related(*whole)[: MOST - len(lines)]:
        lines.append(_line(team, teams.judge_team(team, on=on, deciding=True, told=True), act=teams.ACT))
    return lines


def _persons(registrations: Sequence[Registration], *, by: Membership, on: date) -> Iterable[Line]:
    listings = queries.all_listings()
    taken: dict[tuple[int, str], Tally] = {}
    quotas: dict[int, RuleEntry] = {}
    for one in registrations:
        assert one.pack
        place = (one.year, one.category)
        if one.year not in quotas:
            quotas[one.year] = queries.pack_of(one.year, on=on).entry("W-QUOTA")
        quota = quotas[one.year]
        if place not in taken:
            taken[place] = queries.tally(quota, category=Category(one.category), year=one.year)
        counted = taken[place]
        known = Facts(listings[one.specialist.id_digest], counted.reached, counted.word)
        case = replace(queries.case_of(one), known=known)
        verdicts = services.judge_case(case, on=on, pack=one.pack, deciding=True, quota=quota)
        line = _line(one, verdicts, act=services.ACT)
        if own := rules.appointment_decided_by_another(person=by.person_id, writers=writers_of(one)):
            line.findings.append(own)
        if line.is_clean and one.pack.setting("approvals")[services.ACT][-1] == by.role:
            taken[place] = replace(counted, reached=counted.reached + 1, word=rules.WITH_PROPOSED)
        yield line


def _line(record: Record, verdicts: Iterable[Verdict], *, act: str) -> Line:
    findings = [verdict.finding for verdict in verdicts if verdict.finding]
    approval = approvals.running(act, record) if any(one.level == Level.WARN for one in findings) else None
    return Line(record, findings, reasons_of(record, since=approval) if approval else {})


@dataclass(frozen=True)
class Outcome:
    """What became of one file."""

    name: str
    is_passed: bool
    words: str
    findings: list[Finding] = field(default_factory=list)


def pass_many(
    keys: Sequence[str],
    *,
    by: Membership,
    on: date,
    opinion: str = "",
    reasons: Mapping[str, str] | None = None,
) -> list[Outcome]:
    """Pass this hat's step of each file named by its `Line.key`; a reason holds for every file that needs it.

    Refuses nothing as a whole: what is in the way of one file stands in its outcome.
    """
    return [_pass(key, by=by, on=on, opinion=opinion, reasons=reasons or {}) for key in dict.fromkeys(keys[:MOST])]


def _pass(key: str, *, by: Membership, on: date, opinion: str, reasons: Mapping[str, str]) -> Outcome:
    found = _named(key, by=by)
    if found is None:
        return Outcome("—", False, "没有这份登记，已跳过。")
    record, version = found
    decide: Callable[..., Record] = teams.decide_team if isinstance(record, Team) else services.decide_registration
    name = Line(record, []).name
    try:
        decided = decide(record, by=by, on=on, passed=True, opinion=opinion, reasons=reasons, version=version)
    except Refused as refusal:
        return Outcome(name, False, "没有通过。", refusal.findings)
    except Stale as stale:
        return Outcome(name, False, f"{stale.who}已修改过这份登记，已跳过，请打开核对后办理。")
    status = RegistrationStatus(decided.status)
    return Outcome(
        name, True, "已通过，转下一步。" if status == RegistrationStatus.SUBMITTED else f"已通过：{status.label}。"
    )


def _named(key: str, *, by: Membership) -> tuple[Record, int] | None:
    kind, _, rest = key.partition("-")
    pk, _, version = rest.partition("-")
    if not all(part.isascii() and part.isdecimal() and len(part) < 19 for part in (pk, version)):
        return None
    if kind == "team":
        team = Team.objects.visible_to(by).filter(pk=int(pk)).first()
        return (team, int(version)) if team else None
    person = Registration.objects.visible_to(by).select_related("specialist").filter(pk=int(pk)).first()
    return (person, int(version)) if person and kind == "registration" else None


# --- what is left -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Place:
    """How far a category, or an institution, has come in a year, in persons."""

    label: str
    in_review: int
    proposed: int  # passed review, on no list yet
    listed: int
    selected: int
    planned: int | None = None
    floor: int | None = None

    @property
    def words(self) -> str:
        then = self.proposed + self.listed + self.selected
        return rules.left_in_words(then, planned=self.planned, floor=self.floor)


def places(pack: PolicyPack, *, year: int) -> tuple[list[Place], list[Place]]:
    """R15–R17, A7: by category against the plan, and by institution; teams are not in either."""
    quota = pack.entry("W-QUOTA")
    by_category = _counted(year, "category")
    categories = [
        Place(one.label, *by_category.get(one.value, (0, 0, 0, 0)), rules.planned(quota, one), rules.floor(quota, one))
        for one in Category
    ]
    units = _counted(year, "institution__organization__name")
    return categories, [Place(str(name or "市科技局直接聘请"), *numbers) for name, numbers in units.items()]


def _counted(year: int, by: str) -> dict[str, tuple[int, int, int, int]]:
    on_list = Exists(SelectionEntry.objects.standing().filter(registration=OuterRef("pk")))
    rows = Registration.objects.individuals().filter(year=year).handed_in().annotate(on_list=on_list)

    def persons(condition: Q) -> Count:
        return Count("specialist", distinct=True, filter=condition)

    proposed = Q(status=RegistrationStatus.PROPOSED)
    counted = (
        rows.values(group=F(by))
        .annotate(
            in_review=persons(Q(status=RegistrationStatus.SUBMITTED)),
            waiting=persons(proposed & Q(on_list=False)),
            listed=persons(proposed & Q(on_list=True)),
            selected=persons(Q(status=RegistrationStatus.APPROVED)),
        )
        .order_by("group")
    )
    return {row["group"]: (row["in_review"], row["waiting"], row["listed"], row["selected"]) for row in counted}
