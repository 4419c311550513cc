"""The selection by a published list: composed, approved in steps, on view, announced; both positions of the switch."""

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest

from accounts.enums import Role
from core import audit
from core.models import ApprovalStep, AuditEvent, Message, PolicyPack
from core.packs import POLICIES, load_all, read
from core.policy import Refused
from core.stale import Stale
from specialists import queries as registry
from specialists import services as registering
from specialists import teams
from specialists.enums import Category, ListStatus, RegistrationStatus
from specialists.models import Objection, Registration, SelectionCall, SelectionEntry, SelectionList, Specialist
from specialists.selection import queries, rules, services
from tests.cast import MAY_12, MAY_18, MAY_20, Season, member, person, selecting_at_once
from tests.hands import browser_of
from tests.specialists.acts import form_of, graduate, passed_once
from tests.specialists.acts import submitted as handed_in
from tests.specialists.lists import (
    ANNOUNCED,
    APPROVED,
    CLOSED,
    COMPOSED,
    LAST_DAY,
    NOTICED,
    announced,
    approved,
    by_list,
    closed,
    composed,
    noticed,
    objection,
    passed_by_head,
    proposed,
    signed,
    team_of,
)

PACK = PolicyPack(**read(POLICIES / "shijiazhuang-2026.toml"))


@pytest.fixture
def season(season: Season) -> Season:
    return by_list(season)


def codes(act: Callable[[], object]) -> list[str]:
    with pytest.raises(Refused) as refusal:
        act()
    return [finding.code for finding in refusal.value.findings]


def status_of(record: Any) -> str:
    record.refresh_from_db()
    return str(record.status)


# --- the switch -------------------------------------------------------------------------------------------------------


def test_with_the_switch_on_review_proposes_and_the_announcement_selects(season: Season) -> None:
    registration = passed_once(form_of("P3", Category.AGRICULTURE), season)
    registration = registering.decide_registration(registration, by=season.head, on=COMPOSED, passed=True)
    assert (registration.status, registration.approved_on) == (RegistrationStatus.PROPOSED, None)

    held = announced(season, closed(season, registration))

    assert held.status == ListStatus.ANNOUNCED
    registration.refresh_from_db()
    assert (registration.status, registration.approved_on) == (RegistrationStatus.APPROVED, ANNOUNCED)


def test_with_the_switch_off_review_selects_at_once(season: Season) -> None:
    content = selecting_at_once(read(POLICIES / "shijiazhuang-2026.toml"))
    season.pack = PolicyPack.objects.create(**{**content, "version": 3})
    registration = passed_once(form_of("P3", Category.AGRICULTURE), season)

    registration = registering.decide_registration(registration, by=season.head, on=MAY_20, passed=True)

    assert (registration.status, registration.approved_on) == (RegistrationStatus.APPROVED, MAY_20)


def test_a_pack_stored_before_there_was_a_switch_selects_at_once_and_what_it_received_goes_on_so(db: None) -> None:
    """An installed database: the pack grows by the new settings between submission and decision."""
    content = read(POLICIES / "shijiazhuang-2026.toml")
    del content["settings"]["selection"]
    for code in ("E-CALL", "E-LISTED", "E-NOTICE", "E-OBJECTION"):
        del content["rules"][code]
    season = Season()
    PolicyPack.objects.create(**{**content, "version": 2})
    before = passed_once(form_of("P3", Category.AGRICULTURE), season)

    [grown] = load_all()
    SelectionCall.objects.create(
        year=2026, title="推荐通知", opens_on=MAY_12, closes_on=MAY_20, categories=["agriculture"], forms=["individual"],
        status="published", published_on=MAY_12, published_by=season.officer,
    )  # fmt: skip
    after = passed_once(form_of("P4", Category.AGRICULTURE), season)

    assert (before.pack.version, after.pack) == (2, grown)  # type: ignore[union-attr]
    decided = [
        registering.decide_registration(one, by=season.head, on=MAY_20, passed=True).status for one in (before, after)
    ]
    assert decided == [RegistrationStatus.APPROVED, RegistrationStatus.PROPOSED]


