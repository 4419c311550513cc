from collections.abc import Mapping
from typing import Any

from django import forms

from agreements.models import Agreement
from core.forms import CodeField, DateField, Form, Line, NameField, Text, Upload, Whole
from specialists.models import Specialist
from visits.enums import Mode, Rating


class HostOfAgreement(forms.ModelChoiceField):
    """An agreement, called by the host it is with."""

    def label_from_instance(self, obj: Agreement) -> str:
        return str(obj.host)


class VisitForm(Form):
    """One visit, told on a phone in under a minute."""

    agreement = HostOfAgreement(label="派驻单位", queryset=Agreement.objects.none(), empty_label=None)
    attendees = forms.MultipleChoiceField(
        label="参加人员",
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text="团队服务按实际到场的成员勾选，每人一次",
    )
    date = DateField(label="服务日期", native=True)
    days = Whole(label="服务天数", min_value=1, max_value=31, initial=1, help_text="每次服务不少于1个工作日")
    mode = forms.ChoiceField(
        label="方式",
        choices=Mode.choices,
        initial=Mode.ONSITE,
        widget=forms.RadioSelect,
        help_text="线上服务计入考核，不发放补助",
    )
    activities = forms.MultipleChoiceField(label="做了什么", widget=forms.CheckboxSelectMultiple)
    content = Text(label="服务内容", max_length=2000, rows=3, help_text="写清解决了什么问题")
    place = Line(label="地点", max_length=100, required=False)
    outcome = Text(label="成效", max_length=2000, rows=2, required=False)
    trainings = Whole(label="培训场次", min_value=0, max_value=99, initial=0, required=False)
    trained = Whole(label="培训人数", min_value=0, max_value=99_999, initial=0, required=False)
    photo = Upload(label="现场照片", kinds=("jpg", "jpeg", "png", "heic", "heif"), required=False)

    def __init__(
        self,
        *args: Any,
        agreements: list[Agreement],
        activities: list[str],
        members: Mapping[Specialist, str],
        **kwargs: Any,
    ) -> None:
        """`members` of a team may have come, each with the words that narrow their days."""
        super().__init__(*args, **kwargs)
        self.members = {str(one.pk): one for one in members}
        if members:
            came = self.fields["attendees"]
            assert isinstance(came, forms.MultipleChoiceField)
            came.choices = [
                (str(one.pk), f"{one.name}（{told}）" if told else one.name) for one, told in members.items()
            ]
            came.required = all(agreement.team_id for agreement in agreements)
            came.error_messages["required"] = "请选择参加这次服务的人员。"
        else:
            del self.fields["attendees"]
        choice = self.fields["agreement"]
        assert isinstance(choice, forms.ModelChoiceField)
        choice.queryset = Agreement.objects.filter(pk__in=[agreement.pk for agreement in agreements])
        kinds = self.fields["activities"]
        assert isinstance(kinds, forms.MultipleChoiceField)
        kinds.choices = [(activity, activity) for activity in activities]

    @property
    def came(self) -> list[Specialist]:
        return [self.members[key] for key in self.cleaned_data.get("attendees", [])]

    def clean_trainings(self) -> int:
        return self.cleaned_data["trainings"] or 0

    def clean_trained(self) -> int:
        return self.cleaned_data["trained"] or 0


class AnswerForm(Form):
    """What the host says of a visit."""

    name = NameField(label="您的姓名")
    rating = forms.ChoiceField(label="对这次服务的评价", choices=Rating.choices, widget=forms.RadioSelect)
    opinion = Text(label="意见", max_length=1000, rows=2, required=False, help_text="提出异议时请写明与实际不符之处")


class DisputeForm(Form):
    opinion = Text(label="异议内容", max_length=1000, rows=3)


class LinkAnswerForm(AnswerForm):
    """The same by personal link, with the code that was mailed to the host's address."""

    code = CodeField(label="验证码")
    field_order = ["code", "name", "rating", "opinion"]

    def __init__(self, *args: Any, code_sent: bool, disputing: bool = False, **kwargs: Any) -> None:
        """`disputing`: what did not take place as told is not rated, but what is wrong with it is said."""
        super().__init__(*args, **kwargs)
        if disputing:
            self.fields["rating"].required = False
            self.fields["opinion"].required = True
            self.fields["opinion"].error_messages["required"] = "请写明与实际不符之处，便于科技特派员更正。"
        self.fields["code"].help_text = "6位数字，已发送到贵单位联系邮箱" if code_sent else "6位数字，请先获取"
