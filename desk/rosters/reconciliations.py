"""The pages of the reconciliation: what a file says of each institution beside the register, and the paper to sign."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from accounts.doors import HatRequest, subject
from accounts.enums import Role
from core import pdf
from core.answers import download
from core.jinja import cdate, cdatetime
from core.policy import Refused
from core.tables import Column, Keyset, Row, Table, addresses
from desk.enums import Kind, RosterStatus
from desk.rosters import queries, reconciling
from desk.rosters.models import Reconciliation, RosterBatch
from desk.rosters.reconciling import Entry, Sheet, words_of

COUNTED = {"in_file": "表中", "taken": "已接收", "differing": "有差异", "left": "未接收"}

FILTERS: dict[str, Callable[[Entry], bool]] = {
    "in_file": lambda entry: True,
    "taken": lambda entry: entry.is_taken,
    "differing": lambda entry: bool(entry.differences),
    "left": lambda entry: not entry.is_taken,
}


@require_safe
def listing(request: HatRequest) -> HttpResponse:
    """Every sheet that this hat may see: of each file, institution by institution."""
    to = addresses("desk:reconciliation")
    own = request.membership.role in Role.institution
    columns = [
        Column("unit", "派出单位", href=to, phone="title"),
        Column("file_name", "历史协议表", sub=lambda row: f"L-{row['batch_id']}", phone="line"),
        Column("applied_at", "导入时间", cell=_applied, nowrap=True, phone="line"),
    ]
    if own:
        columns = [Column("file_name", "历史协议表", href=to, phone="title"), columns[2]]
    table = Table(
        columns=columns,
        rows=Keyset(queries.reconciliation_rows(request.membership), order=("-id",), query=request.GET),
        caption="历史协议核对表",
        query=request.GET,
        row_href=to,
        empty="还没有核对表。市科技局导入历史协议后，按派出单位生成。",
    )
    return render(request, "desk/rosters/reconciliations.html", {"table": table})


def _applied(row: Row) -> str:
    return str(cdatetime(row["applied_at"]))


@require_safe
def detail(request: HatRequest, pk: int) -> HttpResponse:
    """One institution's sheet: what is in the file, what was taken, what differs, and what is only in the register."""
    made = _whole(request)
    sheet = reconciling.sheet_of(made)
    asked = request.GET.get("result", "in_file")
    wanted = FILTERS.get(asked, FILTERS["in_file"])
    context = {
        "reconciliation": made,
        "sheet": sheet,
        "cards": _cards(sheet, asked),
        "entries": [(entry, words_of(entry)) for entry in sheet.entries if wanted(entry)],
    }
    return render(request, "desk/rosters/reconciliation.html", context)


def _whole(request: HatRequest) -> Reconciliation:
    rows = Reconciliation.objects.visible_to(request.membership)
    return rows.select_related("batch__file", "institution__organization").get(pk=subject(request, Reconciliation).pk)


def _cards(sheet: Sheet, asked: str) -> list[dict[str, Any]]:
    return [
        {
            "label": label,
            "count": sheet.counts[key],
            "url": f"?result={key}",
            "current": key == asked,
            "hot": key in ("differing", "left") and sheet.counts[key] > 0,
        }
        for key, label in COUNTED.items()
    ]


@require_safe
def paper(request: HatRequest, pk: int) -> HttpResponse:
    made = _whole(request)
    return _printed(request, made.batch, [(made, reconciling.sheet_of(made))], back=made.get_absolute_url())


# --- of a whole file --------------------------------------------------------------------------------------------------


@require_safe
def of_batch(request: HatRequest, pk: int) -> HttpResponse:
    """All institutions of one file, with their counts; and what names none."""
    made = _batch(request)
    sheets = reconciling.overview(made)
    total = {key: sum(sheet.counts[key] for _, sheet in sheets) for key in COUNTED}
    context = {
        "batch": made,
        "sheets": sheets,
        "head": COUNTED,
        "total": total,
        "strangers": [(entry, words_of(entry)) for entry in reconciling.strangers(made)],
    }
    return render(request, "desk/rosters/reconciling.html", context)


@require_safe
def papers(request: HatRequest, pk: int) -> HttpResponse:
    """All sheets of a file in one print, each institution's on pages of its own."""
    made = _batch(request)
    sheets = [(one, reconciling.sheet_of(one)) for one, _ in reconciling.overview(made)]
    return _printed(request, made, sheets, back=f"/rosters/{made.pk}/reconciliation/")


def _batch(request: HatRequest) -> RosterBatch:
    made = subject(request, RosterBatch)
    if made.kind != Kind.PAST or made.status != RosterStatus.APPLIED:
        raise Http404
    return made


def _printed(
    request: HatRequest, batch: RosterBatch, sheets: list[tuple[Reconciliation, Sheet]], *, back: str
) -> HttpResponse:
    context = {
        "batch": batch,
        "on": localdate(),
        "sheets": [(one, sheet, [(entry, words_of(entry)) for entry in sheet.entries]) for one, sheet in sheets],
        "counted": COUNTED,
        "applied_on": cdate(localdate(batch.applied_at)) if batch.applied_at else "",
    }
    try:
        data = pdf.render("papers/reconciliation.html", context)
    except (Refused, pdf.Unavailable) as refusal:
        messages.error(request, str(refusal))
        return redirect(back)
    unit = f"_{sheets[0][0].institution}" if len(sheets) == 1 else ""
    return download(data, f"历史协议核对表{unit}_{batch}.pdf", "application/pdf")
