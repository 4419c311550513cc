from django.db import models
from django.db.models import Q

from accounts.models import Membership
from agreements.beside import BesideQuerySet


def decided_with_an_opinion(name: str, message: str) -> models.CheckConstraint:
    return models.CheckConstraint(name=name, condition=~Q(opinion=""), violation_error_message=message)


class OnwardDecision(models.Model):
    """The bureau's word on an agreement whose specialist is no longer what they were: it goes on, or it ends early."""

    continues = models.BooleanField("继续服务")
    opinion = models.TextField("意见")
    document_number = models.CharField("文号", max_length=60, blank=True)
    decided_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="办理人")
    decided_on = models.DateField("办理日期")

    objects = BesideQuerySet.as_manager()

    class Meta:
        abstract = True
