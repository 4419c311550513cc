"""Forms that take what people really type, and say in Chinese what is wrong and how to mend it.

Full-width digits, dates in five ways of writing, sums with commas: all are understood. Control characters, the year 0
and amounts like 1e5 get a sentence, never an error page. A form cleans; it writes nothing.
"""

import unicodedata
from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import ProhibitNullCharactersValidator
from django.forms.renderers import Jinja2
from django.utils.functional import Promise
from django.utils.timezone import localdate

from core import identifiers, money, pdf
from core.dates import YEARS, parse_date
from core.identifiers import Invalid, half_width
from core.jinja import cdate, filesize
from core.policy import Finding

LINE = 200  # the longest single line where no field says otherwise
TEXT = 5000  # the longest text
INTEGER = 2_147_483_647  # what a PostgreSQL integer holds

# These came along with a copy from a chat or a web page; nobody typed them and nobody sees them.
INVISIBLE = dict.fromkeys((0x00AD, 0x200B, 0x2060, 0xFEFF))
# A reversed direction of writing makes a name or an amount read as another.
DIRECTIONS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
CONTROLS = "含有不能识别的控制字符，可能是从其他文件复制时带入的。请删除后手工输入。"

# By Django's error codes; {label} is the field's own. Sentences that an author gave a field are kept.
SENTENCES = {
    "invalid_choice": "{label}的选项无效，请重新选择。",
    "invalid_pk_value": "{label}的选项无效，请重新选择。",
    "invalid_list": "{label}的选项无效，请重新选择。",
    "invalid": "{label}的格式不正确，请核对。",
    "max_length": "{label}不能超过%(limit_value)d个字，现为%(show_value)d个字。",
    "min_length": "{label}至少%(limit_value)d个字，现为%(show_value)d个字。",
    "max_value": "{label}不能大于%(limit_value)s。",
    "min_value": "{label}不能小于%(limit_value)s。",
    "max_digits": "{label}的位数过多，请核对。",
    "max_decimal_places": "{label}的小数位数过多，请核对。",
    "max_whole_digits": "{label}的整数位数过多，请核对。",
    "empty": "{label}是空文件，请重新选择。",
    "missing": "没有收到{label}的文件，请重新选择。",
}


def no_control_characters(text: str) -> None:
    """Raises ValidationError for NUL, control characters, half surrogates and turned directions; line breaks pass."""
    if any(
        sign in DIRECTIONS or (unicodedata.category(sign) in ("Cc", "Cs") and sign not in "\r\n\t") for sign in text
    ):
        raise ValidationError(CONTROLS, code="control")


def no_line_breaks(text: str) -> None:
    if any(sign in "\r\n\t\v\f\x85\u2028\u2029" for sign in text):
        raise ValidationError("只能填写一行，请删除换行和制表符。", code="lines")


