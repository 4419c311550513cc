"""What a text may and must say, and what it becomes for one agreement: plain functions, without a database."""

import tomllib
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from agreements.wording import rules
from agreements.wording.clauses import Clause, Wording, numeral
from agreements.wording.facts import EXAMPLES, Facts
from agreements.wording.terms import CONDITIONS, PLACEHOLDERS, Piece, Style, in_groups
from core.policy import Finding, Level, RuleEntry
from tests.agreements.wording.hands import beside, with_clause


def told_in(path: Path) -> Wording:
    said: dict[str, Any] = tomllib.loads(path.read_text())
    return Wording.of(said["opening"], said["clauses"])


FIRST = told_in(import_module("agreements.migrations.0019_first_text").FIRST)
BUILT_IN = told_in(import_module("agreements.migrations.0029_second_text").SECOND)
WITHOUT_SUBSIDY = RuleEntry("W-TEXT-SUBSIDY", "六（二）", "补助资金由各派出单位统一掌握", Level.WARN)
AMOUNT = RuleEntry("E-AMOUNT", "六（二）", "每人每次500-800元", Level.BLOCK, {"min_fen": 50000, "max_fen": 80000})


def example(case: str) -> Facts:
    return EXAMPLES[case][1]


def words(paragraph: list[Piece]) -> str:
    return "".join(piece.text for piece in paragraph)


def said(findings: list[Finding]) -> list[str]:
    return [finding.message for finding in findings]


def figures(text: Wording) -> list[Finding]:
    found = [rules.names_no_figure(AMOUNT, place) for place in rules.places(text)]
    return [finding for finding in found if finding]


# --- put together -----------------------------------------------------------------------------------------------------


def test_the_built_in_words_are_whole_and_in_order() -> None:
    assert [
        *rules.is_in_shape(BUILT_IN),
        *rules.can_be_filled(BUILT_IN),
        *figures(BUILT_IN),
        *rules.says_what_it_must(BUILT_IN),
    ] == []


def test_clauses_are_numbered_as_they_are_printed() -> None:
    text = beside(
        with_clause(BUILT_IN, 1, condition=""), Clause("团队", "团队【团队名称】由【团队成员】组成。", "team")
    )

    alone, team = (text.printed(example(case)) for case in ("individual", "team"))

    assert [clause.heading for clause in alone][-1] == "六、其他"
    assert [clause.heading for clause in team][-1] == "七、团队"
    assert words(team[-1].paragraphs[0]) == "团队粮食作物绿色增产团队由张昇、王晓晨、何雨桐组成。"
    assert [numeral(number) for number in (1, 9, 10, 11, 20, 21, 40)] == [
        "一", "九", "十", "十一", "二十", "二十一", "四十",
    ]  # fmt: skip


def test_every_case_of_the_preview_is_printed_with_the_clauses_of_its_case() -> None:
    text = Wording(BUILT_IN.opening, tuple(Clause(one.label, "。", one.code) for one in CONDITIONS.values()))

    printed = {case: [clause.heading.partition("、")[2] for clause in text.printed(example(case))] for case in EXAMPLES}

    assert printed["individual"] == [
        "个人协议", "首次签订", "派出单位推荐", "在职人员", "农业科技特派员", "派驻单位不是企业",
    ]  # fmt: skip
    assert {label for labels in printed.values() for label in labels} == {one.label for one in CONDITIONS.values()}
    assert {len(labels) for labels in printed.values()} == {len(in_groups())}  # of each group exactly one


def test_content_of_several_paragraphs_and_goals_of_any_number() -> None:
    [_, clause, *_] = BUILT_IN.printed(example("individual"))

    assert [words(one) for one in clause.paragraphs] == [
        "（一）服务内容。小麦、谷子高产栽培技术指导。",
        "新品种引进示范。",
        "（二）年度目标。丙方每年到乙方现场服务不少于12次；组织技术培训不少于2场；引进示范新品种不少于1个。",
    ]
    assert clause.paragraphs[0][0] == Piece("（一）服务内容。", Style.KAI)
    assert Piece("12", Style.FILL) in clause.paragraphs[2]


def test_a_program_and_a_page_write_the_same_lines() -> None:
    assert Wording.of("甲\r\n乙\n", [{"heading": " 期限", "text": "一\r\n二\r三"}]) == Wording(
        "甲\n乙", (Clause("期限", "一\n二\n三"),)
    )


