"""The pages of the archive: its years, arranging and closing one, the items in archive order, and what is drawn of them."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh

from accounts.doors import HatRequest, answer_once, can, subject
from accounts.lists.shown import page_of
from agreements.archiving import assembling, documents, packing, queries, services
from agreements.archiving.enums import Retention
from agreements.archiving.forms import PrepareForm
from agreements.archiving.listed import ITEMS
from agreements.archiving.models import ArchiveItem, ArchivePackage, ArchiveYear
from agreements.archiving.plan import plan_in, plan_of
from core import files, pdf
from core.answers import download, lent
from core.files import XLSX
from core.models import PolicyPack
from core.policy import Finding, Refused
from core.tables import addresses
from core.verbs import sentences

PREPARE, CLOSE = "archive.prepare", "archive.close"
SHOWN = 100  # files that a preview lists
RECENT = 5


@require_safe
def years(request: HatRequest) -> HttpResponse:
    """The years that are archived or being arranged, and those of which something waits.

    `?state=due`: only those to be arranged that are due · `?state=check`: only those that this hat may close.
    """
    hat, on = request.membership, localdate()
    pack = PolicyPack.in_force(on=on)
    plan, rows = plan_in(pack), list(queries.years(hat))
    begun = {row.year for row in rows}
    waiting = [(one, plan.due_on(one.year)) for one in queries.years_waiting(on=on)]
    to_arrange = [(one, due, (due - on).days) for one, due in waiting if one.year not in begun]
    state = request.GET.get("state", "")
    if state == "due":
        asked = {one.year for one in queries.years_due(on=on, pack=pack)}
        rows, to_arrange = [], [row for row in to_arrange if row[0].year in asked]
    elif state == "check":
        rows, to_arrange = list(queries.years(hat).filter(pk__in=queries.to_check(hat))), []
    context = {
        "state": state,
        "archives": rows,
        "later": {one.year: one for one, _ in waiting if one.year in begun},
        "waiting": to_arrange,
        "due": {row.year: plan.due_on(row.year) for row in rows},
        "may_prepare": can(hat, PREPARE),
    }
    return render(request, "agreements/archiving/years.html", context)


@answer_once
def prepare(request: HatRequest) -> HttpResponse:
    """GET `?year=`: what would be archived and what is missing · POST 302 it is arranged · 422 with what is wrong."""
    typed = request.GET.get("year", "")
    # An address that was cut off means the last year.
    year = int(typed) if typed.isascii() and typed.isdecimal() and len(typed) == 4 else localdate().year - 1
    form = PrepareForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.prepare_archive(year, by=request.membership, on=localdate(), **form.cleaned_data)
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            messages.success(request, f"{year}年度已整理，等待另一位同事检查并归档。")
            return redirect(made)
    begun = ArchiveYear.objects.visible_to(request.membership).filter(year=year).first()
    if begun and request.method == "GET":
        if begun.is_closed:
            return redirect(begun)
        form = PrepareForm(initial={"note": begun.note})
    context = {"year": year, "form": form, "is_over": year < localdate().year, **_preview(year)}
    return render(request, "agreements/archiving/prepare.html", context, status=422 if form.errors else 200)


def _preview(year: int) -> dict[str, Any]:
    seen, plan = queries.preview(year), plan_of(on=localdate())
    periods = [plan.retention_of(file.statuses) for file in seen.files]
    return {
        "seen": seen,
        "listed": list(zip(seen.files[:SHOWN], periods[:SHOWN], strict=True)),
        "most": SHOWN if len(seen.files) > SHOWN else None,
        "periods": [(one.label, f"{periods.count(one)} 件") for one in map(Retention, Retention.longest_first)],
    }


@require_safe
def archive(request: HatRequest, pk: int) -> HttpResponse:
    """One year; htmx asks how far its papers are, until they are put together."""
    return _page(request)


def _page(request: HatRequest, *, findings: Sequence[Finding] = (), status: int = 200) -> HttpResponse:
    hat = request.membership
    related = ("prepared_by__person", "closed_by__person")
    shown = ArchiveYear.objects.visible_to(hat).select_related(*related).get(pk=subject(request, ArchiveYear).pk)
    done, items = queries.progress(shown)
    context: dict[str, Any] = {"archive": shown, "done": done, "items": items, "findings": findings}
    if request.htmx:
        busy = done < items
        return render(request, "agreements/archiving/_progress.html", context) if busy else HttpResponseClientRefresh()
    context |= {
        "events": sentences(shown),
        "may_prepare": can(hat, PREPARE),
        "may_close": can(hat, CLOSE) and shown.prepared_by.person_id != hat.person_id,
    }
    context |= _closed(shown, hat, is_busy=done < items) if shown.is_closed else _preview(shown.year)
    return render(request, "agreements/archiving/year.html", context, status=status)


def _closed(shown: ArchiveYear, hat: Any, *, is_busy: bool) -> dict[str, Any]:
    packages = shown.packages.select_related("asked_by__person").order_by("-pk")[:RECENT]
    return {
        "figures": queries.figures(shown),
        "come": None if is_busy else queries.later(shown, by=hat),
        "packages": [(one, packing.package_is_there(one)) for one in packages],
    }


@require_POST
@answer_once
def close(request: HatRequest, pk: int) -> HttpResponse:
    held = subject(request, ArchiveYear)
    try:
        closed = services.close_archive(held, by=request.membership, on=localdate())
    except Refused as refusal:
        return _page(request, findings=refusal.findings, status=422)
    messages.success(request, f"{closed.year}年度已归档，档号已编定；材料正在后台整理。")
    return redirect(closed)


@require_POST
@answer_once
def supplement(request: HatRequest, pk: int) -> HttpResponse:
    held = subject(request, ArchiveYear)
    try:
        made = services.supplement_archive(held, by=request.membership, on=localdate())
    except Refused as refusal:
        return _page(request, findings=refusal.findings, status=422)
    messages.success(request, f"已补充归档{len(made)}件，接在原有件号之后，原件号不变。")
    return redirect(held)


# --- items ------------------------------------------------------------------------------------------------------------


@require_safe
def items(request: HatRequest) -> HttpResponse:
    """All items in archive order, under their filters."""
    shown = page_of(
        request,
        ITEMS,
        row_href=addresses("agreements:archive-item"),
        empty="还没有归档文件。",
        empty_filtered="没有符合条件的归档文件。",
    )
    return (
        shown if isinstance(shown, HttpResponse) else render(request, "agreements/archiving/items.html", shown.context)
    )


@require_safe
def item(request: HatRequest, pk: int) -> HttpResponse:
    """One item: its 归档章, its agreements and papers."""
    related = ("archive__closed_by__person", "supplements")
    rows = ArchiveItem.objects.visible_to(request.membership).with_supplements().select_related(*related)
    shown = rows.get(pk=subject(request, ArchiveItem).pk)
    context = {
        "item": shown,
        "lines": list(shown.lines.select_related("agreement__host__organization").order_by("pk")),
        "papers": list(shown.papers.select_related("file", "agreement")),
        "supplements": list(shown.supplements_of.order_by("number")),
    }
    return render(request, "agreements/archiving/item.html", context)


@require_safe
def paper(request: HatRequest, pk: int, number: int) -> HttpResponseBase:
    """A paper as it was archived."""
    rows = subject(request, ArchiveItem).papers.select_related("file")
    if (found := rows.filter(number=min(number, 32767)).first()) is None:
        raise Http404
    return files.serve(found.file, inline="inline" in request.GET)


# --- what is drawn ----------------------------------------------------------------------------------------------------


@require_safe
def sheet(request: HatRequest, pk: int) -> HttpResponse:
    held = subject(request, ArchiveYear)
    period = asked_period(request.GET.get("retention", ""))
    name, data = documents.directory_sheet(held, by=request.membership, on=localdate(), retention=period)
    return download(data, name, XLSX)


@require_safe
def directory(request: HatRequest, pk: int) -> HttpResponse:
    """归档文件目录 to be printed · 302 back with why there is none."""
    held = subject(request, ArchiveYear)
    period = asked_period(request.GET.get("retention", ""))
    return _printed(request, held, documents.TITLE, lambda: documents.directory_pdf(held, retention=period))


@require_safe
def box_sheets(request: HatRequest, pk: int) -> HttpResponse:
    """备考表, one for each box · 302 back with why there is none."""
    held = subject(request, ArchiveYear)
    return _printed(request, held, "备考表", lambda: documents.box_sheets_pdf(held))


def _printed(request: HatRequest, held: ArchiveYear, title: str, draw: Any) -> HttpResponse:
    try:
        assembling.require_assembled(held)
        data = draw()
    except (Refused, pdf.Unavailable) as refusal:
        messages.error(request, str(refusal))
        return redirect(held)
    return download(data, f"{held.year}年度{title}.pdf", "application/pdf", to_look_at=True)


def asked_period(typed: str) -> str:
    return typed if typed in Retention.values else ""


@require_POST
@answer_once
def package(request: HatRequest, pk: int) -> HttpResponse:
    held = subject(request, ArchiveYear)
    try:
        packing.ask_for_package(held, by=request.membership)
    except Refused as refusal:
        return _page(request, findings=refusal.findings, status=422)
    messages.success(request, "压缩包正在后台制作，完成后在本页下载。")
    return redirect(held)


@require_safe
def package_file(request: HatRequest, pk: int) -> HttpResponseBase:
    """The ZIP · 302 back with a word while it is made, and when its day is over."""
    asked = subject(request, ArchivePackage)
    if not packing.package_is_there(asked):
        messages.info(request, packing.not_there(asked))
        return redirect(asked.archive)
    return lent(asked.path, package_name(asked), "application/zip")


def package_name(asked: ArchivePackage) -> str:
    return f"{asked.archive.year}年度归档文件_{asked.items}件.zip"
