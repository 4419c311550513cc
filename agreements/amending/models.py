from typing import Self

from django.db import models
from django.db.models import Q

from accounts.enums import Role
from accounts.models import Membership
from agreements.beside import BesideQuerySet
from agreements.enums import AmendmentReason
from core.models import StoredFile
from specialists.changes.asked import Asked, decided_by_another
from specialists.enums import ChangeStatus


class AmendmentQuerySet(BesideQuerySet["Amendment"]):
    def visible_to(self, membership: Membership) -> Self:
        """The host as well, because it is a party to what is asked for."""
        if membership.role == Role.HOST_CONTACT:
            return self.filter(agreement__host=membership.organization_id)
        return super().visible_to(membership)


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
            *decided_by_another("amendment", "变更"),
        ]

    @property
    def institution_id(self) -> int | None:
        """Whose it is to ask: the door looks here (accounts.doors)."""
        return self.agreement.institution_id

    def __str__(self) -> str:
        return f"协议{self.agreement}的变更申请"
