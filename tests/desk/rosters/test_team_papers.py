"""What a roster of teams makes beside its teams: the drafts of their agreements."""

from datetime import date

import pytest

from accounts.models import Organization
from agreements import services as papers
from agreements.models import Agreement
from core.policy import Refused
from desk.enums import Kind, Mode
from desk.rosters import making, services
from desk.rosters.models import RosterBatch
from specialists import teams
from specialists.enums import Form, RegistrationStatus
from specialists.models import Registration, Specialist, Team
from specialists.teams import MemberEntry
from tests.cast import MAY_12, MAY_18, MAY_20, Season
from tests.desk.rosters import hands
from tests.desk.rosters.hands import FIRM, FRUIT, GRAIN, SAMPLES, checked, confirm, found, imported, messages
from tests.desk.rosters.test_api import program
from tests.people import Person

pytestmark = pytest.mark.django_db

HEADINGS = ["团队名称", "领域或行业", "姓名", "身份证号", "是否负责人", "手机号", *hands.HOST, "年度目标任务"]
ZHANG, WANG, HE = (
    ("张昇", "139999198509230031"),
    ("王晓晨", "139999197904110043"),
    ("何雨桐", "139999199011020058"),
)


def team(*hosts: list[str], goals: tuple[str, ...] = ("", "", "")) -> bytes:
    """Three people, the first leads; a host is named in as many rows as are given."""
    places = [*hosts, *[[""] * 5] * 3]
    rows = [
        ["小麦团队", "粮油作物", name, number, "否" if at else "是", f"1390000123{at}", *places[at], goals[at]]
        for at, (name, number) in enumerate((ZHANG, WANG, HE))
    ]
    return hands.roster(*rows, headings=HEADINGS)


def brought(season: Season, data: bytes) -> RosterBatch:
    return imported(data, season.clerk, Mode.ALL, Kind.TEAMS)


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [finding.code for finding in refusal.value.findings]


def test_the_teams_of_the_sample_get_their_drafts_with_host_days_and_goals(season: Season) -> None:
    batch = imported((SAMPLES / "roster-teams.xlsx").read_bytes(), season.clerk, Mode.CLEAN, Kind.TEAMS)

    assert services.made_by(batch) == {
        "rows": 12,
        "registrations": 0,
        "agreements": 3,
        "hosts": 3,
        "teams": 3,
        "entries": 0,
    }
    paper = Agreement.objects.get(team__name="藁城区小麦产业技术团队1")
    assert (str(paper.specialist), str(paper.host), paper.service_start, paper.service_end) == (
        "魏洋文",
        "藁城区滹东小麦种植专业合作社",
        date(2026, 5, 10),
        date(2027, 12, 31),
    )
    assert (paper.visits_per_year, paper.goals) == (
        43,
        [{"name": "开展培训", "count": 6, "unit": "场"}, {"name": "解决技术难题", "count": 4, "unit": "项"}],
    )
    assert paper.team
    assert paper.team.summary == ""
    assert "各成员的年度目标任务不同，团队的协议草稿按合计填写" in "".join(messages(batch, 2))


def test_goals_that_all_rows_repeat_are_the_teams_once(season: Season) -> None:
    same = "年度服务15次，开展培训3场"
    batch = brought(season, team(GRAIN, goals=(same, same, same)))

    paper = Agreement.objects.get()
    assert (paper.visits_per_year, paper.goals) == (15, [{"name": "开展培训", "count": 3, "unit": "场"}])
    assert found(batch, least="info") == {}


def test_a_team_without_a_host_is_registered_only(season: Season) -> None:
    brought(season, team(goals=("年度服务15次", "", "")))

    assert (Agreement.objects.count(), Registration.objects.count()) == (0, 0)
    assert Team.objects.get().summary == "年度服务15次"


def test_a_team_with_two_hosts_gets_two_drafts_and_hears_of_it(season: Season) -> None:
    batch = brought(season, team(GRAIN, FRUIT))

    assert found(batch, least="info") == {3: ["I-SECOND"]}
    assert {str(one.host) for one in Agreement.objects.all()} == {GRAIN[0], FRUIT[0]}
    assert Registration.objects.count() == 1  # both stand on the leader's


def test_rows_of_a_team_that_name_different_days_are_told(season: Season) -> None:
    batch = brought(season, team(GRAIN, [*GRAIN[:-1], "2026-07-01"]))

    assert found(batch) == {3: ["W-TEAM-ROWS"]}
    assert Agreement.objects.get().service_start == date(2026, 6, 1)


