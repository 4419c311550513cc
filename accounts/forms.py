from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.models import User
from core.forms import Form, Line

# Django's own sentences are partly English, and do not say what to do.
WEAK = {
    "password_too_short": "新密码至少10个字符，请加长，例如用几个词连在一起。",
    "password_too_similar": "新密码与您的账号、姓名或邮箱相近，容易被猜到，请换一个。",
    "password_too_common": "这个密码很多人在用，容易被猜到，请换一个。",
    "password_entirely_numeric": "新密码不能全是数字，请加入字母或汉字。",
}
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
