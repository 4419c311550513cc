import re
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, connection, transaction

from agreements.enums import AgreementStatus, TerminationReason
from agreements.models import Agreement
from assessments import queries, services
from assessments.enums import AssessmentStatus, Grade
from assessments.models import Assessment, Campaign
from core import approvals
from core.audit import history
from core.models import AuditEvent, Message, Override
from core.policy import Refused
from core.stale import Stale
from specialists.enums import SpecialistStatus
from specialists.models import Specialist
from tests.agreements.hands import words
from tests.cast import Season
from tests.hands import browser_of
from tests.specialists import team_acts
from visits.enums import Rating, VisitStatus

JAN_10, JAN_20, FEB_10 = date(2027, 1, 10), date(2027, 1, 20), date(2027, 2, 10)
FULL = {"workload": Decimal(40), "results": Decimal(35), "satisfaction": Decimal(12), "records": Decimal(5)}
LOW = {"workload": Decimal(5), "results": Decimal(5), "satisfaction": Decimal(0), "records": Decimal(0)}


@pytest.fixture(autouse=True)
def clock() -> Iterator[None]:
    with time_machine.travel("2027-01-20 12:00:00+08:00", tick=False):
        yield


@pytest.fixture
def agreement(season: Season) -> Agreement:
    filed = season.filed(season.selected("P1", "enterprise"), season.h4)
    season.visit(filed, date(2026, 6, 1), status=VisitStatus.CONFIRMED, rating=Rating.SATISFIED, trained=30)
    season.visit(filed, date(2026, 7, 1), status=VisitStatus.CONFIRMED, rating=Rating.FAIR)
    season.visit(filed, date(2026, 8, 1))
    return filed


def opened(season: Season) -> Campaign:
    return services.open_campaign(
        year=2026, opens_on=JAN_10, institution_due=JAN_20, bureau_due=FEB_10, by=season.officer, on=JAN_10
    )


def assessed(season: Season, **more: Any) -> Assessment:
    """The one assessment of the campaign with the institution's opinion given."""
    opened(season)
    given = {"scores": FULL, "grade": Grade.EXCELLENT, "opinion": "全年服务扎实。", **more}
    return services.submit_opinion(Assessment.objects.get(), by=season.clerk, on=JAN_20, version=1, **given)


def step(assessment: Assessment, by: Any, grade: Grade, **more: Any) -> Assessment:
    assessment.refresh_from_db()
    given = {"opinion": "同意", "version": assessment.version, **more}
    return services.take_step(assessment, by=by, on=JAN_20, grade=grade, **given)


def codes(refusal: pytest.ExceptionInfo[Refused]) -> list[str]:
    return [finding.code for finding in refusal.value.findings]


def test_a_campaign_lists_who_served_in_the_year_and_exempts_who_served_too_shortly(
    season: Season, agreement: Agreement
) -> None:
    season.filed(season.selected("P3"), season.h4, service_start=date(2026, 11, 1))
    season.submitted(season.selected("P5"), season.h4)

    opened(season)

    assert {
        (one.specialist.name, one.status, one.exempt_reason) for one in Assessment.objects.select_related("specialist")
    } == {("李喆", "open", ""), ("张昇", "exempt", "本年度服务2个月，不足3个月。")}


def test_two_registrations_of_one_person_make_one_assessment(season: Season, agreement: Agreement) -> None:
    season.filed(season.selected("P1", "broker"), season.h5)

    opened(season)

    assert Assessment.objects.get().registration == agreement.registration


def test_the_year_is_assessed_once(season: Season, agreement: Agreement) -> None:
    opened(season)

    with pytest.raises(Refused) as refusal:
        opened(season)
    assert codes(refusal) == ["E-ASSESS-DUP"]


def test_sc19_a_second_assessment_of_the_year_is_refused(season: Season, agreement: Agreement) -> None:
    campaign = opened(season)

    with pytest.raises(Refused, match="李喆2026年度已有考核结果"):
        services.add_specialist(campaign, agreement.specialist, by=season.officer, on=JAN_20)
    with pytest.raises(IntegrityError, match="assessed_once_a_year"), transaction.atomic():
        Assessment.objects.create(
            campaign=campaign, specialist=agreement.specialist, registration=agreement.registration
        )


def test_listing_again_adds_only_who_is_new(season: Season, agreement: Agreement) -> None:
    campaign = opened(season)
    season.filed(season.selected("P3"), season.h4)

    added = services.list_specialists(campaign, by=season.officer, on=JAN_20)

    assert [one.specialist.name for one in added] == ["张昇"]
    assert services.list_specialists(campaign, by=season.officer, on=JAN_20) == []


