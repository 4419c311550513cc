"""Statements that the server plans once per connection: for those whose planning costs more than their rows."""

from collections.abc import Callable
from copy import copy
from functools import cached_property
from types import SimpleNamespace
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from django.db import connection
from django.db.models import Model, QuerySet
from django.db.models.query import ModelIterable
from django.db.models.sql.compiler import SQLCompiler

Row = TypeVar("Row", bound=Model)

# By connection of the driver: another connection, also the one after a failure, knows none yet.
_known: WeakKeyDictionary[Any, set[str]] = WeakKeyDictionary()


class Prepared:
    """A statement with `%(name)s` for its parameters, and the database's type of each.

    PREPARE outlives a rollback, and the server plans anew when a table changes. It needs connections that stay the same
    from one transaction to the next, so no pooler between in its transaction mode.
    """

    def __init__(self, name: str, statement: str, **types: str) -> None:
        self.name = name
        numbered = {parameter: f"${number}" for number, parameter in enumerate(types, 1)}
        self.making = f"PREPARE {name} ({', '.join(types.values())}) AS {statement % numbered}"
        self.asking = f"EXECUTE {name} ({', '.join(f'%({parameter})s' for parameter in types)})"

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            known = _known.setdefault(connection.connection, set())
            if self.name not in known:
                cursor.execute(self.making)
                known.add(self.name)
            cursor.execute(self.asking, values)
            return cursor.fetchall()


class PreparedValues:
    """A queryset of plain values put into words once: for what many requests ask, where the words cost more than the rows.

    `ask` makes the queryset of one value per parameter. `marks` gives each parameter a value that no other has, by which
    it is found again in the statement, and the database's type of it; a value that is no mark stands there as it is.
    """

    def __init__(self, name: str, ask: Callable[..., QuerySet[Any, Any]], **marks: tuple[Any, str]) -> None:
        self.name, self.ask, self.marks = name, ask, marks

    @cached_property
    def _words(self) -> tuple[Prepared, SQLCompiler]:
        named = {value: parameter for parameter, (value, _) in self.marks.items()}
        asked = self.ask(**{parameter: value for value, parameter in named.items()})
        compiler = asked.query.get_compiler(connection.alias)
        sql, values = compiler.as_sql()
        types = {parameter: kind for parameter, (_, kind) in self.marks.items()}
        said = tuple(f"%({named[value]})s" if value in named else _literal(value) for value in values)
        return Prepared(self.name, sql % said, **types), compiler

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        statement, _ = self._words
        return statement.rows(**values)


class PreparedQuery(PreparedValues, Generic[Row]):
    """The same for a queryset of models, with whatever its select_related brings along."""

    def __init__(self, name: str, ask: Callable[..., QuerySet[Row]], **marks: tuple[Any, str]) -> None:
        super().__init__(name, ask, **marks)

    def models(self, **values: Any) -> list[Row]:
        _, compiler = self._words
        answered: Any = copy(compiler)  # it remembers which column belongs to which field, and is shared by all threads
        answered.connection = connection
        answered.execute_sql = lambda *_, **__: [self.rows(**values)]
        query = SimpleNamespace(get_compiler=lambda using: answered)
        asked: Any = SimpleNamespace(db=connection.alias, query=query, _known_related_objects={})
        return list(ModelIterable(asked))


def _literal(value: Any) -> str:
    with connection.cursor() as cursor:
        quoted: bytes = cursor.cursor.mogrify("%s", [value])
    return quoted.decode().replace("%", "%%")
