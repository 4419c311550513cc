"""Filing: what it gives, what it refuses, and that a refusal leaves nothing behind."""

from datetime import date
from itertools import product
from typing import Any

import pytest

from accounts.flags import keep_year, verify_flags
from accounts.models import HostUnit
from agreements import queries, services
from agreements.enums import TerminationReason
from agreements.models import Agreement, Reassignment, YearlyHost
from core.models import AuditEvent, NumberSeries, OutboxRow, Override
from core.policy import Refused
from core.stale import Stale
from specialists.enums import Category, PersonnelType
from tests.agreements import thousands
from tests.agreements.plans import small_plan
from tests.cast import MAY_18, MAY_20, Season, flagged

NUMBER = "SJZ-KTP-2026-0001"


def file(season: Season, agreement: Agreement, **more: Any) -> Agreement:
    return services.file_agreement(agreement, by=season.officer, **{"on": MAY_20, **more})


def refusal(season: Season, agreement: Agreement, **more: Any) -> str:
    with pytest.raises(Refused) as refused:
        file(season, agreement, **more)
    return str(refused.value)


def codes(refused: "pytest.ExceptionInfo[Refused]") -> list[str]:
    return [finding.code for finding in refused.value.findings]


def crowd(season: Season, host: HostUnit, category: str, *keys: str) -> list[Agreement]:
    return [season.filed(season.selected(key, category), host) for key in keys]


def test_filing_gives_number_day_and_officer_and_promises_its_effects(season: Season):
    agreement = season.submitted(season.selected("P3"), season.h4)

    filed = file(season, agreement)

    filed.refresh_from_db()
    assert (filed.status, filed.filing_number, filed.filed_on) == ("filed", NUMBER, MAY_20)
    assert (filed.filed_by, filed.pack) == (season.officer, season.pack)
    [event] = AuditEvent.objects.all()
    assert (event.verb, event.by) == ("agreement.filed", season.officer.person)
    assert event.before == {"status": "submitted"}
    assert event.after == {"status": "filed", "filing_number": NUMBER, "filed_on": "2026-05-20"}
    assert [(row.task, row.ids) for row in OutboxRow.objects.order_by("pk")] == [
        ("agreements.tasks.issue_certificate", {"agreement_id": filed.pk}),
        ("agreements.tasks.check_quotas_after_filing", {"agreement_id": filed.pk, "number": 1}),
    ]


def test_a_refusal_leaves_nothing_behind_not_even_a_used_number(season: Season):
    lizhe = season.selected("P1", Category.ENTERPRISE)
    file(season, season.submitted(lizhe, season.h1))
    second = season.submitted(lizhe, season.h3)

    said = refusal(season, second, reasons={"E-ONE-HOST": "企业急需"})

    assert said == (
        "企业科技特派员在同一年度内只能签约服务一个单位：李喆 "
        f"2026年度已与“示范装备制造有限公司”签约（协议{NUMBER}）；"
        f"2027年度已与“示范装备制造有限公司”签约（协议{NUMBER}）。（工作方案四（一））"
    )
    second.refresh_from_db()
    assert second.status == "submitted"
    assert NumberSeries.objects.get().last == AuditEvent.objects.count() == 1
    assert OutboxRow.objects.count() == 2
    assert not Override.objects.exists()


def test_filing_again_is_refused_by_its_state(season: Season):
    agreement = season.submitted(season.selected("P3"), season.h4)
    file(season, agreement)

    with pytest.raises(Refused) as refused:
        file(season, agreement)

    assert codes(refused) == ["E-STATE"]


def test_a_reviewer_who_saw_an_older_version_is_told_what_changed(season: Season):
    agreement = season.submitted(season.selected("P3"), season.h4, version=2)

    with pytest.raises(Stale):
        file(season, agreement, version=1)

    agreement.refresh_from_db()
    assert agreement.status == "submitted"


