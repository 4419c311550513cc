"""/api/v1/reconciliations/: what was taken over of each institution, for programs."""

from typing import Any

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import HatAPI
from desk.rosters import reconciling
from desk.rosters.models import Reconciliation

PAGE = 50


class DifferenceSerializer(serializers.Serializer[Any]):
    """A value of the file beside the register's."""

    column = serializers.CharField(source="label")
    file = serializers.CharField()
    register = serializers.CharField()


class EntrySerializer(serializers.Serializer[Any]):
    """One agreement of the file: its rows as Excel shows them, and what became of it."""

    rows = serializers.ListField(child=serializers.IntegerField())
    number = serializers.CharField()
    people = serializers.CharField()
    host_name = serializers.CharField(source="host")
    agreement = serializers.IntegerField(source="agreement.pk", default=None, allow_null=True)
    result = serializers.CharField(source="word")
    differences = DifferenceSerializer(many=True)
    reasons = serializers.ListField(child=serializers.CharField())


class ReconciliationSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    roster = serializers.IntegerField(source="batch_id")
    file_name = serializers.CharField(source="batch.file.name")
    institution = serializers.IntegerField(source="institution_id")
    institution_name = serializers.CharField(source="institution.organization.name")
    applied_at = serializers.DateTimeField(source="batch.applied_at")


class Reconciliations(HatAPI):
    @extend_schema(
        summary="历史协议核对表（按编号倒序）",
        parameters=[OpenApiParameter("after", OpenApiTypes.INT, description="上一页最后一个编号")],
        responses=ReconciliationSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = Reconciliation.objects.visible_to(self.membership)
        page = self.page_of(rows.select_related("batch__file", "institution__organization"), size=PAGE)
        return Response(ReconciliationSerializer(page, many=True).data)


class ReconciliationDetail(HatAPI):
    subject: Reconciliation

    @extend_schema(summary="一个派出单位的历史协议核对结果", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: int) -> Response:
        rows = Reconciliation.objects.select_related("batch__file", "institution__organization")
        made = rows.get(pk=self.subject.pk)
        sheet = reconciling.sheet_of(made)
        return Response(
            {
                **ReconciliationSerializer(made).data,
                "counts": sheet.counts,
                "entries": EntrySerializer(sheet.entries, many=True).data,
                "beside": [{"id": agreement.pk, "number": str(agreement)} for agreement in sheet.beside],
            }
        )


urlpatterns = [
    path("reconciliations/", Reconciliations.as_view(), name="reconciliation-list"),
    path("reconciliations/<int:pk>/", ReconciliationDetail.as_view(), name="reconciliation-detail"),
]
