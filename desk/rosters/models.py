from typing import Self

from django.db import models
from django.db.models import Q

from accounts.enums import Role
from accounts.models import HostUnit, Institution, Membership, Organization
from agreements.models import Agreement
from core.crypto import EncryptedTextField
from core.models import StoredFile
from desk.enums import Kind, Mode, Outcome, RosterStatus, Verdict
from specialists.models import ProvincialListEntry, Registration, Team


class RosterBatchQuerySet(models.QuerySet["RosterBatch"]):
    def visible_to(self, membership: Membership) -> Self:
        """A unit's own: an uploaded roster is its paper, and what came of it is seen where that stands."""
        if membership.role in (*Role.institution, Role.BUREAU_ADMIN, Role.BUREAU_OFFICER):
            return self.filter(organization=membership.organization_id)
        return self.none()


class RosterBatch(models.Model):
    """One workbook on its way into the register: uploaded, its columns named, checked, confirmed, perhaps taken back."""

    kind = models.CharField("名单类型", max_length=12, choices=Kind)
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+", verbose_name="单位")
    year = models.PositiveSmallIntegerField("年度")
    file = models.OneToOneField(StoredFile, models.PROTECT, verbose_name="文件")
    uploaded_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="上传人")
    uploaded_at = models.DateTimeField("上传时间", auto_now_add=True)
    status = models.CharField("状态", max_length=12, choices=RosterStatus, default=RosterStatus.UPLOADED)
    version = models.PositiveIntegerField(default=1)  # rises with every act, so that a page opened before is stale

    # which sheet, which row is its heading, what each column means: {"0": "name"}
    place = models.PositiveSmallIntegerField(default=0)
    sheet = models.CharField("工作表", max_length=100, blank=True)
    heading = models.PositiveIntegerField("表头行", default=0)  # 1-based; 0 while nobody has found it
    words = models.JSONField(default=dict)  # the headings: {"0": "姓 名"}
    mapping = models.JSONField(default=dict)
    notes_column = models.PositiveSmallIntegerField(default=0)  # 问题说明 of a copy marked before, 1-based
    terms = models.JSONField(default=dict)  # of a provincial list: year, valid_from, valid_to, document_number

    judged_on = models.DateField("校验日期", null=True, blank=True)  # whose day the rules are asked by
    rows = models.PositiveIntegerField("人员行数", default=0)
    checked = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)  # of the rows to be applied
    counts = models.JSONField("校验结果", default=dict)  # {verdict: rows}
    notes = models.JSONField(default=list)  # of the sheet as a whole: [{"level", "message"}]

    mode = models.CharField("导入方式", max_length=6, choices=Mode, blank=True)
    consent = models.BooleanField("本人同意", default=False)  # every person agreed to the use of their data
    confirmed_by = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    confirmed_at = models.DateTimeField("确认时间", null=True, blank=True)
    applied_at = models.DateTimeField("导入时间", null=True, blank=True)
    taken_back_by = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    taken_back_at = models.DateTimeField("撤回时间", null=True, blank=True)

    objects = RosterBatchQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["organization", "-id"], name="rosters_of_a_unit")]
        constraints = [
            models.CheckConstraint(
                name="roster_confirmed_when_how_and_by_whom",
                condition=Q(confirmed_at=None, confirmed_by=None, mode="")
                | Q(confirmed_at__isnull=False, confirmed_by__isnull=False) & ~Q(mode=""),
                violation_error_message="确认导入须同时有时间、办理人和导入方式。",
            ),
            models.CheckConstraint(
                name="roster_applied_after_it_was_confirmed",
                condition=~Q(status__in=["applied", "taken_back"]) & Q(applied_at=None)
                | Q(status__in=["applied", "taken_back"], applied_at__isnull=False, confirmed_at__isnull=False),
                violation_error_message="已导入的名单须经过确认，并有导入时间。",
            ),
            models.CheckConstraint(
                name="roster_taken_back_when_and_by_whom",
                condition=~Q(status="taken_back") & Q(taken_back_at=None, taken_back_by=None)
                | Q(status="taken_back", taken_back_at__isnull=False, taken_back_by__isnull=False),
                violation_error_message="撤回须同时有时间和办理人。",
            ),
        ]

    def __str__(self) -> str:
        return f"L-{self.pk}"

    def get_absolute_url(self) -> str:
        return f"/rosters/{self.pk}/"

    @property
    def tone(self) -> str:
        return RosterStatus.tones[self.status]

    @property
    def is_running(self) -> bool:
        return self.status in RosterStatus.running

    @property
    def blocked(self) -> int:
        return int(self.counts.get(Verdict.BLOCK, 0))

    @property
    def there(self) -> int:
        """Rows that the register has already; a batch checked before these were told apart counts none."""
        return int(self.counts.get(Verdict.THERE, 0))

    @property
    def importable(self) -> int:
        return self.rows - self.blocked - self.there


