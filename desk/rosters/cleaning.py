"""A cell becomes a value, whatever a spreadsheet made of it, or a sentence that says what it did and how to mend it.

Nothing here touches the database: `Known` brings what the values are held against.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from functools import partial
from typing import Any

from accounts.enums import HostType
from core import identifiers
from core.dates import YEARS, parse_date
from core.dictionaries import NO_WORDS, Words
from core.identifiers import Invalid, half_width
from core.workbooks import Cell
from core.xlsx import LONGEST
from desk.enums import Kind
from desk.rosters.columns import columns_of
from specialists import titles
from specialists.enums import Category, Education, PersonnelType

EPOCH = date(1899, 12, 30)
MOST_DIGITS = 40
MOST_VISITS = 366  # in a year
SERIALS = range(36_526, 73_051)  # days from 2000 to 2099 as Excel counts them

RUINED = "身份证号被Excel当作数字保存，只留下前15位，后3位已经丢失，无法由平台恢复。请把这一列设为“文本”格式，再对照证件重新填写18位号码。"
RUINED_NUMBER = "{label}被Excel当作数字保存，只留下前15位，其余已经丢失。请把这一列设为“文本”格式，再重新填写。"
NEVER_CALCULATED = "这个单元格是公式，没有计算结果。请在Excel中复制这一列，再“选择性粘贴—数值”。"
ERROR = "这个单元格是错误值{text}。请改为实际内容。"

CODES = {"id_number": "E-ID", "host_code": "E-USCC", "institution_code": "E-USCC", "mobile": "E-MOBILE"}
CODED = ("id_number", "host_code", "institution_code", "bank_account")  # no digit of them may be lost


@dataclass(frozen=True)
class Known:
    """What values are held against: the day, the ages the pack allows, counties and fields by every name they go by."""

    on: date
    ages: tuple[int, int]
    districts: Mapping[str, str]
    words: Words = NO_WORDS  # the dictionary of fields: what an institution writes for an official word
    titles: Words = NO_WORDS


@dataclass(frozen=True)
class Fault:
    """A value that could not be taken."""

    key: str
    code: str
    message: str


@dataclass
class Cleaned:
    """The values of one row by key, and what could not be taken. A faulty value is not among the values."""

    values: dict[str, Any] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


def clean_row(cells: Mapping[str, Cell], kind: Kind, known: Known) -> Cleaned:
    """All values of a row; every fault, not the first only. Empty cells are left out, columns that must not be empty
    are asked for by `checking`."""
    cleaned = Cleaned()
    for key, cell in cells.items():
        try:
            value = _clean(key, cell, kind, known)
        except Invalid as refusal:
            cleaned.faults.append(Fault(key, CODES.get(key, "E-FIELD"), str(refusal)))
        else:
            if value not in ("", None):
                cleaned.values[key] = value
    return cleaned


def _clean(key: str, cell: Cell, kind: Kind, known: Known) -> Any:
    if cell.kind == "e":
        raise Invalid(ERROR.format(text=cell.text) if cell.text else NEVER_CALCULATED)
    if not cell.text.strip():
        return ""
    if key in DATES:
        return when(cell, whole_month=key == "graduates_on")
    if len(cell.text) >= LONGEST:  # the rest was not read, so nobody can say how long it is
        raise Invalid(f"{columns_of(kind)[key].label}过长，有{LONGEST}个字以上，请缩短。")
    text = text_of(cell, label=columns_of(kind)[key].label, whole=key in CODED)
    if key == "id_number":
        return identifiers.clean_id_number(text, on=known.on, ages=known.ages)
    if key == "host_district":
        return district(text, known.districts)
    if key == "field":
        return known.words.official(line("专业领域", 60)(text))
    if key == "title":
        return titles.clean(line("职称", 60)(text), known.titles)
    return CLEANERS.get(key, line(columns_of(kind)[key].label))(text)


def text_of(cell: Cell, *, label: str = "", whole: bool = False) -> str:
    """The text of a cell; a number as it was typed, not as Excel writes it. `whole`: no digit of it may be lost."""
    if cell.kind != "n":
        # Somebody forced a text, or a copy came back in which nothing may act.
        return cell.text.strip().removeprefix("'") if cell.kind == "s" else cell.text
    try:
        number = Decimal(cell.text)
    except InvalidOperation:
        return cell.text
    if not number.is_finite() or abs(number.adjusted()) > MOST_DIGITS:
        return cell.text  # written out it would be longer than any cell
    if whole and abs(number) >= 10**15:
        raise Invalid(RUINED if label == "身份证号" else RUINED_NUMBER.format(label=label))
    digits = f"{number:f}"
    return digits.rstrip("0").rstrip(".") if "." in digits else digits


# --- days -------------------------------------------------------------------------------------------------------------

DATES = frozenset(
    ["signed_on", "service_start", "service_end", "graduates_on", "valid_from", "valid_to", "filed_on", "terminated_on"]
)
CHINESE = str.maketrans("〇○零一二三四五六七八九", "000123456789")


def when(cell: Cell, *, whole_month: bool = False) -> date:
    """A day in any of the usual forms, or as Excel counts it; `whole_month`: 2028年6月 is its last day."""
    if cell.kind == "d":
        try:
            return _plausible(date.fromisoformat(cell.text))
        except ValueError as refusal:
            raise refusal if isinstance(refusal, Invalid) else Invalid("日期不能识别，或没有这一天，请核对。") from None
    text = text_of(cell)
    if re.fullmatch(r"\d{5}", text) and int(text) in SERIALS:
        return EPOCH + timedelta(days=int(text))
    text = _western(re.sub(r"\s+", "", half_width(text)))
    text = re.sub(r"(\d{1,2}:\d{2}(:\d{2})?|T.*)$", "", text)
    if whole_month and (found := re.fullmatch(r"(\d{4})[-./年](\d{1,2})月?", text)):
        year, month = int(found[1]), int(found[2])
        if 1 <= month <= 12 and year in YEARS:
            return date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return parse_date(text)


def _plausible(day: date) -> date:
    if day.year not in range(1990, 2100):
        raise Invalid(f"日期为{day.year}年，请核对。")
    return day


def _western(text: str) -> str:
    """二〇二六年十一月二十二日 → 2026年11月22日"""

    def tens(found: re.Match[str]) -> str:
        head, tail = found[1].translate(CHINESE), found[2].translate(CHINESE)
        return f"{head or 1}{tail or 0}"

    return re.sub(r"([一二三]?)十([一二三四五六七八九]?)", tens, text).translate(CHINESE)


# --- words ------------------------------------------------------------------------------------------------------------


def line(label: str, most: int = 200) -> Callable[[str], str]:
    def clean(text: str) -> str:
        return identifiers.clean_title(text, label=label, least=1, most=most)

    return clean


def long_text(label: str, most: int = 2000) -> Callable[[str], str]:
    def clean(text: str) -> str:
        kept = "".join(sign for sign in text.replace("\r\n", "\n") if sign in "\n\t" or sign.isprintable()).strip()
        if len(kept) > most:
            raise Invalid(f"{label}不能超过{most}个字，现为{len(kept)}个字。")
        return kept

    return clean


def quoted(text: str) -> str:
    """As a sentence may repeat it: in a column named wrongly stands somebody's number."""
    return re.sub(r"\d[\d\s-]{4,}[\dXx]", "…", half_width(text))[:20]


