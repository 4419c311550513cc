"""One agreement as each reader sees it, its files, the list and the specialist's phone."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
import time_machine

from agreements import services
from agreements.enums import AgreementStatus
from agreements.models import Agreement
from core.models import AuditEvent
from specialists.enums import Category
from tests.agreements.hands import body, words
from tests.cast import MAY_12, MAY_18, MAY_20, Season
from tests.hands import browser_of


@pytest.fixture(autouse=True)
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel("2026-05-20 10:00:00+08:00", tick=False) as traveller:
        yield traveller


def record(agreement: Agreement) -> str:
    return f"/agreements/{agreement.pk}/"


# --- the record -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "hat", "first_line"),
    [
        pytest.param("draft", "clerk", "三方已经签署，请核对后提交备案。", id="a draft, to who drafts it"),
        pytest.param(
            "submitted", "clerk", "您现在不需要操作。市科技局将在5月21日前给出结果", id="under review, to its sender"
        ),
        pytest.param("submitted", "officer", "请审核，应于5月21日前办结。", id="under review, to the reviewer"),
        pytest.param(
            "submitted", "contact", "您现在不需要操作。市科技局将在5月21日前给出结果", id="under review, to the host"
        ),
        pytest.param("filed", "clerk", "您现在不需要操作。协议已备案，正在服务期内。", id="filed"),
        pytest.param("filed", "county", "您现在不需要操作。协议已备案，正在服务期内。", id="filed, to the county"),
    ],
)
def test_the_first_line_says_whether_the_reader_must_act(
    season: Season, status: str, hat: str, first_line: str
) -> None:
    agreement = season.agreement(season.selected("P3"), season.h4, status=status)

    assert first_line in words(browser_of(getattr(season, hat)).get(record(agreement)))


@pytest.mark.parametrize(
    ("today", "sentence"),
    [
        pytest.param("2026-05-21", "应于今天下班前办结", id="the last day of the promise"),
        pytest.param("2026-05-22", "已超过承诺期限（2026年5月21日）", id="the day after"),
    ],
)
def test_the_promise_of_the_bureau_runs_by_working_days(
    season: Season, clock: time_machine.Traveller, today: str, sentence: str
) -> None:
    agreement = season.submitted(season.selected("P3"), season.h4)
    clock.move_to(f"{today} 10:00:00+08:00")

    assert sentence in words(browser_of(season.officer).get(record(agreement)))


@pytest.mark.parametrize(
    ("today", "badge", "sentence"),
    [
        pytest.param("2027-10-31", "服务中", "正在服务期内", id="sixty-one days before"),
        pytest.param(
            "2027-11-01", "即将到期（剩60天）", "（剩60天）。如需继续服务，请办理续签", id="sixty days before"
        ),
        pytest.param("2027-12-31", "今日到期", "协议将于12月31日到期", id="the last day"),
        pytest.param("2028-01-01", "已到期", "协议已于2027年12月31日到期", id="the day after"),
    ],
)
def test_the_date_alone_makes_an_agreement_expire(
    season: Season, clock: time_machine.Traveller, today: str, badge: str, sentence: str
) -> None:
    agreement = season.filed(season.selected("P3"), season.h4)
    clock.move_to(f"{today} 10:00:00+08:00")

    shown = words(browser_of(season.clerk).get(record(agreement)))

    assert (badge in shown, sentence in shown) == (True, True)


def test_each_hat_finds_its_own_acts(season: Season, clock: time_machine.Traveller) -> None:
    draft = season.agreement(season.selected("P1"), season.h4)
    submitted = season.submitted(season.selected("P2"), season.h4)
    filed = season.filed(season.selected("P3"), season.h4)

    def acts(hat: Any, agreement: Agreement) -> list[str]:
        page = browser_of(hat).get(record(agreement)).content.decode()
        return [
            act
            for act in ("edit", "confirm", "paper", "review", "renew", "terminate", "amend", "move", "void")
            if f"/{act}/" in page
        ]

    assert acts(season.clerk, draft) == ["edit", "confirm", "paper"]
    assert acts(season.officer, submitted) == ["review"]
    assert acts(season.clerk, filed) == ["paper", "amend", "move"]
    assert "2027-01-01起可以办理续签" in words(browser_of(season.clerk).get(record(filed)))
    assert acts(season.officer, filed) == ["terminate", "void"]
    assert acts(season.auditor, filed) == acts(season.county, filed) == acts(season.contact, filed) == []
    clock.move_to("2027-12-31 10:00:00+08:00")
    assert acts(season.clerk, filed) == ["paper", "renew", "amend", "move"]
    clock.move_to("2028-01-01 10:00:00+08:00")  # it is over: nothing of it can be ended, changed or moved
    assert acts(season.clerk, filed) == ["paper", "renew"]
    assert acts(season.officer, filed) == ["void"]


def test_the_history_tells_who_did_what_in_words(season: Season) -> None:
    clerk, officer = browser_of(season.clerk), browser_of(season.officer)
    agreement = season.submitted(season.selected("P3"), season.h4)
    clerk.post(f"{record(agreement)}paper/")
    officer.post(f"{record(agreement)}return/", {"content": "服务内容不具体。"})

    told = words(officer.get(f"{record(agreement)}?tab=history"))

    assert "退回补正 陈科员（石家庄市科技局 市科技局经办） 状态：由“待市科技局审核”改为“退回补正”" in told
    assert "理由：服务内容：服务内容不具体。" in told
    assert "打印三方协议书 刘静怡（示范农林学院 派出单位经办） 文件校验值：填写为“" in told
    assert "“—”" not in told


def test_the_renewal_is_drafted_from_the_record_and_both_point_at_each_other(
    season: Season, clock: time_machine.Traveller
) -> None:
    filed = season.filed(season.selected("P3"), season.h4)
    early = browser_of(season.clerk).post(f"{record(filed)}renew/", follow=True)
    clock.move_to("2027-11-05 10:00:00+08:00")
    clerk = browser_of(season.clerk)

    answer = clerk.post(f"{record(filed)}renew/")

    renewal = Agreement.objects.get(renews=filed)
    assert "2027-01-01起可以办理续签" in words(early)
    assert answer["Location"] == f"{record(renewal)}edit/"
    assert (renewal.service_start, renewal.service_end) == (date(2028, 1, 1), date(2028, 12, 31))
    assert f"续签办理中 {renewal}" in words(clerk.get(record(filed)))
    assert f"续自 {filed}" in words(clerk.get(record(renewal)))


def test_terminating_needs_a_reason_and_words(season: Season) -> None:
    filed = season.filed(season.selected("P3"), season.h4)
    officer = browser_of(season.officer)

    bare = officer.post(f"{record(filed)}terminate/", {"ends_on": "2026-05-20", "reason": "agreed", "note": " "})
    bent = officer.post(
        f"{record(filed)}terminate/", {"ends_on": "2026-05-20", "reason": "unqualified", "note": "不合格"}
    )
    done = officer.post(
        f"{record(filed)}terminate/", {"ends_on": "2026-05-20", "reason": "agreed", "note": "企业停产。"}, follow=True
    )

    assert (bare.status_code, "请填写情况说明。" in words(bare)) == (422, True)
    assert (bent.status_code, "终止原因的选项无效" in words(bent)) == (422, True)
    filed.refresh_from_db()
    assert (filed.status, filed.terminated_on) == (AgreementStatus.TERMINATED, MAY_20)
    assert "协议已于2026年5月20日终止，原因：三方协商提前终止。" in words(done)


# --- files ------------------------------------------------------------------------------------------------------------


def test_the_scan_is_for_the_parties_the_bureau_and_audit(season: Season) -> None:
    agreement = season.filed(season.selected("P3"), season.h4)
    person = season.hat_of(agreement.specialist)

    answers = {}
    for hat in (season.clerk, season.officer, season.auditor, season.contact, person, season.county, season.finance):
        answer = browser_of(hat).get(f"{record(agreement)}scans/1/")
        answers[hat.role] = (answer.status_code, body(answer).startswith(b"%PDF-"))

    assert answers == {
        "institution_clerk": (200, True),
        "bureau_officer": (200, True),
        "auditor": (200, True),
        "host_contact": (200, True),
        "specialist": (200, True),
        "county_officer": (403, False),
        "finance": (403, False),
    }
    assert "您的身份不能查看原件" in words(browser_of(season.county).get(record(agreement)))
    assert browser_of(season.stranger).get(f"{record(agreement)}scans/1/").status_code == 404


@pytest.mark.parametrize("tail", ["scans/2/", "scans/99999999999/", "scans/1/pages/0/", "scans/1/pages/9/"])
def test_a_scan_or_a_page_that_is_not_there_is_404(season: Season, tail: str) -> None:
    agreement = season.filed(season.selected("P3"), season.h4)

    assert browser_of(season.clerk).get(f"{record(agreement)}{tail}").status_code == 404


def test_a_page_of_a_scan_is_a_picture_and_the_original_its_bytes(season: Season) -> None:
    agreement = season.filed(season.selected("P3"), season.h4)
    clerk = browser_of(season.clerk)

    picture = clerk.get(f"{record(agreement)}scans/1/pages/1/")
    original = clerk.get(f"{record(agreement)}scans/1/")

    assert (picture["Content-Type"], picture.content[8:12]) == ("image/webp", b"WEBP")
    assert body(original).startswith(b"%PDF-")
    assert original["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_the_certificate_is_there_once_it_is_made(season: Season) -> None:
    agreement = season.filed(season.selected("P3"), season.h4)
    clerk = browser_of(season.clerk)
    before = clerk.get(f"{record(agreement)}certificate/", follow=True)

    services.issue_certificate(agreement)
    after = clerk.get(f"{record(agreement)}certificate/")

    assert "备案证明正在生成，请稍后再试。" in words(before)
    assert body(after).startswith(b"%PDF-")
    assert "下载备案证明" in words(clerk.get(record(agreement)))


# --- the list ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def many(season: Season) -> dict[str, Agreement]:
    return {
        "draft": season.agreement(season.selected("P1", Category.ENTERPRISE), season.h1),
        "late": season.submitted(season.selected("P2"), season.h4, submitted_on=MAY_12),
        "due": season.submitted(season.selected("P3"), season.h4, submitted_on=date(2026, 5, 15)),
        "fresh": season.submitted(season.selected("P4"), season.h5, submitted_on=MAY_18),
        "filed": season.filed(season.selected("P5"), season.h5),
        "ending": season.filed(season.selected("P6"), season.h4, service_end=MAY_20 + timedelta(days=60)),
        "ended": season.filed(season.selected("P8"), season.h4, service_end=date(2026, 5, 19)),
        "foreign": season.filed(season.selected("P9", Category.BROKER, institution=season.u2), season.h3),
    }


@pytest.mark.parametrize(
    ("query", "names"),
    [
        pytest.param("", "foreign ended ending filed fresh due late draft", id="everything, newest first"),
        pytest.param("status=submitted", "fresh due late", id="what waits"),
        pytest.param("status=submitted&sort=due", "late due fresh", id="what waits longest, first"),
        pytest.param("due=over", "late", id="overdue"),
        pytest.param("due=today", "due", id="due today"),
        pytest.param("due=ending", "ending", id="ending within sixty days"),
        pytest.param("due=ended", "ended", id="over"),
        pytest.param("category=broker", "foreign", id="of a category"),
        pytest.param("category=enterprise", "draft", id="of another category"),
        pytest.param("district=130129", "filed fresh", id="of a county"),
        pytest.param("institution=理工", "foreign", id="of an institution"),
        pytest.param("host=谷物种植", "ended ending due late", id="at a host"),
        pytest.param("q=何雨", "filed", id="by a part of a name"),
        pytest.param("q=KTP-2025", "foreign ended ending filed", id="by a part of a number"),
        pytest.param("q=没有此人", "", id="nobody"),
        pytest.param(
            "status=nonsense&district=1&due=x&q=%00", "foreign ended ending filed fresh due late draft", id="nonsense"
        ),
        pytest.param("after=nonsense", "foreign ended ending filed fresh due late draft", id="a cut-off address"),
    ],
)
def test_the_query_string_is_the_whole_state_of_the_list(
    season: Season, many: dict[str, Agreement], query: str, names: str
) -> None:
    page = browser_of(season.officer).get(f"/agreements/?{query}").content.decode()

    found = [name for name, agreement in many.items() if f">{agreement}</a>" in page]
    order = sorted(found, key=lambda name: page.index(f">{many[name]}</a>"))
    assert order == names.split()


def test_a_draft_is_found_by_its_code(season: Season, many: dict[str, Agreement]) -> None:
    wanted = many["due"]

    page = words(browser_of(season.officer).get("/agreements/", {"q": f"d-{wanted.pk}"}))

    assert (f"D-{wanted.pk}" in page, "共 1 件" in page) == (True, True)


def test_an_institution_sees_its_own_and_a_host_what_concerns_it(season: Season, many: dict[str, Agreement]) -> None:
    counts = {
        hat.role: words(browser_of(hat).get("/agreements/")).split("共 ")[1].split(" ")[0]
        for hat in (season.officer, season.auditor, season.clerk, season.county, season.contact)
    }

    assert counts == {
        "bureau_officer": "8",
        "auditor": "7",  # a draft is the institution's own paper
        "institution_clerk": "7",
        "county_officer": "4",
        "host_contact": "4",
    }


SIGNED = "派出 已签 5月12日 派驻 已签 5月12日 本人 已签 5月12日"


def test_time_left_and_state_stand_in_words(season: Season, many: dict[str, Agreement]) -> None:
    shown = words(browser_of(season.officer).get("/agreements/"))

    assert f"赵芃 · 农业 滹沱示范谷物种植专业合作社 示范农林学院 {SIGNED} 已超期 3 个工作日 待市科技局审核" in shown
    assert f"张昇 · 农业 滹沱示范谷物种植专业合作社 示范农林学院 {SIGNED} 今日到期 待市科技局审核" in shown
    assert "剩 1 个工作日 待市科技局审核" in shown
    assert "至2026年7月19日 即将到期（剩60天）" in shown
    assert "至2026年5月19日 已到期" in shown


def test_the_list_reads_the_same_number_of_times_for_one_row_and_for_many(
    season: Season, django_assert_num_queries: Any
) -> None:
    officer = browser_of(season.officer)
    season.submitted(season.selected("P1"), season.h4)
    officer.get("/agreements/")  # warm: the counties are read once in a process
    with django_assert_num_queries(5):  # session, user, hats, unread, rows; the count of one page needs no asking
        officer.get("/agreements/")
    for key in ("P2", "P3", "P4"):
        season.filed(season.selected(key), season.h4)
    with django_assert_num_queries(5):
        officer.get("/agreements/")


def test_pages_follow_each_other_without_gap_or_repeat(season: Season, django_assert_num_queries: Any) -> None:
    registration = season.selected("P3")
    for _ in range(60):
        season.agreement(registration, season.h4, signed=False)
    officer = browser_of(season.officer)
    officer.get("/agreements/")

    with django_assert_num_queries(6):
        first = officer.get("/agreements/?status=draft").content.decode()
    onward = first.split('rel="next"')[0].rsplit('href="', 1)[1].split('"')[0].replace("&amp;", "&")
    second = officer.get(f"/agreements/{onward}").content.decode()

    rows = [
        {f"D-{one.pk}" for one in Agreement.objects.all() if f">D-{one.pk}</a>" in page} for page in (first, second)
    ]
    assert [len(part) for part in rows] == [50, 10]
    assert not rows[0] & rows[1]
    assert "共 60 件" in words(officer.get("/agreements/"))


def test_the_institutions_list_leads_to_drafting_and_the_reviewers_to_the_desk(season: Season) -> None:
    case = season.submitted(season.selected("P3"), season.h4)

    assert 'href="/agreements/new/"' in browser_of(season.clerk).get("/agreements/").content.decode()
    assert f'href="/agreements/{case.pk}/review/"' in browser_of(season.officer).get("/agreements/").content.decode()
    assert f'href="/agreements/{case.pk}/"' in browser_of(season.auditor).get("/agreements/").content.decode()


# --- the specialist's phone -------------------------------------------------------------------------------------------


def test_the_specialist_has_a_card_for_each_matter_what_is_under_way_first(season: Season) -> None:
    registration = season.selected("P3")
    filed = season.filed(registration, season.h5)
    submitted = season.submitted(registration, season.h4)
    hidden = season.agreement(registration, season.h1)

    shown = words(browser_of(season.hat_of(registration.specialist)).get("/agreements/mine/"))

    assert "张昇老师，您好" in shown
    assert shown.index(f"草稿编号 {submitted}") < shown.index(f"备案号 {filed}")
    assert "您现在不需要操作。市科技局将在5月21日前给出结果，届时通知您。" in shown
    assert "服务期内，请在每次下基层服务后及时登记。" in shown
    assert str(hidden) not in shown  # a draft is the institution's own paper


def test_a_specialist_without_agreements_is_told_where_they_will_appear(season: Season) -> None:
    hat = season.hat_of(season.selected("P3").specialist)

    assert "还没有您的派驻协议" in words(browser_of(hat).get("/agreements/mine/"))


def test_the_phone_page_reads_as_often_for_three_agreements_as_for_one(
    season: Season, django_assert_num_queries: Any
) -> None:
    registration = season.selected("P3")
    phone = browser_of(season.hat_of(registration.specialist))
    season.filed(registration, season.h4)
    phone.get("/agreements/mine/")
    # session, user, hats, unread; whether they may serve (person, suspensions); the pack, the agreements, their signatures, refusals and amendments
    with django_assert_num_queries(11):
        phone.get("/agreements/mine/")
    for host in (season.h5, season.h1):
        season.filed(registration, host)
    with django_assert_num_queries(11):
        phone.get("/agreements/mine/")


# --- what was handed in together --------------------------------------------------------------------------------------


def test_a_submission_is_seen_by_its_institution_and_the_bureau(season: Season) -> None:
    draft = season.agreement(season.selected("P3"), season.h4)
    submission = services.submit_agreements([draft], by=season.clerk, on=MAY_20, note="五月第一批")
    page = f"/agreements/submissions/{submission.pk}/"

    assert "五月第一批" in words(browser_of(season.clerk).get(page))
    answers = [browser_of(hat).get(page).status_code for hat in (season.officer, season.stranger, season.contact)]
    assert answers == [200, 404, 404]


def test_every_change_through_the_pages_leaves_its_trace(season: Season) -> None:
    clerk = browser_of(season.clerk)
    clerk.post("/agreements/new/", {"registration": season.selected("P3").pk})

    [event] = AuditEvent.objects.filter(verb="agreement.drafted")
    assert (event.by, event.hat, event.request_id != "") == (season.clerk.person, str(season.clerk), True)
