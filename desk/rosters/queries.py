"""What the register knows of the people and units of some rows: one statement per rule, whatever their number."""

import json
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import F, Q, QuerySet
from django.urls import reverse
from psycopg2.extras import execute_values

from accounts.enums import DistrictKind, HostType, Role
from accounts.leaving import Work, finds_work
from accounts.models import District, Membership, Organization
from agreements.cases import STAYS
from agreements.enums import AgreementStatus
from agreements.models import Agreement, YearlyHost, last_day
from agreements.rules import Stay, YearTaken
from core.jinja import cdate
from desk.enums import Kind, RosterStatus, Verdict
from desk.rosters.models import Reconciliation, RosterBatch, RosterHeading, RosterRow
from specialists.enums import Form, RegistrationStatus
from specialists.models import ProvincialListEntry, Registration, Specialist, Team, TeamMember
from specialists.rules import Listing

ZONES = {"高新区": "130171", "石家庄高新区": "130171", "循环化工园区": "130172", "化工园区": "130172"}


class Districts(NamedTuple):
    names: Mapping[str, str]  # 正定县, 正定, 130123 → the code of the county that is meant today
    moved: Mapping[str, str] = {}  # a name of before → what to tell of it
    dissolved: Collection[str] = ()  # codes: without a successor; units of before stand there, no new ones


NO_DISTRICTS = Districts({})


def districts() -> Districts:
    """Counties by every name they go by, and went by."""
    found: dict[str, str] = {}
    moved: dict[str, str] = {}
    # What is in use comes first: 正定 means the district of today, not the county before it.
    for district in sorted(District.objects.select_related("successor"), key=lambda one: one.retired_on is not None):
        code, name = district.current.code, district.current.name
        for word in (district.code, *_short_names(district.name, DistrictKind(district.kind))):
            if word not in found and district.retired_on:
                moved[word] = _told_of(district)
            found.setdefault(word, code)
        for word in district.former_names:
            if word not in found:
                moved[word] = f"“{word}”现为“{name}”，将按“{name}”登记。"
            found.setdefault(word, code)
    dissolved = District.objects.filter(successor=None).exclude(retired_on=None).values_list("code", flat=True)
    zones = {name: code for name, code in ZONES.items() if code in found}
    return Districts({**zones, **found}, moved, frozenset(dissolved))


def _short_names(name: str, kind: DistrictKind) -> list[str]:
    short = name.removeprefix("石家庄")
    return [name, short, *([short[:-1]] if kind == DistrictKind.GB2260 and len(short) > 2 else [])]


def _told_of(district: District) -> str:
    day = cdate(district.retired_on)
    if not district.successor:
        return f"“{district}”已于{day}停用，没有接替的县（市、区）。"
    return f"“{district}”已于{day}停用，由“{district.successor}”接替，将按“{district.successor}”登记。"


def remembered(organization_id: int, kind: str) -> dict[str, str]:
    rows = RosterHeading.objects.filter(organization=organization_id, kind=kind)
    return dict(rows.values_list("heading", "key"))


# --- people -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Known:
    """A person of the register."""

    pk: int
    name: str
    revoked_on: date | None


@dataclass(frozen=True)
class Registered:
    pk: int
    category: str
    mine: bool  # this unit's own


@dataclass(frozen=True)
class Paper:
    """An agreement of this unit's, not over by termination: a draft counts, the clerk has it in hand."""

    registration_id: int
    category: str
    host_code: str
    host: str
    number: str
    start: date | None
    last_day: date | None
    draft: bool


@dataclass(frozen=True)
class Listed:
    """A row of the provincial list, with its number there."""

    listing: Listing
    row: int | None


@dataclass(frozen=True)
class People:
    """What is known by ID digest."""

    known: Mapping[str, Known]
    registered: Mapping[str, list[Registered]]
    papers: Mapping[str, list[Paper]]
    years: Mapping[str, list[tuple[YearTaken, str]]]  # years an enterprise specialist has given, with the host's code
    listed: Mapping[str, list[Listed]]


def people(digests: Collection[str], *, organization_id: int, year: int) -> People:
    found = Specialist.objects.filter(id_digest__in=digests).values_list("id_digest", "pk", "name", "revoked_on")
    known = {digest: Known(pk, name, revoked_on) for digest, pk, name, revoked_on in found}
    return People(
        known,
        _registered(digests, organization_id=organization_id, year=year),
        _papers(digests, organization_id=organization_id),
        _years(digests),
        _listed(digests),
    )


