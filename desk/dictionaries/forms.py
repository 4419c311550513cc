from typing import Any

from django import forms

from core.enums import Dictionary
from core.forms import Form, Line, Whole
from core.models import Term


class NewTermForm(Form):
    label = Line(label="用词", max_length=60, printed=True)
    group = forms.ChoiceField(label="分组")

    def __init__(self, *args: Any, groups: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        group = self.fields["group"]
        assert isinstance(group, forms.ChoiceField)
        group.choices = [(name, name) for name in groups]


class ArrangeForm(NewTermForm):
    order = Whole(label="次序", max_value=100_000, help_text="数字小的排在前面")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["label"]


class RenameForm(Form):
    label = Line(label="新的用词", max_length=60, printed=True, help_text="原来的用词留作别名，已有记录照原文显示")


class RetireForm(Form):
    reason = Line(label="停用原因或依据", max_length=200)
    successor = forms.ModelChoiceField(
        Term.objects.none(),
        label="由哪个词接替",
        required=False,
        empty_label="没有",
        help_text="名单中再出现时，提示改用这个词",
    )

    def __init__(self, *args: Any, successors: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        successor = self.fields["successor"]
        assert isinstance(successor, forms.ModelChoiceField)
        successor.queryset = successors


class AliasForm(Form):
    word = Line(label="别名", max_length=60, help_text="单位习惯的叫法；批量导入时自动改为这个词")


def groups_of(dictionary: str) -> list[str]:
    """The groups that its words stand in, in their order."""
    return [
        *dict.fromkeys(Term.objects.filter(dictionary=dictionary).order_by("order").values_list("group", flat=True))
    ]


def dictionary_in(text: str) -> Dictionary:
    return Dictionary(text) if text in Dictionary.values else Dictionary.FIELD
