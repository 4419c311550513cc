"""Facts for the rules, counts and columns for the pages: everything that is read about registrations."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from itertools import pairwise
from typing import Any, NamedTuple

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import ExtractDay, ExtractMonth, ExtractYear

from accounts.enums import InstitutionType
from accounts.models import Institution
from core import dictionaries
from core.crypto import blind_index
from core.enums import Dictionary
from core.models import Approval, PolicyPack, label_of
from core.policy import RuleEntry
from specialists import rules
from specialists.enums import Category, Form, Origin, PersonnelType, RegistrationStatus, SpecialistStatus
from specialists.models import (
    Departure,
    ProvincialListEntry,
    Registration,
    Specialist,
    Team,
    TeamMember,
    number_of_its_pack,
)
from specialists.rules import Listing, Tally

QUEUE = 500


@dataclass(frozen=True)
class Case:
    """What the rules ask about one registration, saved or only typed so far; what is not known yet is None."""

    year: int
    name: str = ""
    digest: str = ""  # of the ID number; empty until it has been typed
    specialist_id: int | None = None
    revoked_on: date | None = None
    category: Category | None = None
    form: Form = Form.INDIVIDUAL
    personnel_type: PersonnelType | None = None
    institution_id: int | None = None  # None: the bureau's own (direct appointment)
    institution_type: InstitutionType | None = None
    ability_note: str = ""
    has_evidence: bool = False  # a file that proves it
    research_results: str = ""
    is_direct: bool = False  # R28: the bureau's own
    appointment_note: str = ""
    registration_id: int = 0  # 0: not saved yet
    known: "Facts | None" = None  # where they have been read already, for many at once

    def of_person(self, person: Specialist) -> "Case":
        return replace(self, specialist_id=person.pk, digest=person.id_digest, revoked_on=person.revoked_on)

    @property
    def here_and_elsewhere(self) -> tuple[bool, bool]:
        """Whether this unit, and whether another one, registers the person in the same year, form and category."""
        if self.known or not self.specialist_id:
            return False, False  # what many at once are read of stands in the register, where nobody is twice
        return registered_here_and_elsewhere(self)

    @property
    def listings(self) -> list[Listing]:
        if self.known:
            return self.known.listings
        return listings_of(self.digest) if self.digest else []

    def tally(self, entry: RuleEntry) -> Tally:
        assert self.category
        if self.known:
            return Tally(self.known.selected_before, rules.planned(entry, self.category), self.known.word)
        return tally(entry, category=self.category, year=self.year, besides=self.registration_id)


@dataclass(frozen=True)
class Facts:
    """What other rows say about a registration."""

    listings: list[Listing]
    selected_before: int  # persons selected in its category and year
    word: str = Tally.word  # by which they count


def case_of(registration: Registration) -> Case:
    """The facts of a registration as it stands in memory."""
    unit = registration.institution
    return Case(
        year=registration.year,
        name=registration.specialist.name,
        category=Category(registration.category),
        form=Form(registration.form),
        personnel_type=PersonnelType(registration.personnel_type) if registration.personnel_type else None,
        institution_id=registration.institution_id,
        institution_type=InstitutionType(unit.type) if unit else None,
        ability_note=registration.ability_note,
        research_results=registration.research_results,
        is_direct=registration.origin == Origin.DIRECT_APPOINTMENT,
        appointment_note=registration.appointment_note,
        registration_id=registration.pk or 0,
        has_evidence=_is_proven(registration),
    ).of_person(registration.specialist)


def _is_proven(record: Registration | TeamMember) -> bool:
    """R2: whether a student has handed in a file; nobody else is asked for one."""
    is_student = record.personnel_type == PersonnelType.GRADUATE
    return is_student and record.pk is not None and record.evidence.exists()


def case_of_typed(
    *,
    institution: Institution | None,
    year: int,
    name: str,
    id_number: str,
    category: str,
    personnel_type: str,
    ability_note: str,
    research_results: str,
    appointment_note: str = "",
) -> Case:
    """The facts of a form not saved yet, as far as it is filled in.

    What the register knows of a number is asked only together with the name that belongs to it.
    """
    case = Case(
        year=year,
        name=name,
        category=Category(category) if category else None,
        personnel_type=PersonnelType(personnel_type) if personnel_type else None,
        institution_id=institution.pk if institution else None,
        institution_type=InstitutionType(institution.type) if institution else None,
        ability_note=ability_note,
        research_results=research_results,
        is_direct=institution is None,
        appointment_note=appointment_note,
    )
    if not (name and id_number):
        return case
    digest = blind_index(id_number, "id_number")
    known = Specialist.objects.filter(id_digest=digest).first()
    if known is None:
        return replace(case, digest=digest)
    return case.of_person(known) if known.name == name else case


def listings_of(digest: str) -> list[Listing]:
    """R29: where the provincial list names this person."""
    rows = ProvincialListEntry.objects.filter(id_digest=digest).order_by("year", "pk")
    return [Listing(*row) for row in rows.values_list("year", "valid_from", "valid_to")]


def all_listings() -> dict[str, list[Listing]]:
    """The same of everybody, by the digest of the ID number; nobody else is on the list."""
    found: dict[str, list[Listing]] = defaultdict(list)
    rows = ProvincialListEntry.objects.order_by("year", "pk")
    for digest, year, start, end in rows.values_list("id_digest", "year", "valid_from", "valid_to"):
        found[digest].append(Listing(year, start, end))
    return found


def registered_here_and_elsewhere(case: Case) -> tuple[bool, bool]:
    """Whether this unit, and whether another one, registers the person in the same year, form and category."""
    assert case.specialist_id
    registered = Registered([case.specialist_id], year=case.year)
    return registered.here_and_elsewhere(
        case.specialist_id, case.form, case.category or "", unit=case.institution_id, besides=case.registration_id
    )


def fields_offered(pack: PolicyPack, *, on: date) -> list[dict[str, Any]]:
    """专业领域 by group, as the dictionary offers them on that day; the plan's own list while there is none."""
    return dictionaries.offered(Dictionary.FIELD, on=on) or list(pack.setting("registration.fields"))


