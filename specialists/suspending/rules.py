"""What a suspended qualification bars. The work plan knows only its end (五（一）); resting for a time is the bureau's
milder, revisable word, and bars what the plan gives a specialist to do: to sign (四（二）) and to serve.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta

from core.dates import day_in_words
from core.policy import Finding, RuleEntry, cites, plain

ARTICLE = "五（一）"
AHEAD = timedelta(days=90)  # decided so early at most
LONGEST = (
    2  # years beyond its own, with a day named beforehand: what is later was mistyped (R18: nobody signs for longer)
)


@dataclass(frozen=True)
class Spell:
    """The days of one suspension, both counted; without a last day until further notice; none where it ends before."""

    first_day: date
    last_day: date | None

    def meets(self, start: date, end: date) -> bool:
        last = self.last_day or date.max
        return self.first_day <= min(last, end) and start <= last and self.first_day <= last

    def __str__(self) -> str:
        if self.first_day == self.last_day:
            return f"于{day_in_words(self.first_day)}当日暂停"
        return f"自{day_in_words(self.first_day)}起暂停" + (
            f"至{day_in_words(self.last_day)}" if self.last_day else "，恢复日期另行通知"
        )


@cites("E-SUSPENDED", "R34")
def not_suspended(
    entry: RuleEntry, *, name: str, spells: Collection[Spell], start: date, end: date, act: str
) -> Finding | None:
    """五（一）: nobody acts as a specialist on a day, from `start` to `end`, on which the qualification rests."""
    resting = next((spell for spell in spells if spell.meets(start, end)), None)
    if resting is None:
        return None
    return entry.finding(
        f"{name}的科技特派员资格{resting}，暂停期间不能{act}。对暂停有疑问的，请与市科技局联系。",
        suspended_from=resting.first_day.isoformat(),
    )


def may_be_suspended(*, name: str, is_selected: bool, revoked_on: date | None) -> Finding | None:
    """Only a qualification that is there can rest."""
    if revoked_on is not None:
        return plain(
            "E-STATE", f"{name}的科技特派员资格已于{day_in_words(revoked_on)}取消，无需暂停。", article=ARTICLE
        )
    return None if is_selected else plain("E-STATE", f"{name}尚未入选，没有可以暂停的资格。", article=ARTICLE)


def days_of_suspension(*, first: date, last: date | None, on: date) -> Finding | None:
    """It begins today or soon: what was done before it stands. What has no end in sight names none."""
    if first < on:
        return plain("E-FIELD", "暂停日期不能早于今天：此前的签约和服务仍然有效。", field="from_on", article=ARTICLE)
    if first > on + AHEAD:
        return plain(
            "E-FIELD", f"暂停日期不能晚于{day_in_words(on + AHEAD)}，请在临近时办理。", field="from_on", article=ARTICLE
        )
    if last is not None and last < first:
        return plain("E-FIELD", "“暂停至”不能早于暂停日期。", field="until_on", article=ARTICLE)
    if last is not None and last > (latest := date(first.year + LONGEST, 12, 31)):
        return plain(
            "E-FIELD",
            f"“暂停至”不能晚于{day_in_words(latest)}，请核对年份。需要更久的，请不填“暂停至”，届时由市科技局办理恢复。",
            field="until_on",
            article=ARTICLE,
        )
    return None


def said_why(*, reason: str, field: str) -> Finding | None:
    """The person and the unit read it."""
    return None if reason.strip() else plain("E-FIELD", "请写明原因，派出单位和本人可以看到。", field=field)


def plan_knows_of_it(*, knows: bool, year: int) -> Finding | None:
    """A plan of before suspensions bars nothing by them, and one that bars nothing would only look like one."""
    return (
        None
        if knows
        else plain(
            "E-STATE",
            f"现行的{year}年度方案没有“资格未暂停”这一条，暂停不会生效。请先启用含有这一条的新版本。",
            article=ARTICLE,
        )
    )


def not_resting_already(*, name: str, spells: Collection[Spell], first: date, last: date | None) -> Finding | None:
    """One suspension at a time."""
    met = next((spell for spell in spells if spell.meets(first, last or date.max)), None)
    if met is None:
        return None
    return plain("E-STATE", f"{name}的资格已{met}，请先办理恢复，或另选日期。", field="from_on", article=ARTICLE)


def can_be_resumed(*, stands: bool) -> Finding | None:
    """What is over needs no end."""
    return None if stands else plain("E-STATE", "这次暂停已经结束，请刷新页面。", article=ARTICLE)


def day_of_resuming(*, day: date, first: date, last: date | None, on: date) -> Finding | None:
    """From today on, and within the suspension."""
    if day < max(first, on):
        return plain(
            "E-FIELD", f"恢复日期不能早于{day_in_words(max(first, on))}。", field="resumed_on", article=ARTICLE
        )
    if last is not None and day > last:
        return plain(
            "E-FIELD", f"暂停到{day_in_words(last)}为止，次日自动恢复，无需办理。", field="resumed_on", article=ARTICLE
        )
    return None
