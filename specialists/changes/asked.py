from django.conf import settings
from django.db import models

from accounts.models import Membership
from core.policy import Finding, plain
from specialists.enums import ChangeStatus


class Asked(models.Model):
    """What one person asks for and another decides; the constraints that hold them apart stand with each table."""

    status = models.CharField("状态", max_length=10, choices=ChangeStatus, default=ChangeStatus.OPEN)
    asked_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="申请人")
    asker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")  # whatever the hat
    asked_at = models.DateTimeField("申请时间", auto_now_add=True)
    decided_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审核人"
    )
    decider = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField("审核时间", null=True, blank=True)
    opinion = models.TextField("审核意见", blank=True)

    class Meta:
        abstract = True

    @property
    def tone(self) -> str:
        return ChangeStatus.tones[self.status]

    def may_become(self, to: ChangeStatus) -> Finding | None:
        status = ChangeStatus(self.status)
        return None if to in status.moves[status] else plain("E-STATE", f"当前状态为“{status.label}”，不能执行此操作。")
