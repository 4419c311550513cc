"""Every change to a list by which the bureau selects: pages, API and the demonstration all call these.

The row of the list is the gate to what stands on it and what was objected to it. Behind it the teams are held in the
order of their ids and the persons in the order of their digests, as every other act on teams and persons does.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Institution, Membership
from core import approvals, audit
from core.approvals import Paper
from core.calendar import ONE_DAY, add_working_days
from core.enums import PaperKind
from core.models import Approval, PolicyPack, StoredFile
from core.notify import Reader, tell, wearers
from core.policy import Finding, Refused, plain, require
from core.stale import refuse_stale
from specialists.deciding import Record
from specialists.enums import Conclusion, Form, ListStatus, RegistrationStatus
from specialists.models import Objection, Registration, SelectionEntry, SelectionList, Specialist, Team
from specialists.selection import queries, rules
from specialists.services import institution_readers
from specialists.teams import select_members

ACT = "selection.approve"
LABELS = dict(Role.choices)


# --- composing --------------------------------------------------------------------------------------------------------


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
    names = _enter(composed, registrations, teams)
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
    _require_open(held, ListStatus.DRAFT)
    names = _enter(held, registrations, teams)
    if not names:
        raise Refused([plain("E-FIELD", "请至少选择一名个人或一个团队列入名单。", field="chosen")])
    _changed(held)
    audit.record("selection_list.extended", held, by=by, after={"entries": names})
    return held


@transaction.atomic
def take_out(entry: SelectionEntry, *, by: Membership, on: date, reason: str) -> SelectionEntry:
    """Take a person or a team off a list, with the reason.

    Off a list that is being composed they may come on another one; after its approval they are not selected (未入选),
    and their institution is told. Raises Refused (E-STATE) while the list is with its approvers or announced, for an
    entry that is off already, and without a reason.
    """
    held = hold(entry.selection_list)
    _require_open(held, ListStatus.DRAFT, ListStatus.APPROVED, ListStatus.NOTICE, ListStatus.CLOSED)
    if not reason.strip():
        raise Refused([plain("E-FIELD", "请填写移出名单的原因。", field="reason")])
    return _take_out(held, entry, by=by, on=on, reason=reason.strip())


def _take_out(held: SelectionList, entry: SelectionEntry, *, by: Membership, on: date, reason: str) -> SelectionEntry:
    entry = held.entries.in_order().get(pk=entry.pk)
    if entry.removed_on:
        raise Refused([plain("E-STATE", f"{entry}已移出名单，不能执行此操作。")])
    entry.removed_on, entry.removed_by, entry.removed_reason = on, by, reason
    entry.save(update_fields=["removed_on", "removed_by", "removed_reason"])
    _changed(held)
    audit.record("selection_list.entry_removed", held, by=by, before={"entry": str(entry)}, reason=reason)
    if held.status != ListStatus.DRAFT:
        _decline(entry, by=by, on=on, reason=reason)
    return entry


# --- approval ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def submit_list(
    selection_list: SelectionList, *, by: Membership, on: date, opinion: str = "", version: int | None = None
) -> SelectionList:
    """Bring a list before its steps; who hands it in takes the first one, if it is theirs.

    Raises Stale, Refused (E-STATE) for a list that is not being composed or empty, and with everything that by now
    stands against somebody on it (E-PROV, E-REVOKED, E-TEAM-SIZE): they are taken out first.
    """
    held = hold(selection_list, version=version)
    require(_may_move(held, ListStatus.SUBMITTED), *_standing(held, on=on))
    approval = approvals.open_approval(ACT, held, pack=held.pack)
    held.status = ListStatus.SUBMITTED
    held.version += 1
    held.save(update_fields=["status", "version"])
    audit.record("selection_list.submitted", held, by=by, after={"count": held.entries.standing().count()})
    if approvals.next_role(approval) == by.role:
        _step(held, by=by, on=on, passed=True, opinion=opinion)
    else:
        _tell_of_turn(held, approval, on=on)
    return held


@transaction.atomic
def decide_list(
    selection_list: SelectionList,
    *,
    by: Membership,
    on: date,
    passed: bool,
    opinion: str = "",
    version: int | None = None,
) -> SelectionList:
    """Take the next step of a list on the page. A return sends it back to its composer, with what is to be mended.

    Raises Stale, Refused (E-STATE, E-STEP) as approvals.take_step does, and for a return without an opinion.
    """
    held = hold(selection_list, version=version)
    if not passed and not opinion.strip():
        raise Refused([plain("E-FIELD", "请填写退回意见，写明需要修改的内容。", field="opinion")])
    _step(held, by=by, on=on, passed=passed, opinion=opinion)
    return held


@transaction.atomic
def record_paper_step(
    selection_list: SelectionList,
    *,
    by: Membership,
    on: date,
    passed: bool,
    kind: str,
    number: str,
    decided_on: date,
    scan: StoredFile,
    opinion: str = "",
    version: int | None = None,
) -> SelectionList:
    """Record the step of somebody without an account (分管领导) from the paper on which they took it.

    Raises Stale, Refused (E-STEP) when it is not such a step's turn, for a day to come or before the step before, and
    for a return without an opinion.
    """
    held = hold(selection_list, version=version)
    if decided_on > on:
        raise Refused([plain("E-FIELD", "签批日期不能晚于今天。", field="decided_on")])
    if not number.strip():
        raise Refused([plain("E-FIELD", "请填写签批单编号、会议纪要号或文号。", field="number")])
    if not passed and not opinion.strip():
        raise Refused([plain("E-FIELD", "请填写退回意见，写明需要修改的内容。", field="opinion")])
    paper = Paper(PaperKind(kind), number.strip(), scan)
    _step(held, by=by, on=decided_on, passed=passed, opinion=opinion, paper=paper)
    return held


def _step(
    held: SelectionList, *, by: Membership, on: date, passed: bool, opinion: str, paper: Paper | None = None
) -> None:
    approval = approvals.running(ACT, held)
    if approval is None:
        raise Refused([_may_move(held, ListStatus.APPROVED) or plain("E-STATE", "名单没有正在进行的审批。")])
    closed = approvals.take_step(
        approval, by=by, passed=passed, on=on, opinion=opinion.strip(), paper=paper, labels=LABELS
    )
    told = {"paper_number": paper.number} if paper else {}
    if not closed:
        _changed(held)
        audit.record("selection_list.step_passed", held, by=by, after=told, reason=opinion.strip())
        _tell_of_turn(held, approval, on=on)
        return
    before = ListStatus(held.status)
    held.status = ListStatus.APPROVED if passed else ListStatus.DRAFT
    held.approved_on = on if passed else None
    held.version += 1
    held.save(update_fields=["status", "approved_on", "version"])
    audit.record(
        "selection_list.approved" if passed else "selection_list.returned",
        held,
        by=by,
        before={"status": before.label},
        after={"status": ListStatus(held.status).label, **told},
        reason=opinion.strip(),
    )


# --- the notice -------------------------------------------------------------------------------------------------------


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
        _may_move(held, ListStatus.NOTICE),
        rules.notice_lasts_long_enough(held.pack.entry("E-NOTICE"), working_days=working_days),
        *formal,
        *_standing(held, on=on),
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
    _require_open(held, ListStatus.NOTICE)
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
    _changed(held)
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
    _require_open(held, ListStatus.NOTICE)
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
        _take_out(held, entry, by=by, on=on, reason=f"公示异议成立：{handling.strip()}"[:500])
    else:
        _changed(held)
    return objection


@transaction.atomic
def close_notice(
    selection_list: SelectionList, *, by: Membership, on: date, note: str = "", version: int | None = None
) -> SelectionList:
    """Write down how the notice went (公示情况记录). Raises Stale, Refused (E-STATE), E-NOTICE before its last day is
    over, E-OBJECTION while one is being looked into."""
    held = hold(selection_list, version=version)
    state = _may_move(held, ListStatus.CLOSED)
    require(state)
    assert held.notice_until
    require(
        rules.notice_has_ended(held.pack.entry("E-NOTICE"), until=held.notice_until, on=on),
        _objections_concluded(held),
    )
    held.status, held.closed_on, held.closed_by, held.closing_note = ListStatus.CLOSED, on, by, note.strip()
    held.version += 1
    held.save(update_fields=["status", "closed_on", "closed_by", "closing_note", "version"])
    upheld = held.objections.filter(conclusion=Conclusion.UPHELD).count()
    told = {"closed_on": on, "objections": held.objections.count(), "upheld": upheld}
    audit.record("selection_list.closed", held, by=by, after=told, reason=note.strip())
    return held


# --- the announcement -------------------------------------------------------------------------------------------------


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
    for a day to come or before the notice was closed, and with everything that by now stands against somebody left.
    """
    held = hold(selection_list, version=version)
    state = _may_move(held, ListStatus.ANNOUNCED)
    require(state)
    assert held.closed_on
    formal = []
    if not document_number.strip():
        formal.append(plain("E-FIELD", "请填写公布文件的文号。", field="document_number"))
    if announced_on > on:
        formal.append(plain("E-FIELD", "成文日期不能晚于今天。", field="announced_on"))
    if announced_on < held.closed_on:
        formal.append(plain("E-FIELD", "成文日期不能早于公示结束的日期。", field="announced_on"))
    entries = [*held.entries.standing().in_order()]
    _hold_records(
        [entry.registration for entry in entries if entry.registration], [entry.team for entry in entries if entry.team]
    )
    # Read again: what changed while others were waited for counts.
    entries = [*held.entries.standing().in_order()]
    require(*formal, _objections_concluded(held), *_standing(held, on=on))
    for entry in entries:
        _select(entry, by=by, day=announced_on, document_number=document_number.strip())
    held.status, held.announced_on, held.announced_by = ListStatus.ANNOUNCED, announced_on, by
    held.document_number, held.announcement = document_number.strip(), scan
    held.version += 1
    held.save(update_fields=["status", "announced_on", "announced_by", "document_number", "announcement", "version"])
    told = {"document_number": held.document_number, "announced_on": announced_on, "count": len(entries)}
    audit.record("selection_list.announced", held, by=by, after=told)
    _tell_of_announcement(held, entries, on=on)
    return held


