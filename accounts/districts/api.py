"""/api/v1/districts/: the divisions, also those that are retired, with who came after them."""

from typing import Any

from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import HatAPI, RefusalSerializer, cleaned
from accounts.districts import services
from accounts.districts.forms import NewDistrictForm, RenameForm, RetireForm
from accounts.enums import DistrictKind
from accounts.models import District


class DistrictSerializer(serializers.Serializer[Any]):
    code = serializers.CharField()
    name = serializers.CharField()
    former_names = serializers.ListField(child=serializers.CharField())
    kind = serializers.CharField()
    province_managed = serializers.BooleanField()
    retired_on = serializers.DateField(allow_null=True)
    successor = serializers.CharField(source="successor_id", allow_null=True)
    version = serializers.IntegerField()


class NewDistrict(serializers.Serializer[Any]):
    code = serializers.CharField(max_length=6, help_text="6位行政区划代码")
    name = serializers.CharField(max_length=30)
    kind = serializers.ChoiceField(choices=DistrictKind.choices, default=DistrictKind.GB2260)


class NewDistrictName(serializers.Serializer[Any]):
    name = serializers.CharField(max_length=30)
    version = serializers.IntegerField(min_value=1)


class DistrictRetirement(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200)
    successor = serializers.CharField(allow_blank=True, default="", help_text="接替的县（市、区）的代码")


class Districts(HatAPI):
    @extend_schema(summary="县（市、区）和功能区", responses=DistrictSerializer(many=True))
    def get(self, request: Request) -> Response:
        return Response(DistrictSerializer(District.objects.visible_to(self.membership), many=True).data)

    @extend_schema(
        summary="新增县（市、区）", request=NewDistrict, responses={201: DistrictSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request) -> Response:
        typed = cleaned(NewDistrictForm(self.given(NewDistrict)))
        return Response(DistrictSerializer(services.add_district(by=self.membership, **typed)).data, status=201)


class RenameDistrict(HatAPI):
    subject: District

    @extend_schema(
        summary="改名（代码不变）",
        request=NewDistrictName,
        responses={200: DistrictSerializer, 409: None, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(NewDistrictName)
        version, typed = given.pop("version"), cleaned(RenameForm(given))
        made = services.rename_district(self.subject, by=self.membership, version=version, **typed)
        return Response(DistrictSerializer(made).data)


class RetireDistrict(HatAPI):
    subject: District

    @extend_schema(
        summary="停用，可指明由哪个县（市、区）接替",
        request=DistrictRetirement,
        responses={200: DistrictSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        typed = cleaned(RetireForm(self.given(DistrictRetirement), besides=self.subject))
        made = services.retire_district(self.subject, by=self.membership, on=localdate(), **typed)
        return Response(DistrictSerializer(made).data)


class ReviveDistrict(HatAPI):
    subject: District

    @extend_schema(summary="恢复使用", request=None, responses={200: DistrictSerializer, 422: RefusalSerializer})
    def post(self, request: Request, pk: int) -> Response:
        return Response(DistrictSerializer(services.revive_district(self.subject, by=self.membership)).data)


urlpatterns = [
    path("districts/", Districts.as_view(), name="district-list"),
    path("districts/<int:pk>/rename/", RenameDistrict.as_view(), name="district-rename"),
    path("districts/<int:pk>/retire/", RetireDistrict.as_view(), name="district-retire"),
    path("districts/<int:pk>/revive/", ReviveDistrict.as_view(), name="district-revive"),
]
