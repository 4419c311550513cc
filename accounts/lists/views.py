"""The pages of saved views and of exports."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import MAY_NOT, HatRequest, answer_once, subject
from accounts.lists import exporting, services
from accounts.lists.bar import query_in
from accounts.lists.forms import ExportForm, NewViewForm, ViewForm
from accounts.lists.kinds import Listed, kinds, said, title_of
from accounts.lists.models import ListExport, SavedView, StartView
from accounts.models import Membership
from core import audit
from core.answers import lent
from core.files import XLSX
from core.jinja import cdate, cdatetime
from core.policy import Refused
from core.tables import Column, Keyset, Table, addresses

GONE = "导出文件只保留{days}天，现已清除。请重新导出。"


def listed_in(request: HatRequest) -> tuple[Listed, QueryDict] | None:
    """The list that the page is about, and its query string; None without one that this hat may open."""
    sent = request.POST if request.method == "POST" else request.GET
    listed = kinds().get(sent.get("list", ""))
    return (listed, query_in(sent.get("query", ""))) if listed and listed.open_to(request.membership) else None


@require_safe
def views(request: HatRequest) -> HttpResponse:
    """One's own views and those shared with one, by list."""
    hat = request.membership
    starts = {(place, view) for place, view in StartView.objects.visible_to(hat).values_list("place", "view")}
    mine = set(SavedView.objects.manageable_by(hat).values_list("pk", flat=True))
    rows = SavedView.objects.visible_to(hat).select_related("owner__person").order_by("list", "owner_id", "place")
    found: dict[str, list[dict[str, object]]] = {}
    for view in sorted(rows, key=lambda one: one.owner_id != hat.pk):
        listed = kinds().get(view.list)
        if listed is None or not listed.open_to(hat):
            continue
        found.setdefault(listed.title, []).append(
            {
                "view": view,
                "url": f"{listed.address}?{view.query or 'view=all'}",
                "said": "；".join(f"{label}：{value}" for label, value in view.words.values()) or "全部记录",
                "may_change": view.pk in mine,
                "is_own": view.owner_id == hat.pk,
                "starts_list": (view.list, view.pk) in starts,
                "starts_home": (services.HOME, view.pk) in starts,
            }
        )
    return render(request, "accounts/lists/views.html", {"lists": found})


@answer_once
def new_view(request: HatRequest) -> HttpResponse:
    """302 to the list under its new view · 422 with what is in the way."""
    hat = request.membership
    asked = listed_in(request)
    if asked is None:
        return redirect("accounts:views")
    listed, query = asked
    form = NewViewForm(request.POST if request.method == "POST" else None, readers=services.readers_of(listed, by=hat))
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        try:
            with transaction.atomic():
                view = services.save_view(listed, query, name=given["name"], shared_with=given["shared_with"], by=hat)
                for place, wanted in ((listed.key, given["starts_list"]), (services.HOME, given["starts_home"])):
                    if wanted:
                        services.start_with(view, place=place, by=hat)
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            messages.success(request, f"已保存视图“{view.name}”。")
            return redirect(f"{listed.address}?{view.query or 'view=all'}")
    context = {
        "form": form,
        "listed": listed,
        "query": said(query),
        "conditions": listed.conditions(query, hat, asked_for=True),
    }
    return render(request, "accounts/lists/view.html", context, status=422 if form.errors else 200)


@answer_once
def change_view(request: HatRequest, pk: int) -> HttpResponse:
    """302 to one's views · 403 another's · 422 with what is in the way."""
    hat = request.membership
    view = _managed(request)
    listed = _listed(view)
    form = ViewForm(
        request.POST if request.method == "POST" else None,
        initial={"name": view.name, "shared_with": view.shared_with},
        readers=services.readers_of(listed, by=hat),
    )
    if form.is_bound and form.is_valid():
        try:
            services.change_view(view, by=hat, **form.cleaned_data)
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            messages.success(request, f"已修改视图“{view.name}”。")
            return redirect("accounts:views")
    said_of = {label: value for label, value in view.words.values()}
    context = {"form": form, "listed": listed, "view": view, "query": view.query, "conditions": said_of}
    return render(request, "accounts/lists/view.html", context, status=422 if form.errors else 200)


@require_POST
@answer_once
def delete_view(request: HatRequest, pk: int) -> HttpResponse:
    view = _managed(request)
    services.delete_view(view, by=request.membership)
    messages.success(request, f"已删除视图“{view.name}”。")
    return redirect("accounts:views")


@require_POST
@answer_once
def move_view(request: HatRequest, pk: int) -> HttpResponse:
    services.move_up(_managed(request))
    return redirect("accounts:views")


