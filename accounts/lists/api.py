"""/api/v1/lists/, views/ and exports/: saved views of lists, and lists as workbooks, for programs."""

from collections.abc import Iterable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import FileResponse, QueryDict
from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import HatAPI, RefusalSerializer
from accounts.doors import MAY_NOT
from accounts.lists import exporting, services
from accounts.lists.bar import query_in
from accounts.lists.kinds import Listed, kinds
from accounts.lists.models import ListExport, SavedView
from accounts.lists.views import GONE, manages
from core import audit
from core.answers import lent
from core.files import XLSX
from core.policy import Refused, plain

PAGE = 50


class NamedSerializer(serializers.Serializer[Any]):
    key = serializers.CharField()
    title = serializers.CharField()


class ListedSerializer(serializers.Serializer[Any]):
    """A list with what it can be filtered and sorted by, and the columns of its export."""

    key = serializers.CharField()
    title = serializers.CharField()
    filters = NamedSerializer(many=True)
    sorts = NamedSerializer(many=True)
    columns = NamedSerializer(many=True)


class SavedViewSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    list = serializers.CharField(help_text="所属列表")
    name = serializers.CharField()
    query = serializers.CharField(help_text="列表地址中的查询参数")
    fields_ = serializers.ListField(source="fields", child=serializers.CharField(), help_text="导出的列，空为常用列")
    shared_with = serializers.CharField(help_text="共用的身份，空为仅自己使用")
    place = serializers.IntegerField()


class ListedQuery(serializers.Serializer[Any]):
    list = serializers.CharField(max_length=30, help_text="列表，如agreements")
    query = serializers.CharField(max_length=1000, required=False, allow_blank=True, default="")

    def validate_list(self, key: str) -> Listed:
        if key not in kinds():
            raise serializers.ValidationError("没有这个列表。")
        return kinds()[key]

    def validate_query(self, sent: str) -> QueryDict:
        return query_in(sent)


class ChangedView(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=20)
    shared_with = serializers.CharField(
        max_length=30, required=False, allow_blank=True, default="", help_text="共用的身份"
    )


class NewView(ListedQuery, ChangedView):
    """A view by its list, query string and name."""


class Start(serializers.Serializer[Any]):
    place = serializers.ChoiceField(choices=["list", "home"])


class NewExport(ListedQuery):
    columns = serializers.ListField(
        child=serializers.CharField(max_length=30), required=False, default=list, help_text="导出的列，空为常用列"
    )


class ListExportSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    list = serializers.CharField()
    columns = serializers.ListField(source="fields", child=serializers.CharField())
    conditions = serializers.DictField(child=serializers.CharField())
    rows = serializers.IntegerField()
    done = serializers.IntegerField()
    is_busy = serializers.BooleanField()
    is_there = serializers.BooleanField(help_text="文件可以下载")
    expires_on = serializers.DateField(allow_null=True)


class ListAPI(HatAPI):
    def listed(self, given: dict[str, Any]) -> Listed:
        listed: Listed = given.pop("list")
        if not listed.open_to(self.membership):
            raise PermissionDenied(MAY_NOT)
        return listed


class Lists(HatAPI):
    @extend_schema(summary="可以保存视图和导出的列表", responses=ListedSerializer(many=True))
    def get(self, request: Request) -> Response:
        hat, nothing = self.membership, QueryDict()
        found = [
            {
                "key": one.key,
                "title": one.title,
                "filters": _named((name, str(field.label)) for name, field in one.form(nothing, hat).fields.items()),
                "sorts": _named(one.sort_words.items()),
                "columns": _named((column.key, column.title) for column in one.fields(hat, nothing)),
            }
            for one in kinds().values()
            if one.open_to(hat)
        ]
        return Response(ListedSerializer(found, many=True).data)


def _named(pairs: Iterable[tuple[str, str]]) -> list[dict[str, str]]:
    return [{"key": key, "title": title} for key, title in pairs]


