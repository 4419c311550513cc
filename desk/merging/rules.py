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


# --- two that are two -------------------------------------------------------------------------------------------------


def they_look_alike(*, alike: int) -> Finding | None:
    """Only of two that seem one there is something to say."""
    return None if alike else plain("E-MERGE", "两者没有相近之处，不在重复登记的清单中，无须认定。")


def not_said_yet(*, said: bool) -> Finding | None:
    """What was found stands until it is undone, or more of the two is alike."""
    return plain("E-STATE", "已认定这两者不是同一个，请刷新页面。") if said else None


def reason_they_are_two(*, reason: str) -> Finding | None:
    """Whoever meets the pair later reads why."""
    return None if reason.strip() else plain("E-REASON", "请写明认定不是同一个的理由。", field="reason")


def still_said(*, ended: bool) -> Finding | None:
    """It is undone once."""
    return plain("E-STATE", "这项认定已经撤销，请刷新页面。") if ended else None


# --- people -----------------------------------------------------------------------------------------------------------


def both_are_there(*, merged: Collection[str]) -> Finding | None:
    """Who was merged is another row of somebody; `merged` are their names."""
    if not merged:
        return None
    return plain("E-STATE", f"{'、'.join(merged)}的登记已并入其他人员，请刷新页面后再办理。")


def two_people(*, one: int, other: int) -> Finding | None:
    """Nobody is merged into themself."""
    return plain("E-MERGE", "请选择两条不同的人员记录。") if one == other else None


def one_account(*, both_have: bool, name: str) -> Finding | None:
    """One person signs in by one account: of two in use the one that goes is ended first."""
    if not both_have:
        return None
    return plain("E-MERGE", f"{name}的两条记录各有一个账号。请先与本人核对，终止要并入一方账号的身份，再合并。")


def what_is_booked_stays(*, booked: Collection[str], name: str) -> Finding | None:
    """R43, 六（三）: a claim and a final result are of the row they were made for; that row is the one to keep.

    `booked` says what stands on the row that would go: 补助申领, 考核结果, 资格取消.
    """
    if not booked:
        return None
    return plain(
        "E-MERGE",
        f"要并入的{name}已有{'、'.join(booked)}，这些记录不能转移。请改为保留这一条，并在下面选择正确的身份证号。",
        article="六（三）",
    )


def nothing_is_asked(*, open_changes: int) -> Finding | None:
    """A change that waits to be decided names its person."""
    if not open_changes:
        return None
    return plain("E-MERGE", f"要并入的记录有{open_changes}项变更申请尚未办结，请先办结。")


def registered_once(*, twice: Collection[str]) -> Finding | None:
    """四（一）: one registration a year, form and category; `twice` are those that both have."""
    if not twice:
        return None
    return plain(
        "E-REG-DUP",
        f"两条记录在同一年度登记了同一类别：{'、'.join(twice)}。请先退回或删除其中一份登记。",
        article="四（一）",
    )


def one_host_a_year(*, years: Collection[int]) -> Finding | None:
    """R19, 四（一）: an enterprise specialist serves one host in a year, also one who was entered twice."""
    if not years:
        return None
    return plain(
        "E-ONE-HOST",
        f"企业科技特派员在同一年度内只能签约服务一个单位：两条记录在{'、'.join(map(str, years))}年度与不同单位签约，"
        "请先处理其中一份协议。",
        article="四（一）",
    )


def once_in_a_team(*, teams: Collection[str]) -> Finding | None:
    """R5, 一（二）: one person counts once in a team; one of the two leaves it first."""
    if not teams:
        return None
    listed = "、".join(f"“{team}”" for team in teams)
    return plain("E-TEAM", f"两条记录同时列在团队{listed}中，请先变更团队成员。", article="一（二）")


def once_at_a_visit(*, visits: Collection[str]) -> Finding | None:
    """A20: one person is at a visit once."""
    return plain("E-MERGE", f"两条记录同在服务记录{'、'.join(visits)}中，不能合并。") if visits else None


def assessed_once(*, years: Collection[int]) -> Finding | None:
    """R31, 五（一）: one assessment a year."""
    if not years:
        return None
    return plain("E-MERGE", f"两条记录在{'、'.join(map(str, years))}年度都列入了考核，不能合并。", article="五（一）")
