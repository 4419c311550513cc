"""Two people edited the same record: say so, show what differs, lose nothing that was typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Model

from core.audit import history


@dataclass(frozen=True)
class Difference:
    label: str
    theirs: object
    yours: object


class Stale(Exception):
    """The record changed since the form was opened (409). `who` and `when` are None when no audit row tells."""

    def __init__(self, who: str, when: datetime | None, differences: list[Difference]) -> None:
        self.who, self.when, self.differences = who, when, differences
        super().__init__(f"{who}修改过这条记录")


def refuse_stale(record: Model, *, version: int | None, typed: Mapping[str, object]) -> None:
    """Raise Stale when `version` is not the record's; None (an act without a form) is never stale.

    `record` must be read under the lock of the change; `typed` maps field names to what the form holds.
    """
    if version is None or version == record.version:  # type: ignore[attr-defined]
        return
    last = history(record).last()
    differences = [
        Difference(str(record._meta.get_field(name).verbose_name), getattr(record, name), value)  # type: ignore[union-attr]
        for name, value in typed.items()
        if getattr(record, name) != value
    ]
    raise Stale(last.hat if last else "他人", last.at if last else None, differences)
