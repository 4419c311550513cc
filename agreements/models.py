from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, Self

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from accounts.enums import Role
from accounts.models import HostUnit, Institution, Membership, in_county
from agreements.abandoning.models import Abandonment as Abandonment
from agreements.amending.models import Amendment as Amendment
from agreements.archiving.models import ArchivedPaper as ArchivedPaper
from agreements.archiving.models import ArchiveItem as ArchiveItem
from agreements.archiving.models import ArchiveLine as ArchiveLine
from agreements.archiving.models import ArchivePackage as ArchivePackage
from agreements.archiving.models import ArchiveYear as ArchiveYear
from agreements.departing.models import DepartureDecision as DepartureDecision
from agreements.ending.models import EndOrder as EndOrder
from agreements.enums import AgreementStatus, Authority, Party, RunTrigger, TerminationReason
from agreements.graduating.models import GraduationDecision as GraduationDecision
from agreements.moving.models import MoveRequest as MoveRequest
from agreements.printing.models import MergeRun as MergeRun
from agreements.printing.models import PrintPart as PrintPart
from agreements.printing.models import PrintRun as PrintRun
from agreements.renewing.models import Leaving as Leaving
from agreements.reviewing.models import CaseHolder as CaseHolder
from agreements.reviewing.models import CaseNote as CaseNote
from agreements.reviewing.models import Correction as Correction
from agreements.reviewing.models import Cover as Cover
from agreements.reviewing.models import Look as Look
from agreements.reviewing.models import Remark as Remark
from agreements.scanning.models import ScanBatch as ScanBatch
from agreements.scanning.models import ScannedFile as ScannedFile
from agreements.scanning.models import ScanPart as ScanPart
from agreements.scanning.models import ScanPiece as ScanPiece
from agreements.scanning.models import ScanWithdrawal as ScanWithdrawal
from agreements.signing.models import SigningLink as SigningLink
from agreements.signing.models import SigningRefusal as SigningRefusal
from agreements.signing.models import VoidSignature as VoidSignature
from agreements.stamping.models import CertificateEdition as CertificateEdition
from agreements.stamping.models import FilingSheet as FilingSheet
from agreements.stamping.models import FilingSheetLine as FilingSheetLine
from agreements.stamping.models import FilingSheetPaper as FilingSheetPaper
from agreements.stamping.models import FilingSheetStamp as FilingSheetStamp
from agreements.voiding.models import Voiding as Voiding
from agreements.wording.models import AgreementText as AgreementText
from core.models import PolicyPack, StoredFile
from specialists.enums import Origin
from specialists.models import Registration, Specialist, Team, TeamMember


def last_day(service_end: date | None, terminated_on: date | None) -> date:
    """The last day of service: a termination stops it on its day (R34), also one that is ordered and still to come."""
    assert service_end
    return min(service_end, terminated_on - timedelta(days=1)) if terminated_on else service_end


def matter(*, is_past: bool, renews: int | None) -> str:
    """备案事项, in a word."""
    return "历史导入" if is_past else "续签备案" if renews else "新签备案"


def goes_on_after(day: date) -> Q:
    """Not ended by that day, nor ordered to be: whether or not the order was carried out yet."""
    return Q(terminated_on=None) | Q(terminated_on__gt=day)


# What was never handed in, also what was given up before.
UNSENT = Q(status=AgreementStatus.DRAFT) | Q(status=AgreementStatus.ABANDONED, submitted_on=None)


