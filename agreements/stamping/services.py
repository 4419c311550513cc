"""备案汇总表: listing what was filed, drawing it up anew, calling it off, and keeping the scan of the stamped paper."""

import secrets
from collections.abc import Iterable, Sequence
from datetime import date

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction

from accounts.models import Membership
from agreements import queries
from agreements.documents import certificate_pdf
from agreements.enums import AgreementStatus
from agreements.models import Agreement, AgreementQuerySet, FilingCertificate
from agreements.services.filing import issue_certificate
from agreements.services.holding import hold, hold_all
from agreements.stamping import documents, rules
from agreements.stamping.enums import SheetStatus
from agreements.stamping.models import (
    CertificateEdition,
    FilingSheet,
    FilingSheetLine,
    FilingSheetPaper,
    FilingSheetStamp,
)
from core import audit, files, notify, outbox, pdf, scanned, series, workbooks
from core.jinja import cdate
from core.models import PolicyPack
from core.policy import Finding, Refused, plain, require

MOST = 300  # lines of one sheet
NUMBER = "备案汇总〔{year}〕{sequence}号"  # for packs that set no pattern
RENEW = "agreements.tasks.renew_certificate"


def unlisted(by: Membership) -> AgreementQuerySet:
    """What was filed here and stands on no sheet yet."""
    filed = Agreement.objects.visible_to(by).filter(status__in=AgreementStatus.once_filed, is_past=False)
    return filed.filter(sheet_line=None)


def sheet_of(agreement: Agreement) -> FilingSheet | None:
    """The sheet it stands on, with its stamp at hand."""
    return FilingSheet.objects.filter(lines__agreement=agreement).select_related("stamp__scan").first()


@transaction.atomic
def make_sheet(agreements: Iterable[int], *, by: Membership, on: date) -> FilingSheet:
    """List filed agreements of one institution on a paper to be stamped; its number comes from a series without gaps.

    Raises Refused: E-BATCH for none, too many or several institutions', E-STATE for what is not filed or listed already,
    E-PDF and E-FONT where the paper cannot be made.
    """
    wanted = set(agreements)
    require(
        None if wanted else plain("E-BATCH", "请选择列入备案汇总表的协议。", article="四（二）"),
        plain("E-BATCH", f"一张备案汇总表最多列{MOST}件，请分几张。", article="四（二）")
        if len(wanted) > MOST
        else None,
    )
    visible = set(Agreement.objects.visible_to(by).filter(pk__in=wanted).values_list("pk", flat=True))
    held = hold_all(visible)  # two officers who list the same agreement queue here
    require(
        plain("E-STATE", "所选协议中有已不存在的，请刷新后重新选择。", article="四（二）")
        if visible != wanted
        else None,
        *(_why_not(one) for one in held),
        plain("E-BATCH", "一张备案汇总表只列同一派出单位的协议，各单位分别制表。", article="四（二）")
        if len({one.institution_id for one in held}) > 1
        else None,
    )
    pattern = PolicyPack.in_force(on=on).setting_or("agreements.sheet_number", NUMBER)
    sheet = FilingSheet(institution=held[0].institution, made_on=on, made_by=by)
    sheet.number = pattern.format(year=on.year, sequence=series.next_in(f"filing-sheet-{on.year}"))
    sheet.save()
    FilingSheetLine.objects.bulk_create(FilingSheetLine(sheet=sheet, agreement=one) for one in held)
    paper = _print(sheet, by=by, on=on)
    audit.record("filing_sheet.made", sheet, by=by, after={"listed": len(held), "sha256": paper.file.sha256})
    return sheet


def _why_not(one: Agreement) -> Finding | None:
    if one.status not in AgreementStatus.once_filed or one.is_past:
        return plain("E-STATE", f"{one}不是在平台备案的协议，不能列入备案汇总表。", article="四（二）")
    if line := FilingSheetLine.objects.filter(agreement=one).select_related("sheet").first():
        return plain("E-STATE", f"{one}已列入“{line.sheet}”。", article="四（二）")
    return None


def _print(sheet: FilingSheet, *, by: Membership, on: date) -> FilingSheetPaper:
    rows = Agreement.objects.filter(sheet_line__sheet=sheet).order_by("filing_number")
    related = ("specialist", "registration", "team", "institution__organization", "host__organization__district")
    agreements = list(rows.select_related(*related).prefetch_related("amendments"))
    token = secrets.token_hex(16)
    context = documents.sheet_context(agreements, number=sheet.number, version=sheet.version, token=token, made_on=on)
    try:
        data = documents.sheet_pdf(context, token=token)
    except pdf.Unavailable as missing:
        raise Refused([plain("E-PDF", str(missing))]) from None
    name = f"{sheet}_第{sheet.version}版.pdf"
    kept = files.keep(data, name=name, kind="pdf", pages=pdf.pages_of(data), purpose="filing-sheet", by=by)
    lines = [row._asdict() for row in context["rows"]]
    return FilingSheetPaper.objects.create(
        sheet=sheet, version=sheet.version, token=token, rows=lines, file=kept, made_by=by
    )


