"""/api/v1/agreements/…/: what officers do beside the decision, and several decisions at once, for other programs."""

from typing import Any

from django.db import transaction
from django.http import HttpResponse
from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import FindingSerializer, HatAPI, RefusalSerializer
from accounts.models import Membership
from agreements import services as deciding
from agreements.models import Agreement, AgreementScan, Cover
from agreements.reviewing import batch, desk, letter, services
from agreements.reviewing import slip as slips
from agreements.reviewing.reading import MOST_PAGES, read
from agreements.services import stepping
from core import files
from core.answers import download
from core.enums import PaperKind
from core.forms import no_control_characters, no_line_breaks
from core.models import PolicyPack
from core.policy import Refused


def line(most: int, **more: Any) -> serializers.CharField:
    return serializers.CharField(max_length=most, validators=[no_control_characters, no_line_breaks], **more)


def officer_seen() -> serializers.IntegerField:
    return serializers.IntegerField(
        source="holder",
        min_value=0,
        max_value=2**63 - 1,
        allow_null=True,
        default=None,
        help_text="办理时看到的经办人的身份编号，0为无人经办；其后又转办他人的，返回409",
    )


def times_sent_back() -> serializers.IntegerField:
    return serializers.IntegerField(
        min_value=0,
        max_value=32767,
        allow_null=True,
        default=None,
        help_text="审核时看到的退回次数；其后又经退回补正的，返回409",
    )


def version_seen() -> serializers.IntegerField:
    return serializers.IntegerField(
        min_value=1, allow_null=True, default=None, help_text="审核时看到的版本；其后有修改的，返回409"
    )


class CaseNoteSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    at = serializers.DateTimeField()
    by = serializers.CharField(source="by.person.name")
    words = serializers.CharField()


class NewNote(serializers.Serializer[Any]):
    words = serializers.CharField(max_length=1000, validators=[no_control_characters])


class NewTransfer(serializers.Serializer[Any]):
    to = serializers.IntegerField(min_value=1, help_text="接办人的身份编号")
    note = line(200, allow_blank=True, default="")
    officer = officer_seen()


class HolderSerializer(serializers.Serializer[Any]):
    agreement = serializers.IntegerField()
    officer = serializers.IntegerField(help_text="经办人的身份编号，0为无人经办")


class VisitorSerializer(serializers.Serializer[Any]):
    """A colleague who has the case open now."""

    name = serializers.CharField()
    opened_at = serializers.DateTimeField()


class PlaceSerializer(serializers.Serializer[Any]):
    page = serializers.IntegerField()
    x = serializers.FloatField()
    y = serializers.FloatField()
    w = serializers.FloatField()
    h = serializers.FloatField()


class ReadSerializer(serializers.Serializer[Any]):
    """One value as entered and as the newest scan has it; places are boxes in per cent of the page."""

    key = serializers.CharField()
    name = serializers.CharField(source="label")
    entered = serializers.CharField()
    paper = serializers.CharField()
    state = serializers.CharField(help_text="same 一致、differs 不一致、unread 未识别")
    places = PlaceSerializer(many=True)


class NewPaperStep(serializers.Serializer[Any]):
    """Sent as a form with the scan of the paper."""

    passed = serializers.BooleanField()
    kind = serializers.ChoiceField(choices=PaperKind.choices)
    number = line(60)
    decided_on = serializers.DateField()
    scan = serializers.FileField()
    opinion = serializers.CharField(max_length=1000, allow_blank=True, default="", validators=[no_control_characters])
    version = version_seen()
    corrections = times_sent_back()
    officer = officer_seen()


class SteppedSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    status = serializers.CharField()
    filing_number = serializers.CharField(allow_null=True)


class CoverSerializer(serializers.Serializer[Any]):
    """One colleague acts for another, from day to day."""

    id = serializers.IntegerField()
    absent = serializers.IntegerField(source="absent_id")
    absent_name = serializers.CharField(source="absent.person.name")
    stand_in = serializers.IntegerField(source="stand_in_id")
    stand_in_name = serializers.CharField(source="stand_in.person.name")
    since = serializers.DateField()
    until = serializers.DateField()
    note = serializers.CharField()
    ended_at = serializers.DateTimeField(allow_null=True)


class NewCover(serializers.Serializer[Any]):
    absent = serializers.IntegerField(min_value=1, help_text="外出人员的身份编号")
    stand_in = serializers.IntegerField(min_value=1, help_text="代办人员的身份编号")
    since = serializers.DateField()
    until = serializers.DateField(help_text="含当天")
    note = line(200, allow_blank=True, default="")


class FilingLineSerializer(serializers.Serializer[Any]):
    """One case as it would fare; `key` names it in the version that was read."""

    key = serializers.CharField()
    agreement = serializers.IntegerField(source="agreement.pk")
    is_clean = serializers.BooleanField()
    findings = FindingSerializer(many=True)
    colleagues = serializers.ListField(child=serializers.CharField(), help_text="他人经办或正在办理的，办理前请先沟通")


