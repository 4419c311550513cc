"""A team changes its members: where it serves, who comes is one person more at the host."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from django.db import transaction

from accounts.enums import Role
from accounts.models import HostUnit, Membership
from agreements import rules
from agreements.cases import Case
from agreements.models import Agreement
from agreements.services.holding import pack_beside
from core import audit
from core.crypto import blind_index
from core.policy import Finding, Refused, require
from specialists import teams
from specialists.models import Specialist, Team, TeamMember
from specialists.teams import MemberEntry

NOBODY_KNOWN = -1  # a person who enters the register by this change


@transaction.atomic
def change_team_members(
    team: Team,
    *,
    by: Membership,
    on: date,
    day: date,
    leaving: TeamMember | None = None,
    joining: MemberEntry | None = None,
    reasons: Mapping[str, str] | None = None,
    documents: Mapping[str, str] | None = None,
    **more: Any,
) -> Team:
    """Change who is in a selected team (see specialists.teams.change_members), also while it serves somewhere.

    The hosts of its agreements are held first (R23 counts there). A member more at a capped host than before wants the
    bureau's written reason (A10, A11); one for one does not. Raises Refused with this finding beside all others.
    """
    reasons = {code: text for code, text in (reasons or {}).items() if by.role in Role.bureau}
    papers = _counted(team, day=day)
    hosts = HostUnit.objects.filter(pk__in=[paper.host_id for paper in papers])
    list(hosts.order_by("pk").select_for_update(no_key=True, of=("self",)))
    crowded = [finding for paper in papers for finding in _fuller(paper, on=on, leaving=leaving, joining=joining)]
    try:
        changed = teams.change_members(
            team, by=by, on=on, day=day, leaving=leaving, joining=joining, reasons=reasons, documents=documents, **more
        )
    except Refused as refusal:
        raise Refused([*refusal.findings, *crowded]) from refusal
    passing = require(*crowded, overrides=reasons)
    audit.record_overrides(passing, reasons, changed, by=by, documents=documents)
    return changed


def _counted(team: Team, *, day: date) -> Sequence[Agreement]:
    """What the team has before the bureau or filed, and not behind it."""
    rows = Agreement.objects.filter(team=team.pk, service_end__gte=day).counted_at_host()
    return list(rows.select_related("registration", "specialist", "host__organization", "pack", "team").order_by("pk"))


def _fuller(
    paper: Agreement, *, on: date, leaving: TeamMember | None, joining: MemberEntry | None
) -> Iterable[Finding]:
    case = Case(paper, on=on)
    entry = (paper.pack or pack_beside(paper.registration)).entry("E-CAP5")
    there = [mate.person for mate in case.mates]
    after = [person for person in there if leaving is None or person != leaving.specialist_id]
    if joining:
        known = Specialist.objects.filter(id_digest=blind_index(joining.id_number, "id_number")).first()
        after.append(known.pk if known else NOBODY_KNOWN)
    found = []
    for members in (there, after):
        stays = [rules.Stay(person, case.start, case.end) for person in members]
        found.append(
            rules.host_may_take(
                entry,
                host=str(case.host),
                capped_as=case.capped_as(entry),
                present=case.stays_beside,
                newcomer=stays[0] if stays else None,
                companions=stays[1:],
            )
            if stays
            else None
        )
    before, then = found
    if then and (before is None or then.facts["then"] > before.facts["then"]):  # type: ignore[operator]
        yield then