def _hold(sheet: FilingSheet) -> FilingSheet:
    """The sheet, read anew under its lock: of two who stamp it at once the second sees the first one's stamp.

    The stamp itself is asked for afterwards: a join would look for it as it was when the waiting began.
    """
    return FilingSheet.objects.select_for_update().get(pk=sheet.pk)


def _require_unstamped(sheet: FilingSheet) -> None:
    if sheet.status != SheetStatus.PRINTED:
        label = sheet.get_status_display()
        raise Refused([plain("E-STATE", f"“{sheet}”{label}，不能再改动或撤销。", article="四（二）")])


@transaction.atomic
def redraw_sheet(sheet: FilingSheet, *, by: Membership, on: date) -> FilingSheet:
    """Print it anew, without what is void since: a new version with a code of its own, until it is stamped.

    Raises Refused: E-STATE for a stamped or called off one, and where nothing is left on it.
    """
    sheet = _hold(sheet)
    _require_unstamped(sheet)
    sheet.lines.exclude(agreement__status__in=AgreementStatus.once_filed).delete()
    if not (left := sheet.lines.count()):
        raise Refused([plain("E-STATE", "表中的备案都已作废，请撤销这张备案汇总表。", article="四（二）")])
    sheet.version += 1
    sheet.save(update_fields=["version"])
    paper = _print(sheet, by=by, on=on)
    audit.record(
        "filing_sheet.redrawn",
        sheet,
        by=by,
        before={"version": sheet.version - 1},
        after={"version": sheet.version, "listed": left, "sha256": paper.file.sha256},
    )
    return sheet


@transaction.atomic
def call_off_sheet(sheet: FilingSheet, *, by: Membership, on: date, reason: str) -> FilingSheet:
    """Give up a sheet that is not stamped: its agreements are free for another, its number is not given again."""
    sheet = _hold(sheet)
    _require_unstamped(sheet)
    require(None if reason.strip() else plain("E-FIELD", "请写明撤销原因。", field="reason"))
    sheet.status, sheet.called_off_on, sheet.called_off_by = SheetStatus.CALLED_OFF, on, by
    sheet.called_off_reason = reason.strip()
    sheet.save(update_fields=["status", "called_off_on", "called_off_by", "called_off_reason"])
    sheet.lines.all().delete()
    audit.record(
        "filing_sheet.called_off", sheet, by=by, after={"status": sheet.status}, reason=sheet.called_off_reason
    )
    return sheet


@transaction.atomic
def stamp_sheet(
    sheet: FilingSheet, *, scan: UploadedFile, stamped_on: date, by: Membership, on: date, reason: str = ""
) -> FilingSheet:
    """Keep the scan of the stamped paper: from now on it stands behind the 备案证明 of every agreement listed.

    Another one takes the place of the first with a `reason`; both are kept. Raises Refused: E-FILE-… for what is no
    scan, E-STAMP for another paper, an earlier version or missing pages, E-STATE for a sheet called off, E-FIELD for a
    day that cannot be, and for a second scan without its reason; E-STATE also for one that lists what was void that day.
    """
    kept = files.receive(scan, kinds=scanned.KINDS, by=by, purpose="filing-sheet-scan")
    seen = scanned.look(workbooks.bytes_of(kept), wanted=documents.WANTED, between=outbox.still_here)
    read = documents.read_pages(seen)  # a second for each page: before the sheet is held
    sheet = _hold(sheet)
    paper = sheet.papers.select_related("file").get(version=sheet.version)
    former, reason = sheet.stamp, reason.strip()
    twin = FilingSheetStamp.objects.filter(scan__sha256=kept.sha256).select_related("sheet").first()
    off = sheet.status == SheetStatus.CALLED_OFF
    gone = [] if former else _void_by(sheet, stamped_on)
    require(
        plain("E-STATE", f"“{sheet}”已撤销，不能再上传盖章件。", article="四（二）") if off else None,
        plain(
            "E-STATE",
            f"表中的{'、'.join(gone)}已作废，盖章的汇总表不能再列入。请先“重新生成”，打印新的一版盖章。",
            article="四（二）",
        )
        if gone and not off
        else None,
        plain("E-STATE", _stamped_already(former), article="四（二）", field="reason")
        if former and not reason
        else None,
        plain("E-FIELD", f"这个文件就是“{twin.sheet}”第{twin.number}次上传的盖章件。", field="scan") if twin else None,
        plain("E-FIELD", "盖章日期不能晚于今天。", field="stamped_on") if stamped_on > on else None,
        plain("E-FIELD", f"盖章日期不能早于制表日期（{cdate(sheet.made_on)}）。", field="stamped_on")
        if stamped_on < sheet.made_on
        else None,
        rules.is_the_printed_paper(
            PolicyPack.in_force(on=on).entry_or_block("E-STAMP", "四（二）"),
            sheet=str(sheet),
            version=sheet.version,
            pages=paper.file.pages,
            read=read,
        ),
    )
    stamp = FilingSheetStamp.objects.create(
        sheet=sheet, number=(former.number if former else 0) + 1, stamped_on=stamped_on, scan=kept, reason=reason, by=by
    )
    sheet.stamp, sheet.status = stamp, SheetStatus.STAMPED
    sheet.save(update_fields=["stamp", "status"])
    audit.record(
        "filing_sheet.stamp_replaced" if former else "filing_sheet.stamped",
        sheet,
        by=by,
        before={"stamped_on": former.stamped_on, "sha256": former.scan.sha256} if former else None,
        after={"stamped_on": stamped_on, "sha256": kept.sha256},
        reason=reason,
    )
    _spread(sheet, stamp, former, on=on)
    return sheet


