"""What every resource of the interface stands on: the same hats, matrix and first answers as the pages.

Below that: /api/v1/me/, organizations/ and tokens/.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from functools import cache
from typing import Any, TypeVar

import django_filters
from django.core.exceptions import PermissionDenied
from django.core.exceptions import ValidationError as DjangoValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpResponse, QueryDict
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView, exception_handler

from accounts import doors, entering, flags, services
from accounts.enums import HostType, InstitutionType, Role
from accounts.forms import CorrectedUnitForm, HostForm, InstitutionForm
from accounts.models import ApiToken, HostUnit, Membership, Organization
from accounts.queries import FLAG_STATES, KINDS, flags_in, units
from accounts.seen import KEYS
from core.forms import CONTROLS, Form, no_control_characters
from core.policy import Outdated, Refused
from core.stale import Stale

PAGE = 50
AFTER = OpenApiParameter("after", int, description="上一页最后一条的编号")
Row = TypeVar("Row", bound=Model)
Typed = TypeVar("Typed", bound=Form)
Asked = TypeVar("Asked", bound=serializers.Serializer[Any])

# What DRF would say in English, or in the words of a programming language ("null", "str").
SENTENCES: dict[type[serializers.Field[Any, Any, Any, Any]], dict[str, str]] = {
    serializers.Field: {"null": "这一项不能为空。"},
    serializers.Serializer: {"invalid": "这里应为一组带名称的内容。"},
    serializers.ListSerializer: {"not_a_list": "这一项应为列表。"},
    serializers.ListField: {"not_a_list": "这一项应为列表。"},
    serializers.DictField: {"not_a_dict": "这里应为一组带名称的内容。"},
    serializers.ChoiceField: {"invalid_choice": "这不是可选的值。"},
    serializers.DateField: {"invalid": "日期不能识别，或没有这一天。请按“2026-05-12”的样式填写。"},
}
for _field, _said in SENTENCES.items():
    _field.default_error_messages = {**_field.default_error_messages, **_said}

UNREADABLE = "请求的内容无法读取，请检查格式。"
NO_SUCH = "没有名为“{name}”的项目，请核对名称。"
NOTHING_SENT = "请求没有内容。"


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


class Verdict(serializers.Serializer[Any]):
    """Yes or no, as core.forms.VerdictForm asks it of a page."""

    passed = serializers.BooleanField()
    opinion = serializers.CharField(max_length=1000, allow_blank=True, default="", validators=[no_control_characters])


def cleaned(form: Form) -> dict[str, Any]:
    """What the page's own form makes of the values. Raises ValidationError with its sentences."""
    if form.is_valid():
        return form.cleaned_data
    raise serializers.ValidationError(sentences(form))


def filtered(filters: django_filters.FilterSet) -> QuerySet[Any]:
    """The rows asked for. Raises ValidationError for a filter that cannot be read: a program wants to be told."""
    if not filters.form.is_valid():
        raise serializers.ValidationError(filters.form.errors)
    return filters.qs


def sentences(form: Form) -> dict[str, list[str]]:
    return {name: [str(line) for line in lines] for name, lines in form.errors.items()}


def _no_control_characters(asked: QueryDict) -> None:
    """Raises ValidationError for a NUL and its like in any part of a query string."""
    for name, values in asked.lists():
        try:
            for value in values:
                no_control_characters(value)
        except DjangoValidationError:
            raise serializers.ValidationError({name: [CONTROLS]}) from None


def unknown_in(asked: Any, sent: Any, place: str = "") -> Iterator[tuple[str, list[str]]]:
    """The fields of what was sent that nobody asked for, with a sentence each: a misspelt one would else be lost."""
    if isinstance(asked, serializers.ListSerializer) and isinstance(sent, list):
        for index, part in enumerate(sent):
            yield from unknown_in(asked.child, part, f"{place}{index}.")
    elif isinstance(asked, serializers.Serializer) and isinstance(sent, Mapping):
        # A form sends the parts of a list as "goals[0]text"; a browser's also its proof that it may.
        names = {re.split(r"[\[.]", str(name))[0] for name in sent} - {"csrfmiddlewaretoken"}
        for name in sorted(names):
            if name not in asked.fields:
                yield f"{place}{name}", [NO_SUCH.format(name=name)]
            elif not isinstance(sent, QueryDict):
                yield from unknown_in(asked.fields[name], sent[name], f"{place}{name}.")


