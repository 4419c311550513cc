"""/api/v1/amendments/: asking that a filed agreement reads otherwise, and deciding it."""

from typing import Any

from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import AFTER, HatAPI, RefusalSerializer, Verdict
from agreements.amending import services
from agreements.enums import AmendmentReason
from agreements.listed_after_filing import BesideFilters
from agreements.models import Agreement, Amendment
from core.forms import no_control_characters

PAGE = 50


class AmendmentSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    agreement = serializers.IntegerField(source="agreement_id")
    kind = serializers.CharField()
    note = serializers.CharField()
    before = serializers.DictField()
    values = serializers.DictField()
    status = serializers.CharField()
    asked_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    opinion = serializers.CharField()


class NewAmendment(serializers.Serializer[Any]):
    """What is left out stays as it is."""

    service_content = serializers.CharField(max_length=2000, required=False, validators=[no_control_characters])
    visits_per_year = serializers.IntegerField(min_value=1, max_value=366, required=False)
    goals = serializers.JSONField(required=False, help_text="年度目标任务：名称、数量、单位")
    service_end = serializers.DateField(required=False, help_text="已备案协议的截止日不能变更，一律不予受理")
    kind = serializers.ChoiceField(choices=AmendmentReason.choices)
    note = serializers.CharField(max_length=500, validators=[no_control_characters])
    evidence = serializers.FileField(help_text="三方签字盖章的补充协议")

    def validate_goals(self, goals: Any) -> list[dict[str, Any]]:
        names = {"name": str, "count": int, "unit": str}
        rows: list[Any] = goals if isinstance(goals, list) and len(goals) <= 10 else [None]
        for row in rows:
            if not isinstance(row, dict) or {key: type(value) for key, value in row.items()} != names:
                raise serializers.ValidationError("请以名称、数量、单位列出年度目标任务，不超过10项。")
            no_control_characters(row["name"] + row["unit"])
        return rows


class Amendments(HatAPI):
    @extend_schema(
        summary="变更申请列表（按编号倒序；可按状态、派出单位、特派员筛选）",
        parameters=[AFTER, *(OpenApiParameter(name) for name in BesideFilters.base_filters)],
        responses=AmendmentSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = self.page_of(self.asked(BesideFilters, Amendment.objects.visible_to(self.membership)), size=PAGE)
        return Response(AmendmentSerializer(rows, many=True).data)


class Amend(HatAPI):
    subject: Agreement

    @extend_schema(
        summary="申请变更已备案协议的服务内容、次数或目标，附补充协议",
        request={"multipart/form-data": NewAmendment},
        responses={201: AmendmentSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(NewAmendment)
        given["kind"] = AmendmentReason(given["kind"])
        asked = services.ask_to_amend(self.subject, by=self.membership, on=localdate(), **given)
        return Response(AmendmentSerializer(asked).data, status=201)


class DecideAmendment(HatAPI):
    subject: Amendment

    @extend_schema(
        summary="审核变更申请", request=Verdict, responses={200: AmendmentSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(Verdict)
        decided = services.decide_amendment(self.subject, by=self.membership, on=localdate(), **given)
        return Response(AmendmentSerializer(decided).data)


class WithdrawAmendment(HatAPI):
    subject: Amendment

    @extend_schema(summary="撤回变更申请", request=None, responses={200: AmendmentSerializer, 422: RefusalSerializer})
    def post(self, request: Request, pk: int) -> Response:
        return Response(AmendmentSerializer(services.withdraw_amendment(self.subject, by=self.membership)).data)


urlpatterns = [
    path("amendments/", Amendments.as_view(), name="amendment-list"),
    path("agreements/<int:pk>/amend/", Amend.as_view(), name="agreement-amend"),
    path("amendments/<int:pk>/decide/", DecideAmendment.as_view(), name="amendment-decide"),
    path("amendments/<int:pk>/withdraw/", WithdrawAmendment.as_view(), name="amendment-withdraw"),
]
