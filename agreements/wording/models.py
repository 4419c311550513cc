from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q

from accounts.enums import Role
from accounts.models import Membership
from agreements.enums import TextStatus
from agreements.wording.clauses import Wording


class AgreementTextQuerySet(models.QuerySet["AgreementText"]):
    def visible_to(self, membership: Membership) -> Self:
        """The bureau writes the words; everybody else reads them on the paper of an agreement."""
        return self if membership.role in Role.bureau else self.none()

    def once_in_force(self) -> Self:
        return self.filter(status__in=TextStatus.once_in_force)


class AgreementText(models.Model):
    """The words of the agreement for services that begin in one year; a text in force never changes, the next replaces it.

    The year is that in which the service begins. A clerk reads it off the agreement, it does not change over New Year
    while a paper is being signed, and next year's words may be ready in November while this year's still hold.
    """

    year = models.PositiveSmallIntegerField("年度")
    version = models.PositiveSmallIntegerField("版本")  # from 1 in each year, without a gap
    status = models.CharField("状态", max_length=10, choices=TextStatus, default=TextStatus.DRAFT)
    opening = models.TextField("开头")
    clauses = models.JSONField("条款")  # [{"heading", "text", "condition"}]: wording.clauses.Clause
    based_on = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="drafts")  # None: laid
    note = models.CharField("启用说明", max_length=200, blank=True)
    edits = models.PositiveIntegerField(default=0)  # what a form of the draft was opened with
    created_by = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    in_force_at = models.DateTimeField("启用时间", null=True, blank=True)
    replaced_at = models.DateTimeField("替换时间", null=True, blank=True)

    objects = AgreementTextQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["year", "version"],
                name="text_version_once_a_year",
                violation_error_message="该年度已有这一版文本。",
            ),
            models.UniqueConstraint(
                fields=["year"],
                condition=Q(status=TextStatus.IN_FORCE),
                name="one_text_in_force_a_year",
                violation_error_message="同一年度只能有一版启用的文本。",
            ),
            models.UniqueConstraint(
                fields=["year"],
                condition=Q(status=TextStatus.DRAFT),
                name="one_draft_text_a_year",
                violation_error_message="该年度已有一版草稿。",
            ),
            models.CheckConstraint(
                name="text_in_force_from_and_until",
                condition=Q(status=TextStatus.DRAFT, in_force_at=None, replaced_at=None)
                | Q(status=TextStatus.IN_FORCE, in_force_at__isnull=False, replaced_at=None)
                | Q(
                    status=TextStatus.REPLACED,
                    in_force_at__isnull=False,
                    replaced_at__isnull=False,  # a comparison with nothing would pass
                    replaced_at__gte=F("in_force_at"),
                ),
                violation_error_message="文本的启用、替换时间须与状态一致。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}年度协议书文本（第{self.version}版）"

    def get_absolute_url(self) -> str:
        return f"/agreements/texts/{self.pk}/"

    @property
    def wording(self) -> Wording:
        return Wording.of(self.opening, self.clauses)

    @property
    def is_draft(self) -> bool:
        return self.status == TextStatus.DRAFT

    def held_at(self, moment: datetime) -> bool:
        """Whether these were the words at that moment."""
        return bool(
            self.in_force_at and self.in_force_at <= moment and (not self.replaced_at or moment < self.replaced_at)
        )
