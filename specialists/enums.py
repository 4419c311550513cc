from datetime import date
from enum import nonmember

from django.db import models

DIRECT = "市科技局直接聘请"  # stands in the place of an institution (A6)


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
    PROPOSED = "proposed", "拟选派"  # passed review; selected only when the published list is announced
    APPROVED = "approved", "已入选"
    DECLINED = "declined", "未入选"

    moves = nonmember(
        {
            "draft": {"submitted"},
            "submitted": {"proposed", "approved", "returned"},
            "returned": {"submitted"},
            "proposed": {"approved", "declined"},
            "approved": set[str](),
            "declined": set[str](),
        }
    )
    editable = nonmember(("draft", "returned"))
    on_the_plan = nonmember(("proposed", "approved"))  # who takes a place of the yearly plan
    tones = nonmember(
        {
            "draft": "draft",
            "submitted": "wait",
            "returned": "returned",
            "proposed": "info",
            "approved": "ok",
            "declined": "bad",
        }
    )


class CallStatus(models.TextChoices):
    """推荐通知: whether it is open is the day's to say."""

    DRAFT = "draft", "草稿"
    PUBLISHED = "published", "已发布"

    moves = nonmember({"draft": {"published"}, "published": set[str]()})


class ListStatus(models.TextChoices):
    """Where a 拟选派名单 stands."""

    DRAFT = "draft", "拟定中"
    SUBMITTED = "submitted", "审批中"
    APPROVED = "approved", "审批通过，待公示"
    NOTICE = "notice", "公示中"
    CLOSED = "closed", "公示结束，待公布"
    ANNOUNCED = "announced", "已公布"

    moves = nonmember(
        {
            "draft": {"submitted"},
            "submitted": {"approved", "draft"},
            "approved": {"notice", "draft"},  # back before anybody has read it
            "notice": {"closed", "draft"},  # while its first day is still to come
            "closed": {"announced"},
            "announced": set[str](),
        }
    )
    public = nonmember(("notice", "closed", "announced"))  # everybody has read who is on it
    approved_once = nonmember(("approved", "notice", "closed", "announced"))
    tones = nonmember(
        {
            "draft": "draft",
            "submitted": "wait",
            "approved": "info",
            "notice": "expiring",
            "closed": "info",
            "announced": "ok",
        }
    )


def state_of_list(status: str, notice_from: date | None, on: date) -> tuple[str, str]:
    """What the day makes of a list: its word and tone. A notice laid for a later day is not out yet."""
    if status == ListStatus.NOTICE and notice_from and on < notice_from:
        return "待公示", ListStatus.tones["approved"]
    return ListStatus(status).label, ListStatus.tones[status]


class Channel(models.TextChoices):
    """How an objection came."""

    PHONE = "phone", "电话"
    LETTER = "letter", "来信"
    VISIT = "visit", "来访"
    EMAIL = "email", "电子邮件"
    OTHER = "other", "其他"


class Conclusion(models.TextChoices):
    UPHELD = "upheld", "异议成立"
    DISMISSED = "dismissed", "异议不成立"


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
    GRADUATES_ON = "graduates_on", "预计毕业日期"  # of a student: it stands in the registration


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


class DepartureKind(models.TextChoices):
    """How a person leaves the unit that dispatched them."""

    RESIGNED = "resigned", "离职"
    TRANSFERRED = "transferred", "调出"
    RETIRED = "retired", "退休"
    OTHER = "other", "其他原因离开"


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
    "specialist.ranked": "随字典调整职称等级",
    "specialist.suspended": "暂停科技特派员资格",
    "specialist.resumed": "恢复暂停的资格",
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
    "team.proposed": "审核通过，拟选派",
    "team.declined": "取消拟选派",
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
    "registration.proposed": "审核通过，拟选派",
    "registration.declined": "取消拟选派",
    "registration.returned": "退回补正",
    "registration.begun_in_team": "随团队登记（负责人）",
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
    "evidence.added": "上传佐证材料",
    "evidence.removed": "移除佐证材料",
    "departure.registered": "登记离职或调出",
    "departure.withdrawn": "撤销离职登记",
    "registration.person_left": "登记人员离开派出单位",
    "call.drafted": "起草推荐通知",
    "call.changed": "修改推荐通知",
    "call.published": "发布推荐通知",
    "call.discarded": "删除推荐通知草稿",
    "call.late_admitted": "受理补报",
    "selection_list.composed": "拟定名单",
    "selection_list.extended": "增加名单人选",
    "selection_list.entry_removed": "移出名单",
    "selection_list.submitted": "提交名单审批",
    "selection_list.step_passed": "名单审批通过一步",
    "selection_list.approved": "名单审批通过",
    "selection_list.returned": "名单退回修改",
    "selection_list.called_back": "撤回名单审批",
    "selection_list.notice_opened": "发布公示",
    "selection_list.closed": "公示结束",
    "selection_list.announced": "公布选派名单",
    "selection_list.correction_asked": "申请更正公布文件",
    "selection_list.correction_approved": "同意更正公布文件",
    "selection_list.correction_returned": "不同意更正公布文件",
    "selection_list.correction_withdrawn": "撤回公布文件更正",
    "registration.announcement_corrected": "更正入选的公布文件",
    "team.announcement_corrected": "更正入选的公布文件",
    "objection.received": "登记异议",
    "objection.concluded": "异议办结",
    "provincial_entry.added": "录入省级名单",
    "provincial_entry.discarded": "撤回省级名单条目",
    "provincial_entry.ended": "终止省级名单有效期",
}

# What an audit row names beside the fields of its record.
LABELS = {
    "from_on": "暂停日期",
    "until_on": "暂停至",
    "resumed_on": "恢复日期",
    "number": "号码",
    "kind": "离开方式",
    "left_on": "离开日期",
    "title": "名称",
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
    "document_number": "文号",
    "paper_number": "签批编号",
    "entries": "名单人选",
    "entry": "名单人选",
    "count": "数量",
    "scan": "公布文件",
    "announced_on": "成文日期",
    "objections": "异议件数",
    "upheld": "异议成立件数",
    "institution": "派出单位",
    "until": "补报截止日期",
    "conclusion": "办理结论",
    "graduates_on": "预计毕业日期",
}
WORDS = {"what": dict(ChangeField.choices), "conclusion": dict(Conclusion.choices)}
