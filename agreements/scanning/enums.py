"""What became of a file, and of each agreement's pages in it."""

from enum import nonmember

from django.db import models


class Reading(models.TextChoices):
    """How far one file of a batch has come."""

    WAITING = "waiting", "待识别"
    READ = "read", "已识别"
    REFUSED = "refused", "不能接收"


class Outcome(models.TextChoices):
    """What became of the pages of one agreement in a file, or of a file that is none's."""

    WAITING = "waiting", "正在附上"
    ATTACHED = "attached", "已附上"
    UNPAIRED = "unpaired", "待人工配对"
    INCOMPLETE = "incomplete", "页数不全"
    AGAIN = "again", "已有扫描件"
    OLD_VERSION = "old_version", "旧版协议书"
    SAME = "same", "文件已用过"
    FOREIGN = "foreign", "非本单位协议"
    CLOSED = "closed", "不能再附"
    REFUSED = "refused", "不能接收"
    SET_ASIDE = "set_aside", "不附"

    tray = nonmember(("unpaired", "incomplete", "again"))  # a hand decides
    tones = nonmember(
        {
            "waiting": "pending",
            "attached": "pass",
            "unpaired": "warn",
            "incomplete": "warn",
            "again": "warn",
            "old_version": "block",
            "same": "info",
            "foreign": "block",
            "closed": "info",
            "refused": "block",
            "set_aside": "info",
        }
    )
