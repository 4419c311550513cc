"""The yearly check of 10,000 agreements beside the same verdicts in nothing but SQL, and beside a loop over objects.

The SQL knows the numbers of the plan by heart and says only which rule finds something where: it has no sentences, no
articles and no facts to show. Less than that cannot be asked of a database.
"""

from collections.abc import Callable
from datetime import date
from typing import Any

from django.db import connection, transaction

from agreements import queries
from agreements.services.checking import judge_year
from core.models import PolicyPack
from tests.agreements import naive
from tests.bench.figures import Figure, alternately

AGREEMENTS = 10_000

FILED = "a.status = 'filed' AND a.service_start <= %(last)s AND a.service_end >= %(first)s"
UNEXPLAINED = """NOT EXISTS (SELECT FROM core_override o
    WHERE o.target_type = 'agreements.Agreement' AND o.target_id = a.id AND o.code = '{}')"""

BARE = (
    f"""SELECT 'W-TERM:' || a.id FROM agreements_agreement a WHERE {FILED} AND {UNEXPLAINED.format("W-TERM")}
        AND NOT a.service_end BETWEEN a.service_start + interval '1 year - 1 day'
            AND a.service_start + interval '2 years - 1 day'""",
    f"""SELECT 'W-END:' || a.id FROM agreements_agreement a
        JOIN (SELECT agreement_id, max(signed_on) AS signed_on FROM agreements_signature GROUP BY 1) s
            ON s.agreement_id = a.id
        WHERE {FILED} AND {UNEXPLAINED.format("W-END")}
        AND a.service_end <> make_date(extract(year FROM s.signed_on)::int + 1, 12, 31)""",
    f"""SELECT DISTINCT 'W-GRADUATION:' || a.id FROM agreements_agreement a
        JOIN LATERAL (
            SELECT r.graduates_on FROM specialists_registration r
            WHERE r.id = a.registration_id AND a.team_id IS NULL AND r.personnel_type = 'graduate'
            UNION ALL
            SELECT m.graduates_on FROM specialists_teammember m
            WHERE m.team_id = a.team_id AND m.left_on IS NULL AND m.personnel_type = 'graduate'
        ) g ON g.graduates_on < a.service_end
        WHERE {FILED} AND {UNEXPLAINED.format("W-GRADUATION")}""",
    f"""SELECT DISTINCT 'E-OVERLAP:' || a.id FROM agreements_agreement a
        JOIN agreements_agreement b ON b.specialist_id = a.specialist_id AND b.host_id = a.host_id AND b.id < a.id
            AND b.status = 'filed' AND b.service_start <= a.service_end AND b.service_end >= a.service_start
        JOIN specialists_registration r ON r.id = a.registration_id
        JOIN specialists_registration q ON q.id = b.registration_id AND (q.category, q.form) = (r.category, r.form)
        WHERE {FILED} AND a.service_start <= b.service_end""",
    f"""SELECT DISTINCT 'E-PROV:' || a.id FROM agreements_agreement a
        JOIN specialists_registration r ON r.id = a.registration_id
            AND r.category <> 'broker' AND r.form = 'individual'
        JOIN specialists_specialist p ON p.id = a.specialist_id
        JOIN specialists_provinciallistentry l ON l.id_digest = p.id_digest
            AND l.valid_from <= a.service_end AND l.valid_to >= a.service_start
        WHERE {FILED}""",
    f"""SELECT 'E-REVOKED:' || a.id FROM agreements_agreement a
        JOIN specialists_specialist p ON p.id = a.specialist_id AND p.revoked_on IS NOT NULL WHERE {FILED}""",
    """WITH serving AS (
            SELECT a.id, a.specialist_id, a.host_id, r.category, a.filed_on FROM agreements_agreement a
            JOIN specialists_registration r ON r.id = a.registration_id
            WHERE a.status IN ('filed', 'terminated') AND r.form = 'individual'
            AND r.category = 'enterprise' AND a.service_start <= %(last)s
            AND LEAST(a.service_end, a.terminated_on - 1) >= GREATEST(a.service_start, %(first)s)
            AND NOT EXISTS (SELECT FROM agreements_reassignment m
                JOIN agreements_yearlyhost y ON y.id = m.yearly_host_id
                WHERE y.specialist_id = a.specialist_id AND y.year = %(year)s AND m.from_host_id = a.host_id))
        SELECT 'E-ONE-HOST:' || s.id FROM serving s WHERE EXISTS (
            SELECT FROM serving t WHERE t.specialist_id = s.specialist_id AND t.host_id <> s.host_id
            AND (t.filed_on, t.id) < (s.filed_on, s.id))""",
    """WITH stays AS (
            SELECT a.host_id, a.specialist_id AS person, GREATEST(a.service_start, %(first)s) AS since,
                LEAST(a.service_end, %(last)s) AS until
            FROM agreements_agreement a JOIN accounts_hostunit h ON h.organization_id = a.host_id
            WHERE a.status IN ('filed', 'submitted') AND a.team_id IS NULL
            AND a.service_start <= %(last)s AND a.service_end >= %(first)s
            AND (h.host_type = 'cooperative'
                OR h.is_tech_sme AND (NOT h.is_above_scale OR h.flags_verified_by_id IS NULL))
        ), full_enough AS (SELECT host_id FROM stays GROUP BY host_id HAVING count(*) > 5
        ), days AS (SELECT DISTINCT host_id, since AS day FROM stays JOIN full_enough USING (host_id))
        SELECT DISTINCT 'E-CAP5:host-' || d.host_id FROM days d
        JOIN stays s ON s.host_id = d.host_id AND d.day BETWEEN s.since AND s.until
        GROUP BY d.host_id, d.day HAVING count(DISTINCT s.person) > 5""",
    """SELECT 'I-QUOTA:' || plan.category FROM (
            VALUES ('agriculture', 40, false), ('broker', 30, false), ('enterprise', 350, true)
        ) plan (category, number, is_floor)
        LEFT JOIN (
            SELECT r.category, count(DISTINCT a.specialist_id) AS filed FROM agreements_agreement a
            JOIN specialists_registration r ON r.id = a.registration_id
            WHERE r.form = 'individual' AND a.filed_on BETWEEN %(first)s AND %(last)s GROUP BY r.category
        ) counted USING (category)
        WHERE coalesce(filed, 0) <> number AND NOT (is_floor AND coalesce(filed, 0) > number)""",
)


