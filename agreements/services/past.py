"""Agreements that were filed before the platform (历史导入): taken over as filed, given back, and their old scans.

They keep the number they had. The series of new numbers knows nothing of them and stays without gaps, and no old number
is taken that it could come to. The rules have reported before; here only what cannot be stored is refused.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import ProtectedError

from accounts.models import HostUnit, Institution, Membership
from agreements.enums import AgreementStatus, TerminationReason
from agreements.models import Agreement, AgreementScan, YearlyHost
from agreements.services.filing import TAKE_YEARS
from agreements.services.holding import hold
from agreements.services.judging import is_bound
from core import audit, outbox
from core.models import PolicyPack, StoredFile
from core.policy import Finding, Refused, plain
from specialists.models import Registration, Team


@dataclass(frozen=True)
class PastFiling:
    """What the paper says; empty where it says nothing."""

    number: str
    filed_on: date
    service_start: date
    service_end: date
    document_number: str = ""
    service_content: str = ""
    visits_per_year: int | None = None
    goals: list[dict[str, Any]] = field(default_factory=list)
    terminated_on: date | None = None
    termination_words: str = ""  # why it was ended, as the file has it


def number_is_free(number: str, *, pack: PolicyPack, on: date, taken_by: str | None = None) -> Finding | None:
    """An old number stands once, and is none that the platform may still give."""
    if taken_by is not None:
        return plain(
            "E-PAST-NO", f"原备案号“{number}”已在平台（{taken_by}），一个备案号只对应一份协议。", field="number"
        )
    pattern = re.escape(pack.setting("agreements.filing_number"))
    pattern = re.sub(r"\\{year[^}]*\\}", r"(?P<year>\\d{4})", pattern)
    pattern = re.sub(r"\\{sequence[^}]*\\}", r"\\d+", pattern)
    own = re.fullmatch(pattern, number, re.IGNORECASE)
    if own and int(own["year"]) >= on.year:
        return plain(
            "E-PAST-NO",
            f"“{number}”是平台{own['year']}年的备案号形式，会与平台今后的备案号相同。请在原号后加注，如“{number}（旧）”。",
            field="number",
        )
    return None


TERMINATIONS = (
    (("不合格",), TerminationReason.UNQUALIFIED),
    (("毕业",), TerminationReason.GRADUATED),
    (("省级", "省派"), TerminationReason.PROVINCIAL),
    (("协商", "双方同意", "三方同意"), TerminationReason.AGREED),
)


def termination_of(words: str) -> TerminationReason:
    """The reason that the words of an old list mean; what they say besides stands in the history."""
    found = (reason for signs, reason in TERMINATIONS if any(sign in words for sign in signs))
    return next(found, TerminationReason.PAST)


def hold_hosts(hosts: Collection[int]) -> None:
    """Hold them before any person, as every act that a limit of a host concerns does."""
    list(HostUnit.objects.filter(pk__in=hosts).order_by("pk").select_for_update(no_key=True, of=("self",)))


@transaction.atomic
def take_over(
    registration: Registration,
    filing: PastFiling,
    *,
    institution: Institution,
    host: HostUnit,
    team: Team | None,
    by: Membership,
    on: date,
) -> Agreement:
    """Enter an agreement as filed, under its old number, and let it take its specialist's years (R19).

    A year that stands with another host already stays there: what was filed first has it, the check of the year names
    both. Raises Refused for a number that is taken or not to be given (E-PAST-NO), and where two parties are one unit.
    """
    pack = registration.pack or PolicyPack.in_force(on=on)
    twin = Agreement.objects.filter(filing_number=filing.number).first()
    found = [
        number_is_free(filing.number, pack=PolicyPack.in_force(on=on), on=on, taken_by=_called(twin) if twin else None),
        plain("E-SAME-PARTY", "派出单位与派驻单位不能为同一单位。", field="host")
        if institution.pk == host.pk
        else None,
    ]
    if any(found):
        raise Refused([finding for finding in found if finding])
    agreement = Agreement(
        registration=registration,
        specialist_id=registration.specialist_id,
        team=team,
        institution=institution,
        host=host,
        service_start=filing.service_start,
        service_end=filing.service_end,
        service_content=filing.service_content,
        visits_per_year=filing.visits_per_year,
        goals=filing.goals,
        status=AgreementStatus.FILED,
        pack=pack,
        filing_number=filing.number,
        filed_on=filing.filed_on,
        filed_by=by,
        is_past=True,
        document_number=filing.document_number,
        created_by=by,
    )
    if filing.terminated_on:
        agreement.status, agreement.terminated_on = AgreementStatus.TERMINATED, filing.terminated_on
        agreement.termination_reason = termination_of(filing.termination_words)
    agreement.save(force_insert=True)
    if is_bound(agreement, pack):
        _take_free_years(agreement)
    after = {
        "filing_number": filing.number,
        "filed_on": filing.filed_on,
        "document_number": filing.document_number,
        "status": agreement.status,
    }
    audit.record("agreement.taken_over", agreement, by=by, after=after, reason=filing.termination_words)
    return agreement


def _called(agreement: Agreement) -> str:
    return "历史导入" if agreement.is_past else "平台备案"


def _take_free_years(agreement: Agreement) -> None:
    held = {row.year: row for row in YearlyHost.objects.filter(specialist=agreement.specialist_id)}
    for year in agreement.years:
        if year in held and held[year].host_id == agreement.host_id:
            held[year].agreements.add(agreement)
    if new := [year for year in agreement.years if year not in held]:
        TAKE_YEARS.rows(specialist=agreement.specialist_id, host=agreement.host_id, agreement=agreement.pk, years=new)


@transaction.atomic
def promise_a_check(agreements: Collection[int], *, on: date) -> None:
    """Have the current year counted anew, if any of them was filed in it."""
    if Agreement.objects.filter(pk__in=agreements, filed_on__year=on.year).exists():
        outbox.add("agreements.tasks.check_quotas_of_year", year=on.year)


# --- given back -------------------------------------------------------------------------------------------------------


@transaction.atomic
def give_back(agreements: Iterable[Agreement], *, by: Membership) -> None:
    """Take past agreements out again, as if they had never been taken over; their numbers are free.

    Raises Refused (E-STATE) with each on which something later stands: a visit, a claim, an extension, a scan.
    """
    rows = [agreement for agreement in agreements if agreement.is_past]
    pks = [row.pk for row in rows]
    for row in rows:
        audit.record("agreement.given_back", row, by=by, before={"filing_number": row.filing_number})
    years = [*YearlyHost.objects.filter(agreements__in=pks).distinct().values_list("pk", flat=True)]
    try:
        with transaction.atomic():
            Agreement.objects.filter(pk__in=pks).delete()
    except ProtectedError as hanging:
        kept = {
            getattr(one, "agreement_id", None) or getattr(one, "renews_id", None) for one in hanging.protected_objects
        }
        words = "、".join(str(row) for row in rows if row.pk in kept)
        raise Refused([plain("E-STATE", f"协议{words}已有后续办理，不能撤回。")]) from hanging
    YearlyHost.objects.filter(pk__in=years, agreements=None, reassignments=None).delete()


# --- scans ------------------------------------------------------------------------------------------------------------


@transaction.atomic
def attach_past_scan(agreement: Agreement, *, file: StoredFile, by: Membership) -> AgreementScan:
    """Put the scan of the old paper to a past agreement. Raises Refused for another one (E-STATE), or a second scan."""
    agreement = hold(agreement)
    if not agreement.is_past:
        raise Refused([plain("E-STATE", f"协议{agreement}不是历史导入的协议，扫描件由派出单位在签署时上传。")])
    if agreement.scans.exists():
        raise Refused([plain("E-STATE", f"协议{agreement}已有扫描件。")])
    scan = AgreementScan.objects.create(agreement=agreement, number=1, paper_version=agreement.version, file=file)
    after = {"number": scan.number, "sha256": file.sha256}
    audit.record("agreement.scan_attached", agreement, by=by, after=after)
    return scan
