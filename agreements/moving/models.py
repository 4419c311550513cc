from typing import Self

from django.db import models
from django.db.models import F, Q

from accounts.enums import Role
from accounts.models import Membership
from core.models import StoredFile
from specialists.changes.asked import Asked
from specialists.enums import ChangeStatus


class MoveRequestQuerySet(models.QuerySet["MoveRequest"]):
    def visible_to(self, membership: Membership) -> Self:
        """The bureau, finance and audit see all; an institution its own agreements'; a specialist their own."""
        if membership.role in Role.sees_everything:
            return self
        if membership.role in Role.institution:
            return self.filter(agreement__institution=membership.organization_id)
        if membership.role == Role.SPECIALIST:
            return self.filter(agreement__specialist__user=membership.person_id)
        return self.none()

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
            models.CheckConstraint(
                name="move_is_decided_by_another",
                condition=Q(decider=None) | ~Q(decider=F("asker")),
                violation_error_message="改派申请不能由申请人自己审核（工作方案六（三））。",
            ),
            models.CheckConstraint(
                name="move_decided_when_and_by_whom",
                condition=Q(
                    status__in=ChangeStatus.decided,
                    decided_by__isnull=False,
                    decider__isnull=False,
                    decided_at__isnull=False,
                )
                | (
                    ~Q(status__in=ChangeStatus.decided)
                    & Q(decided_by__isnull=True, decider__isnull=True, decided_at__isnull=True)
                ),
                violation_error_message="改派申请的审核人和时间须同时记录。",
            ),
            models.CheckConstraint(
                name="move_returned_with_an_opinion",
                condition=~Q(status=ChangeStatus.RETURNED) | ~Q(opinion=""),
                violation_error_message="不同意改派须写明意见。",
            ),
        ]

    def __str__(self) -> str:
        return f"协议{self.agreement}的改派申请"
