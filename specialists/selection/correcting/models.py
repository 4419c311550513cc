from typing import Self

from django.db import models
from django.db.models import F, Q

from accounts.enums import Role
from accounts.models import Membership
from core.models import StoredFile
from specialists.changes.asked import Asked, decided_by_another
from specialists.enums import ChangeStatus


class AnnouncementCorrectionQuerySet(models.QuerySet["AnnouncementCorrection"]):
    def visible_to(self, membership: Membership) -> Self:
        """The offices; an institution reads on its list what holds."""
        return self if membership.role in Role.sees_everything else self.none()

    def open(self) -> Self:
        return self.filter(status=ChangeStatus.OPEN)


class AnnouncementCorrection(Asked):
    """Asked within the bureau: that the 公布文件 of a list reads otherwise than it was recorded."""

    selection_list = models.ForeignKey("specialists.SelectionList", models.PROTECT, related_name="corrections")
    document_number = models.CharField("公布文号", max_length=60)
    announced_on = models.DateField("成文日期")
    announcement = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="公布文件")
    old_number = models.CharField("原文号", max_length=60)
    old_on = models.DateField("原成文日期")
    old_announcement = models.ForeignKey(StoredFile, models.PROTECT, related_name="+", verbose_name="原公布文件")
    reason = models.TextField("更正原因")

    objects = AnnouncementCorrectionQuerySet.as_manager()

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["selection_list"],
                condition=Q(status=ChangeStatus.OPEN),
                name="one_open_correction_of_an_announcement",
                violation_error_message="该名单已有待审核的更正。",
            ),
            models.CheckConstraint(
                name="announcement_correction_says_why",
                condition=~Q(reason=""),
                violation_error_message="更正公布文件须写明原因。",
            ),
            models.CheckConstraint(
                name="announcement_correction_corrects",
                condition=~Q(
                    document_number=F("old_number"), announced_on=F("old_on"), announcement=F("old_announcement")
                ),
                violation_error_message="更正后的内容与现在相同。",
            ),
            *decided_by_another("announcement_correction", "公布文件更正"),
        ]

    def __str__(self) -> str:
        return f"{self.selection_list}　更正公布文件"

    @property
    def differences(self) -> list[tuple[str, object, object]]:
        """(what, before, after) of each line that reads otherwise; the scan by its name."""
        lines = [
            ("公布文号", self.old_number, self.document_number),
            ("成文日期", self.old_on, self.announced_on),
        ]
        found: list[tuple[str, object, object]] = [(label, old, new) for label, old, new in lines if old != new]
        if self.announcement_id != self.old_announcement_id:
            found.append(("公布文件", self.old_announcement.name, self.announcement.name))
        return found