@require_POST
@answer_once
def copy_view(request: HatRequest, pk: int) -> HttpResponse:
    view = services.copy_view(subject(request, SavedView), by=request.membership)
    messages.success(request, f"已复制为自己的视图“{view.name}”。")
    return redirect("accounts:views")


@require_POST
@answer_once
def start_with(request: HatRequest, pk: int) -> HttpResponse:
    """Begin the list (`place` is "list") or the day with it; a second time takes it back."""
    view = subject(request, SavedView)
    place = services.HOME if request.POST.get("place") == "home" else view.list
    services.start_with(view, place=place, by=request.membership)
    return redirect("accounts:views")


def _managed(request: HatRequest) -> SavedView:
    view = subject(request, SavedView)
    if not manages(request.membership, view):
        raise PermissionDenied(MAY_NOT)
    return view


def manages(hat: Membership, view: SavedView) -> bool:
    return SavedView.objects.manageable_by(hat).filter(pk=view.pk).exists()


def _listed(view: SavedView) -> Listed:
    if view.list not in kinds():
        raise Http404
    return kinds()[view.list]


# --- exports ----------------------------------------------------------------------------------------------------------


@require_safe
def exports(request: HatRequest) -> HttpResponse:
    rows = ListExport.objects.visible_to(request.membership)
    values = rows.values("id", "list", "rows", "asked_at", "made_at", "expires_on", "path")
    to = addresses("accounts:export")
    table = Table(
        columns=[
            Column("list", "列表", cell=lambda row: title_of(row["list"]), href=to),
            Column("rows", "行数", align="end", phone="line"),
            Column("asked_at", "导出时间", cell=lambda row: cdatetime(row["asked_at"]), nowrap=True),
            Column("made_at", "状态", cell=lambda row: _state(row)[0], tone=lambda row: _state(row)[1], phone="aside"),
            Column("expires_on", "保留至", cell=lambda row: cdate(row["expires_on"]), nowrap=True),
        ],
        rows=Keyset(values, query=request.GET),
        caption="导出记录",
        query=request.GET,
        row_href=to,
        empty="还没有导出过。在列表上方点“导出”，导出的就是筛选出来的记录。",
    )
    return render(request, "accounts/lists/exports.html", {"table": table})


def _state(row: dict[str, Any]) -> tuple[str, str]:
    export = ListExport(made_at=row["made_at"], path=row["path"], expires_on=row["expires_on"])
    if export.is_busy:
        return "正在生成", "wait"
    return ("可下载", "ok") if export.is_there else ("已清除", "ended")


@answer_once
def new_export(request: HatRequest) -> HttpResponse:
    """302 to the file, or to how far it is · 422 with what is in the way."""
    hat = request.membership
    asked = listed_in(request)
    if asked is None:
        return redirect("accounts:exports")
    listed, query = asked
    view = SavedView.objects.visible_to(hat).filter(list=listed.key, query=said(query)).order_by("place").first()
    fields = listed.fields(hat, query)
    form = ExportForm(
        request.POST if request.method == "POST" else None,
        choices=[(one.key, one.title) for one in fields],
        initial={"columns": (view and view.fields) or [one.key for one in fields if one.usual]},
        remembers=view is not None and view.owner_id == hat.pk,
    )
    if form.is_bound and form.is_valid():
        chosen = form.cleaned_data["columns"]
        try:
            export = exporting.export_list(listed, query, fields=chosen, by=hat, on=localdate())
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            if view and form.cleaned_data.get("remember"):
                services.keep_fields(view, chosen)
            return redirect(export) if export.is_busy else redirect("accounts:export-file", export.pk)
    context = {
        "form": form,
        "listed": listed,
        "query": said(query),
        "conditions": listed.conditions(query, hat),
        "count": len(listed.keys(hat, query, on=localdate(), most=exporting.MOST + 1)),
        "most": exporting.MOST,
        "at_once": exporting.AT_ONCE,
        "days": exporting.DAYS,
    }
    return render(request, "accounts/lists/export_new.html", context, status=422 if form.errors else 200)


@require_safe
def export(request: HatRequest, pk: int) -> HttpResponse:
    """How far it is; htmx asks for its heart until the file is there."""
    made = subject(request, ListExport)
    context = {"export": made, "title": title_of(made.list), "name": exporting.file_name(made)}
    part = "accounts/lists/_export.html" if request.htmx else "accounts/lists/export.html"
    return render(request, part, context)


@require_safe
def export_file(request: HatRequest, pk: int) -> HttpResponseBase:
    """The file, told in the log · 302 back with a word when its days are over."""
    made = subject(request, ListExport)
    if not made.is_there:
        messages.info(request, GONE.format(days=exporting.DAYS))
        return redirect("accounts:exports")
    with transaction.atomic():
        audit.record("export.downloaded", made, by=request.membership)
    return lent(made.path, exporting.file_name(made), XLSX)
