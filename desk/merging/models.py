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


class DismissalQuerySet(models.QuerySet["Dismissal"]):
    def visible_to(self, membership: Membership) -> Self:
        return self if membership.role in Role.bureau or membership.role == Role.AUDITOR else self.none()

    def standing(self) -> Self:
        return self.filter(undone_at=None)


def _two(side: str) -> Q:
    other = f"other_{side}"
    return Q(**{f"{side}__isnull": False, f"{other}__isnull": False, f"{side}__lt": F(other)})


class Dismissal(models.Model):
    """Two units, or two people, that look like one and were found to be two: by whom, when, why, knowing what."""

    unit = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="+", verbose_name="单位")
    other_unit = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="+", verbose_name="另一单位")
    person = models.ForeignKey(Specialist, models.PROTECT, null=True, related_name="+", verbose_name="人员")
    other_person = models.ForeignKey(Specialist, models.PROTECT, null=True, related_name="+", verbose_name="另一人员")
    alike = models.JSONField("相近之处")  # in words
    facts = models.JSONField("已核对的内容")  # keyed hashes of what they shared: with more they are asked about again
    reason = models.CharField("认定理由", max_length=300)
    by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="认定人")
    at = models.DateTimeField("认定时间", auto_now_add=True)
    undone_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+", verbose_name="撤销人")
    undone_at = models.DateTimeField("撤销时间", null=True)

    objects = DismissalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="dismissal_is_of_one_pair",
                # Said in full: of an empty side `<` is not false but unknown, which a check lets pass.
                condition=_two("unit") & Q(person=None, other_person=None)
                | _two("person") & Q(unit=None, other_unit=None),
                violation_error_message="每次认定两个单位，或者两条人员记录。",
            ),
            models.CheckConstraint(
                name="dismissal_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message="认定不是同一单位或同一人须写明理由。",
            ),
            models.CheckConstraint(
                name="dismissal_undone_by_and_at",
                condition=Q(undone_by=None, undone_at=None) | Q(undone_by__isnull=False, undone_at__isnull=False),
                violation_error_message="撤销认定须同时记录撤销人和时间。",
            ),
            models.UniqueConstraint(
                fields=["unit", "other_unit"],
                condition=Q(undone_at=None, unit__isnull=False),
                name="pair_of_units_dismissed_once",
                violation_error_message="这两个单位已认定不是同一单位。",
            ),
            models.UniqueConstraint(
                fields=["person", "other_person"],
                condition=Q(undone_at=None, person__isnull=False),
                name="pair_of_people_dismissed_once",
                violation_error_message="这两条记录已认定不是同一人。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.one} ≠ {self.other}"

    @property
    def one(self) -> Organization | Specialist:
        one = self.unit or self.person
        assert one
        return one

    @property
    def other(self) -> Organization | Specialist:
        other = self.other_unit or self.other_person
        assert other
        return other