def test_the_evidence_is_counted_from_confirmed_visits_and_stands_beside_the_goals(
    season: Season, agreement: Agreement
) -> None:
    counted = queries.evidence(agreement.specialist, 2026)

    assert {name: counted[name] for name in ("visits", "trained", "goal_visits", "satisfied", "rated")} == {
        "visits": 2, "trained": 30, "goal_visits": 12, "satisfied": 1, "rated": 2,
    }  # fmt: skip
    assert counted["goals"] == [
        {"name": "组织技术培训", "count": 2, "unit": "场", "host": "滹沱示范谷物种植专业合作社"}
    ]
    assert queries.proposed_scores(counted, queries.parts_of(season.pack)) == {
        "workload": Decimal("6.7"),
        "satisfaction": Decimal("7.5"),
    }


def test_half_a_tenth_of_a_point_is_rounded_up(season: Season) -> None:
    three_of_four = {"visits": 0, "goal_visits": 0, "satisfied": 3, "rated": 4}

    assert queries.proposed_scores(three_of_four, queries.parts_of(season.pack)) == {
        "satisfaction": Decimal("11.3")  # of 15: 11.25
    }


def test_what_each_host_was_promised_adds_up_and_an_extension_promises_no_second_year(
    season: Season, agreement: Agreement
) -> None:
    season.filed(season.selected("P1", "broker"), season.h5, visits_per_year=6)
    later = {"service_start": date(2026, 12, 1), "service_end": date(2027, 12, 31), "visits_per_year": 12}
    season.filed(agreement.registration, season.h4, renews=agreement, **later)

    counted = queries.evidence(agreement.specialist, 2026)

    assert (counted["visits"], counted["goal_visits"]) == (2, 18)
    assert queries.proposed_scores(counted, queries.parts_of(season.pack))["workload"] == Decimal("4.4")  # 2/18 of 40
    home = words(browser_of(season.hat_of(agreement.specialist)).get("/"))
    assert "18 年度目标 / 次" in home


def test_the_institution_scores_and_its_evidence_is_frozen(season: Season, agreement: Agreement) -> None:
    assessment = assessed(season)
    season.visit(agreement, date(2026, 9, 1), status=VisitStatus.CONFIRMED)

    assessment.refresh_from_db()
    assert (assessment.status, assessment.institution_score, assessment.institution_grade) == (
        "submitted",
        Decimal("92.0"),
        "excellent",
    )
    assert assessment.evidence["visits"] == 2


@pytest.mark.parametrize(
    ("given", "code"),
    [
        pytest.param({"scores": {**FULL, "workload": Decimal(41)}}, "E-SCORE", id="too many points"),
        pytest.param({"scores": {"workload": Decimal(40)}}, "E-SCORE", id="parts left out"),
        pytest.param({"opinion": "  "}, "E-FIELD", id="no opinion"),
    ],
)
def test_an_incomplete_opinion_is_refused(
    season: Season, agreement: Agreement, given: dict[str, Any], code: str
) -> None:
    with pytest.raises(Refused) as refusal:
        assessed(season, **given)

    assert codes(refusal) == [code]
    assert Assessment.objects.get().status == AssessmentStatus.OPEN


def test_two_clerks_scoring_the_same_version_do_not_overwrite_each_other(season: Season, agreement: Agreement) -> None:
    assessment = assessed(season)

    with pytest.raises(Stale):
        services.submit_opinion(
            assessment, by=season.manager, on=JAN_20, version=1, scores=FULL, grade=Grade.GOOD, opinion="另一稿"
        )


def test_sc19_the_bureau_confirms_in_two_steps_and_the_result_is_final(season: Season, agreement: Agreement) -> None:
    assessment = assessed(season)

    step(assessment, season.officer, Grade.EXCELLENT)
    assessment.refresh_from_db()
    assert (assessment.status, assessment.grade) == ("submitted", "")
    final = step(assessment, season.head, Grade.EXCELLENT)

    assert (final.status, final.grade, final.decided_on, final.decided_by) == (
        "final",
        "excellent",
        JAN_20,
        season.head,
    )
    assert Message.objects.filter(occasion=f"assessment-final:{final.pk}").count() >= 1
    assert not Message.objects.filter(body__contains="优秀").exists()


