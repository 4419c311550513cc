"""docs/states.md: the diagram of every state table, made from the `moves` of the enums."""

from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db.models import TextChoices

PATH = settings.BASE_DIR / "docs/states.md"

HEAD = """# 状态与流转

本文件由 `manage.py state_docs` 从各应用的状态表生成，请勿手工修改。
"""


def text() -> str:
    return "\n".join([HEAD, *(_diagram(app, table) for app, table in tables())])


def tables() -> Iterator[tuple[str, type[TextChoices]]]:
    """Every enum with a table of moves, with the app's name, in the order of the apps."""
    for config in apps.get_app_configs():
        if find_spec(f"{config.name}.enums"):
            module = import_module(f"{config.name}.enums")
            for value in vars(module).values():
                own = isinstance(value, type) and value.__module__ == module.__name__
                if own and issubclass(value, TextChoices) and hasattr(value, "moves"):
                    yield config.name, value


def _diagram(app: str, table: Any) -> str:
    moves: dict[str, set[str]] = table.moves
    first = next(iter(moves))
    lines = [f"    {state.value} : {state.label}" for state in table]
    lines.append(f"    [*] --> {first}")
    for state in table:
        after = moves[state.value]
        # In the order of the table, so that the document does not change with the run.
        lines += [f"    {state.value} --> {to.value}" for to in table if to.value in after]
        if not after:
            lines.append(f"    {state.value} --> [*]")
    body = "\n".join(lines)
    return f"## {app}.{table.__name__}\n\n```mermaid\nstateDiagram-v2\n{body}\n```\n"
