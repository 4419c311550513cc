from datetime import datetime
from typing import Self

from django.db import models
from django.db.models import F, Q

from accounts.enums import Role
from accounts.models import Membership
from agreements.scanning.enums import Outcome, Reading
from agreements.scanning.folders import Folder
from agreements.scanning.pairing import in_runs
from core.models import StoredFile


class ScanBatchQuerySet(models.QuerySet["ScanBatch"]):
    def visible_to(self, membership: Membership) -> Self:
        """The unit's own: what it dropped by mistake is nobody else's to see. The bureau's are of whom it appoints."""
        if membership.role in (*Role.institution, Role.BUREAU_OFFICER):
            return self.filter(organization=membership.organization_id)
        return self.none()


class ScanBatch(Folder):
    """Scans of signed papers that an institution dropped together: each finds its agreement by the code on its pages."""

    paired_at = models.DateTimeField(null=True, blank=True)  # every file is read, and whose it is was decided
    open_until = models.DateTimeField(null=True, blank=True)  # while more of the same drop is on its way

    objects = ScanBatchQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="no_more_scans_read_than_there_are",
                condition=Q(done__lte=F("files")),
                violation_error_message="已识别的文件不能多于文件总数。",
            ),
            models.CheckConstraint(
                name="paired_scans_are_whole",
                condition=Q(paired_at=None) | Q(open_until=None),
                violation_error_message="已配对的一批不能再加文件。",
            ),
        ]

    def __str__(self) -> str:
        return f"S-{self.pk}"

    def get_absolute_url(self) -> str:
        return f"/agreements/scans/{self.pk}/"

    def is_open(self, *, at: datetime) -> bool:
        """Whether further files of the drop are waited for."""
        return self.open_until is not None and at < self.open_until

    @property
    def is_busy(self) -> bool:
        """Whether something of it still waits for a worker."""
        return self.paired_at is None or self.pieces.filter(outcome=Outcome.WAITING).exists()


class ScanPart(models.Model):
    """What a request behind the first one brought of a drop that no single request could carry: an archive of its own."""

    batch = models.ForeignKey(ScanBatch, models.PROTECT, related_name="parts")
    file = models.OneToOneField(StoredFile, models.PROTECT)
    begins = models.PositiveIntegerField()  # the place in the batch of the first place in its archive

    class Meta:
        constraints = [models.UniqueConstraint(fields=["batch", "begins"], name="scan_part_begins_alone_in_a_batch")]

    def __str__(self) -> str:
        return f"{self.batch} {self.file.name}"


class ScannedFile(models.Model):
    """One file of a batch, and what its pages show; its words are not kept, for they may hold personal numbers."""

    batch = models.ForeignKey(ScanBatch, models.PROTECT, related_name="lines")
    place = models.PositiveIntegerField()  # in the archive; of a part, counted on from where it begins
    name = models.CharField("文件名", max_length=200)
    reading = models.CharField("识别", max_length=10, choices=Reading, default=Reading.WAITING)
    message = models.CharField("说明", max_length=300, blank=True)
    file = models.OneToOneField(StoredFile, models.PROTECT, null=True, blank=True)  # the bytes as they came, judged
    pages = models.JSONField(default=list)  # of agreements.scanning.pairing.Sheet, in order
    named = models.JSONField(default=list)  # agreements that its name speaks of

    class Meta:
        indexes = [models.Index(fields=["batch", "reading", "id"], name="scanned_files_by_reading")]
        constraints = [
            models.UniqueConstraint(fields=["batch", "place"], name="scanned_file_stands_once_in_a_batch"),
            models.CheckConstraint(
                name="scanned_file_read_with_its_bytes",
                condition=Q(reading=Reading.READ, file__isnull=False) | ~Q(reading=Reading.READ) & Q(file=None),
                violation_error_message="已识别的文件须保存原件。",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ScanPieceQuerySet(models.QuerySet["ScanPiece"]):
    def visible_to(self, membership: Membership) -> Self:
        return self.filter(batch__in=ScanBatch.objects.visible_to(membership).values("pk"))

    def in_tray(self) -> Self:
        return self.filter(outcome__in=Outcome.tray)


class ScanPiece(models.Model):
    """The pages of one agreement in a file, or a file that is no agreement's; and what became of them."""

    batch = models.ForeignKey(ScanBatch, models.PROTECT, related_name="pieces")
    file = models.ForeignKey(ScannedFile, models.PROTECT, related_name="pieces")
    place = models.PositiveSmallIntegerField()  # in the file
    pages = models.JSONField(default=list)  # their numbers in the file, from 1
    paper = models.ForeignKey(  # whose code is on them
        "agreements.AgreementPaper", models.PROTECT, null=True, blank=True, related_name="pieces"
    )
    agreement = models.ForeignKey(
        "agreements.Agreement", models.SET_NULL, null=True, blank=True, related_name="scan_pieces"
    )
    outcome = models.CharField("结果", max_length=12, choices=Outcome, default=Outcome.WAITING)
    message = models.CharField("说明", max_length=300, blank=True)
    notes = models.JSONField(default=list)  # what a reader should know of its pages, in sentences
    scan = models.ForeignKey(  # several photographs may have become one scan
        "agreements.AgreementScan", models.PROTECT, null=True, blank=True, related_name="pieces"
    )
    decided_by = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")

    objects = ScanPieceQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["batch", "outcome", "id"], name="scan_pieces_by_outcome")]
        constraints = [
            models.UniqueConstraint(fields=["file", "place"], name="scan_piece_stands_once_in_a_file"),
            models.CheckConstraint(
                name="scan_piece_attached_with_its_scan",
                condition=Q(outcome=Outcome.ATTACHED, scan__isnull=False, agreement__isnull=False)
                | ~Q(outcome=Outcome.ATTACHED) & Q(scan=None),
                violation_error_message="已附上的扫描件须有对应的协议和扫描件版本。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.file} 第{self.pages_in_words}页"

    @property
    def pages_in_words(self) -> str:
        """1—2、5"""
        return in_runs(self.pages)


class ScanWithdrawal(models.Model):
    """A scan taken away before it was handed in: its bytes stay, but it is none of the agreement's papers any more."""

    scan = models.OneToOneField("agreements.AgreementScan", models.PROTECT, related_name="withdrawal")
    by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.scan} 已撤下"