def test_whom_the_bureau_appoints_directly_waits_for_no_list(season: Season) -> None:
    """R28: appointed for a need of the bureau's own."""
    filled = form_of("P3", appointment_note="承担市级重大专项，急需其专业支持。")
    registration = handed_in(filled, season.officer)
    other = member("宋科员", Role.BUREAU_OFFICER, season.bureau, "song")
    registering.decide_registration(registration, by=other, on=MAY_18, passed=True)

    decided = registering.decide_registration(registration, by=season.head, on=MAY_20, passed=True)

    assert decided.status == RegistrationStatus.APPROVED


def test_a_team_and_its_members_are_selected_by_the_announcement(season: Season) -> None:
    team = team_of(season, "小麦产业团队", "P1", "P2", "P3")
    held = closed(season, teams=[team])
    assert not Registration.objects.filter(form="team").exists()

    announced(season, held)

    assert status_of(team) == RegistrationStatus.APPROVED
    made = Registration.objects.filter(form="team").values_list("status", "approved_on")
    assert [*made] == [(RegistrationStatus.APPROVED, ANNOUNCED)] * 3


def test_a_team_that_passed_review_is_proposed(season: Season) -> None:
    team = team_of(season, "小麦产业团队", "P1", "P2", "P3", status=RegistrationStatus.DRAFT)
    team = teams.submit_team(team, by=season.clerk, on=MAY_12)
    team = teams.decide_team(team, by=season.officer, on=MAY_18, passed=True)

    team = teams.decide_team(team, by=season.head, on=MAY_20, passed=True)

    assert (team.status, team.approved_on) == (RegistrationStatus.PROPOSED, None)
    assert not Registration.objects.filter(form="team").exists()


def test_who_is_proposed_takes_a_place_of_the_plan(season: Season) -> None:
    """R15, W-QUOTA: else the forty-first would pass review while forty wait for their list."""
    proposed(season, "P1")
    season.selected("P2")

    tally = registry.tally(season.pack.entry("W-QUOTA"), category=Category.AGRICULTURE, year=2026)

    assert (tally.reached, tally.word) == (2, "已入选和拟选派")


# --- composing --------------------------------------------------------------------------------------------------------


def test_the_pool_is_who_passed_review_and_stands_on_no_list(season: Season) -> None:
    listed, waiting = proposed(season, "P1"), proposed(season, "P3")
    season.selected("P4")
    team = team_of(season, "小麦产业团队", "P8", "P9", "P10")
    composed(season, listed)

    found = queries.pool(2026)

    assert ([*found.registrations], [*found.teams], found.count) == ([waiting], [team], 2)


def test_lists_of_a_year_are_numbered_in_turn(season: Season) -> None:
    first, second = composed(season, proposed(season, "P1")), composed(season, proposed(season, "P3"))

    assert (first.number, second.number) == (1, 2)
    assert second.title == "2026年度市级科技特派员拟选派名单（第2批）"


def test_nobody_stands_on_two_lists(season: Season) -> None:
    registration = proposed(season, "P1")
    composed(season, registration)

    assert codes(lambda: composed(season, registration)) == ["E-LISTED"]


def test_only_who_passed_review_comes_on_a_list(season: Season) -> None:
    selected, other_year = season.selected("P1"), proposed(season, "P3")
    Registration.objects.filter(pk=other_year.pk).update(year=2025)

    assert codes(lambda: composed(season, selected)) == ["E-STATE"]
    assert codes(lambda: composed(season, other_year)) == ["E-STATE"]
    assert codes(lambda: composed(season)) == ["E-FIELD"]


def test_who_is_taken_off_a_list_being_composed_may_come_on_the_next(season: Season) -> None:
    first, second = proposed(season, "P1"), proposed(season, "P3")
    held = composed(season, first, second)

    services.take_out(held.entries.get(registration=first), by=season.officer, on=COMPOSED, reason="材料待核实")

    assert status_of(first) == RegistrationStatus.PROPOSED
    assert composed(season, first).entries.standing().count() == 1


def test_who_gives_up_while_the_list_is_composed_takes_no_place_any_more(season: Season) -> None:
    first, second = proposed(season, "P1"), proposed(season, "P3")
    entry = composed(season, first, second).entries.get(registration=first)
    path, officer = f"/specialists/lists/entries/{entry.pk}/remove/", browser_of(season.officer)

    assert "本年度不再选派" in officer.get(path).text
    assert officer.post(path, {"reason": "本人书面放弃。", "for_good": "on"}).status_code == 302

    assert status_of(first) == RegistrationStatus.DECLINED
    assert Message.objects.filter(occasion__startswith="selection.declined", person=season.clerk.person).exists()
    assert codes(lambda: composed(season, first)) == ["E-STATE"]


