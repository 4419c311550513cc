import re
from datetime import date

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.enums import Role
from accounts.models import District, HostUnit, Membership
from agreements.models import Agreement
from core.jinja import money
from desk import queries
from desk.homes.shared import near_dates
from specialists.models import Registration
from tests.cast import MAY_20, Season
from tests.desk.conftest import THURSDAY, Busy
from tests.desk.reading import cards, links, rows_in
from tests.hands import browser_of

WITH_CARDS = [role for role in Role if role not in (Role.SPECIALIST, Role.HOST_CONTACT)]


def number(words: str) -> int:
    return int(words.replace(",", ""))


# --- a number is a link to its rows -----------------------------------------------------------------------------------


@pytest.mark.parametrize("role", WITH_CARDS)
def test_each_card_counts_exactly_the_rows_behind_its_link(busy: Busy, role: Role) -> None:
    client = browser_of(busy.hats()[role])
    found = [card for card in cards(client.get("/").text) if re.fullmatch(r"[\d,]+", card.number)]

    counted = {card.label: number(card.number) for card in found}
    assert counted == {card.label: rows_in(client.get(card.url).text) for card in found}
    assert any(counted.values()), "there was nothing to count"


def test_the_cards_of_the_officer(busy: Busy) -> None:
    found = {card.label: card.number for card in cards(browser_of(busy.officer).get("/").text)}

    assert found == {
        "协议待审核": "5",
        "即将超期": "4",  # last Thursday's, Monday's two and Tuesday's
        "补正后返回": "1",
        "登记待审核": "1",
        "团队待审核": "0",
        "考核待审定": "2",
    }


def test_each_role_counts_the_registrations_of_its_own_step(busy: Busy) -> None:
    def waiting(hat: Membership) -> str:
        return {card.label: card.number for card in cards(browser_of(hat).get("/").text)}["登记待审核"]

    assert (waiting(busy.officer), waiting(busy.head), waiting(busy.admin)) == ("1", "1", "2")


@pytest.mark.parametrize("role", [Role.FINANCE, Role.AUDITOR])
def test_the_sums_of_the_overseers_are_the_sums_of_the_entries_behind_them(busy: Busy, role: Role) -> None:
    client = browser_of(busy.hats()[role])
    found = {card.label: card for card in cards(client.get("/").text)}

    assert {label: card.number for label, card in found.items()} == {
        "年度专项经费（元）": "300,000.00",
        "已拨付（元）": "100,000.00",
        "已发放（元）": "600.00",
        "各单位余额（元）": "99,400.00",
        "待复核批次": "1",
    }
    paid = client.get(found["已发放（元）"].url).text
    assert (rows_in(paid), "600.00" in paid) == (1, True)
    assert rows_in(client.get(found["已拨付（元）"].url).text) == 2


@pytest.mark.parametrize("role", [Role.SPECIALIST, Role.HOST_CONTACT])
def test_the_figures_on_the_phone_count_the_rows_behind_them(busy: Busy, role: Role) -> None:
    client = browser_of(busy.hats()[role])
    page = client.get("/").text
    figures = re.findall(r'<div class="three">.*?</div>\s*</div>|<div class="three">.*', page)
    shown = {
        words.split("|")[1]: (number(words.split("|")[0]), url)
        for _, words, url in links(figures[0])
        if "|" in words and words[0].isdigit()
    }

    assert shown
    assert {label: n for label, (n, _) in shown.items()} == {
        label: rows_in(client.get(url).text) for label, (_, url) in shown.items()
    }


def test_the_map_counts_persons_in_service_and_each_county_leads_to_them(busy: Busy) -> None:
    client = browser_of(busy.officer)
    drawn = [(words, url) for _, words, url in links(client.get("/").text) if "district=" in url]
    page = client.get("/").text
    table = dict(
        re.findall(r'<td>(?:<a[^>]*>)?([^<]+?)(?:</a>)?(?: <span.*?</span>)?</td><td class="rt">(\d+)</td>', page)
    )

    assert {name: n for name, n in table.items() if n != "0"} == {"正定县": "2", "赞皇县": "1", "藁城区": "3"}
    assert {number(table[words]): rows_in(client.get(url).text) for words, url in drawn if words in table} == {
        2: 2,
        1: 1,
        3: 3,
    }


