from enum import nonmember

from django.db import models


class Category(models.TextChoices):
    AGRICULTURE = "agriculture", "农业"
    ENTERPRISE = "enterprise", "工业企业"
    BROKER = "broker", "技术经纪人"


class Form(models.TextChoices):
    INDIVIDUAL = "individual", "个人"
    TEAM = "team", "团队"


class PersonnelType(models.TextChoices):
    STAFF = "staff", "在职人员"
    GRADUATE = "graduate", "在校研究生"


class Origin(models.TextChoices):
    NOMINATED = "nominated", "单位推荐"
    DIRECT_APPOINTMENT = "direct_appointment", "市科技局直接聘请"


class SpecialistStatus(models.TextChoices):
    ACTIVE = "active", "正常"
    REVOKED = "revoked", "取消资格"


class RegistrationStatus(models.TextChoices):
    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待市科技局审核"
    RETURNED = "returned", "退回补正"
    APPROVED = "approved", "已入选"

    moves = nonmember(
        {
            "draft": {"submitted"},
            "submitted": {"approved", "returned"},
            "returned": {"submitted"},
            "approved": set[str](),
        }
    )
    editable = nonmember(("draft", "returned"))
    tones = nonmember({"draft": "draft", "submitted": "wait", "returned": "returned", "approved": "ok"})


class Sex(models.TextChoices):
    MALE = "male", "男"
    FEMALE = "female", "女"


class ChangeField(models.TextChoices):
    """What changes only by a request once its person has been selected."""

    NAME = "name", "姓名"
    ID_NUMBER = "id_number", "身份证号"
    BANK_ACCOUNT = "bank_account", "银行账号"
    MOBILE = "mobile", "手机号"
    EMAIL = "email", "邮箱"


class ChangeStatus(models.TextChoices):
    OPEN = "open", "待审核"
    APPROVED = "approved", "已变更"
    RETURNED = "returned", "不同意变更"
    WITHDRAWN = "withdrawn", "已撤回"

    moves = nonmember(
        {
            "open": {"approved", "returned", "withdrawn"},
            "approved": set[str](),
            "returned": set[str](),
            "withdrawn": set[str](),
        }
    )
    decided = nonmember(("approved", "returned"))
    tones = nonmember({"open": "wait", "approved": "ok", "returned": "returned", "withdrawn": "ended"})


class Education(models.TextChoices):
    COLLEGE = "college", "大专"
    BACHELOR = "bachelor", "本科"
    MASTER = "master", "硕士研究生"
    DOCTOR = "doctor", "博士研究生"
    MASTER_STUDENT = "master_student", "在读硕士"
    DOCTOR_STUDENT = "doctor_student", "在读博士"


class Title(models.TextChoices):
    NONE = "none", "无"
    JUNIOR = "junior", "初级"
    MIDDLE = "middle", "中级"
    ASSOCIATE = "associate", "副高级"
    SENIOR = "senior", "正高级"


VERBS = {
    "team.taken_over": "导入历史团队",
    "team.given_back": "撤回历史团队",
    "registration.taken_over": "导入历史登记",
    "registration.given_back": "撤回历史登记",
    "team.created": "建立团队登记",
    "team.changed": "修改团队登记",
    "team.discarded": "删除团队登记草稿",
    "team.submitted": "提交团队登记",
    "team.step_passed": "审核通过一步",
    "team.approved": "同意入选",
    "team.returned": "退回补正",
    "team.member_replaced": "更换成员",
    "team.member_left": "成员退出",
    "team.member_joined": "增加成员",
    "team.leader_changed": "更换负责人",
    "specialist.account_linked": "开通账号",
    "registration.created": "建立登记",
    "registration.changed": "修改登记",
    "registration.discarded": "删除登记草稿",
    "registration.submitted": "提交登记",
    "registration.step_passed": "审核通过一步",
    "registration.approved": "同意入选",
    "registration.returned": "退回补正",
    "registration.selected_in_team": "随团队入选",
    "registration.listed_by_province": "登记人员列入省级名单",
    "specialist.created": "建立科技特派员档案",
    "specialist.changed": "修改个人资料",
    "specialist.discarded": "删除科技特派员档案",
    "specialist.revealed": "查看未遮盖的号码",
    "change.asked": "申请变更资料",
    "change.step_passed": "变更申请审核通过一步",
    "change.approved": "同意变更资料",
    "change.returned": "不同意变更资料",
    "change.withdrawn": "撤回变更申请",
    "change.revealed": "查看变更申请中的号码",
    "provincial_entry.added": "录入省级名单",
    "provincial_entry.discarded": "撤回省级名单条目",
    "provincial_entry.ended": "终止省级名单有效期",
}

# What an audit row names beside the fields of its record.
LABELS = {
    "number": "号码",
    "what": "变更事项",
    "old": "原值",
    "new": "变更为",
    "evidence": "证明材料",
    "id_number": "身份证号",
    "name": "名称",
    "valid_to": "有效期止",
    "person": "人员",
    "members": "成员",
    "left": "退出",
    "joined": "加入",
    "leader": "负责人",
    "on": "日期",
}
WORDS = {"what": dict(ChangeField.choices)}
