"""批量审核: what would pass and what would not, one confirmation, and each file decided as if it were alone."""

import re
from typing import Any

import pytest
import time_machine

from core import audit
from core.models import ApprovalStep
from specialists import queries, teams
from specialists import services as registering
from specialists.enums import Category, RegistrationStatus
from specialists.models import Registration
from specialists.selection import bulk
from tests.cast import MAY_12, MAY_18, MAY_20, Season, person
from tests.hands import at_once, browser_of
from tests.specialists.acts import form_of, graduate, pack_planning, submitted
from tests.specialists.lists import by_list, composed, proposed, team_of


def lines_of(season: Season, by: Any = None) -> dict[str, bulk.Line]:
    return {line.name: line for line in bulk.preview(by or season.officer, on=MAY_18)}


def steps_taken() -> dict[str, int]:
    return {
        one.specialist.name: ApprovalStep.objects.filter(
            approval__act="registration.approve", approval__target_id=one.pk
        ).count()
        for one in Registration.objects.select_related("specialist")
    }


def test_the_preview_says_of_each_what_is_in_its_way(season: Season) -> None:
    submitted(form_of("P1"), season.clerk)
    submitted(graduate("P6"), season.clerk)  # neither ability nor a result
    listed = submitted(form_of("P3", Category.AGRICULTURE), season.clerk)
    season.on_provincial_list("P3")
    team = teams.submit_team(
        team_of(season, "小麦产业团队", "P8", "P9", "P10", status=RegistrationStatus.DRAFT), by=season.clerk, on=MAY_12
    )

    found = lines_of(season)

    assert {name: ([one.code for one in line.findings], line.is_clean) for name, line in found.items()} == {
        "李喆": ([], True),
        "周珺": (["W-GRAD"], False),
        "张昇": (["E-PROV"], False),
        team.name: ([], True),
    }
    assert [one.code for one in found["张昇"].blocks] == ["E-PROV"]
    assert listed.status == RegistrationStatus.SUBMITTED


def test_each_is_decided_by_the_single_service_and_one_that_is_refused_keeps_nobody_back(season: Season) -> None:
    first, student, listed = (
        submitted(form_of("P1"), season.clerk),
        submitted(graduate("P6"), season.clerk),
        submitted(form_of("P3", Category.AGRICULTURE), season.clerk),
    )
    team = teams.submit_team(
        team_of(season, "小麦产业团队", "P8", "P9", "P10", status=RegistrationStatus.DRAFT), by=season.clerk, on=MAY_12
    )
    season.on_provincial_list("P3")
    keys = [line.key for line in lines_of(season).values()]

    outcomes = bulk.pass_many(keys, by=season.officer, on=MAY_18, opinion="同意")

    assert {one.name: (one.is_passed, [finding.code for finding in one.findings]) for one in outcomes} == {
        "李喆": (True, []),
        "周珺": (False, ["W-GRAD"]),
        "张昇": (False, ["E-PROV"]),
        team.name: (True, []),
    }
    assert [audit.history(one).last().verb for one in (first, student, listed, team)] == [  # type: ignore[union-attr]
        "registration.step_passed",
        "registration.submitted",
        "registration.submitted",
        "team.step_passed",
    ]


def test_a_reason_holds_for_every_file_that_needs_it_and_for_no_other(season: Season) -> None:
    plain, student = submitted(form_of("P1"), season.clerk), submitted(graduate("P6"), season.clerk)
    keys = [line.key for line in lines_of(season).values()]

    outcomes = bulk.pass_many(keys, by=season.officer, on=MAY_18, reasons={"W-GRAD": "导师已出具证明。"})

    assert [one.is_passed for one in outcomes] == [True, True]
    assert [one.reason for one in audit.overrides_of(student)] == ["导师已出具证明。"]
    assert not audit.overrides_of(plain)
    # At the next step the reason stands.
    assert lines_of(season, season.head)["周珺"].is_clean


def test_a_file_changed_since_the_preview_is_skipped_and_said(season: Season) -> None:
    registration = submitted(form_of("P1"), season.clerk)
    keys = [line.key for line in lines_of(season).values()]
    registering.decide_registration(registration, by=season.officer, on=MAY_18, passed=False, opinion="请补正")
    registering.submit_registration(registration, by=season.clerk, on=MAY_18)

    [outcome] = bulk.pass_many(keys, by=season.officer, on=MAY_18)

    assert (outcome.is_passed, "已修改过这份登记" in outcome.words) == (False, True)
    assert steps_taken()["李喆"] == 1


def test_done_twice_each_says_that_its_step_is_taken(season: Season) -> None:
    submitted(form_of("P1"), season.clerk)
    keys = [line.key for line in lines_of(season).values()]
    bulk.pass_many(keys, by=season.officer, on=MAY_18)

    [again] = bulk.pass_many(keys, by=season.officer, on=MAY_18)

    assert [finding.code for finding in again.findings] == ["E-STEP"]
    assert steps_taken()["李喆"] == 1


def test_two_officers_confirm_the_same_files_at_once(lasting_season: Season) -> None:
    season = lasting_season
    for key in ("P1", "P3", "P4"):
        submitted(form_of(key, Category.AGRICULTURE), season.clerk)
    keys = [line.key for line in lines_of(season).values()]

    def passes(keys: list[str]) -> str:
        return str(sum(one.is_passed for one in bulk.pass_many(keys, by=season.officer, on=MAY_18)))

    found = at_once(lambda: passes(keys), lambda: passes(keys[::-1]))

    assert sum(int(one) for one in found) == 3
    assert set(steps_taken().values()) == {1}


