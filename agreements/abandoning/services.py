"""Closing what will not be filed. What left the desk is not deleted: somebody may hold the paper in their hands."""

from datetime import date

from django.db import transaction

from accounts.models import Membership
from agreements import queries, rules
from agreements.enums import AgreementStatus
from agreements.models import Abandonment, Agreement
from agreements.services.holding import hold, pack_beside
from core import audit, notify
from core.jinja import cdate
from core.policy import plain, require


@transaction.atomic
def abandon_agreement(agreement: Agreement, *, by: Membership, on: date, reason: str) -> Agreement:
    """Close a draft or a returned agreement for good. It counts nowhere, and what it extended may be extended anew.

    The bureau is told of what it had returned, the parties of what was theirs to sign. Raises Refused: E-STATE unless
    it is with who writes it, E-FIELD without a reason.
    """
    agreement = hold(agreement)
    pack = agreement.pack or pack_beside(agreement.registration)
    status = AgreementStatus(agreement.status)
    require(
        rules.may_move(pack.entry("E-STATE"), status=status, to=AgreementStatus.ABANDONED),
        None if reason.strip() else plain("E-FIELD", "请写明放弃原因。", field="reason"),
    )
    Abandonment.objects.create(
        agreement=agreement, renews=agreement.renews, reason=reason.strip(), abandoned_on=on, abandoned_by=by
    )
    before = {"status": status, "renews": agreement.renews}
    agreement.status, agreement.renews = AgreementStatus.ABANDONED, None
    agreement.save(update_fields=["status", "renews"])
    audit.record(
        "agreement.abandoned",
        agreement,
        by=by,
        before=before,
        after={"status": agreement.status, "renews": None},
        reason=reason.strip(),
    )
    if agreement.signing_links.exists() or status == AgreementStatus.RETURNED:
        notify.tell(
            queries.readers_of([agreement], on=on)[agreement.pk].parties,
            occasion=f"abandoned:{agreement.pk}",
            subject=f"协议{agreement}不再办理",
            body=f"{agreement.sender}已于{cdate(on)}放弃{agreement.specialist}与“{agreement.host}”的协议（{agreement}），"
            f"不用再签署。原因：{reason.strip()}",
            link=agreement.get_absolute_url(),
        )
    return agreement
