"""/api/v1/plans/ (desk.plan.api), and /api/v1/rosters/: the wizard for programs of an institution, by the services the pages call."""

from datetime import date
from typing import Any

from django.http import Http404, HttpResponse
from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import HatAPI, RefusalSerializer
from core.answers import download
from core.files import XLSX
from desk.dictionaries.api import urlpatterns as terms
from desk.enums import Kind, Mode, RosterStatus, Verdict
from desk.holidays.api import urlpatterns as holidays
from desk.merging.api import urlpatterns as merges
from desk.overrides.api import urlpatterns as overrides
from desk.plan.api import urlpatterns as plans
from desk.rosters import queries, services, sheets
from desk.rosters.columns import columns_of
from desk.rosters.making import MADE, expected, named
from desk.rosters.models import RosterBatch
from desk.rosters.past_api import urlpatterns as reconciliations
from desk.scans.api import urlpatterns as past_scans

PAGE = 50


class NoteSerializer(serializers.Serializer[Any]):
    level = serializers.CharField()
    message = serializers.CharField()


class RosterSerializer(serializers.Serializer[Any]):
    """Where a roster stands; `columns` are 0-based, `counts` rows by verdict."""

    id = serializers.IntegerField()
    kind = serializers.CharField()
    year = serializers.IntegerField()
    file_name = serializers.CharField(source="file.name")
    status = serializers.CharField()
    status_label = serializers.CharField(source="get_status_display")
    version = serializers.IntegerField()
    sheet = serializers.CharField()
    heading = serializers.IntegerField()
    words = serializers.DictField(child=serializers.CharField())
    columns = serializers.DictField(source="mapping", child=serializers.CharField())
    rows = serializers.IntegerField()
    checked = serializers.IntegerField()
    applied = serializers.IntegerField(source="done")
    counts = serializers.DictField(child=serializers.IntegerField())
    notes = NoteSerializer(many=True)
    mode = serializers.CharField()
    uploaded_at = serializers.DateTimeField()
    applied_at = serializers.DateTimeField(allow_null=True)
    taken_back_at = serializers.DateTimeField(allow_null=True)


class WholeRosterSerializer(RosterSerializer):
    """One roster, with what it will make and what it made."""

    expected = serializers.SerializerMethodField(help_text="校验后、确认前：可以导入的行将建立什么，各多少")
    made = serializers.SerializerMethodField(help_text="导入后：建立了什么，各多少")

    def get_expected(self, batch: RosterBatch) -> dict[str, int]:
        return expected(batch) if batch.status == RosterStatus.CHECKED else {}

    def get_made(self, batch: RosterBatch) -> dict[str, int]:
        return services.made_by(batch) if batch.status == RosterStatus.APPLIED else {}


class RosterFindingSerializer(serializers.Serializer[Any]):
    """One finding with its row as Excel shows it, column, value (masked when personal), article and what to do."""

    row = serializers.IntegerField(source="number")
    name = serializers.CharField()
    level = serializers.CharField()
    code = serializers.CharField()
    column = serializers.CharField()
    letter = serializers.CharField()
    value = serializers.CharField()
    message = serializers.CharField()
    article = serializers.CharField()
    advice = serializers.CharField()
    link = serializers.CharField(help_text="办理的页面，没有的为空")


class NewRoster(serializers.Serializer[Any]):
    """`year`, `valid_from`, `valid_to` and `document_number` belong to a provincial list."""

    file = serializers.FileField()
    kind = serializers.ChoiceField(choices=Kind.choices, required=False)
    year = serializers.IntegerField(min_value=2000, max_value=2100, required=False)
    valid_from = serializers.DateField(required=False)
    valid_to = serializers.DateField(required=False)
    document_number = serializers.CharField(max_length=60, required=False, allow_blank=True)


