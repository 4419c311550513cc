"""/api/v1/specialists/, registrations/, selection/ and provincial-entries/: the pages' services for other programs."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django.db.models import QuerySet
from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import HatAPI, RefusalSerializer
from core.forms import Form, no_control_characters, no_line_breaks
from core.models import PolicyPack
from specialists import queries, services
from specialists.enums import Category, Education, PersonnelType, Title
from specialists.forms import EndListingForm, ListingFilter, ListingForm, RegistrationFilter, RegistrationForm
from specialists.models import ProvincialListEntry, Registration, Specialist

PAGE = 50
AFTER = OpenApiParameter("after", int, description="上一页最后一条的编号")
YEAR = OpenApiParameter("year", int, description="年度，默认今年")


# --- what goes out ----------------------------------------------------------------------------------------------------


class SpecialistSerializer(serializers.Serializer[Any]):
    """A person, numbers only behind their masks."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    id_masked = serializers.CharField()
    mobile_masked = serializers.CharField()
    sex = serializers.CharField()
    birth_date = serializers.DateField()
    education = serializers.CharField()
    title = serializers.CharField()
    field = serializers.CharField()
    status = serializers.CharField()
    revoked_on = serializers.DateField()


class RegistrationSerializer(serializers.Serializer[Any]):
    """One registration as everybody sees it who sees it at all."""

    id = serializers.IntegerField()
    specialist = serializers.IntegerField(source="specialist_id")
    name = serializers.CharField(source="specialist.name")
    id_masked = serializers.CharField(source="specialist.id_masked")
    year = serializers.IntegerField()
    category = serializers.CharField()
    form = serializers.CharField()
    personnel_type = serializers.CharField()
    origin = serializers.CharField()
    institution = serializers.IntegerField(source="institution_id")
    institution_name = serializers.SerializerMethodField()
    department = serializers.CharField()
    speciality = serializers.CharField()
    ability_note = serializers.CharField()
    research_results = serializers.CharField()
    supervisor = serializers.CharField()
    graduates_on = serializers.DateField()
    consented_on = serializers.DateField()
    status = serializers.CharField()
    submitted_on = serializers.DateField()
    approved_on = serializers.DateField()
    return_opinion = serializers.CharField()
    version = serializers.IntegerField()

    def get_institution_name(self, registration: Registration) -> str:
        return str(registration.institution or "")


class ProvincialEntrySerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    year = serializers.IntegerField()
    name = serializers.CharField()
    id_masked = serializers.CharField()
    valid_from = serializers.DateField()
    valid_to = serializers.DateField()
    row = serializers.IntegerField()
    document_number = serializers.CharField()


class CategoryCountSerializer(serializers.Serializer[Any]):
    category = serializers.CharField()
    number = serializers.IntegerField()
    is_floor = serializers.BooleanField()
    selected = serializers.IntegerField()
    in_review = serializers.IntegerField()
    returned = serializers.IntegerField()
    graduates = serializers.IntegerField()
    revoked = serializers.IntegerField()
    gap = serializers.IntegerField()


class SelectionSerializer(serializers.Serializer[Any]):
    """How far the plan of a year is filled, in persons."""

    year = serializers.IntegerField()
    lines = CategoryCountSerializer(many=True)
    individuals = serializers.IntegerField()
    graduates = serializers.IntegerField()
    team_members = serializers.IntegerField()


# --- what comes in ----------------------------------------------------------------------------------------------------


class RegistrationFields(serializers.Serializer[Any]):
    """What a unit says of a person and their year; the sentences about each field are those of the page."""

    name = serializers.CharField()
    mobile = serializers.CharField()
    email = serializers.CharField(allow_blank=True, default="")
    education = serializers.ChoiceField(choices=Education.choices)
    title = serializers.ChoiceField(choices=Title.choices)
    field = serializers.CharField(help_text="专业领域，取值见年度政策")
    bank_account = serializers.CharField(allow_blank=True, default="")
    bank_name = serializers.CharField(allow_blank=True, default="")
    category = serializers.ChoiceField(choices=Category.choices)
    personnel_type = serializers.ChoiceField(choices=PersonnelType.choices)
    department = serializers.CharField(allow_blank=True, default="")
    speciality = serializers.CharField(allow_blank=True, default="")
    ability_note = serializers.CharField(allow_blank=True, default="")
    research_results = serializers.CharField(allow_blank=True, default="")
    supervisor = serializers.CharField(allow_blank=True, default="")
    graduates_on = serializers.DateField(allow_null=True, default=None)
    consent = serializers.BooleanField(default=False, help_text="本人已同意处理其个人信息")


