"""/api/v1/agreements/, submissions/ and quota-runs/: the pages' services for other programs."""

from datetime import date
from typing import Any

import django_filters
from django.db import transaction
from django.db.models import Prefetch
from django.http import FileResponse, Http404
from django.shortcuts import get_object_or_404
from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import AFTER, FindingSerializer, HatAPI, RefusalSerializer, filtered, one_of
from accounts.doors import MAY_NOT
from accounts.models import HostUnit
from agreements import services
from agreements.abandoning.api import urlpatterns as abandonings
from agreements.amending.api import urlpatterns as amendments
from agreements.amending.effective import effective
from agreements.archiving.api import urlpatterns as archives
from agreements.attesting.api import urlpatterns as checks
from agreements.compiling.api import urlpatterns as compilations
from agreements.departing.api import urlpatterns as departures
from agreements.ending import services as ending
from agreements.ending.api import SHOWN, EffectSerializer, with_mark
from agreements.ending.effects import effects_of_ending
from agreements.enums import AgreementStatus, Authority, Party, TerminationReason
from agreements.forms import MOST_OF_A_GOAL
from agreements.graduating.api import urlpatterns as graduations
from agreements.models import Agreement, Correction, FilingCertificate, QuotaRun, Submission
from agreements.moving.api import urlpatterns as moves
from agreements.printing.api import urlpatterns as prints
from agreements.renewing.api import urlpatterns as renewals
from agreements.reviewing.api import officer_seen, times_sent_back, version_seen
from agreements.reviewing.api import urlpatterns as reviewing
from agreements.reviewing.parts import Part
from agreements.scanning import single, withdrawing
from agreements.scanning.api import urlpatterns as scans
from agreements.signing.api import urlpatterns as signings
from agreements.stamping.api import urlpatterns as stampings
from agreements.suspending.api import urlpatterns as suspensions
from agreements.voiding.api import urlpatterns as voidings
from agreements.wording.api import urlpatterns as texts
from core import files
from core.dates import YEARS
from core.forms import Form, no_control_characters, no_line_breaks
from core.policy import require
from specialists.api import ChangeMembers
from specialists.enums import Category
from specialists.models import Registration

PAGE = 50
MOST_IN_A_BATCH = 200
RELATED = ("specialist", "registration", "institution__organization", "host__organization", "renewal")


# --- what goes out ----------------------------------------------------------------------------------------------------


class AgreementSerializer(serializers.Serializer[Any]):
    """One agreement as everybody sees it who sees it at all."""

    id = serializers.IntegerField()
    code = serializers.CharField(source="draft_code", help_text="备案前的编号，印在协议书上")
    filing_number = serializers.CharField(allow_null=True, help_text="历史导入的为原备案号")
    is_past = serializers.BooleanField(help_text="历史导入：平台启用前已备案")
    document_number = serializers.CharField(help_text="历史导入的备案文号，未记载的为空")
    status = serializers.ChoiceField(choices=AgreementStatus.choices)
    version = serializers.IntegerField()
    registration = serializers.IntegerField(source="registration_id")
    specialist = serializers.IntegerField(source="specialist_id")
    specialist_name = serializers.CharField(source="specialist.name")
    category = serializers.ChoiceField(source="registration.category", choices=Category.choices)
    institution = serializers.IntegerField(source="institution_id", allow_null=True)
    institution_name = serializers.CharField(source="institution.organization.name", default=None, allow_null=True)
    host = serializers.IntegerField(source="host_id", allow_null=True)
    host_name = serializers.CharField(source="host.organization.name", default=None, allow_null=True)
    service_start = serializers.DateField(allow_null=True)
    service_end = serializers.DateField(allow_null=True)
    service_content = serializers.SerializerMethodField(help_text="现行内容，含已同意的变更")
    visits_per_year = serializers.SerializerMethodField(help_text="现行次数，含已同意的变更")
    goals = serializers.SerializerMethodField(help_text="现行目标，含已同意的变更")
    submission = serializers.IntegerField(source="submission_id", allow_null=True)
    submitted_on = serializers.DateField(allow_null=True)
    return_opinion = serializers.CharField()
    filed_on = serializers.DateField(allow_null=True)
    terminated_on = serializers.DateField(allow_null=True, help_text="状态仍为 filed 的：将自这一天起终止")
    termination_reason = serializers.CharField()
    renews = serializers.IntegerField(source="renews_id", allow_null=True, help_text="续签自")
    renewal = serializers.IntegerField(source="renewal.pk", default=None, allow_null=True, help_text="已续签为")

    def get_service_content(self, agreement: Agreement) -> str:
        return effective(agreement).service_content

    def get_visits_per_year(self, agreement: Agreement) -> int | None:
        return effective(agreement).visits_per_year

    def get_goals(self, agreement: Agreement) -> list[dict[str, Any]]:
        return effective(agreement).goals


