"""A wrong line is corrected by its opposite: asked for by one person, posted at another's word (R39, R43).

What two people paid, one does not take back. Every act here begins at the entry's account: whoever asks, decides, takes
back or pays waits there for the one before, and is judged by what that one left.
"""

from datetime import date

from django.db import transaction

from accounts.enums import Role
from accounts.models import Membership
from core import audit, outbox
from core.models import PolicyPack
from core.policy import Finding, plain, require
from funding import ledger, queries, rules
from funding.enums import ClaimStatus, EntryKind, ReversalStatus
from funding.models import Account, LedgerEntry, ReversalRequest


@transaction.atomic
def ask_reversal(entry: LedgerEntry, *, by: Membership, on: date, reason: str) -> ReversalRequest:
    """Ask a colleague to reverse a posted line; until then nothing is posted.

    An institution asks for its subsidies, the bureau for its allocations (E-FLOW), each once (E-STATE), with a reason
    (E-REASON); money that is spent cannot be taken back (E-FUND).
    """
    entry = _held(entry)
    pack = queries.pack_for(on)
    waiting = ReversalRequest.objects.open().filter(entry=entry).select_related("asker").first()
    require(
        _of_its_side(entry, by, pack),
        _may_be_reversed(entry, pack, asked_by=str(waiting.asker) if waiting else ""),
        _covered(entry, pack),
        None if reason.strip() else plain("E-REASON", "请写明冲红原因。", field="reason"),
    )
    request = ReversalRequest.objects.create(entry=entry, reason=reason.strip(), asked_by=by, asker=by.person)
    audit.record("reversal.asked", request, by=by, after={"amount_fen": abs(entry.amount_fen)}, reason=request.reason)
    outbox.add("funding.tasks.tell_reversal_asked", request_id=request.pk)
    return request


@transaction.atomic
def decide_reversal(
    request: ReversalRequest, *, by: Membership, on: date, passed: bool, opinion: str = ""
) -> ReversalRequest:
    """The second person's word: the line is reversed now, or stays, with the reason why (E-OPINION).

    Everything is asked again: whose side it is (E-FLOW), that another asked (E-TWO-PEOPLE), that it waits and the line
    stands (E-STATE), that the money is still there (E-FUND). A reversed subsidy can be claimed again, a reversed
    allocation counts no longer against the budget.
    """
    request = _read_anew(request)
    entry, pack = request.entry, queries.pack_for(on)
    to = ReversalStatus.APPROVED if passed else ReversalStatus.RETURNED
    silent = not passed and not opinion.strip()
    require(rules.reversal_may_become(pack.entry("E-STATE"), status=ReversalStatus(request.status), to=to))
    require(
        _of_its_side(entry, by, pack),
        rules.reversed_by_another(
            pack.entry("E-TWO-PEOPLE"),
            asker=request.asker_id,
            asker_name=str(request.asker),
            decider=by.person_id,
        ),
        *((_may_be_reversed(entry, pack), _covered(entry, pack)) if passed else ()),
        plain("E-OPINION", "请写明不同意冲红的原因。", field="opinion") if silent else None,
    )
    request.settle(to, by=by, opinion=opinion)  # first: the ledger posts what another has agreed to, and nothing else
    after: dict[str, object] = {}
    if passed:
        after["reversing"] = f"第{_reverse(request, by=by, on=on).sequence}笔"
    audit.record(f"reversal.{to}", request, by=by, after=after, reason=request.opinion)
    outbox.add("funding.tasks.tell_reversal_decided", request_id=request.pk)
    return request


@transaction.atomic
def withdraw_reversal(request: ReversalRequest, *, by: Membership, on: date) -> ReversalRequest:
    """Take an open request back. Raises Refused: E-STATE once decided, E-PERM for anybody but who asked."""
    request = _read_anew(request)
    require(
        rules.reversal_may_become(
            queries.pack_for(on).entry("E-STATE"),
            status=ReversalStatus(request.status),
            to=ReversalStatus.WITHDRAWN,
        ),
        None if request.asker_id == by.person_id else plain("E-PERM", f"冲红申请由申请人（{request.asker}）撤回。"),
    )
    request.status = ReversalStatus.WITHDRAWN
    request.save(update_fields=["status"])
    audit.record("reversal.withdrawn", request, by=by)
    return request


def _reverse(request: ReversalRequest, *, by: Membership, on: date) -> LedgerEntry:
    """Post the opposite, and mark what the line was made for."""
    entry = request.entry
    [reversing] = ledger.post(EntryKind.REVERSAL, [entry.pk], memo=request.reason, on=on, by=by)
    after = {"entry": reversing.sequence}
    if entry.claim:
        entry.claim.status = ClaimStatus.REVERSED
        entry.claim.save(update_fields=["status"])
        audit.record("claim.reversed", entry.claim, by=by, reason=request.reason, after=after)
    if entry.allocation:
        entry.allocation.is_reversed = True
        entry.allocation.save(update_fields=["is_reversed"])
        audit.record("allocation.reversed", entry.allocation, by=by, reason=request.reason, after=after)
    return reversing


def _held(entry: LedgerEntry) -> LedgerEntry:
    """The entry with its account held: a colleague may be at the same line, or be spending what it would take back."""
    account = (
        Account.objects.select_for_update(of=("self",))
        .select_related("institution__organization")
        .get(pk=entry.account_id)
    )
    entry = LedgerEntry.objects.select_related("claim", "allocation").get(pk=entry.pk)
    entry.account = account
    return entry


def _read_anew(request: ReversalRequest) -> ReversalRequest:
    entry = _held(request.entry)
    again = ReversalRequest.objects.select_related("asker").get(pk=request.pk)
    again.entry = entry
    return again


def _of_its_side(entry: LedgerEntry, by: Membership, pack: PolicyPack) -> Finding | None:
    """What the bureau gave it takes back itself; what an institution paid, that institution."""
    if entry.kind == EntryKind.ALLOCATION:
        return rules.given_by_the_bureau(pack.entry("E-FLOW"), role=Role(by.role))
    own = by.organization_id == entry.account.institution_id
    return rules.paid_by_the_institution(pack.entry("E-FLOW"), role=Role(by.role), own=own)


def _may_be_reversed(entry: LedgerEntry, pack: PolicyPack, *, asked_by: str = "") -> Finding | None:
    return rules.may_be_reversed(
        pack.entry("E-STATE"),
        kind=EntryKind(entry.kind),
        reversed_already=LedgerEntry.objects.filter(reverses=entry).exists(),
        asked_by=asked_by,
    )


def _covered(entry: LedgerEntry, pack: PolicyPack) -> Finding | None:
    return rules.account_covers(
        pack.entry("E-FUND"),
        institution=str(entry.account.institution),
        year=entry.account.year,
        balance_fen=entry.account.balance_fen,
        amount_fen=entry.amount_fen,
    )
