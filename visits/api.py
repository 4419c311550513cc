"""/api/v1/visits/: logging, correcting and confirming service visits."""

from decimal import Decimal
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import AFTER, HatAPI, RefusalSerializer, filtered
from accounts.districts import queries as districts
from accounts.seen import KEYS
from agreements.models import Agreement
from core.dates import YEARS
from core.forms import Form
from specialists.models import Specialist
from visits import queries, services
from visits.enums import Mode, Rating, VisitStatus
from visits.listed import CountyFilter, DayFilter
from visits.models import Visit, VisitAttendance

PAGE = 50


class VisitSerializer(serializers.Serializer[Any]):
    """One visit as everybody sees it who sees its agreement."""

    id = serializers.IntegerField()
    agreement = serializers.IntegerField(source="agreement_id")
    specialist = serializers.CharField(source="who", help_text="参加人员；团队服务写明团队名称，如“某团队：甲、乙”")
    came = serializers.ListField(child=serializers.CharField(), help_text="参加人员姓名，与到场记录编号顺序一致")
    host = serializers.CharField(source="agreement.host.organization.name")
    date = serializers.DateField()
    days = serializers.IntegerField()
    mode = serializers.CharField()
    place = serializers.CharField()
    activities = serializers.ListField(child=serializers.CharField())
    content = serializers.CharField()
    outcome = serializers.CharField()
    trainings = serializers.IntegerField()
    trained = serializers.IntegerField()
    status = serializers.CharField()
    confirmed_at = serializers.DateTimeField()
    confirmed_name = serializers.CharField()
    rating = serializers.CharField()
    host_opinion = serializers.CharField()
    attendances = serializers.SerializerMethodField(help_text="到场记录编号，每人一条，申领补助时使用")
    version = serializers.IntegerField()

    def get_attendances(self, visit: Visit) -> list[int]:
        return sorted(attendance.pk for attendance in visit.attendances.all())


class VisitFields(serializers.Serializer[Any]):
    """What a specialist may write about a visit."""

    date = serializers.DateField()
    days = serializers.IntegerField(min_value=1, max_value=31, default=1)
    mode = serializers.ChoiceField(choices=Mode.choices, default=Mode.ONSITE)
    place = serializers.CharField(max_length=100, allow_blank=True, default="")
    activities = serializers.ListField(child=serializers.CharField(max_length=40), allow_empty=False, max_length=12)
    content = serializers.CharField(max_length=2000)
    outcome = serializers.CharField(max_length=2000, allow_blank=True, default="")
    trainings = serializers.IntegerField(min_value=0, max_value=99, default=0)
    trained = serializers.IntegerField(min_value=0, max_value=99_999, default=0)


class NewVisit(VisitFields):
    attendees = serializers.ListField(
        child=serializers.IntegerField(min_value=1),
        default=list,
        max_length=20,
        help_text="团队服务：到场成员的人员编号",
    )
    agreement = serializers.IntegerField(min_value=1)


class ChangedVisit(VisitFields):
    """Only what is sent changes; `version` is the one that was read."""

    version = serializers.IntegerField(min_value=1)

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for name, field in fields.items():
            if name != "version":
                field.required, field.default = False, serializers.empty
        return fields


class HostAnswer(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=30)
    rating = serializers.ChoiceField(choices=Rating.choices, allow_blank=True, default="")
    opinion = serializers.CharField(max_length=1000, allow_blank=True, default="")
    version = serializers.IntegerField(min_value=1)


class HostObjection(serializers.Serializer[Any]):
    opinion = serializers.CharField(max_length=1000)


def check_activities(agreement: Agreement, activities: list[str]) -> None:
    """Raises ValidationError for an activity that the plan does not name for this kind of specialist (R8–R10)."""
    from core.models import PolicyPack

    allowed = queries.activities_for(agreement.registration, PolicyPack.in_force(on=localdate()))
    if astray := [activity for activity in activities if activity not in allowed]:
        raise serializers.ValidationError(
            {"activities": [f"没有“{'、'.join(astray)}”这类服务，可选：{'、'.join(allowed)}。"]}
        )


def who_came(agreement: Agreement, asked: list[int]) -> list[Specialist]:
    """The persons of these ids. Raises ValidationError for one who never was in the team of the agreement."""
    known = {one.pk: one for one in queries.ever_served([agreement])}
    if agreement.team_id and not known.keys() >= set(asked):
        raise serializers.ValidationError({"attendees": ["参加人员不是该团队的成员，请核对人员编号。"]})
    return [known[pk] for pk in dict.fromkeys(asked) if pk in known]


class AttendedFilter(django_filters.NumberFilter):
    """By one of those who came: never by who signed for a team."""

    def filter(self, rows: QuerySet[Visit], value: Decimal | None) -> QuerySet[Visit]:
        if value is None:
            return rows
        return rows.filter(pk__in=VisitAttendance.objects.filter(specialist=int(value)).values("visit"))


