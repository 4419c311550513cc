import re
from datetime import date
from typing import Any

import pytest
from django import forms
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile

from core.forms import (
    DateField,
    Form,
    IdNumberField,
    Line,
    MobileField,
    MoneyField,
    NameField,
    PhoneField,
    Text,
    Upload,
    UsccField,
    Whole,
)
from core.policy import Level, RuleEntry


def answer(field: forms.Field, typed: Any) -> Any:
    """What a form of this one field makes of it: its value, or the sentences beside it."""

    class OneField(Form):
        asked = field

    form = OneField({"asked": typed})
    return form.cleaned_data["asked"] if form.is_valid() else list(form.errors["asked"])


DAY = date(2026, 11, 22)


@pytest.mark.parametrize(
    "typed",
    [
        "2026-11-22",
        "2026年11月22日",
        "2026年11月22号",
        "2026.11.22",
        "2026/11/22",
        "20261122",
        "２０２６－１１－２２",
        "２０２６年１１月２２日",
        " 2026 年 11 月 22 日　",
        "2026—11—22",
        "\ufeff2026-11-22",
    ],
)
def test_a_date_may_be_written_as_people_write_it(typed: str) -> None:
    assert answer(DateField(label="日期"), typed) == DAY


EXAMPLE = "请按“2026年11月22日”或“2026-11-22”的样子填写。"


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        pytest.param("0000-01-01", "年份应在1900年至2100年之间，请核对。", id="the year 0"),
        pytest.param("9999-12-31", "年份应在1900年至2100年之间，请核对。", id="the year 9999"),
        pytest.param("1899-12-31", "年份应在1900年至2100年之间，请核对。", id="the last day before"),
        pytest.param("2101年1月1日", "年份应在1900年至2100年之间，请核对。", id="the first day after"),
        pytest.param("10000-01-01", "年份应在1900年至2100年之间，请核对。", id="five digits"),
        pytest.param("26-11-22", f"年份请写四位数字。{EXAMPLE}", id="two digits"),
        pytest.param("2027-02-30", "没有2027年2月30日这一天，请核对。", id="30 February"),
        pytest.param("2026-13-01", "没有2026年13月1日这一天，请核对。", id="month 13"),
        pytest.param("2026-00-00", "没有2026年0月0日这一天，请核对。", id="month 0"),
        pytest.param("22/11/2026", f"日期不能识别。{EXAMPLE}", id="the other way round"),
        pytest.param("明天", f"日期不能识别。{EXAMPLE}", id="a word"),
        pytest.param("2026", f"日期不能识别。{EXAMPLE}", id="only a year"),
        pytest.param("1" * 150, f"日期不能识别。{EXAMPLE}", id="150 digits"),
        pytest.param("", "请填写开始日期。", id="nothing"),
        pytest.param(
            "2026-11-22\x00", "含有不能识别的控制字符，可能是从其他文件复制时带入的。请删除后手工输入。", id="NUL"
        ),
        pytest.param("1" * 10_000, "不能超过200个字，现为10000个字。", id="10,000 digits"),
    ],
)
def test_a_date_that_cannot_be_gets_a_sentence(typed: str, sentence: str) -> None:
    assert answer(DateField(label="开始日期"), typed) == [sentence]


@pytest.mark.parametrize(("year", "day"), [(1900, "1900-01-01"), (2100, "2100-12-31")])
def test_the_first_and_the_last_day_may_be_written(year: int, day: str) -> None:
    assert answer(DateField(label="日期"), day) == date.fromisoformat(day)


def test_a_date_shows_itself_as_it_may_be_written() -> None:
    class Dates(Form):
        chinese = DateField(label="日期")
        phone = DateField(label="日期", native=True)

    form = Dates(initial={"chinese": DAY, "phone": DAY})

    assert 'value="2026年11月22日"' in str(form["chinese"])
    assert 'type="date" name="phone" value="2026-11-22"' in str(form["phone"])
    assert not Dates({"chinese": "2026年11月22日", "phone": "2026-11-22"}, initial=form.initial).errors


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("600", 60_000),
        ("６００元", 60_000),
        ("1,234.5", 123_450),
        ("¥0.01", 1),
        ("  700.00 ", 70_000),
    ],
)
def test_an_amount_becomes_fen(typed: str, fen: int) -> None:
    assert answer(MoneyField(label="金额"), typed) == fen


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("abc", "金额只能由数字和小数点组成，如1234.50。请核对。"),
        ("-600", "金额不能为负数。"),
        ("1.234", "金额最多两位小数（到分）。"),
        ("1e5", "金额写成了科学记数法，请写成完整的数字，如1234.50。"),
        ("0", "金额应大于0。"),
        ("0.00", "金额应大于0。"),
        ("9" * 100, "金额过大，请核对是否多写了零。"),
        ("", "请填写拨付金额。"),
    ],
)
def test_an_amount_that_is_none_gets_a_sentence(typed: str, sentence: str) -> None:
    assert answer(MoneyField(label="拨付金额"), typed) == [sentence]


