"""/api/v1/registrations/decide/: several steps of review at once, for other programs."""

from typing import Any

from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import FindingSerializer, HatAPI, RefusalSerializer
from core.forms import no_control_characters
from specialists.selection import bulk


class LineSerializer(serializers.Serializer[Any]):
    """One file that waits, with what stands in its way; `key` names it in its version."""

    key = serializers.CharField()
    name = serializers.CharField()
    is_clean = serializers.BooleanField()
    findings = FindingSerializer(many=True)


class PassOutcomeSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    passed = serializers.BooleanField(source="is_passed")
    detail = serializers.CharField(source="words")
    findings = FindingSerializer(many=True)


class PassMany(serializers.Serializer[Any]):
    keys = serializers.ListField(child=serializers.CharField(max_length=60), allow_empty=False, max_length=bulk.MOST)
    opinion = serializers.CharField(max_length=1000, allow_blank=True, default="", validators=[no_control_characters])
    reasons = serializers.DictField(
        child=serializers.CharField(max_length=500, allow_blank=True, validators=[no_control_characters]), default=dict
    )


class DecideMany(HatAPI):
    answer_is_kept = False  # under one key all files would be held together; each says itself that it is done

    @extend_schema(summary="等待本身份办理的登记和团队，逐件校验", responses=LineSerializer(many=True))
    def get(self, request: Request) -> Response:
        lines = bulk.preview(self.membership, on=localdate())
        return Response(LineSerializer(lines, many=True).data)

    @extend_schema(
        operation_id="registrations_decide_many",
        summary="批量通过登记和团队的这一步（逐件办理，逐件给出结果）",
        request=PassMany,
        responses={200: PassOutcomeSerializer(many=True), 422: RefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        outcomes = bulk.pass_many(by=self.membership, on=localdate(), **self.given(PassMany))
        return Response(PassOutcomeSerializer(outcomes, many=True).data)


urlpatterns = [path("registrations/decide/", DecideMany.as_view(), name="registration-decide-many")]
