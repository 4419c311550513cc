"""A migrated database, made once for all processes of a run: each starts from a copy of it.

To migrate takes a core some ten seconds, to copy takes none. With --reuse-db and a TEST_HOME that stays it is taken
again, until a migration changes.
"""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connection

NAME = f"test_{settings.DATABASES['default']['NAME']}_migrated"


def copied_to(name: str) -> None:
    """Make `name` anew as a copy, and be its owner. Never dropped: its server goes, or the next run replaces it."""
    _make()
    with _maintenance() as cursor:
        cursor.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
        cursor.execute(f'CREATE DATABASE "{name}" TEMPLATE "{NAME}"')
        cursor.execute(f'COMMENT ON DATABASE "{name}" IS %s', [migrations()])


def is_current(name: str) -> bool:
    """Whether it is there, and was made by the migrations of today."""
    with _maintenance() as cursor:
        cursor.execute(
            "SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = %s",
            [name],
        )
        return bool(cursor.fetchone() == (migrations(),))


def migrations() -> str:
    files = sorted(settings.BASE_DIR.glob("*/migrations/*.py"))
    return sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def _make() -> None:
    """By the first who asks; the others wait. The connection is the owner's."""
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    with (settings.DATA_DIR / "migrated.lock").open("a") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if is_current(NAME):
            return
        with _maintenance() as cursor:
            cursor.execute(f'DROP DATABASE IF EXISTS "{NAME}" WITH (FORCE)')
            cursor.execute(f'CREATE DATABASE "{NAME}"')
        usual = connection.settings_dict["NAME"]
        connection.close()
        connection.settings_dict["NAME"] = NAME
        try:
            call_command("migrate", interactive=False, verbosity=0)
        finally:
            connection.close()  # nobody may use what is copied
            connection.settings_dict["NAME"] = usual
        with _maintenance() as cursor:
            cursor.execute(f'COMMENT ON DATABASE "{NAME}" IS %s', [migrations()])


@contextmanager
def _maintenance() -> Iterator[Any]:
    """A cursor in no database of ours."""
    with connection._nodb_cursor() as cursor:
        yield cursor