def _registered(digests: Collection[str], *, organization_id: int, year: int) -> dict[str, list[Registered]]:
    """Individual registrations of the year: this unit's, and those of others that have reached the bureau."""
    rows = Registration.objects.filter(specialist__id_digest__in=digests, year=year, form=Form.INDIVIDUAL)
    by_person = defaultdict(list)
    for digest, pk, category, unit, status in rows.values_list(
        "specialist__id_digest", "pk", "category", "institution", "status"
    ):
        mine = unit == organization_id
        if mine or status != RegistrationStatus.DRAFT:
            by_person[digest].append(Registered(pk, category, mine))
    return by_person


def _papers(digests: Collection[str], *, organization_id: int) -> dict[str, list[Paper]]:
    rows = Agreement.objects.filter(
        specialist__id_digest__in=digests,
        institution=organization_id,
        registration__form=Form.INDIVIDUAL,
        host__isnull=False,
    ).exclude(status__in=AgreementStatus.over)
    by_person = defaultdict(list)
    for digest, pk, number, registration, category, code, host, host_pk, start, end, status in rows.order_by(
        "pk"
    ).values_list(
        "specialist__id_digest",
        "pk",
        "filing_number",
        "registration",
        "registration__category",
        "host__organization__uscc",
        "host__organization__name",
        "host",
        "service_start",
        "service_end",
        "status",
    ):
        draft = status == AgreementStatus.DRAFT
        paper = Paper(registration, category, code or f"#{host_pk}", host, number or f"D-{pk}", start, end, draft)
        by_person[digest].append(paper)
    return by_person


def _years(digests: Collection[str]) -> dict[str, list[tuple[YearTaken, str]]]:
    """R19: the years enterprise specialists have given to a host, and for how long they serve there."""
    rows = YearlyHost.objects.filter(specialist__id_digest__in=digests).order_by("year", "agreements__service_end")
    latest: dict[tuple[str, int], tuple[YearTaken, str]] = {}
    for digest, year, host_pk, code, host, pk, number, end, over in rows.values_list(
        "specialist__id_digest",
        "year",
        "host",
        "host__organization__uscc",
        "host__organization__name",
        "agreements",
        "agreements__filing_number",
        "agreements__service_end",
        "agreements__terminated_on",
    ):
        if pk is not None:
            taken = YearTaken(year, host, number or f"D-{pk}", last_day(end, over))
            latest[digest, year] = (taken, code or f"#{host_pk}")
    by_person = defaultdict(list)
    for (digest, _), taken_at in latest.items():
        by_person[digest].append(taken_at)
    return by_person


def _listed(digests: Collection[str]) -> dict[str, list[Listed]]:
    rows = ProvincialListEntry.objects.filter(id_digest__in=digests).order_by("year", "pk")
    by_person = defaultdict(list)
    for digest, row, year, start, end in rows.values_list("id_digest", "row", "year", "valid_from", "valid_to"):
        by_person[digest].append(Listed(Listing(year, start, end), row))
    return by_person


# --- hosts ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Unit:
    """A unit of the register, perhaps in the capacity of host."""

    pk: int
    name: str
    code: str  # credit code; "#12" for a village without one
    host_type: HostType | None  # None: no host yet
    is_above_scale: bool = False
    is_tech_sme: bool = False

    @property
    def is_host(self) -> bool:
        return self.host_type is not None


@dataclass
class Hosts:
    by_code: dict[str, Unit] = field(default_factory=dict)
    by_name: dict[str, list[Unit]] = field(default_factory=lambda: defaultdict(list))  # hosts only
    stays: dict[str, list[Stay]] = field(default_factory=lambda: defaultdict(list))  # A10, by credit code


def hosts(codes: Collection[str], names: Collection[str]) -> Hosts:
    found = Hosts()
    merged = Organization.objects.filter(uscc__in=codes).exclude(merged_into=None)
    former = {str(code): survivor for code, survivor in merged.values_list("uscc", "merged_into")}
    units = Organization.objects.standing().filter(
        Q(uscc__in=codes) | Q(pk__in=former.values()) | Q(name__in=names, host__isnull=False)
    )
    for pk, name, code, host_type, above, sme in units.values_list(
        "pk", "name", "uscc", "host__host_type", "host__is_above_scale", "host__is_tech_sme"
    ):
        unit = Unit(pk, name, code or f"#{pk}", HostType(host_type) if host_type else None, bool(above), bool(sme))
        found.by_code[unit.code] = unit
        if unit.is_host:
            found.by_name[name].append(unit)
    by_pk = {unit.pk: unit.code for unit in found.by_code.values() if unit.is_host}
    for host, person, start, end in _stays(by_pk):
        found.stays[by_pk[host]].append(Stay(person, start, end))
    for old, survivor in former.items():  # a code it had before: the same unit, with the same people at it
        if (code := by_pk.get(survivor or 0)) is not None:
            found.by_code[old], found.stays[old] = found.by_code[code], found.stays[code]
    return found


