"""What is read about lists: who may come on one, who on it no longer may, how it counts against the plan."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Count, F, Q, QuerySet

from accounts.models import Institution
from core.identifiers import clean_document_number
from core.policy import Finding, Level
from specialists import queries, rules
from specialists.enums import Category, Form, PersonnelType, RegistrationStatus
from specialists.models import (
    ProvincialListEntry,
    Registration,
    SelectionCall,
    SelectionEntry,
    SelectionList,
    Team,
    TeamMember,
)
from specialists.queries import Facts
from specialists.rules import Listing
from specialists.services import judge_case

# A list is announced for the year it was called for, whichever is called by then; twins were refused at submission.
NOT_ASKED_AGAIN = frozenset({"E-REG-YEAR", "E-REG-DUP", "E-APPOINT"})


@dataclass(frozen=True)
class Pool:
    """Who passed review and stands on no list yet."""

    registrations: QuerySet[Registration]
    teams: QuerySet[Team]

    @property
    def count(self) -> int:
        both = self.registrations.order_by().values("pk").union(self.teams.order_by().values("pk"), all=True)
        return both.count()


def pool(year: int) -> Pool:
    standing = SelectionEntry.objects.standing()
    persons = Registration.objects.proposed().individuals().filter(year=year)
    return Pool(
        persons.exclude(pk__in=standing.exclude(registration=None).values("registration"))
        .select_related("specialist", "institution__organization")
        .order_by("category", F("institution__organization__name").asc(nulls_last=True), "pk"),
        Team.objects.proposed()
        .filter(year=year)
        .exclude(pk__in=standing.exclude(team=None).values("team"))
        .select_related("institution__organization")
        .order_by("institution__organization__name", "pk"),
    )


def list_of_number(number: str, *, but: SelectionList) -> str:
    """The other list whose 公布文件 has this number, however it was typed; "" without one."""
    others = SelectionList.objects.exclude(pk=but.pk).exclude(document_number="").order_by("pk")
    rows = others.values_list("title", "document_number")
    return next((title for title, taken in rows if clean_document_number(taken) == number), "")


def flags(entries: Iterable[SelectionEntry], *, on: date) -> dict[int, list[Finding]]:
    """What now stands against each entry, by its id: listed by the province since (R29), qualification cancelled (R34),
    a team that lost a member (R5). Three statements, however long the list."""
    rows = [*entries]
    members = members_of([row.team_id for row in rows if row.team_id])
    digests = [row.registration.specialist.id_digest for row in rows if row.registration]
    digests += [member.specialist.id_digest for team in members.values() for member in team]
    listings = _listings(digests)
    found = {}
    for row in rows:
        if row.registration:
            known = Facts(listings[row.registration.specialist.id_digest], 0)
            findings = _against_person(row.registration, known, on=on)
        else:
            assert row.team
            findings = _against_team(row.team, members[row.team.pk], listings, on=on)
        if findings:
            found[row.pk] = findings
    return found


def _against_person(registration: Registration, known: Facts, *, on: date) -> list[Finding]:
    assert registration.pack
    case = replace(queries.case_of(registration), known=known)
    verdicts = judge_case(case, on=on, pack=registration.pack)
    asked = (one.finding for one in verdicts if one.entry.code not in NOT_ASKED_AGAIN)
    return [finding for finding in asked if finding and finding.level == Level.BLOCK]


def _against_team(
    team: Team, members: Sequence[TeamMember], listings: dict[str, list[Listing]], *, on: date
) -> list[Finding]:
    pack = team.pack
    assert pack
    found = [
        rules.team_of_the_right_size(
            pack.entry("E-TEAM-SIZE"), members=sum(not one.specialist.is_revoked for one in members)
        )
    ]
    for person in (one.specialist for one in members):
        found += [
            rules.qualified(pack.entry("E-REVOKED"), name=person.name, revoked_on=person.revoked_on, act="参加团队"),
            rules.not_on_the_provincial_list(
                pack.entry("E-PROV"),
                name=person.name,
                category=Category(team.category),
                form=Form.TEAM,
                listings=listings[person.id_digest],
                start=on,
                end=max(on, date(team.year, 12, 31)),
            ),
        ]
    return [finding for finding in found if finding]


def members_of(teams: Sequence[int]) -> dict[int, list[TeamMember]]:
    """Who is in each team now, its leader first."""
    found: dict[int, list[TeamMember]] = defaultdict(list)
    rows = TeamMember.objects.current().filter(team__in=teams).select_related("specialist")
    for member in rows.order_by("-is_leader", "pk"):
        found[member.team_id].append(member)
    return found


def _listings(digests: Sequence[str]) -> dict[str, list[Listing]]:
    found: dict[str, list[Listing]] = defaultdict(list)
    rows = ProvincialListEntry.objects.filter(id_digest__in=digests).order_by("year", "pk")
    for digest, year, start, end in rows.values_list("id_digest", "year", "valid_from", "valid_to"):
        found[digest].append(Listing(year, start, end))
    return found


def elsewhere(registrations: Sequence[Registration], teams: Sequence[Team]) -> list[tuple[str, str]]:
    """(name, title of the list) of those who stand on a list already."""
    taken = SelectionEntry.objects.standing().filter(Q(registration__in=registrations) | Q(team__in=teams))
    rows = taken.select_related("selection_list", "registration__specialist", "team").order_by("pk")
    return [(str(row), row.selection_list.title) for row in rows]


@dataclass(frozen=True)
class Line:
    """One line of how a list counts: a category of individuals, or the teams."""

    label: str
    on_list: int
    selected: int  # before this list
    planned: int | None
    floor: int | None

    @property
    def words(self) -> str:
        """What is left of the plan when the list is announced (R15–R17)."""
        then = self.selected + self.on_list
        return rules.left_in_words(then, planned=self.planned, floor=self.floor) or "单独统计"


@dataclass(frozen=True)
class Counted:
    lines: list[Line]
    graduates: int  # of the individuals on the list
    individuals: int
    teams: int
    members: int
    by_unit: list[tuple[str, int, int]]  # (institution, individuals, teams)


def counted(selection_list: SelectionList) -> Counted:
    """R1, R15–R17, A7: what a list brings to the plan of its year, in persons; teams in a tally of their own."""
    quota = selection_list.pack.entry("W-QUOTA")
    entries = selection_list.entries.standing()
    on_list: dict[str, int] = dict(
        entries.exclude(registration=None)
        .values_list("registration__category")
        .annotate(n=Count("registration__specialist", distinct=True))
        .order_by()
    )
    mine = entries.exclude(registration=None).values("registration")
    selected: dict[str, int] = dict(
        Registration.objects.selected_in(selection_list.year)
        .individuals()
        .exclude(pk__in=mine)
        .values_list("category")
        .annotate(n=Count("specialist", distinct=True))
        .order_by()
    )
    lines = [
        Line(
            category.label,
            on_list.get(category, 0),
            selected.get(category, 0),
            rules.planned(quota, category),
            rules.floor(quota, category),
        )
        for category in Category
    ]
    students = entries.filter(registration__personnel_type=PersonnelType.GRADUATE)
    teams = entries.exclude(team=None)
    members = TeamMember.objects.current().filter(team__in=teams.values("team"))
    return Counted(
        lines,
        graduates=students.values("registration__specialist").distinct().count(),
        individuals=entries.exclude(registration=None).values("registration__specialist").distinct().count(),
        teams=teams.count(),
        members=members.values("specialist").distinct().count(),
        by_unit=_by_unit(entries),
    )


def _by_unit(entries: QuerySet[SelectionEntry]) -> list[tuple[str, int, int]]:
    found: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    singles = entries.exclude(registration=None).values_list("registration__institution__organization__name")
    for unit, n in singles.annotate(n=Count("pk")).order_by("registration__institution__organization__name"):
        found[unit or "市科技局直接聘请"][0] = n
    for unit, n in (
        entries.exclude(team=None)
        .values_list("team__institution__organization__name")
        .annotate(n=Count("pk"))
        .order_by("team__institution__organization__name")
    ):
        found[unit][1] = n
    return [(unit, persons, teams) for unit, (persons, teams) in found.items()]


def rows(lists: QuerySet[SelectionList]) -> QuerySet[SelectionList, Any]:
    """The columns of the list of lists, in one statement."""
    standing = Q(entries__removed_on=None)
    return lists.annotate(
        persons=Count("entries", filter=standing & Q(entries__registration__isnull=False), distinct=True),
        teams=Count("entries", filter=standing & Q(entries__team__isnull=False), distinct=True),
        open_objections=Count("objections", filter=Q(objections__conclusion=""), distinct=True),
    ).values(
        "id",
        "year",
        "number",
        "title",
        "status",
        "persons",
        "teams",
        "open_objections",
        "notice_from",
        "notice_until",
        "document_number",
        "announced_on",
    )


# --- calls ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Answer:
    """What one institution has made of a call so far, in registrations and teams."""

    institution: Institution
    drafts: int = 0
    handed_in: int = 0
    returned: int = 0
    passed: int = 0  # proposed and selected

    @property
    def word(self) -> str:
        if self.passed or self.handed_in:
            return "已提交"
        return "退回补正" if self.returned else "有草稿" if self.drafts else "尚未推荐"

    @property
    def tone(self) -> str:
        return {"已提交": "ok", "退回补正": "returned", "有草稿": "draft", "尚未推荐": "wait"}[self.word]


COUNTED = {
    RegistrationStatus.DRAFT: "drafts",
    RegistrationStatus.SUBMITTED: "handed_in",
    RegistrationStatus.RETURNED: "returned",
    RegistrationStatus.PROPOSED: "passed",
    RegistrationStatus.APPROVED: "passed",
}


def answers(call: SelectionCall, institutions: Iterable[Institution]) -> list[Answer]:
    """How far each institution has come with a call; two statements, however many there are.

    What was handed in before it opened answered another one of the year.
    """
    this_one = Q(status__in=RegistrationStatus.editable) | Q(submitted_on__gte=call.opens_on)
    found: dict[int, Counter[str]] = defaultdict(Counter)
    asked = {"year": call.year, "category__in": call.categories}
    persons = Registration.objects.individuals().filter(**asked) if Form.INDIVIDUAL in call.forms else None
    teams = Team.objects.filter(**asked) if Form.TEAM in call.forms else None
    for rows in (persons, teams):
        if rows is not None:
            counted = rows.filter(this_one).exclude(institution=None).values_list("institution", "status")
            for institution, status, n in counted.annotate(n=Count("pk")).order_by():
                if name := COUNTED.get(RegistrationStatus(status)):
                    found[institution][name] += n
    return [Answer(one, **found[one.pk]) for one in institutions]
