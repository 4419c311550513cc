"""The agreement of a team: its leader signs, its members count one by one (A10, A11, A13)."""

from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, transaction

from agreements import queries, services
from agreements.cases import Case
from agreements.enums import AgreementStatus
from agreements.models import Agreement
from agreements.rules import Stay
from core.models import Override
from core.policy import Refused
from specialists import teams
from specialists.enums import Category, SpecialistStatus
from specialists.models import Specialist, Team
from tests.cast import END, MAY_12, MAY_20, PEOPLE, Season, person
from tests.hands import browser_of
from tests.specialists.team_acts import THREE, entry, member_of, selected

MAY_25 = date(2026, 5, 25)
FIVE = ("P8", "P9", "P10", "P11", "P12")


def refusal(act: Any) -> list[str]:
    with pytest.raises(Refused) as refused:
        act()
    return [finding.code for finding in refused.value.findings]


def paper_of(season: Season, team: Team, host: Any, **more: Any) -> Agreement:
    leader = team.members.current().get(is_leader=True)
    assert leader.registration
    return season.agreement(leader.registration, host, team=team, **more)


def submitted(season: Season, team: Team, host: Any, **more: Any) -> Agreement:
    return paper_of(season, team, host, status=AgreementStatus.SUBMITTED, **more)


def file(season: Season, agreement: Agreement, **more: Any) -> Agreement:
    return services.file_agreement(agreement, by=season.officer, on=MAY_20, **more)


# --- who signs --------------------------------------------------------------------------------------------------------


def test_the_leader_signs_for_the_team_and_no_other_member_does(season: Season) -> None:
    team = selected(season)
    leader, other = member_of(team, "P8"), member_of(team, "P9")
    assert leader.registration
    assert other.registration

    assert services.draft_agreement(leader.registration, by=season.clerk).team == team
    assert refusal(lambda: services.draft_agreement(other.registration, by=season.clerk)) == ["E-TEAM-LEADER"]
    page = browser_of(season.clerk).get("/agreements/new/").content.decode()
    assert page.count("团队的三方协议由负责人代表签署") == 2


def test_who_leads_two_teams_signs_for_each(season: Season) -> None:
    first = selected(season)
    more: dict[str, Any] = {"name": "果树产业技术团队", "reasons": {"W-TWO-TEAMS": "方向互补"}}
    second = selected(season, "P8", "P1", "P2", **more)
    leader = member_of(first, "P8")
    assert leader.registration

    drafted = [services.draft_agreement(leader.registration, by=season.clerk).team for _ in range(2)]

    assert drafted == [first, second]


def test_a_paper_signed_by_who_leads_no_longer_is_not_filed(season: Season) -> None:
    team = selected(season)
    agreement = submitted(season, team, season.h1)
    teams.pass_on_lead(team, to=member_of(team, "P9"), by=season.clerk, on=MAY_20)

    assert refusal(lambda: file(season, agreement)) == ["E-TEAM-LEADER"]


def test_the_extension_is_signed_by_who_leads_then(season: Season) -> None:
    team = selected(season)
    filed = paper_of(season, team, season.h1, status=AgreementStatus.FILED, service_end=date(2026, 12, 31))
    teams.pass_on_lead(team, to=member_of(team, "P9"), by=season.clerk, on=MAY_20)

    extension = services.renew_agreement(filed, by=season.clerk, on=date(2026, 11, 5))

    assert (extension.team, extension.specialist.name) == (team, "吴建国")


def test_a_team_that_fell_below_three_signs_nothing_new(season: Season) -> None:
    team = selected(season)
    agreement = submitted(season, team, season.h1)
    Specialist.objects.filter(name=PEOPLE["P10"][0]).update(status=SpecialistStatus.REVOKED, revoked_on=MAY_12)

    assert refusal(lambda: file(season, agreement)) == ["E-TEAM-SIZE"]


def test_whose_agreement_it_is_stands_still_once_it_is_handed_in(season: Season) -> None:
    team = selected(season)
    submitted(season, team, season.h1)

    with pytest.raises(IntegrityError, match="team_of_agreement_is_frozen"), transaction.atomic():
        Agreement.objects.update(team=None)


