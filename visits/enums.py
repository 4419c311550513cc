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


class Mode(models.TextChoices):
    ONSITE = "onsite", "现场服务"
    ONLINE = "online", "线上服务"


class Rating(models.TextChoices):
    SATISFIED = "satisfied", "满意"
    FAIR = "fair", "基本满意"
    UNSATISFIED = "unsatisfied", "不满意"
