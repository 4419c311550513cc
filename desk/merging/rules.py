"""When two rows may become one host.

These rules come from the way the register is kept; what the work plan says (three parties, two papers for one day, the
cap of a host) is asked of the rules of `agreements`, about the two as if they were one already.
"""

from collections.abc import Collection
from dataclasses import dataclass

from core.policy import Finding, plain


@dataclass(frozen=True)
class Clash:
    """Two agreements of one specialist, one at each unit, that cover the same days."""

    specialist: str
    ours: str
    theirs: str


def both_stand(*, merged: Collection[str]) -> Finding | None:
    """What was merged is a unit no longer; `merged` are the names of those."""
    if not merged:
        return None
    return plain("E-STATE", f"{'、'.join(f'“{name}”' for name in merged)}已并入其他单位，请刷新页面后再办理。")


def two_of_them(*, one: int, other: int) -> Finding | None:
    """A unit is not merged into itself."""
    return plain("E-MERGE", "请选择两个不同的单位。") if one == other else None


def only_a_host(*, name: str, capacities: Collection[str]) -> Finding | None:
    """Who dispatches specialists, or is an authority, has money and people of its own here: it is the one that stays."""
    if not set(capacities) - {"host"}:
        return None
    return plain("E-MERGE", f"“{name}”还是派出单位或机关，不能并入其他单位；可以反过来，把另一个单位并入它。")


def parties_stay_three(*, agreements: Collection[str], survivor: str) -> Finding | None:
    """A22, 四（二）: an agreement that the survivor signed as dispatching institution would have it on both sides."""
    if not agreements:
        return None
    return plain(
        "E-SAME-PARTY",
        f"协议{'、'.join(agreements)}的派出单位就是“{survivor}”，合并后派出单位与派驻单位会成为同一单位，不能合并。",
        article="四（二）",
    )


def no_two_papers_for_one_day(*, clashes: Collection[Clash]) -> Finding | None:
    """R27, 四（二）: two papers never cover one day at one host; one of them is ended or sent back first."""
    if not clashes:
        return None
    listed = "；".join(f"{one.specialist}的{one.ours}和{one.theirs}" for one in list(clashes)[:5])
    return plain(
        "E-OVERLAP",
        f"同一人在两个单位的协议期限重叠：{listed}。请先终止或退回其中一份，再合并。",
        article="四（二）",
    )


def reason_is_given(*, reason: str) -> Finding | None:
    """What was merged is not taken apart again: why it was done stands beside it."""
    return None if reason.strip() else plain("E-REASON", "请写明合并理由。", field="reason")
