"""What the words of one agreement are filled with and depend on: plain values, from an agreement or from an example."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date

from accounts.enums import HostType
from specialists.enums import Category, PersonnelType

NOTHING = "—"


@dataclass(frozen=True)
class Unit:
    name: str
    uscc: str = ""
    contact_name: str = ""
    contact_phone: str = ""


@dataclass(frozen=True)
class Goal:
    name: str
    count: int
    unit: str


@dataclass(frozen=True)
class Mate:
    """Another member of the team."""

    name: str
    id_masked: str


@dataclass(frozen=True)
class Facts:
    """One agreement as its paper says it."""

    dispatcher: Unit
    host: Unit
    place: str
    host_type: HostType
    name: str
    title: str
    category: Category
    id_number: str
    personnel_type: PersonnelType
    start: date
    end: date
    content: tuple[str, ...]
    visits: int
    goals: tuple[Goal, ...]
    rate: str  # 500—800, from the pack
    team: str = ""
    mates: tuple[Mate, ...] = ()
    is_direct: bool = False  # the bureau itself stands in the place of the dispatching unit (A6)
    is_renewal: bool = False
    renews: str = ""  # the filing number of what it continues

    @property
    def category_label(self) -> str:
        return f"{self.category.label}科技特派员"


# --- invented cases for the preview -----------------------------------------------------------------------------------

_FARM = Facts(
    dispatcher=Unit("示范农林学院", "12139999401700016G", "刘静怡", "0311-86000000"),
    host=Unit("滹沱示范谷物种植专业合作社", "93139999MA0X001466"),
    place="石家庄市正定县",
    host_type=HostType.COOPERATIVE,
    name="张昇",
    title="副教授",
    category=Category.AGRICULTURE,
    id_number="139999********0031",
    personnel_type=PersonnelType.STAFF,
    start=date(2026, 5, 12),
    end=date(2027, 12, 31),
    content=("小麦、谷子高产栽培技术指导。", "新品种引进示范。"),
    visits=12,
    goals=(Goal("组织技术培训", 2, "场"), Goal("引进示范新品种", 1, "个")),
    rate="500—800",
)
_FIRM = replace(
    _FARM,
    host=Unit("示范装备制造有限公司", "91139999MA0X00111R"),
    place="石家庄市藁城区",
    host_type=HostType.ENTERPRISE,
    name="李喆",
    category=Category.ENTERPRISE,
    content=("数控加工工艺改进，关键零部件联合攻关。",),
    goals=(Goal("解决技术难题", 2, "项"),),
)

EXAMPLES: Mapping[str, tuple[str, Facts]] = {
    "individual": ("个人协议（农业）", _FARM),
    "team": (
        "团队协议",
        replace(
            _FARM,
            team="粮食作物绿色增产团队",
            mates=(Mate("王晓晨", "139999********0043"), Mate("何雨桐", "139999********0058")),
        ),
    ),
    "enterprise": ("派驻企业", _FIRM),
    "renewal": ("续签协议", replace(_FARM, is_renewal=True, renews="第9001号（样例）", start=date(2028, 1, 1), end=date(2028, 12, 31))),
    "direct": (
        "市科技局直接聘请",
        replace(_FARM, is_direct=True, dispatcher=Unit("石家庄市科技局", "11139999MB0000001K", "陈科员", "0311-86000001")),
    ),
    "graduate": ("在校研究生", replace(_FARM, name="周珺", title=NOTHING, personnel_type=PersonnelType.GRADUATE)),
    "broker": (
        "技术经纪人",
        replace(_FIRM, category=Category.BROKER, content=("对接高校院所成果，促成技术合同登记。",), goals=(Goal("促成技术合同", 3, "项"),)),
    ),
}  # fmt: skip
