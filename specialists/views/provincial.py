"""The provincial list, entered by hand."""

from datetime import date

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate

from accounts.doors import HatRequest, answer_once, subject
from accounts.matrix import matrix
from core.jinja import cdate
from core.models import PolicyPack
from core.policy import Refused
from core.tables import Column, Keyset, Row, Table, addresses
from core.verbs import sentences
from specialists import queries, services
from specialists.enums import Category
from specialists.forms import EndListingForm, ListingFilter, ListingForm
from specialists.models import ProvincialListEntry


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
    filters = ListingFilter(request.GET, ProvincialListEntry.objects.visible_to(request.membership))
    may_edit = matrix().may(request.membership.role, "provincial.edit")
    columns = [
        Column("name", "姓名", sub=lambda row: row["id_masked"], phone="title"),
        Column("year", "名单年度", cell=lambda row: f"{row['year']}年度", sub=_row_number, nowrap=True),
        Column("valid_to", "有效期", cell=_validity, nowrap=True),
        Column("document_number", "公布文号"),
        Column("categories", "本市登记", cell=_registered, href=_registration),
    ]
    if may_edit:
        end = addresses("specialists:provincial-end")
        columns.append(Column("id", "操作", cell=lambda row: "提前终止", href=end, button=True, phone="line"))
    table = Table(
        columns=columns,
        rows=Keyset(queries.listings(filters.qs), order=("-id",), query=request.GET),
        caption="省级名单",
        query=request.GET,
        empty="还没有录入省级名单。",
    )
    context = {"table": table, "filters_form": filters.form, "form": form, "may_edit": may_edit}
    return render(request, "specialists/provincial.html", context, status=status)


def _row_number(row: Row) -> str:
    return f"序号{row['row']}" if row["row"] else ""


def _validity(row: Row) -> str:
    return f"{cdate(row['valid_from'])}至{cdate(row['valid_to'])}"


def _registered(row: Row) -> str:
    return "、".join(Category(category).label for category in row["categories"])


def _registration(row: Row) -> str:
    return reverse("specialists:detail", args=[row["registration"]]) if row["registration"] else ""
