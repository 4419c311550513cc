"""The rules, each by a table of cases: no database, no clock."""

from collections.abc import Collection
from datetime import date
from typing import Any

import pytest

from accounts.enums import HostType
from agreements import rules
from agreements.enums import AgreementStatus, Party
from agreements.rules import Signed, Stay, YearTaken
from core.packs import POLICIES, read
from core.policy import Finding, Level, RuleEntry, Side
from specialists.enums import Category, Form, RegistrationStatus

PACK = read(POLICIES / "shijiazhuang-2026.toml")


def entry(code: str, **changed: Any) -> RuleEntry:
    rule = PACK["rules"][code]
    params = {**rule.get("params", {}), **changed}
    return RuleEntry(code, rule["article"], rule["quote"], Level(rule["level"]), params, rule["title"])


def day(text: str) -> date:
    return date.fromisoformat(text)


def case(*values: Any, says: str) -> Any:
    return pytest.param(*values, id=says)


def test_an_agreement_of_a_former_leader_says_who_leads_and_what_to_do():
    found = rules.signed_by_the_leader(entry("E-TEAM-LEADER"), team="谷物团队", leader="王晓晨", signer="张昇")

    assert found
    assert found.message == (
        "团队“谷物团队”现在的负责人是王晓晨，这份协议以张昇起草；三方协议由负责人代表签署，请以王晓晨重新起草。"
    )
    assert rules.signed_by_the_leader(entry("E-TEAM-LEADER"), team="谷物团队", leader="张昇", signer="张昇") is None


# --- the way of an agreement ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("to", list(AgreementStatus))
@pytest.mark.parametrize("status", list(AgreementStatus))
def test_an_agreement_moves_as_its_table_says(status: AgreementStatus, to: AgreementStatus):
    found = rules.may_move(entry("E-STATE"), status=status, to=to)

    if to in AgreementStatus.moves[status]:
        assert found is None
    else:
        assert str(found) == f"当前状态为“{status.label}”，不能执行此操作。（工作方案四（二））"


@pytest.mark.parametrize(
    ("status", "editable"),
    [("draft", True), ("returned", True), ("submitted", False), ("filed", False), ("terminated", False)],
)
def test_what_the_bureau_has_before_it_no_longer_changes(status: str, editable: bool):
    assert (rules.may_edit(entry("E-STATE"), status=AgreementStatus(status)) is None) is editable


@pytest.mark.parametrize(
    ("status", "changed", "refused"),
    [
        case("filed", ["service_end"], True, says="the end of what is filed"),
        case("terminated", ["service_start"], True, says="the start of what is terminated"),
        case("filed", ["service_content"], False, says="other content is E-STATE"),
        case("draft", ["service_end"], False, says="a draft"),
        case("returned", ["service_end"], False, says="a returned one"),
    ],
)
def test_the_period_of_a_filed_agreement_is_final(status: str, changed: list[str], refused: bool):
    found = rules.period_is_final(entry("E-END-LOCK"), status=AgreementStatus(status), changed=changed)

    assert (found is not None) is refused
    assert found is None or "服务截止日不能修改" in found.message


@pytest.mark.parametrize("status", list(AgreementStatus))
def test_only_what_is_filed_is_certified_or_extended(status: AgreementStatus):
    found = rules.is_filed(entry("E-STATE"), status=status)

    assert (found is None) is (status == AgreementStatus.FILED)


def test_an_agreement_can_be_ended_until_its_last_day():
    last_day = day("2027-12-31")

    assert rules.is_not_over(entry("E-STATE"), last_day=last_day, on=last_day) is None
    over = rules.is_not_over(entry("E-STATE"), last_day=last_day, on=day("2028-01-01"))
    assert over
    assert over.message == "协议已于2027-12-31到期，不能执行此操作。"


@pytest.mark.parametrize("status", list(RegistrationStatus))
def test_who_signs_has_been_selected(status: RegistrationStatus):
    found = rules.selected(entry("E-SELECTED"), specialist="李喆", status=status)

    assert (found is None) is (status == RegistrationStatus.APPROVED)


# --- what the paper says ----------------------------------------------------------------------------------------------

WHOLE = {
    "host": 7,
    "service_start": day("2026-05-12"),
    "service_end": day("2027-12-31"),
    "service_content": "果树修剪指导",
    "visits_per_year": 12,
    "goals": [{"name": "培训", "count": 2, "unit": "场"}],
}