class AgreementQuerySet(models.QuerySet["Agreement"]):
    def visible_to(self, membership: Membership) -> Self:
        """All for the bureau, finance and audit; else what one's own unit, county or person is a party of.

        County, host and specialist see an agreement from its submission on: a draft is the institution's own paper.
        """
        role = membership.role
        if role in Role.sees_everything:
            return self if role in Role.bureau else self.exclude(UNSENT)
        if role in Role.institution:
            return self.filter(institution=membership.organization_id)
        out = self.exclude(UNSENT)
        if role == Role.COUNTY_OFFICER:
            return out.filter(in_county(membership.district_id, path="host__organization__district"))
        if role == Role.HOST_CONTACT:
            return out.filter(host=membership.organization_id)
        if role == Role.SPECIALIST:
            teams = Team.objects.visible_to(membership)
            return out.filter(Q(specialist__user=membership.person_id) | Q(team__in=teams.values("pk")))
        return self.none()

    def dispatched_by(self, membership: Membership) -> Self:
        """Those that this hat may write: an institution its own, the bureau those of whom it appoints directly (A6)."""
        rows = self.visible_to(membership)
        return rows.filter(institution=None) if membership.role in Role.bureau else rows

    def counted_at_host(self) -> Self:
        """A10: filed or under review, and not over by termination."""
        return self.filter(status__in=AgreementStatus.counted_at_host)

    def overlapping(self, start: date, end: date) -> Self:
        return self.filter(service_start__lte=end, service_end__gte=start)

    def past(self) -> Self:
        """Filed before the platform and taken over (历史导入)."""
        return self.filter(is_past=True)

    def in_service(self, *, on: date) -> Self:
        return self.filter(goes_on_after(on), status=AgreementStatus.FILED).overlapping(on, on)


class SubmissionQuerySet(models.QuerySet["Submission"]):
    def visible_to(self, membership: Membership) -> Self:
        """All for the bureau, finance and audit; an institution its own. Nobody else meets a compilation."""
        if membership.role in Role.sees_everything:
            return self
        if membership.role in Role.institution:
            return self.filter(institution=membership.organization_id)
        return self.none()


class Submission(models.Model):
    """What an institution compiled and handed in together (汇总提交, R25); of direct appointees the bureau itself (A6)."""

    origin = models.CharField(
        "来源", max_length=20, choices=Origin, default=Origin.NOMINATED, db_default=Origin.NOMINATED.value
    )
    institution = models.ForeignKey(
        Institution, models.PROTECT, null=True, blank=True, related_name="submissions"
    )  # None: direct appointment
    submitted_on = models.DateField("提交日期")
    submitted_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    note = models.CharField("说明", max_length=200, blank=True)
    at = models.DateTimeField(auto_now_add=True)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="submission_of_an_institution_or_of_the_bureau",
                condition=Q(origin=Origin.NOMINATED, institution__isnull=False)
                | Q(origin=Origin.DIRECT_APPOINTMENT, institution=None),
                violation_error_message="协议由派出单位汇总提交，直接聘请的由市科技局提交（工作方案四（二）、四（三））。",
            ),
        ]

    def __str__(self) -> str:
        return f"B-{self.pk}"


