from typing import ClassVar

from django.db import models
from django.db.models import Q

from accounts.models import Membership
from agreements.beside import BesideQuerySet


def decided_with_an_opinion(name: str, message: str) -> models.CheckConstraint:
    return models.CheckConstraint(name=name, condition=~Q(opinion=""), violation_error_message=message)


def only_an_end_is_taken_back(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        name=name,
        condition=Q(taken_back_on=None) | Q(continues=False),
        violation_error_message="继续服务的安排没有终止决定，不能撤销。",
    )


class OnwardDecision(models.Model):
    """The bureau's word on an agreement whose specialist is no longer what they were: it goes on, or it ends early.

    Taken back is the word with the end it ordered; what it answered is then asked again.
    """

    question: ClassVar[str]  # what it answers, in words

    continues = models.BooleanField("继续服务")
    opinion = models.TextField("意见")
    document_number = models.CharField("文号", max_length=60, blank=True)
    decided_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="办理人")
    decided_on = models.DateField("办理日期")
    taken_back_on = models.DateField("撤销日期", null=True, blank=True)

    objects = BesideQuerySet.as_manager()

    class Meta:
        abstract = True
