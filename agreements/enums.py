from enum import nonmember

from django.db import models


class AgreementStatus(models.TextChoices):
    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待市科技局审核"
    RETURNED = "returned", "退回补正"
    FILED = "filed", "已备案"
    TERMINATED = "terminated", "已终止"

    moves = nonmember(
        {
            "draft": {"submitted"},
            "submitted": {"filed", "returned"},
            "returned": {"submitted"},
            "filed": {"terminated"},
            "terminated": set[str](),
        }
    )
    editable = nonmember(("draft", "returned"))
    counted_at_host = nonmember(("submitted", "filed"))  # A10
    once_filed = nonmember(("filed", "terminated"))


class Party(models.TextChoices):
    """The three parties of the agreement, as its signature block orders them (R24)."""

    INSTITUTION = "institution", "派出单位"
    HOST = "host", "派驻单位"
    SPECIALIST = "specialist", "科技特派员"


class TerminationReason(models.TextChoices):
    UNQUALIFIED = "unqualified", "考核不合格"
    AGREED = "agreed", "三方协商提前终止"
