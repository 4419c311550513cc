from datetime import date
from typing import Any

from django import forms

from core import holidays
from core.forms import Form, Line, Text
from core.holidays import Arrangement

MOST = 4000  # characters; a notice has about 700


class HolidaysForm(Form):
    """`arrangement` is what was read from the notice, None while that says nothing that could be kept."""

    year = forms.TypedChoiceField(label="年度", coerce=int)
    document_number = Line(label="文号", max_length=60, help_text="如：国办发明电〔2025〕7号")
    said = Text(
        label="通知正文",
        max_length=MOST,
        rows=12,
        help_text="粘贴《国务院办公厅关于某年部分节假日安排的通知》的正文，平台读出各节日的日期，先显示给您核对",
    )

    arrangement: Arrangement | None = None

    def __init__(self, *args: Any, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        year = self.fields["year"]
        assert isinstance(year, forms.TypedChoiceField)
        year.choices = [(one, f"{one}年") for one in (on.year + 1, on.year)]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if "year" in given and given.get("said"):
            read, wrong = holidays.read(given["said"], given["year"])
            self.refuse(wrong or holidays.faults(read))
            self.arrangement = None if self.errors else read
        return given
