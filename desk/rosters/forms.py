"""What is typed into the pages of the wizard; a form writes nothing."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms

from core.forms import DateField, Form, Line, Upload, Whole
from desk.enums import Kind, Mode, Verdict
from desk.rosters import headings
from desk.rosters.columns import COLUMNS

# The server says of each kind how it becomes one that can be read; a browser would only say no.
ENDINGS = ("xlsx", "xls", "xlsm", "xlsb", "csv", "txt", "et", "ods")


class UploadForm(Form):
    """Step 2. Of a provincial list also the year, its days and the 文号."""

    file = Upload(
        label="名单工作簿",
        kinds=ENDINGS,
        asked=("xlsx",),
        help_text="Excel 工作簿（.xlsx），不超过20 MB；可以直接使用本单位已有的表",
    )
    year = Whole(label="名单年度", min_value=2000, max_value=2100)
    valid_from = DateField(label="有效期起", help_text="表中另有日期的，以表中为准")
    valid_to = DateField(label="有效期止")
    document_number = Line(label="公布文号", max_length=60, required=False)

    def __init__(self, *args: Any, kind: Kind, on: date, **kwargs: Any) -> None:
        first, last = date(on.year, 1, 1), date(on.year, 12, 31)
        super().__init__(*args, initial={"year": on.year, "valid_from": first, "valid_to": last}, **kwargs)
        self.kind = kind
        if kind != Kind.PROVINCIAL:
            for name in ("year", "valid_from", "valid_to", "document_number"):
                del self.fields[name]

    def clean(self) -> dict[str, Any]:
        start, end = self.cleaned_data.get("valid_from"), self.cleaned_data.get("valid_to")
        if start and end and end < start:
            self.add_error("valid_to", "有效期止不能早于有效期起。")
        return self.cleaned_data

    @property
    def terms(self) -> dict[str, Any] | None:
        if self.kind != Kind.PROVINCIAL:
            return None
        return {name: value for name, value in self.cleaned_data.items() if name != "file"}


class SheetForm(Form):
    """Step 3: another sheet, or another row for the heading."""

    place = forms.TypedChoiceField(label="工作表", coerce=int)
    heading = Whole(label="表头所在行", min_value=0, max_value=1_000, required=False, help_text="不填时自动查找")

    def __init__(self, *args: Any, sheets: list[tuple[int, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["place"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = sheets


class ColumnsForm(Form):
    """Step 3: what each column of the sheet means."""

    def __init__(self, *args: Any, kind: Kind, words: Mapping[str, str], mapping: Mapping[str, str], **kwargs: Any):
        super().__init__(*args, **kwargs)
        choices = [
            ("", "不导入"),
            *((one.key, f"{one.label}{'（必需）' if one.required else ''}") for one in COLUMNS[kind]),
        ]
        for column in sorted(words, key=int):
            self.fields[f"column-{column}"] = forms.ChoiceField(
                label=f"{headings.letter(int(column))}列　{words[column]}",
                choices=choices,
                required=False,
                initial=mapping.get(column, ""),
                error_messages={"invalid_choice": "所选的内容不在可选范围内，请重新选择。"},
            )

    @property
    def mapping(self) -> dict[int, str]:
        return {int(name.removeprefix("column-")): key for name, key in self.cleaned_data.items()}


class ConfirmForm(Form):
    """Step 5: all or none, or only what nothing is wrong with; nothing is chosen beforehand."""

    mode = forms.ChoiceField(label="导入方式", choices=Mode.choices, widget=forms.RadioSelect)
    consent = forms.BooleanField(
        label="名单中的每个人都已同意为科技特派员工作处理其个人信息",
        required=False,
        help_text="不勾选也可以导入；提交登记前须逐人补充",
    )


class FilterForm(Form):
    verdict = forms.ChoiceField(label="结果", choices=[("", "全部结果"), *Verdict.choices], required=False)
    code = forms.ChoiceField(label="问题", required=False)

    def __init__(self, *args: Any, codes: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["code"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = [("", "全部问题"), *codes]
