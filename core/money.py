"""Money is an integer number of 分, from the form to the ledger. No float ever touches it."""

import re

from core.identifiers import Invalid, half_width

DIGITS = "零壹贰叁肆伍陆柒捌玖"
PLACES = ("仟", "佰", "拾", "")

MOST_FEN = 10**14  # 一万亿元: above any budget of a city, and sums of such amounts still fit a bigint


def yuan(fen: int) -> str:
    """The amount as it stands on screen and paper: 1,234.00."""
    whole, rest = divmod(abs(fen), 100)
    return f"{'-' if fen < 0 else ''}{whole:,}.{rest:02}"


def capitals(fen: int) -> str:
    """The amount in the capitals of vouchers, as vouchers are filled in.

    Ends at 元 or 角 with 整, at 分 without; 零 where 角 is empty before 分 and where a group of four begins with a gap.
    """
    if abs(fen) >= MOST_FEN:
        raise ValueError("amount too large to be written in capitals")
    whole, cents = divmod(abs(fen), 100)
    jiao, cent = divmod(cents, 10)
    words = f"{_integer(whole)}元" if whole else ""
    if jiao:
        words += f"{DIGITS[jiao]}角"
    elif cent and whole:
        words += "零"
    words += f"{DIGITS[cent]}分" if cent else "整"
    return f"人民币{'负' if fen < 0 else ''}{words if fen else '零元整'}"


def _integer(number: int) -> str:
    for base, unit in ((10**8, "亿"), (10**4, "万")):
        high, low = divmod(number, base)
        if high:
            if not low:
                return f"{_integer(high)}{unit}"
            # A gap between the groups is spoken: 100,001,000 is 壹亿零壹仟.
            return f"{_integer(high)}{unit}{'零' if low < base // 10 else ''}{_integer(low)}"
    words = ""
    for digit, place in zip(f"{number:04}", PLACES, strict=True):
        if digit != "0":
            words += DIGITS[int(digit)] + place
        elif words and not words.endswith("零"):
            words += "零"
    return words.rstrip("零")


def parse_yuan(text: str) -> int:
    """What somebody typed as an amount in 元, in 分: "1,234.5", "¥600", "６００元". Raises Invalid."""
    typed = "".join(half_width(text).split())
    amount = typed.removeprefix("人民币").lstrip("¥￥").removesuffix("元")
    if not amount:
        raise Invalid("请填写金额。")
    if amount.startswith(("-", "−", "(")):
        raise Invalid("金额不能为负数。")
    if amount.endswith(("万", "亿")):
        raise Invalid("金额以元为单位，请不要写“万”或“亿”。")
    if re.fullmatch(r"\d(\.\d+)?[eE]\+?\d+", amount):
        raise Invalid("金额写成了科学记数法，请写成完整的数字，如1234.50。")
    if not re.fullmatch(r"([0-9]+|[0-9]{1,3}(,[0-9]{3})+)(\.[0-9]*)?", amount):
        raise Invalid("金额只能由数字和小数点组成，如1234.50。请核对。")
    whole, _, cents = amount.replace(",", "").partition(".")
    if len(cents.rstrip("0")) > 2:
        raise Invalid("金额最多两位小数（到分）。")
    # Compare lengths first: int() refuses strings of more than 4,300 digits with an error of its own.
    if len(whole.lstrip("0")) > 12 or (fen := int(whole) * 100 + int(cents[:2].ljust(2, "0"))) >= MOST_FEN:
        raise Invalid("金额过大，请核对是否多写了零。")
    return fen