@pytest.mark.parametrize(
    ("left_out", "named"),
    [
        case({"host": None}, "派驻单位", says="host"),
        case({"service_start": None}, "服务开始日期", says="start"),
        case({"service_end": None}, "服务截止日期", says="end"),
        case({"service_content": " \n"}, "服务内容", says="content of spaces"),
        case({"visits_per_year": None}, "年度到现场服务次数", says="visits"),
        case({"visits_per_year": 0}, "年度到现场服务次数", says="no visits"),
        case({"goals": []}, "年度目标任务", says="goals"),
        case({"host": None, "goals": []}, "派驻单位、年度目标任务", says="two at once"),
    ],
)
def test_what_is_missing_is_named_in_the_words_of_the_page(left_out: dict[str, Any], named: str):
    found = rules.complete(entry("E-COMPLETE"), values={**WHOLE, **left_out})

    assert found
    assert found.message == f"协议内容不完整，请补充：{named}。"


def test_a_whole_agreement_lacks_nothing():
    assert rules.complete(entry("E-COMPLETE"), values=WHOLE) is None


@pytest.mark.parametrize(
    ("start", "end", "fine"),
    [
        ("2026-05-12", "2026-05-12", True),
        ("2026-05-12", "2026-05-11", False),
    ],
)
def test_service_does_not_end_before_it_starts(start: str, end: str, fine: bool):
    assert (rules.ends_after_it_starts(entry("E-COMPLETE"), start=day(start), end=day(end)) is None) is fine


@pytest.mark.parametrize(
    ("institution", "host", "refused"),
    [
        case(1, 2, False, says="two units"),
        case(1, 1, True, says="one unit on both sides"),
        case(None, 1, False, says="direct appointment"),
    ],
)
def test_the_parties_are_three(institution: int | None, host: int, refused: bool):
    found = rules.three_different_parties(entry("E-SAME-PARTY"), institution=institution, host=host)

    assert (found is not None) is refused


SIGNED_ON = day("2026-05-12")
THREE = [Signed(party, "某人", SIGNED_ON) for party in Party]


@pytest.mark.parametrize(
    ("signatures", "scanned", "wanting"),
    [
        case(THREE, [1], None, says="all signed and scanned"),
        case(THREE, [1, 1], None, says="scanned twice"),
        case([s for s in THREE if s.party != Party.HOST], [1], "缺少：派驻单位", says="no host"),
        case([], [1], "缺少：派出单位、派驻单位、科技特派员", says="nobody"),
        case(
            [Signed(p, " ", SIGNED_ON) for p in Party], [1], "缺少：派出单位、派驻单位、科技特派员", says="blank names"
        ),
        case(THREE, [], "缺少：签署后的扫描件", says="no scan"),
        case(
            [*THREE[:2], Signed(Party.SPECIALIST, "李喆", day("2026-05-21"))],
            [1],
            "签署日期晚于今天：科技特派员",
            says="signed tomorrow",
        ),
        case([], [], "缺少：派出单位、派驻单位、科技特派员；缺少：签署后的扫描件", says="everything at once"),
    ],
)
def test_all_three_have_signed_the_paper_as_it_reads(signatures: list[Signed], scanned: list[int], wanting: str | None):
    found = rules.signed_by_all(
        entry("E-PARTIES"), signatures=signatures, scanned=scanned, version=1, on=day("2026-05-20")
    )

    expected = f"三方协议须由科技特派员、派出单位、派驻单位三方签署，{wanting}。" if wanting else None
    assert (found and found.message) == expected


def test_a_scan_of_an_older_version_is_not_the_paper():
    found = rules.signed_by_all(entry("E-PARTIES"), signatures=THREE, scanned=[1, 2], version=3, on=day("2026-05-20"))

    assert found
    assert "扫描件为第2版协议书，内容改为第3版后须重新签署并上传" in found.message