def test_a_member_sees_the_agreement_of_the_team(season: Season) -> None:
    team = selected(season)
    agreement = paper_of(season, team, season.h1, status=AgreementStatus.FILED)
    member, stranger = season.hat_of(member_of(team, "P9").specialist), season.hat_of(person("P1"))

    assert [*Agreement.objects.visible_to(member)] == [agreement]
    assert not Agreement.objects.visible_to(stranger).exists()
    page = browser_of(season.clerk).get(f"/agreements/{agreement.pk}/").content.decode()
    assert "负责人孙立群；成员吴建国、郑旻" in page


# --- the cap of five --------------------------------------------------------------------------------------------------


def test_a_team_of_five_at_a_cooperative_with_one_person_makes_six(season: Season) -> None:
    """A11."""
    season.filed(season.selected("P3"), season.h4)
    agreement = submitted(season, selected(season, *FIVE), season.h4)

    with pytest.raises(Refused) as refused:
        file(season, agreement)
    [finding] = refused.value.findings
    assert (finding.code, finding.facts["now"], finding.facts["then"]) == ("E-CAP5", 1, 6)
    assert "现有1人，本次后为6人" in finding.message
    filed = file(season, agreement, reasons={"E-CAP5": "整建制服务谷子产业链"})
    assert filed.status == AgreementStatus.FILED


def test_a_team_of_five_alone_fills_a_cooperative_and_nobody_more_comes(season: Season) -> None:
    file(season, submitted(season, selected(season, *FIVE), season.h4))

    assert refusal(lambda: file(season, season.submitted(season.selected("P3"), season.h4))) == ["E-CAP5"]


def test_a_member_who_also_serves_there_alone_is_one_person(season: Season) -> None:
    team = selected(season, *FIVE)
    season.filed(season.selected("P9", Category.AGRICULTURE), season.h4)

    assert file(season, submitted(season, team, season.h4)).status == AgreementStatus.FILED


def test_who_left_is_counted_to_the_day_before_and_who_came_from_it(season: Season) -> None:
    team = selected(season)
    paper_of(season, team, season.h4, status=AgreementStatus.FILED)
    june_1 = date(2026, 6, 1)
    change: dict[str, Any] = {"by": season.clerk, "on": june_1, "day": june_1, "reason": "调动", "consent": True}
    teams.change_members(team, leaving=member_of(team, "P10"), joining=entry("P11"), **change)
    newcomer = season.submitted(season.selected("P3"), season.h4)

    stays = Case(newcomer, on=june_1).stays_beside

    assert sorted((stay.start, stay.end) for stay in stays) == [
        (MAY_12, date(2026, 5, 31)),
        (MAY_12, END),
        (MAY_12, END),
        (june_1, END),
    ]
    assert Stay(person("P11").pk, june_1, END) in stays


def test_the_yearly_check_counts_members_one_by_one(season: Season) -> None:
    season.filed(season.selected("P3"), season.h4)
    paper_of(season, selected(season, *FIVE), season.h4, status=AgreementStatus.FILED)

    [crowd] = queries.crowds(2026, more_than=5, takes_its_word=True)

    assert (crowd.host_id, len(crowd.stays)) == (season.h4.pk, 6)


@pytest.mark.parametrize(
    ("host", "capped"),
    [pytest.param("h1", False, id="above scale"), pytest.param("h3", False, id="no tech SME"),
     pytest.param("h4", True, id="cooperative")],
)  # fmt: skip
def test_sc08_a_team_beside_three_persons_is_more_than_five_where_a_cap_is(
    season: Season, host: str, capped: bool
) -> None:
    at = getattr(season, host)
    for key in ("P1", "P2", "P3"):
        season.filed(season.selected(key), at)
    agreement = submitted(season, selected(season), at)

    if capped:
        assert refusal(lambda: file(season, agreement)) == ["E-CAP5"]
    else:
        assert file(season, agreement).status == AgreementStatus.FILED


