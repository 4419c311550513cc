import re
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.db import connection

from accounts.models import Membership
from agreements.models import Agreement
from assessments.models import Assessment, Campaign
from specialists.models import Specialist
from tests.agreements.hands import words
from tests.cast import Season
from tests.hands import browser_of
from tests.specialists.test_selection_pages import words_of
from visits.enums import Rating, VisitStatus

DATES = {"opens_on": "2027-01-10", "institution_due": "2027-01-20", "bureau_due": "2027-02-10"}
SCORES = {"score-workload": "40", "score-results": "35", "score-satisfaction": "１２", "score-records": "5.0"}


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel("2027-01-20 12:00:00+08:00", tick=False):
        yield


@pytest.fixture
def agreement(season: Season) -> Agreement:
    filed = season.filed(season.selected("P1", "enterprise"), season.h4)
    season.visit(filed, date(2026, 6, 1), status=VisitStatus.CONFIRMED, rating=Rating.SATISFIED)
    return filed


def opened(season: Season) -> Assessment:
    answer = browser_of(season.officer).post("/assessments/campaigns/new/", {"year": "2026", **DATES})
    assert answer.status_code == 302
    return Assessment.objects.get()


def scored(season: Season, grade: str = "excellent") -> Assessment:
    assessment = opened(season)
    answer = browser_of(season.clerk).post(
        f"/assessments/{assessment.pk}/opinion/",
        {**SCORES, "grade": grade, "opinion": "全年服务扎实。", "version": "1"},
    )
    assert answer.status_code == 302
    assessment.refresh_from_db()
    return assessment


def decide(hat: Membership, assessment: Assessment, **typed: str) -> Any:
    assessment.refresh_from_db()
    form = {"grade": "excellent", "opinion": "同意", "version": str(assessment.version), **typed}
    return browser_of(hat).post(f"/assessments/{assessment.pk}/decide/", form)


def test_the_sheet_is_prefilled_from_the_counted_visits(season: Season, agreement: Agreement) -> None:
    page = browser_of(season.clerk).get(f"/assessments/{opened(season).pk}/").content.decode()

    assert 'value="3.3"' in page  # 1 of 12 visits, of 40 points
    assert 'value="15.0"' in page  # every host was satisfied
    assert "年度目标12次" in page


def test_institution_and_bureau_assess_together_page_by_page(season: Season, agreement: Agreement) -> None:
    assessment = scored(season)

    assert decide(season.officer, assessment).status_code == 302
    assert "待处室负责人办理" in browser_of(season.officer).get(f"/assessments/{assessment.pk}/").content.decode()
    assert decide(season.head, assessment).status_code == 302

    page = browser_of(season.clerk).get(f"/assessments/{assessment.pk}/").content.decode()
    assert "考核结果已定" in page
    assert "优秀" in page
    assert browser_of(season.hat_of(agreement.specialist)).get(f"/assessments/{assessment.pk}/").status_code == 200


def test_a_specialist_sees_nothing_before_the_result_is_final(season: Season, agreement: Agreement) -> None:
    assessment = scored(season)

    assert browser_of(season.hat_of(agreement.specialist)).get(f"/assessments/{assessment.pk}/").status_code == 404


