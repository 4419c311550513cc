"""Two texts clause by clause: which belong together, what of each differs to the character."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from agreements.wording.clauses import Clause, Wording, numeral
from agreements.wording.rules import OPENING
from agreements.wording.terms import condition_label

ALIKE = 0.5  # from here on two clauses with other headings are one that was rewritten


@dataclass(frozen=True)
class Run:
    """A run of characters; `differs` where the other text does not have it."""

    text: str
    differs: bool = False


@dataclass(frozen=True)
class Side:
    """One clause in one of the two texts."""

    title: str  # 第三条　各方责任
    condition: str
    runs: list[Run]


@dataclass(frozen=True)
class Change:
    """A clause in both texts, or in one of them alone."""

    what: str
    old: Side | None
    new: Side | None

    @property
    def title(self) -> str:
        side = self.new or self.old
        return side.title if side else ""


def changes(old: Wording, new: Wording) -> list[Change]:
    """What differs, in the order of the newer text; a clause that was dropped stands where it stood."""
    found = []
    if old.opening != new.opening:
        before, after = _runs(old.opening, new.opening)
        found.append((-1.0, Change("修改", Side(OPENING, "", before), Side(OPENING, "", after))))
    pairs = _pairs(old.clauses, new.clauses)
    kept = sorted((there, here) for there, here in pairs.items())
    for there, clause in enumerate(old.clauses):
        if there not in pairs:
            behind = max((here for before, here in kept if before < there), default=-1)
            found.append((behind + 0.5, Change("删除", _alone(there, clause), None)))
    from_old, moved = {here: there for there, here in pairs.items()}, _moved(pairs)
    for here, clause in enumerate(new.clauses):
        if here not in from_old:
            found.append((here, Change("新增", None, _alone(here, clause))))
            continue
        there = from_old[here]
        former = old.clauses[there]
        if former != clause:
            runs = _runs(former.text, clause.text)
            found.append((here, Change("修改", _side(there, former, runs[0]), _side(here, clause, runs[1]))))
        elif there in moved:
            found.append((here, Change("移动", _alone(there, former), _alone(here, clause))))
    return [change for _, change in sorted(found, key=lambda one: one[0])]


def _pairs(old: Sequence[Clause], new: Sequence[Clause]) -> dict[int, int]:
    """The place in the newer text of each clause of the older one: the same heading and case first, then what reads alike."""
    pairs: dict[int, int] = {}

    def pair(there: int, here: int) -> None:
        if there not in pairs and here not in pairs.values():
            pairs[there] = here

    for there, before in enumerate(old):
        for here, after in enumerate(new):
            if (before.heading, before.condition) == (after.heading, after.condition):
                pair(there, here)
    rest = [
        (SequenceMatcher(None, before.text, after.text, autojunk=False).ratio() + (before.heading == after.heading), there, here)
        for there, before in enumerate(old) if there not in pairs
        for here, after in enumerate(new) if here not in pairs.values()
    ]  # fmt: skip
    for alike, there, here in sorted(rest, key=lambda one: -one[0]):
        if alike >= ALIKE:
            pair(there, here)
    return pairs


def _moved(pairs: dict[int, int]) -> set[int]:
    """The places in the older text of what changed places with others; being counted otherwise alone is no move."""
    before, after = sorted(pairs), sorted(pairs, key=lambda there: pairs[there])
    kept = SequenceMatcher(None, before, after, autojunk=False).get_matching_blocks()
    return {*before} - {before[place] for block in kept for place in range(block.a, block.a + block.size)}


def _runs(old: str, new: str) -> tuple[list[Run], list[Run]]:
    before, after = [], []
    for what, a, b, c, d in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if b > a:
            before.append(Run(old[a:b], what != "equal"))
        if d > c:
            after.append(Run(new[c:d], what != "equal"))
    return before, after


def _alone(number: int, clause: Clause) -> Side:
    return _side(number, clause, [Run(clause.text)])


def _side(number: int, clause: Clause, runs: list[Run]) -> Side:
    condition = condition_label(clause.condition) if clause.condition else ""
    return Side(f"第{numeral(number + 1)}条　{clause.heading}", condition, runs)
