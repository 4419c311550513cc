"""The columns that lists of requests share."""

from typing import Any

from core.sheets import Kind
from core.tables import Column
from specialists.enums import DIRECT, ChangeStatus

ASKED = (
    Column("asked_at", "申请日期", kind=Kind.DATE, nowrap=True),
    Column(
        "status",
        "状态",
        cell=lambda row: ChangeStatus(row["status"]).label,
        tone=lambda row: ChangeStatus.tones[row["status"]],
        phone="aside",
    ),
)


def unit(**more: Any) -> Column:
    """Whose people they are."""
    words = {"cell": lambda row: row["unit"] or DIRECT, "width": 28, "phone": "line"}
    return Column("unit", "派出单位", **{**words, **more})
