"""What a workbook from outside says, cell by cell. Runs only in the process of `core.sandbox`.

A reader of our own instead of openpyxl's, because a roster needs what openpyxl tells only of a whole workbook in memory
(hidden rows and columns, merged cells, which values a formula made, a number as it was written) and because every limit
here holds while reading: nothing is unpacked, counted or kept beyond it. openpyxl writes the copy with marks.

A cell is one string: a letter for its kind and its text. s text, n number (as the file has it), d date (ISO), b yes or
no (1/0), e error; "=" stands before it when a formula made it. None is an empty cell.
"""

import io
import json
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import date, timedelta
from typing import Any
from xml.parsers import expat

MOST_PARTS = 2_000
MOST_INFLATED = 300 << 20  # of all parts read; 100,000 rows of 20 cells are a third of it
MOST_STRINGS = 2_000_000
MOST_SHEETS = 100
MOST_ROWS = 100_000
AROUND = 100  # rows of titles and signatures around them
MOST_COLUMNS = 200
MOST_MERGED = 20_000
MOST_MARKED = 600_000  # cells that openpyxl holds at once within the memory of the sandbox
LONGEST = 6_000  # signs of one cell; more is cut here, and whoever cleans the value refuses one as long as this
PEEK = 60  # rows of each sheet that are enough to find the headings

MACROS = ("vbaproject.bin", "/macrosheets/", "/activex/", "/ctrlprops/", "/embeddings/", "customui/")
OUTSIDE = ("xl/externallinks/", "xl/connections.xml", "xl/querytables/")
DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}
QUOTED = re.compile(r'"[^"]*"|\[[^\]]*\]|\\.|_.|\*.')
EPOCH, MAC_EPOCH = date(1899, 12, 30), date(1904, 1, 1)
FILLS = {"block": "FFF4B6B0", "warn": "FFFFE3A8", "info": "FFDCE9F8"}
FORMULA_SIGNS = tuple("=+-@＝＋－＠")

Answer = tuple[dict[str, Any], bytes]
Row = tuple[int, bool, list[str | None]]  # 1-based number, hidden, cells


class Unfit(Exception):
    """The reason as a word that core.workbooks knows."""

    def __init__(self, reason: str, **facts: Any) -> None:
        self.reason, self.facts = reason, facts
        super().__init__(reason)


class _Enough(Exception):
    """The rows asked for are there."""


# --- the archive ------------------------------------------------------------------------------------------------------


class Package:
    """The parts of the archive; what they unpack to is counted as it comes, whatever their headers say."""

    def __init__(self, data: bytes, *, main: str = "xl/workbook.xml") -> None:
        self.main = main  # the part that makes it what it is
        try:
            self.archive = zipfile.ZipFile(io.BytesIO(data))
            names = self.archive.namelist()
        except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError, UnicodeDecodeError):
            raise Unfit("broken") from None
        if len(names) > MOST_PARTS:
            raise Unfit("heavy")
        self.names = {name.replace("\\", "/").lstrip("/").lower(): name for name in names}
        self.inflated = 0
        self._judge()

    def _judge(self) -> None:
        if any(info.flag_bits & 1 for info in self.archive.infolist()):
            raise Unfit("locked")
        if any(mark in name for mark in MACROS for name in self.names):
            raise Unfit("macros")
        if any(name.startswith(OUTSIDE) for name in self.names):
            raise Unfit("outside")
        if "xl/workbook.bin" in self.names:
            raise Unfit("binary")
        if self.main not in self.names:
            raise Unfit("not-a-workbook")

    def has(self, name: str) -> bool:
        return name.lower() in self.names

    def chunks(self, name: str) -> Iterator[bytes]:
        try:
            with self.archive.open(self.names[name.lower()]) as part:
                while chunk := part.read(1 << 16):
                    self.inflated += len(chunk)
                    if self.inflated > MOST_INFLATED:
                        raise Unfit("heavy")
                    yield chunk
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError, RuntimeError, KeyError):
            raise Unfit("broken") from None

    def parse(self, name: str, start: Callable[..., None], end: Callable[..., None], text: Any = None) -> None:
        """Walk through one part. Names come without their prefix. A part that declares entities is refused."""
        parser = expat.ParserCreate()
        parser.buffer_text = True
        parser.StartElementHandler = lambda tag, given: start(tag.rpartition(":")[2], given)
        parser.EndElementHandler = lambda tag: end(tag.rpartition(":")[2])
        if text is not None:
            parser.CharacterDataHandler = text
        parser.StartDoctypeDeclHandler = _refuse_entities
        try:
            for chunk in self.chunks(name):
                parser.Parse(chunk, False)
            parser.Parse(b"", True)
        except expat.ExpatError:
            raise Unfit("broken") from None


