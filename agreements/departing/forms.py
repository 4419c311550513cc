from typing import Any

from django import forms

from agreements.onward.forms import OnwardForm
from core.forms import DateField, Form, Text
from specialists.enums import DepartureKind


class DepartureForm(Form):
    kind = forms.ChoiceField(label="离开方式", choices=DepartureKind.choices)
    left_on = DateField(label="离开日期", help_text="自这一天起不在本单位")
    reason = Text(
        label="情况说明", max_length=300, rows=3, help_text="去向、本人是否愿意继续服务、与派驻单位商定的安排"
    )


class DepartureDecisionForm(OnwardForm):
    opinion = Text(label="意见", max_length=500, rows=2, help_text="据何决定，如三方商定的安排")

    def __init__(self, *args: Any, leaves_later: bool = False, **kwargs: Any) -> None:
        """`leaves_later`: until then the person serves, so that nothing can be ended yet (rules.not_before_they_leave)."""
        super().__init__(*args, **kwargs)
        if leaves_later:
            decision = self.fields["decision"]
            assert isinstance(decision, forms.ChoiceField)
            decision.choices = OnwardForm.GOES_ON
            decision.initial = OnwardForm.GOES_ON[0][0]
            decision.error_messages["invalid_choice"] = "离开日期未到，现在不能终止协议。"
