"""People, registrations and teams of agreements that were filed before the platform (历史导入): taken over, given back.

What was decided then is not decided again: a registration enters as approved, on the day its agreement was filed, and a
team as selected. What nobody wrote down (a telephone, a degree, the consent) stays empty, and pages say 未记载.
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from django.db import transaction

from accounts.models import Institution, Membership
from core import audit
from core.crypto import blind_index
from core.models import PolicyPack
from core.policy import Refused, plain
from specialists import titles
from specialists.enums import Category, Form, Origin, PersonnelType, RegistrationStatus
from specialists.models import Registration, Specialist, Team, TeamMember
from specialists.services import PERSONAL, hold_or_enter, tell_of_entry


@dataclass(frozen=True)
class PastPerson:
    """What a past agreement says of one person; empty where it says nothing."""

    name: str
    id_number: str
    mobile: str = ""
    email: str = ""
    education: str = ""
    title_name: str = ""
    field: str = ""
    bank_account: str = ""
    bank_name: str = ""
    personnel_type: str = ""
    department: str = ""
    supervisor: str = ""
    graduates_on: date | None = None
    unit: str = ""  # of a member of a team, where it is not the team's own
    is_leader: bool = False


@dataclass(frozen=True)
class Past:
    """Under whom and when it was filed: the same for all that one agreement brings."""

    institution: Institution
    day: date  # of the filing; its year is the year of the registration
    category: Category
    pack: PolicyPack
    by: Membership


def hold_people(id_numbers: Iterable[str]) -> None:
    """Hold those of them whom the register knows, in the order in which every act holds persons."""
    digests = [blind_index(number, "id_number") for number in id_numbers]
    list(Specialist.objects.select_for_update(of=("self",)).filter(id_digest__in=digests).in_holding_order())


@transaction.atomic
def take_over_registration(person: PastPerson, past: Past, *, form: Form) -> tuple[Registration, bool]:
    """The person's registration of the year, approved; entered if nobody had it: (registration, new).

    One that the register has approved already stands, also another unit's: a person has one of a kind in a year.
    Raises Refused (E-REG-DUP) while one is still on its way to be decided: there would be two of them.
    """
    specialist = _take_over_person(person, past)
    same = specialist.registrations.filter(year=past.day.year, form=form, category=past.category)
    if approved := same.filter(status=RegistrationStatus.APPROVED).first():
        return approved, False
    theirs = same.filter(institution=past.institution) | same.exclude(status=RegistrationStatus.DRAFT)
    if waiting := theirs.first():
        words = f"{person.name}{past.day.year}年度这一类别的登记正在办理（{waiting.get_status_display()}），请先办结或删除草稿，再导入历史协议。"
        raise Refused([plain("E-REG-DUP", words, field="id_number")])
    student = person.personnel_type == PersonnelType.GRADUATE
    registration = Registration.objects.create(
        specialist=specialist,
        year=past.day.year,
        category=past.category,
        form=form,
        personnel_type=person.personnel_type,
        origin=Origin.NOMINATED,
        institution=past.institution,
        department=person.department,
        supervisor=person.supervisor if student else "",
        graduates_on=person.graduates_on if student else None,
        status=RegistrationStatus.APPROVED,
        approved_on=past.day,
        pack=past.pack,
        is_past=True,
    )
    after = {"status": RegistrationStatus.APPROVED.label, "approved_on": past.day, "institution": past.institution}
    audit.record("registration.taken_over", registration, by=past.by, after=after)
    return registration, True


@transaction.atomic
def take_over_team(
    name: str, domains: Sequence[str], members: Sequence[PastPerson], past: Past
) -> tuple[Team, dict[str, tuple[Registration, bool]]]:
    """The unit's team of that name in the year, selected, and its members' registrations by ID number: (it, new).

    A team taken over with an earlier agreement is the same team: who is not in it yet joins it. Raises Refused
    (E-TEAM-DUP) while a team of the name is on its way to be decided, and for a stranger to one selected here.
    """
    team = Team.objects.filter(institution=past.institution, year=past.day.year, name=name).first()
    if team is None:
        team = Team.objects.create(
            institution=past.institution,
            year=past.day.year,
            name=name,
            category=past.category,
            domains=list(domains),
            status=RegistrationStatus.APPROVED,
            approved_on=past.day,
            pack=past.pack,
            is_past=True,
        )
        names = [f"{one.name}（负责人）" if one.is_leader else one.name for one in members]
        after = {"name": name, "approved_on": past.day, "members": names}
        audit.record("team.taken_over", team, by=past.by, after=after)
    elif team.status != RegistrationStatus.APPROVED:
        words = f"团队“{name}”{team.year}年度的登记正在办理（{team.get_status_display()}），请先办结或删除草稿，再导入历史协议。"
        raise Refused([plain("E-TEAM-DUP", words, field="team")])
    registrations = {}
    there = {member.specialist_id: member for member in team.members.current()}
    led = any(member.is_leader for member in there.values())
    for person in sorted(members, key=lambda one: blind_index(one.id_number, "id_number")):
        registration, new = take_over_registration(person, past, form=Form.TEAM)
        registrations[person.id_number] = (registration, new)
        if registration.specialist_id not in there:
            if not team.is_past:
                words = f"平台上已有{team.year}年度团队“{name}”，{person.name}不是其成员。请核对团队名称和成员。"
                raise Refused([plain("E-TEAM-DUP", words, field="team")])
            TeamMember.objects.create(
                team=team,
                specialist=registration.specialist,
                is_leader=person.is_leader and not led,
                personnel_type=person.personnel_type,
                unit=person.unit,
                joined_on=team.approved_on or past.day,
                registration=registration,
            )
    return team, registrations


def _take_over_person(person: PastPerson, past: Past) -> Specialist:
    """Who has this number. Of a person whom the register knows it keeps what it has, also the name."""
    personal = titles.with_rank({name: getattr(person, name) for name in PERSONAL}, on=past.day)
    specialist, new = hold_or_enter(person.id_number, personal)
    if new:
        tell_of_entry(specialist, personal, by=past.by)
    return specialist


@transaction.atomic
def give_back(teams: Collection[int], registrations: Collection[int], *, by: Membership) -> None:
    """Take past teams and registrations out again on which no agreement stands any more, and who is in nothing else.

    The agreements that brought them are gone already; what another one needs stays.
    """
    left = Team.objects.filter(pk__in=teams, is_past=True, agreements=None).distinct()
    for team in left:
        audit.record("team.given_back", team, by=by, before={"name": team.name})
    members = TeamMember.objects.filter(team__in=left)
    people = set(members.values_list("specialist", flat=True))
    gone = [team.pk for team in left]
    members.delete()
    Team.objects.filter(pk__in=gone).delete()
    unused = Registration.objects.filter(pk__in=registrations, is_past=True, agreements=None, memberships=None)
    unused = unused.select_related("specialist").order_by("pk")
    for registration in unused:
        audit.record(
            "registration.given_back", registration, by=by, before={"person": registration.specialist.id_masked}
        )
        people.add(registration.specialist_id)
    Registration.objects.filter(pk__in=[one.pk for one in unused]).delete()
    forgotten = Specialist.objects.filter(
        pk__in=people, revoked_on=None, user=None, registrations=None, memberships=None, agreements=None
    ).order_by("pk")
    for person in forgotten:
        audit.record("specialist.discarded", person, by=by, before={"person": person.id_masked})
    Specialist.objects.filter(pk__in=[one.pk for one in forgotten]).delete()
