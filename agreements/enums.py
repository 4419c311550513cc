from enum import nonmember

from django.db import models


class AgreementStatus(models.TextChoices):
    DRAFT = "draft", "草稿"
    SUBMITTED = "submitted", "待市科技局审核"
    RETURNED = "returned", "退回补正"
    FILED = "filed", "已备案"
    TERMINATED = "terminated", "已终止"
    VOID = "void", "已作废"  # filed in error: it counts nowhere, and keeps its number
    ABANDONED = "abandoned", "已放弃"  # never filed: whoever wrote it pursues it no more, and its papers stay

    moves = nonmember(
        {
            "draft": {"submitted", "abandoned"},
            "submitted": {"filed", "returned"},
            "returned": {"submitted", "abandoned"},
            "filed": {"terminated", "void"},
            "terminated": set[str](),
            "void": set[str](),
            "abandoned": set[str](),
        }
    )
    editable = nonmember(("draft", "returned"))
    before_filing = nonmember(("draft", "returned", "submitted"))
    at_home = nonmember(("draft", "abandoned"))  # with who wrote it: nothing that the bureau has
    over = nonmember(("terminated", "void", "abandoned"))
    not_handed_in = nonmember(("draft", "returned", "abandoned"))
    counted_at_host = nonmember(("submitted", "filed"))  # A10
    once_filed = nonmember(("filed", "terminated"))


class TextStatus(models.TextChoices):
    """Where a text of the agreement stands; that it is before somebody for approval is the approval's to say."""

    DRAFT = "draft", "草稿"
    IN_FORCE = "in_force", "启用"
    REPLACED = "replaced", "已替换"

    moves = nonmember({"draft": {"in_force"}, "in_force": {"replaced"}, "replaced": set[str]()})
    once_in_force = nonmember(("in_force", "replaced"))
    tones = nonmember({"draft": "draft", "in_force": "ok", "replaced": "ended"})


class Party(models.TextChoices):
    """The three parties of the agreement, as its signature block orders them (R24)."""

    INSTITUTION = "institution", "派出单位"
    HOST = "host", "派驻单位"
    SPECIALIST = "specialist", "科技特派员"


class Authority(models.TextChoices):
    """As what somebody signs: for himself, or for a unit."""

    SELF = "self", "本人"
    LEGAL = "legal", "法定代表人"
    DELEGATE = "delegate", "授权代表"

    for_a_unit = nonmember(("legal", "delegate"))


class TerminationReason(models.TextChoices):
    UNQUALIFIED = "unqualified", "考核不合格"
    AGREED = "agreed", "三方协商提前终止"
    GRADUATED = "graduated", "在校研究生毕业"  # A14: the bureau decides
    PROVINCIAL = "provincial", "列入省级科技特派员"  # A15: the bureau decides
    MOVED = "moved", "改派"  # R27: the bureau agrees to what person or unit asked
    LEFT = "left", "科技特派员离开派出单位"  # the bureau decides on what the institution told
    PAST = "past", "平台启用前终止"  # of a past agreement: in whatever words, they stand in its history

    to_choose = nonmember(("agreed", "graduated", "provincial"))  # 考核不合格 follows from the assessment


class AmendmentReason(models.TextChoices):
    """Why a filed agreement is to read otherwise."""

    NEED = "need", "派驻单位需求变化"
    PLAN = "plan", "服务计划调整"
    FORCE = "force", "自然灾害等不可抗力"
    OTHER = "other", "其他"


class RunTrigger(models.TextChoices):
    """What made the platform check a year."""

    DAILY = "daily", "每日检查"
    FILING = "filing", "备案后检查"
    MANUAL = "manual", "人工检查"


