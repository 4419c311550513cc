"""What the work plan says about the yearly assessment (五（一）). Facts in, findings out.

The bureau and the dispatching institution assess together, once a year, by what was done for the goals of the year; who
is found unqualified loses the qualification and stops serving.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from assessments.enums import AssessmentStatus, Grade
from core.dates import day_in_words
from core.policy import Finding, RuleEntry, cites


@dataclass(frozen=True)
class Part:
    """One part of the score sheet, as the pack names it."""

    code: str
    label: str
    points: int


def months_served(periods: Sequence[tuple[date, date]], *, year: int) -> int:
    """Whole months of the year with service on some day; both end days count (A25 counts by them)."""
    months = {
        month
        for start, end in periods
        for month in range(1, 13)
        if (start.year, start.month) <= (year, month) <= (end.year, end.month)
    }
    return len(months)


def grade_of(total: Decimal, bands: Mapping[str, int]) -> Grade:
    """The grade whose band the total reaches: the pack's lower ends, 不合格 below them all."""
    reached = [(least, Grade(code)) for code, least in bands.items() if total >= least]
    return max(reached)[1] if reached else Grade.UNQUALIFIED


@cites("E-ASSESS-DUP", "R31", constraint="assessed_once_a_year")
def assessed_once(entry: RuleEntry, *, specialist: str, year: int, taken: bool) -> Finding | None:
    """R31, 五（一）: one assessment a person and year."""
    if not taken:
        return None
    return entry.finding(f"{specialist}{year}年度已有考核结果或正在考核，每年考核一次。", year=year)


@cites("E-ASSESS-YEAR", "R31", "A25")
def of_a_year_served(entry: RuleEntry, *, year: int, opens_on: date, bureau_due: date, on: date) -> Finding | None:
    """R31, 五（一）: a year is assessed when there is service to look back on, and in good time after it.

    A pack that was stored before says nothing about the days; a year that has not begun is nobody's to assess by any.
    """
    if year > on.year:
        return entry.finding(f"{year}年度尚未开始，不能发起考核。", field="year")
    opens, closes = entry.params.get("opens"), entry.params.get("closes")
    if opens and opens_on < (first := day_of(year, opens)):
        return entry.finding(f"{year}年度考核最早于{day_in_words(first)}开始。", field="opens_on")
    if closes and bureau_due > (last := day_of(year + 1, closes)):
        return entry.finding(f"{year}年度考核最迟于{day_in_words(last)}审定。", field="bureau_due")
    return None


def day_of(year: int, written: str) -> date:
    """The day of a year that a plan writes as 06-30."""
    month, day = written.split("-")
    return date(year, int(month), int(day))


@cites("E-ASSESS-YEAR", "R31", constraint="decided_campaign_stays")
def nothing_is_decided(entry: RuleEntry, *, decided: int) -> Finding | None:
    """R31, 五（一）: a campaign is called off only while it has no result; a result stays, and its year with it."""
    if not decided:
        return None
    return entry.finding(f"已有{decided}人的考核结果审定，不能撤销。", decided=decided)


@cites("E-ASSESS-YEAR", "R31", constraint="campaign_called_off_by_another")
def called_off_by_another(entry: RuleEntry, *, opened_by: int, called_off_by: int) -> Finding | None:
    """R31, 五（一）: what one of the bureau has begun for everybody, another one of it calls off."""
    if opened_by != called_off_by:
        return None
    return entry.finding("考核由您发起，须由另一人撤销。")


@cites("E-ASSESS-JOINT", "R30", constraint="assessment_is_joint")
def joint(entry: RuleEntry, *, institution: bool, bureau: bool) -> Finding | None:
    """R30, 五（一）: a result needs the institution's opinion and the bureau's decision; A6 knows the latter alone."""
    missing = [name for name, given in (("派出单位", institution), ("市科技局", bureau)) if not given]
    if not missing:
        return None
    return entry.finding(f"考核须由派出单位与市科技局共同完成，缺少：{'、'.join(missing)}。", missing=missing)


@cites("E-ASSESS-JOINT", "R28", "R30", "A6", constraint="direct_assessment_decided_by_another")
def decided_by_another(entry: RuleEntry, *, is_direct: bool, scored_by: int | None, decided_by: int) -> Finding | None:
    """R30, 五（一）: two assess together; for whom the bureau appoints directly it does both, so by two of its people."""
    if not is_direct or scored_by != decided_by:
        return None
    return entry.finding("这名人员由市科技局直接聘请，由您评分，须由另一人审定。")


@cites("E-SCORE", "R32")
def scored_completely(entry: RuleEntry, *, parts: Sequence[Part], scores: Mapping[str, Decimal]) -> Finding | None:
    """R32, 五（一）: every part of the sheet has its points, none more than the part is worth."""
    wrong = [
        f"{part.label}（0至{part.points}分）"
        for part in parts
        if part.code not in scores or not 0 <= scores[part.code] <= part.points
    ]
    if strange := scores.keys() - {part.code for part in parts}:
        wrong += sorted(strange)
    if not wrong:
        return None
    return entry.finding(f"请填写各项得分：{'、'.join(wrong)}。", parts=wrong, field="scores")


@cites("W-GRADE", "R32")
def grade_fits_score(
    entry: RuleEntry, *, total: Decimal | None, grade: Grade, bands: Mapping[str, int]
) -> Finding | None:
    """R32, 五（一）: the grade is the one the score reaches; another one needs the bureau's reason."""
    if total is None or grade == (fitting := grade_of(total, bands)):
        return None
    return entry.finding(
        f"得分{total.normalize():f}分对应“{fitting.label}”，当前等次为“{grade.label}”，请填写理由。",
        total=str(total),
        fitting=fitting.value,
        grade=grade.value,
    )


@cites("W-NO-VISIT", "R32")
def served_at_all(entry: RuleEntry, *, visits: int, grade: Grade) -> Finding | None:
    """R32, 五（一）: without one confirmed visit a good result needs the bureau's reason."""
    if visits or grade == Grade.UNQUALIFIED:
        return None
    return entry.finding(f"本年度没有已确认的服务记录，等次为“{grade.label}”，请填写理由。", grade=grade.value)


@cites("W-EXCELLENT", "R33")
def few_are_excellent(entry: RuleEntry, *, grade: Grade, excellent: int, assessed: int) -> Finding | None:
    """R33, 五（一）: 优秀 means something while few are; `excellent` counts this one, `assessed` all of the year."""
    share = entry.params["share"]
    if grade != Grade.EXCELLENT or excellent <= share * assessed:
        return None
    return entry.finding(
        f"本年度参加考核{assessed}人，优秀将为{excellent}人，超过{share:.0%}的比例。",
        excellent=excellent,
        assessed=assessed,
    )


@cites("E-STATE", "R30", "R31")
def may_move(entry: RuleEntry, *, status: AssessmentStatus, to: AssessmentStatus) -> Finding | None:
    """R30, 五（一）: the institution's opinion, then the bureau's decision; what is final stays."""
    if to in AssessmentStatus.moves[status]:
        return None
    return entry.finding(f"当前状态为“{status.label}”，不能执行此操作。", status=status.value, to=to.value)


@cites("E-REVOKED", "R34", "A18")
def can_be_reinstated(entry: RuleEntry, *, name: str, revoked_on: date | None) -> Finding | None:
    """R34, 五（一）, A18: only a cancelled qualification can be given back."""
    if revoked_on is not None:
        return None
    return entry.finding(f"{name}的科技特派员资格有效，无需恢复。")
