from datetime import date
from typing import Self

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import Count, F, Func, OuterRef, Q, Subquery, Value
from django.db.models.fields.json import KeyTextTransform, KeyTransform
from django.db.models.functions import Cast, Coalesce

from accounts.enums import Role
from accounts.models import Institution, Membership
from core.approvals import waiting_for
from core.crypto import EncryptedTextField
from core.models import PolicyPack
from core.search import Named, by_pairs
from specialists.changes.models import ChangeRequest as ChangeRequest
from specialists.departing.models import Departure as Departure
from specialists.enums import (
    Category,
    Education,
    Form,
    Origin,
    PersonnelType,
    RegistrationStatus,
    Sex,
    SpecialistStatus,
    Title,
)


class SpecialistQuerySet(models.QuerySet["Specialist"]):
    def visible_to(self, membership: Membership) -> Self:
        """The bureau, finance and audit see all; an institution who it registered; a specialist only themself.

        Counties and hosts meet specialists through the agreements with them, not here.
        """
        if membership.role in Role.sees_everything:
            return self
        if membership.role in Role.institution:
            own = Registration.objects.filter(institution=membership.organization_id)
            in_teams = TeamMember.objects.filter(team__institution=membership.organization_id)
            return self.filter(Q(pk__in=own.values("specialist")) | Q(pk__in=in_teams.values("specialist")))
        if membership.role == Role.SPECIALIST:
            return self.filter(user=membership.person_id)
        return self.none()

    def in_holding_order(self) -> Self:
        """Whoever holds several persons takes them in this one order, so that no two acts wait for each other in a ring.

        By digest and not by key: a person whom two rosters enter at the same moment has a place in it, too.
        """
        return self.order_by("id_digest")