def test_after_approval_who_is_taken_off_is_not_selected_and_the_institution_is_told(season: Season) -> None:
    first, second = proposed(season, "P1"), proposed(season, "P3")
    held = approved(season, first, second)

    services.take_out(held.entries.get(registration=first), by=season.officer, on=APPROVED, reason="本人书面放弃。")

    assert status_of(first) == RegistrationStatus.DECLINED
    assert first.return_opinion == "本人书面放弃。"
    told = Message.objects.get(occasion__startswith="selection.declined", person=season.clerk.person)
    assert "本人书面放弃" in told.body
    assert codes(lambda: composed(season, first)) == ["E-STATE"]


def test_nobody_leaves_a_list_while_it_is_with_its_approvers_or_after_it_was_announced(season: Season) -> None:
    held = passed_by_head(season, proposed(season, "P1"), proposed(season, "P3"))
    entry = held.entries.first()
    assert entry

    def takes_out() -> object:
        return services.take_out(entry, by=season.officer, on=ANNOUNCED, reason="x")

    assert codes(takes_out) == ["E-STATE"]
    services.open_notice(
        signed(season, held), by=season.officer, on=NOTICED, starts_on=NOTICED, working_days=5, contact=""
    )
    announced(season, services.close_notice(held, by=season.officer, on=CLOSED))
    assert codes(takes_out) == ["E-STATE"]


def test_a_list_is_stale_after_a_colleague_changed_it(season: Season) -> None:
    held = composed(season, proposed(season, "P1"))
    seen = held.version
    services.extend_list(held, by=season.officer, registrations=[proposed(season, "P3")])

    with pytest.raises(Stale):
        services.submit_list(held, by=season.officer, on=COMPOSED, version=seen)


# --- approval in steps ------------------------------------------------------------------------------------------------


def test_a_list_takes_three_steps_the_last_one_from_paper(season: Season) -> None:
    held = approved(season, proposed(season, "P1"))

    assert (held.status, held.approved_on) == (ListStatus.APPROVED, APPROVED)
    steps = [
        (one.role, one.paper, one.document_number, bool(one.scan)) for one in ApprovalStep.objects.order_by("order")
    ]
    assert steps == [
        ("bureau_officer", "", "", False),
        ("division_head", "", "", False),
        ("bureau_leader", "slip", "签批〔2026〕7号", True),
    ]


def test_the_leaders_step_is_not_taken_on_the_page_nor_the_heads_from_paper(season: Season) -> None:
    held = services.submit_list(composed(season, proposed(season, "P1")), by=season.officer, on=COMPOSED)

    assert codes(lambda: signed(season, held)) == ["E-STEP"]
    services.decide_list(held, by=season.head, on=COMPOSED, passed=True)
    assert codes(lambda: services.decide_list(held, by=season.head, on=COMPOSED, passed=True)) == ["E-STEP"]


def test_whose_turn_it_is_hears_of_it(season: Season) -> None:
    held = services.submit_list(composed(season, proposed(season, "P1")), by=season.officer, on=COMPOSED)
    assert [*Message.objects.values_list("person", "subject")] == [(season.head.person.pk, f"{held.title}待您审批")]

    services.decide_list(held, by=season.head, on=COMPOSED, passed=True)

    told = Message.objects.exclude(person=season.head.person).get()
    assert (told.person, told.subject) == (season.officer.person, f"{held.title}待分管领导签批")


def test_the_officer_does_not_pass_the_heads_step(season: Season) -> None:
    held = services.submit_list(composed(season, proposed(season, "P1")), by=season.officer, on=COMPOSED)

    assert codes(lambda: services.decide_list(held, by=season.officer, on=COMPOSED, passed=True)) == ["E-STEP"]


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        pytest.param({"decided_on": date(2026, 5, 21)}, "不能晚于今天", id="a day to come"),
        pytest.param({"decided_on": date(2026, 5, 15)}, "不能早于上一步", id="before the head passed it"),
        pytest.param({"number": " "}, "签批单编号", id="without its number"),
        pytest.param({"passed": False}, "退回意见", id="returned without a word"),
    ],
)
def test_a_paper_step_says_what_it_was_recorded_from(season: Season, more: dict[str, Any], sentence: str) -> None:
    held = passed_by_head(season, proposed(season, "P1"))

    with pytest.raises(Refused, match=sentence):
        signed(season, held, **more)


