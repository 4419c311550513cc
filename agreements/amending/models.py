from typing import Self

from django.db import models
from django.db.models import F, Q

from accounts.enums import Role
from accounts.models import Membership
from agreements.enums import AmendmentReason
from core.models import StoredFile
from specialists.changes.asked import Asked
from specialists.enums import ChangeStatus


class AmendmentQuerySet(models.QuerySet["Amendment"]):
    def visible_to(self, membership: Membership) -> Self:
        """Whoever sees the agreement and is of its parties or the bureau; counties see what holds, not what is asked."""
        if membership.role in Role.sees_everything:
            return self
        if membership.role in Role.institution:
            return self.filter(agreement__institution=membership.organization_id)
        if membership.role == Role.HOST_CONTACT:
            return self.filter(agreement__host=membership.organization_id)
        if membership.role == Role.SPECIALIST:
            return self.filter(agreement__specialist__user=membership.person_id)
        return self.none()


class Amendment(Asked):
    """Asked of the bureau: that a filed agreement reads otherwise from its word on."""

    agreement = models.ForeignKey("agreements.Agreement", models.PROTECT, related_name="amendments")
    values = models.JSONField("变更后")  # some of effective.AMENDABLE
    before = models.JSONField("变更前")  # what held when it was asked for
    kind = models.CharField("变更原因", max_length=10, choices=AmendmentReason)
    note = models.TextField("情况说明")
    evidence = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="补充协议")

    objects = AmendmentQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement"],
                condition=Q(status=ChangeStatus.OPEN),
                name="one_open_amendment_of_an_agreement",
                violation_error_message="该协议已有待审核的变更申请。",
            ),
            models.CheckConstraint(
                name="amendment_is_decided_by_another",
                condition=Q(decider=None) | ~Q(decider=F("asker")),
                violation_error_message="变更申请不能由申请人自己审核（工作方案六（三））。",
            ),
            models.CheckConstraint(
                name="amendment_decided_when_and_by_whom",
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
                violation_error_message="变更申请的审核人和时间须同时记录。",
            ),
            models.CheckConstraint(
                name="amendment_returned_with_an_opinion",
                condition=~Q(status=ChangeStatus.RETURNED) | ~Q(opinion=""),
                violation_error_message="不同意变更须写明意见。",
            ),
        ]

    def __str__(self) -> str:
        return f"协议{self.agreement}的变更申请"
