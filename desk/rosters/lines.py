"""One row on its way through the check, and how a finding is said of it: column, value and what to do beside the words.

What is only a roster's (a value that cannot be read, a cell left empty) is said here, without an article.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from accounts.enums import InstitutionType
from core.crypto import blind_index
from core.dictionaries import NO_WORDS, Words
from core.identifiers import mask_account, mask_id, mask_mobile
from core.models import PolicyPack
from core.policy import Finding, Level, plain
from core.workbooks import Cell
from desk.enums import Kind, Verdict
from desk.rosters.cleaning import Cleaned, district_named
from desk.rosters.columns import columns_of, label_of
from desk.rosters.headings import letter
from desk.rosters.queries import NO_DISTRICTS, Before, Districts

TITLE_ADVICE = "可以导入，职称等级未定；建议改为字典中的职称，或请市科技局增加这个职称或设为别名。"
FIELD_ADVICE = "可以导入；建议改为字典中的用词，或请市科技局把本单位的叫法设为别名。"
THERE = Verdict.THERE.value  # the level of what the register has already: an import leaves it, and nobody mends it
LEVELS = {Level.INFO.value: 1, Level.WARN.value: 2, THERE: 3, Level.BLOCK.value: 4}
LONGEST_VALUE = 60  # signs of a value that a list of findings repeats
# What a finding is about and what to do next, where the sentence does not say so itself.
COLUMN_OF = {
    "E-PROV": "id_number",
    "E-REVOKED": "id_number",
    "E-REG-DUP": "id_number",
    "E-BROKER-ORG": "category",
    "W-GRAD": "ability_note",
    "E-ONE-HOST": "host_name",
    "E-CAP5": "host_name",
    "I-CAP5": "host_name",
    "E-HOST-KIND": "host_name",
    "E-SAME-PARTY": "host_name",
    "W-TERM": "service_start",
    "W-END": "service_end",
    "E-OVERLAP": "service_start",
    "W-GRADUATION": "graduates_on",
}
ADVICE = {
    "E-ID": "对照身份证逐位核对后改正；号码所在列请设为文本格式。",
    "E-USCC": "对照营业执照逐位核对后改正。",
    "E-MOBILE": "核对后改正为11位手机号。",
    "E-PROV": "从名单中删去此人，或改为技术经纪人、团队成员。",
    "E-REVOKED": "从名单中删去此人；如有疑问，请与市科技局联系。",
    "E-REG-DUP": "删去这一行；新增派驻单位的，填写与已有协议不同的派驻单位。",
    "E-BROKER-ORG": "改为农业或工业企业类别，或由符合条件的单位推荐。",
    "W-GRAD": "补充“科研能力或科研成果”；不补充的可以导入，提交时由市科技局决定。",
    "E-ONE-HOST": "同一人只保留一个派驻单位；确需改派的，报市科技局说明情况。",
    "E-CAP5": "可以导入；提交后须由市科技局填写例外说明，也可改派到其他单位。",
    "E-SAME-PARTY": "改为其他派驻单位。",
    "W-TERM": "核对服务期限；确需如此的可以导入，提交协议时填写说明。",
    "W-END": "核对截止日期；确需如此的可以导入，提交协议时填写说明。",
    "W-GRADUATION": "核对预计毕业日期；可以导入，提交协议时填写毕业后的安排。",
    "E-OVERLAP": "把开始日期改到原协议截止日之后。",
    "E-TEAM-SIZE": "增减成员，使团队为3至5人。",
    "E-TEAM-FIELD": "在“领域或行业”一列填写至少一个领域。",
    "E-TEAM-ORG": "团队须由高校或科研院所组织，请从名单中删去。",
    "W-QUOTA": "可以导入；超出计划的由市科技局决定。",
}


@dataclass
class Line:
    """One row on its way through the check."""

    number: int
    cells: Mapping[str, Cell]
    cleaned: Cleaned
    findings: list[dict[str, Any]] = field(default_factory=list)
    digest: str = ""
    group: str = ""
    host_code: str = ""
    institution: int | None = None  # of a past agreement: which of the register its row names
    start: date | None = None
    end: date | None = None

    @property
    def values(self) -> dict[str, Any]:
        return self.cleaned.values

    @property
    def verdict(self) -> Verdict:
        worst = max((LEVELS[one["level"]] for one in self.findings), default=0)
        return (Verdict.CLEAN, Verdict.INFO, Verdict.WARN, Verdict.THERE, Verdict.BLOCK)[worst]

    @property
    def blocked(self) -> bool:
        return self.verdict == Verdict.BLOCK

    @property
    def is_there(self) -> bool:
        return self.verdict == Verdict.THERE


@dataclass(frozen=True)
class Setting:
    """Who brings the roster, and by which day and pack it is judged."""

    kind: Kind
    organization_id: int
    institution_type: InstitutionType | None
    own_code: str
    own_name: str
    year: int
    on: date
    pack: PolicyPack
    columns: Mapping[str, int]  # key → 0-based column of the sheet
    words: Words = NO_WORDS  # the dictionaries of fields and trades
    titles: Words = NO_WORDS
    districts: Districts = NO_DISTRICTS


# --- saying it --------------------------------------------------------------------------------------------------------


def shown(key: str, cell: Cell | None) -> str:
    """The value as a list of findings may repeat it: numbers of people only behind their masks."""
    if cell is None:
        return ""
    text = cell.text.strip()
    if key == "id_number":
        return _masked_id(cell, text)
    if key == "mobile":
        return mask_mobile(re.sub(r"\D", "", text)[-11:])
    if key == "bank_account":
        return mask_account(text)
    # Columns may have been named wrongly: no long number is repeated, whatever the column is called.
    if len(re.sub(r"\D", "", text)) >= 15 and key != "host_code":
        return _masked_id(cell, text)
    return text[:LONGEST_VALUE] + ("…" if len(text) > LONGEST_VALUE else "")


def _masked_id(cell: Cell, text: str) -> str:
    if cell.kind == "n":
        try:
            return f"{Decimal(text):.5E}"  # as Excel shows it: 1.30105E+17
        except InvalidOperation:
            pass
    return mask_id(re.sub(r"\s", "", text))


class Sayer:
    """Puts findings on a row, each with its column, value and what to do."""

    def __init__(self, line: Line, setting: Setting) -> None:
        self.line, self.setting = line, setting

    def __call__(self, finding: Finding | None, key: str = "", advice: str = "", link: str = "") -> None:
        if finding is not None:
            self._put(finding, finding.level.value, key, advice, link)

    def there(self, finding: Finding, key: str = "", advice: str = "", link: str = "") -> None:
        """The register has what this row brings, so that the rule which refuses it a second time is no fault of it."""
        self._put(finding, THERE, key, advice, link)

    def _put(self, finding: Finding, level: str, key: str, advice: str, link: str) -> None:
        key = key or COLUMN_OF.get(finding.code, str(finding.facts.get("field", "")))
        column = self.setting.columns.get(key)
        known = columns_of(self.setting.kind)
        self.line.findings.append(
            {
                "code": finding.code,
                "level": level,
                "article": finding.article,
                "title": finding.title,
                "quote": finding.quote,
                "message": finding.message,
                "advice": advice or ADVICE.get(finding.code, ""),
                "key": key,
                "column": known[key].label if key in known else "",
                "letter": letter(column) if column is not None else "",
                "value": shown(key, self.line.cells.get(key)) if key in known else "",
                "link": link,  # where that is done
            }
        )

    def block(self, code: str, message: str, key: str = "", advice: str = "") -> None:
        self(plain(code, message), key, advice)

    def warn(self, code: str, message: str, key: str = "", advice: str = "") -> None:
        self(Finding(code, Level.WARN, "", message), key, advice)

    def info(self, code: str, message: str, key: str = "", advice: str = "", link: str = "") -> None:
        self(Finding(code, Level.INFO, "", message), key, advice, link)


def say_faults(line: Line, say: Sayer) -> None:
    for fault in line.cleaned.faults:
        say.block(fault.code, fault.message, fault.key)


def say_title(line: Line, say: "Sayer", titles: Words) -> None:
    if said := titles.said_of(line.values.get("title", "")):
        say.info("I-TITLE", said, "title", TITLE_ADVICE)


def say_district(line: Line, say: "Sayer", setting: Setting) -> None:
    """A county that goes by another name now, or was taken over by another one."""
    cell = line.cells.get("host_district")
    if cell is None or "host_district" not in line.values:
        return
    if said := setting.districts.moved.get(district_named(cell.text, setting.districts.names)):
        say.info("I-DISTRICT", said, "host_district", "可以导入；以后请填写现在的名称。")


def say_missing(line: Line, say: Sayer, wanted: Iterable[str], kind: Kind) -> None:
    faulty = {fault.key for fault in line.cleaned.faults}
    for key in wanted:
        if key not in line.values and key not in faulty:
            say.block("E-COMPLETE", f"缺少{label_of(kind, key)}。", key, f"填写{label_of(kind, key)}。")


def digest_of(cleaned: Cleaned) -> str:
    number = cleaned.values.get("id_number")
    return blind_index(number, "id_number") if number else ""


def group_by_person(rows: Iterable[Before]) -> dict[str, list[Before]]:
    found: dict[str, list[Before]] = defaultdict(list)
    for row in rows:
        if row.digest:
            found[row.digest].append(row)
    return found
