"""A person who was entered twice becomes one: what is moved, what stays as it was, what stands against it."""

from collections.abc import Callable
from datetime import date
from html import unescape
from time import sleep
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from accounts.enums import Role
from accounts.models import Invitation
from accounts.services import end_membership, invite
from agreements import services as agreements
from agreements.models import Agreement, YearlyHost
from assessments.enums import AssessmentStatus
from assessments.models import Assessment, Campaign
from core.crypto import blind_index
from core.models import AuditEvent, Message
from core.policy import Refused
from core.stale import Stale
from desk.merging import people, rules
from desk.merging.models import PersonMerge
from specialists.changes.models import ChangeRequest
from specialists.enums import Category, ChangeField
from specialists.models import Registration, Specialist, Team, TeamMember
from tests.cast import END, MAY_12, MAY_20, PEOPLE, Season, person, scan
from tests.hands import at_once, browser_of, during, linger, only_added_to
from tests.matrix.world import World
from visits.enums import VisitStatus
from visits.models import VisitAttendance

TODAY = date(2026, 5, 21)


@pytest.fixture(autouse=True)
def _today() -> Any:
    with time_machine.travel("2026-05-21 09:00+08:00", tick=False):
        yield


def text(response: Any) -> str:
    return unescape(response.content.decode())


def pair() -> tuple[Specialist, Specialist]:
    """P1 as entered first, and once more with another number."""
    right, wrong = person("P1"), person("P2")
    Specialist.objects.filter(pk=wrong.pk).update(name=right.name, birth_date=right.birth_date)
    wrong.refresh_from_db()
    return right, wrong


def merge(season: Season, survivor: Specialist, loser: Specialist, **more: Any) -> PersonMerge:
    given = {"keep": {}, "by": season.officer, "on": TODAY, "reason": "核对了身份证原件。"}
    return people.merge_people(survivor, loser, **{**given, **more})


def refused(season: Season, survivor: Specialist, loser: Specialist, **more: Any) -> list[str]:
    with pytest.raises(Refused) as refusal:
        merge(season, survivor, loser, **more)
    assert not PersonMerge.objects.filter(loser=loser, survivor=survivor).exists()
    return [finding.code for finding in refusal.value.findings]


# --- what is moved ----------------------------------------------------------------------------------------------------


def test_all_that_hangs_on_the_one_row_becomes_the_others(season: Season) -> None:
    right, wrong = pair()
    registration = season.selected("P2")
    filed = season.filed(registration, season.h4)
    before = dict(Agreement.objects.filter(pk=filed.pk).values().get())
    visit = season.visit(filed, MAY_20, status=VisitStatus.CONFIRMED)
    account = season.hat_of(wrong).person

    done = merge(season, right, wrong)

    after = dict(Agreement.objects.filter(pk=filed.pk).values().get())
    assert {name for name in after if after[name] != before[name]} == {"specialist_id"}
    assert (after["specialist_id"], Registration.objects.get(pk=registration.pk).specialist) == (right.pk, right)
    assert visit.attendances.get().specialist == right
    right.refresh_from_db()
    wrong.refresh_from_db()
    assert (right.user, wrong.user, wrong.merged_into) == (account, None, right)
    assert done.moved["agreements"] == [filed.pk]
    assert done.moved["registrations"] == [registration.pk]
    event = AuditEvent.objects.get(verb="agreement.person_merged")
    assert (event.target_id, event.before, event.after) == (
        filed.pk,
        {"person": wrong.id_masked},
        {"person": right.id_masked},
    )
    page = text(browser_of(season.officer).get(f"/specialists/{registration.pk}/history/"))
    assert "并入重复的人员记录" in page


