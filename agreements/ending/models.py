from django.db import models
from django.db.models import F, Q

from accounts.models import Membership
from agreements.enums import TerminationReason


class EndOrder(models.Model):
    """The bureau's word that an agreement ends on a day to come; until then it is served, and the word may be taken back.

    The day stands in the agreement too (`terminated_on` of what is still filed): whatever reckons by its last day knows
    of it at once. guard_coming_end lets no agreement say another day than its order.
    """

    agreement = models.ForeignKey("agreements.Agreement", models.PROTECT, related_name="end_orders")
    ends_on = models.DateField("终止日期")  # the first day on which nothing is served any more
    reason = models.CharField("终止原因", max_length=20, choices=TerminationReason)
    note = models.TextField("情况说明")
    decided_on = models.DateField("决定日期")
    decided_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="决定人")
    revoked_on = models.DateField("撤销日期", null=True, blank=True)
    revoked_by = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    revoked_for = models.TextField("撤销原因", blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agreement"],
                condition=Q(revoked_on=None),
                name="one_end_ordered_of_an_agreement",
                violation_error_message="该协议已决定终止；需要改日期的，先撤销原决定（工作方案四（二））。",
            ),
            models.CheckConstraint(
                name="end_ordered_for_a_coming_day",
                condition=Q(ends_on__gt=F("decided_on")),
                violation_error_message="终止日期须晚于决定日期；当天终止的，直接终止（工作方案四（二））。",
            ),
            models.CheckConstraint(
                name="end_revoked_before_its_day_with_a_reason",
                condition=Q(revoked_on=None, revoked_by=None, revoked_for="")
                | Q(revoked_on__isnull=False, revoked_on__lt=F("ends_on"), revoked_by__isnull=False)
                & ~Q(revoked_for=""),
                violation_error_message="终止决定在终止日之前可以撤销，须写明原因（工作方案四（二））。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement} 终止决定"