def test_the_city_the_province_looks_after_is_on_no_map_and_zones_stand_beside_it(season: Season) -> None:
    for key, code in (("P1", "130181"), ("P2", "130171")):
        host = {"P1": season.h4, "P2": season.h5}[key]
        host.organization.district = District.objects.get(pk=code)
        host.organization.save(update_fields=["district"])
        season.filed(season.selected(key), host)

    assert queries.serving_by_district(season.officer, on=THURSDAY) == [("130171", "石家庄高新技术产业开发区", 1)]
    page = browser_of(season.officer).get("/").text
    assert "石家庄高新技术产业开发区 1" in page
    assert "辛集" not in page


def test_the_gauges_and_the_share_of_graduates_lead_to_their_people(busy: Busy) -> None:
    client = browser_of(busy.officer)
    found = [
        (words, url) for _, words, url in links(client.get("/").text) if url.startswith("/people/") and "year" in url
    ]
    numbers = [(int(re.sub(r"\D", "", words.split("|")[0])), url) for words, url in found if "district" not in url]

    assert len(numbers) == 8
    assert [n for n, _ in numbers] == [rows_in(client.get(url).text) for _, url in numbers]
    assert "占 20.00%" in client.get("/").text  # one of the five individuals filed this year


# --- the queue --------------------------------------------------------------------------------------------------------


def test_near_dates_stand_in_their_order_whichever_list_they_come_from(busy: Busy) -> None:
    HostUnit.objects.update(flags_verified_by=None, flags_verified_on=None, flags_year=2026, is_tech_sme=True)
    page = browser_of(busy.officer).get("/").text
    near = page[page.index("近期节点") :]
    days = re.findall(r'datetime="([0-9-]+)"', near[: near.index("</section>")])

    assert len(set(days)) > 1
    assert days == sorted(days)


@pytest.mark.parametrize(
    ("handed_in", "said"),
    [
        pytest.param(0, "2 份协议到期，尚未提交续签", id="none"),
        pytest.param(1, "2 份协议到期，其中 1 份尚未提交续签", id="one of two"),
        pytest.param(2, "2 份协议到期，已提交续签", id="both"),
    ],
)
def test_an_end_is_told_with_how_many_extensions_were_handed_in(season: Season, handed_in: int, said: str) -> None:
    for number, key in enumerate(("P1", "P2")):
        old = season.filed(season.selected(key), season.h4, service_end=date(2026, 6, 30))
        if number < handed_in:
            season.submitted(old.registration, season.h4, renews=old, service_start=date(2026, 7, 1))
        else:
            season.agreement(old.registration, season.h4, renews=old, service_start=date(2026, 7, 1))

    assert said in [item["words"] for item in near_dates(season.officer, None, on=date(2026, 5, 20))]


def test_the_queue_begins_with_what_is_due_first_and_so_does_the_review(busy: Busy) -> None:
    page = browser_of(busy.officer).get("/").text
    queue = [url for around, _, url in links(page) if "waiting" in around and "/review/" in url]
    first = Agreement.objects.get(specialist__name="赵芃")

    assert queue[0] == f"/agreements/{first.pk}/review/"
    assert f'href="/agreements/{first.pk}/review/">' in page.split("从第一件开始审核")[0][-200:] + ">"
    assert re.findall(r'class="due[^"]*">([^<]+)<', page) == [
        "已超期 2 个工作日",
        "今日到期",
        "今日到期",
        "剩 1 个工作日",
        "剩 3 个工作日",
    ]


def test_the_administrator_sees_the_queue_and_is_not_offered_to_review_it(busy: Busy) -> None:
    page = browser_of(busy.admin).get("/").text

    assert "从第一件开始审核" not in page
    assert "/review/" not in page
    assert f'href="/agreements/{busy.renewal.pk}/"' in page


# --- the institution --------------------------------------------------------------------------------------------------


