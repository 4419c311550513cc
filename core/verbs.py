"""The history of a record in sentences: who did what when, and what each field was before and after."""

from functools import cache
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from django.apps import apps
from django.db.models import Field, ForeignKey, Model
from django.utils.dateparse import parse_date, parse_datetime

from core.audit import history, overrides_of
from core.crypto import EncryptedTextField
from core.jinja import NOTHING, cdate, cdatetime, money
from core.logs import scrub

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
    """For the history component: at, who, what, changes [(label, before, after)], reason, document; newest first."""
    events = [
        {
            "at": event.at,
            "who": event.hat,
            "what": verbs().get(event.verb, event.verb),
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
            "reason": row.reason,
            "document": row.document_number,
        }
        for row in overrides_of(record).reverse()
    ]
    return sorted(events + overrides, key=lambda event: event["at"], reverse=True)


def sentence(event: dict[str, Any]) -> str:
    """2026年5月20日 10:21 陈科员（市科技局　市科技局经办）备案：状态 待审核 → 已备案"""
    changes = "；".join(f"{label} {before} → {after}" for label, before, after in event.get("changes", ()))
    said = f"{cdatetime(event['at'])} {event['who']}{event['what']}"
    return f"{said}：{changes}" if changes else said


def _change(record: Model, name: str, before: object, after: object) -> tuple[str, str, str]:
    field = _field(record, name)
    label = str(field.verbose_name) if field else name
    if label.isascii():  # a field that no page shows: its Latin name is all that its model says of it
        label = labels().get(name, label)
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
        if find_spec(f"{config.name}.enums"):
            found |= getattr(import_module(f"{config.name}.enums"), name, {})
    return found
