"""The page of all overrides, and the report printed from it."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from accounts.doors import HatRequest, can
from accounts.lists.bar import bar_of
from core import pdf
from core.answers import download
from core.jinja import cdatetime
from core.policy import Refused
from core.tables import Column, Keyset, Row, Table, address
from desk.listed import OVERRIDES
from desk.overrides import documents, queries, subjects


@require_safe
def overrides(request: HatRequest) -> HttpResponse:
    hat, query = request.membership, request.GET
    form = queries.OverrideListForm(query, hat)
    bar = bar_of(request, OVERRIDES, form)
    if isinstance(bar, HttpResponse):
        return bar
    rows = queries.found_by(form, hat)
    counts = queries.counted(queries.found_by(form, hat, but="code"))
    chosen = form.cleaned_data.get("code", "")
    page = Keyset(queries.told(rows), order=OVERRIDES.order, query=query)
    page.total = sum(count for code, _, count in counts if chosen in ("", code))  # counted with the rules
    to = subjects.opens(lambda action: can(hat, action))
    table = Table(
        columns=[
            Column("record", "事项", href=to, sub=_whose, phone="title"),
            Column("code", "规则", cell=_rule, sub=_article, phone="line"),
            Column("message", "校验结果和理由", cell=lambda row: row["message"], sub=_reason, phone="line"),
            Column("hat", "作出人", cell=lambda row: row["by__name"], sub=_when, phone="line"),
        ],
        rows=page,
        caption="例外情况",
        query=query,
        row_href=to,
        empty="还没有例外情况。规则提示“须说明理由”而仍予办理的，会列在这里。",
        everything=bar.everything,
    )
    context = {"table": table, "bar": bar, "form": form, "chips": _chips(query, counts, chosen)}
    return render(request, "desk/overrides/list.html", context)


def _whose(row: Row) -> str:
    kind = subjects.SUBJECTS[row["target_type"]].label
    return f"{kind}　{row['unit']}" if row["unit"] else kind


def _rule(row: Row) -> str:
    return queries.title_of(row["code"])


def _article(row: Row) -> str:
    return f"工作方案{row['article']}" if row["article"] else ""


def _reason(row: Row) -> str:
    number = f"（{row['document_number']}）" if row["document_number"] else ""
    return f"理由：{row['reason']}{number}"


def _when(row: Row) -> str:
    return str(cdatetime(row["at"]))


def _chips(query: QueryDict, counts: list[tuple[str, str, int]], chosen: str) -> list[dict[str, Any]]:
    """How many of each rule, under the other filters as they are."""
    everything = sum(count for _, _, count in counts)
    return [
        {
            "label": title,
            "count": count,
            "url": address(query, code=code or None, after=None, before=None),
            "current": code == chosen,
        }
        for code, title, count in [("", "全部规则", everything), *counts]
    ]


@require_safe
def paper(request: HatRequest) -> HttpResponse:
    """The report as PDF · 302 back with a word when there is nothing to print."""
    try:
        data = documents.report(request.membership, request.GET)
    except (Refused, pdf.Unavailable) as refusal:
        messages.error(request, str(refusal))
        return redirect(f"{OVERRIDES.address}?{request.GET.urlencode() or 'view=all'}")
    return download(data, f"例外情况报告_{localdate():%Y%m%d}.pdf", "application/pdf")