@cache
def one_of(serializer: type[Asked]) -> Asked:
    """The same one for every request, as DRF itself keeps a serializer that is a field of another.

    Each new one would copy all its fields, which takes longer than to read or to write a small body. Only for
    `run_validation` and `to_representation`, which leave nothing in it.
    """
    return serializer()


class HatAPI(APIView):
    """A view of the interface: session or token, a hat, the matrix's leave, and one answer per Idempotency-Key.

    The session's hat is the one in use; a token wears its own. `self.membership` and `self.subject` are there in
    every handler.
    """

    is_hat_api = True
    answer_is_kept = True  # False where the answer is a secret told once: asked again, it is another one
    permission_classes = ()  # `initial` asks the matrix
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
        _no_control_characters(request.query_params)

    def given(self, serializer: type[serializers.Serializer]) -> dict[str, Any]:
        """What was sent, as the serializer reads it; its errors, and fields that it does not know, are answered with 422."""
        asked, sent = one_of(serializer), self.request.data
        given: dict[str, Any] = {}
        errors: dict[str, Any] = {}
        try:
            given = asked.run_validation(sent)
        except serializers.ValidationError as wrong:
            errors = wrong.detail if isinstance(wrong.detail, dict) else {"non_field_errors": wrong.detail}
        if errors := {**errors, **dict(unknown_in(asked, sent))}:
            raise serializers.ValidationError(errors)
        return dict(given)

    def asked(self, filters: Callable[..., django_filters.FilterSet], rows: QuerySet[Row]) -> QuerySet[Row]:
        """The rows under the filters of their page (accounts.lists.shown.Filters)."""
        return filtered(filters(self.request.query_params, rows, hat=self.membership, on=localdate()))

    def number(self, name: str, *, among: range = KEYS) -> int | None:
        """A whole number of the query string, None without one. Raises ValidationError for anything else."""
        text = self.request.query_params.get(name, "")
        if not text:
            return None
        if not (text.isascii() and text.isdecimal() and len(text) < 20):
            raise serializers.ValidationError({name: ["请填写整数。"]})
        if int(text) not in among:
            raise serializers.ValidationError({name: [f"应在{among[0]}至{among[-1]}之间，请核对。"]})
        return int(text)

    def choice(self, name: str, among: Collection[str]) -> str:
        """One of a few words of the query string, "" without one. Raises ValidationError for another."""
        word = str(self.request.query_params.get(name, ""))
        if word and word not in among:
            raise serializers.ValidationError({name: [f"可选：{'、'.join(among)}。"]})
        return word

    def page_of(self, rows: QuerySet[Row], *, size: int) -> QuerySet[Row]:
        """The newest first; `after` is the last id of the page before. Raises ValidationError for what cannot be one."""
        if (after := self.number("after")) is not None:
            rows = rows.filter(pk__lt=after)
        return rows.order_by("-pk")[:size]

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

        key = doors.key_of(request, in_form=False)
        if not key or not self.answer_is_kept or request.method in ("GET", "HEAD", "OPTIONS"):
            return answer()
        return doors.once(request, self.membership, key, doors.question_of(request), answer)

    def _finish(self, response: Any, *args: Any, **kwargs: Any) -> Any:
        self.response = self.finalize_response(self.request, response, *args, **kwargs)
        return self.response.render() if isinstance(self.response, Response) else self.response  # a file is ready

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
    """Refused and field errors are 422 with all findings; a stale version is 409 with the differences, and so is what was
    shown otherwise, with its finding."""
    if isinstance(error, Refused):
        status = 409 if isinstance(error, Outdated) else 422
        return Response({"findings": FindingSerializer(error.findings, many=True).data}, status=status)
    if isinstance(error, Stale):
        differences = [
            {"label": one.label, "theirs": _told(one.theirs), "yours": _told(one.yours)} for one in error.differences
        ]
        return Response({"detail": f"{error.who}已修改过这条记录。", "differences": differences}, status=409)
    if isinstance(error, exceptions.ParseError):
        return Response({"detail": UNREADABLE}, status=400)
    if isinstance(error, exceptions.ValidationError):
        return Response({"findings": list(_field_findings(error.detail))}, status=422)
    if isinstance(error, Http404) and str(error).isascii():  # Django's own sentence names a model, in English
        error = exceptions.NotFound()
    response = exception_handler(error, context)
    if response is not None and isinstance(error, PermissionDenied | exceptions.PermissionDenied):
        response.data = {"code": "E-PERM", **response.data}
    return response


def _told(value: object) -> str:
    return "" if value is None else str(value)


