"""A team from its draft to the bureau's decision."""

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from accounts.models import Membership
from core import approvals, audit
from core.models import PolicyPack
from core.policy import Refused, Side, plain, require
from core.stale import Difference, Stale, refuse_stale
from specialists import deciding, queries, rules
from specialists.deciding import Step
from specialists.enums import RegistrationStatus
from specialists.models import Team
from specialists.services import (
    forget_if_unused,
)
from specialists.teams.entries import MemberEntry
from specialists.teams.holding import hold, hold_members, hold_persons, hold_unit
from specialists.teams.judging import category_for, judge, judge_team, missing
from specialists.teams.leading import follow
from specialists.teams.members import select_members, words_of
from specialists.teams.seating import seat_all
from specialists.teams.telling import tell_of_decision

ACT = "team.approve"
CONTENT = ("name", "category", "domains", "summary", "contact_name", "contact_phone")


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
        institution=hold_unit(by),
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
    seat_all(team, members, by=by, on=on, pack=pack, consent=consent)
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
    hold_unit(by)  # two teams of one unit do not take one name
    team = hold(team)
    if "domains" in fields:
        fields["domains"] = _domains(fields["domains"])
    _refuse_stale(team, version=version, fields=fields, members=members)
    pack = PolicyPack.in_force(on=on)
    require(rules.open_to_change(pack.entry("E-STATE"), status=RegistrationStatus(team.status)))
    before, left = _told(team), team.category
    for name, value in fields.items():
        setattr(team, name, value)
    team.category = team.category or category_for(team.domains, pack=pack)
    _require_a_name_of_its_own(team, pack=pack)
    if members is not None:
        seat_all(team, members, by=by, on=on, pack=pack, consent=consent)
    after = _told(team)
    differing = [name for name in after if before[name] != after[name]]
    if differing or members is not None:
        team.version += 1
        team.save(update_fields=[*CONTENT, "version"])
        follow(team, left=left)
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
    """Throw a draft away, and the persons of whom nothing else is known.

    Raises Refused (E-STATE) once it was handed in, and while an agreement draft of a roster hangs on it.
    """
    team = hold(team)
    entry = PolicyPack.in_force(on=on).entry("E-STATE")
    status = RegistrationStatus(team.status)
    require(rules.open_to_change(entry, status=status, among=(RegistrationStatus.DRAFT,)))
    members = [*team.members.select_related("specialist").order_by("specialist__id_digest")]
    hold_persons([member.specialist.id_digest for member in members])
    audit.record("team.discarded", team, by=by, before={"name": team.name})
    team.members.all().delete()
    try:
        team.delete()
    except ProtectedError:
        raise Refused([plain("E-STATE", "这个团队已有协议草稿，请先删除协议草稿。")]) from None
    for member in members:
        forget_if_unused(member.specialist, by=by)


@transaction.atomic
def submit_team(team: Team, *, by: Membership, on: date) -> Team:
    """Hand a team in to the bureau: the pack of this day judges it, its steps of approval begin.

    Raises Refused with every finding in the way: what is missing, E-STATE, and the blocks of the rules (R3–R5). Warns
    that only the bureau may except (W-TEAM-OUTSIDE, W-TWO-TEAMS, W-GRAD) stay open for its review.
    """
    team = hold(team)
    hold_members(team)
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


@transaction.atomic
def decide_team(team: Team, **said: Any) -> Team:
    """Take the next step of the bureau's decision; the last one passed selects the team and every member of it.

    Where the pack wants a published list, it only proposes them. Each member then has a registration of the year in the form of a team: that is what agreements and counts know them
    by. `said` are the fields of `deciding.Step`. Raises what `deciding.take` does.
    """
    step = Step(**said)
    team = hold(team)
    hold_members(team)

    verdicts = partial(judge_team, team, on=step.on, deciding=True, told=True)
    select = partial(select_members, team, day=step.day, by=step.by)
    if approval := deciding.take(team, step, act=ACT, judge=verdicts, select=select):
        tell_of_decision(team, approval_id=approval.pk, on=step.on)
    return team


# --- pieces -----------------------------------------------------------------------------------------------------------


def _require_a_name_of_its_own(team: Team, *, pack: PolicyPack) -> None:
    case = queries.team_case(team, ())
    exists = queries.is_named_already(case)
    require(rules.team_registered_once(pack.entry("E-TEAM-DUP"), name=team.name, year=team.year, exists=exists))


def _domains(names: Sequence[str]) -> list[str]:
    return [*dict.fromkeys(name.strip() for name in names if name.strip())]


def _told(team: Team) -> dict[str, Any]:
    """As the register keeps it: the content, and who is in it by name."""
    content = {name: getattr(team, name) for name in CONTENT}
    return {**content, "members": [words_of(member) for member in queries.members_of(team)]}


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
