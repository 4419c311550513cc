from typing import Any

from django.core.management.base import BaseCommand

from core.packs import load_all


class Command(BaseCommand):
    help = "Load the policy packs of policies/ that the database does not have yet; may be repeated."

    def handle(self, *args: Any, **options: Any) -> None:
        for pack in load_all():
            self.stdout.write(f"loaded {pack.plan} {pack.year} version {pack.version}")