def test_the_right_number_is_taken_and_the_wrong_one_is_nobodys(season: Season) -> None:
    right, wrong = pair()
    numbers = [PEOPLE["P1"][1], PEOPLE["P2"][1]]

    merge(
        season, wrong, right, keep={"id_number": right.pk}
    )  # the row with the wrong number is the one with the papers

    kept = Specialist.objects.get(pk=wrong.pk)
    assert (kept.id_number, kept.id_digest) == (numbers[0], blind_index(numbers[0], "id_number"))
    assert (kept.sex, kept.birth_date, kept.id_masked) == (right.sex, right.birth_date, right.id_masked)
    assert not Specialist.objects.filter(id_digest=blind_index(numbers[1], "id_number")).exists()
    told = str([*AuditEvent.objects.values(), *PersonMerge.objects.values()])
    assert [number in told for number in numbers] == [False, False]


def test_a_trace_says_what_stood_on_either_side(season: Season) -> None:
    right, wrong = pair()
    Specialist.objects.filter(pk=wrong.pk).update(field="蔬菜", email="other@example.org")

    done = merge(season, right, wrong, keep={"field": wrong.pk})

    assert done.kept["field"] == "loser"
    assert (done.before["survivor"]["field"], done.before["loser"]["field"]) == ("粮油作物", "蔬菜")
    assert "other@example.org" not in str(done.before)
    right.refresh_from_db()
    assert right.field == "蔬菜"


def test_what_was_merged_before_is_the_last_ones(season: Season) -> None:
    right, wrong = pair()
    third = person("P3")
    merge(season, wrong, third)
    merge(season, right, wrong)

    assert set(right.absorbed.all()) == {wrong, third}


def test_who_is_invited_by_the_other_row_is_invited_still(season: Season) -> None:
    right, wrong = pair()
    sent = invite(
        season.u1.organization,
        role=Role.SPECIALIST,
        name=wrong.name,
        email="li@example.org",
        by=season.manager,
        subject_id=wrong.pk,
    )

    merge(season, right, wrong)

    assert Invitation.objects.get(pk=sent.pk).subject_id == right.pk


# --- what the money of a selected person goes by ----------------------------------------------------------------------


def selected_and_draft(season: Season) -> tuple[Specialist, Specialist]:
    """A selected person, and the same one entered anew by another unit with another account and address."""
    right, wrong = pair()
    season.selected("P1")
    Specialist.objects.filter(pk=wrong.pk).update(
        bank_account="6228480000000009999", bank_name="示范银行外地支行", email="other@example.org", education="master"
    )
    right.refresh_from_db()
    wrong.refresh_from_db()
    return right, wrong


@pytest.mark.parametrize("field", ["bank_account", "mobile", "email"])
def test_a_merge_is_no_way_round_a_request_for_change(season: Season, field: str) -> None:
    right, wrong = selected_and_draft(season)

    assert refused(season, right, wrong, keep={field: wrong.pk}) == ["E-CHANGE"]
    assert refused(season, wrong, right, keep={field: wrong.pk}) == ["E-CHANGE"]


@pytest.mark.parametrize("selected_stays", [True, False], ids=["stays", "goes"])
def test_the_details_of_the_selected_row_stand_whichever_row_is_kept(season: Season, selected_stays: bool) -> None:
    right, wrong = selected_and_draft(season)
    stays, goes = (right, wrong) if selected_stays else (wrong, right)

    merge(season, stays, goes, keep={"education": wrong.pk})

    kept = Specialist.objects.get(pk=stays.pk)
    settled = ("bank_account", "bank_name", "mobile", "mobile_masked", "email")
    assert [getattr(kept, name) for name in settled] == [getattr(right, name) for name in settled]
    assert kept.education == "master"


def test_of_two_selected_rows_either_may_be_right_and_the_person_hears_of_it(season: Season) -> None:
    right, wrong = selected_and_draft(season)
    season.selected("P2", Category.ENTERPRISE)

    merge(season, right, wrong, keep={"bank_account": wrong.pk, "email": wrong.pk})

    assert Specialist.objects.get(pk=right.pk).bank_account == wrong.bank_account
    told = Message.objects.filter(occasion__startswith="specialist.merged:")
    assert {one.email for one in told} >= {right.email, wrong.email}
    assert {wrong.bank_account in one.body for one in told} == {False}


