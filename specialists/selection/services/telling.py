"""Whoever has the next step of a list hears of it, and everybody selected by it."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from django.urls import reverse

from accounts.models import Institution, Membership
from core import approvals
from core.models import Approval
from core.notify import Reader, tell, wearers
from specialists.models import Registration, SelectionEntry, SelectionList, TeamMember
from specialists.selection import queries
from specialists.selection.services.holding import ACT, address_of, kind_of
from specialists.services import institution_readers


def tell_of_turn(held: SelectionList, approval: Approval, *, on: date) -> None:
    """Whose step is next hears of it; of one that is taken on paper, who composed the list and has to carry it."""
    running = approvals.running(ACT, held)
    role = approvals.next_role(running) if running else None
    link = reverse("specialists:list-detail", args=[held.pk])
    if role in approvals.ON_PAPER:
        leader = approvals.ON_PAPER[role].label
        readers = [Reader(person=held.created_by.person, email=held.created_by.person.email)]
        subject, body = f"{held.title}待{leader}签批", "请打印签批单送签，签批后据纸面登记。"
    else:
        hats = Membership.objects.active(on=on).filter(role=role).select_related("person")
        readers = wearers(hats)
        subject, body = f"{held.title}待您审批", "请核对人选和年度计划后办理。"
    tell(readers, occasion=f"selection.turn:{approval.pk}:{role}", subject=subject, body=body, link=link)


def tell_of_announcement(held: SelectionList, entries: Sequence[SelectionEntry], *, on: date) -> None:
    """Each institution once, with all of its names; each person of their own selection."""
    by_unit: dict[Institution, list[str]] = defaultdict(list)
    members = queries.members_of([entry.team_id for entry in entries if entry.team_id])
    named = f"{held.document_number}公布"
    for entry in entries:
        record = entry.record
        if record.institution:
            by_unit[record.institution].append(f"团队“{entry}”" if entry.team else str(entry))
        what = f"团队“{entry}”已入选" if entry.team else f"{entry}已入选"
        tell(
            _persons(entry, members),
            occasion=f"selection.announced:{held.pk}:{kind_of(record)}:{record.pk}",
            subject=f"{what}{held.year}年度科技特派员",
            body=f"{named}，可以签订三方协议。",
            link=address_of(record),
        )
    for unit, names in by_unit.items():
        tell(
            institution_readers(unit.pk, on=on),
            occasion=f"selection.announced:{held.pk}:unit:{unit.pk}",
            subject=f"{held.year}年度科技特派员选派名单已公布，本单位入选{len(names)}项",
            body=f"{named}。入选：{'、'.join(names)}。可以签订三方协议。",
            link=reverse("specialists:list-detail", args=[held.pk]),
        )


def tell_of_correction(
    held: SelectionList, entries: Sequence[SelectionEntry], *, said: str, occasion: str, on: date
) -> None:
    """Whoever was told of the announcement: each institution once, each person."""
    members = queries.members_of([entry.team_id for entry in entries if entry.team_id])
    about: dict[str, Any] = {
        "subject": f"{held.year}年度科技特派员选派名单的公布文件已更正",
        "body": f"{held.title}：{said}。入选不变。",
    }
    for unit in {entry.record.institution_id for entry in entries} - {None}:
        link = reverse("specialists:list-detail", args=[held.pk])
        tell(institution_readers(unit, on=on), occasion=f"{occasion}:unit:{unit}", link=link, **about)
    for entry in entries:
        tell(
            _persons(entry, members),
            occasion=f"{occasion}:{kind_of(entry.record)}:{entry.record.pk}",
            link=address_of(entry.record),
            **about,
        )


def _persons(entry: SelectionEntry, members: Mapping[int, Sequence[TeamMember]]) -> list[Reader]:
    """The person of an entry, or the members of its team."""
    record = entry.record
    persons = (
        [record.specialist] if isinstance(record, Registration) else [one.specialist for one in members[record.pk]]
    )
    return [Reader(person=one.user, email=one.email) for one in persons]
