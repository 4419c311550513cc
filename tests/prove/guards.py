"""What there is to take away: every rule, constraint, trigger and lock of our own, every right that `app` has not."""

import ast
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg2
from django.apps import apps
from django.conf import settings

from core.citations import cited
from tests.conftest import emptying

# With the number of columns. A unique key that only a foreign key of two columns leans on forbids nothing by itself.
CONSTRAINTS = """
    SELECT conname, c.relname, contype, cardinality(conkey), pg_get_constraintdef(p.oid)
    FROM pg_constraint p JOIN pg_class c ON c.oid = p.conrelid
    WHERE p.contype IN ('c', 'u', 'x', 'f')
        AND NOT EXISTS (SELECT FROM pg_constraint f WHERE p.contype = 'u' AND f.contype = 'f' AND f.conindid = p.conindid)
    ORDER BY c.relname, conname"""
UNIQUE_INDEXES = """
    SELECT i.relname, c.relname, pg_get_indexdef(x.indexrelid)
    FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid JOIN pg_class c ON c.oid = x.indrelid
    WHERE x.indisunique AND NOT EXISTS (SELECT FROM pg_constraint p WHERE p.conindid = x.indexrelid)
    ORDER BY c.relname, i.relname"""
TRIGGERS = """
    SELECT t.tgname, c.relname, pg_get_triggerdef(t.oid), p.prosrc
    FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
    WHERE NOT t.tgisinternal ORDER BY c.relname, t.tgname"""
FUNCTIONS = """
    SELECT p.proname, pg_get_functiondef(p.oid) FROM pg_proc p
    WHERE p.pronamespace = 'public'::regnamespace AND p.prokind = 'f' AND p.prosrc ~ 'FOR (NO KEY UPDATE|UPDATE|SHARE|KEY SHARE)' ORDER BY 1"""
RIGHTS = """
    SELECT c.relname, verb, CASE verb WHEN 'DELETE' THEN NULL ELSE
        (SELECT string_agg(quote_ident(attname), ', ') FROM pg_attribute
            WHERE attrelid = c.oid AND attnum > 0 AND has_column_privilege('app', c.oid, attnum, verb)) END
    FROM pg_class c CROSS JOIN unnest(ARRAY['INSERT', 'UPDATE', 'DELETE']) verb
    WHERE c.relkind = 'r' AND NOT has_table_privilege('app', c.oid, verb) ORDER BY c.relname, verb"""
LOCK = re.compile(r"\bFOR (NO KEY UPDATE|UPDATE|SHARE|KEY SHARE)\b")


@dataclass(frozen=True)
class Guard:
    # "rule", "constraint", "trigger", "right" (one withheld from the role `app`), "lock" (of the ORM, or of a function in
    # the database), "written" (a lock in a prepared statement)
    kind: str
    name: str  # what the code or the database calls it
    app: str
    words: frozenset[str] = field(default_factory=frozenset)  # tests that name one of these are asked first
    table: str = ""
    drop: str = ""  # what takes it out of the database, if that is where it is
    make: str = ""  # and what makes it again, word for word

    def __str__(self) -> str:
        return f"{self.kind} {self.name}" + (f" on {self.table}" if self.kind == "trigger" else "")