def test_the_page_of_a_merge_offers_no_choice_that_a_request_is_for(season: Season) -> None:
    right, wrong = selected_and_draft(season)

    page = text(browser_of(season.officer).get(f"/merges/people/{right.pk}/{wrong.pk}/"))

    assert [f'name="keep_{name}"' in page for name in ("bank_account", "mobile", "email")] == [False] * 3
    assert 'name="keep_education"' in page
    assert "申请变更" in page


# --- the rules hold afterwards ----------------------------------------------------------------------------------------


def test_one_host_a_year_holds_for_both_rows_together(season: Season) -> None:
    right, wrong = pair()
    filed = season.submitted(season.selected("P2", Category.ENTERPRISE), season.h1)
    agreements.file_agreement(filed, by=season.officer, on=MAY_20)
    merge(season, right, wrong)

    assert set(YearlyHost.objects.values_list("specialist", "year")) == {(right.pk, 2026), (right.pk, 2027)}
    again = Registration.objects.get()
    second = season.submitted(again, season.h3)
    with pytest.raises(Refused) as refusal:
        agreements.file_agreement(second, by=season.officer, on=MAY_20)
    assert "E-ONE-HOST" in [finding.code for finding in refusal.value.findings]


def test_a_year_that_both_give_to_one_host_is_one_row(season: Season) -> None:
    right, wrong = pair()
    papers = []
    for key, start, end in (("P1", MAY_12, date(2026, 6, 30)), ("P2", date(2026, 7, 1), date(2026, 12, 31))):
        registration = season.selected(key, Category.ENTERPRISE)
        paper = season.filed(registration, season.h1, service_start=start, service_end=end)
        YearlyHost.objects.create(specialist=registration.specialist, year=2026, host=season.h1).agreements.add(paper)
        papers.append(paper)
    Registration.objects.filter(specialist=wrong).update(category=Category.BROKER)  # another category of the year

    merge(season, right, wrong)

    row = YearlyHost.objects.get(specialist=right)
    assert set(row.agreements.all()) == set(papers)


def test_the_chain_of_the_ledger_and_every_sum_stay_as_they_were(db: None) -> None:
    world = World()
    season, booked, other = world.season, world.mine.specialist, person("P5")

    def books() -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            cursor.execute("SELECT id, digest, amount_fen, claim_id FROM funding_ledgerentry ORDER BY id")
            entries = cursor.fetchall()
            cursor.execute("SELECT id, specialist_id, amount_fen FROM funding_claim ORDER BY id")
            claims = cursor.fetchall()
            cursor.execute("SELECT * FROM verify_chain()")
            return [*entries, *claims, *cursor.fetchall()]

    before = books()
    assert len(before) > 4
    with time_machine.travel("2026-05-26 09:00+08:00", tick=False):
        assert "E-MERGE" in refused(season, other, booked)
        merge(season, booked, other, keep={"id_number": other.pk})

    assert books() == before


# --- what stands against it -------------------------------------------------------------------------------------------


def test_of_two_accounts_in_use_one_is_ended_first(season: Season) -> None:
    right, wrong = pair()
    kept, other = (season.hat_of(one) for one in (right, wrong))

    assert refused(season, right, wrong) == ["E-MERGE"]
    end_membership(other, by=season.manager, on=TODAY)
    merge(season, right, wrong)
    accounts = {one.pk: one.user for one in Specialist.objects.filter(pk__in=(right.pk, wrong.pk))}
    assert accounts == {right.pk: kept.person, wrong.pk: other.person}


def test_one_registration_a_year_and_category(season: Season) -> None:
    right, wrong = pair()
    for key in ("P1", "P2"):
        season.selected(key)

    assert refused(season, right, wrong) == ["E-REG-DUP"]


def test_two_hosts_in_one_year_are_said_with_their_article(season: Season) -> None:
    right, wrong = pair()
    for one, unit in ((right, season.h1), (wrong, season.h3)):
        YearlyHost.objects.create(specialist=one, year=2026, host=unit)

    with pytest.raises(Refused, match="在2026年度与不同单位签约"):
        merge(season, right, wrong)
    assert refused(season, right, wrong) == ["E-ONE-HOST"]