class OutcomeSerializer(serializers.Serializer[Any]):
    """Where an agreement stands after an act."""

    id = serializers.IntegerField()
    code = serializers.CharField(source="draft_code")
    filing_number = serializers.CharField(allow_null=True)
    status = serializers.ChoiceField(choices=AgreementStatus.choices)
    version = serializers.IntegerField()
    submitted_on = serializers.DateField(allow_null=True)
    return_opinion = serializers.CharField()
    filed_on = serializers.DateField(allow_null=True)
    terminated_on = serializers.DateField(allow_null=True, help_text="状态仍为 filed 的：将自这一天起终止")
    termination_reason = serializers.CharField()


def outcome(agreement: Agreement) -> Response:
    return Response(one_of(OutcomeSerializer).to_representation(agreement))


class SignatureSerializer(serializers.Serializer[Any]):
    party = serializers.ChoiceField(choices=Party.choices)
    signer = serializers.CharField()
    signed_on = serializers.DateField()
    authority = serializers.ChoiceField(choices=Authority.choices, allow_blank=True)
    has_letter = serializers.BooleanField(help_text="附有授权委托书")
    is_online = serializers.BooleanField(help_text="经签署链接和验证码在线签署")


class ScanSerializer(serializers.Serializer[Any]):
    """A scan of the signed paper, and the version of the paper that it shows."""

    number = serializers.IntegerField()
    paper_version = serializers.IntegerField()
    sha256 = serializers.CharField(source="file.sha256")
    pages = serializers.IntegerField(source="file.pages")
    uploaded_at = serializers.DateTimeField(source="file.uploaded_at")
    is_unread = serializers.BooleanField(help_text="没有读出协议书的二维码，提交时须写明核对情况")
    lacks = serializers.ListField(
        child=serializers.IntegerField(), help_text="协议书缺哪几页；其他扫描件也没有这几页的，提交时须写明核对情况"
    )


class RemarkSerializer(serializers.Serializer[Any]):
    part = serializers.ChoiceField(choices=Part.choices)
    words = serializers.CharField()


class CorrectionSerializer(serializers.Serializer[Any]):
    """One round of 退回补正: the remarks of the bureau, and what each part said then."""

    number = serializers.IntegerField()
    at = serializers.DateTimeField()
    note = serializers.CharField()
    remarks = RemarkSerializer(many=True)
    said = serializers.DictField(child=serializers.CharField(), help_text="项目 → 退回时的内容")


class AgreementDetailSerializer(AgreementSerializer):
    signatures = SignatureSerializer(many=True)
    scans = ScanSerializer(many=True)
    corrections = CorrectionSerializer(many=True, source="corrections_seen", help_text="退回补正的经过")
    open_fields = serializers.SerializerMethodField(help_text="派出单位现在可以修改的内容")
    institution_reasons = serializers.DictField(child=serializers.CharField())

    def get_open_fields(self, agreement: Agreement) -> list[str]:
        if agreement.status not in AgreementStatus.editable:
            return []
        return sorted(services.open_fields(agreement))


class VerdictSerializer(serializers.Serializer[Any]):
    """One rule asked: ok, wait (for what), or the level of what it found."""

    code = serializers.CharField(source="entry.code")
    title = serializers.CharField(source="entry.title")
    article = serializers.CharField(source="entry.article")
    quote = serializers.CharField(source="entry.quote")
    state = serializers.CharField(source="tone")
    waiting = serializers.CharField()
    finding = FindingSerializer(allow_null=True)


