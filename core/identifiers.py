"""Numbers that name a person or a unit: how they are cleaned, checked and hidden.

Nothing here touches the database. A cleaning function returns the normal form that is stored and compared, or raises
`Invalid` with the sentence to show beside the field. No sentence repeats the value: it may end in a log or on a
projector.
"""

import re
import unicodedata
from datetime import date
from typing import Literal

ID_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
ID_CHECK = "10X98765432"

# GB 32100-2015: the letters I O S V Z are left out, they look like 1 0 5 U 2.
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
USCC_HOST_TYPES = {
    "11": "county_bureau",
    "91": "enterprise",
    "92": "family_farm",
    "93": "cooperative",
    "N1": "village",
    "N2": "village",
    "N3": "village",
}

AGES = (18, 80)

SCIENTIFIC = re.compile(r"\d(\.\d+)?E\+?\d{1,2}")
DAMAGED_BY_SHEET = "该号码被表格软件改成了科学记数法，后几位已经丢失。请把这一列设为文本格式，再重新填写完整号码。"

# Two-character surnames, so that a masked name keeps the whole surname and not half of it.
# fmt: off
COMPOUND_SURNAMES = frozenset((
    "欧阳", "太史", "端木", "上官", "司马", "东方", "独孤", "南宫", "万俟", "闻人", "夏侯", "诸葛",
    "尉迟", "公羊", "赫连", "澹台", "皇甫", "宗政", "濮阳", "公冶", "太叔", "申屠", "公孙", "慕容",
    "仲孙", "钟离", "长孙", "宇文", "司徒", "鲜于", "司空", "闾丘", "令狐", "百里", "呼延", "东郭",
    "南门", "西门", "第五", "拓跋", "轩辕", "完颜",
))
# fmt: on
NAME_DOTS = str.maketrans(dict.fromkeys("•‧・･∙⋅．.", "·"))


# Longest first: 股份有限公司 is a kind of its own, 有限责任公司 and 有限公司 are one.
TITLE_SPELLINGS = (
    ("有限责任公司", "有限公司"),
    ("农民专业合作社", "合作社"),
    ("专业合作社", "合作社"),
    ("农业合作社", "合作社"),
    ("村民委员会", "村"),
    ("村委会", "村"),
    ("河北省", ""),
    ("石家庄市", ""),
)


class Invalid(ValueError):
    """What was typed cannot be taken; the argument is the Chinese sentence to show."""


def half_width(text: str) -> str:
    """Letters, digits and signs as typed with a Chinese input method become plain ones."""
    return unicodedata.normalize("NFKC", text)


def _compact(text: str) -> str:
    """The form in which numbers are compared: half-width, upper case, nothing invisible inside."""
    kept = (sign for sign in half_width(text) if not sign.isspace() and unicodedata.category(sign) != "Cf")
    # A leading apostrophe is how people force a text cell.
    return "".join(kept).upper().lstrip("'’")


BRACKETED_YEAR = re.compile(r"[\[({【〔〈<](\d{4})[\])}】〕〉>]")


def clean_document_number(text: str) -> str:
    """A 文号 as it is printed, 石科〔2026〕12号: no blanks, the year in its brackets whichever were at hand."""
    kept = "".join(sign for sign in half_width(text) if not sign.isspace())
    return BRACKETED_YEAR.sub(r"〔\1〕", kept)


# --- people -----------------------------------------------------------------------------------------------------------


# GB/T 2260, with the codes of the residence permits of Hong Kong, Macao and Taiwan (81–83).
PROVINCES = frozenset(
    [
        "11",
        "12",
        "13",
        "14",
        "15",
        "21",
        "22",
        "23",
        "31",
        "32",
        "33",
        "34",
        "35",
        "36",
        "37",
        "41",
        "42",
        "43",
        "44",
        "45",
        "46",
        "50",
        "51",
        "52",
        "53",
        "54",
        "61",
        "62",
        "63",
        "64",
        "65",
        "71",
        "81",
        "82",
        "83",
    ]
)


