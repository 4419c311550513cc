from collections.abc import Mapping
from datetime import date

import pytest
from django.db import DatabaseError, IntegrityError, transaction

from core.models import PolicyPack
from core.packs import POLICIES, load_all, read
from core.policy import Finding, Level, Refused, RuleEntry, Side, Verdict, require

BLOCK = Finding("E-ONE-HOST", Level.BLOCK, "四（一）", "只能签约服务一个单位")
WARN = Finding("E-CAP5", Level.WARN, "四（一）", "原则上不超过5人")
EXPLAINED = Finding("W-END", Level.WARN, "四（二）", "截止日一般为下一年度12月底", reason_by=Side.INSTITUTION)
INFO = Finding("E-HOST-KIND", Level.INFO, "四（一）", "可以签约企业、院校")

WORK_PLAN_WORDS = {
    "E-CAP5": "（规模以下）科技型中小企业和合作社原则上不超过5人",
    "E-ONE-HOST": "企业科技特派员在同一年度内只能签约服务一个单位",
}


def test_a_refusal_names_everything_in_the_way_at_once() -> None:
    with pytest.raises(Refused) as refusal:
        require(BLOCK, None, WARN, INFO)

    assert refusal.value.findings == [BLOCK, WARN]
    assert str(refusal.value) == "只能签约服务一个单位（工作方案四（一）） 原则上不超过5人（工作方案四（一））"


def test_a_warn_passes_on_a_written_reason_and_is_given_back_to_be_recorded() -> None:
    assert require(WARN, INFO, overrides={"E-CAP5": "省级示范基地建设需要"}) == [WARN]


@pytest.mark.parametrize(
    ("finding", "overrides"),
    [
        pytest.param(WARN, {"E-CAP5": "  "}, id="a blank reason is none"),
        pytest.param(WARN, {"W-END": "续建项目"}, id="a reason for something else"),
        pytest.param(BLOCK, {"E-ONE-HOST": "情况特殊"}, id="no reason lifts a block"),
    ],
)
def test_a_finding_stays_in_the_way(finding: Finding, overrides: Mapping[str, str]) -> None:
    with pytest.raises(Refused):
        require(finding, overrides=overrides)


def test_what_only_the_bureau_may_except_is_left_open_when_the_institution_submits() -> None:
    assert require(WARN, EXPLAINED, overrides={"W-END": "项目周期"}, side=Side.INSTITUTION) == [EXPLAINED]


def test_the_institution_cannot_lift_the_bureaus_warn_by_writing_a_reason() -> None:
    assert require(WARN, overrides={"E-CAP5": "我们需要"}, side=Side.INSTITUTION) == []


@pytest.mark.parametrize("side", Side)
def test_the_institutions_own_explanation_is_required_on_both_sides(side: Side) -> None:
    with pytest.raises(Refused):
        require(EXPLAINED, side=side)


@pytest.mark.parametrize(
    ("asks", "says"),
    [
        pytest.param("当前为7个月，请填写说明。", "当前为7个月。", id="of whoever hands it in"),
        pytest.param("计划40名，超出计划请填写说明。", "计划40名，超出计划。", id="in the same breath"),
        pytest.param("本次后为6人。如确需超出，须由市科技局填写例外说明。", "本次后为6人。", id="of the bureau"),
    ],
)
def test_only_a_warn_asks_for_a_reason_whatever_the_rule_was_written_for(asks: str, says: str) -> None:
    said = [RuleEntry("W", "四（一）", "", level).finding(asks).message for level in Level]

    assert said == [says if level != Level.WARN else asks for level in Level]


@pytest.mark.parametrize(
    ("verdict", "tone"),
    [
        (Verdict(RuleEntry("E-CAP5", "四（一）", "", Level.WARN)), "ok"),
        (Verdict(RuleEntry("E-CAP5", "四（一）", "", Level.WARN), WARN), "warn"),
        (Verdict(RuleEntry("E-PARTIES", "四（二）", "", Level.BLOCK), waiting="上传扫描件后校验"), "wait"),
    ],
)
def test_a_verdict_is_coloured_by_what_it_found(verdict: Verdict, tone: str) -> None:
    assert verdict.tone == tone


