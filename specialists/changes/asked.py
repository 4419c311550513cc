"""What one person asks for and another decides: the columns, constraints and findings of every such request."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.db.models import F, Q, TextChoices
from django.utils.timezone import now

from accounts.models import Membership
from core.models import PolicyPack
from core.policy import Finding, plain
from specialists import rules
from specialists.enums import ChangeStatus


def decided_by_another(name: str, label: str) -> list[models.CheckConstraint]:
    """That a request of this kind is decided by somebody else, wholly, and refused with a reason (工作方案六（三））."""
    by_whom = Q(
        status__in=ChangeStatus.decided, decided_by__isnull=False, decider__isnull=False, decided_at__isnull=False
    )
    by_nobody = Q(decided_by__isnull=True, decider__isnull=True, decided_at__isnull=True)
    return [
        models.CheckConstraint(
            name=f"{name}_is_decided_by_another",
            condition=Q(decider=None) | ~Q(decider=F("asker")),
            violation_error_message=f"{label}申请不能由申请人自己审核（工作方案六（三））。",
        ),
        models.CheckConstraint(
            name=f"{name}_decided_when_and_by_whom",
            condition=by_whom | (~Q(status__in=ChangeStatus.decided) & by_nobody),
            violation_error_message=f"{label}申请的审核人和时间须同时记录。",
        ),
        models.CheckConstraint(
            name=f"{name}_returned_with_an_opinion",
            condition=~Q(status=ChangeStatus.RETURNED) | ~Q(opinion=""),
            violation_error_message=f"不同意{label}须写明意见。",
        ),
    ]


class Asked(models.Model):
    """Whatever is asked for stands in the subclass, with its constraints `decided_by_another`.

    A subclass may call the four states by names of its own: `states`, and the choices of its column.
    """

    states: ClassVar[Any] = ChangeStatus

    status = models.CharField("状态", max_length=10, choices=ChangeStatus, default=ChangeStatus.OPEN)
    asked_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="申请人")
    asker = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")  # whatever the hat
    asked_at = models.DateTimeField("申请时间", auto_now_add=True)
    decided_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="审核人"
    )
    decider = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField("审核时间", null=True, blank=True)
    opinion = models.TextField("审核意见", blank=True)

    class Meta:
        abstract = True

    @property
    def tone(self) -> str:
        return str(self.states.tones[self.status])

    def open_to(self, to: ChangeStatus, *, by: Membership, opinion: str, pack: PolicyPack) -> list[Finding | None]:
        """What forbids this decision: E-STATE once decided, E-TWO-PEOPLE for who asked, a refusal without its reason."""
        silent = to == ChangeStatus.RETURNED and not opinion.strip()
        return [
            self.may_become(to),
            rules.decided_by_another(
                pack.entry("E-TWO-PEOPLE"),
                asker=self.asker_id,
                asker_name=str(self.asker),
                decider=by.person_id,
            ),
            plain("E-OPINION", "请写明不同意的原因。", field="opinion") if silent else None,
        ]

    def settle(self, to: TextChoices, *, by: Membership, opinion: str, also: tuple[str, ...] = ()) -> None:
        """Keep the decision, with what else of the row has changed by it."""
        self.status, self.opinion = to.value, opinion.strip()
        self.decided_by, self.decider, self.decided_at = by, by.person, now()
        self.save(update_fields=["status", "opinion", "decided_by", "decider", "decided_at", *also])

    def may_become(self, to: ChangeStatus) -> Finding | None:
        status = self.states(self.status)
        return None if to in status.moves[status] else plain("E-STATE", f"当前状态为“{status.label}”，不能执行此操作。")
