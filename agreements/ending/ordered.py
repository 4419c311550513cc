"""What an ordered end keeps from being asked of an agreement until its day."""

from datetime import date

from agreements import rules
from agreements.models import Agreement
from core.models import PolicyPack
from core.policy import Finding, RuleEntry

ARTICLE = "四（二）"


def why_not_changed(agreement: Agreement, pack: PolicyPack, *, act: str) -> Finding | None:
    """Nothing more is agreed on a service whose end is ordered."""
    return rules.not_to_end(entry_of(pack), ends_on=ordered_end(agreement), act=act)


def ordered_end(agreement: Agreement) -> date | None:
    return agreement.terminated_on if agreement.is_to_end else None


def entry_of(pack: PolicyPack) -> RuleEntry:
    return pack.entry_or_block("E-END-ORDERED", ARTICLE)