class Agreement(models.Model):
    """One tripartite agreement (三方协议书): `D-1187` until it is filed, its filing number afterwards."""

    registration = models.ForeignKey(Registration, models.PROTECT, related_name="agreements", verbose_name="科技特派员")
    specialist = models.ForeignKey(Specialist, models.PROTECT, related_name="agreements")  # of the registration
    team = models.ForeignKey(
        Team, models.PROTECT, null=True, blank=True, related_name="agreements", verbose_name="团队"
    )  # signed by its leader, who is the specialist above; its members serve and count one by one (A10)
    institution = models.ForeignKey(
        Institution, models.PROTECT, null=True, blank=True, related_name="agreements", verbose_name="派出单位"
    )  # None: direct appointment, the bureau stands in its place (A6)
    host = models.ForeignKey(
        HostUnit, models.PROTECT, null=True, blank=True, related_name="agreements", verbose_name="派驻单位"
    )
    service_start = models.DateField("服务开始日期", null=True, blank=True)
    service_end = models.DateField("服务截止日期", null=True, blank=True)
    service_content = models.TextField("服务内容", blank=True)
    visits_per_year = models.PositiveSmallIntegerField("年度到现场服务（次）", null=True, blank=True)
    goals = models.JSONField("年度目标任务", default=list)  # [{"name": "组织技术培训", "count": 2, "unit": "场"}]
    status = models.CharField("状态", max_length=12, choices=AgreementStatus, default=AgreementStatus.DRAFT)
    version = models.PositiveIntegerField("版本", default=1)  # rises with every change of content; printed on the paper
    institution_reasons = models.JSONField("派出单位说明", default=dict)  # {finding code: why, in its words}
    submission = models.ForeignKey(
        Submission, models.PROTECT, null=True, blank=True, related_name="agreements", verbose_name="汇总提交"
    )
    submitted_on = models.DateField("提交日期", null=True, blank=True)
    pack = models.ForeignKey(PolicyPack, models.PROTECT, null=True, blank=True)  # in force when last submitted
    return_opinion = models.TextField("退回意见", blank=True)
    filing_number = models.CharField("备案号", max_length=30, null=True, blank=True, unique=True)
    filed_on = models.DateField("备案日期", null=True, blank=True)
    filed_by = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    terminated_on = models.DateField("终止日期", null=True, blank=True)  # of a filed one: ordered (EndOrder), to come
    termination_reason = models.CharField("终止原因", max_length=20, choices=TerminationReason, blank=True)
    is_past = models.BooleanField("历史导入", default=False, db_default=False)  # filed before the platform
    document_number = models.CharField("备案文号", max_length=60, blank=True, db_default="")  # of a past one
    renews = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="renewal", verbose_name="续签自"
    )
    created_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)

    objects = AgreementQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["host", "status", "service_start"], name="agreements_at_a_host"),
            models.Index(fields=["specialist", "status"], name="agreements_of_a_specialist"),
            models.Index(fields=["institution", "-id"], name="agreements_of_an_institution"),
            models.Index(fields=["status", "service_end"], name="agreements_by_end"),
            models.Index(fields=["status", "-id"], name="agreements_by_status"),
            models.Index(
                fields=["terminated_on"],
                name="agreements_to_end",
                condition=Q(status="filed", terminated_on__isnull=False),
            ),
            # The queue of the review desk: the longest waiting first, and how many they are.
            models.Index(fields=["submitted_on", "id"], name="agreements_waiting", condition=Q(status="submitted")),
            models.Index(
                fields=["filed_on", "specialist"], name="agreements_by_filing", condition=Q(filed_on__isnull=False)
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="agreement_filed_completely_or_not_at_all",
                condition=Q(
                    status__in=AgreementStatus.once_filed,
                    filing_number__isnull=False,
                    filed_on__isnull=False,
                    filed_by__isnull=False,
                    pack__isnull=False,
                )
                # A void one keeps its number alone; when and by whom it was filed stands in its Voiding.
                | Q(status=AgreementStatus.VOID, filing_number__isnull=False, filed_on=None, filed_by=None)
                | (
                    ~Q(status__in=(*AgreementStatus.once_filed, AgreementStatus.VOID))
                    & Q(filing_number=None, filed_on=None, filed_by=None)
                ),
                violation_error_message="已备案的协议须同时有备案号、备案日期、备案人和所依据的年度政策（工作方案四（二））。",
            ),
            models.CheckConstraint(
                name="agreement_complete_once_submitted",
                condition=Q(status__in=AgreementStatus.at_home)
                | Q(
                    host__isnull=False,
                    service_start__isnull=False,
                    service_end__isnull=False,
                    visits_per_year__isnull=False,
                    submitted_on__isnull=False,
                    pack__isnull=False,
                )
                & ~Q(service_content="")
                # Of a past one nobody may have written down content, visits and the day it was handed in.
                | Q(is_past=True, host__isnull=False, service_start__isnull=False, service_end__isnull=False),
                violation_error_message="已提交的协议须写明派驻单位、服务期限、服务内容和年度目标（工作方案四（二））。",
            ),
            models.CheckConstraint(
                name="agreement_ends_after_it_starts",
                condition=Q(service_start=None) | Q(service_end=None) | Q(service_end__gte=F("service_start")),
                violation_error_message="服务截止日期不能早于开始日期。",
            ),
            models.CheckConstraint(
                name="agreement_filed_after_it_was_submitted",
                condition=Q(filed_on=None) | Q(filed_on__gte=F("submitted_on")),
                violation_error_message="备案日期不能早于提交日期。",
            ),
            models.CheckConstraint(
                name="agreement_terminated_with_day_and_reason",
                condition=Q(status__in=AgreementStatus.once_filed, terminated_on__isnull=False)
                & ~Q(termination_reason="")
                | ~Q(status=AgreementStatus.TERMINATED) & Q(terminated_on=None, termination_reason=""),
                violation_error_message="终止协议须同时记录日期和原因。",
            ),
            models.CheckConstraint(
                name="agreement_ends_early_within_its_service",
                condition=~Q(status=AgreementStatus.FILED)
                | Q(terminated_on=None)
                | Q(terminated_on__lte=F("service_end")),
                violation_error_message="提前终止的日期不能晚于服务截止日期（工作方案四（二））。",
            ),
            models.CheckConstraint(
                name="agreement_terminated_after_it_was_filed",
                condition=Q(terminated_on=None) | Q(terminated_on__gte=F("filed_on")) | Q(is_past=True),
                violation_error_message="终止日期不能早于备案日期。",
            ),
            models.CheckConstraint(
                name="past_agreement_is_filed",
                condition=Q(is_past=False, document_number="")
                | Q(is_past=True, status__in=AgreementStatus.once_filed, submitted_on=None, submission=None),
                violation_error_message="历史导入的协议都是平台启用前已备案的协议，不经平台提交。",
            ),
            models.CheckConstraint(
                name="direct_agreement_filed_by_another",
                condition=Q(institution__isnull=False) | Q(is_past=True) | ~Q(filed_by=F("created_by")),
                violation_error_message="直接聘请的协议由起草人以外的人员审核备案（工作方案四（三））。",
            ),
            models.CheckConstraint(
                name="agreement_parties_are_three",
                condition=Q(host=None) | Q(institution=None) | ~Q(host=F("institution")),
                violation_error_message="派出单位与派驻单位不能为同一单位（工作方案四（二））。",
            ),
        ]

    def __str__(self) -> str:
        return self.filing_number or self.draft_code

    def get_absolute_url(self) -> str:
        return f"/agreements/{self.pk}/"

    @property
    def draft_code(self) -> str:
        return f"D-{self.pk}"

    @property
    def last_day(self) -> date:
        return last_day(self.service_end, self.terminated_on)

    @property
    def is_to_end(self) -> bool:
        """An end before its time is ordered and not carried out: the day is to come, or the platform has not run since."""
        return self.status == AgreementStatus.FILED and self.terminated_on is not None

    @property
    def held_until(self) -> date:
        """The last day for which it keeps others out: an end that is only ordered may be taken back."""
        assert self.service_end
        return self.service_end if self.is_to_end else self.last_day

    @property
    def matter(self) -> str:
        return matter(is_past=self.is_past, renews=self.renews_id)

    @property
    def sender(self) -> str:
        """Who writes it and hands it in, in a word: for whom the bureau appoints directly it does so itself (A6)."""
        return "派出单位" if self.institution_id is not None else "市科技局"

    @property
    def team_name(self) -> str:
        """For whom its specialist signs; empty where it is the agreement of one person."""
        return self.team.name if self.team else ""

    def other_members(self, *, on: date | None = None) -> list[TeamMember]:
        """Who is in its team beside the one who signs, today or on that day; nobody where one person serves."""
        if self.team is None:
            return []
        members = self.team.members.current() if on is None else self.team.members.there(on)
        return [*members.exclude(specialist=self.specialist_id).select_related("specialist").order_by("pk")]

    @staticmethod
    def goals_in_words(goals: Iterable[Mapping[str, Any]]) -> str:
        return "；".join(f"{goal['name']}{goal['count']}{goal['unit']}" for goal in goals)

    @staticmethod
    def institution_reasons_in_words(reasons: Mapping[str, str]) -> str:
        return "；".join(reasons.values())

    @property
    def years(self) -> range:
        """Every calendar year the service touches (A1); a year it no longer reached is none of them."""
        assert self.service_start
        if self.last_day < self.service_start:
            return range(0)
        return range(self.service_start.year, self.last_day.year + 1)


