"""The archive of a year: its items (件), which agreements and papers each holds, and the packages made of it.

An item has no person of its own: two records of one person may be merged later, and a number given stays as it is.
"""

from typing import Self

from django.db import models
from django.db.models import Exists, F, OuterRef, Q

from accounts.enums import Role
from accounts.models import Membership
from agreements.archiving.enums import Retention
from core.models import StoredFile

READERS = (*Role.bureau, Role.AUDITOR)


class ArchiveYearQuerySet(models.QuerySet["ArchiveYear"]):
    def visible_to(self, membership: Membership) -> Self:
        """The bureau's own, and audit's to read."""
        return self if membership.role in READERS else self.none()


class ArchiveYear(models.Model):
    """What the bureau archives of a year: arranged by one person (整理人), checked and closed by another (检查人)."""

    year = models.PositiveSmallIntegerField("年度", unique=True)  # in which it was filed
    note = models.TextField("情况说明", blank=True)  # of the 备考表: what is missing, and why
    prepared_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="整理人")
    prepared_on = models.DateField("整理日期")
    closed_by = models.ForeignKey(
        Membership, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="检查人"
    )
    closed_on = models.DateField("归档日期", null=True, blank=True)
    # As the pack had them on the day of closing: later numbers of the year are built in the same way.
    fonds = models.CharField("全宗号", max_length=10, blank=True)
    office = models.CharField("机构（问题）代码", max_length=10, blank=True)
    office_name = models.CharField("机构（问题）", max_length=30, blank=True)
    box_pages = models.PositiveSmallIntegerField("每盒页数", null=True, blank=True)

    objects = ArchiveYearQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="archive_closed_when_and_by_whom",
                condition=Q(closed_on=None, closed_by=None, box_pages=None)
                | Q(closed_on__isnull=False, closed_by__isnull=False, box_pages__isnull=False) & ~Q(fonds=""),
                violation_error_message="归档须同时有检查人、日期和档号的组成。",
            ),
            models.CheckConstraint(
                name="archive_checked_by_another",
                condition=Q(closed_by=None) | ~Q(closed_by=F("prepared_by")),
                violation_error_message="归档的整理人和检查人不能是同一人。",
            ),
            models.CheckConstraint(
                name="archive_closed_after_it_was_prepared",
                condition=Q(closed_on=None) | Q(closed_on__gte=F("prepared_on")),
                violation_error_message="归档日期不能早于整理日期。",
            ),
            models.CheckConstraint(
                name="archive_prepared_after_its_year",
                condition=Q(prepared_on__year__gt=F("year")),
                violation_error_message="年度结束后才能归档。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}年度归档"

    def get_absolute_url(self) -> str:
        return f"/agreements/archive/{self.pk}/"

    @property
    def is_closed(self) -> bool:
        return self.closed_on is not None


class ArchiveItemQuerySet(models.QuerySet["ArchiveItem"]):
    def visible_to(self, membership: Membership) -> Self:
        return self if membership.role in READERS else self.none()

    def with_supplements(self) -> Self:
        return self.annotate(supplied=supplied())

    def still_lacking(self) -> Self:
        return self.with_supplements().exclude(lacking="").filter(supplied=False)


def supplied() -> Exists:
    """Whether a later item, complete itself, has brought what was missing when this one was put together."""
    return Exists(ArchiveItem.objects.filter(supplements=OuterRef("pk"), assembled_at__isnull=False, lacking=""))


class ArchiveItem(models.Model):
    """件: one person's agreements of a year with their papers, under a 档号 that never changes.

    What comes to it after the year is closed is an item of its own behind the others (`supplements`).
    """

    archive = models.ForeignKey(ArchiveYear, models.PROTECT, related_name="items")
    retention = models.CharField("保管期限", max_length=3, choices=Retention)
    number = models.PositiveSmallIntegerField("件号")  # from 1, without gaps, in its year and 保管期限
    code = models.CharField("档号", max_length=60, unique=True)
    supplements = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="supplements_of", verbose_name="补充"
    )
    title = models.CharField("题名", max_length=200)
    responsible = models.TextField("责任者")
    document_numbers = models.TextField("文号")
    dated = models.DateField("日期")
    added_on = models.DateField("归档日期")
    assembled_at = models.DateTimeField(null=True, blank=True)
    pages = models.PositiveIntegerField("页数", null=True, blank=True)  # None until its papers are put together
    lacking = models.TextField("缺少的材料", blank=True)
    box = models.PositiveSmallIntegerField("盒号", null=True, blank=True)  # in its year and 保管期限

    objects = ArchiveItemQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["archive", "retention", "number"],
                name="archive_number_given_once",
                violation_error_message="这个件号已经使用。",
            ),
            models.CheckConstraint(
                name="archive_pages_counted_when_assembled",
                condition=Q(assembled_at=None, pages=None, box=None)
                | Q(assembled_at__isnull=False, pages__isnull=False),
                violation_error_message="整理完的件须有页数。",
            ),
        ]

    def __str__(self) -> str:
        return self.code

    def get_absolute_url(self) -> str:
        return f"/agreements/archive/items/{self.pk}/"


