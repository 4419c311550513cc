"""The states and words of the desk: of rosters, and of scans brought by the folder."""

from enum import nonmember

from django.db import models


class Kind(models.TextChoices):
    PEOPLE = "people", "个人名单"
    TEAMS = "teams", "团队名单"
    PROVINCIAL = "provincial", "省级名单"
    PAST = "past", "历史协议"


class RosterStatus(models.TextChoices):
    UPLOADED = "uploaded", "待对应列"
    CHECKING = "checking", "正在校验"
    CHECKED = "checked", "待确认"
    APPLYING = "applying", "正在导入"
    APPLIED = "applied", "已导入"
    TAKEN_BACK = "taken_back", "已撤回"
    DROPPED = "dropped", "已放弃"

    moves = nonmember(
        {
            "uploaded": {"uploaded", "checking", "dropped"},
            "checking": {"checked", "uploaded", "dropped"},
            "checked": {"uploaded", "checking", "applying", "dropped"},
            "applying": {"applied", "checked"},
            "applied": {"taken_back"},
            "taken_back": set[str](),
            "dropped": set[str](),
        }
    )
    running = nonmember(("checking", "applying"))
    tones = nonmember(
        {
            "uploaded": "draft",
            "checking": "wait",
            "checked": "expiring",
            "applying": "wait",
            "applied": "ok",
            "taken_back": "ended",
            "dropped": "ended",
        }
    )


class Mode(models.TextChoices):
    """What happens to a roster with faulty rows: the clerk says so, nobody assumes it."""

    ALL = "all", "全部导入（有一行不能导入，就一行都不导入）"
    CLEAN = "clean", "只导入没有错误的行"


class Verdict(models.TextChoices):
    """The worst that was found of a row."""

    CLEAN = "clean", "可导入"
    INFO = "info", "可导入（有告知）"
    WARN = "warn", "可导入（有提示）"
    THERE = "there", "已在平台"
    BLOCK = "block", "不能导入"

    tones = nonmember({"clean": "pass", "info": "info", "warn": "warn", "there": "pass", "block": "block"})
    left_out = nonmember(("there", "block"))  # nothing is imported from such a row


class Outcome(models.TextChoices):
    WAITING = "waiting", "未导入"
    APPLIED = "applied", "已导入"
    REFUSED = "refused", "未通过"


class ScanOutcome(models.TextChoices):
    """What became of one file of a folder of scans."""

    WAITING = "waiting", "待处理"
    ATTACHED = "attached", "已附上"
    UNKNOWN = "unknown", "没有对应的协议"
    SEVERAL = "several", "对应几份协议"
    HAS_ONE = "has_one", "已有扫描件"
    SAME = "same", "文件已用过"
    REFUSED = "refused", "不能接收"

    tones = nonmember(
        {
            "waiting": "pending",
            "attached": "pass",
            "unknown": "warn",
            "several": "warn",
            "has_one": "info",
            "same": "warn",
            "refused": "block",
        }
    )


VERBS = {
    "past_scans.uploaded": "上传历史扫描件",
    "past_scans.attached": "附上历史扫描件",
    "roster.uploaded": "上传名单",
    "roster.mapped": "对应各列",
    "roster.checked": "校验名单",
    "roster.confirmed": "确认导入",
    "roster.applied": "完成导入",
    "roster.refused": "未能导入",
    "roster.taken_back": "撤回批次",
    "roster.dropped": "放弃批次",
    "organization.merged": "并入重复单位",
    "organization.merged_away": "作为重复单位并入其他单位",
    "specialist.merged": "并入重复的人员记录",
    "specialist.merged_away": "作为重复记录并入",
    "dismissal.made": "认定不是同一个",
    "dismissal.undone": "撤销“不是同一个”的认定",
    "agreement.person_merged": "人员记录合并，协议随之转入（已签署的文本不变）",
    "agreement.host_merged": "派驻单位合并，协议随之转入（已签署的文本不变）",
}

LABELS = {
    "files": "文件数",
    "absorbed": "并入的单位",
    "alike": "相近之处",
    "person": "人员记录",
    "moved_agreements": "转入协议（份）",
    "merged_flags": "企业标识",
    "file": "文件",
    "sheet": "工作表",
    "rows": "行数",
    "columns": "列对应",
    "counts": "校验结果",
    "mode": "导入方式",
    "registrations": "登记",
    "agreements": "协议草稿",
    "hosts": "派驻单位",
    "entries": "名单条目",
    "teams": "团队",
    "consent": "本人同意",
}
