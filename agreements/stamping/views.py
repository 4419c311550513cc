"""The pages of 备案汇总表: what is to be listed, one sheet with its stamped scans, and the check of a paper in hand."""

from collections.abc import Sequence

from django.contrib import messages
from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST, require_safe

from accounts.acts import carry_out
from accounts.doors import HatRequest, answer_once, can, subject
from accounts.lists.shown import page_of
from agreements.attesting.views import closed, is_closed
from agreements.documents import check_code
from agreements.listed_after_filing import SHEETS
from agreements.models import AgreementQuerySet
from agreements.stamping import services
from agreements.stamping.enums import SheetStatus
from agreements.stamping.forms import CallOffForm, StampForm
from agreements.stamping.models import FilingSheet, FilingSheetPaper
from agreements.views.common import keys_in
from core import files
from core.identifiers import mask_unit
from core.policy import Finding, Refused
from core.public import public
from core.tables import addresses
from core.verbs import sentences
from specialists.enums import DIRECT

MAKE = "filing-sheet.make"


@require_safe
def sheets(request: HatRequest) -> HttpResponse:
    """All sheets, and for whom the bureau has something to list."""
    hat = request.membership
    shown = page_of(request, SHEETS, row_href=addresses("agreements:sheet"), empty="还没有备案汇总表。")
    if isinstance(shown, HttpResponse):
        return shown
    waiting = _waiting(services.unlisted(hat)) if can(hat, MAKE) else []
    return render(request, "agreements/stamping/list.html", {**shown.context, "waiting": waiting})


def _waiting(unlisted: AgreementQuerySet) -> list[tuple[int | None, str, int]]:
    """(institution, its name, how many of its filings stand on no sheet), the most first."""
    counted = unlisted.values("institution", "institution__organization__name").annotate(many=Count("pk"))
    rows = [(row["institution"], row["institution__organization__name"] or DIRECT, row["many"]) for row in counted]
    return sorted(rows, key=lambda row: (-row[2], row[1]))


@answer_once
def new(request: HatRequest) -> HttpResponse:
    """GET `?institution=` (empty for the bureau's own) and `?submission=`: what can be listed · POST 302 to the sheet ·
    422 with what is wrong with the choice."""
    hat = request.membership
    findings: Sequence[Finding] = ()
    chosen = keys_in(request.POST.getlist("agreement"))
    if request.method == "POST":
        try:
            made = services.make_sheet(chosen, by=hat, on=localdate())
        except Refused as refusal:
            findings = refusal.findings
        else:
            messages.success(request, f"已生成“{made}”。请打印、盖章，再上传盖章件。")
            return redirect(made)
    rows = services.unlisted(hat).filter(_asked(request)).order_by("filing_number")
    related = rows.select_related("specialist", "registration", "institution__organization", "host__organization")
    context = {
        "agreements": list(related[: services.MOST]),
        "chosen": chosen if request.method == "POST" else None,
        "findings": findings,
        "most": services.MOST,
    }
    return render(request, "agreements/stamping/new.html", context, status=422 if findings else 200)


def _asked(request: HatRequest) -> Q:
    [institution] = keys_in([request.GET.get("institution", "")]) or [None]
    submission = keys_in([request.GET.get("submission", "")])
    if submission:
        return Q(submission__in=submission)
    return Q(institution=institution)


@require_safe
def sheet(request: HatRequest, pk: int) -> HttpResponse:
    return _page(request)


