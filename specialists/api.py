"""/api/v1/specialists/, registrations/, teams/, selection/ and provincial-entries/: the pages' services for other programs."""

from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.urls import path
from django.utils.timezone import localdate
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import AFTER, HatAPI, RefusalSerializer, cleaned, filtered, sentences
from accounts.enums import Role
from accounts.member_api import InvitationSerializer
from core.dates import YEARS
from core.forms import no_control_characters, no_line_breaks
from core.models import PolicyPack
from specialists import queries, services, teams
from specialists.changes.api import urlpatterns as changes
from specialists.enums import Category, Education, PersonnelType, Title
from specialists.forms import (
    EndListingForm,
    ListingFilter,
    ListingForm,
    MemberForm,
    RegistrationFilter,
    RegistrationForm,
    TeamFilter,
    TeamForm,
)
from specialists.models import ProvincialListEntry, Registration, Specialist, Team
from specialists.proving.api import urlpatterns as proving
from specialists.selection.api import urlpatterns as selection
from specialists.teams import MemberEntry

PAGE = 50
YEAR = OpenApiParameter("year", int, description="年度，默认今年")


# --- what goes out ----------------------------------------------------------------------------------------------------


class SpecialistSerializer(serializers.Serializer[Any]):
    """A person, numbers only behind their masks."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    id_masked = serializers.CharField()
    mobile_masked = serializers.CharField()
    sex = serializers.CharField()
    birth_date = serializers.DateField()
    education = serializers.CharField()
    title_name = serializers.CharField()
    title = serializers.CharField(help_text="职称等级，由职称字典得出；空的，字典中没有这个职称")
    field = serializers.CharField()
    status = serializers.CharField()
    revoked_on = serializers.DateField()


class RegistrationSerializer(serializers.Serializer[Any]):
    """One registration as everybody sees it who sees it at all."""

    id = serializers.IntegerField()
    specialist = serializers.IntegerField(source="specialist_id")
    name = serializers.CharField(source="specialist.name")
    id_masked = serializers.CharField(source="specialist.id_masked")
    year = serializers.IntegerField()
    category = serializers.CharField()
    form = serializers.CharField()
    personnel_type = serializers.CharField()
    origin = serializers.CharField()
    institution = serializers.IntegerField(source="institution_id")
    institution_name = serializers.SerializerMethodField()
    department = serializers.CharField()
    speciality = serializers.CharField()
    ability_note = serializers.CharField()
    research_results = serializers.CharField()
    supervisor = serializers.CharField()
    graduates_on = serializers.DateField()
    appointment_note = serializers.CharField()
    consented_on = serializers.DateField()
    status = serializers.CharField()
    submitted_on = serializers.DateField()
    approved_on = serializers.DateField()
    return_opinion = serializers.CharField()
    version = serializers.IntegerField()

    def get_institution_name(self, registration: Registration) -> str:
        return str(registration.institution or "")


class TeamMemberSerializer(serializers.Serializer[Any]):
    """One member, present or past; `left_on` is the first day without them."""

    id = serializers.IntegerField()
    specialist = serializers.IntegerField(source="specialist_id")
    name = serializers.CharField(source="specialist.name")
    id_masked = serializers.CharField(source="specialist.id_masked")
    is_leader = serializers.BooleanField()
    personnel_type = serializers.CharField()
    unit = serializers.CharField()
    ability_note = serializers.CharField()
    graduates_on = serializers.DateField()
    consented_on = serializers.DateField()
    joined_on = serializers.DateField()
    left_on = serializers.DateField()
    left_reason = serializers.CharField()
    registration = serializers.IntegerField(source="registration_id")


class TeamSerializer(serializers.Serializer[Any]):
    """One team with everybody who is or was in it."""

    id = serializers.IntegerField()
    name = serializers.CharField()
    year = serializers.IntegerField()
    category = serializers.CharField()
    domains = serializers.ListField(child=serializers.CharField())
    summary = serializers.CharField()
    contact_name = serializers.CharField()
    contact_phone = serializers.CharField()
    institution = serializers.IntegerField(source="institution_id")
    institution_name = serializers.CharField(source="institution.organization.name")
    status = serializers.CharField()
    submitted_on = serializers.DateField()
    approved_on = serializers.DateField()
    return_opinion = serializers.CharField()
    version = serializers.IntegerField()
    members = serializers.SerializerMethodField()

    @extend_schema_field(TeamMemberSerializer(many=True))
    def get_members(self, team: Team) -> list[dict[str, Any]]:
        members = sorted(team.members.all(), key=lambda member: member.pk)
        return [dict(one) for one in TeamMemberSerializer(members, many=True).data]


class ProvincialEntrySerializer(serializers.Serializer[Any]):
    id = serializers.IntegerField()
    year = serializers.IntegerField()
    name = serializers.CharField()
    id_masked = serializers.CharField()
    valid_from = serializers.DateField()
    valid_to = serializers.DateField()
    row = serializers.IntegerField()
    document_number = serializers.CharField()


class CategoryCountSerializer(serializers.Serializer[Any]):
    category = serializers.CharField()
    number = serializers.IntegerField()
    is_floor = serializers.BooleanField()
    selected = serializers.IntegerField()
    proposed = serializers.IntegerField()
    in_review = serializers.IntegerField()
    returned = serializers.IntegerField()
    graduates = serializers.IntegerField()
    revoked = serializers.IntegerField()
    gap = serializers.IntegerField()


class SelectionSerializer(serializers.Serializer[Any]):
    """How far the plan of a year is filled, in persons."""

    year = serializers.IntegerField()
    lines = CategoryCountSerializer(many=True)
    individuals = serializers.IntegerField()
    graduates = serializers.IntegerField()
    teams = serializers.IntegerField()
    team_members = serializers.IntegerField()


# --- what comes in ----------------------------------------------------------------------------------------------------


class RegistrationFields(serializers.Serializer[Any]):
    """What a unit says of a person and their year; the sentences about each field are those of the page."""

    name = serializers.CharField()
    mobile = serializers.CharField()
    email = serializers.CharField(allow_blank=True, default="")
    education = serializers.ChoiceField(choices=Education.choices)
    title_name = serializers.CharField(
        max_length=60, allow_blank=True, default="", help_text="职称或其别名，取值见职称字典"
    )
    title = serializers.ChoiceField(
        choices=Title.choices, allow_blank=True, default="", help_text="只知道等级的填写；写了职称的，等级由字典得出"
    )
    field = serializers.CharField(help_text="专业领域，取值见年度政策")
    bank_account = serializers.CharField(allow_blank=True, default="")
    bank_name = serializers.CharField(allow_blank=True, default="")
    category = serializers.ChoiceField(choices=Category.choices)
    personnel_type = serializers.ChoiceField(choices=PersonnelType.choices)
    department = serializers.CharField(allow_blank=True, default="")
    speciality = serializers.CharField(allow_blank=True, default="")
    ability_note = serializers.CharField(allow_blank=True, default="")
    research_results = serializers.CharField(allow_blank=True, default="")
    supervisor = serializers.CharField(allow_blank=True, default="")
    graduates_on = serializers.DateField(allow_null=True, default=None)
    appointment_note = serializers.CharField(allow_blank=True, default="", help_text="市科技局直接聘请的，写明理由")
    consent = serializers.BooleanField(default=False, help_text="本人已同意处理其个人信息")


class NewRegistration(RegistrationFields):
    id_number = serializers.CharField()


class ChangedRegistration(RegistrationFields):
    """Only what is sent changes; `version` is the one that was read."""

    id_number = serializers.CharField(help_text="草稿的号码填错时更正；已提交或另有登记的不能在这里修改")
    version = serializers.IntegerField(min_value=1)

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        for name, field in fields.items():
            if name != "version":
                field.required, field.default = False, serializers.empty
        return fields


class RegistrationDecision(serializers.Serializer[Any]):
    """One step of the bureau's decision; `reasons` and `documents` are by finding code."""

    passed = serializers.BooleanField()
    opinion = serializers.CharField(max_length=1000, allow_blank=True, default="", validators=[no_control_characters])
    reasons = serializers.DictField(
        child=serializers.CharField(max_length=500, allow_blank=True, validators=[no_control_characters]), default=dict
    )
    documents = serializers.DictField(
        child=serializers.CharField(
            max_length=60, allow_blank=True, validators=[no_control_characters, no_line_breaks]
        ),
        default=dict,
    )
    document_number = serializers.CharField(
        max_length=60, allow_blank=True, default="", validators=[no_control_characters, no_line_breaks]
    )
    decided_on = serializers.DateField(allow_null=True, default=None)
    version = serializers.IntegerField(min_value=1)


