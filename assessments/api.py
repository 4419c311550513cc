"""/api/v1/campaigns/ and /api/v1/assessments/."""

from typing import Any

from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import HatAPI, RefusalSerializer
from assessments import services
from assessments.enums import Grade
from assessments.models import Assessment, Campaign

PAGE = 50


class CampaignSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField(read_only=True)
    year = serializers.IntegerField(min_value=2020, max_value=2100)
    opens_on = serializers.DateField()
    institution_due = serializers.DateField()
    bureau_due = serializers.DateField()
    called_off_on = serializers.DateField(read_only=True)
    called_off_reason = serializers.CharField(read_only=True)


class CallOffSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=200)


class AssessmentSerializer(serializers.Serializer[Any]):
    """One person's sheet; scores as decimal strings by part of the pack."""

    id = serializers.IntegerField()
    year = serializers.IntegerField(source="campaign.year")
    specialist = serializers.IntegerField(source="specialist_id")
    name = serializers.CharField(source="specialist.name")
    institution = serializers.IntegerField(source="institution_id", allow_null=True, help_text="空为市科技局直接聘请")
    status = serializers.CharField()
    exempt_reason = serializers.CharField()
    evidence = serializers.DictField()
    scores = serializers.DictField()
    institution_score = serializers.DecimalField(max_digits=5, decimal_places=1)
    institution_grade = serializers.CharField()
    institution_opinion = serializers.CharField()
    bureau_grade = serializers.CharField()
    bureau_opinion = serializers.CharField()
    grade = serializers.CharField()
    decided_on = serializers.DateField()
    return_opinion = serializers.CharField()
    version = serializers.IntegerField()


class InstitutionOpinion(serializers.Serializer[Any]):
    scores = serializers.DictField(
        child=serializers.DecimalField(max_digits=4, decimal_places=1, min_value=0, max_value=100)
    )
    grade = serializers.ChoiceField(choices=Grade.choices)
    opinion = serializers.CharField(max_length=2000)
    version = serializers.IntegerField(min_value=1)


class DecisionSerializer(serializers.Serializer[Any]):
    """`reasons` and `documents` by finding code; `typed_name` confirms 不合格."""

    grade = serializers.ChoiceField(choices=Grade.choices)
    opinion = serializers.CharField(max_length=2000, allow_blank=True, default="")
    reasons = serializers.DictField(child=serializers.CharField(max_length=500), default=dict)
    documents = serializers.DictField(child=serializers.CharField(max_length=60), default=dict)
    document_number = serializers.CharField(max_length=60, allow_blank=True, default="")
    typed_name = serializers.CharField(max_length=30, allow_blank=True, default="")
    version = serializers.IntegerField(min_value=1)


class AssessmentReturn(serializers.Serializer[Any]):
    opinion = serializers.CharField(max_length=1000)
    version = serializers.IntegerField(min_value=1)


class ExemptSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=500)


