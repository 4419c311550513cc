from django.db import models
from django.db.models import Q

from accounts.models import Membership


class Abandonment(models.Model):
    """Why an agreement is not pursued, and by whom it was closed; what was printed, signed and scanned for it stays."""

    agreement = models.OneToOneField("agreements.Agreement", models.PROTECT, related_name="abandonment")
    renews = models.ForeignKey(
        "agreements.Agreement", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="续签自"
    )  # which may now be extended anew, or not at all
    reason = models.TextField("放弃原因")
    abandoned_on = models.DateField("放弃日期")
    abandoned_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="办理人")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="abandoned_for_a_reason",
                condition=~Q(reason=""),
                violation_error_message="放弃协议须写明原因。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement} 放弃"
