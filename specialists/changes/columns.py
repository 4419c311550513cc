"""The columns that every list of requests ends with."""

from core.jinja import cdate
from core.tables import Column
from specialists.enums import ChangeStatus

ASKED = (
    Column("asked_at", "申请日期", cell=lambda row: cdate(row["asked_at"]), nowrap=True),
    Column(
        "status",
        "状态",
        cell=lambda row: ChangeStatus(row["status"]).label,
        tone=lambda row: ChangeStatus.tones[row["status"]],
        phone="aside",
    ),
)
