"""After the faults: is everything that was promised there, once, whole, and in order?

Asked of the tables themselves, as their owner and in plain SQL, so that no fault of the platform's code hides here too.
"""

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any

import psycopg2

from tests.faults.clients import Promises

SETTLE = 60  # seconds without any effect done, after which those that are left count as lost

# What no row may answer to; each row found fills the sentence.
CHECKS = {
    "doubled: agreement {} has {} visits on {}": """
        SELECT agreement_id, count(*), date FROM visits_visit GROUP BY agreement_id, date HAVING count(*) > 1""",
    "half: visit {} has {} attendances, {} audit rows of its logging, {} of its confirmation, {} promised links": """
        SELECT * FROM (SELECT v.id,
            (SELECT count(*) FROM visits_visitattendance a WHERE a.visit_id = v.id) AS attended,
            (SELECT count(*) FROM core_auditevent e WHERE e.target_type = 'visits.Visit' AND e.target_id = v.id
                AND e.verb = 'visit.logged') AS logged,
            (SELECT count(*) FROM core_auditevent e WHERE e.target_type = 'visits.Visit' AND e.target_id = v.id
                AND e.verb = 'visit.confirmed') - (v.status = 'confirmed')::int AS confirmed,
            (SELECT count(*) FROM core_outboxrow o WHERE o.task = 'visits.tasks.send_link'
                AND (o.ids->>'visit_id')::bigint = v.id) AS promised
            FROM visits_visit v) found
        WHERE (attended, logged, confirmed, promised) <> (1, 1, 0, 1)""",
    "doubled: visit {} was asked for {} times": """
        SELECT visit_id, count(*) FROM visits_confirmationlink GROUP BY visit_id HAVING count(*) > 1""",
    "half: agreement {} was filed with {} audit rows, {} years, {} certificates, {} promised effects": """
        SELECT * FROM (SELECT a.id,
            (SELECT count(*) FROM core_auditevent e WHERE e.target_type = 'agreements.Agreement' AND e.target_id = a.id
                AND e.verb = 'agreement.filed') AS told,
            (SELECT count(*) FROM agreements_yearlyhost_agreements y WHERE y.agreement_id = a.id) AS years,
            (SELECT count(*) FROM agreements_filingcertificate c WHERE c.agreement_id = a.id) AS certificates,
            (SELECT count(*) FROM core_outboxrow o WHERE (o.ids->>'agreement_id')::bigint = a.id) AS promised,
            extract(year FROM a.service_end) - extract(year FROM a.service_start) + 1 AS served
            FROM agreements_agreement a WHERE a.filing_number LIKE 'SJZ-%') found
        WHERE (told, years, certificates, promised) <> (1, served, 1, 2)""",
    "undone: filings up to {} were checked, {} were filed": """
        SELECT checked, filed FROM (SELECT
            (SELECT coalesce(max(through), 0) FROM agreements_quotarun) AS checked,
            (SELECT count(*) FROM agreements_agreement WHERE filing_number LIKE 'SJZ-%') AS filed) found
        WHERE checked <> filed""",
    "half: batch {} is {}, its claims are {}, its total is {} and {} was posted": """
        SELECT * FROM (SELECT b.id, b.status, coalesce((SELECT string_agg(DISTINCT c.status, '+') FROM funding_claim c
                WHERE c.batch_id = b.id), 'none') AS claims, b.total_fen,
            (SELECT coalesce(-sum(e.amount_fen), 0) FROM funding_ledgerentry e WHERE e.batch_id = b.id) AS posted
            FROM funding_paymentbatch b) found
        WHERE CASE status WHEN 'approved' THEN (claims, posted) <> ('paid', total_fen)
            ELSE (claims, posted) <> ('in_batch', 0) END""",
    "half: batch {} was made, submitted and approved in {} audit rows and {} promises": """
        SELECT * FROM (SELECT b.id,
            (SELECT count(*) FROM core_auditevent e WHERE e.target_type = 'funding.PaymentBatch' AND e.target_id = b.id
                AND e.verb IN ('payment_batch.made', 'payment_batch.submitted', 'payment_batch.approved')) AS told,
            (SELECT count(*) FROM core_outboxrow o WHERE (o.ids->>'batch_id')::bigint = b.id) AS promised, b.status
            FROM funding_paymentbatch b) found
        WHERE ARRAY[told, promised] <> CASE status
            WHEN 'draft' THEN ARRAY[1, 0] WHEN 'submitted' THEN ARRAY[2, 1] ELSE ARRAY[3, 3] END::bigint[]""",
    "undone: batch {} has no sheet": """
        SELECT id FROM funding_paymentbatch WHERE status = 'approved' AND sheet_id IS NULL""",
    "balance: account {} says {} after {} entries, their sum is {} of {}": """
        SELECT a.id, a.balance_fen, a.last_sequence, coalesce(sum(e.amount_fen), 0), count(e.id)
        FROM funding_account a LEFT JOIN funding_ledgerentry e ON e.account_id = a.id GROUP BY a.id
        HAVING (a.balance_fen, a.last_sequence) <> (coalesce(sum(e.amount_fen), 0), count(e.id))""",
    "chain: account {}, entry {}: {}": "SELECT account_id, sequence, fault FROM verify_chain()",
    "undone: message {} was not mailed": "SELECT id FROM core_message WHERE email <> '' AND mailed_at IS NULL",
    "doubled: {} mails left for {} messages, links and codes": """
        SELECT mails, wanted FROM (SELECT (SELECT count(*) FROM core_sentmail) AS mails,
            (SELECT count(*) FROM core_message WHERE email <> '') + (SELECT count(*) FROM visits_confirmationlink)
            AS wanted) found WHERE mails <> wanted""",
    "half: the answer {} is kept without what it answered": "SELECT key FROM accounts_firstanswer WHERE status IS NULL",
}

