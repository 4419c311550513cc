"""The history of a record in sentences: who did what when, and what each field was before and after."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.db.models import Field, ForeignKey, Model
from django.http import QueryDict
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.timezone import localdate

from core.audit import history, overrides_of
from core.crypto import EncryptedTextField
from core.jinja import NOTHING, cdate, cdatetime, money
from core.logs import scrub
from core.models import AuditEvent
from core.tables import address

OVERRIDDEN = "作出例外说明"
HIDDEN = "（已加密，不显示）"


@cache
def verbs() -> dict[str, str]:
    """The Chinese word of every audit verb: each app says its own in VERBS of its enums."""
    return _of_all_enums("VERBS")


@cache
def labels() -> dict[str, str]:
    """The word of a name that an audit row carries beside the model's fields: LABELS of the apps' enums."""
    return _of_all_enums("LABELS")


@cache
def words() -> dict[str, dict[str, str]]:
    """The words for the values of such a name, where they are codes: WORDS of the apps' enums."""
    return _of_all_enums("WORDS")


def sentences(record: Model) -> list[dict[str, Any]]:
    """For the history component: at, who, what, changes [(label, before, after)], reason, document; newest first.

    `code` and `kind` say what kind of event it is: the verb and its word.
    """
    events = [
        {
            "at": event.at,
            "who": event.hat,
            "what": verbs().get(event.verb, event.verb),
            "code": event.verb,
            "kind": verbs().get(event.verb, event.verb),
            "changes": [
                _change(record, name, event.before.get(name), event.after.get(name))
                for name in dict.fromkeys([*event.before, *event.after])
            ],
            "reason": event.reason,
        }
        for event in history(record).reverse()
    ]
    overrides = [
        {
            "at": row.at,
            "who": row.hat,
            "what": f"{OVERRIDDEN}：{row.message}",
            "code": "override",
            "kind": OVERRIDDEN,
            "reason": row.reason,
            "document": row.document_number,
        }
        for row in overrides_of(record).reverse()
    ]
    return sorted(events + overrides, key=lambda event: event["at"], reverse=True)


def of_a_request(record: Model, *, verb: str, since: datetime, until: datetime | None) -> list[dict[str, Any]]:
    """The part of a record's history that tells of one thing asked for: verbs that begin so, before the next asking."""
    events = (event for event in sentences(record) if event["code"].startswith(verb) and event["at"] >= since)
    return [event for event in events if until is None or event["at"] < until]


def of_many(records: Iterable[Model], *, verbs_told: Collection[str], since: date) -> list[dict[str, Any]]:
    """What became of several records of one kind from a day on: each event names its record; newest first."""
    named = {record.pk: record for record in records}
    if not named:
        return []
    events = AuditEvent.objects.filter(
        target_type=next(iter(named.values()))._meta.label, target_id__in=named, verb__in=verbs_told
    ).order_by("-id")
    return [
        {
            "at": event.at,
            "who": event.hat,
            "what": f"{named[event.target_id]}　{verbs().get(event.verb, event.verb)}",
            "code": event.verb,
            "kind": verbs().get(event.verb, event.verb),
            "reason": event.reason,
        }
        for event in events
        if localdate(event.at) >= since
    ]


MANY = 5  # events that are read at a glance


@dataclass(frozen=True)
class Story:
    """A history, or the events of one kind out of it; `kinds` are chips to choose by, where there is something to choose."""

    events: list[dict[str, Any]]
    kinds: list[dict[str, Any]]


def story(events: list[dict[str, Any]], query: QueryDict) -> Story:
    """The history under `what` of the query string; what is no kind of event in it tells everything."""
    words: dict[str, str] = {}
    counts: dict[str, int] = {}
    for event in events:
        words.setdefault(event["code"], event["kind"])
        counts[event["code"]] = counts.get(event["code"], 0) + 1
    wanted = query.get("what", "") if query.get("what") in words else ""
    if len(words) < 2 or len(events) <= MANY:
        return Story(events, [])
    kinds = [("", "全部", len(events)), *((code, word, counts[code]) for code, word in words.items())]
    return Story(
        [event for event in events if wanted in ("", event["code"])],
        [
            {"label": word, "count": count, "url": address(query, what=code or None), "current": code == wanted}
            for code, word, count in kinds
        ],
    )


def sentence(event: dict[str, Any]) -> str:
    """2026年5月20日 10:21 陈科员（市科技局　市科技局经办）备案：状态 待审核 → 已备案"""
    changes = "；".join(f"{label} {before} → {after}" for label, before, after in event.get("changes", ()))
    said = f"{cdatetime(event['at'])} {event['who']}{event['what']}"
    return f"{said}：{changes}" if changes else said


def _change(record: Model, name: str, before: object, after: object) -> tuple[str, str, str]:
    field = _field(record, name)
    label = str(field.verbose_name) if field else name
    if label.isascii():  # a field that no page shows: its Latin name is all that its model says of it
        label = _of_enums(record._meta.app_label, "LABELS").get(name) or labels().get(name, label)
    # A value of several parts has no words of its own but those its model gives it.
    tell = getattr(type(record), f"{name}_in_words", None)
    shown = [tell(value) if tell and value else _shown(field, name, value) for value in (before, after)]
    return label, shown[0], shown[1]


def _field(record: Model, name: str) -> "Field[Any, Any] | None":
    """The record's field, by its name or the name of its column (`host_id`)."""
    fields: list[Field[Any, Any]] = list(record._meta.concrete_fields)
    return next((field for field in fields if name in (field.name, field.attname)), None)


def _shown(field: "Field[Any, Any] | None", name: str, value: Any) -> str:
    """A value in the words of the page. What rests encrypted is not told; a person's number is masked anywhere."""
    if value is None or value == "" or value == []:
        return NOTHING
    if isinstance(field, EncryptedTextField):
        return HIDDEN
    if isinstance(value, bool):
        return "是" if value else "否"
    if isinstance(field, ForeignKey) and isinstance(value, int):
        row = field.related_model._default_manager.filter(pk=value).first()
        return str(row) if row else NOTHING
    choices = dict(field.flatchoices) if field and field.choices else words().get(name, {})
    if isinstance(value, str) and value in choices:
        return str(choices[value])
    if isinstance(value, int) and name.endswith("_fen"):
        return f"{money(value)}元"
    if isinstance(value, list):
        return "、".join(_shown(None, "", part) for part in value)
    if isinstance(value, dict):
        return "，".join(_shown(None, "", part) for part in value.values())
    return scrub(_moment(value) if isinstance(value, str) else str(value))


def _moment(text: str) -> str:
    """A day or a time of day as people write it, where the text is one."""
    try:
        if len(text) == 10 and (day := parse_date(text)):
            return cdate(day)
        if "T" in text and (moment := parse_datetime(text)):
            return cdatetime(moment)
    except ValueError:
        pass
    return text


def _of_all_enums(name: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for config in apps.get_app_configs():
        found |= _of_enums(config.label, name)
    return found


@cache
def _of_enums(app: str, name: str) -> dict[str, Any]:
    """What one app says: its word comes before another's for the same name."""
    module = f"{apps.get_app_config(app).name}.enums"
    return getattr(import_module(module), name, {}) if find_spec(module) else {}