class MemberFields(serializers.Serializer[Any]):
    """One member as a unit writes of them; of somebody already in the team (`member`), empty numbers stay."""

    name = serializers.CharField()
    id_number = serializers.CharField(allow_blank=True, default="")
    mobile = serializers.CharField(allow_blank=True, default="")
    is_leader = serializers.BooleanField(default=False)
    title_name = serializers.CharField(
        max_length=60, allow_blank=True, default="", help_text="职称或其别名，取值见职称字典"
    )
    title = serializers.ChoiceField(
        choices=Title.choices, allow_blank=True, default="", help_text="只知道等级的填写；写了职称的，等级由字典得出"
    )
    education = serializers.ChoiceField(choices=Education.choices, allow_blank=True, default="")
    personnel_type = serializers.ChoiceField(choices=PersonnelType.choices, default=PersonnelType.STAFF)
    bank_account = serializers.CharField(allow_blank=True, default="")
    bank_name = serializers.CharField(allow_blank=True, default="")
    unit = serializers.CharField(allow_blank=True, default="", help_text="外单位人员填写其单位")
    ability_note = serializers.CharField(allow_blank=True, default="")
    graduates_on = serializers.DateField(allow_null=True, default=None, help_text="在校研究生填写")
    member = serializers.IntegerField(allow_null=True, default=None, help_text="已在团队中的成员编号")