def clean_id_number(text: str, *, on: date, ages: tuple[int, int] = AGES) -> str:
    """A resident identity number by GB 11643, of somebody whose age on that day lies within `ages`.

    The first six digits are not held against today's list of divisions: 130103 or 130182 exist no longer, their
    numbers do. Provinces do not come and go. A foreigner's permanent residence card has a 9 before its province.
    """
    number = _compact(text)
    if not number:
        raise Invalid("请输入18位身份证号码。")
    if SCIENTIFIC.fullmatch(number):
        raise Invalid(DAMAGED_BY_SHEET)
    if re.fullmatch(r"[0-9]{15}", number):
        raise Invalid("这是15位的旧身份证号码，已停止使用。请填写18位身份证号码。")
    if len(number) != 18:
        raise Invalid(f"身份证号码应为18位，现为{len(number)}位。请核对后重新输入。")
    if not re.fullmatch(r"[1-9][0-9]{16}[0-9X]", number):
        raise Invalid("身份证号码前17位应为数字，最后一位为数字或字母X。请核对。")
    if number[:2] not in PROVINCES and not (number[0] == "9" and number[1:3] in PROVINCES):
        raise Invalid(f"身份证号码前两位“{number[:2]}”不是省级行政区划代码，请核对前6位。")
    try:
        born = birth_date(number)
    except ValueError:
        raise Invalid("身份证号码中的出生日期不存在，请核对第7至14位。") from None
    if born > on:
        raise Invalid("身份证号码中的出生日期晚于今天，请核对第7至14位。")
    if _id_check_digit(number) != number[17]:
        if number.endswith("000"):
            raise Invalid("身份证号码末三位均为0且校验位不符，可能已被表格软件改动。请把这一列设为文本格式后重新填写。")
        raise Invalid("身份证号码校验位不符，请核对最后一位及前面各位。")
    youngest, oldest = ages
    age = on.year - born.year - ((on.month, on.day) < (born.month, born.day))
    if not youngest <= age <= oldest:
        raise Invalid(f"按身份证号码推算年龄为{age}岁，应在{youngest}至{oldest}岁之间。请核对第7至14位。")
    return number


def _id_check_digit(number: str) -> str:
    total = sum(weight * int(digit) for weight, digit in zip(ID_WEIGHTS, number[:17], strict=True))
    return ID_CHECK[total % 11]


def birth_date(id_number: str) -> date:
    """The birth date that a cleaned number carries."""
    return date(int(id_number[6:10]), int(id_number[10:12]), int(id_number[12:14]))


def sex(id_number: str) -> Literal["male", "female"]:
    """The sex that a cleaned number carries: the 17th digit is odd for men."""
    return "male" if int(id_number[16]) % 2 else "female"


def clean_name(text: str) -> str:
    """A person's name, 2–30 characters: letters of any script, with · between the parts of a name.

    A name padded for print (张　昇) loses its padding; invisible signs that came along with a copy are dropped.
    """
    name = _clean_line(text, "姓名")
    if not name.isascii():  # in J. Smith the dot is a full stop
        name = re.sub(r"\s*·\s*", "·", name.translate(NAME_DOTS))
    name = re.sub(r"(?<=[^\x00-\x7f]) +(?=[^\x00-\x7f])", "", name)
    if not 2 <= len(name) <= 30:
        raise Invalid(f"姓名应为2至30个字，现为{len(name)}个字。")
    for sign in name:
        if unicodedata.category(sign) == "Co":
            raise Invalid("姓名中有自造字，其他电脑无法显示。请改用国家标准字库中的字，或与市科技局联系。")
        if not (sign.isalpha() or unicodedata.category(sign).startswith("M") or sign in "·. -'’"):
            raise Invalid("姓名中只能有文字和间隔号“·”，不能有数字、标点或其他符号。请核对。")
    if name[0] in "·-" or name[-1] in "·-":
        raise Invalid("姓名不能以间隔号开头或结尾。请核对。")
    return name