def _field_findings(detail: Any, field: str = "") -> list[dict[str, Any]]:
    if isinstance(detail, dict):
        return [row for name, part in detail.items() for row in _field_findings(part, f"{field}.{name}".strip("."))]
    if isinstance(detail, list) and any(isinstance(part, dict | list) for part in detail):
        return [row for index, part in enumerate(detail) for row in _field_findings(part, f"{field}.{index}")]
    lines = detail if isinstance(detail, list) else [detail]
    if field in ("", "non_field_errors") and [getattr(line, "code", "") for line in lines] == ["null"]:
        lines = [NOTHING_SENT]
    # Django says of a NUL that an empty text is not allowed; our own check of signs may have spoken already.
    spoken = [line for line in lines if getattr(line, "code", "") != "null_characters_not_allowed"]
    lines = spoken if spoken or not lines else [CONTROLS]
    return [
        {"code": "E-FIELD", "level": "block", "article": "", "title": "", "quote": "", "field": _sendable(field),
         "message": _sendable(str(line)), "facts": {}, "reason_by": "institution"}
        for line in lines
    ]  # fmt: skip


def _sendable(text: str) -> str:
    """A sentence may quote what was sent; half a surrogate pair, which JSON can bring in, cannot go out again."""
    return text.encode("utf-8", "replace").decode()


# --- /api/v1/me/, organizations/, tokens/ -----------------------------------------------------------------------------


class HatSerializer(serializers.Serializer[Membership]):
    """One hat: who, where, as what."""

    id = serializers.IntegerField()
    organization = serializers.IntegerField(source="organization_id")
    organization_name = serializers.CharField(source="organization.name")
    role = serializers.CharField()
    role_label = serializers.CharField(source="get_role_display")


class MeSerializer(serializers.Serializer[Membership]):
    """Whose request this is, and under which hat it was made."""

    name = serializers.CharField(source="person.name")
    username = serializers.CharField(source="person.username")
    hat = HatSerializer(source="*")


class Me(HatAPI):
    @extend_schema(summary="本人和正在使用的身份", responses=MeSerializer)
    def get(self, request: Request) -> Response:
        return Response(MeSerializer(self.membership).data)


