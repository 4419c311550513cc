"""Whose pages these are, from what is printed on them. Facts in, pieces out: no database, no files.

Every page of a contract carries a code that names its paper, and the number of the page. A file may hold one paper or
many, a paper may come page by page in several photographs, and a page may be too bad to be read: such a page belongs
where its number is missing, and to nobody when that is not certain. Nothing is guessed here; guesses are for the tray.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from agreements.scanning.enums import Outcome


@dataclass(frozen=True)
class Sheet:
    """One page as it was read. `paper`: ours, by its code (or by the code in its words); `number`: of the paper's page."""

    number: int  # in the file, from 1
    paper: int | None = None
    page: int | None = None
    foreign: bool = False  # a code of our form that is no paper of this institution
    mixed: bool = False  # codes of two papers on one page
    strange: bool = False  # a code that is no id at all
    blank: bool = False
    turned: int = 0
    look: str = ""
    named: tuple[int, ...] = ()  # agreements whose person and host its words name

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> "Sheet":
        return cls(**{**kept, "named": tuple(kept.get("named", ()))})

    @property
    def is_read(self) -> bool:
        return self.paper is not None or self.foreign or self.mixed


@dataclass(frozen=True)
class Printed:
    """A paper that was handed out, and its agreement as it stands now."""

    pk: int
    agreement: int
    code: str  # D-1187 v2
    version: int
    pages: int | None  # None: printed before they were counted
    current: int


@dataclass(frozen=True)
class Piece:
    """Pages of one file that belong together."""

    sheets: tuple[Sheet, ...]
    outcome: Outcome
    message: str = ""
    paper: int | None = None
    agreement: int | None = None  # by name, where no code was read
    notes: tuple[str, ...] = field(default=())

    @property
    def pages(self) -> list[int]:
        return [sheet.number for sheet in self.sheets]

    @property
    def numbers(self) -> set[int]:
        """Which pages of the paper are certainly among them."""
        return {sheet.page for sheet in self.sheets if sheet.page is not None}


FOREIGN = "二维码所指的协议不是本单位的，不能附上。请核对是否混入了其他单位的协议书。"
NO_CODE = "页面上没有读到协议书的二维码，也没有协议编号或能够确定的姓名。请选择对应的协议。"
STRANGE = "页面上的二维码不是协议书的。请核对是否放错了文件，或选择对应的协议。"
MIXED = "第{page}页上有两份协议书的二维码。请分开扫描，或选择对应的协议。"
BLANK = "整个文件都是空白页。请检查是否放反了纸张，重新扫描。"
UNCLEAR = "第{pages}页没有读到二维码，分不清属于前后哪一份。请选择对应的协议。"

TWICE = "这份协议的扫描件在本批中已有一个。确要作为新的一版，请人工附上。"


def pieces_of(sheets: Sequence[Sheet], papers: Mapping[int, Printed]) -> list[Piece]:
    """A file taken apart at its codes; each piece with what its pages say, judged alone."""
    printed = [sheet for sheet in sheets if not sheet.blank]
    if not printed:
        return [Piece(tuple(sheets), Outcome.REFUSED, BLANK)]
    if mixed := next((sheet for sheet in printed if sheet.mixed), None):
        return [Piece(tuple(sheets), Outcome.UNPAIRED, MIXED.format(page=mixed.number), notes=notes(sheets))]
    if not any(sheet.is_read for sheet in printed):
        return [_by_name(sheets)]
    pieces = []
    for key, group in _grouped(sheets, papers).items():
        told = notes(group)
        if key == "unclear":
            words = UNCLEAR.format(pages="、".join(str(sheet.number) for sheet in group if not sheet.blank))
            pieces.append(Piece(tuple(group), Outcome.UNPAIRED, words, notes=told))
        elif key == "foreign":
            pieces.append(Piece(tuple(group), Outcome.FOREIGN, FOREIGN, notes=told))
        else:
            assert isinstance(key, int)
            pieces.append(_judged(Piece(tuple(group), Outcome.WAITING, paper=key, notes=told), papers[key]))
    return pieces


def _by_name(sheets: Sequence[Sheet]) -> Piece:
    named = {pk for sheet in sheets for pk in sheet.named}
    told = notes(sheets)
    if len(named) == 1:
        by_name = "没有二维码，按文字中的姓名和派驻单位配对。"
        return Piece(tuple(sheets), Outcome.WAITING, agreement=named.pop(), notes=(by_name, *told))
    strange = any(sheet.strange for sheet in sheets)
    return Piece(tuple(sheets), Outcome.UNPAIRED, STRANGE if strange else NO_CODE, notes=told)