class Signature(models.Model):
    """One party's signature that stands: who signed for it, as what and on which day (R24); on paper, or by its link."""

    agreement = models.ForeignKey(Agreement, models.CASCADE, related_name="signatures")  # a draft's part
    party = models.CharField("签署方", max_length=12, choices=Party)
    signer = models.CharField("签署人", max_length=30)
    signed_on = models.DateField("签署日期")
    # Empty: entered before it was asked for.
    authority = models.CharField("签署身份", max_length=10, choices=Authority, blank=True, db_default="")
    letter = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")  # 授权委托书
    link = models.OneToOneField(SigningLink, models.PROTECT, null=True, blank=True, related_name="signature")
    signed = models.JSONField(default=dict, db_default={})  # what was signed: signing.fields.as_it_reads

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "party"],
                name="each_party_signs_once",
                violation_error_message="每一方只签署一次（工作方案四（二））。",
            ),
            models.CheckConstraint(  # of paper the letter may come later: the trigger guard_letters asks for it
                name="delegate_signs_online_with_a_letter",
                condition=~Q(authority=Authority.DELEGATE) | Q(letter__isnull=False) | Q(link=None),
                violation_error_message="授权代表在线签署须附授权委托书（工作方案四（二））。",
            ),
            models.CheckConstraint(
                name="a_person_signs_for_himself",
                condition=Q(authority="")
                | Q(party=Party.SPECIALIST, authority=Authority.SELF)
                | ~Q(party=Party.SPECIALIST) & Q(authority__in=Authority.for_a_unit),
                violation_error_message="科技特派员由本人签署，单位由法定代表人或授权代表签署（工作方案四（二））。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_party_display()} {self.signer}"

    @property
    def is_online(self) -> bool:
        return self.link_id is not None

    @property
    def has_letter(self) -> bool:
        return self.letter_id is not None

    @property
    def lacks_letter(self) -> bool:
        return self.authority == Authority.DELEGATE and not self.has_letter


class StandingScans(models.Manager["AgreementScan"]):
    """What counts among an agreement's papers: every scan but those taken away before they were handed in."""

    def get_queryset(self) -> models.QuerySet["AgreementScan"]:
        return super().get_queryset().filter(withdrawal=None)


class AgreementScan(models.Model):
    """A scan of the signed paper; a newer one never replaces the older bytes."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="scans")
    number = models.PositiveSmallIntegerField("份次")  # 1-based; of one taken away it is not given again
    paper_version = models.PositiveIntegerField("协议书版本")  # Agreement.version of the paper that was signed
    file = models.OneToOneField(StoredFile, models.PROTECT)
    attached_at = models.DateTimeField(auto_now_add=True, null=True)  # None: before it was asked for
    # No code of the paper was read on it, whoever said whose it is: the unit writes how it knows.
    is_unread = models.BooleanField("未读出二维码", default=False, db_default=False)
    # Of the printed paper, the numbers of the pages that are not among its pages.
    lacks = ArrayField(models.PositiveSmallIntegerField(), verbose_name="缺页", default=list, db_default=[])

    objects = StandingScans()
    everything = models.Manager["AgreementScan"]()

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["agreement", "number"], name="scan_version_once")]

    def __str__(self) -> str:
        return f"{self.agreement} 第{self.number}份扫描件"


class AgreementPaper(models.Model):
    """A version of the printed agreement; its token is in the QR on every page."""

    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="papers")
    version = models.PositiveIntegerField("版本")
    token = models.CharField(max_length=32, unique=True)  # 128 bits, hex
    sha256 = models.CharField(max_length=64)
    pages = models.PositiveSmallIntegerField("页数", null=True, blank=True)  # None: printed before they were counted
    # The words it was printed with, for ever; None: printed while the words were fixed in the program.
    text = models.ForeignKey(AgreementText, models.PROTECT, null=True, blank=True, related_name="papers")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agreement", "version"], name="one_paper_per_version")]

    def __str__(self) -> str:
        return f"D-{self.agreement_id} v{self.version}"


class YearlyHost(models.Model):
    """The one host an enterprise specialist serves in a year: a row, so that two clerks cannot both win (R19)."""

    specialist = models.ForeignKey(Specialist, models.PROTECT, related_name="yearly_hosts")
    year = models.PositiveSmallIntegerField("年度")
    host = models.ForeignKey(HostUnit, models.PROTECT, related_name="+")
    agreements = models.ManyToManyField(Agreement, related_name="yearly_hosts")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["specialist", "year"],
                name="one_host_a_year",
                violation_error_message="企业科技特派员在同一年度内只能签约服务一个单位（工作方案四（一））。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.specialist} {self.year} {self.host}"


class Reassignment(models.Model):
    """改派: the bureau moved a specialist's year to another host, with its reason (A2)."""

    yearly_host = models.ForeignKey(YearlyHost, models.PROTECT, related_name="reassignments")
    from_host = models.ForeignKey(HostUnit, models.PROTECT, related_name="+")
    to_host = models.ForeignKey(HostUnit, models.PROTECT, related_name="+")
    agreement = models.ForeignKey(Agreement, models.PROTECT, related_name="+")  # whose filing moved it
    reason = models.TextField("改派理由")
    document_number = models.CharField("文号", max_length=60, blank=True)
    by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="reassignment_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message="改派须写明理由（工作方案四（一））。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.yearly_host} → {self.to_host}"