class Views(ListAPI):
    @extend_schema(summary="保存的列表视图（自己的和共用的）", responses=SavedViewSerializer(many=True))
    def get(self, request: Request) -> Response:
        rows = SavedView.objects.visible_to(self.membership).order_by("list", "owner_id", "place")
        return Response(SavedViewSerializer(rows, many=True).data)

    @extend_schema(
        summary="保存列表视图", request=NewView, responses={201: SavedViewSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request) -> Response:
        given = self.given(NewView)
        view = services.save_view(self.listed(given), given.pop("query"), by=self.membership, **given)
        return Response(SavedViewSerializer(view).data, status=201)


class ViewAPI(HatAPI):
    subject: SavedView

    def managed(self) -> SavedView:
        if not manages(self.membership, self.subject):
            raise PermissionDenied(MAY_NOT)
        return self.subject


class ViewDetail(ViewAPI):
    @extend_schema(summary="一个列表视图", responses=SavedViewSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(SavedViewSerializer(self.subject).data)

    @extend_schema(
        summary="修改列表视图的名称和共用范围",
        request=ChangedView,
        responses={200: SavedViewSerializer, 422: RefusalSerializer},
    )
    def put(self, request: Request, pk: int) -> Response:
        view = services.change_view(self.managed(), by=self.membership, **self.given(ChangedView))
        return Response(SavedViewSerializer(view).data)

    @extend_schema(summary="删除列表视图", responses={204: None})
    def delete(self, request: Request, pk: int) -> Response:
        services.delete_view(self.managed(), by=self.membership)
        return Response(status=204)


class ViewCopy(ViewAPI):
    @extend_schema(
        summary="把共用的列表视图复制为自己的",
        request=None,
        responses={201: SavedViewSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        view = services.copy_view(self.subject, by=self.membership)
        return Response(SavedViewSerializer(view).data, status=201)


class ViewUp(ViewAPI):
    @extend_schema(summary="列表视图上移一位", request=None, responses={204: None})
    def post(self, request: Request, pk: int) -> Response:
        services.move_up(self.managed())
        return Response(status=204)


class ViewStart(ViewAPI):
    @extend_schema(summary="设为（或取消）列表或登录后的起始页", request=Start, responses={204: None})
    def post(self, request: Request, pk: int) -> Response:
        place = services.HOME if self.given(Start)["place"] == "home" else self.subject.list
        services.start_with(self.subject, place=place, by=self.membership)
        return Response(status=204)


class Exports(ListAPI):
    @extend_schema(summary="本人的列表导出（按编号倒序）", responses=ListExportSerializer(many=True))
    def get(self, request: Request) -> Response:
        rows = ListExport.objects.visible_to(self.membership)
        return Response(ListExportSerializer(self.page_of(rows, size=PAGE), many=True).data)

    @extend_schema(
        summary="按筛选条件导出列表",
        request=NewExport,
        responses={201: ListExportSerializer, 202: ListExportSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        given = self.given(NewExport)
        hat, query, listed = self.membership, given["query"], self.listed(given)
        columns = given["columns"] or [one.key for one in listed.fields(hat, query) if one.usual]
        export = exporting.export_list(listed, query, fields=columns, by=hat, on=localdate())
        return Response(ListExportSerializer(export).data, status=202 if export.is_busy else 201)


class ExportDetail(HatAPI):
    subject: ListExport

    @extend_schema(summary="一次列表导出的进度", responses=ListExportSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(ListExportSerializer(self.subject).data)


class ExportFile(HatAPI):
    subject: ListExport

    @extend_schema(summary="下载导出文件", responses={200: OpenApiTypes.BINARY, 422: RefusalSerializer})
    def get(self, request: Request, pk: int) -> FileResponse:
        if not self.subject.is_there:
            busy = "导出文件还在生成，请稍后再取。"
            words = busy if self.subject.is_busy else GONE.format(days=exporting.DAYS)
            raise Refused([plain("E-STATE", words)])
        with transaction.atomic():
            audit.record("export.downloaded", self.subject, by=self.membership)
        return lent(self.subject.path, exporting.file_name(self.subject), XLSX)


urlpatterns = [
    path("lists/", Lists.as_view(), name="list-list"),
    path("views/", Views.as_view(), name="view-list"),
    path("views/<int:pk>/", ViewDetail.as_view(), name="view-detail"),
    path("views/<int:pk>/copy/", ViewCopy.as_view(), name="view-copy"),
    path("views/<int:pk>/up/", ViewUp.as_view(), name="view-up"),
    path("views/<int:pk>/start/", ViewStart.as_view(), name="view-start"),
    path("exports/", Exports.as_view(), name="export-list"),
    path("exports/<int:pk>/", ExportDetail.as_view(), name="export-detail"),
    path("exports/<int:pk>/file/", ExportFile.as_view(), name="export-file"),
]
