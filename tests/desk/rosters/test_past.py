"""Agreements filed before the platform: taken over as filed, and then like any other."""

from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from accounts.models import HostUnit
from agreements.models import Agreement, YearlyHost
from core.policy import Refused
from desk.enums import Mode, Outcome, RosterStatus
from desk.rosters import services
from desk.rosters.models import Reconciliation
from desk.rosters.services import applying, entering
from specialists.enums import RegistrationStatus
from specialists.models import Registration, Specialist, Team
from tests.cast import Season
from tests.desk.rosters import hands, past
from tests.desk.rosters.hands import found, messages
from tests.desk.rosters.past import FIRM, FRUIT, GRAIN, HE, LI, TOOLS, WANG, ZHANG, checked, one, row, taken, team
from tests.hands import browser_of

MAY_12 = date(2026, 5, 12)


def test_a_past_agreement_enters_as_filed_under_its_old_number(season: Season) -> None:
    agreement = one(season, "石科特2025-017", ZHANG, FRUIT)

    assert (agreement.is_past, agreement.status, str(agreement)) == (True, "filed", "石科特2025-017")
    assert (agreement.filed_on, agreement.document_number) == (date(2025, 5, 20), "石科〔2025〕12号")
    assert (agreement.filed_by, agreement.submitted_on, agreement.submission) == (season.officer, None, None)
    assert (agreement.service_start, agreement.service_end) == (date(2025, 5, 20), date(2026, 12, 31))
    assert str(agreement.host) == "赞皇县示范果品合作社"
    assert not agreement.signatures.exists()
    assert not hasattr(agreement, "certificate")
    registration = agreement.registration
    assert (registration.year, registration.status, registration.is_past) == (2025, RegistrationStatus.APPROVED, True)
    assert (registration.consented_on, registration.submitted_on) == (None, None)


def test_what_nobody_wrote_down_stays_empty(season: Season) -> None:
    agreement = one(season)

    person = agreement.specialist
    assert (person.mobile, person.education, person.title, person.field) == ("", "", "", "")
    assert (agreement.service_content, agreement.visits_per_year, agreement.goals) == ("", None, [])
    assert agreement.registration.personnel_type == ""


def test_rules_report_and_do_not_block(season: Season) -> None:
    assert season.h1.pk != season.h2.pk
    batch = checked(
        season.officer,
        row("旧-1", LI, FIRM, 类别="企业"),
        row("旧-2", LI, TOOLS, 类别="企业", 服务截止日期="2025年8月1日"),
    )

    assert found(batch) == {3: ["W-TERM", "W-END", "E-ONE-HOST"]}
    assert {line.verdict for line in batch.lines.all()} == {"clean", "warn"}

    batch = taken(season.officer, row("旧-1", LI, FIRM, 类别="企业"), row("旧-2", LI, TOOLS, 类别="企业"))
    assert batch.status == RosterStatus.APPLIED
    # The host of the one filed first (here: the upper row) has the years; the check of the year names both.
    assert {(one.year, str(one.host)) for one in YearlyHost.objects.all()} == {(2025, FIRM[0]), (2026, FIRM[0])}


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        pytest.param([row("")], {2: ["E-COMPLETE"]}, id="no number"),
        pytest.param([row("旧-1", ("张昇", "139999198509230032"))], {2: ["E-ID"]}, id="no valid ID number"),
        pytest.param([row("旧-1", 派出单位="没有这个学院")], {2: ["E-PAST-UNIT"]}, id="an unknown institution"),
        pytest.param([row("旧-1", 服务截止日期="2025年1月1日")], {2: ["E-COMPLETE"]}, id="an end before the start"),
        pytest.param([row("旧-1", 备案日期="2026年9月1日")], {2: ["E-FIELD"]}, id="filed in the future"),
        pytest.param([row("旧-1", 状态="终止")], {2: ["E-COMPLETE"]}, id="ended, nobody knows when"),
        pytest.param([row("旧-1"), row("旧-1", WANG)], {2: ["E-PAST-NO"], 3: ["E-PAST-NO"]}, id="a number twice"),
        pytest.param([row("SJZ-KTP-2026-0007")], {2: ["E-PAST-NO"]}, id="a number the platform will give"),
        pytest.param(team("旧-1", ZHANG, WANG, HE, 团队负责人=None), {2: ["E-TEAM-LEADER"], 3: ["E-ROSTER"], 4: ["E-ROSTER"]}, id="a team nobody leads"),
    ],
)  # fmt: skip
def test_only_what_cannot_be_kept_is_stopped(season: Season, rows: list, said: dict) -> None:
    assert found(checked(season.officer, *rows), least="block") == said