def test_where_nothing_may_be_paid_zero_is_an_amount() -> None:
    assert answer(MoneyField(label="金额", positive=False), "0") == 0


def test_an_amount_shows_itself_in_yuan() -> None:
    class Amount(Form):
        amount = MoneyField(label="金额")

    form = Amount({"amount": "1234.50"}, initial={"amount": 123_450})

    assert 'value="1234.50"' in str(Amount(initial={"amount": 123_450})["amount"])
    assert not form.has_changed()


@pytest.mark.parametrize(
    ("typed", "result"),
    [
        ("１２", 12),
        (" 12 ", 12),
        ("12.0", 12),
        ("0", 0),
        ("十二", ["请填写整数，如12。"]),
        ("1.5", ["请填写整数，如12。"]),
        ("1e3", ["请填写整数，如12。"]),
        ("9" * 5000, ["请填写整数，如12。"]),
        ("-1", ["次数不能小于0。"]),
        ("367", ["次数不能大于366。"]),
        ("", ["请填写次数。"]),
    ],
)
def test_a_whole_number_is_read_or_refused(typed: str, result: object) -> None:
    assert answer(Whole(label="次数", max_value=366), typed) == result


CONTROL = "含有不能识别的控制字符，可能是从其他文件复制时带入的。请删除后手工输入。"
TEXT_FIELDS = [
    Line(label="名称"),
    Text(label="说明"),
    forms.CharField(label="名称"),
    NameField(label="姓名"),
    IdNumberField(label="身份证号码"),
    UsccField(label="统一社会信用代码"),
    MobileField(label="手机号码"),
    PhoneField(label="联系电话"),
    DateField(label="日期"),
    MoneyField(label="金额"),
]


@pytest.mark.parametrize("sign", ["\x00", "\x07", "\x1b", "\x7f", "\x9f", "\ud800", "\u202e", "\u2066"], ids=ascii)
@pytest.mark.parametrize("field", TEXT_FIELDS, ids=lambda field: type(field).__name__)
def test_no_field_takes_a_control_character(field: forms.Field, sign: str) -> None:
    assert answer(field, f"12{sign}3") == [CONTROL]


def test_a_line_has_no_line_breaks_and_a_text_keeps_them() -> None:
    broken = "一\r\n二"

    assert answer(Line(label="名称"), broken) == ["只能填写一行，请删除换行和制表符。"]
    assert answer(Text(label="说明"), broken) == "一\n二"


def test_what_nobody_typed_is_dropped() -> None:
    assert answer(Line(label="名称"), "　\u200b示范\ufeff农场\xa0") == "示范农场"


def test_a_field_left_out_has_no_value() -> None:
    nothing = {type(field).__name__: answer(field, "　") for field in optional()}

    assert nothing == {"Line": "", "Text": "", "NameField": "", "DateField": None, "MoneyField": None, "Whole": None}


def optional() -> list[forms.Field]:
    return [kind(label="甲", required=False) for kind in (Line, Text, NameField, DateField, MoneyField, Whole)]


@pytest.mark.parametrize(
    ("field", "typed", "sentence"),
    [
        pytest.param(
            Line(label="单位名称", max_length=20), "长" * 21, "单位名称不能超过20个字，现为21个字。", id="line"
        ),
        pytest.param(
            Text(label="服务目标", max_length=5), "一二三\r\n四五", "服务目标不能超过5个字，现为6个字。", id="text"
        ),
        pytest.param(Line(label="姓名"), "长" * 10_000, "姓名不能超过200个字，现为10000个字。", id="10,000 characters"),
        pytest.param(NameField(label="姓名"), "长" * 10_000, "不能超过200个字，现为10000个字。", id="a name of 10,000"),
        pytest.param(
            forms.ChoiceField(label="类别", choices=[("a", "甲")]), "\x00", "类别的选项无效，请重新选择。", id="choice"
        ),
        pytest.param(forms.ChoiceField(label="类别", choices=[("a", "甲")]), "", "请选择类别。", id="no choice"),
        pytest.param(forms.BooleanField(label="内容属实"), "", "请勾选“内容属实”。", id="not ticked"),
        pytest.param(Upload(label="扫描件"), "", "请上传扫描件。", id="no file"),
        pytest.param(forms.EmailField(label="邮箱"), "abc", "邮箱的格式不正确，请核对。", id="e-mail"),
        pytest.param(
            Line(label="编号", error_messages={"required": "编号见协议首页。"}), "", "编号见协议首页。", id="own words"
        ),
    ],
)
def test_the_sentence_names_the_field_and_says_the_limit(field: forms.Field, typed: str, sentence: str) -> None:
    assert answer(field, typed) == [sentence]