def clean_title(text: str, *, label: str = "名称", least: int = 2, most: int = 100) -> str:
    """One line of text, such as the name of a unit: trimmed, single spaces, no control characters."""
    title = _clean_line(text, label)
    if not least <= len(title) <= most:
        raise Invalid(f"{label}应为{least}至{most}个字，现为{len(title)}个字。")
    return title


# What a workbook would take for a formula where a name begins with it, and what a page would for markup.
UNSOUND = re.compile(r"[=+\-@＝＋－＠]|.*[<>＜＞]")


def clean_unit_name(text: str, *, label: str = "单位名称") -> str:
    """The name of a unit as its licence has it: it goes into papers, workbooks and what others make of them."""
    name = clean_title(text, label=label)
    if UNSOUND.match(name):
        raise Invalid(f"{label}不能有尖括号，也不能以等号、加号、减号或“@”开头，请按营业执照填写。")
    return name


def title_key(name: str) -> str:
    """What is left of a unit's name when width, signs and the usual ways of writing its kind are taken off: two names
    with one key are mostly one unit."""
    key = "".join(sign for sign in half_width(name) if sign.isalnum()).casefold()
    for written, usual in TITLE_SPELLINGS:
        key = key.replace(written, usual)
    return key


def _clean_line(text: str, label: str) -> str:
    line = " ".join(unicodedata.normalize("NFC", text).split())
    line = "".join(sign for sign in line if unicodedata.category(sign) != "Cf").strip()
    if not line:
        raise Invalid(f"请填写{label}。")
    if any(unicodedata.category(sign) in ("Cc", "Cs", "Cn") for sign in line):
        raise Invalid(f"{label}中有无法显示的控制字符，可能是从其他文件复制时带入的。请删除后手工输入。")
    return line


# --- units ------------------------------------------------------------------------------------------------------------


def clean_uscc(text: str) -> str:
    """A unified social credit code by GB 32100."""
    code = _compact(text)
    if not code:
        raise Invalid("请输入18位统一社会信用代码。")
    if SCIENTIFIC.fullmatch(code):
        raise Invalid(DAMAGED_BY_SHEET)
    if len(code) != 18:
        raise Invalid(f"统一社会信用代码应为18位，现为{len(code)}位。请核对后重新输入。")
    if mistaken := sorted({sign for sign in code if sign in "IOSVZ"}):
        raise Invalid(f"统一社会信用代码不使用字母{'、'.join(mistaken)}，请核对是否为数字1、0、5、2或字母U。")
    if any(sign not in USCC_ALPHABET for sign in code):
        raise Invalid("统一社会信用代码只有数字和大写字母，请删除其他符号。")
    if not re.fullmatch(r"[0-9]{6}", code[2:8]):
        raise Invalid("统一社会信用代码第3至8位应为数字（登记机关所在地），请核对。")
    total = sum(USCC_ALPHABET.index(sign) * weight for sign, weight in zip(code[:17], USCC_WEIGHTS, strict=True))
    # The outer remainder matters: 31 - 0 is no place of the alphabet.
    if code[17] != USCC_ALPHABET[(31 - total % 31) % 31]:
        raise Invalid("统一社会信用代码校验位不符，请对照营业执照或法人证书逐位核对。")
    return code


def suggest_host_type(uscc: str) -> str | None:
    """The kind of host its code speaks for, to suggest only; None where the code does not decide (12, 51 …)."""
    return USCC_HOST_TYPES.get(uscc[:2])


# --- telephones -------------------------------------------------------------------------------------------------------


def clean_mobile(text: str) -> str:
    """A mainland mobile number. Carrier prefixes are not listed: they keep growing."""
    number = _telephone(text)
    if not number:
        raise Invalid("请输入11位手机号码。")
    if not re.fullmatch(r"1[3-9][0-9]{9}", number):
        raise Invalid("手机号码应为11位数字，以13至19开头。请核对。")
    return number