def _page(
    request: HatRequest,
    *,
    stamping: StampForm | None = None,
    calling_off: CallOffForm | None = None,
    findings: Sequence[Finding] = (),
    status: int = 200,
) -> HttpResponse:
    hat = request.membership
    rows = FilingSheet.objects.visible_to(hat).select_related(
        "institution__organization", "made_by__person", "stamp__scan", "stamp__by__person", "called_off_by__person"
    )
    shown = rows.get(pk=subject(request, FilingSheet).pk)
    paper = shown.papers.select_related("file").get(version=shown.version)
    may_make = can(hat, MAKE)
    context = {
        "sheet": shown,
        "paper": paper,
        "lines": services.today_of(shown, paper.rows),
        "stamps": list(shown.stamps.select_related("scan", "by__person").order_by("-number")),
        "may_stamp": may_make and shown.status != SheetStatus.CALLED_OFF,
        "may_change": may_make and shown.status == SheetStatus.PRINTED,
        "stamping": stamping or StampForm(initial={"stamped_on": localdate()}, replaces=shown.stamp is not None),
        "calling_off": calling_off or CallOffForm(auto_id="call-off-%s"),
        "findings": findings,
        "events": sentences(shown),
    }
    return render(request, "agreements/stamping/detail.html", context, status=status)


@require_safe
def paper(request: HatRequest, pk: int) -> HttpResponseBase:
    """The sheet as it was printed last."""
    shown = subject(request, FilingSheet)
    return files.serve(shown.papers.select_related("file").get(version=shown.version).file)


@require_safe
def scan(request: HatRequest, pk: int, number: int) -> HttpResponseBase:
    """A stamped scan as it was uploaded."""
    stamps = subject(request, FilingSheet).stamps.select_related("scan")
    if (found := stamps.filter(number=min(number, 32767)).first()) is None:
        raise Http404
    return files.serve(found.scan, inline="inline" in request.GET)


@require_POST
@answer_once
def stamp(request: HatRequest, pk: int) -> HttpResponse:
    """302 kept · 422 another paper, an earlier version, missing pages, or a second scan without a reason."""
    held = subject(request, FilingSheet)
    form = StampForm(request.POST, request.FILES, replaces=True)
    done = carry_out(
        request,
        form,
        lambda: services.stamp_sheet(held, by=request.membership, on=localdate(), **form.cleaned_data),
        said=f"“{held}”的盖章件已保存，各件备案证明将写明汇总表编号。",
        to=held,
    )
    return done or _page(request, stamping=form, status=422)


@require_POST
@answer_once
def redraw(request: HatRequest, pk: int) -> HttpResponse:
    held = subject(request, FilingSheet)
    try:
        drawn = services.redraw_sheet(held, by=request.membership, on=localdate())
    except Refused as refusal:
        return _page(request, findings=refusal.findings, status=422)
    messages.success(request, f"已生成“{drawn}”第{drawn.version}版，之前打印的不再有效。")
    return redirect(drawn)


@require_POST
@answer_once
def call_off(request: HatRequest, pk: int) -> HttpResponse:
    held = subject(request, FilingSheet)
    form = CallOffForm(request.POST, auto_id="call-off-%s")
    if form.is_valid():
        try:
            services.call_off_sheet(held, by=request.membership, on=localdate(), **form.cleaned_data)
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            messages.success(request, f"“{held}”已撤销，所列协议可以列入其他汇总表。")
            return redirect(held)
    return _page(request, calling_off=form, status=422)


@require_safe
@public
def check(request: HttpRequest, token: str) -> HttpResponse:
    """What the QR of a sheet leads to, for everybody: which paper it is and whether it is stamped; none of its rows."""
    if is_closed(request):
        return closed(request)
    papers = FilingSheetPaper.objects.select_related("sheet__stamp", "sheet__institution__organization")
    found = papers.filter(token=token).first() if len(token) == 32 and token.isascii() and token.isalnum() else None
    if found is None:
        return render(request, "agreements/attesting/unknown.html", status=404)
    unit = found.sheet.institution
    context = {
        "paper": found,
        "sheet": found.sheet,
        "unit": mask_unit(unit.organization.name) if unit else None,  # as on every public check
        "check_code": check_code(token),
        "on": localdate(),
    }
    return render(request, "agreements/stamping/check.html", context)
