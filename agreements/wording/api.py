"""/api/v1/agreement-texts/: the words of the agreement, written, compared, looked at and put in force by programs."""

from typing import Any

from django.http import HttpResponse
from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import HatAPI, RefusalSerializer, Verdict, cleaned
from agreements.enums import TextStatus
from agreements.models import Agreement, AgreementText
from agreements.wording import preview, rules, services
from agreements.wording.clauses import Wording
from agreements.wording.comparing import Side, changes
from agreements.wording.facts import EXAMPLES
from agreements.wording.forms import ProposalForm
from agreements.wording.queries import used
from agreements.wording.taking import take_newest
from agreements.wording.terms import CONDITIONS
from core import pdf
from core.answers import download
from core.forms import no_control_characters, no_line_breaks
from core.policy import Refused, plain


class ClauseSerializer(serializers.Serializer[Any]):
    """One clause; its number is its place."""

    heading = serializers.CharField(
        max_length=rules.MOST_HEADING, validators=[no_control_characters, no_line_breaks], help_text="标题，不含条号"
    )
    text = serializers.CharField(
        max_length=rules.MOST_TEXT, validators=[no_control_characters], help_text="正文，每段一行，占位项写作【名称】"
    )
    condition = serializers.ChoiceField(
        choices=[(one.code, one.label) for one in CONDITIONS.values()],
        allow_blank=True,
        default="",
        help_text="适用情形，空为每份协议都印",
    )


class TextSerializer(serializers.Serializer[Any]):
    """A version without its words."""

    id = serializers.IntegerField()
    year = serializers.IntegerField(help_text="服务开始的年度")
    version = serializers.IntegerField()
    status = serializers.ChoiceField(choices=TextStatus.choices)
    note = serializers.CharField(help_text="启用说明")
    based_on = serializers.IntegerField(source="based_on_id", allow_null=True)
    edits = serializers.IntegerField(help_text="修改次数，修改草稿时作为版本送回")
    in_force_at = serializers.DateTimeField(allow_null=True)
    replaced_at = serializers.DateTimeField(allow_null=True)


class ListedText(TextSerializer):
    uses = serializers.IntegerField(help_text="用它打印过协议书的协议份数")


class WholeText(TextSerializer):
    opening = serializers.CharField()
    clauses = ClauseSerializer(many=True)
    lacking = serializers.SerializerMethodField(help_text="提交审定前还须补齐的内容")
    warnings = serializers.SerializerMethodField(help_text="写明启用说明才能提交审定的内容")

    def get_lacking(self, text: AgreementText) -> list[str]:
        return [finding.message for finding in rules.says_what_it_must(text.wording)] if text.is_draft else []

    def get_warnings(self, text: AgreementText) -> list[str]:
        return [str(finding) for finding in services.warned(text.wording, on=localdate())]


class NewText(serializers.Serializer[Any]):
    year = serializers.IntegerField(min_value=2020, max_value=2100)


class Words(serializers.Serializer[Any]):
    edits = serializers.IntegerField(min_value=0, max_value=2_147_483_647, help_text="所见草稿的修改次数")
    opening = serializers.CharField(max_length=rules.MOST_TEXT, validators=[no_control_characters])
    clauses = ClauseSerializer(many=True)


class Proposal(serializers.Serializer[Any]):
    note = serializers.CharField(max_length=services.MOST_NOTE, allow_blank=True, default="", help_text="启用说明")


class SideSerializer(serializers.Serializer[Side]):
    title = serializers.CharField()
    condition = serializers.CharField()
    text = serializers.SerializerMethodField()

    def get_text(self, side: Side) -> str:
        return "".join(run.text for run in side.runs)


class ChangeSerializer(serializers.Serializer[Any]):
    what = serializers.CharField(help_text="修改、新增、删除或移动")
    old = SideSerializer(allow_null=True)
    new = SideSerializer(allow_null=True)


class Texts(HatAPI):
    @extend_schema(summary="协议书文本的各版本，新的在前", responses=ListedText(many=True))
    def get(self, request: Request) -> Response:
        rows = used(AgreementText.objects.visible_to(self.membership)).order_by("-year", "-version")
        return Response(ListedText(rows, many=True).data)

    @extend_schema(
        summary="起草新版本，照录最近一版", request=NewText, responses={201: WholeText, 422: RefusalSerializer}
    )
    def post(self, request: Request) -> Response:
        text = services.begin(self.given(NewText)["year"], by=self.membership, on=localdate())
        return Response(WholeText(text).data, status=201)


