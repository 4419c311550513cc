"""SC-24: the board counts as the work plan counts, and each of its numbers is the length of a list."""

import re
from datetime import date

import pytest

from accounts.enums import Role
from accounts.models import HostUnit
from agreements.enums import RunTrigger
from agreements.models import Agreement
from agreements.queries import quota_counts
from agreements.services import check_quotas
from core.crypto import blind_index
from desk import queries
from desk.queries import KINDS, Asked
from specialists.enums import Category, Form, PersonnelType, RegistrationStatus
from specialists.models import Registration, Specialist
from tests.cast import END, MAY_12, MAY_20, Season
from tests.desk.conftest import THURSDAY, Busy
from tests.desk.reading import links, rows_in
from tests.hands import browser_of


def crowd(season: Season, count: int, category: Category, *, start: int = 0, form: Form = Form.INDIVIDUAL) -> list[int]:
    """So many people, each selected and filed at one host; laid in bulk."""
    people = Specialist.objects.bulk_create(
        Specialist(
            name=f"人{category}{n}",
            id_number="139999197803050010",
            id_digest=blind_index(f"{category}{form}{n}", "id_number"),
            id_masked="139999********0010",
            sex="male",
            birth_date=date(1978, 3, 5),
            mobile="13900000000",
            mobile_masked="139****0000",
            education="doctor",
            title_name="副教授",
            title="associate",
            field="粮油作物",
        )
        for n in range(start, start + count)
    )
    registrations = Registration.objects.bulk_create(
        Registration(
            specialist=person,
            year=2026,
            category=category,
            form=form,
            personnel_type=PersonnelType.STAFF,
            institution=season.u1,
            status=RegistrationStatus.APPROVED,
            submitted_on=MAY_12,
            approved_on=MAY_12,
            consented_on=MAY_12,
            pack=season.pack,
        )
        for person in people
    )
    host = season.h1 if category == Category.ENTERPRISE else season.h4
    papers = Agreement.objects.bulk_create(
        filed(season, registration, host, f"{category}-{form}-{start + n}")
        for n, registration in enumerate(registrations)
    )
    return [paper.pk for paper in papers]


def filed(season: Season, registration: Registration, host: HostUnit, number: str) -> Agreement:
    return Agreement(
        registration=registration,
        specialist=registration.specialist,
        institution=registration.institution,
        host=host,
        service_start=MAY_12,
        service_end=END,
        service_content="技术指导。",
        visits_per_year=12,
        goals=[],
        status="filed",
        submitted_on=MAY_12,
        filed_on=MAY_20,
        filed_by=season.officer,
        filing_number=f"T-{number}"[:30],
        pack=season.pack,
        created_by=season.clerk,
    )


def line(page: str, label: str) -> list[str]:
    """The cells of one category: plan, selected, filed, in review, gap, papers, in service, graduates, revoked."""
    row = next(row for row in re.findall(r"<tr>.*?</tr>", page, re.DOTALL) if f">{label}</th>" in row)
    return [re.sub(r"<[^>]+>", "", cell).strip() for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)]


def board(season: Season, query: str = "") -> str:
    return browser_of(season.officer).get(f"/quota/{query}").text


def test_sc24_the_floor_of_350_is_short_of_one_then_reached_and_the_351st_says_nothing(season: Season) -> None:
    crowd(season, 349, Category.ENTERPRISE)
    assert line(board(season), "工业企业")[:5] == ["≥350", "349", "349", "0", "差 1"]

    crowd(season, 1, Category.ENTERPRISE, start=349)
    assert line(board(season), "工业企业")[2:5] == ["350", "0", "已达标"]

    crowd(season, 1, Category.ENTERPRISE, start=350)
    assert line(board(season), "工业企业")[2:5] == ["351", "0", "已达标"]
    run = check_quotas(2026, trigger=RunTrigger.MANUAL, on=THURSDAY)
    assert [one for one in run.findings if "工业企业" in one["message"]] == []


@pytest.mark.parametrize(
    ("category", "label", "planned"), [(Category.AGRICULTURE, "农业", 40), (Category.BROKER, "技术经纪人", 30)]
)
def test_sc24_a_planned_number_is_filled_and_then_exceeded(
    season: Season, category: Category, label: str, planned: int
) -> None:
    crowd(season, planned, category)
    assert line(board(season), label)[:5] == [f"{planned}", f"{planned}", f"{planned}", "0", "已满"]

    crowd(season, 1, category, start=planned)
    assert line(board(season), label)[2:5] == [f"{planned + 1}", "0", "超出 1"]


def test_sc24_a_team_of_five_stands_in_a_tally_of_its_own(season: Season) -> None:
    crowd(season, 2, Category.AGRICULTURE)
    before = line(board(season), "农业")

    team(season)

    page = board(season)
    assert line(page, "农业") == before
    tally = {words: url for _, words, url in links(page) if "form=team" in url}
    assert {words: rows_in(browser_of(season.officer).get(url).text) for words, url in tally.items()} == {
        "1": 1,
        "5": 5,
    }


def team(season: Season) -> None:
    """One agreement of a team, and four more members beside the one who signed."""
    crowd(season, 1, Category.AGRICULTURE, form=Form.TEAM)
    first = Registration.objects.get(form=Form.TEAM)
    for n in range(4):
        person = Specialist.objects.get(pk=first.specialist_id)
        person.pk, person.id_digest = None, f"member-{n}"
        person.save()
        first.pk, first.specialist = None, person
        first.save()