class OrganizationSerializer(serializers.Serializer[Any]):
    """A unit and its capacities. Whom to call at a host is not for other institutions."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    uscc = serializers.CharField(allow_null=True)
    district = serializers.CharField(source="district_id", allow_null=True)
    district_name = serializers.CharField(source="district.name", default=None, allow_null=True)
    institution_type = serializers.CharField(source="institution.type", default=None, allow_null=True)
    host_type = serializers.CharField(source="host.host_type", default=None, allow_null=True)
    is_above_scale = serializers.BooleanField(source="host.is_above_scale", default=None, allow_null=True)
    is_tech_sme = serializers.BooleanField(source="host.is_tech_sme", default=None, allow_null=True)
    flags_year = serializers.IntegerField(source="host.flags_year", default=None, allow_null=True)
    flags_verified_on = serializers.DateField(source="host.flags_verified_on", default=None, allow_null=True)
    flags_basis = serializers.CharField(source="host.flags_basis", default=None, allow_null=True)
    flags_note = serializers.CharField(source="host.flags_note", default=None, allow_null=True)
    version = serializers.IntegerField()


class ContactSerializer(OrganizationSerializer):
    address = serializers.CharField()
    contact_name = serializers.CharField()
    contact_phone = serializers.CharField()
    contact_email = serializers.CharField()


class NewUnit(serializers.Serializer[Any]):
    """A unit as it is entered; the fields are judged by the form of the page."""

    name = serializers.CharField()
    uscc = serializers.CharField(required=False, allow_blank=True)
    district = serializers.CharField(help_text="行政区划代码，如130123")
    address = serializers.CharField(required=False, allow_blank=True)
    contact_name = serializers.CharField()
    contact_phone = serializers.CharField()
    contact_email = serializers.CharField(required=False, allow_blank=True)


class NewHost(NewUnit):
    host_type = serializers.ChoiceField(choices=HostType.choices, required=False)
    is_above_scale = serializers.BooleanField(required=False)
    is_tech_sme = serializers.BooleanField(required=False)
    flags_year = serializers.IntegerField(required=False)
    distinct = serializers.BooleanField(required=False, help_text="已核对，与同一县（市、区）的同名单位不是同一单位")


class ChangedHost(NewHost):
    version = serializers.IntegerField(required=False, help_text="所见单位的版本")


def filled(form: type[Typed], asked: type[serializers.Serializer], sent: Any) -> Typed:
    """The form of the page with what was sent. Raises ValidationError for what `asked` does not know."""
    if not isinstance(sent, Mapping):
        raise serializers.ValidationError(SENTENCES[serializers.Serializer]["invalid"])
    if unknown := dict(unknown_in(asked(), sent)):
        raise serializers.ValidationError(unknown)
    return form(sent)


def _version(sent: Any) -> int | None:
    """The version a program read, if it says one; what is no number is no version of anything."""
    version = sent.get("version")
    return version if isinstance(version, int) or version is None else 0


class Organizations(HatAPI):
    @extend_schema(
        summary="单位列表（按编号倒序，after 为上一页最后一条的编号）",
        parameters=[
            OpenApiParameter("kind", str, enum=list(KINDS), description="host 派驻单位（默认），institution 派出单位"),
            OpenApiParameter("q", str, description="名称的一部分，或完整的统一社会信用代码"),
            OpenApiParameter("district", str, description="行政区划代码"),
            OpenApiParameter("after", int),
        ],
        responses=OrganizationSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        asked = request.query_params
        rows = units(
            self.membership,
            kind=self.choice("kind", KINDS) or "host",
            words=asked.get("q", ""),
            district=asked.get("district", ""),
        )
        page = self.page_of(rows.select_related("district", "host", "institution"), size=PAGE)
        return Response(OrganizationSerializer(page, many=True).data)

    @extend_schema(
        summary="新增派驻单位（已登记的返回现有单位）",
        request=NewHost,
        responses={201: ContactSerializer, 200: OrganizationSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        form = filled(HostForm, NewHost, request.data)
        form.full_clean()
        if known := entering.known_host(form.cleaned_data.get("uscc") or "", by=self.membership):
            return Response(serializer_for(self.membership, known.organization).data)
        cleaned(form)
        made = entering.create_host(
            form.unit(), form.host(), by=self.membership, on=localdate(), distinct=form.cleaned_data["distinct"]
        )
        return Response(ContactSerializer(made.organization).data, status=201)


class Verification(serializers.Serializer[Any]):
    basis = serializers.CharField(max_length=100, help_text="入库登记编号或批准文号")
    version = serializers.IntegerField(required=False, help_text="所见单位的版本")


class ReturnedFlags(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=300, help_text="退回意见")
    version = serializers.IntegerField(required=False, help_text="所见单位的版本")


class HostFlagsList(HatAPI):
    @extend_schema(
        summary="企业标识核实情况（按编号倒序，after 为上一页最后一条的编号）",
        parameters=[
            OpenApiParameter("state", str, enum=list(FLAG_STATES), description="默认 pending 待核实"),
            OpenApiParameter("after", int),
        ],
        responses=OrganizationSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = flags_in(self.choice("state", FLAG_STATES) or "pending", self.membership, on=localdate())
        page = self.page_of(rows.select_related("district", "host", "institution"), size=PAGE)
        return Response(OrganizationSerializer(page, many=True).data)


class HostChange(HatAPI):
    subject: HostUnit

    @extend_schema(
        summary="修改派驻单位信息（整体提交；企业标识有变的须重新核实）",
        request=ChangedHost,
        responses={200: ContactSerializer, 422: RefusalSerializer},
    )
    def put(self, request: Request, pk: int) -> Response:
        form = filled(HostForm, ChangedHost, request.data)
        cleaned(form)
        made = entering.change_host(
            self.subject,
            form.unit(),
            form.host(),
            by=self.membership,
            on=localdate(),
            version=_version(request.data),
            distinct=form.cleaned_data["distinct"],
        )
        return Response(ContactSerializer(made.organization).data)


class ChangedUnit(NewUnit):
    version = serializers.IntegerField(required=False, help_text="所见单位的版本")
    distinct = serializers.BooleanField(required=False, help_text="已核对，与同名单位不是同一单位")


class UnitChange(HatAPI):
    subject: Organization

    @extend_schema(
        summary="修改派出单位或机关的信息（整体提交）",
        request=ChangedUnit,
        responses={200: ContactSerializer, 422: RefusalSerializer},
    )
    def put(self, request: Request, pk: int) -> Response:
        if not entering.dispatches_or_governs(self.subject):
            raise Http404
        form = filled(CorrectedUnitForm, ChangedUnit, request.data)
        cleaned(form)
        made = entering.change_unit(
            self.subject,
            form.unit(),
            by=self.membership,
            version=_version(request.data),
            distinct=form.cleaned_data["distinct"],
        )
        return Response(ContactSerializer(made).data)


class HostVerify(HatAPI):
    subject: HostUnit

    @extend_schema(
        summary="核实企业标识", request=Verification, responses={200: OrganizationSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        made = flags.verify_flags(self.subject, by=self.membership, on=localdate(), **self.given(Verification))
        return Response(OrganizationSerializer(made.organization).data)


class FlagsReturn(HatAPI):
    subject: HostUnit

    @extend_schema(
        summary="退回企业标识", request=ReturnedFlags, responses={200: OrganizationSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        made = flags.return_flags(self.subject, by=self.membership, on=localdate(), **self.given(ReturnedFlags))
        return Response(OrganizationSerializer(made.organization).data)


class NewInstitution(NewUnit):
    type = serializers.ChoiceField(choices=InstitutionType.choices)
    admin_name = serializers.CharField(help_text="首位管理员")
    admin_email = serializers.CharField(help_text="首位管理员的邮箱，邀请发到这里")


class Institutions(HatAPI):
    @extend_schema(
        summary="新增派出单位，并邀请其首位管理员",
        request=NewInstitution,
        responses={201: ContactSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        form = filled(InstitutionForm, NewInstitution, request.data)
        typed = cleaned(form)
        made = entering.create_institution(
            form.unit(),
            type=InstitutionType(typed["type"]),
            admin_name=typed["admin_name"],
            admin_email=typed["admin_email"],
            by=self.membership,
        )
        return Response(ContactSerializer(made.organization).data, status=201)


class OrganizationDetail(HatAPI):
    subject: Organization

    @extend_schema(summary="一个单位", responses=ContactSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(serializer_for(self.membership, self.subject).data)


def serializer_for(hat: Membership, unit: Organization) -> OrganizationSerializer:
    """With its contact, unless an institution looks at another unit."""
    named_only = hat.role in Role.institution and unit.pk != hat.organization_id
    return OrganizationSerializer(unit) if named_only else ContactSerializer(unit)


class TokenSerializer(serializers.Serializer[Any]):
    """A token without its words: those are told once, when it is made."""

    id = serializers.IntegerField()
    hat = HatSerializer(source="membership")
    created = serializers.DateTimeField()
    expiry = serializers.DateTimeField()


class NewToken(serializers.Serializer[Any]):
    days = serializers.IntegerField(min_value=1, max_value=services.TOKEN_DAYS)


class MadeToken(TokenSerializer):
    token = serializers.CharField(help_text="只在此时给出一次")


class Tokens(HatAPI):
    answer_is_kept = False

    @extend_schema(summary="本人的接口令牌", responses=TokenSerializer(many=True))
    def get(self, request: Request) -> Response:
        mine = ApiToken.objects.visible_to(self.membership).select_related("membership__organization")
        return Response(TokenSerializer(mine.order_by("-pk"), many=True).data)

    @extend_schema(
        summary="创建接口令牌（以正在使用的身份，至多90天）",
        request=NewToken,
        responses={201: MadeToken, 422: RefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        by_token = isinstance(request.auth, ApiToken)
        token, words = services.create_token(self.membership, days=self.given(NewToken)["days"], by_token=by_token)
        return Response({**TokenSerializer(token).data, "token": words}, status=201)


class TokenDetail(HatAPI):
    subject: ApiToken

    @extend_schema(summary="删除接口令牌", responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        services.delete_token(self.subject, by=self.membership)
        return Response(status=204)


urlpatterns = [
    path("me/", Me.as_view(), name="me"),
    path("organizations/", Organizations.as_view(), name="organization-list"),
    path("organizations/institutions/", Institutions.as_view(), name="institution-new"),
    path("organizations/flags/", HostFlagsList.as_view(), name="host-flags"),
    path("organizations/<int:pk>/unit/", UnitChange.as_view(), name="unit-change"),
    path("organizations/<int:pk>/host/", HostChange.as_view(), name="host-change"),
    path("organizations/<int:pk>/verify/", HostVerify.as_view(), name="host-verify"),
    path("organizations/<int:pk>/return-flags/", FlagsReturn.as_view(), name="flags-return"),
    path("organizations/<int:pk>/", OrganizationDetail.as_view(), name="organization-detail"),
    path("tokens/", Tokens.as_view(), name="token-list"),
    path("tokens/<int:pk>/", TokenDetail.as_view(), name="token-detail"),
]
