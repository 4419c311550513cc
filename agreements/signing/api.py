"""/api/v1/agreements/…/signing/: where each party stands, reminding one, entering a refusal, taking back what was entered."""

from typing import Any

from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import HatAPI, RefusalSerializer, cleaned
from agreements.enums import Party
from agreements.models import Agreement
from agreements.services import take_back_signature
from agreements.signing import services
from agreements.signing.forms import RefusalForm
from agreements.signing.standing import stands


class StandSerializer(serializers.Serializer[Any]):
    party = serializers.ChoiceField(choices=Party.choices)
    state = serializers.CharField(source="word", help_text="已签、待签、拒签")
    who = serializers.CharField(help_text="签署人和签署身份，或拒签人")
    on = serializers.DateField(allow_null=True)
    how = serializers.CharField(help_text="签署方式，或拒签原因")
    reminded = serializers.CharField(source="asked", help_text="最近一次提醒")


class Asked(serializers.Serializer[Any]):
    party = serializers.ChoiceField(choices=Party.choices)


class SentSerializer(serializers.Serializer[Any]):
    party = serializers.ChoiceField(choices=Party.choices)
    sent_to = serializers.CharField(help_text="掩码后的邮箱")
    sent_on = serializers.DateField()
    expires_at = serializers.DateTimeField()


class Refusing(Asked):
    name = serializers.CharField(max_length=30, allow_blank=True)
    reason = serializers.CharField(max_length=500, allow_blank=True)


class Signing(HatAPI):
    subject: Agreement

    @extend_schema(summary="三方签署情况", responses=StandSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        return Response(StandSerializer(stands(self.subject), many=True).data)


class Ask(HatAPI):
    subject: Agreement

    @extend_schema(
        summary="提醒一方签署（发送在线签署链接）",
        request=Asked,
        responses={201: SentSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        party = Party(self.given(Asked)["party"])
        link = services.ask_to_sign(self.subject, party, by=self.membership, on=localdate())
        return Response(SentSerializer(link).data, status=201)


class TakeBack(HatAPI):
    subject: Agreement

    @extend_schema(
        summary="撤销误登记的一方纸质签署（在线签署的不能撤销）",
        request=Asked,
        responses={200: StandSerializer(many=True), 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        take_back_signature(self.subject, party=Party(self.given(Asked)["party"]), by=self.membership)
        return Response(StandSerializer(stands(self.subject), many=True).data)


class Refuse(HatAPI):
    subject: Agreement

    @extend_schema(
        summary="登记一方拒签", request=Refusing, responses={201: StandSerializer(many=True), 422: RefusalSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(Refusing)
        typed, party = cleaned(RefusalForm(given)), Party(given["party"])
        services.record_refusal(self.subject, party, by=self.membership, on=localdate(), **typed)
        return Response(StandSerializer(stands(self.subject), many=True).data, status=201)


urlpatterns = [
    path("agreements/<int:pk>/signing/", Signing.as_view(), name="agreement-signing"),
    path("agreements/<int:pk>/signing/ask/", Ask.as_view(), name="agreement-sign-ask"),
    path("agreements/<int:pk>/signing/take-back/", TakeBack.as_view(), name="agreement-sign-take-back"),
    path("agreements/<int:pk>/signing/refusal/", Refuse.as_view(), name="agreement-sign-refusal"),
]
