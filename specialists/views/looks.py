"""号码查看记录: who looked behind a mask, how often and why."""

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from accounts.doors import HatRequest
from core.jinja import cdatetime
from core.tables import Column, Keyset, Table
from specialists import looking

COUNTED = timedelta(days=30)


@require_safe
def looks(request: HatRequest) -> HttpResponse:
    rows = looking.looks_of(request.membership)
    words = request.GET.get("q", "").replace("\0", "").strip()[:30]
    shown = looking.with_whose(rows)
    if words:
        shown = shown.filter(hat__contains=words)
    page = Keyset(shown.values("id", "at", "hat", "whose", "number", "reason"), order=("-id",), query=request.GET)
    table = Table(
        columns=[
            Column("hat", "查看人", phone="title"),
            Column("whose", "被查看人", sub=lambda row: row["number"]),
            Column("reason", "理由"),
            Column("at", "时间", cell=lambda row: cdatetime(row["at"]), nowrap=True),
        ],
        rows=page,
        caption="号码查看记录",
        query=request.GET,
        empty="还没有人查看过完整号码。",
    )
    context = {"table": table, "words": words, "counted": looking.counted(rows, since=now() - COUNTED)}
    return render(request, "specialists/looks.html", context)