def test_a_specialist_is_told_where_the_assessment_is_and_nothing_else(season: Season, agreement: Agreement) -> None:
    phone = browser_of(season.hat_of(agreement.specialist))
    opened(season)
    assert "2026年度考核：待派出单位考核。" in phone.get("/assessments/").content.decode()
    assessment = Assessment.objects.get()
    form = {**SCORES, "grade": "excellent", "opinion": "全年服务扎实。", "version": "1"}
    browser_of(season.clerk).post(f"/assessments/{assessment.pk}/opinion/", form)

    page = phone.get("/assessments/").content.decode()
    assert "2026年度考核：待市科技局审定。结果审定后在这里查看。" in page
    assert "还没有考核记录" not in page
    assert "优秀" not in page
    assert "2026年度考核：" not in browser_of(season.hat_of(season.selected("P3").specialist)).get("/assessments/").text
    assert "2026年度考核：" not in browser_of(season.clerk).get("/assessments/").content.decode()


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        pytest.param({"score-workload": "41"}, "服务工作量不能大于40分。", id="more than the part is worth"),
        pytest.param({"score-workload": "-1"}, "服务工作量不能小于0分。", id="less than nothing"),
        pytest.param({"score-workload": "－1"}, "服务工作量不能小于0分。", id="less than nothing, full width"),
        pytest.param({"score-workload": "−1"}, "服务工作量不能小于0分。", id="less than nothing, a true minus"),
        pytest.param({"score-workload": "3.25"}, "服务工作量得分最多保留一位小数。", id="two decimals"),
        pytest.param({"score-workload": "abc"}, "服务工作量得分应为数字", id="no number"),
        pytest.param({"score-workload": "NaN"}, "服务工作量", id="not a number that calls itself one"),
        pytest.param({"score-workload": "1e1"}, "服务工作量", id="an exponent"),
        pytest.param({"score-results": ""}, "请填写服务成效得分", id="left out"),
        pytest.param({"grade": "best"}, "建议等次的选项无效", id="no grade"),
        pytest.param({"opinion": "好" * 10_000}, "派出单位意见不能超过2000个字", id="10,000 characters"),
        pytest.param({"opinion": "好\x00"}, "控制字符", id="NUL"),
    ],
)
def test_a_wrong_entry_is_said_and_nothing_typed_is_lost(
    season: Season, agreement: Agreement, typed: dict[str, str], sentence: str
) -> None:
    assessment = opened(season)
    form = {**SCORES, "grade": "good", "opinion": "全年服务扎实。", "version": "1", **typed}

    answer = browser_of(season.clerk).post(f"/assessments/{assessment.pk}/opinion/", form)

    page = answer.content.decode()
    assert (answer.status_code, sentence in page) == (422, True)
    assert 'value="5.0"' in page


def test_the_institution_sees_the_total_it_gives(season: Season, agreement: Agreement) -> None:
    assessment = opened(season)
    clerk = browser_of(season.clerk)
    page = clerk.get(f"/assessments/{assessment.pk}/").content.decode()
    assert '合计 <output data-sum="score-">18.3</output> 分' in page  # 3.3 for the visits, 15 for the satisfied hosts
    assert "90分以上为优秀" in page
    assert (">不合格</output>”" in page, "data-apart hidden" in page) == (True, True)  # no grade is chosen yet

    form = {**SCORES, "grade": "excellent", "opinion": "全年服务扎实。", "version": "1"}
    refused = clerk.post(f"/assessments/{assessment.pk}/opinion/", {**form, "score-results": "三十"})
    again = refused.content.decode()
    assert '合计 <output data-sum="score-">57.0</output> 分' in again
    assert (">不合格</output>”" in again, "data-apart hidden" in again) == (True, False)
    done = clerk.post(f"/assessments/{assessment.pk}/opinion/", form, follow=True)
    assert "考核意见已提交市科技局，合计92分。" in done.content.decode()


@pytest.mark.parametrize(("grade", "is_told"), [("qualified", True), ("excellent", False)])
def test_the_institution_is_told_that_its_grade_does_not_fit_the_score(
    season: Season, agreement: Agreement, grade: str, is_told: bool
) -> None:
    assessment = scored(season, grade)
    sentence = "合计92分对应“优秀”，建议等次为“合格”。不影响提交，市科技局审定时须写明理由。"

    assert (sentence in browser_of(season.clerk).get(f"/assessments/{assessment.pk}/").content.decode()) == is_told


def test_a_form_opened_before_a_colleague_submitted_is_409(season: Season, agreement: Agreement) -> None:
    assessment = scored(season)

    answer = browser_of(season.manager).post(
        f"/assessments/{assessment.pk}/opinion/", {**SCORES, "grade": "good", "opinion": "另一稿", "version": "1"}
    )

    assert (answer.status_code, "另一稿" in answer.content.decode()) == (409, True)


