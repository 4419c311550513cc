"""What a plan may say so that every rule can judge by it.

One declared set of limits, asked whenever a plan is about to be written or to judge: when a draft is saved, brought
before somebody and made active, when a file is loaded, and before a trial. A place is named as its field in the form is:
"W-END.month", "W-QUOTA.planned.broker", ".assessments.bands.good". What a plan does not say (it was stored before there
was such a number) is not asked.
"""

from calendar import monthrange
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from core.citations import held_by_the_database
from core.models import PolicyPack
from core.money import yuan
from core.policy import Finding, Level, Side, plain

NOT_A_LEAP_YEAR = 2027  # a day that every year has
YEAR = 366

# Whole numbers, both ends counted: below the least a rule refuses everybody, above the most a day cannot be reckoned.
LIMITS: dict[str, tuple[int, int]] = {
    "E-TEAM-SIZE.min": (1, 50),
    "E-TEAM-SIZE.max": (1, 50),
    "I-TEAM-GAP.replace_days": (1, YEAR),
    "W-TWO-TEAMS.teams": (1, 20),
    "W-QUOTA.planned": (0, 100_000),
    "W-QUOTA.floor": (0, 100_000),
    "E-NOTICE.working_days": (1, 60),
    "W-TERM.min_years": (1, 10),
    "W-TERM.max_years": (1, 10),
    "E-TERM-YEAR.years_before": (0, 10),
    "E-TERM-YEAR.years_after": (0, 10),
    "E-TERM-YEAR.longest_years": (2, 20),  # the usual end lies in the year after the signing
    "E-CAP5.cap": (1, 1000),
    "I-CAP5.cap": (1, 1000),
    "W-END.month": (1, 12),
    "W-END.day": (1, 31),
    ".registration.min_age": (16, 120),
    ".registration.max_age": (16, 120),
    ".registration.age_bands": (1, 120),
    ".agreements.review_working_days": (1, 60),
    ".agreements.mend_working_days": (1, 120),
    ".agreements.default_visits": (1, YEAR),
    ".signing.link_days": (1, YEAR),
    ".signing.code_minutes": (1, 1440),
    ".signing.code_tries": (1, 20),
    ".reminders.expiry_days": (1, YEAR),
    ".reminders.graduation_days": (1, YEAR),
    ".reminders.archive_days": (1, YEAR),
    ".visits.log_within_days": (1, YEAR),
    ".visits.link_days": (1, YEAR),
    ".visits.code_minutes": (1, 1440),
    ".visits.code_tries": (1, 20),
    ".looking.alert_after": (1, 1000),
    ".looking.at_most": (1, 1000),
    ".assessments.min_months": (1, 12),
    ".assessments.bands.excellent": (1, 100),
    ".assessments.bands.good": (1, 100),
    ".assessments.bands.qualified": (1, 100),
    ".assessments.cooling_off_years": (0, 50),
    ".archive.box_pages": (1, 10_000),
}
MONEY: dict[str, tuple[int, int]] = {"E-AMOUNT.min_fen": (1, 1_000_000), "E-AMOUNT.max_fen": (1, 1_000_000)}


class Order(NamedTuple):
    """The first place is not above the second."""

    low: str
    high: str
    message: str


ORDERS = (
    Order("E-TEAM-SIZE.min", "E-TEAM-SIZE.max", "最多人数不能小于最少人数。"),
    Order("W-TERM.min_years", "W-TERM.max_years", "一般不超过的年数不能小于一般不少于的年数。"),
    Order("W-TERM.max_years", "E-TERM-YEAR.longest_years", "开始至截止最长不能短于一般的服务期限。"),
    Order("E-AMOUNT.min_fen", "E-AMOUNT.max_fen", "每次最高不能小于每次最低。"),
    Order(".registration.min_age", ".registration.max_age", "年龄上限不能小于年龄下限。"),
    Order(".looking.alert_after", ".looking.at_most", "最多查看次数不能小于提醒管理员的次数。"),
)
BANDS = tuple(f".assessments.bands.{grade}" for grade in ("qualified", "good", "excellent"))
NOT_EMPTY = ("E-BROKER-ORG.types", "E-TEAM-ORG.types", ".funding.purposes")
NUMBERS = (".agreements.filing_number", ".agreements.sheet_number", ".funding.voucher_number")
DAYS_OF_A_YEAR = ("E-ASSESS-YEAR.opens", "E-ASSESS-YEAR.closes", ".agreements.renewal_opens", ".archive.due")  # "06-30"
LEVELS, SIDES = {level.value for level in Level}, {side.value for side in Side}
PERFORMANCE = ("workload", "results")  # 服务绩效, how much was done and what came of it: together the largest weight


def faults(pack: PolicyPack) -> list[Finding]:
    """All that keeps a plan from judging, each naming its place; an empty list for a sound one."""
    found = flat({code: entry.get("params", {}) for code, entry in pack.rules.items()})
    said = found | {f".{place}": value for place, value in flat(pack.settings).items()}
    return [
        plain("E-FIELD", message, article=pack.rules.get(place.partition(".")[0], {}).get("article", ""), field=place)
        for place, message in (
            *_levels(pack),
            *_numbers(said),
            *_dates(pack, said),
            *_words(said),
            *_scores(pack, said),
            *_people(pack, said),
        )
    ]


def _levels(pack: PolicyPack) -> Iterator[tuple[str, str]]:
    for code, entry in pack.rules.items():
        if entry["level"] not in LEVELS:
            yield f"{code}.level", "没有这种约束程度。"
        elif entry["level"] != Level.BLOCK and code in held_by_the_database():
            yield f"{code}.level", f"“{entry.get('title', code)}”由数据库保证，不能改为提示。"
        if entry.get("reason_by", Side.BUREAU) not in SIDES:
            yield f"{code}.reason_by", "没有这种说明方。"


