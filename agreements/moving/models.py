from typing import Self

from django.db import models
from django.db.models import Q

from agreements.beside import BesideQuerySet
from core.models import StoredFile
from specialists.changes.asked import Asked, decided_by_another
from specialists.enums import ChangeStatus


class MoveRequestQuerySet(BesideQuerySet["MoveRequest"]):
    def open(self) -> Self:
        return self.filter(status=ChangeStatus.OPEN)


class MoveRequest(Asked):
    """Asked of the bureau: to end one filed agreement, because its specialist is to serve another host."""

    agreement = models.ForeignKey("agreements.Agreement", models.PROTECT, related_name="moves")
    wished = models.CharField("拟改派单位", max_length=100)  # in words: it may not be in the register yet
    note = models.TextField("改派原因")
    evidence = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="证明材料")

    objects = MoveRequestQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agreement"],
                condition=Q(status=ChangeStatus.OPEN),
                name="one_open_move_of_an_agreement",
                violation_error_message="该协议已有待审核的改派申请。",
            ),
            *decided_by_another("move", "改派"),
        ]

    def __str__(self) -> str:
        return f"协议{self.agreement}的改派申请"