def _refuse_entities(*_: Any) -> None:
    raise Unfit("entities")


def _nothing(*_: Any) -> None:
    pass


# --- the workbook -----------------------------------------------------------------------------------------------------


class Workbook:
    def __init__(self, data: bytes) -> None:
        self.package = Package(data)
        self.mac_dates = False
        self.sheets: list[dict[str, Any]] = []  # title, hidden, part
        self._list_sheets()
        self.dates = self._date_styles()
        self._strings: list[str] | None = None

    def _list_sheets(self) -> None:
        found: list[tuple[str, bool, str]] = []

        def of_workbook(tag: str, given: dict[str, str]) -> None:
            if tag == "workbookPr":
                self.mac_dates = given.get("date1904", "0") in ("1", "true")
            elif tag == "sheet":
                link = next((value for key, value in given.items() if key.rpartition(":")[2] == "id"), "")
                found.append((given.get("name", "")[:100], given.get("state", "visible") != "visible", link))

        self.package.parse("xl/workbook.xml", of_workbook, _nothing)
        targets: dict[str, tuple[str, str]] = {}

        def of_relations(tag: str, given: dict[str, str]) -> None:
            if tag == "Relationship" and given.get("TargetMode") != "External":
                targets[given.get("Id", "")] = (given.get("Type", ""), given.get("Target", ""))

        if self.package.has("xl/_rels/workbook.xml.rels"):
            self.package.parse("xl/_rels/workbook.xml.rels", of_relations, _nothing)
        for title, hidden, link in found[:MOST_SHEETS]:
            kind, target = targets.get(link, ("", ""))
            part = target.lstrip("/") if target.startswith("/") else f"xl/{target}"
            if kind.endswith("/worksheet") and self.package.has(part):  # a sheet that is only a chart has no cells
                self.sheets.append({"title": title, "hidden": hidden, "part": part})
        if not self.sheets:
            raise Unfit("empty")

    def _date_styles(self) -> set[int]:
        """The styles that show a number as a day."""
        custom: dict[int, bool] = {}
        styles: list[int] = []
        inside = ""

        def start(tag: str, given: dict[str, str]) -> None:
            nonlocal inside
            if tag in ("cellXfs", "cellStyleXfs"):
                inside = tag
            elif tag == "numFmt":
                bare = QUOTED.sub("", given.get("formatCode", "")).lower()
                custom[_number(given.get("numFmtId"))] = any(sign in bare for sign in "ymd")
            elif tag == "xf" and inside == "cellXfs":
                styles.append(_number(given.get("numFmtId")))

        if self.package.has("xl/styles.xml"):
            self.package.parse("xl/styles.xml", start, _nothing)
        return {place for place, style in enumerate(styles) if custom.get(style, style in DATE_FORMATS)}

    @property
    def strings(self) -> list[str]:
        """The texts that cells share; how a word is pronounced (rPh) is no part of it."""
        if self._strings is None:
            self._strings = strings = []
            parts: list[str] = []
            reading = spoken = False

            def start(tag: str, given: dict[str, str]) -> None:
                nonlocal reading, spoken
                if tag == "si":
                    parts.clear()
                elif tag == "rPh":
                    spoken = True
                elif tag == "t":
                    reading = not spoken

            def end(tag: str) -> None:
                nonlocal reading, spoken
                if tag == "t":
                    reading = False
                elif tag == "rPh":
                    spoken = False
                elif tag == "si":
                    strings.append("".join(parts)[:LONGEST])
                    if len(strings) > MOST_STRINGS:
                        raise Unfit("heavy")

            def text(words: str) -> None:
                if reading:
                    parts.append(words)

            if self.package.has("xl/sharedStrings.xml"):
                self.package.parse("xl/sharedStrings.xml", start, end, text)
        return self._strings


def _number(text: str | None) -> int:
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 10 else 0


# --- one sheet --------------------------------------------------------------------------------------------------------


