"""Every request passes here: it gets a number, a time limit, a signed-in person, a hat, and the matrix's leave."""

from collections.abc import Callable
from time import time
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import logout
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse

from accounts import doors, services, unsent
from accounts.models import Membership, User
from core import audit
from core.policy import Refused
from core.stale import Stale

Next = Callable[[HttpRequest], HttpResponse]

BEFORE_THE_FIRST_PASSWORD = ("accounts:password", "accounts:sign-out")


def number_requests(get_response: Next) -> Next:
    """Give each request a number to quote, and tell the audit rows where it came from."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.request_id = uuid4().hex[:12].upper()  # type: ignore[attr-defined]
        token = audit.source.set(audit.Source(request.request_id, request.META.get("REMOTE_ADDR") or None))  # type: ignore[attr-defined]
        try:
            response = get_response(request)
        finally:
            audit.source.reset(token)
        response["X-Request-ID"] = request.request_id  # type: ignore[attr-defined]
        return response

    return middleware


def begin(request: HttpRequest) -> None:
    """Start the clocks of a session."""
    request.session["began"] = request.session["seen"] = int(time())


class SessionLimits:
    """End a session that was idle too long, or that is too old however busy."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            moment = int(time())
            if "began" not in request.session:  # a session that no sign-in page made
                begin(request)
            began, seen = request.session["began"], request.session["seen"]
            if moment - seen > settings.SESSION_IDLE_SECONDS or moment - began > settings.SESSION_ABSOLUTE_SECONDS:
                logout(request)
                request.session_ended = True  # type: ignore[attr-defined]  # the sign-in page says why
            elif "X-Unattended" in request.headers:
                pass  # a page that speaks by itself: nobody is at work because of it
            elif moment - seen > 60:  # once a minute is exact enough for half an hour
                request.session["seen"] = moment
        return self.get_response(request)


class Door:
    """Signed in, wearing a hat, allowed by the matrix: deny is the default, an address it does not know is refused."""

    def __init__(self, get_response: Next) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.membership = None  # type: ignore[attr-defined]
        if request.user.is_authenticated:
            request.hats = doors.hats_of(request)  # type: ignore[attr-defined]
            request.membership = next(iter(request.hats), None)  # type: ignore[attr-defined]
        response = self.get_response(request)
        if request.user.is_authenticated:
            response.headers.setdefault("Cache-Control", "no-store")
        return response

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: object, kwargs: dict[str, object]
    ) -> HttpResponse | None:
        name = request.resolver_match.view_name if request.resolver_match else ""
        address = doors.known(name)
        if getattr(getattr(view, "cls", None), "is_hat_api", False):
            return None  # its own door (accounts.api) knows tokens too, and asks the same matrix
        try:
            if address.open:
                doors.asked(request, address)
                return None
            if not isinstance(request.user, User):
                from accounts.views.session import sign_in_first  # the views need this module's neighbours

                return sign_in_first(request)
            if request.user.must_change_password and name not in BEFORE_THE_FIRST_PASSWORD:
                return HttpResponseRedirect(reverse("accounts:password"))
            if address.superuser:
                if not request.user.is_superuser:
                    raise Http404
                return None
            if address.hatless:
                doors.asked(request, address)
                return None
            membership: Membership | None = request.membership  # type: ignore[attr-defined]
            if membership is None:
                raise PermissionDenied("您还没有任何单位的身份，请与本单位管理员联系。")
            under = self._under_its_hat(request, membership)
            if isinstance(under, HttpResponse):
                return under
            membership = under
            try:
                request.subject = doors.admit(request, membership, name, kwargs)  # type: ignore[attr-defined]
            except (Http404, PermissionDenied):
                if hats := doors.other_hats_for(request, name, kwargs):
                    return render(request, "accounts/other_hat.html", {"others": hats}, status=403)
                raise
        except doors.MethodNotAllowed as refusal:
            response = render(request, "errors/405.html", status=405)
            response["Allow"] = str(refusal)
            return response
        return None

    def _under_its_hat(self, request: HttpRequest, membership: Membership) -> Membership | HttpResponse:
        """The hat in use; 409 for a form that was shown to another one before the person changed it in another window.

        What was filled in for one institution is not sent in the name of another, unless the person says which.
        """
        wear = doors.hat_in(request, doors.WEAR_IT)
        shown_to = wear or doors.hat_in(request, doors.WORN)
        if shown_to in (None, membership.pk):
            return membership
        other = next((hat for hat in request.hats if hat.pk == shown_to), None)  # type: ignore[attr-defined]
        if other is None or wear is None:
            context = {"other": other, "typed": unsent.of(request)}
            return render(request, "accounts/worn_another.html", context, status=409)
        request.session["membership_id"] = other.pk
        request.membership = other  # type: ignore[attr-defined]
        request.hats = doors.hats_of(request)  # type: ignore[attr-defined]
        services.record_hat(other)
        return other

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """A refusal that no view caught still answers with its findings, a stale form with what differs."""
        if isinstance(error, Refused):
            return render(request, "errors/422.html", {"findings": error.findings}, status=422)
        if isinstance(error, doors.AnotherQuestion):
            context = {"led_to": error.led_to, "typed": unsent.of(request)}
            return render(request, "errors/409.html", context, status=409)
        if isinstance(error, Stale):
            return render(request, "errors/409.html", {"stale": error}, status=409)
        return None
