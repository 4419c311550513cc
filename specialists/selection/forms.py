from collections.abc import Mapping, Sequence
from typing import Any

from django import forms

from accounts.forms import choice
from accounts.models import Institution
from core.enums import PaperKind
from core.forms import DateField, Form, Line, Text, Upload, VerdictForm, Whole
from specialists.enums import Category, Channel, Conclusion
from specialists.enums import Form as Participation
from specialists.models import Registration, SelectionEntry, Team


class CallForm(Form):
    title = Line(label="名称", max_length=100, printed=True, help_text="如：关于推荐2026年度市级科技特派员的通知")
    text = Text(label="内容", max_length=5000, rows=8, required=False, help_text="推荐条件、材料要求和联系方式")
    opens_on = DateField(label="受理开始日期")
    closes_on = DateField(label="受理截止日期", help_text="当天仍可提交")
    categories = forms.MultipleChoiceField(
        label="类别", choices=Category.choices, widget=forms.CheckboxSelectMultiple, initial=list(Category)
    )
    forms = forms.MultipleChoiceField(
        label="形式", choices=Participation.choices, widget=forms.CheckboxSelectMultiple, initial=list(Participation)
    )
    attachment = Upload(
        label="附件",
        kinds=("pdf", "jpg", "jpeg", "png", "docx", "xlsx"),
        required=False,
        help_text="印发的通知，或由派出单位填写的附表（.docx或.xlsx）；有几份的，请合并为一个文件",
    )


class LateForm(Form):
    """For all of an institution, or for the one registration or team that `only` names."""

    institution = forms.ModelChoiceField(
        label="派出单位",
        queryset=Institution.objects.none(),
        required=False,
        empty_label="请选择",
        help_text="只补报一项的，可以不选单位",
    )
    only = forms.ChoiceField(label="补报范围", required=False)
    until = DateField(label="补报截止日期", help_text="当天仍可提交")
    reason = Line(label="补报理由", max_length=400, help_text="为何未能按期提交、依据什么同意补报")

    def __init__(self, *args: Any, institutions: Any, unsent: Mapping[str, Registration | Team], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.unsent = unsent
        field = self.fields["institution"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = institutions
        by_unit: dict[str, list[tuple[str, str]]] = {}
        for key, one in unsent.items():
            name = f"团队“{one.name}”" if isinstance(one, Team) else one.specialist.name
            words = f"{name}（{one.get_category_display()}，{one.get_status_display()}）"
            by_unit.setdefault(str(one.institution), []).append((key, words))
        choice(self, "only").choices = [("", "所选单位的全部登记和团队"), *by_unit.items()]

    def clean(self) -> dict[str, Any]:
        """`registration` or `team` besides the institution, which is that of the one record where one is named."""
        given = super().clean() or {}
        one = self.unsent.get(given.pop("only", "") or "")
        unit = given.get("institution")
        if one is None and unit is None and "institution" not in self.errors:
            self.add_error("institution", "请选择派出单位，或选择要补报的一项。")
        if one and unit and one.institution_id != unit.pk:
            self.add_error("only", "这一项不属于所选的派出单位。")
        if one:
            given["institution"] = one.institution
            given["team" if isinstance(one, Team) else "registration"] = one
        return given


class ComposeForm(Form):
    title = Line(label="名单名称", max_length=100, required=False, printed=True, help_text="不填写的，按年度和批次命名")


class ReasonForm(Form):
    reason = Line(label="移出原因", max_length=400, printed=True, help_text="写明依据，派出单位会看到这段话")


class TakeOutForm(ReasonForm):
    """Off a list that is still being composed: to wait for another one, or not to be selected at all."""

    for_good = forms.BooleanField(
        label="本年度不再选派（本人放弃或不符合条件）",
        required=False,
        help_text="登记转为“未入选”，通知派出单位；不勾选的可列入下一份名单",
    )


class CallBackForm(Form):
    reason = Line(label="撤回原因", max_length=400, printed=True, help_text="写明需要修改什么，审批人会看到这段话")


class StepForm(VerdictForm):
    """A step taken on the page."""

    passes, returns = "通过", "退回修改"


class PaperStepForm(Form):
    """A step recorded from the paper on which it was taken."""

    result = forms.ChoiceField(
        label="签批结果",
        choices=[("pass", "同意"), ("return", "不同意，退回修改")],
        initial="pass",
        widget=forms.RadioSelect,
    )
    kind = forms.ChoiceField(
        label="签批依据", choices=PaperKind.choices, initial=PaperKind.SLIP, widget=forms.RadioSelect
    )
    number = Line(label="编号", max_length=60, help_text="签批单编号、会议纪要号或文号")
    decided_on = DateField(label="签批日期", help_text="纸面上的日期")
    scan = Upload(label="扫描件", help_text="签批单、会议纪要或文件的扫描件")
    opinion = Text(label="签批意见", max_length=1000, rows=2, required=False, help_text="照录纸面意见；退回修改的必填")


class NoticeForm(Form):
    starts_on = DateField(label="公示开始日期")
    working_days = Whole(label="公示工作日", min_value=1, max_value=60)
    contact = Line(label="受理异议的联系方式", max_length=200, printed=True, help_text="处室、电话、地址，印在公示上")


class ObjectionForm(Form):
    entry = forms.ChoiceField(label="涉及人选", required=False)
    received_on = DateField(label="收到日期")
    channel = forms.ChoiceField(label="渠道", choices=Channel.choices, widget=forms.RadioSelect)
    is_anonymous = forms.BooleanField(label="匿名", required=False)
    sender = Line(
        label="异议人", max_length=60, required=False, help_text="姓名或单位，加密保存，只有市科技局办理人员可见"
    )
    contact = Line(label="异议人联系方式", max_length=100, required=False, help_text="加密保存")
    content = Text(label="异议内容", max_length=5000, rows=5)
    evidence = Upload(
        label="材料",
        kinds=("pdf", "jpg", "jpeg", "png", "heic", "heif"),
        required=False,
        help_text="来信、来访记录等的扫描件或照片",
    )

    def __init__(self, *args: Any, entries: Sequence[SelectionEntry], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["entry"]
        assert isinstance(field, forms.ChoiceField)
        said = [(str(one.pk), f"{one}（{one.record.institution or '市科技局直接聘请'}）") for one in entries]
        field.choices = [("", "对整份名单"), *said]


class ConclusionForm(Form):
    conclusion = forms.ChoiceField(label="办理结论", choices=Conclusion.choices, widget=forms.RadioSelect)
    handling = Text(
        label="核查情况",
        max_length=2000,
        rows=5,
        help_text="怎样核查、查明什么；异议成立的，即据此移出名单，派出单位会看到这段话，请勿写明提出异议的人",
    )


class CloseForm(Form):
    note = Text(label="公示情况", max_length=2000, rows=4, required=False, printed=True, help_text="印在公示情况记录上")


class AnnounceForm(Form):
    document_number = Line(label="文号", max_length=60, help_text="如：石科〔2026〕12号")
    announced_on = DateField(label="成文日期")
    scan = Upload(label="公布文件", help_text="正式印发文件的扫描件")
