"""A list is begun and added to, and somebody taken out of it."""

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.db.models import Max

from accounts.models import Membership
from core import audit
from core.models import PolicyPack
from core.policy import Refused, plain
from specialists.enums import ListStatus
from specialists.models import Registration, SelectionEntry, SelectionList, Team
from specialists.selection.services.announcing import decline
from specialists.selection.services.holding import changed, enter, hold, require_open


@transaction.atomic
def compose_list(
    *,
    by: Membership,
    on: date,
    title: str = "",
    registrations: Sequence[Registration] = (),
    teams: Sequence[Team] = (),
) -> SelectionList:
    """Begin the next 拟选派名单 of the called year with these persons and teams.

    Raises Refused for a list without anybody, for who has not passed review (E-STATE) or stands on a list (E-LISTED).
    """
    pack = PolicyPack.in_force(on=on)
    # Two lists begun at the same moment wait here for their numbers.
    PolicyPack.objects.select_for_update(no_key=True).get(pk=pack.pk)
    year = pack.setting("registration.call_year")
    number = (SelectionList.objects.filter(year=year).aggregate(last=Max("number"))["last"] or 0) + 1
    composed = SelectionList.objects.create(
        year=year,
        number=number,
        title=title.strip() or f"{year}年度市级科技特派员拟选派名单（第{number}批）",
        pack=pack,
        created_by=by,
    )
    names = enter(composed, registrations, teams)
    if not names:
        raise Refused([plain("E-FIELD", "请至少选择一名个人或一个团队列入名单。", field="chosen")])
    audit.record("selection_list.composed", composed, by=by, after={"title": composed.title, "entries": names})
    return composed


@transaction.atomic
def extend_list(
    selection_list: SelectionList,
    *,
    by: Membership,
    registrations: Sequence[Registration] = (),
    teams: Sequence[Team] = (),
    version: int | None = None,
) -> SelectionList:
    """Put more persons and teams on a list that is still being composed. Raises as compose_list does, and Stale."""
    held = hold(selection_list, version=version)
    require_open(held, ListStatus.DRAFT)
    names = enter(held, registrations, teams)
    if not names:
        raise Refused([plain("E-FIELD", "请至少选择一名个人或一个团队列入名单。", field="chosen")])
    changed(held)
    audit.record("selection_list.extended", held, by=by, after={"entries": names})
    return held


@transaction.atomic
def take_out(entry: SelectionEntry, *, by: Membership, on: date, reason: str, for_good: bool = False) -> SelectionEntry:
    """Take a person or a team off a list, with the reason.

    Off a list that is being composed they may come on another one, unless it is `for_good` (放弃); then, as after the
    list's approval, they are not selected (未入选), and their institution is told. Raises Refused (E-STATE) while the list is with its approvers or announced, for an
    entry that is off already, and without a reason.
    """
    held = hold(entry.selection_list)
    require_open(held, ListStatus.DRAFT, ListStatus.APPROVED, ListStatus.NOTICE, ListStatus.CLOSED)
    if not reason.strip():
        raise Refused([plain("E-FIELD", "请填写移出名单的原因。", field="reason")])
    return take_out_held(held, entry, by=by, on=on, reason=reason.strip(), for_good=for_good)


def take_out_held(
    held: SelectionList, entry: SelectionEntry, *, by: Membership, on: date, reason: str, for_good: bool = False
) -> SelectionEntry:
    entry = held.entries.in_order().get(pk=entry.pk)
    if entry.removed_on:
        raise Refused([plain("E-STATE", f"{entry}已移出名单，不能执行此操作。")])
    entry.removed_on, entry.removed_by, entry.removed_reason = on, by, reason
    entry.save(update_fields=["removed_on", "removed_by", "removed_reason"])
    changed(held)
    audit.record("selection_list.entry_removed", held, by=by, before={"entry": str(entry)}, reason=reason)
    if for_good or held.status != ListStatus.DRAFT:
        decline(entry, by=by, on=on, reason=reason)
    return entry
