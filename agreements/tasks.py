"""Doors for Celery: ids in, fetch, call a service; the day is read here."""

from typing import Any

from celery import shared_task
from django.utils.timezone import localdate, now

from agreements import services
from agreements.archiving import assembling, packing, reminding
from agreements.archiving.models import ArchivePackage, ArchiveYear
from agreements.ending import services as ending
from agreements.enums import AgreementStatus, RunTrigger
from agreements.models import Agreement, FilingSheetStamp, SigningLink
from agreements.printing import services as printing
from agreements.printing.models import PrintRun
from agreements.scanning import services as scanning
from agreements.scanning.models import ScanBatch
from agreements.signing import services as signing
from agreements.stamping import services as stamping
from core import outbox
from core.jobs import daily, once_per_slot


@outbox.effect
def issue_certificate(*, agreement_id: int) -> None:
    # Ended since is not an error: there is nothing to certify any more.
    if agreement := Agreement.objects.filter(pk=agreement_id, status=AgreementStatus.FILED).first():
        services.issue_certificate(agreement)


@outbox.effect
def renew_certificate(*, agreement_id: int, stamp_id: int) -> None:
    agreement = Agreement.objects.filter(pk=agreement_id).first()
    stamp = FilingSheetStamp.objects.select_related("sheet").filter(pk=stamp_id).first()
    if agreement and stamp:
        stamping.renew_certificate(agreement, stamp)


@outbox.effect
def check_quotas_after_filing(*, agreement_id: int, number: int) -> None:
    agreement = Agreement.objects.filter(pk=agreement_id, filed_on__isnull=False).first()
    if agreement and agreement.filed_on:
        services.check_quotas(agreement.filed_on.year, trigger=RunTrigger.FILING, on=localdate(), number=number)


@outbox.effect
def check_quotas_of_year(*, year: int) -> None:
    services.check_quotas(year, trigger=RunTrigger.FILING, on=localdate())


@outbox.effect
def end_agreement(*, agreement_id: int) -> None:
    if agreement := Agreement.objects.filter(pk=agreement_id).first():
        ending.carry_out_end(agreement, on=localdate())


@outbox.effect
def lay_out_contracts(*, run_id: int) -> None:
    if run := PrintRun.objects.filter(pk=run_id).first():
        printing.lay_out_next(run, on=localdate())


@outbox.effect
def assemble_archive(*, archive_id: int) -> None:
    if archive := ArchiveYear.objects.filter(pk=archive_id, closed_on__isnull=False).first():
        assembling.assemble_next(archive)


@outbox.effect
def pack_archive(*, package_id: int) -> None:
    if package := ArchivePackage.objects.filter(pk=package_id).first():
        packing.make_package(package)


@outbox.effect
def read_scans(*, batch_id: int) -> None:
    if batch := ScanBatch.objects.filter(pk=batch_id).first():
        scanning.read_next(batch)


@outbox.effect
def pair_scans(*, batch_id: int) -> None:
    if batch := ScanBatch.objects.filter(pk=batch_id).first():
        scanning.pair(batch)


@outbox.effect
def attach_scans(*, batch_id: int) -> None:
    if batch := ScanBatch.objects.filter(pk=batch_id).first():
        scanning.attach_next(batch, on=localdate())


@shared_task
def end_agreements() -> None:
    """What is ordered to end by today is ended, once a day however often it is asked for."""
    on = localdate()
    once_per_slot("agreements.end_agreements", daily(on), lambda: {"ends": ending.promise_ends(on=on)})


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


@shared_task
def remind_of_archives() -> None:
    """The reminders of years to be archived, once a day however often they are asked for."""
    on = localdate()
    once_per_slot("agreements.remind_of_archives", daily(on), lambda: reminding.remind_of_archives(on))


@outbox.effect
def send_signing_link(*, link_id: int) -> None:
    if link := SigningLink.objects.filter(pk=link_id, used_at=None).first():
        signing.send_link(link)


@outbox.effect
def send_signing_code(*, link_id: int) -> None:
    if link := SigningLink.objects.filter(pk=link_id, used_at=None).first():
        signing.send_code(link)


@shared_task
def forget_signing_links() -> None:
    """Forget spent links and codes, once a day however often it is asked for."""
    once_per_slot("agreements.forget_signing_links", daily(localdate()), lambda: signing.forget(at=now()))
