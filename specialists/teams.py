"""Every change to a team and its members: pages, API and the roster wizard all call these.

A team's row is the gate to the team; the rows of its persons are the gates to what a person may be in, and are held
after it, in the order of their digests: whoever registers, hands in or decides two teams at once never waits in a ring.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from typing import Any

from django.db import transaction
from django.urls import reverse

from accounts.enums import InstitutionType, Role
from accounts.models import Institution, Membership
from core import approvals, audit, dictionaries
from core.crypto import blind_index
from core.models import PolicyPack
from core.notify import Reader, tell
from core.policy import Finding, Refused, Side, Verdict, plain, require
from core.stale import Difference, Stale, refuse_stale
from specialists import deciding, queries, rules
from specialists.deciding import Step
from specialists.enums import Category, Form, Origin, PersonnelType, RegistrationStatus, Title
from specialists.models import Registration, Specialist, Team, TeamMember
from specialists.queries import Seat, TeamCase
from specialists.selection.calling import not_called
from specialists.services import (
    by_request,
    change_person,
    clean_id_number,
    forget_if_unused,
    hold_or_enter,
    institution_readers,
    news_about,
    not_this_name,
    refuse_by_hand,
    tell_of_entry,
)

ACT = "team.approve"
DETAILS = ("name", "mobile", "email", "education", "title", "bank_account", "bank_name")  # of the person
CONTENT = ("name", "category", "domains", "summary", "contact_name", "contact_phone")


@dataclass(frozen=True)
class MemberEntry:
    """What a unit writes of one member.

    `member` is the id of a member whom the team has already; then an empty `id_number` means the same person. Of a
    person whom the register knows, empty details leave those that are kept.
    """

    name: str
    id_number: str = ""
    mobile: str = ""
    is_leader: bool = False
    title: str = ""
    education: str = ""
    email: str = ""
    personnel_type: str = PersonnelType.STAFF
    unit: str = ""  # 所在单位, where it is not the team's own
    ability_note: str = ""
    bank_account: str = ""
    bank_name: str = ""
    member: int | None = None

    def personal(self, *, field: str) -> dict[str, Any]:
        """What the register keeps of a person who enters it by this team."""
        return {**{name: getattr(self, name) for name in DETAILS}, "title": self.title or Title.NONE, "field": field}

    def news(self) -> dict[str, Any]:
        typed = {name: getattr(self, name) for name in DETAILS}
        return {name: value for name, value in typed.items() if value}

    def seat(self) -> dict[str, Any]:
        note = self.ability_note if self.personnel_type == PersonnelType.GRADUATE else ""
        return {
            "is_leader": self.is_leader,
            "personnel_type": self.personnel_type,
            "unit": self.unit,
            "ability_note": note,
        }


# --- asking the rules -------------------------------------------------------------------------------------------------


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
    return findings


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
    group = groups[0] if groups else dictionaries.group_of(first) or "其他"
    return Category(by_group.get(group, Category.ENTERPRISE))


# --- registering ------------------------------------------------------------------------------------------------------


@transaction.atomic
def register_team(
    *,
    by: Membership,
    on: date,
    name: str,
    domains: Sequence[str],
    members: Sequence[MemberEntry],
    category: str = "",
    summary: str = "",
    contact_name: str = "",
    contact_phone: str = "",
    consent: bool = False,
) -> Team:
    """Begin the year's registration of a team; its members enter the register by it if they are not in it yet.

    The result is a draft: only submission asks every rule. Without a `category` the first field decides; `consent` says
    that every member agreed to the keeping of their details. Raises Refused for a hat without an institution, a name
    the unit has used already (E-TEAM-DUP), somebody listed twice (E-TEAM-TWICE), and for each member whose ID number
    cannot be one or belongs to another name (E-ID, with `row`, counted from 0, in its facts).
    """
    pack = PolicyPack.in_force(on=on)
    team = Team(
        institution=_hold_unit(by),
        year=pack.setting("registration.call_year"),
        name=name.strip(),
        category=category or category_for(domains, pack=pack),
        domains=_domains(domains),
        summary=summary,
        contact_name=contact_name,
        contact_phone=contact_phone,
    )
    _require_a_name_of_its_own(team, pack=pack)
    team.save()
    _seat(team, members, by=by, on=on, pack=pack, consent=consent)
    audit.record("team.created", team, by=by, after=_told(team))
    return team


@transaction.atomic
def save_team(
    team: Team,
    *,
    by: Membership,
    on: date,
    version: int | None,
    members: Sequence[MemberEntry] | None = None,
    consent: bool | None = None,
    **fields: Any,
) -> Team:
    """Change a draft or a returned team: some of CONTENT, and with `members` all of them. Raises `version`.

    Who is not among `members` any more leaves the draft without a trace of having been in the team. Raises Stale with
    the differences when `version` is not the record's any more, Refused as register_team does, and (E-STATE) once the
    team is handed in or decided.
    """
    if unknown := fields.keys() - {*CONTENT}:
        raise TypeError(f"a team has no {', '.join(sorted(unknown))}")
    _hold_unit(by)  # two teams of one unit do not take one name
    team = _hold(team)
    if "domains" in fields:
        fields["domains"] = _domains(fields["domains"])
    _refuse_stale(team, version=version, fields=fields, members=members)
    pack = PolicyPack.in_force(on=on)
    require(rules.open_to_change(pack.entry("E-STATE"), status=RegistrationStatus(team.status)))
    before = _told(team)
    for name, value in fields.items():
        setattr(team, name, value)
    team.category = team.category or category_for(team.domains, pack=pack)
    _require_a_name_of_its_own(team, pack=pack)
    if members is not None:
        _seat(team, members, by=by, on=on, pack=pack, consent=consent)
    after = _told(team)
    differing = [name for name in after if before[name] != after[name]]
    if differing or members is not None:
        team.version += 1
        team.save(update_fields=[*CONTENT, "version"])
    if differing:
        audit.record(
            "team.changed",
            team,
            by=by,
            before={name: before[name] for name in differing},
            after={name: after[name] for name in differing},
        )
    return team


@transaction.atomic
def discard_team(team: Team, *, by: Membership, on: date) -> None:
    """Throw a draft away, and the persons of whom nothing else is known. Raises Refused once it was handed in."""
    team = _hold(team)
    entry = PolicyPack.in_force(on=on).entry("E-STATE")
    status = RegistrationStatus(team.status)
    require(rules.open_to_change(entry, status=status, among=(RegistrationStatus.DRAFT,)))
    members = [*team.members.select_related("specialist").order_by("specialist__id_digest")]
    _hold_persons([member.specialist.id_digest for member in members])
    audit.record("team.discarded", team, by=by, before={"name": team.name})
    team.members.all().delete()
    team.delete()
    for member in members:
        forget_if_unused(member.specialist, by=by)


@transaction.atomic
def submit_team(team: Team, *, by: Membership, on: date) -> Team:
    """Hand a team in to the bureau: the pack of this day judges it, its steps of approval begin.

    Raises Refused with every finding in the way: what is missing, E-STATE, and the blocks of the rules (R3–R5). Warns
    that only the bureau may except (W-TEAM-OUTSIDE, W-TWO-TEAMS, W-GRAD) stay open for its review.
    """
    team = _hold(team)
    _hold_members(team)
    pack = PolicyPack.in_force(on=on)
    status = RegistrationStatus(team.status)
    verdicts = judge(queries.team_case(team), on=on, pack=pack)
    require(
        rules.may_move(pack.entry("E-STATE"), status=status, to=RegistrationStatus.SUBMITTED),
        *(missing(team, on=on, pack=pack) if team.is_editable else []),
        *(verdict.finding for verdict in verdicts),
        side=Side.INSTITUTION,
    )
    team.status, team.pack, team.submitted_on, team.return_opinion = RegistrationStatus.SUBMITTED, pack, on, ""
    team.version += 1
    team.save(update_fields=["status", "pack", "submitted_on", "return_opinion", "version"])
    approvals.open_approval(ACT, team, pack=pack)
    audit.record(
        "team.submitted",
        team,
        by=by,
        before={"status": status.label},
        after={"status": RegistrationStatus.SUBMITTED.label, "submitted_on": on},
    )
    return team


# --- deciding ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def decide_team(team: Team, **said: Any) -> Team:
    """Take the next step of the bureau's decision; the last one passed selects the team and every member of it.

    Where the pack wants a published list, it only proposes them. Each member then has a registration of the year in the form of a team: that is what agreements and counts know them
    by. `said` are the fields of `deciding.Step`. Raises what `deciding.take` does.
    """
    step = Step(**said)
    team = _hold(team)
    _hold_members(team)

    verdicts = partial(judge_team, team, on=step.on, deciding=True, told=True)
    select = partial(select_members, team, day=step.day, by=step.by)
    if approval := deciding.take(team, step, act=ACT, judge=verdicts, select=select):
        _tell_of_decision(team, approval_id=approval.pk, on=step.on)
    return team


# --- members, after selection -----------------------------------------------------------------------------------------


@transaction.atomic
def change_members(
    team: Team,
    *,
    by: Membership,
    on: date,
    day: date,
    leaving: TeamMember | None = None,
    joining: MemberEntry | None = None,
    reason: str = "",
    consent: bool = False,
    reasons: Mapping[str, str] | None = None,
    documents: Mapping[str, str] | None = None,
    version: int | None = None,
) -> Team:
    """Let one member go, take one in, or both in one step, from `day` on: who leaves is not in the team that day.

    One audit row tells of it. Where the leader leaves, who joins must lead (`joining.is_leader`), or lead is passed on
    first by a change without anybody leaving. The rules judge the team as it will be; a warn (R7, A12, R2) passes only
    on the bureau's own reason in `reasons`, so that a unit asks the bureau to make such a change. Raises Stale, and
    Refused with everything in the way: E-STATE, E-TEAM-SIZE for a team of two or six, a day in the future or before the
    last change, a missing reason or consent.
    """
    reasons = {code: text for code, text in (reasons or {}).items() if text.strip() and by.role in Role.bureau}
    team = _hold(team)
    refuse_stale(team, version=version, typed={})
    pack = PolicyPack.in_force(on=on)
    approved = (RegistrationStatus.APPROVED,)
    require(rules.open_to_change(pack.entry("E-STATE"), status=RegistrationStatus(team.status), among=approved))
    number = clean_id_number(joining.id_number, on=on, pack=pack) if joining else ""
    comes = [blind_index(number, "id_number")] if number else []
    _hold_persons([*team.members.current().values_list("specialist__id_digest", flat=True), *comes])
    before = queries.members_of(team)
    out = next((one for one in before if leaving and one.pk == leaving.pk), None)
    require(
        *_change_formalities(
            team, on=on, day=day, asked=leaving, out=out, joining=joining, reason=reason, consent=consent
        )
    )
    staying = [one for one in before if one != out]
    come = None
    if joining:
        person = _person(number, joining, team, by=by, pack=pack)
        come = TeamMember(team=team, specialist=person, joined_on=day, replaces=out, consented_on=on, **joining.seat())
    after = [*staying, come] if come else staying
    case = queries.team_case(team, after)
    verdicts = judge(case, on=on, pack=pack, deciding=True, told=by.role in Role.bureau)
    concerned = ("E-TEAM-LEADER", "E-TEAM-TWICE")
    if come:
        # The rules about persons are asked of who comes; the others were judged when they came.
        alone = replace(case, seats=(queries.seat_of(come),))
        about_them = judge(alone, on=on, pack=pack, deciding=True, told=by.role in Role.bureau)
        personal = ("W-GRAD", "W-TEAM-OUTSIDE", "W-TWO-TEAMS", "E-PROV", "E-REVOKED")
        verdicts = [one for one in verdicts if one.entry.code in concerned] + [
            one for one in about_them if one.entry.code in personal
        ]
    else:
        verdicts = [one for one in verdicts if one.entry.code in concerned]
    least = pack.entry("E-TEAM-SIZE").params["min"]
    counted = [queries.strength_of(members, least=least).members for members in (before, after)]
    passing = require(
        rules.team_of_the_right_size(pack.entry("E-TEAM-SIZE"), members=counted[1], before=counted[0]),
        *(verdict.finding for verdict in verdicts),
        overrides=reasons,
    )
    audit.record_overrides(passing, reasons, team, by=by, documents=documents)
    if out:
        out.left_on, out.left_reason = day, reason.strip()
        out.save(update_fields=["left_on", "left_reason"])
    if come:
        come.save()
        _select(come, team, day=day, by=by)
    team.version += 1
    team.save(update_fields=["version"])
    verb = "team.member_replaced" if out and come else "team.member_left" if out else "team.member_joined"
    audit.record(
        verb,
        team,
        by=by,
        before={"members": [_words(one) for one in before]},
        after={
            "members": [_words(one) for one in after],
            **({"left": out.specialist.name} if out else {}),
            **({"joined": come.specialist.name} if come else {}),
            "on": day,
        },
        reason=reason.strip(),
    )
    _tell_of_change(team, by=by, on=on, day=day, out=out, come=come)
    return team


@transaction.atomic
def pass_on_lead(team: Team, *, to: TeamMember, by: Membership, on: date, version: int | None = None) -> Team:
    """Let another present member lead the team. Raises Stale, Refused (E-STATE) for who is not in it or leads it."""
    team = _hold(team)
    refuse_stale(team, version=version, typed={})
    pack = PolicyPack.in_force(on=on)
    approved = (RegistrationStatus.APPROVED,)
    require(rules.open_to_change(pack.entry("E-STATE"), status=RegistrationStatus(team.status), among=approved))
    members = queries.members_of(team)
    heir = next((one for one in members if one.pk == to.pk), None)
    if heir is None or heir.is_leader:
        raise Refused([plain("E-STATE", "请从现有成员中选择新的负责人。", field="leader")])
    person = heir.specialist
    require(
        rules.qualified(pack.entry("E-REVOKED"), name=person.name, revoked_on=person.revoked_on, act="担任团队负责人")
    )
    team.members.current().filter(is_leader=True).update(is_leader=False)
    heir.is_leader = True
    heir.save(update_fields=["is_leader"])
    team.version += 1
    team.save(update_fields=["version"])
    led = [one.specialist.name for one in members if one.is_leader and one != heir]
    audit.record("team.leader_changed", team, by=by, before={"leader": led}, after={"leader": heir.specialist.name})
    return team


# --- pieces -----------------------------------------------------------------------------------------------------------


def _hold_unit(by: Membership) -> Institution:
    unit = Institution.objects.select_for_update(no_key=True, of=("self",)).filter(pk=by.organization_id).first()
    if unit is None:
        raise Refused([plain("E-ORG", "团队由派出单位组织申请，本单位尚未登记为派出单位，请与市科技局联系。")])
    return unit


def _hold(team: Team) -> Team:
    """The team read anew with its row held."""
    rows = Team.objects.select_for_update(of=("self",)).select_related("institution__organization", "pack")
    again = rows.filter(pk=team.pk).first()
    if again is None:
        raise Refused([plain("E-STATE", "这份团队登记草稿已被删除，不能执行此操作。")])
    return again


def _hold_members(team: Team) -> None:
    _hold_persons([*team.members.current().values_list("specialist__id_digest", flat=True)])


def _hold_persons(digests: Iterable[str]) -> None:
    list(Specialist.objects.select_for_update(of=("self",)).filter(id_digest__in=[*digests]).order_by("id_digest"))


def _require_a_name_of_its_own(team: Team, *, pack: PolicyPack) -> None:
    case = queries.team_case(team, ())
    exists = queries.is_named_already(case)
    require(rules.team_registered_once(pack.entry("E-TEAM-DUP"), name=team.name, year=team.year, exists=exists))


def _seat(
    team: Team,
    entries: Sequence[MemberEntry],
    *,
    by: Membership,
    on: date,
    pack: PolicyPack,
    consent: bool | None,
) -> None:
    """Make the members of a draft those of `entries`. Raises Refused with what is wrong in all of its rows."""
    there = {member.pk: member for member in queries.members_of(team)}
    refused: list[Finding] = []
    numbers: dict[int, str] = {}  # row → ID number
    for row, entry in enumerate(entries):
        known = there.get(entry.member or 0)
        try:
            if known and not entry.id_number:
                numbers[row] = known.specialist.id_number
            else:
                numbers[row] = clean_id_number(entry.id_number, on=on, pack=pack)
        except Refused as refusal:
            refused += [_in_row(finding, row) for finding in refusal.findings]
    digests = {row: blind_index(number, "id_number") for row, number in numbers.items()}
    listed = [(digest, entries[row].name) for row, digest in digests.items()]
    twice = rules.nobody_stands_twice(pack.entry("E-TEAM-TWICE"), members=listed)
    if refused or twice:
        raise Refused([*refused, *([twice] if twice else [])])
    leaving = {member.specialist_id: member for member in there.values()}
    seats: list[tuple[MemberEntry, TeamMember]] = []
    for row in sorted(digests, key=lambda row: digests[row]):  # the order in which every act holds persons
        try:
            person = _person(numbers[row], entries[row], team, by=by, pack=pack)
        except Refused as refusal:
            refused += [_in_row(finding, row) for finding in refusal.findings]
            continue
        seat = leaving.pop(person.pk, None) or TeamMember(team=team, specialist=person, joined_on=on)
        seats.append((entries[row], seat))
    if refused:
        raise Refused(refused)
    for gone in leaving.values():
        gone.delete()
        forget_if_unused(gone.specialist, by=by)
    team.members.update(is_leader=False)  # the lead passes from one to another in one go
    for entry, seat in sorted(seats, key=lambda one: entries.index(one[0])):
        for name, value in entry.seat().items():
            setattr(seat, name, value)
        if consent is not None:
            seat.consented_on = (seat.consented_on or on) if consent else None
        seat.save()


def _person(number: str, entry: MemberEntry, team: Team, *, by: Membership, pack: PolicyPack) -> Specialist:
    """The person of a row, entered if new; what another unit keeps of them stays as it is and is not told."""
    personal = entry.personal(field=team.domains[0] if team.domains else "其他")
    person, new = hold_or_enter(number, personal)
    if new:
        tell_of_entry(person, personal, by=by)
        return person
    kept = queries.details_belong_to_another(person, institution_id=team.institution_id, year=team.year)
    beyond = person.registrations.exists() or person.memberships.exclude(team=team.pk).exists()
    if person.name != entry.name and (kept or beyond or person.memberships.filter(team=team.pk).first() is None):
        raise Refused([not_this_name()])
    if not kept:
        news = news_about(person, entry.news())
        if entry.member:
            refuse_by_hand(person, news, pack=pack)
        settled = by_request(person, pack=pack)  # a row that is new cannot know it: it stays as it is
        change_person(person, {name: news[name] for name in news if name not in settled}, by=by)
    return person


def select_members(team: Team, *, day: date, by: Membership) -> None:
    """Give every present member the registration by which agreements and counts know them."""
    for member in queries.members_of(team):
        _select(member, team, day=day, by=by)


def _select(member: TeamMember, team: Team, *, day: date, by: Membership) -> None:
    """Give a member their registration of the year; who is in a second team has it from the first one."""
    registration, new = Registration.objects.get_or_create(
        specialist=member.specialist,
        year=team.year,
        form=Form.TEAM,
        category=team.category,
        defaults={
            "institution": team.institution,
            "origin": Origin.NOMINATED,
            "personnel_type": member.personnel_type,
            "ability_note": member.ability_note,
            "consented_on": member.consented_on,
            "status": RegistrationStatus.APPROVED,
            "submitted_on": min(team.submitted_on or day, day),
            "approved_on": day,
            "pack": team.pack,
        },
    )
    if new:
        audit.record("registration.selected_in_team", registration, by=by, after={"name": team.name})
    member.registration = registration
    member.save(update_fields=["registration"])


def _change_formalities(
    team: Team,
    *,
    on: date,
    day: date,
    asked: TeamMember | None,
    out: TeamMember | None,
    joining: MemberEntry | None,
    reason: str,
    consent: bool,
) -> Iterable[Finding]:
    if asked and out is None:
        yield plain("E-STATE", "该成员已不在团队中，不能执行此操作。", field="leaving")
    if not asked and not joining:
        yield plain("E-FIELD", "请选择退出的成员，或填写加入的成员。", field="leaving")
    if out and not reason.strip():
        yield plain("E-FIELD", "请填写退出原因。", field="reason")
    if joining and not consent:
        yield plain("E-COMPLETE", "请取得本人对处理个人信息的同意并勾选。", field="consent")
    if day > on:
        yield plain("E-FIELD", "变更日期不能晚于今天。", field="day")
    last = max([team.approved_on or day, *team.members.values_list("joined_on", flat=True)])
    left = team.members.exclude(left_on=None).order_by("-left_on").values_list("left_on", flat=True).first()
    if day < (since := max(last, left) if left else last):
        yield plain(
            "E-FIELD",
            f"变更日期不能早于入选或上次变更的日期（{since.year}年{since.month}月{since.day}日）。",
            field="day",
        )


def _graduates(case: TeamCase, pack: PolicyPack) -> Iterable[Finding | None]:
    for seat in case.seats:
        finding = rules.graduate_has_ability_or_results(
            pack.entry("W-GRAD"),
            personnel_type=seat.personnel_type,
            ability_note=seat.ability_note,
            research_results="",
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


def _in_row(finding: Finding, row: int) -> Finding:
    return replace(finding, facts={**finding.facts, "row": row})


def _domains(names: Sequence[str]) -> list[str]:
    return [*dict.fromkeys(name.strip() for name in names if name.strip())]


def _words(member: TeamMember) -> str:
    return f"{member.specialist.name}（负责人）" if member.is_leader else member.specialist.name


def _told(team: Team) -> dict[str, Any]:
    """As the register keeps it: the content, and who is in it by name."""
    content = {name: getattr(team, name) for name in CONTENT}
    return {**content, "members": [_words(member) for member in queries.members_of(team)]}


def _refuse_stale(
    team: Team, *, version: int | None, fields: Mapping[str, Any], members: Sequence[MemberEntry] | None
) -> None:
    try:
        refuse_stale(team, version=version, typed=fields)
    except Stale as stale:
        theirs = "、".join(sorted(member.specialist.name for member in queries.members_of(team)))
        yours = "、".join(sorted(entry.name for entry in members or []))
        if members is not None and theirs != yours:
            stale.differences.append(Difference("成员", theirs, yours))
        raise


# --- telling ----------------------------------------------------------------------------------------------------------


def _tell_of_decision(team: Team, *, approval_id: int, on: date) -> None:
    readers = [*institution_readers(team.institution_id, on=on)]
    if team.status == RegistrationStatus.PROPOSED:
        subject = f"团队“{team.name}”的登记已通过审核"
        body = "拟选派名单经审批、公示后公布，公布后即可签订三方协议。"
    elif team.status == RegistrationStatus.APPROVED:
        subject = f"团队“{team.name}”已入选{team.year}年度科技特派员"
        body = f"{subject}，可以签订三方协议。"
        readers += [_reader(member) for member in queries.members_of(team)]
    else:
        subject = f"团队“{team.name}”的登记已退回"
        body = f"退回意见：{team.return_opinion} 请补正后重新提交。"
    tell(
        readers,
        occasion=f"team.decided:{approval_id}",
        subject=subject,
        body=body,
        link=reverse("specialists:team-detail", args=[team.pk]),
    )


def _tell_of_change(
    team: Team, *, by: Membership, on: date, day: date, out: TeamMember | None, come: TeamMember | None
) -> None:
    """Whoever did not make the change hears of it: the bureau, or the unit, and the two persons."""
    if by.role in Role.bureau:
        readers = [*institution_readers(team.institution_id, on=on)]
    else:
        officers = Membership.objects.active(on=on).filter(role=Role.BUREAU_OFFICER).select_related("person")
        readers = [Reader(person=hat.person, email=hat.person.email) for hat in officers]
    readers += [_reader(member) for member in (out, come) if member]
    changes = [f"{out.specialist.name}退出"] if out else []
    changes += [f"{come.specialist.name}加入"] if come else []
    words = "，".join(changes)
    tell(
        readers,
        occasion=f"team.members:{team.pk}:{team.version}",
        subject=f"团队“{team.name}”的成员有变更",
        body=f"自{day.year}年{day.month}月{day.day}日起，{words}。",
        link=reverse("specialists:team-detail", args=[team.pk]),
    )


def _reader(member: TeamMember) -> Reader:
    return Reader(person=member.specialist.user, email=member.specialist.email)
