"""What a roster does to the register, what undoes it, and what a killed worker leaves behind."""

from datetime import timedelta
from typing import Any

import pytest

from accounts.models import HostUnit, Organization
from agreements import services as papers
from agreements.models import Agreement
from core import audit, outbox
from core.models import AuditEvent, Message, OutboxRow
from core.policy import Refused
from desk import tasks
from desk.enums import Kind, Mode, Outcome, RosterStatus
from desk.rosters import services
from desk.rosters.models import RosterBatch, RosterRow
from desk.rosters.services import applying, checks, entering
from specialists.enums import Category
from specialists.models import ProvincialListEntry, Registration, Specialist, Team
from specialists.services import discard_registration, save_registration, submit_registration
from tests.cast import MAY_12, Season
from tests.desk.rosters import hands
from tests.desk.rosters.hands import FIRM, FRUIT, GRAIN, SAMPLES, checked, confirm, found, imported, person, roster

pytestmark = pytest.mark.django_db

ZHANG, WANG, HE = (
    ("张昇", "139999198509230031"),
    ("王晓晨", "139999197904110043"),
    ("何雨桐", "139999199011020058"),
)


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [finding.code for finding in refusal.value.findings]


# --- what is written, and what is told of it --------------------------------------------------------------------------


def test_nothing_is_written_before_the_confirmation(season: Season) -> None:
    checked(roster(person(*ZHANG, "农业", *FRUIT)), season.clerk)

    assert (Registration.objects.count(), Specialist.objects.count(), Agreement.objects.count()) == (0, 0, 0)
    assert Organization.objects.filter(name=FRUIT[0]).count() == 0


def test_every_step_stands_in_the_register_of_acts_without_a_number(season: Season) -> None:
    batch = imported(roster(person(*ZHANG, "农业", *GRAIN)), season.clerk)

    assert [event.verb for event in audit.history(batch)] == [
        "roster.uploaded",
        "roster.mapped",
        "roster.checked",
        "roster.confirmed",
        "roster.applied",
    ]
    assert AuditEvent.objects.filter(verb="registration.created").count() == 1
    told = "".join(f"{event.before}{event.after}{event.reason}" for event in AuditEvent.objects.all())
    assert ZHANG[1] not in told
    assert ZHANG[1] not in "".join(f"{row.ids}{row.task}" for row in OutboxRow.objects.all())
    assert [message.subject for message in Message.objects.all()] == [f"名单{batch}已导入1行"]


def test_personal_numbers_rest_encrypted_in_the_staging_table(season: Season) -> None:
    checked(roster(person(*ZHANG, "农业", *GRAIN)), season.clerk)

    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM desk_rosterrow t")
        [[row]] = cursor.fetchall()
    assert ZHANG[1] not in row
    assert "13900001234" not in row
    assert ZHANG[0] not in row


def test_an_existing_host_is_used_and_a_new_one_entered_once(season: Season) -> None:
    imported(
        roster(person(*ZHANG, "农业", *GRAIN), person(*WANG, "农业", *FRUIT), person(*HE, "农业", *FRUIT)), season.clerk
    )

    assert Organization.objects.filter(uscc=GRAIN[1]).count() == 1
    made = HostUnit.objects.get(organization__uscc=FRUIT[1])
    assert (made.host_type, str(made.organization.district), made.agreements.count()) == ("cooperative", "赞皇县", 2)


def test_a_person_of_an_earlier_roster_gets_a_second_agreement_and_no_second_registration(season: Season) -> None:
    imported(roster(person(*ZHANG, "农业", *GRAIN)), season.clerk)

    batch = imported(roster(person(*ZHANG, "农业", *FRUIT)), season.clerk)

    assert found(batch, least="info") == {2: ["I-SECOND"]}
    assert Registration.objects.count() == 1
    assert Agreement.objects.count() == 2


def test_the_same_roster_twice_finds_every_row_in_the_register(season: Season) -> None:
    data = roster(person(*ZHANG, "农业", *GRAIN), person(*WANG))
    imported(data, season.clerk)

    again = checked(data, season.clerk)

    assert again.counts == {"clean": 0, "info": 0, "warn": 0, "there": 2, "block": 0}
    assert {row.number: [one["code"] for one in row.findings] for row in again.lines.all()} == {
        2: ["E-REG-DUP"],
        3: ["E-REG-DUP"],
    }
    with pytest.raises(Refused) as refusal:
        services.confirm(again, by=season.clerk, version=again.version, mode=Mode.CLEAN)
    assert [str(one.message) for one in refusal.value.findings] == [
        "没有可以导入的行。表中各行都已在平台，无须再次导入。"
    ]


