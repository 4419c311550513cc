"""The plan as it is read: each article with its words, the rules that judge by it, their numbers and where they apply."""

import re
import tomllib
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import Any, NamedTuple

from core.citations import cited
from core.jinja import NOTHING
from core.models import PolicyPack
from core.packs import POLICIES, Difference, differences
from core.policy import Finding, RuleEntry
from desk.plan.words import LEVEL, PARAMS, REASON_BY, SETTINGS, STEPS, shown

WHERE = {
    "specialists": "登记与选派",
    "agreements": "协议备案",
    "visits": "服务记录",
    "funding": "补助经费",
    "assessments": "年度考核",
    "core": "审批",
}
WORDS_OF_ENTRIES = {"title": "名称", "article": "条款", "quote": "原文"}
PART = re.compile(r"([一二三四五六])、(.*)")
ARTICLE = re.compile(r"（([一二三四五六])）(.*)")


@dataclass(frozen=True)
class Rule:
    """One entry of a pack beside its article."""

    entry: RuleEntry
    numbers: list[tuple[str, str]]  # label, value in words
    where: str

    @property
    def strictness(self) -> str:
        words = LEVEL.shown(self.entry.level.value)
        return f"{words}（{REASON_BY.shown(self.entry.reason_by.value)}说明）" if self.entry.level == "warn" else words


@dataclass(frozen=True)
class Article:
    number: str  # 四（一）
    paragraphs: list[str]
    rules: list[Rule]
    reason: str  # why no rule judges by it


@dataclass(frozen=True)
class Part:
    title: str  # 四、完善科技特派员的选派与备案
    articles: list[Article]


def parts(pack: PolicyPack) -> list[Part]:
    """The whole plan with the entries of one pack beside it."""
    rules: dict[str, list[Rule]] = defaultdict(list)
    for code in pack.rules:
        entry = pack.entry(code)
        rules[entry.article].append(Rule(entry, numbers(entry), "、".join(sorted(_where().get(code, ())))))
    reasons = _reasons()
    return [
        Part(title, [Article(number, text, rules.get(number, []), reasons.get(number, "")) for number, text in found])
        for title, found in _text()
    ]


def numbers(entry: RuleEntry) -> list[tuple[str, str]]:
    """Label and value in words, in the order of the words: the database keeps none."""
    known = sorted(entry.params, key=list(PARAMS).index)
    return [(PARAMS[name].label, PARAMS[name].shown(entry.params[name])) for name in known]


def settings_of(pack: PolicyPack) -> list[tuple[str, str]]:
    """The numbers that no article fixes: terms, reminders, marks."""
    return [(one.label, one.shown(setting(pack.settings, name))) for name, one in SETTINGS.items()]


def setting(settings: Mapping[str, Any], name: str) -> Any:
    """A setting by its dotted name; None where the pack does not have it."""
    value: Any = settings
    for part in name.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return value


def named(findings: Iterable[Finding], pack: PolicyPack) -> list[Finding]:
    """What the form says beside its field, with the words of the field before it: for a page without the form."""
    return [replace(one, message=_place(str(one.facts.get("field", "")), pack) + one.message) for one in findings]


def _place(field: str, pack: PolicyPack) -> str:
    code, _, name = field.partition(".")
    if not code:
        return f"{SETTINGS[name].label}：" if name in SETTINGS else ""
    if code not in pack.rules:
        return ""
    name, _, inner = name.partition(".")
    known = PARAMS.get(name)
    if known is None:
        return ""
    of = (known.keys if known.kind == "lists" else known.options).get(inner, "")
    return f"{pack.entry(code).title}，{known.label}{f'（{of}）' if of else ''}："


class Told(NamedTuple):
    """A difference of two packs in words."""

    article: str
    what: str  # 派驻单位接受人数：接受人数上限
    old: str
    new: str


def told(old: PolicyPack, new: PolicyPack) -> list[Told]:
    return [_told(one, old, new) for one in differences(old, new)]


def _told(one: Difference, old: PolicyPack, new: PolicyPack) -> Told:
    if not one.code:
        known = SETTINGS.get(one.name) or (STEPS if one.name.startswith("approvals.") else None)
        show = known.shown if known else shown
        return Told(NOTHING, f"办理参数：{known.label if known else '编码表'}", show(one.old), show(one.new))
    entry = (new if one.code in new.rules else old).entry(one.code)
    name, _, inner = one.name.removeprefix("params.").partition(".")
    if not one.name.startswith("params."):
        known = {"level": LEVEL, "reason_by": REASON_BY}.get(name)
        label = known.label if known else WORDS_OF_ENTRIES.get(name, name)
        values = [(known.shown if known else shown)(value) for value in (one.old, one.new)]
    else:
        known = PARAMS[name]
        of = (known.keys if known.kind == "lists" else known.options).get(inner, inner)
        label = f"{known.label}（{of}）" if inner else known.label
        values = [known.shown({inner: value} if inner and value is not None else value) for value in (one.old, one.new)]
    return Told(entry.article, f"{entry.title}：{label}", *values)


@cache
def _where() -> dict[str, set[str]]:
    """By code, the parts of the work whose rules cite it."""
    found: dict[str, set[str]] = defaultdict(set)
    for citation in cited():
        found[citation.code].add(WHERE[citation.module.partition(".")[0]])
    return found


@cache
def _reasons() -> dict[str, str]:
    return tomllib.loads((POLICIES / "coverage.toml").read_text())


@cache
def _text() -> list[tuple[str, list[tuple[str, list[str]]]]]:
    """The city's text: (title of the part, [(number of the article, its paragraphs)])."""
    found: list[tuple[str, list[tuple[str, list[str]]]]] = []
    for line in (POLICIES / "work-plan.zh.txt").read_text().splitlines():
        words = line.strip()
        if part := PART.match(words):
            found.append((words, []))
            roman = part[1]
        elif found and (article := ARTICLE.match(words)):
            found[-1][1].append((f"{roman}（{article[1]}）", [article[2]]))
        elif found and found[-1][1] and words:
            found[-1][1][-1][1].append(words)
    return found
