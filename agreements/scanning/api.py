"""/api/v1/scan-batches/: signed papers dropped by the dozen, for programs."""

from typing import Any

from django.http import FileResponse
from django.shortcuts import get_object_or_404
from django.urls import path
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import HatAPI, RefusalSerializer
from agreements.models import Agreement
from agreements.scanning import services, withdrawing
from agreements.scanning.models import ScanBatch, ScanPiece
from agreements.scanning.reading import open_agreements
from agreements.scanning.receiving import MOST_FILES, PATIENCE
from agreements.scanning.tray import guesses
from core import files

PAGE = 50


class NewScanBatch(serializers.Serializer[Any]):
    files = serializers.ListField(child=serializers.FileField(allow_empty_file=True), allow_empty=False)
    batch = serializers.IntegerField(
        min_value=1, max_value=2_147_483_647, required=False, help_text="续传到这一批（同一身份上传、尚未收齐）"
    )
    more = serializers.IntegerField(
        min_value=0,
        max_value=MOST_FILES,
        default=0,
        help_text=f"还有多少个文件随后续传；{PATIENCE.seconds // 60}分钟内没有续传的，按已到的配对",
    )


class ScanBatchSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    name = serializers.CharField(source="file.name")
    files = serializers.IntegerField()
    done = serializers.IntegerField(help_text="已识别的文件数")
    is_busy = serializers.BooleanField(help_text="仍在识别或附上")
    open_until = serializers.DateTimeField(help_text="其余文件等到这时；已收齐的为空")
    uploaded_at = serializers.DateTimeField()


class ScanPieceSerializer(serializers.Serializer[Any]):
    """The pages of one agreement in a file: their outcome, why, and whose they are."""

    id = serializers.IntegerField()
    name = serializers.CharField(source="file.name")
    pages = serializers.ListField(child=serializers.IntegerField())
    outcome = serializers.CharField()
    outcome_label = serializers.CharField(source="get_outcome_display")
    message = serializers.CharField()
    notes = serializers.ListField(child=serializers.CharField())
    agreement = serializers.IntegerField(source="agreement_id", allow_null=True)
    scan = serializers.IntegerField(source="scan.number", default=None, allow_null=True)
    guesses = serializers.SerializerMethodField(help_text="可能的协议，最可能的在前；仅待人工配对的有")

    def get_guesses(self, piece: ScanPiece) -> list[int]:
        return (
            [one.pk for one in guesses(piece, self.context["open"])] if piece.outcome in services.Outcome.tray else []
        )


class PieceDecision(serializers.Serializer[Any]):
    piece = serializers.IntegerField()
    agreement = serializers.IntegerField(allow_null=True, help_text="空为不附")


class Decisions(serializers.Serializer[Any]):
    pieces = serializers.ListField(child=PieceDecision(), allow_empty=False, max_length=500)


class ScanBatches(HatAPI):
    @extend_schema(
        summary="签署扫描件批次列表（按编号倒序）",
        parameters=[OpenApiParameter("after", OpenApiTypes.INT, description="上一页最后一个编号")],
        responses=ScanBatchSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = ScanBatch.objects.visible_to(self.membership).select_related("file")
        return Response(ScanBatchSerializer(self.page_of(rows, size=PAGE), many=True).data)

    @extend_schema(
        summary="上传签署后的扫描件（一个压缩包或若干文件），按页面上的二维码附到协议",
        request={"multipart/form-data": NewScanBatch},
        responses={202: ScanBatchSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        given = self.given(NewScanBatch)
        how = {"by": self.membership, "more": given["more"]}
        if begun := given.get("batch"):
            batch = get_object_or_404(ScanBatch.objects.visible_to(self.membership), pk=begun)
            made = services.add_to_batch(batch, given["files"], **how)
        else:
            made = services.open_batch(given["files"], **how)
        return Response(ScanBatchSerializer(made).data, status=202)


class ScanBatchDetail(HatAPI):
    subject: ScanBatch

    @extend_schema(summary="一批扫描件的逐份结果", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: int) -> Response:
        return Response(self.whole(self.subject))

    def whole(self, batch: ScanBatch) -> dict[str, Any]:
        made = ScanBatch.objects.select_related("file").get(pk=batch.pk)
        pieces = made.pieces.select_related("file", "scan").order_by("pk")
        context = {"open": list(open_agreements(self.membership))}
        told = ScanPieceSerializer(pieces, many=True, context=context).data
        return {**ScanBatchSerializer(made).data, "pieces": told}


class DecideScans(ScanBatchDetail):
    http_method_names = ["post", "options"]

    @extend_schema(
        summary="人工配对：每份附到哪个协议，或不附",
        request=Decisions,
        responses={200: OpenApiTypes.OBJECT, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        choices = {one["piece"]: one["agreement"] for one in self.given(Decisions)["pieces"]}
        services.decide(self.subject, choices, by=self.membership)
        return Response(self.whole(self.subject))


class WithdrawnScan(HatAPI):
    subject: Agreement
    answer_is_kept = False  # each look is one

    @extend_schema(
        summary="查看一份撤下的扫描件（原件），查看人和时间记入办理记录",
        request=None,
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY, 404: None},
    )
    def post(self, request: Request, pk: int, number: int) -> FileResponse:
        scan = withdrawing.withdrawn_scan(self.subject, number)
        return files.serve(withdrawing.look_at(scan, by=self.membership))


urlpatterns = [
    path("scan-batches/", ScanBatches.as_view(), name="scan-batch-list"),
    path("scan-batches/<int:pk>/", ScanBatchDetail.as_view(), name="scan-batch-detail"),
    path("scan-batches/<int:pk>/decide/", DecideScans.as_view(), name="scan-batch-decide"),
    path("agreements/<int:pk>/scans/<int:number>/withdrawn/", WithdrawnScan.as_view(), name="agreement-scan-withdrawn"),
]
