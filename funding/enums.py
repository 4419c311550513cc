from enum import nonmember

from django.db import models


class ClaimStatus(models.TextChoices):
    OPEN = "open", "待发放"
    IN_BATCH = "in_batch", "已编入批次"
    PAID = "paid", "已发放"
    REVERSED = "reversed", "已冲红"

    tones = nonmember({"open": "wait", "in_batch": "info", "paid": "ok", "reversed": "ended"})


class BatchStatus(models.TextChoices):
    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待复核"
    RETURNED = "returned", "退回修改"
    APPROVED = "approved", "已发放"
    DROPPED = "dropped", "已作废"

    moves = nonmember(
        {
            "draft": {"submitted", "dropped"},
            "submitted": {"approved", "returned"},
            "returned": {"submitted", "dropped"},
            "approved": set[str](),
            "dropped": set[str](),
        }
    )
    editable = nonmember(("draft", "returned"))
    tones = nonmember(
        {"draft": "draft", "submitted": "wait", "returned": "returned", "approved": "ok", "dropped": "ended"}
    )


class EntryKind(models.TextChoices):
    ALLOCATION = "allocation", "拨入"
    SUBSIDY = "subsidy", "发放"
    REVERSAL = "reversal", "冲红"

    tones = nonmember({"allocation": "ok", "subsidy": "info", "reversal": "warn"})


class ReversalStatus(models.TextChoices):
    """The four states of whatever one person asks for and another decides, in the words of a reversal."""

    OPEN = "open", "冲红申请中"
    APPROVED = "approved", "已冲红"
    RETURNED = "returned", "不同意冲红"
    WITHDRAWN = "withdrawn", "已撤回"

    moves = nonmember(
        {
            "open": {"approved", "returned", "withdrawn"},
            "approved": set[str](),
            "returned": set[str](),
            "withdrawn": set[str](),
        }
    )
    standing = nonmember(("open", "approved"))  # an entry has one of these at most
    tones = nonmember({"open": "wait", "approved": "ok", "returned": "returned", "withdrawn": "ended"})


# What stands where an account is missing: of what was paid before accounts were kept, and of who has none.
NOT_KEPT = "未记录"
NO_ACCOUNT = "没有银行账号"

VERBS = {
    "budget.recorded": "登记年度专项经费",
    "budget.amended": "调整年度专项经费",
    "allocation.made": "拨付专项经费",
    "allocation.reversed": "冲红拨付",
    "rate_card.set": "制定补助标准",
    "rate_card.withdrawn": "撤回补助标准",
    "claim.made": "申领工作补助",
    "claim.paid": "发放工作补助",
    "claim.reversed": "冲红工作补助",
    "reversal.asked": "申请冲红",
    "reversal.approved": "复核冲红",
    "reversal.returned": "不同意冲红",
    "reversal.withdrawn": "撤回冲红申请",
    "payment_batch.made": "编制发放批次",
    "payment_batch.changed": "修改发放批次",
    "payment_batch.submitted": "提交复核",
    "payment_batch.returned": "退回修改",
    "payment_batch.approved": "复核发放",
    "payment_batch.dropped": "作废发放批次",
    "payment_batch.handed_over": "交接批次",
    "payment_batch.sheet_made": "生成发放明细表",
}

LABELS = {
    "lines": "笔数",
    "maker": "制表人",
    "entry": "冲红分录",
    "reversing": "冲红分录",
    "amount_fen": "金额",
    "voucher_number": "凭证号",
    "payee_account": "收款账号",
}