def test_the_pack_of_the_day_of_submission_judges(season: Season):
    stricter = {**season.pack.rules, "E-CAP5": {**season.pack.rules["E-CAP5"], "params": {"cap": 0}}}
    newer = type(season.pack).objects.create(
        year=2026, version=2, active_from=MAY_20, settings=season.pack.settings, rules=stricter
    )
    before = season.submitted(season.selected("P3"), season.h4)
    after = season.submitted(season.selected("P4"), season.h4, pack=newer)

    assert file(season, before).pack == season.pack
    assert "原则上接受科技特派员不超过0人" in refusal(season, after)


@pytest.mark.parametrize("agreements", [0, 600])
def test_filing_asks_the_same_questions_however_many_agreements_there_are(
    season: Season, django_assert_num_queries: Any, agreements: int
):
    if agreements:
        thousands.seed(season, agreements)
    file(season, season.submitted(season.selected("P3", Category.ENTERPRISE), season.h1))
    agreement = season.submitted(season.selected("P1", Category.ENTERPRISE), season.h1)

    with django_assert_num_queries(11):  # the first and the last are the savepoint of the test's own transaction
        file(season, agreement)


# --- who serves where -------------------------------------------------------------------------------------------------


def test_the_year_of_an_enterprise_specialist_is_a_row(season: Season):
    filed = file(season, season.submitted(season.selected("P1", Category.ENTERPRISE), season.h1))

    rows = YearlyHost.objects.order_by("year")
    assert [(row.year, row.host, list(row.agreements.all())) for row in rows] == [
        (2026, season.h1, [filed]),
        (2027, season.h1, [filed]),
    ]


@pytest.mark.parametrize("category", [Category.AGRICULTURE, Category.BROKER])
def test_other_specialists_take_no_year(season: Season, category: str):
    file(season, season.submitted(season.selected("P3", category), season.h3))

    assert not YearlyHost.objects.exists()


def test_the_same_host_in_the_same_year_is_one_host(season: Season):
    lizhe = season.selected("P1", Category.ENTERPRISE)
    first = file(
        season,
        season.submitted(lizhe, season.h1, service_end=date(2026, 8, 31)),
        reasons={"W-TERM": "短", "W-END": "短"},
    )

    second = season.submitted(lizhe, season.h1, service_start=date(2026, 9, 1))
    file(season, second, on=date(2026, 9, 1))

    assert list(YearlyHost.objects.get(year=2026).agreements.order_by("pk")) == [first, second]


def ended(season: Season, **more: Any) -> Agreement:
    """The agreement of P1 with H1, filed and terminated on 1 June."""
    lizhe = season.selected("P1", Category.ENTERPRISE)
    agreement = file(season, season.submitted(lizhe, season.h1))
    return services.terminate_agreement(
        agreement, by=season.officer, on=date(2026, 6, 1), reason=TerminationReason.AGREED, **more
    )


JUNE_10 = date(2026, 6, 10)


def test_a_reassignment_moves_the_year_and_keeps_where_it_was(season: Season):
    old = ended(season)
    new = season.submitted(old.registration, season.h3, service_start=JUNE_10)
    assert "企业科技特派员在同一年度内只能签约服务一个单位" in refusal(season, new, on=JUNE_10)

    file(season, new, on=JUNE_10, reassign="原派驻企业停产", documents={"E-ONE-HOST": "石科函〔2026〕12号"})

    row = YearlyHost.objects.get(year=2026)
    assert (row.host, list(row.agreements.all())) == (season.h3, [new])
    kept = Reassignment.objects.get()
    assert (kept.yearly_host, kept.from_host, kept.to_host, kept.agreement) == (row, season.h1, season.h3, new)
    assert (kept.reason, kept.document_number, kept.by) == ("原派驻企业停产", "石科函〔2026〕12号", season.officer)
    event = AuditEvent.objects.get(verb="agreement.host_reassigned", before__year=2026)
    assert (event.before["host"], event.after["host"]) == ("示范装备制造有限公司", "示范生物制品有限公司")
    assert event.reason == "原派驻企业停产"
    override = Override.objects.get()
    assert (override.code, override.reason, override.document_number) == (
        "E-ONE-HOST",
        "原派驻企业停产",
        "石科函〔2026〕12号",
    )


