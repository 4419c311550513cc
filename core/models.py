from collections.abc import Mapping
from datetime import date
from typing import Any, Protocol, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils.timezone import now

from core.enums import TITLE_RANKS, Dictionary, PaperKind
from core.policy import Level, RuleEntry, Side


class Worn(Protocol):
    """A hat as far as this module knows one."""

    @property
    def role(self) -> str: ...


class PolicyPackQuerySet(models.QuerySet["PolicyPack"]):
    # What is only being prepared is the bureau's own paper; its codes are those of accounts.enums.Role.bureau.
    PREPARING = frozenset({"bureau_admin", "bureau_officer", "division_head"})

    def visible_to(self, hat: Worn) -> Self:
        """Everybody reads what holds, held or will hold; the bureau also what it is drafting."""
        return self if hat.role in self.PREPARING else self.filter(active_from__isnull=False)


class PolicyPack(models.Model):
    """The work plan of one year as data. A pack never changes once active; a correction is the next version."""

    plan = models.CharField("方案", max_length=40, default="shijiazhuang")
    year = models.PositiveSmallIntegerField("年度")
    version = models.PositiveSmallIntegerField("版本", default=1)
    active_from = models.DateField("生效日期", null=True, blank=True)  # None while it is being prepared
    settings = models.JSONField("参数", default=dict)
    rules = models.JSONField("规则")  # {code: {"title", "article", "quote", "level", "reason_by", "params"}}
    based_on = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="drafts")  # None: a file
    proposed_for = models.DateField("拟生效日期", null=True, blank=True)
    document_number = models.CharField("文号", max_length=60, blank=True)
    edits = models.PositiveIntegerField(default=0)  # what a form of the draft was opened with

    objects = PolicyPackQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "year", "version"],
                name="pack_version_once_a_year",
                violation_error_message="该年度政策已有这个版本。",
            ),
            models.CheckConstraint(
                name="drafted_pack_is_active_from_its_proposed_day",
                condition=Q(based_on=None) | Q(active_from=None) | Q(active_from=F("proposed_for")),
                violation_error_message="起草的政策只能自审批的生效日期起执行。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}年度政策（第{self.version}版）"

    @classmethod
    def in_force(cls, *, on: date) -> "PolicyPack":
        """The newest pack active on that day: the year's own, or the last one until the next year's is active.

        Raises DoesNotExist when none ever was.
        """
        return cls.objects.filter(active_from__lte=on, year__lte=on.year).latest("year", "version")

    def entry(self, code: str) -> RuleEntry:
        """The entry of one rule. Raises KeyError when the pack does not know the rule."""
        entry = self.rules[code]
        return RuleEntry(
            code,
            entry["article"],
            entry["quote"],
            Level(entry["level"]),
            entry.get("params", {}),
            entry.get("title", ""),
            Side(entry.get("reason_by", "bureau")),
        )

    def entry_or_block(self, code: str, article: str) -> RuleEntry:
        """As the pack says it; a pack stored before the rule was written down binds all the same."""
        return self.entry(code) if code in self.rules else RuleEntry(code, article, "", Level.BLOCK)

    def entry_or_warn(self, code: str, article: str) -> RuleEntry:
        """The same of a rule that a written reason lifts."""
        return self.entry(code) if code in self.rules else RuleEntry(code, article, "", Level.WARN)

    def setting(self, name: str) -> Any:
        """A setting by its dotted name (`reminders.expiry_days`). Raises KeyError when the pack does not set it."""
        value: Any = self.settings
        for part in name.split("."):
            value = value[part]
        return value

    def setting_or(self, name: str, otherwise: Any) -> Any:
        """The same; `otherwise` for a pack stored before there was such a setting."""
        try:
            return self.setting(name)
        except KeyError:
            return otherwise


class Trace(models.Model):
    """Who did it, under which hat (as it was called then), to what, and when."""

    target_type = models.CharField("对象类型", max_length=60)  # model label: "agreements.Agreement"
    target_id = models.BigIntegerField("对象")
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,  # what was done keeps its author
        null=True,
        blank=True,
        related_name="+",
        verbose_name="办理人",
    )
    hat = models.CharField("身份", max_length=160)
    at = models.DateTimeField("时间", auto_now_add=True)

    class Meta:
        abstract = True