def details_belong_to_another(specialist: Specialist, *, institution_id: int | None, year: int) -> bool:
    """Whether another unit looks after the person this year: telephone and account are then not this one's to change."""
    return Registered([specialist.pk], year=year).looked_after_elsewhere(specialist.pk, unit=institution_id)


class Place(NamedTuple):
    """One registration of a person, of whichever unit; None while it is not written yet."""

    registration: int | None
    form: str
    category: str
    unit: int | None
    status: str


class Registered:
    """Where some people stand in a year, read once for all of them."""

    def __init__(self, people: Collection[int], *, year: int) -> None:
        self.people, self.year = people, year

    @cached_property
    def places(self) -> defaultdict[int, list[Place]]:
        by_person = defaultdict(list)
        if self.people:
            found = Registration.objects.filter(specialist__in=self.people, year=self.year)
            for row in found.values_list("specialist", "pk", "form", "category", "institution", "status"):
                by_person[row[0]].append(Place(*row[1:]))
        return by_person

    @cached_property
    def in_teams(self) -> set[tuple[int, int]]:
        """(person, unit) of those who are in a team that was handed in."""
        there = TeamMember.objects.filter(specialist__in=self.people, team__year=self.year, left_on=None)
        handed_in = there.exclude(team__status=RegistrationStatus.DRAFT)
        return set(handed_in.values_list("specialist", "team__institution")) if self.people else set()

    def here_and_elsewhere(
        self, person: int, form: str, category: str, *, unit: int | None, besides: int = 0
    ) -> tuple[bool, bool]:
        """Another unit's draft does not count: it binds nobody, and nobody else knows of it."""
        same = [one for one in self.places[person] if (one.form, one.category) == (form, category)]
        others = [one for one in same if one.registration != besides]
        units = {one.unit for one in others if one.unit == unit or one.status != RegistrationStatus.DRAFT}
        return unit in units, bool(units - {unit})

    def looked_after_elsewhere(self, person: int, *, unit: int | None) -> bool:
        """The bureau, which has no institution, may always correct what is known of a person."""
        if unit is None:
            return False
        alone = {one.unit for one in self.places[person] if one.status != RegistrationStatus.DRAFT}
        in_teams = {team for one, team in self.in_teams if one == person}
        return bool((alone | in_teams) - {unit})

    def add(self, registration: Registration) -> None:
        """One that is about to be written."""
        place = Place(None, registration.form, registration.category, registration.institution_id, registration.status)
        self.places[registration.specialist_id].append(place)


def _of_unit(institution_id: int | None) -> Q:
    return Q(institution=None) if institution_id is None else Q(institution=institution_id)


