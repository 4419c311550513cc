"""Invented people and units. Their numbers carry valid check digits under prefixes that are given to nobody."""

from dataclasses import dataclass
from datetime import date
from itertools import count

from accounts.enums import HostType, InstitutionType, OfficeKind, Role
from core.identifiers import ID_CHECK, ID_WEIGHTS, USCC_ALPHABET, USCC_WEIGHTS
from specialists.enums import Category, Education, PersonnelType, Title

PASSWORD = "Tepai-2026-demo"
NOWHERE = "139999"  # no division has this code


@dataclass(frozen=True)
class Unit:
    """A legal entity: `key` is what the season calls it, `place` the code of its county."""

    key: str
    name: str
    kind: InstitutionType | HostType | OfficeKind
    place: str
    uscc: str
    is_above_scale: bool = False
    is_tech_sme: bool = False


# The titles of each unit's own series, from 正高级 down.
TITLES = {
    "farm": ("研究员", "副研究员", "助理研究员", "研究实习员"),
    "agri": ("教授", "副教授", "讲师", "助教"),
    "tech": ("教授", "副教授", "讲师", "助教"),
    "transfer": ("正高级工程师", "高级工程师", "工程师", "助理工程师"),
    "bureau": ("正高级农艺师", "高级农艺师", "农艺师", "助理农艺师"),
}
RANKS = (Title.SENIOR, Title.ASSOCIATE, Title.MIDDLE, Title.JUNIOR)


@dataclass(frozen=True)
class Person:
    """Somebody who serves. A graduate student is one by education."""

    name: str
    born: str
    is_male: bool
    unit: str
    category: Category
    field: str
    title: Title = Title.ASSOCIATE
    education: Education = Education.DOCTOR

    @property
    def personnel_type(self) -> PersonnelType:
        student = self.education in (Education.MASTER_STUDENT, Education.DOCTOR_STUDENT)
        return PersonnelType.GRADUATE if student else PersonnelType.STAFF

    @property
    def title_name(self) -> str:
        return str(Title.NONE.label) if self.title == Title.NONE else TITLES[self.unit][RANKS.index(self.title)]

    @property
    def id_number(self) -> str:
        """Two digits say the place among those born on the day; nobody here shares one."""
        number = f"{NOWHERE}{self.born.replace('-', '')}01{1 if self.is_male else 2}"
        return number + ID_CHECK[sum(w * int(d) for w, d in zip(ID_WEIGHTS, number, strict=True)) % 11]

    @property
    def birth(self) -> date:
        return date.fromisoformat(self.born)

    @property
    def mobile(self) -> str:
        return f"1990{self.born[2:4]}{self.born[5:7]}{self.born[8:]}{self.id_number[16]}"


def uscc(head: str, body: str) -> str:
    """A unified social credit code of the place that does not exist: kind, place, nine signs, check sign."""
    code = f"{head}{NOWHERE}{body}"
    total = sum(USCC_ALPHABET.index(sign) * weight for sign, weight in zip(code, USCC_WEIGHTS, strict=True))
    return code + USCC_ALPHABET[(31 - total % 31) % 31]


_firm, _public, _office = (count(11), count(4017001), count(2001))


def _code(kind: InstitutionType | HostType | OfficeKind) -> str:
    if isinstance(kind, OfficeKind):
        return uscc("11", f"MB000{next(_office)}"[:9])
    heads = {
        HostType.ENTERPRISE: "91",
        InstitutionType.TECH_SERVICE: "91",
        HostType.FAMILY_FARM: "92",
        HostType.COOPERATIVE: "93",
        HostType.VILLAGE: "",
    }
    if isinstance(kind, InstitutionType) and kind not in heads:
        return uscc("12", f"40{next(_public)}"[:9])
    head = heads.get(kind, "12")
    return uscc(head, f"MA0X0{next(_firm):04}"[:9]) if head else ""


def _unit(key: str, name: str, kind: InstitutionType | HostType | OfficeKind, place: str, **flags: bool) -> Unit:
    return Unit(key, name, kind, place, _code(kind), **flags)


