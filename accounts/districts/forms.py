from typing import Any

from django import forms

from accounts.enums import DistrictKind
from accounts.models import District
from core.forms import Form, Line


class NewDistrictForm(Form):
    code = Line(label="行政区划代码", max_length=6, help_text="6位数字，如130123")
    name = Line(label="名称", max_length=30, printed=True)
    kind = forms.ChoiceField(label="类型", choices=DistrictKind.choices)


class RenameForm(Form):
    name = Line(label="新的名称", max_length=30, printed=True, help_text="代码不变的才改名；名单中的原名照样识别")


class RetireForm(Form):
    reason = Line(label="停用原因或依据", max_length=200, help_text="如国务院批复撤县设区的文号")
    successor = forms.ModelChoiceField(
        District.objects.none(),
        label="由哪个县（市、区）接替",
        required=False,
        empty_label="没有",
        help_text="名单中的原名按接替的县（市、区）登记，并逐行提示",
    )

    def __init__(self, *args: Any, besides: District, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        successor = self.fields["successor"]
        assert isinstance(successor, forms.ModelChoiceField)
        successor.queryset = District.objects.living().exclude(pk=besides.pk)
