"""The pages of teams in a real browser: nobody shut out, nothing wider than the window, and all of it without scripts."""

from datetime import timedelta
from typing import Any

from django.utils.timezone import localdate
from playwright.sync_api import Browser, Page, expect

from specialists import teams
from specialists.enums import SpecialistStatus
from specialists.models import Specialist, Team
from tests.cast import PEOPLE, Season
from tests.core.test_pages_in_the_browser import violations
from tests.specialists.team_acts import drafted, entry, member_of
from tests.specialists.test_in_the_browser import signed_in, small, wide


def looked_at(page: Page, name: str) -> None:
    page.wait_for_load_state("networkidle")
    assert violations(page) == [], name
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name


def selected_today(season: Season, *keys: str) -> Team:
    """Selected a month ago, and since then one member replaced and one lost."""
    today = localdate()
    begun = today - timedelta(days=60)
    team = drafted(season, *keys, on=begun)
    teams.submit_team(team, by=season.clerk, on=begun)
    for by in (season.officer, season.head):
        team = teams.decide_team(team, by=by, on=begun + timedelta(days=3), passed=True, opinion="同意")
    changed = today - timedelta(days=30)
    return teams.change_members(
        team,
        by=season.clerk,
        on=changed,
        day=changed,
        leaving=member_of(team, keys[-1]),
        joining=entry("P11"),
        reason="工作调动",
        consent=True,
    )


@small
def test_the_pages_of_a_unit_shut_nobody_out_where_it_is_narrow(
    page: Page, lasting_season: Season, live_server: Any
) -> None:
    season = lasting_season
    team = selected_today(season, "P8", "P9", "P10")
    lost = Specialist.objects.filter(name=PEOPLE["P9"][0])
    lost.update(status=SpecialistStatus.REVOKED, revoked_on=localdate() - timedelta(days=10))
    draft = drafted(season, "P8", "P1", name="果树产业技术团队", domains=["果树"], on=localdate(), consent=False)
    clerk = signed_in(page, season.clerk, live_server.url)

    for name, path in (
        ("list", ""),
        ("new", "new/"),
        ("draft", f"{draft.pk}/"),
        ("edit", f"{draft.pk}/edit/?missing=1"),
        ("record", f"{team.pk}/"),
        ("history", f"{team.pk}/history/"),
        ("change", f"/agreements/teams/{team.pk}/members/"),
    ):
        clerk.goto(path if path.startswith("/") else f"/specialists/teams/{path}")
        looked_at(clerk, name)


@small
def test_the_desk_of_the_bureau_shuts_nobody_out_where_it_is_narrow(
    page: Page, lasting_season: Season, live_server: Any
) -> None:
    season, today = lasting_season, localdate()
    members = [entry("P8", is_leader=True), entry("P9"), entry("P10", unit="示范理工大学")]
    team = drafted(season, members=members, on=today, summary="小麦、谷子良种良法配套。")
    teams.submit_team(team, by=season.clerk, on=today)
    officer = signed_in(page, season.officer, live_server.url)

    officer.goto(f"/specialists/teams/{team.pk}/review/")

    looked_at(officer, "review")
    officer.get_by_role("button", name="填写理由并通过").click()
    expect(officer.get_by_role("alert")).to_contain_text("这一步没有办成")
    looked_at(officer, "review-refused")


def filled_in(page: Page, row: int, key: str) -> None:
    member = page.get_by_role("group", name=f"第{row}名成员", exact=True)
    member.get_by_label("姓名").fill(PEOPLE[key][0])
    member.get_by_label("身份证号").fill(PEOPLE[key][1])
    member.get_by_label("手机号").fill("13900000000")


@wide
def test_a_team_of_four_is_registered_without_any_script(
    browser: Browser, lasting_season: Season, live_server: Any
) -> None:
    context = browser.new_context(java_script_enabled=False, base_url=live_server.url)
    page = signed_in(context.new_page(), lasting_season.clerk, live_server.url)
    page.goto("/specialists/teams/new/")
    page.get_by_label("团队名称").fill("小麦产业技术团队")
    page.get_by_label("领域或行业").select_option("粮油作物")
    for row, key in enumerate(("P8", "P9", "P10"), start=1):
        filled_in(page, row, key)
    page.get_by_role("button", name="再加一名成员").click()
    filled_in(page, 4, "P11")
    page.get_by_role("group", name="第2名成员", exact=True).get_by_label("团队负责人").check()
    page.get_by_label("全体成员已同意").check()

    page.get_by_role("button", name="保存并提交").click()

    expect(page.get_by_role("heading", level=1)).to_have_text("小麦产业技术团队")
    team = Team.objects.get()
    assert (team.status, team.members.count()) == ("submitted", 4)
    assert team.members.get(is_leader=True).specialist.name == PEOPLE["P9"][0]
    context.close()


@wide
def test_the_checks_follow_what_is_typed(page: Page, lasting_season: Season, live_server: Any) -> None:
    clerk = signed_in(page, lasting_season.clerk, live_server.url)
    clerk.goto("/specialists/teams/new/")
    filled_in(clerk, 1, "P8")
    filled_in(clerk, 2, "P9")

    clerk.get_by_label("团队名称").fill("小麦产业技术团队")

    expect(clerk.locator("#checks")).to_contain_text("当前2人")
