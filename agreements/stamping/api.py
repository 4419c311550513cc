"""/api/v1/filing-sheets/: 备案汇总表 and their stamped scans, for programs."""

from typing import Any

from django.http import Http404
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import HatAPI, RefusalSerializer
from agreements.listed_after_filing import SheetFilters
from agreements.stamping import services
from agreements.stamping.models import FilingSheet
from core import files
from core.forms import no_control_characters

PAGE = 50
AFTER = OpenApiParameter("after", OpenApiTypes.INT, description="上一页最后一条的编号")


class FilingSheetSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    number = serializers.CharField()
    institution = serializers.IntegerField(source="institution_id", allow_null=True, help_text="空为市科技局直接聘请")
    version = serializers.IntegerField()
    status = serializers.CharField()
    made_on = serializers.DateField()
    stamped_on = serializers.DateField(source="stamp.stamped_on", default=None, allow_null=True)


class FilingSheetDetailSerializer(FilingSheetSerializer):
    rows = serializers.SerializerMethodField(help_text="打印时的各行，证件号码已脱敏")
    stamps = serializers.SerializerMethodField(help_text="历次盖章件")

    def get_rows(self, sheet: FilingSheet) -> list[dict[str, str]]:
        rows: list[dict[str, str]] = sheet.papers.get(version=sheet.version).rows
        return rows

    def get_stamps(self, sheet: FilingSheet) -> list[dict[str, Any]]:
        return [
            {
                "number": one.number,
                "stamped_on": one.stamped_on,
                "reason": one.reason,
                "sha256": one.scan.sha256,
                "pages": one.scan.pages,
            }
            for one in sheet.stamps.select_related("scan")
        ]


class NewFilingSheet(serializers.Serializer[Any]):
    agreements = serializers.ListField(
        child=serializers.IntegerField(),
        allow_empty=False,
        max_length=services.MOST,
        help_text="同一派出单位已备案的协议",
    )


class Stamped(serializers.Serializer[Any]):
    scan = serializers.FileField()
    stamped_on = serializers.DateField()
    reason = serializers.CharField(
        max_length=200, allow_blank=True, default="", validators=[no_control_characters], help_text="更换时必填"
    )


class CalledOff(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200, allow_blank=True, validators=[no_control_characters])


class FilingSheets(HatAPI):
    @extend_schema(
        summary="备案汇总表列表（按编号倒序；可按状态、派出单位筛选）",
        parameters=[AFTER, *(OpenApiParameter(name) for name in SheetFilters.base_filters)],
        responses=FilingSheetSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = self.asked(SheetFilters, FilingSheet.objects.visible_to(self.membership).select_related("stamp"))
        return Response(FilingSheetSerializer(self.page_of(rows, size=PAGE), many=True).data)

    @extend_schema(
        summary="制作备案汇总表", request=NewFilingSheet, responses={201: FilingSheetSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request) -> Response:
        made = services.make_sheet(self.given(NewFilingSheet)["agreements"], by=self.membership, on=localdate())
        return Response(FilingSheetSerializer(made).data, status=201)


class FilingSheetDetail(HatAPI):
    subject: FilingSheet

    @extend_schema(summary="一张备案汇总表", responses=FilingSheetDetailSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(FilingSheetDetailSerializer(self.subject).data)


class FilingSheetPaperFile(HatAPI):
    subject: FilingSheet

    @extend_schema(summary="下载打印用的备案汇总表", responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        return files.serve(self.subject.papers.select_related("file").get(version=self.subject.version).file)


class FilingSheetScan(HatAPI):
    subject: FilingSheet

    @extend_schema(summary="下载现行的盖章件", responses={200: OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        if self.subject.stamp is None:
            raise Http404("这张备案汇总表还没有盖章件。")
        return files.serve(self.subject.stamp.scan)


class StampSheet(HatAPI):
    subject: FilingSheet

    @extend_schema(
        summary="上传盖章件（更换须写明原因）",
        request={"multipart/form-data": Stamped},
        responses={200: FilingSheetSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        stamped = services.stamp_sheet(self.subject, by=self.membership, on=localdate(), **self.given(Stamped))
        return Response(FilingSheetSerializer(stamped).data)


class RedrawSheet(HatAPI):
    subject: FilingSheet

    @extend_schema(
        summary="重新生成，作废的备案不再列入",
        request=None,
        responses={200: FilingSheetSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        drawn = services.redraw_sheet(self.subject, by=self.membership, on=localdate())
        return Response(FilingSheetSerializer(drawn).data)


class CallOffSheet(HatAPI):
    subject: FilingSheet

    @extend_schema(
        summary="撤销尚未盖章的备案汇总表",
        request=CalledOff,
        responses={200: FilingSheetSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        off = services.call_off_sheet(self.subject, by=self.membership, on=localdate(), **self.given(CalledOff))
        return Response(FilingSheetSerializer(off).data)


urlpatterns = [
    path("filing-sheets/", FilingSheets.as_view(), name="filing-sheet-list"),
    path("filing-sheets/<int:pk>/", FilingSheetDetail.as_view(), name="filing-sheet-detail"),
    path("filing-sheets/<int:pk>/paper/", FilingSheetPaperFile.as_view(), name="filing-sheet-paper"),
    path("filing-sheets/<int:pk>/scan/", FilingSheetScan.as_view(), name="filing-sheet-scan"),
    path("filing-sheets/<int:pk>/stamp/", StampSheet.as_view(), name="filing-sheet-stamp"),
    path("filing-sheets/<int:pk>/redraw/", RedrawSheet.as_view(), name="filing-sheet-redraw"),
    path("filing-sheets/<int:pk>/call-off/", CallOffSheet.as_view(), name="filing-sheet-call-off"),
]