class Sheet:
    """The rows of a sheet that hold something, as they come; `most` of them, then it stops reading."""

    def __init__(self, book: Workbook, place: int, *, most: int | None = None) -> None:
        self.book, self.most = book, most
        self.rows: list[Row] = []
        self.hidden_columns: set[int] = set()  # 0-based
        self.merged: list[str] = []
        self._number = 0
        self._hidden = False
        self._cells: list[str | None] = []
        self._column = -1
        self._kind = self._style = ""
        self._formula = False
        self._reading = False
        self._parts: list[str] = []
        with suppress(_Enough):
            book.package.parse(book.sheets[place]["part"], self._start, self._end, self._text)

    def _start(self, tag: str, given: dict[str, str]) -> None:
        if tag == "c":
            self._column = _column(given["r"]) if "r" in given else self._column + 1
            self._kind, self._style = given.get("t", "n"), given.get("s", "")
            self._formula = False
            self._parts.clear()
        elif tag in ("v", "t"):
            self._reading = True
        elif tag == "f":
            self._formula = True
        elif tag == "row":
            above, self._number = self._number, _number(given.get("r")) or self._number + 1
            if self._number <= above:  # a row that stands twice, or not in its place: no program writes that
                raise Unfit("broken")
            self._hidden = given.get("hidden") in ("1", "true")
            self._cells, self._column = [], -1
        elif tag == "col" and given.get("hidden") in ("1", "true"):
            first = _number(given.get("min")) - 1
            self.hidden_columns.update(range(max(first, 0), min(_number(given.get("max")), MOST_COLUMNS)))
        elif tag == "mergeCell" and len(self.merged) < MOST_MERGED:
            self.merged.append(given.get("ref", ""))

    def _text(self, words: str) -> None:
        if self._reading:
            self._parts.append(words)

    def _end(self, tag: str) -> None:
        if tag in ("v", "t"):
            self._reading = False
        elif tag == "c":
            if (value := self._value()) is not None:
                if self._column >= MOST_COLUMNS:
                    raise Unfit("columns", most=MOST_COLUMNS)
                self._cells.extend([None] * (self._column + 1 - len(self._cells)))
                self._cells[self._column] = f"={value}" if self._formula else value
        elif tag == "row" and any(self._cells):
            self.rows.append((self._number, self._hidden, self._cells))
            if len(self.rows) > MOST_ROWS + AROUND:
                raise Unfit("rows", most=MOST_ROWS)
            if self.most is not None and len(self.rows) >= self.most:
                raise _Enough

    def _value(self) -> str | None:
        text = "".join(self._parts)
        if not text.strip():
            return "e" if self._formula else None  # a formula that was never calculated
        if self._kind == "s":
            place = _number(text)
            shared = self.book.strings[place] if place < len(self.book.strings) else ""
            return f"s{shared}" if shared.strip() else None
        if self._kind in ("str", "inlineStr"):
            return f"s{text[:LONGEST]}"
        if self._kind == "b":
            return f"b{text.strip()[:1]}"
        if self._kind == "e":
            return f"e{text[:20]}"
        if self._kind == "d":
            return f"d{text.strip()[:10]}"
        return self._numeric(text.strip()[:60])

    def _numeric(self, text: str) -> str:
        if _number(self._style) in self.book.dates:
            try:
                days = int(float(text))
                if 60 < days < 120_000:  # before March 1900 Excel counts a day that never was
                    day = (MAC_EPOCH if self.book.mac_dates else EPOCH) + timedelta(days=days)
                    return f"d{day.isoformat()}"
            except (ValueError, OverflowError):
                pass
        return f"n{text}"


def _column(reference: str) -> int:
    """AB12 → 27; beyond what any sheet has it is simply too far."""
    place = 0
    for sign in reference:
        if not "A" <= sign <= "Z":
            break
        place = place * 26 + ord(sign) - 64
        if place > 20_000:
            break
    return max(place - 1, 0)


# --- jobs of the sandbox ----------------------------------------------------------------------------------------------


def judge(data: bytes, main: str) -> Answer:
    """A document that others are to open and fill in: whole, not locked, with nothing that acts by itself or is fetched."""
    package = Package(data, main=main)

    def of_relations(tag: str, given: dict[str, str]) -> None:
        # A link is followed by a reader, anything else by the program that opens the document.
        fetched = given.get("TargetMode") == "External" and not given.get("Type", "").endswith("/hyperlink")
        if tag == "Relationship" and fetched:
            raise Unfit("outside")

    for name in package.names:
        if name.endswith(".rels"):
            package.parse(name, of_relations, _nothing)
    package.parse(main, _nothing, _nothing)
    return {}, b""


