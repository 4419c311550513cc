"""Two people edited the same record: say so, show what differs, lose nothing that was typed."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model

from core.audit import history
from core.crypto import EncryptedTextField


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


def refuse_stale(
    record: Model,
    *,
    version: int | None,
    typed: Mapping[str, object],
    beside: Iterable[tuple[Model, Mapping[str, object]]] = (),
) -> None:
    """Raise Stale when `version` is not the record's; None (an act without a form) is never stale.

    `record` must be read under the lock of the change; `typed` maps field names to what the form holds. `beside` names
    further records that the same form fills, with what was typed for each.
    """
    if version is None or version == record.version:  # type: ignore[attr-defined]
        return
    last = history(record).last()
    differences = [
        Difference(str(field.verbose_name), _shown(one, field, getattr(one, name)), _shown(one, field, value))  # type: ignore[union-attr]
        for one, values in [(record, typed), *beside]
        for name, value in values.items()
        if (field := one._meta.get_field(name)) and getattr(one, name) != value
    ]
    raise Stale(last.hat if last else "他人", last.at if last else None, differences)


def _shown(record: Model, field: Any, value: object) -> object:
    """Codes in the words of their choices; of what rests encrypted only the end.

    What a field of JSON holds is told by its model, in a method called `<field>_in_words`.
    """
    if in_words := getattr(record, f"{field.name}_in_words", None):
        return in_words(value)
    if isinstance(field, EncryptedTextField):
        return f"****{str(value)[-4:]}" if value else value
    return dict(field.flatchoices).get(value, value) if getattr(field, "choices", None) else value
