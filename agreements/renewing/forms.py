from django import forms

from agreements.renewing.services import Act
from core.forms import Form, Line


class PlanForm(Form):
    """What is decided for those ticked."""

    act = forms.ChoiceField(label="办理", choices=Act.choices)
    reason = Line(
        label="不再续签的原因", required=False, max_length=200, help_text="登记不再续签时填写，如退休、项目完成"
    )

    def clean(self) -> dict[str, str]:
        if self.cleaned_data.get("act") == Act.LEAVE and not self.errors and not self.cleaned_data["reason"]:
            self.add_error("reason", "请写明不再续签的原因。")
        return self.cleaned_data
