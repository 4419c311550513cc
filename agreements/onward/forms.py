from datetime import date
from typing import Any, Self

from django import forms

from core.forms import DateField, Form, Line, Text
from core.jinja import cdate


class OnwardForm(Form):
    """Whether the agreement goes on to its end; a subclass says what the answer rests on."""

    GOES_ON = (("goes_on", "继续服务至截止日"),)

    decision = forms.ChoiceField(
        label="协议的安排",
        choices=[*GOES_ON, ("ends", "终止协议")],
        widget=forms.RadioSelect,
    )
    ends_on = DateField(
        label="终止日期",
        required=False,
        help_text="选择终止的填写：自这一天起不再服务，可以是今天或今后的日期；不填为今天",
    )
    opinion = Text(label="意见", max_length=500, rows=2)
    document_number = Line(label="文号", max_length=60, required=False)

    def until(self, earliest: date) -> Self:
        """Say that no day before that one will do."""
        self.fields["ends_on"].help_text = f"选择终止的填写：自这一天起不再服务，不能早于{cdate(earliest)}"
        return self

    def given(self) -> dict[str, Any]:
        """What a service wants to know, once the form is valid."""
        typed = dict(self.cleaned_data)
        return {"continues": typed.pop("decision") == "goes_on", **typed}
