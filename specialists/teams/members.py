"""Who is in a selected team: somebody leaves, comes, follows another or takes the lead."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.db import transaction

from accounts.enums import Role
from accounts.models import Membership
from core import audit
from core.crypto import blind_index
from core.models import PolicyPack
from core.policy import Finding, Refused, plain, require
from core.stale import refuse_stale
from specialists import queries, rules
from specialists.enums import Form, Origin, PersonnelType, RegistrationStatus
from specialists.models import Registration, Team, TeamMember
from specialists.services import (
    clean_id_number,
)
from specialists.teams.entries import MemberEntry
from specialists.teams.holding import hold, hold_persons
from specialists.teams.judging import judge
from specialists.teams.seating import person_of
from specialists.teams.telling import tell_of_change


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
    team = hold(team)
    refuse_stale(team, version=version, typed={})
    pack = PolicyPack.in_force(on=on)
    approved = (RegistrationStatus.APPROVED,)
    require(rules.open_to_change(pack.entry("E-STATE"), status=RegistrationStatus(team.status), among=approved))
    number = clean_id_number(joining.id_number, on=on, pack=pack) if joining else ""
    comes = [blind_index(number, "id_number")] if number else []
    hold_persons([*team.members.current().values_list("specialist__id_digest", flat=True), *comes])
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
        person = person_of(number, joining, team, by=by, on=on, pack=pack)
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
        select_member(come, team, day=day, by=by)
    team.version += 1
    team.save(update_fields=["version"])
    verb = "team.member_replaced" if out and come else "team.member_left" if out else "team.member_joined"
    audit.record(
        verb,
        team,
        by=by,
        before={"members": [words_of(one) for one in before]},
        after={
            "members": [words_of(one) for one in after],
            **({"left": out.specialist.name} if out else {}),
            **({"joined": come.specialist.name} if come else {}),
            "on": day,
        },
        reason=reason.strip(),
    )
    tell_of_change(team, by=by, on=on, day=day, out=out, come=come)
    return team


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
    if joining and joining.personnel_type == PersonnelType.GRADUATE and joining.graduates_on is None:
        yield plain("E-COMPLETE", "在校研究生请填写预计毕业日期。", field="graduates_on")
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


@transaction.atomic
def pass_on_lead(team: Team, *, to: TeamMember, by: Membership, on: date, version: int | None = None) -> Team:
    """Let another present member lead the team. Raises Stale, Refused (E-STATE) for who is not in it or leads it."""
    team = hold(team)
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


def select_members(team: Team, *, day: date, by: Membership) -> None:
    """Give every present member the registration by which agreements and counts know them."""
    for member in queries.members_of(team):
        select_member(member, team, day=day, by=by)


def as_registered(member: TeamMember, team: Team) -> dict[str, Any]:
    """What the registration of a member says of them: that of their seat, and of the unit of the team."""
    return {
        "institution": team.institution,
        "origin": Origin.NOMINATED,
        "personnel_type": member.personnel_type,
        "ability_note": member.ability_note,
        "graduates_on": member.graduates_on,
        "consented_on": member.consented_on,
    }


def select_member(member: TeamMember, team: Team, *, day: date, by: Membership) -> None:
    """Give a member their registration of the year; who is in a second team has it from the first one.

    The leader may have one in draft, on which the draft of the team's agreement waits (leading).
    """
    fields = {
        **as_registered(member, team),
        "status": RegistrationStatus.APPROVED,
        "submitted_on": min(team.submitted_on or day, day),
        "approved_on": day,
        "pack": team.pack,
    }
    place: dict[str, Any] = {
        "specialist": member.specialist,
        "year": team.year,
        "form": Form.TEAM,
        "category": team.category,
    }
    there = Registration.objects.filter(**place)
    registration = there.handed_in().first()
    if registration is None:
        registration, _ = Registration.objects.update_or_create(**place, institution=team.institution, defaults=fields)
        audit.record("registration.selected_in_team", registration, by=by, after={"name": team.name})
    member.registration = registration
    member.save(update_fields=["registration"])


def words_of(member: TeamMember) -> str:
    return f"{member.specialist.name}（负责人）" if member.is_leader else member.specialist.name
