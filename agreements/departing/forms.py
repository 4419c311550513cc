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
