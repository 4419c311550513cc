from typing import Any, Self

from django.db import models
from django.db.models import F, Q

from accounts.enums import Role
from accounts.models import Institution, Membership
from core.crypto import EncryptedTextField
from core.models import StoredFile
from funding.enums import BatchStatus, ClaimStatus, EntryKind, ReversalStatus
from specialists.changes.asked import Asked, decided_by_another
from specialists.models import Specialist
from visits.models import VisitAttendance


class BudgetQuerySet(models.QuerySet["Budget"]):
    def visible_to(self, membership: Membership) -> Self:
        """The city's own matter: bureau, finance and audit."""
        return self if membership.role in Role.sees_everything else self.none()


class MoneyQuerySet(models.QuerySet[Any]):
    """Money belongs to one institution: the bureau, finance and audit see all of it, the institution its own."""

    institution = "institution"  # the way from a row to the institution whose money it is

    def visible_to(self, membership: Membership) -> Self:
        if membership.role in Role.sees_everything:
            return self
        if membership.role in Role.institution:
            return self.filter(Q((self.institution, membership.organization_id)))
        return self.none()


class EntryQuerySet(MoneyQuerySet):
    institution = "account__institution"

    # What came in, and what went out: each with its reversals, so that a sum of either is a figure of the page.
    GIVEN = Q(kind=EntryKind.ALLOCATION) | Q(reverses__kind=EntryKind.ALLOCATION)
    PAID = Q(kind=EntryKind.SUBSIDY) | Q(reverses__kind=EntryKind.SUBSIDY)
    STANDING = Q(kind=EntryKind.SUBSIDY, reversal=None)  # one for each trip paid (人次)

    def given(self) -> Self:
        return self.filter(self.GIVEN)

    def paid(self) -> Self:
        return self.filter(self.PAID)

    def standing(self) -> Self:
        return self.filter(self.STANDING)


class ReversalQuerySet(MoneyQuerySet):
    institution = "entry__account__institution"

    def open(self) -> Self:
        return self.filter(status=ReversalStatus.OPEN)

    def awaiting(self, membership: Membership) -> Self:
        """What waits for this person's word: of their own side's money, and not asked for by themself."""
        if membership.role in Role.bureau:
            own = self.filter(entry__kind=EntryKind.ALLOCATION)
        elif membership.role in Role.institution:
            own = self.visible_to(membership).filter(entry__kind=EntryKind.SUBSIDY)
        else:
            return self.none()
        return own.open().exclude(asker=membership.person_id)


class ClaimQuerySet(MoneyQuerySet):
    def visible_to(self, membership: Membership) -> Self:
        """As all money; a specialist sees what is theirs."""
        if membership.role == Role.SPECIALIST:
            return self.filter(specialist__user=membership.person_id)
        return super().visible_to(membership)

    def standing(self) -> Self:
        """Every claim but the reversed: a visit has at most one of these."""
        return self.exclude(status=ClaimStatus.REVERSED)


class Budget(models.Model):
    """The year's special fund (专项经费, R37)."""

    year = models.PositiveSmallIntegerField("年度", unique=True)
    amount_fen = models.BigIntegerField("金额")  # every *_fen is whole 分
    document_number = models.CharField("文号", max_length=60)
    decided_on = models.DateField("下达日期")
    recorded_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")

    objects = BudgetQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="budget_is_positive",
                condition=Q(amount_fen__gt=0),
                violation_error_message="年度专项经费应大于零（工作方案六（一））。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.year}年度专项经费"