class Campaigns(HatAPI):
    @extend_schema(summary="年度考核安排", responses=CampaignSerializer(many=True))
    def get(self, request: Request) -> Response:
        rows = Campaign.objects.visible_to(self.membership).order_by("-year")
        return Response(CampaignSerializer(rows, many=True).data)

    @extend_schema(
        summary="发起年度考核",
        request=CampaignSerializer,
        responses={201: CampaignSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        campaign = services.open_campaign(by=self.membership, on=localdate(), **self.given(CampaignSerializer))
        return Response(CampaignSerializer(campaign).data, status=201)


class CampaignDetail(HatAPI):
    subject: Campaign

    @extend_schema(summary="一个年度的考核安排", responses=CampaignSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(CampaignSerializer(self.subject).data)


class CallOff(HatAPI):
    subject: Campaign

    @extend_schema(
        summary="撤销还没有审定结果的年度考核（由发起人以外的人办理）",
        request=CallOffSerializer,
        responses={200: CampaignSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(CallOffSerializer)
        done = services.call_off_campaign(self.subject, by=self.membership, on=localdate(), **given)
        return Response(CampaignSerializer(done).data)


class ListAgain(HatAPI):
    subject: Campaign

    @extend_schema(summary="补充列入考核开始后备案的人员", request=None, responses=AssessmentSerializer(many=True))
    def post(self, request: Request, pk: int) -> Response:
        added = services.list_specialists(self.subject, by=self.membership, on=localdate())
        return Response(AssessmentSerializer(added, many=True).data)


class Assessments(HatAPI):
    @extend_schema(
        summary="考核列表（按编号倒序，after 为上一页最后一条的编号）", responses=AssessmentSerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        rows = Assessment.objects.visible_to(self.membership).select_related("campaign", "specialist")
        return Response(AssessmentSerializer(self.page_of(rows, size=PAGE), many=True).data)


class AssessmentDetail(HatAPI):
    subject: Assessment

    @extend_schema(summary="一份考核表", responses=AssessmentSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(AssessmentSerializer(self.subject).data)


class Opinion(HatAPI):
    subject: Assessment

    @extend_schema(
        summary="派出单位评分并提出意见",
        request=InstitutionOpinion,
        responses={200: AssessmentSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(InstitutionOpinion)
        given["grade"] = Grade(given["grade"])
        done = services.submit_opinion(self.subject, by=self.membership, on=localdate(), **given)
        return Response(AssessmentSerializer(done).data)


class Decide(HatAPI):
    subject: Assessment

    @extend_schema(
        summary="市科技局审定（按步骤）",
        request=DecisionSerializer,
        responses={200: AssessmentSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(DecisionSerializer)
        given["grade"] = Grade(given["grade"])
        done = services.take_step(self.subject, by=self.membership, on=localdate(), **given)
        return Response(AssessmentSerializer(done).data)


class SendBack(HatAPI):
    subject: Assessment

    @extend_schema(
        summary="退回派出单位",
        request=AssessmentReturn,
        responses={200: AssessmentSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        done = services.return_opinion(self.subject, by=self.membership, on=localdate(), **self.given(AssessmentReturn))
        return Response(AssessmentSerializer(done).data)


class Reinstate(HatAPI):
    subject: Assessment

    @extend_schema(
        summary="恢复被取消的资格",
        request=ExemptSerializer,
        responses={200: AssessmentSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        reason = self.given(ExemptSerializer)["reason"]
        services.reinstate(self.subject.specialist, by=self.membership, on=localdate(), reason=reason)
        return Response(AssessmentSerializer(self.subject).data)


class Exempt(HatAPI):
    subject: Assessment

    @extend_schema(
        summary="记录不参加考核",
        request=ExemptSerializer,
        responses={200: AssessmentSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        done = services.exempt(self.subject, by=self.membership, on=localdate(), **self.given(ExemptSerializer))
        return Response(AssessmentSerializer(done).data)


class Include(HatAPI):
    subject: Assessment

    @extend_schema(
        summary="恢复参加考核",
        request=ExemptSerializer,
        responses={200: AssessmentSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        done = services.include(self.subject, by=self.membership, on=localdate(), **self.given(ExemptSerializer))
        return Response(AssessmentSerializer(done).data)


urlpatterns = [
    path("campaigns/", Campaigns.as_view(), name="campaign-list"),
    path("campaigns/<int:pk>/", CampaignDetail.as_view(), name="campaign-detail"),
    path("campaigns/<int:pk>/call-off/", CallOff.as_view(), name="campaign-call-off"),
    path("campaigns/<int:pk>/list/", ListAgain.as_view(), name="campaign-list-again"),
    path("assessments/", Assessments.as_view(), name="assessment-list"),
    path("assessments/<int:pk>/", AssessmentDetail.as_view(), name="assessment-detail"),
    path("assessments/<int:pk>/opinion/", Opinion.as_view(), name="assessment-opinion"),
    path("assessments/<int:pk>/decide/", Decide.as_view(), name="assessment-decide"),
    path("assessments/<int:pk>/return/", SendBack.as_view(), name="assessment-return"),
    path("assessments/<int:pk>/reinstate/", Reinstate.as_view(), name="assessment-reinstate"),
    path("assessments/<int:pk>/exempt/", Exempt.as_view(), name="assessment-exempt"),
    path("assessments/<int:pk>/include/", Include.as_view(), name="assessment-include"),
]
