"""/api/v1/submissions/compiled/: the list of what is about to be handed in, for programs."""

from typing import Any

from django.http import HttpResponse
from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request

from accounts.api import HatAPI, RefusalSerializer
from agreements import documents, sheets
from agreements.compiling.queries import MOST, compiled
from core.answers import download
from core.files import XLSX
from core.forms import no_control_characters


class ToCompile(serializers.Serializer[Any]):
    agreements = serializers.ListField(child=serializers.IntegerField(), allow_empty=False, max_length=MOST)
    as_sheet = serializers.BooleanField(default=False, help_text="要表格，不要打印件")
    note = serializers.CharField(max_length=200, allow_blank=True, default="", validators=[no_control_characters])


class Compiled(HatAPI):
    answer_is_kept = False  # it writes nothing

    @extend_schema(
        summary="报送前的三方协议汇总表（打印盖章，不提交）",
        request=ToCompile,
        responses={200: OpenApiTypes.BINARY, 422: RefusalSerializer},
    )
    def post(self, request: Request) -> HttpResponse:
        given, on = self.given(ToCompile), localdate()
        rows = compiled(given["agreements"], by=self.membership)
        if given["as_sheet"]:
            name, data = sheets.compiled(rows, by=self.membership, on=on)
            return download(data, name, XLSX)
        data = documents.compiled_pdf(rows, by=self.membership, on=on, note=given["note"])
        return download(data, f"{documents.summary_title(on.year)}_报送前.pdf", "application/pdf")


urlpatterns = [path("submissions/compiled/", Compiled.as_view(), name="submission-compiled")]
