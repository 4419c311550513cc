"""What the work plan says about service visits (六（二）, 六（三）). Facts in, findings out.

The plan pays per person and trip to the grassroots (每人每次), so a visit has to be one that was due: on a day of a
filed agreement, by a person who then was a specialist, told soon after. Whether it is paid is judged in funding.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from core.dates import day_in_words
from core.policy import Finding, RuleEntry, cites, plain
from visits.enums import VisitStatus


@dataclass(frozen=True)
class Service:
    """The filed period of an agreement, as far as it was not ended before; both days count."""

    start: date
    last_day: date


@cites("E-VISIT-PERIOD", "R39", "R43", constraint="visit_within_filed_service")
def within_service(entry: RuleEntry, *, on: date, service: Service | None) -> Finding | None:
    """六（二）: a visit lies within the service period of a filed agreement; `service` is None if none is filed."""
    if service and service.start <= on <= service.last_day:
        return None
    return entry.finding(
        f"服务日期{day_in_words(on)}不在已备案协议的服务期限内。请核对服务日期，或选择当日有效的协议。",
        date=on.isoformat(),
    )


@cites("E-VISIT-DATE", "R39")
def told_in_time(entry: RuleEntry, *, date: date, today: date, within_days: int) -> Finding | None:
    """六（二）: a visit is told after it took place and while it can still be checked (`within_days`)."""
    if date > today:
        return entry.finding(f"服务日期{day_in_words(date)}晚于今天。服务完成后再登记。", date=date.isoformat())
    if date < today - timedelta(days=within_days):
        return entry.finding(
            f"服务日期{day_in_words(date)}距今已超过{within_days}天，不能再登记。如确有原因，请由派出单位报市科技局说明。",
            date=date.isoformat(),
            within_days=within_days,
        )
    return None


@cites("E-VISIT-WHO", "R40", "A20")
def those_who_came_serve(
    entry: RuleEntry, *, on: date, came: Collection[str], strangers: Collection[str]
) -> Finding | None:
    """六（二）: the subsidy is each person's (每人每次): somebody came, and whoever came served under the agreement then.

    `came` and `strangers` are names; a stranger is no member of the team on that day, or is qualified no longer.
    """
    if strangers:
        names = "、".join(strangers)
        return entry.finding(
            f"{names}在{day_in_words(on)}不是团队的有效成员，请核对参加人员和服务日期。", field="attendees"
        )
    if not came:
        return entry.finding("请选择参加这次服务的人员。", field="attendees")
    return None


@cites("E-REVOKED", "R34", "A18")
def told_by_the_qualified(entry: RuleEntry, *, name: str, revoked_on: date | None, last_day: date) -> Finding | None:
    """五（一）: with the qualification the service stops; who has none tells of no visit that reaches into such a day.

    Also of a team's, whoever came: those who went tell of it themselves.
    """
    if revoked_on is None or last_day < revoked_on:
        return None
    return entry.finding(
        f"{name}的科技特派员资格已取消（{day_in_words(revoked_on)}），不能登记当日及以后的服务。"
        "对取消资格有疑问的，请与市科技局联系。",
        field="date",
        revoked_on=revoked_on.isoformat(),
    )


@cites("E-VISIT-WHO", "R40", "A20")
def told_by_a_member(entry: RuleEntry, *, name: str, on: date, is_member: bool) -> Finding | None:
    """六（二）: a team's visit is told by one of its own; who has left tells of no day after it."""
    if is_member:
        return None
    return entry.finding(
        f"{name}在{day_in_words(on)}已退出团队，不能登记这一天的服务，请由团队现有成员登记。", field="date"
    )


@cites("W-VISIT-DAYS", "A20")
def days_count_once(entry: RuleEntry, *, days: int) -> Finding | None:
    """六（二）: a stay of several days is one trip (每人每次); the days are shown."""
    if days <= 1:
        return None
    return entry.finding(f"连续服务{days}天，按一次下基层计算。", days=days)


@cites("W-SAME-DAY", "A20")
def one_trip_a_day(entry: RuleEntry, *, specialist: str, on: date, others: int) -> Finding | None:
    """六（二）: several hosts on one day are one trip; the visit is kept, its subsidy is paid once."""
    if not others:
        return None
    return entry.finding(
        f"{specialist}{day_in_words(on)}已登记一次下基层服务，本次可以登记，补助当日只发放一次。", others=others
    )


@cites("W-BEFORE-FILING", "A21")
def paid_from_filing(entry: RuleEntry, *, on: date, filed_on: date | None) -> Finding | None:
    """六（二）: a visit between the start of the service and its filing is kept, and earns no subsidy."""
    if filed_on is None or on >= filed_on:
        return None
    return entry.finding(
        f"协议{day_in_words(filed_on)}备案。{day_in_words(on)}的服务可以登记，计入考核，不发放补助。",
        filed_on=filed_on.isoformat(),
    )


@cites("E-STATE", "R43", constraint="confirmed_visit_never_changes")
def may_move(entry: RuleEntry, *, status: VisitStatus, to: VisitStatus) -> Finding | None:
    """六（三）: a visit is logged, then confirmed or disputed by the host; what is confirmed stays as it is."""
    if to in VisitStatus.moves[status]:
        return None
    return entry.finding(f"当前状态为“{status.label}”，不能执行此操作。", status=status.value, to=to.value)


@cites("E-STATE", "R43")
def host_is_waited_for(entry: RuleEntry, *, status: VisitStatus) -> Finding | None:
    """六（三）: the host is asked while it has not answered, and not about what was taken back."""
    if status == VisitStatus.LOGGED:
        return None
    return entry.finding(f"当前状态为“{status.label}”，无需再发确认链接。", status=status.value)


def no_mailbox(*, host: str) -> Finding:
    return plain(
        "E-ADDRESS",
        f"“{host}”没有登记联系邮箱，不能发送。请由派出单位或县（市、区）补充邮箱，或请派驻单位、县（市、区）登录平台确认。",
    )


def sent_again_today() -> Finding:
    return plain("E-REMINDED", "今天已经重新发送过确认链接，明天可以再次发送。请派驻单位查看联系邮箱（包括垃圾邮件）。")


@cites("E-STATE", "R43", constraint="confirmed_visit_never_changes")
def may_amend(entry: RuleEntry, *, status: VisitStatus) -> Finding | None:
    """六（三）: a visit is corrected until the host has confirmed it."""
    if status in VisitStatus.editable:
        return None
    return entry.finding(f"当前状态为“{status.label}”，不能修改。", status=status.value)