def test_another_grade_than_the_score_asks_for_the_bureaus_reason(season: Season, agreement: Agreement) -> None:
    assessment = scored(season)

    answer = decide(season.officer, assessment, grade="qualified")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert "得分92分对应“优秀”，当前等次为“合格”" in page
    assert 'name="reason-W-GRADE"' in page
    assert (
        decide(season.officer, assessment, grade="qualified", **{"reason-W-GRADE": "成效未经核实"}).status_code == 302
    )
    # The second word of the bureau is the same as its first: nothing was changed.
    assert decide(season.head, assessment, grade="qualified").status_code == 302
    told = re.sub("<[^>]*>", "", browser_of(season.officer).get(f"/assessments/{assessment.pk}/").text)
    assert "市科技局审定等次：仍为“合格”" in told
    assert "由“合格”改为“合格”" not in told


def test_the_consequences_of_unqualified_are_shown_before_the_name_is_typed(
    season: Season, agreement: Agreement
) -> None:
    assessment = scored(season, "unqualified")
    reason = {"grade": "unqualified", "reason-W-GRADE": "经查服务记录不实"}
    page = browser_of(season.officer).get(f"/assessments/{assessment.pk}/").content.decode()
    assert f"{agreement}</a>（滹沱示范谷物种植专业合作社）当日终止" in page

    assert decide(season.officer, assessment, **reason).status_code == 302
    refused = decide(season.head, assessment, **reason)
    assert (refused.status_code, "请输入“李喆”确认取消资格" in refused.content.decode()) == (422, True)
    assert "经查服务记录不实" in refused.content.decode()  # what was typed beside it stays
    assert decide(season.head, assessment, **reason, typed_name="李喆").status_code == 302
    assert Specialist.objects.get().is_revoked

    connection.check_constraints()  # as the commit of the decision does
    nameless = browser_of(season.head).post(f"/assessments/{assessment.pk}/reinstate/", {"reason": ""})
    assert "请填写恢复资格的理由" in nameless.content.decode()
    given_back = browser_of(season.head).post(f"/assessments/{assessment.pk}/reinstate/", {"reason": "复核后更正"})
    assert given_back.status_code == 302
    assert not Specialist.objects.get().is_revoked
    page = browser_of(season.clerk).get(f"/assessments/{assessment.pk}/").content.decode()
    assert "资格已于2027年1月20日恢复" in page
    assert page.index("复核后更正") < page.index("审定考核结果")  # in the history, the newest first


def test_returning_and_exempting_ask_for_words(season: Season, agreement: Agreement) -> None:
    assessment = opened(season)
    office = browser_of(season.officer)
    assert "请填写不参加考核的原因" in office.post(f"/assessments/{assessment.pk}/exempt/", {}).content.decode()
    browser_of(season.clerk).post(
        f"/assessments/{assessment.pk}/opinion/", {**SCORES, "grade": "excellent", "opinion": "好", "version": "1"}
    )

    assert "请填写退回原因" in office.post(f"/assessments/{assessment.pk}/return/", {"version": "2"}).content.decode()
    assert (
        office.post(f"/assessments/{assessment.pk}/return/", {"version": "2", "opinion": "请补充"}).status_code == 302
    )
    assert "请补充" in browser_of(season.clerk).get(f"/assessments/{assessment.pk}/").content.decode()


def test_the_campaign_says_what_is_wrong_with_its_days(season: Season) -> None:
    office = browser_of(season.officer)

    answer = office.post("/assessments/campaigns/new/", {"year": "2026", **DATES, "bureau_due": "2027-01-01"})

    assert (answer.status_code, "应依次排列" in answer.content.decode()) == (422, True)
    assert not Campaign.objects.exists()