class AuditEvent(Trace):
    """One change, in the same transaction as the change itself; rows are only ever added."""

    verb = models.CharField("动作", max_length=60)
    before = models.JSONField("变更前", default=dict)
    after = models.JSONField("变更后", default=dict)
    reason = models.TextField("说明", blank=True)
    request_id = models.CharField("请求号", max_length=40, blank=True)
    ip = models.GenericIPAddressField("来源地址", null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["target_type", "target_id", "id"], name="audit_of_a_record"),
            models.Index(fields=["-id"], condition=Q(verb__endswith=".revealed"), name="audit_of_looks"),
        ]

    def __str__(self) -> str:
        return f"{self.verb} {self.target_type}:{self.target_id}"


class Override(Trace):
    """A warn that passed, with the reason somebody answers for."""

    code = models.CharField("规则", max_length=30)
    article = models.CharField("条款", max_length=30, blank=True)
    message = models.TextField("校验结果")
    reason = models.TextField("理由")
    document_number = models.CharField("文号", max_length=60, blank=True)

    class Meta:
        indexes = [models.Index(fields=["target_type", "target_id", "id"], name="overrides_of_a_record")]
        constraints = [
            models.CheckConstraint(
                name="override_has_a_reason",
                condition=~Q(reason=""),
                violation_error_message="例外须写明理由。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.target_type}:{self.target_id}"


class OutboxRow(models.Model):
    """An effect promised by a committed transaction: the task's dotted path and the ids it needs."""

    task = models.CharField(max_length=120)
    ids = models.JSONField()
    created_at = models.DateTimeField(auto_now_add=True)
    done_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(default=now)  # when to send it (again)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(
        max_length=200, blank=True
    )  # the exception's class; never its text, which may name people

    class Meta:
        indexes = [models.Index(fields=["due_at", "id"], name="outbox_waiting", condition=Q(done_at=None))]

    def __str__(self) -> str:
        return f"{self.task} {self.ids}"


class JobRun(models.Model):
    """A scheduled run took this slot: a second beat, a redelivery or a late repeat finds it taken and leaves."""

    name = models.CharField("任务", max_length=60)
    slot = models.CharField("时段", max_length=40)  # "2026-11-22", or finer for jobs that run more than once a day
    started_at = models.DateTimeField(auto_now_add=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    result = models.JSONField(default=dict)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["name", "slot"],
                name="one_run_per_slot",
                violation_error_message="该时段的任务已经执行。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.slot}"


class NumberSeries(models.Model):
    """The last number given in a series that may have no gaps."""

    name = models.CharField(max_length=40, unique=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name}: {self.last}"


class Approval(models.Model):
    """One act waiting for its steps (经办 → 处室负责人 …), as the pack of its day orders them."""

    act = models.CharField("事项", max_length=40)  # "registration.approve"
    target_type = models.CharField(max_length=60)
    target_id = models.BigIntegerField()
    steps = models.JSONField()  # role codes in order, copied from the pack: a later pack does not change a running act
    opened_at = models.DateTimeField(auto_now_add=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField("结果", max_length=10, blank=True)  # "passed", "returned"

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["act", "target_type", "target_id"],
                condition=Q(closed_at=None),
                name="one_open_approval_per_act",
                violation_error_message="该事项正在审批中，不能重复发起。",
            ),
            models.CheckConstraint(
                name="approval_closed_with_its_outcome",
                condition=Q(closed_at=None, outcome="") | (Q(closed_at__isnull=False) & ~Q(outcome="")),
                violation_error_message="审批办结须同时有时间和结果。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.act} {self.target_type}:{self.target_id}"


class ApprovalStep(models.Model):
    """One step taken: on the page, or recorded from the paper on which somebody without an account took it.

    `by` is who took it, or who recorded it: recording is no decision, so that the officer may record a later step.
    """

    approval = models.ForeignKey(Approval, models.PROTECT, related_name="taken")
    order = models.PositiveSmallIntegerField("序号")
    role = models.CharField("角色", max_length=30)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name="办理人")
    hat = models.CharField("身份", max_length=160)
    passed = models.BooleanField("通过")
    opinion = models.TextField("意见", blank=True)
    document_number = models.CharField("文号", max_length=60, blank=True)  # 签批单, 会议纪要号 or 文号
    decided_on = models.DateField("日期")
    paper = models.CharField("签批依据", max_length=10, choices=PaperKind, blank=True)  # empty: taken on the page
    scan = models.ForeignKey(
        "StoredFile", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="扫描件"
    )
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["order"]
        constraints = [
            models.UniqueConstraint(
                fields=["approval", "order"],
                name="approval_step_taken_once",
                violation_error_message="这一步已由他人办理。",
            ),
            models.UniqueConstraint(
                fields=["approval", "by"],
                condition=Q(paper=""),
                name="nobody_takes_two_steps",
                violation_error_message="同一事项的两个审批步骤不能由同一人办理。",
            ),
            models.CheckConstraint(
                name="paper_step_has_number_and_scan",
                condition=Q(paper="", scan=None) | (~Q(paper="") & ~Q(document_number="") & Q(scan__isnull=False)),
                violation_error_message="据纸面登记的步骤须有编号和扫描件。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.approval} {self.order}"


class StoredFile(models.Model):
    """A file as it was received or made: its bytes are kept for ever and never change."""

    sha256 = models.CharField(max_length=64, db_index=True)
    size = models.PositiveIntegerField("字节")
    kind = models.CharField(max_length=8)  # "pdf", "jpg", "png", "xlsx"
    pages = models.PositiveSmallIntegerField("页数", default=1)
    name = models.CharField("文件名", max_length=200)  # as the sender called it, cleaned
    path = models.CharField(max_length=200, unique=True)  # below MEDIA_ROOT, random
    view_path = models.CharField(max_length=200, blank=True)  # a PDF copy for viewing, when the original is a photo
    purpose = models.CharField(max_length=40)
    uploaded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    uploaded_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class Message(models.Model):
    """One thing told to one reader: in the platform, by e-mail, or both; once per occasion."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="messages")
    email = models.EmailField(blank=True)  # for readers without an account, and for the copy by e-mail
    occasion = models.CharField(max_length=120)  # "expiry:1187:30": what makes it once
    reader = models.CharField(max_length=80)  # "user:12" or "mail:<digest>"; no address, it is shown in job results
    subject = models.CharField("标题", max_length=120)
    body = models.TextField("内容")
    link = models.CharField(max_length=200, blank=True)  # path on this platform
    created_at = models.DateTimeField(auto_now_add=True)
    read_at = models.DateTimeField(null=True, blank=True)
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [models.Index(fields=["person", "-id"], name="messages_of_a_person")]
        constraints = [
            models.UniqueConstraint(
                fields=["occasion", "reader"],
                name="told_once_per_occasion",
                violation_error_message="该事项已通知过此人。",
            ),
        ]

    def __str__(self) -> str:
        return self.subject


class SentMail(models.Model):
    """What the demo mailbox holds: mails that would have left, one per Message-ID."""

    message_id = models.CharField(max_length=200, unique=True)
    to = models.CharField("收件人", max_length=300)
    subject = models.CharField("主题", max_length=200)
    body = models.TextField("正文")
    at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.subject


class TermQuerySet(models.QuerySet["Term"]):
    def visible_to(self, hat: Worn) -> Self:
        """Words are everybody's."""
        return self

    def living(self, *, on: date) -> Self:
        return self.filter(Q(valid_from=None) | Q(valid_from__lte=on), Q(retired_on=None) | Q(retired_on__gt=on))


class Term(models.Model):
    """One word of a dictionary that staff keep; records repeat it, so that a word in use is retired, never deleted."""

    dictionary = models.CharField("字典", max_length=20, choices=Dictionary)
    code = models.CharField("代码", max_length=20)
    label = models.CharField("用词", max_length=60)
    group = models.CharField("分组", max_length=30, blank=True)
    order = models.PositiveIntegerField("次序", default=0)
    valid_from = models.DateField("启用日期", null=True, blank=True)  # None: from the beginning
    retired_on = models.DateField("停用日期", null=True, blank=True)  # the first day on which it is not offered
    successor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="接替的词"
    )
    version = models.PositiveIntegerField(default=1)

    objects = TermQuerySet.as_manager()

    class Meta:
        ordering = ["dictionary", "order", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["dictionary", "label"],
                name="a_word_stands_once_in_a_dictionary",
                violation_error_message="这个词已在字典中。",
            ),
            models.UniqueConstraint(
                fields=["dictionary", "code"],
                name="a_code_stands_once_in_a_dictionary",
                violation_error_message="这个代码已在字典中。",
            ),
            models.CheckConstraint(
                name="term_retires_after_it_began",
                condition=Q(retired_on=None) | Q(valid_from=None) | Q(retired_on__gte=F("valid_from")),
                violation_error_message="停用日期不能早于启用日期。",
            ),
            models.CheckConstraint(
                name="only_a_retired_term_has_a_successor",
                condition=Q(successor=None) | Q(retired_on__isnull=False),
                violation_error_message="只有停用的词有接替的词。",
            ),
            models.CheckConstraint(
                name="a_title_stands_in_a_rank",
                condition=~Q(dictionary=Dictionary.TITLE) | Q(group__in=TITLE_RANKS),
                violation_error_message="职称须归入正高级、副高级、中级、初级或无。",
            ),
        ]

    def __str__(self) -> str:
        return self.label

    def is_living(self, on: date) -> bool:
        begun = self.valid_from is None or self.valid_from <= on
        return begun and (self.retired_on is None or self.retired_on > on)


class TermAliasQuerySet(models.QuerySet["TermAlias"]):
    def visible_to(self, hat: Worn) -> Self:
        """As the words they mean."""
        return self


class TermAlias(models.Model):
    """A word that people write where a dictionary has another: rosters are read by it."""

    dictionary = models.CharField(max_length=20, choices=Dictionary)  # of its term: a word means one thing in it
    word = models.CharField("别名", max_length=60)  # core.dictionaries.bare
    term = models.ForeignKey(Term, models.PROTECT, related_name="aliases")

    objects = TermAliasQuerySet.as_manager()

    class Meta:
        ordering = ["word"]
        constraints = [
            models.UniqueConstraint(
                fields=["dictionary", "word"],
                name="an_alias_means_one_word",
                violation_error_message="这个别名已归入另一个词。",
            ),
        ]

    def __str__(self) -> str:
        return self.word


class HolidayYearQuerySet(models.QuerySet["HolidayYear"]):
    def visible_to(self, hat: Worn) -> Self:
        """The calendar is everybody's."""
        return self


class HolidayYear(models.Model):
    """The State Council's arrangement of one year's holidays, as staff entered it (core.holidays)."""

    year = models.PositiveSmallIntegerField("年度", primary_key=True)
    document_number = models.CharField("文号", max_length=60)
    said = models.TextField("通知正文", blank=True)  # empty when a program sent the days alone
    version = models.PositiveIntegerField(default=1)

    objects = HolidayYearQuerySet.as_manager()

    class Meta:
        ordering = ["-year"]

    def __str__(self) -> str:
        return f"{self.year}年放假安排"


class SpecialDay(models.Model):
    """A day that is free by the arrangement, or a Saturday or Sunday that is worked in exchange."""

    of = models.ForeignKey(HolidayYear, models.PROTECT, related_name="days")
    day = models.DateField("日期", unique=True)  # never both, in no two arrangements
    is_worked = models.BooleanField("上班", default=False)
    name = models.CharField("节日", max_length=20, blank=True)

    class Meta:
        ordering = ["day"]
        constraints = [
            models.CheckConstraint(
                name="only_a_weekend_day_is_worked_in_exchange",
                condition=Q(is_worked=False) | Q(day__iso_week_day__gte=6),
                violation_error_message="调休上班的应是周六或周日，请核对通知。",
            ),
            models.CheckConstraint(
                name="a_free_day_has_its_holiday",
                condition=Q(is_worked=True, name="") | (Q(is_worked=False) & ~Q(name="")),
                violation_error_message="放假的日期须写明节日，上班的不写。",
            ),
            models.CheckConstraint(
                name="a_special_day_is_of_its_year",
                condition=Q(day__year=F("of")) | Q(day__year=F("of") - 1, day__month=12),
                violation_error_message="日期不在这一年的放假安排之内，请核对通知。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.day}"


def label_of(target: models.Model) -> Mapping[str, Any]:
    """The columns by which traces, approvals and messages point at any record."""
    return {"target_type": target._meta.label, "target_id": target.pk}