def _select(entry: SelectionEntry, *, by: Membership, day: date, document_number: str) -> None:
    record = entry.record
    record.status, record.approved_on = RegistrationStatus.APPROVED, day
    record.version += 1
    record.save(update_fields=["status", "approved_on", "version"])
    if isinstance(record, Team):
        select_members(record, day=day, by=by)
    audit.record(
        f"{_kind(record)}.approved",
        record,
        by=by,
        before={"status": RegistrationStatus.PROPOSED.label},
        after={
            "status": RegistrationStatus.APPROVED.label,
            "approved_on": day,
            "document_number": document_number,
        },
    )


def _decline(entry: SelectionEntry, *, by: Membership, on: date, reason: str) -> None:
    record = entry.record
    _hold_records([record] if isinstance(record, Registration) else [], [record] if isinstance(record, Team) else [])
    record.status, record.return_opinion = RegistrationStatus.DECLINED, reason
    record.version += 1
    record.save(update_fields=["status", "return_opinion", "version"])
    audit.record(
        f"{_kind(record)}.declined",
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
        link=_address(record),
    )


# --- pieces -----------------------------------------------------------------------------------------------------------


def hold(selection_list: SelectionList, *, version: int | None = None) -> SelectionList:
    """The list read anew with its row held. Raises Stale when it is not the `version` that was read."""
    rows = SelectionList.objects.select_for_update(of=("self",)).select_related("pack")
    held = rows.get(pk=selection_list.pk)
    refuse_stale(held, version=version, typed={})
    return held


