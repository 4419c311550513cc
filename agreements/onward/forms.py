from typing import Any

from django import forms

from core.forms import Form, Line, Text


class OnwardForm(Form):
    """Whether the agreement goes on to its end; a subclass says what the answer rests on."""

    GOES_ON = (("goes_on", "继续服务至截止日"),)

    decision = forms.ChoiceField(
        label="协议的安排",
        choices=[*GOES_ON, ("ends", "今日终止协议")],
        widget=forms.RadioSelect,
    )
    opinion = Text(label="意见", max_length=500, rows=2)
    document_number = Line(label="文号", max_length=60, required=False)

    def given(self) -> dict[str, Any]:
        """What a service wants to know, once the form is valid."""
        typed = dict(self.cleaned_data)
        return {"continues": typed.pop("decision") == "goes_on", **typed}
