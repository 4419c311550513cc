"""/api/v1/applications/: what the bureau does with applications. Applying itself is for people, by the open page."""

from typing import Any

from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import PAGE, HatAPI, RefusalSerializer
from accounts.enums import ApplicationStatus
from accounts.joining import services
from accounts.models import InstitutionApplication


class ApplicationSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    uscc = serializers.CharField()
    type = serializers.CharField()
    district = serializers.CharField(source="district_id")
    address = serializers.CharField()
    contact_name = serializers.CharField()
    contact_phone = serializers.CharField()
    contact_email = serializers.CharField()
    admin_name = serializers.CharField()
    admin_email = serializers.CharField()
    status = serializers.CharField()
    opinion = serializers.CharField()
    submitted_on = serializers.DateField()
    decided_on = serializers.DateField(allow_null=True)
    organization = serializers.IntegerField(source="organization_id", allow_null=True)
    version = serializers.IntegerField()


class Seen(serializers.Serializer[Any]):
    version = serializers.IntegerField(required=False, help_text="所见申请的版本")


class Opinion(Seen):
    opinion = serializers.CharField(max_length=300)


class Applications(HatAPI):
    @extend_schema(
        summary="入驻申请列表（按编号倒序，after 为上一页最后一条的编号）",
        parameters=[OpenApiParameter("status", str, enum=ApplicationStatus.values), OpenApiParameter("after", int)],
        responses=ApplicationSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = InstitutionApplication.objects.visible_to(self.membership)
        if status := self.choice("status", ApplicationStatus.values):
            rows = rows.filter(status=status)
        return Response(ApplicationSerializer(self.page_of(rows, size=PAGE), many=True).data)


class ApplicationDetail(HatAPI):
    subject: InstitutionApplication

    @extend_schema(summary="一份入驻申请", responses=ApplicationSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(ApplicationSerializer(self.subject).data)


class ApplicationApprove(HatAPI):
    subject: InstitutionApplication

    @extend_schema(summary="通过入驻申请", request=Seen, responses={200: ApplicationSerializer, 422: RefusalSerializer})
    def post(self, request: Request, pk: int) -> Response:
        done = services.approve(self.subject, by=self.membership, on=localdate(), **self.given(Seen))
        return Response(ApplicationSerializer(done).data)


class ApplicationReturn(HatAPI):
    subject: InstitutionApplication

    @extend_schema(
        summary="退回入驻申请", request=Opinion, responses={200: ApplicationSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        done = services.give_back(self.subject, by=self.membership, **self.given(Opinion))
        return Response(ApplicationSerializer(done).data)


class ApplicationRefuse(HatAPI):
    subject: InstitutionApplication

    @extend_schema(
        summary="不予通过入驻申请", request=Opinion, responses={200: ApplicationSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(Opinion)
        reason = given.pop("opinion")
        done = services.refuse(self.subject, by=self.membership, on=localdate(), reason=reason, **given)
        return Response(ApplicationSerializer(done).data)


urlpatterns = [
    path("applications/", Applications.as_view(), name="application-list"),
    path("applications/<int:pk>/", ApplicationDetail.as_view(), name="application-detail"),
    path("applications/<int:pk>/approve/", ApplicationApprove.as_view(), name="application-approve"),
    path("applications/<int:pk>/return/", ApplicationReturn.as_view(), name="application-return"),
    path("applications/<int:pk>/refuse/", ApplicationRefuse.as_view(), name="application-refuse"),
]
