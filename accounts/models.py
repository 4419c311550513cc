from datetime import date, datetime
from typing import Self

from django.contrib.auth.models import AbstractUser
from django.contrib.postgres.fields import ArrayField
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Exists, F, OuterRef, Q
from knox.models import AbstractAuthToken, AuthTokenManager

from accounts.enums import ApplicationStatus, DistrictKind, HostType, InstitutionType, OfficeKind, Role
from core.models import StoredFile
from core.search import Named, by_pairs


class DistrictQuerySet(models.QuerySet["District"]):
    def visible_to(self, membership: "Membership") -> Self:
        """The map is everybody's."""
        return self

    def living(self) -> Self:
        return self.filter(retired_on=None)

    def standing_for(self, code: str) -> Self:
        """It and those that led on to it: what happened there happened in it."""
        return self.filter(Q(code=code) | Q(successor=code))


class District(models.Model):
    """A county-level division (GB/T 2260) or a functional zone that acts like one.

    One that is dissolved (撤县设区) is retired, never deleted: units and visits keep it. When its `successor` is retired
    too, all that led on to that one lead on to the next: one step is enough.
    """

    code = models.CharField("代码", primary_key=True, max_length=6)
    name = models.CharField("名称", max_length=30)
    former_names = ArrayField(
        models.CharField(max_length=30), default=list, db_default=[], blank=True, verbose_name="曾用名"
    )
    kind = models.CharField("类型", max_length=20, choices=DistrictKind, default=DistrictKind.GB2260)
    province_managed = models.BooleanField(default=False)  # 辛集: addressed by the province beside the cities
    retired_on = models.DateField("停用日期", null=True, blank=True)
    successor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="predecessors", verbose_name="接替的县（市、区）"
    )
    version = models.PositiveIntegerField(default=1, db_default=1)

    objects = DistrictQuerySet.as_manager()

    class Meta:
        ordering = ["code"]
        constraints = [
            models.CheckConstraint(
                name="a_district_has_six_digits",
                condition=Q(code__regex=r"^[0-9]{6}$"),
                violation_error_message="行政区划代码应为6位数字。",
            ),
            models.UniqueConstraint(
                fields=["name"],
                name="a_district_in_use_has_its_own_name",
                condition=Q(retired_on=None),
                violation_error_message="这个县（市、区）已在使用。",
            ),
            models.CheckConstraint(
                name="a_district_does_not_succeed_itself",
                condition=Q(successor=None) | ~Q(successor=F("code")),
                violation_error_message="县（市、区）不能由自身接替。",
            ),
            models.CheckConstraint(
                name="only_a_retired_district_has_a_successor",
                condition=Q(successor=None) | Q(retired_on__isnull=False),
                violation_error_message="只有停用的县（市、区）有接替的县（市、区）。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def current(self) -> "District":
        """The one that is meant today."""
        return self.successor or self


def in_county(code: str, *, path: str = "district") -> Q:
    """Rows of a county, and of those that led on to it; `path` leads to their district."""
    return Q(**{f"{path}__in": District.objects.standing_for(code).values("code")})


class OrganizationQuerySet(models.QuerySet["Organization"]):
    def visible_to(self, membership: "Membership") -> Self:
        """The bureau, finance and audit see all; a county its own; institutions all hosts and themselves; others
        themselves."""
        role = membership.role
        if role in Role.sees_everything:
            return self
        mine = Q(pk=membership.organization_id)
        if role == Role.COUNTY_OFFICER:
            return self.filter(mine | in_county(membership.district_id))
        if role in Role.institution:
            return self.filter(mine | Q(host__isnull=False))
        return self.filter(mine)

    def standing(self) -> Self:
        """Without those that were merged into another: they lead on to it, and are offered nowhere."""
        return self.filter(merged_into=None)

    def hosts(self) -> Self:
        return self.standing().filter(host__isnull=False)

    def institutions(self) -> Self:
        return self.standing().filter(institution__isnull=False)

    def known_as(self, uscc: str) -> Self:
        """The unit that has this credit code, or had it before another was merged into it."""
        return self.standing().filter(Q(uscc=uscc) | Q(absorbed__uscc=uscc))

    def declaring(self) -> Self:
        """Hosts that call themselves above scale or technology SMEs."""
        return self.filter(Q(host__is_above_scale=True) | Q(host__is_tech_sme=True))

    def unverified(self) -> Self:
        """Hosts whose declaration waits for their county or the bureau; what was sent back waits for the host."""
        return self.declaring().filter(host__flags_verified_by=None, host__flags_note="")

    def unverified_for(self, person: int) -> Self:
        """Those of them that this person may verify: declared by others."""
        return self.unverified().exclude(host__flags_declarer=person)

    def declared_before(self, year: int) -> Self:
        """Hosts whose declaration is of an earlier year."""
        return self.declaring().filter(host__flags_year__lt=year)


class Organization(Named):
    """A legal entity; what it may do here follows from its capacities (institution, host, office)."""

    name = models.CharField("单位名称", max_length=100)
    uscc = models.CharField(
        "统一社会信用代码", max_length=18, unique=True, null=True, blank=True
    )  # None: a village has only a special code
    district = models.ForeignKey(District, models.PROTECT, null=True, blank=True, verbose_name="所在县（市、区）")
    address = models.CharField("地址", max_length=200, blank=True)
    contact_name = models.CharField("联系人", max_length=30, blank=True)
    contact_phone = models.CharField("联系电话", max_length=30, blank=True)
    contact_email = models.EmailField("联系邮箱", blank=True)
    version = models.PositiveIntegerField(default=1)  # rises with every change of the unit or its capacities
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="absorbed", verbose_name="并入"
    )  # it was entered twice: this row keeps its code, as a former one, and leads on
    created_at = models.DateTimeField(auto_now_add=True)

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        indexes = [
            by_pairs("name", name="organizations_by_part_of_name"),
            by_pairs("initials", name="organizations_by_initials"),
        ]
        constraints = [
            models.CheckConstraint(
                name="unit_is_not_merged_into_itself",
                condition=Q(merged_into=None) | ~Q(merged_into=F("id")),
                violation_error_message="单位不能并入自身。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Institution(models.Model):
    """An organisation in its capacity of dispatching specialists (派出单位)."""

    organization = models.OneToOneField(Organization, models.PROTECT, primary_key=True, related_name="institution")
    type = models.CharField("单位类型", max_length=20, choices=InstitutionType)

    def __str__(self) -> str:
        return self.organization.name


class HostUnitQuerySet(models.QuerySet["HostUnit"]):
    def visible_to(self, membership: "Membership") -> Self:
        return self.filter(organization__in=Organization.objects.visible_to(membership).standing())


class HostUnit(models.Model):
    """An organisation in its capacity of receiving specialists (派驻单位); its flags decide the cap of R23."""

    organization = models.OneToOneField(Organization, models.PROTECT, primary_key=True, related_name="host")
    host_type = models.CharField("单位类型", max_length=20, choices=HostType)
    is_above_scale = models.BooleanField("规模以上", default=False)
    is_tech_sme = models.BooleanField("科技型中小企业", default=False)
    flags_year = models.PositiveSmallIntegerField("认定年度", null=True, blank=True)
    flags_verified_by = models.ForeignKey(
        "Membership", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="核实人"
    )
    flags_verified_on = models.DateField("核实日期", null=True, blank=True)
    # The persons behind the hats: who declared may not verify. Empty for what was declared or verified before that was kept.
    flags_declarer = models.ForeignKey(
        "User", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="申报人"
    )
    flags_verifier = models.ForeignKey("User", models.PROTECT, null=True, blank=True, related_name="+")
    flags_basis = models.CharField("核实依据", max_length=100, blank=True)  # 入库登记编号, 文号
    flags_note = models.CharField("退回意见", max_length=300, blank=True)  # until the declaration changes

    objects = HostUnitQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="host_flags_have_their_year",
                condition=Q(is_above_scale=False, is_tech_sme=False) | Q(flags_year__isnull=False),
                violation_error_message="规模以上和科技型中小企业标识须注明认定年度（工作方案四（一））。",
            ),
            models.CheckConstraint(
                name="host_flags_verified_when_and_by_whom",
                condition=Q(flags_verified_by=None, flags_verified_on=None)
                | Q(flags_verified_by__isnull=False, flags_verified_on__isnull=False),
                violation_error_message="企业标识的核实人和核实日期须同时填写。",
            ),
            models.CheckConstraint(
                name="host_flags_verified_by_another",
                condition=Q(flags_verifier=None) | ~Q(flags_verifier=F("flags_declarer")),
                violation_error_message="企业标识不能由申报人自己核实。",
            ),
            models.CheckConstraint(
                name="host_flags_returned_or_verified",
                condition=Q(flags_note="") | Q(flags_verified_by=None),
                violation_error_message="企业标识不能既退回又核实。",
            ),
        ]

    def __str__(self) -> str:
        return self.organization.name

    @property
    def declares(self) -> bool:
        return self.is_above_scale or self.is_tech_sme

    @property
    def declared(self) -> str:
        """The flags in words."""
        return "、".join(word for word, so in FLAG_WORDS.items() if getattr(self, so))


FLAG_WORDS = {"规模以上": "is_above_scale", "科技型中小企业": "is_tech_sme"}


class HostFlags(models.Model):
    """What a host declared for one year, and whether it was verified: by this is judged what was agreed in that year."""

    host = models.ForeignKey(HostUnit, models.PROTECT, related_name="flags_by_year")
    year = models.PositiveSmallIntegerField("认定年度")
    is_above_scale = models.BooleanField("规模以上", default=False)
    is_tech_sme = models.BooleanField("科技型中小企业", default=False)
    verified_by = models.ForeignKey("Membership", models.PROTECT, null=True, blank=True, related_name="+")
    verified_on = models.DateField("核实日期", null=True, blank=True)
    basis = models.CharField("核实依据", max_length=100, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["host", "year"],
                name="host_flags_once_a_year",
                violation_error_message="该单位这一年度的企业标识已有记录。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.host} {self.year}年度企业标识"

    @property
    def declared(self) -> str:
        return "、".join(word for word, so in FLAG_WORDS.items() if getattr(self, so))


class Office(models.Model):
    """An organisation in its capacity of public authority (city, county, finance, audit)."""

    organization = models.OneToOneField(Organization, models.PROTECT, primary_key=True, related_name="office")
    kind = models.CharField("机关类型", max_length=20, choices=OfficeKind)

    def __str__(self) -> str:
        return self.organization.name


class User(AbstractUser):
    """A person who signs in. What they may do is in their memberships, never in groups or staff flags."""

    first_name = None  # type: ignore[assignment]  # Chinese names are one field
    last_name = None  # type: ignore[assignment]
    name = models.CharField("姓名", max_length=30)
    email = models.EmailField("邮箱", blank=True)
    must_change_password = models.BooleanField(default=False)

    REQUIRED_FIELDS = ["name"]

    def __str__(self) -> str:
        return self.name or self.username

    def get_full_name(self) -> str:
        return str(self)

    def get_short_name(self) -> str:
        return str(self)


class Session(AbstractBaseSession):
    """A session that knows whose it is, so that all sessions of one person can be ended at once."""

    person = models.ForeignKey(User, models.CASCADE, null=True, blank=True, related_name="sessions")

    class Meta(AbstractBaseSession.Meta):
        pass

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        from accounts.sessions import SessionStore  # that module is the engine of this model

        return SessionStore


class MembershipQuerySet(models.QuerySet["Membership"]):
    def active(self, *, on: date) -> Self:
        """Those that may be worn on that day; one that was ended is over at once, not at the end of its last day."""
        return self.filter(Q(until=None) | Q(until__gte=on), since__lte=on, ended_at=None, person__is_active=True)

    def visible_to(self, membership: "Membership") -> Self:
        """Administrators see the memberships of their own organisation, the bureau's administrator all."""
        if membership.role in (Role.BUREAU_ADMIN, Role.AUDITOR):
            return self
        if membership.role == Role.INSTITUTION_ADMIN:
            return self.filter(organization=membership.organization_id)
        return self.filter(person=membership.person_id)


class Membership(models.Model):
    """A hat: one person in one role at one organisation, from a day on and possibly until one."""

    person = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="memberships")
    role = models.CharField("身份", max_length=30, choices=Role)
    since = models.DateField("开始日期")
    until = models.DateField("结束日期", null=True, blank=True)  # the last day it may be worn
    ended_at = models.DateTimeField("终止时间", null=True, blank=True)  # taken away: from this moment, not from a day
    ended_by = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="+")

    objects = MembershipQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["person", "organization", "role"],
                name="one_hat_per_role_and_organization",
                violation_error_message="此人在该单位已有这一身份。",
            ),
            models.CheckConstraint(
                name="membership_ends_after_it_starts",
                condition=Q(until=None) | Q(until__gte=F("since")),
                violation_error_message="身份的结束日期不能早于开始日期。",
            ),
            models.CheckConstraint(
                name="membership_ended_when_and_by_whom",
                condition=Q(ended_at=None, ended_by=None) | Q(ended_at__isnull=False, ended_by__isnull=False),
                violation_error_message="终止身份须同时有时间和办理人。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person}（{self.organization}　{self.get_role_display()}）"

    @property
    def district_id(self) -> str:
        """The county of the unit; "" for none, which is no row's county."""
        return self.organization.district_id or ""

    def stands_for(self, institution_id: int | None) -> bool:
        """Whether this hat's unit dispatches: an institution its own, the bureau whom it appoints directly (R28, A6)."""
        return institution_id == (None if self.role in Role.bureau else self.organization_id)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, membership: "Membership") -> Self:
        """As the memberships they lead to."""
        if membership.role in (Role.BUREAU_ADMIN, Role.AUDITOR):
            return self
        if membership.role == Role.INSTITUTION_ADMIN:
            return self.filter(organization=membership.organization_id)
        return self.none()

    def open(self, *, at: datetime) -> Self:
        return self.filter(accepted_at=None, expires_at__gt=at)

    def unanswered(self, *, since: datetime) -> Self:
        """The last one sent to each address and role of a unit, open or over since then, that led to no hat."""
        later = Invitation.objects.filter(
            organization=OuterRef("organization"), role=OuterRef("role"), email__iexact=OuterRef("email")
        ).filter(pk__gt=OuterRef("pk"))
        return self.filter(accepted_at=None, expires_at__gt=since).exclude(Exists(later))


