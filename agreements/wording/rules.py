"""What a text of the agreement may and must say. Facts in, findings out.

A text is refused at once for what could never be printed: a placeholder that there is not, a bracket left open, an amount
of money, a character without a font. What it still lacks is told while it is a draft, and refused when it is brought up
for use: every agreement, whatever its case, must name its period, content, visits and goals, and its subsidy where an
institution pays one. That a direct appointment is promised none is warned of, and passes on a written reason.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

from agreements.wording.clauses import MARK, Clause, Wording, marks_in, numeral
from agreements.wording.terms import CONDITIONS, NOMINATED, PLACEHOLDERS, Placeholder, condition_label, in_groups
from core.policy import Finding, RuleEntry, cites, plain

MOST_CLAUSES = 40
MOST_HEADING, MOST_TEXT = 40, 4000
OPENING = "开头"
NEAR = 0.4
RATE = PLACEHOLDERS["补助标准"]
SUBSIDY = "按甲方确定的标准"  # who decides the amount is the plan's to say (六（二）)
SUBSIDIES = "补助"  # as every word for one has it, and the name of the placeholder
PARTIES = ("甲方", "乙方", "丙方")
AMOUNT = re.compile(
    r"(?:[0-9０-９][0-9０-９,，.．]*|[零〇一二两三四五六七八九十百千壹贰叁肆伍陆柒捌玖拾佰仟]+)\s*[万亿]?\s*元"
)


@dataclass(frozen=True)
class Place:
    """A clause with where it stands, as a sentence names it; -1 is the opening."""

    number: int
    clause: Clause

    @property
    def words(self) -> str:
        heading = f"“{self.clause.heading}”" if self.clause.heading else ""
        return OPENING if self.number < 0 else f"第{numeral(self.number + 1)}条{heading}"


def places(wording: Wording) -> list[Place]:
    return [Place(-1, Clause("", wording.opening)), *(Place(*one) for one in enumerate(wording.clauses))]


# --- what can never be printed ----------------------------------------------------------------------------------------


def can_be_filled(wording: Wording) -> list[Finding]:
    """Every 【…】 is closed and names a fact that the clause has."""
    return [
        plain("E-TEXT", f"{place.words}：{sentence}", clause=place.number, field="text")
        for place in places(wording)
        for part in (place.clause.heading, place.clause.text)
        for sentence in _wrong_marks(part, place.clause, in_heading=part is place.clause.heading)
    ]


def _wrong_marks(text: str, clause: Clause, *, in_heading: bool) -> Iterator[str]:
    rest = MARK.sub("", text)
    if "【" in rest:
        yield f"“{_around(text, '【')}”的“【”没有对应的“】”。"
    if "】" in rest:
        yield f"“{_around(text, '】')}”的“】”没有对应的“【”。"
    if in_heading and marks_in(text):
        yield "标题里不能用占位项，请写在正文里。"
        return
    for name in dict.fromkeys(marks_in(text)):
        known = PLACEHOLDERS.get(name)
        if known is None:
            yield f"没有“【{name}】”这个占位项，{_nearest(name)}"
        elif known.only and clause.condition != known.only:
            yield f"{known.mark}只在“{condition_label(known.only)}”时有内容，请把这一条的适用情形选为“{condition_label(known.only)}”。"


def _around(text: str, sign: str) -> str:
    """A few characters from a bracket that stands alone."""
    whole = {place for mark in MARK.finditer(text) for place in range(mark.start(), mark.end())}
    at = next(place for place, one in enumerate(text) if one == sign and place not in whole)
    return text[at : at + 8] if sign == "【" else text[max(0, at - 7) : at + 1]


def _nearest(name: str) -> str:
    near = get_close_matches(name.strip(), PLACEHOLDERS, n=1, cutoff=NEAR)
    return f"是否为“【{near[0]}】”？" if near else "请从占位项列表中选择。"


@cites("E-AMOUNT", "R40")
def names_no_figure(entry: RuleEntry, place: Place) -> Finding | None:
    """R40, 六（二）: what a visit is paid stands in the plan of the year and is decided by the institution, not in the words."""
    found = AMOUNT.search(MARK.sub("", place.clause.text))
    if not found:
        return None
    return plain(
        entry.code,
        f"{place.words}：不能写具体金额“{found[0]}”。补助范围请用{RATE.mark}，随当年政策变化。",
        article=entry.article,
        clause=place.number,
        field="text",
    )


@cites("W-TEXT-SUBSIDY", "R28", "R38", "A6")
def promises_no_subsidy_directly(entry: RuleEntry, place: Place) -> Finding | None:
    """六（二）: a subsidy is its institution's to pay; who was appointed directly has none that could be bound to it."""
    clause = place.clause
    if clause.condition == NOMINATED or SUBSIDIES not in clause.heading + clause.text:
        return None
    nominated = condition_label(NOMINATED)
    return entry.finding(
        f"{place.words}：直接聘请的协议也印这一{'段' if place.number < 0 else '条'}，其中写有“{SUBSIDIES}”。补助资金由各派出单位统一掌握，"
        f"直接聘请的没有派出单位，不能约定工作补助；请把有关内容单列一条，适用情形选“{nominated}”。确需保留的，由市科技局填写说明。",
        clause=place.number,
        field="text",
    )


