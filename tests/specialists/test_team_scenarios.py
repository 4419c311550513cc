"""The scenarios about teams, as far as registration goes; through the services and through the interface."""

from collections.abc import Iterator
from typing import Any

import pytest
import time_machine
from django.test import Client

from accounts.enums import InstitutionType, Role
from accounts.models import Membership
from core.models import AuditEvent
from core.policy import Refused
from specialists import queries, services, teams
from specialists.enums import Category, RegistrationStatus
from specialists.models import Registration
from tests.cast import MAY_12, MAY_20, PEOPLE, Season, institution, member
from tests.hands import browser_of
from tests.specialists.acts import approved, form_of, registered
from tests.specialists.team_acts import drafted, entry, handed_in, member_of, names_in, selected


@pytest.fixture(autouse=True)
def _on_20_may() -> Iterator[None]:
    with time_machine.travel("2026-05-20 10:00+08:00", tick=False):
        yield


@pytest.mark.parametrize(
    ("keys", "refused"),
    [
        pytest.param(("P8", "P9"), "团队科技特派员人数应在3至5人之间，当前2人。", id="two"),
        pytest.param(("P8", "P9", "P10"), "", id="three"),
        pytest.param(("P8", "P9", "P10", "P11", "P1"), "", id="five"),
        pytest.param(("P8", "P9", "P10", "P11", "P1", "P2"), "团队科技特派员人数应在3至5人之间，当前6人。", id="six"),
    ],
)
def test_sc10_a_team_counts_three_to_five(season: Season, keys: tuple[str, ...], refused: str) -> None:
    team = drafted(season, *keys)

    if not refused:
        assert teams.submit_team(team, by=season.clerk, on=MAY_12).status == "submitted"
        return
    with pytest.raises(Refused) as refusal:
        teams.submit_team(team, by=season.clerk, on=MAY_12)
    assert [(one.code, one.message) for one in refusal.value.findings] == [("E-TEAM-SIZE", refused)]


def test_sc10_a_member_removed_without_a_replacement_is_refused_and_replaced_in_one_step_is_logged(
    season: Season,
) -> None:
    team = selected(season)
    out = member_of(team, "P10")
    day: dict[str, Any] = {"on": MAY_20, "day": MAY_20, "leaving": out, "reason": "工作调动", "consent": True}

    with pytest.raises(Refused) as refusal:
        teams.change_members(team, by=season.clerk, **day)
    assert [(one.code, one.facts["members"]) for one in refusal.value.findings] == [("E-TEAM-SIZE", 2)]
    teams.change_members(team, by=season.clerk, **day, joining=entry("P11"))

    assert names_in(team) == ["孙立群", "吴建国", "冯赟"]
    event = AuditEvent.objects.get(verb__startswith="team.member")
    assert (event.verb, event.after["left"], event.after["joined"]) == ("team.member_replaced", "郑旻", "冯赟")


def test_sc10_a_team_without_a_field_is_refused(season: Season) -> None:
    team = drafted(season, domains=[])

    with pytest.raises(Refused) as refusal:
        teams.submit_team(team, by=season.clerk, on=MAY_12)

    assert [one.code for one in refusal.value.findings] == ["E-TEAM-FIELD"]


def clerk_of(kind: InstitutionType, number: str) -> Membership:
    return member("何经办", Role.INSTITUTION_CLERK, institution(f"示范{kind.label}", kind, number), number[-6:].lower())


def test_sc11_a_service_company_puts_no_team_together_but_nominates_a_broker(season: Season) -> None:
    inst_s1 = member("何经办", Role.INSTITUTION_CLERK, season.s1, "inst_s1")

    with pytest.raises(Refused) as refusal:
        handed_in(season, by=inst_s1)
    assert [(one.code, one.message) for one in refusal.value.findings] == [
        ("E-TEAM-ORG", "团队科技特派员须由高校或科研院所组织申请。")
    ]
    broker = registered(form_of("P4", Category.BROKER), inst_s1)
    assert services.submit_registration(broker, by=inst_s1, on=MAY_12).status == RegistrationStatus.SUBMITTED


def test_sc11_a_research_institute_puts_a_team_together_and_a_firm_nominates_no_broker(season: Season) -> None:
    inst_i1 = member("何经办", Role.INSTITUTION_CLERK, season.i1, "inst_i1")
    firm = clerk_of(InstitutionType.ENTERPRISE, "91139999MA0Y004460")

    assert handed_in(season, by=inst_i1).status == "submitted"
    broker = registered(form_of("P4", Category.BROKER), firm)
    with pytest.raises(Refused) as refusal:
        services.submit_registration(broker, by=firm, on=MAY_12)
    assert [one.code for one in refusal.value.findings] == ["E-BROKER-ORG"]


def test_sc12_a_person_on_the_provincial_list_is_selected_as_a_member_of_a_team(season: Season) -> None:
    season.on_provincial_list("P2")

    team = selected(season, "P8", "P9", "P2")

    registration = member_of(team, "P2").registration
    assert registration
    assert registration.status == "approved"
    assert services.listed_by_province(registration) is None


def test_sc24_a_team_of_five_leaves_the_individual_counts_unchanged(season: Season) -> None:
    approved(form_of("P3", Category.AGRICULTURE), season)
    before = queries.selection(season.pack, year=2026, on=MAY_20)

    selected(season, "P8", "P9", "P10", "P11", "P1")

    after = queries.selection(season.pack, year=2026, on=MAY_20)
    assert (after.lines, after.individuals) == (before.lines, before.individuals)
    assert (before.teams, before.team_members) == (0, 0)
    assert (after.teams, after.team_members) == (1, 5)


