"""Every change of money happens here: pages, API and tasks all call these.

Whoever needs several locks takes them in this order: budget, institution, specialists, account, batch, claims.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from functools import cache
from typing import Any

from django.db import transaction
from django.urls import reverse

from accounts.enums import Role
from accounts.models import Institution, Membership
from core import audit, files, outbox
from core.jinja import cdate
from core.models import PolicyPack, StoredFile
from core.money import yuan
from core.notify import Reader, tell
from core.policy import Finding, plain, require
from core.series import next_in
from core.stale import refuse_stale
from funding import documents, ledger, queries, rules
from funding.enums import BatchStatus, ClaimStatus, EntryKind
from funding.ledger import Head
from funding.models import Account, Allocation, Budget, Claim, LedgerEntry, PaymentBatch, RateCard
from funding.rules import Rate, Trip
from specialists.models import Specialist
from visits.models import VisitAttendance

# --- from the city to the institutions --------------------------------------------------------------------------------


@transaction.atomic
def record_budget(*, year: int, amount_fen: int, document_number: str, decided_on: date, by: Membership) -> Budget:
    """Record the year's special fund (R37). A year has one; a change of it is `amend_budget` (E-BUDGET)."""
    pack = queries.pack_for(decided_on)
    require(rules.given_by_the_bureau(pack.entry("E-FLOW"), role=Role(by.role)))
    budget, new = Budget.objects.get_or_create(
        year=year,
        defaults={
            "amount_fen": amount_fen,
            "document_number": document_number,
            "decided_on": decided_on,
            "recorded_by": by,
        },
    )
    require(rules.one_budget_a_year(pack.entry("E-BUDGET"), year=year, taken=not new))
    audit.record("budget.recorded", budget, by=by, after=_shown(budget, "amount_fen", "document_number", "decided_on"))
    return budget


@transaction.atomic
def amend_budget(budget: Budget, *, amount_fen: int, document_number: str, decided_on: date, by: Membership) -> Budget:
    """Set another amount for the year by a later document; never below what has been allocated (E-BUDGET)."""
    budget = Budget.objects.select_for_update().get(pk=budget.pk)
    pack = queries.pack_for(decided_on)
    require(
        rules.given_by_the_bureau(pack.entry("E-FLOW"), role=Role(by.role)),
        rules.budget_covers(
            pack.entry("E-BUDGET"), year=budget.year, amount_fen=amount_fen, allocated_fen=queries.allocated(budget)
        ),
    )
    fields = ("amount_fen", "document_number", "decided_on")
    before = _shown(budget, *fields)
    budget.amount_fen, budget.document_number, budget.decided_on = amount_fen, document_number, decided_on
    budget.save(update_fields=fields)
    audit.record("budget.amended", budget, by=by, before=before, after=_shown(budget, *fields))
    return budget


@transaction.atomic
def allocate(
    budget: Budget, *, institution: Institution, amount_fen: int, document_number: str, by: Membership, on: date
) -> Allocation:
    """Give an institution money out of the year's fund and post it to its account (R37, R38).

    Refuses what goes beyond the budget (E-BUDGET) and a 指标文号 that this institution was given money by already.
    """
    # Another officer may be giving away the rest of the fund at this moment.
    budget = Budget.objects.select_for_update().get(pk=budget.pk)
    pack = queries.pack_for(on)
    require(
        rules.given_by_the_bureau(pack.entry("E-FLOW"), role=Role(by.role)),
        rules.within_budget(
            pack.entry("E-BUDGET"),
            year=budget.year,
            budget_fen=budget.amount_fen,
            allocated_fen=queries.allocated(budget),
            amount_fen=amount_fen,
        ),
        rules.document_once(
            pack.entry("E-BUDGET"),
            institution=str(institution),
            document_number=document_number,
            taken=Allocation.objects.filter(
                institution=institution, document_number=document_number, is_reversed=False
            ).exists(),
        ),
    )
    allocation = Allocation.objects.create(
        budget=budget,
        institution=institution,
        amount_fen=amount_fen,
        document_number=document_number,
        allocated_on=on,
        recorded_by=by,
    )
    ledger.post(EntryKind.ALLOCATION, [allocation.pk], memo=document_number, on=on, by=by)
    audit.record("allocation.made", allocation, by=by, after=_shown(allocation, "amount_fen", "document_number"))
    outbox.add("funding.tasks.tell_allocated", allocation_id=allocation.pk)
    return allocation


