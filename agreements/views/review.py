"""The bureau's desk: the scan beside the facts and findings, one case after the other."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate

from accounts.doors import HatRequest, answer_once, can, version_sent
from accounts.models import Membership
from agreements import services
from agreements.enums import AgreementStatus
from agreements.forms import Reasons, ReturnForm
from agreements.models import Agreement
from agreements.progress import REVIEW_DAYS, review_days_left, review_due
from agreements.signing.standing import stands
from agreements.views.common import facts_of, pack_of, whole
from core.policy import Finding, Level, Refused, Side, Verdict
from core.stale import Stale

SHOWN_PAGES = 30  # of a scan; whoever wants more opens the original


@dataclass(frozen=True)
class Place:
    """Where a case stands in the queue: the oldest comes first."""

    number: int
    count: int
    previous: int | None
    following: int | None


def _queue(agreement: Agreement, hat: Membership) -> Place:
    waiting = Agreement.objects.visible_to(hat).filter(status=AgreementStatus.SUBMITTED)
    keys = list(waiting.order_by("submitted_on", "pk").values_list("pk", flat=True)[:10_000])
    if agreement.pk not in keys:
        return Place(0, len(keys), None, keys[0] if keys else None)
    at = keys.index(agreement.pk)
    return Place(at + 1, len(keys), keys[at - 1] if at else None, keys[at + 1] if at + 1 < len(keys) else None)


def review(request: HatRequest, pk: int) -> HttpResponse:
    agreement = whole(request)
    if agreement.status != AgreementStatus.SUBMITTED:
        return redirect(agreement)
    return _desk(request, agreement)


@answer_once
def file(request: HatRequest, pk: int) -> HttpResponse:
    """302 to the next case · 409 mended since it was opened · 422 what is in the way, every reason kept."""
    agreement, hat = whole(request), request.membership
    following = _queue(agreement, hat).following
    written = Reasons(request.POST)
    reasons, documents = written.reasons, written.documents
    if written.findings:
        return _desk(request, agreement, reasons=reasons, documents=documents, findings=written.findings, status=422)
    try:
        filed = services.file_agreement(
            agreement,
            by=hat,
            on=localdate(),
            reasons=reasons,
            documents=documents,
            reassign=reasons.get("E-ONE-HOST"),
            version=version_sent(request),
            corrections=_corrections_seen(request),
        )
    except Stale as stale:
        return _desk(request, whole(request), reasons=reasons, documents=documents, stale=stale, status=409)
    except Refused as refusal:
        if agreement.status != AgreementStatus.SUBMITTED:
            messages.error(request, " ".join(map(str, refusal.findings)))
            return redirect(agreement)
        return _desk(request, agreement, reasons=reasons, documents=documents, findings=refusal.findings, status=422)
    messages.success(request, f"{agreement.specialist}的协议已备案，备案号 {filed.filing_number}。")
    return _on_to(following)


@answer_once
def send_back(request: HatRequest, pk: int) -> HttpResponse:
    """302 to the next case · 409 mended since it was opened · 422 without a word of what is to be mended."""
    agreement, hat = whole(request), request.membership
    following = _queue(agreement, hat).following
    form = ReturnForm(request.POST)
    if not form.is_valid():
        return _desk(request, agreement, returning=form, status=422)
    try:
        services.return_agreement(
            agreement,
            by=hat,
            on=localdate(),
            opinion=form.cleaned_data["more"],
            remarks=form.remarks,
            version=version_sent(request) if "version" in request.POST else None,
            corrections=_corrections_seen(request),
        )
    except Stale as stale:
        return _desk(request, whole(request), returning=form, stale=stale, status=409)
    except Refused as refusal:
        messages.error(request, " ".join(map(str, refusal.findings)))
        return redirect(agreement)
    messages.success(request, f"{agreement.specialist}的协议 {agreement} 已退回补正，已通知派出单位。")
    return _on_to(following)


def _corrections_seen(request: HatRequest) -> int | None:
    """How often the case had been sent back when the page was opened; None for a form that does not say."""
    sent = request.POST.get("corrections", "")
    return int(sent) if sent.isascii() and sent.isdecimal() and len(sent) < 5 else None


def _on_to(following: int | None) -> HttpResponse:
    if following is None:
        return redirect("agreements:list")
    return redirect("agreements:review", following)


def _desk(
    request: HatRequest,
    agreement: Agreement,
    *,
    reasons: Mapping[str, str] | None = None,
    documents: Mapping[str, str] | None = None,
    findings: Iterable[Finding] = (),
    returning: ReturnForm | None = None,
    stale: Stale | None = None,
    status: int = 200,
) -> HttpResponse:
    hat, on = request.membership, localdate()
    verdicts = services.judge(agreement, on=on)
    last = agreement.corrections.select_related("returned_by__person", "returned_by__organization").last()
    scan = agreement.scans.select_related("file").order_by("-number").first()
    submitted_on, days = agreement.submitted_on, pack_of(agreement, on=on).setting(REVIEW_DAYS)
    context: dict[str, Any] = {
        "agreement": agreement,
        "queue": _queue(agreement, hat),
        "due": review_due(submitted_on, days) if submitted_on else None,
        "days_left": review_days_left(submitted_on, days, on=on) if submitted_on else None,
        "scan": scan,
        "pages": _pages(agreement, scan) if scan and can(hat, "agreement.scan") else [],
        "verdicts": verdicts,
        "exceptions": _exceptions(verdicts, agreement),
        "explained": _explained(verdicts, agreement),
        "passed": [one for one in verdicts if one.tone in ("ok", "wait")],
        "decision": _decision(verdicts, agreement),
        "facts": facts_of(agreement),
        "stands": stands(agreement),
        "beside": _beside(agreement, hat),
        "reasons": reasons or {},
        "documents": documents or {},
        "findings": list(findings),
        "returning": returning or ReturnForm(),
        "stale": stale,
        "correction": last,
        "mended": services.mended(agreement, since=last),
    }
    return render(request, "agreements/review.html", context, status=status)


def _pages(agreement: Agreement, scan: Any) -> list[dict[str, str]]:
    return [
        {
            "src": reverse("agreements:scan-page", args=[agreement.pk, scan.number, page]),
            "alt": f"签章扫描件第 {page} 页影像",
        }
        for page in range(1, min(scan.file.pages, SHOWN_PAGES) + 1)
    ]


def _exceptions(verdicts: Iterable[Verdict], agreement: Agreement) -> list[Finding]:
    """What the bureau decides on; what the institution has explained stands apart."""
    found = [one.finding for one in verdicts if one.finding]
    return [one for one in found if not _is_explained(one, agreement)]


def _is_explained(finding: Finding, agreement: Agreement) -> bool:
    return (
        finding.level == Level.WARN
        and finding.reason_by == Side.INSTITUTION
        and finding.code in agreement.institution_reasons
    )


def _explained(verdicts: Iterable[Verdict], agreement: Agreement) -> list[tuple[str, str]]:
    """What the institution wrote: for a warn it may explain, and for a 改派 it asks for."""
    titles = {one.entry.code: one.entry.title for one in verdicts}
    return [(titles.get(code, code), reason) for code, reason in agreement.institution_reasons.items()]


@dataclass(frozen=True)
class Decision:
    """The words of the green button, and whether it can lead anywhere."""

    words: str
    blocked: bool
    reassigning: Finding | None


def _decision(verdicts: Iterable[Verdict], agreement: Agreement) -> Decision:
    open_ones = _exceptions(verdicts, agreement)
    blocks = [one for one in open_ones if one.level == Level.BLOCK]
    reassigning = next((one for one in blocks if one.facts.get("reassignable")), None)
    blocked = any(one is not reassigning for one in blocks)
    if reassigning:
        return Decision("填写理由并改派", blocked, reassigning)
    asked = any(one.level == Level.WARN for one in open_ones)
    return Decision("填写理由并通过" if asked else "通过备案", blocked, None)


def _beside(agreement: Agreement, hat: Membership) -> list[Agreement]:
    """The other agreements of the same person, newest first."""
    others = Agreement.objects.visible_to(hat).filter(specialist=agreement.specialist_id).exclude(pk=agreement.pk)
    return list(others.exclude(status=AgreementStatus.DRAFT).select_related("host__organization").order_by("-pk")[:10])