def test_a_reassignment_that_the_institution_asks_for_waits_for_the_bureaus_word(season: Season):
    old = ended(season)
    new = season.agreement(old.registration, season.h3, service_start=JUNE_10)
    asked = {new.pk: {"E-ONE-HOST": "原派驻企业停产"}}
    services.submit_agreements([new], by=season.clerk, on=JUNE_10, reasons=asked)
    assert not Override.objects.exists()

    assert "只能签约服务一个单位" in refusal(season, new, on=JUNE_10)
    assert "只能签约服务一个单位" in refusal(season, new, on=JUNE_10, reasons={"E-ONE-HOST": "同意"})
    file(season, new, on=JUNE_10, reassign="同意改派")

    assert [override.reason for override in Override.objects.all()] == ["同意改派"]


def test_nobody_is_reassigned_while_the_other_service_goes_on(season: Season):
    lizhe = season.selected("P1", Category.ENTERPRISE)
    file(season, season.submitted(lizhe, season.h1))

    said = refusal(season, season.submitted(lizhe, season.h3), reassign="企业急需")

    assert f"改派须在原协议终止或到期之后办理（{NUMBER}服务至2027-12-31）。" in said
    assert not Reassignment.objects.exists()


def test_years_that_a_terminated_agreement_never_reached_are_free(season: Season):
    old = ended(season)
    assert [row.year for row in old.yearly_hosts.all()] == [2026]
    new = season.submitted(old.registration, season.h3, service_start=date(2027, 1, 1), service_end=date(2027, 12, 31))

    file(season, new, on=date(2026, 12, 20))

    assert (YearlyHost.objects.get(year=2027).host, YearlyHost.objects.get(year=2026).host) == (season.h3, season.h1)
    assert not Reassignment.objects.exists()


def test_sc05_an_agricultural_specialist_with_many_hosts(season: Season):
    zhangsheng = season.selected("P3", institution=season.i1)

    numbers = [
        file(season, season.submitted(zhangsheng, host)).filing_number for host in (season.h4, season.h5, season.h3)
    ]

    assert numbers == ["SJZ-KTP-2026-0001", "SJZ-KTP-2026-0002", "SJZ-KTP-2026-0003"]


def test_sc07_sixth_person_at_a_below_scale_tech_sme(season: Season):
    crowd(season, season.h2, Category.ENTERPRISE, "P1", "P2", "P5", "P8", "P9")
    sixth = season.submitted(season.selected("P10", Category.ENTERPRISE), season.h2, service_start=date(2026, 6, 1))

    assert refusal(season, sixth) == (
        "“示范精密机械有限公司”属于规模以下科技型中小企业，原则上接受科技特派员不超过5人，服务期内现有5人，本次后为6人。"
        "如确需超出，须由市科技局填写例外说明。（工作方案四（一））"
    )
    file(season, sixth, reasons={"E-CAP5": "省级示范基地建设需要"}, documents={"E-CAP5": "石科纪要〔2026〕3号"})

    kept = Override.objects.get()
    assert (kept.code, kept.reason, kept.document_number) == ("E-CAP5", "省级示范基地建设需要", "石科纪要〔2026〕3号")
    assert (kept.target_id, kept.by) == (sixth.pk, season.officer.person)


