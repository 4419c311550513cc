"""Pages that belong to no app."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import now
from django.views.decorators.http import require_safe

from core.gallery import context
from core.models import Message, SentMail
from core.tables import Keyset


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Every component on one page; only in a demonstration, its people are invented."""
    if not settings.DEMO:
        raise Http404
    return render(request, "components_gallery.html", context())


def messages_of_mine(request: HttpRequest) -> HttpResponse:
    """What was told to the person signed in, whichever hat they wear, newest first; reading is a POST.

    `message` marks one as read and goes on to what it is about; `all` marks all.
    """
    mine = Message.objects.filter(person=request.user.pk)
    if request.method == "POST":
        return _read(request, mine)
    unread_only = request.GET.get("only") == "unread"
    shown = mine.filter(read_at=None) if unread_only else mine
    page = Keyset(shown, order=("-id",), query=request.GET, size=30)
    context = {
        "page": page,
        "rows": page.rows,
        "unread_only": unread_only,
        "mailbox": reverse("core:mailbox") if settings.DEMO else None,
    }
    return render(request, "core/messages.html", context)


def _read(request: HttpRequest, mine: QuerySet[Message]) -> HttpResponse:
    unread = mine.filter(read_at=None)
    if "all" in request.POST:
        unread.update(read_at=now())
        return redirect("core:messages")
    asked = request.POST.get("message", "")
    message = mine.filter(pk=asked).first() if asked.isdecimal() and len(asked) < 19 else None
    if message is None:
        return redirect("core:messages")
    unread.filter(pk=message.pk).update(read_at=now())
    here = url_has_allowed_host_and_scheme(message.link, None) and message.link.startswith("/")
    return redirect(message.link if here else reverse("core:messages"))


def mailbox(request: HttpRequest) -> HttpResponse:
    """Every mail that would have left: in a demonstration only, where all of its readers are invented."""
    if not settings.DEMO:
        raise Http404
    page = Keyset(SentMail.objects.all(), order=("-id",), query=request.GET, size=20)
    return render(request, "core/mailbox.html", {"page": page, "rows": page.rows})


# --- errors: in Chinese, with the number to quote; as JSON below /api/ -----------------------------------------------


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    if isinstance(exception, RequestDataTooBig | TooManyFieldsSent | TooManyFilesSent):
        return _error(request, 413, "提交的内容过大，平台没有作任何改动。")
    return _error(request, 400, "提交的内容不完整或格式有误，平台没有作任何改动。")


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, 403, str(exception) or "您没有权限执行此操作。", exception=str(exception))


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    return _error(request, 404, "没有找到这个地址，或者这条记录不在您的查看范围内。")


def server_error(request: HttpRequest) -> HttpResponse:
    """Asks nothing of the database: it may be what failed."""
    number = getattr(request, "request_id", "")
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": "平台出错了，这次请求没有保存。", "number": number}, status=500)
    return HttpResponse(render_to_string("errors/500.html", {"request_id": number}), status=500)


def _error(request: HttpRequest, status: int, sentence: str, **context: Any) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse({"detail": sentence}, status=status)
    return render(request, f"errors/{status}.html", context, status=status)
