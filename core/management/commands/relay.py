import logging
import time
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser
from django.db import Error, close_old_connections
from django.utils.module_loading import import_string

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Where there is no Redis: do what beat and the workers would, one after the other, in this process."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--rounds", type=int, default=0, help="stop after so many rounds (0: never)")

    def handle(self, *args: Any, rounds: int, **options: Any) -> None:
        done = 0
        due = dict.fromkeys(settings.CELERY_BEAT_SCHEDULE, 0.0)
        while not rounds or done < rounds:
            for name, entry in settings.CELERY_BEAT_SCHEDULE.items():
                # What is asked for by the clock takes its slot of the day, so asking every hour is enough and right.
                pause = entry["schedule"] if isinstance(entry["schedule"], float) else 3600
                if time.monotonic() >= due[name]:
                    due[name] = time.monotonic() + pause
                    self.ask(str(entry["task"]))
            done += 1
            time.sleep(0 if rounds else 1)

    def ask(self, task: str) -> None:
        """One failing effect stops neither the others nor this process; its promise stands and comes again."""
        try:
            import_string(task)()
        except (Exception, Error) as failure:
            logger.warning("%s: %s", task, type(failure).__name__)
        finally:
            close_old_connections()