class NewTeam(serializers.Serializer[Any]):
    name = serializers.CharField()
    domains = serializers.ListField(
        child=serializers.CharField(max_length=60),
        allow_empty=True,
        max_length=20,
        help_text="领域或行业，取值见年度政策",
    )
    members = MemberFields(many=True)
    category = serializers.ChoiceField(choices=Category.choices, allow_blank=True, default="")
    summary = serializers.CharField(allow_blank=True, default="")
    contact_name = serializers.CharField(allow_blank=True, default="")
    contact_phone = serializers.CharField(allow_blank=True, default="")
    consent = serializers.BooleanField(default=False, help_text="全体成员已同意处理其个人信息")


class ChangedTeam(NewTeam):
    """The whole team as it shall be; `version` is the one that was read."""

    version = serializers.IntegerField(min_value=1)


class MemberChange(serializers.Serializer[Any]):
    """Somebody goes (`leaving`, a member's id), somebody comes (`joining`), or both on one day."""

    leaving = serializers.IntegerField(allow_null=True, default=None)
    joining = MemberFields(allow_null=True, default=None)
    day = serializers.DateField()
    reason = serializers.CharField(
        max_length=200, allow_blank=True, default="", validators=[no_control_characters, no_line_breaks]
    )
    consent = serializers.BooleanField(default=False)
    reasons = serializers.DictField(
        child=serializers.CharField(max_length=500, allow_blank=True, validators=[no_control_characters]), default=dict
    )
    version = serializers.IntegerField(min_value=1)


class NewLead(serializers.Serializer[Any]):
    member = serializers.IntegerField()
    version = serializers.IntegerField(min_value=1)


class NewProvincialEntry(serializers.Serializer[Any]):
    year = serializers.IntegerField()
    name = serializers.CharField()
    id_number = serializers.CharField()
    valid_from = serializers.DateField()
    valid_to = serializers.DateField()
    row = serializers.IntegerField(allow_null=True, default=None)
    document_number = serializers.CharField(allow_blank=True, default="")


class EndOfListing(serializers.Serializer[Any]):
    valid_to = serializers.DateField()
    reason = serializers.CharField()


def as_typed(values: Mapping[str, Any]) -> dict[str, Any]:
    """Values of the interface as the form would receive them: what is nothing is left out, days are written. A rank
    alone is a title that says no more.
    """
    if values.get("title") and not values.get("title_name"):
        values = {**values, "title_name": Title(values["title"]).label}
    there = {name: value for name, value in values.items() if value is not None and value is not False}
    return {name: value.isoformat() if isinstance(value, date) else value for name, value in there.items()}


# --- resources --------------------------------------------------------------------------------------------------------


