import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.identifiers import Invalid
from core.money import MOST_FEN, capitals, parse_yuan, yuan

AMOUNTS = st.integers(0, MOST_FEN - 1)


@pytest.mark.parametrize(
    ("fen", "shown"),
    [
        (0, "0.00"),
        (5, "0.05"),
        (60_000, "600.00"),
        (123_456_780, "1,234,567.80"),
        (-60_000, "-600.00"),
        (-5, "-0.05"),
    ],
)
def test_an_amount_on_screen_has_two_decimals_and_groups_of_three(fen: int, shown: str) -> None:
    assert yuan(fen) == shown


@pytest.mark.parametrize(
    ("fen", "words"),
    [
        pytest.param(12_600_00, "人民币壹万贰仟陆佰元整", id="12,600.00"),
        pytest.param(600_00, "人民币陆佰元整", id="600.00"),
        pytest.param(0, "人民币零元整", id="0.00"),
        pytest.param(10_00, "人民币壹拾元整", id="10.00"),
        pytest.param(50, "人民币伍角整", id="0.50"),
        pytest.param(5, "人民币伍分", id="0.05"),
        pytest.param(1_05, "人民币壹元零伍分", id="1.05"),
        pytest.param(1_50, "人民币壹元伍角整", id="1.50"),
        pytest.param(1_55, "人民币壹元伍角伍分", id="1.55"),
        pytest.param(1409_50, "人民币壹仟肆佰零玖元伍角整", id="1,409.50"),
        pytest.param(6007_14, "人民币陆仟零柒元壹角肆分", id="6,007.14"),
        pytest.param(325_04, "人民币叁佰贰拾伍元零肆分", id="325.04"),
        pytest.param(100_05_00, "人民币壹万零伍元整", id="10,005.00"),
        pytest.param(16_409_02, "人民币壹万陆仟肆佰零玖元零贰分", id="16,409.02"),
        pytest.param(107_000_53, "人民币壹拾万柒仟元伍角叁分", id="107,000.53"),
        pytest.param(2_000_010_00, "人民币贰佰万零壹拾元整", id="2,000,010.00"),
        pytest.param(100_000_000_01, "人民币壹亿元零壹分", id="100,000,000.01"),
        pytest.param(100_001_000_00, "人民币壹亿零壹仟元整", id="100,001,000.00"),
        pytest.param(100_010_000_00, "人民币壹亿零壹万元整", id="100,010,000.00"),
        pytest.param(100_000_001_00, "人民币壹亿零壹元整", id="100,000,001.00"),
        pytest.param(999_900_000_000_00, "人民币玖仟玖佰玖拾玖亿元整", id="999,900,000,000.00"),
        pytest.param(-600_00, "人民币负陆佰元整", id="a reversal"),
    ],
)
def test_an_amount_in_the_capitals_of_vouchers(fen: int, words: str) -> None:
    assert capitals(fen) == words


def test_an_amount_that_nobody_says_in_words_is_not_written() -> None:
    with pytest.raises(ValueError, match="too large"):
        capitals(MOST_FEN)


def spoken(words: str) -> int:
    """Reads the words back, knowing nothing of how they were made."""
    units = {"仟": 1000, "佰": 100, "拾": 10}
    whole, _, cents = words.removeprefix("人民币").removesuffix("整").rpartition("元")
    total = section = digit = 0
    for sign in whole:
        if sign in units:
            section, digit = section + digit * units[sign], 0
        elif sign == "万":
            section, digit = (section + digit) * 10_000, 0
        elif sign == "亿":
            total, section, digit = (section + digit) * 10**8, 0, 0
        else:
            digit = "零壹贰叁肆伍陆柒捌玖".index(sign)
    fen = (total + section + digit) * 100
    for sign in cents:
        if sign in "角分":
            fen += digit * (10 if sign == "角" else 1)
        else:
            digit = "零壹贰叁肆伍陆柒捌玖".index(sign)
    return fen


@given(AMOUNTS)
def test_the_words_say_the_amount(fen: int) -> None:
    words = capitals(fen)

    assert spoken(words) == fen
    assert "零零" not in words
    assert words.endswith("分") is (fen % 10 != 0)


@given(AMOUNTS)
def test_what_is_shown_can_be_typed_again(fen: int) -> None:
    assert parse_yuan(yuan(fen)) == fen


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("600", 600_00),
        (" 1,234.5 ", 1_234_50),
        ("¥600.00", 600_00),
        ("￥600", 600_00),
        ("人民币600元", 600_00),
        ("６００．５０元", 600_50),
        ("1，234", 1_234_00),
        ("0.05", 5),
        ("600.", 600_00),
        ("600.5000", 600_50),
        ("007", 7_00),
    ],
)
def test_an_amount_is_read_as_people_type_it(typed: str, fen: int) -> None:
    assert parse_yuan(typed) == fen


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "请填写金额"),
        ("元", "请填写金额"),
        ("-600", "不能为负数"),
        ("1.2万", "以元为单位"),
        ("6E+02", "科学记数法"),
        ("600.001", "最多两位小数"),
        ("6oo", "只能由数字"),
        ("1,23,4", "只能由数字"),
        ("0x10", "只能由数字"),
        ("६००", "只能由数字"),
        ("nan", "只能由数字"),
        (".5", "只能由数字"),
        ("600\x00", "只能由数字"),
        ("1" * 10_000, "金额过大"),
        (str(MOST_FEN // 100), "金额过大"),
    ],
)
def test_an_amount_is_refused_in_plain_words(typed: str, says: str) -> None:
    with pytest.raises(Invalid, match=says):
        parse_yuan(typed)


@given(st.text())
def test_whatever_is_typed_as_an_amount_is_taken_or_refused_in_words(text: str) -> None:
    try:
        assert 0 <= parse_yuan(text) < MOST_FEN
    except Invalid as refusal:
        assert str(refusal).endswith("。")  # noqa: PT017 - either outcome is right, an error page is not