# Everything that carries a number which may have no gaps.
NUMBERS = """
    SELECT filing_number FROM agreements_agreement WHERE filing_number LIKE 'SJZ-%'
    UNION ALL SELECT institution_id || '-' || voucher_number FROM funding_paymentbatch WHERE voucher_number <> ''"""


class Reader:
    """A connection of the verdict's own."""

    def __init__(self, url: str) -> None:
        self.database = psycopg2.connect(url)
        self.database.autocommit = True

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.database.cursor() as cursor:
            cursor.execute(sql, values or None)
            return cursor.fetchall()

    def one(self, sql: str, *values: Any) -> Any:
        return self.rows(sql, *values)[0][0]

    def close(self) -> None:
        self.database.close()


def settle(reader: Reader) -> Iterator[str]:
    """Wait until every promised effect is done; tells of those that are not."""
    waiting, end = -1, time.monotonic() + SETTLE
    while now := reader.one("SELECT count(*) FROM core_outboxrow WHERE done_at IS NULL"):
        if now != waiting:
            waiting, end = now, time.monotonic() + SETTLE
        elif time.monotonic() > end:
            break
        # What was cut short often has its next turn up to an hour ahead; nobody has to wait so long here. What would
        # never be sent again is left as it is.
        with reader.database.cursor() as cursor:
            cursor.execute(
                "UPDATE core_outboxrow SET due_at = now() + interval '5 seconds'"
                " WHERE done_at IS NULL AND due_at BETWEEN now() + interval '5 seconds' AND now() + interval '1 hour'"
            )
        time.sleep(0.5)
    for row in reader.rows("SELECT task, ids, attempts, last_error FROM core_outboxrow WHERE done_at IS NULL"):
        yield "undone: {} {} after {} deliveries {}".format(*row)


def judge(reader: Reader, promises: Promises, files: Path) -> Iterator[str]:
    """Every way in which the tables differ from what was promised, or from themselves; silence is what it should be."""
    yield from _lost(reader, promises)
    yield from _gaps(number for (number,) in reader.rows(NUMBERS))
    for sentence, statement in CHECKS.items():
        for row in reader.rows(statement):
            yield sentence.format(*row)
    for path, digest in reader.rows("SELECT path, sha256 FROM core_storedfile"):
        if not (files / path).exists() or sha256((files / path).read_bytes()).hexdigest() != digest:
            yield f"lost: file {path}"


def _lost(reader: Reader, promises: Promises) -> Iterator[str]:
    numbers = dict(reader.rows("SELECT id, filing_number FROM agreements_agreement"))
    visits = dict(reader.rows("SELECT id, status FROM visits_visit"))
    claims = {claim for (claim,) in reader.rows("SELECT id FROM funding_claim")}
    batches = {batch: voucher for batch, voucher in reader.rows("SELECT id, voucher_number FROM funding_paymentbatch")}
    posted = set(reader.rows("SELECT batch_id, claim_id FROM funding_ledgerentry WHERE claim_id IS NOT NULL"))
    for promise in promises.kept:
        match promise:
            case {"kind": "filed", "agreement": key, "number": number}:
                there = numbers.get(key) == number
            case {"kind": "visit", "visit": key}:
                there = key in visits
            case {"kind": "confirmed", "visit": key}:
                there = visits.get(key) == "confirmed"
            case {"kind": "claimed", "claims": keys}:
                there = claims.issuperset(keys)
            case {"kind": "approve", "batch": key, "voucher": voucher, "claims": keys}:
                there = batches.get(key) == voucher and posted.issuperset((key, claim) for claim in keys)
            case {"batch": key}:
                there = key in batches
        if not there:
            yield f"lost: {promise}"


def _gaps(numbers: Iterable[str]) -> Iterator[str]:
    series = defaultdict(list)
    for number in numbers:
        name, _, place = number.rpartition("-")
        series[name].append(int(place))
    for name, places in series.items():
        if sorted(places) != list(range(1, len(places) + 1)):
            yield f"gaps: {name} has {sorted(places)}"
