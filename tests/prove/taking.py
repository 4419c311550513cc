"""Takes a rule or a lock away from this process; what the database guards, it takes away itself (see guards.Database)."""

import functools
import importlib
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Manager, QuerySet

from tests.prove.guards import LOCK, Guard, lock_calls


def take_away(guard: Guard) -> None:
    if guard.kind == "rule":
        silence(guard.name)
    elif guard.kind == "lock" and not guard.drop:
        unlock(guard.name)
    elif guard.kind == "written":
        unwrite(guard.name)


def silence(name: str) -> None:
    """The rule finds nothing, for every module that reached it."""
    module_name, _, function = name.rpartition(".")
    rule = getattr(importlib.import_module(module_name), function)

    @functools.wraps(rule)
    def finds_nothing(*args: Any, **kwargs: Any) -> None:
        return None

    for module in list(sys.modules.values()):
        if getattr(module, function, None) is rule:
            setattr(module, function, finds_nothing)


def unlock(name: str) -> None:
    """`select_for_update` called in this function locks nothing: name is path:function:nth call of it there."""
    path, function, nth = name.split(":")
    line = [call for call in _lock_lines(settings.BASE_DIR / path, function)][int(nth)]
    real = QuerySet.select_for_update

    def called_there() -> bool:
        frame = sys._getframe(2)
        while frame and "django/db/models" in frame.f_code.co_filename:
            frame = frame.f_back  # type: ignore[assignment]
        return (
            frame is not None and frame.f_code.co_filename == str(settings.BASE_DIR / path) and frame.f_lineno in line
        )

    def select_for_update(self: Any, *args: Any, **kwargs: Any) -> Any:
        return self.all() if called_there() else real(self, *args, **kwargs)

    def from_manager(self: Any, *args: Any, **kwargs: Any) -> Any:
        return self.get_queryset() if called_there() else real(self.get_queryset(), *args, **kwargs)

    setattr(QuerySet, "select_for_update", select_for_update)  # noqa: B010  # no checker should follow this
    setattr(Manager, "select_for_update", from_manager)  # noqa: B010


def unwrite(name: str) -> None:
    """A prepared statement loses one of its locks: name is path:statement:nth lock in it."""
    path, statement, nth = name.split(":")
    prepared = getattr(importlib.import_module(path.removesuffix(".py").replace("/", ".")), statement)
    lock = list(LOCK.finditer(prepared.making))[int(nth)]
    prepared.making = prepared.making[: lock.start()] + prepared.making[lock.end() :]


def _lock_lines(path: Path, function: str) -> Iterator[range]:
    for name, call in lock_calls(path):
        if name == function:
            yield range(call.lineno, (call.end_lineno or call.lineno) + 1)