class NewRegistration(RegistrationFields):
    id_number = serializers.CharField()


class ChangedRegistration(RegistrationFields):
    """Only what is sent changes; `version` is the one that was read."""

    version = serializers.IntegerField(min_value=1)

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for name, field in fields.items():
            if name != "version":
                field.required, field.default = False, serializers.empty
        return fields


class RegistrationDecision(serializers.Serializer[Any]):
    """One step of the bureau's decision; `reasons` and `documents` are by finding code."""

    passed = serializers.BooleanField()
    opinion = serializers.CharField(max_length=1000, allow_blank=True, default="", validators=[no_control_characters])
    reasons = serializers.DictField(
        child=serializers.CharField(max_length=500, allow_blank=True, validators=[no_control_characters]), default=dict
    )
    documents = serializers.DictField(
        child=serializers.CharField(
            max_length=60, allow_blank=True, validators=[no_control_characters, no_line_breaks]
        ),
        default=dict,
    )
    document_number = serializers.CharField(
        max_length=60, allow_blank=True, default="", validators=[no_control_characters, no_line_breaks]
    )
    decided_on = serializers.DateField(allow_null=True, default=None)
    version = serializers.IntegerField(min_value=1)


class NewProvincialEntry(serializers.Serializer[Any]):
    year = serializers.IntegerField()
    name = serializers.CharField()
    id_number = serializers.CharField()
    valid_from = serializers.DateField()
    valid_to = serializers.DateField()
    row = serializers.IntegerField(allow_null=True, default=None)
    document_number = serializers.CharField(allow_blank=True, default="")


class EndOfListing(serializers.Serializer[Any]):
    valid_to = serializers.DateField()
    reason = serializers.CharField()


def cleaned(form: Form) -> dict[str, Any]:
    """What the page's own form makes of the values. Raises ValidationError with its sentences."""
    if form.is_valid():
        return form.cleaned_data
    raise serializers.ValidationError({name: [str(line) for line in lines] for name, lines in form.errors.items()})


