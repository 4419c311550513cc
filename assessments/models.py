from typing import Self

from django.db import models
from django.db.models import F, Q

from accounts.enums import Role
from accounts.models import Institution, Membership
from assessments.enums import AssessmentStatus, Grade
from core.models import PolicyPack
from specialists.models import Registration, Specialist


class CampaignQuerySet(models.QuerySet["Campaign"]):
    def visible_to(self, membership: Membership) -> Self:
        """Who assesses knows the year's dates; counties, hosts and specialists have no part in it."""
        sees = membership.role in Role.sees_everything or membership.role in Role.institution
        return self if sees else self.none()

    def standing(self) -> Self:
        return self.filter(called_off_on=None)


class Campaign(models.Model):
    """The yearly assessment (每年考核一次, R31): who has until when to do what."""

    year = models.PositiveSmallIntegerField("年度")
    opens_on = models.DateField("开始日期")
    institution_due = models.DateField("派出单位截止日期")
    bureau_due = models.DateField("市科技局截止日期")
    pack = models.ForeignKey(PolicyPack, models.PROTECT)
    opened_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(auto_now_add=True)
    called_off_on = models.DateField("撤销日期", null=True, blank=True)
    called_off_by = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    called_off_reason = models.CharField("撤销原因", max_length=200, blank=True)

    objects = CampaignQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="campaign_days_are_in_order",
                condition=Q(institution_due__gte=F("opens_on"), bureau_due__gte=F("institution_due")),
                violation_error_message="考核的开始、派出单位截止、市科技局截止日期应依次排列。",
            ),
            models.UniqueConstraint(
                fields=["year"],
                condition=Q(called_off_on=None),
                name="one_campaign_a_year",
                violation_error_message="每年考核一次，本年度考核已经发起（工作方案五（一））。",
            ),
            models.CheckConstraint(
                name="campaign_called_off_when_by_whom_and_why",
                condition=Q(called_off_on=None, called_off_by=None, called_off_reason="")
                | Q(called_off_on__isnull=False, called_off_by__isnull=False) & ~Q(called_off_reason=""),
                violation_error_message="撤销考核须同时记录日期、办理人和原因。",
            ),
            models.CheckConstraint(
                name="campaign_called_off_by_another",
                condition=Q(called_off_by=None) | ~Q(called_off_by=F("opened_by")),
                violation_error_message="撤销考核须由发起人以外的人办理。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}年度考核"


class AssessmentQuerySet(models.QuerySet["Assessment"]):
    def visible_to(self, membership: Membership) -> Self:
        """The bureau, finance and audit see all; an institution its own; a specialist their own once it is final."""
        role = membership.role
        if role in Role.sees_everything:
            return self
        if role in Role.institution:
            return self.filter(institution=membership.organization_id)
        if role == Role.SPECIALIST:
            return self.filter(specialist__user=membership.person_id, status=AssessmentStatus.FINAL)
        return self.none()

    def waited_for_by(self, membership: Membership) -> Self:
        """A specialist's own that are not final: to be told where they are, and nothing of what is in them."""
        if membership.role != Role.SPECIALIST:
            return self.none()
        return self.filter(specialist__user=membership.person_id, status__in=AssessmentStatus.under_way)


class Assessment(models.Model):
    """One specialist's year: goals and counted evidence, the institution's opinion, the bureau's decision (R30–R32)."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="assessments")
    specialist = models.ForeignKey(Specialist, models.PROTECT, related_name="assessments")
    registration = models.ForeignKey(Registration, models.PROTECT, related_name="+")
    institution = models.ForeignKey(
        Institution, models.PROTECT, null=True, blank=True, related_name="assessments"
    )  # None: direct appointment, the bureau alone (A6)
    status = models.CharField("状态", max_length=12, choices=AssessmentStatus, default=AssessmentStatus.OPEN)
    exempt_reason = models.TextField("不参加考核的原因", blank=True)
    evidence = models.JSONField("依据", default=dict)  # counted from confirmed visits, frozen when submitted and final
    scores = models.JSONField("评分", default=dict)  # {part code of the pack: points}
    institution_score = models.DecimalField("派出单位评分", max_digits=5, decimal_places=1, null=True, blank=True)
    institution_grade = models.CharField("派出单位意见等次", max_length=12, choices=Grade, blank=True)
    institution_opinion = models.TextField("派出单位意见", blank=True)
    institution_by = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    institution_on = models.DateField("派出单位考核日期", null=True, blank=True)
    bureau_grade = models.CharField("市科技局审定等次", max_length=12, choices=Grade, blank=True)
    bureau_opinion = models.TextField("市科技局意见", blank=True)
    grade = models.CharField("考核结果", max_length=12, choices=Grade, blank=True)
    decided_on = models.DateField("审定日期", null=True, blank=True)
    decided_by = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    return_opinion = models.TextField("退回意见", blank=True)
    version = models.PositiveIntegerField(default=1)

    objects = AssessmentQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["campaign", "specialist"],
                name="assessed_once_a_year",
                violation_error_message="每年考核一次，此人本年度已在考核中（工作方案五（一））。",
            ),
            models.CheckConstraint(
                name="assessment_is_joint",
                condition=~Q(status=AssessmentStatus.FINAL)
                | ~Q(grade="")
                & ~Q(bureau_grade="")
                & Q(decided_on__isnull=False, decided_by__isnull=False)
                & (Q(institution=None) | Q(institution_by__isnull=False, institution_on__isnull=False)),
                violation_error_message="考核须由派出单位与市科技局共同完成（工作方案五（一））。",
            ),
            models.CheckConstraint(
                name="direct_assessment_decided_by_another",
                condition=Q(institution__isnull=False) | ~Q(decided_by=F("institution_by")),
                violation_error_message="直接聘请的人员由市科技局考核，评分和审定须由两人办理（工作方案五（一））。",
            ),
            models.CheckConstraint(
                name="exempt_with_a_reason",
                condition=~Q(status=AssessmentStatus.EXEMPT) | ~Q(exempt_reason=""),
                violation_error_message="不参加考核须写明原因。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.specialist} {self.campaign}"

    @property
    def assessor(self) -> str:
        """Who scores, in a word: for whom the bureau appoints directly it does so itself (A6)."""
        return "派出单位" if self.institution_id is not None else "市科技局经办"