class Specialists(HatAPI):
    @extend_schema(summary="特派员列表（按编号倒序）", parameters=[AFTER], responses=SpecialistSerializer(many=True))
    def get(self, request: Request) -> Response:
        rows = self.page_of(Specialist.objects.visible_to(self.membership), size=PAGE)
        return Response(SpecialistSerializer(rows, many=True).data)


class SpecialistDetail(HatAPI):
    subject: Specialist

    @extend_schema(summary="一位特派员", responses=SpecialistSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(SpecialistSerializer(self.subject).data)


class Registrations(HatAPI):
    @extend_schema(
        summary="登记列表（按编号倒序；可按年度、类别、状态、人员类型、来源、派出单位、姓名筛选）",
        parameters=[AFTER, *(OpenApiParameter(name) for name in RegistrationFilter.base_filters)],
        responses=RegistrationSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        visible = Registration.objects.visible_to(self.membership)
        rows = filtered(RegistrationFilter(request.query_params, visible))
        related = rows.select_related("specialist", "institution__organization")
        return Response(RegistrationSerializer(self.page_of(related, size=PAGE), many=True).data)

    @extend_schema(
        summary="登记一位特派员（保存为草稿）",
        request=NewRegistration,
        responses={201: RegistrationSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        values = self.given(NewRegistration)
        today = localdate()
        form = RegistrationForm(
            as_typed(values),
            pack=PolicyPack.in_force(on=today),
            on=today,
            direct=self.membership.role in Role.bureau,
        )
        registration = services.register_specialist(by=self.membership, on=today, **cleaned(form))
        return Response(RegistrationSerializer(registration).data, status=201)


class RegistrationDetail(HatAPI):
    subject: Registration

    @extend_schema(summary="一份登记", responses=RegistrationSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(RegistrationSerializer(self.subject).data)

    @extend_schema(
        summary="修改草稿或退回的登记",
        request=ChangedRegistration,
        responses={200: RegistrationSerializer, 409: None, 422: RefusalSerializer},
    )
    def patch(self, request: Request, pk: int) -> Response:
        given = self.given(ChangedRegistration)
        if given.get("title"):
            given.setdefault("title_name", "")  # then the title that is there says more than is known
        version, today = given.pop("version"), localdate()
        registration, person = self.subject, self.subject.specialist
        there = {name: getattr(registration, name) for name in services.CONTENT}
        there |= {name: getattr(person, name) for name in services.PERSONAL}
        form = RegistrationForm(
            as_typed({**there, **given}),
            pack=PolicyPack.in_force(on=today),
            on=today,
            person=person,
            correctable=True,
            direct=registration.institution_id is None,
        )
        fields = {name: value for name, value in cleaned(form).items() if name in given}
        saved = services.save_registration(registration, by=self.membership, on=today, version=version, **fields)
        return Response(RegistrationSerializer(saved).data)

    @extend_schema(summary="删除从未提交的草稿", responses={204: None, 422: RefusalSerializer})
    def delete(self, request: Request, pk: int) -> Response:
        services.discard_registration(self.subject, by=self.membership, on=localdate())
        return Response(status=204)


class Submit(HatAPI):
    subject: Registration

    @extend_schema(
        summary="提交登记，交市科技局审核",
        request=None,
        responses={200: RegistrationSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        registration = services.submit_registration(self.subject, by=self.membership, on=localdate())
        return Response(RegistrationSerializer(registration).data)


class InviteToAccount(HatAPI):
    subject: Registration

    @extend_schema(
        summary="邀请入选人员开通账号", request=None, responses={201: InvitationSerializer, 422: RefusalSerializer}
    )
    def post(self, request: Request, pk: int) -> Response:
        invitation = services.invite_to_account(self.subject, by=self.membership)
        return Response(InvitationSerializer(invitation).data, status=201)


class Decide(HatAPI):
    subject: Registration

    @extend_schema(
        summary="办理审批的一步：通过或退回",
        request=RegistrationDecision,
        responses={200: RegistrationSerializer, 409: None, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        values = self.given(RegistrationDecision)
        registration = services.decide_registration(self.subject, by=self.membership, on=localdate(), **values)
        return Response(RegistrationSerializer(registration).data)


def team_typed(values: Mapping[str, Any], *, team: Team | None = None) -> dict[str, Any]:
    """What the pages' own forms make of a team and its members. Raises ValidationError with their sentences."""
    today, pack = localdate(), PolicyPack.in_force(on=localdate())
    members, domains = values["members"], values["domains"]
    data = {f"domain_{place}": name for place, name in enumerate(domains)}
    data |= as_typed({name: values[name] for name in values if name not in ("members", "domains", "version")})
    form = TeamForm(data, pack=pack, team=team, domains=len(domains))
    there = {member.pk: member for member in queries.members_of(team)} if team else {}
    entries: list[MemberEntry] = []
    errors: dict[str, list[str]] = {}
    for place, one in enumerate(members):
        row = MemberForm(as_typed(one), pack=pack, on=today, known=there.get(one["member"] or 0))
        if row.is_valid():
            entries.append(row.entry(is_leader=one["is_leader"]))
        else:
            errors |= {f"members.{place}.{name}": lines for name, lines in sentences(row).items()}
    if not form.is_valid():
        errors |= sentences(form)
    if errors:
        raise serializers.ValidationError(errors)
    return {**form.said(), "members": entries}


class Teams(HatAPI):
    @extend_schema(
        summary="团队列表（按编号倒序；可按年度、类别、状态、组织单位、名称筛选）",
        parameters=[AFTER, *(OpenApiParameter(name) for name in TeamFilter.base_filters)],
        responses=TeamSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        rows = filtered(TeamFilter(request.query_params, Team.objects.visible_to(self.membership)))
        related = rows.select_related("institution__organization").prefetch_related("members__specialist")
        return Response(TeamSerializer(self.page_of(related, size=PAGE), many=True).data)

    @extend_schema(
        summary="登记一个团队及其成员（保存为草稿）",
        request=NewTeam,
        responses={201: TeamSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        values = self.given(NewTeam)
        team = teams.register_team(by=self.membership, on=localdate(), **team_typed(values))
        return Response(TeamSerializer(team).data, status=201)


class TeamDetail(HatAPI):
    subject: Team

    @extend_schema(summary="一个团队", responses=TeamSerializer)
    def get(self, request: Request, pk: int) -> Response:
        return Response(TeamSerializer(self.subject).data)

    @extend_schema(
        summary="修改草稿或退回的团队（给出全部内容和全部成员）",
        request=ChangedTeam,
        responses={200: TeamSerializer, 409: None, 422: RefusalSerializer},
    )
    def put(self, request: Request, pk: int) -> Response:
        values = self.given(ChangedTeam)
        given = team_typed(values, team=self.subject)
        version = values["version"]
        saved = teams.save_team(self.subject, by=self.membership, on=localdate(), version=version, **given)
        return Response(TeamSerializer(saved).data)

    @extend_schema(summary="删除从未提交的团队草稿", responses={204: None, 422: RefusalSerializer})
    def delete(self, request: Request, pk: int) -> Response:
        teams.discard_team(self.subject, by=self.membership, on=localdate())
        return Response(status=204)


class SubmitTeam(HatAPI):
    subject: Team

    @extend_schema(
        summary="提交团队登记，交市科技局审核",
        request=None,
        responses={200: TeamSerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        return Response(TeamSerializer(teams.submit_team(self.subject, by=self.membership, on=localdate())).data)


class DecideTeam(HatAPI):
    subject: Team

    @extend_schema(
        summary="办理团队审批的一步：通过或退回",
        request=RegistrationDecision,
        responses={200: TeamSerializer, 409: None, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(RegistrationDecision)
        decided = teams.decide_team(self.subject, by=self.membership, on=localdate(), **given)
        return Response(TeamSerializer(decided).data)


class ChangeMembers(HatAPI):
    """Mounted by agreements, whose `act` also asks the hosts that the team serves."""

    subject: Team
    act: Callable[..., Team]

    @extend_schema(
        summary="变更已入选团队的成员：退出、加入，或同日更换",
        request=MemberChange,
        responses={200: TeamSerializer, 409: None, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        given = self.given(MemberChange)
        leaving, joining, today = given.pop("leaving"), given.pop("joining"), localdate()
        member = self.subject.members.filter(pk=leaving).first() if leaving else None
        if leaving and member is None:
            raise serializers.ValidationError({"leaving": ["该成员不在团队中，请核对编号。"]})
        entry = None
        if joining:
            form = MemberForm(as_typed(joining), pack=PolicyPack.in_force(on=today), on=today)
            cleaned(form)
            entry = form.entry(is_leader=joining["is_leader"])
        team = self.act(self.subject, by=self.membership, on=today, leaving=member, joining=entry, **given)
        return Response(TeamSerializer(team).data)


class PassOnLead(HatAPI):
    subject: Team

    @extend_schema(
        summary="更换团队负责人",
        request=NewLead,
        responses={200: TeamSerializer, 409: None, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        values = self.given(NewLead)
        heir = self.subject.members.filter(pk=values["member"]).first()
        if heir is None:
            raise serializers.ValidationError({"member": ["该成员不在团队中，请核对编号。"]})
        version = values["version"]
        team = teams.pass_on_lead(self.subject, to=heir, by=self.membership, on=localdate(), version=version)
        return Response(TeamSerializer(team).data)


class SelectionOfYear(HatAPI):
    @extend_schema(summary="年度选派情况（按人数）", parameters=[YEAR], responses=SelectionSerializer)
    def get(self, request: Request) -> Response:
        today = localdate()
        year = self.number("year", among=YEARS) or today.year
        counted = queries.selection(queries.pack_of(year, on=today), year=year, on=today)
        return Response(SelectionSerializer(counted).data)


class ProvincialEntries(HatAPI):
    @extend_schema(
        summary="省级名单（按编号倒序；可按年度、姓名筛选）",
        parameters=[AFTER, *(OpenApiParameter(name) for name in ListingFilter.base_filters)],
        responses=ProvincialEntrySerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        visible = ProvincialListEntry.objects.visible_to(self.membership)
        rows = self.asked(ListingFilter, visible)
        return Response(ProvincialEntrySerializer(self.page_of(rows, size=PAGE), many=True).data)

    @extend_schema(
        summary="录入省级名单的一行",
        request=NewProvincialEntry,
        responses={201: ProvincialEntrySerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request) -> Response:
        values = self.given(NewProvincialEntry)
        today = localdate()
        form = ListingForm(as_typed(values), pack=PolicyPack.in_force(on=today), on=today)
        entry = services.add_provincial_entry(by=self.membership, on=today, **cleaned(form))
        return Response(ProvincialEntrySerializer(entry).data, status=201)


class EndListing(HatAPI):
    subject: ProvincialListEntry

    @extend_schema(
        summary="提前终止一行的有效期",
        request=EndOfListing,
        responses={200: ProvincialEntrySerializer, 422: RefusalSerializer},
    )
    def post(self, request: Request, pk: int) -> Response:
        values = self.given(EndOfListing)
        fields = cleaned(EndListingForm(as_typed(values)))
        entry = services.end_provincial_entry(self.subject, by=self.membership, **fields)
        return Response(ProvincialEntrySerializer(entry).data)


urlpatterns = [
    *changes,
    *proving,
    *selection,
    path("specialists/", Specialists.as_view(), name="specialist-list"),
    path("specialists/<int:pk>/", SpecialistDetail.as_view(), name="specialist-detail"),
    path("registrations/", Registrations.as_view(), name="registration-list"),
    path("registrations/<int:pk>/", RegistrationDetail.as_view(), name="registration-detail"),
    path("registrations/<int:pk>/submit/", Submit.as_view(), name="registration-submit"),
    path("registrations/<int:pk>/invite/", InviteToAccount.as_view(), name="registration-invite"),
    path("registrations/<int:pk>/decide/", Decide.as_view(), name="registration-decide"),
    path("teams/", Teams.as_view(), name="team-list"),
    path("teams/<int:pk>/", TeamDetail.as_view(), name="team-detail"),
    path("teams/<int:pk>/submit/", SubmitTeam.as_view(), name="team-submit"),
    path("teams/<int:pk>/decide/", DecideTeam.as_view(), name="team-decide"),
    path("teams/<int:pk>/lead/", PassOnLead.as_view(), name="team-lead"),
    path("selection/", SelectionOfYear.as_view(), name="selection"),
    path("provincial-entries/", ProvincialEntries.as_view(), name="provincial-entry-list"),
    path("provincial-entries/<int:pk>/end/", EndListing.as_view(), name="provincial-entry-end"),
]
