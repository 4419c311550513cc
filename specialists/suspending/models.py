from datetime import date
from typing import Self

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Coalesce

from accounts.enums import Role
from accounts.models import Membership
from core.calendar import ONE_DAY
from specialists.enums import RegistrationStatus
from specialists.models import just
from specialists.suspending.rules import Spell


def _in_force() -> Func:
    """From its first day up to, and not including, the day on which the qualification is there again."""
    again = Coalesce(F("resumed_on"), F("until_on") + 1, output_field=models.DateField())
    return Func(F("from_on"), again, function="daterange", output_field=DateRangeField())


class SuspensionQuerySet(models.QuerySet["Suspension"]):
    def visible_to(self, membership: Membership) -> Self:
        """The bureau, finance and audit see all; a unit those of whom it dispatches; a specialist their own."""
        if membership.role in Role.sees_everything:
            return self
        if membership.role in Role.institution:
            return self.filter(
                Q(specialist__registrations__institution=membership.organization_id)
                & Q(specialist__registrations__status=RegistrationStatus.APPROVED)
            ).distinct()
        if membership.role == Role.SPECIALIST:
            return self.filter(specialist__user=membership.person_id)
        return self.none()

    def not_over(self, on: date) -> Self:
        """In force or still to come."""
        return self.filter(
            Q(until_on=None) | Q(until_on__gte=on),
            Q(resumed_on=None) | Q(resumed_on__gt=on) & Q(resumed_on__gt=F("from_on")),
        )


class Suspension(models.Model):
    """One person's qualification rests from `from_on` through `until_on`, or until the bureau says otherwise."""

    specialist = models.ForeignKey("specialists.Specialist", models.PROTECT, related_name="suspensions")
    from_on = models.DateField("暂停日期")
    until_on = models.DateField("暂停至", null=True, blank=True)  # None: until further notice
    reason = models.CharField("暂停原因", max_length=300)
    document_number = models.CharField("依据文号", max_length=100, blank=True)
    suspended_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="办理人")
    suspended_at = models.DateTimeField("办理时间", auto_now_add=True)
    resumed_on = models.DateField("恢复日期", null=True, blank=True)  # the first day on which it is there again
    resumed_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+", verbose_name="恢复办理人")
    resume_reason = models.CharField("恢复原因", max_length=300, blank=True)

    objects = SuspensionQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["specialist", "-id"], name="suspensions_of_a_person")]
        constraints = [
            ExclusionConstraint(
                name="nobody_is_suspended_twice_at_once",
                expressions=[
                    (just("specialist"), RangeOperators.OVERLAPS),
                    (_in_force(), RangeOperators.OVERLAPS),
                ],
                violation_error_message="此人这段时间的资格已经暂停。",
            ),
            models.CheckConstraint(
                name="suspension_ends_after_it_begins",
                condition=Q(until_on=None) | Q(until_on__gte=F("from_on")),
                violation_error_message="暂停的截止日期不能早于开始日期。",
            ),
            models.CheckConstraint(
                name="suspension_says_why",
                condition=~Q(reason=""),
                violation_error_message="暂停资格须写明原因。",
            ),
            models.CheckConstraint(
                name="suspension_resumed_by_whom_and_why",
                condition=Q(resumed_on=None, resumed_by=None, resume_reason="")
                | Q(resumed_on__gte=F("from_on"), resumed_by__isnull=False) & ~Q(resume_reason=""),
                violation_error_message="恢复资格须同时记录日期、办理人和原因。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.specialist}暂停资格"

    @property
    def spell(self) -> Spell:
        return Spell(self.from_on, self.resumed_on - ONE_DAY if self.resumed_on else self.until_on)

    def state(self, on: date) -> tuple[str, str]:
        """Its word and tone on that day."""
        spell = self.spell
        if not self.stands(on):
            return ("未生效" if spell.last_day and spell.last_day < spell.first_day else "已恢复"), "ended"
        return ("暂停中", "bad") if self.from_on <= on else ("将暂停", "expiring")

    def stands(self, on: date) -> bool:
        """In force or still to come, so that it can be ended."""
        spell = self.spell
        return spell.last_day is None or spell.last_day >= max(spell.first_day, on)
