"""/api/v1/moves/: asking the bureau to move a service to another host, and deciding it."""

from typing import Any

from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import AFTER, HatAPI, RefusalSerializer, Verdict, cleaned
from agreements.listed_after_filing import BesideFilters
from agreements.models import Agreement
from agreements.moving import services
from agreements.moving.forms import MoveForm
from agreements.moving.models import MoveRequest

PAGE = 50


class MoveSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    agreement = serializers.IntegerField(source="agreement_id")
    wished = serializers.CharField()
    note = serializers.CharField()
    status = serializers.CharField()
    asked_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    opinion = serializers.CharField()


class NewMove(serializers.Serializer[Any]):
    wished = serializers.CharField(max_length=100)
    note = serializers.CharField(max_length=500)
    evidence = serializers.FileField()


class Moves(HatAPI):
    @extend_schema(
        summary="改派申请列表（按编号倒序；可按状态、派出单位、特派员筛选）",
        parameters=[AFTER, *(OpenApiParameter(name) for name in BesideFilters.base_filters)],
        responses=MoveSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = self.page_of(self.asked(BesideFilters, MoveRequest.objects.visible_to(self.membership)), size=PAGE)
        return Response(MoveSerializer(rows, many=True).data)


class AskToMove(HatAPI):
    subject: Agreement

    @extend_schema(
        summary="申请改派，附证明材料",
        request={"multipart/form-data": NewMove},
        responses={201: MoveSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(NewMove)
        typed = cleaned(MoveForm(given, {"evidence": given["evidence"]}))
        asked = services.ask_to_move(self.subject, by=self.membership, on=localdate(), **typed)
        return Response(MoveSerializer(asked).data, status=201)


class DecideMove(HatAPI):
    subject: MoveRequest

    @extend_schema(summary="审核改派申请", request=Verdict, responses={200: MoveSerializer, 422: RefusalSerializer})
    def post(self, request: Request, pk: int) -> Response:
        decided = services.decide_move(self.subject, by=self.membership, on=localdate(), **self.given(Verdict))
        return Response(MoveSerializer(decided).data)


class WithdrawMove(HatAPI):
    subject: MoveRequest

    @extend_schema(summary="撤回改派申请", request=None, responses={200: MoveSerializer, 422: RefusalSerializer})
    def post(self, request: Request, pk: int) -> Response:
        return Response(MoveSerializer(services.withdraw_move(self.subject, by=self.membership)).data)


urlpatterns = [
    path("moves/", Moves.as_view(), name="move-list"),
    path("agreements/<int:pk>/move/", AskToMove.as_view(), name="move-new"),
    path("moves/<int:pk>/decide/", DecideMove.as_view(), name="move-decide"),
    path("moves/<int:pk>/withdraw/", WithdrawMove.as_view(), name="move-withdraw"),
]