class RosterRow(models.Model):
    """One row of the sheet, until and after it is applied. What it says of a person rests encrypted."""

    batch = models.ForeignKey(RosterBatch, models.CASCADE, related_name="lines")
    number = models.PositiveIntegerField("行号")  # 1-based, as Excel shows it
    cells = EncryptedTextField()  # as they stand: JSON {key: [kind, text, made by a formula]}
    values = EncryptedTextField(blank=True)  # cleaned: JSON {key: value}
    verdict = models.CharField("校验结果", max_length=6, choices=Verdict, blank=True)  # empty: not checked yet
    findings = models.JSONField(default=list)  # personal values only behind their masks
    # What rows of one file are held against each other by; nothing here tells who it is.
    id_digest = models.CharField(max_length=64, blank=True)
    group = models.CharField(max_length=100, blank=True)  # category of a person, name of a team
    host_code = models.CharField(max_length=100, blank=True)  # credit code; of a village its county and name
    institution = models.ForeignKey(
        Institution, models.PROTECT, null=True, blank=True, related_name="+"
    )  # of a past agreement: the unit its row names
    starts_on = models.DateField(null=True, blank=True)
    ends_on = models.DateField(null=True, blank=True)
    # What became of it.
    outcome = models.CharField("结果", max_length=8, choices=Outcome, default=Outcome.WAITING)
    registration = models.ForeignKey(Registration, models.SET_NULL, null=True, blank=True, related_name="+")
    agreement = models.ForeignKey(Agreement, models.SET_NULL, null=True, blank=True, related_name="+")
    host = models.ForeignKey(HostUnit, models.SET_NULL, null=True, blank=True, related_name="+")  # that it entered
    entry = models.ForeignKey(ProvincialListEntry, models.SET_NULL, null=True, blank=True, related_name="+")
    team = models.ForeignKey(Team, models.SET_NULL, null=True, blank=True, related_name="+")
    is_new = models.BooleanField(default=False)  # the registration was begun by this row

    class Meta:
        indexes = [
            models.Index(fields=["batch", "verdict", "number"], name="roster_rows_by_verdict"),
            models.Index(fields=["batch", "id_digest"], name="roster_rows_of_a_person"),
            models.Index(fields=["batch", "host_code"], name="roster_rows_of_a_host"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "number"],
                name="roster_row_stands_once",
                violation_error_message="名单中的一行只读取一次。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch}:{self.number}"


class RosterHeading(models.Model):
    """What a unit calls a column: asked once, known from then on. An empty key: it is not to be imported."""

    organization = models.ForeignKey(Organization, models.CASCADE, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind)
    heading = models.CharField(max_length=60)  # as columns.plain_heading gives it
    key = models.CharField(max_length=30, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["organization", "kind", "heading"], name="heading_means_one_thing"),
        ]

    def __str__(self) -> str:
        return f"{self.heading} → {self.key}"


class ReconciliationQuerySet(models.QuerySet["Reconciliation"]):
    def visible_to(self, membership: Membership) -> Self:
        """The bureau and who oversees it see all, an institution what was taken over of its own."""
        if membership.role in Role.sees_everything:
            return self
        if membership.role in Role.institution:
            return self.filter(institution=membership.organization_id)
        return self.none()


class Reconciliation(models.Model):
    """What one file of past agreements says of one institution, to be held against the register and signed by both."""

    batch = models.ForeignKey(RosterBatch, models.PROTECT, related_name="reconciliations")
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="+", verbose_name="派出单位")

    objects = ReconciliationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "institution"],
                name="reconciled_once_with_a_unit",
                violation_error_message="一份历史协议表与一个派出单位只核对一次。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.institution}（{self.batch}）"

    def get_absolute_url(self) -> str:
        return f"/reconciliations/{self.pk}/"
