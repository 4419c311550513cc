"""Telling people: one row per reader and occasion in the transaction of what is told; mail leaves by the outbox."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from core import outbox
from core.crypto import blind_index
from core.models import Message


@dataclass(frozen=True)
class Reader:
    """Somebody to be told: an account, an address, or an account with an address."""

    person: Any = None  # an account
    email: str = ""

    @property
    def key(self) -> str:
        if self.person:
            return f"user:{self.person.pk}"
        return f"mail:{blind_index(self.email.lower(), 'reader')[:32]}"


def wearers(hats: Iterable[Any]) -> list[Reader]:
    """Who wears these memberships."""
    return [Reader(person=hat.person, email=hat.person.email) for hat in hats]


def tell(readers: Iterable[Reader], *, occasion: str, subject: str, body: str, link: str = "") -> int:
    """Tell each reader once per occasion; returns how many were told now. A repeat tells nobody twice."""
    told = 0
    for reader in {reader.key: reader for reader in readers if reader.person or reader.email}.values():
        message, new = Message.objects.get_or_create(
            occasion=occasion,
            reader=reader.key,
            defaults={"person": reader.person, "email": reader.email, "subject": subject, "body": body, "link": link},
        )
        if new:
            told += 1
            if reader.email:
                outbox.add("core.tasks.mail_message", message_id=message.pk)
    return told
