"""What the word on an agreement does, whatever it was asked about."""

from datetime import date
from typing import Any

from accounts.models import Membership
from agreements import queries
from agreements.ending.services import end_agreement
from agreements.enums import TerminationReason
from agreements.models import Agreement
from agreements.onward.models import OnwardDecision
from core import audit, notify


def carry_out(
    decision: OnwardDecision,
    agreement: Agreement,
    *,
    by: Membership,
    on: date,
    ends_on: date | None,
    seen: str,
    verb: str,
    about: dict[str, Any],
    ends_for: TerminationReason,
    subject: str,
    body: str,
) -> None:
    """Record it with what it is `about`; then tell the parties that the agreement goes on, or end it from that day, else today."""
    after = {**about, "document_number": decision.document_number}
    audit.record(verb, agreement, by=by, after=after, reason=decision.opinion)
    if not decision.continues:
        day, note = ends_on or on, decision.opinion
        end_agreement(agreement, by=by, on=on, ends_on=day, reason=ends_for, note=note, seen=seen)
        return
    notify.tell(
        queries.readers_of([agreement], on=on)[agreement.pk].parties,
        occasion=f"{decision._meta.model_name}:{decision.pk}",
        subject=subject,
        body=f"{body}意见：{decision.opinion}",
        link=agreement.get_absolute_url(),
    )
