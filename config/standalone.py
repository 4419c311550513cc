"""What manage.py does: Django's commands, with a database under their feet when none is given."""

import os
import sys

from django.core.management import execute_from_command_line

from config.embedded import BASE_DIR, Embedded, is_up

VAR = BASE_DIR / "var"
WITHOUT_DATABASE = {"help", "version", "check", "collectstatic", "findstatic", "makemigrations", "diffsettings"}


def run(argv: list[str]) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    command = next((word for word in argv[1:] if not word.startswith("-")), "help")
    if command == "migrate":
        os.environ.setdefault("DATABASE_ROLE", "owner")
    if "DATABASE_URL" in os.environ or command in WITHOUT_DATABASE or is_up(VAR):
        return execute_from_command_line(argv)
    with Embedded(VAR, redis=False) as env:
        os.environ.update(env)
        os.environ.setdefault("CELERY_EAGER", "1")
        execute_from_command_line(argv)


if __name__ == "__main__":
    run(sys.argv)