def test_the_rules_of_an_agreement_are_asked_of_a_teams_with_its_members_one_by_one(season: Season) -> None:
    flags = [*hands.HOST, "是否科技型中小企业", "规模"]
    headings = [*HEADINGS[:6], *flags]
    people = six_people()
    rows = [
        [name, "粮油作物", *who, *FIRM[:4], "2026-06-01", "是", "规模以下"]
        for name, members in (("一队", people[:3]), ("二队", people[3:6]))
        for who in members
    ]
    batch = checked(hands.roster(*rows, headings=headings), season.clerk, Kind.TEAMS)

    assert found(batch) == {5: ["E-CAP5"]}  # three, and three of the team above
    assert "现有3人，本次后为6人" in "".join(messages(batch, 5))

    own = [[*row[:6], str(season.u1), season.u1.organization.uscc, "", "", "2026-06-01", "", ""] for row in rows[3:]]
    batch = checked(hands.roster(*own, headings=headings), season.clerk, Kind.TEAMS)
    assert "E-SAME-PARTY" in found(batch, least="block")[2]


def six_people() -> list[list[str]]:
    named = ["魏洋文", "何磊源", "郑敏群", "何旻立", "查涛垚", "钱桂"]
    numbers = [
        "13999919790111513X",
        "139999198310199575",
        "139999196612289948",
        "139999196705186518",
        "139999198905216135",
        "139999198108188071",
    ]
    pairs = enumerate(zip(named, numbers, strict=True))
    return [[name, number, "否" if at % 3 else "是", f"1390000123{at}"] for at, (name, number) in pairs]


def test_what_a_roster_will_make_is_counted_before_and_each_record_linked_after(season: Season) -> None:
    clerk, client = Person(season.clerk), program(season.clerk)
    batch = checked(team(GRAIN, FRUIT), season.clerk, Kind.TEAMS)
    assert client.get(f"/api/v1/rosters/{batch.pk}/").json()["expected"] == {"teams": 1, "agreements": 2, "hosts": 1}
    words = clerk.opens(f"/rosters/{batch.pk}/confirm/")
    assert "团队登记草稿 1 个 协议草稿 2 份 新增派驻单位 1 个" in words
    confirm(batch, season.clerk)

    clerk.opens(f"/rosters/{batch.pk}/")
    listed = clerk.opens(clerk.finds(r'href="(/rosters/\d+/made/agreements/)"'))
    for paper in Agreement.objects.all():
        assert f"{paper} 小麦团队 → {paper.host} 草稿" in listed
        assert f'href="{paper.get_absolute_url()}"' in clerk.page
    assert "小麦团队 3人 草稿" in clerk.opens(f"/rosters/{batch.pk}/made/teams/")
    assert FRUIT[0] in clerk.opens(f"/rosters/{batch.pk}/made/hosts/")
    clerk.opens(f"/rosters/{batch.pk}/made/people/", expect=404)

    assert client.get(f"/api/v1/rosters/{batch.pk}/").json()["made"]["agreements"] == 2
    [made] = client.get(f"/api/v1/rosters/{batch.pk}/made/teams/").json()
    assert (made["title"], made["detail"], made["status_label"]) == ("小麦团队", "3人", "草稿")


def test_what_people_bring_is_counted_without_those_who_are_registered_already(season: Season) -> None:
    first = [hands.person(*ZHANG, "农业", *GRAIN)]
    imported(hands.roster(*first), season.clerk)
    more = [hands.person(*ZHANG, "农业", *FRUIT), hands.person(*WANG, "农业", *FRUIT), hands.person(*HE)]

    batch = checked(hands.roster(*more), season.clerk)

    assert making.expected(batch) == {"registrations": 2, "agreements": 2, "hosts": 1}


# --- until the selection, and from it on ------------------------------------------------------------------------------


def test_the_draft_waits_for_the_selection_of_the_team_and_nobody_handles_its_leaders_registration(
    season: Season,
) -> None:
    brought(season, team(GRAIN))
    paper = Agreement.objects.get()
    assert (paper.registration.status, paper.registration.form) == (RegistrationStatus.DRAFT, Form.TEAM)
    assert not Registration.objects.visible_to(season.clerk).exists()

    with pytest.raises(Refused) as refusal:
        papers.submit_agreements([paper], by=season.clerk, on=MAY_12)
    assert "小麦团队的登记当前为“草稿”" in " ".join(map(str, refusal.value.findings))

    one = teams.submit_team(Team.objects.get(), by=season.clerk, on=MAY_12)
    teams.decide_team(one, by=season.officer, on=MAY_18, passed=True)
    teams.decide_team(one, by=season.head, on=MAY_20, passed=True)

    paper.refresh_from_db()
    assert paper.registration.status == RegistrationStatus.APPROVED
    assert Registration.objects.visible_to(season.clerk).count() == 3
    with pytest.raises(Refused) as refusal:
        papers.submit_agreements([paper], by=season.clerk, on=MAY_12)
    assert "E-SELECTED" not in codes(refusal)
    assert "E-TEAM-LEADER" not in codes(refusal)