def bare(text: str) -> str:
    return re.sub(r"\s+", "", half_width(text)).lower()


def one_of(label: str, words: Mapping[str, str], *, expected: str) -> Callable[[str], str]:
    """A code by its label or by a word people use for it."""

    def clean(text: str) -> str:
        found = words.get(bare(text))
        if found is None:
            raise Invalid(f"{label}“{quoted(text)}”不能识别，请填写{expected}。")
        return found

    return clean


def _words(table: Mapping[str, str]) -> dict[str, str]:
    return {word: code for code, words in table.items() for word in words.split()}


EDUCATIONS = _words(
    {
        Education.COLLEGE.value: "大专 专科 大学专科 高职",
        Education.BACHELOR.value: "本科 大学本科 学士 大学 本科学历",
        Education.MASTER.value: "硕士研究生 硕士 研究生 硕研 硕士学位",
        Education.DOCTOR.value: "博士研究生 博士 博研 博士后 博士学位",
        Education.MASTER_STUDENT.value: "在读硕士 硕士在读 在读硕士研究生 硕士研究生在读 在读硕士生 硕士研究生(在读) 硕士生",
        Education.DOCTOR_STUDENT.value: "在读博士 博士在读 在读博士研究生 博士研究生在读 在读博士生 博士研究生(在读) 博士生",
    }
)
CATEGORIES = _words(
    {
        Category.AGRICULTURE.value: "农业 农业农村 涉农",
        Category.ENTERPRISE.value: "工业企业 企业 工业",
        Category.BROKER.value: "技术经纪人 技术经纪 经纪人 科技经纪人",
    }
)
PERSONNEL = _words(
    {
        PersonnelType.STAFF.value: "在职人员 在职 在编 教师 职工 教职工 科研人员 专业技术人员 否",
        PersonnelType.GRADUATE.value: "在校研究生 研究生 在读研究生 学生 在校学生 硕士生 博士生 是",
    }
)
HOST_TYPES = _words(
    {
        HostType.ENTERPRISE.value: "企业 公司 有限公司 民营企业 国有企业 股份有限公司 农业企业 工业企业",
        HostType.COOPERATIVE.value: "合作社 农民专业合作社 专业合作社 农业合作社 农民合作社",
        HostType.FAMILY_FARM.value: "家庭农场 农场",
        HostType.VILLAGE.value: "村 村委会 行政村 村集体 村民委员会",
        HostType.PARK.value: "园区(基地) 园区 基地 园区/基地 产业园 示范基地 农业园区",
        HostType.UNIVERSITY.value: "院校 高校 高等院校 大学 学校",
        HostType.RESEARCH_INSTITUTE.value: "科研院所 研究所 研究院 科研机构",
        HostType.COUNTY_BUREAU.value: "县级科技管理部门 县科技局 科技局 科技管理部门",
        HostType.OTHER.value: "其他 其它",
    }
)
YES = frozenset(["是", "有", "对", "√", "✓", "✔", "y", "yes", "1", "true", "规上", "规模以上", "规模以上企业"])
NO = frozenset(
    [
        "否",
        "无",
        "不是",
        "不",
        "×",
        "x",
        "✗",
        "n",
        "no",
        "0",
        "false",
        "规下",
        "规模以下",
        "规模以下企业",
        "-",
        "—",
        "/",
    ]
)


