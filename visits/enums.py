from enum import nonmember

from django.db import models


class VisitStatus(models.TextChoices):
    LOGGED = "logged", "待派驻单位确认"
    CONFIRMED = "confirmed", "已确认"
    DISPUTED = "disputed", "派驻单位有异议"
    WITHDRAWN = "withdrawn", "已撤回"

    moves = nonmember(
        {
            "logged": {"confirmed", "disputed", "withdrawn"},
            "disputed": {"logged", "withdrawn"},
            "confirmed": set[str](),
            "withdrawn": set[str](),
        }
    )
    editable = nonmember(("logged", "disputed"))


class Mode(models.TextChoices):
    ONSITE = "onsite", "现场服务"
    ONLINE = "online", "线上服务"


class Rating(models.TextChoices):
    SATISFIED = "satisfied", "满意"
    FAIR = "fair", "基本满意"
    UNSATISFIED = "unsatisfied", "不满意"


VERBS = {
    "visit.logged": "登记服务",
    "visit.amended": "修改服务记录",
    "visit.withdrawn": "撤回服务记录",
    "visit.confirmed": "派驻单位确认服务",
    "visit.disputed": "派驻单位提出异议",
    "visit.link_asked": "申请重新发送确认链接",
    "visit.link_sent": "向派驻单位发送确认链接",
}