def test_an_unverified_word_to_be_above_scale_takes_no_firm_out_of_the_cap(season: Season):
    firm, pack = flagged(season.h2, above_scale=True, tech_sme=True), season.pack
    for key in ("P1", "P2", "P5", "P8", "P9"):
        season.filed(season.selected(key, Category.BROKER), firm)
    sixth = season.submitted(season.selected("P10", Category.BROKER), firm)

    def said() -> dict[str, str]:
        verdicts = services.judge(sixth, on=MAY_20, pack=pack)
        return {
            one.entry.code: one.finding.message
            for one in verdicts
            if (one.finding and "HOST" in one.entry.code) or (one.finding and "CAP5" in one.entry.code)
        }

    assert said() == {
        "I-HOST": "“示范精密机械有限公司”申报的企业标识（规模以上、科技型中小企业）尚未核实。",
        "E-CAP5": "“示范精密机械有限公司”属于科技型中小企业（规模以上未核实），原则上接受科技特派员不超过5人，"
        "服务期内现有5人，本次后为6人。如确需超出，须由市科技局填写例外说明。",
    }
    [crowd] = queries.crowds(2026, more_than=5, takes_its_word=False)
    assert (crowd.host_id, queries.crowds(2026, more_than=5, takes_its_word=True)) == (firm.pk, [])

    # A pack of before goes by the declaration and has no word about it.
    rules = {code: entry for code, entry in pack.rules.items() if code != "I-HOST"}
    pack.rules = {**rules, "E-CAP5": {**rules["E-CAP5"], "params": {"cap": 5}}}
    assert said() == {}

    pack.refresh_from_db()
    verify_flags(firm, by=season.officer, on=MAY_20, basis="2026A001")
    sixth.refresh_from_db()
    assert said() == {}


def test_a_past_year_is_judged_by_the_flags_of_that_year(season: Season):
    firm = flagged(season.h2, tech_sme=True)
    for key in ("P1", "P2", "P5", "P8", "P9", "P10"):
        season.filed(season.selected(key, Category.BROKER), firm)
    keep_year(firm)
    firm.is_above_scale, firm.flags_year = True, 2027
    firm.save()
    keep_year(firm)

    crowded = {year: bool(queries.crowds(year, more_than=5, takes_its_word=True)) for year in (2026, 2027)}

    assert crowded == {2026: True, 2027: False}


def test_sc08_units_without_a_cap(season: Season):
    five = [season.selected(key, Category.BROKER) for key in ("P1", "P2", "P5", "P8", "P9")]
    for broker, host in product(five, (season.h1, season.h3)):
        season.filed(broker, host)
    above_scale = season.submitted(season.selected("P10", Category.BROKER), season.h1)
    other_small_firm = season.submitted(season.selected("P11", Category.BROKER), season.h3)

    def notices(agreement: Agreement) -> list[str]:
        verdicts = services.judge(agreement, on=MAY_20)
        return [verdict.entry.code for verdict in verdicts if verdict.finding]

    assert (notices(above_scale), notices(other_small_firm)) == (["I-HOST"], ["I-CAP5"])
    assert file(season, above_scale).filing_number
    assert file(season, other_small_firm).filing_number


def test_a_sixth_cooperative_person_may_come_when_one_has_been_terminated(season: Season):
    first, *_ = crowd(season, season.h4, Category.AGRICULTURE, "P1", "P2", "P5", "P8", "P9")
    sixth = season.submitted(season.selected("P10"), season.h4)
    services.terminate_agreement(first, by=season.officer, on=MAY_20, reason=TerminationReason.AGREED)

    assert file(season, sixth).filing_number == NUMBER


# --- the person -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("category", "more", "refused"),
    [
        pytest.param(Category.ENTERPRISE, {}, True, id="enterprise"),
        pytest.param(Category.AGRICULTURE, {}, True, id="agriculture"),
        pytest.param(Category.ENTERPRISE, {"personnel_type": PersonnelType.GRADUATE}, True, id="graduate"),
        pytest.param(Category.BROKER, {}, False, id="broker"),
        pytest.param(Category.AGRICULTURE, {"form": "team"}, False, id="team"),
    ],
)
def test_sc12_the_provincial_list_at_filing(season: Season, category: str, more: dict[str, Any], refused: bool):
    agreement = season.submitted(season.selected("P2", category, **more), season.h4)
    season.on_provincial_list("P2")

    if refused:
        assert "赵芃已列入2026年度省级科技特派员" in refusal(season, agreement)
    else:
        assert file(season, agreement).filing_number == NUMBER


