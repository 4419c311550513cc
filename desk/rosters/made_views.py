"""What a roster made, record by record: the page behind the counts of a batch."""

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from accounts.doors import HatRequest, subject
from core.tables import Column, Keyset, Table, addresses
from desk.rosters import services
from desk.rosters.making import MADE, named
from desk.rosters.models import RosterBatch


@require_safe
def made(request: HatRequest, pk: int, what: str) -> HttpResponse:
    """The records of one kind that came of a batch; 404 for a kind that no roster makes."""
    batch, on = subject(request, RosterBatch), localdate()
    if what not in MADE:
        raise Http404
    kind, counted = MADE[what], services.made_by(batch)
    to = addresses(kind.page) if kind.page else None
    status = kind.status
    table = Table(
        columns=[
            Column("title", kind.label, cell=named, href=to, phone="title"),
            Column("detail", "内容", cell=kind.detail, phone="line"),
            *(
                [
                    Column(
                        "state",
                        "状态",
                        cell=lambda row: status(row, on)[0],
                        tone=lambda row: status(row, on)[1],
                        phone="aside",
                    )
                ]
                if status
                else []
            ),
        ],
        rows=Keyset(kind.rows(batch, request.membership), order=("id",), query=request.GET),
        caption=f"由这份名单建立的{kind.label}",
        query=request.GET,
        row_href=to,
        empty=f"没有由这份名单建立的{kind.label}，或已经删除。",
    )
    tabs = [
        {
            "label": one.label,
            "url": reverse("desk:roster-made", args=[batch.pk, name]),
            "current": name == what,
            "count": counted[name],
        }
        for name, one in MADE.items()
        if counted[name] or name == what
    ]
    return render(request, "desk/rosters/made.html", {"batch": batch, "table": table, "tabs": tabs, "kind": kind})