def test_what_is_in_the_register_does_not_stand_in_the_way_of_all_the_others(season: Season) -> None:
    imported(roster(person(*ZHANG, "农业", *GRAIN)), season.clerk)
    changed = person(*ZHANG, "农业", *GRAIN)
    changed[3] = "教授"

    batch = imported(roster(changed, person(*WANG, "农业", *GRAIN)), season.clerk)

    assert (batch.status, batch.done, batch.counts["there"]) == (RosterStatus.APPLIED, 1, 1)
    assert hands.messages(batch, 2)[1] == "未改动：平台登记的职称为副教授，本行不再导入。"
    assert Registration.objects.count() == Agreement.objects.count() == 2


def test_a_team_and_a_row_of_the_provincial_list_that_are_there_are_no_errors(season: Season) -> None:
    data = (SAMPLES / "roster-teams.xlsx").read_bytes()
    imported(data, season.clerk, Mode.CLEAN, Kind.TEAMS)
    blocked = RosterBatch.objects.get().blocked

    again = checked(data, season.clerk, Kind.TEAMS)
    assert (again.blocked, again.there) == (blocked, again.rows - blocked)

    listed = roster(["张昇", ZHANG[1]], headings=["姓名", "身份证号"])
    imported(listed, season.officer, Mode.ALL, Kind.PROVINCIAL)
    assert checked(listed, season.officer, Kind.PROVINCIAL).counts["there"] == 1


def test_a_team_of_the_same_name_with_another_member_is_refused(season: Season) -> None:
    head = ["团队名称", "领域或行业", "姓名", "身份证号", "手机号", "是否负责人"]
    rows = [["谷物团队", "粮油作物", *who, "13900001234", "是" if who is ZHANG else "否"] for who in (ZHANG, WANG, HE)]
    imported(roster(*rows, headings=head), season.clerk, Mode.ALL, Kind.TEAMS)
    other = [["谷物团队", "粮油作物", "李喆", "139999198803150014", "13900001234", "否"]]

    assert "E-TEAM-DUP" in found(checked(roster(*rows, *other, headings=head), season.clerk, Kind.TEAMS))[2]


def test_a_draft_agreement_of_a_roster_waits_for_the_selection(season: Season) -> None:
    imported(roster(person(*ZHANG, "农业", *GRAIN)), season.clerk)
    paper = Agreement.objects.get()

    with pytest.raises(Refused) as refusal:
        papers.submit_agreements([paper], by=season.clerk, on=MAY_12)

    assert "E-SELECTED" in codes(refusal)


def test_a_registration_with_a_draft_of_a_roster_is_not_thrown_away_under_it(season: Season) -> None:
    imported(roster(person(*ZHANG, "农业", *GRAIN)), season.clerk)

    with pytest.raises(Refused) as refusal:
        discard_registration(Registration.objects.get(), by=season.clerk, on=MAY_12)

    assert codes(refusal) == ["E-STATE"]


# --- all or nothing, and the worker that dies -------------------------------------------------------------------------


def test_all_or_nothing_undoes_every_row_when_the_register_changed_meanwhile(season: Season) -> None:
    batch = checked(roster(person(*ZHANG, "农业", *FRUIT), person(*WANG)), season.clerk)
    season.selected("P4", Category.AGRICULTURE)  # 王晓晨, by hand, between the check and the confirmation

    batch = confirm(batch, season.clerk, Mode.ALL)

    assert batch.status == RosterStatus.CHECKED
    assert (batch.confirmed_at, batch.mode) == (None, "")
    assert Registration.objects.count() == 1
    assert Organization.objects.filter(uscc=FRUIT[1]).count() == 0
    assert found(batch) == {3: ["E-REG-DUP"]}
    assert batch.counts["block"] == 1
    assert confirm(batch, season.clerk, Mode.CLEAN).status == RosterStatus.APPLIED
    assert Registration.objects.filter(specialist__name="张昇").count() == 1


def test_only_the_row_that_changed_is_left_out_where_each_stands_for_itself(season: Season) -> None:
    batch = checked(roster(person(*ZHANG, "农业", *FRUIT), person(*WANG)), season.clerk)
    season.selected("P4", Category.AGRICULTURE)

    batch = confirm(batch, season.clerk, Mode.CLEAN)

    assert batch.status == RosterStatus.APPLIED
    assert {row.number: row.outcome for row in batch.lines.all()} == {2: Outcome.APPLIED, 3: Outcome.REFUSED}
    assert found(batch) == {3: ["E-REG-DUP"]}


