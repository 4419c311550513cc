"""The pages of scans: a drop goes in, each file finds its agreement, and what finds none waits for a hand."""

from typing import Any

from django.contrib import messages
from django.db.models import Count
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import HatRequest, answer_once, subject
from agreements.models import Agreement
from agreements.scanning import services, withdrawing
from agreements.scanning.enums import Outcome
from agreements.scanning.forms import DropForm, OutcomeForm, PartForm
from agreements.scanning.models import ScanBatch, ScanPiece
from agreements.scanning.tray import lacking, tray_of
from agreements.views.common import keys_in
from core import files
from core.jinja import cdatetime
from core.policy import Finding, Refused
from core.tables import Column, Keyset, Row, Table, addresses
from core.verbs import sentences

LACKING_SHOWN = 10
ASIDE = "aside"


@answer_once
def batches(request: HatRequest) -> HttpResponse:
    """302 to the batch · 422 with what is wrong with it."""
    form = DropForm(request.POST, request.FILES) if request.method == "POST" else DropForm()
    part = PartForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and part.is_valid():
        hat, scans, more = request.membership, form.cleaned_data["scans"], part.cleaned_data["more"] or 0
        try:
            if begun := part.cleaned_data["batch"]:
                batch = get_object_or_404(ScanBatch.objects.visible_to(hat), pk=begun)
                return redirect(services.add_to_batch(batch, scans, by=hat, more=more))
            return redirect(services.open_batch(scans, by=hat, more=more))
        except Refused as refusal:
            for finding in refusal.findings:
                form.add_error("scans", finding.message)
    to = addresses("agreements:scan-batch")
    rows = ScanBatch.objects.visible_to(request.membership)
    table = Table(
        columns=[
            Column("file__name", "扫描件", href=to, sub=lambda row: f"S-{row['id']}", phone="title"),
            Column("files", "文件（个）", align="end"),
            Column("done", "已识别（个）", align="end"),
            Column(
                "uploaded_at",
                "上传",
                cell=lambda row: str(cdatetime(row["uploaded_at"])),
                sub=lambda row: row["uploaded_by__person__name"],
                phone="line",
            ),
        ],
        rows=Keyset(
            rows.values("id", "file__name", "files", "done", "uploaded_at", "uploaded_by__person__name"),
            order=("-id",),
            query=request.GET,
        ),
        caption="上传的扫描件",
        query=request.GET,
        row_href=to,
        empty="还没有上传签署后的扫描件。",
    )
    context = {"form": form, "part": part, "table": table, **_lacking(request)}
    return render(
        request, "agreements/scanning/batches.html", context, status=422 if form.errors or part.errors else 200
    )


@require_safe
def batch(request: HatRequest, pk: int) -> HttpResponse:
    """Every file with what became of it; while they are being read, htmx asks for the page's heart again."""
    return _page(request, subject(request, ScanBatch))


@require_POST
@answer_once
def decide(request: HatRequest, pk: int) -> HttpResponse:
    """302 · 422 with what could not be given so; what was chosen is kept."""
    made = subject(request, ScanBatch)
    chosen = {
        pk: request.POST[f"piece-{pk}"]
        for pk in keys_in([name.removeprefix("piece-") for name in request.POST if name.startswith("piece-")])
        if request.POST.get(f"piece-{pk}")
    }
    # What is neither an agreement nor 不附 can only be no agreement of theirs.
    choices = {pk: None if value == ASIDE else next(iter(keys_in([value])), 0) for pk, value in sorted(chosen.items())}
    if not choices:
        messages.info(request, "还没有选择协议，扫描件没有变化。")
        return redirect(made)
    try:
        decided = services.decide(made, choices, by=request.membership)
    except Refused as refusal:
        return _page(request, made, chosen=chosen, findings=refusal.findings)
    attached = {piece.agreement_id for piece in decided if piece.outcome == Outcome.ATTACHED}
    aside = sum(piece.outcome == Outcome.SET_ASIDE for piece in decided)
    said = [f"已附上 {len(attached)} 份协议的扫描件" if attached else "", f"{aside} 项不附" if aside else ""]
    messages.success(request, f"{'，'.join(filter(None, said))}。")
    return redirect(made)


