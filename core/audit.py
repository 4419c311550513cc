"""Rows that stand or fall with the change they tell of: call these inside its transaction."""

from collections.abc import Iterable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from django.db import transaction
from django.db.models import Model, QuerySet

from core.models import AuditEvent, Override, label_of
from core.policy import Finding
from core.prepared import PreparedInsert


class Hat(Protocol):
    """A person in a role; core knows no more of accounts than this."""

    @property
    def person(self) -> Any: ...  # the account; its model is accounts' own


@dataclass(frozen=True)
class Source:
    """Where a request came from; empty for tasks and commands."""

    request_id: str = ""
    ip: str | None = None


NOWHERE = Source()
source: ContextVar[Source] = ContextVar("source", default=NOWHERE)


def record(
    verb: str,
    target: Model,
    *,
    by: Hat | None,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    reason: str = "",
) -> AuditEvent:
    """Tell of one change. `by=None` is the platform itself. Raises RuntimeError outside a transaction."""
    event = _event(verb, target, by=by, before=before, after=after, reason=reason)
    EVENTS.add(event)
    return event


EVENTS = PreparedInsert("tell_of_a_change", AuditEvent)


def record_all(verb: str, changes: Iterable[tuple[Model, Mapping[str, object]]], *, by: Hat | None) -> None:
    """Tell of the same change of many: (record, after) of each. Raises RuntimeError outside a transaction."""
    EVENTS.add(*(_event(verb, target, by=by, after=after) for target, after in changes))


def _event(
    verb: str,
    target: Model,
    *,
    by: Hat | None,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
    reason: str = "",
) -> AuditEvent:
    if not transaction.get_connection().in_atomic_block:
        raise RuntimeError("an audit row belongs into the transaction of its change")
    where = source.get()
    return AuditEvent(
        verb=verb,
        before=_plain(before or {}),
        after=_plain(after or {}),
        reason=reason,
        request_id=where.request_id,
        ip=where.ip,
        **_trace(target, by),
    )


def record_overrides(
    findings: Iterable[Finding],
    reasons: Mapping[str, str],
    target: Model,
    *,
    by: Hat,
    documents: Mapping[str, str] | None = None,
) -> None:
    """Keep the written reason of every warn that passed; `documents` holds the 文号 per finding code."""
    for finding in findings:
        Override.objects.create(
            code=finding.code,
            article=finding.article,
            message=finding.message,
            reason=reasons[finding.code].strip(),
            document_number=(documents or {}).get(finding.code, "").strip(),
            **_trace(target, by),
        )


def history(target: Model) -> QuerySet[AuditEvent]:
    """What happened to a record, oldest first."""
    return AuditEvent.objects.filter(**label_of(target)).select_related("by").order_by("id")


def overrides_of(target: Model) -> QuerySet[Override]:
    return Override.objects.filter(**label_of(target)).select_related("by").order_by("id")


def changed(record: Model, new: Mapping[str, object]) -> tuple[dict[str, object], dict[str, object]]:
    """The fields of `new` that differ from the record, as (before, after); nothing is saved."""
    before = {name: getattr(record, name) for name in new}
    differing = [name for name in new if before[name] != new[name]]
    return {name: before[name] for name in differing}, {name: new[name] for name in differing}


def _trace(target: Model, by: Hat | None) -> dict[str, Any]:
    return {**label_of(target), "by": by.person if by else None, "hat": str(by) if by else "平台"}


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    def plain(value: object) -> object:
        if isinstance(value, date | datetime):
            return value.isoformat()
        if isinstance(value, Model):
            return str(value)
        if isinstance(value, list | tuple):
            return [plain(item) for item in value]
        return value if value is None or isinstance(value, bool | int | str | dict) else str(value)

    return {name: plain(value) for name, value in values.items()}
