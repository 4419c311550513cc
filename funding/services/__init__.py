"""Every change of money happens here: pages, API and tasks all call these.

Whoever needs several locks takes them in this order: budget, institution, specialists, account, batch, claims.
"""

from funding.services.budgets import allocate, amend_budget, record_budget
from funding.services.claims import claim_visits, judge
from funding.services.handing_over import hand_over_batches
from funding.services.paying import (
    approve_batch,
    change_batch,
    drop_batch,
    make_batch,
    pay_visits,
    return_batch,
    submit_batch,
)
from funding.services.rates import set_rate, withdraw_rate
from funding.services.reversing import ask_reversal, decide_reversal, withdraw_reversal
from funding.services.telling import (
    check_ledger,
    make_sheet,
    tell_allocated,
    tell_paid,
    tell_returned,
    tell_reversal_asked,
    tell_reversal_decided,
    tell_submitted,
)

__all__ = [
    "allocate",
    "amend_budget",
    "approve_batch",
    "ask_reversal",
    "change_batch",
    "check_ledger",
    "claim_visits",
    "decide_reversal",
    "drop_batch",
    "hand_over_batches",
    "judge",
    "make_batch",
    "make_sheet",
    "pay_visits",
    "record_budget",
    "return_batch",
    "set_rate",
    "submit_batch",
    "tell_allocated",
    "tell_paid",
    "tell_returned",
    "tell_reversal_asked",
    "tell_reversal_decided",
    "tell_submitted",
    "withdraw_rate",
    "withdraw_reversal",
]
