"""What confirmed visits earn."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date
from functools import cache

from django.db import transaction

from accounts.enums import Role
from accounts.models import Institution, Membership
from core import audit
from core.models import PolicyPack
from core.policy import Finding, require
from funding import queries, rules
from funding.models import Claim
from funding.rules import Rate, Trip
from funding.services.common import shown
from specialists.models import Specialist
from visits.models import VisitAttendance


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
    list(Specialist.objects.select_for_update(of=("self",), no_key=True).filter(pk__in=people).in_holding_order())
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
        audit.record("claim.made", claim, by=by, after=shown(claim, "amount_fen", "service_date"))
    return claims
