from typing import Any

from django import forms

from accounts.enums import InstitutionType
from accounts.forms import UnitForm
from accounts.joining.services import Applied
from core.forms import Form, MobileField, NameField, Text, Upload


class ApplicationForm(UnitForm):
    """What a unit tells that asks to dispatch specialists."""

    type = forms.ChoiceField(label="单位类型", choices=[("", "请选择"), *InstitutionType.choices])
    admin_name = NameField(label="管理员姓名", help_text="通过后由其邀请本单位的其他人员。")
    admin_email = forms.EmailField(label="管理员邮箱", max_length=254, help_text="确认链接和办理结果发到这个邮箱。")
    admin_phone = MobileField(label="管理员手机号")
    letter = Upload(label="盖章申请书", help_text="加盖公章的申请书扫描件，PDF或清晰照片。")

    def __init__(self, *args: Any, mending: bool = False, **kwargs: Any) -> None:
        """`mending`: a letter is there already, another one replaces it."""
        super().__init__(*args, **kwargs)
        self.fields["uscc"].required = True
        self.fields["uscc"].help_text = "18位，见法人证书或营业执照。"
        self.fields["contact_email"].help_text = ""
        self.fields["letter"].required = not mending
        if mending:
            self.fields["letter"].help_text = "不选择则沿用原来的申请书。"

    def told(self) -> Applied:
        names = Applied.__dataclass_fields__
        facts = {name: self.cleaned_data[name] for name in names}
        return Applied(**{**facts, "type": InstitutionType(facts["type"])})


class OpinionForm(Form):
    opinion = Text(label="意见", max_length=300, help_text="申请单位会在邮件中看到。")