def _hold_records(registrations: Sequence[Registration], teams: Sequence[Team]) -> None:
    list(Team.objects.select_for_update(of=("self",)).filter(pk__in=[team.pk for team in teams]).order_by("pk"))
    persons = {*Specialist.objects.filter(registrations__in=registrations).values_list("id_digest", flat=True)}
    in_teams = Specialist.objects.filter(memberships__team__in=teams, memberships__left_on=None)
    persons |= {*in_teams.values_list("id_digest", flat=True)}
    list(Specialist.objects.select_for_update(of=("self",)).filter(id_digest__in=persons).order_by("id_digest"))


def _enter(held: SelectionList, registrations: Sequence[Registration], teams: Sequence[Team]) -> list[str]:
    """Make the entries; returns the names. A colleague who puts the same people on another list waits, and then hears
    of this one."""
    _hold_records(registrations, teams)
    persons = [
        *Registration.objects.filter(pk__in=[one.pk for one in registrations])
        .select_related("specialist")
        .order_by("pk")
    ]
    groups = [*Team.objects.filter(pk__in=[one.pk for one in teams]).order_by("pk")]
    records: list[Record] = [*persons, *groups]
    unfit = [
        one
        for one in records
        if one.status != RegistrationStatus.PROPOSED
        or one.year != held.year
        or (isinstance(one, Registration) and one.form != Form.INDIVIDUAL)
    ]
    state = plain(
        "E-STATE",
        f"{'、'.join(_name(one) for one in unfit)}不是{held.year}年度拟选派的个人或团队，不能列入名单。",
    )
    require(
        rules.stands_on_one_list(held.pack.entry("E-LISTED"), elsewhere=queries.elsewhere(persons, groups)),
        state if unfit else None,
    )
    entries = [SelectionEntry(selection_list=held, registration=one) for one in persons]
    entries += [SelectionEntry(selection_list=held, team=one) for one in groups]
    SelectionEntry.objects.bulk_create(entries)
    return [_name(one) for one in records]