def _stays(hosts: Collection[int]) -> list[tuple[int, int, date, date]]:
    """A10: who is counted at these hosts and how long, the members of a team one by one."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT a.host_id, s.person, s.since, s.until FROM agreements_agreement a, LATERAL ({STAYS}) s"
            " WHERE a.host_id = ANY(%s) AND a.status = ANY(%s) AND s.since <= s.until",
            [[*hosts], [*AgreementStatus.counted_at_host]],
        )
        return cursor.fetchall()


# --- rows of the same file --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Before:
    """A row above, in what rows of one file are held against each other by."""

    number: int
    digest: str
    group: str
    host_code: str
    start: date | None
    end: date | None
    blocked: bool


def rows_before(
    batch: RosterBatch, before: int, *, digests: Collection[str], codes: Collection[str]
) -> Iterable[Before]:
    above = RosterRow.objects.filter(batch=batch, number__lt=before).exclude(verdict="")
    same = above.filter(id_digest__in=digests) | above.filter(host_code__in=codes)
    for number, digest, group, code, start, end, verdict in same.order_by("number").values_list(
        "number", "id_digest", "group", "host_code", "starts_on", "ends_on", "verdict"
    ):
        yield Before(number, digest, group, code, start, end, verdict == Verdict.BLOCK)


CHECKED = ("values", "verdict", "findings", "id_digest", "group", "host_code", "institution", "starts_on", "ends_on")
APPLIED = ("outcome", "registration", "agreement", "host", "entry", "team", "is_new")


def keep_checked(rows: Sequence[RosterRow]) -> None:
    """What the check found of some rows."""
    _keep(rows, CHECKED)


def keep_applied(rows: Sequence[RosterRow]) -> None:
    """What some rows became."""
    _keep(rows, APPLIED)


def _keep(rows: Sequence[RosterRow], names: Iterable[str]) -> None:
    """Some columns of some rows in one statement: bulk_update writes a CASE of a thousand arms per column."""
    if not rows:
        return
    fields: list[Any] = [RosterRow._meta.get_field(name) for name in names]
    given = [
        (row.pk, *(field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields)) for row in rows
    ]
    columns = [connection.ops.quote_name(field.column) for field in fields]
    # A VALUES list has no types of its own: of empty ones PostgreSQL would make text.
    sets = ", ".join(
        f"{column} = new.{column}::{field.db_type(connection)}" for column, field in zip(columns, fields, strict=True)
    )
    statement = (
        f"UPDATE desk_rosterrow row SET {sets} FROM (VALUES %s) AS new (id, {', '.join(columns)}) WHERE row.id = new.id"
    )
    with connection.cursor() as cursor:
        execute_values(cursor.cursor, statement, given, page_size=len(given))


# --- lists ------------------------------------------------------------------------------------------------------------


def batches(membership: Membership) -> "QuerySet[RosterBatch]":
    return RosterBatch.objects.visible_to(membership)


def batch_rows(membership: Membership) -> "QuerySet[RosterBatch, Any]":
    return batches(membership).values(
        "id",
        "kind",
        "status",
        "rows",
        "counts",
        "uploaded_at",
        file_name=F("file__name"),
        who=F("uploaded_by__person__name"),
    )


def reconciliation_rows(membership: Membership) -> "QuerySet[Reconciliation, Any]":
    return Reconciliation.objects.visible_to(membership).values(
        "id",
        "batch_id",
        unit=F("institution__organization__name"),
        file_name=F("batch__file__name"),
        applied_at=F("batch__applied_at"),
    )


def kinds_for(role: str) -> list[Kind]:
    """An institution brings people and teams, the bureau the provincial list and what was filed before the platform."""
    if role in Role.institution:
        return [Kind.PEOPLE, Kind.TEAMS]
    return [Kind.PROVINCIAL, Kind.PAST] if role in (Role.BUREAU_ADMIN, Role.BUREAU_OFFICER) else []


def team_names(names: Collection[str], *, organization_id: int, year: int) -> set[str]:
    """Teams that the unit has under one of these names."""
    rows = Team.objects.filter(institution=organization_id, year=year, name__in=names)
    return set(rows.values_list("name", flat=True))


def in_own_teams(digests: Collection[str], *, organization_id: int, year: int) -> dict[str, list[str]]:
    """A12: the unit's own teams of the year that these people are in."""
    rows = TeamMember.objects.current().filter(
        team__institution=organization_id, team__year=year, specialist__id_digest__in=digests
    )
    by_person = defaultdict(list)
    for digest, name in rows.order_by("team").values_list("specialist__id_digest", "team__name"):
        by_person[digest].append(name)
    return by_person


