"""The pages of the scans: a folder goes in, and what became of each of its files."""

from typing import Any

from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from accounts.doors import HatRequest, answer_once, subject
from agreements.models import Agreement
from core.jinja import cdatetime
from core.policy import Refused
from core.tables import Column, Keyset, Row, Table, addresses
from core.verbs import sentences
from desk.enums import ScanOutcome
from desk.scans import services
from desk.scans.forms import FolderForm, OutcomeForm
from desk.scans.models import ScanFolder


@answer_once
def folders(request: HatRequest) -> HttpResponse:
    """302 to the folder · 422 with what is wrong with it."""
    form = FolderForm(request.POST, request.FILES) if request.method == "POST" else FolderForm()
    if request.method == "POST" and form.is_valid():
        try:
            made = services.open_folder(form.cleaned_data["scans"], by=request.membership)
        except Refused as refusal:
            for finding in refusal.findings:
                form.add_error("scans", finding.message)
        else:
            return redirect(made)
    to = addresses("desk:past-scan")
    rows = ScanFolder.objects.visible_to(request.membership)
    table = Table(
        columns=[
            Column("file__name", "扫描件", href=to, sub=lambda row: f"S-{row['id']}", phone="title"),
            Column("files", "文件（个）", align="end"),
            Column("done", "已处理（个）", align="end"),
            Column(
                "uploaded_at", "上传", cell=_uploaded, sub=lambda row: row["uploaded_by__person__name"], phone="line"
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
        empty="还没有上传历史协议的扫描件。",
    )
    context = {"form": form, "table": table, "lacking": lacking()}
    return render(request, "desk/scans/folders.html", context, status=422 if form.errors else 200)


def lacking() -> int:
    return Agreement.objects.past().filter(scans=None).count()


def _uploaded(row: Row) -> str:
    return str(cdatetime(row["uploaded_at"]))


@require_safe
def folder(request: HatRequest, pk: int) -> HttpResponse:
    """Every file with what became of it; while they are being attached, htmx asks for the page's heart again."""
    made = subject(request, ScanFolder)
    form = OutcomeForm(request.GET)
    asked = form.cleaned_data["outcome"] if form.is_valid() else ""
    lines = made.lines.filter(outcome=asked) if asked else made.lines.all()
    table = Table(
        columns=[
            Column("name", "文件名", phone="title"),
            Column(
                "outcome",
                "结果",
                cell=lambda row: ScanOutcome(row["outcome"]).label,
                tone=lambda row: ScanOutcome.tones[row["outcome"]],
                phone="aside",
            ),
            Column(
                "agreement__filing_number",
                "协议",
                href=lambda row: f"/agreements/{row['agreement']}/" if row["agreement"] else "",
                phone="line",
            ),
            Column("message", "说明", phone="line"),
        ],
        rows=Keyset(
            lines.values("id", "name", "outcome", "message", "agreement", "agreement__filing_number"),
            order=("id",),
            query=request.GET,
        ),
        caption="文件和处理结果",
        query=request.GET,
        empty="没有这样的文件。",
    )
    counted = dict.fromkeys(ScanOutcome.values, 0) | _counts(made)
    context: dict[str, Any] = {
        "folder": made,
        "table": table,
        "cards": [
            {"label": one.label, "count": counted[one], "url": f"?outcome={one}", "current": asked == one}
            for one in ScanOutcome
            if counted[one]
        ],
        "events": sentences(made),
    }
    part = "desk/scans/_folder.html" if request.htmx else "desk/scans/folder.html"
    return render(request, part, context)


def _counts(made: ScanFolder) -> dict[str, int]:
    return dict(made.lines.order_by().values_list("outcome").annotate(n=Count("pk")))