class ArchiveLine(models.Model):
    """An agreement in an item; `is_first` where the archive took it, else only papers of it came later."""

    item = models.ForeignKey(ArchiveItem, models.PROTECT, related_name="lines")
    agreement = models.ForeignKey("agreements.Agreement", models.PROTECT, related_name="archive_lines")
    is_first = models.BooleanField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["agreement"],
                condition=Q(is_first=True),
                name="agreement_archived_once",
                violation_error_message="这份协议已经归档。",
            ),
            models.UniqueConstraint(fields=["item", "agreement"], name="agreement_once_in_an_item"),
        ]

    def __str__(self) -> str:
        return f"{self.item} {self.agreement}"


class ArchivedPaper(models.Model):
    """One paper of an item as it was archived: the kept file with its digest, and of which row it is (`source`)."""

    item = models.ForeignKey(ArchiveItem, models.PROTECT, related_name="papers")
    number = models.PositiveSmallIntegerField("序号")
    agreement = models.ForeignKey("agreements.Agreement", models.PROTECT, related_name="+")
    source = models.CharField(max_length=40, unique=True)  # agreements.kept.Paper.source: archived once, for ever
    title = models.CharField("材料", max_length=80)
    file = models.ForeignKey(StoredFile, models.PROTECT, related_name="+")

    class Meta:
        ordering = ["number"]
        constraints = [models.UniqueConstraint(fields=["item", "number"], name="paper_stands_once_in_an_item")]

    def __str__(self) -> str:
        return f"{self.item} {self.number}"


class ArchivePackageQuerySet(models.QuerySet["ArchivePackage"]):
    def visible_to(self, membership: Membership) -> Self:
        return self if membership.role in READERS else self.none()


class ArchivePackage(models.Model):
    """All of a year in one ZIP, made by the worker. The file lives until the next day: scans show full ID numbers."""

    archive = models.ForeignKey(ArchiveYear, models.PROTECT, related_name="packages")
    asked_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="办理人")
    asked_at = models.DateTimeField("时间", auto_now_add=True)
    items = models.PositiveIntegerField("件数")
    made_at = models.DateTimeField(null=True, blank=True)
    path = models.CharField(max_length=200, blank=True)  # see core.files.lend
    sha256 = models.CharField(max_length=64, blank=True)
    trouble = models.TextField(blank=True, db_default="")  # why it could not be made

    objects = ArchivePackageQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="archive_package_made_at_its_time",
                condition=Q(path="", made_at=None, trouble="")
                | Q(made_at__isnull=False) & (~Q(path="") & Q(trouble="") | Q(path="") & ~Q(trouble="")),
                violation_error_message="归档压缩包须记录生成时间。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.archive}压缩包{self.pk}"

    @property
    def is_busy(self) -> bool:
        return self.made_at is None
