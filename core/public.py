"""Pages for everybody: found by no search engine, kept by no cache, asked so many times a minute, closed by one switch."""

from collections.abc import Callable
from functools import cache, wraps
from math import ceil
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from redis import Redis
from redis.exceptions import RedisError
from rest_framework.throttling import SimpleRateThrottle

View = Callable[..., HttpResponse]
PATIENCE = 0.2  # seconds


class Strangers(SimpleRateThrottle):
    """So many pages a minute to one address of the network, over all public pages; answers of 404 count too.

    Counted in Redis, over all web processes together. While Redis does not answer, each process counts for itself, as
    the API does: nobody is kept out for its sake, and nobody tries tokens or copies lists without end.
    """

    scope = "public"
    num_requests: int
    duration: int
    left = 0  # seconds until the minute is over, where it was Redis that counted

    def get_cache_key(self, request: Any, view: Any) -> str:
        return f"public:{self.get_ident(request)}"

    def allow_request(self, request: Any, view: Any) -> bool:
        try:
            asked, self.left = _count(self.get_cache_key(request, view), seconds=self.duration)
        except RedisError:
            return bool(super().allow_request(request, view))
        return asked <= self.num_requests

    def wait(self) -> float | None:
        return self.left or super().wait()


def _count(key: str, *, seconds: int) -> tuple[int, int]:
    """How often it was counted since its time began, this one included, and how long that time still is.

    Raises RedisError where there is none.
    """
    redis = _redis(settings.PUBLIC_COUNTER)
    if redis is None:
        raise RedisError
    with (
        redis.pipeline() as steps
    ):  # together or not at all: a counter without an end would keep its address out for ever
        steps.set(key, 0, ex=seconds, nx=True)
        steps.incr(key)
        steps.ttl(key)
        _, asked, left = steps.execute()
    return asked, left


@cache
def _redis(url: str) -> Redis | None:
    """Asked once a page, so it may not be waited for: a Redis that hangs is one that does not answer."""
    if not url:
        return None
    as_redis_writes_it = url.replace("redis+socket://", "unix://")  # Celery has its own word for a socket
    return Redis.from_url(as_redis_writes_it, socket_timeout=PATIENCE, socket_connect_timeout=PATIENCE)


def public(view: View) -> View:
    """Signed in, a reader is neither counted nor kept out by PUBLIC_PAGES=0: who opens the page is known then."""

    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **more: Any) -> HttpResponse:
        known = request.user.is_authenticated
        if not known and not settings.PUBLIC_PAGES:
            raise Http404
        throttle = Strangers()
        if known or throttle.allow_request(request, view):
            response = view(request, *args, **more)
        else:
            wait = ceil(throttle.wait() or 60)
            response = render(request, "errors/429.html", {"wait": wait}, status=429)
            response["Retry-After"] = str(wait)
        response["X-Robots-Tag"] = "noindex, nofollow"
        response["Cache-Control"] = "no-store"
        return response

    return answer
