"""/api/v1/agreements/…/abandon/: closing what will not be filed."""

from typing import Any

from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import HatAPI, RefusalSerializer, cleaned
from agreements.abandoning import services
from agreements.abandoning.forms import AbandonForm
from agreements.models import Agreement


class Abandoned(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    status = serializers.CharField()
    reason = serializers.CharField(source="abandonment.reason")
    abandoned_on = serializers.DateField(source="abandonment.abandoned_on")


class Abandoning(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500, allow_blank=True)


class Abandon(HatAPI):
    subject: Agreement

    @extend_schema(
        summary="放弃草稿或退回补正的协议（材料留作记录）",
        request=Abandoning,
        responses={200: Abandoned, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        typed = cleaned(AbandonForm(self.given(Abandoning)))
        closed = services.abandon_agreement(self.subject, by=self.membership, on=localdate(), **typed)
        return Response(Abandoned(closed).data)


urlpatterns = [path("agreements/<int:pk>/abandon/", Abandon.as_view(), name="agreement-abandon")]