def test_sc19_the_bureaus_grade_is_the_result_and_both_opinions_are_kept(season: Season, agreement: Agreement) -> None:
    assessment = assessed(season)
    with pytest.raises(Refused) as refusal:
        step(assessment, season.officer, Grade.QUALIFIED)
    assert codes(refusal) == ["W-GRADE"]

    step(assessment, season.officer, Grade.QUALIFIED, opinion="成效材料不足", reasons={"W-GRADE": "成效未经核实"})
    final = step(assessment, season.head, Grade.QUALIFIED, opinion="同意降等")

    assert (final.institution_grade, final.institution_opinion) == ("excellent", "全年服务扎实。")
    assert (final.grade, final.bureau_opinion) == ("qualified", "同意降等")
    assert [(row.code, row.reason) for row in Override.objects.all()] == [("W-GRADE", "成效未经核实")]


def test_sc19_the_database_refuses_a_result_of_one_side(season: Season, agreement: Agreement) -> None:
    opened(season)

    with pytest.raises(IntegrityError, match="assessment_is_joint"), transaction.atomic():
        Assessment.objects.update(status=AssessmentStatus.FINAL, grade=Grade.GOOD)
    with pytest.raises(IntegrityError, match="assessment_is_joint"), transaction.atomic():
        Assessment.objects.update(
            status=AssessmentStatus.FINAL, grade=Grade.GOOD, bureau_grade=Grade.GOOD, decided_on=JAN_20,
            decided_by=season.head,
        )  # fmt: skip


def test_sc19_finalising_with_one_side_alone_says_who_is_missing(
    season: Season, agreement: Agreement, monkeypatch: pytest.MonkeyPatch
) -> None:
    assessment = assessed(season)
    assessment.institution_by = None
    assessment.bureau_grade = Grade.EXCELLENT

    with pytest.raises(Refused, match="缺少：派出单位"), transaction.atomic():
        services._finalise(assessment, by=season.head, on=JAN_20, typed_name="")


def test_a_final_result_stays(season: Season, agreement: Agreement) -> None:
    assessment = assessed(season)
    step(assessment, season.officer, Grade.EXCELLENT)
    step(assessment, season.head, Grade.EXCELLENT)

    with pytest.raises(Refused) as refusal:
        step(assessment, season.head, Grade.GOOD)
    assert codes(refusal) == ["E-STATE"]
    with pytest.raises(IntegrityError, match="final_assessment_never_changes"), transaction.atomic():
        Assessment.objects.update(grade=Grade.GOOD)


def test_nobody_takes_both_steps_of_the_bureau(season: Season, agreement: Agreement) -> None:
    assessment = assessed(season)
    step(assessment, season.officer, Grade.EXCELLENT)

    with pytest.raises(Refused) as refusal:
        step(assessment, season.officer, Grade.EXCELLENT)
    assert codes(refusal) == ["E-STEP"]


def test_a_returned_assessment_is_scored_anew(season: Season, agreement: Agreement) -> None:
    assessment = assessed(season)
    services.return_opinion(assessment, by=season.officer, on=JAN_20, opinion="请补充成效材料")
    assessment.refresh_from_db()

    again = services.submit_opinion(
        assessment, by=season.clerk, on=JAN_20, version=assessment.version, scores=FULL, grade=Grade.EXCELLENT,
        opinion="已补充。",
    )  # fmt: skip

    assert (again.status, again.return_opinion) == ("submitted", "")
    step(again, season.officer, Grade.EXCELLENT)
    assert step(again, season.head, Grade.EXCELLENT).status == "final"


def test_the_share_of_excellent_results_is_told_but_is_in_nobodys_way(season: Season, agreement: Agreement) -> None:
    found = services.judge(assessed(season), grade=Grade.EXCELLENT, on=JAN_20)

    assert [finding.message for finding in found] == ["本年度参加考核1人，优秀将为1人，超过20%的比例。"]


def test_a_good_grade_without_a_visit_needs_the_bureaus_reason(season: Season) -> None:
    season.filed(season.selected("P3"), season.h4)
    assessment = assessed(season)

    with pytest.raises(Refused) as refusal:
        step(assessment, season.officer, Grade.EXCELLENT)
    assert codes(refusal) == ["W-NO-VISIT"]


def unqualified(season: Season) -> Assessment:
    assessment = assessed(season, scores=LOW, grade=Grade.UNQUALIFIED)
    step(assessment, season.officer, Grade.UNQUALIFIED)
    assessment.refresh_from_db()
    return assessment


