"""Appends to the ledger by eight writers: `ledger_post` beside a plain INSERT into a table of the same shape.

The floor's table has the ledger's columns, indexes, constraints and foreign keys, and neither chain nor balance. Each
writer is a process with a connection of its own, as the role `app`; each append is a transaction. Floor and product
take turns of some seconds; afterwards the chains are verified, so that a fast wrong ledger is no result.
"""

import multiprocessing
import os
import random
import time
from collections.abc import Sequence
from datetime import date
from secrets import token_hex
from statistics import median
from typing import Any

import psycopg2
from django.db import connection

from accounts.enums import InstitutionType, Role
from accounts.models import Institution, Membership, Organization, User
from core.packs import load_all
from tests.bench.figures import Figure

WRITERS = 8
ROUNDS = 3
SECONDS = 3.0
SPREAD, HOT = 2000, 8  # accounts that the writers share
EACH = 6000  # sources for one writer in one turn: more than it can post
TODAY = date(2026, 6, 1)

POST = "SELECT sequence FROM ledger_post('allocation', ARRAY[%s]::bigint[], '石科指', %s, %s)"
PLAIN = """
INSERT INTO bench_ledger (account_id, sequence, kind, amount_fen, balance_fen, purpose, allocation_id, memo, posted_on,
    posted_by_id, posted_at, previous_digest, digest)
VALUES (%s, %s, 'allocation', 1, 1, '下基层工作补助', %s, '石科指', %s, %s, clock_timestamp(), repeat('0', 64), repeat('0', 64))
"""


def figures() -> list[Figure]:
    """As the owner of a migrated database; `app` writes through DATABASE_URL."""
    return [
        _beside(SPREAD, Figure("ledger: chained / plain inserts, 2,000 accounts", 0, 0.5, at_least=True)),
        _beside(HOT, Figure("ledger: chained / plain inserts, 8 hot accounts", 0, 0.35, at_least=True)),
    ]


def _beside(accounts: int, figure: Figure) -> Figure:
    sources, poster, account_ids = _lay(accounts)
    turns = iter([sources[start : start + EACH] for start in range(0, len(sources), EACH)])
    rates: dict[str, list[float]] = {"plain": [], "chained": []}
    for turn in range(ROUNDS):
        for name, writer in (("plain", _insert_plainly), ("chained", _post)):
            shares = [next(turns) for _ in range(WRITERS)]
            work = [(share, turn * WRITERS + place, poster, account_ids) for place, share in enumerate(shares)]
            rates[name].append(_together(writer, work))
    _verify(accounts)
    plain, chained = (median(rates[name]) for name in ("plain", "chained"))
    detail = f"plain {plain:,.0f}/s, chained {chained:,.0f}/s"
    return Figure(figure.what, chained / plain, figure.goal, at_least=True, detail=detail)


def _together(writer: Any, work: Sequence[tuple[Any, ...]]) -> float:
    """Appends per second of all writers together."""
    fork = multiprocessing.get_context("fork")
    ready, done = fork.Barrier(len(work)), fork.Queue()
    children = [fork.Process(target=_write, args=(writer, part, ready, done)) for part in work]
    for child in children:
        child.start()
    counts = [done.get(timeout=SECONDS + 60) for _ in children]
    for child in children:
        child.join()
    if max(counts) >= EACH:
        raise RuntimeError("a writer ran out of sources: raise EACH")
    return sum(counts) / SECONDS


def _write(writer: Any, part: tuple[Any, ...], ready: Any, done: Any) -> None:
    own = psycopg2.connect(os.environ["DATABASE_URL"])
    own.autocommit = True
    with own.cursor() as cursor:
        ready.wait(30)
        done.put(writer(cursor, *part, until=time.monotonic() + SECONDS))
    own.close()


def _post(cursor: Any, sources: list[int], turn: int, poster: int, accounts: list[int], *, until: float) -> int:
    for number, source in enumerate(sources):
        if time.monotonic() > until:
            return number
        cursor.execute(POST, (source, TODAY, poster))
        cursor.fetchone()
    return len(sources)


