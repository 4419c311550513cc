"""/api/v1/suspensions/: whose qualification rests, and the bureau's word on one person."""

from typing import Any

from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import HatAPI, RefusalSerializer
from agreements.suspending import services
from specialists.models import Registration, Suspension

MOST = 200


class SuspensionSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    specialist = serializers.CharField(source="specialist.name")
    from_on = serializers.DateField(help_text="暂停的第一天")
    until_on = serializers.DateField(allow_null=True, help_text="暂停的最后一天；空为另行通知")
    reason = serializers.CharField()
    document_number = serializers.CharField()
    suspended_at = serializers.DateTimeField()
    resumed_on = serializers.DateField(allow_null=True, help_text="恢复后的第一天")
    resume_reason = serializers.CharField()


class NewSuspension(serializers.Serializer[Any]):
    from_on = serializers.DateField()
    until_on = serializers.DateField(allow_null=True, default=None)
    reason = serializers.CharField(max_length=300, allow_blank=True)
    document_number = serializers.CharField(max_length=100, allow_blank=True, default="")


class Resumption(serializers.Serializer[Any]):
    resumed_on = serializers.DateField()
    reason = serializers.CharField(max_length=300, allow_blank=True)


class Suspensions(HatAPI):
    @extend_schema(summary="暂停资格", responses=SuspensionSerializer(many=True))
    def get(self, request: Request) -> Response:
        rows = Suspension.objects.visible_to(self.membership).select_related("specialist")
        return Response(SuspensionSerializer(rows.order_by("-pk")[:MOST], many=True).data)


class Suspend(HatAPI):
    subject: Registration

    @extend_schema(
        summary="暂停科技特派员资格",
        request=NewSuspension,
        responses={201: SuspensionSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        done = services.suspend(self.subject, by=self.membership, on=localdate(), **self.given(NewSuspension))
        return Response(SuspensionSerializer(done).data, status=201)


class Resume(HatAPI):
    subject: Suspension

    @extend_schema(
        summary="恢复科技特派员资格", request=Resumption, responses={200: SuspensionSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        done = services.resume(self.subject, by=self.membership, on=localdate(), **self.given(Resumption))
        return Response(SuspensionSerializer(done).data)


urlpatterns = [
    path("suspensions/", Suspensions.as_view(), name="suspension-list"),
    path("suspensions/<int:pk>/resume/", Resume.as_view(), name="suspension-resume"),
    path("registrations/<int:pk>/suspension/", Suspend.as_view(), name="suspension-register"),
]
