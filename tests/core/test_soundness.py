"""What a plan may say: the file that is shipped is sound, and every number outside its limits is named by its place."""

from copy import deepcopy
from typing import Any

import pytest

from core.models import PolicyPack
from core.packs import POLICIES, read
from core.soundness import LIMITS, MONEY, ORDERS, faults

SHIPPED = read(POLICIES / "shijiazhuang-2026.toml")


def plan(**changes: Any) -> PolicyPack:
    """The plan as shipped, but for some places; None takes one out."""
    pack = PolicyPack(**deepcopy(SHIPPED))
    for place, value in changes.items():
        code, _, name = place.partition(".")
        held: Any = pack.rules[code]["params"] if code else pack.settings
        if name == "level":
            held = pack.rules[code]
        *above, last = name.split(".")
        for part in above:
            held = held[part]
        held[last] = value
        if value is None:
            del held[last]
    return pack


def told(**changes: Any) -> list[tuple[object, str]]:
    return [(one.facts["field"], one.message) for one in faults(plan(**changes))]


def test_the_shipped_plan_is_sound_and_so_is_one_that_lacks_what_came_later():
    assert told() == []
    assert told(**{"E-NOTICE.working_days": None, ".visits": None, ".assessments": None, ".archive.due": None}) == []


@pytest.mark.parametrize("end", [0, 1], ids=["below", "above"])
def test_every_number_outside_its_limits_is_named(end: int):
    known = [place for place in (*LIMITS, *MONEY) if place not in ("W-QUOTA.planned", "W-QUOTA.floor")]
    beyond = {place: ((LIMITS | MONEY)[place][end] + (1 if end else -1)) for place in known}
    several = {
        ".registration.age_bands",
        ".reminders.expiry_days",
        ".reminders.graduation_days",
        ".reminders.archive_days",
    }

    named = {place for place, _ in told(**{place: [n] if place in several else n for place, n in beyond.items()})}

    assert named >= set(known)


@pytest.mark.parametrize(
    ("changes", "place", "message"),
    [
        ({"W-END.month": 2}, "W-END.day", "2月没有31日。每年都有的最后一天是28日，请改正。"),
        ({"W-END.month": 13}, "W-END.month", "应在1至12之间。"),
        ({"W-END.day": True}, "W-END.day", "应在1至31之间。"),
        ({"W-QUOTA.planned.broker": -1}, "W-QUOTA.planned.broker", "应在0至100000之间。"),
        ({"E-AMOUNT.max_fen": 2_000_000}, "E-AMOUNT.max_fen", "应在0.01元至10,000.00元之间。"),
        ({"W-EXCELLENT.share": 1.5}, "W-EXCELLENT.share", "比例应在0至100%之间。"),
        ({"E-TEAM-ORG.types": []}, "E-TEAM-ORG.types", "请至少选择一项。"),
        ({".registration.call_year": 1999}, ".registration.call_year", "应在2025至2027之间。"),
        ({".registration.age_bands": [45, 35]}, ".registration.age_bands", "各年龄段应从小到大排列。"),
        ({".reminders.expiry_days": []}, ".reminders.expiry_days", "应在1至366之间。"),
        ({".assessments.bands.good": 90}, ".assessments.bands.excellent", "分数线应依次降低，且不超过100分。"),
        ({".agreements.filing_number": "SJZ-{sequenc}"}, ".agreements.filing_number", "编号的写法不能执行。"),
        ({".funding.voucher_number": "{year}"}, ".funding.voucher_number", "编号的写法不能执行。"),
        ({".agreements.renewal_opens": "02-29"}, ".agreements.renewal_opens", "应为每年都有的一天，如06-30。"),
        ({".approvals": {"team.approve": []}}, ".approvals.team.approve", "请至少保留一个审批步骤。"),
        ({"E-AMOUNT.level": "info"}, "E-AMOUNT.level", "“每人每次500-800元”由数据库保证，不能改为提示。"),
        ({"E-CAP5.level": "must"}, "E-CAP5.level", "没有这种约束程度。"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_makes_a_rule_fail_is_said_of_its_place(changes: dict[str, Any], place: str, message: str):
    assert told(**changes) == [(place, message)]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.high)
def test_a_range_is_not_turned_round(order: Any):
    changes = {order.low: 50, order.high: 49} | ({order.low: 4, order.high: 3} if "year" in order.low else {})

    assert (order.high, order.message) in told(**changes)


def test_the_score_sheet_makes_a_hundred_and_weighs_performance_most():
    """R32: 服务绩效为重点: workload and results together are worth more than any other part, and not just as much."""
    workload, results, satisfaction, records = deepcopy(SHIPPED["settings"]["assessments"]["parts"])
    sheets = [
        [workload, results, satisfaction],
        [workload, results, {**satisfaction, "code": "results"}, records],
        [workload | {"points": 25}, results | {"points": 22}, satisfaction | {"points": 48}, records],
        [workload | {"points": 25}, results | {"points": 20}, satisfaction | {"points": 45}, records | {"points": 10}],
    ]
    heaviest = "考核以服务绩效为重点，服务绩效（工作量和成效）的分值应高于其他任何一项。"

    assert [told(**{".assessments.parts": parts})[0][1] for parts in sheets] == [
        "各项分值合计应为100分，现为95分。",
        "每一项的编码不能重复，分值应为大于0的整数。",
        heaviest,
        heaviest,
    ]
    assert (
        told(**{".assessments.parts": [workload, results | {"points": 10}, {**satisfaction, "points": 45}, records]})
        == []
    )


def test_a_draft_is_not_held_back_by_weights_that_a_stored_plan_has():
    """No form edits them: whoever drafts from such a plan could not go on."""
    workload, results, satisfaction, records = deepcopy(SHIPPED["settings"]["assessments"]["parts"])
    tie = [workload | {"points": 30}, results | {"points": 15}, satisfaction | {"points": 45}, records | {"points": 10}]
    stored = PolicyPack(**deepcopy(SHIPPED))
    stored.settings["assessments"]["parts"] = tie
    draft = PolicyPack(**deepcopy(SHIPPED), based_on=stored)
    draft.settings["assessments"]["parts"] = deepcopy(tie)

    assert [str(one) for one in faults(draft)] == []
    assert [one.facts["field"] for one in faults(stored)] == [".assessments.parts"]


@pytest.mark.parametrize(
    ("planned", "floor", "told"),
    [
        pytest.param({}, {"enterprise": 350}, ["planned.agriculture", "planned.broker"], id="nothing planned"),
        pytest.param({"agriculture": 40, "broker": 30}, {}, ["floor.enterprise"], id="no least number"),
        pytest.param({"agriculture": 0, "broker": 0}, {"enterprise": 0}, [], id="nobody is a number"),
        pytest.param({"agriculture": 40}, {"broker": 20, "enterprise": 350}, [], id="the one or the other"),
        pytest.param(
            {"agriculture": 40, "broker": 30},
            {"broker": 31, "enterprise": 350},
            ["planned.broker"],
            id="most below least",
        ),
    ],
)
def test_a_category_with_a_number_keeps_one(planned: dict[str, int], floor: dict[str, int], told: list[str]):
    stored, draft = (PolicyPack(**deepcopy(SHIPPED)) for _ in range(2))
    draft.based_on = stored
    draft.rules["W-QUOTA"]["params"] = {"planned": planned, "floor": floor}

    assert [one.facts["field"] for one in faults(draft)] == [f"W-QUOTA.{place}" for place in told]
    assert {one.article for one in faults(draft)} <= {"四（一）"}