def test_an_unqualified_result_is_carried_out_in_one_transaction(season: Season, agreement: Agreement) -> None:
    other = season.filed(season.selected("P1", "broker"), season.h5)
    assessment = unqualified(season)
    before = queries.consequences(agreement.specialist, on=JAN_20)
    assert [str(one) for one in before.agreements] == sorted([str(agreement), str(other)])
    assert (before.open_visits, before.payable_claims) == (1, 2)

    step(assessment, season.head, Grade.UNQUALIFIED, typed_name="李喆")

    person = Specialist.objects.get(pk=agreement.specialist_id)
    assert (person.status, person.revoked_on) == ("revoked", JAN_20)
    assert set(Agreement.objects.values_list("status", "terminated_on", "termination_reason")) == {
        ("terminated", JAN_20, TerminationReason.UNQUALIFIED)
    }
    assert AuditEvent.objects.filter(verb="specialist.revoked").get().by == season.head.person
    connection.check_constraints()


def test_nobody_is_found_unqualified_without_a_word(season: Season, agreement: Agreement) -> None:
    assessment = assessed(season, scores=LOW, grade=Grade.UNQUALIFIED)
    for opinion in ("", "  \n"):
        with pytest.raises(Refused) as refusal:
            step(assessment, season.officer, Grade.UNQUALIFIED, opinion=opinion)
        assert [(one.code, one.facts["field"]) for one in refusal.value.findings] == [("E-FIELD", "opinion")]
        assert "写明认定的事实和理由" in refusal.value.findings[0].message

    step(assessment, season.officer, Grade.UNQUALIFIED)
    with pytest.raises(Refused) as refusal:
        step(assessment, season.head, Grade.UNQUALIFIED, opinion="", typed_name="李喆")
    assert "写明认定的事实和理由" in refusal.value.findings[0].message


def test_an_unqualified_result_is_confirmed_by_typing_the_name(season: Season, agreement: Agreement) -> None:
    assessment = unqualified(season)

    with pytest.raises(Refused) as refusal:
        step(assessment, season.head, Grade.UNQUALIFIED, typed_name="李")
    assert codes(refusal) == ["E-CONFIRM"]
    assert Agreement.objects.get().status == AgreementStatus.FILED
    assert Specialist.objects.get().status == SpecialistStatus.ACTIVE


def test_the_result_of_a_leader_is_not_the_teams(season: Season) -> None:
    """A17: the team's agreement goes on, also as the database sees it; what the team has to do then is said before."""
    team = team_acts.selected(season)
    leader, own = team_acts.member_of(team, "P8"), season.selected("P8", "broker")
    assert leader.registration
    papers = [season.filed(leader.registration, season.h4, team=team), season.filed(own, season.h5)]
    assessment = unqualified(season)
    page = browser_of(season.head).get(f"/assessments/{assessment.pk}/").content.decode()
    told = queries.consequences(leader.specialist, on=JAN_20)

    step(assessment, season.head, Grade.UNQUALIFIED, typed_name=leader.specialist.name)

    connection.check_constraints()  # as the commit of the decision does
    assert [Agreement.objects.get(pk=one.pk).status for one in papers] == ["filed", "terminated"]
    assert told.agreements == [papers[1]]
    [going_on] = told.going_on
    others = [str(one) for one in team.members.exclude(pk=leader.pk).order_by("pk")]
    assert going_on.needs == f"其余有效成员2人（{'、'.join(others)}）；须更换负责人；低于3人，须补充成员"
    assert f"团队“{team.name}”的协议 {papers[0]}（{season.h4}）不终止" in re.sub("<[^>]*>", "", page)
    assert going_on.needs in page


def test_what_can_be_filed_no_more_is_said_before_and_on_the_phone_after(season: Season, agreement: Agreement) -> None:
    """E-REVOKED: nothing of the person's own is filed after it."""
    waiting = season.submitted(agreement.registration, season.h5, submitted_on=JAN_20)
    hat = season.hat_of(agreement.specialist)
    assessment = unqualified(season)
    told = queries.consequences(agreement.specialist, on=JAN_20)
    page = re.sub("<[^>]*>", "", browser_of(season.head).get(f"/assessments/{assessment.pk}/").text)
    assert told.unfiled == [waiting]
    assert f"协议 {waiting}（{season.h5}，待市科技局审核）不能再备案" in page

    step(assessment, season.head, Grade.UNQUALIFIED, typed_name="李喆")
    home = browser_of(hat).get("/").text

    assert "市科技局已于2027年1月20日取消您的科技特派员资格，原因：2026年度考核不合格（工作方案五（一））" in home
    assert "请与示范农林学院或市科技局联系" in home
    assert "这份协议不能备案，请与" in home
    assert "给出结果" not in home
    assert "协议已于2027年1月20日终止，原因：考核不合格。" in home
    assert "请退回" in browser_of(season.officer).get(f"/agreements/{waiting.pk}/").text


