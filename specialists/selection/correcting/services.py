"""Asking that a 公布文件 reads otherwise, and the word of another person of the bureau. The row of the list is the gate.

What was recorded stays in the correction beside what took its place; who was selected by the list has their day and
number from it, so both follow in the same transaction.
"""

from collections.abc import Sequence
from datetime import date

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Membership
from core import audit, series
from core.identifiers import clean_document_number
from core.jinja import cdate
from core.models import PolicyPack, StoredFile
from core.notify import Reader, tell, wearers
from core.policy import Finding, plain, require
from specialists.enums import ChangeStatus, ListStatus, RegistrationStatus
from specialists.models import AnnouncementCorrection, Registration, SelectionEntry, SelectionList, Team, TeamMember
from specialists.selection import rules
from specialists.selection.correcting.following import followed
from specialists.selection.services import ANNOUNCEMENTS, formalities, hold, hold_records
from specialists.selection.services.holding import changed, kind_of, require_open
from specialists.selection.services.telling import tell_of_correction


@transaction.atomic
def ask_to_correct(
    selection_list: SelectionList,
    *,
    by: Membership,
    on: date,
    document_number: str,
    announced_on: date,
    reason: str,
    scan: StoredFile | None = None,
    version: int | None = None,
) -> AnnouncementCorrection:
    """Ask that the 公布文件 of an announced list has another number, day or scan; without a scan the old one stays.

    Whoever may decide it hears of it. Raises Stale, and Refused: E-STATE unless the list is announced, E-CORRECT-OPEN
    while a correction waits, E-DOC-NUMBER for the number of another list, for a day that cannot be or before which
    something followed from the announcement, without a reason, and where nothing would read otherwise.
    """
    series.hold(ANNOUNCEMENTS)
    held = hold(selection_list, version=version)
    require_open(held, ListStatus.ANNOUNCED)
    assert held.announced_on
    assert held.announcement
    number = clean_document_number(document_number)
    after = (number, announced_on, scan or held.announcement)
    same = after == (held.document_number, held.announced_on, held.announcement)
    require(
        rules.one_open_correction(
            held.pack.entry_or_block("E-CORRECT-OPEN", "四（一）"), is_open=held.corrections.open().exists()
        ),
        *formalities(held, document_number=number, announced_on=announced_on, on=on),
        _nothing_followed(held, announced_on=announced_on),
        plain("E-FIELD", "更正后的内容与现在相同。", field="document_number") if same else None,
        None if reason.strip() else plain("E-FIELD", "请填写更正原因。", field="reason"),
    )
    asked = AnnouncementCorrection.objects.create(
        selection_list=held,
        document_number=number,
        announced_on=announced_on,
        announcement=after[2],
        old_number=held.document_number,
        old_on=held.announced_on,
        old_announcement=held.announcement,
        reason=reason.strip(),
        asked_by=by,
        asker=by.person,
    )
    changed(held)
    before, told = _told(asked)
    audit.record("selection_list.correction_asked", held, by=by, before=before, after=told, reason=asked.reason)
    hats = Membership.objects.active(on=on).filter(role__in=(Role.BUREAU_OFFICER, Role.DIVISION_HEAD))
    tell(
        wearers(hats.exclude(person=by.person_id).select_related("person")),
        occasion=f"announcement.correction_asked:{asked.pk}",
        subject=f"{held.title}的公布文件待更正审核",
        body=f"{by}申请更正：{_in_words(asked)}。原因：{asked.reason}请由申请人以外的人员对照印发的文件审核。",
        link=reverse("specialists:list-detail", args=[held.pk]),
    )
    return asked


@transaction.atomic
def decide_correction(
    correction: AnnouncementCorrection, *, by: Membership, on: date, passed: bool, opinion: str = ""
) -> AnnouncementCorrection:
    """Another person's word: the list reads so from now on and everybody it selected with it, or it stays as it is.

    Raises Refused: E-STATE once it is decided or withdrawn, E-TWO-PEOPLE for who asked, a refusal without its reason,
    and again all that the asking refuses, as it is by now.
    """
    series.hold(ANNOUNCEMENTS)
    correction, held = _held(correction)
    to = ChangeStatus.APPROVED if passed else ChangeStatus.RETURNED
    still: Sequence[Finding | None] = ()
    if passed and not correction.may_become(to):
        number, day = correction.document_number, correction.announced_on
        still = (
            *formalities(held, document_number=number, announced_on=day, on=on),
            _nothing_followed(held, announced_on=day),
        )
    require(*correction.open_to(to, by=by, opinion=opinion, pack=PolicyPack.in_force(on=on)), *still)
    correction.settle(to, by=by, opinion=opinion)
    before, after = _told(correction)
    if passed:
        _put_in_force(correction, held, by=by, on=on)
    changed(held)
    audit.record(
        f"selection_list.correction_{to}",
        held,
        by=by,
        before=before if passed else {},
        after=after if passed else {},
        reason=correction.opinion or correction.reason,
    )
    asker = correction.asker
    tell(
        [Reader(person=asker, email=asker.email)],
        occasion=f"announcement.correction_decided:{correction.pk}",
        subject=f"{held.title}的公布文件{'已更正' if passed else '未同意更正'}",
        body=f"{_in_words(correction)}。" + (f"审核意见：{correction.opinion}" if correction.opinion else ""),
        link=reverse("specialists:list-detail", args=[held.pk]),
    )
    return correction