# --- how long ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("start", "end", "says"),
    [
        case("2026-12-31", "2027-12-31", None, says="A5: the shortest default, one year and a day"),
        case("2026-01-01", "2027-12-31", None, says="A5: the longest default, two years to the day"),
        case("2028-01-01", "2028-12-31", None, says="SC-17: exactly one year"),
        case("2028-01-02", "2028-12-31", "11个月30天", says="a day less than one year"),
        case("2025-12-31", "2027-12-31", "2年1天", says="a day more than two years"),
        case("2026-05-12", "2026-12-31", "7个月20天", says="half a year"),
        case("2028-02-29", "2029-02-28", None, says="a year from the 29th of February"),
        case("2028-02-29", "2029-02-27", "11个月30天", says="a day less from the 29th of February"),
        case("2026-05-12", "2026-05-12", "1天", says="one day"),
    ],
)
def test_service_lasts_one_to_two_years(start: str, end: str, says: str | None):
    found = rules.usual_term(entry("W-TERM"), start=day(start), end=day(end))

    assert (found and found.message) == (says and f"服务期限一般为1-2年，当前为{says}，请填写说明。")


@pytest.mark.parametrize(
    ("start", "end", "says"),
    [
        case("2025-01-01", "2026-12-31", None, says="from the year before"),
        case("2027-12-31", "2029-12-30", None, says="to the year after"),
        case("2024-12-31", "2026-12-30", "服务开始日期为2024年12月31日，与本年度相差过远", says="two years back"),
        case("1901-05-20", "2027-12-31", "只能在2025年至2027年之间", says="of another century"),
        case("2026-05-20", "2031-05-20", None, says="five years, odd but thinkable"),
        case("2026-05-20", "2206-12-31", "距开始日期超过5年", says="an end of another century"),
    ],
)
def test_a_service_begins_near_the_year_it_is_signed_in(start: str, end: str, says: str | None):
    found = rules.of_our_time(entry("E-TERM-YEAR"), start=day(start), end=day(end), on=day("2026-05-20"))

    assert (found is None) if says is None else (found is not None and says in found.message)


def test_the_length_of_a_default_period_is_never_in_question():
    for start in (
        date.fromordinal(ordinal) for ordinal in range(day("2026-01-01").toordinal(), day("2029-01-01").toordinal())
    ):
        end = rules.default_end(entry("W-END"), signed_on=start)
        assert rules.usual_term(entry("W-TERM"), start=start, end=end) is None, start


@pytest.mark.parametrize(
    ("signed_on", "end", "usual"),
    [
        case("2026-05-12", "2027-12-31", None, says="SC-01"),
        case("2027-11-05", "2028-12-31", None, says="SC-17: signed in the autumn before"),
        case("2028-01-04", "2029-12-31", None, says="SC-17: signed in January"),
        case("2028-01-04", "2028-12-31", "2029-12-31", says="signed in January, a year short"),
        case("2026-05-12", "2027-12-30", "2027-12-31", says="A23: not the day before"),
    ],
)
def test_an_agreement_ends_on_the_last_day_of_the_next_year(signed_on: str, end: str, usual: str | None):
    found = rules.usual_end(entry("W-END"), signed_on=day(signed_on), end=day(end))

    expected = f"截止日一般为下一年度12月底（{usual}），当前为{end}，请填写说明。" if usual else None
    assert (found and found.message) == expected


@pytest.mark.parametrize(
    ("graduates_on", "refused"),
    [
        case(None, False, says="staff"),
        case("2027-06-30", True, says="SC-26: graduates before the end"),
        case("2027-12-31", False, says="on the last day"),
        case("2028-06-30", False, says="later"),
    ],
)
def test_a_graduate_student_stays_one_to_the_end(graduates_on: str | None, refused: bool):
    found = rules.graduates_after_the_end(
        entry("W-GRADUATION"),
        specialist="周珺",
        graduates_on=day(graduates_on) if graduates_on else None,
        end=day("2027-12-31"),
    )

    assert (found is not None) is refused


@pytest.mark.parametrize(
    ("start", "running_to", "refused"),
    [
        case("2028-01-01", "2027-12-31", False, says="the day after"),
        case("2027-12-31", "2027-12-31", True, says="the same day"),
        case("2027-12-01", "2027-12-31", True, says="SC-17: a month before"),
        case("2026-05-12", None, False, says="no other agreement"),
    ],
)
def test_an_extension_begins_after_the_agreement_it_extends(start: str, running_to: str | None, refused: bool):
    to = day(running_to) if running_to else None

    found = rules.begins_after(entry("E-OVERLAP"), start=day(start), running_to=to)

    assert (found and found.message) == (f"续签协议的开始日期须晚于原协议截止日{running_to}。" if refused else None)


