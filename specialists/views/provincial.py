"""The provincial list, entered by hand."""

from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate

from accounts.doors import HatRequest, answer_once, subject
from accounts.lists.shown import page_of
from accounts.matrix import matrix
from core.jinja import cdate
from core.models import PolicyPack
from core.policy import Refused
from core.tables import Column, addresses
from core.verbs import sentences
from specialists import services
from specialists.forms import EndListingForm, ListingForm
from specialists.models import ProvincialListEntry
from specialists.selection.listed import PROVINCIAL


@answer_once
def provincial(request: HatRequest) -> HttpResponse:
    """The list with the form for one more row: 302 entered · 422 with the sentences, nothing typed lost."""
    today = localdate()
    pack = PolicyPack.in_force(on=today)
    this_year = {"year": today.year, "valid_from": date(today.year, 1, 1), "valid_to": date(today.year, 12, 31)}
    form = ListingForm(request.POST or None, pack=pack, on=today, initial=this_year)
    if request.method == "POST" and form.is_valid():
        try:
            entry = services.add_provincial_entry(by=request.membership, on=today, **form.cleaned_data)
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            messages.success(request, f"已录入{entry.year}年度省级名单：{entry.name}。")
            for registration in services.affected_by(entry):
                messages.warning(request, f"涉省级名单：{registration}已在我市登记，请研究处理。")
            return redirect("specialists:provincial")
    status = 422 if form.errors else 200
    return _provincial(request, form, status=status)


@answer_once
def end_listing(request: HatRequest, pk: int) -> HttpResponse:
    entry = subject(request, ProvincialListEntry)
    form = EndListingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.end_provincial_entry(entry, by=request.membership, **form.cleaned_data)
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            messages.success(request, f"{entry.name}的省级名单有效期已改为{cdate(form.cleaned_data['valid_to'])}止。")
            return redirect("specialists:provincial")
    context = {"entry": entry, "form": form, "events": sentences(entry)}
    return render(request, "specialists/provincial_end.html", context, status=422 if form.errors else 200)


def _provincial(request: HatRequest, form: ListingForm, *, status: int) -> HttpResponse:
    may_edit = matrix().may(request.membership.role, "provincial.edit")
    end = addresses("specialists:provincial-end")
    acts = [Column("id", "操作", cell=lambda row: "提前终止", href=end, button=True, phone="line")]
    shown = page_of(request, PROVINCIAL, more=acts if may_edit else (), empty="还没有录入省级名单。")
    if isinstance(shown, HttpResponse):
        return shown
    context = {**shown.context, "form": form, "may_edit": may_edit}
    return render(request, "specialists/provincial.html", context, status=status)
