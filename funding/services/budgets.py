"""From the city to the institutions: the year's fund and what each is given."""

from datetime import date

from django.db import transaction

from accounts.enums import Role
from accounts.models import Institution, Membership
from core import audit, outbox
from core.policy import require
from funding import ledger, queries, rules
from funding.enums import EntryKind
from funding.models import Allocation, Budget
from funding.services.common import shown


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
    audit.record("budget.recorded", budget, by=by, after=shown(budget, "amount_fen", "document_number", "decided_on"))
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
    before = shown(budget, *fields)
    budget.amount_fen, budget.document_number, budget.decided_on = amount_fen, document_number, decided_on
    budget.save(update_fields=fields)
    audit.record("budget.amended", budget, by=by, before=before, after=shown(budget, *fields))
    return budget


@transaction.atomic
def allocate(
    budget: Budget, *, institution: Institution, amount_fen: int, document_number: str, by: Membership, on: date
) -> Allocation:
    """Give an institution money out of the year's fund and post it to its account (R37, R38).

    Refuses what goes beyond the budget, a day before any plan (both E-BUDGET), and a 指标文号 that this institution was given money by already.
    """
    # Another officer may be giving away the rest of the fund at this moment.
    budget = Budget.objects.select_for_update().get(pk=budget.pk)
    pack = queries.pack_for(on)
    require(
        rules.given_by_the_bureau(pack.entry("E-FLOW"), role=Role(by.role)),
        rules.under_a_plan(
            pack.entry("E-BUDGET"),
            since=on,
            first_plan=queries.first_plan(),
            what="拨付日期",
            field="allocated_on",
        ),
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
    audit.record("allocation.made", allocation, by=by, after=shown(allocation, "amount_fen", "document_number"))
    outbox.add("funding.tasks.tell_allocated", allocation_id=allocation.pk)
    return allocation
