"""The standard an institution sets itself, within the plan's limits."""

from datetime import date

from django.db import transaction

from accounts.enums import Role
from accounts.models import Institution, Membership
from core import audit
from core.policy import require
from funding import queries, rules
from funding.models import Claim, RateCard
from funding.services.common import shown


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
    audit.record("rate_card.set", card, by=by, after=shown(card, "amount_fen", "effective_from", "note"))
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
    audit.record("rate_card.withdrawn", card, by=by, before=shown(card, "amount_fen", "effective_from", "note"))
    card.delete()
