from typing import Self

from django.db import models
from django.db.models import Q

from accounts.enums import Role
from accounts.models import Institution, Membership
from core.approvals import waiting_for
from core.crypto import EncryptedTextField
from core.models import StoredFile
from specialists.changes.asked import Asked, decided_by_another
from specialists.enums import ChangeField, ChangeStatus


class ChangeRequestQuerySet(models.QuerySet["ChangeRequest"]):
    def visible_to(self, membership: Membership) -> Self:
        """The bureau, finance and audit see all; an institution those of whom it looks after; a specialist their own."""
        if membership.role in Role.sees_everything:
            return self
        if membership.role in Role.institution:
            return self.filter(institution=membership.organization_id)
        if membership.role == Role.SPECIALIST:
            return self.filter(specialist__user=membership.person_id)
        return self.none()

    def open(self) -> Self:
        return self.filter(status=ChangeStatus.OPEN)

    def awaiting(self, membership: Membership) -> Self:
        """What waits for this person's step: of its role, and not asked for by the person themself."""
        waiting = models.Q()
        for field in ChangeField:
            waiting |= Q(field=field, pk__in=waiting_for(f"change.{field}", membership.role))
        return self.visible_to(membership).open().filter(waiting).exclude(asker=membership.person_id)


class ChangeRequest(Asked):
    """One detail of one person, as it is and as it should be, with the proof; whoever asks for it does not decide it.

    What was replaced stays here, encrypted like the new value: decided requests are the history of a person's details.
    """

    specialist = models.ForeignKey("specialists.Specialist", models.PROTECT, related_name="change_requests")
    institution = models.ForeignKey(
        Institution, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="派出单位"
    )  # who looks after the person when it is asked; None: the bureau, which appointed them
    field = models.CharField("变更事项", max_length=20, choices=ChangeField)
    value = EncryptedTextField("变更为")
    value_masked = models.CharField("变更为", max_length=200)
    bank_name = models.CharField("开户行", max_length=100, blank=True)
    old_value = EncryptedTextField("原值", blank=True)
    old_masked = models.CharField("原值", max_length=200, blank=True)
    old_bank_name = models.CharField("原开户行", max_length=100, blank=True)
    note = models.TextField("变更原因")
    evidence = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="证明材料")

    objects = ChangeRequestQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["institution", "-id"], name="changes_of_a_unit")]
        constraints = [
            models.UniqueConstraint(
                fields=["specialist", "field"],
                condition=Q(status=ChangeStatus.OPEN),
                name="one_open_change_of_a_detail",
                violation_error_message="该事项已有待审核的变更申请。",
            ),
            *decided_by_another("change", "变更"),
        ]

    def __str__(self) -> str:
        return f"{self.specialist}的{self.get_field_display()}变更申请"
