"""What people type about money. Amounts are typed in 元 and come out in 分."""

from datetime import date
from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils.timezone import localdate

from accounts.models import Institution
from core.forms import DateField, Form, Line, MoneyField, Text, VerdictForm, Whole
from funding.models import PaymentBatch

YEARS = {"min_value": 2020, "max_value": 2100}


class BudgetForm(Form):
    """The year's fund, or another amount for it by a later document."""

    year = Whole(label="年度", **YEARS)
    amount_fen = MoneyField(label="金额")
    document_number = Line(label="下达文号", max_length=60, help_text="如：石财教〔2026〕18号")
    decided_on = DateField(label="下达日期")


class AmendForm(BudgetForm):
    year = None  # type: ignore[assignment]  # a fund stays that of its year


class InstitutionField(forms.ModelChoiceField):
    def label_from_instance(self, obj: Institution) -> str:
        return str(obj)


def not_ahead(day: date) -> None:
    if day > localdate():
        raise forms.ValidationError("拨付日期不能晚于今天。")


class AllocationForm(Form):
    institution = InstitutionField(label="派出单位", queryset=Institution.objects.none(), empty_label="请选择")
    amount_fen = MoneyField(label="拨付金额")
    document_number = Line(label="指标文号", max_length=60, help_text="同一文号对同一单位只拨付一次")
    allocated_on = DateField(label="拨付日期", validators=[not_ahead])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice = self.fields["institution"]
        assert isinstance(choice, forms.ModelChoiceField)
        choice.queryset = Institution.objects.select_related("organization").order_by("organization__name")


class RateForm(Form):
    amount_fen = MoneyField(label="补助标准", help_text="每人每次，由派出单位在政策规定的范围内确定")
    effective_from = DateField(label="执行日期", help_text="从这一天的服务起按新标准申领")
    note = Line(label="说明", max_length=200, required=False)


class BatchField(forms.ModelChoiceField):
    def label_from_instance(self, obj: PaymentBatch) -> str:
        return f"加入{obj}（{obj.get_status_display()}）"


class ClaimForm(Form):
    """Which batch the ticked visits go into, and what for."""

    into = BatchField(
        label="发放批次", queryset=PaymentBatch.objects.none(), required=False, empty_label="新建发放批次"
    )
    purpose = forms.ChoiceField(label="用途")
    note = Line(label="批次说明", max_length=200, required=False, help_text="如：5月下基层补助")

    def __init__(self, *args: Any, drafts: "QuerySet[PaymentBatch]", purposes: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        into, purpose = self.fields["into"], self.fields["purpose"]
        assert isinstance(into, forms.ModelChoiceField)
        assert isinstance(purpose, forms.ChoiceField)
        into.queryset = drafts
        purpose.choices = [(name, name) for name in purposes]


class NoteForm(Form):
    note = Line(label="批次说明", max_length=200, required=False)


class ReturnForm(Form):
    opinion = Text(label="退回意见", max_length=500, rows=3, help_text="写明哪一笔、改什么，经办人据此修改")


class ReverseForm(Form):
    reason = Line(label="冲红原因", max_length=200, help_text="如：重复发放、人员登记有误；原因随台账长期保存")


class ReversalDecisionForm(VerdictForm):
    passes, returns = "复核冲红", "不同意冲红"
