from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core import identifiers
from core.identifiers import (
    ID_CHECK,
    ID_WEIGHTS,
    USCC_ALPHABET,
    Invalid,
    birth_date,
    clean_id_number,
    clean_mobile,
    clean_name,
    clean_phone,
    clean_title,
    clean_unit_name,
    clean_uscc,
    mask_account,
    mask_id,
    mask_mobile,
    mask_name,
    sex,
    suggest_host_type,
)

ON = date(2026, 11, 22)

PEOPLE = [
    "139999197803050010",
    "139999198206170027",
    "139999198509230031",
    "139999197904110043",
    "139999199011020058",
    "139999199902140061",
    "139999200005200074",
    "139999197512080084",
    "139999198807300093",
    "139999198301010101",
    "139999198602020119",
    "13999919920303012X",
]
UNITS = [
    "12139999401700016G",
    "12139999401700024B",
    "121399994017000326",
    "91139999MA0X00015G",
    "91139999MA0X00111R",
    "91139999MA0X0012XH",
    "91139999MA0X00138H",
    "93139999MA0X001466",
    "93139999MA0X001541",
    "111399994017002198",
]


def with_check_digit(number: str) -> str:
    total = sum(weight * int(digit) for weight, digit in zip(ID_WEIGHTS, number, strict=True))
    return number + ID_CHECK[total % 11]


# --- identity numbers -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", PEOPLE)
def test_an_identity_number_of_the_samples_is_taken_as_it_is(number: str) -> None:
    assert clean_id_number(number, on=ON) == number


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        pytest.param(" 139999 19780305 0010 ", "139999197803050010", id="spaces inside and around"),
        pytest.param("１３９９９９１９７８０３０５００１０", "139999197803050010", id="full-width digits"),
        pytest.param("13999919920303012x", "13999919920303012X", id="small x"),
        pytest.param("13999919920303012Ｘ", "13999919920303012X", id="full-width X"),
        pytest.param("'139999197803050010", "139999197803050010", id="the apostrophe of a text cell"),
        pytest.param("\u200b139999197803050010\ufeff", "139999197803050010", id="invisible signs from a copy"),
        pytest.param("11010519491231002X", "11010519491231002X", id="the example of the standard"),
    ],
)
def test_an_identity_number_is_cleaned_before_it_is_checked(typed: str, stored: str) -> None:
    assert clean_id_number(typed, on=ON) == stored


