"""What is asked of 离职 and 调出. The work plan is silent about them: a specialist is sent by the unit that has them
(四（二）, three parties), so a unit sends nobody who has left it.
"""

from collections.abc import Iterable
from datetime import date, timedelta

from core.jinja import cdate
from core.policy import Finding, plain

AHEAD = timedelta(days=90)  # somebody's last day is known about so early


def has_not_left(*, name: str, left_on: date | None, on: date) -> Finding | None:
    """R24, 四（二）: the unit dispatches its own people."""
    if left_on is None or left_on > on:
        return None
    return plain(
        "E-LEFT",
        f"本单位已登记{name}自{cdate(left_on)}起离开，不能再由本单位推荐或提交协议；如登记有误或已返回，请先撤销离职登记。",
        article="四（二）",
    )


def not_told_yet(*, name: str, told: bool) -> Finding | None:
    """Somebody leaves a unit once."""
    return plain("E-STATE", f"已登记{name}离开本单位，请刷新页面。") if told else None


def day_of_leaving(*, day: date, since: date, on: date) -> Finding | None:
    """Not before the bureau selected the person from this unit, and not a guess about next year."""
    if day < since:
        return plain("E-FIELD", f"离开日期不能早于入选日期（{cdate(since)}）。", field="left_on")
    if day > on + AHEAD:
        return plain("E-FIELD", f"离开日期不能晚于{cdate(on + AHEAD)}，请在临近时登记。", field="left_on")
    return None


def said_why(*, reason: str) -> Finding | None:
    """The bureau decides on it by what is written here."""
    return None if reason.strip() else plain("E-FIELD", "请写明情况，如去向、是否愿意继续服务。", field="reason")


def still_told(*, withdrawn: bool) -> Finding | None:
    """It is taken back once."""
    return plain("E-STATE", "这项登记已经撤销，请刷新页面。") if withdrawn else None


def nothing_follows(*, decisions: int) -> Finding | None:
    """What the bureau decided on it stands on it."""
    if not decisions:
        return None
    return plain("E-STATE", "市科技局已据此办理协议，不能撤销；情况有变的，请与市科技局联系。")


def no_end_is_to_come(*, ends: Iterable[tuple[str, date]]) -> Finding | None:
    """An agreement is not ended because of somebody who stays."""
    said = "、".join(f"协议{paper}自{cdate(day)}起终止" for paper, day in ends)
    return plain("E-STATE", f"已据此决定{said}，请先在协议页面撤销终止决定。") if said else None


def not_before_they_leave(*, left_on: date, ends_on: date) -> Finding | None:
    """Until then the person is there and serves."""
    if left_on <= ends_on:
        return None
    return plain("E-STATE", f"离开日期为{cdate(left_on)}，终止日期不能早于这一天。", field="ends_on")
