"""/api/v1/renewals/: who ends in a year and what becomes of each; deciding for several at once."""

from typing import Any

from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import FindingSerializer, HatAPI, RefusalSerializer
from agreements.models import Agreement
from agreements.renewing import queries, services
from core.dates import YEARS
from core.policy import Refused

PAGE = 50


class RenewalSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    filing_number = serializers.CharField()
    specialist_name = serializers.CharField(source="specialist.name")
    host_name = serializers.CharField(source="host.organization.name")
    service_end = serializers.DateField()
    plan = serializers.ChoiceField(choices=[*queries.LABELS.items()])
    renewal = serializers.IntegerField(source="renewal.pk", default=None, allow_null=True, help_text="续签协议")


class Year(serializers.Serializer[Any]):
    year = serializers.IntegerField(min_value=YEARS[0], max_value=YEARS[-1], required=False)


class Planning(serializers.Serializer[Any]):
    agreements = serializers.ListField(
        child=serializers.IntegerField(min_value=1), allow_empty=False, max_length=200, help_text="协议编号"
    )
    act = serializers.ChoiceField(choices=services.Act.choices)
    reason = serializers.CharField(max_length=200, allow_blank=True, default="", help_text="不再续签时必填")


class NotDone(serializers.Serializer[Any]):
    agreement = serializers.IntegerField()
    findings = FindingSerializer(many=True)


class DoneSerializer(serializers.Serializer[Any]):
    done = serializers.ListField(child=serializers.IntegerField(), help_text="起草的续签协议，或已办理的协议")
    refused = NotDone(many=True)


class Renewals(HatAPI):
    @extend_schema(
        summary="某年到期协议的续签安排（默认本年度）",
        parameters=[OpenApiParameter("year", OpenApiTypes.INT), OpenApiParameter("after", OpenApiTypes.INT)],
        responses=RenewalSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        asked = Year(data=request.query_params)
        asked.is_valid(raise_exception=True)
        year = asked.validated_data.get("year") or localdate().year
        rows = queries.ending_in(Agreement.objects.visible_to(self.membership), year)
        rows = rows.select_related("specialist", "host__organization", "renewal")
        return Response(RenewalSerializer(self.page_of(rows, size=PAGE), many=True).data)

    @extend_schema(
        summary="为多份到期协议起草续签，或登记不再续签；逐份办理，不能办理的列明原因",
        request=Planning,
        responses={200: DoneSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        given = self.given(Planning)
        wanted = set(given["agreements"])
        found = [*Agreement.objects.dispatched_by(self.membership).filter(pk__in=wanted).order_by("pk")]
        if len(found) < len(wanted):
            unknown = "、".join(str(pk) for pk in sorted(wanted - {agreement.pk for agreement in found}))
            raise serializers.ValidationError({"agreements": [f"没有这些协议：{unknown}。"]})
        act = services.Act(given["act"])
        done = services.decide_many(found, act, by=self.membership, on=localdate(), reason=given["reason"])
        if not done.agreements:
            raise Refused([finding for _, findings in done.refused for finding in findings])
        refused = [{"agreement": one.pk, "findings": findings} for one, findings in done.refused]
        answer = {"done": [one.pk for one in done.agreements], "refused": refused}
        return Response(DoneSerializer(answer).data)


urlpatterns = [path("renewals/", Renewals.as_view(), name="renewal-list")]
