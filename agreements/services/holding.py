"""Rows are held in one order everywhere: hosts, specialists, agreements, and the series of numbers last.

Hosts and agreements by key among themselves, specialists as `Specialist.objects.in_holding_order` says.
"""

from collections.abc import Collection

from django.db.models import prefetch_related_objects
from django.db.models.expressions import RawSQL

from agreements.models import Agreement
from core.models import PolicyPack
from core.prepared import Prepared, PreparedQuery
from core.stale import Stale
from specialists.models import Registration, Specialist

KNOWN = ("registration", "pack")  # what every act asks an agreement for
SECRETS = ("id_number", "mobile", "bank_account")  # of its specialist: no act here asks for them


def hold(agreement: Agreement) -> Agreement:
    """The agreement, read anew under its lock: enough for an act that no limit of a host or a person concerns."""
    [held] = hold_all([agreement.pk])
    return held


def hold_with_person(agreement: Agreement) -> Agreement:
    """The same with its specialist held before it: the years taken are the specialist's."""
    people = _hold_people([agreement.pk])
    held = hold(agreement)
    held.specialist = people[held.specialist_id]
    return held


def hold_with_host_and_person(pks: Collection[int]) -> list[Agreement]:
    """Agreements with their hosts (R23 counts there) and specialists (R19 counts there) held before them.

    Raises Stale when the host of one was changed in between: another host would have to be held first.
    """
    hosts = {host for (host,) in HOLD.rows(pks=list(pks))}
    agreements = HELD.models(pks=list(pks))
    prefetch_related_objects([agreement for agreement in agreements if agreement.renews_id], "renews")
    if any(agreement.host_id not in hosts for agreement in agreements if agreement.host_id is not None):
        raise Stale("他人", None, [])
    return agreements


# Each step waits for the one before it, whatever the planner thinks; what is then read is read anew. NO KEY: the rows
# of hosts and specialists are gates, and rows that point at them need not wait.
HOLD = Prepared(
    "hold_agreements",
    """
    WITH asked AS MATERIALIZED (
        SELECT id, host_id, specialist_id FROM agreements_agreement WHERE id = ANY(%(pks)s)
    ), hosts AS MATERIALIZED (
        SELECT organization_id FROM accounts_hostunit
        WHERE organization_id IN (SELECT host_id FROM asked)
        ORDER BY organization_id FOR NO KEY UPDATE
    ), people AS MATERIALIZED (
        SELECT id FROM specialists_specialist
        WHERE id IN (SELECT specialist_id FROM asked) AND (SELECT count(*) FROM hosts) IS NOT NULL
        ORDER BY id_digest FOR NO KEY UPDATE
    ), agreements AS MATERIALIZED (
        SELECT id FROM agreements_agreement
        WHERE id IN (SELECT id FROM asked) AND (SELECT count(*) FROM people) IS NOT NULL
        ORDER BY id FOR UPDATE
    )
    SELECT organization_id FROM hosts WHERE (SELECT count(*) FROM agreements) IS NOT NULL
    """,
    pks="bigint[]",
)


HELD = PreparedQuery(
    "held_agreements",
    lambda pks: (
        Agreement.objects.filter(pk__in=RawSQL("SELECT unnest(%s)", [pks]))
        .select_related(*KNOWN, "host__organization", "specialist")
        .defer(*(f"specialist__{secret}" for secret in SECRETS))
        .order_by("pk")
    ),
    pks=("some keys", "bigint[]"),
)


def _hold_people(pks: Collection[int]) -> dict[int, Specialist]:
    people = Specialist.objects.filter(pk__in=Agreement.objects.filter(pk__in=pks).values("specialist"))
    people = people.defer(*SECRETS).in_holding_order()
    return {person.pk: person for person in people.select_for_update(of=("self",), no_key=True)}


def hold_all(pks: Collection[int]) -> list[Agreement]:
    """Several of them, in the order in which rows are held everywhere."""
    rows = Agreement.objects.filter(pk__in=pks).select_related(*KNOWN).prefetch_related("renews")
    return list(rows.order_by("pk").select_for_update(of=("self",)))


def pack_beside(registration: Registration) -> PolicyPack:
    """Whose words a draft is answered in: the pack by which its specialist was selected."""
    return registration.pack or PolicyPack.objects.latest("year", "version")
