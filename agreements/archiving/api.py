"""/api/v1/archives/: the archive of each year, its items and what is drawn of it, for programs."""

from typing import Any

from django.http import Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import AFTER, HatAPI, RefusalSerializer
from accounts.models import Membership
from agreements.archiving import assembling, documents, packing, queries, services
from agreements.archiving.enums import Retention
from agreements.archiving.models import ArchiveItem, ArchivePackage, ArchiveYear
from agreements.archiving.views import asked_period, package_name
from core import files, pdf
from core.answers import download, lent
from core.dates import YEARS
from core.files import XLSX
from core.forms import no_control_characters
from core.policy import Refused, plain

PAGE = 50
PERIOD = OpenApiParameter("retention", OpenApiTypes.STR, enum=Retention.values, description="保管期限，空为全部")
YEAR = OpenApiParameter("year", OpenApiTypes.INT, required=True, description="年度")


class NewArchive(serializers.Serializer[Any]):
    year = serializers.IntegerField(min_value=2000, max_value=2999)
    note = serializers.CharField(
        max_length=1000,
        allow_blank=True,
        default="",
        validators=[no_control_characters],
        help_text="情况说明，材料有缺时必填",
    )


class ArchiveSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    year = serializers.IntegerField()
    note = serializers.CharField()
    prepared_on = serializers.DateField()
    closed_on = serializers.DateField(allow_null=True)
    fonds = serializers.CharField(help_text="全宗号")
    items = serializers.IntegerField(source="many", help_text="件数")
    done = serializers.IntegerField(help_text="已整理的件数")


def _with_figures(archive: ArchiveYear, hat: Membership) -> Any:
    return ArchiveSerializer(queries.years(hat).get(pk=archive.pk)).data


class LackingSerializer(serializers.Serializer[Any]):
    """What an archive would take, and which agreements lack something."""

    items = serializers.IntegerField()
    agreements = serializers.IntegerField()
    without_scan = serializers.ListField(child=serializers.IntegerField())
    without_certificate = serializers.ListField(child=serializers.IntegerField())
    under_way = serializers.ListField(child=serializers.IntegerField(), help_text="该年度提交、尚未办结")


class ArchiveItemSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    code = serializers.CharField(help_text="档号")
    retention = serializers.ChoiceField(choices=Retention.choices)
    number = serializers.IntegerField(help_text="件号")
    title = serializers.CharField()
    responsible = serializers.CharField()
    document_numbers = serializers.CharField()
    dated = serializers.DateField()
    added_on = serializers.DateField()
    pages = serializers.IntegerField(allow_null=True)
    box = serializers.IntegerField(allow_null=True)
    lacking = serializers.CharField()
    supplements = serializers.IntegerField(source="supplements_id", allow_null=True)


class ArchivedPaperSerializer(serializers.Serializer[Any]):
    number = serializers.IntegerField()
    agreement = serializers.IntegerField(source="agreement_id")
    title = serializers.CharField()
    pages = serializers.IntegerField(source="file.pages")
    size = serializers.IntegerField(source="file.size")
    sha256 = serializers.CharField(source="file.sha256")


class ArchiveItemDetailSerializer(ArchiveItemSerializer):
    agreements = serializers.SerializerMethodField()
    papers = ArchivedPaperSerializer(many=True)

    def get_agreements(self, item: ArchiveItem) -> list[int]:
        return [*item.lines.order_by("pk").values_list("agreement", flat=True)]


class PackageSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    items = serializers.IntegerField()
    is_busy = serializers.BooleanField()
    sha256 = serializers.CharField()
    trouble = serializers.CharField(help_text="没有制成的原因")


