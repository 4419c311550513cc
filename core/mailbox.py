"""Where mail goes in a demonstration: into the database, where a page shows it."""

from collections.abc import Sequence
from typing import Any

from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend

from core.models import SentMail


class EmailBackend(BaseEmailBackend):
    """Keeps each mail once: the same Message-ID again is the same mail delivered again, and changes nothing."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        rows = [self._row(mail) for mail in email_messages if mail.recipients()]
        SentMail.objects.bulk_create(rows, ignore_conflicts=True)
        return len(rows)

    def _row(self, mail: EmailMessage) -> SentMail:
        # message() takes the Message-ID in `headers`, else makes a fresh one; it refuses line breaks in headers.
        headers: Any = mail.message()
        return SentMail(
            message_id=headers["Message-ID"][:200],
            to=", ".join(mail.recipients())[:300],
            subject=mail.subject[:200],
            body=str(mail.body),
        )