Key = int | str


def _grouped(sheets: Sequence[Sheet], papers: Mapping[int, Printed]) -> dict[Key, list[Sheet]]:
    """The pages by paper, in the order in which papers first appear; a page that was not read goes where it is missing."""
    keys: list[Key | None] = [_key(sheet) for sheet in sheets]
    read = {key for key in keys if key is not None}
    lacks = _lacks(sheets, keys, papers)
    for start, end in _runs(keys):
        if len(read) == 1:  # one paper: whatever lies with it is its
            keys[start:end] = [*read] * (end - start)
            continue
        before, after = keys[start - 1] if start else None, keys[end] if end < len(keys) else None
        keys[start:end] = _shared(sheets[start:end], before, after, lacks)
    found: dict[Key, list[Sheet]] = {}
    for sheet, key in zip(sheets, keys, strict=True):
        assert key is not None
        found.setdefault(key, []).append(sheet)
    return found


def _key(sheet: Sheet) -> Key | None:
    return sheet.paper if sheet.paper is not None else "foreign" if sheet.foreign else None


def _runs(keys: Sequence[Key | None]) -> list[tuple[int, int]]:
    """Where pages without a key stand together: from, up to."""
    found, start = [], None
    for place, key in enumerate([*keys, "end"]):
        if key is None and start is None:
            start = place
        elif key is not None and start is not None:
            found.append((start, place))
            start = None
    return found


def _lacks(
    sheets: Sequence[Sheet], keys: Sequence[Key | None], papers: Mapping[int, Printed]
) -> dict[Key | None, set[int]]:
    """Which pages of each paper were not read."""
    lacking: dict[Key | None, set[int]] = {}
    for key in {key for key in keys if isinstance(key, int)}:
        have = {sheet.page for sheet, one in zip(sheets, keys, strict=True) if one == key}
        lacking[key] = {page for page in range(1, (papers[key].pages or 0) + 1) if page not in have}
    return lacking


def _shared(
    run: Sequence[Sheet], before: Key | None, after: Key | None, lacks: Mapping[Key | None, set[int]]
) -> list[Key]:
    """Whose the pages between two papers are: as many as each lacks, or all the first one's when none lacks any."""
    unread = [place for place, sheet in enumerate(run) if not sheet.blank]
    ends, begins = len(lacks.get(before, ())), len(lacks.get(after, ())) if after != before else 0
    beside: Key = before if before is not None else after if after is not None else "unclear"
    owners: list[Key] = ["unclear"] * len(unread)
    if ends + begins == len(unread):
        owners = [beside] * ends + ([after] if after is not None else []) * begins
    elif ends + begins == 0 and beside != "foreign":  # an annex lies behind its paper
        owners = [beside] * len(unread)
    chosen = dict(zip(unread, owners, strict=True))
    return [chosen.get(place, beside) for place in range(len(run))]


# --- one piece alone --------------------------------------------------------------------------------------------------


def _judged(piece: Piece, paper: Printed) -> Piece:
    """Its version, and its pages against those that were printed."""
    if paper.version != paper.current:
        words = (
            f"扫描的是第{paper.version}版协议书，协议内容已改为第{paper.current}版。请重新打印第{paper.current}版，"
            "三方签署后再上传。"
        )
        return replace(piece, outcome=Outcome.OLD_VERSION, message=words)
    printed = [sheet for sheet in piece.sheets if not sheet.blank]
    unread = [sheet.number for sheet in printed if sheet.page is None]
    more = len(printed) - (paper.pages or 0)
    told = list(piece.notes)
    if lacking := lacks([sheet.page for sheet in printed], paper.pages):
        words = f"协议书共{paper.pages}页，缺第{in_runs(lacking)}页。请补扫后一并上传，或核对后人工附上。"
        return replace(piece, outcome=Outcome.INCOMPLETE, message=words)
    if _missing([sheet.page for sheet in printed], paper.pages):
        told.append(f"第{in_runs(unread)}页没有读到二维码，按页数核对齐全。")
    elif paper.pages is not None and more > 0 and not _repeated(piece.sheets):
        told.append(f"比打印的多{more}页，一并附上。")
    return replace(piece, notes=tuple(told))


def lacks(numbers: Sequence[int | None], pages: int | None) -> list[int]:
    """Which pages of a paper of so many are not among these. `numbers` are those of its pages that are not blank, None
    where none was read: as many of these as are missing are the missing ones."""
    missing = _missing(numbers, pages)
    return missing if len(missing) > numbers.count(None) else []


