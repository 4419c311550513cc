"""Workbooks of agreements: the 汇总表 of what an institution hands in together."""

from datetime import date

from django.db.models import QuerySet
from django.utils.timezone import now

from accounts.models import Membership
from agreements.documents import SUMMARY_HEAD, sender, summary_rows, summary_title
from agreements.models import Agreement, Submission
from core.sheets import Column, Kind, Report, workbook

_SHAPES: dict[str, tuple[Kind, float]] = {
    "协议编号": (Kind.TEXT, 22),
    "证件号码": (Kind.TEXT, 22),
    "派驻单位": (Kind.TEXT, 32),
    "服务开始日期": (Kind.DATE, 17),
    "服务截止日期": (Kind.DATE, 17),
    "次数": (Kind.NUMBER, 8),
    "备案日期": (Kind.DATE, 17),
    "团队": (Kind.TEXT, 28),
}


def summary(submission: Submission, *, by: Membership) -> tuple[str, bytes]:
    """The 汇总表 as xlsx, with the name of its file. IDs are masked, as on every copy."""
    unit, on = sender(submission).name, submission.submitted_on
    return _summary(submission.agreements.all(), unit, on, by=by, conditions={"汇总编号": str(submission)})


def compiled(listed: QuerySet[Agreement], *, by: Membership, on: date) -> tuple[str, bytes]:
    """The same of drafts, before they are handed in."""
    return _summary(listed, by.organization.name, on, by=by, conditions={"报送": "尚未提交"})


def _summary(
    listed: QuerySet[Agreement], unit: str, on: date, *, by: Membership, conditions: dict[str, str]
) -> tuple[str, bytes]:
    columns = [
        Column(label, *_SHAPES.get(label, (Kind.TEXT, 14)), left=label in ("派驻单位", "团队"))
        for label in SUMMARY_HEAD[1:]  # core.sheets numbers the rows itself
    ]
    report = Report(
        title=summary_title(on.year),
        unit=unit,
        on=on,
        columns=columns,
        rows=[row[1:] for row in summary_rows(listed)],
        signers=("单位负责人", "审核人", "制表人", "联系电话"),
    )
    return report.file_name, workbook(report, by=str(by.person), at=now(), conditions=conditions)