@pytest.mark.parametrize(
    ("on", "renewal", "says"),
    [
        case("2026-12-31", None, "2027-01-01起可以办理续签", says="a day before the window opens"),
        case("2027-01-01", None, None, says="on the day it opens"),
        case("2028-03-01", None, None, says="after the end, as a new agreement"),
        case("2027-11-05", "D-9", "该协议已有续签协议（D-9），不能重复续签", says="a second time"),
    ],
)
def test_an_extension_is_signed_in_the_year_in_which_the_agreement_ends(on: str, renewal: str | None, says: str | None):
    found = rules.may_renew(entry("E-RENEW"), end=day("2027-12-31"), opens="01-01", on=day(on), renewal=renewal)

    assert (found is None) if says is None else (found is not None and says in found.message)


# --- who serves where -------------------------------------------------------------------------------------------------

SPRING = (day("2026-01-01"), day("2026-06-30"))
AUTUMN = (day("2026-07-01"), day("2026-12-31"))
YEAR = (day("2026-01-01"), day("2026-12-31"))
NEWCOMER = Stay(9, *YEAR)


@pytest.mark.parametrize(
    ("present", "now_then"),
    [
        case([Stay(n, *YEAR) for n in range(4)], None, says="the fifth person"),
        case([Stay(n, *YEAR) for n in range(5)], (5, 6), says="the sixth person"),
        case([Stay(n, *YEAR) for n in (0, 1, 2, 3, 3)], None, says="two papers of one person count once"),
        case([Stay(n, *YEAR) for n in (0, 1, 2, 3, 9)], None, says="the newcomer is one of the five"),
        case(
            [Stay(n, *SPRING) for n in range(3)] + [Stay(n, *AUTUMN) for n in range(3, 6)],
            None,
            says="three in spring and three others in autumn never meet",
        ),
        case([Stay(n, *YEAR) for n in range(4)] + [Stay(4, *AUTUMN)], (5, 6), says="full only in the second half"),
        case(
            [Stay(n, *YEAR) for n in range(4)] + [Stay(4, day("2025-01-01"), YEAR[0])], (5, 6), says="full on one day"
        ),
        case(
            [Stay(n, *YEAR) for n in range(4)] + [Stay(4, YEAR[1], day("2027-01-31"))], (5, 6), says="on the last day"
        ),
    ],
)
def test_a_cooperative_takes_five_persons_on_any_one_day(present: list[Stay], now_then: tuple[int, int] | None):
    found = rules.host_may_take(
        entry("E-CAP5"), host="合作社甲", capped_as="合作社", present=present, newcomer=NEWCOMER
    )

    assert (found and (found.facts["now"], found.facts["then"])) == now_then


def test_a_host_without_a_cap_takes_any_number():
    present = [Stay(n, *YEAR) for n in range(40)]

    assert rules.host_may_take(entry("E-CAP5"), host="甲", capped_as=None, present=present, newcomer=NEWCOMER) is None


@pytest.mark.parametrize(
    ("host_type", "is_tech_sme", "is_above_scale", "capped_as", "noticed"),
    [
        case(HostType.COOPERATIVE, False, True, "合作社", False, says="a cooperative of any size"),
        case(HostType.ENTERPRISE, True, False, "规模以下科技型中小企业", False, says="a small technology firm"),
        case(HostType.ENTERPRISE, True, True, None, False, says="a technology firm above the scale"),
        case(HostType.ENTERPRISE, False, True, None, False, says="a large firm"),
        case(HostType.ENTERPRISE, False, False, None, True, says="a small firm of another kind is only noticed"),
        case(HostType.VILLAGE, False, False, None, False, says="a village"),
        case(HostType.UNIVERSITY, False, False, None, False, says="a university"),
    ],
)
def test_the_cap_binds_cooperatives_and_small_technology_firms(
    host_type: HostType, is_tech_sme: bool, is_above_scale: bool, capped_as: str | None, noticed: bool
):
    flags: dict[str, Any] = {"host_type": host_type, "is_tech_sme": is_tech_sme, "is_above_scale": is_above_scale}

    assert rules.capped_as(**flags) == capped_as
    assert rules.is_other_small_firm(**flags) is noticed