def test_a_roster_too_long_for_one_transaction_goes_in_row_by_row(
    season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(applying, "MOST_AT_ONCE", 1)
    batch = checked(roster(person(*ZHANG), person(*WANG)), season.clerk)

    with pytest.raises(Refused) as refusal:
        services.confirm(batch, by=season.clerk, version=batch.version, mode=Mode.ALL)
    assert "不能一次全部导入" in refusal.value.findings[0].message

    assert confirm(batch, season.clerk, Mode.CLEAN).done == 2


class Killed(BaseException):
    """What a worker that is killed looks like from inside."""


@pytest.mark.parametrize("mode", [Mode.ALL, Mode.CLEAN])
def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(
    season: Season, mode: Mode, monkeypatch: pytest.MonkeyPatch, today: Any
) -> None:
    monkeypatch.setattr(applying, "APPLIED_AT_ONCE", 2)
    batch = checked((SAMPLES / "roster-plain.xlsx").read_bytes(), season.clerk)
    services.confirm(batch, by=season.clerk, version=batch.version, mode=mode)
    draft, drafted = entering.draft_agreements, []

    def killed_before_the_fourth(pairs: list[Any], **more: Any) -> list[Agreement]:
        drafted.extend(pairs)
        if len(drafted) >= 4:  # of all 38, or of the second two: their registrations are written already
            raise Killed
        return draft(pairs, **more)

    monkeypatch.setattr(entering, "draft_agreements", killed_before_the_fourth)
    with pytest.raises(Killed):
        hands.run()
    assert Registration.objects.count() == (0 if mode == Mode.ALL else 2)

    monkeypatch.setattr(entering, "draft_agreements", draft)
    today.shift(timedelta(minutes=1))  # the relay sends it again
    hands.run()

    batch.refresh_from_db()
    assert (batch.status, batch.done) == (RosterStatus.APPLIED, 38)
    assert (Registration.objects.count(), Agreement.objects.count()) == (38, 38)


def test_a_worker_killed_while_reading_or_checking_begins_again(
    season: Season, monkeypatch: pytest.MonkeyPatch, today: Any
) -> None:
    monkeypatch.setattr(checks, "CHUNK", 10)
    batch = hands.upload((SAMPLES / "roster-own-headings.xlsx").read_bytes(), season.clerk)
    mapping = {int(column): key for column, key in batch.mapping.items()}
    services.name_columns(batch, by=season.clerk, on=MAY_12, version=batch.version, mapping=mapping)
    check, calls = checks._check, []

    def killed_at_the_third(*given: Any) -> None:
        calls.append(1)
        if len(calls) == 3:
            raise Killed
        check(*given)

    monkeypatch.setattr(checks, "_check", killed_at_the_third)
    with pytest.raises(Killed):
        hands.run()
    batch.refresh_from_db()
    assert (batch.status, batch.checked) == (RosterStatus.CHECKING, 20)

    today.shift(timedelta(minutes=1))
    hands.run()

    batch.refresh_from_db()
    assert (batch.status, batch.checked, batch.counts["block"]) == (RosterStatus.CHECKED, 64, 5)
    assert found(batch, least="block") == {12: ["E-ID"], 17: ["E-ID"], 26: ["E-ID"], 34: ["E-ID"], 44: ["E-ROW-DUP"]}


def test_a_task_that_comes_twice_or_for_nothing_does_nothing(season: Season) -> None:
    batch = imported(roster(person(*ZHANG)), season.clerk)

    for task in (tasks.read_roster, tasks.check_roster, tasks.apply_roster):
        for pk in (batch.pk, 999_999):
            outbox.add(f"desk.tasks.{task.__name__}", batch_id=pk)
    hands.run()

    assert OutboxRow.objects.filter(done_at=None).count() == 0
    assert Registration.objects.count() == 1
    assert RosterBatch.objects.get().version == batch.version


# --- taking back ------------------------------------------------------------------------------------------------------


def back(batch: RosterBatch, season: Season) -> RosterBatch:
    return services.take_back(batch, by=season.clerk, on=MAY_12, version=batch.version)


def test_a_batch_taken_back_leaves_the_register_as_it_was(season: Season) -> None:
    batch = imported((SAMPLES / "roster-plain.xlsx").read_bytes(), season.clerk)

    back(batch, season)

    assert (Registration.objects.count(), Specialist.objects.count(), Agreement.objects.count()) == (0, 0, 0)
    assert RosterBatch.objects.get().status == RosterStatus.TAKEN_BACK
    assert AuditEvent.objects.filter(verb="registration.discarded").count() == 38


def test_a_host_that_it_entered_stays_for_other_units(season: Season) -> None:
    batch = imported(roster(person(*ZHANG, "农业", *FRUIT)), season.clerk)
    made = HostUnit.objects.get(organization__uscc=FRUIT[1])
    season.agreement(season.selected("P2", institution=season.u2), made)

    back(batch, season)

    assert HostUnit.objects.filter(pk=made.pk).exists()
    assert Registration.objects.filter(institution=season.u1).count() == 0


@pytest.mark.parametrize("hours", [23, 24])
def test_a_batch_is_taken_back_within_the_hours_of_the_setting(season: Season, hours: int, today: Any) -> None:
    batch = imported(roster(person(*ZHANG)), season.clerk)
    today.shift(timedelta(hours=hours))

    if hours < 24:
        assert back(batch, season).status == RosterStatus.TAKEN_BACK
    else:
        with pytest.raises(Refused) as refusal:
            back(batch, season)
        assert "已超过24小时" in refusal.value.findings[0].message
        assert Registration.objects.count() == 1


def test_nothing_is_taken_back_while_something_later_hangs_on_one_row(season: Season) -> None:
    batch = imported(roster(person(*ZHANG, "农业", *GRAIN), person(*WANG), person(*HE)), season.clerk)
    drafts = {one.specialist.name: one for one in Registration.objects.select_related("specialist")}
    submit_registration(drafts["王晓晨"], by=season.clerk, on=MAY_12)
    held = drafts["何雨桐"]
    save_registration(held, by=season.clerk, on=MAY_12, version=held.version, department="植保系")
    papers.save_draft(Agreement.objects.get(), by=season.clerk, version=None, visits_per_year=20)

    with pytest.raises(Refused) as refusal:
        back(batch, season)

    assert [finding.message for finding in refusal.value.findings] == [
        f"第2行　张昇：协议D-{Agreement.objects.get().pk}已有办理，整批不能撤回。",
        "第3行　王晓晨：登记已修改或提交，整批不能撤回。",
        "第4行　何雨桐：登记已修改或提交，整批不能撤回。",
    ]
    assert Registration.objects.count() == 3


def test_a_further_agreement_on_a_registration_keeps_its_batch(season: Season) -> None:
    first = imported(roster(person(*ZHANG, "农业", *GRAIN)), season.clerk)
    second = imported(roster(person(*ZHANG, "农业", *FRUIT)), season.clerk)

    with pytest.raises(Refused) as refusal:
        back(first, season)
    assert "已另有协议" in refusal.value.findings[0].message

    back(second, season)
    assert (Registration.objects.count(), Agreement.objects.count()) == (1, 1)
    back(RosterBatch.objects.get(pk=first.pk), season)
    assert Registration.objects.count() == 0


def test_teams_and_the_provincial_list_are_taken_back_too(season: Season) -> None:
    teams = imported((SAMPLES / "roster-teams.xlsx").read_bytes(), season.clerk, Mode.CLEAN, Kind.TEAMS)
    province = (SAMPLES / "provincial-list-2026.xlsx").read_bytes()
    listed = confirm(checked(province, season.officer, Kind.PROVINCIAL), season.officer, Mode.CLEAN)
    assert (Team.objects.count(), ProvincialListEntry.objects.count()) == (3, 118)

    back(teams, season)
    services.take_back(listed, by=season.officer, on=MAY_12, version=listed.version)

    assert (Team.objects.count(), ProvincialListEntry.objects.count(), Specialist.objects.count()) == (0, 0, 0)


def test_what_is_not_imported_cannot_be_taken_back_nor_confirmed_twice(season: Season) -> None:
    batch = checked(roster(person(*ZHANG)), season.clerk)
    with pytest.raises(Refused) as refusal:
        back(batch, season)
    assert codes(refusal) == ["E-STATE"]

    batch = confirm(batch, season.clerk)
    with pytest.raises(Refused) as refusal:
        services.confirm(batch, by=season.clerk, version=batch.version, mode=Mode.ALL)
    assert codes(refusal) == ["E-STATE"]
    batch = back(batch, season)
    with pytest.raises(Refused) as refusal:
        back(batch, season)
    assert codes(refusal) == ["E-STATE"]


# --- long rosters -----------------------------------------------------------------------------------------------------


def test_rows_are_held_against_rows_of_an_earlier_chunk(season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "CHUNK", 1)
    batch = checked(
        roster(
            person(*ZHANG, "农业", *GRAIN),
            person(*WANG, "工业企业", *FIRM),
            person(*ZHANG, "农业", *GRAIN),
            person(*WANG, "工业企业", *GRAIN),
        ),
        season.clerk,
    )

    assert found(batch) == {4: ["E-ROW-DUP"], 5: ["E-ONE-HOST"]}
    assert "本表第3行" in hands.messages(batch, 5)[-1]


def test_a_sheet_whose_heading_has_nobody_below_it_goes_back_to_the_columns(season: Season) -> None:
    batch = checked(roster(), season.clerk)

    assert batch.status == RosterStatus.UPLOADED
    assert [note["message"] for note in batch.notes] == ["表头（第1行）下面没有人员。请核对工作表和表头行。"]


def test_a_row_points_at_what_became_of_it(season: Season) -> None:
    imported(roster(person(*ZHANG, "农业", *GRAIN)), season.clerk)

    row = RosterRow.objects.get()
    assert (row.registration, row.agreement, row.is_new) == (Registration.objects.get(), Agreement.objects.get(), True)
