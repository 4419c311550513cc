"""/api/v1/selection-calls/: the services of the pages of calls for other programs."""

from typing import Any

from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import AFTER, HatAPI, RefusalSerializer
from accounts.models import Institution
from core.forms import no_control_characters, no_line_breaks
from specialists.enums import Category, Form
from specialists.models import Registration, SelectionCall, Team
from specialists.selection import calls

PAGE = 50


class CallSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    year = serializers.IntegerField()
    title = serializers.CharField()
    text = serializers.CharField()
    opens_on = serializers.DateField()
    closes_on = serializers.DateField()
    categories = serializers.ListField(child=serializers.CharField())
    forms = serializers.ListField(child=serializers.CharField())
    status = serializers.CharField()
    published_on = serializers.DateField()
    version = serializers.IntegerField()


class NewCall(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=100, validators=[no_control_characters, no_line_breaks])
    text = serializers.CharField(max_length=5000, allow_blank=True, default="", validators=[no_control_characters])
    opens_on = serializers.DateField()
    closes_on = serializers.DateField()
    categories = serializers.ListField(child=serializers.ChoiceField(choices=Category.choices), max_length=10)
    forms = serializers.ListField(child=serializers.ChoiceField(choices=Form.choices), max_length=10)

    def validate_categories(self, chosen: list[str]) -> list[str]:
        return [one.value for one in Category if one in chosen]

    def validate_forms(self, chosen: list[str]) -> list[str]:
        return [one.value for one in Form if one in chosen]


class ChangedCall(NewCall):
    version = serializers.IntegerField(min_value=1)


class CallVersion(serializers.Serializer[Any]):
    version = serializers.IntegerField(min_value=1)


class NewAdmission(serializers.Serializer[Any]):
    institution = serializers.IntegerField()
    registration = serializers.IntegerField(allow_null=True, default=None)
    team = serializers.IntegerField(allow_null=True, default=None)
    reason = serializers.CharField(max_length=400, validators=[no_control_characters, no_line_breaks])
    until = serializers.DateField()


class AdmissionSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    call = serializers.IntegerField(source="call_id")
    institution = serializers.IntegerField(source="institution_id")
    registration = serializers.IntegerField(source="registration_id")
    team = serializers.IntegerField(source="team_id")
    reason = serializers.CharField()
    until = serializers.DateField()


class Calls(HatAPI):
    @extend_schema(summary="推荐通知（按编号倒序）", parameters=[AFTER], responses=CallSerializer(many=True))
    def get(self, request: Request) -> Response:
        rows = self.page_of(SelectionCall.objects.visible_to(self.membership), size=PAGE)
        return Response(CallSerializer(rows, many=True).data)

    @extend_schema(summary="起草推荐通知", request=NewCall, responses={201: CallSerializer, 422: RefusalSerializer})
    def post(self, request: Request) -> Response:
        made = calls.draft_call(by=self.membership, on=localdate(), **self.given(NewCall))
        return Response(CallSerializer(made).data, status=201)


class CallDetail(HatAPI):
    subject: SelectionCall

    @extend_schema(summary="一份推荐通知", responses=CallSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(CallSerializer(self.subject).data)

    @extend_schema(
        summary="修改推荐通知草稿",
        request=ChangedCall,
        responses={200: CallSerializer, 409: None, 422: RefusalSerializer},
    )
    def put(self, request: Request, pk: int) -> Response:
        made = calls.save_call(self.subject, by=self.membership, on=localdate(), **self.given(ChangedCall))
        return Response(CallSerializer(made).data)

    @extend_schema(summary="删除推荐通知草稿", responses={204: None, 422: RefusalSerializer})
    def delete(self, request: Request, pk: int) -> Response:
        calls.discard_call(self.subject, by=self.membership, on=localdate())
        return Response(status=204)


class PublishCall(HatAPI):
    subject: SelectionCall

    @extend_schema(summary="发布推荐通知", request=CallVersion, responses={200: CallSerializer, 422: RefusalSerializer})
    def post(self, request: Request, pk: int) -> Response:
        made = calls.publish_call(self.subject, by=self.membership, on=localdate(), **self.given(CallVersion))
        return Response(CallSerializer(made).data)


class AdmitLate(HatAPI):
    subject: SelectionCall

    @extend_schema(
        summary="受理补报", request=NewAdmission, responses={201: AdmissionSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(NewAdmission)
        named = {
            "institution": Institution.objects.all(),
            "registration": Registration.objects.visible_to(self.membership),
            "team": Team.objects.visible_to(self.membership),
        }
        for name, rows in named.items():
            if given[name] is not None:
                found = rows.filter(pk=given[name]).first() if 0 < given[name] < 2**63 else None
                if found is None:
                    raise serializers.ValidationError({name: ["没有这个编号的记录，请核对。"]})
                given[name] = found
        made = calls.admit_late(self.subject, by=self.membership, on=localdate(), **given)
        return Response(AdmissionSerializer(made).data, status=201)


urlpatterns = [
    path("selection-calls/", Calls.as_view(), name="selection-call-list"),
    path("selection-calls/<int:pk>/", CallDetail.as_view(), name="selection-call-detail"),
    path("selection-calls/<int:pk>/publish/", PublishCall.as_view(), name="selection-call-publish"),
    path("selection-calls/<int:pk>/late/", AdmitLate.as_view(), name="selection-call-late"),
]
