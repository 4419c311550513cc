"""Who hears of what becomes of a team."""

from datetime import date

from django.urls import reverse

from accounts.enums import Role
from accounts.models import Membership
from core.notify import Reader, tell, wearers
from specialists import queries
from specialists.enums import RegistrationStatus
from specialists.models import Team, TeamMember
from specialists.services import (
    institution_readers,
)


def tell_of_decision(team: Team, *, approval_id: int, on: date) -> None:
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


def tell_of_change(
    team: Team, *, by: Membership, on: date, day: date, out: TeamMember | None, come: TeamMember | None
) -> None:
    """Whoever did not make the change hears of it: the bureau, or the unit, and the two persons."""
    if by.role in Role.bureau:
        readers = [*institution_readers(team.institution_id, on=on)]
    else:
        officers = Membership.objects.active(on=on).filter(role=Role.BUREAU_OFFICER).select_related("person")
        readers = wearers(officers)
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