def category(text: str) -> str:
    word = re.sub(r"(个人)?(科技)?特派员$|类$", "", bare(text))
    word = re.sub(r"类$", "", word)
    if word in CATEGORIES:
        return CATEGORIES[word]
    if "研究生" in word:
        raise Invalid(
            "在校研究生不是类别。请按服务对象填写农业、工业企业或技术经纪人，并在“人员类型”一列填写在校研究生。"
        )
    raise Invalid(f"类别“{quoted(text)}”不能识别，请填写农业、工业企业或技术经纪人。")


def yes_no(label: str) -> Callable[[str], bool]:
    def clean(text: str) -> bool:
        word = bare(text)
        if word in YES:
            return True
        if word in NO:
            return False
        raise Invalid(f"{label}“{quoted(text)}”不能识别，请填写是或否。")

    return clean


def leader(text: str) -> bool:
    word = bare(text)
    if word in ("负责人", "团长", "组长", "团队负责人", "队长", "首席", "leader"):
        return True
    return False if word in ("成员", "团员", "组员", "队员") else yes_no("是否负责人")(text)


def sex(text: str) -> str:
    word = bare(text).removesuffix("性")
    if word in ("男", "女"):
        return "male" if word == "男" else "female"
    raise Invalid(f"性别“{quoted(text)}”不能识别，请填写男或女。")


def district_named(text: str, names: Mapping[str, str]) -> str:
    """The name that is written here, of those that counties go by; empty for none."""
    word = re.sub(r"^(河北省?)?(石家庄市)?", "", bare(text))
    if word in names:
        return word
    return next((name for name in names if len(name) >= 3 and word.startswith(name)), "")  # 正定县新城铺镇


def district(text: str, names: Mapping[str, str]) -> str:
    if name := district_named(text, names):
        return names[name]
    raise Invalid(f"县（市、区）“{quoted(text)}”不能识别，请填写石家庄市所辖的县（市、区）或功能区全称，如正定县。")


