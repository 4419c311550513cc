"""/api/v1/past-scans/: scans of past agreements by the folder, for programs."""

from typing import Any

from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import HatAPI, RefusalSerializer
from desk.scans import services
from desk.scans.models import ScanFolder

PAGE = 50


class NewFolder(serializers.Serializer[Any]):
    files = serializers.ListField(child=serializers.FileField(), allow_empty=False)


class FolderSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField(source="file.name")
    files = serializers.IntegerField()
    done = serializers.IntegerField()
    uploaded_at = serializers.DateTimeField()


class ScanFileSerializer(serializers.Serializer[Any]):
    """One file: its outcome, why, and the agreement it is of."""

    name = serializers.CharField()
    outcome = serializers.CharField()
    outcome_label = serializers.CharField(source="get_outcome_display")
    message = serializers.CharField()
    agreement = serializers.IntegerField(source="agreement_id", allow_null=True)


class Folders(HatAPI):
    @extend_schema(
        summary="历史扫描件批次列表（按编号倒序）",
        parameters=[OpenApiParameter("after", OpenApiTypes.INT, description="上一页最后一个编号")],
        responses=FolderSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = ScanFolder.objects.visible_to(self.membership).select_related("file")
        return Response(FolderSerializer(self.page_of(rows, size=PAGE), many=True).data)

    @extend_schema(
        summary="上传历史协议扫描件（一个压缩包或若干文件），按文件名中的备案号附上",
        request=NewFolder,
        responses={202: FolderSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        made = services.open_folder(self.given(NewFolder)["files"], by=self.membership)
        return Response(FolderSerializer(made).data, status=202)


class FolderDetail(HatAPI):
    subject: ScanFolder

    @extend_schema(summary="一批历史扫描件的逐个结果", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: int) -> Response:
        made = ScanFolder.objects.select_related("file").get(pk=self.subject.pk)
        lines = made.lines.order_by("pk")
        return Response({**FolderSerializer(made).data, "lines": ScanFileSerializer(lines, many=True).data})


urlpatterns = [
    path("past-scans/", Folders.as_view(), name="past-scan-list"),
    path("past-scans/<int:pk>/", FolderDetail.as_view(), name="past-scan-detail"),
]
