from typing import Self

from django.db import models
from django.db.models import F, Q

from accounts.enums import Role
from accounts.models import Membership
from agreements.models import Agreement
from agreements.scanning.folders import Folder
from desk.enums import ScanOutcome


class ScanFolderQuerySet(models.QuerySet["ScanFolder"]):
    def visible_to(self, membership: Membership) -> Self:
        """The bureau's own: the scans themselves are seen where their agreements are."""
        if membership.role in (Role.BUREAU_ADMIN, Role.BUREAU_OFFICER):
            return self.filter(organization=membership.organization_id)
        return self.none()


class ScanFolder(Folder):
    """A folder of scans of past agreements, brought in one archive; its files are attached by the number in their names."""

    objects = ScanFolderQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="no_more_scans_done_than_there_are",
                condition=Q(done__lte=F("files")),
                violation_error_message="已处理的文件不能多于文件总数。",
            ),
        ]

    def __str__(self) -> str:
        return f"S-{self.pk}"

    def get_absolute_url(self) -> str:
        return f"/past-scans/{self.pk}/"


class ScanFile(models.Model):
    """One file of a folder, and what became of it."""

    folder = models.ForeignKey(ScanFolder, models.PROTECT, related_name="lines")
    place = models.PositiveIntegerField()  # in the archive
    name = models.CharField("文件名", max_length=200)
    outcome = models.CharField("结果", max_length=10, choices=ScanOutcome, default=ScanOutcome.WAITING)
    message = models.CharField("说明", max_length=300, blank=True)
    agreement = models.ForeignKey(Agreement, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["folder", "outcome", "id"], name="scans_by_outcome")]
        constraints = [
            models.UniqueConstraint(fields=["folder", "place"], name="scan_stands_once_in_a_folder"),
            models.CheckConstraint(
                name="scan_attached_to_an_agreement",
                condition=~Q(outcome=ScanOutcome.ATTACHED) | Q(agreement__isnull=False),
                violation_error_message="已附上的扫描件须有对应的协议。",
            ),
        ]

    def __str__(self) -> str:
        return self.name