def _void_by(sheet: FilingSheet, day: date) -> list[str]:
    """What it lists that was void by then: who stamped it before did not know."""
    void = sheet.lines.filter(agreement__status=AgreementStatus.VOID, agreement__voiding__voided_on__lte=day)
    return [str(line.agreement) for line in void.select_related("agreement").order_by("pk")]


def _stamped_already(former: FilingSheetStamp | None) -> str:
    assert former
    return f"{former.by.person}已上传盖章件（{cdate(former.stamped_on)}盖章）。确需更换的，请写明更换原因。"


def _spread(sheet: FilingSheet, stamp: FilingSheetStamp, former: FilingSheetStamp | None, *, on: date) -> None:
    """Every 备案证明 of the batch names the stamped paper; its institution is told once for all of them."""
    listed = [*sheet.lines.values_list("agreement", flat=True)]
    if former is None or former.stamped_on != stamp.stamped_on:  # what it prints reads otherwise
        outbox.add_all(*((RENEW, {"agreement_id": pk, "stamp_id": stamp.pk}) for pk in sorted(listed)))
    first = Agreement.objects.filter(pk__in=listed[:1])
    told = "更换了盖章件" if former else "已盖章"
    notify.tell(
        [reader for readers in queries.readers_of([*first], on=on).values() for reader in readers.institution],
        occasion=f"sheet-stamped:{stamp.pk}",
        subject=f"{sheet}{told}",
        body=f"“{sheet}”{told}（{cdate(stamp.stamped_on)}），列有贵单位{len(listed)}件备案。盖章件可在协议页面下载，"
        "备案证明已写明汇总表编号。",
        link=sheet.get_absolute_url(),
    )


@transaction.atomic
def renew_certificate(agreement: Agreement, stamp: FilingSheetStamp) -> CertificateEdition | None:
    """The 备案证明 that names the stamped sheet. An effect of stamping; a repeat gives the first.

    None for a filing that is void by now, and where another scan has taken this one's place.
    """
    agreement = hold(agreement)
    if agreement.status not in AgreementStatus.once_filed or stamp.sheet.stamp_id != stamp.pk:
        return None
    certificate = FilingCertificate.objects.filter(agreement=agreement).first()
    if certificate is None and agreement.status == AgreementStatus.FILED:
        certificate = issue_certificate(agreement)
    if certificate is None:
        return None
    if there := certificate.editions.filter(stamp=stamp).first():
        return there
    assert agreement.filed_on
    data = certificate_pdf(agreement, token=certificate.token, issued_on=agreement.filed_on, stamp=stamp)
    file = files.keep(data, name=f"备案证明{agreement}.pdf", kind="pdf", purpose="certificate", by=None)
    edition = CertificateEdition.objects.create(certificate=certificate, stamp=stamp, file=file)
    audit.record("agreement.certificate_renewed", agreement, by=None, after={"sha256": file.sha256})
    return edition


def today_of(sheet: FilingSheet, rows: Sequence[dict[str, str]]) -> list[tuple[dict[str, str], Agreement | None]]:
    """The printed rows, each with its agreement as it stands today."""
    numbered = {
        one.filing_number: one
        for one in Agreement.objects.filter(filing_number__in=[row["number"] for row in rows]).select_related("host")
    }
    return [(row, numbered.get(row["number"])) for row in rows]