def _numbers(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    wrong = set()
    for places, shown in ((LIMITS, str), (MONEY, lambda fen: f"{yuan(fen)}元")):
        for place, (least, most) in places.items():
            for where, value in _below(said, place):
                several = value if isinstance(value, list) else [value]
                if not several or not all(_is_whole(one) and least <= one <= most for one in several):
                    wrong.add(where)
                    yield where, f"应在{shown(least)}至{shown(most)}之间。"
    for low, high, message in ORDERS:
        if {low, high} <= said.keys() and not {low, high} & wrong and said[low] > said[high]:
            yield high, message
    bands = [] if wrong.intersection(BANDS) else [said[place] for place in BANDS if place in said]
    if any(low >= high for low, high in pairwise(bands)):
        yield BANDS[-1], "分数线应依次降低，且不超过100分。"
    ages = ".registration.age_bands"
    if ages in said and ages not in wrong and any(low >= high for low, high in pairwise(said[ages])):
        yield ages, "各年龄段应从小到大排列。"
    share = said.get("W-EXCELLENT.share", 0)
    if not isinstance(share, int | float) or not 0 <= share <= 1:
        yield "W-EXCELLENT.share", "比例应在0至100%之间。"


def _dates(pack: PolicyPack, said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    month, day = said.get("W-END.month", 12), said.get("W-END.day", 31)
    if _is_whole(month) and _is_whole(day) and 1 <= month <= 12 and not day <= (last := _last_day(month)):
        yield "W-END.day", f"{month}月没有{day}日。每年都有的最后一天是{last}日，请改正。"
    called = ".registration.call_year"
    if called in said and not (_is_whole(said[called]) and abs(said[called] - pack.year) <= 1):
        yield called, f"应在{pack.year - 1}至{pack.year + 1}之间。"
    for place in DAYS_OF_A_YEAR:
        month, _, day = str(said.get(place, "01-01")).partition("-")
        known = month.isdecimal() and day.isdecimal() and 1 <= int(month) <= 12
        if not known or not 1 <= int(day) <= _last_day(int(month)):
            yield place, "应为每年都有的一天，如06-30。"


def _words(said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for place in NOT_EMPTY:
        if said.get(place) == []:
            yield place, "请至少选择一项。"
    for place in NUMBERS:
        try:
            made = [said[place].format(year=2026, sequence=one) for one in (1, 2)] if place in said else ["1", "2"]
        except (KeyError, IndexError, ValueError, AttributeError):
            made = ["", ""]
        if made[0] == made[1]:
            yield place, "编号的写法不能执行。"
    for place, steps in said.items():
        if place.startswith(".approvals.") and not steps:
            yield place, "请至少保留一个审批步骤。"


def _scores(pack: PolicyPack, said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R32: the parts of the score sheet make 100, and performance weighs more than any other.

    A draft that only repeats what its base says has nothing here that its writer could mend.
    """
    place = ".assessments.parts"
    parts: Sequence[Mapping[str, Any]] = said.get(place, [])
    if not parts:
        return
    points = {part["code"]: part["points"] for part in parts}
    if len(points) != len(parts) or not all(_is_whole(one) and one > 0 for one in points.values()):
        yield place, "每一项的编码不能重复，分值应为大于0的整数。"
    elif sum(points.values()) != 100:
        yield place, f"各项分值合计应为100分，现为{sum(points.values())}分。"
    elif pack.based_on is None or pack.based_on.settings.get("assessments", {}).get("parts") != parts:
        performance = sum(points.get(code, 0) for code in PERFORMANCE)
        if performance <= max((one for code, one in points.items() if code not in PERFORMANCE), default=0):
            yield place, "考核以服务绩效为重点，服务绩效（工作量和成效）的分值应高于其他任何一项。"


def _people(pack: PolicyPack, said: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """R15–R17: of each category that the version before named a number for, the next one names one too.

    Without it nobody would be told that the plan is reached or passed, and the pages would show no such category. None
    at all is a number, 0. What was planned is asked where the version before had it.
    """
    planned, least = "W-QUOTA.planned", "W-QUOTA.floor"
    before = flat({"W-QUOTA": pack.based_on.rules.get("W-QUOTA", {}).get("params", {})}) if pack.based_on else {}
    for where, _ in (*_below(before, planned), *_below(before, least)):
        category = where.rpartition(".")[2]
        if not {f"{planned}.{category}", f"{least}.{category}"} & said.keys():
            yield where, "请填写计划人数或“不少于”的人数：两项都空着，这一类别就没有年度计划；本年度不安排的，填0。"
    for where, most in _below(said, planned):
        floor = said.get(f"{least}.{where.rpartition('.')[2]}")
        if _is_whole(most) and _is_whole(floor) and floor > most:
            yield where, f"计划人数不能小于“不少于”的{floor}名。"


def _below(said: Mapping[str, Any], place: str) -> list[tuple[str, Any]]:
    """The number of a place, or the numbers of each category of it."""
    return [(where, value) for where, value in said.items() if where == place or where.startswith(f"{place}.")]


def flat(values: Mapping[str, Any], above: str = "") -> dict[str, Any]:
    """Nested keys as dotted names; a list is one value."""
    found: dict[str, Any] = {}
    for key, value in values.items():
        found |= flat(value, f"{above}{key}.") if isinstance(value, Mapping) else {f"{above}{key}": value}
    return found


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _last_day(month: int) -> int:
    return monthrange(NOT_A_LEAP_YEAR, month)[1]
