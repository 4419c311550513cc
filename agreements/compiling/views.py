"""汇总表 of the drafts ticked on the page of handing in, before they are handed in; nothing is written."""

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST

from accounts.doors import HatRequest
from agreements import documents, sheets
from agreements.compiling.queries import compiled
from agreements.views.common import keys_in
from core import pdf
from core.answers import download
from core.files import XLSX
from core.policy import Refused


@require_POST
def paper(request: HatRequest) -> HttpResponse:
    """The list to be stamped by the institution · 302 back with why there is none."""
    hat, on = request.membership, localdate()
    try:
        rows = compiled(keys_in(request.POST.getlist("agreement")), by=hat)
        data = documents.compiled_pdf(rows, by=hat, on=on, note=request.POST.get("note", "").strip()[:200])
    except (Refused, pdf.Unavailable) as refusal:
        messages.error(request, str(refusal))
        return redirect("agreements:batch")
    return download(data, f"{documents.summary_title(on.year)}_报送前.pdf", "application/pdf")


@require_POST
def sheet(request: HatRequest) -> HttpResponse:
    hat = request.membership
    try:
        rows = compiled(keys_in(request.POST.getlist("agreement")), by=hat)
    except Refused as refusal:
        messages.error(request, str(refusal))
        return redirect("agreements:batch")
    name, data = sheets.compiled(rows, by=hat, on=localdate())
    return download(data, name, XLSX)
