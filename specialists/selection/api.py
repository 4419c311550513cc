"""/api/v1/selection-lists/, selection-entries/ and objections/: the services of the pages for other programs."""

from collections.abc import Sequence
from typing import Any

from django.db.models import Model, QuerySet
from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.utils import OpenApiTypes, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import AFTER, HatAPI, RefusalSerializer, Verdict
from accounts.enums import Role
from core import files
from core.answers import download
from core.enums import PaperKind
from core.files import DOCX
from core.forms import no_control_characters, no_line_breaks
from core.models import PolicyPack, StoredFile
from specialists.enums import Channel, Conclusion
from specialists.models import AnnouncementCorrection, Objection, Registration, SelectionEntry, SelectionList, Team
from specialists.selection import documents, queries, services
from specialists.selection.bulk_api import urlpatterns as bulk
from specialists.selection.call_api import urlpatterns as calls
from specialists.selection.calling_back import call_back_list
from specialists.selection.correcting import services as correcting
from specialists.selection.views import SCAN

PAGE = 50
LINE: dict[str, Any] = {"validators": [no_control_characters, no_line_breaks]}
TEXT: dict[str, Any] = {"validators": [no_control_characters]}


# --- what goes out ----------------------------------------------------------------------------------------------------


class ListEntrySerializer(serializers.Serializer[Any]):
    """One person or team of a list."""

    id = serializers.IntegerField()
    registration = serializers.IntegerField(source="registration_id")
    team = serializers.IntegerField(source="team_id")
    name = serializers.CharField(source="__str__")
    institution_name = serializers.SerializerMethodField()
    removed_on = serializers.DateField()
    removed_reason = serializers.CharField()

    def get_institution_name(self, entry: SelectionEntry) -> str:
        return str(entry.record.institution or "")


class SelectionListSerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    year = serializers.IntegerField()
    number = serializers.IntegerField()
    title = serializers.CharField()
    status = serializers.CharField()
    approved_on = serializers.DateField()
    notice_from = serializers.DateField()
    notice_days = serializers.IntegerField()
    notice_until = serializers.DateField()
    notice_contact = serializers.CharField()
    closed_on = serializers.DateField()
    document_number = serializers.CharField()
    announced_on = serializers.DateField()
    version = serializers.IntegerField()


class FlagSerializer(serializers.Serializer[Any]):
    entry = serializers.IntegerField()
    code = serializers.CharField()
    article = serializers.CharField()
    message = serializers.CharField()


class WholeListSerializer(SelectionListSerializer):
    """A list with who stands on it, as far as the hat sees them; the offices also with what now stands against whom."""

    entries = serializers.SerializerMethodField()
    flags = serializers.SerializerMethodField()

    @extend_schema_field(ListEntrySerializer(many=True))
    def get_entries(self, held: SelectionList) -> list[dict[str, Any]]:
        visible = SelectionEntry.objects.visible_to(self.context["hat"]).filter(selection_list=held).in_order()
        return [dict(one) for one in ListEntrySerializer(visible, many=True).data]

    @extend_schema_field(FlagSerializer(many=True))
    def get_flags(self, held: SelectionList) -> list[dict[str, Any]]:
        if self.context["hat"].role not in Role.sees_everything or held.announced_on:
            return []
        found = queries.flags(held.entries.standing().in_order(), on=localdate())
        return [
            {"entry": entry, "code": one.code, "article": one.article, "message": one.message}
            for entry, findings in found.items()
            for one in findings
        ]


class AnnouncementCorrectionSerializer(serializers.Serializer[Any]):
    """That the 公布文件 of a list reads otherwise: as it was recorded, as it is to read, and what came of it."""

    id = serializers.IntegerField()
    selection_list = serializers.IntegerField(source="selection_list_id")
    old_number = serializers.CharField()
    old_on = serializers.DateField()
    document_number = serializers.CharField()
    announced_on = serializers.DateField()
    new_scan = serializers.SerializerMethodField(help_text="是否更换扫描件")
    reason = serializers.CharField()
    status = serializers.CharField()
    asked_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    opinion = serializers.CharField()

    def get_new_scan(self, asked: AnnouncementCorrection) -> bool:
        return asked.announcement_id != asked.old_announcement_id