class TextDetail(HatAPI):
    subject: AgreementText

    @extend_schema(summary="一版文本的开头和条款", responses=WholeText)
    def get(self, request: Request, pk: int) -> Response:
        return Response(WholeText(self.subject).data)

    @extend_schema(
        summary="修改草稿（整份送回）", request=Words, responses={200: WholeText, 409: None, 422: RefusalSerializer}
    )
    def put(self, request: Request, pk: int) -> Response:
        given = self.given(Words)
        wording = Wording.of(given["opening"], given["clauses"])
        text = services.revise(self.subject, by=self.membership, edits=given["edits"], wording=wording, on=localdate())
        return Response(WholeText(text).data)

    @extend_schema(summary="删除草稿", responses={204: None, 422: RefusalSerializer})
    def delete(self, request: Request, pk: int) -> Response:
        services.discard(self.subject, by=self.membership)
        return Response(status=204)


class ProposeText(HatAPI):
    subject: AgreementText

    @extend_schema(summary="提交审定", request=Proposal, responses={200: TextSerializer, 422: RefusalSerializer})
    def post(self, request: Request, pk: int) -> Response:
        given = cleaned(ProposalForm(self.given(Proposal)))
        text = services.propose(self.subject, by=self.membership, on=localdate(), note=given["note"])
        return Response(TextSerializer(text).data)


class DecideText(HatAPI):
    subject: AgreementText

    @extend_schema(
        summary="审定：启用或退回修改", request=Verdict, responses={200: TextSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        text = services.decide(self.subject, by=self.membership, on=localdate(), **self.given(Verdict))
        return Response(TextSerializer(text).data)


class TextChanges(HatAPI):
    subject: AgreementText

    @extend_schema(
        summary="逐条对照",
        parameters=[OpenApiParameter("old", int, description="对照的版本，默认为所依据的版本")],
        responses={200: ChangeSerializer(many=True), 422: RefusalSerializer},
    )
    def get(self, request: Request, pk: int) -> Response:
        key = self.number("old") or self.subject.based_on_id
        old = AgreementText.objects.visible_to(self.membership).filter(pk=key or 0).first()
        if old is None:
            raise Refused([plain("E-STATE", "没有找到要对照的版本。", field="old")])
        return Response(ChangeSerializer(changes(old.wording, self.subject.wording), many=True).data)


class TextPreview(HatAPI):
    subject: AgreementText

    @extend_schema(
        summary="预览样张",
        parameters=[
            OpenApiParameter("case", str, enum=[*EXAMPLES], description="测试情形，默认个人协议"),
            OpenApiParameter("code", str, description="实际协议的编号或备案号"),
        ],
        responses={200: OpenApiTypes.BINARY, 422: RefusalSerializer},
    )
    def get(self, request: Request, pk: int) -> HttpResponse:
        case, code = request.query_params.get("case", "individual"), request.query_params.get("code", "")
        if case not in EXAMPLES:
            raise Refused([plain("E-TEXT", "没有这个测试情形。", field="case")])
        try:
            if code:
                data = preview.on_agreement(self.subject, code, by=self.membership, on=localdate())
            else:
                data = preview.on_example(self.subject, case, on=localdate())
        except pdf.Unavailable as missing:
            raise Refused([plain("E-PDF", str(missing))]) from missing
        return download(data, f"{self.subject}_预览样张.pdf", "application/pdf", to_look_at=True)


class TakenText(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    code = serializers.CharField(source="draft_code")
    version = serializers.IntegerField(help_text="新的版本，须重新打印、签署")


class WhichVersion(serializers.Serializer[Any]):
    version = serializers.IntegerField(
        min_value=1, max_value=2_147_483_647, allow_null=True, default=None, help_text="所见协议的版本"
    )


class TakeText(HatAPI):
    subject: Agreement

    @extend_schema(
        summary="改用启用的协议书文本，重新打印、签署",
        request=WhichVersion,
        responses={200: TakenText, 409: None, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        version = self.given(WhichVersion)["version"]
        return Response(TakenText(take_newest(self.subject, by=self.membership, version=version, on=localdate())).data)


urlpatterns = [
    path("agreements/<int:pk>/take-text/", TakeText.as_view(), name="agreement-take-text"),
    path("agreement-texts/", Texts.as_view(), name="agreement-text-list"),
    path("agreement-texts/<int:pk>/", TextDetail.as_view(), name="agreement-text-detail"),
    path("agreement-texts/<int:pk>/propose/", ProposeText.as_view(), name="agreement-text-propose"),
    path("agreement-texts/<int:pk>/decide/", DecideText.as_view(), name="agreement-text-decide"),
    path("agreement-texts/<int:pk>/changes/", TextChanges.as_view(), name="agreement-text-changes"),
    path("agreement-texts/<int:pk>/preview/", TextPreview.as_view(), name="agreement-text-preview"),
]
