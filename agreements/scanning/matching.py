"""Which agreement a file is of, by its name. Names in, numbers out; nothing here touches the database."""

import re
from collections.abc import Iterable, Mapping

from core.identifiers import half_width


def with_signs(text: str) -> str:
    """石科特〔2025〕17号 and 石科特_2025_17号 are one: no file system takes every sign of a number."""
    return "-".join(re.findall(r"\w+", half_width(text).upper().replace("_", " ")))


def without_signs(text: str) -> str:
    return with_signs(text).replace("-", "")


def numbers_in(name: str, known: Mapping[str, int]) -> list[int]:
    """The agreements whose number the name holds; of 旧-1 and 旧-12 in 旧-12.pdf only the longer one.

    `known` holds them by number, and by D-code. Signs between the parts count first, and are overlooked if nothing fits.
    """
    stem = name.rpartition(".")[0] or name
    for plain in (with_signs, without_signs):
        if found := _held(plain(stem), ((plain(number), pk) for number, pk in known.items())):
            return found
    return []


def _held(stem: str, numbers: Iterable[tuple[str, int]]) -> list[int]:
    found = [(number, pk) for number, pk in numbers if number and _holds(stem, number)]
    return sorted({pk for number, pk in found if not any(number != other and number in other for other, _ in found)})


def _holds(stem: str, number: str) -> bool:
    """As a whole: digits beside it would make another number of it."""
    before = r"(?<!\d)" if number[0].isdigit() else ""
    after = r"(?!\d)" if number[-1].isdigit() else ""
    return number in stem and re.search(f"{before}{re.escape(number)}{after}", stem) is not None