class Printed(forms.CharField):
    """Text that may stand on a paper. With `printed` it holds only what the paper's fonts can draw."""

    def __init__(self, *, printed: bool = False, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.printed = printed

    def run_validators(self, value: Any) -> None:
        super().run_validators(value)
        if self.printed and (finding := pdf.unprintable(value)):
            raise ValidationError(str(finding), code="font")


class Form(forms.Form):
    """The form of every page: sentences name their field; the server alone judges, so that all is said at once."""

    use_required_attribute = False
    default_renderer = Jinja2()  # Django's own widgets, drawn seven times as fast; its admin needs the other engine
    ids = "id_%s"  # of its fields; a form that stands beside one with a field of the same name has ids of its own

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("label_suffix", "")
        kwargs.setdefault("auto_id", self.ids)
        super().__init__(*args, **kwargs)
        for name, field in self.fields.items():
            self.add(name, field)

    def add(self, name: str, field: forms.Field) -> None:
        """Take in a field, also one that only the data decide on; it speaks and cleans as the declared ones do."""
        speak_chinese(field, str(field.label or name))
        if isinstance(field, forms.CharField):
            kept = [check for check in field.validators if not isinstance(check, ProhibitNullCharactersValidator)]
            field.validators = [no_control_characters, *kept]
        self.fields[name] = field

    def refuse(self, findings: Iterable[Finding]) -> None:
        """Set a finding whose facts name one of this form's fields (`field="host"`) beside it, any other at the top."""
        for finding in findings:
            name = finding.facts.get("field")
            error = ValidationError(str(finding), code=finding.code)
            self.add_error(str(name) if name in self.fields else None, error)

    def refuse_beside(self, findings: Iterable[Finding]) -> list[Finding]:
        """The same, of those alone that name a field; the others are given back, for a page that shows them with their
        quotes."""
        found = list(findings)
        others = [finding for finding in found if finding.facts.get("field") not in self.fields]
        self.refuse(finding for finding in found if finding not in others)
        return others


def speak_chinese(field: forms.Field, label: str) -> None:
    """Give a field its sentences. Django's own are lazy translations, an author's are plain strings: those stay."""
    chosen = (forms.Select, forms.RadioSelect, forms.CheckboxSelectMultiple)
    verb = "选择" if isinstance(field.widget, chosen) else "上传" if isinstance(field, forms.FileField) else "填写"
    required = f"请勾选“{label}”。" if isinstance(field, forms.BooleanField) else f"请{verb}{label}。"
    for code, sentence in {"required": required, **SENTENCES}.items():
        # Validators take their sentence from the field, if it has one under their code.
        if isinstance(field.error_messages.get(code, ""), Promise) or code not in field.error_messages:
            field.error_messages[code] = sentence.replace("{label}", label)


class Line(Printed):
    """One line of text, at most `max_length` characters."""

    default_validators = [no_line_breaks]

    def __init__(self, *, max_length: int = LINE, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)
        self.widget.attrs.pop("maxlength", None)  # it would cut a pasted text off without a word

    def to_python(self, value: Any) -> str:
        return (super().to_python(value) or "").translate(INVISIBLE).strip()


class Text(Printed):
    """Several lines of text, at most `max_length` characters."""

    widget = forms.Textarea

    def __init__(self, *, max_length: int = TEXT, rows: int = 3, **kwargs: Any) -> None:
        super().__init__(max_length=max_length, **kwargs)
        self.widget.attrs.pop("maxlength", None)
        self.widget.attrs.pop("cols", None)
        self.widget.attrs.update(rows=rows)

    def to_python(self, value: Any) -> str:
        # Counted as the reader counts them: a browser sends each line break as two characters.
        return (super().to_python(value) or "").translate(INVISIBLE).replace("\r\n", "\n")


class VerdictForm(Form):
    """Yes or no, by the button that is pressed, and an opinion. A subclass says what stands on the two buttons."""

    passes, returns = "通过", "退回"
    decision = forms.ChoiceField(label="审核结果", widget=forms.HiddenInput)
    opinion = Text(label="审核意见", max_length=1000, rows=2, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        decision = self.fields["decision"]
        assert isinstance(decision, forms.ChoiceField)
        decision.choices = [("pass", self.passes), ("return", self.returns)]
        decision.error_messages |= dict.fromkeys(
            ("required", "invalid_choice"), f"请选择{self.passes}或{self.returns}。"
        )

    def verdict(self) -> dict[str, Any]:
        """What a service wants to know, once the form is valid."""
        return {"passed": self.cleaned_data["decision"] == "pass", "opinion": self.cleaned_data["opinion"]}


class Cleaned(forms.Field):
    """One line that a function of core turns into its normal form, or refuses with a sentence."""

    attrs: dict[str, str] = {"autocomplete": "off"}
    nothing: Any = ""  # the value of a field left out

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for name, value in self.attrs.items():
            self.widget.attrs.setdefault(name, value)

    def parse(self, text: str) -> Any:
        raise NotImplementedError

    def to_python(self, value: Any) -> Any:
        if value in self.empty_values:
            return self.nothing
        if not isinstance(value, str):
            return value
        no_control_characters(value)
        text = value.translate(INVISIBLE).strip()
        if not text:
            return self.nothing
        if len(text) > LINE:
            raise ValidationError(f"不能超过{LINE}个字，现为{len(text)}个字。", code="max_length")
        try:
            return self.parse(text)
        except Invalid as refusal:
            raise ValidationError(str(refusal), code="typed") from refusal


class NameField(Cleaned):
    """A person's name."""

    def parse(self, text: str) -> str:
        return identifiers.clean_name(text)


class IdNumberField(Cleaned):
    """A resident identity number of a person of working age on the day of the form."""

    attrs = {"autocomplete": "off", "spellcheck": "false"}

    def parse(self, text: str) -> str:
        return identifiers.clean_id_number(text, on=localdate())


class UsccField(Cleaned):
    """A unified social credit code."""

    attrs = {"autocomplete": "off", "spellcheck": "false"}

    def parse(self, text: str) -> str:
        return identifiers.clean_uscc(text)


class CodeField(Cleaned):
    """The one-time code from a mail. What cannot be one at all is refused here, where it uses up no try."""

    attrs = {"autocomplete": "one-time-code", "inputmode": "numeric"}

    def parse(self, text: str) -> str:
        return identifiers.clean_code(text)


class MobileField(Cleaned):
    attrs = {"autocomplete": "tel-national", "inputmode": "tel"}

    def parse(self, text: str) -> str:
        return identifiers.clean_mobile(text)


class PhoneField(Cleaned):
    """A unit's telephone, landline or mobile."""

    attrs = {"autocomplete": "tel", "inputmode": "tel"}

    def parse(self, text: str) -> str:
        return identifiers.clean_phone(text)


class MoneyField(Cleaned):
    """An amount typed in 元; its value is 分. `positive` refuses nothing and less."""

    attrs = {"autocomplete": "off", "inputmode": "decimal"}
    nothing = None

    def __init__(self, *, positive: bool = True, **kwargs: Any) -> None:
        self.positive = positive
        super().__init__(**kwargs)

    def parse(self, text: str) -> int:
        fen = money.parse_yuan(text)
        if self.positive and not fen:
            raise Invalid("金额应大于0。")
        return fen

    def prepare_value(self, value: Any) -> Any:
        return money.yuan(value).replace(",", "") if isinstance(value, int) else value


class DateField(Cleaned):
    """A day. On a phone form `native=True` brings the device's own calendar."""

    nothing = None

    def __init__(self, *, native: bool = False, **kwargs: Any) -> None:
        if native:
            limits = {"min": f"{YEARS[0]}-01-01", "max": f"{YEARS[-1]}-12-31"}
            kwargs.setdefault("widget", forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", **limits}))
        super().__init__(**kwargs)
        self.native = native
        if not native:
            self.widget.attrs.setdefault("data-date", "")

    def parse(self, text: str) -> date:
        return parse_date(text)

    def prepare_value(self, value: Any) -> Any:
        return cdate(value) if isinstance(value, date) and not self.native else value


class Whole(forms.IntegerField):
    """A whole number, full-width digits included."""

    widget = forms.TextInput

    def __init__(self, *, min_value: int = 0, max_value: int = INTEGER, **kwargs: Any) -> None:
        super().__init__(min_value=min_value, max_value=max_value, **kwargs)
        self.widget.attrs.update(inputmode="numeric", autocomplete="off")
        self.error_messages["invalid"] = "请填写整数，如12。"

    def to_python(self, value: Any) -> int | None:
        return super().to_python("".join(half_width(value).split()) if isinstance(value, str) else value)


class Upload(forms.FileField):
    """One file. Size and ending are looked at here, so that the sentence comes early; the bytes by core.files.

    `asked` are the kinds that the page asks for, where `kinds` lets others through to hear how to turn them into one.
    """

    widget = forms.FileInput

    def __init__(
        self,
        *,
        kinds: Sequence[str] = ("pdf", "jpg", "jpeg", "png"),
        asked: Sequence[str] = (),
        most: int | None = None,
        **kwargs: Any,
    ) -> None:
        self.kinds, self.asked, self.most = tuple(kinds), tuple(asked or kinds), most or settings.MAX_UPLOAD
        super().__init__(max_length=200, **kwargs)
        self.error_messages["max_length"] = "文件名不能超过200个字，现为%(length)d个字。请改短后重新选择。"
        endings = ",".join(f".{kind}" for kind in self.asked)
        self.widget.attrs.update({"accept": endings, "data-most": self.most, "data-kinds": " ".join(self.kinds)})

    def to_python(self, data: Any) -> Any:
        file = super().to_python(data)
        if file is None:
            return None
        name, size = file.name or "", file.size or 0
        no_control_characters(name)
        if name.rpartition(".")[2].lower() not in self.kinds:
            raise ValidationError(f"请选择{self.kinds_in_words}文件，“{name[-40:]}”不是。", code="kind")
        if size > self.most:
            raise ValidationError(
                f"文件为{filesize(size)}，超过{filesize(self.most)}。可降低扫描分辨率（建议200 dpi）后重新选择。",
                code="size",
            )
        return file

    @property
    def kinds_in_words(self) -> str:
        return "、".join(dict.fromkeys(kind.upper().replace("JPEG", "JPG") for kind in self.asked))