# --- the standard -----------------------------------------------------------------------------------------------------


@transaction.atomic
def set_rate(
    institution: Institution, *, amount_fen: int, effective_from: date, note: str = "", by: Membership
) -> RateCard:
    """Set what the institution pays per person and trip from a day on (R40, R41).

    Refuses an amount outside the band of the plan in force on that day (E-AMOUNT), and a day that would change the
    standard of visits already claimed (E-RATE).
    """
    # A colleague may be claiming visits of those days at this moment.
    institution = Institution.objects.select_for_update(no_key=True).get(pk=institution.pk)
    pack = queries.pack_for(effective_from)
    require(
        rules.paid_by_the_institution(
            pack.entry("E-FLOW"), role=Role(by.role), own=by.organization_id == institution.pk
        ),
        rules.amount_in_band(pack.entry("E-AMOUNT"), amount_fen=amount_fen),
        rules.under_a_plan(pack.entry("E-RATE"), since=effective_from, first_plan=queries.first_plan()),
        rules.no_other_rate_that_day(
            pack.entry("E-RATE"),
            since=effective_from,
            taken=RateCard.objects.filter(institution=institution, effective_from=effective_from).exists(),
        ),
        rules.not_before_claims(
            pack.entry("E-RATE"), since=effective_from, last_claimed=queries.last_claimed_day(institution)
        ),
    )
    card = RateCard.objects.create(
        institution=institution, amount_fen=amount_fen, effective_from=effective_from, note=note, set_by=by
    )
    audit.record("rate_card.set", card, by=by, after=_shown(card, "amount_fen", "effective_from", "note"))
    return card


@transaction.atomic
def withdraw_rate(card: RateCard, *, by: Membership) -> None:
    """Take back a standard by which nothing was claimed (E-RATE otherwise)."""
    # A claim by this card cannot be made before we are done: it holds the institution too.
    Institution.objects.select_for_update(no_key=True).get(pk=card.institution_id)
    pack = queries.pack_for(card.effective_from)
    require(
        rules.paid_by_the_institution(
            pack.entry("E-FLOW"), role=Role(by.role), own=by.organization_id == card.institution_id
        ),
        rules.unused(pack.entry("E-RATE"), claims=Claim.objects.filter(rate_card=card).count()),
    )
    audit.record("rate_card.withdrawn", card, by=by, before=_shown(card, "amount_fen", "effective_from", "note"))
    card.delete()


# --- what visits earn -------------------------------------------------------------------------------------------------


def judge(trips: Sequence[Trip]) -> dict[int, list[Finding]]:
    """Every rule asked about each trip, by attendance: what is empty may be claimed.

    Of two trips of one person on one day the first is the one that counts.
    """
    rates, packs = cache(queries.rates_of), cache(queries.pack_for)
    beside = queries.claims_beside(trips)
    claimed = {attendance for attendance, _, _ in beside}
    days = {(person, day): attendance for attendance, person, day in beside}
    verdicts: dict[int, list[Finding]] = {}
    for trip in trips:
        another = {key for key, attendance in days.items() if attendance != trip.attendance}
        # The plan of the day on which the person went judges what it earns.
        found = _findings(trip, packs(trip.day), rates(trip.institution) if trip.institution else [], claimed, another)
        verdicts[trip.attendance] = found
        if not found:
            days[trip.specialist, trip.day] = trip.attendance
    return verdicts


def _findings(
    trip: Trip,
    pack: PolicyPack,
    rates: Collection[Rate],
    claimed: Collection[int],
    days: Collection[tuple[int, date]],
) -> list[Finding]:
    rate = rules.rate_on(rates, trip.day)
    found = [
        rules.confirmed(pack.entry("E-UNCONFIRMED"), trip=trip),
        rules.on_site(pack.entry("E-VISIT-ONLINE"), trip=trip),
        rules.in_filed_service(pack.entry("E-VISIT-PERIOD"), trip=trip),
        rules.still_qualified(pack.entry("E-REVOKED"), person=trip.person, day=trip.day, revoked_on=trip.revoked_on),
        rules.claimed_once(pack.entry("E-VISIT-DUP"), trip=trip, taken=claimed),
        rules.one_trip_a_day(pack.entry("E-VISIT-DUP"), trip=trip, taken=days),
        rules.has_rate(pack.entry("E-RATE"), trip=trip, rate=rate),
        rate and rules.amount_in_band(pack.entry("E-AMOUNT"), amount_fen=rate.amount_fen),
    ]
    return [finding for finding in found if finding]


