"""The way into the ledger, and whether it is whole.

PostgreSQL writes and chains (`ledger_post`) and verifies (`verify_chain`) in one statement each. `recount` does the
verifying once more in Python, from the written rule alone, so that one fault cannot hide in both.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date
from hashlib import sha256

from django.db import connection

from accounts.models import Membership
from funding.enums import EntryKind
from funding.models import Account, LedgerEntry

FAULTS = {
    "gap": "序号不连续，分录缺失或次序被改",
    "link": "与前一笔的校验值不衔接",
    "content": "内容与校验值不符，分录被改动",
    "balance": "余额与前一笔加本笔不符",
    "head": "与账户记录的最后一笔不符，末尾分录缺失或账户被改动",
    "published": "与已公布的校验值不符，分录被整体改写",
}


@dataclass(frozen=True, order=True)
class Fault:
    """What does not fit, and at which entry of which account."""

    account: int
    sequence: int
    kind: str

    @property
    def words(self) -> str:
        return FAULTS[self.kind]


@dataclass(frozen=True)
class Head:
    """Where an account stood: kept outside the database, it also betrays a chain that was rewritten as a whole."""

    sequence: int
    digest: str


def post(kind: EntryKind, sources: Iterable[int], *, memo: str, on: date, by: Membership) -> list[LedgerEntry]:
    """Post one line per source (allocations, claims or entries to reverse), chained, in one call of the database."""
    call = "SELECT * FROM ledger_post(%s, %s::bigint[], %s, %s, %s)"
    return list(LedgerEntry.objects.raw(call, [kind.value, list(sources), memo, on, by.pk]))


def verify(account: Account | None = None) -> list[Fault]:
    """What is wrong with one account's chain, or with any."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT account_id, sequence, fault FROM verify_chain(%s)", [account.pk if account else None])
        return sorted(Fault(*row) for row in cursor.fetchall())


def heads() -> dict[int, Head]:
    """Where each account stands now."""
    rows = Account.objects.filter(last_sequence__gt=0).order_by("pk")
    return {row.pk: Head(row.last_sequence, row.last_digest) for row in rows}


def against(published: Mapping[int, Head]) -> list[Fault]:
    """Accounts whose entry is no longer what it was when its head was published."""
    faults = []
    for account, head in sorted(published.items()):
        if not LedgerEntry.objects.filter(account=account, sequence=head.sequence, digest=head.digest).exists():
            faults.append(Fault(account, head.sequence, "published"))
    return faults


def digest_of(previous: str, entry: LedgerEntry) -> str:
    """sha256(previous digest, then the entry as a JSON array), as `ledger_digest` writes it."""
    columns: Sequence[int | str | None] = [
        entry.pk,
        entry.account_id,
        entry.sequence,
        entry.kind,
        entry.amount_fen,
        entry.balance_fen,
        entry.purpose,
        entry.allocation_id,
        entry.claim_id,
        entry.reverses_id,
        entry.batch_id,
        entry.memo,
        entry.posted_on.isoformat(),
        entry.posted_by_id,
        entry.posted_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
    ]
    return sha256((previous + json.dumps(columns, ensure_ascii=False)).encode()).hexdigest()


def recount(account: Account) -> list[Fault]:
    """`verify` of one account without the database's help."""
    return sorted(_walk(account, LedgerEntry.objects.filter(account=account).order_by("sequence").iterator()))


def _walk(account: Account, entries: Iterable[LedgerEntry]) -> Iterator[Fault]:
    sequence, digest, balance = 0, "", 0
    for entry in entries:
        if entry.sequence != sequence + 1:
            yield Fault(account.pk, entry.sequence, "gap")
        elif entry.previous_digest != digest:
            yield Fault(account.pk, entry.sequence, "link")
        elif entry.digest != digest_of(entry.previous_digest, entry):
            yield Fault(account.pk, entry.sequence, "content")
        elif entry.balance_fen != balance + entry.amount_fen:
            yield Fault(account.pk, entry.sequence, "balance")
        sequence, digest, balance = entry.sequence, entry.digest, entry.balance_fen
    if (account.last_sequence, account.last_digest, account.balance_fen) != (sequence, digest, balance):
        yield Fault(account.pk, account.last_sequence, "head")