def as_typed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of the interface as the form would receive them: what is nothing is left out, days are written."""
    there = {name: value for name, value in values.items() if value is not None and value is not False}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in there.items()}


def page_of(rows: QuerySet[Any], request: Request) -> QuerySet[Any]:
    """The newest first; `after` is the last id of the page before."""
    after = request.query_params.get("after", "")
    if after.isascii() and after.isdecimal() and len(after) < 19:
        rows = rows.filter(pk__lt=int(after))
    return rows.order_by("-pk")[:PAGE]


# --- resources --------------------------------------------------------------------------------------------------------


class Specialists(HatAPI):
    @extend_schema(summary="特派员列表（按编号倒序）", parameters=[AFTER], responses=SpecialistSerializer(many=True))
    def get(self, request: Request) -> Response:
        rows = page_of(Specialist.objects.visible_to(self.membership), request)
        return Response(SpecialistSerializer(rows, many=True).data)


class SpecialistDetail(HatAPI):
    subject: Specialist

    @extend_schema(summary="一位特派员", responses=SpecialistSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(SpecialistSerializer(self.subject).data)


class Registrations(HatAPI):
    @extend_schema(
        summary="登记列表（按编号倒序；可按年度、类别、状态、人员类型、派出单位、姓名筛选）",
        parameters=[AFTER, *(OpenApiParameter(name) for name in RegistrationFilter.base_filters)],
        responses=RegistrationSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        visible = Registration.objects.visible_to(self.membership)
        rows = RegistrationFilter(request.query_params, visible).qs
        related = rows.select_related("specialist", "institution__organization")
        return Response(RegistrationSerializer(page_of(related, request), many=True).data)

    @extend_schema(
        summary="登记一位特派员（保存为草稿）",
        request=NewRegistration,
        responses={201: RegistrationSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        values = NewRegistration(data=request.data)
        values.is_valid(raise_exception=True)
        today = localdate()
        form = RegistrationForm(as_typed(values.validated_data), pack=PolicyPack.in_force(on=today), on=today)
        registration = services.register_specialist(by=self.membership, on=today, **cleaned(form))
        return Response(RegistrationSerializer(registration).data, status=201)


class RegistrationDetail(HatAPI):
    subject: Registration

    @extend_schema(summary="一份登记", responses=RegistrationSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(RegistrationSerializer(self.subject).data)

    @extend_schema(
        summary="修改草稿或退回的登记",
        request=ChangedRegistration,
        responses={200: RegistrationSerializer, 409: None, 422: RefusalSerializer},
    )
    def patch(self, request: Request, pk: int) -> Response:
        values = ChangedRegistration(data=request.data)
        values.is_valid(raise_exception=True)
        given = dict(values.validated_data)
        version, today = given.pop("version"), localdate()
        registration, person = self.subject, self.subject.specialist
        there = {name: getattr(registration, name) for name in services.CONTENT}
        there |= {name: getattr(person, name) for name in services.PERSONAL}
        form = RegistrationForm(
            as_typed({**there, **given}), pack=PolicyPack.in_force(on=today), on=today, person=person
        )
        fields = {name: value for name, value in cleaned(form).items() if name in given}
        saved = services.save_registration(registration, by=self.membership, on=today, version=version, **fields)
        return Response(RegistrationSerializer(saved).data)

    @extend_schema(summary="删除从未提交的草稿", responses={204: None, 422: RefusalSerializer})
    def delete(self, request: Request, pk: int) -> Response:
        services.discard_registration(self.subject, by=self.membership, on=localdate())
        return Response(status=204)


class Submit(HatAPI):
    subject: Registration

    @extend_schema(
        summary="提交登记，交市科技局审核",
        request=None,
        responses={200: RegistrationSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        registration = services.submit_registration(self.subject, by=self.membership, on=localdate())
        return Response(RegistrationSerializer(registration).data)


class Decide(HatAPI):
    subject: Registration

    @extend_schema(
        summary="办理审批的一步：通过或退回",
        request=RegistrationDecision,
        responses={200: RegistrationSerializer, 409: None, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        values = RegistrationDecision(data=request.data)
        values.is_valid(raise_exception=True)
        registration = services.decide_registration(
            self.subject, by=self.membership, on=localdate(), **values.validated_data
        )
        return Response(RegistrationSerializer(registration).data)


class SelectionOfYear(HatAPI):
    @extend_schema(summary="年度选派情况（按人数）", parameters=[YEAR], responses=SelectionSerializer)
    def get(self, request: Request) -> Response:
        today = localdate()
        year = queries.year_in(request.query_params.get("year", ""), otherwise=today.year)
        counted = queries.selection(queries.pack_of(year, on=today), year=year, on=today)
        return Response(SelectionSerializer(counted).data)


class ProvincialEntries(HatAPI):
    @extend_schema(
        summary="省级名单（按编号倒序；可按年度、姓名筛选）",
        parameters=[AFTER, *(OpenApiParameter(name) for name in ListingFilter.base_filters)],
        responses=ProvincialEntrySerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = ListingFilter(request.query_params, ProvincialListEntry.objects.visible_to(self.membership)).qs
        return Response(ProvincialEntrySerializer(page_of(rows, request), many=True).data)

    @extend_schema(
        summary="录入省级名单的一行",
        request=NewProvincialEntry,
        responses={201: ProvincialEntrySerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        values = NewProvincialEntry(data=request.data)
        values.is_valid(raise_exception=True)
        today = localdate()
        form = ListingForm(as_typed(values.validated_data), pack=PolicyPack.in_force(on=today), on=today)
        entry = services.add_provincial_entry(by=self.membership, on=today, **cleaned(form))
        return Response(ProvincialEntrySerializer(entry).data, status=201)


class EndListing(HatAPI):
    subject: ProvincialListEntry

    @extend_schema(
        summary="提前终止一行的有效期",
        request=EndOfListing,
        responses={200: ProvincialEntrySerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        values = EndOfListing(data=request.data)
        values.is_valid(raise_exception=True)
        fields = cleaned(EndListingForm(as_typed(values.validated_data)))
        entry = services.end_provincial_entry(self.subject, by=self.membership, **fields)
        return Response(ProvincialEntrySerializer(entry).data)


urlpatterns = [
    path("specialists/", Specialists.as_view(), name="specialist-list"),
    path("specialists/<int:pk>/", SpecialistDetail.as_view(), name="specialist-detail"),
    path("registrations/", Registrations.as_view(), name="registration-list"),
    path("registrations/<int:pk>/", RegistrationDetail.as_view(), name="registration-detail"),
    path("registrations/<int:pk>/submit/", Submit.as_view(), name="registration-submit"),
    path("registrations/<int:pk>/decide/", Decide.as_view(), name="registration-decide"),
    path("selection/", SelectionOfYear.as_view(), name="selection"),
    path("provincial-entries/", ProvincialEntries.as_view(), name="provincial-entry-list"),
    path("provincial-entries/<int:pk>/end/", EndListing.as_view(), name="provincial-entry-end"),
]
