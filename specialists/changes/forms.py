from typing import Any

import django_filters
from django import forms

from accounts.doors import can
from accounts.lists.shown import Filters
from core.files import hint
from core.forms import Form, Line, Text, Upload, VerdictForm
from specialists.enums import ChangeField, ChangeStatus


class ChangeForm(Form):
    """What is to be changed of one person, into what, and the proof. The new value is typed in full, never shown."""

    what = forms.ChoiceField(label="变更事项", widget=forms.RadioSelect)
    value = Line(label="变更为", max_length=200, widget=forms.TextInput(attrs={"autocomplete": "off"}))
    bank_name = Line(label="开户行", max_length=100, required=False, help_text="变更银行账号时填写")
    note = Text(label="变更原因", max_length=500, rows=2, help_text="如原卡挂失补办、户口簿更名")
    evidence = Upload(label="证明材料")

    def __init__(self, *args: Any, fields: list[ChangeField], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        what = self.fields["what"]
        assert isinstance(what, forms.ChoiceField)
        what.choices = [(field.value, field.label) for field in fields]
        self.fields["value"].error_messages["required"] = "请填写变更后的内容。"
        papers = "身份证、银行卡、户口簿等"
        if ChangeField.GRADUATES_ON in fields:
            papers = "身份证、银行卡、户口簿、学籍证明等"
            self.fields["value"].help_text = "预计毕业日期按“2027年6月30日”的样子填写"
        self.fields["evidence"].help_text = f"{papers}的照片或扫描件，{hint()}"


class ChangeDecisionForm(VerdictForm):
    passes, returns = "同意变更", "不同意"


class ChangeRevealForm(Form):
    reason = Line(
        label="查看理由", max_length=200, initial="与证明材料核对", help_text="查看人、时间和理由将记入办理记录"
    )


class ChangeFilter(Filters):
    field = django_filters.ChoiceFilter(label="变更事项", choices=ChangeField.choices, empty_label="全部事项")
    status = django_filters.ChoiceFilter(label="状态", choices=ChangeStatus.choices, empty_label="全部状态")
    name = django_filters.CharFilter(label="姓名", field_name="specialist__name", lookup_expr="contains", max_length=30)
    mine = django_filters.ChoiceFilter(
        label="待我审核", choices=[("1", "是")], widget=forms.HiddenInput, method="awaiting"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not can(self.hat, "change.decide"):
            del self.filters["mine"]

    def awaiting(self, rows: Any, name: str, value: str) -> Any:
        return rows.awaiting(self.hat)
