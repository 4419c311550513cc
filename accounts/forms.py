"""What people type about themselves and their units; a form cleans, the services judge and write."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.contrib.auth.validators import UnicodeUsernameValidator
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.forms.models import ModelChoiceIterator

from accounts.entering import HostFacts, UnitFacts
from accounts.enums import HostType, InstitutionType, Role
from accounts.models import District, Membership, Organization, User
from accounts.rules import PREFIXES
from accounts.services import TOKEN_DAYS
from core.forms import Form, Line, NameField, PhoneField, Text, UsccField, Whole
from core.identifiers import Invalid, clean_unit_name, suggest_host_type
from core.logs import scrub

# Django's own sentences are partly English, and do not say what to do.
WEAK = {
    "password_too_short": "新密码至少10个字符，请加长，例如用几个词连在一起。",
    "password_too_similar": "新密码与您的账号、姓名或邮箱相近，容易被猜到，请换一个。",
    "password_too_common": "这个密码很多人在用，容易被猜到，请换一个。",
    "password_entirely_numeric": "新密码不能全是数字，请加入字母或汉字。",
}
FEWEST_SIGNS = 5  # that differ: length alone is soon had by leaning on a key
LONGEST_PASSWORD = 256  # hashing is slow on purpose: nobody may ask for a megabyte of it


class Password(forms.CharField):
    """A password as typed: spaces belong to it, pasting is welcome, it is never shown again."""

    def __init__(self, *, current: bool, **kwargs: Any) -> None:
        kwargs.setdefault("max_length", LONGEST_PASSWORD)
        super().__init__(
            strip=False,
            widget=forms.PasswordInput(attrs={"autocomplete": "current-password" if current else "new-password"}),
            **kwargs,
        )
        self.widget.attrs.pop("maxlength", None)


class SignInForm(Form):
    username = Line(label="账号", max_length=150)
    password = Password(label="密码", current=True)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].widget.attrs.update(
            autocomplete="username", autocapitalize="none", spellcheck="false", autofocus=True
        )


class NewPasswordForm(Form):
    """A password of one's own, twice; `person` is whom it must not resemble."""

    password = Password(label="新密码", current=False, help_text="至少10个字符，不能全是数字，不能与账号或姓名相近。")
    password_again = Password(label="再次输入新密码", current=False)

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if password := cleaned.get("password"):
            try:
                validate_password(password, self.person)
            except ValidationError as refusal:
                for error in refusal.error_list:
                    self.add_error("password", WEAK.get(error.code or "", error.message))
            if len(set(password)) < FEWEST_SIGNS:
                self.add_error("password", "新密码中重复的字符太多，容易被猜到，请换一个。")
        if password and "password_again" in cleaned and cleaned["password_again"] != password:
            self.add_error("password_again", "两次输入的新密码不一致，请重新输入。")
        return cleaned