@transaction.atomic
def claim_visits(attendances: Iterable[VisitAttendance], *, by: Membership, on: date) -> list[Claim]:
    """Claim the subsidy of confirmed visits, one line per person and day, at the rate in force on that day (R40, R41).

    All or none: Refused holds what is in the way of each (E-UNCONFIRMED, E-VISIT-ONLINE, E-VISIT-PERIOD, E-REVOKED,
    E-VISIT-DUP, E-RATE, E-AMOUNT).
    """
    chosen = VisitAttendance.objects.filter(pk__in=[attendance.pk for attendance in attendances])
    people = list(chosen.values_list("specialist", flat=True))
    # A colleague may set the rate of those days; the same person may be claimed for elsewhere, or be disqualified.
    list(Institution.objects.select_for_update(no_key=True).filter(pk=by.organization_id))
    list(Specialist.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=people).order_by("pk"))
    trips = queries.trips(chosen)
    pack = queries.pack_for(on)
    own = all(trip.institution == by.organization_id for trip in trips)
    require(rules.paid_by_the_institution(pack.entry("E-FLOW"), role=Role(by.role), own=own))
    require(*(finding for findings in judge(trips).values() for finding in findings))

    rates = queries.rates_of(by.organization_id)
    claims = []
    for trip in trips:
        rate = rules.rate_on(rates, trip.day)
        assert rate is not None, "judged above"
        claims.append(
            Claim(
                attendance_id=trip.attendance,
                specialist_id=trip.specialist,
                service_date=trip.day,
                institution_id=by.organization_id,
                rate_card_id=rate.card,
                amount_fen=rate.amount_fen,
                created_by=by,
            )
        )
    for claim in Claim.objects.bulk_create(claims):
        audit.record("claim.made", claim, by=by, after=_shown(claim, "amount_fen", "service_date"))
    return claims


# --- paying -----------------------------------------------------------------------------------------------------------


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
        "payment_batch.made", batch, by=by, after={**_shown(batch, "total_fen", "purpose"), "lines": len(chosen)}
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
    was = _shown(batch, "total_fen", "purpose", "note", "maker")
    kept = {claim.pk for claim in chosen}
    batch.claims.exclude(pk__in=kept).update(status=ClaimStatus.OPEN, batch=None)
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
        after={**_shown(batch, "total_fen", "purpose", "note", "maker"), "lines": len(kept)},
    )
    return batch


@transaction.atomic
def submit_batch(batch: PaymentBatch, *, by: Membership, on: date, version: int | None = None) -> PaymentBatch:
    """Hand a batch to the second person. Its maker does so (E-TWO-PEOPLE)."""
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
    )
    batch.status, batch.submitted_on = BatchStatus.SUBMITTED, on
    batch.version += 1
    batch.save(update_fields=["status", "submitted_on", "version"])
    audit.record("payment_batch.submitted", batch, by=by, after=_shown(batch, "total_fen"))
    outbox.add("funding.tasks.tell_submitted", batch_id=batch.pk)
    return batch


