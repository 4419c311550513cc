"""The registration by which the leader of a team signs before anybody has been selected.

From its selection on every member of a team has one (members.select_member). A roster names team and host together, so
the draft of the team's agreement needs one earlier: the leader's, a draft that no list shows, for nobody handles it by
itself. The selection makes it the one that counts; it goes when the draft of the agreement goes.
"""

from django.db import transaction
from django.db.models import ProtectedError, QuerySet

from accounts.models import Membership
from core import audit
from core.models import PolicyPack
from core.policy import Refused
from specialists import queries, rules
from specialists.enums import Form, RegistrationStatus
from specialists.models import Registration, Team, TeamMember
from specialists.services import forget_if_unused
from specialists.teams.holding import hold, hold_members
from specialists.teams.members import as_registered


@transaction.atomic
def enter_lead(team: Team, *, by: Membership) -> Registration:
    """The registration of who leads a team, begun if there is none. Raises Refused (E-TEAM-LEADER): nobody leads it."""
    team = hold(team)
    hold_members(team)
    leader = queries.leader_of(team)
    if leader is None:
        pack = team.pack or PolicyPack.objects.latest("year", "version")
        nobody = rules.team_has_its_leader(pack.entry("E-TEAM-LEADER"), leaders=0)
        raise Refused([nobody] if nobody else [])
    if registration := _of(team, leader, category=team.category).first():
        return registration
    registration = Registration.objects.create(
        specialist=leader.specialist,
        year=team.year,
        form=Form.TEAM,
        category=team.category,
        **as_registered(leader, team),
    )
    audit.record("registration.begun_in_team", registration, by=by, after={"name": team.name})
    return registration


@transaction.atomic
def let_lead_go(registration: Registration, *, by: Membership) -> None:
    """Forget a leader's registration that was begun for an agreement, once none hangs on it any more."""
    if registration.form != Form.TEAM or registration.status != RegistrationStatus.DRAFT:
        return
    person = registration.specialist
    try:
        with transaction.atomic():
            audit.record("registration.discarded", registration, by=by, before={"person": person.id_masked})
            registration.delete()
    except ProtectedError:  # the draft for another host
        return
    forget_if_unused(person, by=by)


def follow(team: Team, *, left: str) -> None:
    """Take the leader's draft along when a draft team leaves a category; one that another team shares stays."""
    leader = queries.leader_of(team)
    if leader is None or left == team.category:
        return
    leads = TeamMember.objects.current().filter(specialist=leader.specialist_id, is_leader=True)
    shared = leads.filter(team__year=team.year, team__institution=team.institution_id, team__category=left)
    if not shared.exists() and not _of(team, leader, category=team.category).exists():
        drafts = _of(team, leader, category=left).filter(status=RegistrationStatus.DRAFT)
        drafts.update(category=team.category)


def _of(team: Team, leader: TeamMember, *, category: str) -> QuerySet[Registration]:
    """What the unit has of the leader in the form of a team: at most one."""
    about = {"specialist": leader.specialist_id, "year": team.year, "institution": team.institution_id}
    return Registration.objects.filter(form=Form.TEAM, category=category, **about)