@transaction.atomic
def withdraw_correction(correction: AnnouncementCorrection, *, by: Membership) -> AnnouncementCorrection:
    """Take an open correction back. Raises Refused: E-STATE, and E-PERM for anybody but who asked: a colleague says no
    to it, with a reason that reaches who asked.
    """
    correction, held = _held(correction)
    require(
        correction.may_become(ChangeStatus.WITHDRAWN),
        None
        if correction.asker_id == by.person_id
        else plain(
            "E-PERM",
            f"您没有权限执行此操作：公布文件的更正由申请人（{correction.asker}）撤回；不应更正的，请审核并写明不同意的理由。",
        ),
    )
    correction.status = ChangeStatus.WITHDRAWN
    correction.save(update_fields=["status"])
    changed(held)
    audit.record("selection_list.correction_withdrawn", held, by=by)
    return correction


# --- pieces -----------------------------------------------------------------------------------------------------------


def _held(correction: AnnouncementCorrection) -> tuple[AnnouncementCorrection, SelectionList]:
    """The correction read anew, with its list held."""
    held = hold(correction.selection_list)
    about = ("asker", "asked_by", "announcement", "old_announcement")
    again = AnnouncementCorrection.objects.select_related(*about).get(pk=correction.pk)
    again.selection_list = held
    return again, held


def _selected(held: SelectionList) -> list[SelectionEntry]:
    """Who still stands on the list as selected by it."""
    entries = held.entries.standing().in_order()
    return [entry for entry in entries if entry.record.status == RegistrationStatus.APPROVED]


def _nothing_followed(held: SelectionList, *, announced_on: date) -> Finding | None:
    """Only a later day can leave behind what rests on the selection."""
    assert held.announced_on
    if announced_on <= held.announced_on:
        return None
    entries = _selected(held)
    teams = [entry.team for entry in entries if entry.team]
    singles = [entry.registration for entry in entries if entry.registration]
    moved = TeamMember.objects.filter(team__in=teams).filter(
        Q(joined_on__gt=held.announced_on, joined_on__lt=announced_on) | Q(left_on__lt=announced_on)
    )
    names = moved.order_by("team").values_list("team__name", flat=True).distinct()
    done = [f"团队“{name}”已变更成员" for name in names]
    done += followed([*singles, *_of_members(teams, day=held.announced_on)], teams, before=announced_on)
    return rules.announced_before_what_followed(held.pack.entry("E-STATE"), day=announced_on, done=done)


def _of_members(teams: Sequence[Team], *, day: date) -> QuerySet[Registration]:
    """The registrations that the announcement gave the members; who was in another team before has theirs from it."""
    of_these = Registration.objects.filter(memberships__team__in=teams, approved_on=day)
    elsewhere = TeamMember.objects.exclude(team__in=teams).filter(team__approved_on__lte=day)
    return of_these.exclude(pk__in=elsewhere.exclude(registration=None).values("registration")).distinct()


def _put_in_force(correction: AnnouncementCorrection, held: SelectionList, *, by: Membership, on: date) -> None:
    entries = _selected(held)
    persons = [entry.registration for entry in entries if entry.registration]
    teams = [entry.team for entry in entries if entry.team]
    hold_records(persons, teams)
    before, after = _told(correction)
    before.pop("scan", None)
    after.pop("scan", None)
    if after:
        for entry in entries:
            record = entry.record
            audit.record(
                f"{kind_of(record)}.announcement_corrected",
                record,
                by=by,
                before=before,
                after=after,
                reason=correction.reason,
            )
    if correction.announced_on != correction.old_on:
        members = [one.pk for one in _of_members(teams, day=correction.old_on)]
        day = {"approved_on": correction.announced_on, "version": F("version") + 1}
        Registration.objects.filter(pk__in=[*members, *(one.pk for one in persons)]).update(**day)
        Team.objects.filter(pk__in=[one.pk for one in teams]).update(**day)
    held.document_number, held.announced_on = correction.document_number, correction.announced_on
    held.announcement, held.shares_number = correction.announcement, False
    held.save(update_fields=["document_number", "announced_on", "announcement", "shares_number"])
    if after:
        tell_of_correction(
            held, entries, said=_in_words(correction), occasion=f"announcement.corrected:{correction.pk}", on=on
        )


def _told(correction: AnnouncementCorrection) -> tuple[dict[str, object], dict[str, object]]:
    """The columns that read otherwise, before and after; the scan by its name."""
    before: dict[str, object] = {
        "document_number": correction.old_number,
        "announced_on": correction.old_on,
        "scan": correction.old_announcement.name,
    }
    after: dict[str, object] = {
        "document_number": correction.document_number,
        "announced_on": correction.announced_on,
        "scan": correction.announcement.name,
    }
    same = {name for name in ("document_number", "announced_on") if before[name] == after[name]}
    if correction.announcement_id == correction.old_announcement_id:
        same.add("scan")
    before, after = ({name: value for name, value in told.items() if name not in same} for told in (before, after))
    return before, after


def _in_words(correction: AnnouncementCorrection) -> str:
    return "；".join(
        f"{label}由“{cdate(old) if isinstance(old, date) else old}”更正为“{cdate(new) if isinstance(new, date) else new}”"
        for label, old, new in correction.differences
    )
