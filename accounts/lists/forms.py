from collections.abc import Sequence

from django import forms

from core.forms import Form, Line

ALONE = ("", "仅自己使用")


class ViewForm(Form):
    name = Line(label="视图名称", max_length=20)
    shared_with = forms.ChoiceField(
        label="共用范围",
        required=False,
        help_text="共用的只是筛选条件：每个人打开后只看到本人权限内的记录。",
    )

    def __init__(self, *args: object, readers: Sequence[tuple[str, str]], **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["shared_with"]
        assert isinstance(chosen, forms.ChoiceField)
        chosen.choices = [ALONE, *readers]


class NewViewForm(ViewForm):
    starts_list = forms.BooleanField(label="打开列表时先显示这个视图", required=False)
    starts_home = forms.BooleanField(label="登录后首先打开这个视图", required=False)


class ExportForm(Form):
    columns = forms.MultipleChoiceField(label="导出的列", widget=forms.CheckboxSelectMultiple)
    remember = forms.BooleanField(label="在这个视图中记住所选的列", required=False)

    def __init__(self, *args: object, choices: Sequence[tuple[str, str]], remembers: bool, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.fields["columns"]
        assert isinstance(chosen, forms.MultipleChoiceField)
        chosen.choices = [*choices]
        if not remembers:
            del self.fields["remember"]