def clean_phone(text: str) -> str:
    """A unit's telephone: a mobile number, or a landline with its area code (0311-86001234, perhaps -8001)."""
    number = _telephone(text)
    if not number:
        raise Invalid("请输入联系电话。")
    if re.fullmatch(r"1[3-9][0-9]{9}", number):
        return number
    # Area codes have three digits in the ten biggest cities (010, 02x), four everywhere else.
    if landline := re.fullmatch(r"(0(?:10|2[0-9]|[3-9][0-9]{2}))([0-9]{7,8})(?:-([0-9]{1,6}))?", number):
        return "-".join(part for part in landline.groups() if part)
    raise Invalid("联系电话应为手机号码，或带区号的固定电话（如0311-86001234，分机写在最后）。请核对。")


def clean_code(text: str) -> str:
    """A one-time code of six digits, however it was typed or copied."""
    code = _compact(text)
    if not re.fullmatch(r"[0-9]{6}", code):
        raise Invalid("验证码为6位数字，请对照邮件重新输入。")
    return code


def clean_account(text: str) -> str:
    """A bank account: digits only, however they were grouped. Banks use 8 to 30 of them; no check digit is common."""
    number = _compact(text).replace("-", "")
    if SCIENTIFIC.fullmatch(number):
        raise Invalid(DAMAGED_BY_SHEET)
    if not re.fullmatch(r"[0-9]{8,30}", number):
        raise Invalid("银行账号应为8至30位数字，请核对。")
    return number


def _telephone(text: str) -> str:
    """Digits, with a hyphen only before an extension; +86 and the like are taken off."""
    number = re.sub(r"[()（）]", "", _compact(text))
    number = re.sub(r"(转|[\-‐-―－—])+", "-", number)
    number = re.sub(r"^(\+|00)?86-?(?=1[3-9][0-9]|0[0-9]{2})", "", number)
    if number.startswith("0"):
        return re.sub(r"^(0[0-9]{2,3})-", r"\1", number)
    return number.replace("-", "")


# --- masks: what may be seen without asking ---------------------------------------------------------------------------


def mask_id(number: str) -> str:
    """First six and last four of an identity number; of a passport or a permit only a quarter at either end."""
    head, tail = (6, 4) if len(number) >= 18 else (len(number) // 4, len(number) // 4)
    return number[:head] + "*" * (len(number) - head - tail) + number[len(number) - tail :]


def mask_mobile(number: str) -> str:
    """139****1234; a landline keeps area code and exchange (0311-8600****); anything else shows nothing."""
    if re.fullmatch(r"1[0-9]{10}", number):
        return f"{number[:3]}****{number[7:]}"
    if landline := re.fullmatch(r"(0[0-9]{2,3}-?[0-9]{3,4})[0-9]{4}(?:-[0-9]{1,6})?", number):
        return f"{landline[1]}****"
    return "*" * len(number)


def mask_account(number: str) -> str:
    """The last four of a bank account, if that leaves enough of it hidden."""
    return f"****{number[-4:]}" if len(number) >= 12 else "****"


def mask_name(name: str) -> str:
    """张*, 欧阳**: the surname and at most two stars, so that the length of a long name is not told."""
    surname = 2 if len(name) > 2 and name[:2] in COMPOUND_SURNAMES else 1
    if len(name) <= surname:
        return "*"
    return name[:surname] + "*" * min(len(name) - surname, 2)


def mask_unit(name: str) -> str:
    """示范******公司: enough to compare with a paper in the hand, too little to copy a list of units from."""
    if len(name) < 3:
        return f"{name[:1]}*"
    shown = 1 if len(name) < 6 else 2
    return name[:shown] + "*" * (len(name) - 2 * shown) + name[-shown:]
