from django.db import models
from django.db.models import Q

from accounts.models import Membership
from agreements.beside import BesideQuerySet


class GraduationDecision(models.Model):
    """The bureau's word on one agreement and one expected graduation: it goes on, or it ends with it."""

    agreement = models.ForeignKey("agreements.Agreement", models.PROTECT, related_name="graduations")
    graduates_on = models.DateField("预计毕业日期")  # as it stood: another day is another question
    continues = models.BooleanField("继续服务")
    opinion = models.TextField("意见")
    document_number = models.CharField("文号", max_length=60, blank=True)
    decided_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="办理人")
    decided_on = models.DateField("办理日期")

    objects = BesideQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "graduates_on"],
                name="one_decision_of_a_graduation",
                violation_error_message="该协议毕业后的安排已经办理。",
            ),
            models.CheckConstraint(
                name="graduation_decided_with_an_opinion",
                condition=~Q(opinion=""),
                violation_error_message="毕业后的安排须写明意见。",
            ),
        ]

    def __str__(self) -> str:
        return "继续服务" if self.continues else "毕业终止"