VERBS = {
    "agreement.drafted": "起草",
    "agreement.discarded": "删除草稿",
    "agreement.abandoned": "放弃协议",
    "agreement.edited": "修改",
    "agreement.printed": "打印三方协议书",
    "agreement.signed": "登记签署",
    "agreement.signature_taken_back": "撤销登记的签署",
    "agreement.signed_online": "在线签署",
    "agreement.signing_asked": "发送签署链接",
    "agreement.signing_refused": "拒签",
    "agreement.signature_voided": "签署失效",
    "agreement.scan_attached": "上传签署扫描件",
    "agreement.scan_withdrawn": "撤下扫描件",
    "agreement.withdrawn_scan_opened": "查看撤下的扫描件",
    "agreement.submitted": "提交市科技局",
    "prints.asked": "批量打印协议书",
    "prints.made": "批量打印完成",
    "merges.asked": "合并打印材料",
    "merges.made": "合并打印完成",
    "archive.prepared": "整理待归档",
    "archive.closed": "检查并归档",
    "archive.supplemented": "补充归档",
    "archive.package_asked": "制作归档压缩包",
    "archive.package_made": "归档压缩包已完成",
    "archive.package_failed": "归档压缩包没有制成",
    "scans.uploaded": "上传签署扫描件",
    "scans.paired": "识别并附上扫描件",
    "scans.attached_by_hand": "人工附上扫描件",
    "scans.set_aside": "不附",
    "agreement.returned": "退回补正",
    "agreement.step_passed": "审核通过，转下一步",
    "agreement.transferred": "转办",
    "cover.arranged": "安排代办",
    "cover.ended": "结束代办",
    "agreement.filed": "备案",
    "agreement.host_reassigned": "改派",
    "agreement.end_ordered": "决定终止",
    "agreement.end_revoked": "撤销终止决定",
    "agreement.terminated": "终止",
    "agreement.voided": "作废备案",
    "agreement.goes_on_after_graduation": "毕业后继续服务",
    "agreement.ends_with_graduation": "毕业终止",
    "agreement.specialist_left": "派出单位登记特派员离开",
    "agreement.goes_on_after_leaving": "离职后继续服务",
    "agreement.ends_with_leaving": "离职终止",
    "agreement.move_asked": "申请改派",
    "agreement.move_approved": "同意改派申请",
    "agreement.move_returned": "不同意改派申请",
    "agreement.move_withdrawn": "撤回改派申请",
    "agreement.renewed": "起草续签",
    "agreement.amendment_asked": "申请变更",
    "agreement.amendment_approved": "同意变更",
    "agreement.amendment_returned": "不同意变更",
    "agreement.amendment_withdrawn": "撤回变更申请",
    "agreement.leaving": "登记不再续签",
    "agreement.leaving_withdrawn": "恢复续签未定",
    "agreement.certificate_issued": "出具备案证明",
    "agreement.certificate_renewed": "备案证明写明汇总表",
    "filing_sheet.made": "制作备案汇总表",
    "filing_sheet.redrawn": "重新生成",
    "filing_sheet.called_off": "撤销",
    "filing_sheet.stamped": "上传盖章件",
    "filing_sheet.stamp_replaced": "更换盖章件",
    "agreement.taken_over": "导入历史协议",
    "agreement.given_back": "撤回历史协议",
    "agreement.text_taken": "改用新的协议书文本",
    "text.drafted": "起草协议书文本",
    "text.edited": "修改协议书文本",
    "text.discarded": "删除文本草稿",
    "text.proposed": "提交审定",
    "text.returned": "退回修改",
    "text.activated": "审定启用",
    "text.replaced": "由新文本替换",
}

# What audit rows carry beside the fields of an agreement.
LABELS = {
    "files": "文件数",
    "items": "归档（件）",
    "filings": "备案协议（份）",
    "agreement": "协议",
    "attached": "已附上（份）",
    "papers": "协议书（份）",
    "stamped_on": "盖章日期",
    "listed": "列入（件）",
    "refused": "未能打印（份）",
    "pages": "页",
    "year": "年度",
    "officer": "经办人",
    "acting_for": "代原经办人",
    "absent": "外出人员",
    "stand_in": "代办人员",
    "wished": "拟改派单位",
    "graduates_on": "预计毕业日期",
    "left_on": "离开日期",
    "ends_on": "终止日期",
    "document_number": "文号",
    "evidence": "证明材料",
    "party": "签署方",
    "signer": "签署人",
    "authority": "签署身份",
    "letter": "授权委托书",
    "sent_to": "发送至",
    "changed": "变更内容",
    "text": "协议书文本",
    "leaving": "不再续签原因",
    "signed_on": "签署日期",
    "sha256": "文件校验值",
    "number": "扫描件",
}

# And the words for their values, where those are codes.
WORDS = {"party": dict(Party.choices), "authority": dict(Authority.choices)}
