"""Rows that thousands of tests begin with: laid once by the ORM, and from then on as one statement.

The copy has the keys of the first: no sequence gives them again. What the cache holds of them is forgotten.
"""

import json
import pickle
from collections.abc import Callable
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import DateTimeField, Model
from django.db.models.signals import post_save
from django.utils.timezone import now

NOW = "the moment of the test"

_laid: dict[str, tuple[str, bytes]] = {}  # what was laid → its statement, the objects that stood for it


def laid(what: str, build: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The objects that `build` gives, and all rows that it creates. It may only create, and save what it created."""
    if what in _laid:
        statement, objects = _laid[what]
        cache.clear()
        with connection.cursor() as cursor:
            cursor.execute(statement.replace(NOW, now().isoformat()))
        copied: dict[str, Any] = pickle.loads(objects)
        return copied
    rows: dict[type[Model], list[Any]] = {}

    def note(sender: type[Model], instance: Model, created: bool, **more: Any) -> None:
        if created:
            rows.setdefault(sender, []).append(instance.pk)

    post_save.connect(note)
    try:
        built = build()
    finally:
        post_save.disconnect(note)
    _laid[what] = "; ".join(_copying(model, keys) for model, keys in rows.items()), pickle.dumps(built)
    return built


def forget() -> None:
    """For who has emptied the tables and begun their sequences anew."""
    _laid.clear()


def _copying(model: type[Model], keys: list[Any]) -> str:
    """The INSERT of these rows as they stand now; every moment in them becomes that of the test."""
    table, fields = model._meta.db_table, model._meta.concrete_fields
    moments = [field.column for field in fields if isinstance(field, DateTimeField)]
    key = model._meta.pk
    assert key
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT to_json(t) FROM {table} t WHERE {key.column} = ANY(%s)", [keys])
        found = [row for (row,) in cursor.fetchall()]
    for row in found:
        row.update({column: NOW for column in moments if row[column] is not None})
    columns = ", ".join(f'"{field.column}"' for field in fields)
    with connection.cursor() as cursor:
        values = cursor.mogrify("%s", [json.dumps(found)]).decode()
    return f"INSERT INTO {table} ({columns}) SELECT {columns} FROM json_populate_recordset(NULL::{table}, {values})"
