"""号码查看记录: who looked behind a mask, how often and why."""

from datetime import timedelta

from django.http import HttpResponse
from django.shortcuts import render
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from accounts.doors import HatRequest
from accounts.lists.shown import page_of
from specialists import looking
from specialists.changes.listed import LOOKS

COUNTED = timedelta(days=30)


@require_safe
def looks(request: HatRequest) -> HttpResponse:
    shown = page_of(request, LOOKS, empty="还没有人查看过完整号码。")
    if isinstance(shown, HttpResponse):
        return shown
    counted = looking.counted(looking.looks_of(request.membership), since=now() - COUNTED)
    context = {**shown.context, "counted": counted}
    return render(request, "specialists/looks.html", context)
