"""Identity numbers, telephones and accounts rest encrypted; equal ones are found by a keyed hash.

A stored value reads `k1:…`: the id of its key, then base64 of nonce and ciphertext (AES-256-GCM). The field's label is
authenticated with it, so a ciphertext moved into another column does not open. To change the key, put a new one first
in FIELD_KEYS: old values stay readable under theirs, each row takes the new one when it is next written.
"""

import binascii
import hmac
import os
from base64 import b64decode, b64encode
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.core.exceptions import FieldError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

NONCE_BYTES = 12


class Unreadable(Exception):
    """A stored value that does not open: its key is gone, or its bytes were changed or moved. Never shows the value."""


def encrypt(text: str, *, label: str) -> str:
    """The text under the current key, bound to `label`."""
    key_id, key = next(iter(settings.FIELD_KEYS.items()))
    nonce = os.urandom(NONCE_BYTES)
    sealed = AESGCM(key).encrypt(nonce, text.encode(), label.encode())
    return f"{key_id}:{b64encode(nonce + sealed).decode()}"


def decrypt(stored: str, *, label: str) -> str:
    key_id, _, encoded = stored.partition(":")
    if key_id not in settings.FIELD_KEYS:
        raise Unreadable(f"{label}: no key is called {key_id[:8]!r}")
    try:
        sealed = b64decode(encoded, validate=True)
        opened = AESGCM(settings.FIELD_KEYS[key_id]).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], label.encode())
    except (binascii.Error, InvalidTag, ValueError):
        raise Unreadable(f"{label}: the stored value was changed, or belongs elsewhere") from None
    return opened.decode()


def blind_index(value: str, purpose: str) -> str:
    """A keyed hash of a cleaned value, to find equals without reading them.

    One purpose per use: the hash of a person's number in one table says nothing about another table.
    """
    return hmac.digest(settings.INDEX_KEY, f"{purpose}\0{value}".encode(), "sha256").hex()


class EncryptedTextField(models.TextField):
    """Plain text in Python, encrypted in the database. It cannot be searched: look up its blind index instead.

    `label` fixes the authenticated label; give it the old one when a model or field is renamed.
    """

    def __init__(self, *args: Any, label: str = "", **kwargs: Any) -> None:
        self.fixed_label = label
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        if self.fixed_label:
            kwargs["label"] = self.fixed_label
        return name, path, args, kwargs

    @property
    def label(self) -> str:
        return self.fixed_label or f"{self.model._meta.label}.{self.name}"

    def get_prep_value(self, value: Any) -> Any:
        text = super().get_prep_value(value)
        return encrypt(text, label=self.label) if text else text  # an empty field keeps no secret

    def from_db_value(self, value: str | None, expression: Any, connection: BaseDatabaseWrapper) -> str | None:
        return decrypt(value, label=self.label) if value else value

    def get_lookup(self, lookup_name: str) -> Any:
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        raise FieldError(f"{self.label} is encrypted: look up its blind index instead of {lookup_name}")

    def get_transform(self, lookup_name: str) -> Any:
        raise FieldError(f"{self.label} is encrypted and has no {lookup_name}")
