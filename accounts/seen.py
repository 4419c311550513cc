"""One row by its key, if a hat sees it: what nearly every request begins with."""

from collections.abc import Callable
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet

from accounts.models import Membership
from core.prepared import PreparedQuery

Row = TypeVar("Row", bound=Model)

KEYS = range(2**63)  # ids that the database can hold


class OneSeen(Generic[Row]):
    """`rows` with what their select_related brings along; for a hat that sees all of them put into words once.

    To put a dozen tables into words, and to plan them, takes longer than to read one row of each.
    """

    def __init__(self, name: str, rows: Callable[[], QuerySet[Row]]) -> None:
        self.name, self.rows = name, rows

    @cached_property
    def _unnarrowed(self) -> PreparedQuery[Row]:
        key = self.rows().model._meta.pk
        assert key is not None
        mark = key.get_prep_value("-11")
        return PreparedQuery(
            self.name, lambda key: self.rows().filter(pk=key), key=(mark, key.rel_db_type(connection) or "")
        )

    def of(self, key: Any, *, by: Membership) -> Row | None:
        """None unless there is such a row and `by` sees it. Raises ValueError or OverflowError for what can be no key."""
        every: Any = self.rows()
        visible = every.visible_to(by)
        if visible.query.where != every.query.where or visible.query.combinator:
            narrowed: Row | None = visible.filter(pk=key).first()
            return narrowed
        key = every.model._meta.pk.get_prep_value(key)
        if isinstance(key, int) and key not in KEYS:
            raise OverflowError
        return next(iter(self._unnarrowed.models(key=key)), None)