class Invitation(models.Model):
    """A one-time way in for a new member: the token itself is only in the mail, here is its digest."""

    token_digest = models.CharField(max_length=64, unique=True, null=True, blank=True)  # None until it is mailed
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+", verbose_name="单位")
    role = models.CharField("身份", max_length=30, choices=Role)
    name = models.CharField("姓名", max_length=30)
    email = models.EmailField("邮箱")
    subject_id = models.BigIntegerField(null=True, blank=True)  # the Specialist an invited specialist is
    invited_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField("有效期至")
    accepted_at = models.DateTimeField("接受时间", null=True, blank=True)
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="invitation_accepted_when_and_by_whom",
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                violation_error_message="邀请的接受时间和接受人须同时填写。",
            ),
        ]

    def __str__(self) -> str:
        return f"邀请 {self.name}"


class ApplicationQuerySet(models.QuerySet["InstitutionApplication"]):
    def visible_to(self, membership: Membership) -> Self:
        """The bureau and audit, from the moment its address is confirmed; the applicant has a link and no account."""
        if membership.role in Role.bureau or membership.role == Role.AUDITOR:
            return self.exclude(status=ApplicationStatus.UNCONFIRMED)
        return self.none()


class InstitutionApplication(models.Model):
    """A unit asks to dispatch specialists (入驻申请): from an open page, confirmed by mail, decided by the bureau."""

    uscc = models.CharField("统一社会信用代码", max_length=18)
    name = models.CharField("单位名称", max_length=100)
    type = models.CharField("单位类型", max_length=20, choices=InstitutionType)
    district = models.ForeignKey(District, models.PROTECT, verbose_name="所在县（市、区）")
    address = models.CharField("地址", max_length=200, blank=True)
    contact_name = models.CharField("联系人", max_length=30)
    contact_phone = models.CharField("联系电话", max_length=30)
    contact_email = models.EmailField("联系邮箱", blank=True)
    admin_name = models.CharField("管理员姓名", max_length=30)
    admin_email = models.EmailField("管理员邮箱")  # where the link goes, and later the invitation
    admin_phone = models.CharField("管理员手机号", max_length=30)
    letter = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="盖章申请书")
    status = models.CharField("状态", max_length=12, choices=ApplicationStatus, default=ApplicationStatus.UNCONFIRMED)
    opinion = models.CharField("意见", max_length=300, blank=True)
    source = models.CharField(max_length=64)  # a digest of the address it came from: so many an hour and no more
    token_digest = models.CharField(max_length=64, unique=True, null=True, blank=True)
    link_expires_at = models.DateTimeField(null=True, blank=True)
    applied_at = models.DateTimeField("申请时间", auto_now_add=True)
    submitted_on = models.DateField("提交日期", null=True, blank=True)
    decided_by = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    decided_on = models.DateField("办结日期", null=True, blank=True)
    organization = models.ForeignKey(Organization, models.PROTECT, null=True, blank=True, related_name="applications")
    version = models.PositiveIntegerField(default=1)

    objects = ApplicationQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["status", "-id"], name="applications_by_status"),
            models.Index(fields=["source", "applied_at"], name="applications_by_source"),
        ]
        constraints = [
            models.CheckConstraint(
                name="application_submitted_with_its_day",
                condition=Q(status=ApplicationStatus.UNCONFIRMED, submitted_on=None)
                | ~Q(status=ApplicationStatus.UNCONFIRMED) & Q(submitted_on__isnull=False),
                violation_error_message="已提交的申请须有提交日期。",
            ),
            models.CheckConstraint(
                name="application_decided_when_and_by_whom",
                condition=Q(status__in=ApplicationStatus.decided, decided_by__isnull=False, decided_on__isnull=False)
                | ~Q(status__in=ApplicationStatus.decided) & Q(decided_by=None, decided_on=None),
                violation_error_message="办结的申请须同时有办理人和日期。",
            ),
            models.CheckConstraint(
                name="application_approved_with_its_unit",
                condition=Q(status=ApplicationStatus.APPROVED, organization__isnull=False)
                | ~Q(status=ApplicationStatus.APPROVED) & Q(organization=None),
                violation_error_message="通过的申请须对应一个派出单位。",
            ),
            models.CheckConstraint(
                name="application_sent_back_with_an_opinion",
                condition=~Q(status__in=["returned", "refused"]) | ~Q(opinion=""),
                violation_error_message="退回或不予通过须写明意见。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}的入驻申请"

    def get_absolute_url(self) -> str:
        return f"/applications/{self.pk}/"

    @property
    def status_tone(self) -> str:
        return ApplicationStatus.tones[self.status]


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def visible_to(self, membership: Membership) -> Self:
        """One's own, whichever hat they wear: an administrator withdraws hats, not tokens."""
        return self.filter(user=membership.person_id)


class ApiToken(AbstractAuthToken):
    """A token of the interface; it wears one hat and loses its power with it."""

    # The hash is the way to a token and no name for it: addresses use the number.
    digest = models.CharField(max_length=128, unique=True)
    membership = models.ForeignKey(Membership, models.CASCADE, related_name="+", verbose_name="身份")

    objects = AuthTokenManager.from_queryset(ApiTokenQuerySet)()

    class Meta(AbstractAuthToken.Meta):
        abstract = False
        swappable = "KNOX_TOKEN_MODEL"

    def __str__(self) -> str:
        return f"令牌 {self.pk}"


class FirstAnswer(models.Model):
    """What the first request with an Idempotency-Key was told."""

    membership = models.ForeignKey(Membership, models.CASCADE)
    key = models.CharField(max_length=80)
    question = models.CharField(max_length=64)  # SHA-256 of method, path and body
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.TextField()
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["membership", "key"], name="one_answer_per_key")]

    def __str__(self) -> str:
        return self.key


from accounts.lists.models import ListExport as ListExport  # noqa: E402  they stand on the models above
from accounts.lists.models import ListExportPart as ListExportPart  # noqa: E402
from accounts.lists.models import SavedView as SavedView  # noqa: E402
from accounts.lists.models import StartView as StartView  # noqa: E402