def tally(entry: RuleEntry, *, category: Category, year: int, besides: int = 0) -> Tally:
    """A7: distinct individuals whom the bureau has selected for the year in this category, or is about to."""
    taken = Registration.objects.on_the_plan_of(year).individuals().filter(category=category).exclude(pk=besides)
    counted = taken.aggregate(n=_persons(Q()), proposed=_persons(Q(status=RegistrationStatus.PROPOSED)))
    word = rules.WITH_PROPOSED if counted["proposed"] else Tally.word
    return Tally(counted["n"], rules.planned(entry, category), word)


def departures(people: Collection[int]) -> dict[tuple[int, int | None], date]:
    """(person, institution) → the first day without them, of those who left or are about to."""
    rows = Departure.objects.standing().filter(specialist__in=people)
    return {(person, unit): day for person, unit, day in rows.values_list("specialist", "institution", "left_on")}


def left_on(person: int, institution: int | None) -> date | None:
    return departures([person]).get((person, institution))


# --- teams ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Seat:
    """One member of a team as the rules see them, saved or only typed so far."""

    name: str
    digest: str = ""  # of the ID number
    revoked_on: date | None = None
    is_leader: bool = False
    personnel_type: PersonnelType = PersonnelType.STAFF
    unit: str = ""  # another unit's person says which
    ability_note: str = ""
    has_evidence: bool = False


@dataclass(frozen=True)
class TeamCase:
    """What the rules ask about one team."""

    year: int
    name: str
    institution: Institution
    category: Category
    domains: tuple[str, ...] = ()
    seats: tuple[Seat, ...] = ()
    team_id: int = 0  # 0: not saved yet

    @property
    def digests(self) -> list[str]:
        return [seat.digest for seat in self.seats if seat.digest]


def members_of(team: Team) -> list[TeamMember]:
    """Who is in the team now, its leader first."""
    return [*team.members.current().select_related("specialist").order_by("-is_leader", "pk")]


def leader_of(team: Team) -> TeamMember | None:
    members = team.members.current().filter(is_leader=True)
    return members.select_related("specialist", "registration__specialist").first()


def team_case(team: Team, members: Sequence[TeamMember] | None = None) -> TeamCase:
    """The facts of a team with its members as they stand, or as `members` would have it."""
    seats = members_of(team) if members is None else members
    return TeamCase(
        year=team.year,
        name=team.name,
        institution=team.institution,
        category=Category(team.category),
        domains=tuple(team.domains),
        seats=tuple(seat_of(member) for member in seats),
        team_id=team.pk or 0,
    )


def seat_of(member: TeamMember) -> Seat:
    person = member.specialist
    return Seat(
        name=person.name,
        digest=person.id_digest,
        revoked_on=person.revoked_on,
        is_leader=member.is_leader,
        personnel_type=PersonnelType(member.personnel_type or PersonnelType.STAFF),  # of a past one it may be unknown
        unit=member.unit,
        ability_note=member.ability_note,
        has_evidence=_is_proven(member),
    )


def is_named_already(case: TeamCase) -> bool:
    """Whether the unit has another team of this name in the year."""
    same = Team.objects.filter(institution=case.institution, year=case.year, name=case.name)
    return bool(case.name) and same.exclude(pk=case.team_id).exists()


def other_teams(case: TeamCase, *, everywhere: bool, told: bool) -> list[tuple[str, list[str]]]:
    """A12: (name, titles of the other teams of the year) of each member who was or is in one.

    The unit's own teams count as soon as they are written down; other units' count once they are handed in, and only
    `everywhere`. Unless `told`, their titles are empty: no unit learns what another one has.
    """
    own, others = Q(team__institution=case.institution), ~Q(team__status=RegistrationStatus.DRAFT)
    rows = TeamMember.objects.filter(own | others if everywhere else own, team__year=case.year)
    rows = rows.filter(specialist__id_digest__in=case.digests).exclude(team=case.team_id)
    found: dict[str, list[str]] = {}
    listed = rows.order_by("team").values_list("specialist__id_digest", "team__institution", "team__name")
    for digest, unit, title in listed.distinct():
        found.setdefault(digest, []).append(title if told or unit == case.institution.pk else "")
    return [(seat.name, found[seat.digest]) for seat in case.seats if seat.digest in found]