class SubmissionSerializer(serializers.Serializer[Any]):
    """What an institution handed in together; without one the bureau did, for whom it appoints directly."""

    id = serializers.IntegerField()
    code = serializers.CharField(source="__str__")
    institution = serializers.IntegerField(source="institution_id", allow_null=True, help_text="空为市科技局直接聘请")
    institution_name = serializers.CharField(source="institution.organization.name", default=None, allow_null=True)
    submitted_on = serializers.DateField()
    note = serializers.CharField()


class SubmissionDetailSerializer(SubmissionSerializer):
    agreements = serializers.SerializerMethodField(help_text="协议编号")

    def get_agreements(self, submission: Submission) -> list[int]:
        return sorted(agreement.pk for agreement in submission.agreements.all())


class QuotaRunSerializer(serializers.Serializer[Any]):
    """One check of a year: what it counted, and how much it found."""

    id = serializers.IntegerField()
    year = serializers.IntegerField()
    on = serializers.DateField()
    at = serializers.DateTimeField()
    trigger = serializers.CharField()
    counts = serializers.DictField()


class QuotaRunDetailSerializer(QuotaRunSerializer):
    findings = serializers.ListField(child=serializers.DictField())
    appeared = serializers.ListField(child=serializers.CharField(), help_text="与上次相比新增")
    disappeared = serializers.ListField(child=serializers.DictField(), help_text="与上次相比消除")


# --- what comes in ----------------------------------------------------------------------------------------------------


def plausible(day: date) -> None:
    if day.year not in YEARS:
        raise serializers.ValidationError(f"年份应在{YEARS[0]}年至{YEARS[-1]}年之间，请核对。")


def day(**more: Any) -> serializers.DateField:
    return serializers.DateField(validators=[plausible], **more)


def line(most: int, **more: Any) -> serializers.CharField:
    return serializers.CharField(max_length=most, validators=[no_control_characters, no_line_breaks], **more)


def text(most: int, **more: Any) -> serializers.CharField:
    return serializers.CharField(max_length=most, validators=[no_control_characters], **more)


def reasons() -> serializers.DictField:
    return serializers.DictField(
        child=text(500, allow_blank=True), default=dict, help_text="校验编号 → 理由，如 E-CAP5"
    )


class GoalFields(serializers.Serializer[Any]):
    name = line(60)
    count = serializers.IntegerField(min_value=1, max_value=MOST_OF_A_GOAL)
    unit = line(10)


