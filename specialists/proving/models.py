from typing import Self

from django.db import models
from django.db.models import Q

from accounts.models import Membership
from core.models import StoredFile


class EvidenceQuerySet(models.QuerySet["Evidence"]):
    def visible_to(self, membership: Membership) -> Self:
        """Who sees the registration, or the team, sees what proves it."""
        from specialists.models import Registration, Team  # which know this module

        registrations = Registration.objects.visible_to(membership).values("pk")
        teams = Team.objects.visible_to(membership).values("pk")
        return self.filter(Q(registration__in=registrations) | Q(member__team__in=teams))


class Evidence(models.Model):
    """One file that proves ability or results of a graduate student, who takes part alone or in a team."""

    registration = models.ForeignKey(
        "specialists.Registration", models.CASCADE, null=True, blank=True, related_name="evidence", verbose_name="登记"
    )  # a draft may still be thrown away, as may who is in a team
    member = models.ForeignKey(
        "specialists.TeamMember", models.CASCADE, null=True, blank=True, related_name="evidence", verbose_name="成员"
    )
    title = models.CharField("材料名称", max_length=60)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="文件")
    added_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="上传人")
    added_at = models.DateTimeField("上传时间", auto_now_add=True)

    objects = EvidenceQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="evidence_is_of_one",
                condition=Q(registration__isnull=False, member=None) | Q(registration=None, member__isnull=False),
                violation_error_message="佐证材料属于一份登记或一名团队成员。",
            ),
            models.CheckConstraint(
                name="evidence_has_its_title",
                condition=~Q(title=""),
                violation_error_message="佐证材料须写明名称。",
            ),
        ]

    def __str__(self) -> str:
        return self.title