def outsiders(case: TeamCase, *, everywhere: bool, told: bool) -> list[tuple[str, str]]:
    """R7: (name, unit) of members who are not the unit's own: by its own words, or (`everywhere`) because another unit
    registered them. That unit is named only to who may be `told`.
    """
    elsewhere: dict[str, str] = {}
    if everywhere:
        handed_in = Registration.objects.filter(year=case.year, specialist__id_digest__in=case.digests).handed_in()
        single = handed_in.individuals().exclude(institution=None)
        own = set(single.filter(institution=case.institution).values_list("specialist__id_digest", flat=True))
        rows = single.exclude(institution=case.institution)
        named = rows.values_list("specialist__id_digest", "institution__organization__name")
        elsewhere = {digest: unit if told else "" for digest, unit in named if digest not in own}
    strangers = [seat for seat in case.seats if seat.unit or seat.digest in elsewhere]
    return [(seat.name, seat.unit or elsewhere[seat.digest]) for seat in strangers]


@dataclass(frozen=True)
class Strength:
    """How many of a team's members count today, and since when they are too few."""

    members: int
    since: date | None  # the first day with fewer than the plan's least; None: they are enough


def strength(revoked: Sequence[date | None], *, least: int) -> Strength:
    """From the day on which each present member's qualification was cancelled, None for who keeps it."""
    lost = sorted(day for day in revoked if day)
    members = len(revoked) - len(lost)
    return Strength(members, lost[-(least - members)] if 0 < least - members <= len(lost) else None)


def strength_of(members: Sequence[TeamMember], *, least: int) -> Strength:
    return strength([member.specialist.revoked_on for member in members], least=least)


# --- counted for the board --------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class CategoryCount:
    """R15–R17: one line of the yearly plan, in distinct individuals."""

    category: Category
    number: int | None  # 40, 30, 350
    is_floor: bool
    selected: int
    proposed: int  # passed review, on the way to the published list
    in_review: int
    returned: int
    graduates: int  # of the selected
    revoked: int  # of the selected: still counted, shown beside (A7)

    @property
    def gap(self) -> int:
        return (self.number or 0) - self.selected - self.proposed

    @property
    def gap_words(self) -> str:
        plan, least = (None, self.number) if self.is_floor else (self.number, None)
        return rules.left_in_words(self.selected + self.proposed, planned=plan, floor=least)


@dataclass(frozen=True)
class Selection:
    """Who was selected in a year (A7): individuals by category, and the team members in a tally of their own."""

    year: int
    lines: list[CategoryCount]
    individuals: int  # a person selected in two categories stands in two lines and is one individual
    graduates: int  # R1
    teams: int
    team_members: int
    ages: list[tuple[str, int]]  # R13

    @property
    def graduate_share(self) -> str:
        """R1: 12.5%; of nobody there is no share."""
        return f"{100 * self.graduates / self.individuals:.1f}%" if self.individuals else "—"


def selection(pack: PolicyPack, *, year: int, on: date) -> Selection:
    """R1, R13, R15–R17: planned, selected, in review and missing; the ages are those of the day."""
    entry = pack.entry("W-QUOTA")
    registered = Registration.objects.filter(year=year)
    approved = Q(status=RegistrationStatus.APPROVED)
    student = Q(personnel_type=PersonnelType.GRADUATE)
    by_category = {
        row["category"]: row
        for row in registered.individuals()
        .values("category")
        .annotate(
            selected=_persons(approved),
            proposed=_persons(Q(status=RegistrationStatus.PROPOSED)),
            in_review=_persons(Q(status=RegistrationStatus.SUBMITTED)),
            returned=_persons(Q(status=RegistrationStatus.RETURNED)),
            graduates=_persons(approved & student),
            revoked=_persons(approved & Q(specialist__status=SpecialistStatus.REVOKED)),
        )
    }
    nobody: dict[str, int] = dict.fromkeys(("selected", "proposed", "in_review", "returned", "graduates", "revoked"), 0)
    lines = []
    for category in Category:
        plan, least = rules.planned(entry, category), rules.floor(entry, category)
        row: Mapping[str, Any] = by_category.get(category, nobody)
        figures = {name: row[name] for name in nobody}
        lines.append(CategoryCount(category, least if plan is None else plan, plan is None, **figures))
    single = Q(form=Form.INDIVIDUAL)
    totals = registered.filter(approved).aggregate(
        individuals=_persons(single), graduates=_persons(single & student), members=_persons(Q(form=Form.TEAM))
    )
    return Selection(
        year,
        lines,
        totals["individuals"],
        totals["graduates"],
        Team.objects.selected_in(year).count(),
        totals["members"],
        _ages(registered.filter(approved & single), pack.setting("registration.age_bands"), on=on),
    )


