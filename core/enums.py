"""Words of the histories that core keeps itself, and of the papers behind a step."""

from django.db import models


class PaperKind(models.TextChoices):
    """What a step was recorded from that somebody without an account took on paper."""

    SLIP = "slip", "签批单"
    MINUTES = "minutes", "会议纪要"
    DOCUMENT = "document", "文件"


VERBS = {
    "pack.drafted": "起草新版本",
    "pack.edited": "修改草案",
    "pack.proposed": "提交审批",
    "pack.withdrawn": "退回草案",
    "pack.activated": "审定生效",
}

LABELS = {
    "based_on": "起草依据",
    "entry": "条目",
    "values": "取值",
    "proposed_for": "拟生效日期",
    "active_from": "生效日期",
}
