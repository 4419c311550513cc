from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from core import state_docs


class Command(BaseCommand):
    help = "Write docs/states.md from the tables of moves; --check fails when it is not current."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--check", action="store_true")

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        text = state_docs.text()
        if check:
            if not state_docs.PATH.exists() or state_docs.PATH.read_text() != text:
                raise CommandError("docs/states.md is not current: run manage.py state_docs")
        else:
            state_docs.PATH.parent.mkdir(exist_ok=True)
            state_docs.PATH.write_text(text)
