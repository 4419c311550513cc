"""/api/v1/overrides/: every warn that passed on a written reason, for programs."""

from typing import Any

from django.http import HttpResponse
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import HatAPI, RefusalSerializer
from core.answers import download
from core.models import Override
from desk.overrides import documents, queries

PAGE = 50
FILTERS = [
    OpenApiParameter("year", str, description="年度"),
    OpenApiParameter("code", str, description="规则"),
    OpenApiParameter("article", str, description="条款"),
    OpenApiParameter("of", str, description="事项"),
    OpenApiParameter("institution", str, description="派出单位名称的一部分"),
    OpenApiParameter("by", str, description="作出人姓名的一部分"),
    OpenApiParameter("q", str, description="校验结果或理由的一部分"),
]


class OverrideSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    code = serializers.CharField()
    article = serializers.CharField()
    message = serializers.CharField()
    reason = serializers.CharField()
    document_number = serializers.CharField()
    hat = serializers.CharField(help_text="作出人")
    of = serializers.CharField(source="target_type")
    record_id = serializers.IntegerField(source="target_id")
    record = serializers.CharField()
    institution = serializers.CharField(source="unit", allow_null=True)


class Overrides(HatAPI):
    @extend_schema(
        summary="例外情况（按编号倒序）",
        parameters=[*FILTERS, OpenApiParameter("after", OpenApiTypes.INT, description="上一页最后一个编号")],
        responses=OverrideSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        form = queries.OverrideListForm(request._request.GET, self.membership)
        page = self.page_of(queries.found_by(form, self.membership), size=PAGE)
        rows = Override.objects.filter(pk__in=[one.pk for one in page])
        return Response(OverrideSerializer(queries.told(rows).order_by("-pk"), many=True).data)


class OverridesPaper(HatAPI):
    @extend_schema(
        summary="例外情况报告",
        parameters=FILTERS,
        responses={(200, "application/pdf"): OpenApiTypes.BINARY, 422: RefusalSerializer},
    )
    def get(self, request: Request) -> HttpResponse:
        data = documents.report(self.membership, request._request.GET)
        return download(data, "例外情况报告.pdf", "application/pdf")


urlpatterns = [
    path("overrides/", Overrides.as_view(), name="override-list"),
    path("overrides/paper/", OverridesPaper.as_view(), name="override-paper"),
]
