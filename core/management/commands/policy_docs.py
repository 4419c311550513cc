from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import policy_docs


class Command(BaseCommand):
    help = "Write docs/policy.md from what the rules cite; --check fails when it is not current."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        try:
            text = policy_docs.text()
        except policy_docs.Uncovered as gap:
            raise CommandError(str(gap)) from gap
        if check:
            if not policy_docs.PATH.exists() or policy_docs.PATH.read_text() != text:
                raise CommandError("docs/policy.md is not current: run manage.py policy_docs")
        else:
            policy_docs.PATH.parent.mkdir(exist_ok=True)
            policy_docs.PATH.write_text(text)