def test_two_papers_with_one_host_for_one_day(season: Season) -> None:
    right, wrong = pair()
    season.filed(season.selected("P1"), season.h4)
    season.filed(season.selected("P2", Category.BROKER), season.h4)

    assert refused(season, right, wrong) == ["E-OVERLAP"]


def test_nobody_is_twice_in_a_team_or_at_a_visit(season: Season) -> None:
    right, wrong = pair()
    team = Team.objects.create(
        institution=season.u1, year=2026, name="谷子团队", category="agriculture", domains=["种业"]
    )
    for one in (right, wrong):
        TeamMember.objects.create(team=team, specialist=one, joined_on=MAY_12)
    filed = season.filed(season.selected("P1"), season.h4)
    visit = season.visit(filed, MAY_20)
    VisitAttendance.objects.create(visit=visit, specialist=wrong)

    assert refused(season, right, wrong) == ["E-TEAM", "E-MERGE"]
    TeamMember.objects.filter(specialist=wrong).update(left_on=MAY_12, left_reason="退出")
    VisitAttendance.objects.filter(specialist=wrong).delete()
    merge(season, right, wrong)


def test_a_year_is_assessed_once_and_a_result_stays_with_its_row(season: Season) -> None:
    right, wrong = pair()
    campaign = Campaign.objects.create(
        year=2026, opens_on=MAY_12, institution_due=END, bureau_due=END, pack=season.pack, opened_by=season.officer
    )
    for key, category in (("P1", Category.AGRICULTURE), ("P2", Category.BROKER)):
        registration = season.selected(key, category)
        Assessment.objects.create(
            campaign=campaign,
            specialist=registration.specialist,
            registration=registration,
            institution=season.u1,
            status=AssessmentStatus.OPEN,
        )

    assert refused(season, right, wrong) == ["E-MERGE"]


def test_who_lost_the_qualification_is_the_row_that_stays(season: Season) -> None:
    right, wrong = pair()
    Specialist.objects.filter(pk=wrong.pk).update(status="revoked", revoked_on=MAY_20)

    assert refused(season, right, wrong) == ["E-MERGE"]
    merge(season, wrong, right, keep={"id_number": right.pk})
    wrong.refresh_from_db()
    assert wrong.is_revoked


def test_a_change_that_waits_is_decided_first(season: Season) -> None:
    right, wrong = pair()
    ChangeRequest.objects.create(
        specialist=wrong,
        field=ChangeField.MOBILE,
        value="13900000001",
        value_masked="139****0001",
        note="换号",
        evidence=scan(season.clerk),
        asked_by=season.clerk,
        asker=season.clerk.person,
    )

    assert refused(season, right, wrong) == ["E-MERGE"]


def test_a_merged_row_is_merged_no_more_and_nobody_into_themself(season: Season) -> None:
    right, wrong = pair()
    merge(season, right, wrong)

    assert refused(season, person("P3"), wrong) == ["E-STATE"]
    assert refused(season, right, right) == ["E-MERGE"]
    assert refused(season, right, person("P3"), reason=" ") == ["E-REASON"]
    with pytest.raises(Stale):
        merge(season, right, person("P3"), versions={right.pk: 1})


@pytest.mark.parametrize(
    ("finding", "said"),
    [
        pytest.param(rules.both_are_there(merged=["李喆"]), "李喆", id="merged"),
        pytest.param(rules.two_people(one=1, other=1), "两条不同", id="one"),
        pytest.param(rules.one_account(both_have=True, name="李喆"), "各有一个账号", id="accounts"),
        pytest.param(rules.what_is_booked_stays(booked=["补助申领"], name="李喆"), "补助申领", id="booked"),
        pytest.param(rules.nothing_is_asked(open_changes=2), "2项变更申请", id="changes"),
        pytest.param(rules.once_at_a_visit(visits=["V-1"]), "V-1", id="visit"),
        pytest.param(rules.once_in_a_team(teams=["甲队"]), "甲队", id="team"),
        pytest.param(rules.assessed_once(years=[2026]), "2026年度", id="assessed"),
        pytest.param(rules.registered_once(twice=["2026年度农业"]), "2026年度农业", id="registered"),
    ],
)
def test_a_refusal_says_what_stands_against_it(finding: Any, said: str) -> None:
    assert said in str(finding)