def test_what_is_typed_is_never_evaluated() -> None:
    typed = "{{ 7 * 7 }} {% include 'x' %} <b>粗</b> ${x} %(y)s {0}"
    text = beside(BUILT_IN, Clause("附则", typed))

    assert rules.can_be_filled(text) == []
    assert words(text.printed(example("individual"))[-1].paragraphs[0]) == typed


# --- refused at once --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        pytest.param("由【派住单位】负责。", "没有“【派住单位】”这个占位项，是否为“【派驻单位】”？", id="nearly right"),
        pytest.param("由【XYZ】负责。", "没有“【XYZ】”这个占位项，请从占位项列表中选择。", id="nothing like it"),
        pytest.param("由【】负责。", "没有“【】”这个占位项，请从占位项列表中选择。", id="empty"),
        pytest.param("由【派驻单位负责。", "“【派驻单位负责。”的“【”没有对应的“】”。", id="not closed"),
        pytest.param("由派驻单位】负责。", "“由派驻单位】”的“】”没有对应的“【”。", id="not opened"),
        pytest.param("由【派驻【派驻单位】】负责。", "“【派驻【派驻单位”的“【”没有对应的“】”。", id="one in another"),
        pytest.param(
            "团队【团队名称】。",
            "【团队名称】只在“团队协议”时有内容，请把这一条的适用情形选为“团队协议”。",
            id="of another case",
        ),
    ],
)
def test_a_placeholder_that_cannot_be_filled_is_named_with_its_clause(typed: str, sentence: str) -> None:
    text = with_clause(BUILT_IN, 3, text=typed)

    assert said(rules.can_be_filled(text))[0] == f"第三条“各方责任”：{sentence}"


def test_a_heading_is_plain_words() -> None:
    assert said(rules.can_be_filled(with_clause(BUILT_IN, 1, heading="【派驻单位】"))) == [
        "第一条“【派驻单位】”：标题里不能用占位项，请写在正文里。"
    ]


@pytest.mark.parametrize("typed", ["每次500元", "每次８００ 元", "每次五百元", "共1,200.00元", "不少于壹万元"])
def test_no_amount_is_written_into_the_words(typed: str) -> None:
    [finding] = figures(with_clause(BUILT_IN, 4, text=typed))

    assert (finding.code, finding.article, finding.facts["clause"]) == ("E-AMOUNT", "六（二）", 3)
    assert "补助范围请用【补助标准】" in finding.message


@pytest.mark.parametrize("typed", ["每人每次【补助标准】元", "提前三十日", "一式四份，公元纪年", "多元服务"])
def test_other_numbers_are_the_bureaus_to_write(typed: str) -> None:
    assert figures(with_clause(BUILT_IN, 4, text=typed)) == []


def test_headings_paragraphs_and_conditions_are_there() -> None:
    broken = Wording(" ", (Clause("", "字" * 4001, "nobody"), Clause("题" * 41, "\n")))

    assert said(rules.is_in_shape(broken)) == [
        "请填写开头：说明甲、乙、丙三方。",
        "第一条：请填写标题。",
        "第一条：正文不能超过4000个字，现为4001个字。",
        "第一条：适用情形无效，请重新选择。",
        "第二条：标题不能超过40个字，现为41个字。",
        "第二条：请填写正文。",
    ]
    assert said(rules.is_in_shape(Wording("甲", ()))) == ["条款应有1至40条，现为0条。"]


# --- refused for use --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [one.name for one in PLACEHOLDERS.values() if one.why])
def test_no_agreement_goes_without_what_makes_it_one(name: str) -> None:
    clauses = tuple(Clause(one.heading, one.text.replace(f"【{name}】", "")) for one in BUILT_IN.clauses)

    lacking = said(rules.says_what_it_must(Wording(BUILT_IN.opening, clauses)))

    assert f"缺少【{name}】：协议没有写明{PLACEHOLDERS[name].why}。" in lacking


