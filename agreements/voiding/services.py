"""Making a filing void. What has been served under it can only be ended: it is no error any more."""

from collections.abc import Callable
from datetime import date

from django.db import transaction

from accounts.models import Membership
from agreements import queries, rules
from agreements.attesting.queries import check_link
from agreements.ending.ordered import why_not_changed
from agreements.enums import AgreementStatus
from agreements.models import Agreement, Voiding
from agreements.services.filing import withdraw_requests
from agreements.services.holding import hold_with_person, pack_beside
from core import audit, notify, outbox
from core.jinja import cdate
from core.policy import Finding, plain, require

Finder = Callable[[Agreement], str]
_finders: list[Finder] = []


def finds_what_was_done(finder: Finder) -> Finder:
    """Register what an app above knows was done under an agreement, in words; nothing, if nothing was."""
    _finders.append(finder)
    return finder


def done_under(agreement: Agreement) -> list[str]:
    """What keeps it from being void."""
    renewal = Agreement.objects.filter(renews=agreement).first()
    found = [finder(agreement) for finder in _finders]
    return [*filter(None, found), *([f"已起草续签（{renewal}）"] if renewal else [])]


def why_not_void(agreement: Agreement) -> Finding | None:
    """What keeps a filing from being made void, whatever was done under it; its page says so before a word is typed."""
    pack = agreement.pack or pack_beside(agreement.registration)
    return (
        rules.may_move(pack.entry("E-STATE"), status=AgreementStatus(agreement.status), to=AgreementStatus.VOID)
        or (plain("E-STATE", "历史导入的协议不在平台作废，可以撤回导入。") if agreement.is_past else None)
        or why_not_changed(agreement, pack, act="作废")
    )


@transaction.atomic
def void_agreement(
    agreement: Agreement, *, by: Membership, on: date, reason: str, document_number: str = ""
) -> Agreement:
    """Make a filing void, and tell its parties: it counts nowhere any more, its years are free, its number stays.

    Raises Refused: E-STATE unless it is filed here (what was taken over is given back), E-END-ORDERED once it is to end,
    E-VOID where something was done
    under it, E-FIELD without a reason.
    """
    agreement = hold_with_person(agreement)
    pack = agreement.pack or pack_beside(agreement.registration)
    require(
        why_not_void(agreement)
        or rules.may_be_void(pack.entry_or_block("E-VOID", "四（二）"), done=done_under(agreement)),
        None if reason.strip() else plain("E-FIELD", "请写明作废原因。", field="reason"),
    )
    assert agreement.filing_number
    assert agreement.filed_on
    assert agreement.filed_by
    voiding = Voiding.objects.create(
        agreement=agreement,
        filing_number=agreement.filing_number,
        filed_on=agreement.filed_on,
        filed_by=agreement.filed_by,
        renews=agreement.renews,
        reason=reason.strip(),
        document_number=document_number.strip(),
        voided_on=on,
        voided_by=by,
    )
    agreement.yearly_hosts.clear()  # a year without agreements is free
    agreement.status = AgreementStatus.VOID
    agreement.filed_on = agreement.filed_by = agreement.renews = None
    agreement.save(update_fields=["status", "filed_on", "filed_by", "renews"])
    audit.record(
        "agreement.voided",
        agreement,
        by=by,
        before={"status": AgreementStatus.FILED, "filed_on": voiding.filed_on},
        after={"status": agreement.status, "filing_number": agreement.filing_number},
        reason=voiding.reason,
    )
    withdraw_requests(agreement, by=by, reason="备案已作废")
    outbox.add("agreements.tasks.check_quotas_of_year", year=voiding.filed_on.year)
    notify.tell(
        queries.readers_of([agreement], on=on)[agreement.pk].parties,
        occasion=f"voided:{agreement.pk}",
        subject=f"协议{agreement}的备案已作废",
        body=f"{agreement.specialist}与“{agreement.host}”的协议（{agreement}）于{cdate(on)}作废，备案证明不再有效。"
        f"原因：{voiding.reason}",
        link=agreement.get_absolute_url(),
        open_link=check_link(agreement, on=on),
    )
    return agreement