class Database:
    """The test database as its owner, by a connection for each word: none is open while pytest forks."""

    def __init__(self) -> None:
        self.url = os.environ["DATABASE_OWNER_URL"]
        self.name = f"test_{urlsplit(self.url).path[1:]}"

    @contextmanager
    def cursor(self) -> Iterator[Any]:
        connection = psycopg2.connect(self.url, dbname=self.name)
        connection.autocommit = True
        try:
            with connection.cursor() as cursor:
                yield cursor
        finally:
            connection.close()

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.cursor() as cursor:
            cursor.execute(sql, values or None)
            return cursor.fetchall()

    def execute(self, *statements: str) -> None:
        with self.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    @contextmanager
    def without(self, guard: Guard) -> Iterator[None]:
        """What stands in the database is dropped and made again, word for word."""
        if not guard.drop:
            yield
            return
        self.execute(guard.drop)
        try:
            yield
        finally:
            # What got in without the guard would refuse its return.
            tables = [table for (table,) in self.rows("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
            self.execute("SET session_replication_role = replica", *emptying(tables), guard.make)


def all_guards(database: Database) -> list[Guard]:
    in_the_database = [*constraints(database), *triggers(database), *rights(database), *locks_in_functions(database)]
    return [*rules(), *in_the_database, *locks()]


def own_apps() -> list[str]:
    return [config.name for config in apps.get_app_configs() if Path(config.path).parent == settings.BASE_DIR]


def own_tables() -> dict[str, str]:
    """Each table with the app it belongs to."""
    return {
        model._meta.db_table: name for name in own_apps() for model in apps.get_app_config(name).get_models()
    }  # those that only join two others hold nothing that a person could break


def rules() -> Iterator[Guard]:
    for citation in cited():
        yield Guard(
            "rule",
            f"{citation.module}.{citation.function}",
            citation.module.split(".")[0],
            frozenset({citation.code}),
        )


def constraints(database: Database) -> Iterator[Guard]:
    """Those that a model or a migration names, and whatever is unique; not what a type says by itself (>= 0)."""
    tables = own_tables()
    declared = {
        constraint.name
        for name in own_apps()
        for model in apps.get_app_config(name).get_models()
        for constraint in model._meta.constraints
    }
    for name, table, kind, columns, definition in database.rows(CONSTRAINTS):
        if table in tables and (name in declared or kind in "ux" or (kind == "f" and columns > 1)):
            drop = f'ALTER TABLE {table} DROP CONSTRAINT "{name}"'
            make = f'ALTER TABLE {table} ADD CONSTRAINT "{name}" {definition}'
            yield Guard("constraint", name, tables[table], frozenset({name}), table, drop, make)
    for name, table, definition in database.rows(UNIQUE_INDEXES):
        if table in tables:
            yield Guard("constraint", name, tables[table], frozenset({name}), table, f'DROP INDEX "{name}"', definition)


def triggers(database: Database) -> Iterator[Guard]:
    for name, table, definition, source in database.rows(TRIGGERS):
        refusals = set(re.findall(r"'([a-z]+(?:_[a-z]+)+)'", source))  # it may say no by several names
        drop = f'DROP TRIGGER "{name}" ON {table}'
        yield Guard("trigger", name, table.split("_")[0], frozenset({name, table} | refusals), table, drop, definition)


def rights(database: Database) -> Iterator[Guard]:
    """A table that is only added to is kept so twice: by its trigger, and by what the platform's role may not do."""
    tables = own_tables()
    for table, verb, columns in database.rows(RIGHTS):
        if table in tables:
            grant, revoke = f"GRANT {verb} ON {table} TO app", f"REVOKE {verb} ON {table} FROM app"
            kept = f"; GRANT {verb} ({columns}) ON {table} TO app" if columns else ""
            yield Guard("right", f"{verb} on {table}", tables[table], frozenset({table}), table, grant, revoke + kept)


def locks() -> Iterator[Guard]:
    for name in own_apps():
        for path in sorted((settings.BASE_DIR / name).rglob("*.py")):
            if path.parent.name == "migrations":
                continue  # what they wrote stands in the database (locks_in_functions)
            seen: dict[str, int] = {}
            for function, _ in lock_calls(path):
                nth = seen[function] = seen.get(function, -1) + 1
                where = f"{path.relative_to(settings.BASE_DIR)}:{function}:{nth}"
                yield Guard("lock", where, name, frozenset({function}))
            for statement, places in written_locks(path):
                where = f"{path.relative_to(settings.BASE_DIR)}:{statement}"
                yield from (Guard("written", f"{where}:{nth}", name, frozenset({statement})) for nth in range(places))


def locks_in_functions(database: Database) -> Iterator[Guard]:
    """The locks that a function of the database takes."""
    home = {
        function: name
        for name in own_apps()
        for path in (settings.BASE_DIR / name / "migrations").glob("*.py")
        for function in re.findall(r"FUNCTION (\w+)\(", path.read_text())
    }
    for function, definition in database.rows(FUNCTIONS):
        for nth, lock in enumerate(LOCK.finditer(definition)):
            without = definition[: lock.start()] + definition[lock.end() :]
            yield Guard("lock", f"{function}():{nth}", home[function], frozenset({function}), "", without, definition)


def lock_calls(path: Path) -> list[tuple[str, ast.Call]]:
    """Each call of `select_for_update` with the function it stands in, in the order of the file."""
    found: list[tuple[str, ast.Call]] = []

    def visit(node: ast.AST, function: str) -> None:
        for child in ast.iter_child_nodes(node):
            inside = child.name if isinstance(child, ast.FunctionDef) else function
            if (
                isinstance(child, ast.Call)
                and isinstance(child.func, ast.Attribute)
                and child.func.attr == "select_for_update"
            ):
                found.append((function, child))
            visit(child, inside)

    visit(ast.parse(path.read_text()), "")
    return sorted(found, key=lambda item: item[1].lineno)


def written_locks(path: Path) -> Iterator[tuple[str, int]]:
    """Each statement of a module that is written in SQL and locks rows, by its name, and how many locks it takes."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
            texts = [one.value for one in ast.walk(node.value) if isinstance(one, ast.Constant)]
            places = sum(len(LOCK.findall(text)) for text in texts if isinstance(text, str))
            if places:
                yield node.targets[0].id, places
