"""Statements that the server plans once per connection: for those whose planning costs more than their rows."""

from collections.abc import Callable, Iterable
from functools import cached_property
from typing import Any, Generic, TypeVar
from weakref import WeakKeyDictionary

from django.db import DatabaseError, connection
from django.db.models import Model, QuerySet
from django.db.models.query import get_related_populators
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

    @cached_property
    def _reader(self) -> "_Reader[Row]":
        _, compiler = self._words
        return _Reader(compiler)

    def models(self, **values: Any) -> list[Row]:
        return [self._reader.model(row) for row in self.rows(**values)]


class _Reader(Generic[Row]):
    """Makes models of rows as Django's ModelIterable does; what it works out for each query is worked out once.

    Shared by all threads: it holds places and names, nothing of a row.
    """

    def __init__(self, compiler: SQLCompiler) -> None:
        known: Any = compiler.klass_info
        columns: list[Any] = [column for column, *_ in compiler.select or ()]
        self.of: type[Row] = known["model"]
        self.own = slice(known["select_fields"][0], known["select_fields"][-1] + 1)
        self.names = [column.target.attname for column in columns[self.own]]
        self.joined = get_related_populators(known, compiler.select, connection.alias)  # type: ignore[call-arg]  # stubs of Django 6
        self.annotated = compiler.annotation_col_map or {}
        self.converters: Iterable[tuple[int, Any]] = compiler.get_converters(columns).items()

    def model(self, found: tuple[Any, ...]) -> Row:
        row = list(found)
        for place, (converters, column) in self.converters:
            for convert in converters:
                row[place] = convert(row[place], column, connection)
        model = self.of.from_db(connection.alias, self.names, row[self.own])
        for one in self.joined:
            one.populate(row, model)
        for name, place in self.annotated.items():
            setattr(model, name, row[place])
        return model


class PreparedInsert(Generic[Row]):
    """Rows of a model are added in words made once: for what nearly every act adds. No signals are sent."""

    def __init__(self, name: str, model: type[Row]) -> None:
        self.name, self.model = name, model

    @cached_property
    def _words(self) -> tuple[Prepared, list[Any]]:
        fields: list[Any] = [field for field in self.model._meta.local_concrete_fields if not field.primary_key]
        columns = ", ".join(f'"{field.column}"' for field in fields)
        values = ", ".join(f"%({field.column})s" for field in fields)
        adding = f'INSERT INTO "{self.model._meta.db_table}" ({columns}) SELECT * FROM unnest({values}) RETURNING id'
        types = {field.column: f"{field.rel_db_type(connection)}[]" for field in fields}
        return Prepared(self.name, adding, **types), fields

    def add(self, *rows: Row) -> None:
        """Each with its id afterwards; the fields are what `save` would write."""
        statement, fields = self._words
        written = {
            field.column: [field.get_db_prep_save(field.pre_save(row, True), connection) for row in rows]
            for field in fields
        }
        for row, [pk] in zip(rows, statement.rows(**written), strict=True):
            row.pk, row._state.adding, row._state.db = pk, False, connection.alias


class PreparedUpdate(Generic[Row]):
    """Some fields of a row are saved in words made once: for what many requests write. No signals are sent."""

    def __init__(self, name: str, model: type[Row], *fields: str) -> None:
        self.name, self.model, self.fields = name, model, fields

    @cached_property
    def _words(self) -> tuple[Prepared, list[Any]]:
        key: Any = self.model._meta.pk
        fields: list[Any] = [self.model._meta.get_field(name) for name in self.fields]
        values = ", ".join(f'"{field.column}" = %({field.column})s' for field in fields)
        saving = (
            f'UPDATE "{self.model._meta.db_table}" SET {values} WHERE "{key.column}" = %(of)s RETURNING "{key.column}"'
        )
        types = {field.column: field.rel_db_type(connection) for field in fields}
        return Prepared(self.name, saving, **types, of=key.rel_db_type(connection)), fields

    def save(self, row: Row) -> None:
        """Raises DatabaseError for a row that is not there (any more)."""
        statement, fields = self._words
        written = {field.column: field.get_db_prep_save(field.pre_save(row, False), connection) for field in fields}
        if not statement.rows(**written, of=row.pk):
            raise DatabaseError(f"nothing saved of {self.model.__name__} {row.pk}")


def _literal(value: Any) -> str:
    with connection.cursor() as cursor:
        quoted: bytes = cursor.cursor.mogrify("%s", [value])
    return quoted.decode().replace("%", "%%")
