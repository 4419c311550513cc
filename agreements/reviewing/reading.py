"""What the signed paper says by itself, beside what was entered: where its text layer lets a value be read and found.

Nothing here decides. A scanner's picture has no text layer, and then the page says so; what is read from one is shown
beside what was entered, and the officer compares. Read anew each time: it holds personal numbers, and none is kept.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from agreements.documents import dispatcher, paper_code
from agreements.models import Agreement
from agreements.reviewing.parts import Part
from core.files import TextOfPage
from core.identifiers import mask_id
from core.jinja import cdate

MOST_PAGES = 12  # that are read; an agreement has two or three
LONGEST = 400  # signs of one value

SAME, DIFFERS, UNREAD = "same", "differs", "unread"


@dataclass(frozen=True)
class Asked:
    """One value to look for: what was entered, in words, and how our own paper says it (`v` of the pattern)."""

    key: str
    label: str
    entered: str
    pattern: str = ""
    is_number: bool = False  # a personal one: shown masked

    @property
    def wanted(self) -> str:
        return plain(self.entered)[0]

    @property
    def shown(self) -> str:
        return self.in_words(self.entered)

    def in_words(self, value: str) -> str:
        """As a page shows it: of a personal number only its ends."""
        return mask_id(value) if self.is_number and value else value


@dataclass(frozen=True)
class Place:
    """A box on a page, in per cent of it."""

    page: int  # from 1
    x: float
    y: float
    w: float
    h: float


@dataclass(frozen=True)
class Read:
    """One value as entered and as the paper has it, with its places on the pages."""

    key: str
    label: str
    entered: str
    paper: str
    state: str
    places: list[Place] = field(default_factory=list)

    @property
    def where(self) -> str:
        """For the page's script: 1,34.1,26.8,13.5,2.1;…"""
        return ";".join(f"{one.page},{one.x:.2f},{one.y:.2f},{one.w:.2f},{one.h:.2f}" for one in self.places)


def asked_of(agreement: Agreement) -> list[Asked]:
    """What is compared, in the order of the paper."""
    specialist, start, end = agreement.specialist, agreement.service_start, agreement.service_end
    unit = r"名称(?P<v>.{1,120}?)信用代码"
    return [
        Asked("code", "文本编号", paper_code(agreement), r"(?P<v>D-\d+v\d+)"),
        Asked("specialist", "姓名", specialist.name, r"姓名(?P<v>.{1,60}?)职称"),
        Asked("id_number", "证件号码", specialist.id_number, r"证件号码(?P<v>\d{17}[\dXx])", is_number=True),
        Asked("institution", "派出单位", dispatcher(agreement).name, unit),
        Asked(Part.HOST, "派驻单位", str(agreement.host or ""), rf"{unit}.*?{unit.replace('<v>', '<w>')}"),
        Asked(
            Part.PERIOD,
            "服务期限",
            f"{cdate(start)}起至{cdate(end)}" if start and end else "",
            r"自(?P<v>\d{4}年\d{1,2}月\d{1,2}日起至\d{4}年\d{1,2}月\d{1,2}日)止",
        ),
        Asked(Part.VISITS, "年度到现场服务", f"{agreement.visits_per_year}次", r"现场服务不少于(?P<v>\d{1,3}次)"),
        Asked(Part.CONTENT, "服务内容", agreement.service_content, r"服务内容。(?P<v>.{1,2500}?)（二）年度目标"),
        Asked(
            Part.GOALS,
            "年度目标",
            "；".join(f"{goal['name']}不少于{goal['count']}{goal['unit']}" for goal in agreement.goals),
            r"现场服务不少于\d{1,3}次；(?P<v>.{1,1200}?)。三、各方责任",
        ),
    ]


# Where the parties sign: found for the findings about them, compared with nothing.
SIGNING = Asked(Part.SIGNATURES, "签署", "", r"(?P<v>甲方（派出单位）（盖章）)")


def read(agreement: Agreement, pages: Sequence[TextOfPage]) -> list[Read]:
    """Each value beside what the paper says of it; nothing at all where the paper has no text layer."""
    text, origin = "", []
    for number, page in enumerate(pages, start=1):
        signs, places = plain(page.signs)
        text += signs
        origin += [(number, page.boxes[place]) for place in places]
    if not text:
        return []
    return [*(_read(one, text, origin) for one in asked_of(agreement)), _read(SIGNING, text, origin)]


def _read(one: Asked, text: str, origin: list[tuple[int, tuple[float, float, float, float]]]) -> Read:
    found = re.search(one.pattern, text)
    name = "w" if found and "w" in found.groupdict() else "v"
    if found:
        start, end = found.span(name)
        paper = found[name]
    elif one.wanted and (start := text.find(one.wanted)) >= 0:  # not our paper, but it says so somewhere
        end, paper = start + len(one.wanted), one.wanted
    else:
        return Read(one.key, one.label, one.shown, "", UNREAD)
    is_same = one is SIGNING or paper.casefold() == one.wanted.casefold()
    state = SAME if is_same else DIFFERS
    # What is the same is shown as it was entered, with its blanks and paragraphs.
    shown = one.in_words(one.entered if state == SAME else paper[:LONGEST])
    return Read(one.key, one.label, one.shown, shown, state, list(_places(origin[start:end])))


def plain(text: str) -> tuple[str, list[int]]:
    """A text without blanks and in the plain form of each sign, and from where in it each sign comes."""
    signs, places = [], []
    for place, sign in enumerate(text):
        if not sign.isspace():
            same = unicodedata.normalize("NFKC", sign)
            # Fonts draw some signs as radicals that only look alike; brackets and stops stay as they were typed.
            signs.append(same if len(same) == 1 and same.isalnum() else sign)
            places.append(place)
    return "".join(signs), places


def _places(run: Sequence[tuple[int, tuple[float, float, float, float]]]) -> Iterator[Place]:
    """One box for each line that the signs fill."""
    line: tuple[int, float, float, float, float] | None = None
    for number, (left, top, right, bottom) in run:
        if line and number == line[0] and top < line[4] and bottom > line[2] and left >= line[1]:
            line = (number, line[1], min(line[2], top), max(line[3], right), max(line[4], bottom))
            continue
        if line:
            yield _box(line)
        line = (number, left, top, right, bottom)
    if line:
        yield _box(line)


def _box(line: tuple[int, float, float, float, float]) -> Place:
    number, left, top, right, bottom = line
    return Place(number, left, top, right - left, bottom - top)
