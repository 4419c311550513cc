"""What there is to take away: every rule, every constraint and trigger of our own, every lock."""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.db import connection

from core.policy_docs import cited

LOCK = re.compile(r"\bFOR (NO KEY )?UPDATE\b")


@dataclass(frozen=True)
class Guard:
    kind: str  # "rule", "constraint", "trigger", "lock" (of the ORM), "written" (a lock in a prepared statement)
    name: str  # what the plugin or the database calls it
    app: str
    words: frozenset[str] = field(default_factory=frozenset)  # tests that name one of these are asked first
    table: str = ""

    def __str__(self) -> str:
        return f"{self.kind} {self.name}"


def all_guards() -> list[Guard]:
    return [*rules(), *constraints(), *triggers(), *locks()]


def own_apps() -> list[str]:
    return [config.name for config in apps.get_app_configs() if Path(config.path).parent == settings.BASE_DIR]


def rules() -> Iterator[Guard]:
    for citation in cited():
        yield Guard(
            "rule",
            f"{citation.module}.{citation.function}",
            citation.module.split(".")[0],
            frozenset({citation.code}),
        )


def constraints() -> Iterator[Guard]:
    for name in own_apps():
        for model in apps.get_app_config(name).get_models():
            for constraint in model._meta.constraints:
                if constraint.name:
                    yield Guard("constraint", constraint.name, name, frozenset({constraint.name}), model._meta.db_table)


def triggers() -> Iterator[Guard]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.tgname, c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid WHERE NOT t.tgisinternal"
            " ORDER BY c.relname, t.tgname"
        )
        rows = cursor.fetchall()
    for trigger, table in rows:
        yield Guard("trigger", trigger, table.split("_")[0], frozenset({trigger, table}), table)


def locks() -> Iterator[Guard]:
    for name in own_apps():
        for path in sorted((settings.BASE_DIR / name).rglob("*.py")):
            seen: dict[str, int] = {}
            for function, _ in lock_calls(path):
                nth = seen[function] = seen.get(function, -1) + 1
                where = f"{path.relative_to(settings.BASE_DIR)}:{function}:{nth}"
                yield Guard("lock", where, name, frozenset({function}))
            for statement, places in written_locks(path):
                where = f"{path.relative_to(settings.BASE_DIR)}:{statement}"
                yield from (Guard("written", f"{where}:{nth}", name, frozenset({statement})) for nth in range(places))


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
