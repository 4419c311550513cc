from typing import Self

from django.db import models
from django.db.models import F, Q

from accounts.enums import Role
from accounts.models import Membership, Organization
from specialists.models import Specialist


class MergeQuerySet(models.QuerySet["UnitMerge"]):
    def visible_to(self, membership: Membership) -> Self:
        return self if membership.role in Role.bureau or membership.role == Role.AUDITOR else self.none()


class PersonMergeQuerySet(models.QuerySet["PersonMerge"]):
    def visible_to(self, membership: Membership) -> Self:
        return self if membership.role in Role.bureau or membership.role == Role.AUDITOR else self.none()


class UnitMerge(models.Model):
    """Two rows of one host made one: who did it, why, what stood on either side, what was moved. Never changed."""

    survivor = models.ForeignKey(Organization, models.PROTECT, related_name="+", verbose_name="保留单位")
    loser = models.OneToOneField(Organization, models.PROTECT, related_name="merge", verbose_name="并入单位")
    reason = models.CharField("合并理由", max_length=300)
    before = models.JSONField("合并前")  # {"survivor": {field: in words}, "loser": …}, telephones masked
    kept = models.JSONField("保留的值")  # {field: "survivor" or "loser"}, of those that differed
    moved = models.JSONField("转移的记录")  # {"agreements": [ids], "memberships": [ids] …}
    by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="办理人")
    at = models.DateTimeField("合并时间", auto_now_add=True)

    objects = MergeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="merge_is_of_two_units",
                condition=~Q(survivor=F("loser")),
                violation_error_message="单位不能并入自身。",
            ),
            models.CheckConstraint(
                name="merge_has_a_reason", condition=~Q(reason=""), violation_error_message="合并须写明理由。"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.loser} → {self.survivor}"


class PersonMerge(models.Model):
    """Two rows of one person made one: as UnitMerge. Numbers stand here masked; the loser's row keeps them encrypted."""

    survivor = models.ForeignKey(Specialist, models.PROTECT, related_name="merges", verbose_name="保留人员")
    loser = models.OneToOneField(Specialist, models.PROTECT, related_name="merge", verbose_name="并入人员")
    reason = models.CharField("合并理由", max_length=300)
    before = models.JSONField("合并前")  # {"survivor": {field: in words}, "loser": …}
    kept = models.JSONField("保留的值")  # {field: "survivor" or "loser"}, of those that differed
    moved = models.JSONField("转移的记录")  # {"registrations": [ids], …}
    by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="办理人")
    at = models.DateTimeField("合并时间", auto_now_add=True)

    objects = PersonMergeQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="merge_is_of_two_people",
                condition=~Q(survivor=F("loser")),
                violation_error_message="人员不能并入自身。",
            ),
            models.CheckConstraint(
                name="merge_of_people_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message="合并须写明理由。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.loser} → {self.survivor}"