class Archives(HatAPI):
    @extend_schema(summary="归档年度列表（按编号倒序）", parameters=[AFTER], responses=ArchiveSerializer(many=True))
    def get(self, request: Request) -> Response:
        rows = self.page_of(queries.years(self.membership), size=PAGE)
        return Response(ArchiveSerializer(rows, many=True).data)

    @extend_schema(
        summary="整理待归档的年度（归档前可以重新整理）",
        request=NewArchive,
        responses={201: ArchiveSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        made = services.prepare_archive(by=self.membership, on=localdate(), **self.given(NewArchive))
        return Response(_with_figures(made, self.membership), status=201)


class ArchivePreview(HatAPI):
    @extend_schema(summary="某年度将归档的内容和缺少的材料", parameters=[YEAR], responses=LackingSerializer)
    def get(self, request: Request) -> Response:
        year = self.number("year", among=YEARS)
        if year is None:
            raise serializers.ValidationError({"year": ["请填写年度。"]})
        seen = queries.preview(year)
        lacking = {
            name: [one.pk for one in getattr(seen, name)]
            for name in ("without_scan", "without_certificate", "under_way")
        }
        return Response(LackingSerializer({"items": len(seen.files), "agreements": seen.agreements, **lacking}).data)


class ArchiveDetail(HatAPI):
    subject: ArchiveYear

    @extend_schema(summary="一个归档年度", responses=ArchiveSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(_with_figures(self.subject, self.membership))


class CloseArchive(HatAPI):
    subject: ArchiveYear

    @extend_schema(
        summary="检查并归档（须整理人以外的人员）",
        request=None,
        responses={200: ArchiveSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        closed = services.close_archive(self.subject, by=self.membership, on=localdate())
        return Response(_with_figures(closed, self.membership))


class SupplementArchive(HatAPI):
    subject: ArchiveYear

    @extend_schema(
        summary="补充归档：归档后新增的协议和材料接在原件号之后",
        request=None,
        responses={201: ArchiveItemSerializer(many=True), 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        made = services.supplement_archive(self.subject, by=self.membership, on=localdate())
        return Response(ArchiveItemSerializer(made, many=True).data, status=201)


class ArchiveItems(HatAPI):
    subject: ArchiveYear

    @extend_schema(
        summary="一个年度的归档文件（按编号倒序）", parameters=[AFTER], responses=ArchiveItemSerializer(many=True)
    )
    def get(self, request: Request, pk: int) -> Response:
        rows = ArchiveItem.objects.visible_to(self.membership).filter(archive=self.subject)
        return Response(ArchiveItemSerializer(self.page_of(rows, size=PAGE), many=True).data)


class ArchiveItemDetail(HatAPI):
    subject: ArchiveItem

    @extend_schema(summary="一件归档文件及其材料", responses=ArchiveItemDetailSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(ArchiveItemDetailSerializer(self.subject).data)


class ArchivedPaperFile(HatAPI):
    subject: ArchiveItem

    @extend_schema(summary="下载归档的一份材料", responses={200: OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int, number: int) -> HttpResponseBase:
        found = self.subject.papers.select_related("file").filter(number=min(number, 32767)).first()
        if found is None:
            raise Http404("没有这份材料。")
        return files.serve(found.file)


class ArchiveSheet(HatAPI):
    subject: ArchiveYear

    @extend_schema(summary="归档文件目录（表格）", parameters=[PERIOD], responses={200: OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int) -> HttpResponse:
        period = asked_period(request.query_params.get("retention", ""))
        name, data = documents.directory_sheet(self.subject, by=self.membership, on=localdate(), retention=period)
        return download(data, name, XLSX)


class Printed(HatAPI):
    subject: ArchiveYear

    def printed(self, title: str, draw: Any) -> HttpResponse:
        assembling.require_assembled(self.subject)
        try:
            data = draw()
        except pdf.Unavailable as missing:
            raise Refused([plain("E-PDF", str(missing))]) from None
        return download(data, f"{self.subject.year}年度{title}.pdf", "application/pdf")


class ArchiveDirectory(Printed):
    @extend_schema(
        summary="归档文件目录（打印件）",
        parameters=[PERIOD],
        responses={200: OpenApiTypes.BINARY, 422: RefusalSerializer},
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        period = asked_period(request.query_params.get("retention", ""))
        return self.printed(documents.TITLE, lambda: documents.directory_pdf(self.subject, retention=period))


class ArchiveBoxes(Printed):
    @extend_schema(summary="各盒备考表（打印件）", responses={200: OpenApiTypes.BINARY, 422: RefusalSerializer})
    def get(self, request: Request, pk: int) -> HttpResponse:
        return self.printed("备考表", lambda: documents.box_sheets_pdf(self.subject))


class Package(HatAPI):
    subject: ArchiveYear

    @extend_schema(
        summary="制作一个年度的压缩包",
        request=None,
        responses={202: PackageSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        asked = packing.ask_for_package(self.subject, by=self.membership)
        return Response(PackageSerializer(asked).data, status=202)


class PackageFile(HatAPI):
    subject: ArchivePackage

    @extend_schema(summary="下载压缩包（保留到次日）", responses={200: OpenApiTypes.BINARY, 422: RefusalSerializer})
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        if not packing.package_is_there(self.subject):
            raise Refused([plain("E-STATE", packing.not_there(self.subject))])
        return lent(self.subject.path, package_name(self.subject), "application/zip")


urlpatterns = [
    path("archives/", Archives.as_view(), name="archive-list"),
    path("archives/preview/", ArchivePreview.as_view(), name="archive-preview"),
    path("archives/<int:pk>/", ArchiveDetail.as_view(), name="archive-detail"),
    path("archives/<int:pk>/close/", CloseArchive.as_view(), name="archive-close"),
    path("archives/<int:pk>/supplement/", SupplementArchive.as_view(), name="archive-supplement"),
    path("archives/<int:pk>/items/", ArchiveItems.as_view(), name="archive-items"),
    path("archives/<int:pk>/sheet/", ArchiveSheet.as_view(), name="archive-sheet"),
    path("archives/<int:pk>/directory/", ArchiveDirectory.as_view(), name="archive-directory"),
    path("archives/<int:pk>/boxes/", ArchiveBoxes.as_view(), name="archive-boxes"),
    path("archives/<int:pk>/package/", Package.as_view(), name="archive-package"),
    path("archives/packages/<int:pk>/file/", PackageFile.as_view(), name="archive-package-file"),
    path("archives/items/<int:pk>/", ArchiveItemDetail.as_view(), name="archive-item"),
    path("archives/items/<int:pk>/papers/<int:number>/", ArchivedPaperFile.as_view(), name="archive-paper"),
]
