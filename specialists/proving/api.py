"""/api/v1/…/evidence/: the files of a student, by the services the pages call."""

from typing import Any

from django.http.response import HttpResponseBase
from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.utils import OpenApiTypes, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import HatAPI, RefusalSerializer
from core import files
from specialists.models import Evidence, Registration, Team
from specialists.proving import services


class EvidenceSerializer(serializers.Serializer[Any]):
    """One file of a student."""

    id = serializers.IntegerField()
    title = serializers.CharField()
    member = serializers.IntegerField(source="member_id")
    name = serializers.CharField(source="file.name")
    added_at = serializers.DateTimeField()


class NewEvidence(serializers.Serializer[Any]):
    title = serializers.CharField(max_length=60)
    file = serializers.FileField()


class NewEvidenceOfMember(NewEvidence):
    member = serializers.IntegerField(help_text="团队成员编号")


class EvidenceOfRegistration(HatAPI):
    subject: Registration

    @extend_schema(
        summary="上传一份登记的佐证材料",
        request={"multipart/form-data": NewEvidence},
        responses={201: EvidenceSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(NewEvidence)
        made = services.add_evidence(
            self.subject, by=self.membership, on=localdate(), title=given["title"], upload=given["file"]
        )
        return Response(EvidenceSerializer(made).data, status=201)


class EvidenceOfTeam(HatAPI):
    subject: Team

    @extend_schema(
        summary="上传团队中研究生的佐证材料",
        request={"multipart/form-data": NewEvidenceOfMember},
        responses={201: EvidenceSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(NewEvidenceOfMember)
        asked = given["member"]
        member = self.subject.members.current().filter(pk=asked).first() if 0 < asked < 1 << 63 else None
        if member is None:
            raise serializers.ValidationError({"member": ["团队中没有这名成员。"]})
        made = services.add_evidence(
            member, by=self.membership, on=localdate(), title=given["title"], upload=given["file"]
        )
        return Response(EvidenceSerializer(made).data, status=201)


class EvidenceFile(HatAPI):
    subject: Evidence

    @extend_schema(summary="下载佐证材料", responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int) -> HttpResponseBase:
        return files.serve(self.subject.file)


class RemoveEvidence(HatAPI):
    subject: Evidence

    @extend_schema(summary="移除佐证材料", request=None, responses={204: None, 422: RefusalSerializer})
    def post(self, request: Request, pk: int) -> Response:
        services.remove_evidence(self.subject, by=self.membership, on=localdate())
        return Response(status=204)


urlpatterns = [
    path("registrations/<int:pk>/evidence/", EvidenceOfRegistration.as_view(), name="evidence-add"),
    path("teams/<int:pk>/evidence/", EvidenceOfTeam.as_view(), name="team-evidence-add"),
    path("evidence/<int:pk>/", EvidenceFile.as_view(), name="evidence-file"),
    path("evidence/<int:pk>/remove/", RemoveEvidence.as_view(), name="evidence-remove"),
]
