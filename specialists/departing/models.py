from datetime import date
from typing import Self

from django.db import models
from django.db.models import Q

from accounts.enums import Role
from accounts.models import Institution, Membership
from specialists.enums import DepartureKind


class DepartureQuerySet(models.QuerySet["Departure"]):
    def visible_to(self, membership: Membership) -> Self:
        """The bureau, finance and audit see all; an institution its own; a specialist their own."""
        if membership.role in Role.sees_everything:
            return self
        if membership.role in Role.institution:
            return self.filter(institution=membership.organization_id)
        if membership.role == Role.SPECIALIST:
            return self.filter(specialist__user=membership.person_id)
        return self.none()

    def standing(self) -> Self:
        return self.filter(withdrawn_at=None)


class Departure(models.Model):
    """One person leaves one institution on a day, for a reason; taken back only where it was told by mistake. Of whom the
    bureau appoints directly it tells that they serve no longer (A6)."""

    specialist = models.ForeignKey("specialists.Specialist", models.PROTECT, related_name="departures")
    institution = models.ForeignKey(
        Institution, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="派出单位"
    )  # None: direct appointment
    kind = models.CharField("离开方式", max_length=12, choices=DepartureKind)
    left_on = models.DateField("离开日期")  # the first day on which they are not there
    reason = models.CharField("情况说明", max_length=300)
    registered_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="登记人")
    registered_at = models.DateTimeField("登记时间", auto_now_add=True)
    withdrawn_by = models.ForeignKey(Membership, models.PROTECT, null=True, related_name="+", verbose_name="撤销人")
    withdrawn_at = models.DateTimeField("撤销时间", null=True)

    objects = DepartureQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["institution", "-id"], name="departures_of_a_unit")]
        constraints = [
            models.UniqueConstraint(
                fields=["specialist", "institution"],
                condition=Q(withdrawn_at=None),
                name="one_standing_departure_from_a_unit",
                violation_error_message="已登记此人离开本单位。",
            ),
            models.UniqueConstraint(
                fields=["specialist"],
                condition=Q(withdrawn_at=None, institution=None),
                name="one_standing_departure_of_a_direct_appointee",
                violation_error_message="已登记此人不再担任直接聘请的科技特派员。",
            ),
            models.CheckConstraint(
                name="departure_says_why",
                condition=~Q(reason=""),
                violation_error_message="登记离职或调出须写明情况。",
            ),
            models.CheckConstraint(
                name="departure_withdrawn_by_and_at",
                condition=Q(withdrawn_by=None, withdrawn_at=None)
                | Q(withdrawn_by__isnull=False, withdrawn_at__isnull=False),
                violation_error_message="撤销登记须同时记录撤销人和时间。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.specialist}{self.get_kind_display()}"

    @property
    def unit(self) -> str:
        """Whom they leave, and who told it."""
        return str(self.institution) if self.institution_id is not None else "市科技局"

    def is_over(self, on: date) -> bool:
        return self.left_on <= on
