"""The announcement (公布): who stands is selected, who fell away is not."""

from datetime import date

from django.db import transaction

from accounts.models import Membership
from core import audit, series
from core.identifiers import clean_document_number
from core.models import StoredFile
from core.notify import tell
from core.policy import Finding, plain, require
from specialists.enums import ListStatus, RegistrationStatus
from specialists.models import Registration, SelectionEntry, SelectionList, Team
from specialists.selection import queries, rules
from specialists.selection.services.holding import (
    address_of,
    hold,
    hold_records,
    kind_of,
    may_move,
    objections_concluded,
    standing,
)
from specialists.selection.services.telling import tell_of_announcement
from specialists.services import institution_readers
from specialists.teams import select_members

ANNOUNCEMENTS = "selection announcements"  # who gives a list its 文号 waits here for the one before


@transaction.atomic
def announce(
    selection_list: SelectionList,
    *,
    by: Membership,
    on: date,
    document_number: str,
    announced_on: date,
    scan: StoredFile,
    version: int | None = None,
) -> SelectionList:
    """Record the 公布文件: everybody left on the list is selected on its day, in one transaction.

    Each institution is told once with its names, each person of their own. Raises Stale, Refused (E-STATE), E-OBJECTION,
    E-DOC-NUMBER for the number of another list, for a day to come or before the notice was closed, and with everything
    that by now stands against somebody left.
    """
    series.hold(ANNOUNCEMENTS)
    held = hold(selection_list, version=version)
    state = may_move(held, ListStatus.ANNOUNCED)
    require(state)
    number = clean_document_number(document_number)
    formal = formalities(held, document_number=number, announced_on=announced_on, on=on)
    entries = [*held.entries.standing().in_order()]
    hold_records(
        [entry.registration for entry in entries if entry.registration], [entry.team for entry in entries if entry.team]
    )
    # Read again: what changed while others were waited for counts.
    entries = [*held.entries.standing().in_order()]
    require(*formal, objections_concluded(held), *standing(held, on=on))
    for entry in entries:
        _select(entry, by=by, day=announced_on, document_number=number)
    held.status, held.announced_on, held.announced_by = ListStatus.ANNOUNCED, announced_on, by
    held.document_number, held.announcement = number, scan
    held.version += 1
    held.save(update_fields=["status", "announced_on", "announced_by", "document_number", "announcement", "version"])
    told = {"document_number": held.document_number, "announced_on": announced_on, "count": len(entries)}
    audit.record("selection_list.announced", held, by=by, after=told)
    tell_of_announcement(held, entries, on=on)
    return held


def formalities(held: SelectionList, *, document_number: str, announced_on: date, on: date) -> list[Finding | None]:
    """What is wrong with a 公布文件 as it is recorded for a list whose notice is closed."""
    assert held.closed_on
    found: list[Finding | None] = [
        rules.number_stands_for_one_list(
            held.pack.entry_or_block("E-DOC-NUMBER", "四（一）"),
            number=document_number,
            other=queries.list_of_number(document_number, but=held),
        )
        if document_number
        else plain("E-FIELD", "请填写公布文件的文号。", field="document_number")
    ]
    if document_number and not any(sign.isdecimal() for sign in document_number):
        found.append(
            plain("E-FIELD", "文号中没有序号，请按文件上的写全，如石科〔2026〕12号。", field="document_number")
        )
    if announced_on > on:
        found.append(plain("E-FIELD", "成文日期不能晚于今天。", field="announced_on"))
    if announced_on < held.closed_on:
        found.append(plain("E-FIELD", "成文日期不能早于公示结束的日期。", field="announced_on"))
    return found


def _select(entry: SelectionEntry, *, by: Membership, day: date, document_number: str) -> None:
    record = entry.record
    record.status, record.approved_on = RegistrationStatus.APPROVED, day
    record.version += 1
    record.save(update_fields=["status", "approved_on", "version"])
    if isinstance(record, Team):
        select_members(record, day=day, by=by)
    audit.record(
        f"{kind_of(record)}.approved",
        record,
        by=by,
        before={"status": RegistrationStatus.PROPOSED.label},
        after={
            "status": RegistrationStatus.APPROVED.label,
            "approved_on": day,
            "document_number": document_number,
        },
    )


def decline(entry: SelectionEntry, *, by: Membership, on: date, reason: str) -> None:
    record = entry.record
    hold_records([record] if isinstance(record, Registration) else [], [record] if isinstance(record, Team) else [])
    record.status, record.return_opinion = RegistrationStatus.DECLINED, reason
    record.version += 1
    record.save(update_fields=["status", "return_opinion", "version"])
    audit.record(
        f"{kind_of(record)}.declined",
        record,
        by=by,
        before={"status": RegistrationStatus.PROPOSED.label},
        after={"status": RegistrationStatus.DECLINED.label},
        reason=reason,
    )
    tell(
        institution_readers(record.institution_id, on=on),
        occasion=f"selection.declined:{entry.pk}",
        subject=f"{entry}未列入{record.year}年度选派名单",
        body=f"原因：{reason} 如有疑问，请与市科技局联系。",
        link=address_of(record),
    )