def test_a_list_sent_back_is_composed_again_and_goes_all_its_steps_once_more(season: Season) -> None:
    held = passed_by_head(season, proposed(season, "P1"))

    held = signed(season, held, passed=False, opinion="请核实专业领域。")

    assert (held.status, held.approved_on) == (ListStatus.DRAFT, None)
    held = services.submit_list(held, by=season.officer, on=APPROVED)
    assert codes(lambda: signed(season, held)) == ["E-STEP"]  # the head's turn again


def test_a_return_says_what_is_to_be_mended(season: Season) -> None:
    held = services.submit_list(composed(season, proposed(season, "P1")), by=season.officer, on=COMPOSED)

    assert codes(lambda: services.decide_list(held, by=season.head, on=COMPOSED, passed=False)) == ["E-FIELD"]


# --- what stands against somebody meanwhile ---------------------------------------------------------------------------


def revoke(registration: Registration) -> None:
    Specialist.objects.filter(pk=registration.specialist_id).update(status="revoked", revoked_on=MAY_18)


def test_who_was_put_on_the_provincial_list_meanwhile_is_flagged_with_the_article(season: Season) -> None:
    """R29, A15: at each step, and the list does not go on with them."""
    listed, broker = proposed(season, "P1"), proposed(season, "P4", Category.BROKER)
    held = composed(season, listed, broker)
    season.on_provincial_list("P1")
    season.on_provincial_list("P4")  # a broker may be on both

    [(entry, [finding])] = queries.flags([*held.entries.in_order()], on=COMPOSED).items()

    assert (entry, finding.code, finding.article) == (held.entries.get(registration=listed).pk, "E-PROV", "四（四）")
    assert codes(lambda: services.submit_list(held, by=season.officer, on=COMPOSED)) == ["E-PROV"]


def test_the_rules_are_asked_again_at_notice_and_announcement(season: Season) -> None:
    first, second = proposed(season, "P1"), proposed(season, "P3")
    held = approved(season, first, second)
    revoke(first)

    def opens() -> SelectionList:
        return services.open_notice(held, by=season.officer, on=NOTICED, starts_on=NOTICED, working_days=5, contact="")

    assert codes(opens) == ["E-REVOKED"]
    services.take_out(held.entries.get(registration=first), by=season.officer, on=NOTICED, reason="资格已取消")
    closed_list = services.close_notice(opens(), by=season.officer, on=CLOSED)
    season.on_provincial_list("P3")
    assert codes(lambda: announced(season, closed_list)) == ["E-PROV"]
    assert status_of(second) == RegistrationStatus.PROPOSED


def test_a_team_that_lost_a_member_is_flagged(season: Season) -> None:
    team = team_of(season, "小麦产业团队", "P1", "P2", "P3")
    held = composed(season, teams=[team])
    Specialist.objects.filter(pk=person("P2").pk).update(status="revoked", revoked_on=MAY_18)

    [found] = queries.flags([*held.entries.in_order()], on=COMPOSED).values()

    assert [finding.code for finding in found] == ["E-TEAM-SIZE", "E-REVOKED"]


# --- the notice -------------------------------------------------------------------------------------------------------


def test_a_notice_of_five_working_days_ends_on_the_fifth(season: Season) -> None:
    held = noticed(season, proposed(season, "P1"))

    assert (held.notice_from, held.notice_until) == (NOTICED, LAST_DAY)  # Wednesday to Tuesday, a weekend between
    assert services.last_day_of_notice(date(2026, 9, 28), 5) == date(2026, 10, 9)  # the National Day holidays between


def test_a_notice_lasts_the_days_that_the_pack_names_and_begins_today_or_later(season: Season) -> None:
    held = approved(season, proposed(season, "P1"))

    def opens(**more: Any) -> object:
        given = {"on": NOTICED, "starts_on": NOTICED, "working_days": 5, "contact": ""}
        return services.open_notice(held, by=season.officer, **{**given, **more})

    assert codes(lambda: opens(working_days=4)) == ["E-NOTICE"]
    assert codes(lambda: opens(starts_on=date(2026, 5, 19))) == ["E-FIELD", "E-FIELD"]


