"""What a text may name: its placeholders, and the conditions under which a clause is printed. Both lists are fixed.

A placeholder is filled by a function written here, a condition is a predicate written here: nothing that is typed into a
text is ever evaluated.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum

from accounts.enums import HostType
from agreements.wording.facts import NOTHING, Facts
from core.jinja import cdate
from specialists.enums import Category, PersonnelType


class Style(Enum):
    PLAIN = "plain"
    FILL = "fill"  # on a line, as one would write it into a form
    KAI = "kai"  # the face of a （一） heading
    BREAK = "break"  # the next paragraph begins


@dataclass(frozen=True)
class Piece:
    """A run of characters in one style."""

    text: str
    style: Style = Style.PLAIN


@dataclass(frozen=True)
class Placeholder:
    name: str
    fill: Callable[[Facts], Iterator[Piece]]
    example: str
    note: str = ""
    only: str = ""  # the one condition under which there is anything to fill in
    why: str = ""  # the text cannot do without it: what would be missing
    whose: str = ""  # the one condition under which it cannot; every agreement where none is named

    @property
    def mark(self) -> str:
        return f"【{self.name}】"


@dataclass(frozen=True)
class Condition:
    code: str
    label: str
    group: str  # of the conditions of one group exactly one holds for any agreement
    holds: Callable[[Facts], bool]


def _plain(read: Callable[[Facts], str]) -> Callable[[Facts], Iterator[Piece]]:
    def fill(facts: Facts) -> Iterator[Piece]:
        yield Piece(read(facts) or NOTHING)

    return fill


def _on_a_line(read: Callable[[Facts], str]) -> Callable[[Facts], Iterator[Piece]]:
    def fill(facts: Facts) -> Iterator[Piece]:
        yield Piece(read(facts), Style.FILL)

    return fill


def _content(facts: Facts) -> Iterator[Piece]:
    """The content in its paragraphs."""
    for place, line in enumerate(facts.content):
        if place:
            yield Piece("", Style.BREAK)
        yield Piece(line)


def _goals(facts: Facts) -> Iterator[Piece]:
    """Each goal behind its semicolon, because there may be none."""
    for goal in facts.goals:
        yield Piece(f"；{goal.name}不少于")
        yield Piece(str(goal.count), Style.FILL)
        yield Piece(goal.unit)


def _team(facts: Facts) -> str:
    return "、".join([facts.name, *(mate.name for mate in facts.mates)])


NOMINATED = "nominated"  # an institution stands behind it, which pays the subsidy (六（二）)

_LIST = (
    Placeholder("服务开始日期", _on_a_line(lambda facts: cdate(facts.start)), "2026年5月12日", why="服务期限"),
    Placeholder("服务截止日期", _on_a_line(lambda facts: cdate(facts.end)), "2027年12月31日", why="服务期限"),
    Placeholder(
        "服务内容", _content, "小麦高产栽培技术指导。", note="派出单位填写的服务内容，可以有几段", why="服务内容"
    ),
    Placeholder("服务次数", _on_a_line(lambda facts: str(facts.visits)), "12", why="年度到现场服务次数"),
    Placeholder(
        "其他年度目标",
        _goals,
        "；组织技术培训不少于2场",
        note="每项前自带分号，没有时不印",
        why="年度目标任务",
    ),
    Placeholder(
        "补助标准",
        _plain(lambda facts: facts.rate),
        "500—800",
        note="当年政策规定的范围，单位元；直接聘请的协议不约定补助",
        why="工作补助标准",
        whose=NOMINATED,
    ),
    Placeholder("派出单位", _plain(lambda facts: facts.dispatcher.name), "示范农林学院"),
    Placeholder("派驻单位", _plain(lambda facts: facts.host.name), "滹沱示范谷物种植专业合作社"),
    Placeholder("派驻单位所在地", _plain(lambda facts: facts.place), "石家庄市正定县"),
    Placeholder("派驻单位类型", _plain(lambda facts: facts.host_type.label), "合作社"),
    Placeholder("科技特派员", _plain(lambda facts: facts.name), "张昇"),
    Placeholder("特派员类别", _plain(lambda facts: facts.category_label), "农业科技特派员"),
    Placeholder("职称", _plain(lambda facts: facts.title), "副教授"),
    Placeholder("服务年度", _plain(lambda facts: str(facts.start.year)), "2026"),
    Placeholder("团队名称", _plain(lambda facts: facts.team), "粮食作物绿色增产团队", only="team"),
    Placeholder("团队成员", _plain(_team), "张昇、王晓晨、何雨桐", note="含负责人", only="team"),
    Placeholder("原备案号", _plain(lambda facts: facts.renews), "第9001号", note="续签前协议的备案号", only="renewal"),
)
PLACEHOLDERS: Mapping[str, Placeholder] = {one.name: one for one in _LIST}

_CONDITIONS = (
    Condition("individual", "个人协议", "form", lambda facts: not facts.team),
    Condition("team", "团队协议", "form", lambda facts: bool(facts.team)),
    Condition("first", "首次签订", "round", lambda facts: not facts.is_renewal),
    Condition("renewal", "续签协议", "round", lambda facts: facts.is_renewal),
    Condition(NOMINATED, "派出单位推荐", "origin", lambda facts: not facts.is_direct),
    Condition("direct", "市科技局直接聘请", "origin", lambda facts: facts.is_direct),
    Condition("staff", "在职人员", "personnel", lambda facts: facts.personnel_type == PersonnelType.STAFF),
    Condition("graduate", "在校研究生", "personnel", lambda facts: facts.personnel_type == PersonnelType.GRADUATE),
    Condition("agriculture", "农业科技特派员", "category", lambda facts: facts.category == Category.AGRICULTURE),
    Condition("enterprise", "工业企业科技特派员", "category", lambda facts: facts.category == Category.ENTERPRISE),
    Condition("broker", "技术经纪人", "category", lambda facts: facts.category == Category.BROKER),
    Condition("firm", "派驻单位是企业", "host", lambda facts: facts.host_type == HostType.ENTERPRISE),
    Condition("no_firm", "派驻单位不是企业", "host", lambda facts: facts.host_type != HostType.ENTERPRISE),
)
CONDITIONS: Mapping[str, Condition] = {one.code: one for one in _CONDITIONS}
ALWAYS = "每份协议都印"


def condition_label(code: str) -> str:
    return CONDITIONS[code].label if code else ALWAYS


def in_groups() -> list[frozenset[str]]:
    """The codes by group: who covers a whole group covers every agreement."""
    groups = dict.fromkeys(one.group for one in _CONDITIONS)
    return [frozenset(one.code for one in _CONDITIONS if one.group == group) for group in groups]
