"""How a year's selection is decided (四（一）): a list, its approval, its 公示, its announcement.

The work plan says that specialists are selected every year; that a list stands on view before it binds is how the city
decides, so that the days are a number of the policy pack and none of ours. A rule takes facts and says nothing when all
is well.
"""

from collections.abc import Sequence
from datetime import date

from core.dates import day_in_words
from core.policy import Finding, RuleEntry, cites
from specialists.enums import ListStatus


@cites("E-STATE", "R15")
def list_may_move(entry: RuleEntry, *, status: ListStatus, to: ListStatus) -> Finding | None:
    """R15, 四（一）: a list is composed, approved, put on view, closed and announced, each once and in this order."""
    if to in ListStatus.moves[status]:
        return None
    return entry.finding(f"名单当前状态为“{status.label}”，不能执行此操作。", status=status.value, to=to.value)


@cites("E-STATE", "R15")
def list_is_open_to(entry: RuleEntry, *, status: ListStatus, among: Sequence[ListStatus]) -> Finding | None:
    """R15, 四（一）: while a list is with its approvers, and once it is announced, nobody comes on it or leaves it."""
    if status in among:
        return None
    return entry.finding(f"名单当前状态为“{status.label}”，不能执行此操作。", status=status.value)


@cites("E-LISTED", "R15", constraint="person_stands_on_one_list")
def stands_on_one_list(entry: RuleEntry, *, elsewhere: Sequence[tuple[str, str]]) -> Finding | None:
    """R15, 四（一）: who is selected is selected once; `elsewhere` are (name, title of the other list)."""
    if not elsewhere:
        return None
    said = "；".join(f"{name}已在“{title}”中" for name, title in elsewhere)
    return entry.finding(f"{said}，不能列入两份名单。", names=[name for name, _ in elsewhere])


@cites("E-NOTICE", "R15")
def notice_lasts_long_enough(entry: RuleEntry, *, working_days: int) -> Finding | None:
    """R15, 四（一）: a list stands on view for at least the working days that the pack names."""
    least = entry.params["working_days"]
    if working_days >= least:
        return None
    return entry.finding(
        f"公示期不少于{least}个工作日，当前为{working_days}个工作日。", field="working_days", least=least
    )


@cites("E-NOTICE", "R15", constraint="notice_closed_after_its_last_day")
def notice_has_ended(entry: RuleEntry, *, until: date, on: date) -> Finding | None:
    """R15, 四（一）: a notice is closed only after its last day, which belongs to those who may still object."""
    if on > until:
        return None
    return entry.finding(
        f"公示至{day_in_words(until)}，期满次日起才能办理公示结束。", until=until.isoformat(), on=on.isoformat()
    )


@cites("E-OBJECTION", "R15")
def objections_are_concluded(entry: RuleEntry, *, unfinished: int) -> Finding | None:
    """R15, 四（一）: nobody is announced over an objection that has not been looked into."""
    if not unfinished:
        return None
    return entry.finding(f"还有{unfinished}件异议没有办结，请先核查并登记结论。", unfinished=unfinished)