# --- through the interface --------------------------------------------------------------------------------------------


def call(hat: Membership, method: str, path: str, body: Any = None) -> tuple[int, Any]:
    client = Client()
    client.force_login(hat.person)
    response = getattr(client, method)(f"/api/v1/{path}", body, content_type="application/json")
    return response.status_code, response.json() if response.content else None


def body_of(*keys: str, **more: Any) -> dict[str, Any]:
    members = [
        {
            "name": PEOPLE[key][0],
            "id_number": PEOPLE[key][1],
            "mobile": f"139{PEOPLE[key][1][-9:-1]}",
            "is_leader": place == 0,
        }
        for place, key in enumerate(keys)
    ]
    return {"name": "小麦产业技术团队", "domains": ["粮油作物"], "members": members, "consent": True, **more}


def found(body: Any) -> list[tuple[str, str]]:
    return [(finding["code"], finding.get("field", "")) for finding in body["findings"]]


def test_sc10_through_the_interface(season: Season) -> None:
    status, two = call(season.clerk, "post", "teams/", body_of("P8", "P9"))
    assert (status, two["status"], [one["name"] for one in two["members"]]) == (201, "draft", ["孙立群", "吴建国"])
    path = f"teams/{two['id']}/"
    status, refused = call(season.clerk, "post", f"{path}submit/")
    assert (status, [code for code, _ in found(refused)]) == (422, ["E-TEAM-SIZE"])

    three = body_of("P8", "P9", "P10", version=two["version"])
    status, saved = call(season.clerk, "put", path, three)
    assert (status, len(saved["members"])) == (200, 3)
    assert call(season.clerk, "put", path, three)[0] == 409
    status, handed = call(season.clerk, "post", f"{path}submit/")
    assert (status, handed["status"]) == (200, "submitted")
    step = {"passed": True, "version": handed["version"]}
    assert call(season.officer, "post", f"{path}decide/", step)[0] == 200
    status, approved_team = call(season.head, "post", f"{path}decide/", step)
    assert (status, approved_team["status"], approved_team["approved_on"]) == (200, "approved", "2026-05-20")

    third = approved_team["members"][2]["id"]
    leaves = {"leaving": third, "day": "2026-05-20", "reason": "工作调动", "version": approved_team["version"]}
    status, refused = call(season.clerk, "post", f"{path}members/", leaves)
    assert (status, [code for code, _ in found(refused)]) == (422, ["E-TEAM-SIZE"])
    name, number = PEOPLE["P11"]
    comes = {"joining": {"name": name, "id_number": number, "mobile": "13900000000"}, "consent": True}
    status, changed = call(season.clerk, "post", f"{path}members/", {**leaves, **comes})
    assert (status, [(one["name"], one["left_on"]) for one in changed["members"]]) == (
        200,
        [("孙立群", None), ("吴建国", None), ("郑旻", "2026-05-20"), ("冯赟", None)],
    )
    lead = {"member": changed["members"][1]["id"], "version": changed["version"]}
    status, led = call(season.clerk, "post", f"{path}lead/", lead)
    assert (status, [one["name"] for one in led["members"] if one["is_leader"]]) == (200, ["吴建国"])

    answer = browser_of(season.clerk).get(f"/api/v1/{path}").content.decode()
    assert "139999********0084" in answer
    assert not [number for _, number in PEOPLE.values() if number in answer]
    assert browser_of(season.stranger).get(f"/api/v1/{path}").status_code == 404
    assert browser_of(season.clerk).get("/api/v1/teams/?q=小麦").json()[0]["id"] == two["id"]


def test_the_interface_says_what_is_wrong_in_each_row(season: Season) -> None:
    body = body_of("P8", "P9", "P10")
    body["members"][1]["id_number"] = "139999198807300092"
    body["members"][2]["mobile"] = "12345"

    status, refused = call(season.clerk, "post", "teams/", body)

    assert status == 422
    assert [field for _, field in found(refused)] == ["members.1.id_number", "members.2.mobile"]
    assert not Registration.objects.exists()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({"members": "孙立群"}, id="members as a word"),
        pytest.param({"domains": {"a": 1}}, id="fields as an object"),
        pytest.param({"domains": ["没有这个领域"]}, id="a field that no list knows"),
        pytest.param({"name": "队" * 10_000}, id="a name of ten thousand characters"),
        pytest.param({"name": "队\x00名"}, id="NUL"),
        pytest.param({"summary": "\u202e反写"}, id="a turned direction"),
        pytest.param({"category": "hero"}, id="no such category"),
        pytest.param({"members": [{"name": "孙立群", "member": "x"}]}, id="a word for an id"),
    ],
)
def test_what_cannot_be_a_team_is_refused_with_a_sentence(season: Season, change: dict[str, Any]) -> None:
    status, refused = call(season.clerk, "post", "teams/", {**body_of("P8", "P9", "P10"), **change})

    assert status == 422
    assert refused["findings"]
    assert call(season.clerk, "get", "teams/")[1] == []


def test_a_change_of_members_names_one_of_the_team(season: Season) -> None:
    team = selected(season)
    asked = {"leaving": 2**40, "day": "2026-05-20", "version": team.version}

    status, refused = call(season.clerk, "post", f"teams/{team.pk}/members/", asked)

    assert (status, found(refused)) == (422, [("E-FIELD", "leaving")])
    assert call(season.clerk, "post", f"teams/{team.pk}/lead/", {"member": 2**40, "version": 1})[0] == 422
    assert call(season.clerk, "delete", f"teams/{team.pk}/")[0] == 422
