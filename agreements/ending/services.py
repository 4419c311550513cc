"""Ending an agreement from today or from a coming day, taking such an order back, and carrying it out on its day.

Until the day the agreement stays filed and is served; its last day is known at once to whatever asks for it. Its place at
the host and its years are given to nobody before, so that an order taken back takes nothing from anybody.
"""

from datetime import date

from django.db import transaction

from accounts.models import Membership
from agreements import queries, rules
from agreements.attesting.queries import check_link
from agreements.ending.effects import effects_of_ending, mark_of
from agreements.ending.models import EndOrder
from agreements.ending.ordered import ARTICLE, ends_said, entry_of, ordered_end, why_not_changed
from agreements.enums import AgreementStatus, TerminationReason
from agreements.models import Agreement
from agreements.services.filing import end_held, terminate_agreement
from agreements.services.holding import hold_with_person, pack_beside
from core import audit, notify, outbox
from core.jinja import cdate
from core.models import PolicyPack
from core.policy import Finding, Outdated, plain, require


@transaction.atomic
def end_agreement(
    agreement: Agreement,
    *,
    by: Membership,
    on: date,
    ends_on: date,
    reason: TerminationReason,
    note: str = "",
    seen: str = "",
) -> Agreement:
    """End a filed agreement from `ends_on`: today at once, a coming day by an order that the platform carries out then.

    Raises Refused: E-STATE unless it is filed and not over, E-END-ORDERED where its end is ordered already, E-END-DAY
    for a day that has passed or lies after its service. Raises Outdated (E-SEEN) where `seen`, the mark of the effects that
    were shown, is not that of the day's any more.
    """
    agreement = hold_with_person(agreement)
    pack = _pack(agreement)
    status, state = AgreementStatus(agreement.status), pack.entry("E-STATE")
    require(
        rules.may_move(state, status=status, to=AgreementStatus.TERMINATED)
        or rules.is_not_over(state, last_day=agreement.last_day, on=on)
        or why_not_changed(agreement, pack, act="另定终止日期")
        or why_not_from(agreement, ends_on, on=on)
    )
    now = mark_of(effects_of_ending(agreement, on=ends_on), on=ends_on)
    if finding := rules.effects_were_seen(seen=seen, now=now, ends_on=ends_on):
        raise Outdated([finding])
    if ends_on == on:
        return terminate_agreement(agreement, by=by, on=on, reason=reason, note=note)
    return _order(agreement, by=by, on=on, ends_on=ends_on, reason=reason, note=note.strip())


def why_not_from(agreement: Agreement, ends_on: date, *, on: date) -> Finding | None:
    """What keeps a filed agreement from being ended from that day."""
    assert agreement.service_end
    entry = _pack(agreement).entry_or_block("E-END-DAY", ARTICLE)
    return rules.day_of_end(entry, ends_on=ends_on, on=on, last_day=agreement.service_end)


def _order(
    agreement: Agreement, *, by: Membership, on: date, ends_on: date, reason: TerminationReason, note: str
) -> Agreement:
    order = EndOrder.objects.create(
        agreement=agreement, ends_on=ends_on, reason=reason, note=note, decided_on=on, decided_by=by
    )
    agreement.terminated_on, agreement.termination_reason = ends_on, reason
    agreement.save(update_fields=["terminated_on", "termination_reason"])
    after = {"ends_on": ends_on, "termination_reason": reason}
    audit.record("agreement.end_ordered", agreement, by=by, after=after, reason=note)
    _tell(
        agreement,
        on=on,
        occasion=f"end-ordered:{order.pk}",
        subject=f"协议{agreement}将于{cdate(ends_on)}终止",
        body=f"市科技局决定，{agreement.specialist}与“{agreement.host}”的协议自{cdate(ends_on)}起终止，原因：{reason.label}。"
        + (f"说明：{note}。" if note else "")
        + f"{until_then(agreement)}",
    )
    return agreement


def until_then(agreement: Agreement) -> str:
    """What an ordered end leaves as it is until its day."""
    if agreement.last_day < (agreement.service_start or agreement.last_day):
        return "服务不再开始。"
    return f"{cdate(agreement.last_day)}及以前照常服务，此前的服务照常登记、确认和发放补助。"


@transaction.atomic
def revoke_end(agreement: Agreement, *, by: Membership, on: date, reason: str) -> Agreement:
    """Take the order back before its day: the agreement goes on to the end of its service, and its parties are told.

    A departure or a graduation that the order answered waits for the bureau's word again. Raises Refused: E-END-ORDERED where none is open or its day has come, E-FIELD without a reason.
    """
    agreement = hold_with_person(agreement)
    require(
        rules.end_may_be_taken_back(entry_of(_pack(agreement)), ends_on=ordered_end(agreement), on=on),
        None if reason.strip() else plain("E-FIELD", "请写明撤销原因，三方可以看到。", field="reason"),
    )
    order = agreement.end_orders.get(revoked_on=None)
    order.revoked_on, order.revoked_by, order.revoked_for = on, by, reason.strip()
    order.save(update_fields=["revoked_on", "revoked_by", "revoked_for"])
    agreement.terminated_on, agreement.termination_reason = None, ""
    agreement.save(update_fields=["terminated_on", "termination_reason"])
    for answer in ends_said(agreement):
        answer.taken_back_on = on
        answer.save(update_fields=["taken_back_on"])
    before = {"ends_on": order.ends_on, "termination_reason": order.reason}
    audit.record("agreement.end_revoked", agreement, by=by, before=before, reason=order.revoked_for)
    _tell(
        agreement,
        on=on,
        occasion=f"end-revoked:{order.pk}",
        subject=f"协议{agreement}的终止决定已撤销",
        body=f"市科技局撤销自{cdate(order.ends_on)}起终止协议{agreement}的决定，协议继续履行至"
        f"{cdate(agreement.service_end)}。原因：{order.revoked_for}",
    )
    return agreement


@transaction.atomic
def promise_ends(*, on: date) -> int:
    """Promise the end of each agreement whose ordered day has come, those of missed days too; returns how many."""
    due = Agreement.objects.filter(status=AgreementStatus.FILED, terminated_on__lte=on).order_by("pk")
    pks = [*due.values_list("pk", flat=True)]
    outbox.add_all(*(("agreements.tasks.end_agreement", {"agreement_id": pk}) for pk in pks))
    return len(pks)


@transaction.atomic
def carry_out_end(agreement: Agreement, *, on: date) -> None:
    """End it as ordered and from the day ordered, however late; nothing where that was done, or the order is gone."""
    agreement = hold_with_person(agreement)
    order = agreement.end_orders.filter(revoked_on=None, ends_on__lte=on).first() if agreement.is_to_end else None
    if order is not None:
        reason = TerminationReason(order.reason)
        end_held(agreement, by=None, day=order.ends_on, on=on, reason=reason, note=order.note)


def _pack(agreement: Agreement) -> PolicyPack:
    return agreement.pack or pack_beside(agreement.registration)


def _tell(agreement: Agreement, *, on: date, occasion: str, subject: str, body: str) -> None:
    notify.tell(
        queries.readers_of([agreement], on=on)[agreement.pk].parties,
        occasion=occasion,
        subject=subject,
        body=body,
        link=agreement.get_absolute_url(),
        open_link=check_link(agreement, on=on),
    )
