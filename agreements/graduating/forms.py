from django import forms

from core.forms import Form, Line, Text


class GraduationForm(Form):
    decision = forms.ChoiceField(
        label="毕业后的安排",
        choices=[("goes_on", "继续服务至截止日"), ("ends", "今日终止协议")],
        widget=forms.RadioSelect,
    )
    opinion = Text(label="意见", max_length=500, rows=2, help_text="毕业去向、与派驻单位商定的安排")
    document_number = Line(label="文号", max_length=60, required=False)
