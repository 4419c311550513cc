"""The pages of printing: which contracts, how far they are, the file."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from accounts.doors import HatRequest, answer_once, subject
from agreements.enums import AgreementStatus
from agreements.listed import filters, found_by
from agreements.printing import choosing, services
from agreements.printing.enums import PrintForm
from agreements.printing.forms import PrintSeasonForm
from agreements.printing.merging import MOST
from agreements.printing.models import MergeRun, PrintRun
from agreements.views.common import keys_in
from core.answers import download
from core.policy import Finding, Refused
from core.verbs import sentences

KINDS = {PrintForm.ONE_FILE: "application/pdf", PrintForm.ZIP: "application/zip"}
RECENT = 10


@answer_once
def prints(request: HatRequest) -> HttpResponse:
    """302 to the run · 422 with what is wrong with the choice."""
    hat = request.membership
    form = PrintSeasonForm(request.POST if request.method == "POST" else None)
    chosen = keys_in(request.POST.getlist("agreement"))
    findings: list[Finding] = []
    if form.is_bound and form.is_valid():
        kind = PrintForm(form.cleaned_data["form"])
        try:
            return redirect(services.print_season(sorted(chosen), form=kind, by=hat))
        except Refused as refusal:
            findings = refusal.findings
    found = choosing.candidates(hat, on=localdate(), most=services.MOST)
    context = {
        "form": form,
        "findings": findings,
        "ready": [(one.agreement, one.is_scanned) for one in found if not one.findings],
        "waiting": [(one.agreement, one.findings) for one in found if one.findings],
        "chosen": chosen if form.is_bound else {one.agreement.pk for one in found if one.is_usual},
        "runs": PrintRun.objects.visible_to(hat).select_related("asked_by__person").order_by("-pk")[:RECENT],
    }
    return render(request, "agreements/printing/prints.html", context, status=422 if findings or form.errors else 200)


@require_safe
def run(request: HatRequest, pk: int) -> HttpResponse:
    """How far it is, and what could not be printed; htmx asks for its heart until the file is there."""
    made = subject(request, PrintRun)
    told = made.told
    context = {
        "run": made,
        "is_there": services.file_of(made) is not None,
        "refused": [line for line in told if line["message"]],
        "pages": sum(line["pages"] for line in told),
        "events": sentences(made),
    }
    part = "agreements/printing/_run.html" if request.htmx else "agreements/printing/run.html"
    return render(request, part, context)


@require_safe
def file(request: HatRequest, pk: int) -> HttpResponse:
    """The file · 302 back with a word when its day is over."""
    made = subject(request, PrintRun)
    data = services.file_of(made)
    if data is None:
        messages.info(request, services.SWEPT)
        return redirect("agreements:prints")
    kind = PrintForm(made.form)
    return download(data, f"三方协议书_{made}_{made.papers}份.{kind.value}", KINDS[kind])


# --- the papers of records, for a meeting -----------------------------------------------------------------------------


@answer_once
def merges(request: HatRequest) -> HttpResponse:
    """GET what the list shows under the same filters, to be ticked · POST 302 to the run · 422 with what is wrong."""
    hat = request.membership
    findings: list[Finding] = []
    chosen = keys_in(request.POST.getlist("agreement"))
    rows = found_by(filters(request.GET, hat), hat, localdate()).exclude(status__in=AgreementStatus.at_home)
    listed = list(rows.select_related("specialist", "registration", "host__organization").order_by("-pk")[: MOST + 1])
    if request.method == "POST":
        try:
            return redirect(services.merge_papers(sorted(chosen), by=hat))
        except Refused as refusal:
            findings = refusal.findings
    context = {
        "agreements": listed[:MOST],
        "most": MOST if len(listed) > MOST else None,
        "chosen": chosen if request.method == "POST" else None,
        "findings": findings,
        "runs": MergeRun.objects.visible_to(hat).select_related("asked_by__person").order_by("-pk")[:RECENT],
    }
    return render(request, "agreements/printing/merges.html", context, status=422 if findings else 200)


@require_safe
def merge(request: HatRequest, pk: int) -> HttpResponse:
    """How far it is, and what could not be merged; htmx asks for its heart until the file is there."""
    made = subject(request, MergeRun)
    told = made.told
    context = {
        "run": made,
        "is_there": services.file_of(made) is not None,
        "lacking": [line for line in told if line["message"]],
        "merged": sum(1 for line in told if line["pages"]),
        "pages": sum(line["pages"] for line in told),
        "events": sentences(PrintRun.objects.get(pk=made.pk)),
    }
    part = "agreements/printing/_merge.html" if request.htmx else "agreements/printing/merge.html"
    return render(request, part, context)


@require_safe
def merge_file(request: HatRequest, pk: int) -> HttpResponse:
    """The file · 302 back with a word when its day is over."""
    made = subject(request, MergeRun)
    data = services.file_of(made)
    if data is None:
        messages.info(request, services.SWEPT)
        return redirect("agreements:merges")
    return download(data, f"协议材料_{made}_{made.papers}件.pdf", KINDS[PrintForm.ONE_FILE])
