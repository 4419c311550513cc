from typing import Self

from django.db import models
from django.db.models import Q

from accounts.enums import Role
from accounts.models import Membership


class LeavingQuerySet(models.QuerySet["Leaving"]):
    def visible_to(self, membership: Membership) -> Self:
        """The bureau, finance and audit see all; an institution its own agreements'."""
        if membership.role in Role.sees_everything:
            return self
        if membership.role in Role.institution:
            return self.filter(agreement__institution=membership.organization_id)
        return self.none()


class Leaving(models.Model):
    """不再续签: an agreement that ends is not to be extended, and why. Taken back, the row goes; the history tells."""

    agreement = models.OneToOneField("agreements.Agreement", models.PROTECT, related_name="leaving")
    reason = models.CharField("不再续签原因", max_length=200)
    decided_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="办理人")
    decided_on = models.DateField("办理日期")

    objects = LeavingQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="leaving_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message="不再续签须写明原因。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement} 不再续签"
