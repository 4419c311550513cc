"""/api/v1/graduations/: agreements that outlive the studies of their specialist, and the bureau's decision."""

from typing import Any

from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import HatAPI, RefusalSerializer
from agreements.ending.api import with_mark
from agreements.graduating import services
from agreements.models import Agreement
from agreements.onward.api import Onward, OnwardSerializer


class GraduationSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    specialist = serializers.CharField(source="student")
    supervisor = serializers.CharField(source="registration.supervisor")
    graduates_on = serializers.DateField(source="graduation")
    service_end = serializers.DateField()


class DecidedSerializer(OnwardSerializer):
    graduates_on = serializers.DateField()


class Graduations(HatAPI):
    @extend_schema(summary="待办理毕业安排的协议", responses=GraduationSerializer(many=True))
    def get(self, request: Request) -> Response:
        rows = services.to_decide(on=localdate()).select_related("specialist", "registration").order_by("pk")
        return Response(GraduationSerializer(rows, many=True).data)


class DecideGraduation(HatAPI):
    subject: Agreement

    @extend_schema(
        summary="办理毕业后的安排：继续或终止",
        request=Onward,
        responses={200: DecidedSerializer, 409: RefusalSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        on = localdate()
        given = with_mark(self.given(Onward), on=on)
        decided = services.decide_graduation(self.subject, by=self.membership, on=on, **given)
        return Response(DecidedSerializer(decided).data)


urlpatterns = [
    path("graduations/", Graduations.as_view(), name="graduation-list"),
    path("agreements/<int:pk>/graduation/", DecideGraduation.as_view(), name="graduation-decide"),
]
