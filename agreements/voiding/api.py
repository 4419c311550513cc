"""/api/v1/agreements/…/void/: making a filing void."""

from typing import Any

from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import HatAPI, RefusalSerializer, cleaned
from agreements.models import Agreement
from agreements.voiding import services
from agreements.voiding.forms import VoidForm


class Voided(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    filing_number = serializers.CharField(help_text="保留，不再使用")
    status = serializers.CharField()
    reason = serializers.CharField(source="voiding.reason")
    voided_on = serializers.DateField(source="voiding.voided_on")


class Voiding(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500, allow_blank=True)
    document_number = serializers.CharField(max_length=60, allow_blank=True, default="")


class Void(HatAPI):
    subject: Agreement

    @extend_schema(summary="作废备案（备案号保留）", request=Voiding, responses={200: Voided, 422: RefusalSerializer})
    def post(self, request: Request, pk: int) -> Response:
        typed = cleaned(VoidForm(self.given(Voiding)))
        voided = services.void_agreement(self.subject, by=self.membership, on=localdate(), **typed)
        return Response(Voided(voided).data)


urlpatterns = [path("agreements/<int:pk>/void/", Void.as_view(), name="agreement-void")]