BUREAU = _unit("bureau", "石家庄市科学技术局", OfficeKind.CITY_BUREAU, "130102")
COUNTIES = [
    _unit("zhengding", "正定县科技局", OfficeKind.COUNTY_BUREAU, "130123"),
    _unit("gaocheng", "藁城区科技局", OfficeKind.COUNTY_BUREAU, "130109"),
]
FINANCE = _unit("finance", "石家庄市财政局", OfficeKind.FINANCE_BUREAU, "130102")
AUDIT = _unit("audit", "石家庄市审计局", OfficeKind.AUDIT_OFFICE, "130102")

INSTITUTIONS = [
    _unit("agri", "示范农林学院", InstitutionType.UNIVERSITY, "130102"),
    _unit("tech", "示范理工大学", InstitutionType.UNIVERSITY, "130108"),
    _unit("farm", "示范农科所", InstitutionType.RESEARCH_INSTITUTE, "130110"),
    _unit("transfer", "示范技术转移中心", InstitutionType.TECH_SERVICE, "130171"),
]
HOSTS = [
    _unit("hutuo", "滹沱示范谷物种植专业合作社", HostType.COOPERATIVE, "130123"),
    _unit("precision", "示范精密机械有限公司", HostType.ENTERPRISE, "130109", is_tech_sme=True),
    _unit("equipment", "示范装备制造有限公司", HostType.ENTERPRISE, "130109", is_above_scale=True),
    _unit("biology", "示范生物制品有限公司", HostType.ENTERPRISE, "130108"),
    _unit("orchard", "赞皇县示范果品合作社", HostType.COOPERATIVE, "130129"),
    _unit("farmstead", "正定县示范家庭农场", HostType.FAMILY_FARM, "130123"),
    _unit("dairy", "鹿泉区示范乳业基地", HostType.PARK, "130110"),
    _unit("materials", "示范新材料有限公司", HostType.ENTERPRISE, "130171", is_tech_sme=True),
    _unit("village", "平山县示范村", HostType.VILLAGE, "130131"),
    _unit("chemistry", "示范循环化工有限公司", HostType.ENTERPRISE, "130172", is_above_scale=True),
    _unit("pears", "晋州市示范梨业专业合作社", HostType.COOPERATIVE, "130183"),
    _unit("jujubes", "行唐县示范枣业有限公司", HostType.ENTERPRISE, "130125"),
    _unit("foods", "元氏县示范食品有限公司", HostType.ENTERPRISE, "130132"),
    _unit("software", "示范智能软件有限公司", HostType.ENTERPRISE, "130102", is_tech_sme=True),
    _unit("pharmacy", "示范生物医药有限公司", HostType.ENTERPRISE, "130111", is_above_scale=True),
]

# username, name, role, unit: as the season opens. Specialists get theirs when they are selected.
MEMBERS = [
    ("chen", "陈科员", Role.BUREAU_OFFICER, "bureau"),
    ("song", "宋科员", Role.BUREAU_OFFICER, "bureau"),
    ("liuchu", "刘处长", Role.DIVISION_HEAD, "bureau"),
    ("meng", "孟主任", Role.INSTITUTION_ADMIN, "agri"),
    ("liu", "刘静怡", Role.INSTITUTION_CLERK, "agri"),
    ("fang", "方主任", Role.INSTITUTION_ADMIN, "tech"),
    ("wu", "吴老师", Role.INSTITUTION_CLERK, "tech"),
    ("qin", "秦主任", Role.INSTITUTION_ADMIN, "farm"),
    ("he", "何老师", Role.INSTITUTION_CLERK, "farm"),
    ("pan", "潘经理", Role.INSTITUTION_ADMIN, "transfer"),
    ("xu", "许老师", Role.INSTITUTION_CLERK, "transfer"),
    ("ma", "马社长", Role.HOST_CONTACT, "hutuo"),
    ("dong", "董经理", Role.HOST_CONTACT, "precision"),
    ("zhengding", "赵县办", Role.COUNTY_OFFICER, "zhengding"),
    ("gaocheng", "韩区办", Role.COUNTY_OFFICER, "gaocheng"),
    ("qian", "钱会计", Role.FINANCE, "finance"),
    ("shen", "沈审计", Role.AUDITOR, "audit"),
]
ADMIN = ("guo", "郭管理", Role.BUREAU_ADMIN, "bureau")

