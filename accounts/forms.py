from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from accounts.models import User
from core.forms import Form, Line

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
    again = Password(label="再次输入新密码", current=False)

    def __init__(self, *args: Any, person: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.person = person

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if password := cleaned.get("password"):
            try:
                validate_password(password, self.person)
            except ValidationError as refusal:
                self.add_error("password", refusal)
        if password and "again" in cleaned and cleaned["again"] != password:
            self.add_error("again", "两次输入的新密码不一致，请重新输入。")
        return cleaned


class ChangePasswordForm(NewPasswordForm):
    current = Password(label="现在的密码", current=True)
    field_order = ["current", "password", "again"]

    def clean_current(self) -> str:
        if not self.person.check_password(self.cleaned_data["current"]):
            raise ValidationError("现在的密码不正确。")
        return str(self.cleaned_data["current"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("password") and cleaned["password"] == cleaned.get("current"):
            self.add_error("password", "新密码不能与现在的密码相同。")
        return cleaned
