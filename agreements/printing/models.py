from typing import Any, Self

from django.db import models
from django.db.models import Q

from accounts.enums import Role
from accounts.models import Membership, Organization
from agreements.printing.enums import PrintForm, Purpose


class PrintRunQuerySet(models.QuerySet["PrintRun"]):
    def visible_to(self, membership: Membership) -> Self:
        """The unit's own: the papers print full ID numbers. The bureau's are of whom it appoints directly."""
        if membership.role in (*Role.institution, Role.BUREAU_OFFICER):
            return self.filter(organization=membership.organization_id, purpose=Purpose.CONTRACTS)
        return self.none()


class PrintRun(models.Model):
    """Contracts printed together. The file lives for a day (core.files.sweep): no row of a kept file names it."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    purpose = models.CharField(
        "内容", max_length=10, choices=Purpose, default=Purpose.CONTRACTS, db_default=Purpose.CONTRACTS
    )
    form = models.CharField("形式", max_length=5, choices=PrintForm)
    papers = models.PositiveIntegerField("协议书（份）")
    asked_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="办理人")
    asked_at = models.DateTimeField("时间", auto_now_add=True)
    made_at = models.DateTimeField(null=True, blank=True)
    path = models.CharField(max_length=200, blank=True)  # below MEDIA_ROOT, random; empty when nothing could be printed

    objects = PrintRunQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="print_file_made_at_its_time",
                condition=Q(path="") | Q(made_at__isnull=False),
                violation_error_message="打印文件须记录生成时间。",
            ),
            models.CheckConstraint(
                name="merged_papers_are_one_file",
                condition=Q(purpose=Purpose.CONTRACTS) | Q(form=PrintForm.ONE_FILE),
                violation_error_message="合并打印只生成一个文件。",
            ),
        ]

    def __str__(self) -> str:
        return f"P-{self.pk}"

    def get_absolute_url(self) -> str:
        return f"/agreements/prints/{self.pk}/"

    @property
    def is_busy(self) -> bool:
        return self.made_at is None

    @property
    def done(self) -> int:
        return sum(len(part.told) for part in self.parts.all())

    @property
    def told(self) -> list[dict[str, Any]]:
        """What became of each: code, name, and pages or why it was not printed."""
        return [line for part in self.parts.order_by("number") for line in part.told]


class MergeRunQuerySet(models.QuerySet["MergeRun"]):
    def visible_to(self, membership: Membership) -> Self:
        """The unit's own, for whoever of it may put papers together: scans show full ID numbers."""
        if membership.role in (*Role.institution, Role.BUREAU_OFFICER, Role.DIVISION_HEAD):
            return self.filter(organization=membership.organization_id, purpose=Purpose.PAPERS)
        return self.none()


class MergeRun(PrintRun):
    """The papers of several records in one file with a contents; laid out as contracts are."""

    objects = MergeRunQuerySet.as_manager()  # type: ignore[assignment,misc]  # the same rows, seen by others

    class Meta:
        proxy = True

    def __str__(self) -> str:
        return f"M-{self.pk}"

    def get_absolute_url(self) -> str:
        return f"/agreements/merges/{self.pk}/"


class PrintPart(models.Model):
    """What one delivery lays out: some agreements of a run, and what became of each."""

    run = models.ForeignKey(PrintRun, models.PROTECT, related_name="parts")
    number = models.PositiveIntegerField()
    agreements = models.JSONField()  # their keys, in the order of printing
    told = models.JSONField(default=list)  # [{"agreement", "code", "name", "pages", "message"}] once it is laid out
    path = models.CharField(max_length=200, blank=True)  # for a day, like the whole
    is_done = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "number"], name="print_part_stands_once_in_a_run")]

    def __str__(self) -> str:
        return f"{self.run} {self.number}"