def figures(lay: Callable[[int], object]) -> list[Figure]:
    """Of a city that is laid for it and taken back; all three must find the same."""
    found: dict[str, set[str]] = {}
    with transaction.atomic():
        lay(AGREEMENTS)
        pack = PolicyPack.objects.get()
        on = date(pack.year, 12, 31)

        def product() -> None:
            counts = queries.quota_counts(pack.year, pack=pack, on=on)
            found["product"] = {one.key for one in judge_year(pack.year, pack=pack, on=on, counts=counts)}

        def bare() -> None:
            facts: dict[str, Any] = {"year": pack.year, "first": date(pack.year, 1, 1), "last": on}
            keys: set[str] = set()
            with connection.cursor() as cursor:
                for statement in BARE:
                    cursor.execute(statement, facts)
                    keys.update(key for (key,) in cursor.fetchall())
            found["SQL"] = keys

        def loop() -> None:
            found["loop"] = naive.keys(pack.year, pack=pack, on=on)

        taken = alternately({"product": product, "SQL": bare, "loop": loop}, rounds=9)
        transaction.set_rollback(True)
    for other in ("SQL", "loop"):
        if differing := found["product"] ^ found[other]:
            raise RuntimeError(f"{other}: {len(differing)} findings differ: {sorted(differing)[:10]}")
    detail = f"{taken}, the same {len(found['product']):,} findings"
    return [
        Figure(f"rules over {AGREEMENTS:,}: product / pure SQL", taken.ratio("product", "SQL"), 3, detail=detail),
        Figure(f"rules over {AGREEMENTS:,}: loop / product", taken.ratio("loop", "product"), 15, at_least=True),
    ]