class DraftFields(serializers.Serializer[Any]):
    """What an agreement says; a draft may have gaps."""

    host = serializers.IntegerField(min_value=1, allow_null=True, help_text="派驻单位编号")
    service_start = day(allow_null=True)
    service_end = day(allow_null=True)
    service_content = text(2000, allow_blank=True)
    visits_per_year = serializers.IntegerField(min_value=1, max_value=366, allow_null=True)
    goals = GoalFields(many=True, help_text="年度目标任务")
    institution_reasons = reasons()

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for name in services.EDITABLE:
            fields[name].required, fields[name].default = False, serializers.empty
        return fields

    def validate_goals(self, goals: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len(goals) > 10:
            raise serializers.ValidationError("年度目标任务不超过10项。")
        return [dict(goal) for goal in goals]


class NewAgreement(DraftFields):
    registration = serializers.IntegerField(min_value=1, help_text="已入选的登记编号")


class ChangedAgreement(DraftFields):
    """Only what is sent changes; `version` is the one that was read."""

    version = serializers.IntegerField(min_value=1)


class NewSignature(serializers.Serializer[Any]):
    party = serializers.ChoiceField(choices=Party.choices)
    signer = line(30)
    signed_on = day()
    authority = serializers.ChoiceField(
        choices=[pair for pair in Authority.choices if pair[0] in Authority.for_a_unit],
        allow_blank=True,
        default="",
        help_text="单位签署人的身份，提交前必须写明；科技特派员由本人签署，不填",
    )
    letter = serializers.FileField(required=False, help_text="授权代表的授权委托书（以表单方式上传）")


class NewScan(serializers.Serializer[Any]):
    file = serializers.FileField()


class Filing(serializers.Serializer[Any]):
    """The bureau's reasons and 文号 by finding code; `reassign` is the reason of a 改派."""

    reasons = reasons()
    documents = serializers.DictField(child=line(60, allow_blank=True), default=dict)
    reassign = text(500, allow_blank=True, default="", help_text="改派理由")
    version = version_seen()
    corrections = times_sent_back()
    officer = officer_seen()
    opinion = text(1000, allow_blank=True, default="", help_text="审核意见；政策规定分步审批的，记在本步")


class Return(serializers.Serializer[Any]):
    """Remarks by part open those parts to the institution, and no other; a general opinion alone opens all of it."""

    opinion = text(1000, allow_blank=True, default="", help_text="其他意见；remarks为空时派出单位可以修改全部内容")
    remarks = serializers.DictField(
        child=line(200, allow_blank=True),
        default=dict,
        help_text="项目 → 意见，派出单位只能修改这些项目：" + "、".join(f"{part.value} {part.label}" for part in Part),
    )
    version = version_seen()
    corrections = times_sent_back()
    officer = officer_seen()

    def validate_remarks(self, remarks: dict[str, str]) -> dict[str, str]:
        if unknown := remarks.keys() - {*Part.values}:
            raise serializers.ValidationError(f"没有这些项目：{'、'.join(sorted(unknown))}。")
        return remarks


class Termination(serializers.Serializer[Any]):
    """From which day and why it ends. 考核不合格 is no choice here: that follows from the assessment."""

    ends_on = serializers.DateField(required=False, help_text="自这一天起不再服务；不填为今天，今后的日期到该日执行")
    reason = serializers.ChoiceField(
        choices=[choice for choice in TerminationReason.choices if choice[0] in TerminationReason.to_choose]
    )
    note = text(500, allow_blank=True, default="")
    effects = EffectSerializer(many=True, required=False, help_text=SHOWN)


class EndDay(serializers.Serializer[Any]):
    ends_on = serializers.DateField(required=False)


class RevokedEnd(serializers.Serializer[Any]):
    reason = text(500, allow_blank=True)


class NewSubmission(serializers.Serializer[Any]):
    agreements = serializers.ListField(
        child=serializers.IntegerField(min_value=1), allow_empty=False, max_length=MOST_IN_A_BATCH
    )
    reasons = serializers.DictField(child=reasons(), default=dict, help_text="协议编号 → 校验编号 → 理由")
    note = line(200, allow_blank=True, default="")

    def validate_reasons(self, by_agreement: dict[str, dict[str, str]]) -> dict[int, dict[str, str]]:
        if not all(pk.isascii() and pk.isdecimal() and len(pk) < 19 for pk in by_agreement):
            raise serializers.ValidationError("请以协议编号为键。")
        return {int(pk): given for pk, given in by_agreement.items()}


class AgreementFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(label="状态", choices=AgreementStatus.choices)
    category = django_filters.ChoiceFilter(label="类别", field_name="registration__category", choices=Category.choices)
    filed = django_filters.NumberFilter(
        label="备案年度", field_name="filed_on__year", min_value=YEARS[0], max_value=YEARS[-1]
    )
    host = django_filters.NumberFilter(label="派驻单位编号", max_value=2**63 - 1)
    institution = django_filters.NumberFilter(label="派出单位编号", max_value=2**63 - 1)
    specialist = django_filters.NumberFilter(label="特派员编号", max_value=2**63 - 1)
    team = django_filters.NumberFilter(label="团队编号", max_value=2**63 - 1)
    past = django_filters.BooleanFilter(label="历史导入", field_name="is_past")

    class Meta:
        model = Agreement
        form = Form
        fields = ["status", "category", "filed", "host", "institution", "specialist", "team", "past"]


# --- agreements -------------------------------------------------------------------------------------------------------


class AgreementAPI(HatAPI):
    """What is about one agreement, and answers with it."""

    subject: Agreement

    def draft_fields(self, values: dict[str, Any]) -> dict[str, Any]:
        """With the host itself in the place of its number, if this hat may choose it."""
        if values.get("host") is not None:
            host = HostUnit.objects.visible_to(self.membership).filter(pk=values["host"]).first()
            if host is None:
                raise serializers.ValidationError({"host": ["没有这个派驻单位。"]})
            values["host"] = host
        return values

    def whole(self, agreement: Agreement, *, status: int = 200) -> Response:
        rows = Agreement.objects.visible_to(self.membership).select_related(*RELATED)
        seen = Correction.objects.visible_to(self.membership).prefetch_related("remarks")
        rows = rows.prefetch_related(
            "amendments", "signatures", "scans__file", Prefetch("corrections", seen, "corrections_seen")
        )
        return Response(AgreementDetailSerializer(rows.get(pk=agreement.pk)).data, status=status)


class Agreements(AgreementAPI):
    @extend_schema(
        summary="协议列表（按编号倒序；可按状态、类别、备案年度、派驻单位、派出单位、特派员、团队筛选）",
        parameters=[AFTER, *(OpenApiParameter(name) for name in AgreementFilter.base_filters)],
        responses=AgreementSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        visible = Agreement.objects.visible_to(self.membership).select_related(*RELATED).prefetch_related("amendments")
        rows = self.page_of(filtered(AgreementFilter(request.query_params, visible)), size=PAGE)
        return Response(AgreementSerializer(rows, many=True).data)

    @extend_schema(
        summary="起草协议", request=NewAgreement, responses={201: AgreementDetailSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request) -> Response:
        fields = self.draft_fields(self.given(NewAgreement))
        own = Registration.objects.dispatched_by(self.membership).select_related("specialist", "pack")
        registration = own.filter(pk=fields.pop("registration")).first()
        if registration is None:
            raise serializers.ValidationError({"registration": ["没有这份登记。"]})
        agreement = services.draft_agreement(registration, by=self.membership, **fields)
        return self.whole(agreement, status=201)


class AgreementDetail(AgreementAPI):
    @extend_schema(summary="一份协议", responses=AgreementDetailSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return self.whole(self.subject)

    @extend_schema(
        summary="修改草稿或退回的协议",
        request=ChangedAgreement,
        responses={200: AgreementDetailSerializer, 409: None, 422: RefusalSerializer},
    )
    def patch(self, request: Request, pk: int) -> Response:
        # Why a filed one does not change the bureau may hear of any; a draft is written by whoever dispatches.
        own = self.membership.stands_for(self.subject.institution_id)
        if not own and self.subject.status not in AgreementStatus.once_filed:
            raise exceptions.PermissionDenied(MAY_NOT)
        fields = self.draft_fields(self.given(ChangedAgreement))
        version = fields.pop("version")
        return self.whole(services.save_draft(self.subject, by=self.membership, version=version, **fields))

    @extend_schema(summary="删除协议草稿", responses={204: None, 422: RefusalSerializer})
    def delete(self, request: Request, pk: int) -> Response:
        services.discard_draft(self.subject, by=self.membership)
        return Response(status=204)


class Checks(AgreementAPI):
    @extend_schema(summary="逐条校验一份协议", responses=VerdictSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        rows = Agreement.objects.visible_to(self.membership).select_related(*RELATED, "pack", "renews")
        verdicts = services.judge(rows.get(pk=pk), on=localdate())
        return Response(VerdictSerializer(verdicts, many=True).data)


class Sign(AgreementAPI):
    @extend_schema(
        summary="登记一方的签署人和签署日期",
        request={"application/json": NewSignature, "multipart/form-data": NewSignature},
        responses={200: AgreementDetailSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(NewSignature)
        upload, party = given.pop("letter", None), Party(given.pop("party"))
        with transaction.atomic():
            letter = files.receive(upload, by=self.membership, purpose="authority-letter") if upload else None
            services.sign(self.subject, by=self.membership, party=party, letter=letter, **given)
        return self.whole(self.subject)


class Scan(AgreementAPI):
    @extend_schema(
        summary="上传签署后的扫描件",
        request={"multipart/form-data": NewScan},
        responses={201: ScanSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        upload = self.given(NewScan)["file"]
        with transaction.atomic():
            stored = files.receive(upload, by=self.membership, purpose="agreement-scan")
            scan = single.attach(self.subject, stored, by=self.membership)
        return Response(ScanSerializer(scan).data, status=201)


class WithdrawScan(AgreementAPI):
    @extend_schema(
        summary="撤下一份没有提交过的扫描件，原件留存",
        request=None,
        responses={200: AgreementDetailSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int, number: int) -> Response:
        withdrawing.withdraw(self.subject, number, by=self.membership)
        return self.whole(self.subject)


class File(AgreementAPI):
    @extend_schema(
        summary="备案",
        request=Filing,
        responses={200: OutcomeSerializer, 409: None, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(Filing)
        agreement = services.file_agreement(self.subject, by=self.membership, on=localdate(), **given)
        return outcome(agreement)


class SendBack(AgreementAPI):
    @extend_schema(
        summary="退回补正", request=Return, responses={200: OutcomeSerializer, 409: None, 422: RefusalSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(Return)
        agreement = services.return_agreement(self.subject, by=self.membership, on=localdate(), **given)
        return outcome(agreement)


class Terminate(AgreementAPI):
    @extend_schema(
        summary="提前终止的影响（不填 ends_on 为今天终止时）",
        parameters=[OpenApiParameter("ends_on", OpenApiTypes.DATE)],
        responses={200: EffectSerializer(many=True), 422: RefusalSerializer},
    )
    def get(self, request: Request, pk: int) -> Response:
        on = localdate()
        asked = EndDay(data=request.query_params)
        asked.is_valid(raise_exception=True)
        day = asked.validated_data.get("ends_on", on)
        require(ending.why_not_from(self.subject, day, on=on) if day != on and self.subject.service_end else None)
        return Response(EffectSerializer(effects_of_ending(self.subject, on=day), many=True).data)

    @extend_schema(
        summary="提前终止（今天或今后的一天）",
        request=Termination,
        responses={200: OutcomeSerializer, 409: RefusalSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        on = localdate()
        given = {"ends_on": on, **with_mark(self.given(Termination), on=on)}
        given["reason"] = TerminationReason(given["reason"])
        agreement = ending.end_agreement(self.subject, by=self.membership, on=on, **given)
        return outcome(agreement)


class RevokeEnd(AgreementAPI):
    @extend_schema(
        summary="撤销终止决定（终止日之前）",
        request=RevokedEnd,
        responses={200: OutcomeSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(RevokedEnd)
        agreement = ending.revoke_end(self.subject, by=self.membership, on=localdate(), reason=given["reason"])
        return outcome(agreement)


class Renew(AgreementAPI):
    @extend_schema(
        summary="起草续签协议", request=None, responses={201: AgreementDetailSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        return self.whole(services.renew_agreement(self.subject, by=self.membership, on=localdate()), status=201)


class Certificate(AgreementAPI):
    @extend_schema(summary="下载备案证明", responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int) -> FileResponse:
        certificate = FilingCertificate.objects.filter(agreement=self.subject).select_related("file").first()
        if certificate is None:
            raise Http404("这份协议还没有备案证明。")
        return files.serve(certificate.paper)


# --- submissions ------------------------------------------------------------------------------------------------------


class Submissions(HatAPI):
    @extend_schema(summary="汇总提交列表（按编号倒序）", parameters=[AFTER], responses=SubmissionSerializer(many=True))
    def get(self, request: Request) -> Response:
        rows = Submission.objects.visible_to(self.membership).select_related("institution__organization")
        return Response(SubmissionSerializer(self.page_of(rows, size=PAGE), many=True).data)

    @extend_schema(
        summary="汇总提交，交市科技局审核备案（全部提交或全不提交）",
        request=NewSubmission,
        responses={201: SubmissionDetailSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        given = self.given(NewSubmission)
        wanted = set(given["agreements"])
        own = Agreement.objects.dispatched_by(self.membership).filter(pk__in=wanted)
        if len(found := list(own)) < len(wanted):
            unknown = "、".join(str(pk) for pk in sorted(wanted - {agreement.pk for agreement in found}))
            raise serializers.ValidationError({"agreements": [f"没有这些协议：{unknown}。"]})
        submission = services.submit_agreements(
            found, by=self.membership, on=localdate(), reasons=given["reasons"], note=given["note"]
        )
        return Response(SubmissionDetailSerializer(submission).data, status=201)


class SubmissionDetail(HatAPI):
    subject: Submission

    @extend_schema(summary="一次汇总提交", responses=SubmissionDetailSerializer)
    def get(self, request: Request, pk: int) -> Response:
        rows = Submission.objects.visible_to(self.membership).select_related("institution__organization")
        return Response(SubmissionDetailSerializer(get_object_or_404(rows, pk=pk)).data)


# --- the check of a year ----------------------------------------------------------------------------------------------


class RunFilter(django_filters.FilterSet):
    year = django_filters.NumberFilter(label="年度", min_value=YEARS[0], max_value=YEARS[-1])

    class Meta:
        model = QuotaRun
        form = Form
        fields = ["year"]


class QuotaRuns(HatAPI):
    @extend_schema(
        summary="年度指标检查列表（按编号倒序；可按年度筛选）",
        parameters=[AFTER, OpenApiParameter("year")],
        responses=QuotaRunSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        visible = QuotaRun.objects.visible_to(self.membership).defer("findings", "appeared", "disappeared")
        rows = self.page_of(filtered(RunFilter(request.query_params, visible)), size=PAGE)
        return Response(QuotaRunSerializer(rows, many=True).data)


class QuotaRunDetail(HatAPI):
    subject: QuotaRun

    @extend_schema(summary="一次年度指标检查", responses=QuotaRunDetailSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(QuotaRunDetailSerializer(self.subject).data)


class ChangeTeamMembers(ChangeMembers):
    act = staticmethod(services.change_team_members)


urlpatterns = [
    *moves,
    *checks,
    *departures,
    *suspensions,
    *prints,
    *archives,
    *scans,
    *graduations,
    *signings,
    *reviewing,
    *renewals,
    *voidings,
    *abandonings,
    *stampings,
    *compilations,
    *texts,
    *amendments,
    path("agreements/", Agreements.as_view(), name="agreement-list"),
    path("agreements/<int:pk>/", AgreementDetail.as_view(), name="agreement-detail"),
    path("agreements/<int:pk>/checks/", Checks.as_view(), name="agreement-checks"),
    path("agreements/<int:pk>/sign/", Sign.as_view(), name="agreement-sign"),
    path("agreements/<int:pk>/scan/", Scan.as_view(), name="agreement-scan"),
    path("agreements/<int:pk>/scans/<int:number>/withdraw/", WithdrawScan.as_view(), name="agreement-scan-withdraw"),
    path("agreements/<int:pk>/file/", File.as_view(), name="agreement-file"),
    path("agreements/<int:pk>/return/", SendBack.as_view(), name="agreement-return"),
    path("agreements/<int:pk>/terminate/", Terminate.as_view(), name="agreement-terminate"),
    path("agreements/<int:pk>/terminate/revoke/", RevokeEnd.as_view(), name="agreement-end-revoke"),
    path("agreements/<int:pk>/renew/", Renew.as_view(), name="agreement-renew"),
    path("agreements/<int:pk>/certificate/", Certificate.as_view(), name="agreement-certificate"),
    path("submissions/", Submissions.as_view(), name="submission-list"),
    path("submissions/<int:pk>/", SubmissionDetail.as_view(), name="submission-detail"),
    path("teams/<int:pk>/members/", ChangeTeamMembers.as_view(), name="team-members"),
    path("quota-runs/", QuotaRuns.as_view(), name="quota-run-list"),
    path("quota-runs/<int:pk>/", QuotaRunDetail.as_view(), name="quota-run-detail"),
]