@pytest.mark.parametrize(
    ("days", "refused"),
    [pytest.param(4, True, id="four"), pytest.param(5, False, id="five"), pytest.param(7, False, id="seven")],
)
def test_the_days_of_a_notice(days: int, refused: bool) -> None:
    finding = rules.notice_lasts_long_enough(PACK.entry("E-NOTICE"), working_days=days)

    assert bool(finding) == refused


@pytest.mark.parametrize(
    ("on", "refused"),
    [pytest.param(LAST_DAY, True, id="the last day"), pytest.param(CLOSED, False, id="the day after")],
)
def test_a_notice_is_closed_after_its_last_day(on: date, refused: bool) -> None:
    assert bool(rules.notice_has_ended(PACK.entry("E-NOTICE"), until=LAST_DAY, on=on)) == refused


def test_the_service_closes_no_notice_on_its_last_day(season: Season) -> None:
    held = noticed(season, proposed(season, "P1"))

    assert codes(lambda: services.close_notice(held, by=season.officer, on=LAST_DAY)) == ["E-NOTICE"]


def test_an_objection_is_received_while_the_list_is_on_view(season: Season) -> None:
    held = noticed(season, proposed(season, "P1"))

    received = objection(season, held, entry=held.entries.get())

    assert (received.conclusion, received.sender) == ("", "张建设")
    assert codes(lambda: objection(season, held, received_on=MAY_18)) == ["E-FIELD"]
    assert codes(lambda: objection(season, held, sender="")) == ["E-FIELD"]
    assert objection(season, held, sender="", is_anonymous=True).sender == ""
    other = composed(season, proposed(season, "P3"))
    assert codes(lambda: objection(season, held, entry=other.entries.get())) == ["E-FIELD"]
    assert codes(lambda: objection(season, other)) == ["E-STATE"]


def test_who_objected_rests_encrypted_and_stands_in_no_history(season: Season) -> None:
    received = objection(season, noticed(season, proposed(season, "P1")))

    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT sender || contact FROM specialists_objection")
        [(stored,)] = cursor.fetchall()
    assert "张建设" not in stored
    assert "13900000000" not in stored
    assert "张建设" not in str([*AuditEvent.objects.values_list("before", "after", "reason")])
    assert Objection.objects.get(pk=received.pk).contact == "13900000000"


def test_an_upheld_objection_takes_the_entry_off_the_list(season: Season) -> None:
    first, second = proposed(season, "P1"), proposed(season, "P3")
    held = noticed(season, first, second)
    received = objection(season, held, entry=held.entries.get(registration=first))

    services.conclude_objection(
        received, by=season.officer, on=LAST_DAY, conclusion="upheld", handling="经核实，情况属实。"
    )

    assert status_of(first) == RegistrationStatus.DECLINED
    entry = SelectionEntry.objects.get(registration=first)
    assert (entry.removed_on, entry.removed_reason) == (LAST_DAY, "公示异议成立：经核实，情况属实。")
    announced(season, services.close_notice(held, by=season.officer, on=CLOSED))
    assert (status_of(first), status_of(second)) == (RegistrationStatus.DECLINED, RegistrationStatus.APPROVED)


def test_a_dismissed_objection_leaves_the_list_as_it_is(season: Season) -> None:
    registration = proposed(season, "P1")
    held = noticed(season, registration)
    received = objection(season, held, entry=held.entries.get())
    services.conclude_objection(
        received, by=season.officer, on=LAST_DAY, conclusion="dismissed", handling="经核实，不属实。"
    )

    announced(season, services.close_notice(held, by=season.officer, on=CLOSED))

    assert status_of(registration) == RegistrationStatus.APPROVED


def test_an_objection_is_concluded_once_and_with_what_was_found(season: Season) -> None:
    received = objection(season, noticed(season, proposed(season, "P1")))

    def concludes(handling: str) -> object:
        return services.conclude_objection(
            received, by=season.officer, on=LAST_DAY, conclusion="dismissed", handling=handling
        )

    assert codes(lambda: concludes(" ")) == ["E-FIELD"]
    concludes("不属实。")
    assert codes(lambda: concludes("不属实。")) == ["E-STATE"]


def test_no_notice_is_closed_over_an_open_objection(season: Season) -> None:
    held = noticed(season, proposed(season, "P1"))
    objection(season, held)

    assert codes(lambda: services.close_notice(held, by=season.officer, on=CLOSED)) == ["E-OBJECTION"]


