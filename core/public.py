"""Pages for everybody: found by no search engine, kept by no cache, asked so many times a minute, closed by one switch."""

from collections.abc import Callable
from functools import wraps
from math import ceil
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from rest_framework.throttling import SimpleRateThrottle

View = Callable[..., HttpResponse]


class Strangers(SimpleRateThrottle):
    """So many pages a minute to one address of the network, over all public pages; answers of 404 count too.

    Counted by each process for itself, as the API counts: enough against somebody who tries tokens or copies lists.
    """

    scope = "public"

    def get_cache_key(self, request: Any, view: Any) -> str:
        return f"public:{self.get_ident(request)}"


def public(view: View) -> View:
    """Signed in, a reader is neither counted nor kept out by PUBLIC_PAGES=0: who opens the page is known then."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **more: Any) -> HttpResponse:
        known = request.user.is_authenticated
        if not known and not settings.PUBLIC_PAGES:
            raise Http404
        throttle = Strangers()
        if known or throttle.allow_request(request, view):  # type: ignore[arg-type]  # it reads nothing but META
            response = view(request, *args, **more)
        else:
            wait = ceil(throttle.wait() or 60)
            response = render(request, "errors/429.html", {"wait": wait}, status=429)
            response["Retry-After"] = str(wait)
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Cache-Control"] = "no-store"
        return response

    return answer
