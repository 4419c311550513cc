from typing import Any

from agreements.enums import Party
from agreements.forms import AuthorityForm
from core.forms import CodeField, Form, NameField, Text


class LinkForm(AuthorityForm):
    """A party's answer: the code, its name, as what it signs; or why it does not."""

    code = CodeField(label="验证码")
    signer = NameField(label="签署人姓名")
    reason = Text(label="拒签原因", max_length=500, rows=2, required=False, help_text="不同意签署时填写，将告知各方")
    field_order = ["code", "signer", "authority", "letter", "reason"]

    def __init__(self, *args: Any, party: Party, refusing: bool, code_sent: bool, **kwargs: Any) -> None:
        super().__init__(*args, party=party, **kwargs)
        self.fields["code"].help_text = "6位数字，已发送到上述邮箱" if code_sent else "6位数字，请先获取"
        if refusing:
            self.fields["reason"].required = True
            self.fields["reason"].error_messages["required"] = "请写明拒签原因，便于各方协商修改。"
            for name in ("authority", "letter"):
                if name in self.fields:
                    self.fields[name].required = False


class RefusalForm(Form):
    """What a party told the institution."""

    name = NameField(label="拒签人")
    reason = Text(label="拒签原因", max_length=500, rows=2)