class Account(models.Model):
    """One institution's ring-fenced sub-ledger of one year (单独核算, R39). Only the ledger function changes it."""

    institution = models.ForeignKey(Institution, models.PROTECT, related_name="accounts")
    year = models.PositiveSmallIntegerField("年度")
    project_number = models.CharField("项目号", max_length=30, blank=True)
    balance_fen = models.BigIntegerField("余额", default=0)
    last_sequence = models.PositiveIntegerField(default=0)
    last_digest = models.CharField(max_length=64, blank=True)

    objects = MoneyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["institution", "year"], name="one_account_per_institution_and_year"),
            models.CheckConstraint(
                name="account_is_never_overdrawn",
                condition=Q(balance_fen__gte=0),
                violation_error_message="专项经费余额不足（工作方案六（二））。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.institution} {self.year}年度专项经费台账"


class Allocation(models.Model):
    """Money given to an institution out of the year's budget (指标文号, R38)."""

    budget = models.ForeignKey(Budget, models.PROTECT, related_name="allocations")
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="allocations")
    amount_fen = models.BigIntegerField("金额")
    document_number = models.CharField("指标文号", max_length=60)
    allocated_on = models.DateField("拨付日期")
    is_reversed = models.BooleanField("已冲红", default=False)  # true only beside its reversing entry
    recorded_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    objects = MoneyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "document_number"],
                condition=Q(is_reversed=False),
                name="allocation_document_once_per_institution",
                violation_error_message="该指标文号已向这个单位拨付过。",
            ),
            models.CheckConstraint(
                name="allocation_is_positive",
                condition=Q(amount_fen__gt=0),
                violation_error_message="拨付金额应大于零。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.institution} {self.document_number}"


class RateCard(models.Model):
    """What an institution pays per person and trip from a day on, within the work plan's band (R40, R41)."""

    institution = models.ForeignKey(Institution, models.PROTECT, related_name="rate_cards")
    amount_fen = models.PositiveIntegerField("标准")
    effective_from = models.DateField("执行日期")
    note = models.CharField("说明", max_length=200, blank=True)
    set_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    objects = MoneyQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "effective_from"],
                name="one_rate_per_institution_and_day",
                violation_error_message="该执行日期已有补助标准。",
            ),
            models.CheckConstraint(
                name="rate_is_positive",  # the band itself stands in the pack: a trigger reads it there
                condition=Q(amount_fen__gt=0),
                violation_error_message="补助标准应大于零（工作方案六（二））。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.institution} {self.effective_from} {self.amount_fen}分/人次"


class PaymentBatch(models.Model):
    """Claims paid together: made by one person of the institution, approved by another."""

    institution = models.ForeignKey(Institution, models.PROTECT, related_name="batches")
    year = models.PositiveSmallIntegerField("年度")
    status = models.CharField("状态", max_length=12, choices=BatchStatus, default=BatchStatus.DRAFT)
    purpose = models.CharField("用途", max_length=40)  # one of those the pack permits (专款专用)
    note = models.CharField("说明", max_length=200, blank=True)
    made_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")  # who last decided its lines
    maker = models.ForeignKey("accounts.User", models.PROTECT, related_name="+")  # the person, whatever the hat
    made_at = models.DateTimeField(auto_now_add=True)
    submitted_on = models.DateField("提交日期", null=True, blank=True)
    approved_by = models.ForeignKey(Membership, models.PROTECT, null=True, blank=True, related_name="+")
    approver = models.ForeignKey("accounts.User", models.PROTECT, null=True, blank=True, related_name="+")
    approved_on = models.DateField("发放日期", null=True, blank=True)
    voucher_number = models.CharField("凭证号", max_length=30, blank=True)  # gap-free per institution and year
    total_fen = models.BigIntegerField("合计", default=0)
    return_opinion = models.TextField("退回意见", blank=True)
    sheet = models.ForeignKey(StoredFile, models.PROTECT, null=True, blank=True, related_name="+")
    version = models.PositiveIntegerField(default=1)

    objects = MoneyQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["institution", "-id"], name="batches_of_an_institution")]
        constraints = [
            models.UniqueConstraint(
                fields=["institution", "year", "voucher_number"],
                condition=~Q(voucher_number=""),
                name="voucher_number_once_a_year",
                violation_error_message="该凭证号本年度已经使用。",
            ),
            models.CheckConstraint(
                name="nobody_approves_their_own_batch",
                condition=Q(approver=None) | ~Q(approver=F("maker")),
                violation_error_message="发放批次的经办人和复核人不能为同一人（工作方案六（三））。",
            ),
            models.CheckConstraint(
                name="batch_approved_completely_or_not_at_all",
                condition=Q(
                    status=BatchStatus.APPROVED,
                    approved_by__isnull=False,
                    approver__isnull=False,
                    approved_on__isnull=False,
                )
                & ~Q(voucher_number="")
                | ~Q(status=BatchStatus.APPROVED)
                & Q(approved_by=None, approver=None, approved_on=None, voucher_number=""),
                violation_error_message="已发放的批次须同时有复核人、发放日期和凭证号。",
            ),
        ]

    def __str__(self) -> str:
        return self.voucher_number or f"P-{self.pk}"