# --- at once ----------------------------------------------------------------------------------------------------------


def test_of_two_merges_of_people_that_cross_one_is_done(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    right, wrong = pair()
    linger(monkeypatch, people.rules, "reason_is_given")

    def merged(survivor: Specialist, loser: Specialist) -> Callable[[], object]:
        return lambda: "done" if merge(lasting_season, survivor, loser) else ""

    assert at_once(merged(right, wrong), merged(wrong, right)) == ["E-STATE", "done"]
    assert PersonMerge.objects.count() == 1


def test_what_is_filed_while_its_person_is_merged_is_the_survivors(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    season = lasting_season
    right, wrong = pair()
    paper = season.submitted(season.selected("P2", Category.ENTERPRISE), season.h1)
    linger(monkeypatch, people.rules, "reason_is_given")

    def filed() -> str:
        sleep(0.1)  # the merge holds both rows by now
        return "filed" if agreements.file_agreement(paper, by=season.officer, on=MAY_20) else ""

    assert at_once(lambda: "merged" if merge(season, right, wrong) else "", filed) == ["filed", "merged"]
    assert set(YearlyHost.objects.values_list("specialist", flat=True)) == {right.pk}


def test_a_registration_begun_meanwhile_is_the_survivors(lasting_season: Season) -> None:
    """By a trigger on specialists_registration."""
    season = lasting_season
    right, wrong = pair()

    def registered() -> str:
        return "registered" if season.selected("P2") else ""

    assert during(lambda: merge(season, right, wrong), registered) == "registered"
    assert Registration.objects.get().specialist == right


def test_a_member_who_joins_meanwhile_is_the_survivor(lasting_season: Season) -> None:
    """By a trigger on specialists_teammember."""
    season = lasting_season
    right, wrong = pair()
    team = Team.objects.create(
        institution=season.u1, year=2026, name="谷子团队", category="agriculture", domains=["种业"]
    )

    def joined() -> str:
        return "joined" if TeamMember.objects.create(team=team, specialist=wrong, joined_on=MAY_12) else ""

    assert during(lambda: merge(season, right, wrong), joined) == "joined"
    assert TeamMember.objects.get().specialist == right


# --- what the database holds ------------------------------------------------------------------------------------------


def test_a_filed_agreement_follows_its_person_and_changes_in_nothing_else(season: Season) -> None:
    right, wrong = pair()
    registration = season.selected("P2")
    filed = season.filed(registration, season.h4)

    with pytest.raises(IntegrityError, match="filed_agreement_never_changes"), transaction.atomic():
        Registration.objects.filter(pk=registration.pk).update(specialist=right)  # nobody was merged
    Specialist.objects.filter(pk=wrong.pk).update(merged_into=right)
    with pytest.raises(IntegrityError, match="filed_agreement_never_changes"), transaction.atomic():
        Registration.objects.filter(pk=registration.pk).update(specialist=person("P3"))  # not into this one
    with pytest.raises(IntegrityError, match="agreement_of_the_registered_person"), transaction.atomic():
        Agreement.objects.filter(pk=filed.pk).update(specialist=right)  # not without its registration
    Registration.objects.filter(pk=registration.pk).update(specialist=right)
    assert Agreement.objects.get(pk=filed.pk).specialist == right


def test_nobody_is_merged_into_themself(season: Season) -> None:
    one = person("P1")
    with pytest.raises(IntegrityError, match="person_is_not_merged_into_themself"), transaction.atomic():
        Specialist.objects.filter(pk=one.pk).update(merged_into=one)


@pytest.mark.parametrize(
    ("name", "columns"),
    [
        pytest.param("merge_is_of_two_people", {"survivor": "loser"}, id="two"),
        pytest.param("merge_of_people_has_a_reason", {"reason": ""}, id="a reason"),
        pytest.param("desk_personmerge_loser_id_key", {"again": "yes"}, id="once"),
    ],
)
def test_a_trace_of_a_merge_of_people_is_whole(season: Season, name: str, columns: dict[str, Any]) -> None:
    right, wrong = pair()
    row = {"survivor": right, "loser": wrong, "reason": "同一人。", "by": season.officer}
    row |= {"before": {}, "kept": {}, "moved": {}}
    changed = dict(columns)
    if changed.pop("again", ""):
        PersonMerge.objects.create(**row)
    if changed.get("survivor"):
        changed["survivor"] = wrong

    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        PersonMerge.objects.create(**{**row, **changed})


def test_a_trace_of_a_merge_of_people_never_changes(lasting_season: Season) -> None:
    merge(lasting_season, *pair())

    only_added_to("desk_personmerge")


# --- the pages --------------------------------------------------------------------------------------------------------


def test_people_that_look_like_one_are_listed_with_why(season: Season) -> None:
    right, wrong = pair()
    namesake = person("P3")
    Specialist.objects.filter(pk=namesake.pk).update(name=right.name)

    assert [(one.one, one.other, one.reasons) for one in people.candidates()] == [
        (right, wrong, ("姓名和出生日期相同",))
    ]
    page = text(browser_of(season.officer).get("/merges/"))
    assert (f"/merges/people/{right.pk}/{wrong.pk}/" in page, PEOPLE["P1"][1] in page) == (True, False)


def test_two_rows_stand_side_by_side_and_become_one(season: Season) -> None:
    right, wrong = pair()
    filed = season.filed(season.selected("P2"), season.h4)
    path, browser = f"/merges/people/{right.pk}/{wrong.pk}/", browser_of(season.officer)

    page = text(browser.get(path))
    assert [word in page for word in (str(filed), right.id_masked, wrong.id_masked)] == [True, True, True]
    assert [number in page for number in (PEOPLE["P1"][1], PEOPLE["P2"][1])] == [False, False]
    sent = {"survivor": str(right.pk), "reason": "核对了身份证原件。"}
    sent |= {f"version-{one.pk}": str(one.version) for one in (right, wrong)}
    sent |= {f"keep_{name}": str(wrong.pk) for name in people.FIELDS if name != "id_number"}
    unsaid = browser.post(path, sent)
    assert (unsaid.status_code, "请选择身份证号" in text(unsaid)) == (422, True)
    sent["keep_id_number"] = str(right.pk)
    assert browser.post(path, {**sent, f"version-{wrong.pk}": "9"}).status_code == 409
    assert browser.post(path, sent)["Location"] == "/merges/"

    assert Agreement.objects.get(pk=filed.pk).specialist == right
    assert "已合并的人员" in text(browser.get("/merges/"))
    assert browser.get(path).status_code == 404
    assert browser.get(f"/merges/people/{right.pk}/{right.pk}/").status_code == 404


@pytest.mark.parametrize("who", ["clerk", "county", "auditor"])
def test_others_merge_no_people(season: Season, who: str) -> None:
    right, wrong = pair()
    season.selected("P1")

    assert browser_of(getattr(season, who)).get(f"/merges/people/{right.pk}/{wrong.pk}/").status_code == 404


def test_programs_merge_people_as_pages_do(season: Season) -> None:
    right, wrong = pair()
    officer = browser_of(season.officer)
    sent = {"survivor": right.pk, "loser": wrong.pk, "reason": "同一人。", "keep": {"field": "loser"}}

    def post(**more: Any) -> Any:
        return officer.post("/api/v1/merges/people/", {**sent, **more}, content_type="application/json")

    [found] = officer.get("/api/v1/merges/people/").json()
    assert (found["one"]["id"], found["other"]["id_masked"]) == (right.pk, wrong.id_masked)
    assert "没有这条人员记录" in text(post(loser=0))
    made = post()
    assert (made.status_code, made.json()["survivor"]["id"]) == (201, right.pk)
    assert post().status_code == 422
