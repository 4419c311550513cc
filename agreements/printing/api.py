"""/api/v1/print-runs/: a season's contracts at once, for programs."""

from typing import Any

from django.http import HttpResponse
from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import FindingSerializer, HatAPI, RefusalSerializer
from agreements.printing import choosing, merging, services
from agreements.printing.enums import PrintForm
from agreements.printing.models import MergeRun, PrintRun
from core.answers import download
from core.policy import Refused, plain

PAGE = 50
KINDS = {PrintForm.ONE_FILE: "application/pdf", PrintForm.ZIP: "application/zip"}


class NewPrintRun(serializers.Serializer[Any]):
    agreements = serializers.ListField(child=serializers.IntegerField(), allow_empty=False, max_length=services.MOST)
    form = serializers.ChoiceField(choices=PrintForm.choices, default=PrintForm.ONE_FILE)


class PrintRunSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    form = serializers.ChoiceField(choices=PrintForm.choices)
    papers = serializers.IntegerField()
    done = serializers.IntegerField(help_text="已排版的份数")
    is_busy = serializers.BooleanField()
    asked_at = serializers.DateTimeField()


class PrintLineSerializer(serializers.Serializer[Any]):
    """One contract: its pages, or why it was not printed."""

    agreement = serializers.IntegerField()
    code = serializers.CharField()
    pages = serializers.IntegerField()
    message = serializers.CharField()


class CandidateSerializer(serializers.Serializer[Any]):
    """An open agreement: to be printed with the season's others, or what it waits for."""

    agreement = serializers.IntegerField(source="agreement.pk")
    code = serializers.CharField(source="agreement.draft_code")
    is_scanned = serializers.BooleanField(help_text="当前版本已有扫描件")
    is_usual = serializers.BooleanField(help_text="页面上默认选中的：可以打印，还没有扫描件")
    findings = FindingSerializer(many=True, help_text="还不能打印的原因；可以打印的为空")


class PrintCandidates(HatAPI):
    @extend_schema(summary="可以批量打印的协议，和还不能打印的原因", responses=CandidateSerializer(many=True))
    def get(self, request: Request) -> Response:
        found = choosing.candidates(self.membership, on=localdate(), most=services.MOST)
        return Response(CandidateSerializer(found, many=True).data)


class PrintRuns(HatAPI):
    @extend_schema(
        summary="批量打印列表（按编号倒序）",
        parameters=[OpenApiParameter("after", OpenApiTypes.INT, description="上一页最后一个编号")],
        responses=PrintRunSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = PrintRun.objects.visible_to(self.membership).prefetch_related("parts")
        return Response(PrintRunSerializer(self.page_of(rows, size=PAGE), many=True).data)

    @extend_schema(
        summary="批量生成待签署的三方协议书",
        request=NewPrintRun,
        responses={202: PrintRunSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        given = self.given(NewPrintRun)
        made = services.print_season(given["agreements"], form=PrintForm(given["form"]), by=self.membership)
        return Response(PrintRunSerializer(made).data, status=202)


class PrintRunDetail(HatAPI):
    subject: PrintRun

    @extend_schema(summary="一次批量打印的逐份结果", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: int) -> Response:
        told = PrintLineSerializer(self.subject.told, many=True).data
        return Response({**PrintRunSerializer(self.subject).data, "lines": told})


class PrintRunFile(HatAPI):
    subject: PrintRun

    @extend_schema(summary="下载打印文件（只保留一天）", responses={200: OpenApiTypes.BINARY, 422: RefusalSerializer})
    def get(self, request: Request, pk: int) -> HttpResponse:
        kind = PrintForm(self.subject.form)
        return download(_file_of(self.subject), f"三方协议书_{self.subject}.{kind.value}", KINDS[kind])


# --- the papers of records, for a meeting -----------------------------------------------------------------------------


class NewMergeRun(serializers.Serializer[Any]):
    agreements = serializers.ListField(child=serializers.IntegerField(), allow_empty=False, max_length=merging.MOST)


class MergeRuns(HatAPI):
    @extend_schema(
        summary="合并打印列表（按编号倒序）",
        parameters=[OpenApiParameter("after", OpenApiTypes.INT, description="上一页最后一个编号")],
        responses=PrintRunSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = MergeRun.objects.visible_to(self.membership).prefetch_related("parts")
        return Response(PrintRunSerializer(self.page_of(rows, size=PAGE), many=True).data)

    @extend_schema(
        summary="合并打印几件协议的材料（按备案号排列，带目录和页码）",
        request=NewMergeRun,
        responses={202: PrintRunSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        made = services.merge_papers(self.given(NewMergeRun)["agreements"], by=self.membership)
        return Response(PrintRunSerializer(made).data, status=202)


class MergeRunDetail(HatAPI):
    subject: MergeRun

    @extend_schema(summary="一次合并打印的逐件结果", responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: int) -> Response:
        told = PrintLineSerializer(self.subject.told, many=True).data
        return Response({**PrintRunSerializer(self.subject).data, "lines": told})


class MergeRunFile(HatAPI):
    subject: MergeRun

    @extend_schema(summary="下载合并的文件（只保留一天）", responses={200: OpenApiTypes.BINARY, 422: RefusalSerializer})
    def get(self, request: Request, pk: int) -> HttpResponse:
        return download(_file_of(self.subject), f"协议材料_{self.subject}.pdf", KINDS[PrintForm.ONE_FILE])


def _file_of(run: PrintRun) -> bytes:
    """Raises Refused while it is made, and when its day is over."""
    data = services.file_of(run)
    if data is None:
        raise Refused([plain("E-STATE", services.SWEPT if run.made_at else "打印文件还在排版，请稍后再取。")])
    return data


urlpatterns = [
    path("print-runs/", PrintRuns.as_view(), name="print-run-list"),
    path("print-runs/candidates/", PrintCandidates.as_view(), name="print-candidates"),
    path("print-runs/<int:pk>/", PrintRunDetail.as_view(), name="print-run-detail"),
    path("print-runs/<int:pk>/file/", PrintRunFile.as_view(), name="print-run-file"),
    path("merge-runs/", MergeRuns.as_view(), name="merge-run-list"),
    path("merge-runs/<int:pk>/", MergeRunDetail.as_view(), name="merge-run-detail"),
    path("merge-runs/<int:pk>/file/", MergeRunFile.as_view(), name="merge-run-file"),
]