def test_a_leader_selected_with_another_team_does_not_hand_in_for_one_that_waits(season: Season) -> None:
    brought(season, team(GRAIN))
    registration = Agreement.objects.get().registration
    Registration.objects.filter(pk=registration.pk).update(
        status=RegistrationStatus.APPROVED,
        submitted_on=MAY_12,
        approved_on=MAY_12,
        consented_on=MAY_12,
        pack=season.pack,
    )

    with pytest.raises(Refused) as refusal:
        papers.submit_agreements([Agreement.objects.get()], by=season.clerk, on=MAY_12)

    assert "E-SELECTED" in codes(refusal)


def test_the_draft_goes_along_when_the_team_changes_its_category(season: Season) -> None:
    brought(season, team(GRAIN))
    one = Team.objects.get()

    teams.save_team(one, by=season.clerk, on=MAY_12, version=one.version, category="enterprise")

    assert Registration.objects.get().category == "enterprise"


def test_a_team_with_a_draft_agreement_is_not_thrown_away_under_it(season: Season) -> None:
    brought(season, team(GRAIN, FRUIT))
    one = Team.objects.get()

    with pytest.raises(Refused) as refusal:
        teams.discard_team(one, by=season.clerk, on=MAY_12)
    assert codes(refusal) == ["E-STATE"]

    first, second = Agreement.objects.order_by("pk")
    papers.discard_draft(first, by=season.clerk)
    assert Registration.objects.count() == 1  # the other draft still stands on it
    papers.discard_draft(second, by=season.clerk)
    assert Registration.objects.count() == 0
    teams.discard_team(one, by=season.clerk, on=MAY_12)
    assert Specialist.objects.count() == 0


def test_nobody_signs_for_a_team_that_nobody_leads(season: Season) -> None:
    brought(season, team())
    one = Team.objects.get()
    one.members.update(is_leader=False)

    with pytest.raises(Refused) as refusal:
        papers.draft_team_agreements(one, [{}], by=season.clerk)

    assert codes(refusal) == ["E-TEAM-LEADER"]


# --- taking back ------------------------------------------------------------------------------------------------------


def test_a_batch_of_teams_is_taken_back_with_its_drafts(season: Season) -> None:
    batch = brought(season, team(GRAIN, FRUIT))

    services.take_back(batch, by=season.clerk, on=MAY_12, version=batch.version)

    assert [model.objects.count() for model in (Team, Agreement, Registration, Specialist)] == [0, 0, 0, 0]
    assert Organization.objects.filter(uscc=FRUIT[1]).exists()  # a host stays for other units


def test_nothing_is_taken_back_once_a_teams_draft_was_worked_on(season: Season) -> None:
    batch = brought(season, team(GRAIN))
    paper = Agreement.objects.get()
    papers.save_draft(paper, by=season.clerk, version=paper.version, service_content="小麦绿色增产技术")

    with pytest.raises(Refused) as refusal:
        services.take_back(batch, by=season.clerk, on=MAY_12, version=batch.version)

    assert f"第2行　协议D-{paper.pk}已有办理" in refusal.value.findings[0].message
    assert Agreement.objects.exists()


def test_all_or_nothing_undoes_teams_and_drafts_when_the_register_changed_meanwhile(season: Season) -> None:
    batch = checked(team(GRAIN), season.clerk, Kind.TEAMS)
    rivals = [MemberEntry(name=name, id_number=number, is_leader=not at) for at, (name, number) in enumerate([ZHANG])]
    teams.register_team(by=season.clerk, on=MAY_12, name="小麦团队", domains=["粮油作物"], members=rivals)

    batch = confirm(batch, season.clerk, Mode.ALL)

    assert found(batch)[2] == ["E-TEAM-DUP"]
    assert (Team.objects.count(), Agreement.objects.count(), Registration.objects.count()) == (1, 0, 0)
