"""A draft as a form: the opening and each clause with its own fields; what is typed is plain text and stays as it is."""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms

from agreements.wording.clauses import Clause, Wording, numeral
from agreements.wording.facts import EXAMPLES
from agreements.wording.rules import MOST_CLAUSES, MOST_HEADING, MOST_TEXT, Place
from agreements.wording.services import MOST_NOTE
from agreements.wording.terms import ALWAYS, CONDITIONS
from core.forms import Form, Line, Text, VerdictForm, Whole
from core.policy import Finding

ACT = re.compile("(up|down|remove|add)-([0-9]{1,2})", re.ASCII)
EMPTY = Clause("", "")


class OpeningForm(Form):
    opening = Text(
        label="开头", rows=3, max_length=MOST_TEXT, printed=True, help_text="说明谁是甲方、乙方、丙方；排在第一条之前"
    )


class ClauseForm(Form):
    heading = Line(label="标题", max_length=MOST_HEADING, printed=True)
    condition = forms.ChoiceField(
        label="适用情形",
        choices=[("", ALWAYS), *((one.code, one.label) for one in CONDITIONS.values())],
        required=False,
    )
    text = Text(label="正文", rows=4, max_length=MOST_TEXT, printed=True)

    def __init__(self, *args: Any, number: int, **kwargs: Any) -> None:
        super().__init__(*args, prefix=f"clause-{number}", **kwargs)
        self.number = number
        self.title = f"第{numeral(number + 1)}条"
        for name in ("heading", "text"):  # the summary at the top lists the fields of all clauses
            self.fields[name].label = f"{self.title}{self.fields[name].label}"

    @property
    def clause(self) -> Clause:
        given = self.cleaned_data
        return Clause(given["heading"], given["text"], given["condition"])


class WordingForm:
    """The forms of one text together: what a browser sends, or a draft as it stands."""

    def __init__(self, typed: Mapping[str, Any] | None = None, *, wording: Wording | None = None) -> None:
        self.touched: int | None = None  # the clause that has just been moved or added
        if wording is not None:
            self.opening = OpeningForm(initial={"opening": wording.opening})
            self.clauses = [
                ClauseForm(number=number, initial=clause.as_json()) for number, clause in enumerate(wording.clauses)
            ]
            return
        assert typed is not None
        self.opening = OpeningForm(typed)
        # One more than there may be is read, so that the rule about their number can say so.
        sent = max((place + 1 for place in range(MOST_CLAUSES + 1) if f"clause-{place}-heading" in typed), default=0)
        self.clauses = [ClauseForm(typed, number=number) for number in range(sent)]

    @property
    def all(self) -> list[Form]:
        return [self.opening, *self.clauses]

    @property
    def is_full(self) -> bool:
        return len(self.clauses) >= MOST_CLAUSES

    def is_valid(self) -> bool:
        return all([form.is_valid() for form in self.all])  # each of them says what is wrong

    @property
    def wording(self) -> Wording:
        return Wording(self.opening.cleaned_data["opening"], tuple(form.clause for form in self.clauses))

    def refuse(self, findings: Iterable[Finding]) -> None:
        """Set each finding beside the clause that it names."""
        names = [Place(form.number, form.clause).words for form in self.clauses]  # an error takes what is cleaned away
        for finding in findings:
            number, field = finding.facts.get("clause"), str(finding.facts.get("field", ""))
            if isinstance(number, int) and 0 <= number < len(self.clauses):
                self.clauses[number].add_error(field or None, str(finding).removeprefix(f"{names[number]}："))
            else:
                self.opening.add_error("opening" if number == -1 else None, str(finding))

    def arranged(self, act: str) -> "WordingForm":
        """The same words in another order, or with a clause more or less; nothing typed is judged, nothing is saved."""
        opening = str(self.opening.data.get("opening", ""))
        clauses = [
            Clause(*(str(form.data.get(form.add_prefix(name), "")) for name in ("heading", "text", "condition")))
            for form in self.clauses
        ][:MOST_CLAUSES]
        touched = _arrange(clauses, act)
        arranged = WordingForm(wording=Wording(opening, tuple(clauses)))
        if touched is not None:
            arranged.clauses[touched].fields["heading"].widget.attrs["autofocus"] = True
        arranged.touched = touched
        return arranged


def _arrange(clauses: list[Clause], act: str) -> int | None:
    """Change the list; returns where the clause that was meant stands now."""
    if not (asked := ACT.fullmatch(act)):
        return None
    what, place = asked[1], int(asked[2])
    if what == "add":
        if len(clauses) >= MOST_CLAUSES:
            return None
        place = min(place, len(clauses))
        clauses.insert(place, EMPTY)
        return place
    if place >= len(clauses):
        return None
    if what == "remove":
        del clauses[place]
        return min(place, len(clauses) - 1) if clauses else None
    other = place + (1 if what == "down" else -1)
    if not 0 <= other < len(clauses):
        return place
    clauses[place], clauses[other] = clauses[other], clauses[place]
    return other


class BeginForm(Form):
    year = Whole(label="年度", min_value=2020, max_value=2100)


class ProposalForm(Form):
    note = Line(
        label="启用说明", max_length=MOST_NOTE, required=False, help_text="改了什么、为什么改，审定人先看到这里"
    )


class TextVerdictForm(VerdictForm):
    passes, returns = "同意启用", "退回修改"


class PreviewForm(Form):
    """Which paper to look at: an invented case, or an agreement of the register."""

    case = forms.ChoiceField(
        label="测试情形", choices=[(code, label) for code, (label, _) in EXAMPLES.items()], required=False
    )
    code = Line(label="实际协议", max_length=40, required=False, help_text="协议编号或备案号；留空则按测试情形")
