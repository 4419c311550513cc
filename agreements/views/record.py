"""One agreement and its files, what was handed in together, and the specialist's own page."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.timezone import localdate

from accounts.doors import HatRequest, answer_once, can, subject
from accounts.enums import Role
from accounts.models import Membership
from agreements import rules, services, sheets
from agreements.archiving.queries import items_of
from agreements.departing import services as departing
from agreements.documents import submission_pdf, summary_title
from agreements.enums import AgreementStatus, Party
from agreements.models import (
    Agreement,
    AgreementScan,
    Amendment,
    Correction,
    FilingCertificate,
    MoveRequest,
    Reassignment,
    Submission,
)
from agreements.progress import my_agreements, standing, word_and_tone
from agreements.scanning.withdrawing import withdrawn_from
from agreements.signing.forms import RefusalForm
from agreements.signing.standing import chips, stands
from agreements.stamping.services import sheet_of, unlisted
from agreements.views.common import UNRECORDED, facts_of, link_to, pack_of, whole
from core import files, pdf
from core.answers import download
from core.audit import overrides_of
from core.jinja import cdate
from core.models import StoredFile
from core.policy import Finding, Refused
from core.verbs import of_many, sentences, story

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def detail(request: HatRequest, pk: int) -> HttpResponse:
    """Everything about one agreement; `?tab=history` what happened to it."""
    return _detail_page(request, whole(request))


def _detail_page(
    request: HatRequest,
    agreement: Agreement,
    *,
    refused: Sequence[Finding] = (),
    status: int = 200,
) -> HttpResponse:
    hat, on = request.membership, localdate()
    tab = "history" if request.GET.get("tab") == "history" else "record"
    departure = departing.departure_of(agreement)
    early = services.why_not_renewed(agreement, on=on) if agreement.status == AgreementStatus.FILED else None
    context: dict[str, Any] = {
        "agreement": agreement,
        "standing": standing(agreement, reader=hat, on=on, pack=pack_of(agreement, on=on)),
        "tab": tab,
        "acts": _acts(agreement, hat, on=on, early=early),
        # One form for each dialog: no two fields of a page share their id.
        "refusing": {party: RefusalForm(auto_id=f"refusal-{party}-%s") for party in Party.values},
        "departure": departure,
        "waits_for_leaving": departure is not None and departing.to_decide(on=on).filter(pk=agreement.pk).exists(),
        "may_decide_leaving": can(hat, "departure.decide"),
        "refused": refused,
    }
    if tab == "history":
        context["story"] = story(sentences(agreement), request.GET)
        context["withdrawn"] = withdrawn_from(agreement) if can(hat, "agreement.withdrawn-scan") else []
    else:
        context |= {
            "facts": facts_of(agreement),
            "filing": _filing(agreement, early=early),
            "stands": stands(agreement),
            "scans": list(agreement.scans.select_related("file").order_by("-number")),
            "papers": list(agreement.papers.select_related("text").order_by("-version")),
            "may_see_files": can(hat, "agreement.scan"),
            "may_see_submission": can(hat, "submission.view"),
            "certificate": getattr(agreement, "certificate", None),
            "returns": list(Correction.objects.visible_to(hat).filter(agreement=agreement)),
            "sheet": sheet_of(agreement),
            "may_see_sheets": can(hat, "filing-sheet.view"),
            "archived": items_of(agreement) if can(hat, "archive.view") else [],
            "overrides": list(overrides_of(agreement)),
            "amendments": list(Amendment.objects.visible_to(hat).filter(agreement=agreement).order_by("-pk")),
            "moves": list(MoveRequest.objects.visible_to(hat).filter(agreement=agreement).order_by("-pk")),
            "verdicts": services.judge(agreement, on=on) if agreement.status in AgreementStatus.editable else None,
        }
    return render(request, "agreements/detail.html", context, status=status)


def _filing(agreement: Agreement, *, early: Finding | None) -> list[tuple[Any, ...]]:
    """When and by whom it was filed, and what it continues; empty for a first agreement that is not filed."""
    facts: list[tuple[Any, ...]] = []
    if agreement.is_past:
        by = f"由{agreement.filed_by}于{cdate(localdate(agreement.created_at))}导入平台"
        facts.append(("原备案号", agreement.filing_number, by))
        facts.append(("备案文号", agreement.document_number or UNRECORDED))
        facts.append(("备案日期", cdate(agreement.filed_on)))
    elif agreement.filed_by:
        facts.append(("备案号", agreement.filing_number))
        facts.append(("备案", cdate(agreement.filed_on), str(agreement.filed_by)))
        facts.append(("依据", str(agreement.pack)))
    for decisions in (agreement.departures, agreement.graduations):
        for decided in decisions.order_by("pk"):
            words = f"{decided.opinion}　{decided.document_number}".strip()
            facts.append((decided.question, f"{cdate(decided.decided_on)}　{decided}", words))
    for moved in Reassignment.objects.filter(agreement=agreement).select_related(
        "yearly_host", "from_host__organization"
    ):
        words = f"{moved.reason}　{moved.document_number}".strip()
        facts.append(("改派", f"{moved.yearly_host.year}年度自“{moved.from_host}”改派", words))
    if agreement.renews:
        facts.append(("续自", link_to(agreement.renews)))
    if renewal := getattr(agreement, "renewal", None):
        done = renewal.status in AgreementStatus.once_filed
        facts.append(
            ("已续签", link_to(renewal)) if done else ("续签办理中", link_to(renewal), renewal.get_status_display())
        )
    elif early and not agreement.is_to_end:
        facts.append(("续签", early.message))
    if agreement.status == AgreementStatus.VOID:
        voiding = agreement.voiding
        facts.append(("备案号", voiding.filing_number, "已作废，不再使用"))
        facts.append(("备案", cdate(voiding.filed_on), str(voiding.filed_by)))
        facts.append(("作废", cdate(voiding.voided_on), f"{voiding.reason}　{voiding.document_number}".strip()))
        if voiding.renews:
            facts.append(("曾续自", link_to(voiding.renews)))
    if agreement.is_to_end:
        order = agreement.end_orders.select_related("decided_by__person").get(revoked_on=None)
        facts.append(("将终止", f"自{cdate(order.ends_on)}起", f"{order.get_reason_display()}　{order.note}".strip()))
        facts.append(("终止决定", cdate(order.decided_on), str(order.decided_by)))
    elif agreement.terminated_on:
        facts.append(("终止", cdate(agreement.terminated_on), agreement.get_termination_reason_display()))
    return facts


def _acts(agreement: Agreement, hat: Membership, *, on: date, early: Finding | None) -> dict[str, bool]:
    """What this hat may do with it in its state and on that day; the services ask again.

    `early`: what keeps a filed one from being extended.
    """
    status = AgreementStatus(agreement.status)
    editable, filed = status in AgreementStatus.editable, status == AgreementStatus.FILED
    own = hat.stands_for(agreement.institution_id)
    state = pack_of(agreement, on=on).entry("E-STATE")
    runs = filed and rules.is_not_over(state, last_day=agreement.last_day, on=on) is None
    goes_on = runs and not agreement.is_to_end
    kept = services.why_kept(agreement) if editable and own else ""
    return {
        "edit": editable and own and can(hat, "agreement.draft"),
        "ask": editable and own and can(hat, "agreement.ask-to-sign"),
        "print": own and can(hat, "agreement.print") and agreement.host_id is not None and not agreement.is_past,
        "review": status == AgreementStatus.SUBMITTED and can(hat, "agreement.review"),
        "renew": filed and own and can(hat, "agreement.renew") and early is None,
        "terminate": goes_on and can(hat, "agreement.terminate"),
        "revoke_end": runs and agreement.is_to_end and can(hat, "agreement.terminate"),
        "amend": goes_on and own and can(hat, "amendment.ask"),
        "void": filed and not agreement.is_to_end and can(hat, "agreement.void") and not agreement.is_past,
        "move": goes_on and can(hat, "move.ask") and (hat.role == Role.SPECIALIST or own),
        "discard": status == AgreementStatus.DRAFT and own and can(hat, "agreement.discard") and not kept,
        "abandon": editable and own and can(hat, "agreement.abandon") and bool(kept),
    }


@answer_once
def renew(request: HatRequest, pk: int) -> HttpResponse:
    """302 to the new draft, or back with why not (the window, an extension there is already)."""
    agreement = whole(request)
    try:
        extension = services.renew_agreement(agreement, by=request.membership, on=localdate())
    except Refused as refusal:
        messages.error(request, " ".join(map(str, refusal.findings)))
        return redirect(agreement)
    messages.success(request, f"已起草续签协议 {extension}，请核对后签署。")
    return redirect("agreements:edit", extension.pk)


@answer_once
def discard(request: HatRequest, pk: int) -> HttpResponse:
    """302 the draft is gone · 422 it is none any more, or has been printed."""
    agreement = whole(request)
    try:
        services.discard_draft(agreement, by=request.membership)
    except Refused as refusal:
        return _detail_page(request, agreement, refused=refusal.findings, status=422)
    messages.success(request, f"协议草稿 {agreement.draft_code} 已删除。")
    return redirect("agreements:list")


# --- files ------------------------------------------------------------------------------------------------------------


def scan(request: HatRequest, pk: int, number: int) -> HttpResponseBase:
    """The bytes as they were uploaded."""
    return files.serve(_scan_file(subject(request, Agreement), number), inline="inline" in request.GET)


def scan_page(request: HatRequest, pk: int, number: int, page: int) -> HttpResponse:
    """One page of a scan as a picture."""
    return files.serve_page(_scan_file(subject(request, Agreement), number), page)


def _scan_file(agreement: Agreement, number: int) -> StoredFile:
    scanned = AgreementScan.objects.filter(agreement=agreement, number=min(number, 32767)).select_related("file")
    found = scanned.first()
    if found is None:
        raise Http404
    return found.file


def certificate(request: HatRequest, pk: int) -> HttpResponseBase:
    """备案证明, once it has been made; until then back to the agreement with a word."""
    agreement = subject(request, Agreement)
    issued = FilingCertificate.objects.filter(agreement=agreement).select_related("file").first()
    if issued is None or agreement.status == AgreementStatus.VOID:
        messages.info(request, _no_certificate(agreement))
        return redirect(agreement)
    return files.serve(issued.paper)


def _no_certificate(agreement: Agreement) -> str:
    if agreement.is_past:
        return "这份协议是历史导入的，由原备案文件证明，平台不出具备案证明。"
    if agreement.status == AgreementStatus.VOID:
        return "备案已作废，备案证明不再有效。"
    filed = agreement.status in AgreementStatus.once_filed
    return "备案证明正在生成，请稍后再试。" if filed else "协议备案后才有备案证明。"


# --- what was handed in together --------------------------------------------------------------------------------------


# What became of those that were handed in together.
TOLD_TOGETHER = (
    "agreement.submitted",
    "agreement.returned",
    "agreement.step_passed",
    "agreement.filed",
    "agreement.end_ordered",
    "agreement.end_revoked",
    "agreement.terminated",
    "agreement.voided",
)


def submission(request: HatRequest, pk: int) -> HttpResponse:
    submitted = _submission(request)
    agreements = submitted.agreements.select_related("specialist", "registration", "host__organization").order_by("pk")
    agreements = agreements.prefetch_related("signatures", "refusals")
    context = {
        "submission": submitted,
        "agreements": [
            (
                one,
                *word_and_tone(
                    one.status,
                    start=one.service_start,
                    end=one.service_end,
                    on=localdate(),
                    soon=60,
                    terminated_on=one.terminated_on,
                ),
                chips(one),
            )
            for one in agreements
        ],
        "title": summary_title(submitted.submitted_on.year),
        "events": of_many(agreements, verbs_told=TOLD_TOGETHER, since=submitted.submitted_on),
        "may_list": can(request.membership, "filing-sheet.make")
        and unlisted(request.membership).filter(submission=submitted).exists(),
    }
    return render(request, "agreements/submission.html", context)


def submission_paper(request: HatRequest, pk: int) -> HttpResponse:
    submitted = _submission(request)
    try:
        data = submission_pdf(submitted)
    except (Refused, pdf.Unavailable) as refusal:
        messages.error(request, str(refusal))
        return redirect("agreements:submission", pk)
    return download(data, f"{summary_title(submitted.submitted_on.year)}_{submitted}.pdf", "application/pdf")


def submission_sheet(request: HatRequest, pk: int) -> HttpResponse:
    name, data = sheets.summary(_submission(request), by=request.membership)
    return download(data, name, XLSX)


def _submission(request: HatRequest) -> Submission:
    visible = Submission.objects.visible_to(request.membership)
    whole_one = visible.select_related("institution__organization", "submitted_by__person")
    return whole_one.get(pk=subject(request, Submission).pk)


# --- the specialist's own ---------------------------------------------------------------------------------------------


def mine(request: HatRequest) -> HttpResponse:
    """On the phone: one card for each agreement, its first line saying whether there is something to do."""
    assert request.membership.role == Role.SPECIALIST
    standings = my_agreements(request.membership, on=localdate())
    return render(request, "agreements/mine.html", {"standings": standings})