@pytest.mark.parametrize(("unfinished", "refused"), [(0, False), (1, True)])
def test_objections_are_concluded_before_the_list_goes_on(unfinished: int, refused: bool) -> None:
    assert bool(rules.objections_are_concluded(PACK.entry("E-OBJECTION"), unfinished=unfinished)) == refused


# --- the announcement -------------------------------------------------------------------------------------------------


def test_each_institution_is_told_once_with_its_names_and_each_person_of_their_own(season: Season) -> None:
    registrations = [proposed(season, "P1"), proposed(season, "P3"), proposed(season, "P5", institution=season.u2)]
    stranger = season.stranger
    held = closed(season, *registrations)
    Message.objects.all().delete()

    announced(season, held)

    told = {
        hat: [*Message.objects.filter(person=hat.person).values_list("subject", flat=True)]
        for hat in (season.clerk, season.manager, stranger)
    }
    assert told[season.clerk] == ["2026年度科技特派员选派名单已公布，本单位入选2项"] == told[season.manager]
    assert told[stranger] == ["2026年度科技特派员选派名单已公布，本单位入选1项"]
    body = Message.objects.get(person=season.clerk.person).body
    assert "李喆" in body
    assert "张昇" in body
    assert "何雨桐" not in body
    assert "石科〔2026〕12号" in body
    persons = Message.objects.filter(person=None).values_list("email", flat=True)
    assert sorted(persons) == ["p1@example.org", "p3@example.org", "p5@example.org"]


@pytest.mark.parametrize(
    ("more", "code"),
    [
        pytest.param({"document_number": " "}, "E-FIELD", id="without its number"),
        pytest.param({"announced_on": date(2026, 5, 29)}, "E-FIELD", id="a day to come"),
        pytest.param({"announced_on": LAST_DAY}, "E-FIELD", id="before the notice was closed"),
    ],
)
def test_an_announcement_needs_its_document(season: Season, more: dict[str, Any], code: str) -> None:
    held = closed(season, proposed(season, "P1"))

    assert codes(lambda: announced(season, held, **more)) == [code]


@pytest.mark.parametrize("station", [composed, passed_by_head, approved, noticed])
def test_a_list_is_announced_only_after_its_notice_was_closed(season: Season, station: Any) -> None:
    held = station(season, proposed(season, "P1"))

    assert codes(lambda: announced(season, held)) == ["E-STATE"]


def test_what_happened_to_a_list_and_to_its_people_is_in_their_histories(season: Season) -> None:
    registration = proposed(season, "P1")
    held = announced(season, closed(season, registration))

    assert [event.verb for event in audit.history(held)] == [
        "selection_list.composed",
        "selection_list.submitted",
        "selection_list.step_passed",
        "selection_list.step_passed",
        "selection_list.approved",
        "selection_list.notice_opened",
        "selection_list.closed",
        "selection_list.announced",
    ]
    assert [event.verb for event in audit.history(registration)] == ["registration.approved"]


def test_a_list_counts_against_the_plan_in_persons(season: Season) -> None:
    """R1, R15–R17, A7: what is left when it is announced; teams in a tally of their own."""
    season.selected("P8")
    student = proposed(season, "P6", Category.ENTERPRISE, personnel_type="graduate", ability_note="课题")
    held = composed(
        season,
        proposed(season, "P1"),
        student,
        proposed(season, "P4", Category.BROKER),
        teams=[team_of(season, "小麦产业团队", "P1", "P9", "P10")],
    )

    counted = queries.counted(held)

    assert [(line.label, line.selected, line.on_list, line.words) for line in counted.lines] == [
        ("农业", 1, 1, "尚余38"),
        ("工业企业", 0, 1, "差349"),
        ("技术经纪人", 0, 1, "尚余29"),
    ]
    assert (counted.individuals, counted.graduates, counted.teams, counted.members) == (3, 1, 1, 3)
    assert counted.by_unit == [("示范农林学院", 3, 1)]


def test_a_returned_graduate_is_still_returned(season: Season) -> None:
    """The switch changes what passing does, and nothing about returning."""
    registration = handed_in(graduate("P6", ability_note="课题"), season.clerk)

    returned = registering.decide_registration(
        registration, by=season.officer, on=MAY_18, passed=False, opinion="请补充材料"
    )

    assert (returned.status, returned.return_opinion) == (RegistrationStatus.RETURNED, "请补充材料")
