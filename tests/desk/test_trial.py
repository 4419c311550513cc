"""A draft of the plan tried on what has happened: what would change, and why, for whom."""

import copy
from datetime import date
from typing import Any

import pytest

from agreements import services
from agreements import trial as of_agreements
from agreements.cases import Case
from agreements.enums import TerminationReason
from agreements.models import Agreement
from agreements.services.judging import judge_case
from core.models import PolicyPack
from core.trial import Changed
from specialists import trial as of_people
from specialists.enums import Category
from tests.cast import MAY_20, Season

pytestmark = pytest.mark.django_db


def draft(season: Season, **params: Any) -> PolicyPack:
    """The next version of the season's pack, not saved: `E_CAP5={"cap": 3}` changes the numbers of that rule."""
    rules = copy.deepcopy(season.pack.rules)
    for code, changed in params.items():
        entry = rules[code.replace("_", "-")]
        entry.update(changed.pop("entry", {}))
        entry["params"] = {**entry.get("params", {}), **changed}
    return PolicyPack(plan="shijiazhuang", year=2026, version=2, rules=rules, settings=season.pack.settings)


def told(changed: list[Changed]) -> list[tuple[str, str, bool]]:
    return [(one.code, one.subject.record, one.is_stricter) for one in changed]


def four_at_one_cooperative(season: Season) -> list[Agreement]:
    people = [season.selected(key) for key in ("P1", "P2", "P3", "P4")]
    return [season.filed(person, season.h4) for person in people]


def test_a_lower_cap_meets_those_who_came_last(season: Season):
    filed = four_at_one_cooperative(season)

    changed = list(of_agreements.changes(season.pack, draft(season, E_CAP5={"cap": 3})))

    assert told(changed) == [("E-CAP5", filed[3].filing_number, True)]
    assert changed[0].before is None
    assert "3人" in str(changed[0].after)
    assert (changed[0].article, changed[0].subject.url) == ("四（一）", f"/agreements/{filed[3].pk}/")


def test_who_had_left_before_does_not_count(season: Season):
    first, *_ = filed = [season.filed(season.selected(key), season.h4) for key in ("P1", "P2", "P3")]
    services.terminate_agreement(first, by=season.officer, on=date(2026, 6, 1), reason=TerminationReason.AGREED)
    late = season.filed(season.selected("P4"), season.h4, submitted_on=date(2026, 6, 2), filed_on=date(2026, 6, 2))

    changed = list(of_agreements.changes(season.pack, draft(season, E_CAP5={"cap": 2})))

    assert told(changed) == [
        ("E-CAP5", filed[2].filing_number, True),  # the first was still there
        ("E-CAP5", late.filing_number, True),
    ]


def test_a_milder_draft_takes_findings_away(season: Season):
    season.on_provincial_list("P1")
    filed = season.filed(season.selected("P1"), season.h4)

    mild = draft(season, E_PROV={"excepted_categories": ["broker", "agriculture"]})

    assert told(list(of_agreements.changes(season.pack, mild))) == [("E-PROV", filed.filing_number, False)]
    assert told(list(of_people.changes(season.pack, mild))) == [("E-PROV", "登记（农业）", False)]


def test_a_second_host_is_told_by_the_years_of_that_day(season: Season):
    lizhe = season.selected("P1")
    season.filed(lizhe, season.h4)
    second = season.filed(lizhe, season.h2)

    changed = list(of_agreements.changes(season.pack, draft(season, E_ONE_HOST={"categories": ["agriculture"]})))

    assert told(changed) == [("E-ONE-HOST", second.filing_number, True)]


def test_the_plan_counts_persons_in_the_order_of_their_days(season: Season):
    for key in ("P1", "P2", "P3"):
        season.filed(season.selected(key), season.h4)

    smaller = draft(season, W_QUOTA={"planned": {"agriculture": 2, "broker": 30}})

    [paper] = of_agreements.changes(season.pack, smaller)
    [person] = of_people.changes(season.pack, smaller)
    assert [paper.subject.name, person.subject.name] == ["张昇（滹沱示范谷物种植专业合作社）", "张昇"]


def test_a_stricter_level_is_a_change_and_another_call_year_is_none(season: Season):
    season.selected("P2", personnel_type="graduate")
    strict = draft(season, W_GRAD={"entry": {"level": "block"}})
    strict.settings = copy.deepcopy(strict.settings)
    strict.settings["registration"]["call_year"] = 2027

    [changed] = of_people.changes(season.pack, strict)

    assert (changed.code, changed.before and changed.before.level, changed.after and changed.after.level) == (
        "W-GRAD", "warn", "block",
    )  # fmt: skip


def test_the_facts_of_many_are_those_of_one(season: Season):
    """The last of each person and host, judged alone by what stands in the database, and among all."""
    season.on_provincial_list("P3")
    lizhe = season.selected("P1", Category.ENTERPRISE)
    for before in (season.submitted(lizhe, season.h1), season.submitted(season.selected("P2"), season.h4)):
        services.file_agreement(before, by=season.officer, on=MAY_20)
    last = [
        season.submitted(season.selected("P3"), season.h4, submitted_on=MAY_20),
        season.submitted(lizhe, season.h3, submitted_on=MAY_20),
    ]
    strict = draft(season, E_CAP5={"cap": 1})

    among_all = {case.agreement.pk: case for case in of_agreements.cases()}

    for agreement in last:
        alone = judge_case(Case(agreement, on=among_all[agreement.pk].on), strict)
        assert judge_case(among_all[agreement.pk], strict) == alone
        assert any(verdict.finding for verdict in alone)


def test_the_same_pack_changes_nothing_and_asks_the_same_few_questions(season: Season, django_assert_num_queries: Any):
    four_at_one_cooperative(season)

    with django_assert_num_queries(7):
        assert not [*of_agreements.changes(season.pack, season.pack), *of_people.changes(season.pack, season.pack)]
