"""What an ordered end keeps from being asked of an agreement until its day."""

from datetime import date

from agreements import rules
from agreements.enums import AgreementStatus
from agreements.models import Agreement
from agreements.onward.models import OnwardDecision
from core.models import PolicyPack
from core.policy import Finding, RuleEntry

ARTICLE = "四（二）"


def why_not_changed(agreement: Agreement, pack: PolicyPack, *, act: str) -> Finding | None:
    """Nothing more is agreed on a service whose end is ordered."""
    return rules.not_to_end(entry_of(pack), ends_on=ordered_end(agreement), act=act)


def why_not_asked(agreement: Agreement, pack: PolicyPack, *, on: date, act: str) -> Finding | None:
    """What is asked of a filed service is asked while it runs, and before its end is ordered."""
    state = pack.entry("E-STATE")
    return (
        rules.is_filed(state, status=AgreementStatus(agreement.status))
        or rules.is_not_over(state, last_day=agreement.last_day, on=on)
        or why_not_changed(agreement, pack, act=act)
    )


def ordered_end(agreement: Agreement) -> date | None:
    return agreement.terminated_on if agreement.is_to_end else None


def ends_said(agreement: Agreement) -> list[OnwardDecision]:
    """What the bureau answered with the end: somebody leaves, or studies no longer."""
    standing = {"continues": False, "taken_back_on": None}
    return [*agreement.departures.filter(**standing), *agreement.graduations.filter(**standing)]


def entry_of(pack: PolicyPack) -> RuleEntry:
    return pack.entry_or_block("E-END-ORDERED", ARTICLE)