class Claim(models.Model):
    """The subsidy one confirmed visit earns one person: one line, claimable once (R40)."""

    attendance = models.ForeignKey(VisitAttendance, models.PROTECT, related_name="claims")
    specialist = models.ForeignKey(Specialist, models.PROTECT, related_name="claims")
    service_date = models.DateField("服务日期")
    institution = models.ForeignKey(Institution, models.PROTECT, related_name="claims")
    rate_card = models.ForeignKey(RateCard, models.PROTECT, related_name="+")
    amount_fen = models.PositiveIntegerField("金额")
    status = models.CharField("状态", max_length=10, choices=ClaimStatus, default=ClaimStatus.OPEN)
    batch = models.ForeignKey(PaymentBatch, models.PROTECT, null=True, blank=True, related_name="claims")
    created_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)
    # Whose account it goes to, as it stood in the register when the batch was handed in; NULL before that. Of what was
    # paid before accounts were kept only the mask is known, and not of all.
    payee_account = EncryptedTextField("收款账号", null=True, blank=True)
    payee_masked = models.CharField("收款账号", max_length=40, null=True, blank=True)  # "": the person had none
    payee_bank = models.CharField("收款开户行", max_length=100, blank=True, default="", db_default="")

    objects = ClaimQuerySet.as_manager()

    class Meta:
        indexes = [models.Index(fields=["institution", "status", "service_date"], name="claims_of_an_institution")]
        constraints = [
            models.UniqueConstraint(
                fields=["attendance"],
                condition=~Q(status=ClaimStatus.REVERSED),
                name="a_visit_is_claimed_once",
                violation_error_message="该次服务已申领补助，不能重复发放（工作方案六（二））。",
            ),
            models.UniqueConstraint(
                fields=["specialist", "service_date"],
                condition=~Q(status=ClaimStatus.REVERSED),
                name="one_claim_per_person_and_day",
                violation_error_message="此人当日已登记一次下基层服务，不能重复发放（工作方案六（二））。",
            ),
            models.CheckConstraint(
                name="claim_is_positive",
                condition=Q(amount_fen__gt=0),
                violation_error_message="补助金额应大于零（工作方案六（二））。",
            ),
            models.CheckConstraint(
                name="claim_in_a_batch_or_open",
                condition=Q(status=ClaimStatus.OPEN, batch=None) | ~Q(status=ClaimStatus.OPEN) & Q(batch__isnull=False),
                violation_error_message="发放中的补助须属于一个发放批次。",
            ),
            models.CheckConstraint(
                name="open_claim_keeps_no_payee",
                condition=~Q(status=ClaimStatus.OPEN) | Q(payee_account__isnull=True, payee_masked=None, payee_bank=""),
                violation_error_message="未编入批次的补助不记录收款账户。",
            ),
            models.CheckConstraint(
                name="kept_payee_has_its_mask",
                condition=Q(payee_account__isnull=True) | Q(payee_masked__isnull=False),
                violation_error_message="收款账号须同时记录遮盖后的号码。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.specialist} {self.service_date}"


class LedgerEntry(models.Model):
    """One posted line: written by the database function `ledger_post` alone, chained, never changed (R39, R43)."""

    account = models.ForeignKey(Account, models.PROTECT, related_name="entries")
    sequence = models.PositiveIntegerField("序号")  # 1-based within the account, without gaps
    kind = models.CharField("类型", max_length=12, choices=EntryKind)
    amount_fen = models.BigIntegerField("金额")  # signed: in is positive, out negative
    balance_fen = models.BigIntegerField("余额")  # after this entry
    purpose = models.CharField("用途", max_length=40)
    allocation = models.OneToOneField(Allocation, models.PROTECT, null=True, blank=True, related_name="entry")
    claim = models.OneToOneField(Claim, models.PROTECT, null=True, blank=True, related_name="entry")
    reverses = models.OneToOneField("self", models.PROTECT, null=True, blank=True, related_name="reversal")
    batch = models.ForeignKey(PaymentBatch, models.PROTECT, null=True, blank=True, related_name="entries")
    memo = models.CharField("摘要", max_length=200, blank=True)
    posted_on = models.DateField("记账日期")
    posted_by = models.ForeignKey(Membership, models.PROTECT, related_name="+")
    posted_at = models.DateTimeField()
    previous_digest = models.CharField(max_length=64, blank=True)
    digest = models.CharField(max_length=64)

    objects = EntryQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["account", "sequence"], name="ledger_sequence_once"),
            models.CheckConstraint(
                name="ledger_entry_moves_money_the_right_way",
                condition=Q(
                    kind=EntryKind.ALLOCATION, amount_fen__gt=0, allocation__isnull=False, claim=None, reverses=None
                )
                | Q(kind=EntryKind.SUBSIDY, amount_fen__lt=0, claim__isnull=False, allocation=None, reverses=None)
                & Q(batch__isnull=False)
                | Q(kind=EntryKind.REVERSAL, reverses__isnull=False, allocation=None, claim=None) & ~Q(amount_fen=0),
                violation_error_message="台账分录的方向与类型不符。",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} 第{self.sequence}笔"


class ReversalRequest(Asked):
    """Asked of a colleague: to reverse one posted line. Nothing is posted before the other's word (六（三）)."""

    states = ReversalStatus

    status = models.CharField("状态", max_length=10, choices=ReversalStatus, default=ReversalStatus.OPEN)
    entry = models.ForeignKey(LedgerEntry, models.PROTECT, related_name="reversal_requests", verbose_name="分录")
    reason = models.CharField("冲红原因", max_length=200)  # what the reversing entry says

    objects = ReversalQuerySet.as_manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["entry"],
                condition=Q(status__in=ReversalStatus.standing),
                name="one_reversal_asked_of_an_entry",
                violation_error_message="这笔分录已有冲红申请。",
            ),
            models.CheckConstraint(
                name="reversal_has_its_reason",
                condition=~Q(reason=""),
                violation_error_message="申请冲红须写明原因。",
            ),
            *decided_by_another("reversal", "冲红"),
        ]

    def __str__(self) -> str:
        return f"{self.entry}的冲红申请"