def test_a_listing_that_is_over_before_the_service_begins_is_no_obstacle(season: Season):
    season.on_provincial_list("P2", valid_to=date(2026, 5, 11))

    assert file(season, season.submitted(season.selected("P2"), season.h4)).filing_number == NUMBER


def test_who_lost_the_qualification_is_not_filed(season: Season):
    agreement = season.submitted(season.selected("P3"), season.h4)
    type(agreement.specialist).objects.update(status="revoked", revoked_on=MAY_18)

    assert "张昇的科技特派员资格已取消（2026年5月18日），不能签约" in refusal(season, agreement)


# --- the yearly plan --------------------------------------------------------------------------------------------------


def test_sc24_a_person_beyond_the_plan_needs_the_bureaus_reason(season: Season):
    small_plan(season, 2)
    for key in ("P1", "P2"):
        file(season, season.submitted(season.selected(key), season.h4))
    third = season.submitted(season.selected("P3"), season.h5)

    assert refusal(season, third) == (
        "农业科技特派员2026年度计划2名，已备案2名，超出计划请填写说明。（工作方案四（一））"
    )
    assert file(season, third, reasons={"W-QUOTA": "特色产业急需"}).filing_number == "SJZ-KTP-2026-0003"
    assert Override.objects.get().code == "W-QUOTA"


def test_another_agreement_of_a_counted_person_takes_no_further_place(season: Season):
    small_plan(season, 2)
    people = [season.selected(key) for key in ("P1", "P2")]
    for person in people:
        file(season, season.submitted(person, season.h4))

    assert file(season, season.submitted(people[0], season.h5)).filing_number == "SJZ-KTP-2026-0003"


def test_the_plan_counts_what_was_filed_this_year_and_is_still_counted_when_ended(season: Season):
    small_plan(season, 1)
    season.filed(season.selected("P1"), season.h4, filed_on=date(2025, 12, 31), submitted_on=date(2025, 12, 30))
    ended = file(season, season.submitted(season.selected("P2"), season.h4))
    services.terminate_agreement(ended, by=season.officer, on=MAY_20, reason=TerminationReason.AGREED)

    assert "已备案1名" in refusal(season, season.submitted(season.selected("P3"), season.h4))


def test_a_team_and_an_enterprise_specialist_have_no_planned_number(season: Season):
    small_plan(season, 0)

    file(season, season.submitted(season.selected("P1", form="team"), season.h4))
    file(season, season.submitted(season.selected("P2", Category.ENTERPRISE), season.h1))

    assert NumberSeries.objects.get().last == 2


# --- the institution's reasons at the bureau --------------------------------------------------------------------------


def test_what_the_institution_explained_needs_no_second_reason(season: Season):
    agreement = season.submitted(
        season.selected("P3"),
        season.h4,
        service_end=date(2026, 12, 31),
        institution_reasons={"W-END": "只服务一个生产季", "W-TERM": "只服务一个生产季"},
    )

    assert file(season, agreement).filing_number == NUMBER
    assert not Override.objects.exists()  # they were kept at the submission


def test_the_bureau_may_give_a_reason_that_the_institution_left_out(season: Season):
    agreement = season.submitted(season.selected("P3"), season.h4, service_end=date(2026, 12, 31))
    assert "服务期限一般为1-2年，当前为7个月20天" in refusal(season, agreement)

    file(season, agreement, reasons={"W-TERM": "现场已核实", "W-END": "现场已核实"})

    assert sorted(Override.objects.values_list("code", flat=True)) == ["W-END", "W-TERM"]