def _persons(condition: Q) -> Count:
    return Count("specialist", distinct=True, filter=condition)


def _ages(selected: QuerySet[Registration], bands: Sequence[int], *, on: date) -> list[tuple[str, int]]:
    born = "specialist__birth_date"
    parts = selected.values("specialist").distinct()
    ages = [
        on.year - row["y"] - ((on.month, on.day) < (row["m"], row["d"]))
        for row in parts.values("specialist", y=ExtractYear(born), m=ExtractMonth(born), d=ExtractDay(born))
    ]
    edges = [0, *bands]
    words = [f"{bands[0]}岁及以下", *(f"{low + 1}至{high}岁" for low, high in pairwise(bands))]
    counted = [sum(low < age <= high for age in ages) for low, high in pairwise(edges)]
    return [
        *zip(words, counted, strict=True),
        (f"{bands[-1]}岁以上", sum(age > bands[-1] for age in ages)),
    ]


def pack_of(year: int, *, on: date) -> PolicyPack:
    """The plan whose numbers a year is held against: its own, the newest version active on that day, whichever of them
    a file was handed in under; for a year without one, the day's."""
    own = PolicyPack.objects.filter(year=year, active_from__lte=on).order_by("-version").first()
    return own or PolicyPack.in_force(on=on)


def year_in(typed: str, *, otherwise: int) -> int:
    """A year out of an address; what cannot be one is `otherwise`."""
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) == 4 else otherwise


def rounds_of(record: Registration | Team, *, act: str = "registration.approve") -> list[Approval]:
    """Each round of the bureau's decision with the steps taken, oldest first."""
    return [*Approval.objects.filter(act=act, **label_of(record)).prefetch_related("taken__by").order_by("pk")]


# --- rows of lists ----------------------------------------------------------------------------------------------------


def rows(registrations: QuerySet[Registration]) -> QuerySet[Registration, Any]:
    """The columns of the list, in one statement."""
    return registrations.values(
        "id",
        "year",
        "category",
        "form",
        "personnel_type",
        "status",
        "origin",
        "submitted_on",
        "approved_on",
        name=F("specialist__name"),
        id_masked=F("specialist__id_masked"),
        specialist_status=F("specialist__status"),
        unit=F("institution__organization__name"),
        field=F("specialist__field"),
        title_name=F("specialist__title_name"),
        rank=F("specialist__title"),
    )


def team_rows(teams: QuerySet[Team]) -> QuerySet[Team, Any]:
    """The columns of the list of teams, in one statement."""
    present = TeamMember.objects.current().filter(team=OuterRef("pk"))
    return teams.with_strength().values(  # type: ignore[attr-defined]
        "id",
        "year",
        "name",
        "category",
        "domains",
        "status",
        "submitted_on",
        "approved_on",
        "active",
        "least",
        unit=F("institution__organization__name"),
        leader=Subquery(present.filter(is_leader=True).values("specialist__name")[:1]),
        revoked=ArraySubquery(present.order_by("pk").values("specialist__revoked_on")),
        replace_days=number_of_its_pack("I-TEAM-GAP", "replace_days"),
    )


def teams_waiting(teams: QuerySet[Team], role: str) -> list[int]:
    """The ids that wait for this role, the longest waiting first."""
    return [*teams.awaiting(role).order_by("submitted_on", "id").values_list("pk", flat=True)[:QUEUE]]  # type: ignore[attr-defined]


def listings(entries: QuerySet[ProvincialListEntry]) -> QuerySet[ProvincialListEntry, Any]:
    """The columns of the provincial list, with what the city's register holds of the person in that year (A15)."""
    here = Registration.objects.filter(specialist__id_digest=OuterRef("id_digest"), year=OuterRef("year")).handed_in()
    return entries.values(
        "id",
        "year",
        "name",
        "id_masked",
        "valid_from",
        "valid_to",
        "row",
        "document_number",
        categories=ArraySubquery(here.order_by("category").values("category")),
        registration=Subquery(here.order_by("category").values("id")[:1]),
    )


def waiting_in_turn(registrations: QuerySet[Registration], role: str) -> list[int]:
    """The ids that wait for this role, the longest waiting first: the officer's queue."""
    return [*registrations.awaiting(role).order_by("submitted_on", "id").values_list("pk", flat=True)[:QUEUE]]  # type: ignore[attr-defined]
