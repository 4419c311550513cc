"""/api/v1/plans/: the versions of the work plan, and a draft tried on what has been handed in."""

from typing import Any

from django.urls import path
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import FindingSerializer, HatAPI, RefusalSerializer
from core.models import PolicyPack
from desk.plan.trial import tried


class PlanSerializer(serializers.Serializer[Any]):
    """A version without its entries."""

    id = serializers.IntegerField()
    year = serializers.IntegerField()
    version = serializers.IntegerField()
    active_from = serializers.DateField(allow_null=True)
    proposed_for = serializers.DateField(allow_null=True)
    document_number = serializers.CharField()
    based_on = serializers.IntegerField(source="based_on_id", allow_null=True)


class WholePlanSerializer(PlanSerializer):
    """With what it says: rules by finding code (article, quote, level, params), settings by name."""

    rules = serializers.DictField()
    settings = serializers.DictField()


class SubjectSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    record = serializers.CharField()
    url = serializers.CharField()
    unit = serializers.CharField()
    year = serializers.IntegerField()


class ChangedSerializer(serializers.Serializer[Any]):
    """One verdict that would be another; a finding that is null means: in order."""

    subject = SubjectSerializer()
    code = serializers.CharField()
    article = serializers.CharField()
    title = serializers.CharField()
    is_stricter = serializers.BooleanField()
    before = FindingSerializer(allow_null=True)
    after = FindingSerializer(allow_null=True)


class Plans(HatAPI):
    @extend_schema(summary="工作方案的各版本，新的在前", responses=PlanSerializer(many=True))
    def get(self, request: Request) -> Response:
        rows = PolicyPack.objects.visible_to(self.membership).order_by("-year", "-version")
        return Response(PlanSerializer(rows, many=True).data)


class PlanDetail(HatAPI):
    subject: PolicyPack

    @extend_schema(summary="一个版本的全部条目和参数", responses=WholePlanSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(WholePlanSerializer(self.subject).data)


class PlanTrial(HatAPI):
    subject: PolicyPack

    @extend_schema(
        summary="试算草案：哪些登记和协议的判定会不同",
        parameters=[OpenApiParameter("code", str, description="只看一个条目，如 E-CAP5")],
        responses={200: ChangedSerializer(many=True), 422: RefusalSerializer},
    )
    def get(self, request: Request, pk: int) -> Response:
        code = request.query_params.get("code", "")
        changed = [one for one in tried(self.subject) if not code or one.code == code]
        return Response(ChangedSerializer(changed, many=True).data)


urlpatterns = [
    path("plans/", Plans.as_view(), name="plan-list"),
    path("plans/<int:pk>/", PlanDetail.as_view(), name="plan-detail"),
    path("plans/<int:pk>/trial/", PlanTrial.as_view(), name="plan-trial"),
]