def is_in_shape(wording: Wording) -> list[Finding]:
    """Headings and paragraphs are there, no longer than a paper bears, and every condition is known."""
    found = []
    if not wording.opening.strip():
        found.append(plain("E-TEXT", "请填写开头：说明甲、乙、丙三方。", clause=-1, field="text"))
    if not 1 <= len(wording.clauses) <= MOST_CLAUSES:
        found.append(plain("E-TEXT", f"条款应有1至{MOST_CLAUSES}条，现为{len(wording.clauses)}条。"))
    for number, clause in enumerate(wording.clauses):
        for field, value, label, most in (
            ("heading", clause.heading, "标题", MOST_HEADING), ("text", clause.text, "正文", MOST_TEXT),
        ):  # fmt: skip
            if not value.strip():
                found.append(plain("E-TEXT", f"第{numeral(number + 1)}条：请填写{label}。", clause=number, field=field))
            elif len(value) > most:
                sentence = f"第{numeral(number + 1)}条：{label}不能超过{most}个字，现为{len(value)}个字。"
                found.append(plain("E-TEXT", sentence, clause=number, field=field))
        if clause.condition and clause.condition not in CONDITIONS:
            sentence = f"第{numeral(number + 1)}条：适用情形无效，请重新选择。"
            found.append(plain("E-TEXT", sentence, clause=number, field="condition"))
    return found


# --- what it must say -------------------------------------------------------------------------------------------------


def says_what_it_must(wording: Wording) -> list[Finding]:
    """Every agreement names its three parties, and each fact that a placeholder brings without which it would be none."""
    lacking = [_party_missing(party) for party in PARTIES if party not in wording.opening]
    for known in PLACEHOLDERS.values():
        if known.why and (sentence := _uncovered(wording, known)):
            lacking.append(plain("E-TEXT", sentence))
    if not _covers([one for one in places(wording) if _states_the_subsidy(one.clause)], RATE.whose):
        lacking.append(
            plain(
                "E-TEXT",
                f"缺少工作补助的约定：须在{_everybody(RATE)}都印的条款里，用一段写明“{SUBSIDY}”和{RATE.mark}（工作方案六（二））。",
            )
        )
    return lacking


def _party_missing(party: str) -> Finding:
    return plain("E-TEXT", f"开头没有写明“{party}”：须说明谁是甲方、乙方、丙方。", clause=-1, field="text")


def _states_the_subsidy(clause: Clause) -> bool:
    return any(SUBSIDY in paragraph and RATE.mark in paragraph for paragraph in clause.paragraphs)


def _uncovered(wording: Wording, known: Placeholder) -> str:
    holding = [one for one in places(wording) if known.name in marks_in(one.clause.text)]
    if not holding:
        return f"缺少{known.mark}：协议没有写明{known.why}。"
    if _covers(holding, known.whose):
        return ""
    where = "、".join(f"{one.words}（{condition_label(one.clause.condition)}）" for one in holding)
    return f"{known.mark}只写在{where}，其他情形的协议就没有{known.why}。请写进{_everybody(known)}都印的条款。"


def _everybody(known: Placeholder) -> str:
    return f"“{condition_label(known.whose)}”的协议" if known.whose else "每份协议"


def _covers(holding: Sequence[Place], whose: str = "") -> bool:
    """Whether one of these clauses is printed whatever the agreement; of those alone for which `whose` holds."""
    conditions = {one.clause.condition for one in holding}
    return not conditions.isdisjoint({"", whose}) or any(group <= conditions for group in in_groups())
