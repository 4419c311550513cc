from django.db import models
from django.db.models import Q

from accounts.models import Membership
from agreements.beside import BesideQuerySet
from specialists.models import Departure


class DepartureDecision(models.Model):
    """The bureau's word on one agreement whose specialist leaves the institution: it goes on, or it ends early."""

    agreement = models.ForeignKey("agreements.Agreement", models.PROTECT, related_name="departures")
    departure = models.ForeignKey(Departure, models.PROTECT, related_name="decisions")
    continues = models.BooleanField("继续服务")
    opinion = models.TextField("意见")
    document_number = models.CharField("文号", max_length=60, blank=True)
    decided_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="办理人")
    decided_on = models.DateField("办理日期")

    objects = BesideQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "departure"],
                name="one_decision_of_a_departure",
                violation_error_message="该协议已按离职登记办理。",
            ),
            models.CheckConstraint(
                name="departure_decided_with_an_opinion",
                condition=~Q(opinion=""),
                violation_error_message="办理离职后的协议须写明意见。",
            ),
        ]

    def __str__(self) -> str:
        return "离职后继续服务" if self.continues else "离职终止"