# --- findings on a page -----------------------------------------------------------------------------------------------

CODES = """
    SELECT one->>'code', min(coalesce(nullif(one->>'title', ''), left(one->>'message', 24))), count(DISTINCT line.id)
    FROM desk_rosterrow line, jsonb_array_elements(line.findings) one
    WHERE line.batch_id = %s GROUP BY 1 ORDER BY 3 DESC, 1"""


def codes_of(batch: RosterBatch) -> list[tuple[str, str]]:
    """What was found in a batch, by code, with how many rows it concerns: the choices of the filter."""
    with connection.cursor() as cursor:
        cursor.execute(CODES, [batch.pk])
        return [(code, f"{NAMES.get(code, words)}（{rows}行）") for code, words, rows in cursor.fetchall()]


# What only a roster finds has no title in the pack.
NAMES = {
    "E-ID": "身份证号或姓名不符",
    "E-USCC": "信用代码不符",
    "E-MOBILE": "手机号不符",
    "E-FIELD": "内容不能识别",
    "E-COMPLETE": "内容不完整",
    "E-ROW-DUP": "表中重复",
    "E-ROSTER": "同一团队其他行有误",
    "E-PROV-DUP": "已在省级名单中",
    "E-UNIT": "派驻单位",
    "E-FLAGS": "企业标识",
    "W-SEX": "性别与身份证号不一致",
    "W-HOST-NAME": "同一代码两个名称",
    "I-SECOND": "另一份协议草稿",
    "I-TEAM-GOALS": "团队目标按合计",
    "W-TEAM-ROWS": "同一团队各行不一致",
    "I-FIELD": "专业领域不在字典中",
    "I-TITLE": "职称不在字典中",
    "I-DISTRICT": "县（市、区）已改名或停用",
    "I-KEPT": "资料未改动",
    "I-HOST-NAME": "使用已登记的单位",
    "I-UNIT-NAME": "使用已登记的派出单位",
    "E-PAST-NO": "原备案号",
    "E-PAST-UNIT": "派出单位不在平台",
    "E-PAST-TEAM": "团队协议各行不一致",
    "W-PAST-NAME": "姓名与平台不一致",
    "W-PAST-STATUS": "状态与日期不符",
    "W-PAST-LACKS": "原表未记载",
}

WORDS = {
    "block": ("不能导入", "block"),
    "there": ("已在平台", "pass"),
    "warn": ("提示", "warn"),
    "info": ("告知", "info"),
    "": ("可导入", "pass"),
}
GRAVEST_FIRST = ("block", "there", "warn", "info", "")


def flattened(row: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
    """One line per finding of a row; a row nothing is said of has one line too."""
    name = json.loads(row["values"] or "{}").get("name", "")
    texts = ("level", "letter", "column", "value", "message", "article", "advice", "link")
    nothing = dict.fromkeys(texts, "")
    for one in sorted(row["findings"] or [nothing], key=lambda one: GRAVEST_FIRST.index(one["level"])):
        word, tone = WORDS[one["level"]]
        yield {"id": row["id"], "number": row["number"], "name": name, "word": word, "tone": tone, "link": "", **one}


@finds_work
def rosters_of(hat: Membership, on: date) -> list[Work]:
    """A roster is its unit's: any colleague confirms it, or takes it back."""
    done = (RosterStatus.APPLIED, RosterStatus.TAKEN_BACK, RosterStatus.DROPPED)
    count = RosterBatch.objects.filter(uploaded_by=hat).exclude(status__in=done).count()
    return [Work("未导入的名单", count, reverse("desk:rosters"), "留在本单位，由同事继续办理")]