def _changed(held: SelectionList) -> None:
    held.version += 1
    held.save(update_fields=["version"])


def _may_move(held: SelectionList, to: ListStatus) -> Finding | None:
    return rules.list_may_move(held.pack.entry("E-STATE"), status=ListStatus(held.status), to=to)


def _require_open(held: SelectionList, *among: ListStatus) -> None:
    entry = held.pack.entry("E-STATE")
    require(rules.list_is_open_to(entry, status=ListStatus(held.status), among=among))


def _standing(held: SelectionList, *, on: date) -> list[Finding]:
    """What keeps a list from its next act: nobody on it, or somebody who may not be on it any more."""
    entries = [*held.entries.standing().in_order()]
    if not entries:
        return [plain("E-FIELD", "名单中没有人选，请先列入个人或团队。", field="chosen")]
    found = queries.flags(entries, on=on)
    return [finding for entry in entries for finding in found.get(entry.pk, [])]


def _objections_concluded(held: SelectionList) -> Finding | None:
    unfinished = held.objections.open().count()
    return rules.objections_are_concluded(held.pack.entry("E-OBJECTION"), unfinished=unfinished)


def _kind(record: Record) -> str:
    return "team" if isinstance(record, Team) else "registration"


def _name(record: Record) -> str:
    return record.name if isinstance(record, Team) else record.specialist.name


def _address(record: Record) -> str:
    page = "specialists:team-detail" if isinstance(record, Team) else "specialists:detail"
    return reverse(page, args=[record.pk])


# --- telling ----------------------------------------------------------------------------------------------------------


def _tell_of_turn(held: SelectionList, approval: Approval, *, on: date) -> None:
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


def _tell_of_announcement(held: SelectionList, entries: Sequence[SelectionEntry], *, on: date) -> None:
    """Each institution once, with all of its names; each person of their own selection."""
    by_unit: dict[Institution, list[str]] = defaultdict(list)
    members = queries.members_of([entry.team_id for entry in entries if entry.team_id])
    named = f"{held.document_number}公布"
    for entry in entries:
        record = entry.record
        if record.institution:
            by_unit[record.institution].append(f"团队“{entry}”" if entry.team else str(entry))
        persons: list[Any] = (
            [one.specialist for one in members[entry.team.pk]] if entry.team else [entry.record.specialist]  # type: ignore[union-attr]
        )
        what = f"团队“{entry}”已入选" if entry.team else f"{entry}已入选"
        tell(
            [Reader(person=one.user, email=one.email) for one in persons],
            occasion=f"selection.announced:{held.pk}:{_kind(record)}:{record.pk}",
            subject=f"{what}{held.year}年度科技特派员",
            body=f"{named}，可以签订三方协议。",
            link=_address(record),
        )
    for unit, names in by_unit.items():
        tell(
            institution_readers(unit.pk, on=on),
            occasion=f"selection.announced:{held.pk}:unit:{unit.pk}",
            subject=f"{held.year}年度科技特派员选派名单已公布，本单位入选{len(names)}项",
            body=f"{named}。入选：{'、'.join(names)}。可以签订三方协议。",
            link=reverse("specialists:list-detail", args=[held.pk]),
        )