def upload(name: str, content: bytes = b"x", most: int | None = None) -> Any:
    class OneFile(Form):
        scan = Upload(label="扫描件", most=most)

    form = OneFile({}, {"scan": SimpleUploadedFile(name, content)})
    return form.cleaned_data["scan"].name if form.is_valid() else list(form.errors["scan"])


@pytest.mark.parametrize(
    ("name", "content", "most", "result"),
    [
        pytest.param("协议.PDF", b"x", None, "协议.PDF", id="a PDF"),
        pytest.param("协议.docx", b"x", None, ["请选择PDF、JPG、PNG文件，“协议.docx”不是。"], id="another kind"),
        pytest.param("协议", b"x", None, ["请选择PDF、JPG、PNG文件，“协议”不是。"], id="no ending"),
        pytest.param("协议.pdf", b"", None, ["扫描件是空文件，请重新选择。"], id="empty"),
        pytest.param(
            "协议.pdf",
            b"x" * 3000,
            2048,
            ["文件为3 KB，超过2 KB。可降低扫描分辨率（建议200 dpi）后重新选择。"],
            id="too big",
        ),
        pytest.param(
            "长" * 201 + ".pdf", b"x", None, ["文件名不能超过200个字，现为205个字。请改短后重新选择。"], id="long name"
        ),
    ],
)
def test_a_file_is_looked_at_before_its_bytes(name: str, content: bytes, most: int | None, result: object) -> None:
    assert upload(name, content, most) == result


def test_a_finding_stands_beside_the_field_it_speaks_of() -> None:
    class HostForm(Form):
        host = Line(label="派驻单位")

    entry = RuleEntry("E-ONE-HOST", "四（一）", "只能签约服务一个单位", Level.BLOCK)
    form = HostForm({"host": "示范农场"})

    form.refuse([entry.finding("已签约另一单位。", field="host"), entry.finding("名额已满。")])

    assert dict(form.errors) == {
        "host": ["已签约另一单位。（工作方案四（一））"],
        "__all__": ["名额已满。（工作方案四（一））"],
    }


LATIN = re.compile(r"[A-Za-z]{2,}")
WORDS = {"PDF", "JPG", "PNG", "KB", "MB", "dpi"}


@pytest.mark.parametrize(
    "typed", ["", "\x00", "abc", "-1", "1e5", "9" * 5000, "\ud800", "<script>", "' OR 1=1 --"], ids=ascii
)
def test_every_sentence_of_every_field_is_chinese(typed: str) -> None:
    class Everything(Form):
        line, text, name = Line(label="名称", max_length=3), Text(label="说明", max_length=3), NameField(label="姓名")
        id_number, uscc = IdNumberField(label="身份证号码"), UsccField(label="代码")
        mobile, phone = MobileField(label="手机"), PhoneField(label="电话")
        day, amount, count = DateField(label="日期"), MoneyField(label="金额"), Whole(label="次数")
        choice = forms.ChoiceField(label="类别", choices=[("a", "甲")])
        several = forms.MultipleChoiceField(label="内容", choices=[("a", "甲")])
        integer, decimal = forms.IntegerField(label="数"), forms.DecimalField(label="小数", max_digits=3)
        email, scan = forms.EmailField(label="邮箱"), Upload(label="扫描件")
        url, slug = forms.URLField(label="网址", assume_scheme="https"), forms.SlugField(label="简称")

    form = Everything(dict.fromkeys(Everything.base_fields, typed))

    sentences = [str(sentence) for errors in form.errors.values() for sentence in errors]
    assert len(sentences) >= len(Everything.base_fields) - 6
    assert [sentence for sentence in sentences if set(LATIN.findall(sentence)) - WORDS] == []
    assert all(sentence.endswith("。") for sentence in sentences), sentences


def test_the_limit_of_files_is_the_one_of_the_settings() -> None:
    assert Upload(label="扫描件").most == settings.MAX_UPLOAD == 20 * 1024 * 1024
