"""What the rules say of a team, saved or only typed so far, and what it still lacks."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from accounts.enums import InstitutionType
from accounts.models import Institution
from core import dictionaries
from core.crypto import blind_index
from core.enums import Dictionary
from core.models import PolicyPack
from core.policy import Finding, Verdict, plain
from specialists import queries, rules
from specialists.enums import Category, Form, PersonnelType, RegistrationStatus
from specialists.models import Specialist, Team, TeamMember
from specialists.queries import Seat, TeamCase
from specialists.selection.calling import not_called
from specialists.teams.entries import MemberEntry


def judge(case: TeamCase, *, on: date, pack: PolicyPack, deciding: bool = False, told: bool = False) -> list[Verdict]:
    """Ask every rule about a team, saved or only typed so far: one verdict per rule, in the work plan's order.

    When the bureau is `deciding`, what other units have of the same people counts too; it is named to those who may be
    `told`. A unit's own submission neither waits for it nor learns of it.
    """

    def ask(code: str, rule: Any, **facts: Any) -> Verdict:
        return Verdict(pack.entry(code), rule(pack.entry(code), **facts))

    def ask_each(code: str, finding: Iterable[Finding | None]) -> Verdict:
        return Verdict(pack.entry(code), _together([one for one in finding if one]))

    teams = queries.other_teams(case, everywhere=deciding, told=told)
    strangers = queries.outsiders(case, everywhere=deciding, told=told)
    return [
        ask_each("W-GRAD", _graduates(case, pack)),
        ask(
            "E-TEAM-ORG",
            rules.team_from_a_university_or_institute,
            institution_type=InstitutionType(case.institution.type),
        ),
        ask("E-TEAM-FIELD", rules.team_names_its_fields, domains=case.domains),
        ask("E-TEAM-SIZE", rules.team_of_the_right_size, members=len(case.seats)),
        ask("E-TEAM-TWICE", rules.nobody_stands_twice, members=[(seat.digest, seat.name) for seat in case.seats]),
        ask(
            "W-TEAM-OUTSIDE",
            rules.members_are_the_units_own,
            institution=str(case.institution),
            outsiders=strangers,
        ),
        ask("W-TWO-TEAMS", rules.members_of_few_teams, year=case.year, elsewhere=teams),
        ask(
            "E-TEAM-DUP",
            rules.team_registered_once,
            name=case.name,
            year=case.year,
            exists=queries.is_named_already(case),
        ),
        ask(
            "E-REG-YEAR",
            rules.in_the_called_year,
            year=case.year,
            called=pack.setting("registration.call_year"),
        ),
        ask("E-TEAM-LEADER", rules.team_has_its_leader, leaders=sum(seat.is_leader for seat in case.seats)),
        ask_each("E-PROV", _listed(case, pack, on=on)),
        ask_each("E-REVOKED", _revoked(case, pack)),
    ]


def judge_team(team: Team, *, on: date, deciding: bool = False, told: bool = False) -> list[Verdict]:
    """The same for a team as it stands: by the pack it was handed in under, else by the one in force."""
    pack = team.pack or PolicyPack.in_force(on=on)
    return judge(queries.team_case(team), on=on, pack=pack, deciding=deciding, told=told)


def case_typed(
    *,
    institution: Institution,
    name: str,
    domains: Sequence[str],
    members: Sequence[MemberEntry],
    pack: PolicyPack,
    category: str = "",
    team: Team | None = None,
) -> TeamCase:
    """The facts of a team that is not saved yet: a form being filled in, a block of a roster.

    What the register knows of a number is asked only together with the name that belongs to it. `team` is the one that
    the form changes.
    """
    there = {member.pk: member.specialist for member in queries.members_of(team)} if team else {}
    digests = [blind_index(entry.id_number, "id_number") if entry.id_number else "" for entry in members]
    register = {person.id_digest: person for person in Specialist.objects.filter(id_digest__in=filter(None, digests))}
    seats = []
    for entry, digest in zip(members, digests, strict=True):
        person = register.get(digest) if digest else there.get(entry.member or 0)
        known = person if person and person.name == entry.name else None
        seats.append(
            Seat(
                name=entry.name,
                digest=digest or (person.id_digest if person else ""),
                revoked_on=known.revoked_on if known else None,
                is_leader=entry.is_leader,
                personnel_type=PersonnelType(entry.personnel_type),
                unit=entry.unit,
                ability_note=entry.ability_note,
            )
        )
    return TeamCase(
        year=team.year if team else pack.setting("registration.call_year"),
        name=name.strip(),
        institution=institution,
        category=Category(category) if category else category_for(domains, pack=pack),
        domains=tuple(domains),
        seats=tuple(seats),
        team_id=team.pk if team else 0,
    )


def missing(team: Team, *, on: date, pack: PolicyPack | None = None) -> list[Finding]:
    """What still has to be filled in or waited for before submission, in the words of the page."""
    called = not_called(team, on=on, pack=pack or PolicyPack.in_force(on=on))
    findings = [called] if called else []
    silent = [member.specialist.name for member in queries.members_of(team) if member.consented_on is None]
    if silent:
        sentence = f"请取得{'、'.join(silent)}对处理个人信息的同意并勾选。"
        findings.append(plain("E-COMPLETE", sentence, field="consent"))
    return [*findings, *_when_students_graduate(team, on=on)]


def _when_students_graduate(team: Team, *, on: date) -> Iterable[Finding]:
    """A14: of a student it is known when they will be one no more."""
    students = [one for one in queries.members_of(team) if one.personnel_type == PersonnelType.GRADUATE]
    if silent := [one.specialist.name for one in students if one.graduates_on is None]:
        yield plain("E-COMPLETE", f"请填写在校研究生{'、'.join(silent)}的预计毕业日期。", field="graduates_on")
    if past := [one.specialist.name for one in students if one.graduates_on and one.graduates_on < on]:
        yield plain("E-COMPLETE", f"{'、'.join(past)}的预计毕业日期已过，请核对日期或人员类型。", field="graduates_on")


def gap(team: Team, *, on: date, members: Sequence[TeamMember] | None = None) -> Finding | None:
    """R5: what a selected team says of itself that fell below the least number, with the day to replace by."""
    if team.status != RegistrationStatus.APPROVED:
        return None
    pack = team.pack or PolicyPack.in_force(on=on)
    present = queries.members_of(team) if members is None else members
    least = pack.entry("E-TEAM-SIZE").params["min"]
    now = queries.strength_of(present, least=least)
    return rules.team_is_complete(pack.entry("I-TEAM-GAP"), members=now.members, least=least, since=now.since, on=on)


def category_for(domains: Sequence[str], *, pack: PolicyPack) -> Category:
    """The category that a team of these fields serves in, where nobody says otherwise: that of its first field."""
    by_group: Mapping[str, str] = pack.setting("teams.categories")
    first = domains[0] if domains else ""
    groups = [one["group"] for one in pack.setting("registration.fields") if first in one["names"]]
    group = groups[0] if groups else dictionaries.group_of(first, Dictionary.FIELD, Dictionary.INDUSTRY) or "其他"
    return Category(by_group.get(group, Category.ENTERPRISE))


# --- of each member, said together ------------------------------------------------------------------------------------


def _graduates(case: TeamCase, pack: PolicyPack) -> Iterable[Finding | None]:
    for seat in case.seats:
        finding = rules.graduate_has_ability_or_results(
            pack.entry("W-GRAD"),
            personnel_type=seat.personnel_type,
            ability_note=seat.ability_note,
            research_results="",
            has_evidence=seat.has_evidence,
        )
        yield replace(finding, message=f"{seat.name}：{finding.message}") if finding else None


def _listed(case: TeamCase, pack: PolicyPack, *, on: date) -> Iterable[Finding | None]:
    for seat in case.seats:
        yield rules.not_on_the_provincial_list(
            pack.entry("E-PROV"),
            name=seat.name,
            category=case.category,
            form=Form.TEAM,
            listings=queries.listings_of(seat.digest) if seat.digest else [],
            start=on,
            end=max(on, date(case.year, 12, 31)),
        )


def _revoked(case: TeamCase, pack: PolicyPack) -> Iterable[Finding | None]:
    for seat in case.seats:
        yield rules.qualified(pack.entry("E-REVOKED"), name=seat.name, revoked_on=seat.revoked_on, act="参加团队")


def _together(findings: Sequence[Finding]) -> Finding | None:
    """One finding of one rule that found something about several people."""
    if not findings:
        return None
    facts = {name: value for name, value in findings[0].facts.items() if name != "field"}
    return replace(findings[0], message="".join(finding.message for finding in findings), facts=facts)