def test_what_came_back_stands_first_with_the_words_of_who_sent_it(busy: Busy) -> None:
    page = browser_of(busy.manager).get("/").text
    todo = page.split('id="todo"')[1].split("</section>")[0]
    titles = re.findall(r"<a [^>]*>([^<]+)</a>", todo)

    assert titles[0].startswith("修改退回的协议")
    assert "退回意见：请写明年度目标。" in todo
    assert [title[:4] for title in titles] == ["修改退回", "补充退回", "复核发放", "填写 1", "完成 1", "完成 1"]


def test_a_batch_waits_for_the_second_person_and_not_for_its_maker(busy: Busy) -> None:
    words = f"复核发放批次 P-{busy.batch.pk}"

    assert words in browser_of(busy.manager).get("/").text
    assert words not in browser_of(busy.clerk).get("/").text


def test_an_institution_sees_nothing_of_another(busy: Busy) -> None:
    page = browser_of(busy.manager).get("/").text

    assert "张昇" not in page or "赵芃" not in page
    assert "赵芃" not in page
    assert str(busy.u2) not in page
    assert "SJZ" in page, "there was nothing to leak into"


def test_an_expiring_agreement_says_that_its_extension_is_under_way(busy: Busy) -> None:
    assert "续签：待市科技局审核" in browser_of(busy.clerk).get("/").text


# --- the phone --------------------------------------------------------------------------------------------------------


def test_the_specialist_reads_first_whether_there_is_something_to_do(busy: Busy) -> None:
    page = browser_of(busy.hats()[Role.SPECIALIST]).get("/").text

    assert "服务期内，请在每次下基层服务后及时登记。" in page
    assert "登记一次服务" in page
    assert "更正5月12日的服务记录" in page
    assert f"{money(120_000)} 元" in page  # two trips of 600, one of them still on its way
    assert "1 次核算中" in page


def test_who_serves_nowhere_yet_is_not_asked_to_log_a_visit(season: Season) -> None:
    page = browser_of(season.hat_of(season.selected("P1").specialist)).get("/").text

    assert "还没有办理中的派驻协议" in page
    assert "登记一次服务" not in page


def test_the_host_reads_how_many_visits_wait_for_its_word(busy: Busy) -> None:
    client = browser_of(busy.contact)
    page = client.get("/").text
    [waiting] = [url for _, words, url in links(page) if words == "全部 1 次"]

    assert "有 1 次服务等待您确认" in page
    assert rows_in(client.get(waiting).text) == 1


# --- everybody --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("role", Role)
def test_every_role_has_a_first_page_in_a_year_in_which_nothing_has_happened_yet(season: Season, role: Role) -> None:
    hats = {
        Role.BUREAU_OFFICER: lambda: season.officer,
        Role.DIVISION_HEAD: lambda: season.head,
        Role.BUREAU_ADMIN: lambda: season.admin,
        Role.COUNTY_OFFICER: lambda: season.county,
        Role.FINANCE: lambda: season.finance,
        Role.AUDITOR: lambda: season.auditor,
        Role.INSTITUTION_ADMIN: lambda: season.manager,
        Role.INSTITUTION_CLERK: lambda: season.clerk,
        Role.HOST_CONTACT: lambda: season.contact,
        Role.SPECIALIST: lambda: season.hat_of(season.selected("P1").specialist),
    }
    assert browser_of(hats[role]()).get("/").status_code == 200


MOST = 20  # what every page asks (session, person, hats, messages) included


@pytest.mark.parametrize("role", Role)
def test_a_first_page_asks_the_same_number_of_questions_however_much_there_is(busy: Busy, role: Role) -> None:
    client = browser_of(busy.hats()[role])
    client.get("/")

    def asked() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert client.get("/").status_code == 200
        return sum("SELECT" in one["sql"] for one in seen)  # not how they are fenced in

    before = asked()
    for registration in Registration.objects.filter(status="approved", year=2026, institution=busy.u1):
        busy.filed(registration, busy.h4, service_end=THURSDAY)
        busy.submitted(registration, busy.h4)
        busy.visit(busy.served, MAY_20)

    assert (asked(), before <= MOST) == (before, True)


def test_the_first_page_belongs_to_a_reader() -> None:
    from django.test import Client

    assert Client().get("/")["Location"].startswith("/sign-in/")