class FilingOutcomeSerializer(serializers.Serializer[Any]):
    agreement = serializers.IntegerField(source="pk", allow_null=True)
    done = serializers.BooleanField(source="is_done")
    detail = serializers.CharField(source="words")
    findings = FindingSerializer(many=True)


class FileManySerializer(serializers.Serializer[Any]):
    keys = serializers.ListField(child=serializers.CharField(max_length=60), allow_empty=False, max_length=batch.MOST)


class FileMany(HatAPI):
    answer_is_kept = False  # under one key all cases would be held together; each says itself that it is filed

    @extend_schema(
        summary="待审核的协议逐件预校验：哪些可以直接备案，哪些不能、为什么", responses=FilingLineSerializer(many=True)
    )
    def get(self, request: Request) -> Response:
        waiting = Agreement.objects.visible_to(self.membership).filter(status="submitted")
        lines = batch.preview(waiting.order_by("submitted_on", "pk")[: batch.MOST], by=self.membership, on=localdate())
        return Response(FilingLineSerializer(lines, many=True).data)

    @extend_schema(
        operation_id="agreements_file_many",
        summary="批量备案（逐件办理，逐件给出结果，重复提交不会重复备案）",
        request=FileManySerializer,
        responses={200: FilingOutcomeSerializer(many=True), 422: RefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        outcomes = batch.file_many(self.given(FileManySerializer)["keys"], by=self.membership, on=localdate())
        return Response(FilingOutcomeSerializer(outcomes, many=True).data)


class SlipOf(serializers.Serializer[Any]):
    agreement = serializers.ListField(child=serializers.IntegerField(min_value=1), max_length=slips.MOST)


class Slip(HatAPI):
    @extend_schema(
        summary="协议备案签批单（待审核或已备案的几件）",
        parameters=[OpenApiParameter("agreement", OpenApiTypes.INT, many=True, required=True)],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY, 422: RefusalSerializer},
    )
    def get(self, request: Request) -> HttpResponse:
        asked = SlipOf(data={"agreement": request.query_params.getlist("agreement")})
        asked.is_valid(raise_exception=True)
        cases = slips.slip_of(asked.validated_data["agreement"], by=self.membership)
        data = slips.slip_pdf(cases, on=localdate())
        return download(data, "协议备案签批单.pdf", "application/pdf")


class ReturnLetter(HatAPI):
    subject: Agreement

    @extend_schema(summary="退回修改通知书（第几次退回）", responses={(200, "application/pdf"): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int, number: int) -> HttpResponse:
        data = letter.letter_pdf(letter.correction_of(self.subject, number, by=self.membership))
        return download(data, "退回修改通知书.pdf", "application/pdf")


class NewPaperSteps(serializers.Serializer[Any]):
    """Sent as a form with the scan of the paper."""

    keys = serializers.ListField(child=serializers.CharField(max_length=60), allow_empty=False, max_length=batch.MOST)
    kind = serializers.ChoiceField(choices=PaperKind.choices)
    number = line(60)
    decided_on = serializers.DateField()
    scan = serializers.FileField()
    opinion = serializers.CharField(max_length=1000, allow_blank=True, default="", validators=[no_control_characters])


class PaperSteps(HatAPI):
    answer_is_kept = False  # as for FileMany

    @extend_schema(
        operation_id="agreements_paper_steps_waiting",
        summary="等待据纸面登记签批的协议",
        responses=FilingLineSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        waiting = slips.waiting_for_paper(self.membership)
        lines = batch.preview(waiting, by=self.membership, on=localdate(), on_paper=True)
        return Response(FilingLineSerializer(lines, many=True).data)

    @extend_schema(
        summary="据一张签批单登记几件（逐件给出结果；不同意的逐件退回）",
        request={"multipart/form-data": NewPaperSteps},
        responses={200: FilingOutcomeSerializer(many=True), 422: RefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        given, hat, on = self.given(NewPaperSteps), self.membership, localdate()
        paper = slips.paper_of(given, by=hat, on=on)
        outcomes = batch.file_many(given["keys"], by=hat, on=on, paper=paper, opinion=given["opinion"])
        return Response(FilingOutcomeSerializer(outcomes, many=True).data)


class Reading(HatAPI):
    subject: Agreement

    @extend_schema(summary="登记信息与最新扫描件文字层的核对", responses={200: ReadSerializer(many=True)})
    def get(self, request: Request, pk: int) -> Response:
        scan = AgreementScan.objects.filter(agreement=self.subject).select_related("file").last()
        try:
            pages = files.text_layer(scan.file, most_pages=MOST_PAGES) if scan else []
        except Refused:
            pages = []
        return Response(ReadSerializer(read(self.subject, pages), many=True).data)


class Looks(HatAPI):
    """Who has a case open; information, never a lock."""

    subject: Agreement

    @extend_schema(summary="哪些同事正在办理这件协议", responses=VisitorSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        return self._others()

    @extend_schema(summary="声明正在办理这件协议（两分钟内有效）", request=None, responses=VisitorSerializer(many=True))
    def post(self, request: Request, pk: int) -> Response:
        services.look(self.subject, by=self.membership)
        return self._others()

    def _others(self) -> Response:
        on = localdate()
        pack = self.subject.pack or PolicyPack.in_force(on=on)
        told = desk.about(self.subject, self.membership, pack=pack, on=on)
        return Response(VisitorSerializer(told.others(self.membership), many=True).data)


class Notes(HatAPI):
    subject: Agreement

    @extend_schema(summary="内部备注（仅市科技局）", responses=CaseNoteSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        notes = self.subject.notes.visible_to(self.membership).select_related("by__person")
        return Response(CaseNoteSerializer(notes, many=True).data)

    @extend_schema(summary="写内部备注", request=NewNote, responses={201: CaseNoteSerializer, 422: RefusalSerializer})
    def post(self, request: Request, pk: int) -> Response:
        note = services.write_note(self.subject, by=self.membership, **self.given(NewNote))
        return Response(CaseNoteSerializer(note).data, status=201)


class Transfer(HatAPI):
    subject: Agreement

    @extend_schema(summary="这件协议由谁经办", responses=HolderSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response({"agreement": pk, "officer": services.holder_of(self.subject)})

    @extend_schema(
        summary="转办给本局另一位审核人员",
        request=NewTransfer,
        responses={200: HolderSerializer, 409: None, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        given, on = self.given(NewTransfer), localdate()
        there = {hat.pk: hat for hat in services.reviewers(self.membership, on=on)}
        if given["to"] not in there:
            raise serializers.ValidationError({"to": ["没有这位审核人员。"]})
        to = there[given.pop("to")]
        services.transfer(self.subject, to=to, by=self.membership, on=on, **given)
        return Response({"agreement": pk, "officer": to.pk})


class PaperStep(HatAPI):
    subject: Agreement

    @extend_schema(
        summary="据纸面登记一步签批（政策规定分管领导签批的）",
        request={"multipart/form-data": NewPaperStep},
        responses={200: SteppedSerializer, 409: None, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        given, hat = self.given(NewPaperStep), self.membership
        with transaction.atomic():
            scan = files.receive(given["scan"], by=hat, purpose="approval-scan")
            paper = stepping.OnPaper(PaperKind(given["kind"]), given["number"], given["decided_on"], scan)
            act = deciding.file_agreement if given["passed"] else deciding.return_agreement
            seen = {name: given[name] for name in ("version", "corrections", "holder")}
            decided = act(self.subject, by=hat, on=localdate(), opinion=given["opinion"], paper=paper, **seen)
        return Response(SteppedSerializer(decided).data)


class Covers(HatAPI):
    @extend_schema(summary="代办安排（按编号倒序）", responses=CoverSerializer(many=True))
    def get(self, request: Request) -> Response:
        rows = Cover.objects.visible_to(self.membership).select_related("absent__person", "stand_in__person")
        return Response(CoverSerializer(self.page_of(rows, size=50), many=True).data)

    @extend_schema(summary="安排代办", request=NewCover, responses={201: CoverSerializer, 422: RefusalSerializer})
    def post(self, request: Request) -> Response:
        given, on = self.given(NewCover), localdate()
        for name in ("absent", "stand_in"):
            hats = Membership.objects.active(on=on).filter(organization=self.membership.organization_id)
            hat = hats.select_related("person", "organization").filter(pk=given[name]).first()
            if hat is None:
                raise serializers.ValidationError({name: ["没有这位同事。"]})
            given[name] = hat
        cover = services.arrange_cover(by=self.membership, on=on, **given)
        return Response(CoverSerializer(cover).data, status=201)


class EndCover(HatAPI):
    subject: Cover

    @extend_schema(summary="结束代办", request=None, responses={200: CoverSerializer, 422: RefusalSerializer})
    def post(self, request: Request, pk: int) -> Response:
        return Response(CoverSerializer(services.end_cover(self.subject, by=self.membership)).data)


urlpatterns = [
    path("agreements/file/", FileMany.as_view(), name="agreement-file-many"),
    path("agreements/slip/", Slip.as_view(), name="agreement-slip"),
    path("agreements/paper-steps/", PaperSteps.as_view(), name="agreement-paper-steps"),
    path("agreements/<int:pk>/returns/<int:number>/", ReturnLetter.as_view(), name="agreement-return-letter"),
    path("agreements/<int:pk>/reading/", Reading.as_view(), name="agreement-reading"),
    path("agreements/<int:pk>/looks/", Looks.as_view(), name="agreement-look"),
    path("agreements/<int:pk>/notes/", Notes.as_view(), name="agreement-notes"),
    path("agreements/<int:pk>/transfer/", Transfer.as_view(), name="agreement-transfer"),
    path("agreements/<int:pk>/paper-step/", PaperStep.as_view(), name="agreement-paper-step"),
    path("covers/", Covers.as_view(), name="cover-list"),
    path("covers/<int:pk>/end/", EndCover.as_view(), name="cover-end"),
]
