from enum import nonmember

from django.db import models


class Role(models.TextChoices):
    BUREAU_ADMIN = "bureau_admin", "市科技局管理员"
    BUREAU_OFFICER = "bureau_officer", "市科技局经办"
    DIVISION_HEAD = "division_head", "处室负责人"
    COUNTY_OFFICER = "county_officer", "县（市、区）经办"
    FINANCE = "finance", "财务监督"
    AUDITOR = "auditor", "审计"
    INSTITUTION_ADMIN = "institution_admin", "派出单位管理员"
    INSTITUTION_CLERK = "institution_clerk", "派出单位经办"
    HOST_CONTACT = "host_contact", "派驻单位联系人"
    SPECIALIST = "specialist", "科技特派员"

    bureau = nonmember(("bureau_admin", "bureau_officer", "division_head"))
    institution = nonmember(("institution_admin", "institution_clerk"))
    on_the_phone = nonmember(("specialist", "host_contact"))
    sees_everything = nonmember(("bureau_admin", "bureau_officer", "division_head", "finance", "auditor"))


class OfficeKind(models.TextChoices):
    CITY_BUREAU = "city_bureau", "市科技局"
    COUNTY_BUREAU = "county_bureau", "县（市、区）科技管理部门"
    FINANCE_BUREAU = "finance_bureau", "市财政局"
    AUDIT_OFFICE = "audit_office", "审计部门"


class InstitutionType(models.TextChoices):
    UNIVERSITY = "university", "高等院校"
    RESEARCH_INSTITUTE = "research_institute", "科研院所"
    TECH_SERVICE = "tech_service", "科技服务机构"
    ENTERPRISE = "enterprise", "企业"
    OTHER = "other", "其他"


class HostType(models.TextChoices):
    ENTERPRISE = "enterprise", "企业"
    COOPERATIVE = "cooperative", "合作社"
    FAMILY_FARM = "family_farm", "家庭农场"
    VILLAGE = "village", "村"
    PARK = "park", "园区（基地）"
    UNIVERSITY = "university", "院校"
    RESEARCH_INSTITUTE = "research_institute", "科研院所"
    COUNTY_BUREAU = "county_bureau", "县级科技管理部门"
    OTHER = "other", "其他"


class ApplicationStatus(models.TextChoices):
    """A unit's own application to become a dispatching institution."""

    UNCONFIRMED = "unconfirmed", "待确认邮箱"
    SUBMITTED = "submitted", "待审核"
    RETURNED = "returned", "退回补正"
    APPROVED = "approved", "已通过"
    REFUSED = "refused", "不予通过"

    decided = nonmember(("approved", "refused"))
    moves = nonmember(
        {
            "unconfirmed": ("submitted",),
            "submitted": ("returned", "approved", "refused"),
            "returned": ("submitted",),
            "approved": (),
            "refused": (),
        }
    )
    tones = nonmember(
        {"unconfirmed": "draft", "submitted": "wait", "returned": "returned", "approved": "ok", "refused": "ended"}
    )


class DistrictKind(models.TextChoices):
    GB2260 = "gb2260", "行政区划"
    FUNCTIONAL_ZONE = "functional_zone", "功能区"


VERBS = {
    "district.added": "新增县（市、区）",
    "district.renamed": "改名",
    "district.retired": "停用",
    "district.revived": "恢复使用",
    "user.signed_in": "登录",
    "user.signed_out": "退出登录",
    "user.locked_out": "连续登录失败，暂停登录",
    "user.hat_changed": "切换身份",
    "user.password_changed": "修改密码",
    "invitation.sent": "邀请成员",
    "invitation.withdrawn": "撤回邀请",
    "invitation.accepted": "接受邀请",
    "membership.ended": "终止身份",
    "token.created": "创建接口令牌",
    "token.deleted": "删除接口令牌",
    "application.submitted": "确认邮箱并提交申请",
    "application.corrected": "补正后再次提交",
    "application.returned": "退回补正",
    "application.approved": "通过申请",
    "application.refused": "不予通过",
    "organization.institution_created": "新增派出单位",
    "organization.host_created": "新增派驻单位",
    "organization.changed": "修改单位信息",
    "organization.flags_verified": "核实企业标识",
    "organization.flags_returned": "退回企业标识",
    "view.saved": "保存列表视图",
    "view.changed": "修改列表视图",
    "view.deleted": "删除列表视图",
    "export.asked": "导出列表",
    "export.made": "生成导出文件",
    "export.downloaded": "下载导出文件",
}

# Names in audit rows that are no field of the record they stand on.
LABELS = {
    "expiry": "有效期至",
    "handed_to": "接手人",
    "handed": "交接事项",
    "hat": "身份",
    "type": "派出单位类型",
    "host_type": "派驻单位类型",
    "is_above_scale": "规模以上",
    "is_tech_sme": "科技型中小企业",
    "flags_year": "认定年度",
    "flags_verified_on": "核实日期",
    "flags_basis": "核实依据",
    "list": "列表",
    "conditions": "筛选条件",
}
WORDS = {"type": dict(InstitutionType.choices), "host_type": dict(HostType.choices)}