@pytest.mark.django_db
def test_a_correction_of_the_policy_is_a_new_version_and_the_active_one_cannot_change() -> None:
    """active_pack_never_changes"""
    first = PolicyPack.objects.create(year=2026, version=1, active_from=date(2026, 1, 1), rules={})
    second = PolicyPack.objects.create(year=2026, version=2, active_from=date(2026, 7, 1), rules={})

    assert PolicyPack.in_force(on=date(2026, 6, 30)) == first
    assert PolicyPack.in_force(on=date(2026, 7, 1)) == second
    with pytest.raises(DatabaseError, match="active policy pack"), transaction.atomic():
        PolicyPack.objects.filter(pk=first.pk).update(rules={"E-CAP5": {}})
    with pytest.raises(DatabaseError, match="active policy pack"), transaction.atomic():
        first.delete()


@pytest.mark.django_db
def test_last_years_pack_stays_in_force_until_this_years_is_active() -> None:
    old = PolicyPack.objects.create(year=2026, active_from=date(2026, 1, 1), rules={})
    new = PolicyPack.objects.create(year=2027, active_from=date(2027, 3, 1), rules={})

    assert PolicyPack.in_force(on=date(2027, 2, 28)) == old
    assert PolicyPack.in_force(on=date(2027, 3, 1)) == new
    with pytest.raises(PolicyPack.DoesNotExist):
        PolicyPack.in_force(on=date(2025, 12, 31))


@pytest.mark.django_db
def test_one_version_of_a_pack_exists_once() -> None:
    PolicyPack.objects.create(year=2026, rules={})

    with pytest.raises(IntegrityError, match="pack_version_once_a_year"), transaction.atomic():
        PolicyPack.objects.create(year=2026, rules={})


@pytest.mark.django_db
def test_loading_the_packs_again_adds_nothing() -> None:
    assert [pack.year for pack in load_all()] == [2026]
    assert load_all() == []


@pytest.mark.django_db
def test_a_pack_laid_before_an_app_was_built_is_followed_by_a_version_that_knows_its_rules() -> None:
    content = read(POLICIES / "shijiazhuang-2026.toml")
    whole = PolicyPack(**read(POLICIES / "shijiazhuang-2026.toml"))
    del content["rules"]["E-TEAM-SIZE"], content["settings"]["approvals"]["team.approve"]
    content["rules"]["E-CAP5"]["params"]["cap"] = 7  # as the bureau corrected it
    old = PolicyPack.objects.create(**content)

    [new] = load_all()

    assert (new.version, new.active_from) == (old.version + 1, old.active_from)
    assert (new.entry("E-TEAM-SIZE"), new.entry("E-CAP5")) == (whole.entry("E-TEAM-SIZE"), old.entry("E-CAP5"))
    assert new.setting("approvals") == whole.setting("approvals")
    assert load_all() == []


def plain(text: str) -> str:
    """Without blanks, and with one kind of comma: the plan's text mixes both kinds."""
    return "".join(text.split()).replace(",", "，").replace("(", "（").replace(")", "）")


def test_every_rule_of_the_pack_quotes_the_work_plan_word_for_word() -> None:
    plan = plain((POLICIES / "work-plan.zh.txt").read_text())
    rules = read(POLICIES / "shijiazhuang-2026.toml")["rules"]

    astray = {code: entry["quote"] for code, entry in rules.items() if plain(entry["quote"]) not in plan}

    assert astray == {}
    assert {code: rules[code]["quote"] for code in WORK_PLAN_WORDS} == WORK_PLAN_WORDS


def test_the_parts_of_the_assessment_sum_to_a_hundred_and_performance_weighs_most() -> None:
    parts = read(POLICIES / "shijiazhuang-2026.toml")["settings"]["assessments"]["parts"]

    assert sum(part["points"] for part in parts) == 100
    performance = sum(part["points"] for part in parts if part["code"] in ("workload", "results"))
    assert performance > 50  # R32: 以服务绩效为重点