def test_the_last_place_of_the_plan_goes_to_the_first_and_the_next_needs_a_reason(season: Season) -> None:
    """R15: at the last step the preview counts those before; the service decides the same."""
    season.pack = pack_planning(agriculture=1)
    for key in ("P1", "P3"):
        one = submitted(form_of(key, Category.AGRICULTURE), season.clerk)
        registering.decide_registration(one, by=season.officer, on=MAY_18, passed=True)

    found = lines_of(season, season.head)
    outcomes = bulk.pass_many([line.key for line in found.values()], by=season.head, on=MAY_20)

    assert [[one.code for one in line.asks] for line in found.values()] == [[], ["W-QUOTA"]]
    assert [one.is_passed for one in outcomes] == [True, False]


def test_a_plan_raised_meanwhile_holds_for_what_was_handed_in_before(season: Season) -> None:
    """R15: preview, single act and the figures beside them count against one plan, the year's as it stands that day."""
    season.pack = pack_planning(agriculture=1)
    proposed(season, "P5")
    waiting = submitted(form_of("P1", Category.AGRICULTURE), season.clerk)
    registering.decide_registration(waiting, by=season.officer, on=MAY_18, passed=True, reasons={"W-QUOTA": "确有需要"})
    judged = {one.entry.code: one.finding for one in registering.judge(waiting, on=MAY_18, deciding=True)}
    assert judged["W-QUOTA"]
    assert "计划1名，已入选和拟选派1名" in judged["W-QUOTA"].message

    pack_planning(version=3, agriculture=2)

    assert {one.entry.code: one.finding for one in registering.judge(waiting, on=MAY_18, deciding=True)}[
        "W-QUOTA"
    ] is None
    [line] = lines_of(season, season.head).values()
    assert [one.code for one in line.findings] == []
    with time_machine.travel(MAY_18):
        page = browser_of(season.head).get("/specialists/bulk/").content.decode()
    assert re.search("农业</t[dh]><td[^>]*>2</td>", page)


def test_what_is_left_in_all_and_by_institution(season: Season) -> None:
    by_list(season)
    season.selected("P1", status=RegistrationStatus.SUBMITTED, approved_on=None)
    proposed(season, "P3")
    composed(season, proposed(season, "P5", institution=season.u2))
    season.selected("P8")

    categories, units = bulk.places(season.pack, year=2026)

    assert [(one.label, one.in_review, one.proposed, one.listed, one.selected, one.words) for one in categories] == [
        ("农业", 1, 1, 1, 1, "尚余37"),
        ("工业企业", 0, 0, 0, 0, "差350"),
        ("技术经纪人", 0, 0, 0, 0, "尚余30"),
    ]
    board = queries.selection(season.pack, year=2026, on=MAY_18)  # another page of the same plan
    assert [line.gap_words for line in board.lines] == [one.words for one in categories]
    assert {one.label: (one.in_review, one.proposed, one.listed, one.selected) for one in units} == {
        "示范农林学院": (1, 1, 0, 1),
        "示范理工大学": (0, 0, 1, 0),
    }


# --- the page and the interface ---------------------------------------------------------------------------------------


@pytest.fixture
def waiting(season: Season) -> Season:
    submitted(form_of("P1"), season.clerk)
    submitted(graduate("P6"), season.clerk)
    return season


def test_the_page_has_the_clean_ones_ticked_and_lists_what_became_of_each(waiting: Season) -> None:
    client = browser_of(waiting.officer)
    page = client.get("/specialists/bulk/").text
    lines = {line.name: line for line in bulk.preview(waiting.officer, on=MAY_18)}
    assert f'value="{lines["李喆"].key}" data-select checked' in page
    assert f'value="{lines["周珺"].key}" data-select aria-label' in page
    assert "2 项，其中 1 项可直接通过" in page

    done = client.post("/specialists/bulk/", {"chosen": [line.key for line in lines.values()], "opinion": "同意"})

    assert done.status_code == 200
    assert "通过 1 项，未通过 1 项" in done.text
    assert "请补充或填写说明" in done.text


def test_nothing_chosen_is_said_and_nothing_is_done(waiting: Season) -> None:
    answer = browser_of(waiting.officer).post("/specialists/bulk/", {"opinion": "同意"})

    assert (answer.status_code, "请至少勾选一项" in answer.text) == (422, True)
    assert not ApprovalStep.objects.exists()


def test_the_page_can_be_narrowed(waiting: Season) -> None:
    client = browser_of(waiting.officer)

    assert "没有等待您办理的登记或团队" in client.get("/specialists/bulk/?category=broker").text
    assert person("P1").name in client.get("/specialists/bulk/?unit=农林").text


def test_several_through_the_interface(waiting: Season) -> None:
    client = browser_of(waiting.officer)
    lines = client.get("/api/v1/registrations/decide/").json()
    assert [(one["name"], one["is_clean"]) for one in lines] == [("李喆", True), ("周珺", False)]

    answer = client.post(
        "/api/v1/registrations/decide/",
        {"keys": [*(one["key"] for one in lines), "team-99-1", "x"], "reasons": {"W-GRAD": "导师证明"}},
        content_type="application/json",
    )

    assert [one["passed"] for one in answer.json()] == [True, True, False, False]