class FilingCertificate(models.Model):
    """备案证明: made after filing by the outbox effect, and again when a stamped 备案汇总表 stands behind it."""

    agreement = models.OneToOneField(Agreement, models.PROTECT, related_name="certificate")
    file = models.OneToOneField(StoredFile, models.PROTECT)
    token = models.CharField(max_length=32, unique=True)  # 128 bits, hex: the public check page
    issued_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"备案证明 {self.agreement}"

    @property
    def paper(self) -> StoredFile:
        """As it reads today: the last edition, where a stamped 备案汇总表 stands behind it."""
        last = self.editions.select_related("file").last()
        return last.file if last else self.file


class QuotaRunQuerySet(models.QuerySet["QuotaRun"]):
    def visible_to(self, membership: Membership) -> Self:
        """Figures and findings of the whole city: for those who see all of it."""
        return self if membership.role in Role.sees_everything else self.none()


class QuotaRun(models.Model):
    """One run of the quota check: what it counted, what it found, what is new and what is gone since the last."""

    year = models.PositiveSmallIntegerField("年度")
    at = models.DateTimeField(auto_now_add=True)
    on = models.DateField("检查日期")  # whose day it judged by
    trigger = models.CharField("触发", max_length=20, choices=RunTrigger)
    through = models.PositiveIntegerField(default=0)  # the last filing number of the series that it has seen
    counts = models.JSONField("统计")  # see queries.quota_counts
    findings = models.JSONField("检查结果")  # [{"key", "code", "level", "article", "title", "message", "link"}]
    appeared = models.JSONField("新增", default=list)  # keys new since the previous run of the year
    disappeared = models.JSONField("消除", default=list)  # findings of the previous run that are gone

    objects = QuotaRunQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["year", "-id"], name="quota_runs_of_a_year")]

    def __str__(self) -> str:
        return f"{self.year}年度指标检查 {self.at:%Y-%m-%d %H:%M}"