@pytest.mark.django_db(transaction=True)
def test_half_a_consequence_is_none(lasting_season: Season, monkeypatch: pytest.MonkeyPatch) -> None:
    season = lasting_season
    filed = season.filed(season.selected("P1", "enterprise"), season.h4)
    assessment = unqualified(season)

    def breaks(*args: Any, **kwargs: Any) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(services, "terminate_agreement", breaks)
    with pytest.raises(ZeroDivisionError):
        step(assessment, season.head, Grade.UNQUALIFIED, typed_name="李喆")

    assessment.refresh_from_db()
    filed.refresh_from_db()
    assert (assessment.status, filed.status) == ("submitted", "filed")
    assert Specialist.objects.get().status == SpecialistStatus.ACTIVE


@pytest.mark.django_db(transaction=True)
def test_the_database_refuses_an_unqualified_result_that_is_not_carried_out(
    lasting_season: Season, monkeypatch: pytest.MonkeyPatch
) -> None:
    lasting_season.filed(lasting_season.selected("P1", "enterprise"), lasting_season.h4)
    assessment = unqualified(lasting_season)
    monkeypatch.setattr(services, "revoke", lambda *args, **kwargs: None)

    with pytest.raises(IntegrityError, match="unqualified_is_carried_out"):
        step(assessment, lasting_season.head, Grade.UNQUALIFIED, typed_name="李喆")


def test_a_cancelled_qualification_is_given_back_with_a_reason(season: Season, agreement: Agreement) -> None:
    step(unqualified(season), season.head, Grade.UNQUALIFIED, typed_name="李喆")
    connection.check_constraints()  # as the commit of the decision does
    person = Specialist.objects.get()

    with pytest.raises(Refused, match="请写明恢复资格的理由"):
        services.reinstate(person, by=season.head, on=FEB_10, reason=" ")
    back = services.reinstate(person, by=season.head, on=FEB_10, reason="复核后更正")

    assert (back.status, back.revoked_on) == ("active", None)
    with pytest.raises(Refused, match="资格有效"):
        services.reinstate(person, by=season.head, on=FEB_10, reason="再来一次")


def test_an_exemption_has_its_reason(season: Season, agreement: Agreement) -> None:
    opened(season)
    assessment = Assessment.objects.get()

    with pytest.raises(Refused, match="请写明不参加考核的原因"):
        services.exempt(assessment, by=season.officer, on=JAN_20, reason="")
    with pytest.raises(IntegrityError, match="exempt_with_a_reason"), transaction.atomic():
        Assessment.objects.update(status=AssessmentStatus.EXEMPT)
    assert services.exempt(assessment, by=season.officer, on=JAN_20, reason="长期病假").status == "exempt"


def test_who_was_taken_out_by_mistake_takes_part_after_all(season: Season, agreement: Agreement) -> None:
    opened(season)
    assessment = Assessment.objects.get()
    services.exempt(assessment, by=season.officer, on=JAN_20, reason="误点")
    office, page = browser_of(season.officer), f"/assessments/{assessment.pk}/"
    assert f"{page}include/" in office.get(page).content.decode()
    assert "请填写恢复参加考核的原因" in words(office.post(f"{page}include/", {}))
    assert browser_of(season.clerk).post(f"{page}include/", {"reason": "病愈"}).status_code == 403

    done = office.post(f"{page}include/", {"reason": "误点，本人全年在岗"}, follow=True)

    assert "已恢复参加" in words(done)
    assessment.refresh_from_db()
    assert (assessment.status, assessment.exempt_reason) == ("open", "")
    event = AuditEvent.objects.get(verb="assessment.included")
    assert (event.before["exempt_reason"], event.reason) == ("误点", "误点，本人全年在岗")
    twice = office.post(f"/api/v1{page}include/", {"reason": "再来"})
    assert (twice.status_code, twice.json()["findings"][0]["code"]) == (422, "E-STATE")


