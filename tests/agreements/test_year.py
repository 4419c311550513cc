"""The check of a whole year: what it counts, what it finds, what it tells, and that it agrees with a plain loop."""

from collections import Counter
from datetime import date
from typing import Any

import pytest

from agreements import queries, services
from agreements.enums import AgreementStatus, RunTrigger, TerminationReason
from agreements.models import QuotaRun
from core.models import Message
from specialists.enums import Category, PersonnelType, SpecialistStatus
from tests.agreements import naive, thousands
from tests.agreements.plans import small_plan
from tests.cast import MAY_18, MAY_20, Season, flagged


def check(season: Season, on: date = MAY_20) -> QuotaRun:
    return services.check_quotas(2026, trigger=RunTrigger.DAILY, on=on)


def keys(run: QuotaRun) -> set[str]:
    return {one["key"] for one in run.findings if one["code"] != "I-QUOTA"}


def line(run: QuotaRun, category: str) -> dict[str, Any]:
    return run.counts["categories"][category]


def test_the_check_agrees_with_a_loop_over_all_objects(season: Season):
    thousands.seed(season, 2000)

    counts = queries.quota_counts(2026, pack=season.pack, on=MAY_20)
    found = {one.key for one in services.judge_year(2026, pack=season.pack, on=MAY_20, counts=counts)}

    assert found == naive.keys(2026, pack=season.pack, on=MAY_20)
    sprinkled = Counter(key.partition(":")[0] for key in found)
    assert sprinkled.keys() == {
        "E-CAP5",
        "E-ONE-HOST",
        "E-OVERLAP",
        "E-PROV",
        "E-REVOKED",
        "I-QUOTA",
        "W-END",
        "W-GRADUATION",
        "W-TERM",
    }


def test_an_empty_year_lacks_only_its_numbers(season: Season):
    run = check(season)

    assert [one["message"] for one in run.findings] == [
        "农业科技特派员2026年度计划40名，已备案0名，在审0名，还差40名。",
        "技术经纪人科技特派员2026年度计划30名，已备案0名，在审0名，还差30名。",
        "工业企业科技特派员2026年度不少于350名，已备案0名，在审0名，还差350名。",
    ]


def test_sc24_persons_are_counted_once_by_category_and_teams_apart(season: Season):
    farmer = season.selected("P3")
    for host in (season.h4, season.h5, season.h3):
        season.filed(farmer, host)
    season.filed(season.selected("P1", Category.ENTERPRISE), season.h1)
    student = season.selected("P6", Category.ENTERPRISE, personnel_type=PersonnelType.GRADUATE)
    season.filed(student, season.h1)
    season.submitted(season.selected("P9", Category.ENTERPRISE), season.h1)
    season.filed(season.selected("P8", form="team"), season.h4)
    season.filed(season.selected("P1", Category.BROKER), season.h3)
    season.filed(
        season.selected("P2"), season.h4, submitted_on=date(2025, 3, 1), filed_on=date(2025, 3, 2)
    )  # A8: selected last year, in service this year

    counts = check(season).counts

    agriculture, enterprise = counts["categories"]["agriculture"], counts["categories"]["enterprise"]
    assert (agriculture["filed"], agriculture["agreements"], agriculture["in_service"]) == (1, 3, 2)
    assert (agriculture["number"], agriculture["is_floor"], agriculture["gap"]) == (40, False, 39)
    assert (enterprise["filed"], enterprise["in_review"], enterprise["graduates"]) == (2, 1, 1)
    assert (enterprise["number"], enterprise["is_floor"], enterprise["gap"]) == (350, True, 348)
    # P1 is an enterprise specialist and a broker: two lines, one individual
    assert (counts["individuals"], counts["graduates"], counts["teams"]) == (3, 1, 1)


def test_who_was_revoked_later_is_still_counted_and_shown_beside(season: Season):
    agreement = season.filed(season.selected("P3"), season.h4)
    type(agreement.specialist).objects.update(status=SpecialistStatus.REVOKED, revoked_on=MAY_20)

    counted = line(check(season), "agriculture")

    assert (counted["filed"], counted["revoked"]) == (1, 1)


@pytest.mark.parametrize(
    ("filed", "says"),
    [
        (1, "还差1名"),
        (2, None),
        (3, "超出1名"),
    ],
)
def test_the_gap_is_told_until_the_number_is_reached(season: Season, filed: int, says: str | None):
    small_plan(season, 2)
    for key in ("P1", "P2", "P3")[:filed]:
        season.filed(season.selected(key), season.h5)

    said = [one["message"] for one in check(season).findings if one["key"] == "I-QUOTA:agriculture"]

    assert len(said) == (says is not None)
    assert not says or says in said[0]


# --- what is wrong in a year ------------------------------------------------------------------------------------------


