"""Where the table of a sheet begins, what its columns are called, and which rows are people and not words around them.

Nothing here touches the database: cells in, a guess out.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from core.identifiers import half_width
from core.workbooks import Cell, Line, Peeked
from desk.enums import Kind
from desk.rosters.columns import IGNORED, NOTES, group_of, plain_heading

SEARCHED = 30  # rows below which nobody puts a heading
NUMBER = re.compile(r"\d[\d\s-]{4,}\d")  # of a person: no heading, and not to be kept in clear as one
LONGEST_SUM = 5  # digits that may stand in the column of ID numbers and only count people
LEAST = 2  # columns that must be understood before a row is taken for the heading

# What stands below a table: sums, signatures, remarks.
FOOT = re.compile(
    r"^(合计|总计|小计|共计|共\d+人|(派出)?单位(主要)?负责人|分管领导|负责人|审核人|审核|复核人|填报人|填表人|制表人?|经办人|联系人|联系电话"
    r"|单位意见|推荐意见|签章|签字|签名|盖章|单位盖章|(公章)|注|备注|说明|填表说明|填报说明|填报单位|填报日期|日期)[:：（(\s].*$"
    r"|^(合计|总计|小计|共计|注|备注|说明)$"
)


@dataclass(frozen=True)
class Guess:
    """The heading of a sheet: its row (1-based; the last of two), its words by column, and what each column means."""

    place: int
    row: int
    words: Mapping[int, str]  # by 0-based column
    mapping: Mapping[int, str]  # 0-based column → key
    score: int = 0

    @property
    def notes_column(self) -> int:
        """Where the notes of a copy marked before stand (1-based), 0 for none."""
        return next((column + 1 for column, words in self.words.items() if plain_heading(words) == NOTES), 0)

    @property
    def unknown(self) -> list[str]:
        """Headings that mean nothing here, and that are not of those nobody expects to be imported."""
        return [
            words
            for column, words in self.words.items()
            if column not in self.mapping and plain_heading(words) not in IGNORED
        ]


def guess(sheets: Sequence[Peeked], kind: Kind, remembered: Mapping[str, str]) -> Guess | None:
    """The sheet and row in which most headings are understood; None when no row looks like a heading.

    `remembered` is what this unit said before: plain heading → key, "" for one that is not to be imported.
    """
    found = [guess_in(sheet, kind, remembered) for sheet in sheets if not sheet.hidden]
    return max((one for one in found if one), key=lambda one: (one.score, -one.place), default=None)


def guess_in(sheet: Peeked, kind: Kind, remembered: Mapping[str, str], *, row: int | None = None) -> Guess | None:
    """The best heading of one sheet; `row` asks for that one and takes it whatever it holds."""
    best: Guess | None = None
    for place, line in enumerate(sheet.lines[:SEARCHED] if row is None else sheet.lines):
        if row is not None and line.number != row:
            continue
        for words in _headings(sheet.lines, place):
            mapping = meaning(words, kind, remembered)
            score = 2 * len(set(mapping.values())) + len(set(mapping.values()) & group_of(kind).required)
            one = Guess(sheet.place, line.number, words, mapping, score)
            if best is None or one.score > best.score:
                best = one
    if best is None or (row is None and len(best.mapping) < LEAST):
        return None
    return best


def meaning(words: Mapping[int, str], kind: Kind, remembered: Mapping[str, str]) -> dict[int, str]:
    """What each column means; of two with one meaning the first has it."""
    keys = group_of(kind).keys
    taken: dict[int, str] = {}
    for column, text in sorted(words.items()):
        heading = plain_heading(text)
        key = remembered[heading] if heading in remembered else keys.get(heading, "")
        if key and key not in taken.values():
            taken[column] = key
    return taken


def _headings(lines: Sequence[Line], place: int) -> Iterator[dict[int, str]]:
    """The row as a heading by itself, and under the one above it, whose words stand for the columns they span."""
    alone = _words(lines[place])
    if not alone:
        return
    yield alone
    if place and (above := _words(lines[place - 1])):
        spanned, last = {}, ""
        for column in range(max((*alone, *above)) + 1):
            last = above.get(column, last if column in alone else "")
            spanned[column] = last
        both = {column: f"{spanned.get(column, '')}{text}" for column, text in alone.items()}
        yield {**{column: text for column, text in above.items() if column not in alone}, **both}


def _words(line: Line) -> dict[int, str]:
    found = {}
    for column, cell in enumerate(line.cells):
        if cell and cell.kind == "s" and len(text := cell.text.strip()) <= 40 and not NUMBER.search(half_width(text)):
            found[column] = text
    return found


# --- rows -------------------------------------------------------------------------------------------------------------


@dataclass
class Reading:
    """What is said of a sheet as a whole, filled while its rows are read."""

    hidden: list[int] = field(default_factory=list)  # hidden rows, read all the same
    left_out: list[int] = field(default_factory=list)  # sums, signatures, headings printed again
    merged: int = 0  # cells that took their value from a merged one


def people(
    lines: Iterable[Line], guessed: Guess, reading: Reading, *, merged: Sequence[str] = ()
) -> Iterator[tuple[int, dict[str, Cell]]]:
    """The rows that are about somebody: (row number, cells by key)."""
    columns = dict(guessed.mapping)
    name, number = (next((c for c, key in columns.items() if key == wanted), -1) for wanted in ("name", "id_number"))
    above = _merged_cells(merged)
    kept: dict[int, Cell | None] = {}
    foot = False
    for line in lines:
        if line.number <= guessed.row:
            continue
        cells = {column: cell for column, cell in enumerate(line.cells) if cell is not None}
        for column in columns:
            if column not in cells and line.number in above.get(column, ()):
                if (value := kept.get(column)) is not None:
                    cells[column] = value
                    reading.merged += 1
            else:
                kept[column] = cells.get(column)
        if not any(column in cells for column in columns):
            if cells:
                reading.left_out.append(line.number)
            continue
        numbered = number in cells and len(cells[number].text.strip()) > LONGEST_SUM
        foot = not numbered and (foot or _is_foot(cells))
        if foot or _is_heading(cells, guessed, name):
            reading.left_out.append(line.number)
            continue
        if line.hidden:
            reading.hidden.append(line.number)
        yield line.number, {key: cells[column] for column, key in columns.items() if column in cells}


def _is_foot(cells: Mapping[int, Cell]) -> bool:
    """A sum, a signature or a remark: one of its cells begins with their words."""
    return any(FOOT.match(re.sub(r"\s+", "", cell.text)) for cell in cells.values() if cell.kind == "s")


def _is_heading(cells: Mapping[int, Cell], guessed: Guess, name: int) -> bool:
    """The heading again, as it is printed on each page."""
    again = cells.get(name)
    return again is not None and plain_heading(again.text) == plain_heading(guessed.words.get(name, "\0"))


def _merged_cells(merged: Sequence[str]) -> dict[int, set[int]]:
    """Column → rows whose cell lies in a merged one, below its first row."""
    found: dict[int, set[int]] = {}
    for reference in merged:
        match = re.fullmatch(r"([A-Z]{1,3})(\d{1,7}):([A-Z]{1,3})(\d{1,7})", reference)
        if not match:
            continue
        first, last = _place(match[1]), _place(match[3])
        top, bottom = int(match[2]), int(match[4])
        if first == last and top < bottom:
            found.setdefault(first, set()).update(range(top + 1, min(bottom, top + 10_000) + 1))
    return found


def _place(letters: str) -> int:
    place = 0
    for sign in letters:
        place = place * 26 + ord(sign) - 64
    return place - 1


def letter(column: int) -> str:
    """0 → A, 27 → AB."""
    letters, column = "", column + 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(65 + rest) + letters
    return letters
