"""How a year's selection is decided (四（一）): a list, its approval, its 公示, its announcement.

The work plan says that specialists are selected every year; that a list stands on view before it binds is how the city
decides, so that the days are a number of the policy pack and none of ours. A rule takes facts and says nothing when all
is well.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.dates import day_in_words
from core.policy import Finding, RuleEntry, cites
from specialists.enums import CallStatus, ListStatus


@dataclass(frozen=True)
class Window:
    """From when to when a call takes nominations; both days count."""

    title: str
    opens_on: date
    closes_on: date


@cites("E-CALL", "R15", "A8")
def nominated_while_called(
    entry: RuleEntry, *, what: str, windows: Sequence[Window], late_until: date | None, on: date
) -> Finding | None:
    """R15, 四（一）: institutions nominate while a call of the year asks for it; later only as the bureau lets them in.

    `windows` are the published calls for `what` (农业个人); `late_until` is the last day the bureau gave this one.
    """
    if any(one.opens_on <= on <= one.closes_on for one in windows):
        return None
    if late_until and on <= late_until:
        return None
    if late_until:
        return entry.finding(f"补报已于{day_in_words(late_until)}截止。如仍需补报，请向市科技局说明理由。")
    if not windows:
        return entry.finding(f"本年度还没有发布{what}科技特派员的推荐通知。可先保存草稿，通知发布后在受理期内提交。")
    coming = min((one for one in windows if one.opens_on > on), key=lambda one: one.opens_on, default=None)
    if coming:
        return entry.finding(
            f"“{coming.title}”自{day_in_words(coming.opens_on)}起受理。可先保存草稿，届时提交。",
            opens_on=coming.opens_on.isoformat(),
        )
    last = max(windows, key=lambda one: one.closes_on)
    return entry.finding(
        f"“{last.title}”已于{day_in_words(last.closes_on)}截止受理。确需补报的，请向市科技局说明理由，由市科技局受理补报后提交。",
        closes_on=last.closes_on.isoformat(),
    )


@cites("E-STATE", "R15")
def call_is_open_to_change(entry: RuleEntry, *, status: CallStatus) -> Finding | None:
    """R15, 四（一）: what a call says was told to every institution, and does not change under their hands."""
    if status == CallStatus.DRAFT:
        return None
    return entry.finding("推荐通知已经发布，不能修改。需要调整的，请另行发布通知或受理补报。", status=status.value)


@cites("E-STATE", "R15")
def list_may_move(entry: RuleEntry, *, status: ListStatus, to: ListStatus) -> Finding | None:
    """R15, 四（一）: a list is composed, approved, put on view, closed and announced, each once and in this order."""
    if to in ListStatus.moves[status]:
        return None
    return entry.finding(f"名单当前状态为“{status.label}”，不能执行此操作。", status=status.value, to=to.value)


@cites("E-STATE", "R15")
def list_is_not_public(entry: RuleEntry, *, status: ListStatus, notice_from: date | None, on: date) -> Finding | None:
    """R15, 四（一）: an approval is undone only before the list is on view; from then on it is closed or announced."""
    if status == ListStatus.APPROVED or (status == ListStatus.NOTICE and notice_from and notice_from > on):
        return None
    why = "名单已经公示" if status in ListStatus.public else f"名单当前状态为“{status.label}”"
    return entry.finding(f"{why}，不能撤回审批。", status=status.value)


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


@cites("E-CORRECT-OPEN", "R15", constraint="one_open_correction_of_an_announcement")
def one_open_correction(entry: RuleEntry, *, is_open: bool) -> Finding | None:
    """R15, 四（一）: of an announced list one correction waits at a time; two would overtake each other."""
    if not is_open:
        return None
    return entry.finding("公布文件已有一份待审核的更正申请，请等待审核，或撤回后重新申请。", field="what")


@cites("E-DOC-NUMBER", "R15", constraint="number_stands_for_one_announcement")
def number_stands_for_one_list(entry: RuleEntry, *, number: str, other: str) -> Finding | None:
    """R15, 四（一）: who was selected by which document is told by its number; `other` is the list that has it already."""
    if not other:
        return None
    return entry.finding(
        f"文号“{number}”已登记为“{other}”的公布文件，请核对文号。", field="document_number", other=other
    )


@cites("E-STATE", "R15")
def announced_before_what_followed(entry: RuleEntry, *, day: date, done: Sequence[str]) -> Finding | None:
    """R15, 四（一）: nothing rests on a selection that came after it; `done` is what was done before the day, in words."""
    if not done:
        return None
    return entry.finding(
        f"{'；'.join(done)}，早于更正后的成文日期{day_in_words(day)}，入选日期不能晚于这些办理，请核对成文日期。",
        field="announced_on",
    )
