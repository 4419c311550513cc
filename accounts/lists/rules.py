"""What may be saved as a view, and with whom it is shared. A view is only a query string: whoever opens it sees the rows
that are theirs to see. But the query string itself may name a person, and so is not everybody's."""

from collections.abc import Collection, Mapping

from core.policy import Finding, plain

MOST_VIEWS = 20  # of one person for one list


def a_place_is_free(*, taken: Collection[int]) -> Finding | None:
    if len(taken) < MOST_VIEWS:
        return None
    return plain("E-VIEW", f"每个列表最多保存{MOST_VIEWS}个视图，请先删除不用的。", field="name")


def name_is_new(*, name: str, names: Collection[str]) -> Finding | None:
    return plain("E-VIEW", f"这个列表已有名为“{name}”的视图，请换一个名称。", field="name") if name in names else None


def filters_a_person_may_keep(*, holds_a_number: bool) -> Finding | None:
    if not holds_a_number:
        return None
    return plain("E-VIEW", "筛选条件含有证件号码、手机号或银行账号，不能保存。请改用姓名或编号查找。")


def shares_no_name(*, shared_with: str, named: Mapping[str, str]) -> Finding | None:
    """A search for a person stays with who searched."""
    if not shared_with or not named:
        return None
    words = "、".join(f"{label}“{value}”" for label, value in named.items())
    return plain("E-VIEW", f"视图按{words}查找，只能自己使用，不能共用。", field="shared_with")