@pytest.mark.parametrize("division", ["130103", "130124", "130182", "130185", "130109", "440524"])
def test_divisions_that_are_no_more_are_still_good_in_identity_numbers(division: str) -> None:
    number = with_check_digit(f"{division}19800101001")

    assert clean_id_number(number, on=ON) == number


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        pytest.param("", "请输入18位身份证号码", id="nothing"),
        pytest.param("  ", "请输入18位身份证号码", id="only spaces"),
        pytest.param("139999780305001", "15位的旧身份证号码", id="fifteen digits"),
        pytest.param("13999919780305001", "应为18位，现为17位", id="seventeen digits"),
        pytest.param("1399991978030500100", "应为18位，现为19位", id="nineteen digits"),
        pytest.param("1" * 10_000, "现为10000位", id="ten thousand digits"),
        pytest.param(with_check_digit("99010119780305001"), "前两位“99”不是省级行政区划代码", id="of no province"),
        pytest.param("1.30105E+17", "科学记数法", id="ruined by a spreadsheet"),
        pytest.param("1.30105194912310e17", "科学记数法", id="a float turned into text"),
        pytest.param("139999197803050000", "末三位均为0", id="the last digits lost to a spreadsheet"),
        pytest.param("139999197803050011", "校验位不符", id="wrong check digit"),
        pytest.param("139999197802300010", "出生日期不存在", id="30 February"),
        pytest.param("139999190002290013", "出生日期不存在", id="29 February of a year without"),
        pytest.param("139999000003050010", "出生日期不存在", id="year 0"),
        pytest.param("139999999903050010", "晚于今天", id="year 9999"),
        pytest.param(with_check_digit("13999920261123001"), "晚于今天", id="born tomorrow"),
        pytest.param("X39999197803050010", "前17位应为数字", id="X in front"),
        pytest.param("039999197803050010", "前17位应为数字", id="leading zero"),
        pytest.param("1399991978030500１a", "前17位应为数字", id="another letter at the end"),
        pytest.param("139999१९७८०३०५००१०", "前17位应为数字", id="digits of another script"),
        pytest.param("440524188001010014", "年龄为146岁", id="the standard's second example is too old"),
        pytest.param(with_check_digit("13999920081123001"), "年龄为17岁", id="eighteen tomorrow"),
        pytest.param("139999\x00197803050010", "应为18位", id="NUL inside"),
    ],
)
def test_an_identity_number_is_refused_in_plain_words(typed: str, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        clean_id_number(typed, on=ON)


@pytest.mark.parametrize(
    ("born", "age"), [("20081122", "eighteen today"), ("19451123", "eighty-one tomorrow")], ids=lambda case: case
)
def test_the_ages_at_both_ends_are_taken(born: str, age: str) -> None:
    number = with_check_digit(f"139999{born}001")

    assert clean_id_number(number, on=ON) == number


def test_the_ages_are_a_parameter_of_the_pack() -> None:
    number = "139999197803050010"

    with pytest.raises(Invalid, match="年龄为48岁，应在18至45岁之间"):
        clean_id_number(number, on=ON, ages=(18, 45))


@given(
    st.dates(date(1946, 11, 23), date(2008, 11, 22)),
    st.integers(0, 999),
    st.integers(0, 17),
    st.sampled_from("0123456789X"),
)
def test_no_single_wrong_digit_passes(born: date, order: int, place: int, other: str) -> None:
    number = with_check_digit(f"139999{born:%Y%m%d}{order:03}")
    wrong = number[:place] + other + number[place + 1 :]

    if wrong != number:
        with pytest.raises(Invalid):
            clean_id_number(wrong, on=ON)


@given(st.text())
def test_whatever_is_typed_as_a_number_is_taken_or_refused_in_words(text: str) -> None:
    for clean in (lambda typed: clean_id_number(typed, on=ON), clean_uscc, clean_mobile, clean_phone):
        try:
            clean(text)
        except Invalid as refusal:
            assert str(refusal).endswith("。")  # noqa: PT017 - either outcome is right, silence is not


def test_a_refusal_never_repeats_the_number() -> None:
    for number in ("139999197803050011", "139999197802300010", "440524188001010014", "139999780305001"):
        with pytest.raises(Invalid) as refusal:
            clean_id_number(number, on=ON)
        assert number[:6] not in str(refusal.value)


def test_birth_date_and_sex_stand_in_the_number() -> None:
    assert (birth_date("139999197803050010"), sex("139999197803050010")) == (date(1978, 3, 5), "male")
    assert (birth_date("139999198206170027"), sex("139999198206170027")) == (date(1982, 6, 17), "female")
    assert sex("13999919920303012X") == "female"


# --- names ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        pytest.param("张昇", "张昇", id="two characters"),
        pytest.param("张　昇", "张昇", id="padded for print"),
        pytest.param(" 李 喆 ", "李喆", id="padded with spaces"),
        pytest.param("𬭼䶮", "𬭼䶮", id="rare characters beyond the basic plane"),
        pytest.param("买买提•艾力", "买买提·艾力", id="another dot"),
        pytest.param("阿不都热合曼 . 吐尔逊", "阿不都热合曼·吐尔逊", id="a full stop as dot"),
        pytest.param("Anna-Maria  O'Neill", "Anna-Maria O'Neill", id="a foreign expert"),
        pytest.param("J. Smith", "J. Smith", id="an initial"),
        pytest.param("张\u200b昇", "张昇", id="zero-width space"),
        pytest.param("张\u202e昇", "张昇", id="sign that turns the direction"),
    ],
)
def test_a_name_is_cleaned(typed: str, stored: str) -> None:
    assert clean_name(typed) == stored


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        pytest.param("", "请填写姓名", id="nothing"),
        pytest.param("张", "2至30个字，现为1个字", id="one character"),
        pytest.param("张" * 31, "现为31个字", id="thirty-one characters"),
        pytest.param("张" * 10_000, "现为10000个字", id="ten thousand characters"),
        pytest.param("张\x00昇", "控制字符", id="NUL"),
        pytest.param("张\x1b昇", "控制字符", id="escape"),
        pytest.param("张\ud800昇", "控制字符", id="half of a surrogate pair"),
        pytest.param("张三1", "只能有文字", id="digit"),
        pytest.param("=cmd", "只能有文字", id="formula"),
        pytest.param("张<b>三", "只能有文字", id="markup"),
        pytest.param("张三（男）", "只能有文字", id="a remark in brackets"),
        pytest.param("张\ue863", "自造字", id="private-use character of an old system"),
        pytest.param("·张三", "间隔号开头", id="begins with a dot"),
    ],
)
def test_a_name_is_refused_in_plain_words(typed: str, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        clean_name(typed)


def test_a_unit_may_have_digits_and_brackets_in_its_name() -> None:
    assert clean_title(" 石家庄第3农场（集团） 有限公司\n") == "石家庄第3农场（集团） 有限公司"
    with pytest.raises(Invalid, match="单位名称应为2至100个字，现为10000个字"):
        clean_title("院" * 10_000, label="单位名称")


@pytest.mark.parametrize("name", ["<b>甲</b>合作社", "＜甲＞合作社", "=1+1", "＝甲", "+甲公司", "-甲公司", "@甲公司"])
def test_the_name_of_a_unit_is_neither_markup_nor_a_formula(name: str) -> None:
    with pytest.raises(Invalid, match="单位名称不能有尖括号，也不能以等号、加号、减号或“@”开头"):
        clean_unit_name(name)


@pytest.mark.parametrize("name", ["甲+乙（集团）有限公司", "3·15农场", "甲-乙合作社", "A&B公司", "“甲”家庭农场"])
def test_usual_signs_may_stand_in_the_name_of_a_unit(name: str) -> None:
    assert clean_unit_name(name) == name


# --- credit codes -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("code", [*UNITS, "91350100M000100Y43", "91139999MA0Y004460"])
def test_a_credit_code_of_the_samples_is_taken_as_it_is(code: str) -> None:
    assert clean_uscc(f" {code.lower()} ") == code


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        pytest.param("", "请输入18位统一社会信用代码", id="nothing"),
        pytest.param("91139999MA0X00015", "现为17位", id="too short"),
        pytest.param("91350100M000100Y4Z", "不使用字母Z", id="the standard's own example has a letter left out"),
        pytest.param("9113O999MA0X00015G", "不使用字母O", id="letter O for zero"),
        pytest.param("91139999MA0X00016G", "校验位不符", id="wrong digit"),
        pytest.param("91139A99MA0X00015G", "第3至8位应为数字", id="letter in the division"),
        pytest.param("91139999MA0X-0015G", "其他符号", id="hyphen"),
        pytest.param("9.11E+17", "科学记数法", id="ruined by a spreadsheet"),
    ],
)
def test_a_credit_code_is_refused_in_plain_words(typed: str, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        clean_uscc(typed)


@given(st.sampled_from(UNITS), st.integers(0, 17), st.sampled_from(USCC_ALPHABET))
def test_no_single_wrong_sign_passes(code: str, place: int, other: str) -> None:
    wrong = code[:place] + other + code[place + 1 :]

    if wrong != code:
        with pytest.raises(Invalid):
            clean_uscc(wrong)


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("93139999MA0X001466", "cooperative"),
        ("91139999MA0X00111R", "enterprise"),
        ("111399994017002198", "county_bureau"),
        ("12139999401700016G", None),
        ("N2130123MF0123456X", "village"),
    ],
)
def test_a_credit_code_suggests_the_kind_of_host(code: str, kind: str | None) -> None:
    assert suggest_host_type(code) == kind