def _insert_plainly(
    cursor: Any, sources: list[int], turn: int, poster: int, accounts: list[int], *, until: float
) -> int:
    chance = random.Random(turn)
    for number, source in enumerate(sources):
        if time.monotonic() > until:
            return number
        cursor.execute(PLAIN, (chance.choice(accounts), turn * EACH + number, source, TODAY, poster))
    return len(sources)


def _lay(accounts: int) -> tuple[list[int], int, list[int]]:
    """Institutions with an account each, and allocations nobody has posted yet, in an order of chance."""
    load_all()
    name = f"台账测速{accounts}"
    wanted = EACH * WRITERS * ROUNDS * 2
    person = User.objects.create(username=f"bench-{token_hex(4)}", name=name)
    bureau, *units = Organization.objects.bulk_create(Organization(name=f"{name}-{n}") for n in range(accounts + 1))
    Institution.objects.bulk_create(Institution(organization=unit, type=InstitutionType.UNIVERSITY) for unit in units)
    hat = Membership.objects.create(person=person, organization=bureau, role=Role.BUREAU_OFFICER, since=TODAY)
    keys, poster = [unit.pk for unit in units], hat.pk
    with connection.cursor() as cursor:
        cursor.execute("SET session_replication_role = replica")  # the budget's guard would count each row
        cursor.execute("SELECT greatest(max(year), 2099) + 1 FROM funding_budget")  # a year without a budget yet
        [[year]] = cursor.fetchall()
        cursor.execute(
            "INSERT INTO funding_budget (year, amount_fen, document_number, decided_on, recorded_by_id)"
            " VALUES (%s, 1000000000, '测速', '2026-01-01', %s) RETURNING id",
            [year, poster],
        )
        [[budget]] = cursor.fetchall()
        cursor.execute(
            "INSERT INTO funding_account (institution_id, year, project_number, balance_fen, last_sequence, last_digest)"
            " SELECT unnest(%s), %s, '', 0, 0, '' RETURNING id",
            [keys, year],
        )
        account_ids = [row[0] for row in cursor.fetchall()]
        cursor.execute(
            "INSERT INTO funding_allocation (budget_id, institution_id, amount_fen, document_number, allocated_on,"
            " is_reversed, recorded_by_id, at) SELECT %s, (%s::bigint[])[1 + floor(random() * %s)::int], 1, '测速' || n,"
            " '2026-06-01', false, %s, now() FROM generate_series(1, %s) n RETURNING id",
            [budget, keys, len(keys), poster, wanted],
        )
        sources = [row[0] for row in cursor.fetchall()]
        cursor.execute("RESET session_replication_role")
        _lay_floor(cursor)
        cursor.execute("ANALYZE")
    return sources, poster, account_ids


def _lay_floor(cursor: Any) -> None:
    cursor.execute("DROP TABLE IF EXISTS bench_ledger")
    cursor.execute("CREATE TABLE bench_ledger (LIKE funding_ledgerentry INCLUDING ALL)")
    cursor.execute(
        "SELECT conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE conrelid = 'funding_ledgerentry'::regclass AND contype = 'f'"
    )
    for constraint, definition in cursor.fetchall():
        cursor.execute(f'ALTER TABLE bench_ledger ADD CONSTRAINT "{f"b_{constraint}"[:60]}" {definition}')
    cursor.execute("GRANT SELECT, INSERT ON bench_ledger TO app")


def _verify(accounts: int) -> None:
    with connection.cursor() as cursor:
        began = time.monotonic()
        cursor.execute("SELECT count(*) FROM verify_chain()")
        [[faults]] = cursor.fetchall()
        taken = time.monotonic() - began
        cursor.execute("SELECT count(*) FROM funding_ledgerentry")
        [[entries]] = cursor.fetchall()
    if faults:
        raise RuntimeError(f"{faults} faults in the chains after the run")
    print(
        f"  {accounts} accounts: {entries:,} entries, chains whole, {entries / taken:,.0f} entries verified per second"
    )