def test_a_team_serves_several_firms_and_its_members_years_stay_free(season: Season) -> None:
    """A13."""
    team = selected(season, category=Category.ENTERPRISE, domains=["新材料"])
    for host in (season.h1, season.h3):
        file(season, submitted(season, team, host))
    own = season.submitted(season.selected("P9", Category.ENTERPRISE), season.h2)

    assert file(season, own).status == AgreementStatus.FILED


# --- members afterwards -----------------------------------------------------------------------------------------------


def change(season: Season, team: Team, *, by: Any = None, **more: Any) -> Team:
    known: dict[str, Any] = {"on": MAY_20, "day": MAY_20, "reason": "工作调动", "consent": True}
    return services.change_team_members(team, by=by or season.clerk, **{**known, **more})


def test_sc10_one_for_one_at_a_full_cooperative_needs_no_reason_and_one_more_does(season: Season) -> None:
    season.filed(season.selected("P3"), season.h4)
    season.filed(season.selected("P4"), season.h4)
    team = selected(season)
    file(season, submitted(season, team, season.h4))

    change(season, team, leaving=member_of(team, "P10"), joining=entry("P11"))
    assert refusal(lambda: change(season, team, joining=entry("P12"))) == ["E-CAP5"]
    assert refusal(lambda: change(season, team, joining=entry("P12"), reasons={"E-CAP5": "同意"})) == ["E-CAP5"]
    change(season, team, by=season.officer, joining=entry("P12"), reasons={"E-CAP5": "产业链急需"})

    assert len(THREE) + 1 == team.members.current().count()
    assert [override.code for override in Override.objects.all()] == ["E-CAP5"]


def test_all_that_is_in_the_way_of_a_change_is_said_at_once(season: Season) -> None:
    for key in ("P3", "P4"):
        season.filed(season.selected(key), season.h4)
    team = selected(season)
    file(season, submitted(season, team, season.h4))

    found = refusal(lambda: change(season, team, joining=entry("P12", unit="示范理工大学")))

    assert found == ["W-TEAM-OUTSIDE", "E-CAP5"]


def test_a_member_who_serves_there_already_makes_the_host_no_fuller(season: Season) -> None:
    for key in ("P3", "P4"):
        season.filed(season.selected(key), season.h4)
    team = selected(season)
    file(season, submitted(season, team, season.h4))

    change(season, team, joining=entry("P4"))

    assert team.members.current().count() == 4


# --- who is in it today -----------------------------------------------------------------------------------------------


def test_the_page_says_who_signed_and_who_is_in_the_team_today(season: Season) -> None:
    team = selected(season)
    agreement = paper_of(season, team, season.h1, status=AgreementStatus.FILED)
    clerk = browser_of(season.clerk)
    assert "团队现状" not in clerk.get(f"/agreements/{agreement.pk}/").text

    teams.pass_on_lead(team, to=member_of(team, "P9"), by=season.clerk, on=MAY_25)
    led_on = clerk.get(f"/agreements/{agreement.pk}/").text
    change(season, team, leaving=member_of(team, "P8"), joining=entry("P12"), on=MAY_25, day=MAY_25)
    page = clerk.get(f"/agreements/{agreement.pk}/").text

    assert "负责人吴建国；成员孙立群、郑旻" in led_on
    assert "原负责人改任成员" in led_on
    assert "负责人孙立群；成员吴建国、郑旻" in page  # as signed
    assert "负责人吴建国；成员郑旻、陈玥" in page
    assert "原负责人孙立群于2026年5月25日退出；陈玥于2026年5月25日加入" in page


def test_the_list_says_that_it_is_a_team_and_which(season: Season) -> None:
    paper_of(season, selected(season), season.h1, status=AgreementStatus.FILED)

    other = season.filed(season.selected("P1"), season.h5)
    officer = browser_of(season.officer)

    page = officer.get("/agreements/").text
    found = officer.get("/agreements/?q=小麦产业").text
    signer = officer.get("/agreements/?q=孙立群").text

    assert "孙立群 · 农业 · 团队" in page
    for asked in (found, signer):
        assert ("孙立群 · 农业 · 团队" in asked, str(other.filing_number) in asked) == (True, False)
    assert f"小麦产业技术团队　{season.h1}" in page