class ChangePasswordForm(NewPasswordForm):
    current_password = Password(label="现在的密码", current=True)
    field_order = ["current_password", "password", "password_again"]

    def clean_current_password(self) -> str:
        if not self.person.check_password(self.cleaned_data["current_password"]):
            raise ValidationError("现在的密码不正确。")
        return str(self.cleaned_data["current_password"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("password") and cleaned["password"] == cleaned.get("current_password"):
            self.add_error("password", "新密码不能与现在的密码相同。")
        return cleaned


class AcceptForm(NewPasswordForm):
    """The account an invited person makes for themself."""

    username = Line(
        label="账号",
        min_length=3,
        max_length=30,
        help_text="3至30个字符，可用字母、汉字、数字和“@ . + - _”，登录时使用。请不要用身份证号或手机号。",
        validators=[UnicodeUsernameValidator()],
        error_messages={"invalid": "账号只能用字母、汉字、数字和“@ . + - _”，不能有空格。"},
    )
    field_order = ["username", "password", "password_again"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["username"].widget.attrs.update(autocomplete="username", autocapitalize="none", spellcheck="false")

    def clean_username(self) -> str:
        username = str(self.cleaned_data["username"])
        if scrub(username) != username:
            raise ValidationError("账号不能用身份证号、手机号或银行账号，请换一个。")
        if User.objects.filter(username__iexact=username).exists():
            raise ValidationError("这个账号已有人使用，请换一个。")
        self.person.username = username
        return username


class InviteForm(Form):
    """`roles` are those this hat may give; `units` those it may give them at (none to choose: its own)."""

    organization = forms.ModelChoiceField(Organization.objects.none(), label="单位", required=False)
    role = forms.ChoiceField(label="身份")
    name = NameField(label="姓名")
    email = forms.EmailField(
        label="邮箱", max_length=254, help_text="邀请链接只发到这个邮箱，7天内有效，只能使用一次。"
    )

    def __init__(
        self, *args: Any, roles: Sequence[Role], units: "QuerySet[Organization] | None" = None, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        choice(self, "role").choices = [("", "请选择"), *((role.value, role.label) for role in roles)]
        if units is None:
            del self.fields["organization"]
        else:
            choice(self, "organization").queryset = units
            choice(self, "organization").required = True
            choice(self, "organization").empty_label = "请选择"


class EndForm(Form):
    """Who takes over what only the leaver could go on with, and why the hat ends."""

    to = forms.ModelChoiceField(Membership.objects.none(), label="交接给", required=False, empty_label="请选择")
    reason = Line(label="终止原因", max_length=200, required=False, help_text="如调离本单位、岗位变动")

    def __init__(self, *args: Any, colleagues: "QuerySet[Membership]", asks: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choice(self, "to").queryset = colleagues
        if not asks:
            del self.fields["to"]


class DistrictsOffered(ModelChoiceIterator):
    """Those in use, and the one that is kept; what else is sent, the services answer with the successor."""

    def __iter__(self) -> Iterator[Any]:
        if self.field.empty_label is not None:
            yield ("", self.field.empty_label)
        for district in self.queryset:
            if district.retired_on is None or district.pk == getattr(self.field, "kept", ""):
                yield self.choice(district)


class DistrictField(forms.ModelChoiceField):
    iterator = DistrictsOffered
    kept = ""


class UnitForm(Form):
    """What is told about any unit."""

    uscc = UsccField(label="统一社会信用代码", required=False, help_text="18位。没有统一社会信用代码的村可以不填。")
    name = Line(label="单位名称", max_length=100, min_length=2, help_text="与营业执照或法人证书上的名称一致。")
    district = DistrictField(
        District.objects.select_related("successor"), label="所在县（市、区）", empty_label="请选择"
    )
    address = Line(label="地址", max_length=200, required=False)
    contact_name = NameField(label="联系人")
    contact_phone = PhoneField(label="联系电话")
    contact_email = forms.EmailField(
        label="联系邮箱", max_length=254, required=False, help_text="服务确认链接和到期提醒发到这个邮箱。"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        kept = self.initial.get("district", "")
        field = self.fields["district"]
        assert isinstance(field, DistrictField)
        field.kept = kept.pk if isinstance(kept, District) else kept

    def clean_name(self) -> str:
        try:
            return clean_unit_name(self.cleaned_data["name"])
        except Invalid as refusal:
            raise ValidationError(str(refusal)) from refusal

    def unit(self) -> UnitFacts:
        names = [field.name for field in fields(UnitFacts)]
        return UnitFacts(**{name: self.cleaned_data[name] for name in names})


class HostForm(UnitForm):
    host_type = forms.ChoiceField(label="单位类型", choices=[("", "请选择"), *HostType.choices], required=False)
    is_above_scale = forms.BooleanField(label="规模以上企业", required=False)
    is_tech_sme = forms.BooleanField(label="科技型中小企业", required=False)
    flags_year = Whole(label="认定年度", required=False, max_value=2100, help_text="选择了上面的企业标识时填写。")
    distinct = forms.BooleanField(label="已核对，不是同一单位", required=False)

    def __init__(self, *args: Any, county: District | None = None, **kwargs: Any) -> None:
        """`county`: whoever enters it does so for this one alone."""
        super().__init__(*args, **kwargs)
        if county:
            own = District.objects.standing_for(county.pk).select_related("successor")
            choice(self, "district").queryset = own
            choice(self, "district").empty_label = None
        self.fields["uscc"].widget.attrs["data-prefixes"] = json.dumps(PREFIX_HINTS, ensure_ascii=False)

    def clean(self) -> dict[str, Any]:
        """Where the credit code itself tells the kind of unit, it need not be chosen."""
        cleaned = super().clean() or self.cleaned_data
        if not cleaned.get("host_type") and "host_type" not in self.errors:
            suggested = suggest_host_type(cleaned.get("uscc") or "")
            if suggested:
                cleaned["host_type"] = suggested
            elif "uscc" not in self.errors:
                self.add_error("host_type", "请选择单位类型。")
        return cleaned

    def host(self) -> HostFacts:
        names = [field.name for field in fields(HostFacts)]
        facts = {name: self.cleaned_data[name] for name in names}
        return HostFacts(**{**facts, "host_type": HostType(facts["host_type"])})


# For the hint beside the code while it is typed: what its first two characters say, and the kind they speak for.
PREFIX_HINTS = {
    prefix: [f"以{prefix}开头的一般是{label}。", suggest_host_type(prefix) or ""]
    for prefix, (label, _) in PREFIXES.items()
}


class VerifyForm(Form):
    basis = Line(
        label="核实依据",
        max_length=100,
        help_text="科技型中小企业填入库登记编号；规模以上企业填名录的文号或统计部门意见。",
    )


class ReturnFlagsForm(Form):
    note = Text(label="退回意见", max_length=300, help_text="写明哪一项与证明材料不符，需要怎样更正。")


class CorrectedUnitForm(UnitForm):
    """A dispatching institution or an office, renamed or with another one to call: its capacities stay."""

    distinct = forms.BooleanField(label="已核对，不是同一单位", required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["uscc"].required = bool(self.initial.get("uscc"))
        self.fields["uscc"].help_text = "18位。"
        self.fields["contact_email"].help_text = "发给本单位的链接和提醒发到这个邮箱。"


class InstitutionForm(UnitForm):
    type = forms.ChoiceField(label="单位类型", choices=[("", "请选择"), *InstitutionType.choices])
    admin_name = NameField(label="首位管理员姓名")
    admin_email = forms.EmailField(label="首位管理员邮箱", max_length=254, help_text="保存后即向这个邮箱发出邀请。")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["uscc"].required = True
        self.fields["uscc"].help_text = "18位。"


class TokenForm(Form):
    days = Whole(label="有效天数", min_value=1, max_value=TOKEN_DAYS, initial=30, help_text="1至90天，到期自动失效。")


def choice(form: Form, name: str) -> Any:
    """A field whose choices depend on who asks."""
    return form.fields[name]
