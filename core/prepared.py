"""Statements that the server plans once per connection: for those whose planning costs more than their rows."""

from typing import Any
from weakref import WeakKeyDictionary

from django.db import connection

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
