"""`make prove`: take each rule, constraint, trigger and lock away, one at a time, and require a red test for each.

A rule is silenced where the services call it; its own table of cases (test_rules*.py) does not count, a test of the
act, page or interface has to notice. What stays green is a failure. `python -m tests.prove WORD…` tries only guards
whose name holds one of the words.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from time import monotonic
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import django

if TYPE_CHECKING:
    from tests.prove.guards import Guard

os.environ["DJANGO_SETTINGS_MODULE"] = "config.settings_test"
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

PYTEST = [
    sys.executable,
    "-m",
    "pytest",
    "-q",
    "-x",
    "--reuse-db",
    "-p",
    "no:cacheprovider",
    "--no-header",
    "-W",
    "ignore",
]


def main(words: list[str]) -> int:
    django.setup()
    run(["tests/core/test_cast.py"], {})  # makes the database that the runs share
    connect_to_the_test_database()
    from tests.prove.guards import all_guards

    chosen = [guard for guard in all_guards() if not words or any(word in str(guard) for word in words)]
    green = []
    for number, guard in enumerate(chosen, 1):
        began = monotonic()
        red = proof(guard)
        if red and run([red], {}):  # red with the guard in place as well proves nothing
            print(f"      {red} is red anyway", flush=True)
            red = ""
        if not red:
            green.append(guard)
        verdict = f"red: {red}" if red else "STAYS GREEN"
        print(f"{number:3}/{len(chosen)}  {guard!s:70}  {verdict}  ({monotonic() - began:.0f} s)", flush=True)
    print(f"\n{len(chosen) - len(green)} of {len(chosen)} guards are proven by a red test")
    for guard in green:
        print(f"  not proven: {guard}")
    return 1 if green else 0


def proof(guard: "Guard") -> str:
    """The first test that turns red without the guard, or nothing."""
    with away(guard):
        env = {"PROVE": f"{guard.kind}:{guard.name}"}
        for tests in (nearest(guard), [f"tests/{guard.app}"]):
            if tests and (red := run(tests, env)):
                return red
    return ""


def nearest(guard: "Guard") -> list[str]:
    """The tests that name the guard; most guards are proven by one of these in a few seconds."""
    from django.conf import settings

    from core.policy_docs import named_in_tests

    named = [test.name for test in named_in_tests(settings.BASE_DIR / "tests") if test.words & guard.words]
    if guard.kind == "rule":
        named = [name for name in named if "/test_rules" not in name]
    if guard.kind in ("lock", "written"):
        named = [name for name in named if "_at_once" in name or "race" in name]
    return named[:40]


def run(tests: list[str], more: dict[str, str]) -> str:
    """The name of the first red test, or nothing when all are green."""
    plugin = ["-p", "tests.prove.plugin"] if more else []
    deselect = ["--ignore-glob=*test_rules*"] if more.get("PROVE", "").startswith("rule:") else []
    done = subprocess.run(
        [*PYTEST, *plugin, *deselect, *tests], env={**os.environ, **more}, capture_output=True, text=True, check=False
    )
    if done.returncode in (0, 5):
        return ""
    for line in done.stdout.splitlines():
        if line.startswith(("FAILED tests/", "ERROR tests/")):  # a captured log line may begin so too
            return line.split(" ", 1)[1].split(" - ")[0]
    raise SystemExit(f"pytest did not run:\n{done.stdout}\n{done.stderr}")


def connect_to_the_test_database() -> None:
    from django.db import connection

    owner = urlsplit(os.environ["DATABASE_OWNER_URL"])
    name = f"test_{connection.settings_dict['NAME']}"
    connection.close()
    connection.settings_dict.update(NAME=name, USER=owner.username, PASSWORD=unquote(owner.password or ""))


@contextmanager
def away(guard: "Guard") -> Iterator[None]:
    """A constraint or trigger is dropped as the owner of the tables and made again afterwards, word for word."""
    if guard.kind not in ("constraint", "trigger"):
        yield
        return
    drop, make = statements(guard)
    execute(drop)
    try:
        yield
    finally:
        execute("SET session_replication_role = replica")
        execute(f"TRUNCATE {guard.table} CASCADE")  # what got in without the guard would refuse its return
        execute(make)
        execute("RESET session_replication_role")


def statements(guard: "Guard") -> tuple[str, str]:
    if guard.kind == "trigger":
        make = one("SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = %s AND tgrelid = %s::regclass", guard)
        return f'DROP TRIGGER "{guard.name}" ON {guard.table}', make
    if definition := one(
        "SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = %s AND conrelid = %s::regclass", guard
    ):
        drop = f'ALTER TABLE {guard.table} DROP CONSTRAINT "{guard.name}"'
        return drop, f'ALTER TABLE {guard.table} ADD CONSTRAINT "{guard.name}" {definition}'
    make = one("SELECT indexdef FROM pg_indexes WHERE indexname = %s AND tablename = %s", guard)
    return f'DROP INDEX "{guard.name}"', make


def one(sql: str, guard: "Guard") -> str:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql, [guard.name, guard.table])
        row = cursor.fetchone()
    return row[0] if row else ""


def execute(sql: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(sql)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
