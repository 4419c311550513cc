"""The list of registrations, and the year counted."""

from typing import Any

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from accounts.doors import HatRequest
from accounts.enums import Role
from accounts.lists.bar import bar_of
from accounts.matrix import matrix
from core.jinja import cdate
from core.tables import Column, Keyset, Row, Table, addresses
from specialists import queries
from specialists.enums import Category, Form, Origin, PersonnelType, RegistrationStatus, SpecialistStatus
from specialists.listed import REGISTRATIONS, status_of


@require_safe
def registrations(request: HatRequest) -> HttpResponse:
    hat = request.membership
    form = REGISTRATIONS.form(request.GET, hat)
    bar = bar_of(request, REGISTRATIONS, form)
    if isinstance(bar, HttpResponse):
        return bar
    mine = request.GET.get("mine") == "1" and hat.role in Role.bureau
    rows = REGISTRATIONS.found(hat, request.GET, localdate())
    page = Keyset(rows, order=REGISTRATIONS.order, sorts=REGISTRATIONS.sorts, query=request.GET)
    to = addresses("specialists:review" if mine else "specialists:detail")
    table = Table(
        columns=[
            Column("name", "姓名", href=to, sub=lambda row: row["id_masked"], sort="name", phone="title"),
            Column("category", "类别", cell=_kind, sub=lambda row: f"{row['year']}年度", nowrap=True),
            Column("unit", "派出单位", cell=lambda row: row["unit"] or "市科技局直接聘请"),
            Column("field", "专业领域", sub=lambda row: row["title_name"], sub_label="职称"),
            Column("submitted_on", "提交日期", cell=_submitted, sort="submitted", nowrap=True),
            Column("status", "状态", cell=status_of, tone=_tone, phone="aside"),
        ],
        rows=page,
        caption="特派员登记列表",
        query=request.GET,
        row_href=to,
        empty="没有待您办理的登记。" if mine else "还没有登记。",
        empty_action=_new_registration(hat.role),
        everything=bar.everything,
    )
    context = {
        "table": table,
        "bar": bar,
        "filters_form": form,
        "chips": _chips(bar.everything, mine, appointed=request.GET.get("origin") == Origin.DIRECT_APPOINTMENT)
        if hat.role in ("bureau_officer", "division_head")
        else [],
        "may_register": matrix().may(hat.role, "registration.edit"),
        "appoints": hat.role in Role.bureau,
        "may_count": matrix().may(hat.role, "selection.view"),
    }
    return render(request, "specialists/list.html", context)


@require_safe
def selection(request: HatRequest) -> HttpResponse:
    """Who was selected in a year, counted; as a page, or as the part that the list loads into its head."""
    today = localdate()
    year = queries.year_in(request.GET.get("year", ""), otherwise=today.year)
    counted = queries.selection(queries.pack_of(year, on=today), year=year, on=today)
    years = [
        {"label": f"{one}年度", "url": f"?year={one}", "current": one == year}
        for one in range(today.year, today.year - 4, -1)
    ]
    template = "specialists/_selection.html" if request.htmx else "specialists/selection.html"
    return render(request, template, {"counted": counted, "years": years})


def _kind(row: Row) -> str:
    marks = ["团队成员"] if row["form"] == Form.TEAM else []
    marks += ["在校研究生"] if row["personnel_type"] == PersonnelType.GRADUATE else []
    return Category(row["category"]).label + (f"（{'、'.join(marks)}）" if marks else "")


def _submitted(row: Row) -> str:
    return cdate(row["submitted_on"])


def _tone(row: Row) -> str:
    return "bad" if row["specialist_status"] == SpecialistStatus.REVOKED else RegistrationStatus.tones[row["status"]]


def _chips(everything: str, mine: bool, *, appointed: bool) -> list[dict[str, Any]]:
    """R28: whom the bureau appoints itself are its own to register, to assess and to look after: a list of their own."""
    return [
        {"label": "全部", "url": everything, "current": not (mine or appointed)},
        {"label": "待我办理", "url": "?mine=1", "current": mine},
        {"label": "直接聘请", "url": f"?origin={Origin.DIRECT_APPOINTMENT}", "current": appointed and not mine},
    ]


def _new_registration(role: str) -> dict[str, str] | None:
    if not matrix().may(role, "registration.edit"):
        return None
    label = "直接聘请特派员" if role in Role.bureau else "登记第一位特派员"
    return {"url": reverse("specialists:new"), "label": label}