def test_sc24_a_person_with_three_agreements_counts_once(season: Season) -> None:
    registration = season.selected("P1")
    for host in (season.h4, season.h5, season.h3):
        season.filed(registration, host)

    assert line(board(season), "农业") == ["40", "1", "1", "0", "尚余 39", "3", "1", "0", "0"]


def test_sc24_the_share_of_graduates_shows_both_numbers(busy: Busy) -> None:
    page = board(busy)

    assert re.search(r">1</a> / 5 名，占 20.00%", page)


def test_last_years_agreements_are_in_service_and_not_selected_again(busy: Busy) -> None:
    """A8: counted in the year of their filing; on the board of this year they serve."""
    assert line(board(busy), "技术经纪人")[2:7] == ["0", "0", "尚余 30", "0", "1"]
    assert line(board(busy, "?year=2025"), "技术经纪人")[2:6] == ["1", "0", "—", "1"]


def test_who_lost_the_qualification_still_counts_and_stands_beside(busy: Busy) -> None:
    """A7: revoked later in the year is still counted as selected."""
    assert line(board(busy), "工业企业") == ["≥350", "2", "2", "0", "差 348", "2", "2", "1", "1"]


def test_every_number_of_the_board_is_the_length_of_its_list(busy: Busy) -> None:
    client = browser_of(busy.officer)
    numbers = [
        (int(words), url)
        for around, words, url in links(client.get("/quota/").text)
        if "board" in around and words.isdigit()
    ]

    assert len(numbers) == 21
    assert sum(n for n, _ in numbers) > 20, "there was nothing to count"
    assert numbers == [(rows_in(client.get(url).text), url) for _, url in numbers]


@pytest.mark.parametrize("of", ["filed", "in_review", "in_service", "graduates", "revoked"])
def test_the_rows_of_a_figure_are_as_many_as_the_rules_count(busy: Busy, of: str) -> None:
    counts = quota_counts(2026, pack=busy.pack, on=THURSDAY)["categories"]

    rows = {
        category.value: queries.people(
            busy.officer, Asked(of, 2026, category.value, Form.INDIVIDUAL), on=THURSDAY
        ).count()
        for category in Category
    }
    assert rows == {category: counted[of] for category, counted in counts.items()}


def test_another_year_is_named_and_counts_its_own(busy: Busy) -> None:
    page = browser_of(busy.officer).get("/quota/", {"year": 2025}).text

    assert "<h1>2025年度指标</h1>" in page
    assert "2025年度各类科技特派员计划和完成情况" in page
    assert "2025年度还没有检查" in page
    assert "尚余" not in page  # the plan of a year before the first pack is not known
    lines = quota_counts(2025, pack=busy.pack, on=THURSDAY)["categories"].values()
    assert {(line["number"], line["gap"], line["in_review"]) for line in lines} == {(None, None, 0)}


def test_each_figure_says_what_it_counts(busy: Busy) -> None:
    page = board(busy)

    for code, kind in KINDS.items():
        assert kind.definition in page
        assert f'href="#def-{code}"' in page


def test_the_last_check_is_told_with_its_differences(busy: Busy) -> None:
    first = check_quotas(2026, trigger=RunTrigger.DAILY, on=THURSDAY)
    found = len(first.findings)
    assert found > 2
    assert f"新增 {found} 项" in board(busy)

    revived = Agreement.objects.get(registration__specialist__name="孙立群").specialist
    revived.status, revived.revoked_on = "active", None
    revived.save(update_fields=["status", "revoked_on"])
    check_quotas(2026, trigger=RunTrigger.DAILY, on=THURSDAY)
    page = board(busy)

    assert (f"仍在 {found - 1} 项" in page, "较上次消除 1 项" in page) == (True, True)
    assert "新增 0 项" in page


def test_a_year_without_a_check_says_so(season: Season) -> None:
    assert "2026年度还没有检查" in board(season)


# --- the people behind a figure ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    ["of=nobody", "of=filed&category=x", "of=filed&form=%00", "of=filed&district=999999", "of=filed&year=0000"],
)
def test_a_figure_that_nobody_counts_is_not_there(busy: Busy, query: str) -> None:
    assert browser_of(busy.officer).get(f"/people/?{query}").status_code == 404


@pytest.mark.parametrize("year", ["0000", "9999"])
def test_a_year_that_cannot_be_has_no_board(season: Season, year: str) -> None:
    assert browser_of(season.officer).get(f"/quota/?year={year}").status_code == 404


def test_who_sees_a_part_of_the_city_counts_that_part(busy: Busy) -> None:
    everybody = {
        role: rows_in(browser_of(busy.hats()[role]).get("/people/?of=in_service").text)
        for role in (Role.BUREAU_OFFICER, Role.COUNTY_OFFICER, Role.INSTITUTION_CLERK, Role.HOST_CONTACT)
    }
    assert everybody == {
        Role.BUREAU_OFFICER: 5,
        Role.COUNTY_OFFICER: 2,
        Role.INSTITUTION_CLERK: 2,
        Role.HOST_CONTACT: 2,
    }


def test_the_list_of_people_asks_the_same_however_many_there_are(
    season: Season, django_assert_num_queries: object
) -> None:
    client = browser_of(season.officer)
    crowd(season, 1, Category.AGRICULTURE)
    client.get("/people/?of=filed")
    for count in (1, 3):
        crowd(season, count, Category.AGRICULTURE, start=10 * count)
        with django_assert_num_queries(5):  # type: ignore[operator]
            assert client.get("/people/?of=filed").status_code == 200
