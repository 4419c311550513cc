"""One entry of the ledger: the way back to the filing (R43), and its reversal, asked for and decided beside it."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from accounts.doors import HatRequest, can, subject
from accounts.models import Membership
from core.forms import Form
from core.jinja import cdate, cdatetime, money
from core.policy import Finding
from core.verbs import sentences
from funding import documents, ledger
from funding.enums import EntryKind, ReversalStatus
from funding.forms import ReversalDecisionForm, ReverseForm
from funding.models import Claim, LedgerEntry, ReversalRequest
from funding.queries import payee_of


@require_safe
def entry(request: HatRequest, pk: int) -> HttpResponse:
    return entry_page(request, subject(request, LedgerEntry))


def entry_page(
    request: HatRequest,
    entry: LedgerEntry,
    *,
    form: ReverseForm | None = None,
    deciding: ReversalDecisionForm | None = None,
    findings: list[Finding] | None = None,
) -> HttpResponse:
    entry = LedgerEntry.objects.select_related(
        *documents.WHOLE, "posted_by__person", "posted_by__organization", "reverses__batch", "claim__rate_card"
    ).get(pk=entry.pk)
    hat, reversing = request.membership, LedgerEntry.objects.filter(reverses=entry).first()
    # A reversing entry shows by whose words it came about: its request stands beside the line that it reverses.
    asked = _requests(entry.reverses or entry)
    waiting = next((one for one in asked if one.status == ReversalStatus.OPEN), None)
    sent: Form | None = deciding or form
    context = {
        "entry": entry,
        "facts": _entry_facts(entry),
        "trail": _trail(entry),
        "reversing": reversing,
        "waiting": waiting,
        "form": form or ReverseForm(),
        "decision_form": deciding or ReversalDecisionForm(),
        "sent": sent,
        "findings": findings or [],
        "reverse_url": "" if reversing or waiting else _reverse_url(entry, hat),
        "may_decide": waiting is not None and ReversalRequest.objects.awaiting(hat).filter(pk=waiting.pk).exists(),
        "may_withdraw": waiting is not None and waiting.asker_id == hat.person_id and can(hat, "reversal.withdraw"),
        "by_one_alone": entry.kind == EntryKind.REVERSAL and not asked,
        "balance_after": entry.account.balance_fen - entry.amount_fen,
        "events": sorted((one for asked_once in asked for one in sentences(asked_once)), key=_moment, reverse=True),
        "whole": not ledger.verify(entry.account),
        "check_code": documents.check_code(entry.digest),
        "tone": EntryKind.tones[entry.kind],
    }
    refused = bool(findings) or (sent is not None and bool(sent.errors))
    return render(request, "funding/entry.html", context, status=422 if refused else 200)


def _requests(entry: LedgerEntry) -> list[ReversalRequest]:
    """Everything that was ever asked for about this line, the last one first."""
    rows = ReversalRequest.objects.filter(entry=entry).select_related("asker", "decider", "asked_by__organization")
    return list(rows.order_by("-pk"))


def _moment(event: dict[str, Any]) -> Any:
    return event["at"]


def _entry_facts(entry: LedgerEntry) -> list[tuple[Any, ...]]:
    gives = EntryKind.ALLOCATION in (entry.kind, entry.reverses.kind if entry.reverses else None)
    return [
        ("派出单位", str(entry.account.institution), f"{entry.account.year}年度"),
        ("收入" if gives else "支出", f"{money(entry.amount_fen if gives else -entry.amount_fen)}元"),
        ("记账后余额", f"{money(entry.balance_fen)}元"),
        ("用途", entry.purpose),
        *([("收款账户", str(payee_of(claim).goes_to))] if (claim := of_a_person(entry)) else []),
        ("摘要", entry.memo),
        ("记账日期", cdate(entry.posted_on), f"登记于{cdatetime(entry.posted_at)}"),
        ("记账人", str(entry.posted_by.person), str(entry.posted_by.organization)),
    ]


def of_a_person(entry: LedgerEntry) -> Claim | None:
    """What the entry paid, or took back."""
    return entry.claim or (entry.reverses.claim if entry.reverses else None)


def _trail(entry: LedgerEntry) -> list[dict[str, Any]]:
    """From the money back to the filing: payment, visit, the host's confirmation, agreement, filing (R43)."""
    claim = of_a_person(entry)
    if claim is None:
        return []
    batch, visit = claim.batch, claim.attendance.visit
    agreement = visit.agreement
    at_visit, at_agreement = (
        reverse("visits:detail", args=[visit.pk]),
        reverse("agreements:detail", args=[agreement.pk]),
    )
    assert batch
    return [
        {
            "title": f"发放批次 {batch}",
            "url": reverse("funding:batch", args=[batch.pk]),
            "detail": f"{batch.maker}经办，{batch.approver}复核，{cdate(batch.approved_on)}发放",
        },
        {
            "title": f"补助标准 {money(claim.rate_card.amount_fen)}元/人次",
            "url": reverse("funding:rates"),
            "detail": f"{cdate(claim.rate_card.effective_from)}起执行",
        },
        {
            "title": f"服务记录 {claim.specialist.name}",
            "url": at_visit,
            "detail": f"{cdate(visit.date)}　{agreement.host}　{'、'.join(visit.activities)}",
        },
        {
            "title": "派驻单位确认",
            "url": at_visit,
            "detail": f"{visit.confirmed_name}，{cdatetime(visit.confirmed_at)}",
        },
        {
            "title": f"三方协议 {agreement}",
            "url": at_agreement,
            "detail": f"{cdate(agreement.service_start)}至{cdate(agreement.service_end)}",
        },
        {
            "title": f"备案 {agreement.filing_number}",
            "url": at_agreement,
            "detail": f"{cdate(agreement.filed_on)}　{agreement.filed_by.person if agreement.filed_by else ''}",
        },
    ]


def _reverse_url(entry: LedgerEntry, hat: Membership) -> str:
    """Where this hat asks for the reversal of the entry; empty when it may not."""
    if entry.kind == EntryKind.SUBSIDY and can(hat, "payment.reverse"):
        return reverse("funding:entry-reverse", args=[entry.pk])
    if entry.kind == EntryKind.ALLOCATION and can(hat, "allocation.make"):
        return reverse("funding:allocation-reverse", args=[entry.allocation_id])
    return ""