def peek(data: bytes) -> Answer:
    """The sheets, each with its first rows: enough to find the headings."""
    book = Workbook(data)
    sheets = []
    for place, sheet in enumerate(book.sheets):
        rows = [] if sheet["hidden"] or place >= 20 else Sheet(book, place, most=PEEK).rows
        sheets.append({"title": sheet["title"], "hidden": sheet["hidden"], "rows": rows})
    return {}, json.dumps({"sheets": sheets}, ensure_ascii=False).encode("utf-8", "replace")


def rows(data: bytes, place: str) -> Answer:
    """All rows of one sheet, one JSON line each; the first line says what is hidden and merged."""
    book = Workbook(data)
    if not int(place) < len(book.sheets):
        raise Unfit("empty")
    sheet = Sheet(book, int(place))
    head = {"hidden_columns": sorted(sheet.hidden_columns), "merged": sheet.merged}
    lines = (json.dumps(line, ensure_ascii=False, separators=(",", ":")) for line in (head, *sheet.rows))
    return {"rows": len(sheet.rows)}, "\n".join(lines).encode("utf-8", "replace")


def mark(data: bytes) -> Answer:
    """The workbook again, its values as they stood, with coloured cells and a column that says why.

    The first line of `data` is JSON: place, heading (row), notes {row: words}, cells [[row, column, level]], column (of
    the notes, when the workbook has one from the last time), title. Formulas come back as the values they showed, and
    nothing in it leads or looks outside.
    """
    import openpyxl
    from openpyxl.cell.cell import MergedCell
    from openpyxl.styles import Alignment, Font, PatternFill
    from openpyxl.utils import get_column_letter

    line, _, data = data.partition(b"\n")
    asked = json.loads(line)
    listed = Workbook(data)
    title = listed.sheets[int(asked["place"])]["title"]
    try:
        book = openpyxl.load_workbook(io.BytesIO(data), data_only=True, keep_links=False)
        sheet = book[title]
    except Unfit:
        raise
    except MemoryError:
        raise
    except Exception:  # openpyxl has no error of its own for a file that Excel can read and it cannot
        raise Unfit("unmarkable") from None
    if sum(one.max_row * one.max_column for one in book.worksheets) > MOST_MARKED:
        raise Unfit("too-large-to-mark")
    book.defined_names.clear()
    for one in book.worksheets:
        one.conditional_formatting = type(one.conditional_formatting)()
        for cells in one.iter_rows():
            for cell in cells:
                if cell.value is None:
                    continue
                cell.hyperlink = None
                if isinstance(cell.value, str):
                    if cell.value.lstrip().startswith(FORMULA_SIGNS):
                        cell.value = f"'{cell.value}"
                    cell.data_type = "s"
    column = asked["column"] or sheet.max_column + 1
    wrapped = Alignment(vertical="top", wrap_text=True)

    def write(row: int, words: str | None, **look: Any) -> None:
        cell = sheet.cell(row, column)
        if not isinstance(cell, MergedCell):
            cell.value, cell.alignment = words, wrapped
            for name, value in look.items():
                setattr(cell, name, value)
            if words is not None:
                cell.data_type = "s"

    for number in range(asked["heading"] + 1, sheet.max_row + 1):
        write(number, None)
    for number, place, level in asked["cells"]:
        sheet.cell(number, place).fill = PatternFill("solid", fgColor=FILLS[level])
    write(asked["heading"], asked["title"], font=Font(bold=True))
    sheet.column_dimensions[get_column_letter(column)].width = 60
    for number, words in asked["notes"].items():
        write(int(number), words)
    return {}, _saved(book)


def _saved(book: Any) -> bytes:
    """As openpyxl saves it, but for the sheets, which it would put into files first: the sandbox can write none."""
    from openpyxl.packaging.relationship import RelationshipList
    from openpyxl.worksheet._writer import WorksheetWriter
    from openpyxl.writer.excel import ExcelWriter

    class InMemory(ExcelWriter):
        _archive: zipfile.ZipFile

        def write_worksheet(self, ws: Any) -> None:
            # Pictures and charts were not read, so there are none to write.
            sheet = io.BytesIO()
            writer: Any = WorksheetWriter(ws, out=sheet)
            writer.write()
            ws._rels = writer._rels or RelationshipList()
            self._archive.writestr(ws.path[1:], sheet.getvalue())
            self.manifest.append(ws)

    made = io.BytesIO()
    InMemory(book, zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED)).save()
    return made.getvalue()
