"""The gates of a team: its own row, then its persons in the order of their digests.

Whoever registers, hands in or decides two teams at once so never waits in a ring.
"""

from collections.abc import Iterable

from accounts.models import Institution, Membership
from core.policy import Refused, plain
from specialists.models import Specialist, Team


def hold_unit(by: Membership) -> Institution:
    unit = Institution.objects.select_for_update(no_key=True, of=("self",)).filter(pk=by.organization_id).first()
    if unit is None:
        raise Refused([plain("E-ORG", "团队由派出单位组织申请，本单位尚未登记为派出单位，请与市科技局联系。")])
    return unit


def hold(team: Team) -> Team:
    """The team read anew with its row held."""
    rows = Team.objects.select_for_update(of=("self",)).select_related("institution__organization", "pack")
    again = rows.filter(pk=team.pk).first()
    if again is None:
        raise Refused([plain("E-STATE", "这份团队登记草稿已被删除，不能执行此操作。")])
    return again


def hold_members(team: Team) -> None:
    hold_persons([*team.members.current().values_list("specialist__id_digest", flat=True)])


def hold_persons(digests: Iterable[str]) -> None:
    list(Specialist.objects.select_for_update(of=("self",)).filter(id_digest__in=[*digests]).in_holding_order())
