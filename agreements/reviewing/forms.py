from typing import Any

from django import forms

from accounts.models import Membership
from core.forms import DateField, Form, Line, Text
from specialists.selection.forms import PaperStepForm


class NoteForm(Form):
    words = Text(label="内部备注", max_length=1000, rows=2, help_text="只有市科技局人员可见，不通知当事方，不导出。")


class PaperStepsForm(PaperStepForm):
    """One 签批单 for several cases: what it does not agree to is sent back one by one."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        del self.fields["result"]


class HatChoice(forms.ModelChoiceField):
    """One of some hats, by the person and the role."""

    def label_from_instance(self, hat: Any) -> str:
        return f"{hat.person}（{hat.get_role_display()}）"


class TransferForm(Form):
    note = Line(label="说明", max_length=200, required=False, help_text="作为内部备注留存。")

    def __init__(self, *args: Any, reviewers: list[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hats = Membership.objects.filter(pk__in=[hat.pk for hat in reviewers]).select_related("person")
        self.add("to", HatChoice(label="转给", queryset=hats, empty_label="请选择"))


class CoverForm(Form):
    since = DateField(label="开始日期")
    until = DateField(label="结束日期", help_text="含当天")
    note = Line(label="说明", max_length=200, required=False, help_text="如出差、休假")

    def __init__(self, *args: Any, absent: list[Membership], stand_ins: list[Membership], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label, hats in (("absent", "外出人员", absent), ("stand_in", "代办人员", stand_ins)):
            rows = Membership.objects.filter(pk__in=[hat.pk for hat in hats]).select_related("person")
            self.add(name, HatChoice(label=label, queryset=rows, empty_label="请选择"))
        self.order_fields(["absent", "stand_in", "since", "until", "note"])
