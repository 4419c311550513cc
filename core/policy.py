"""The words every rule is written in.

The work plan is data: a pack holds one entry per rule, with its article, the words quoted, how strictly they bind and
the numbers they fix. A rule is code: it takes its entry and the facts, and gives a finding or None.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, TypeVar


class Level(StrEnum):
    """How strictly the article's own verb binds."""

    BLOCK = "block"  # 只能, 应, 不得
    WARN = "warn"  # 原则上, 一般: may pass with a written reason
    INFO = "info"  # a plain number: shown, never in the way

    @property
    def label(self) -> str:
        return {"block": "不符", "warn": "提示", "info": "告知"}[self.value]


class Side(StrEnum):
    """Whose written reason lifts a warn: the institution explains, or only the city bureau may except."""

    INSTITUTION = "institution"
    BUREAU = "bureau"


@dataclass(frozen=True)
class Finding:
    code: str
    level: Level
    article: str
    message: str
    facts: Mapping[str, object] = field(default_factory=dict)
    title: str = ""
    quote: str = ""
    reason_by: Side = Side.BUREAU

    def __str__(self) -> str:
        return f"{self.message}（工作方案{self.article}）" if self.article else self.message


# What the sentence of a warn adds for whoever may pass it.
ASKS_FOR_A_REASON = re.compile(
    r"(，请(补充或)?填写说明|请填写说明)(?=。)|如?确需[^，。]*，须?由市科技局填写(例外)?说明。"
)


@dataclass(frozen=True)
class RuleEntry:
    """What one year's pack says about one rule."""

    code: str
    article: str
    quote: str
    level: Level
    params: Mapping[str, Any] = field(default_factory=dict)
    title: str = ""
    reason_by: Side = Side.BUREAU

    def finding(self, message: str, **facts: object) -> Finding:
        if self.level != Level.WARN:  # only a warn takes a reason, whatever level the rule was written for
            message = ASKS_FOR_A_REASON.sub("", message)
        return Finding(self.code, self.level, self.article, message, facts, self.title, self.quote, self.reason_by)


@dataclass(frozen=True)
class Verdict:
    """One rule asked about one case: passed, found something, or cannot be asked yet (`waiting` says for what)."""

    entry: RuleEntry
    finding: Finding | None = None
    waiting: str = ""

    @property
    def tone(self) -> str:
        """`ok`, `wait`, or the level of the finding: what a page colours it by."""
        if self.waiting:
            return "wait"
        return self.finding.level.value if self.finding else "ok"


class Refused(Exception):
    """An act was refused; `findings` holds everything in the way, so that the reader can mend it all at once."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = list(findings)
        super().__init__(" ".join(map(str, self.findings)))

    @property
    def words(self) -> str:
        """The sentences alone, without their articles."""
        return "".join(finding.message for finding in self.findings)


class Outdated(Refused):
    """What was shown before the act, and is the ground it stands on, reads otherwise by now (409): shown anew, it may be
    repeated."""


def written(reasons: Mapping[str, str] | None) -> dict[str, str]:
    """The reasons of a form by finding code, without those left empty."""
    return {code: reason.strip() for code, reason in (reasons or {}).items() if reason.strip()}


def require(
    *findings: Finding | None, overrides: Mapping[str, str] | None = None, side: Side = Side.BUREAU
) -> list[Finding]:
    """Raise Refused once, with every finding in the way, so that the reader can mend them all.

    A block is always in the way; an info never is; a warn is, unless `overrides` holds a written reason under its code.
    When the institution acts (`side`), a warn that only the bureau may except is left open for the bureau's review.
    Returns the warns that pass on their reason: the caller records each of them.
    """
    found = [finding for finding in findings if finding]
    reasoned = written(overrides).keys()
    left_open = [
        finding
        for finding in found
        if finding.level == Level.WARN and side == Side.INSTITUTION and finding.reason_by == Side.BUREAU
    ]
    passing = [
        finding
        for finding in found
        if finding.level == Level.WARN and finding.code in reasoned and finding not in left_open
    ]
    in_the_way = [
        finding
        for finding in found
        if finding.level != Level.INFO and finding not in passing and finding not in left_open
    ]
    if in_the_way:
        raise Refused(in_the_way)
    return passing


@dataclass(frozen=True)
class Citation:
    """Where a rule comes from and what else holds it: read by the generated policy document and by `make prove`."""

    code: str
    requirements: tuple[str, ...]
    constraint: str | None
    module: str
    function: str
    summary: str


CITATIONS: list[Citation] = []

Rule = TypeVar("Rule", bound=Callable[..., Finding | None])


def cites(code: str, *requirements: str, constraint: str | None = None) -> Callable[[Rule], Rule]:
    """Register a rule: its finding code, the requirements and readings it serves (R19, A1), its constraint."""

    def register(rule: Rule) -> Rule:
        summary = (rule.__doc__ or "").strip().splitlines()[0]
        CITATIONS.append(Citation(code, requirements, constraint, rule.__module__, rule.__name__, summary))
        return rule

    return register


def plain(code: str, message: str, *, article: str = "", **facts: object) -> Finding:
    """A block that no article of the work plan fixes (a file that cannot be read, a field left out)."""
    return Finding(code, Level.BLOCK, article, message, facts)
