"""What every resource of the interface stands on: the same hats, matrix and first answers as the pages."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.utils.timezone import localdate
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler

from accounts import doors
from accounts.models import ApiToken, Membership
from core.policy import Refused
from core.stale import Stale


class FindingSerializer(serializers.Serializer[Any]):
    """One finding as the interface gives it: code, level, the article and its words, sentence, facts."""

    code = serializers.CharField()
    level = serializers.CharField()
    article = serializers.CharField()
    title = serializers.CharField()
    quote = serializers.CharField()
    message = serializers.CharField()
    facts = serializers.DictField()
    reason_by = serializers.CharField()


class RefusalSerializer(serializers.Serializer[Any]):
    """The body of every 422."""

    findings = FindingSerializer(many=True)


class HatAPI(APIView):
    """A view of the interface: session or token, a hat, the matrix's leave, and one answer per Idempotency-Key.

    The session's hat is the one in use; a token wears its own. `self.membership` and `self.subject` are there in
    every handler.
    """

    is_hat_api = True
    membership: Membership
    subject: Any = None

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        super().initial(request, *args, **kwargs)
        if not request.user.is_authenticated:
            raise exceptions.NotAuthenticated("请先登录，或在请求中提供令牌。")
        if request.user.must_change_password:
            raise exceptions.PermissionDenied("首次登录须先修改密码。")
        self.membership = self._hat(request)
        match = request.resolver_match
        assert match is not None
        try:
            self.subject = doors.admit(request._request, self.membership, match.view_name, kwargs)
        except doors.MethodNotAllowed as refusal:
            raise exceptions.MethodNotAllowed(request.method or "") from refusal

    def dispatch(self, request: Any, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """As DRF does it, with the handler's answer kept under its Idempotency-Key."""
        self.args, self.kwargs = args, kwargs
        self.request = self.initialize_request(request, *args, **kwargs)
        self.headers = self.default_response_headers
        try:
            self.initial(self.request, *args, **kwargs)
        except Exception as refusal:
            return self._finish(self.handle_exception(refusal), *args, **kwargs)
        handler: Callable[..., Response] = getattr(
            self, (self.request.method or "").lower(), self.http_method_not_allowed
        )

        def answer() -> HttpResponse:
            try:
                response = handler(self.request, *args, **kwargs)
            except Exception as refusal:
                response = self.handle_exception(refusal)
            return self._finish(response, *args, **kwargs)

        key = request.headers.get("Idempotency-Key")
        if not key or request.method in ("GET", "HEAD", "OPTIONS"):
            return answer()
        return doors.once(request, self.membership, key[:80], doors.question_of(request), answer)

    def _finish(self, response: Any, *args: Any, **kwargs: Any) -> Response:
        self.response = self.finalize_response(self.request, response, *args, **kwargs)
        return self.response.render()

    def _hat(self, request: Request) -> Membership:
        if isinstance(request.auth, ApiToken):
            active = Membership.objects.active(on=localdate()).select_related("organization", "person")
            membership = active.filter(pk=request.auth.membership_id, person=request.user.pk).first()
        else:
            membership = getattr(request._request, "membership", None)
        if membership is None:
            raise exceptions.PermissionDenied("您还没有任何单位的身份，请与本单位管理员联系。")
        return membership


def answer_errors(error: Exception, context: dict[str, Any]) -> Response | None:
    """Refused and field errors are 422 with all findings; a stale version is 409 with the differences."""
    if isinstance(error, Refused):
        return Response({"findings": FindingSerializer(error.findings, many=True).data}, status=422)
    if isinstance(error, Stale):
        differences = [
            {"label": one.label, "theirs": str(one.theirs), "yours": str(one.yours)} for one in error.differences
        ]
        return Response({"detail": f"{error.who}已修改过这条记录。", "differences": differences}, status=409)
    if isinstance(error, exceptions.ValidationError):
        return Response({"findings": list(_field_findings(error.detail))}, status=422)
    return exception_handler(error, context)


def _field_findings(detail: Any, field: str = "") -> list[dict[str, Any]]:
    if isinstance(detail, dict):
        return [row for name, part in detail.items() for row in _field_findings(part, f"{field}.{name}".strip("."))]
    if isinstance(detail, list) and any(isinstance(part, dict | list) for part in detail):
        return [row for index, part in enumerate(detail) for row in _field_findings(part, f"{field}.{index}")]
    lines = detail if isinstance(detail, list) else [detail]
    return [
        {"code": "E-FIELD", "level": "block", "article": "", "title": "", "quote": "", "field": field,
         "message": str(line), "facts": {}, "reason_by": "institution"}
        for line in lines
    ]  # fmt: skip