class VisitFilter(django_filters.FilterSet):
    """As the page's (visits.listed), by the numbers of persons and units where the page asks for their names."""

    status = django_filters.ChoiceFilter(label="状态", choices=VisitStatus.choices)
    year = django_filters.NumberFilter(label="年度", field_name="date__year", min_value=YEARS[0], max_value=YEARS[-1])
    specialist = AttendedFilter(label="参加人员编号", max_value=KEYS[-1])
    agreement = django_filters.NumberFilter(label="协议编号", max_value=KEYS[-1])
    institution = django_filters.NumberFilter(
        label="派出单位编号", field_name="agreement__institution", max_value=KEYS[-1]
    )
    host = django_filters.NumberFilter(label="派驻单位编号", field_name="agreement__host", max_value=KEYS[-1])
    district = CountyFilter(label="县（市、区）代码", choices=districts.choices)
    since = DayFilter(label="服务日期起", field_name="date", lookup_expr="gte")
    until = DayFilter(label="服务日期止", field_name="date", lookup_expr="lte")

    class Meta:
        form = Form


class Visits(HatAPI):
    @extend_schema(
        summary="服务记录列表（按编号倒序；可按状态、年度、参加人员、协议、派出单位、派驻单位、县（市、区）、服务日期筛选）",
        parameters=[AFTER, *(OpenApiParameter(name) for name in VisitFilter.base_filters)],
        responses=VisitSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        visible = Visit.objects.visible_to(self.membership).with_who().select_related("agreement__host__organization")
        rows = self.page_of(filtered(VisitFilter(request.query_params, visible)), size=PAGE)
        return Response(VisitSerializer(rows, many=True).data)

    @extend_schema(summary="登记一次服务", request=NewVisit, responses={201: VisitSerializer, 422: RefusalSerializer})
    def post(self, request: Request) -> Response:
        fields = self.given(NewVisit)
        visible = Agreement.objects.visible_to(self.membership).select_related("registration")
        agreement = get_object_or_404(visible, pk=fields.pop("agreement"))
        check_activities(agreement, fields["activities"])
        fields["attendees"] = who_came(agreement, fields["attendees"])
        visit = services.log_visit(agreement, by=self.membership, on=localdate(), **fields)
        return Response(VisitSerializer(visit).data, status=201)


class VisitDetail(HatAPI):
    subject: Visit

    @extend_schema(summary="一条服务记录", responses=VisitSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(VisitSerializer(self.subject).data)

    @extend_schema(
        summary="修改尚未确认的服务记录", request=ChangedVisit, responses={200: VisitSerializer, 422: RefusalSerializer}
    )
    def patch(self, request: Request, pk: int) -> Response:
        fields = self.given(ChangedVisit)
        if "activities" in fields:
            check_activities(self.subject.agreement, fields["activities"])
        version = fields.pop("version")
        visit = services.amend_visit(self.subject, by=self.membership, on=localdate(), version=version, **fields)
        return Response(VisitSerializer(visit).data)


class Confirm(HatAPI):
    subject: Visit

    @extend_schema(
        summary="派驻单位确认服务", request=HostAnswer, responses={200: VisitSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        visit = services.confirm_visit(self.subject, by=self.membership, on=localdate(), **self.given(HostAnswer))
        return Response(VisitSerializer(visit).data)


class Dispute(HatAPI):
    subject: Visit

    @extend_schema(
        summary="派驻单位提出异议", request=HostObjection, responses={200: VisitSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        visit = services.dispute_visit(self.subject, by=self.membership, on=localdate(), **self.given(HostObjection))
        return Response(VisitSerializer(visit).data)


class Withdraw(HatAPI):
    subject: Visit

    @extend_schema(summary="撤回服务记录", request=None, responses={200: VisitSerializer, 422: RefusalSerializer})
    def post(self, request: Request, pk: int) -> Response:
        visit = services.withdraw_visit(self.subject, by=self.membership, on=localdate())
        return Response(VisitSerializer(visit).data)


class AskForLink(HatAPI):
    subject: Visit

    @extend_schema(
        summary="重新向派驻单位发送确认链接", request=None, responses={200: VisitSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        services.ask_for_link(self.subject, by=self.membership, on=localdate())
        return Response(VisitSerializer(self.subject).data)


urlpatterns = [
    path("visits/", Visits.as_view(), name="visit-list"),
    path("visits/<int:pk>/", VisitDetail.as_view(), name="visit-detail"),
    path("visits/<int:pk>/confirm/", Confirm.as_view(), name="visit-confirm"),
    path("visits/<int:pk>/dispute/", Dispute.as_view(), name="visit-dispute"),
    path("visits/<int:pk>/link/", AskForLink.as_view(), name="visit-link"),
    path("visits/<int:pk>/withdraw/", Withdraw.as_view(), name="visit-withdraw"),
]
