"""What hangs on a hat when it is taken off: shown before, and handed over where it is one person's alone.

Almost everything here belongs to a unit: a colleague opens the same drafts and takes the same steps. Each app says what
of its own waits (`finds_work`); what only its author may go on with goes to a colleague in the same act.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from django.db.models import QuerySet
from django.urls import reverse
from django.utils.timezone import now

from accounts.enums import Role
from accounts.models import Invitation, Membership


class HandOver(Protocol):
    def __call__(self, hat: Membership, *, to: Membership, by: Membership) -> int: ...


@dataclass(frozen=True)
class Work:
    """Something under way; without `hand_over` it is the unit's, and stays where it is."""

    label: str
    count: int
    url: str
    note: str = ""
    hand_over: HandOver | None = None

    @property
    def is_personal(self) -> bool:
        return self.hand_over is not None


Finder = Callable[[Membership, date], list[Work]]
_finders: list[Finder] = []


def finds_work(finder: Finder) -> Finder:
    """Register what an app above knows of somebody's open work."""
    _finders.append(finder)
    return finder


def open_work(hat: Membership, *, on: date) -> list[Work]:
    """What waits of this person in this hat, personal things first; things of which there are none left out."""
    found = [work for finder in _finders for work in finder(hat, on) if work.count]
    return sorted(found, key=lambda work: not work.is_personal)


def colleagues(hat: Membership, *, on: date) -> QuerySet[Membership]:
    """Who may take over: other people of the unit who wear the same hat, in an institution also its other one."""
    roles = Role.institution if hat.role in Role.institution else (hat.role,)
    others = Membership.objects.active(on=on).filter(organization=hat.organization_id, role__in=roles)
    return others.exclude(person=hat.person_id).select_related("person", "organization").order_by("person__name", "pk")


def still_there(hat: Membership, *, on: date) -> bool:
    """Whether the person goes on in the unit under another hat that does the same work: then nothing is left behind."""
    roles = Role.institution if hat.role in Role.institution else (hat.role,)
    others = Membership.objects.active(on=on).filter(
        person=hat.person_id, organization=hat.organization_id, role__in=roles
    )
    return others.exclude(pk=hat.pk).exists()


@finds_work
def invitations(hat: Membership, on: date) -> list[Work]:
    moment: datetime = now()
    sent = Invitation.objects.open(at=moment).filter(invited_by=hat).count()
    return [Work("尚未接受的邀请", sent, reverse("accounts:members"), "继续有效，由本单位管理员跟进")]
