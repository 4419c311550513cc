"""What was typed into a form whose session had ended meanwhile.

It travels in one hidden field of the sign-in page, encrypted and for a day; after the same person has signed in, a page
shows it and sends it on. Files and passwords are not taken along: a browser gives them only from the person's own hand.
"""

import base64
import json
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from time import time
from typing import Any

from django.forms import ChoiceField, Field, FileField, ModelChoiceField
from django.http import HttpRequest

from core.crypto import Unreadable, decrypt, encrypt
from core.forms import Form
from core.logs import scrub

LABEL = "accounts.unsent"
KEPT_SECONDS = 24 * 60 * 60
NOT_TYPED = ("csrfmiddlewaretoken", "idempotency_key", "version")


@dataclass(frozen=True)
class Unsent:
    """One form as it was sent: where to, its fields in order, and the names of the files that must be chosen again."""

    path: str
    fields: tuple[tuple[str, str], ...]
    files: tuple[str, ...]

    def lines(self) -> list[tuple[str, str]]:
        """(label, what was typed) of each field a person filled in, personal numbers masked."""
        known = _form_of({name for name, _ in self.fields})
        lines: dict[str, list[str]] = {}
        for name, value in self.fields:
            if name not in NOT_TYPED and value.strip():
                field = known.get(name)
                label = str(field.label) if field and field.label else "填写内容"
                lines.setdefault(label, []).append(_shown(field, value))
        return [(label, "、".join(values)) for label, values in lines.items()]


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


def _shown(field: Field | None, value: str) -> str:
    """The value in the words of the page: a choice by its label, a row by the fact that one was chosen."""
    if isinstance(field, ModelChoiceField):
        return "（已选择）"
    if isinstance(field, ChoiceField):
        return next((str(label) for key, label in _flat(field) if str(key) == value), "（已选择）")
    if isinstance(field, FileField):
        return "（文件）"
    return scrub(value)


def _flat(field: ChoiceField) -> Iterator[tuple[object, object]]:
    choices: Any = field.choices
    for key, label in choices:
        if isinstance(label, list | tuple):
            yield from label
        else:
            yield key, label
