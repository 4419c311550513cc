import re
from decimal import Decimal
from typing import Any

from django import forms

from assessments.enums import Grade
from assessments.models import Assessment
from assessments.rules import Part
from core.forms import DateField, Form, Line, Text, Whole
from core.identifiers import half_width


class CampaignForm(Form):
    year = Whole(label="年度", min_value=2020, max_value=2100)
    opens_on = DateField(label="开始日期")
    institution_due = DateField(label="派出单位截止日期")
    bureau_due = DateField(label="市科技局截止日期")


class CallOffForm(Form):
    reason = Text(label="撤销原因", max_length=200, rows=2)


class OpinionForm(Form):
    """The institution's score sheet; its parts are the pack's."""

    grade = forms.ChoiceField(label="建议等次", choices=Grade.choices, widget=forms.RadioSelect)
    opinion = Text(label="派出单位意见", max_length=2000, rows=3)

    def __init__(self, *args: Any, parts: list[Part], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.parts = parts
        for part in parts:
            self.fields[f"score-{part.code}"] = Points(
                label=part.label, max_value=part.points, help_text=f"0至{part.points}分，可保留一位小数"
            )
        self.order_fields([*(f"score-{part.code}" for part in parts), "grade", "opinion"])

    @property
    def total(self) -> Decimal:
        """Of what stands in the fields; what is no number counts nothing. The page keeps it up while it is typed."""
        typed = (half_width(str(self[f"score-{part.code}"].value() or "")).strip() for part in self.parts)
        return sum((Decimal(points) for points in typed if re.fullmatch(r"\d{1,3}(\.\d+)?", points)), Decimal(0))

    def scores(self) -> dict[str, Decimal]:
        """What was entered, by part; the rule says which parts are missing."""
        given = {part.code: self.cleaned_data.get(f"score-{part.code}") for part in self.parts}
        return {code: points for code, points in given.items() if points is not None}


class BureausOpinionForm(OpinionForm):
    """The same for whom the bureau appoints directly: an officer of it scores (A6)."""

    opinion = Text(label="市科技局经办意见", max_length=2000, rows=3)


def opinion_form_of(assessment: Assessment) -> type[OpinionForm]:
    return OpinionForm if assessment.institution_id is not None else BureausOpinionForm


class Points(forms.DecimalField):
    """Points of one part, with one decimal."""

    def __init__(self, *, label: str, max_value: int, help_text: str) -> None:
        super().__init__(
            label=label, min_value=Decimal(0), max_value=Decimal(max_value), decimal_places=1, help_text=help_text
        )
        self.error_messages |= {
            "required": f"请填写{label}得分。",
            "invalid": f"{label}得分应为数字，例如 {max_value // 2}。",
            "min_value": f"{label}不能小于0分。",
            "max_value": f"{label}不能大于{max_value}分。",
            "max_decimal_places": f"{label}得分最多保留一位小数。",
        }
        self.widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def to_python(self, value: Any) -> Any:
        text = half_width(value).replace("−", "-").strip() if isinstance(value, str) else value
        if text and not re.fullmatch(r"-?\d{1,3}(\.\d+)?", str(text)):  # Decimal would also read 1e1 and NaN
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(text)


class DecisionForm(Form):
    grade = forms.ChoiceField(label="审定等次", choices=Grade.choices, widget=forms.RadioSelect)
    opinion = Text(
        label="市科技局意见", max_length=2000, rows=2, required=False, help_text="审定为不合格的，写明认定的事实和理由"
    )
    document_number = Line(label="签批文号", max_length=60, required=False, help_text="由纸质签批单办理的，填写文号")
    typed_name = Line(
        label="确认取消资格（仅审定为不合格时）",
        max_length=30,
        required=False,
        help_text="审定为不合格的最后一步，请输入该特派员的姓名确认；其他等次不填",
    )


class ReturnForm(Form):
    ids = "return_%s"

    opinion = Text(label="退回原因", max_length=1000, rows=2)


class ExemptForm(Form):
    ids = "exempt_%s"

    reason = Text(label="不参加考核的原因", max_length=500, rows=2)


class IncludeForm(Form):
    ids = "include_%s"

    reason = Text(label="恢复参加考核的原因", max_length=500, rows=2)


class ReinstateForm(Form):
    ids = "reinstate_%s"

    reason = Text(label="恢复资格的理由", max_length=500, rows=2)
