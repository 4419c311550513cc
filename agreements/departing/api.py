"""/api/v1/departures/: who leaves the unit that dispatched them, and the bureau's word on each agreement."""

from typing import Any

from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import HatAPI, RefusalSerializer
from agreements.departing import services
from agreements.departing.effects import effects_of
from agreements.ending.api import with_mark
from agreements.models import Agreement
from agreements.onward.api import Onward, OnwardSerializer
from specialists.enums import DepartureKind
from specialists.models import Departure, Registration

MOST = 200


class DepartureSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    specialist = serializers.CharField(source="specialist.name")
    institution = serializers.CharField(source="unit", help_text="直接聘请的为市科技局")
    kind = serializers.ChoiceField(choices=DepartureKind.choices)
    left_on = serializers.DateField()
    reason = serializers.CharField()
    registered_at = serializers.DateTimeField()
    withdrawn_at = serializers.DateTimeField(allow_null=True)


class NewDeparture(serializers.Serializer[Any]):
    kind = serializers.ChoiceField(choices=DepartureKind.choices)
    left_on = serializers.DateField()
    reason = serializers.CharField(max_length=300, allow_blank=True)


class DepartureEffectSerializer(serializers.Serializer[Any]):
    """One thing that hangs on the person, and what becomes of it."""

    what = serializers.CharField(source="label")
    words = serializers.CharField()
    then = serializers.CharField()


class Departures(HatAPI):
    @extend_schema(summary="离职登记", responses=DepartureSerializer(many=True))
    def get(self, request: Request) -> Response:
        rows = Departure.objects.visible_to(self.membership).select_related("specialist", "institution__organization")
        return Response(DepartureSerializer(rows.order_by("-pk")[:MOST], many=True).data)


class RegisterDeparture(HatAPI):
    subject: Registration

    @extend_schema(summary="登记离职的影响（不登记）", responses=DepartureEffectSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        person, unit = self.subject.specialist, self.subject.institution
        return Response(DepartureEffectSerializer(effects_of(person, unit, on=localdate()), many=True).data)

    @extend_schema(
        summary="登记人员离职或调出", request=NewDeparture, responses={201: DepartureSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(NewDeparture)
        given["kind"] = DepartureKind(given["kind"])
        told = services.register_departure(self.subject, by=self.membership, on=localdate(), **given)
        return Response(DepartureSerializer(told).data, status=201)


class WithdrawDeparture(HatAPI):
    subject: Departure

    @extend_schema(summary="撤销离职登记", request=None, responses={200: DepartureSerializer, 422: RefusalSerializer})
    def post(self, request: Request, pk: int) -> Response:
        told = services.withdraw_departure(self.subject, by=self.membership, on=localdate())
        return Response(DepartureSerializer(told).data)


class DecideDeparture(HatAPI):
    subject: Agreement

    @extend_schema(
        summary="决定离职后的协议：继续或终止",
        request=Onward,
        responses={200: OnwardSerializer, 409: RefusalSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        on = localdate()
        given = with_mark(self.given(Onward), on=on)
        decided = services.decide_departure(self.subject, by=self.membership, on=on, **given)
        return Response(OnwardSerializer(decided).data)


urlpatterns = [
    path("departures/", Departures.as_view(), name="departure-list"),
    path("departures/<int:pk>/withdraw/", WithdrawDeparture.as_view(), name="departure-withdraw"),
    path("registrations/<int:pk>/departure/", RegisterDeparture.as_view(), name="departure-register"),
    path("agreements/<int:pk>/departure/", DecideDeparture.as_view(), name="departure-decide"),
]
