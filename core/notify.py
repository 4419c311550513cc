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


def tell(
    readers: Iterable[Reader],
    *,
    occasion: str,
    subject: str,
    body: str,
    link: str = "",
    open_body: str = "",
    open_link: str = "",
) -> int:
    """Tell each reader once per occasion; returns how many were told now. A repeat tells nobody twice.

    `link` leads behind sign-in, where a reader without an account cannot follow: that one is told `open_body` instead,
    if there is one, and given `open_link`, a page that asks for no sign-in.
    """
    told = 0
    for reader in {reader.key: reader for reader in readers if reader.person or reader.email}.values():
        message, new = Message.objects.get_or_create(
            occasion=occasion,
            reader=reader.key,
            defaults={
                "person": reader.person,
                "email": reader.email,
                "subject": subject,
                "body": body if reader.person else open_body or body,
                "link": link if reader.person else open_link,
            },
        )
        if new:
            told += 1
            if reader.email:
                outbox.add("core.tasks.mail_message", message_id=message.pk)
    return told