@pytest.mark.parametrize(
    ("given", "code"),
    [
        ({"institution_due": date(2027, 1, 9)}, "E-FIELD"),
        ({"bureau_due": date(2027, 1, 19)}, "E-FIELD"),
    ],
)
def test_the_days_of_a_campaign_are_in_order(season: Season, given: dict[str, date], code: str) -> None:
    days = {"opens_on": JAN_10, "institution_due": JAN_20, "bureau_due": FEB_10, **given}

    with pytest.raises(Refused) as refusal:
        services.open_campaign(year=2026, by=season.officer, on=JAN_10, **days)
    assert codes(refusal) == [code]
    with pytest.raises(IntegrityError, match="campaign_days_are_in_order"), transaction.atomic():
        Campaign.objects.create(year=2026, pack=season.pack, opened_by=season.officer, **days)


@pytest.mark.parametrize(
    ("given", "place"),
    [
        pytest.param({"year": 2028}, "year", id="a year that has not begun"),
        pytest.param({"opens_on": date(2026, 3, 31)}, "opens_on", id="before there is service to look back on"),
        pytest.param({"bureau_due": date(2027, 7, 1)}, "bureau_due", id="long after it"),
    ],
)
def test_a_year_is_assessed_in_its_time(season: Season, given: dict[str, Any], place: str) -> None:
    days = {"year": 2026, "opens_on": JAN_10, "institution_due": JAN_20, "bureau_due": FEB_10, **given}

    with pytest.raises(Refused) as refusal:
        services.open_campaign(by=season.officer, on=JAN_10, **days)

    assert [(one.code, one.article, one.facts["field"]) for one in refusal.value.findings] == [
        ("E-ASSESS-YEAR", "五（一）", place)
    ]


def test_a_campaign_without_a_result_is_called_off_by_another_and_its_year_is_free(
    season: Season, agreement: Agreement
) -> None:
    sheet = assessed(season)
    campaign = sheet.campaign
    with pytest.raises(Refused, match="考核由您发起，须由另一人撤销"):
        services.call_off_campaign(campaign, by=season.officer, on=JAN_20, reason="年度选错")
    with pytest.raises(Refused, match="请写明撤销考核的原因"):
        services.call_off_campaign(campaign, by=season.head, on=JAN_20, reason=" ")

    services.call_off_campaign(campaign, by=season.head, on=JAN_20, reason="年度选错")

    sheet.refresh_from_db()
    assert (sheet.status, sheet.institution_score) == ("called_off", Decimal(92))
    assert approvals.running(services.ACT, sheet) is None
    assert [event.reason for event in history(campaign).filter(verb="campaign.called_off")] == ["年度选错"]
    with pytest.raises(Refused, match="不能执行此操作"):
        step(sheet, season.officer, Grade.GOOD)
    for act in (services.list_specialists, partial(services.call_off_campaign, reason="再来一次")):
        with pytest.raises(Refused, match="已撤销，可重新发起"):
            act(campaign, by=season.head, on=JAN_20)
    assert [one.specialist for one in opened(season).assessments.all()] == [agreement.specialist]


def test_a_campaign_with_a_result_stays(season: Season, agreement: Agreement) -> None:
    sheet = assessed(season)
    step(sheet, season.officer, Grade.EXCELLENT)
    campaign = step(sheet, season.head, Grade.EXCELLENT).campaign

    with pytest.raises(Refused, match="已有1人的考核结果审定，不能撤销"):
        services.call_off_campaign(campaign, by=season.head, on=JAN_20, reason="年度选错")
    whole = {"called_off_on": JAN_20, "called_off_by": season.head, "called_off_reason": "年度选错"}
    with pytest.raises(IntegrityError, match="decided_campaign_stays"), transaction.atomic():
        Campaign.objects.update(**whole)


def test_a_calling_off_has_its_day_its_reason_and_another_hand(season: Season) -> None:
    opened(season)
    whole = {"called_off_on": JAN_20, "called_off_by": season.head, "called_off_reason": "年度选错"}

    for name in whole:
        left_out = {**whole, name: "" if name.endswith("reason") else None}
        with (
            pytest.raises(IntegrityError, match="campaign_called_off_when_by_whom_and_why"),
            transaction.atomic(),
        ):
            Campaign.objects.update(**left_out)
    with pytest.raises(IntegrityError, match="campaign_called_off_by_another"), transaction.atomic():
        Campaign.objects.update(**{**whole, "called_off_by": season.officer})
    twin = Campaign.objects.get()
    twin.pk = None
    with pytest.raises(IntegrityError, match="one_campaign_a_year"), transaction.atomic():
        twin.save(force_insert=True)