def email(text: str) -> str:
    word = bare(text)
    if not re.fullmatch(r"[a-z0-9._%+-]+@[a-z0-9-]+(\.[a-z0-9-]+)+", word) or len(word) > 200:
        raise Invalid("邮箱格式不正确，请核对。")
    return word


def whole(label: str, most: int) -> Callable[[str], int]:
    def clean(text: str) -> int:
        found = re.fullmatch(r"(\d{1,6})(次|名|号)?", bare(text))
        if not found or not 1 <= int(found[1]) <= most:
            raise Invalid(f"{label}请填写1至{most}之间的整数。")
        return int(found[1])

    return clean


STATES = _words(
    {
        "running": "在岗 在服务 服务中 执行中 履行中 有效 正常 在册 在岗服务 是 已备案 备案",
        "over": "到期 已到期 期满 届满 服务期满 合同到期 完成 已完成 结束 已结束 到期未续",
        "terminated": "终止 提前终止 已终止 解除 已解除 取消 已取消 退出 已退出 撤销 否 离岗",
    }
)


def lead(text: str) -> str | bool:
    """Whether who stands in this row leads the team; or who does, where the list names them in every row."""
    try:
        return leader(text)
    except Invalid:
        return identifiers.clean_name(text)


CLEANERS: dict[str, Callable[[str], Any]] = {
    "name": identifiers.clean_name,
    "supervisor": identifiers.clean_name,
    "sex": sex,
    "mobile": identifiers.clean_mobile,
    "email": email,
    "education": one_of("学历", EDUCATIONS, expected="大专、本科、硕士研究生、博士研究生、在读硕士或在读博士"),
    "category": category,
    "personnel_type": one_of("人员类型", PERSONNEL, expected="在职人员或在校研究生"),
    "field": line("专业领域", 60),
    "speciality": line("专长", 200),
    "department": line("所在部门", 60),
    "ability_note": long_text("科研能力"),
    "research_results": long_text("科研成果"),
    "host_name": partial(identifiers.clean_unit_name, label="派驻单位名称"),
    "host_code": identifiers.clean_uscc,
    "host_type": one_of(
        "单位类型",
        HOST_TYPES,
        expected="企业、合作社、家庭农场、村、园区（基地）、院校、科研院所、县级科技管理部门或其他",
    ),
    "host_scale": yes_no("规模"),
    "host_sme": yes_no("是否科技型中小企业"),
    "goals": long_text("年度目标任务"),
    "service_content": long_text("服务内容"),
    "content_and_goals": long_text("服务内容及年度目标"),
    "visits": whole("年度到现场服务次数", MOST_VISITS),
    "bank_account": identifiers.clean_account,
    "bank_name": line("开户行", 100),
    "team": line("团队名称", 60),
    "is_leader": leader,
    "unit": line("所在单位", 100),
    "row": whole("序号", 100_000),
    "number": line("原备案号", 30),
    "document_number": line("备案文号", 60),
    "institution": line("派出单位", 100),
    "institution_code": identifiers.clean_uscc,
    "leader": lead,
    "status": one_of("协议状态", STATES, expected="在岗、到期或终止"),
    "termination_reason": line("终止原因", 200),
}


# --- goals ------------------------------------------------------------------------------------------------------------

GOAL = re.compile(r"^(.*?[^\d.])(\d{1,4})(次|场次|场|项|人次|人|篇|个|件|份|家|名|期|套|部|亩|户|种|批|处|吨)?以?上?$")
MOST_GOALS = 10


def goals(text: str) -> tuple[int | None, list[dict[str, Any]]]:
    """年度服务17次，开展培训3场 → 17 visits a year, and goals with their numbers; words without one are no goal."""
    visits: int | None = None
    found: list[dict[str, Any]] = []
    for part in re.split(r"[,，;；、。\n]+", half_width(text)):
        match = GOAL.match(re.sub(r"\s+", "", part))
        if not match or not int(match[2]):
            continue
        name, count, unit = match[1].strip(":：-不少于")[:60], int(match[2]), match[3] or "项"
        if visits is None and unit in ("次", "场次") and "服务" in name and "培训" not in name and count <= MOST_VISITS:
            visits = count
        elif name and len(found) < MOST_GOALS:
            found.append({"name": name, "count": count, "unit": unit})
    return visits, found
