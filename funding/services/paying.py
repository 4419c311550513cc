"""Batches, made by one person and approved by another, and the entries they post."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import QuerySet

from accounts.enums import Role
from accounts.models import Membership
from core import audit, outbox
from core.models import PolicyPack
from core.policy import Finding, RuleEntry, plain, require
from core.series import next_in
from core.stale import refuse_stale
from funding import ledger, queries, rules
from funding.enums import BatchStatus, ClaimStatus, EntryKind
from funding.models import Account, Claim, PaymentBatch
from funding.services.claims import claim_visits
from funding.services.common import shown
from specialists.changes.services import masked
from specialists.enums import ChangeField
from visits.models import VisitAttendance


@transaction.atomic
def make_batch(
    claims: Iterable[Claim], *, by: Membership, on: date, purpose: str | None = None, note: str = ""
) -> PaymentBatch:
    """Put open claims of one year into a batch of their own; `purpose` is the plan's first unless said.

    Refuses a purpose that the plan does not permit (E-PURPOSE), claims of several years (E-BATCH) or of another
    institution (E-FLOW), and those that are in a batch already (E-STATE).
    """
    chosen = _held_claims(claims)
    pack = queries.pack_for(on)
    purpose = purpose or pack.setting("funding.purposes")[0]
    require(
        rules.paid_by_the_institution(
            pack.entry("E-FLOW"),
            role=Role(by.role),
            own=all(claim.institution_id == by.organization_id for claim in chosen),
        ),
        rules.of_one_year(pack.entry("E-BATCH"), years={claim.service_date.year for claim in chosen}),
        _permitted(purpose, pack),
        *_free(chosen, pack),
    )
    batch = PaymentBatch.objects.create(
        institution_id=by.organization_id,
        year=chosen[0].service_date.year,
        purpose=purpose,
        note=note,
        made_by=by,
        maker=by.person,
        total_fen=sum(claim.amount_fen for claim in chosen),
    )
    _take(chosen, batch)
    audit.record(
        "payment_batch.made", batch, by=by, after={**shown(batch, "total_fen", "purpose"), "lines": len(chosen)}
    )
    return batch


@transaction.atomic
def pay_visits(
    attendances: Iterable[VisitAttendance],
    *,
    by: Membership,
    on: date,
    into: PaymentBatch | None = None,
    purpose: str | None = None,
    note: str = "",
) -> PaymentBatch:
    """What a clerk does in one press: claim what is not claimed yet, and put it all into a new batch or into `into`.

    Refuses as `claim_visits`, `make_batch` and `change_batch` do, and then leaves nothing.
    """
    chosen = list(attendances)
    waiting = Claim.objects.filter(attendance__in=chosen, status=ClaimStatus.OPEN)
    waiting_for = {claim.attendance_id: claim for claim in waiting}
    claims = claim_visits([one for one in chosen if one.pk not in waiting_for], by=by, on=on)
    claims += waiting_for.values()
    if into is None:
        return make_batch(claims, by=by, on=on, purpose=purpose, note=note)
    return change_batch(into, claims=[*into.claims.all(), *claims], by=by, on=on, purpose=purpose, note=into.note)


@transaction.atomic
def change_batch(
    batch: PaymentBatch,
    *,
    claims: Iterable[Claim],
    by: Membership,
    on: date,
    purpose: str | None = None,
    note: str = "",
    version: int | None = None,
) -> PaymentBatch:
    """Decide anew which claims a draft or returned batch pays; who does so is its maker from then on.

    What is left out is open again; to leave out everything is to drop the batch. Raises Stale when somebody else was
    faster; refuses as `make_batch` does.
    """
    batch = PaymentBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    purpose = purpose or batch.purpose
    refuse_stale(batch, version=version, typed={"purpose": purpose, "note": note})
    before = {claim.pk for claim in batch.claims.all()}
    chosen = _held_claims(claims)
    pack = queries.pack_for(on)
    require(
        rules.batch_may_change(pack.entry("E-STATE"), status=BatchStatus(batch.status)),
        rules.paid_by_the_institution(
            pack.entry("E-FLOW"),
            role=Role(by.role),
            own=batch.institution_id == by.organization_id
            and all(claim.institution_id == batch.institution_id for claim in chosen),
        ),
        rules.of_one_year(
            pack.entry("E-BATCH"),
            years={claim.service_date.year for claim in chosen} | ({batch.year} if chosen else set()),
        ),
        _permitted(purpose, pack),
        *_free([claim for claim in chosen if claim.pk not in before], pack),
    )
    was = shown(batch, "total_fen", "purpose", "note", "maker")
    kept = {claim.pk for claim in chosen}
    batch.claims.exclude(pk__in=kept).update(**GIVEN_BACK)
    _take([claim for claim in chosen if claim.pk not in before], batch)
    batch.total_fen = sum(claim.amount_fen for claim in chosen)
    batch.purpose, batch.note, batch.made_by, batch.maker = purpose, note, by, by.person
    batch.version += 1
    batch.save(update_fields=["total_fen", "purpose", "note", "made_by", "maker", "version"])
    audit.record(
        "payment_batch.changed",
        batch,
        by=by,
        before={**was, "lines": len(before)},
        after={**shown(batch, "total_fen", "purpose", "note", "maker"), "lines": len(kept)},
    )
    return batch


@transaction.atomic
def submit_batch(
    batch: PaymentBatch, *, by: Membership, on: date, version: int | None = None, payees: str | None = None
) -> PaymentBatch:
    """Hand a batch to the second person. Its maker does so (E-TWO-PEOPLE).

    Each claim keeps the account that it goes to: the second person approves that one and no other. `payees` is what the
    maker's page was known by (queries.payees_seen); an account of since then is to be seen first (E-PAYEE).
    """
    batch = PaymentBatch.objects.select_for_update(of=("self",)).select_related("maker").get(pk=batch.pk)
    refuse_stale(batch, version=version, typed={})
    pack = queries.pack_for(on)
    require(
        _may_move(batch, BatchStatus.SUBMITTED, pack),
        _own(batch, by, pack),
        rules.submitted_by_its_maker(
            pack.entry("E-TWO-PEOPLE"), maker=batch.maker_id, maker_name=str(batch.maker), by=by.person_id
        ),
        _permitted(batch.purpose, pack),
        rules.handed_in_as_seen(
            _payee_entry(pack), is_as_seen=payees is None or payees == queries.payees_seen(_claims_of(batch))
        ),
    )
    _keep_payees(batch)
    batch.status, batch.submitted_on = BatchStatus.SUBMITTED, on
    batch.version += 1
    batch.save(update_fields=["status", "submitted_on", "version"])
    audit.record("payment_batch.submitted", batch, by=by, after=shown(batch, "total_fen"))
    outbox.add("funding.tasks.tell_submitted", batch_id=batch.pk)
    return batch


@transaction.atomic
def approve_batch(batch: PaymentBatch, *, by: Membership, on: date, version: int | None = None) -> PaymentBatch:
    """Pay a submitted batch: give it its voucher number and post one ledger entry per claim (R38, R39, R43).

    All or nothing. Refuses its own maker (E-TWO-PEOPLE), more than the account holds (E-FUND, with the balance), a
    person whose qualification was cancelled by the day of the visit (E-REVOKED), an account that is not the one handed
    in (E-PAYEE), and a second approval (E-STATE).
    """
    # The account first: another batch may be taking the last of the money. Then the batch: it may be approved twice.
    account = Account.objects.select_for_update().filter(institution=batch.institution_id, year=batch.year).first()
    batch = (
        PaymentBatch.objects.select_for_update(of=("self",))
        .select_related("maker", "institution__organization")
        .get(pk=batch.pk)
    )
    refuse_stale(batch, version=version, typed={})
    claims = list(batch.claims.select_related("specialist").order_by("service_date", "pk"))
    total = sum(claim.amount_fen for claim in claims)
    pack = queries.pack_for(on)
    require(
        _may_move(batch, BatchStatus.APPROVED, pack),
        _own(batch, by, pack),
        rules.checked_by_another(
            pack.entry("E-TWO-PEOPLE"), maker=batch.maker_id, maker_name=str(batch.maker), checker=by.person_id
        ),
        _permitted(batch.purpose, pack),
        *(
            rules.still_qualified(
                pack.entry("E-REVOKED"),
                person=claim.specialist.name,
                day=claim.service_date,
                revoked_on=claim.specialist.revoked_on,
            )
            for claim in claims
        ),
        *_other_payees(claims, pack),
        rules.account_covers(
            pack.entry("E-FUND"),
            institution=str(batch.institution),
            year=batch.year,
            balance_fen=queries.balance(account),
            amount_fen=total,
        ),
    )
    batch.status, batch.total_fen = BatchStatus.APPROVED, total
    batch.approved_by, batch.approver, batch.approved_on = by, by.person, on
    batch.voucher_number = pack.setting("funding.voucher_number").format(
        year=batch.year, sequence=next_in(f"voucher-{batch.institution_id}-{batch.year}")
    )
    batch.version += 1
    batch.save(
        update_fields=[
            "status", "total_fen", "approved_by", "approver", "approved_on", "voucher_number", "version",
        ]
    )  # fmt: skip
    ledger.post(EntryKind.SUBSIDY, [claim.pk for claim in claims], memo=f"凭证{batch.voucher_number}", on=on, by=by)
    batch.claims.update(status=ClaimStatus.PAID)
    audit.record(
        "payment_batch.approved", batch, by=by, after=shown(batch, "total_fen", "voucher_number", "approved_on")
    )
    for claim in claims:
        # What was handed in, and is the register's: an account that is only asked for is paid nothing.
        paid = {"voucher_number": batch.voucher_number, "payee_account": claim.payee_masked}
        audit.record("claim.paid", claim, by=by, after=paid)
    outbox.add("funding.tasks.make_sheet", batch_id=batch.pk)
    outbox.add("funding.tasks.tell_paid", batch_id=batch.pk)
    return batch


@transaction.atomic
def return_batch(
    batch: PaymentBatch, *, by: Membership, on: date, opinion: str, version: int | None = None
) -> PaymentBatch:
    """Send a submitted batch back to its maker with what is to be changed. The maker cannot (E-TWO-PEOPLE)."""
    batch = PaymentBatch.objects.select_for_update(of=("self",)).select_related("maker").get(pk=batch.pk)
    refuse_stale(batch, version=version, typed={})
    pack = queries.pack_for(on)
    require(
        _may_move(batch, BatchStatus.RETURNED, pack),
        _own(batch, by, pack),
        rules.checked_by_another(
            pack.entry("E-TWO-PEOPLE"), maker=batch.maker_id, maker_name=str(batch.maker), checker=by.person_id
        ),
        None if opinion.strip() else plain("E-REASON", "请写明退回意见。", field="opinion"),
    )
    batch.status, batch.return_opinion = BatchStatus.RETURNED, opinion.strip()
    batch.version += 1
    batch.save(update_fields=["status", "return_opinion", "version"])
    audit.record("payment_batch.returned", batch, by=by, reason=batch.return_opinion)
    outbox.add("funding.tasks.tell_returned", batch_id=batch.pk)
    return batch


@transaction.atomic
def drop_batch(batch: PaymentBatch, *, by: Membership, on: date, version: int | None = None) -> PaymentBatch:
    """Give up a draft or returned batch; its claims are open again."""
    batch = PaymentBatch.objects.select_for_update(of=("self",)).get(pk=batch.pk)
    refuse_stale(batch, version=version, typed={})
    pack = queries.pack_for(on)
    require(_may_move(batch, BatchStatus.DROPPED, pack), _own(batch, by, pack))
    batch.claims.update(**GIVEN_BACK)
    batch.status = BatchStatus.DROPPED
    batch.version += 1
    batch.save(update_fields=["status", "version"])
    audit.record("payment_batch.dropped", batch, by=by)
    return batch


def _held_claims(claims: Iterable[Claim]) -> list[Claim]:
    """These claims, held until the transaction ends: two clerks may be putting them into two batches."""
    chosen = Claim.objects.select_for_update(of=("self",)).filter(pk__in=[claim.pk for claim in claims])
    return list(chosen.select_related("specialist").order_by("pk"))


# A claim that leaves its batch: whoever is paid by another one is looked at anew.
GIVEN_BACK: dict[str, Any] = {
    "status": ClaimStatus.OPEN,
    "batch": None,
    "payee_account": None,
    "payee_masked": None,
    "payee_bank": "",
}


def _claims_of(batch: PaymentBatch) -> "QuerySet[Claim]":
    return Claim.objects.filter(batch=batch)


def _keep_payees(batch: PaymentBatch) -> None:
    claims = list(_claims_of(batch).select_related("specialist"))
    for claim in claims:
        person = claim.specialist
        claim.payee_account, claim.payee_bank = person.bank_account, person.bank_name
        claim.payee_masked = masked(ChangeField.BANK_ACCOUNT, person.bank_account)
    Claim.objects.bulk_update(claims, ["payee_account", "payee_masked", "payee_bank"])


def _other_payees(claims: Iterable[Claim], pack: PolicyPack) -> list[Finding | None]:
    """Each person once, however many of their visits are paid."""
    asked = {claim.specialist_id: queries.payee_of(claim) for claim in claims}
    return [
        rules.paid_to_whom_was_handed_in(
            _payee_entry(pack),
            person=one.name,
            handed_in=None if one.handed_in is None else str(one.handed_in),
            now=str(one.now),
            is_same=one.is_same,
        )
        for one in asked.values()
    ]


def _payee_entry(pack: PolicyPack) -> RuleEntry:
    return pack.entry_or_block("E-PAYEE", "六（三）")


def _take(claims: Sequence[Claim], batch: PaymentBatch) -> None:
    Claim.objects.filter(pk__in=[claim.pk for claim in claims]).update(status=ClaimStatus.IN_BATCH, batch=batch)


def _free(claims: Iterable[Claim], pack: PolicyPack) -> list[Finding | None]:
    return [
        rules.claim_is_free(pack.entry("E-STATE"), status=ClaimStatus(claim.status), words=str(claim))
        for claim in claims
    ]


def _permitted(purpose: str, pack: PolicyPack) -> Finding | None:
    return rules.permitted_purpose(pack.entry("E-PURPOSE"), purpose=purpose, purposes=pack.setting("funding.purposes"))


def _may_move(batch: PaymentBatch, to: BatchStatus, pack: PolicyPack) -> Finding | None:
    return rules.batch_may_move(pack.entry("E-STATE"), status=BatchStatus(batch.status), to=to)


def _own(batch: PaymentBatch, by: Membership, pack: PolicyPack) -> Finding | None:
    return rules.paid_by_the_institution(
        pack.entry("E-FLOW"), role=Role(by.role), own=by.organization_id == batch.institution_id
    )