# --- telephones -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "typed",
    [
        "13912345678",
        "+86 139-1234-5678",
        "008613912345678",
        "86 139 1234 5678",
        "１３９１２３４５６７８",
        "(+86)13912345678",
    ],
)
def test_a_mobile_number_is_cleaned(typed: str) -> None:
    assert clean_mobile(typed) == "13912345678"


@pytest.mark.parametrize("typed", ["", "1391234567", "139123456789", "12912345678", "0311-86001234", "1391234567a"])
def test_what_is_no_mobile_number_is_refused(typed: str) -> None:
    with pytest.raises(Invalid, match="手机号码"):
        clean_mobile(typed)


@pytest.mark.parametrize(
    ("typed", "stored"),
    [
        ("0311-86001234", "0311-86001234"),
        ("（0311）86001234", "0311-86001234"),
        ("031186001234", "0311-86001234"),
        ("0311－8600 1234", "0311-86001234"),
        ("0311-86001234转8001", "0311-86001234-8001"),
        ("010-62781234", "010-62781234"),
        ("02162781234", "021-62781234"),
        ("0311-8600123", "0311-8600123"),
        ("139 1234 5678", "13912345678"),
    ],
)
def test_a_telephone_is_a_mobile_or_a_landline(typed: str, stored: str) -> None:
    assert clean_phone(typed) == stored


