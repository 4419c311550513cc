"""Rows that stand beside an agreement, and who sees them."""

from typing import Self, TypeVar

from django.db import models

from accounts.enums import Role
from accounts.models import Membership

Row = TypeVar("Row", bound=models.Model)


class BesideQuerySet(models.QuerySet[Row]):
    """Of a model with an `agreement`."""

    def visible_to(self, membership: Membership) -> Self:
        """The bureau, finance and audit see all; an institution its own agreements', a specialist theirs.

        Counties and hosts see what holds, not what is asked or decided about it.
        """
        if membership.role in Role.sees_everything:
            return self
        if membership.role in Role.institution:
            return self.filter(agreement__institution=membership.organization_id)
        if membership.role == Role.SPECIALIST:
            return self.filter(agreement__specialist__user=membership.person_id)
        return self.none()