def test_a_number_of_an_earlier_year_of_the_platforms_form_is_kept(season: Season) -> None:
    assert str(one(season, "SJZ-KTP-2025-0007")) == "SJZ-KTP-2025-0007"


def test_an_old_number_is_taken_over_once(season: Season) -> None:
    one(season, "旧-1")

    batch = checked(season.officer, row("旧-1", WANG))

    assert found(batch, least="block") == {2: ["E-PAST-NO"]}
    assert "历史导入" in messages(batch, 2)[0]

    same = checked(season.officer, row("旧-1"))
    assert (same.there, same.blocked) == (1, 0)


def test_a_team_is_one_agreement_of_its_leader(season: Season) -> None:
    batch = taken(season.officer, *team("旧-9", ZHANG, WANG, HE))

    agreement = Agreement.objects.get()
    made = Team.objects.get()
    assert (agreement.team, agreement.specialist.name, made.is_past, made.status) == (made, "张昇", True, "approved")
    assert {member.specialist.name: member.is_leader for member in made.members.all()} == {
        "张昇": True, "王晓晨": False, "何雨桐": False,
    }  # fmt: skip
    assert set(batch.lines.values_list("agreement", flat=True)) == {agreement.pk}
    assert Registration.objects.filter(form="team", is_past=True).count() == 3


def test_a_team_may_be_told_in_its_first_row_only(season: Season) -> None:
    rows = team("旧-9", ZHANG, WANG, HE)
    for later in rows[1:]:
        for heading in (
            "原备案号",
            "备案日期",
            "派驻单位",
            "统一社会信用代码",
            "服务开始日期",
            "服务截止日期",
            "派出单位",
            "类别",
        ):
            later[past.HEADINGS.index(heading)] = None

    batch = taken(season.officer, *rows)

    assert (batch.status, Agreement.objects.count(), Team.objects.get().members.count()) == ("applied", 1, 3)


def test_ended_and_expired_ones_stay_so(season: Season) -> None:
    ended = one(season, "旧-1", ZHANG, GRAIN, 状态="提前终止", 终止日期="2026.3.1", 终止原因="企业停产")
    over = one(season, "旧-2", WANG, GRAIN, 服务截止日期="2025-12-31", 状态="到期")

    assert (ended.status, ended.terminated_on, ended.termination_reason) == ("terminated", date(2026, 3, 1), "past")
    assert (over.status, over.service_end) == ("filed", date(2025, 12, 31))
    assert [*Agreement.objects.in_service(on=MAY_12)] == []


def test_one_person_with_two_hosts_in_one_year_is_one_registration(season: Season) -> None:
    taken(season.officer, row("旧-1", ZHANG, GRAIN), row("旧-2", ZHANG, FRUIT))

    assert (Agreement.objects.count(), Registration.objects.count(), Specialist.objects.count()) == (2, 1, 1)


def test_a_host_without_a_code_is_entered_by_its_name(season: Season) -> None:
    batch = taken(season.officer, row("旧-1", ZHANG, ("无码村示范基地", None, None, None)))

    host = HostUnit.objects.get(organization__name="无码村示范基地")
    assert (batch.status, host.organization.uscc, host.host_type) == ("applied", None, "other")
    assert found(batch) == {2: ["W-PAST-LACKS", "W-PAST-LACKS", "W-PAST-LACKS"]}
    taken(season.officer, row("旧-2", WANG, ("无码村示范基地", None, None, None)))
    assert HostUnit.objects.filter(organization__name="无码村示范基地").count() == 1


