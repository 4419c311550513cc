from datetime import date
from decimal import Decimal

import pytest

from assessments import rules
from assessments.enums import AssessmentStatus, Grade
from assessments.rules import Part
from core.policy import Level, RuleEntry

ENTRY = RuleEntry("W-GRADE", "五（一）", "以服务绩效为重点进行考核评定", Level.WARN, {"share": 0.2})
BANDS = {"excellent": 90, "good": 75, "qualified": 60}
PARTS = [Part("workload", "服务工作量", 40), Part("results", "服务成效", 60)]


@pytest.mark.parametrize(
    ("total", "grade"),
    [
        ("100", Grade.EXCELLENT), ("90", Grade.EXCELLENT), ("89.9", Grade.GOOD), ("75", Grade.GOOD),
        ("74.9", Grade.QUALIFIED), ("60", Grade.QUALIFIED), ("59.9", Grade.UNQUALIFIED), ("0", Grade.UNQUALIFIED),
    ],
)  # fmt: skip
def test_the_bands_of_the_pack_make_the_grade(total: str, grade: Grade) -> None:
    assert rules.grade_of(Decimal(total), BANDS) == grade


@pytest.mark.parametrize(
    ("periods", "months"),
    [
        pytest.param([(date(2026, 5, 12), date(2027, 12, 31))], 8, id="from May on"),
        pytest.param([(date(2025, 5, 12), date(2026, 12, 31))], 12, id="the whole year"),
        pytest.param([(date(2026, 10, 31), date(2027, 12, 31))], 3, id="one day of October counts its month"),
        pytest.param([(date(2026, 11, 1), date(2027, 12, 31))], 2, id="from November on"),
        pytest.param([(date(2026, 1, 1), date(2026, 3, 1)), (date(2026, 3, 5), date(2026, 4, 1))], 4, id="once a month"),
        pytest.param([(date(2027, 1, 1), date(2027, 12, 31))], 0, id="another year"),
    ],
)  # fmt: skip
def test_months_of_service_in_the_year(periods: list[tuple[date, date]], months: int) -> None:
    assert rules.months_served(periods, year=2026) == months


@pytest.mark.parametrize(
    ("institution", "bureau", "missing"),
    [(True, True, None), (True, False, "市科技局"), (False, True, "派出单位"), (False, False, "派出单位、市科技局")],
)
def test_sc19_a_result_needs_both_sides(institution: bool, bureau: bool, missing: str | None) -> None:
    finding = rules.joint(ENTRY, institution=institution, bureau=bureau)

    assert (finding and finding.message) == (missing and f"考核须由派出单位与市科技局共同完成，缺少：{missing}。")


@pytest.mark.parametrize(
    ("scores", "wrong"),
    [
        pytest.param({"workload": "40", "results": "60"}, [], id="full marks"),
        pytest.param({"workload": "0", "results": "0"}, [], id="nothing"),
        pytest.param(
            {"workload": "40.1", "results": "60"}, ["服务工作量（0至40分）"], id="more than the part is worth"
        ),
        pytest.param({"workload": "-1", "results": "60"}, ["服务工作量（0至40分）"], id="below nothing"),
        pytest.param({"results": "60"}, ["服务工作量（0至40分）"], id="a part left out"),
        pytest.param({"workload": "40", "results": "60", "bonus": "5"}, ["bonus"], id="a part the pack does not have"),
    ],
)
def test_every_part_is_scored_within_its_points(scores: dict[str, str], wrong: list[str]) -> None:
    given = {code: Decimal(points) for code, points in scores.items()}

    finding = rules.scored_completely(ENTRY, parts=PARTS, scores=given)

    assert (finding.facts["parts"] if finding else []) == wrong


@pytest.mark.parametrize(
    ("total", "grade", "found"),
    [(Decimal("92"), Grade.EXCELLENT, False), (Decimal("92"), Grade.QUALIFIED, True), (None, Grade.GOOD, False)],
)
def test_a_grade_beside_its_score_is_said(total: Decimal | None, grade: Grade, found: bool) -> None:
    finding = rules.grade_fits_score(ENTRY, total=total, grade=grade, bands=BANDS)

    assert bool(finding) is found
    if finding:
        assert finding.message == "得分92分对应“优秀”，当前等次为“合格”，请填写理由。"


@pytest.mark.parametrize(
    ("visits", "grade", "found"),
    [(0, Grade.QUALIFIED, True), (0, Grade.UNQUALIFIED, False), (1, Grade.QUALIFIED, False)],
)
def test_a_good_result_without_a_confirmed_visit_is_said(visits: int, grade: Grade, found: bool) -> None:
    assert bool(rules.served_at_all(ENTRY, visits=visits, grade=grade)) is found


@pytest.mark.parametrize(
    ("grade", "excellent", "found"), [(Grade.EXCELLENT, 2, False), (Grade.EXCELLENT, 3, True), (Grade.GOOD, 3, False)]
)
def test_more_than_a_fifth_excellent_is_told(grade: Grade, excellent: int, found: bool) -> None:
    assert bool(rules.few_are_excellent(ENTRY, grade=grade, excellent=excellent, assessed=10)) is found


@pytest.mark.parametrize("status", AssessmentStatus)
def test_moves_follow_the_table(status: AssessmentStatus) -> None:
    allowed = {to.value for to in AssessmentStatus if rules.may_move(ENTRY, status=status, to=to) is None}

    assert allowed == AssessmentStatus.moves[status]


def test_one_assessment_a_person_and_year() -> None:
    assert rules.assessed_once(ENTRY, specialist="李喆", year=2026, taken=False) is None
    finding = rules.assessed_once(ENTRY, specialist="李喆", year=2026, taken=True)
    assert finding is not None
    assert "李喆2026年度已有考核结果" in finding.message


def test_only_a_cancelled_qualification_is_given_back() -> None:
    assert rules.can_be_reinstated(ENTRY, name="李喆", revoked_on=date(2027, 1, 20)) is None
    assert rules.can_be_reinstated(ENTRY, name="李喆", revoked_on=None) is not None
