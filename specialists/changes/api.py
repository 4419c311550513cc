"""/api/v1/change-requests/: asking for a change of a selected person's details, and deciding it."""

from typing import Any

from django.http.response import HttpResponseBase
from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.utils import OpenApiParameter, OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import AFTER, HatAPI, RefusalSerializer, Verdict, cleaned
from core import files
from core.models import PolicyPack
from specialists import looking
from specialists import services as registering
from specialists.changes import services
from specialists.changes.forms import ChangeFilter, ChangeForm
from specialists.changes.models import ChangeRequest
from specialists.enums import ChangeField
from specialists.models import Registration, Specialist

PAGE = 50


class ChangeRequestSerializer(serializers.Serializer[Any]):
    """One request, its numbers only behind their masks."""

    id = serializers.IntegerField()
    specialist = serializers.IntegerField(source="specialist_id")
    name = serializers.CharField(source="specialist.name")
    institution = serializers.IntegerField(source="institution_id")
    field = serializers.CharField()
    field_label = serializers.CharField(source="get_field_display")
    old_masked = serializers.CharField()
    old_bank_name = serializers.CharField()
    value_masked = serializers.CharField()
    bank_name = serializers.CharField()
    note = serializers.CharField()
    evidence_sha256 = serializers.CharField(source="evidence.sha256")
    status = serializers.CharField()
    asked_by = serializers.CharField()
    asked_at = serializers.DateTimeField()
    decided_by = serializers.CharField(allow_null=True)
    decided_at = serializers.DateTimeField(allow_null=True)
    opinion = serializers.CharField()


class NewChangeRequest(serializers.Serializer[Any]):
    registration = serializers.IntegerField(min_value=1, max_value=2**63 - 1)
    field = serializers.ChoiceField(choices=ChangeField.choices)
    value = serializers.CharField(max_length=200)
    bank_name = serializers.CharField(max_length=100, allow_blank=True, default="")
    note = serializers.CharField(max_length=500)
    evidence = serializers.FileField()


def _whole(request: ChangeRequest) -> dict[str, Any]:
    related = ("specialist", "evidence", "asked_by__organization", "asked_by__person", "decided_by__organization")
    rows = ChangeRequest.objects.select_related(*related, "decided_by__person")
    return dict(ChangeRequestSerializer(rows.get(pk=request.pk)).data)


class ChangeRequests(HatAPI):
    @extend_schema(
        summary="变更申请列表（按编号倒序；可按变更事项、状态、姓名筛选）",
        parameters=[AFTER, *(OpenApiParameter(name) for name in ChangeFilter.base_filters)],
        responses=ChangeRequestSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        visible = ChangeRequest.objects.visible_to(self.membership)
        rows = self.asked(ChangeFilter, visible)
        related = rows.select_related(
            "specialist", "evidence", "asked_by__organization", "asked_by__person", "decided_by__organization"
        ).select_related("decided_by__person")
        return Response(ChangeRequestSerializer(self.page_of(related, size=PAGE), many=True).data)

    @extend_schema(
        summary="申请变更一项资料，附证明材料",
        request={"multipart/form-data": NewChangeRequest},
        responses={201: ChangeRequestSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        given = self.given(NewChangeRequest)
        rows = Registration.objects.visible_to(self.membership).select_related("specialist")
        registration = rows.filter(pk=given["registration"]).first()
        if registration is None:
            raise serializers.ValidationError({"registration": ["没有这份登记。"]})
        today = localdate()
        fields = services.asked_of(registration.specialist, PolicyPack.in_force(on=today))
        typed = {name: given[name] for name in ("value", "bank_name", "note")} | {"what": given["field"]}
        typed = cleaned(ChangeForm(typed, {"evidence": given["evidence"]}, fields=fields))
        field = ChangeField(typed.pop("what"))
        asked = services.ask_for_change(registration.specialist, by=self.membership, on=today, field=field, **typed)
        return Response(_whole(asked), status=201)


class ChangeRequestDetail(HatAPI):
    subject: ChangeRequest

    @extend_schema(summary="一份变更申请", responses=ChangeRequestSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(_whole(self.subject))


class DecideChange(HatAPI):
    subject: ChangeRequest

    @extend_schema(
        summary="审核变更申请：同意或不同意",
        request=Verdict,
        responses={200: ChangeRequestSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(Verdict)
        return Response(_whole(services.decide_change(self.subject, by=self.membership, on=localdate(), **given)))


class WithdrawChange(HatAPI):
    subject: ChangeRequest

    @extend_schema(
        summary="撤回变更申请", request=None, responses={200: ChangeRequestSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        return Response(_whole(services.withdraw_change(self.subject, by=self.membership)))


class ChangeEvidence(HatAPI):
    subject: ChangeRequest

    @extend_schema(summary="下载证明材料", responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        return files.serve(self.subject.evidence)


class Looking(serializers.Serializer[Any]):
    number = serializers.ChoiceField(choices=list(registering.REVEALABLE.items()))
    reason = serializers.CharField(max_length=200)


class NumberSerializer(serializers.Serializer[Any]):
    number = serializers.CharField()
    value = serializers.CharField()


class Reveal(HatAPI):
    """The number is told once and kept nowhere, so a repeated key asks again, and is kept as another look."""

    subject: Specialist
    answer_is_kept = False

    @extend_schema(
        summary="查看一个完整号码（须写明理由，记入查看记录）",
        request=Looking,
        responses={200: NumberSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(Looking)
        number = given["number"]
        value = registering.reveal(
            self.subject, field=number, reason=given["reason"], by=self.membership, on=localdate()
        )
        response = Response({"number": number, "value": value})
        response["Cache-Control"] = "no-store"
        return response


class ChangeLooking(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200)


class RevealChange(HatAPI):
    """As `Reveal`, of the number that is asked for."""

    subject: ChangeRequest
    answer_is_kept = False

    @extend_schema(
        summary="查看变更申请中的完整号码（须写明理由，记入查看记录）",
        request=ChangeLooking,
        responses={200: NumberSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        value = services.reveal_change(self.subject, by=self.membership, on=localdate(), **self.given(ChangeLooking))
        response = Response({"number": self.subject.field, "value": value})
        response["Cache-Control"] = "no-store"
        return response


class LookSerializer(serializers.Serializer[Any]):
    """One look behind a mask."""

    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    by = serializers.CharField(source="hat")
    whose = serializers.CharField()
    number = serializers.CharField(source="after.number")
    reason = serializers.CharField()


class Looks(HatAPI):
    @extend_schema(summary="号码查看记录（按编号倒序）", parameters=[AFTER], responses=LookSerializer(many=True))
    def get(self, request: Request) -> Response:
        rows = looking.with_whose(looking.looks_of(self.membership))
        return Response(LookSerializer(self.page_of(rows, size=PAGE), many=True).data)


urlpatterns = [
    path("looks/", Looks.as_view(), name="look-list"),
    path("specialists/<int:pk>/reveal/", Reveal.as_view(), name="specialist-reveal"),
    path("change-requests/", ChangeRequests.as_view(), name="change-list"),
    path("change-requests/<int:pk>/", ChangeRequestDetail.as_view(), name="change-detail"),
    path("change-requests/<int:pk>/decide/", DecideChange.as_view(), name="change-decide"),
    path("change-requests/<int:pk>/withdraw/", WithdrawChange.as_view(), name="change-withdraw"),
    path("change-requests/<int:pk>/reveal/", RevealChange.as_view(), name="change-reveal"),
    path("change-requests/<int:pk>/evidence/", ChangeEvidence.as_view(), name="change-evidence"),
]
