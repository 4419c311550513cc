"""Doors for Celery: ids in, fetch, do, gone is not an error."""

from datetime import timedelta

from celery import shared_task
from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.timezone import localdate, now

from core import files, outbox
from core.jobs import daily, once_per_slot
from core.models import Message

LEFT_ALONE = timedelta(days=1)  # an act under way has written its file and not yet the row that names it


@shared_task
def relay() -> None:
    outbox.relay()


@shared_task
def sweep_files() -> None:
    """Remove files that no row names, once a day however often it is asked for."""
    once_per_slot(
        "core.sweep_files", daily(localdate()), lambda: {"removed": len(files.sweep(before=now() - LEFT_ALONE))}
    )


@outbox.effect
def mail_message(*, message_id: int) -> None:
    """Send one message by e-mail. Its Message-ID is its own for ever, so that a repeated delivery can be recognised."""
    message = Message.objects.filter(pk=message_id, mailed_at=None).exclude(email="").first()
    if message is None:
        return
    body = f"{message.body}\n\n{settings.BASE_URL}{message.link}\n" if message.link else message.body
    EmailMessage(
        message.subject,
        body,
        to=[message.email],
        headers={"Message-ID": f"<message-{message.pk}@{settings.MAIL_DOMAIN}>"},
    ).send()
    message.mailed_at = now()
    message.save(update_fields=["mailed_at"])