_AGRI, _FIRM, _BROKER = Category.AGRICULTURE, Category.ENTERPRISE, Category.BROKER
_MAN, _WOMAN = True, False
PEOPLE = {
    person.name: person
    for person in (
        # agriculture
        Person("张昇", "1985-09-23", _MAN, "agri", _AGRI, "粮油作物"),
        Person("王晓晨", "1979-04-11", _WOMAN, "farm", _AGRI, "蔬菜", Title.SENIOR),
        Person("赵芃", "1982-06-17", _WOMAN, "agri", _AGRI, "果树"),
        Person("孙立群", "1975-12-08", _MAN, "agri", _AGRI, "畜牧", Title.SENIOR),
        Person("吴建国", "1988-07-30", _MAN, "farm", _AGRI, "种业", Title.MIDDLE),
        Person("郑敏", "1983-01-01", _MAN, "agri", _AGRI, "植物保护"),
        Person("冯云", "1986-02-02", _WOMAN, "farm", _AGRI, "食用菌", Title.MIDDLE),
        Person("陈玥", "1992-03-03", _WOMAN, "agri", _AGRI, "土壤肥料", Title.MIDDLE),
        Person("高粟", "1981-10-19", _MAN, "farm", _AGRI, "粮油作物"),
        Person("田青禾", "1990-05-06", _WOMAN, "agri", _AGRI, "节水灌溉", Title.MIDDLE),
        Person("梁秋实", "1976-09-12", _MAN, "farm", _AGRI, "果树", Title.SENIOR),
        Person("苗雨", "1987-04-20", _WOMAN, "agri", _AGRI, "蔬菜"),
        Person("贾丰", "1984-08-08", _MAN, "farm", _AGRI, "中药材", Title.MIDDLE),
        Person("安麦生", "1978-06-05", _MAN, "agri", _AGRI, "农业机械"),
        Person("甘霖", "1984-04-20", _WOMAN, "agri", _AGRI, "节水灌溉"),
        Person("石榴红", "1989-11-11", _WOMAN, "agri", _AGRI, "林业花卉", Title.MIDDLE),
        Person("牛致远", "1980-03-27", _MAN, "agri", _AGRI, "畜牧"),
        Person("郝知春", "1991-02-14", _WOMAN, "farm", _AGRI, "设施农业", Title.MIDDLE),
        Person("封若谷", "1977-07-07", _MAN, "agri", _AGRI, "农产品加工", Title.SENIOR),
        # industry, graduate students among them
        Person("李喆", "1978-03-05", _MAN, "tech", _FIRM, "先进装备制造", Title.SENIOR),
        Person("何雨桐", "1990-11-02", _WOMAN, "tech", _FIRM, "先进装备制造", Title.MIDDLE),
        Person("周珺", "1999-02-14", _WOMAN, "tech", _FIRM, "新材料", Title.NONE, Education.DOCTOR_STUDENT),
        Person("欧阳明远", "2000-05-20", _MAN, "tech", _FIRM, "人工智能与软件", Title.NONE, Education.MASTER_STUDENT),
        Person("沈嘉木", "1998-12-24", _MAN, "tech", _FIRM, "新能源", Title.NONE, Education.DOCTOR_STUDENT),
        Person("司徒静", "1999-08-16", _WOMAN, "tech", _FIRM, "生物医药", Title.NONE, Education.DOCTOR_STUDENT),
        Person("唐岩", "1983-05-18", _MAN, "tech", _FIRM, "新一代电子信息"),
        Person("崔衡", "1979-10-30", _MAN, "tech", _FIRM, "化工", Title.SENIOR),
        Person("白露", "1988-09-08", _WOMAN, "tech", _FIRM, "生物医药"),
        Person("秦朗", "1986-12-01", _MAN, "tech", _FIRM, "节能环保", Title.MIDDLE),
        Person("任飞鸿", "1981-07-15", _MAN, "tech", _FIRM, "汽车零部件"),
        Person("谷雨霏", "1992-04-19", _WOMAN, "tech", _FIRM, "现代食品", Title.MIDDLE),
        Person("纪云帆", "1986-09-09", _MAN, "tech", _FIRM, "先进装备制造"),
        Person("石可久", "1966-03-16", _MAN, "tech", _FIRM, "建材", Title.SENIOR),
        Person("蒋牧之", "1977-01-23", _MAN, "tech", _FIRM, "新材料", Title.SENIOR),
        Person("卢思齐", "1989-03-09", _WOMAN, "tech", _FIRM, "人工智能与软件"),
        Person("康宁", "1984-06-26", _MAN, "tech", _FIRM, "生物医药"),
        Person("霍启明", "1980-08-21", _MAN, "tech", _FIRM, "先进装备制造"),
        Person("邢越", "1991-10-10", _MAN, "tech", _FIRM, "建材", Title.MIDDLE),
        Person("左思源", "1985-02-28", _MAN, "tech", _FIRM, "纺织服装", Title.MIDDLE),
        Person("温如玉", "1987-05-25", _WOMAN, "tech", _FIRM, "化工"),
        Person("樊星", "1982-11-30", _MAN, "tech", _FIRM, "新能源"),
        # brokers
        Person(
            "林一诺", "1986-03-14", _WOMAN, "transfer", _BROKER, "科技服务与文化创意", Title.MIDDLE, Education.MASTER
        ),
        Person(
            "程岳", "1979-12-12", _MAN, "transfer", _BROKER, "科技服务与文化创意", Title.ASSOCIATE, Education.MASTER
        ),
        Person("尹航", "1990-01-17", _MAN, "transfer", _BROKER, "新一代电子信息", Title.MIDDLE, Education.MASTER),
        Person("夏之衡", "1984-10-05", _MAN, "transfer", _BROKER, "生物医药", Title.MIDDLE, Education.MASTER),
        Person("曲径", "1988-07-02", _WOMAN, "tech", _BROKER, "科技服务与文化创意", Title.MIDDLE, Education.MASTER),
        Person("宁远", "1981-04-04", _MAN, "transfer", _BROKER, "先进装备制造", Title.ASSOCIATE, Education.MASTER),
        Person("洛川", "1993-09-15", _MAN, "transfer", _BROKER, "科技服务与文化创意", Title.JUNIOR, Education.BACHELOR),
        # appointed by the bureau itself
        Person("顾清梨", "1977-03-22", _WOMAN, "bureau", _AGRI, "果树", Title.SENIOR),
        # of teams only
        Person("程嘉禾", "1974-05-03", _MAN, "agri", _AGRI, "粮油作物", Title.SENIOR),
        Person("米丰登", "1983-08-13", _MAN, "agri", _AGRI, "土壤肥料"),
        Person("粟秀英", "1989-04-27", _WOMAN, "agri", _AGRI, "植物保护", Title.MIDDLE),
        Person("麦冬青", "1985-06-30", _WOMAN, "agri", _AGRI, "粮油作物"),
        Person("谷满仓", "1990-09-02", _MAN, "agri", _AGRI, "农业机械", Title.MIDDLE),
        Person("牧云", "1978-02-11", _WOMAN, "agri", _AGRI, "畜牧", Title.SENIOR),
        Person("杨春牧", "1987-10-24", _MAN, "agri", _AGRI, "畜牧", Title.MIDDLE),
        Person("钟新宇", "1976-07-21", _MAN, "tech", _FIRM, "新材料", Title.SENIOR),
        Person("石亦坚", "1984-03-16", _MAN, "tech", _FIRM, "新材料"),
        Person("金子涵", "1991-12-05", _WOMAN, "tech", _FIRM, "节能环保", Title.MIDDLE),
        Person("陶然", "1986-01-28", _WOMAN, "tech", _FIRM, "节能环保"),
        Person("果如林", "1979-09-19", _MAN, "farm", _AGRI, "果树", Title.SENIOR),
        Person("杏林春", "1988-05-15", _WOMAN, "farm", _AGRI, "果树", Title.MIDDLE),
        Person("桃一鸣", "1992-08-29", _MAN, "farm", _AGRI, "果树", Title.MIDDLE),
    )
}


@dataclass(frozen=True)
class Band:
    """A team: the first of its members leads it."""

    name: str
    domains: tuple[str, ...]
    members: tuple[str, ...]

    @property
    def unit(self) -> str:
        return PEOPLE[self.members[0]].unit


GRAIN = Band("滹沱河流域谷物产业技术团队", ("粮油作物", "土壤肥料"), ("程嘉禾", "米丰登", "粟秀英", "麦冬青"))
DAIRY = Band("鹿泉奶业产业技术团队", ("畜牧",), ("牧云", "杨春牧", "牛致远"))
MATERIALS = Band("新材料与节能技术团队", ("新材料", "节能环保"), ("钟新宇", "石亦坚", "金子涵", "陶然"))
ORCHARDS = Band("赞皇果树产业技术团队", ("果树",), ("果如林", "杏林春", "桃一鸣"))
