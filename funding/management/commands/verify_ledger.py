import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from funding import ledger, queries
from funding.ledger import Head
from funding.models import Account, LedgerEntry


class Command(BaseCommand):
    help = "Verify every chain of the ledger and that what was approved is posted; fails when anything does not fit."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--heads",
            type=Path,
            help="a file outside the database with the heads of the last run: compared first, then written anew",
        )

    def handle(self, *args: Any, heads: Path | None = None, **options: Any) -> None:
        faults = ledger.verify()
        if heads and heads.exists():
            published = {int(pk): Head(**head) for pk, head in json.loads(heads.read_text()).items()}
            faults += ledger.against(published)
        told = [f"account {fault.account}, entry {fault.sequence}: {fault.words}" for fault in faults]
        told += queries.unposted()
        self.stdout.write(
            f"accounts: {Account.objects.count()}, entries: {LedgerEntry.objects.count()}, faults: {len(told)}"
        )
        if told:
            raise CommandError("\n".join(told))
        if heads:
            now = {pk: {"sequence": head.sequence, "digest": head.digest} for pk, head in ledger.heads().items()}
            heads.write_text(json.dumps(now))