class Specialist(Named):
    """A person who serves, known by their ID number (kept encrypted, found by a keyed digest)."""

    name = models.CharField("姓名", max_length=30)
    id_number = EncryptedTextField("身份证号")
    id_digest = models.CharField(max_length=64, unique=True)  # blind_index(number, "id_number")
    id_masked = models.CharField("身份证号", max_length=18)  # first 6, last 4
    sex = models.CharField("性别", max_length=6, choices=Sex)
    birth_date = models.DateField("出生日期")
    mobile = EncryptedTextField("手机号")
    mobile_masked = models.CharField("手机号", max_length=11)
    email = models.EmailField("邮箱", blank=True)
    education = models.CharField("学历", max_length=20, choices=Education)
    title_name = models.CharField("职称", max_length=60, blank=True, default="", db_default="")  # as it is written
    title = models.CharField("职称等级", max_length=20, choices=Title, blank=True)  # what the dictionary makes of it
    field = models.CharField("专业领域", max_length=60)
    bank_account = EncryptedTextField("银行账号", blank=True)
    bank_name = models.CharField("开户行", max_length=100, blank=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="specialist"
    )
    status = models.CharField("资格", max_length=10, choices=SpecialistStatus, default=SpecialistStatus.ACTIVE)
    revoked_on = models.DateField("取消日期", null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="absorbed", verbose_name="并入"
    )  # entered twice: this row keeps what it said; its number is free again, for it may be another person's
    version = models.PositiveIntegerField(default=1)

    objects = SpecialistQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["name"], opclasses=["varchar_pattern_ops"], name="specialists_by_name"),
            by_pairs("name", name="specialists_by_part_of_name"),
            models.Index(fields=["initials"], opclasses=["varchar_pattern_ops"], name="specialists_by_initials"),
        ]
        constraints = [
            models.CheckConstraint(
                name="person_is_not_merged_into_themself",
                condition=Q(merged_into=None) | ~Q(merged_into=F("id")),
                violation_error_message="人员不能并入自身。",
            ),
            models.CheckConstraint(
                name="revoked_specialist_has_its_day",
                condition=Q(status=SpecialistStatus.ACTIVE, revoked_on=None)
                | Q(status=SpecialistStatus.REVOKED, revoked_on__isnull=False),
                violation_error_message="取消资格须同时记录日期（工作方案五（一））。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_revoked(self) -> bool:
        return self.status == SpecialistStatus.REVOKED


class RegistrationQuerySet(models.QuerySet["Registration"]):
    def visible_to(self, membership: Membership) -> Self:
        """The bureau, finance and audit see all; an institution its own; a specialist their own.

        Nobody sees the draft that a team's leader has for its agreement: the team is what is filled in and handed in.
        """
        rows = self.exclude(form=Form.TEAM, status=RegistrationStatus.DRAFT)
        if membership.role in Role.sees_everything:
            return rows
        if membership.role in Role.institution:
            return rows.filter(institution=membership.organization_id)
        if membership.role == Role.SPECIALIST:
            return rows.filter(specialist__user=membership.person_id)
        return self.none()

    def dispatched_by(self, membership: Membership) -> Self:
        """Those in whose name this hat acts: an institution its own, the bureau those that it appoints directly (A6)."""
        rows = self.visible_to(membership)
        return rows.filter(institution=None) if membership.role in Role.bureau else rows

    def selected_in(self, year: int) -> Self:
        return self.filter(year=year, status=RegistrationStatus.APPROVED)

    def on_the_plan_of(self, year: int) -> Self:
        """Selected, or about to be: who has passed the bureau's review takes a place already."""
        return self.filter(year=year, status__in=RegistrationStatus.on_the_plan)

    def proposed(self) -> Self:
        return self.filter(status=RegistrationStatus.PROPOSED)

    def individuals(self) -> Self:
        """A7: the planned numbers count persons who take part alone; members of teams stand in a tally of their own."""
        return self.filter(form=Form.INDIVIDUAL)

    def handed_in(self) -> Self:
        """What has reached the bureau; a draft is the institution's own paper and binds nobody."""
        return self.exclude(status=RegistrationStatus.DRAFT)

    def awaiting(self, role: str) -> Self:
        """What waits for the next step of this role."""
        return self.filter(pk__in=waiting_for("registration.approve", role))


class Registration(models.Model):
    """One person taking part in one year, in one form and category."""

    specialist = models.ForeignKey(Specialist, models.PROTECT, related_name="registrations")
    year = models.PositiveSmallIntegerField("年度")
    category = models.CharField("类别", max_length=20, choices=Category)
    form = models.CharField("形式", max_length=12, choices=Form, default=Form.INDIVIDUAL)
    personnel_type = models.CharField("人员类型", max_length=10, choices=PersonnelType)
    origin = models.CharField("来源", max_length=20, choices=Origin, default=Origin.NOMINATED)
    institution = models.ForeignKey(
        Institution, models.PROTECT, null=True, blank=True, related_name="registrations", verbose_name="派出单位"
    )  # None: direct appointment
    department = models.CharField("部门", max_length=60, blank=True)
    speciality = models.CharField("专长", max_length=200, blank=True)
    ability_note = models.TextField("科研能力说明", blank=True)  # graduates: R2
    research_results = models.TextField("科研成果", blank=True)
    supervisor = models.CharField("导师", max_length=30, blank=True)
    appointment_note = models.TextField("聘请理由", blank=True)  # direct appointment: R28
    graduates_on = models.DateField("预计毕业日期", null=True, blank=True)
    consented_on = models.DateField("同意处理个人信息的日期", null=True, blank=True)
    status = models.CharField("状态", max_length=12, choices=RegistrationStatus, default=RegistrationStatus.DRAFT)
    submitted_on = models.DateField("提交日期", null=True, blank=True)
    approved_on = models.DateField("入选日期", null=True, blank=True)
    return_opinion = models.TextField("退回意见", blank=True)
    pack = models.ForeignKey(PolicyPack, models.PROTECT, null=True, blank=True)  # the one in force when submitted
    is_past = models.BooleanField("历史导入", default=False, db_default=False)  # filed before the platform
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = RegistrationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["institution", "-id"], name="registrations_of_a_unit"),
            models.Index(fields=["year", "status", "category"], name="registrations_counted"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["specialist", "year", "form", "category"],
                condition=~Q(status=RegistrationStatus.DRAFT),  # somebody else's draft keeps nobody out
                name="registered_once_a_year_form_and_category",
                violation_error_message="该科技特派员本年度已登记这一类别。",
            ),
            models.UniqueConstraint(
                fields=["specialist", "year", "form", "category", "institution"],
                nulls_distinct=False,  # the bureau's own, without an institution, are one unit's too
                name="registered_once_by_a_unit",
                violation_error_message="本单位已为该科技特派员建立本年度这一类别的登记。",
            ),
            models.CheckConstraint(
                name="registration_nominated_by_an_institution",
                condition=Q(origin=Origin.NOMINATED, institution__isnull=False)
                | Q(origin=Origin.DIRECT_APPOINTMENT, institution=None),
                violation_error_message="单位推荐的登记须有派出单位，直接聘请的不得有（工作方案四（三））。",
            ),
            models.CheckConstraint(
                name="nominated_registration_states_no_appointment",
                condition=Q(origin=Origin.DIRECT_APPOINTMENT) | Q(appointment_note=""),
                violation_error_message="只有市科技局直接聘请的登记写明聘请理由（工作方案四（三））。",
            ),
            models.CheckConstraint(
                name="registration_submitted_with_day_and_pack",
                # Nobody wrote down when a past one was handed in.
                condition=Q(status=RegistrationStatus.DRAFT)
                | Q(submitted_on__isnull=False, pack__isnull=False)
                | Q(is_past=True, submitted_on=None, pack__isnull=False),
                violation_error_message="已提交的登记须有提交日期和所依据的年度政策。",
            ),
            models.CheckConstraint(
                name="registration_submitted_with_consent",
                condition=Q(status=RegistrationStatus.DRAFT) | Q(consented_on__isnull=False) | Q(is_past=True),
                violation_error_message="提交登记前须取得本人对处理个人信息的同意。",
            ),
            models.CheckConstraint(
                name="registration_approved_with_its_day",
                condition=Q(status=RegistrationStatus.APPROVED, approved_on__isnull=False)
                | (~Q(status=RegistrationStatus.APPROVED) & Q(approved_on=None)),
                violation_error_message="入选须同时记录日期。",
            ),
            models.CheckConstraint(
                name="past_registration_is_approved",
                condition=Q(is_past=False) | Q(status=RegistrationStatus.APPROVED),
                violation_error_message="历史导入的登记都是已入选的登记。",
            ),
            models.CheckConstraint(
                name="registration_approved_after_it_was_submitted",
                condition=Q(approved_on=None) | Q(approved_on__gte=F("submitted_on")),
                violation_error_message="入选日期不能早于提交日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.specialist}（{self.year}年度　{self.get_category_display()}）"

    @property
    def is_editable(self) -> bool:
        return self.status in RegistrationStatus.editable

    @property
    def status_tone(self) -> str:
        return RegistrationStatus.tones[self.status]


class ProvincialListQuerySet(models.QuerySet["ProvincialListEntry"]):
    def visible_to(self, membership: Membership) -> Self:
        """The bureau, finance and audit see the list; others meet it only as a finding about their own person."""
        return self if membership.role in Role.sees_everything else self.none()

    def holding(self, start: date, end: date) -> Self:
        return self.filter(valid_from__lte=end, valid_to__gte=start)


class ProvincialListEntry(models.Model):
    """A row of the provincial list: who is on it takes no individual city place but a broker's (R29)."""

    year = models.PositiveSmallIntegerField("年度")
    name = models.CharField("姓名", max_length=30)
    id_digest = models.CharField(max_length=64)
    id_masked = models.CharField("身份证号", max_length=18)
    valid_from = models.DateField("有效期起")
    valid_to = models.DateField("有效期止")
    row = models.PositiveIntegerField("名单序号", null=True, blank=True)  # 1-based, as the province numbers it
    document_number = models.CharField("文号", max_length=60, blank=True)
    entered_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(auto_now_add=True)

    objects = ProvincialListQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["id_digest"], name="provincial_entries_of_a_person")]
        constraints = [
            models.UniqueConstraint(
                fields=["year", "id_digest"],
                name="on_the_provincial_list_once_a_year",
                violation_error_message="此人已在该年度省级名单中。",
            ),
            models.CheckConstraint(
                name="provincial_entry_ends_after_it_starts",
                condition=Q(valid_to__gte=F("valid_from")),
                violation_error_message="有效期止不能早于有效期起。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}年度省级名单 {self.name}"

    def overlaps(self, start: date, end: date) -> bool:
        return self.valid_from <= end and start <= self.valid_to


# --- teams ------------------------------------------------------------------------------------------------------------


def number_of_its_pack(code: str, param: str) -> Cast:
    """A number of a rule, as the pack says it under which the record was handed in; NULL for a draft."""
    params = KeyTransform("params", KeyTransform(code, F("pack__rules")))
    return Cast(KeyTextTransform(param, params), models.IntegerField())


class TeamQuerySet(models.QuerySet["Team"]):
    def visible_to(self, membership: Membership) -> Self:
        """The bureau, finance and audit see all; an institution its own; a member their team once it is handed in."""
        if membership.role in Role.sees_everything:
            return self
        if membership.role in Role.institution:
            return self.filter(institution=membership.organization_id)
        if membership.role == Role.SPECIALIST:
            mine = TeamMember.objects.filter(specialist__user=membership.person_id, left_on=None)
            return self.handed_in().filter(pk__in=mine.values("team"))
        return self.none()

    def selected_in(self, year: int) -> Self:
        return self.filter(year=year, status=RegistrationStatus.APPROVED)

    def proposed(self) -> Self:
        return self.filter(status=RegistrationStatus.PROPOSED)

    def handed_in(self) -> Self:
        return self.exclude(status=RegistrationStatus.DRAFT)

    def awaiting(self, role: str) -> Self:
        """What waits for the next step of this role."""
        return self.filter(pk__in=waiting_for("team.approve", role))

    def with_member(self, person: Specialist, *, year: int) -> Self:
        """The year's teams in which this person is or was."""
        there = TeamMember.objects.filter(specialist=person)
        return self.filter(year=year, pk__in=there.values("team")).order_by("pk")

    def with_strength(self) -> Self:
        """`active`: how many present members keep their qualification; `least`: how many its pack wants (R5)."""
        present = TeamMember.objects.current().filter(team=OuterRef("pk"), specialist__status=SpecialistStatus.ACTIVE)
        active = present.order_by().values("team").annotate(n=Count("pk")).values("n")
        return self.annotate(active=Coalesce(Subquery(active), 0), least=number_of_its_pack("E-TEAM-SIZE", "min"))

    def short_handed(self) -> Self:
        """Selected, and since then fallen below the least number."""
        return self.with_strength().filter(status=RegistrationStatus.APPROVED, active__lt=F("least"))


class Team(models.Model):
    """团队科技特派员: three to five people of a university or institute who take part in one year together (R3–R5)."""

    institution = models.ForeignKey(Institution, models.PROTECT, related_name="teams", verbose_name="组织单位")
    year = models.PositiveSmallIntegerField("年度")
    name = models.CharField("团队名称", max_length=60)
    category = models.CharField("类别", max_length=20, choices=Category)
    domains = ArrayField(models.CharField(max_length=60), default=list, verbose_name="领域或行业")  # R46: several
    summary = models.TextField("团队简介", blank=True)
    contact_name = models.CharField("联系人", max_length=30, blank=True)
    contact_phone = models.CharField("联系电话", max_length=30, blank=True)
    status = models.CharField("状态", max_length=12, choices=RegistrationStatus, default=RegistrationStatus.DRAFT)
    submitted_on = models.DateField("提交日期", null=True, blank=True)
    approved_on = models.DateField("入选日期", null=True, blank=True)
    return_opinion = models.TextField("退回意见", blank=True)
    pack = models.ForeignKey(PolicyPack, models.PROTECT, null=True, blank=True)  # the one in force when submitted
    is_past = models.BooleanField("历史导入", default=False, db_default=False)  # filed before the platform
    version = models.PositiveIntegerField(default=1)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = TeamQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["institution", "-id"], name="teams_of_a_unit"),
            models.Index(fields=["year", "status"], name="teams_counted"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "year", "name"],
                name="team_named_once_by_a_unit_in_a_year",
                violation_error_message="本单位本年度已有同名团队。",
            ),
            models.CheckConstraint(
                name="team_handed_in_with_its_fields",
                condition=Q(status=RegistrationStatus.DRAFT) | Q(domains__len__gt=0) | Q(is_past=True),
                violation_error_message="团队须按领域或行业组成（工作方案一（二））。",
            ),
            models.CheckConstraint(
                name="team_handed_in_with_day_and_pack",
                condition=Q(status=RegistrationStatus.DRAFT)
                | Q(submitted_on__isnull=False, pack__isnull=False)
                | Q(is_past=True, submitted_on=None, pack__isnull=False),
                violation_error_message="已提交的团队须有提交日期和所依据的年度政策。",
            ),
            models.CheckConstraint(
                name="past_team_is_approved",
                condition=Q(is_past=False) | Q(status=RegistrationStatus.APPROVED),
                violation_error_message="历史导入的团队都是已入选的团队。",
            ),
            models.CheckConstraint(
                name="team_approved_with_its_day",
                condition=Q(status=RegistrationStatus.APPROVED, approved_on__isnull=False)
                | (~Q(status=RegistrationStatus.APPROVED) & Q(approved_on=None)),
                violation_error_message="入选须同时记录日期。",
            ),
            models.CheckConstraint(
                name="team_approved_after_it_was_handed_in",
                condition=Q(approved_on=None) | Q(approved_on__gte=F("submitted_on")),
                violation_error_message="入选日期不能早于提交日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}（{self.year}年度）"

    @property
    def is_editable(self) -> bool:
        return self.status in RegistrationStatus.editable

    @property
    def status_tone(self) -> str:
        return RegistrationStatus.tones[self.status]


def just(name: str) -> Func:
    """One key as a range of its own: a GiST index compares ranges without the btree_gist that some servers lack."""
    return Func(F(name), F(name), Value("[]"), function="int8range")


def _while_in_it() -> Func:
    return Func(F("joined_on"), F("left_on"), function="daterange", output_field=DateRangeField())


class TeamMemberQuerySet(models.QuerySet["TeamMember"]):
    def visible_to(self, membership: Membership) -> Self:
        """Who sees the team sees its members."""
        return self.filter(team__in=Team.objects.visible_to(membership).values("pk"))

    def current(self) -> Self:
        return self.filter(left_on=None)

    def there(self, on: date) -> Self:
        """Who was in the team that day."""
        return self.filter(Q(left_on=None) | Q(left_on__gt=on), joined_on__lte=on)

    def students(self) -> Self:
        """A14: who is in a team as a graduate student, and when they will be one no more."""
        return self.current().filter(personnel_type=PersonnelType.GRADUATE, graduates_on__isnull=False)


class TeamMember(models.Model):
    """One person in a team from `joined_on` up to, and not including, `left_on`: who follows joins on that very day."""

    team = models.ForeignKey(Team, models.PROTECT, related_name="members")
    specialist = models.ForeignKey(Specialist, models.PROTECT, related_name="memberships")
    is_leader = models.BooleanField("团队负责人", default=False)
    personnel_type = models.CharField("人员类型", max_length=10, choices=PersonnelType, default=PersonnelType.STAFF)
    unit = models.CharField("外单位名称", max_length=100, blank=True)  # R7: empty for the unit's own people
    ability_note = models.TextField("科研能力或成果", blank=True)  # graduates: R2
    graduates_on = models.DateField("预计毕业日期", null=True, blank=True)  # graduates: A14
    consented_on = models.DateField("同意处理个人信息的日期", null=True, blank=True)
    joined_on = models.DateField("加入日期")
    left_on = models.DateField("退出日期", null=True, blank=True)  # the first day without them
    left_reason = models.CharField("退出原因", max_length=200, blank=True)
    replaces = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="successor")
    registration = models.ForeignKey(
        Registration, models.PROTECT, null=True, blank=True, related_name="memberships"
    )  # from selection on: they are a specialist of the year then

    objects = TeamMemberQuerySet.as_manager()

    class Meta:
        constraints = [
            ExclusionConstraint(
                name="nobody_is_in_a_team_twice_at_once",
                expressions=[
                    (just("team"), RangeOperators.OVERLAPS),
                    (just("specialist"), RangeOperators.OVERLAPS),
                    (_while_in_it(), RangeOperators.OVERLAPS),
                ],
                violation_error_message="同一人在同一团队中只列一次（工作方案一（二））。",
            ),
            models.UniqueConstraint(
                fields=["team"],
                name="a_team_has_one_leader_at_a_time",
                condition=Q(is_leader=True, left_on=None),  # who led and left keeps the mark
                violation_error_message="团队负责人只能有一名。",
            ),
            models.CheckConstraint(
                name="member_leaves_after_joining",
                condition=Q(left_on=None) | Q(left_on__gte=F("joined_on")),
                violation_error_message="退出日期不能早于加入日期。",
            ),
            models.CheckConstraint(
                name="member_leaves_with_day_and_reason",
                condition=Q(left_on=None, left_reason="") | Q(left_on__isnull=False) & ~Q(left_reason=""),
                violation_error_message="成员退出须同时记录日期和原因。",
            ),
        ]

    def __str__(self) -> str:
        return self.specialist.name

    def was_there(self, on: date) -> bool:
        """In the team on that day; who was selected with it counts from the beginning, as visits count them."""
        selected = self.team.approved_on is not None and self.joined_on <= self.team.approved_on
        return (self.joined_on <= on or selected) and (self.left_on is None or self.left_on > on)


# Django finds the models of the selection and of what stands beside a record where it looks for those of the app.
from specialists.proving.models import Evidence  # noqa: E402
from specialists.selection.correcting.models import AnnouncementCorrection  # noqa: E402
from specialists.selection.models import (  # noqa: E402
    LateAdmission,
    Objection,
    SelectionCall,
    SelectionEntry,
    SelectionList,
)
from specialists.suspending.models import Suspension  # noqa: E402

__all__ = [
    "AnnouncementCorrection",
    "Departure",
    "Evidence",
    "LateAdmission",
    "Objection",
    "ProvincialListEntry",
    "Registration",
    "SelectionCall",
    "SelectionEntry",
    "SelectionList",
    "Specialist",
    "Suspension",
    "Team",
    "TeamMember",
    "number_of_its_pack",
]
