"""Words of the histories that core keeps itself, of the papers behind a step, and which dictionaries there are."""

from django.db import models


class PaperKind(models.TextChoices):
    """What a step was recorded from that somebody without an account took on paper."""

    SLIP = "slip", "签批单"
    MINUTES = "minutes", "会议纪要"
    DOCUMENT = "document", "文件"


class Dictionary(models.TextChoices):
    FIELD = "field", "专业领域"
    INDUSTRY = "industry", "行业"
    TITLE = "title", "职称"


TITLE_RANKS = (
    "正高级",
    "副高级",
    "中级",
    "初级",
    "无",
)  # the groups in which titles stand; each is a word of its own too


VERBS = {
    "pack.drafted": "起草新版本",
    "pack.edited": "修改草案",
    "pack.proposed": "提交审批",
    "pack.withdrawn": "退回草案",
    "pack.discarded": "删除草案",
    "pack.activated": "审定生效",
    "term.added": "新增用词",
    "term.renamed": "改名",
    "term.deleted": "删除用词",
    "term.arranged": "调整分组和次序",
    "term.retired": "停用",
    "term.revived": "恢复使用",
    "term.alias_added": "增加别名",
    "term.alias_removed": "删除别名",
    "holidays.entered": "录入放假安排",
}

LABELS = {
    "based_on": "起草依据",
    "entry": "条目",
    "values": "取值",
    "proposed_for": "拟生效日期",
    "active_from": "生效日期",
    "alias": "别名",
    "arranged": "放假和上班",
}
