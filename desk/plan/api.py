"""/api/v1/plans/: the versions of the work plan; a draft begun, revised, tried on what has been handed in, decided."""

from typing import Any

from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import NO_SUCH, FindingSerializer, HatAPI, RefusalSerializer, Verdict, cleaned
from accounts.enums import Role
from core import packs
from core.dates import YEARS
from core.models import PolicyPack
from desk.plan.forms import PackForm, ProposalForm
from desk.plan.trial import tried

LABELS = dict(Role.choices)


class PlanSerializer(serializers.Serializer[Any]):
    """A version without its entries."""

    id = serializers.IntegerField()
    year = serializers.IntegerField()
    version = serializers.IntegerField()
    active_from = serializers.DateField(allow_null=True)
    proposed_for = serializers.DateField(allow_null=True)
    document_number = serializers.CharField()
    based_on = serializers.IntegerField(source="based_on_id", allow_null=True)


class WholePlanSerializer(PlanSerializer):
    """With what it says: rules by finding code (article, quote, level, params), settings by name."""

    edits = serializers.IntegerField(help_text="草案已修改的次数")
    rules = serializers.DictField()
    settings = serializers.DictField()


class SubjectSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    record = serializers.CharField()
    url = serializers.CharField()
    unit = serializers.CharField()
    year = serializers.IntegerField()


class ChangedSerializer(serializers.Serializer[Any]):
    """One verdict that would be another; a finding that is null means: in order."""

    subject = SubjectSerializer()
    code = serializers.CharField()
    article = serializers.CharField()
    title = serializers.CharField()
    is_stricter = serializers.BooleanField()
    before = FindingSerializer(allow_null=True)
    after = FindingSerializer(allow_null=True)


class NewPlanDraft(serializers.Serializer[Any]):
    base = serializers.IntegerField(min_value=1, max_value=2**63 - 1, help_text="所依据的已生效版本")
    year = serializers.IntegerField(min_value=YEARS[0], max_value=YEARS[-1], required=False, help_text="默认同一年度")


class PlanRevision(serializers.Serializer[Any]):
    edits = serializers.IntegerField(min_value=0, help_text="所见草案已修改的次数")
    values = serializers.DictField(help_text="要修改的参数，如 E-CAP5.cap、E-CAP5.level；未列出的不变")


class PlanProposal(serializers.Serializer[Any]):
    active_from = serializers.DateField()
    document_number = serializers.CharField(max_length=60, allow_blank=True, default="")


class Plans(HatAPI):
    @extend_schema(summary="工作方案的各版本，新的在前", responses=PlanSerializer(many=True))
    def get(self, request: Request) -> Response:
        rows = PolicyPack.objects.visible_to(self.membership).order_by("-year", "-version")
        return Response(PlanSerializer(rows, many=True).data)

    @extend_schema(
        summary="起草新版本", request=NewPlanDraft, responses={201: WholePlanSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request) -> Response:
        given = self.given(NewPlanDraft)
        base = PolicyPack.objects.visible_to(self.membership).filter(pk=given["base"]).first()
        if base is None:
            raise serializers.ValidationError({"base": ["没有找到要依据的版本。"]})
        pack = packs.draft_next(base, year=given.get("year", base.year), by=self.membership)
        return Response(WholePlanSerializer(pack).data, status=201)


class PlanDetail(HatAPI):
    subject: PolicyPack

    @extend_schema(summary="一个版本的全部条目和参数", responses=WholePlanSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(WholePlanSerializer(self.subject).data)

    @extend_schema(
        summary="修改草案的参数",
        request=PlanRevision,
        responses={200: WholePlanSerializer, 409: None, 422: RefusalSerializer},
    )
    def patch(self, request: Request, pk: int) -> Response:
        given = self.given(PlanRevision)
        form = PackForm.changing(self.subject, given["values"])
        if unknown := given["values"].keys() - form.fields.keys():
            raise serializers.ValidationError({f"values.{name}": [NO_SUCH.format(name=name)] for name in unknown})
        cleaned(form)
        pack = packs.revise(
            self.subject, by=self.membership, edits=given["edits"], rules=form.rules, settings=form.settings
        )
        return Response(WholePlanSerializer(pack).data)

    @extend_schema(summary="删除草案", responses={204: None, 422: RefusalSerializer})
    def delete(self, request: Request, pk: int) -> Response:
        packs.discard(self.subject, by=self.membership)
        return Response(status=204)


class ProposePlan(HatAPI):
    subject: PolicyPack

    @extend_schema(
        summary="提交草案审批", request=PlanProposal, responses={200: PlanSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        typed = cleaned(ProposalForm(self.given(PlanProposal)))
        pack = packs.propose(
            self.subject,
            by=self.membership,
            on=localdate(),
            active_from=typed["active_from"],
            document=typed["document_number"],
            labels=LABELS,
        )
        return Response(PlanSerializer(pack).data)


class DecidePlan(HatAPI):
    subject: PolicyPack

    @extend_schema(
        summary="办理草案审批的一步", request=Verdict, responses={200: PlanSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(Verdict)
        pack = packs.decide(self.subject, by=self.membership, on=localdate(), labels=LABELS, **given)
        return Response(PlanSerializer(pack).data)


class PlanTrial(HatAPI):
    subject: PolicyPack

    @extend_schema(
        summary="试算草案：哪些登记和协议的判定会不同",
        parameters=[OpenApiParameter("code", str, description="只看一个条目，如 E-CAP5")],
        responses={200: ChangedSerializer(many=True), 422: RefusalSerializer},
    )
    def get(self, request: Request, pk: int) -> Response:
        code = request.query_params.get("code", "")
        changed = [one for one in tried(self.subject) if not code or one.code == code]
        return Response(ChangedSerializer(changed, many=True).data)


urlpatterns = [
    path("plans/", Plans.as_view(), name="plan-list"),
    path("plans/<int:pk>/", PlanDetail.as_view(), name="plan-detail"),
    path("plans/<int:pk>/propose/", ProposePlan.as_view(), name="plan-propose"),
    path("plans/<int:pk>/decide/", DecidePlan.as_view(), name="plan-decide"),
    path("plans/<int:pk>/trial/", PlanTrial.as_view(), name="plan-trial"),
]
