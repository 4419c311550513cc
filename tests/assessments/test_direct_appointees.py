"""R28, A6: the year of whom the bureau appoints directly: served, changed, scored by one of its people and decided by
another, and not paid, for no institution holds the money."""

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction

from agreements.amending.effective import effective
from agreements.models import Agreement
from assessments import rules, services
from assessments.enums import AssessmentStatus, Grade
from assessments.models import Assessment
from core.policy import Level, Refused, RuleEntry
from tests.agreements.hands import words
from tests.agreements.test_amending import asked, passed
from tests.agreements.test_api import call
from tests.agreements.test_appointing import appointed
from tests.assessments.test_pages import SCORES, decide, opened
from tests.cast import Season
from tests.hands import browser_of
from visits.enums import Rating, VisitStatus

JOINT = RuleEntry("E-ASSESS-JOINT", "五（一）", "共同组织实施", Level.BLOCK)


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel("2027-01-20 12:00:00+08:00", tick=False):
        yield


@pytest.fixture
def agreement(season: Season) -> Agreement:
    filed = season.filed(appointed(season), season.h4)
    for month in (6, 7):
        season.visit(filed, date(2026, month, 1), status=VisitStatus.CONFIRMED, rating=Rating.SATISFIED)
    return filed


def test_a6_the_year_of_a_direct_appointee_through_the_pages(season: Season, agreement: Agreement) -> None:
    officer, person = browser_of(season.officer), browser_of(season.hat_of(agreement.specialist))
    assessment = opened(season)
    page = f"/assessments/{assessment.pk}/"

    assert "1 名直接聘请人员的考核待市科技局评分" in words(officer.get("/"))
    assert "已确认下基层服务 2 人次，没有派出单位，补助未发放" in words(officer.get("/funding/overview/?year=2026"))
    assert "您由市科技局直接聘请，没有派出单位。已确认的 2 次" in words(person.get("/funding/mine/?year=2026"))
    assert "市科技局经办意见" in words(officer.get(page))
    given = {**SCORES, "grade": "excellent", "opinion": "全年服务扎实。", "version": "1"}
    assert officer.post(f"{page}opinion/", given).status_code == 302
    assert "市科技局经办评分" in words(browser_of(season.head).get(page))
    assert browser_of(season.clerk).get(page).status_code == 404
    assert decide(season.officer, assessment).status_code == 302
    final = decide(season.head, assessment)

    assessment.refresh_from_db()
    assert (final.status_code, assessment.status, assessment.grade) == (302, "final", "excellent")
    assert (assessment.institution, assessment.institution_by) == (None, season.officer)
    assert "优秀" in words(person.get(page))


def test_a6_the_bureau_scores_nobodys_specialist_but_its_own(season: Season, agreement: Agreement) -> None:
    season.visit(season.filed(season.selected("P1"), season.h4), date(2026, 6, 1), status=VisitStatus.CONFIRMED)
    browser_of(season.officer).post(
        "/assessments/campaigns/new/",
        {"year": "2026", "opens_on": "2027-01-10", "institution_due": "2027-01-20", "bureau_due": "2027-02-10"},
    )
    own, theirs = Assessment.objects.get(institution=None), Assessment.objects.get(institution=season.u1)
    given: dict[str, Any] = {"grade": "excellent", "opinion": "好", "version": 1}
    given["scores"] = {"workload": "40.0", "results": "35.0", "satisfaction": "12.0", "records": "5.0"}

    assert call(season.officer, "post", f"assessments/{theirs.pk}/opinion/", given)[0] == 403
    assert call(season.clerk, "post", f"assessments/{own.pk}/opinion/", given)[0] == 404
    status, answer = call(season.officer, "post", f"assessments/{own.pk}/opinion/", given)
    assert (status, answer["institution"], answer["status"]) == (200, None, "submitted")


@pytest.mark.parametrize(
    ("is_direct", "scored_by", "code"), [(True, 1, "E-ASSESS-JOINT"), (True, 2, None), (False, 1, None)]
)
def test_two_of_the_bureau_assess_whom_it_appoints(is_direct: bool, scored_by: int, code: str | None) -> None:
    finding = rules.decided_by_another(JOINT, is_direct=is_direct, scored_by=scored_by, decided_by=1)

    assert (finding and finding.code) == code


def test_who_scored_does_not_make_it_final(season: Season, agreement: Agreement) -> None:
    assessment = opened(season)
    assessment.institution_by, assessment.bureau_grade = season.head, Grade.GOOD

    with pytest.raises(Refused, match="须由另一人审定"), transaction.atomic():
        services._finalise(assessment, by=season.head, on=date(2027, 1, 20), typed_name="")
    with pytest.raises(IntegrityError, match="direct_assessment_decided_by_another"), transaction.atomic():
        Assessment.objects.update(
            status=AssessmentStatus.FINAL, grade=Grade.GOOD, bureau_grade=Grade.GOOD, decided_on=date(2027, 1, 20),
            decided_by=season.head, institution_by=season.head,
        )  # fmt: skip


def test_the_bureau_asks_for_the_change_of_its_own_and_another_decides(season: Season, agreement: Agreement) -> None:
    theirs = season.filed(season.selected("P1"), season.h4)
    officer = browser_of(season.officer)
    assert officer.get(f"/agreements/{theirs.pk}/amend/").status_code == 403
    assert "申请变更服务内容、次数或目标" in words(officer.get(f"/agreements/{agreement.pk}/"))

    amendment = asked(season, agreement, by=season.officer, on=date(2027, 1, 20), visits_per_year=20)
    with pytest.raises(Refused) as refusal:
        passed(season, amendment, on=date(2027, 1, 20))
    assert [finding.code for finding in refusal.value.findings] == ["E-TWO-PEOPLE"]
    passed(season, amendment, by=season.head, on=date(2027, 1, 20))

    agreement.refresh_from_db()
    assert effective(agreement).visits_per_year == 20
