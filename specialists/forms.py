"""What is typed into the pages of this app, cleaned; a form writes nothing."""

from datetime import date
from typing import Any

import django_filters
from django import forms
from django.core.exceptions import ValidationError
from django.utils.timezone import localdate

from core import identifiers
from core.forms import Cleaned, DateField, Form, Line, MobileField, NameField, Text, Whole, no_control_characters
from core.identifiers import Invalid
from core.models import PolicyPack
from specialists.enums import Category, Education, PersonnelType, RegistrationStatus, Title
from specialists.models import ProvincialListEntry, Registration, Specialist
from specialists.services import PERSONAL

CHOOSE = ("", "请选择")
REASON = 500


class AccountField(Cleaned):
    """A bank account."""

    attrs = {"autocomplete": "off", "inputmode": "numeric"}

    def parse(self, text: str) -> str:
        return identifiers.clean_account(text)


class IdNumberForm(Form):
    """A form that asks for an identity number of a person of the ages that the pack allows."""

    id_number = Line(
        label="身份证号",
        max_length=60,
        help_text="18位。性别和出生日期由号码得出；保存后只显示前6位和后4位。",
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "data-id-number": ""}),
    )

    def __init__(self, *args: Any, pack: PolicyPack, on: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pack, self.on = pack, on

    def clean_id_number(self) -> str:
        ages = (self.pack.setting("registration.min_age"), self.pack.setting("registration.max_age"))
        try:
            return identifiers.clean_id_number(self.cleaned_data["id_number"], on=self.on, ages=ages)
        except Invalid as refusal:
            raise ValidationError(str(refusal), code="typed") from refusal


class RegistrationForm(IdNumberForm):
    """One year's registration with what is kept of the person. With `person` it changes a registration that is there.

    `kept` says that another unit looks after the person this year: then the personal fields are not this form's.
    """

    name = NameField(label="姓名")
    mobile = MobileField(label="手机号")
    email = forms.EmailField(label="邮箱", required=False, max_length=200, help_text="入选结果将发到这里")
    education = forms.ChoiceField(label="学历", choices=[CHOOSE, *Education.choices])
    title = forms.ChoiceField(label="职称", choices=[CHOOSE, *Title.choices])
    department = Line(label="所在部门", max_length=60, required=False)
    bank_account = AccountField(label="银行账号", required=False, help_text="本人账户，用于发放工作补助")
    bank_name = Line(label="开户行", max_length=100, required=False)
    field = forms.ChoiceField(label="专业领域")
    speciality = Text(label="专长", max_length=200, rows=2, required=False)
    category = forms.ChoiceField(label="类别", choices=Category.choices, widget=forms.RadioSelect)
    personnel_type = forms.ChoiceField(
        label="人员类型", choices=PersonnelType.choices, initial=PersonnelType.STAFF, widget=forms.RadioSelect
    )
    supervisor = NameField(label="导师", required=False, help_text="在校研究生提交前必填")
    graduates_on = DateField(label="预计毕业日期", required=False, help_text="在校研究生提交前必填")
    ability_note = Text(
        label="科研能力说明",
        max_length=2000,
        required=False,
        help_text="在校研究生须有科研能力说明或科研成果之一；可写导师评价、参与的项目",
    )
    research_results = Text(
        label="科研成果", max_length=2000, required=False, help_text="论文、专利、标准、获奖等，每行一项"
    )
    consent = forms.BooleanField(
        label="本人已同意为科技特派员工作处理其个人信息", required=False, help_text="提交前须取得本人同意"
    )

    def __init__(
        self,
        *args: Any,
        pack: PolicyPack,
        on: date,
        person: Specialist | None = None,
        kept: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, pack=pack, on=on, **kwargs)
        choices: list[tuple[str, Any]] = [CHOOSE]
        choices += [(one["group"], [(name, name) for name in one["names"]]) for one in self._groups()]
        field = self.fields["field"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = choices
        if person is None:
            return
        del self.fields["id_number"]
        if kept:
            for name in PERSONAL:
                del self.fields[name]
            return
        if person.field not in {name for one in self._groups() for name in one["names"]}:
            field.choices = [*choices, (person.field, person.field)]  # from another year's list, or an import
        for name, mask in (("mobile", person.mobile_masked), ("bank_account", person.bank_account[-4:])):
            self.fields[name].required = False
            if mask:
                shown = mask if name == "mobile" else f"****{mask}"
                self.fields[name].help_text = f"现为{shown}，不修改请留空"

    def _groups(self) -> list[dict[str, Any]]:
        groups: list[dict[str, Any]] = self.pack.setting("registration.fields")
        return groups


class DecisionForm(Form):
    """What the bureau writes at a step of its decision; the reasons come in fields named by finding code."""

    decision = forms.ChoiceField(
        label="办理结果",
        choices=[("pass", "通过"), ("return", "退回补正")],
        widget=forms.HiddenInput,
        error_messages={"required": "请选择通过或退回补正。", "invalid_choice": "请选择通过或退回补正。"},
    )
    opinion = Text(label="审核意见", max_length=1000, rows=2, required=False)
    document_number = Line(
        label="签批单号或文号", max_length=60, required=False, help_text="据纸面签批登记时填写，如石科签〔2026〕18号"
    )
    decided_on = DateField(label="纸面签批日期", required=False)

    def clean(self) -> dict[str, Any]:
        self.reasons = self._by_code("reason-", Text(max_length=REASON, required=False))
        self.documents = self._by_code("document-", Line(max_length=60, required=False))
        return self.cleaned_data

    def _by_code(self, prefix: str, field: forms.Field) -> dict[str, str]:
        given = {}
        for name in self.data:
            if name.startswith(prefix):
                try:
                    given[name.removeprefix(prefix)] = _without_controls(field, self.data[name])
                except ValidationError as refusal:
                    self.add_error(None, f"例外理由：{' '.join(refusal.messages)}")
        return given


def _without_controls(field: forms.Field, text: str) -> str:
    """A field outside a form has no such check of its own."""
    no_control_characters(text)
    cleaned: str = field.clean(text)
    return cleaned


class RevealForm(Form):
    number = forms.ChoiceField(
        label="要查看的号码",
        choices=[("id_number", "身份证号"), ("mobile", "手机号"), ("bank_account", "银行账号")],
        widget=forms.RadioSelect,
        initial="id_number",
    )
    reason = Line(label="查看理由", max_length=200, help_text="查看人、时间和理由将记入办理记录")


class ListingForm(IdNumberForm):
    """One row of the provincial list."""

    year = Whole(label="名单年度", min_value=2000, max_value=2100)
    name = NameField(label="姓名")
    valid_from = DateField(label="有效期起")
    valid_to = DateField(label="有效期止")
    row = Whole(label="名单序号", min_value=1, max_value=100_000, required=False)
    document_number = Line(label="公布文号", max_length=60, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["id_number"].help_text = "18位，录入后只显示前6位和后4位"


class EndListingForm(Form):
    valid_to = DateField(label="新的有效期止")
    reason = Line(label="理由", max_length=200, help_text="如省厅调整名单的文号")


# --- filters of the lists, the same for page and interface ------------------------------------------------------------


def years() -> list[tuple[int, str]]:
    this = localdate().year
    return [(year, f"{year}年度") for year in range(this, this - 5, -1)]


class RegistrationFilter(django_filters.FilterSet):
    year = django_filters.ChoiceFilter(label="年度", field_name="year", choices=years, empty_label="全部年度")
    category = django_filters.ChoiceFilter(label="类别", choices=Category.choices, empty_label="全部类别")
    status = django_filters.ChoiceFilter(label="状态", choices=RegistrationStatus.choices, empty_label="全部状态")
    personnel_type = django_filters.ChoiceFilter(
        label="人员类型", choices=PersonnelType.choices, empty_label="全部人员"
    )
    unit = django_filters.CharFilter(
        label="派出单位", field_name="institution__organization__name", lookup_expr="contains"
    )
    q = django_filters.CharFilter(label="姓名", field_name="specialist__name", lookup_expr="startswith")

    class Meta:
        model = Registration
        form = Form
        fields = ["year", "category", "status", "personnel_type", "unit", "q"]


class ListingFilter(django_filters.FilterSet):
    year = django_filters.ChoiceFilter(label="年度", field_name="year", choices=years, empty_label="全部年度")
    q = django_filters.CharFilter(label="姓名", field_name="name", lookup_expr="startswith")

    class Meta:
        model = ProvincialListEntry
        form = Form
        fields = ["year", "q"]
