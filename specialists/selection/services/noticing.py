"""The notice (公示): opened, objected to, concluded and closed."""

from collections.abc import Iterable
from datetime import date

from django.db import transaction

from accounts.models import Membership
from core import audit
from core.calendar import ONE_DAY, add_working_days
from core.models import StoredFile
from core.policy import Refused, plain, require
from specialists.enums import Conclusion, ListStatus
from specialists.models import Objection, SelectionEntry, SelectionList
from specialists.selection import rules
from specialists.selection.services.composing import take_out_held
from specialists.selection.services.holding import changed, hold, may_move, objections_concluded, require_open, standing


def last_day_of_notice(starts_on: date, working_days: int) -> date:
    """Both ends count: five working days from a Wednesday end on the next Tuesday."""
    return add_working_days(starts_on - ONE_DAY, working_days)


@transaction.atomic
def open_notice(
    selection_list: SelectionList,
    *,
    by: Membership,
    on: date,
    starts_on: date,
    working_days: int,
    contact: str,
    version: int | None = None,
) -> SelectionList:
    """Put an approved list on view (公示) for so many working days; its last day follows from the holiday calendar.

    Raises Stale, Refused (E-STATE), E-NOTICE for fewer days than the pack wants, for a beginning that has passed, and
    with what stands against somebody on the list.
    """
    held = hold(selection_list, version=version)
    formal = []
    if starts_on < on:
        formal.append(plain("E-FIELD", "公示开始日期不能早于今天。", field="starts_on"))
    if held.approved_on and starts_on < held.approved_on:
        formal.append(plain("E-FIELD", "公示开始日期不能早于名单审批通过的日期。", field="starts_on"))
    require(
        may_move(held, ListStatus.NOTICE),
        rules.notice_lasts_long_enough(held.pack.entry("E-NOTICE"), working_days=working_days),
        *formal,
        *standing(held, on=on),
    )
    held.status = ListStatus.NOTICE
    held.notice_from, held.notice_days = starts_on, working_days
    held.notice_until = last_day_of_notice(starts_on, working_days)
    held.notice_contact = contact.strip()
    held.version += 1
    held.save(update_fields=["status", "notice_from", "notice_days", "notice_until", "notice_contact", "version"])
    days = {"notice_from": starts_on, "notice_days": working_days, "notice_until": held.notice_until}
    audit.record("selection_list.notice_opened", held, by=by, after=days)
    return held


@transaction.atomic
def receive_objection(
    selection_list: SelectionList,
    *,
    by: Membership,
    on: date,
    received_on: date,
    channel: str,
    content: str,
    entry: SelectionEntry | None = None,
    is_anonymous: bool = False,
    sender: str = "",
    contact: str = "",
    files: Iterable[StoredFile] = (),
) -> Objection:
    """Enter an objection into the register of a list on view. Who objected rests encrypted; nobody has to say who.

    Raises Refused (E-STATE) when the list is not on view any more, for a day before the notice or to come, for a name
    that is neither given nor withheld.
    """
    held = hold(selection_list)
    require_open(held, ListStatus.NOTICE)
    assert held.notice_from
    found = []
    if not held.notice_from <= received_on <= on:
        found.append(plain("E-FIELD", "收到日期应在公示开始之后，且不能晚于今天。", field="received_on"))
    if not is_anonymous and not sender.strip():
        found.append(plain("E-FIELD", "请填写异议人；匿名的，请勾选“匿名”。", field="sender"))
    if entry and entry.selection_list_id != held.pk:
        found.append(plain("E-FIELD", "涉及的人选不在这份名单中。", field="entry"))
    require(*found)
    objection = Objection.objects.create(
        selection_list=held,
        entry=entry,
        received_on=received_on,
        channel=channel,
        is_anonymous=is_anonymous,
        sender="" if is_anonymous else sender.strip(),
        contact=contact.strip(),
        content=content.strip(),
        received_by=by,
    )
    objection.files.set(files)
    changed(held)
    about = {"entry": str(entry)} if entry else {}
    audit.record("objection.received", objection, by=by, after={"received_on": received_on, **about})
    return objection


@transaction.atomic
def conclude_objection(objection: Objection, *, by: Membership, on: date, conclusion: str, handling: str) -> Objection:
    """Close an objection with what was found; one that is upheld takes the entry it is about off the list.

    Raises Refused (E-STATE) for one that is concluded already or whose list was closed, and without the findings.
    """
    held = hold(objection.selection_list)  # the gate to its objections: closing and announcing wait here, or this does
    objection = Objection.objects.select_related("entry").get(pk=objection.pk)
    require_open(held, ListStatus.NOTICE)
    if objection.conclusion:
        raise Refused([plain("E-STATE", "这件异议已经办结，不能执行此操作。")])
    if not handling.strip():
        raise Refused([plain("E-FIELD", "请填写核查情况。", field="handling")])
    objection.conclusion, objection.handling = Conclusion(conclusion), handling.strip()
    objection.concluded_on, objection.concluded_by = on, by
    objection.save(update_fields=["conclusion", "handling", "concluded_on", "concluded_by"])
    audit.record("objection.concluded", objection, by=by, after={"conclusion": conclusion}, reason=handling.strip())
    entry = objection.entry
    if conclusion == Conclusion.UPHELD and entry and not entry.removed_on:
        take_out_held(held, entry, by=by, on=on, reason=f"公示异议成立：{handling.strip()}"[:500])
    else:
        changed(held)
    return objection


@transaction.atomic
def close_notice(
    selection_list: SelectionList, *, by: Membership, on: date, note: str = "", version: int | None = None
) -> SelectionList:
    """Write down how the notice went (公示情况记录). Raises Stale, Refused (E-STATE), E-NOTICE before its last day is
    over, E-OBJECTION while one is being looked into."""
    held = hold(selection_list, version=version)
    state = may_move(held, ListStatus.CLOSED)
    require(state)
    assert held.notice_until
    require(
        rules.notice_has_ended(held.pack.entry("E-NOTICE"), until=held.notice_until, on=on),
        objections_concluded(held),
    )
    held.status, held.closed_on, held.closed_by, held.closing_note = ListStatus.CLOSED, on, by, note.strip()
    held.version += 1
    held.save(update_fields=["status", "closed_on", "closed_by", "closing_note", "version"])
    upheld = held.objections.filter(conclusion=Conclusion.UPHELD).count()
    told = {"closed_on": on, "objections": held.objections.count(), "upheld": upheld}
    audit.record("selection_list.closed", held, by=by, after=told, reason=note.strip())
    return held