@pytest.mark.parametrize("typed", ["86001234", "0311-860012", "0000-86001234", "110", "0311-86001234-1234567"])
def test_what_is_no_telephone_is_refused(typed: str) -> None:
    with pytest.raises(Invalid, match="联系电话"):
        clean_phone(typed)


# --- masks ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mask", "value", "seen"),
    [
        (mask_id, "139999197803050010", "139999********0010"),
        (mask_id, "E12345678", "E1*****78"),
        (mask_id, "H0123", "H***3"),
        (mask_id, "12", "**"),
        (mask_id, "", ""),
        (mask_mobile, "13912345678", "139****5678"),
        (mask_mobile, "0311-86001234", "0311-8600****"),
        (mask_mobile, "0311-86001234-8001", "0311-8600****"),
        (mask_mobile, "secret", "******"),
        (mask_account, "6222020402001234567", "****4567"),
        (mask_account, "12345678", "****"),
        (mask_name, "张昇", "张*"),
        (mask_name, "张三丰", "张**"),
        (mask_name, "欧阳明远", "欧阳**"),
        (mask_name, "欧阳", "欧*"),
        (mask_name, "阿不都热合曼·吐尔逊", "阿**"),
        (mask_name, "张", "*"),
        (mask_name, "", "*"),
    ],
)
def test_a_mask_shows_so_much(mask: object, value: str, seen: str) -> None:
    assert mask(value) == seen  # type: ignore[operator]


@given(st.text(alphabet="0123456789ABCX-", min_size=1, max_size=30))
def test_a_mask_never_shows_the_half(number: str) -> None:
    for mask in (mask_id, mask_account):
        shown = sum(sign != "*" for sign in mask(number))
        assert shown <= max(10 * len(number) // 18, len(number) // 2)
    assert sum(sign != "*" for sign in mask_mobile(number)) <= len(number) - 4 or set(mask_mobile(number)) == {"*"}


def test_every_name_keeps_something_hidden() -> None:
    assert [mask_name("张" * length) for length in (2, 3, 30)] == ["张*", "张**", "张**"]
    assert all(len(surname) == 2 for surname in identifiers.COMPOUND_SURNAMES)


@pytest.mark.parametrize(
    ("name", "masked"),
    [("示范农林学院", "示范**学院"), ("东岗村", "东*村"), ("滹沱合作社", "滹***社"), ("学院", "学*"), ("", "*")],
)
def test_of_a_unit_its_ends_are_told(name: str, masked: str) -> None:
    assert identifiers.mask_unit(name) == masked
