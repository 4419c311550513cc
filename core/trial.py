"""A draft of the plan tried on what has happened: which verdicts would be others (方案试算)."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from core.policy import Finding, Level, Verdict

STRICTNESS = {None: 0, Level.INFO: 1, Level.WARN: 2, Level.BLOCK: 3}


@dataclass(frozen=True)
class Subject:
    """Whom or what a verdict is about, as a list names it."""

    name: str
    record: str  # "登记" or a filing number
    url: str
    unit: str  # the dispatching institution
    year: int  # whose season it belongs to


@dataclass(frozen=True)
class Changed:
    """One rule that says something else of one subject."""

    subject: Subject
    code: str
    article: str
    title: str
    before: Finding | None
    after: Finding | None

    @property
    def is_stricter(self) -> bool:
        return STRICTNESS[_level(self.after)] > STRICTNESS[_level(self.before)]


def differing(subject: Subject, before: Iterable[Verdict], after: Iterable[Verdict]) -> Iterator[Changed]:
    """The rules whose finding appears, disappears or binds otherwise; a sentence that only words it anew is none."""
    told = {verdict.entry.code: verdict.finding for verdict in before}
    for verdict in after:
        code, entry = verdict.entry.code, verdict.entry
        if _level(told.get(code)) != _level(verdict.finding):
            yield Changed(subject, code, entry.article, entry.title, told.get(code), verdict.finding)


def _level(finding: Finding | None) -> Level | None:
    return finding.level if finding else None