class PoolSerializer(serializers.Serializer[Any]):
    """Who passed review and stands on no list yet."""

    registrations = serializers.ListField(child=serializers.IntegerField())
    teams = serializers.ListField(child=serializers.IntegerField())


class ObjectionSerializer(serializers.Serializer[Any]):
    """An objection; who sent it only for the bureau."""

    id = serializers.IntegerField()
    selection_list = serializers.IntegerField(source="selection_list_id")
    entry = serializers.IntegerField(source="entry_id")
    received_on = serializers.DateField()
    channel = serializers.CharField()
    is_anonymous = serializers.BooleanField()
    sender = serializers.SerializerMethodField()
    contact = serializers.SerializerMethodField()
    content = serializers.CharField()
    handling = serializers.CharField()
    conclusion = serializers.CharField()
    concluded_on = serializers.DateField()

    def get_sender(self, objection: Objection) -> str:
        return objection.sender if self.context["hat"].role in Role.bureau else ""

    def get_contact(self, objection: Objection) -> str:
        return objection.contact if self.context["hat"].role in Role.bureau else ""


# --- what comes in ----------------------------------------------------------------------------------------------------


class Chosen(serializers.Serializer[Any]):
    registrations = serializers.ListField(child=serializers.IntegerField(), default=list, max_length=2000)
    teams = serializers.ListField(child=serializers.IntegerField(), default=list, max_length=500)


class NewList(Chosen):
    title = serializers.CharField(max_length=100, allow_blank=True, default="", **LINE)


class ListVersion(serializers.Serializer[Any]):
    version = serializers.IntegerField(min_value=1)


class Extension(Chosen, ListVersion):
    pass


class Removal(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=400, **LINE)
    for_good = serializers.BooleanField(default=False, help_text="本年度不再选派；名单审批通过之后移出的都不再选派")


class ListDecision(ListVersion):
    passed = serializers.BooleanField()
    opinion = serializers.CharField(max_length=1000, allow_blank=True, default="", **TEXT)


class PaperDecision(ListDecision):
    """A step recorded from paper; sent as a form with the scan."""

    kind = serializers.ChoiceField(choices=PaperKind.choices)
    number = serializers.CharField(max_length=60, **LINE)
    decided_on = serializers.DateField()
    scan = serializers.FileField()


class NewNotice(ListVersion):
    starts_on = serializers.DateField()
    working_days = serializers.IntegerField(min_value=1, max_value=60)
    contact = serializers.CharField(max_length=200, **LINE)


class NewObjection(serializers.Serializer[Any]):
    entry = serializers.IntegerField(allow_null=True, default=None)
    received_on = serializers.DateField()
    channel = serializers.ChoiceField(choices=Channel.choices)
    is_anonymous = serializers.BooleanField(default=False)
    sender = serializers.CharField(max_length=60, allow_blank=True, default="", **LINE)
    contact = serializers.CharField(max_length=100, allow_blank=True, default="", **LINE)
    content = serializers.CharField(max_length=5000, **TEXT)
    evidence = serializers.FileField(required=False)


class NewConclusion(serializers.Serializer[Any]):
    conclusion = serializers.ChoiceField(choices=Conclusion.choices)
    handling = serializers.CharField(max_length=2000, **TEXT)


class CallingBack(ListVersion):
    reason = serializers.CharField(max_length=400, allow_blank=True, **TEXT)


class Closing(ListVersion):
    note = serializers.CharField(max_length=2000, allow_blank=True, default="", **TEXT)


class Announcement(ListVersion):
    """Sent as a form with the scan of the document."""

    document_number = serializers.CharField(max_length=60, **LINE)
    announced_on = serializers.DateField()
    scan = serializers.FileField()