def test_a_batch_is_taken_back_as_if_it_had_never_been(season: Season) -> None:
    batch = taken(season.officer, row("旧-1", LI, FIRM, 类别="企业"), *team("旧-9", ZHANG, WANG, HE))
    assert Reconciliation.objects.count() == 1

    services.take_back(batch, by=season.officer, on=MAY_12, version=batch.version)

    for model in (Agreement, Registration, Team, Specialist, YearlyHost, Reconciliation):
        assert not model.objects.exists(), model
    assert set(batch.lines.values_list("outcome", flat=True)) == {Outcome.WAITING}
    one(season, "旧-1", LI, FIRM, 类别="企业")  # its number is free again


def test_only_clean_agreements_go_in_whole(season: Season) -> None:
    rows = team("旧-9", ZHANG, WANG, ("何雨桐", "139999199011020059"))

    batch = taken(season.officer, *rows, row("旧-1", LI, GRAIN), mode=Mode.CLEAN)

    assert [str(agreement) for agreement in Agreement.objects.all()] == ["旧-1"]
    assert (batch.status, batch.done) == ("applied", 1)


# --- the wizard's own promises hold for this kind too -----------------------------------------------------------------


class Killed(BaseException):
    """What a worker that is killed looks like from inside."""


@pytest.mark.parametrize("mode", [Mode.ALL, Mode.CLEAN])
def test_a_worker_killed_in_the_middle_loses_and_doubles_nothing(
    season: Season, mode: Mode, monkeypatch: pytest.MonkeyPatch, today: time_machine.Traveller
) -> None:
    monkeypatch.setattr(applying, "APPLIED_AT_ONCE", 1)
    batch = checked(season.officer, row("旧-1", ZHANG), row("旧-2", WANG), *team("旧-9", ZHANG, WANG, HE))
    services.confirm(batch, by=season.officer, version=batch.version, mode=mode)
    take_over, calls = entering.take_over, []

    def killed_at_the_third(*given: Any, **more: Any) -> Agreement:
        calls.append(1)
        if len(calls) == 3:
            raise Killed
        return take_over(*given, **more)

    monkeypatch.setattr(entering, "take_over", killed_at_the_third)
    with pytest.raises(Killed):
        hands.run()
    assert Agreement.objects.count() == (0 if mode == Mode.ALL else 2)

    today.shift(timedelta(minutes=1))  # the relay sends it again
    hands.run()

    batch.refresh_from_db()
    assert (batch.status, batch.done, Agreement.objects.count()) == (RosterStatus.APPLIED, 5, 3)


def test_nothing_is_taken_back_on_which_something_stands(season: Season) -> None:
    batch = taken(season.officer, row("旧-1", ZHANG), row("旧-2", WANG))
    season.visit(Agreement.objects.get(filing_number="旧-2"), date(2026, 5, 11))

    with pytest.raises(Refused, match="协议旧-2已有后续办理"):
        services.take_back(batch, by=season.officer, on=MAY_12, version=batch.version)

    assert Agreement.objects.count() == 2


def test_what_an_institution_has_in_hand_of_that_year_comes_first(season: Season) -> None:
    season.selected("P3", status=RegistrationStatus.SUBMITTED, approved_on=None)
    this_year: dict[str, Any] = {"备案日期": "2026年3月2日", "服务开始日期": "2026年3月2日"}

    assert found(checked(season.officer, row("旧-1", ZHANG, **this_year)), least="block") == {2: ["E-REG-DUP"]}
    assert one(season, "旧-2", ZHANG).registration.year == 2025


def test_a_selected_person_keeps_the_registration_of_the_year(season: Season) -> None:
    selected = season.selected("P3")

    agreement = one(season, "旧-1", ZHANG, 备案日期="2026年3月2日", 服务开始日期="2026年3月2日")

    assert (agreement.registration, agreement.registration.is_past) == (selected, False)
    assert agreement.specialist.email == "p3@example.org"  # what the register knew of the person stays


def test_another_name_for_a_known_number_is_told_and_the_registers_stays(season: Season) -> None:
    season.selected("P3")

    batch = taken(season.officer, row("旧-1", ("张升", ZHANG[1])))

    assert found(batch) == {2: ["W-PAST-NAME"]}
    assert Agreement.objects.get().specialist.name == "张昇"


def test_an_institution_does_not_bring_past_agreements(season: Season) -> None:
    client = browser_of(season.clerk)

    assert client.get("/rosters/new/?kind=past").status_code == 404
    assert "导入历史协议" in browser_of(season.officer).get("/rosters/").content.decode()
