from typing import Self

from django.db import models
from django.db.models import F, Q

from accounts.enums import Role
from accounts.models import Institution, Membership
from agreements.stamping.enums import SheetStatus
from core.models import StoredFile


class FilingSheetQuerySet(models.QuerySet["FilingSheet"]):
    def visible_to(self, membership: Membership) -> Self:
        """All for the bureau, finance and audit; an institution its own, once it is stamped: until then it is a draft.

        A sheet lists the agreements of one institution, so that nobody reads another's rows on it.
        """
        if membership.role in Role.sees_everything:
            return self
        if membership.role in Role.institution:
            return self.filter(institution=membership.organization_id, status=SheetStatus.STAMPED)
        return self.none()


class FilingSheet(models.Model):
    """备案汇总表: agreements of one institution that were filed, listed on a paper that the bureau stamps by hand."""

    number = models.CharField("编号", max_length=40, unique=True)
    institution = models.ForeignKey(
        Institution, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="派出单位"
    )  # None: appointed directly by the bureau (A6)
    version = models.PositiveSmallIntegerField("版本", default=1)  # of its paper; drawn up anew until it is stamped
    status = models.CharField("状态", max_length=10, choices=SheetStatus, default=SheetStatus.PRINTED)
    made_on = models.DateField("制表日期")
    made_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="制表人")
    stamp = models.OneToOneField(
        "agreements.FilingSheetStamp", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="盖章件"
    )  # the one that counts: the last
    called_off_on = models.DateField("撤销日期", null=True, blank=True)
    called_off_by = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    called_off_reason = models.CharField("撤销原因", max_length=200, blank=True)

    objects = FilingSheetQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="sheet_stamped_with_its_scan",
                condition=Q(status=SheetStatus.STAMPED, stamp__isnull=False)
                | ~Q(status=SheetStatus.STAMPED) & Q(stamp=None),
                violation_error_message="已盖章的备案汇总表须有盖章扫描件。",
            ),
            models.CheckConstraint(
                name="sheet_called_off_with_its_reason",
                condition=Q(status=SheetStatus.CALLED_OFF, called_off_on__isnull=False, called_off_by__isnull=False)
                & ~Q(called_off_reason="")
                | ~Q(status=SheetStatus.CALLED_OFF) & Q(called_off_on=None, called_off_by=None, called_off_reason=""),
                violation_error_message="撤销备案汇总表须同时有日期、办理人和原因。",
            ),
            models.CheckConstraint(
                name="sheet_called_off_after_it_was_made",
                condition=Q(called_off_on=None) | Q(called_off_on__gte=F("made_on")),
                violation_error_message="撤销日期不能早于制表日期。",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    def get_absolute_url(self) -> str:
        return f"/agreements/filing-sheets/{self.pk}/"

    @property
    def tone(self) -> str:
        return SheetStatus.tones[self.status]


class FilingSheetLine(models.Model):
    """An agreement stands on one sheet; a sheet that is called off sets its agreements free."""

    sheet = models.ForeignKey(FilingSheet, models.PROTECT, related_name="lines")
    agreement = models.OneToOneField("agreements.Agreement", models.PROTECT, related_name="sheet_line")

    def __str__(self) -> str:
        return f"{self.sheet} {self.agreement}"


class FilingSheetPaper(models.Model):
    """A version of the sheet as it was printed, kept with its rows: what happens to an agreement later changes neither."""

    sheet = models.ForeignKey(FilingSheet, models.PROTECT, related_name="papers")
    version = models.PositiveSmallIntegerField("版本")
    token = models.CharField(max_length=32, unique=True)  # 128 bits, hex: in the QR of each page
    rows = models.JSONField("内容")  # stamping.documents.FiledRow, as text
    file = models.OneToOneField(StoredFile, models.PROTECT)
    made_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    made_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["sheet", "version"], name="one_paper_per_version_of_a_sheet")]

    def __str__(self) -> str:
        return f"{self.sheet} 第{self.version}版"


class FilingSheetStamp(models.Model):
    """The scan of the stamped paper; a later one takes its place with a reason, and the former is kept."""

    sheet = models.ForeignKey(FilingSheet, models.PROTECT, related_name="stamps")
    number = models.PositiveSmallIntegerField("次数")  # 1-based
    stamped_on = models.DateField("盖章日期")
    scan = models.OneToOneField(StoredFile, models.PROTECT, verbose_name="盖章件")
    reason = models.CharField("更换原因", max_length=200, blank=True)
    by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="办理人")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["sheet", "number"],
                name="stamps_of_a_sheet_are_counted",
                violation_error_message="这张备案汇总表的盖章件已由他人登记。",
            ),
            models.CheckConstraint(
                name="another_stamp_has_a_reason",
                condition=Q(number=1) | ~Q(reason=""),
                violation_error_message="更换盖章件须写明原因。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.sheet} 盖章件 {self.number}"


class CertificateEdition(models.Model):
    """The 备案证明 as it reads since a stamped sheet stands behind it; the earlier ones are kept."""

    certificate = models.ForeignKey("agreements.FilingCertificate", models.PROTECT, related_name="editions")
    stamp = models.ForeignKey(FilingSheetStamp, models.PROTECT, related_name="+")
    file = models.OneToOneField(StoredFile, models.PROTECT)
    issued_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["certificate", "stamp"],
                name="one_certificate_per_stamp",
                violation_error_message="这份备案证明已按该盖章件出具。",
            )
        ]

    def __str__(self) -> str:
        return f"{self.certificate} {self.stamp}"