class NewAnnouncementCorrection(ListVersion):
    """What is to read otherwise; what is left out stays as it is. Sent as a form where there is a scan."""

    document_number = serializers.CharField(max_length=60, required=False, **LINE)
    announced_on = serializers.DateField(required=False)
    reason = serializers.CharField(max_length=500, **TEXT)
    scan = serializers.FileField(required=False)


# --- resources --------------------------------------------------------------------------------------------------------


class ListAPI(HatAPI):
    """What the acts on one list share."""

    subject: SelectionList

    def whole(self, held: SelectionList, status: int = 200) -> Response:
        return Response(WholeListSerializer(held, context={"hat": self.membership}).data, status=status)

    def kept(self, upload: Any, kinds: Sequence[str] = files.PAPERS) -> StoredFile:
        return files.receive(upload, kinds=kinds, by=self.membership, purpose=SCAN)

    def chosen(self, values: dict[str, Any]) -> dict[str, list[Any]]:
        return {
            "registrations": self._named(values.pop("registrations"), Registration.objects.visible_to(self.membership)),
            "teams": self._named(values.pop("teams"), Team.objects.visible_to(self.membership)),
        }

    def _named(self, keys: list[int], visible: QuerySet[Any]) -> list[Model]:
        found = {row.pk: row for row in visible.filter(pk__in=[key for key in keys if 0 < key < 2**63])}
        if unknown := [str(key) for key in keys if key not in found]:
            raise serializers.ValidationError({"chosen": [f"没有编号为{'、'.join(unknown)}的登记，请核对。"]})
        return [*found.values()]


class Lists(ListAPI):
    @extend_schema(summary="拟选派名单（按编号倒序）", parameters=[AFTER], responses=SelectionListSerializer(many=True))
    def get(self, request: Request) -> Response:
        rows = self.page_of(SelectionList.objects.visible_to(self.membership), size=PAGE)
        return Response(SelectionListSerializer(rows, many=True).data)

    @extend_schema(summary="拟定名单", request=NewList, responses={201: WholeListSerializer, 422: RefusalSerializer})
    def post(self, request: Request) -> Response:
        values = self.given(NewList)
        made = services.compose_list(by=self.membership, on=localdate(), title=values["title"], **self.chosen(values))
        return self.whole(made, 201)


class PoolOfYear(HatAPI):
    @extend_schema(summary="审核通过、尚未列入名单的登记和团队", responses=PoolSerializer)
    def get(self, request: Request) -> Response:
        found = queries.pool(PolicyPack.in_force(on=localdate()).setting("registration.call_year"))
        return Response(
            {
                "registrations": [*found.registrations.values_list("pk", flat=True)],
                "teams": [*found.teams.values_list("pk", flat=True)],
            }
        )


