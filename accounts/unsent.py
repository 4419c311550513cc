"""What was typed into a form whose session had ended meanwhile.

It travels in one hidden field of the sign-in page, encrypted and for a day; after the same person has signed in, a page
shows it and sends it on. Files and passwords are not taken along: a browser gives them only from the person's own hand.
"""

import base64
import json
import re
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from time import time
from typing import Any

from django.forms import BooleanField, ChoiceField, Field, FileField, ModelChoiceField
from django.http import HttpRequest

from accounts.doors import WEAR_IT, WORN
from accounts.models import Membership
from core.crypto import Unreadable, decrypt, encrypt
from core.forms import Form
from core.logs import scrub

LABEL = "accounts.unsent"
KEPT_SECONDS = 24 * 60 * 60
NOT_TYPED = ("csrfmiddlewaretoken", "idempotency_key", "seen", "version", WORN, WEAR_IT)
# What the buttons of the pages are called; a form may ask for a `decision` of its own, and that one is typed.
BUTTONS = ("act", "all", "answer", "decision", "demo", "keep", "membership", "message", "preview", "then")
CHOSEN = "（已选择）"
CHINESE = re.compile(r"[\u4e00-\u9fff]")


@dataclass(frozen=True)
class Unsent:
    """One form as it was sent: where to, its fields in order, and the names of the files that must be chosen again."""

    path: str
    fields: tuple[tuple[str, str], ...]
    files: tuple[str, ...]

    def lines(self, hat: Membership | None = None) -> list[tuple[str, str]]:
        """(label, what was typed) of each field a person filled in, personal numbers masked.

        `hat` is who reads it: a chosen row is named if that hat may see it.
        """
        known = _form_of({name for name, _ in self.fields})
        lines: dict[str, list[str]] = {}
        for name, value in self.fields:
            field = known.get(name)
            typed = name not in NOT_TYPED and (field or name not in BUTTONS)
            if typed and value.strip():
                label = str(field.label) if field and field.label else "填写内容"
                lines.setdefault(label, []).append(_shown(field, value, hat))
        return [(label, "、".join(dict.fromkeys(values))) for label, values in lines.items()]


def of(request: HttpRequest) -> Unsent:
    """The form that this request brought."""
    fields = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if name != "csrfmiddlewaretoken" and "password" not in name
    ]
    files = [str(file.name) for name in request.FILES for file in request.FILES.getlist(name)]
    return Unsent(request.get_full_path(), tuple(fields), tuple(files))


def seal(request: HttpRequest, *, person: int) -> str:
    """The form of this request as one encrypted line that only `person` gets back."""
    kept = {"person": person, "until": time() + KEPT_SECONDS, **asdict(of(request))}
    # Packed, so that the sign-in form stays below the size of the form it carries, which had passed the limit.
    packed = zlib.compress(json.dumps(kept, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    return encrypt(base64.b64encode(packed).decode(), label=LABEL)


def unseal(line: str, *, person: int) -> Unsent | None:
    """What `seal` kept for this person; None when it is another's, too old, or no such line at all."""
    try:
        packed = base64.b64decode(decrypt(line, label=LABEL))
    except Unreadable:
        return None
    kept = json.loads(zlib.decompress(packed).decode("utf-8", "surrogatepass"))
    if kept["person"] != person or kept["until"] < time():
        return None
    return Unsent(kept["path"], tuple((name, value) for name, value in kept["fields"]), tuple(kept["files"]))


def _form_of(names: set[str]) -> dict[str, Field]:
    """The fields of the form that these names come from: of all forms the one that shares most names with them."""
    best = max(_forms(Form), key=lambda form: len(names & form.base_fields.keys()), default=None)
    return dict(best.base_fields) if best else {}


def _forms(base: type[Form]) -> Iterator[type[Form]]:
    for form in base.__subclasses__():
        yield form
        yield from _forms(form)


def _shown(field: Field | None, value: str, hat: Membership | None) -> str:
    """The value in the words of the page: a choice by its label, a row by its name."""
    if isinstance(field, ModelChoiceField):
        return _row_in_words(field, value, hat) or CHOSEN
    if isinstance(field, ChoiceField):
        label = next((str(label) for key, label in _flat(field) if str(key) == value), "")
        # Choices that a form learns from the plan are not known here; most of them are their own words.
        return label or (scrub(value) if CHINESE.search(value) else CHOSEN)
    if isinstance(field, BooleanField):
        return "是"  # a box that is not ticked is not sent
    if isinstance(field, FileField):
        return "（文件）"
    return scrub(value)


def _row_in_words(field: "ModelChoiceField[Any]", value: str, hat: Membership | None) -> str:
    """The row as the field calls it; nothing for one that does not exist or that this hat may not see."""
    rows: Any = getattr(field.queryset.model, "objects", None) if field.queryset is not None else None
    if hat is None or not hasattr(rows, "visible_to") or not re.fullmatch(r"[0-9]{1,9}", value):
        return ""
    row = rows.visible_to(hat).filter(pk=int(value)).first()
    return str(field.label_from_instance(row)) if row else ""


def _flat(field: ChoiceField) -> Iterator[tuple[object, object]]:
    choices: Any = field.choices
    for key, label in choices:
        if isinstance(label, list | tuple):
            yield from label
        else:
            yield key, label
