"""Workbooks of agreements: the 备案汇总表 of what an institution handed in together."""

from django.utils.timezone import now

from accounts.models import Membership
from agreements.documents import SUMMARY_HEAD, sender, summary_rows, summary_title
from agreements.models import Submission
from core.sheets import Column, Kind, Report, workbook

_SHAPES: dict[str, tuple[Kind, float]] = {
    "协议编号": (Kind.TEXT, 22),
    "证件号码": (Kind.TEXT, 22),
    "派驻单位": (Kind.TEXT, 32),
    "服务开始日期": (Kind.DATE, 17),
    "服务截止日期": (Kind.DATE, 17),
    "次数": (Kind.NUMBER, 8),
    "备案日期": (Kind.DATE, 17),
}


def summary(submission: Submission, *, by: Membership) -> tuple[str, bytes]:
    """The 备案汇总表 as xlsx, with the name of its file. IDs are masked, as on every copy."""
    columns = [
        Column(label, *_SHAPES.get(label, (Kind.TEXT, 14)), left=label == "派驻单位")
        for label in SUMMARY_HEAD[1:]  # core.sheets numbers the rows itself
    ]
    report = Report(
        title=summary_title(submission),
        unit=sender(submission).name,
        on=submission.submitted_on,
        columns=columns,
        rows=[row[1:] for row in summary_rows(submission)],
        signers=("单位负责人", "审核人", "制表人", "联系电话"),
    )
    conditions = {"汇总编号": str(submission)}
    return report.file_name, workbook(report, by=str(by.person), at=now(), conditions=conditions)