@pytest.mark.parametrize(("others", "noticed"), [(4, False), (5, True)])
def test_more_than_five_at_another_small_firm_are_only_pointed_out(others: int, noticed: bool):
    found = rules.small_firm_is_not_capped(
        entry("I-CAP5"),
        host="甲",
        is_other_small_firm=True,
        present=[Stay(n, *YEAR) for n in range(others)],
        newcomer=NEWCOMER,
    )

    assert (found and found.level) == (Level.INFO if noticed else None)


def taken(year: int, last_day: str = "2027-12-31") -> YearTaken:
    return YearTaken(year, "企业甲", "SJZ-KTP-2026-0001", day(last_day))


@pytest.mark.parametrize(
    ("category", "form", "elsewhere", "refused"),
    [
        case("enterprise", "individual", [taken(2026)], True, says="enterprise"),
        case("enterprise", "individual", [], False, says="enterprise, no other host"),
        case("enterprise", "team", [taken(2026)], False, says="A13: a team"),
        case("agriculture", "individual", [taken(2026)], False, says="R20: agriculture"),
        case("broker", "individual", [taken(2026)], False, says="R21: broker"),
    ],
)
def test_only_an_enterprise_specialist_is_bound_to_one_host_a_year(
    category: str, form: str, elsewhere: Collection[YearTaken], refused: bool
):
    found = one_host(category=category, form=form, elsewhere=elsewhere)

    assert (found is not None) is refused


def one_host(**more: Any) -> Finding | None:
    facts = {
        "specialist": "李喆",
        "category": "enterprise",
        "form": "individual",
        "start": day("2026-06-10"),
        "on": day("2026-06-10"),
        **more,
    }
    facts |= {"category": Category(facts["category"]), "form": Form(facts["form"])}
    return rules.one_host_a_year(entry("E-ONE-HOST"), **facts)


@pytest.mark.parametrize(
    ("last_day", "start", "on", "possible"),
    [
        case("2026-06-09", "2026-06-10", "2026-06-10", True, says="over yesterday"),
        case("2026-06-10", "2026-06-11", "2026-06-10", False, says="its last day is today"),
        case("2026-06-20", "2026-07-01", "2026-06-10", False, says="it will be over, but is not yet"),
        case("2026-06-09", "2026-06-09", "2026-06-10", False, says="the new service would begin before it was over"),
    ],
)
def test_a_year_is_reassigned_only_when_the_other_service_is_over(last_day: str, start: str, on: str, possible: bool):
    facts: dict[str, Any] = {"elsewhere": [taken(2026, last_day)], "start": day(start), "on": day(on)}

    refused = one_host(**facts)

    assert refused
    assert refused.facts["reassignable"] is possible
    assert (one_host(**facts, reassigning=True) is None) is possible


@pytest.mark.parametrize(
    ("category", "host_type", "noticed"),
    [
        case(Category.BROKER, HostType.ENTERPRISE, False, says="enterprise"),
        case(Category.BROKER, HostType.UNIVERSITY, False, says="university"),
        case(Category.BROKER, HostType.RESEARCH_INSTITUTE, False, says="research institute"),
        case(Category.BROKER, HostType.COUNTY_BUREAU, False, says="county bureau"),
        case(Category.BROKER, HostType.COOPERATIVE, True, says="a cooperative is not named"),
        case(Category.AGRICULTURE, HostType.COOPERATIVE, False, says="agriculture goes anywhere"),
        case(Category.ENTERPRISE, HostType.VILLAGE, False, says="enterprise specialists too"),
    ],
)
def test_the_hosts_of_a_broker_are_an_open_list(category: Category, host_type: HostType, noticed: bool):
    found = rules.usual_host(entry("E-HOST-KIND"), category=category, host="甲", host_type=host_type)

    assert (found and found.level) == (Level.INFO if noticed else None)


# --- the pack ---------------------------------------------------------------------------------------------------------


def test_level_and_numbers_come_from_the_pack():
    stricter = RuleEntry("E-CAP5", "四（一）", "不超过3人", Level.BLOCK, {"cap": 3}, reason_by=Side.BUREAU)
    present = [Stay(n, *YEAR) for n in range(3)]

    found = rules.host_may_take(stricter, host="合作社甲", capped_as="合作社", present=present, newcomer=NEWCOMER)

    assert found is not None
    assert (found.level, found.message) == (
        Level.BLOCK,
        "“合作社甲”属于合作社，原则上接受科技特派员不超过3人，服务期内现有3人，本次后为4人。",
    )