@transaction.atomic
def approve_batch(batch: PaymentBatch, *, by: Membership, on: date, version: int | None = None) -> PaymentBatch:
    """Pay a submitted batch: give it its voucher number and post one ledger entry per claim (R38, R39, R43).

    All or nothing. Refuses its own maker (E-TWO-PEOPLE), more than the account holds (E-FUND, with the balance), a
    person whose qualification was cancelled by the day of the visit (E-REVOKED), and a second approval (E-STATE).
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
        "payment_batch.approved", batch, by=by, after=_shown(batch, "total_fen", "voucher_number", "approved_on")
    )
    for claim in claims:
        audit.record("claim.paid", claim, by=by, after={"voucher_number": batch.voucher_number})
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
    batch.claims.update(status=ClaimStatus.OPEN, batch=None)
    batch.status = BatchStatus.DROPPED
    batch.version += 1
    batch.save(update_fields=["status", "version"])
    audit.record("payment_batch.dropped", batch, by=by)
    return batch


@transaction.atomic
def reverse_entry(entry: LedgerEntry, *, by: Membership, on: date, reason: str) -> LedgerEntry:
    """Correct a wrong line by its opposite; the line itself stays (R39). Returns the reversing entry.

    A reversed subsidy can be claimed again, a reversed allocation counts no longer against the budget. An institution
    reverses its subsidies, the bureau its allocations (E-FLOW), each once (E-STATE); money that is spent cannot be
    taken back (E-FUND).
    """
    # A colleague may be reversing the same line, or spending what it would take back.
    account = (
        Account.objects.select_for_update(of=("self",))
        .select_related("institution__organization")
        .get(pk=entry.account_id)
    )
    entry = LedgerEntry.objects.select_related("claim", "allocation").get(pk=entry.pk)
    pack = queries.pack_for(on)
    of_the_bureau = entry.kind == EntryKind.ALLOCATION
    require(
        rules.given_by_the_bureau(pack.entry("E-FLOW"), role=Role(by.role))
        if of_the_bureau
        else rules.paid_by_the_institution(
            pack.entry("E-FLOW"), role=Role(by.role), own=by.organization_id == account.institution_id
        ),
        rules.may_be_reversed(
            pack.entry("E-STATE"),
            kind=EntryKind(entry.kind),
            reversed_already=LedgerEntry.objects.filter(reverses=entry).exists(),
        ),
        rules.account_covers(
            pack.entry("E-FUND"),
            institution=str(account.institution),
            year=account.year,
            balance_fen=account.balance_fen,
            amount_fen=entry.amount_fen,
        ),
        None if reason.strip() else plain("E-REASON", "请写明冲红原因。", field="reason"),
    )
    [reversing] = ledger.post(EntryKind.REVERSAL, [entry.pk], memo=reason.strip(), on=on, by=by)
    if entry.claim:
        entry.claim.status = ClaimStatus.REVERSED
        entry.claim.save(update_fields=["status"])
        audit.record("claim.reversed", entry.claim, by=by, reason=reason.strip(), after={"entry": reversing.sequence})
    if entry.allocation:
        entry.allocation.is_reversed = True
        entry.allocation.save(update_fields=["is_reversed"])
        audit.record(
            "allocation.reversed", entry.allocation, by=by, reason=reason.strip(), after={"entry": reversing.sequence}
        )
    return reversing


def _held_claims(claims: Iterable[Claim]) -> list[Claim]:
    """These claims, held until the transaction ends: two clerks may be putting them into two batches."""
    chosen = Claim.objects.select_for_update(of=("self",)).filter(pk__in=[claim.pk for claim in claims])
    return list(chosen.select_related("specialist").order_by("pk"))


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


def _shown(record: Allocation | Budget | Claim | PaymentBatch | RateCard, *names: str) -> dict[str, object]:
    """The fields of a record for its history, whose page shows every *_fen in 元."""
    return {name: getattr(record, name) for name in names}


# --- effects: promised in the transaction of the act, kept by funding.tasks -------------------------------------------


@transaction.atomic
def make_sheet(batch: PaymentBatch) -> StoredFile | None:
    """Print the 发放明细表 of an approved batch and keep it; a batch has one, made once."""
    batch = (
        PaymentBatch.objects.select_for_update(of=("self",))
        .select_related("institution__organization", "maker", "approver", "approved_by__person", "sheet")
        .get(pk=batch.pk)
    )
    if batch.sheet_id or batch.status != BatchStatus.APPROVED:
        return batch.sheet
    batch.sheet = files.keep(
        documents.sheet_pdf(batch),
        name=documents.sheet_name(batch, "pdf"),
        kind="pdf",
        purpose="payment_sheet",
        by=batch.approved_by,
    )
    batch.save(update_fields=["sheet"])
    audit.record("payment_batch.sheet_made", batch, by=None, after={"sha256": batch.sheet.sha256})
    return batch.sheet


def tell_allocated(allocation: Allocation, *, on: date) -> int:
    """Tell the institution's people of money that came."""
    account = allocation.entry.account
    return tell(
        _people_of(allocation.institution, on=on),
        occasion=f"allocation:{allocation.pk}",
        subject="专项经费已拨付",
        body=f"市科技局已向{allocation.institution}拨付{account.year}年度科技特派员专项经费"
        f"{yuan(allocation.amount_fen)}元（{allocation.document_number}）。",
        link=reverse("funding:account", args=[account.pk]),
    )


