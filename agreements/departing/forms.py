from django import forms

from core.forms import DateField, Form, Line, Text
from specialists.enums import DepartureKind


class DepartureForm(Form):
    kind = forms.ChoiceField(label="离开方式", choices=DepartureKind.choices)
    left_on = DateField(label="离开日期", help_text="自这一天起不在本单位")
    reason = Text(
        label="情况说明", max_length=300, rows=3, help_text="去向、本人是否愿意继续服务、与派驻单位商定的安排"
    )


class DepartureDecisionForm(Form):
    decision = forms.ChoiceField(
        label="协议的安排",
        choices=[("goes_on", "继续服务至截止日"), ("ends", "今日终止协议")],
        widget=forms.RadioSelect,
    )
    opinion = Text(label="意见", max_length=500, rows=2, help_text="据何决定，如三方商定的安排")
    document_number = Line(label="文号", max_length=60, required=False)
