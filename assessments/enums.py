from enum import nonmember

from django.db import models


class Grade(models.TextChoices):
    EXCELLENT = "excellent", "优秀"
    GOOD = "good", "良好"
    QUALIFIED = "qualified", "合格"
    UNQUALIFIED = "unqualified", "不合格"


class AssessmentStatus(models.TextChoices):
    OPEN = "open", "待派出单位考核"
    SUBMITTED = "submitted", "待市科技局审定"
    RETURNED = "returned", "退回派出单位"
    FINAL = "final", "考核结果已定"
    EXEMPT = "exempt", "不参加考核"
    CALLED_OFF = "called_off", "考核已撤销"

    moves = nonmember(
        {
            "open": {"submitted", "exempt", "called_off"},
            "submitted": {"final", "returned", "called_off"},
            "returned": {"submitted", "called_off"},
            "final": set[str](),
            "exempt": {"open", "called_off"},
            "called_off": set[str](),
        }
    )
    editable = nonmember(("open", "returned"))
    under_way = nonmember(("open", "submitted", "returned"))


VERBS = {
    "campaign.opened": "发起年度考核",
    "campaign.called_off": "撤销年度考核",
    "assessment.listed": "列入年度考核",
    "assessment.submitted": "派出单位提交考核意见",
    "assessment.returned": "退回派出单位",
    "assessment.step_taken": "市科技局审核",
    "assessment.decided": "审定考核结果",
    "assessment.exempted": "不参加考核",
    "assessment.included": "恢复参加考核",
    "specialist.revoked": "取消科技特派员资格",
    "specialist.reinstated": "恢复科技特派员资格",
}