@require_safe
def page(request: HatRequest, pk: int, page: int) -> HttpResponse:
    """One page of the file a piece is of, as a picture."""
    stored = subject(request, ScanPiece).file.file
    if stored is None:
        raise Http404
    return files.serve_page(stored, page)


def _page(
    request: HatRequest, made: ScanBatch, *, chosen: dict[int, str] | None = None, findings: list[Finding] | None = None
) -> HttpResponse:
    form = OutcomeForm(request.GET)
    asked = form.cleaned_data["outcome"] if form.is_valid() else ""
    counted = dict(made.pieces.order_by().values_list("outcome").annotate(n=Count("pk")))
    context: dict[str, Any] = {
        "batch": made,
        "is_busy": made.is_busy,
        "tray": tray_of(made, by=request.membership),
        "aside": ASIDE,
        "chosen": chosen or {},
        "findings": findings or [],
        "refused": {finding.facts.get("piece"): finding for finding in findings or []},
        "table": _results(request, made, asked),
        "cards": [
            {"label": one.label, "count": counted[one], "url": f"?outcome={one}", "current": asked == one}
            for one in Outcome
            if counted.get(one)
        ],
        "events": sentences(made),
        **_lacking(request),
    }
    part = "agreements/scanning/_batch.html" if request.htmx else "agreements/scanning/batch.html"
    return render(request, part, context, status=422 if findings else 200)


def _lacking(request: HatRequest) -> dict[str, Any]:
    wanting = lacking(request.membership)
    return {"lacking": wanting[:LACKING_SHOWN], "lacking_count": len(wanting)}


def _results(request: HatRequest, made: ScanBatch, asked: str) -> Table:
    pieces = made.pieces.filter(outcome=asked) if asked else made.pieces.all()
    names = ("id", "file__name", "file__file__pages", "pages", "outcome", "message", "notes", "agreement_id")
    people = ("agreement__filing_number", "agreement__specialist__name")
    return Table(
        columns=[
            Column("file__name", "文件名", sub=_pages, phone="title"),
            Column(
                "outcome",
                "结果",
                cell=lambda row: Outcome(row["outcome"]).label,
                tone=lambda row: Outcome.tones[row["outcome"]],
                phone="aside",
            ),
            Column(
                "agreement_id",
                "协议",
                cell=lambda row: (
                    (row["agreement__filing_number"] or f"D-{row['agreement_id']}") if row["agreement_id"] else ""
                ),
                href=lambda row: f"/agreements/{row['agreement_id']}/" if row["agreement_id"] else "",
                sub=lambda row: row["agreement__specialist__name"] or "",
                nowrap=True,
                phone="line",
            ),
            Column("message", "说明", cell=lambda row: row["message"] + "".join(row["notes"]), phone="line"),
        ],
        rows=Keyset(pieces.values(*names, *people), order=("id",), query=request.GET),
        caption="文件和结果",
        query=request.GET,
        empty="没有这样的文件。",
    )


def _pages(row: Row) -> str:
    """Which of its pages, where that is not all of them."""
    part = ScanPiece(pages=row["pages"])
    return f"第{part.pages_in_words}页" if row["pages"] and len(row["pages"]) != row["file__file__pages"] else ""


@require_POST
def withdrawn(request: HatRequest, pk: int, number: int) -> HttpResponseBase:
    """The bytes of a scan that was taken away; a POST, because each look at them is kept."""
    scan = withdrawing.withdrawn_scan(subject(request, Agreement), number)
    return files.serve(withdrawing.look_at(scan, by=request.membership))
