from datetime import date, datetime, timedelta
from typing import Self

from django.db import models
from django.db.models import F, Q
from django.utils.timezone import localdate

from accounts.enums import Role
from accounts.models import Membership, User
from agreements.reviewing.parts import Part

AT_THE_DESK = timedelta(minutes=2)  # an open page says every minute that it is still open


class CorrectionQuerySet(models.QuerySet["Correction"]):
    def visible_to(self, membership: Membership) -> Self:
        """The bureau's, and the institution's whose agreement it is; other parties are told when it is filed."""
        if membership.role in Role.bureau:
            return self
        if membership.role in Role.institution:
            return self.filter(agreement__institution=membership.organization_id)
        return self.none()


class Correction(models.Model):
    """One round of 退回补正: who sent it back, what they had before them, and what is to be mended. Only added to."""

    agreement = models.ForeignKey("agreements.Agreement", models.PROTECT, related_name="corrections")
    number = models.PositiveSmallIntegerField("次数")  # 1-based
    note = models.TextField("其他意见", blank=True)
    said = models.JSONField("退回时的内容")  # part → words: reviewing.parts.said
    version = models.PositiveIntegerField("版本")  # of the agreement, as it was read
    returned_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="退回人")
    at = models.DateTimeField("退回时间", auto_now_add=True)

    objects = CorrectionQuerySet.as_manager()

    class Meta:
        ordering = ["number"]
        constraints = [
            models.UniqueConstraint(
                fields=["agreement", "number"],
                name="corrections_are_counted",
                violation_error_message="该协议的这一次退回已经登记。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement} 第{self.number}次退回"


class Remark(models.Model):
    """What the bureau wrote beside one part. Its institution may change the parts remarked on, and no other."""

    correction = models.ForeignKey(Correction, models.PROTECT, related_name="remarks")
    part = models.CharField("项目", max_length=12, choices=Part)
    words = models.CharField("意见", max_length=200)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["correction", "part"],
                name="one_remark_on_a_part",
                violation_error_message="每个项目只写一条意见。",
            ),
            models.CheckConstraint(
                name="remark_says_something",
                condition=~Q(words=""),
                violation_error_message="请写明需要补正的内容。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_part_display()}：{self.words}"


class CaseNoteQuerySet(models.QuerySet["CaseNote"]):
    def visible_to(self, membership: Membership) -> Self:
        """The bureau's own, and nobody else's: neither the parties', nor finance's, nor audit's; no export reads them."""
        return self if membership.role in Role.bureau else self.none()


class CaseNote(models.Model):
    """An internal note on a case (内部备注): for colleagues, never for the parties. Only added to."""

    agreement = models.ForeignKey("agreements.Agreement", models.PROTECT, related_name="notes")
    by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    words = models.TextField("备注")

    objects = CaseNoteQuerySet.as_manager()

    class Meta:
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="note_says_something", condition=~Q(words=""), violation_error_message="请填写备注。"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agreement} 备注"


class CaseHolder(models.Model):
    """The officer who deals with a case (经办人); without one it is everybody's."""

    agreement = models.OneToOneField("agreements.Agreement", models.CASCADE, primary_key=True, related_name="holding")
    officer = models.ForeignKey(Membership, models.PROTECT, related_name="cases", verbose_name="经办人")
    since = models.DateTimeField(auto_now=True)

    def __str__(self) -> str:
        return f"{self.agreement} {self.officer}"


class LookQuerySet(models.QuerySet["Look"]):
    def at_the_desk(self, *, at: datetime) -> Self:
        """Whose page has said within the last minutes that it is open: a closed one goes out by itself."""
        return self.filter(seen_at__gt=at - AT_THE_DESK)


class Look(models.Model):
    """A person's last look at a case: told to colleagues while it lasts, and remembered for what changed since.

    Information, never a lock: whoever decides first decides, and the other is told.
    """

    agreement = models.ForeignKey("agreements.Agreement", models.CASCADE, related_name="looks")
    person = models.ForeignKey(User, models.CASCADE, related_name="+")
    opened_at = models.DateTimeField()
    seen_at = models.DateTimeField()
    corrections = models.PositiveSmallIntegerField()  # how often the case had been sent back when it was looked at

    objects = LookQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["agreement", "person"], name="one_look_of_a_person")]

    def __str__(self) -> str:
        return f"{self.person} {self.agreement}"


class CoverQuerySet(models.QuerySet["Cover"]):
    def visible_to(self, membership: Membership) -> Self:
        return self if membership.role in Role.bureau else self.none()

    def in_force(self, *, on: date) -> Self:
        return self.filter(since__lte=on, until__gte=on, ended_at=None)


class Cover(models.Model):
    """代办: a colleague acts for an officer who is away, from day to day; both names stand in the history."""

    absent = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="外出人员")
    stand_in = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="代办人员")
    since = models.DateField("开始日期")
    until = models.DateField("结束日期")  # the last day of it
    note = models.CharField("说明", max_length=200, blank=True)
    arranged_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    arranged_at = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField("提前结束时间", null=True, blank=True)
    ended_by = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")

    objects = CoverQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["stand_in", "until"], name="covers_of_a_stand_in")]
        constraints = [
            models.CheckConstraint(
                name="nobody_stands_in_for_themselves",
                condition=~Q(absent=F("stand_in")),
                violation_error_message="代办人员须是本人以外的同事。",
            ),
            models.CheckConstraint(
                name="cover_ends_after_it_starts",
                condition=Q(until__gte=F("since")),
                violation_error_message="代办的结束日期不能早于开始日期。",
            ),
            models.CheckConstraint(
                name="cover_ended_when_and_by_whom",
                condition=Q(ended_at=None, ended_by=None) | Q(ended_at__isnull=False, ended_by__isnull=False),
                violation_error_message="提前结束代办须同时有时间和办理人。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.stand_in}代{self.absent}"

    @property
    def was_called_off(self) -> bool:
        """Ended before it began: nobody acted for anybody."""
        return self.ended_at is not None and localdate(self.ended_at) < self.since