class NamedColumns(serializers.Serializer[Any]):
    """What each column means: {"0": "name", "2": "id_number"}; what is left out is not imported."""

    version = serializers.IntegerField()
    columns = serializers.DictField(child=serializers.CharField(allow_blank=True, max_length=30))

    def validate_columns(self, columns: dict[str, str]) -> dict[int, str]:
        if any(not (name.isascii() and name.isdecimal() and len(name) < 5) for name in columns):
            raise serializers.ValidationError("列号应为从0开始的整数。")
        return {int(name): key for name, key in columns.items()}


class Confirmation(serializers.Serializer[Any]):
    version = serializers.IntegerField()
    mode = serializers.ChoiceField(choices=Mode.choices)
    consent = serializers.BooleanField(default=False)


class Version(serializers.Serializer[Any]):
    version = serializers.IntegerField()


class RosterAPI(HatAPI):
    subject: RosterBatch

    def whole(self, batch: RosterBatch, *, status: int = 200) -> Response:
        rows = RosterBatch.objects.visible_to(self.membership).select_related("file")
        return Response(RosterSerializer(rows.get(pk=batch.pk)).data, status=status)


class Rosters(RosterAPI):
    @extend_schema(
        summary="名单批次列表（按编号倒序）",
        parameters=[OpenApiParameter("after", int, description="上一页最后一个编号")],
        responses=RosterSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = queries.batches(self.membership).select_related("file")
        return Response(RosterSerializer(self.page_of(rows, size=PAGE), many=True).data)

    @extend_schema(
        summary="上传名单工作簿", request=NewRoster, responses={201: RosterSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request) -> Response:
        values, on = self.given(NewRoster), localdate()
        kinds = queries.kinds_for(self.membership.role)
        kind = Kind(values.get("kind", kinds[0]))
        if kind not in kinds:
            raise serializers.ValidationError({"kind": ["您的身份不能导入这类名单。"]})
        batch = services.open_batch(
            values["file"], kind=kind, by=self.membership, on=on, terms=_terms(values, kind, on)
        )
        return self.whole(batch, status=201)


def _terms(values: dict[str, Any], kind: Kind, on: date) -> dict[str, Any] | None:
    if kind != Kind.PROVINCIAL:
        return None
    year = values.get("year", on.year)
    start = values.get("valid_from", date(year, 1, 1))
    end = values.get("valid_to", date(year, 12, 31))
    if end < start:
        raise serializers.ValidationError({"valid_to": ["有效期止不能早于有效期起。"]})
    number = values.get("document_number", "")
    return {"year": year, "valid_from": start, "valid_to": end, "document_number": number}


class RosterDetail(RosterAPI):
    @extend_schema(
        summary="名单批次的状态、列对应、校验结果，以及将建立和已建立的内容", responses=WholeRosterSerializer
    )
    def get(self, request: Request, pk: int) -> Response:
        return Response(WholeRosterSerializer(self.subject).data)


class RosterColumns(RosterAPI):
    @extend_schema(
        summary="确定列对应并开始校验", request=NamedColumns, responses={202: RosterSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        values = self.given(NamedColumns)
        batch = services.name_columns(
            self.subject,
            by=self.membership,
            on=localdate(),
            version=values["version"],
            mapping=values["columns"],
        )
        return self.whole(batch, status=202)


class RosterFindings(RosterAPI):
    @extend_schema(
        summary="逐行问题（按行号；可按结果筛选）",
        parameters=[
            OpenApiParameter("verdict", str, enum=Verdict.values),
            OpenApiParameter("after", int, description="上一页最后一个行号"),
        ],
        responses=RosterFindingSerializer(many=True),
    )
    def get(self, request: Request, pk: int) -> Response:
        rows = self.subject.lines.exclude(findings=[]).order_by("number")
        if verdict := self.choice("verdict", Verdict.values):
            rows = rows.filter(verdict=verdict)
        if (after := self.number("after", among=range(10**9))) is not None:
            rows = rows.filter(number__gt=after)
        page = rows.values("id", "number", "findings", "values")[:PAGE]
        found = [one for row in page for one in queries.flattened(row)]
        return Response(RosterFindingSerializer(found, many=True).data)


class MadeSerializer(serializers.Serializer[Any]):
    """One record that a roster made; its page and program are those of its kind."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    detail = serializers.CharField()
    status_label = serializers.CharField(help_text="没有状态的为空")


class RosterMade(RosterAPI):
    @extend_schema(
        summary="由名单建立的登记、团队、协议、派驻单位或名单条目（按编号）",
        parameters=[OpenApiParameter("after", int, description="上一页最后一个编号")],
        responses=MadeSerializer(many=True),
    )
    def get(self, request: Request, pk: int, what: str) -> Response:
        if (kind := MADE.get(what)) is None:
            raise Http404
        rows = kind.rows(self.subject, self.membership).order_by("id")
        if (after := self.number("after", among=range(10**9))) is not None:
            rows = rows.filter(id__gt=after)
        on = localdate()
        found = [
            {
                "id": row["id"],
                "title": named(row),
                "detail": kind.detail(row),
                "status_label": kind.status(row, on)[0] if kind.status else "",
            }
            for row in rows[:PAGE]
        ]
        return Response(MadeSerializer(found, many=True).data)


class RosterMarked(RosterAPI):
    @extend_schema(summary="标注了问题的原工作簿", responses={(200, XLSX): OpenApiTypes.BINARY, 422: RefusalSerializer})
    def get(self, request: Request, pk: int) -> HttpResponse:
        return download(sheets.marked(self.subject), self.subject.file.name, XLSX)


class RosterConfirm(RosterAPI):
    @extend_schema(
        summary="确认导入：全部（有一行不能导入就都不导入）或只导入没有错误的行",
        request=Confirmation,
        responses={202: RosterSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        values = self.given(Confirmation)
        batch = services.confirm(
            self.subject,
            by=self.membership,
            version=values["version"],
            mode=Mode(values["mode"]),
            consent=values["consent"],
        )
        return self.whole(batch, status=202)


class RosterTakeBack(RosterAPI):
    @extend_schema(
        summary="整批撤回（导入后24小时内，且没有后续办理）",
        request=Version,
        responses={200: RosterSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        version = self.given(Version)["version"]
        return self.whole(services.take_back(self.subject, by=self.membership, on=localdate(), version=version))


class RosterDrop(RosterAPI):
    @extend_schema(
        summary="放弃名单，不导入", request=Version, responses={200: RosterSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        version = self.given(Version)["version"]
        return self.whole(services.drop(self.subject, by=self.membership, version=version))


class RosterFields(RosterAPI):
    @extend_schema(summary="名单可以有哪些列（按名单类型）", responses={200: OpenApiTypes.OBJECT})
    def get(self, request: Request) -> Response:
        return Response(
            {
                kind.value: [
                    {"key": one.key, "label": one.label, "required": one.required} for one in columns_of(kind).values()
                ]
                for kind in queries.kinds_for(self.membership.role)
            }
        )


urlpatterns = [
    *merges,
    *overrides,
    *plans,
    *reconciliations,
    *terms,
    *holidays,
    *past_scans,
    path("rosters/", Rosters.as_view(), name="roster-list"),
    path("rosters/fields/", RosterFields.as_view(), name="roster-fields"),
    path("rosters/<int:pk>/", RosterDetail.as_view(), name="roster-detail"),
    path("rosters/<int:pk>/columns/", RosterColumns.as_view(), name="roster-columns"),
    path("rosters/<int:pk>/findings/", RosterFindings.as_view(), name="roster-findings"),
    path("rosters/<int:pk>/marked/", RosterMarked.as_view(), name="roster-marked"),
    path("rosters/<int:pk>/made/<slug:what>/", RosterMade.as_view(), name="roster-made"),
    path("rosters/<int:pk>/confirm/", RosterConfirm.as_view(), name="roster-confirm"),
    path("rosters/<int:pk>/take-back/", RosterTakeBack.as_view(), name="roster-take-back"),
    path("rosters/<int:pk>/drop/", RosterDrop.as_view(), name="roster-drop"),
]