def _missing(numbers: Sequence[int | None], pages: int | None) -> list[int]:
    return [page for page in range(1, (pages or 0) + 1) if page not in numbers]


def notes(sheets: Sequence[Sheet]) -> tuple[str, ...]:
    """What a reader should know of these pages: blank, turned, twice, out of order."""
    told = []
    if blank := [sheet.number for sheet in sheets if sheet.blank]:
        told.append(f"第{in_runs(blank)}页是空白页。")
    upside_down = [sheet.number for sheet in sheets if sheet.turned == 180]
    sideways = [sheet.number for sheet in sheets if sheet.turned in (90, 270)]
    if upside_down:
        told.append(f"第{in_runs(upside_down)}页倒置，查看时已转正。")
    if sideways:
        told.append(f"第{in_runs(sideways)}页横置，查看时已转正。")
    if twice := _repeated(sheets):
        told.append("".join(f"第{second}页与第{first}页重复。" for first, second in twice))
    order = [sheet.page for sheet in sheets if sheet.page is not None]
    if not twice and order != sorted(order):
        told.append("页序与打印的不同。")
    return tuple(told)


def _repeated(sheets: Sequence[Sheet]) -> list[tuple[int, int]]:
    """Pages that are there twice, by their code or as the same picture: (the first, the other)."""
    first: dict[tuple[Any, ...], int] = {}
    found = []
    for sheet in sheets:
        if sheet.blank:
            continue
        is_numbered = sheet.paper is not None and sheet.page is not None
        known = (sheet.paper, sheet.page) if is_numbered else ("look", sheet.look)
        if known in first:
            found.append((first[known], sheet.number))
        first.setdefault(known, sheet.number)
    return found


def in_runs(pages: Iterable[int]) -> str:
    """1—2、5: a stack of blank pages in two numbers."""
    runs: list[list[int]] = []
    for page in pages:
        if runs and runs[-1][-1] + 1 == page:
            runs[-1].append(page)
        else:
            runs.append([page])
    return "、".join(f"{run[0]}—{run[-1]}" if len(run) > 1 else str(run[0]) for run in runs)


# --- all files together -----------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Found:
    """A piece, and the place of its file among the files of the batch."""

    file: int
    piece: Piece


def together(files: Sequence[Sequence[Piece]], papers: Mapping[int, Printed]) -> list[Found]:
    """The pieces of all files: photographs of single pages joined to their paper, a paper that came twice told.

    Of the complete ones of a paper the first is its scan. Pages that are complete only together are joined.
    """
    found = [Found(place, piece) for place, pieces in enumerate(files) for piece in pieces]
    of_agreement: dict[int, list[int]] = {}
    for place, one in enumerate(found):
        paper, agreement = one.piece.paper, one.piece.agreement
        whose = papers[paper].agreement if paper is not None else agreement
        if whose is not None and one.piece.outcome in (Outcome.WAITING, Outcome.INCOMPLETE):
            of_agreement.setdefault(whose, []).append(place)
    for places in of_agreement.values():
        chosen = _whole([found[place].piece for place in places], papers)
        for order, place in enumerate(places):
            piece = found[place].piece
            if order in chosen:
                piece = replace(piece, outcome=Outcome.WAITING, message="")
            elif chosen:
                piece = replace(piece, outcome=Outcome.AGAIN, message=TWICE)
            found[place] = replace(found[place], piece=piece)
    return found


def _whole(pieces: Sequence[Piece], papers: Mapping[int, Printed]) -> list[int]:
    """Which of the pieces of one agreement are its scan: one that is complete, or several that are so together."""
    complete = [place for place, piece in enumerate(pieces) if piece.outcome == Outcome.WAITING]
    paper = next((papers[piece.paper] for piece in pieces if piece.paper is not None), None)
    unknown = paper is not None and paper.pages is None
    if complete and not unknown:
        return complete[:1]
    have: Counter[int] = Counter()
    joined = []
    for place, piece in enumerate(pieces):
        if piece.paper is not None and piece.numbers and not piece.numbers & have.keys():
            joined.append(place)
            have.update(piece.numbers)
    if unknown:
        return sorted(joined, key=lambda place: min(pieces[place].numbers)) or complete[:1]
    if paper is None or set(range(1, (paper.pages or 0) + 1)) - have.keys():
        return []
    return sorted(joined, key=lambda place: min(pieces[place].numbers))
