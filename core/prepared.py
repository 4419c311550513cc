"""Statements that the server plans once per connection: for those whose planning costs more than their rows."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from django.db import connection
from django.db.models import Model, QuerySet

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


class PreparedQuery(Generic[Row]):
    """A queryset put into words once: for what every request asks, where the words cost more than the rows.

    `ask` makes the queryset of one value per parameter; `beside` names the foreign key that its select_related follows.
    `marks` gives each parameter a value that no other has, by which it is found again in the statement, and the
    database's type of it. Every value of the statement is a parameter.
    """

    def __init__(self, name: str, ask: Callable[..., QuerySet[Row]], *, beside: str, **marks: tuple[Any, str]) -> None:
        self.name, self.ask, self.beside, self.marks = name, ask, beside, marks

    @cached_property
    def _statement(self) -> Prepared:
        named = {value: parameter for parameter, (value, _) in self.marks.items()}
        asked = self.ask(**{parameter: value for value, parameter in named.items()})
        sql, values = asked.query.sql_with_params()
        types = {parameter: kind for parameter, (_, kind) in self.marks.items()}
        return Prepared(self.name, sql % tuple(f"%({named[value]})s" for value in values), **types)

    @cached_property
    def _models(self) -> tuple[type[Row], list[str], type[Model], list[str]]:
        one = self.ask(**{parameter: value for parameter, (value, _) in self.marks.items()}).model
        other = one._meta.get_field(self.beside).related_model
        assert isinstance(other, type)
        return one, _columns(one), other, _columns(other)

    def rows(self, **values: Any) -> list[Row]:
        one, mine, other, theirs = self._models
        found = []
        for row in self._statement.rows(**values):
            made = one.from_db(connection.alias, mine, row[: len(mine)])
            setattr(made, self.beside, other.from_db(connection.alias, theirs, row[len(mine) :]))
            found.append(made)
        return found


class PreparedValues:
    """The same for a queryset of plain values; a value of its statement that is no mark stands in it as it is."""

    def __init__(self, name: str, ask: Callable[..., QuerySet[Any, Any]], **marks: tuple[Any, str]) -> None:
        self.name, self.ask, self.marks = name, ask, marks

    @cached_property
    def _statement(self) -> Prepared:
        named = {value: parameter for parameter, (value, _) in self.marks.items()}
        asked = self.ask(**{parameter: value for value, parameter in named.items()})
        sql, values = asked.query.sql_with_params()
        types = {parameter: kind for parameter, (_, kind) in self.marks.items()}
        said = tuple(f"%({named[value]})s" if value in named else _literal(value) for value in values)
        return Prepared(self.name, sql % said, **types)

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        return self._statement.rows(**values)


def _literal(value: Any) -> str:
    with connection.cursor() as cursor:
        quoted: bytes = cursor.cursor.mogrify("%s", [value])
    return quoted.decode().replace("%", "%%")


def _columns(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]
