"""Rows of past agreements, as a bureau's own list has them."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from accounts.models import Membership
from agreements.models import Agreement
from desk.enums import Kind, Mode
from desk.rosters.models import RosterBatch
from tests.cast import Season
from tests.core import workbooks as made
from tests.desk.rosters import hands

HEADINGS = [
    "原备案号", "备案日期", "文号", "派出单位", "姓名", "身份证号", "类别", "派驻单位", "统一社会信用代码", "所在县",
    "单位性质", "服务开始日期", "服务截止日期", "状态", "终止日期", "终止原因", "团队名称", "团队负责人", "领域",
]  # fmt: skip
ZHANG = ("张昇", "139999198509230031")
WANG = ("王晓晨", "139999197904110043")
HE = ("何雨桐", "139999199011020058")
LI = ("李喆", "139999197803050010")
GRAIN = ("滹沱示范谷物种植专业合作社", "93139999MA0X001466", "正定县", "合作社")
FRUIT = ("赞皇县示范果品合作社", "93139999MA0X001541", "赞皇县", "合作社")
FIRM = ("示范装备制造有限公司", "91139999MA0X00111R", "藁城区", "企业")
TOOLS = ("示范精密机械有限公司", "91139999MA0X0012XH", "藁城区", "企业")


def row(number: str, who: tuple[str, str] = ZHANG, host: Sequence[str | None] = GRAIN, **more: Any) -> list[Any]:
    """One agreement of 2025 that runs to the end of 2026, unless something else is said by its heading."""
    said = {
        "原备案号": number,
        "备案日期": "2025年5月20日",
        "文号": "石科〔2025〕12号",
        "派出单位": "示范农林学院",
        "姓名": who[0],
        "身份证号": who[1],
        "类别": "农业",
        **dict(zip(("派驻单位", "统一社会信用代码", "所在县", "单位性质"), host, strict=True)),
        "服务开始日期": "2025年5月20日",
        "服务截止日期": "2026年12月31日",
        **more,
    }
    return [said.get(heading) for heading in HEADINGS]


def team(
    number: str, *people: tuple[str, str], name: str = "谷子高产团队", host: Any = GRAIN, **more: Any
) -> list[list[Any]]:
    """One row for each member; the first one leads."""
    about = {"团队名称": name, "团队负责人": people[0][0], "领域": "粮油作物", **more}
    return [row(number, who, host, **about) for who in people]


def workbook(*rows: list[Any]) -> bytes:
    return made.made(HEADINGS, *rows)


def checked(by: Membership, *rows: list[Any]) -> RosterBatch:
    return hands.checked(workbook(*rows), by, Kind.PAST)


def taken(by: Membership, *rows: list[Any], mode: Mode = Mode.ALL) -> RosterBatch:
    return hands.confirm(checked(by, *rows), by, mode)


def one(season: Season, number: str = "旧-1", *more: Any, **said: Any) -> Agreement:
    """One past agreement, taken over through the wizard."""
    batch = taken(season.officer, row(number, *more, **said))
    assert batch.status == "applied", [line.findings for line in batch.lines.all()]
    return Agreement.objects.get(filing_number=number)


def date_of(text: str) -> date:
    return date.fromisoformat(text)
