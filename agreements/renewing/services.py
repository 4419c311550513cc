"""Deciding for many at once: each agreement stands for itself, what cannot be done is said and keeps nobody else back."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db import models, transaction

from accounts.models import Membership
from agreements import rules
from agreements.enums import AgreementStatus
from agreements.models import Agreement, Leaving
from agreements.services import renew_agreement
from agreements.services.holding import hold, pack_beside
from core import audit
from core.policy import Finding, Refused, plain, require


class Act(models.TextChoices):
    RENEW = "renew", "起草续签"
    LEAVE = "leave", "不再续签"
    AGAIN = "again", "恢复未定"


@dataclass
class Done:
    """What an act for many did, and what it could not do."""

    agreements: list[Agreement] = field(default_factory=list)  # drafted, or decided
    refused: list[tuple[Agreement, list[Finding]]] = field(default_factory=list)


def decide_many(agreements: Iterable[Agreement], act: Act, *, by: Membership, on: date, reason: str = "") -> Done:
    """Draft the extension of each, filled in as `renew_agreement` does; or say of each that it ends, or take that back."""

    def decided(agreement: Agreement) -> Agreement:
        match act:
            case Act.RENEW:
                return renew_agreement(agreement, by=by, on=on)
            case Act.LEAVE:
                leave(agreement, by=by, on=on, reason=reason)
            case Act.AGAIN:
                think_again(agreement, by=by)
        return agreement

    done = Done()
    for agreement in agreements:
        try:
            done.agreements.append(decided(agreement))
        except Refused as refusal:
            done.refused.append((agreement, refusal.findings))
    return done


@transaction.atomic
def leave(agreement: Agreement, *, by: Membership, on: date, reason: str) -> Leaving:
    """Say that an agreement ends for good. Raises Refused: E-STATE unless it is filed and neither renewed nor decided
    already, E-FIELD without a reason."""
    agreement = hold(agreement)
    renewal = Agreement.objects.filter(renews=agreement).first()
    require(
        rules.is_filed(pack_beside(agreement.registration).entry("E-STATE"), status=AgreementStatus(agreement.status)),
        plain("E-STATE", f"协议{agreement}已起草续签（{renewal}），如不再续签，请先删除续签草稿。")
        if renewal
        else None,
        plain("E-STATE", f"协议{agreement}已登记不再续签。") if Leaving.objects.filter(agreement=agreement) else None,
        None if reason.strip() else plain("E-FIELD", "请写明不再续签的原因。", field="reason"),
    )
    leaving = Leaving.objects.create(agreement=agreement, reason=reason.strip(), decided_by=by, decided_on=on)
    audit.record("agreement.leaving", agreement, by=by, reason=leaving.reason)
    return leaving


@transaction.atomic
def think_again(agreement: Agreement, *, by: Membership) -> None:
    """Take the word back: it is undecided again. Raises Refused (E-STATE) where there was none."""
    agreement = hold(agreement)
    leaving = Leaving.objects.filter(agreement=agreement).first()
    if leaving is None:
        raise Refused([plain("E-STATE", f"协议{agreement}没有登记不再续签。")])
    leaving.delete()
    audit.record("agreement.leaving_withdrawn", agreement, by=by, before={"leaving": leaving.reason})