def test_what_must_be_said_is_said_to_everybody() -> None:
    of_teams = with_clause(BUILT_IN, 1, condition="team")
    of_all = beside(of_teams, Clause("期限", BUILT_IN.clauses[0].text, "individual"))

    lacking = said(rules.says_what_it_must(of_teams))
    assert lacking[0].startswith("【服务开始日期】只写在第一条“服务期限”（团队协议），其他情形的协议就没有服务期限。")
    assert rules.says_what_it_must(of_all) == []
    assert len(rules.says_what_it_must(beside(of_teams, Clause("期限", BUILT_IN.clauses[0].text, "renewal")))) == 2


def test_who_decides_the_subsidy_stands_beside_its_band() -> None:
    elsewhere = with_clause(BUILT_IN, 5, text="按甲方确定的标准发放。\n范围为每人每次【补助标准】元。")

    assert said(rules.says_what_it_must(elsewhere)) == [
        "缺少工作补助的约定：须在“派出单位推荐”的协议都印的条款里，用一段写明“按甲方确定的标准”和【补助标准】（工作方案六（二））。"
    ]


def test_who_was_nominated_is_told_of_a_subsidy_and_who_was_appointed_directly_need_not_be() -> None:
    subsidy = BUILT_IN.clauses[4]
    assert subsidy.condition == "nominated"
    for_all, both = (with_clause(BUILT_IN, 5, condition=""), with_clause(BUILT_IN, 5, condition="individual"))
    assert rules.says_what_it_must(for_all) == []
    assert rules.says_what_it_must(beside(both, Clause("补助", subsidy.text, "team"))) == []

    lacking = said(rules.says_what_it_must(with_clause(BUILT_IN, 5, condition="direct")))

    assert lacking[0] == (
        "【补助标准】只写在第五条“工作补助”（市科技局直接聘请），其他情形的协议就没有工作补助标准。"
        "请写进“派出单位推荐”的协议都印的条款。"
    )
    assert lacking[1].startswith("缺少工作补助的约定")


# --- warned of --------------------------------------------------------------------------------------------------------


def promised(text: Wording) -> list[tuple[object, str]]:
    found = [rules.promises_no_subsidy_directly(WITHOUT_SUBSIDY, place) for place in rules.places(text)]
    return [(finding.facts["clause"], str(finding)) for finding in found if finding]


def test_the_first_words_promised_a_subsidy_to_direct_appointments_and_those_now_do_not() -> None:
    assert [place for place, _ in promised(FIRST)] == [2, 3]  # 各方责任, 工作补助
    assert promised(BUILT_IN) == []

    papers = {case: "".join(words(one) for clause in BUILT_IN.printed(facts) for one in clause.paragraphs) for case, (_, facts) in EXAMPLES.items()}  # fmt: skip
    assert [case for case, paper in papers.items() if "补助" not in paper] == ["direct"]
    assert [clause.heading for clause in BUILT_IN.printed(example("direct"))] == [
        "一、服务期限", "二、服务内容与年度目标", "三、各方责任", "四、协议的变更与终止", "五、其他",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("clause", "warned"),
    [
        pytest.param(Clause("附则", "补助另行约定。"), True, id="in every agreement"),
        pytest.param(Clause("附则", "每人每次【补助标准】元。", "direct"), True, id="by its placeholder"),
        pytest.param(Clause("补助", "另行约定。", "team"), True, id="in a heading, of teams of either origin"),
        pytest.param(Clause("附则", "补助另行约定。", "nominated"), False, id="of who was nominated"),
        pytest.param(Clause("附则", "另行约定。"), False, id="of something else"),
    ],
)
def test_a_subsidy_in_what_a_direct_appointment_reads_is_warned_of(clause: Clause, warned: bool) -> None:
    found = promised(beside(BUILT_IN, clause))

    assert [place for place, _ in found] == ([7] if warned else [])
    assert all(words_of.endswith("（工作方案六（二））") for _, words_of in found)


def test_the_opening_is_read_too() -> None:
    [(place, sentence)] = promised(Wording("甲方、乙方、丙方约定补助。", BUILT_IN.clauses))

    assert place == -1
    assert sentence.startswith("开头：直接聘请的协议也印这一段，其中写有“补助”。")


def test_the_opening_says_who_is_who() -> None:
    text = Wording("经派出单位（甲方）与派驻单位（乙方）协商一致。", BUILT_IN.clauses)

    assert said(rules.says_what_it_must(text)) == ["开头没有写明“丙方”：须说明谁是甲方、乙方、丙方。"]
