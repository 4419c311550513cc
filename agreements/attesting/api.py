"""/api/v1/paper-check/: what the public check page tells, for programs of whoever has an account."""

from typing import Any

from django.http import Http404
from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import HatAPI, RefusalSerializer
from agreements.attesting import queries
from agreements.attesting.forms import NOT_FOUND
from core.policy import Refused, plain


class PaperToCheck(serializers.Serializer[Any]):
    """Either the token of the code on a page, or number and code of a certificate."""

    token = serializers.CharField(max_length=32, allow_blank=True, default="", help_text="二维码中的32位编码")
    number = serializers.CharField(max_length=40, allow_blank=True, default="", help_text="备案号，与校验码一并填写")
    code = serializers.CharField(max_length=40, allow_blank=True, default="", help_text="校验码")


class SaidSerializer(serializers.Serializer[Any]):
    words = serializers.CharField()
    tone = serializers.CharField()


class AttestedSerializer(serializers.Serializer[Any]):
    title = serializers.CharField()
    state = serializers.CharField(source="word")
    said = SaidSerializer(many=True)
    facts = serializers.SerializerMethodField(help_text="项目 → 内容，姓名和单位名称只有一部分")

    def get_facts(self, found: Any) -> dict[str, str | None]:
        return dict(found.facts)


class CheckPaper(HatAPI):
    @extend_schema(
        summary="核验备案证明或协议书文本",
        request=PaperToCheck,
        responses={200: AttestedSerializer, 404: None, 422: RefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        given, on = self.given(PaperToCheck), localdate()
        if given["token"]:
            found = queries.by_token(given["token"], on=on)
            if found is None:
                raise Http404("没有查到这份文件。")
        else:
            found = queries.by_number(given["number"], given["code"], on=on)
            if found is None:
                raise Refused([plain("E-FIELD", NOT_FOUND)])
        return Response(AttestedSerializer(found).data)


urlpatterns = [path("paper-check/", CheckPaper.as_view(), name="paper-check")]
