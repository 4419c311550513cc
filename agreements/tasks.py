"""Doors for Celery: ids in, fetch, call a service; the day is read here."""

from typing import Any

from celery import shared_task
from django.utils.timezone import localdate

from agreements import services
from agreements.enums import AgreementStatus, RunTrigger
from agreements.models import Agreement
from core import outbox
from core.jobs import daily, once_per_slot


@outbox.effect
def issue_certificate(*, agreement_id: int) -> None:
    # Ended since is not an error: there is nothing to certify any more.
    if agreement := Agreement.objects.filter(pk=agreement_id, status=AgreementStatus.FILED).first():
        services.issue_certificate(agreement)


@outbox.effect
def check_quotas_after_filing(*, agreement_id: int, number: int) -> None:
    agreement = Agreement.objects.filter(pk=agreement_id, filed_on__isnull=False).first()
    if agreement and agreement.filed_on:
        services.check_quotas(agreement.filed_on.year, trigger=RunTrigger.FILING, on=localdate(), number=number)


@outbox.effect
def check_quotas_of_year(*, year: int) -> None:
    services.check_quotas(year, trigger=RunTrigger.FILING, on=localdate())


@shared_task
def check_quotas() -> None:
    """The check of the current year, once a day however often it is asked for."""
    on = localdate()

    def work() -> dict[str, Any]:
        run = services.check_quotas(on.year, trigger=RunTrigger.DAILY, on=on)
        return {"run": run.pk, "findings": len(run.findings), "new": len(run.appeared), "gone": len(run.disappeared)}

    once_per_slot("agreements.check_quotas", daily(on), work)


@shared_task
def remind_expiring() -> None:
    """The reminders of the day, once however often they are asked for."""
    on = localdate()
    once_per_slot("agreements.remind_expiring", daily(on), lambda: services.remind_expiring(on))