class ListDetail(ListAPI):
    @extend_schema(summary="一份名单和其中的人选", responses=WholeListSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return self.whole(self.subject)


class ExtendList(ListAPI):
    @extend_schema(
        summary="增加名单人选", request=Extension, responses={200: WholeListSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        values = self.given(Extension)
        version = values["version"]
        return self.whole(
            services.extend_list(self.subject, by=self.membership, version=version, **self.chosen(values))
        )


class RemoveEntry(ListAPI):
    subject: SelectionEntry  # type: ignore[assignment]

    @extend_schema(summary="移出名单", request=Removal, responses={200: ListEntrySerializer, 422: RefusalSerializer})
    def post(self, request: Request, pk: int) -> Response:
        entry = services.take_out(self.subject, by=self.membership, on=localdate(), **self.given(Removal))
        return Response(ListEntrySerializer(entry).data)


class SubmitList(ListAPI):
    @extend_schema(
        summary="提交名单审批", request=ListVersion, responses={200: WholeListSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(ListVersion)
        return self.whole(services.submit_list(self.subject, by=self.membership, on=localdate(), **given))


class DecideList(ListAPI):
    @extend_schema(
        summary="办理名单审批的一步", request=ListDecision, responses={200: WholeListSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(ListDecision)
        return self.whole(services.decide_list(self.subject, by=self.membership, on=localdate(), **given))


class RecordPaper(ListAPI):
    @extend_schema(
        summary="据纸面登记签批（表单提交，附扫描件）",
        request={"multipart/form-data": PaperDecision},
        responses={200: WholeListSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(PaperDecision)
        given["scan"] = self.kept(given["scan"])
        return self.whole(services.record_paper_step(self.subject, by=self.membership, on=localdate(), **given))


class CallBack(ListAPI):
    @extend_schema(
        summary="撤回名单审批（公示前）",
        request=CallingBack,
        responses={200: WholeListSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(CallingBack)
        return self.whole(call_back_list(self.subject, by=self.membership, on=localdate(), **given))


class OpenNotice(ListAPI):
    @extend_schema(summary="发布公示", request=NewNotice, responses={200: WholeListSerializer, 422: RefusalSerializer})
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(NewNotice)
        return self.whole(services.open_notice(self.subject, by=self.membership, on=localdate(), **given))


class ObjectionsOfList(ListAPI):
    @extend_schema(summary="一份名单收到的异议", responses=ObjectionSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        rows = Objection.objects.visible_to(self.membership).filter(selection_list=self.subject).order_by("pk")
        return Response(ObjectionSerializer(rows, many=True, context={"hat": self.membership}).data)

    @extend_schema(
        summary="登记异议（有材料的以表单提交）",
        request={"multipart/form-data": NewObjection, "application/json": NewObjection},
        responses={201: ObjectionSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(NewObjection)
        asked, evidence = given.pop("entry"), given.pop("evidence", None)
        entry = self.subject.entries.filter(pk=asked).first() if asked is not None and 0 < asked < 2**63 else None
        if asked is not None and entry is None:
            raise serializers.ValidationError({"entry": ["涉及的人选不在这份名单中。"]})
        made = services.receive_objection(
            self.subject,
            by=self.membership,
            on=localdate(),
            entry=entry,
            files=[self.kept(evidence, files.PAPERS_AND_PHOTOS)] if evidence else [],
            **given,
        )
        return Response(ObjectionSerializer(made, context={"hat": self.membership}).data, status=201)


class ObjectionDetail(HatAPI):
    subject: Objection

    @extend_schema(summary="一件异议", responses=ObjectionSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(ObjectionSerializer(self.subject, context={"hat": self.membership}).data)


class ConcludeObjection(HatAPI):
    subject: Objection

    @extend_schema(
        summary="办结异议", request=NewConclusion, responses={200: ObjectionSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(NewConclusion)
        made = services.conclude_objection(self.subject, by=self.membership, on=localdate(), **given)
        return Response(ObjectionSerializer(made, context={"hat": self.membership}).data)


class CloseNotice(ListAPI):
    @extend_schema(summary="结束公示", request=Closing, responses={200: WholeListSerializer, 422: RefusalSerializer})
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(Closing)
        return self.whole(services.close_notice(self.subject, by=self.membership, on=localdate(), **given))


class Announce(ListAPI):
    @extend_schema(
        summary="登记公布文件，人选入选（表单提交，附公布文件）",
        request={"multipart/form-data": Announcement},
        responses={200: WholeListSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(Announcement)
        given["scan"] = self.kept(given["scan"])
        return self.whole(services.announce(self.subject, by=self.membership, on=localdate(), **given))


class Corrections(ListAPI):
    @extend_schema(summary="一份名单公布文件的更正", responses=AnnouncementCorrectionSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        rows = AnnouncementCorrection.objects.visible_to(self.membership).filter(selection_list=self.subject)
        return Response(AnnouncementCorrectionSerializer(rows, many=True).data)

    @extend_schema(
        summary="申请更正公布文件的文号、成文日期或扫描件",
        request={"multipart/form-data": NewAnnouncementCorrection, "application/json": NewAnnouncementCorrection},
        responses={201: AnnouncementCorrectionSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        held, given = self.subject, self.given(NewAnnouncementCorrection)
        given.setdefault("document_number", held.document_number)
        given.setdefault("announced_on", held.announced_on or localdate())
        if "scan" in given:
            given["scan"] = self.kept(given["scan"])
        asked = correcting.ask_to_correct(held, by=self.membership, on=localdate(), **given)
        return Response(AnnouncementCorrectionSerializer(asked).data, status=201)


class DecideCorrection(HatAPI):
    subject: AnnouncementCorrection

    @extend_schema(
        summary="审核公布文件的更正（须为申请人以外的人员）",
        request=Verdict,
        responses={200: AnnouncementCorrectionSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(Verdict)
        decided = correcting.decide_correction(self.subject, by=self.membership, on=localdate(), **given)
        return Response(AnnouncementCorrectionSerializer(decided).data)


class WithdrawCorrection(HatAPI):
    subject: AnnouncementCorrection

    @extend_schema(
        summary="撤回公布文件的更正（限申请人）",
        request=None,
        responses={200: AnnouncementCorrectionSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        return Response(
            AnnouncementCorrectionSerializer(correcting.withdraw_correction(self.subject, by=self.membership)).data
        )


class Draft(ListAPI):
    @extend_schema(summary="公布文件草稿（可编辑）", responses={(200, DOCX): OpenApiTypes.BINARY})
    def get(self, request: Request, pk: int) -> Any:
        made = documents.announcement_docx(self.subject, on=localdate())
        return download(made, documents.announcement_name(self.subject), DOCX)


urlpatterns = [
    *bulk,
    *calls,
    path("selection-lists/", Lists.as_view(), name="selection-list-list"),
    path("selection-lists/pool/", PoolOfYear.as_view(), name="selection-list-pool"),
    path("selection-lists/<int:pk>/", ListDetail.as_view(), name="selection-list-detail"),
    path("selection-lists/<int:pk>/extend/", ExtendList.as_view(), name="selection-list-extend"),
    path("selection-lists/<int:pk>/submit/", SubmitList.as_view(), name="selection-list-submit"),
    path("selection-lists/<int:pk>/decide/", DecideList.as_view(), name="selection-list-decide"),
    path("selection-lists/<int:pk>/paper/", RecordPaper.as_view(), name="selection-list-paper"),
    path("selection-lists/<int:pk>/call-back/", CallBack.as_view(), name="selection-list-call-back"),
    path("selection-lists/<int:pk>/notice/", OpenNotice.as_view(), name="selection-list-notice"),
    path("selection-lists/<int:pk>/objections/", ObjectionsOfList.as_view(), name="selection-list-objections"),
    path("selection-lists/<int:pk>/close/", CloseNotice.as_view(), name="selection-list-close"),
    path("selection-lists/<int:pk>/announce/", Announce.as_view(), name="selection-list-announce"),
    path("selection-lists/<int:pk>/corrections/", Corrections.as_view(), name="selection-list-corrections"),
    path(
        "announcement-corrections/<int:pk>/decide/",
        DecideCorrection.as_view(),
        name="announcement-correction-decide",
    ),
    path(
        "announcement-corrections/<int:pk>/withdraw/",
        WithdrawCorrection.as_view(),
        name="announcement-correction-withdraw",
    ),
    path("selection-lists/<int:pk>/draft/", Draft.as_view(), name="selection-list-draft"),
    path("selection-entries/<int:pk>/remove/", RemoveEntry.as_view(), name="selection-entry-remove"),
    path("objections/<int:pk>/", ObjectionDetail.as_view(), name="objection-detail"),
    path("objections/<int:pk>/conclude/", ConcludeObjection.as_view(), name="objection-conclude"),
]
