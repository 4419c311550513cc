from typing import Any

from django import forms

from agreements.enums import AmendmentReason
from agreements.forms import MOST_VISITS
from core.files import hint
from core.forms import Form, Text, Upload, Whole


class AmendForm(Form):
    """What is to read otherwise, and why; the goals stand beside it (agreements.forms.Goals)."""

    visits_per_year = Whole(label="年度到现场服务", min_value=1, max_value=MOST_VISITS)
    service_content = Text(label="服务内容", rows=4, max_length=2000)
    kind = forms.ChoiceField(label="变更原因", choices=[("", "请选择"), *AmendmentReason.choices])
    note = Text(label="情况说明", max_length=500, rows=3)
    evidence = Upload(label="补充协议")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["evidence"].help_text = f"三方签字盖章的补充协议，{hint()}"
