from enum import nonmember

from django.db import models


class ClaimStatus(models.TextChoices):
    OPEN = "open", "待发放"
    IN_BATCH = "in_batch", "发放审批中"
    PAID = "paid", "已发放"
    REVERSED = "reversed", "已冲红"


class BatchStatus(models.TextChoices):
    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待复核"
    RETURNED = "returned", "退回修改"
    APPROVED = "approved", "已发放"

    moves = nonmember(
        {
            "draft": {"submitted"},
            "submitted": {"approved", "returned"},
            "returned": {"submitted"},
            "approved": set[str](),
        }
    )
    editable = nonmember(("draft", "returned"))


class EntryKind(models.TextChoices):
    ALLOCATION = "allocation", "拨入"
    SUBSIDY = "subsidy", "发放"
    REVERSAL = "reversal", "冲红"