def test_two_hosts_laid_behind_the_back_of_the_platform_are_found(season: Season):
    lizhe = season.selected("P1", Category.ENTERPRISE)
    season.filed(lizhe, season.h1)
    second = season.filed(lizhe, season.h3)

    run = check(season)

    assert keys(run) == {f"E-ONE-HOST:{second.pk}"}
    [found] = [one for one in run.findings if one["agreement"]]
    assert found["subject"] == f"{second.filing_number} 李喆（示范生物制品有限公司）"
    assert "2026年度已与“示范装备制造有限公司”签约" in found["message"]


def test_a_reassigned_year_is_not_two_hosts(season: Season):
    lizhe = season.selected("P1", Category.ENTERPRISE)
    old = services.file_agreement(season.submitted(lizhe, season.h1), by=season.officer, on=MAY_20)
    june = date(2026, 6, 1)
    services.terminate_agreement(old, by=season.officer, on=june, reason=TerminationReason.AGREED)
    new = season.submitted(lizhe, season.h3, service_start=date(2026, 6, 2))
    services.file_agreement(new, by=season.officer, on=june, reassign="原企业停产")

    assert keys(check(season)) == set()


def test_a_host_that_became_capped_is_overfull(season: Season):
    for key in ("P1", "P2", "P5", "P8", "P9", "P10"):
        season.filed(season.selected(key, Category.ENTERPRISE), season.h3)
    assert keys(check(season)) == set()

    flagged(season.h3, tech_sme=True)

    run = check(season)
    assert keys(run) == {f"E-CAP5:host-{season.h3.pk}"}
    assert "同一天最多有6人在岗" in run.findings[0]["message"]


def test_a_term_that_nobody_explained_is_found(season: Season):
    unexplained = season.filed(season.selected("P3"), season.h4, service_end=date(2026, 12, 31))
    explained = season.agreement(season.selected("P4"), season.h4, service_end=date(2026, 12, 31))
    reasons = {explained.pk: {"W-TERM": "一季", "W-END": "一季"}}
    services.submit_agreements([explained], by=season.clerk, on=MAY_18, reasons=reasons)
    services.file_agreement(explained, by=season.officer, on=MAY_20)

    assert keys(check(season)) == {f"W-TERM:{unexplained.pk}", f"W-END:{unexplained.pk}"}


def test_a15_who_is_listed_after_the_filing_is_pointed_out(season: Season):
    agreement = season.filed(season.selected("P2"), season.h4)
    broker = season.filed(season.selected("P2", Category.BROKER), season.h3)
    season.on_provincial_list("P2")

    assert keys(check(season)) == {f"E-PROV:{agreement.pk}"}
    assert broker.status == AgreementStatus.FILED


def test_a_revoked_specialist_still_in_service_is_found(season: Season):
    agreement = season.filed(season.selected("P3"), season.h4)
    type(agreement.specialist).objects.update(status=SpecialistStatus.REVOKED, revoked_on=MAY_20)

    assert keys(check(season)) == {f"E-REVOKED:{agreement.pk}"}


def test_what_lies_outside_the_year_is_another_years_matter(season: Season):
    later = {"service_start": date(2027, 1, 1), "service_end": date(2027, 6, 30)}
    agreement = season.filed(season.selected("P3"), season.h4, **later)

    assert keys(check(season)) == set()
    next_year = services.check_quotas(2027, trigger=RunTrigger.MANUAL, on=MAY_20)
    assert f"W-TERM:{agreement.pk}" in keys(next_year)


# --- what is told -----------------------------------------------------------------------------------------------------


def test_the_bureau_is_told_what_is_new_and_what_is_gone(season: Season):
    check(season)
    agreement = season.filed(season.selected("P2"), season.h4)
    entry = season.on_provincial_list("P2")

    second = check(season)
    entry.delete()
    third = check(season)

    key = f"E-PROV:{agreement.pk}"
    assert (second.appeared, second.disappeared) == ([key], [])
    assert (third.appeared, [one["key"] for one in third.disappeared]) == ([], [key])
    told = Message.objects.order_by("pk").values_list("person__username", "subject")
    assert list(told) == [
        ("chen", "2026年度指标检查：新增3项，消除0项"),
        ("chen", "2026年度指标检查：新增1项，消除0项"),
        ("chen", "2026年度指标检查：新增0项，消除1项"),
    ]
    body = Message.objects.latest("pk").body
    assert body == (
        f"消除：{agreement.filing_number} 赵芃（滹沱示范谷物种植专业合作社） "
        "赵芃已列入2026年度省级科技特派员，不重复参加市级非技术经纪人类个人科技特派员选派。"
    )


def test_a_run_without_a_difference_tells_nobody(season: Season):
    check(season)
    told = Message.objects.count()

    run = check(season)

    assert (run.appeared, run.disappeared, Message.objects.count()) == ([], [], told)


def test_a_long_list_of_differences_is_cut_in_the_message_and_whole_in_the_run(season: Season):
    thousands.seed(season, 2000)

    run = check(season)

    body = Message.objects.get().body
    assert body.count("新增：") == 20
    assert f"新增的另有{len(run.appeared) - 20}项，见检查结果。" in body