def test_a_campaign_of_the_wrong_year_is_refused_and_one_begun_by_mistake_called_off(
    season: Season, agreement: Agreement
) -> None:
    officer, head = browser_of(season.officer), browser_of(season.head)
    refused = officer.post("/assessments/campaigns/new/", {"year": "2028", **DATES})
    assert (refused.status_code, "2028年度尚未开始，不能发起考核" in refused.content.decode()) == (422, True)
    assessment = scored(season)
    address = f"/assessments/campaigns/{assessment.campaign_id}/call-off/"

    assert "待市科技局审定" in head.get(address).content.decode()
    refused = officer.post(address, {"reason": "日期有误"})
    assert (refused.status_code, "考核由您发起，须由另一人撤销" in refused.content.decode()) == (422, True)
    assert head.post(address, {"reason": "日期有误"}).status_code == 302

    page = head.get("/assessments/").content.decode()
    assert "撤销：日期有误" in page
    assert "补充列入新备案人员" not in page
    assert "撤销：日期有误" in browser_of(season.clerk).get(f"/assessments/{assessment.pk}/").content.decode()
    assert browser_of(season.manager).get("/").status_code == 200
    again = officer.post("/api/v1/campaigns/", {"year": 2026, **DATES}, content_type="application/json")
    called_off = head.post(
        f"/api/v1/campaigns/{again.json()['id']}/call-off/", {"reason": "再次有误"}, content_type="application/json"
    )
    assert (again.status_code, called_off.status_code, called_off.json()["called_off_reason"]) == (201, 200, "再次有误")


def test_late_filings_are_listed_on_request(season: Season, agreement: Agreement) -> None:
    campaign = opened(season).campaign
    season.filed(season.selected("P3"), season.h4)

    answer = browser_of(season.officer).post(f"/assessments/campaigns/{campaign.pk}/list/", follow=True)

    assert "新列入1人" in answer.content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_the_list_takes_the_same_queries_however_long(
    season: Season, rows: int, django_assert_num_queries: Any
) -> None:
    for key in ("P1", "P3", "P5")[:rows]:
        season.filed(season.selected(key), season.h4)
    opened(season) if rows == 1 else browser_of(season.officer).post(
        "/assessments/campaigns/new/", {"year": "2026", **DATES}
    )
    office = browser_of(season.clerk)
    office.get("/assessments/")

    with django_assert_num_queries(6):  # the campaigns stand above the list
        page = office.get("/assessments/").content.decode()
    assert page.count("示范农林学院") >= rows


def test_sc19_the_certificate_of_the_year_prints(season: Season, agreement: Agreement) -> None:
    assessment = scored(season)
    clerk = browser_of(season.clerk)
    assert clerk.get(f"/assessments/{assessment.pk}/certificate/").status_code == 404
    decide(season.officer, assessment)
    decide(season.head, assessment)

    paper = clerk.get(f"/assessments/{assessment.pk}/certificate/")

    assert (paper.status_code, paper["Content-Type"], paper.content[:5]) == (200, "application/pdf", b"%PDF-")
    assert clerk.get(f"/assessments/{assessment.pk}/certificate/").content == paper.content


@pytest.mark.parametrize(
    ("trainings", "said"),
    [pytest.param(0, ["", ""], id="none"), pytest.param(2, ["组织培训", "2场，30人"], id="two")],
)
def test_trainings_are_told_where_there_were_any(season: Season, trainings: int, said: list[str]) -> None:
    agreement = season.filed(season.selected("P1", "enterprise"), season.h4)
    done = {"trainings": trainings, "trained": 15 * trainings}
    season.visit(agreement, date(2026, 6, 1), status=VisitStatus.CONFIRMED, **done)
    assessment = scored(season)
    decide(season.officer, assessment)
    decide(season.head, assessment)
    clerk = browser_of(season.clerk)

    sheet = words(clerk.get(f"/assessments/{assessment.pk}/"))
    paper = words_of(clerk.get(f"/assessments/{assessment.pk}/certificate/").content)

    for text in (sheet, paper):
        assert [word if word in text else "" for word in ("组织培训", "2场，30人")] == said
        assert re.search(r"(?<!\d)0(场|人|次)", text) is None
