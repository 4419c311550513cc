from django.db import models
from django.db.models import Q

from accounts.models import Membership


class Voiding(models.Model):
    """What was filed in error: its number, when and by whom, and why it is void."""

    agreement = models.OneToOneField("agreements.Agreement", models.PROTECT, related_name="voiding")
    filing_number = models.CharField("备案号", max_length=30, unique=True)
    filed_on = models.DateField("备案日期")
    filed_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="备案人")
    renews = models.ForeignKey(
        "agreements.Agreement", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="续签自"
    )  # which may now be extended anew
    reason = models.TextField("作废原因")
    document_number = models.CharField("文号", max_length=60, blank=True)
    voided_on = models.DateField("作废日期")
    voided_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="办理人")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="voiding_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message="作废备案须写明原因。",
            ),
            models.CheckConstraint(
                name="voided_after_it_was_filed",
                condition=Q(voided_on__gte=models.F("filed_on")),
                violation_error_message="作废日期不能早于备案日期。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.filing_number} 作废"
