import re

import pytest

from accounts.enums import Role
from accounts.models import Membership
from tests.cast import Season
from tests.desk.conftest import Busy
from tests.hands import browser_of
from tests.specialists.team_acts import member_of, selected


def found(busy: Busy, role: Role, words: str) -> list[str]:
    """The titles of the hits, in their order."""
    page = browser_of(busy.hats()[role]).get("/search/", {"q": words})
    assert page.status_code == 200
    hits = re.findall(r'<ul class="hits">.*?</ul>', page.text, re.DOTALL)
    return [title for part in hits for title in re.findall(r"<a [^>]*>([^<]+)</a>", part)]


def test_a_filing_number_leads_to_its_agreement_whole_begun_or_by_its_serial(busy: Busy) -> None:
    number = busy.served.filing_number or ""
    hit = [f"{number}　李喆"]

    assert found(busy, Role.BUREAU_OFFICER, number) == hit
    assert found(busy, Role.BUREAU_OFFICER, number.lower()) == hit
    assert found(busy, Role.BUREAU_OFFICER, number.rpartition("-")[2]) == hit
    assert found(busy, Role.BUREAU_OFFICER, number.partition("-")[2].lower()) == hit
    assert len(found(busy, Role.BUREAU_OFFICER, "SJZ-KTP-2025")) == 7


@pytest.mark.parametrize("typed", ["D-{}", "d{}", "Ｄ－{}"])
def test_a_draft_code_is_read_however_it_is_typed(busy: Busy, typed: str) -> None:
    assert found(busy, Role.BUREAU_OFFICER, typed.format(busy.renewal.pk)) == [f"D-{busy.renewal.pk}　吴建国"]


def test_a_part_of_a_name_finds_agreements_and_registrations(busy: Busy) -> None:
    twice = ["欧阳明远　2026年度工业企业", "欧阳明远　2026年度技术经纪人"]
    assert found(busy, Role.BUREAU_OFFICER, "欧阳") == twice
    assert found(busy, Role.BUREAU_OFFICER, "明远") == twice
    assert found(busy, Role.BUREAU_OFFICER, "oymy") == twice


def test_a_name_is_found_as_forms_write_it(busy: Busy) -> None:
    assert found(busy, Role.BUREAU_OFFICER, "李　喆") == found(busy, Role.BUREAU_OFFICER, "李喆") != []


def test_a_unit_is_found_by_any_part_of_its_name_and_by_its_code(busy: Busy) -> None:
    assert found(busy, Role.BUREAU_OFFICER, "精密机械") == ["示范精密机械有限公司"]
    assert found(busy, Role.BUREAU_OFFICER, "jmjx") == ["示范精密机械有限公司"]
    assert found(busy, Role.BUREAU_OFFICER, "91139999ma0x0012xh") == ["示范精密机械有限公司"]


def test_a_team_is_found_by_a_part_of_its_name_by_who_sees_it(season: Season) -> None:
    team = selected(season)

    def hits(hat: Membership) -> bool:
        page = browser_of(hat).get("/search/", {"q": "小麦产业"}).text
        return f"{team.name}　2026年度农业" in page and f"/specialists/teams/{team.pk}/" in page

    seen = [season.officer, season.clerk, season.hat_of(member_of(team, "P9").specialist)]
    unseen = [season.contact, season.hat_of(season.selected("P1").specialist)]
    assert [hits(hat) for hat in (*seen, *unseen)] == [True, True, True, False, False]


def test_a_visit_is_found_by_its_number(busy: Busy) -> None:
    visit = busy.served.visits.earliest("pk")

    assert found(busy, Role.COUNTY_OFFICER, f"V-{visit.pk}") == [f"V-{visit.pk}　李喆　{visit.date:%Y-%m-%d}"]


def test_nobody_finds_what_they_may_not_see(busy: Busy) -> None:
    foreign = found(busy, Role.BUREAU_OFFICER, "赵芃")
    assert len(foreign) == 2, "there was something to leak"

    assert found(busy, Role.INSTITUTION_CLERK, "赵芃") == []
    assert found(busy, Role.HOST_CONTACT, "赵芃") == []
    assert found(busy, Role.SPECIALIST, "赵芃") == []
    assert found(busy, Role.INSTITUTION_CLERK, str(busy.u2)) == []
    assert found(busy, Role.COUNTY_OFFICER, "赞皇县示范果品合作社") == []


def test_eight_of_a_kind_are_shown_and_more_are_told_of(busy: Busy) -> None:
    for registration in (busy.served.registration,) * 9:
        busy.submitted(registration, busy.h4)

    page = browser_of(busy.officer).get("/search/", {"q": "李喆"}).text

    assert "前 8 条，请输入更多文字缩小范围" in page


@pytest.mark.parametrize(
    "words", ["", "  ", "\0", "%", "'", "D-99999999999999999", "D-999999999999999999999", "9" * 300, "＊", "没有这个人"]
)
def test_strange_words_find_nothing_and_break_nothing(busy: Busy, words: str) -> None:
    assert found(busy, Role.BUREAU_OFFICER, words) == []


def test_the_search_asks_little(busy: Busy, django_assert_max_num_queries: object) -> None:
    client = browser_of(busy.officer)
    client.get("/search/?q=李")
    with django_assert_max_num_queries(8):  # type: ignore[operator]
        client.get("/search/?q=李")


def test_the_top_bar_offers_it(busy: Busy) -> None:
    assert 'action="/search/"' in browser_of(busy.officer).get("/").text
