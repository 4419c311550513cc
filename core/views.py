"""Pages that belong to no app."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig, TooManyFieldsSent, TooManyFilesSent
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.views.decorators.http import require_safe

from core.gallery import context


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Every component on one page; only in a demonstration, its people are invented."""
    if not settings.DEMO:
        raise Http404
    return render(request, "components_gallery.html", context())


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
