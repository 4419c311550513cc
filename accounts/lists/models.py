"""Saved views of lists, and exports of them."""

from typing import Self

from django.db import models
from django.db.models import Deferrable, Exists, OuterRef, Q
from django.http import QueryDict
from django.utils.timezone import localdate, now

from accounts.enums import Role
from accounts.lists.rules import MOST_VIEWS
from accounts.models import Membership, Organization


class SavedViewQuerySet(models.QuerySet["SavedView"]):
    def visible_to(self, membership: Membership) -> Self:
        """One's own; what the same role of one's unit shares, also with others; what the bureau shares with one's role."""
        colleagues = Q(organization=membership.organization_id, role=membership.role) & ~Q(shared_with="")
        near = Q(organization=membership.organization_id) | Q(role__in=Role.bureau)
        return self.filter(Q(owner=membership.pk) | colleagues | near & Q(shared_with=membership.role))

    def manageable_by(self, membership: Membership) -> Self:
        """One's own; and what somebody left behind who is gone: it belongs to the unit."""
        still_there = Membership.objects.active(on=localdate()).filter(pk=OuterRef("owner"))
        orphaned = Q(organization=membership.organization_id, role=membership.role) & ~Q(shared_with="")
        return self.filter(Q(owner=membership.pk) | orphaned & ~Exists(still_there))


class SavedView(models.Model):
    """A query string of a list under a name. It names no rows: each reader sees the rows of their own hat."""

    owner = models.ForeignKey(Membership, models.PROTECT, related_name="saved_views", verbose_name="保存人")
    organization = models.ForeignKey(
        Organization, models.PROTECT, related_name="+"
    )  # of the owner: it stays when they go
    role = models.CharField(max_length=30, choices=Role)  # of the owner
    fields = models.JSONField("导出列", default=list)  # keys of the export's columns; none: as usual
    list = models.CharField("列表", max_length=30)  # accounts.lists.kinds
    name = models.CharField("名称", max_length=20)
    query = models.CharField(max_length=1000, blank=True)
    words = models.JSONField(default=dict)  # {filter: [label, value]} as they were called when it was saved
    shared_with = models.CharField("共用范围", max_length=30, choices=Role, blank=True)
    place = models.PositiveSmallIntegerField("次序")
    saved_at = models.DateTimeField(auto_now_add=True)

    objects = SavedViewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["owner", "list", "name"],
                name="view_name_once_in_a_list",
                violation_error_message="这个列表已有同名的视图。",
            ),
            models.UniqueConstraint(
                fields=["owner", "list", "place"],
                name="view_has_a_place_of_its_own",
                deferrable=Deferrable.IMMEDIATE,  # two that change places do so in one statement
                violation_error_message="视图的次序已变化，请刷新后重试。",
            ),
            models.CheckConstraint(
                name="views_of_a_list_are_few",
                condition=Q(place__gte=1, place__lte=MOST_VIEWS),
                violation_error_message=f"每个列表最多保存{MOST_VIEWS}个视图。",
            ),
            models.CheckConstraint(
                name="view_shared_with_own_role_or_by_the_bureau",
                condition=Q(shared_with="") | Q(shared_with=models.F("role")) | Q(role__in=Role.bureau),
                violation_error_message="视图只能与本单位相同身份的人员共用。",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def asked(self) -> QueryDict:
        return QueryDict(self.query)


class StartViewQuerySet(models.QuerySet["StartView"]):
    def visible_to(self, membership: Membership) -> Self:
        return self.filter(membership=membership.pk)


class StartView(models.Model):
    """What one hat sees first: in a list (`place` is its key), or after signing in (empty)."""

    membership = models.ForeignKey(Membership, models.CASCADE, related_name="start_views")
    place = models.CharField(max_length=30, blank=True)
    view = models.ForeignKey(SavedView, models.CASCADE, related_name="starts")

    objects = StartViewQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["membership", "place"],
                name="one_start_for_each_place",
                violation_error_message="起始页已另行设置。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.place or 'home'}: {self.view}"


class ListExportQuerySet(models.QuerySet["ListExport"]):
    def visible_to(self, membership: Membership) -> Self:
        """Whoever asked for it, under the hat that asked."""
        return self.filter(asked_by=membership.pk)


class ListExport(models.Model):
    """A list written into a workbook: which rows is fixed when it is asked for, and the file lies there for some days."""

    list = models.CharField("列表", max_length=30)
    fields = models.JSONField("导出列")
    conditions = models.JSONField("筛选条件")  # in words
    rows = models.PositiveIntegerField("记录数")
    done = models.PositiveIntegerField(default=0)
    asked_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="导出人")
    asked_at = models.DateTimeField("时间", auto_now_add=True)
    made_at = models.DateTimeField(null=True, blank=True)
    expires_on = models.DateField("保留至", null=True, blank=True)  # the last day
    path = models.CharField(max_length=200, blank=True)  # below MEDIA_ROOT, random

    objects = ListExportQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="export_file_has_its_time_and_last_day",
                condition=Q(path="") | Q(made_at__isnull=False, expires_on__isnull=False),
                violation_error_message="导出文件须有生成时间和保留期限。",
            ),
        ]

    def __str__(self) -> str:
        return f"X-{self.pk}"

    def get_absolute_url(self) -> str:
        return f"/exports/{self.pk}/"

    @property
    def is_busy(self) -> bool:
        return self.made_at is None

    @property
    def is_there(self) -> bool:
        return bool(self.path) and self.expires_on is not None and self.expires_on >= localdate(now())


class ListExportPart(models.Model):
    """What one delivery writes: some rows of an export, in its order. They go when the file is made."""

    export = models.ForeignKey(ListExport, models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    records = models.JSONField("编号")  # primary keys
    path = models.CharField(max_length=200, blank=True)  # their cells, once they are read

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["export", "number"],
                name="export_part_stands_once",
                violation_error_message="这一部分已经登记。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.export} {self.number}"