def tell_submitted(batch: PaymentBatch, *, on: date) -> int:
    """Tell everybody of the institution who may approve a batch that it waits."""
    return tell(
        _people_of(batch.institution, on=on, but=batch.maker_id),
        occasion=f"batch:{batch.pk}:submitted:{batch.version}",
        subject="补助发放批次待复核",
        body=f"{batch.maker}提交了{batch.year}年度工作补助发放批次{batch}，共{batch.claims.count()}笔，"
        f"合计{yuan(batch.total_fen)}元，请复核。",
        link=reverse("funding:batch", args=[batch.pk]),
    )


def tell_returned(batch: PaymentBatch) -> int:
    """Tell the maker of a batch what is to be changed."""
    return tell(
        [Reader(batch.maker, batch.maker.email)],
        occasion=f"batch:{batch.pk}:returned:{batch.version}",
        subject="补助发放批次已退回",
        body=f"工作补助发放批次{batch}已退回修改：{batch.return_opinion}",
        link=reverse("funding:batch", args=[batch.pk]),
    )


def tell_paid(batch: PaymentBatch) -> int:
    """Tell each person what they were paid, once for all their visits of the batch."""
    sums: dict[Specialist, list[Claim]] = {}
    for claim in batch.claims.select_related("specialist__user").order_by("service_date"):
        sums.setdefault(claim.specialist, []).append(claim)
    return sum(
        tell(
            [Reader(person.user, person.email)],
            occasion=f"batch:{batch.pk}:paid:{person.pk}",
            subject="工作补助已发放",
            body=f"{len(claims)}次下基层工作补助共{yuan(sum(claim.amount_fen for claim in claims))}元"
            f"已由{batch.institution}发放，请核对。如有不符，请联系单位财务。",
            link=reverse("funding:mine"),
        )
        for person, claims in sums.items()
    )


# --- looking after the ledger -----------------------------------------------------------------------------------------


@transaction.atomic
def check_ledger(*, on: date, published: Mapping[int, Head]) -> dict[str, Any]:
    """Verify every chain, that it still holds the heads of the last check, and that what was approved is posted.

    Faults are told to the bureau's administrators, finance and audit, once a day. Returns what was looked at, what was
    found, and the heads for the next check.
    """
    faults = [
        f"账户{fault.account}第{fault.sequence}笔：{fault.words}"
        for fault in [*ledger.verify(), *ledger.against(published)]
    ] + queries.unposted()
    if faults:
        hats = Membership.objects.active(on=on).filter(role__in=(Role.BUREAU_ADMIN, Role.FINANCE, Role.AUDITOR))
        tell(
            [Reader(hat.person, hat.person.email) for hat in hats.select_related("person")],
            occasion=f"ledger:{on.isoformat()}",
            subject="补助台账校验不通过",
            body=f"{cdate(on)}校验补助台账，发现{len(faults)}处不符，请立即核查，查明前暂停发放。首处：{faults[0]}。",
            link=reverse("funding:overview"),
        )
    heads = ledger.heads()
    return {
        "accounts": len(heads),
        "entries": sum(head.sequence for head in heads.values()),
        "faults": faults,
        "heads": {str(account): [head.sequence, head.digest] for account, head in heads.items()},
    }


def _people_of(institution: Institution, *, on: date, but: int | None = None) -> list[Reader]:
    """Whoever wears a hat of the institution on that day, each once."""
    hats = Membership.objects.active(on=on).filter(organization=institution.pk, role__in=Role.institution)
    people = {hat.person_id: hat.person for hat in hats.exclude(person=but).select_related("person")}
    return [Reader(person, person.email) for person in people.values()]
