"""Papers: Jinja2 to PDF through WeasyPrint, with the fonts of this machine and nothing from outside.

A paper extends `papers/base.html`. The same context gives the same bytes. What no font can draw is named before
anything is drawn, because a PDF prints an empty box and still lets itself be searched as if all were well.
"""

import io
import re
import threading
import unicodedata
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from html import unescape
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string

from core.policy import Finding, Refused, plain

SONG, FANG = (
    "Noto Serif CJK SC",
    "FandolFang",
)  # one covers all that was tried, the other is the face of official papers
APT_LINE = (
    "apt-get install --no-install-recommends libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0 fonts-noto-cjk "
    "texlive-lang-chinese"
)
# Spaces that FandolFang has. Pango draws a space with the font of the letter before it, so another one may be a box.
SPACES = frozenset(" \u00a0\u3000")
BREAKS = frozenset("\t\n\r")
A4 = (595.28, 841.89)  # in points


class Unavailable(Exception):
    """This machine cannot make PDFs; the argument is the sentence to show, with the line an administrator types."""


@dataclass(frozen=True)
class Mark:
    """What stands at the top of every page: a code in print, and a QR that leads to `link(page number)`."""

    code: str
    link: Callable[[int], str]

    def css(self, pages: int) -> str:
        return "".join(
            f'@page :nth({page}){{@top-right{{content:url("{qr_data_uri(self.link(page), mm=16)}") "\\A {self.code}"}}}}'
            for page in range(1, pages + 1)
        )


def render(template_name: str, context: Mapping[str, Any], *, mark: Mark | None = None) -> bytes:
    """The paper as PDF. Raises Unavailable without Pango or Chinese fonts, Refused when a character has no font."""
    _engine()  # before the template: whoever lacks Pango should read that first
    return to_pdf(render_to_string(template_name, dict(context)), mark=mark)


def render_together(
    template_name: str,
    papers: Sequence[tuple[Mapping[str, Any], Mark | None]],
    *,
    between: Callable[[], object] = lambda: None,
) -> tuple[bytes, list[int]]:
    """Papers of one kind in one file, and how many pages each has; see `together`. Raises as `render` does."""
    _engine()
    pages = [(render_to_string(template_name, dict(context)), mark) for context, mark in papers]
    return together(pages, between=between)


def to_pdf(html: str, *, mark: Mark | None = None) -> bytes:
    """Lay out a page that templates made; nothing a person typed may be markup in it."""
    made, _ = together([(html, mark)])
    return made


def together(
    papers: Sequence[tuple[str, Mark | None]], *, between: Callable[[], object] = lambda: None
) -> tuple[bytes, list[int]]:
    """Several papers in one file, each laid out alone, and how many pages each has; `between` is called after each.

    Their fonts are looked up and embedded once: most of what a paper costs, and nearly all of what it weighs.
    """
    weasyprint = _engine()
    printed = [_printed(html) for html, _ in papers]
    if missing := uncovered("".join(printed)):
        raise Refused([_no_font_for(missing)])
    fonts, companion = _fonts_for("".join(printed))
    fetcher = _data_fetcher()()

    def laid_out(html: str, mark: Mark | None, *, pages: int) -> Any:
        page = weasyprint.HTML(string=html, url_fetcher=fetcher)
        while True:  # the QR of a page can be written only when one knows that the page is there
            sheet = companion + (mark.css(pages) if mark else "")
            own = weasyprint.CSS(string=sheet, url_fetcher=fetcher, font_config=fonts)
            document = page.render(stylesheets=[own], font_config=fonts)
            if mark is None or len(document.pages) <= pages:
                between()
                return document
            pages = len(document.pages)

    documents: list[Any] = []
    for html, mark in papers:  # each is expected to be no longer than those before it: papers of one kind are alike
        expected = max((len(document.pages) for document in documents), default=4)
        documents.append(laid_out(html, mark, pages=expected))
    whole = documents[0]
    if len(documents) > 1:
        whole = whole.copy([page for document in documents for page in document.pages])
    made: bytes = whole.write_pdf()
    # WeasyPrint prints a paper without what it could not load, and a paper without its picture is a false paper.
    if fetcher.refused:
        raise RuntimeError(f"papers load nothing: {fetcher.refused[0][:80]}")
    return made, [len(document.pages) for document in documents]


@dataclass(frozen=True)
class Title:
    """A line of the contents that readers show beside the pages, with the lines below it."""

    words: str
    pages: int
    within: Sequence["Title"] = ()


def one_behind_another(
    parts: Sequence[tuple[bytes, Sequence[Title]]], *, contents: bytes = b"", on_fronts: bool = False
) -> bytes:
    """Files made here as one, with a list of what is in it that readers show beside the pages.

    A printed `contents` stands in front. Readers count its pages i, ii and what follows from 1, so it can be laid out
    before anybody knows how long it is. `on_fronts`: printed on both sides, no sheet holds pages of two titles; where
    one ends on a front, an empty back follows.
    """
    import pikepdf

    firsts = iter(first_pages([title.pages for _, titles in parts for title in titles], on_fronts=on_fronts))
    whole = pikepdf.new()
    with whole.open_outline() as outline:
        if contents:
            with pikepdf.open(io.BytesIO(contents)) as front:
                whole.pages.extend(front.pages)
            _leave_empty(whole, to=len(whole.pages) + len(whole.pages) % 2 if on_fronts else 0)
            outline.root.append(pikepdf.OutlineItem("目录", 0))
        before = len(whole.pages)
        for data, titles in parts:
            with pikepdf.open(io.BytesIO(data)) as part:
                taken = 0
                for title in titles:
                    _leave_empty(whole, to=before + next(firsts) - 1)
                    outline.root.append(_item(title, at=len(whole.pages)))
                    whole.pages.extend(part.pages[taken : taken + title.pages])
                    taken += title.pages
                whole.pages.extend(part.pages[taken:])  # all of it, where nobody has said what is in it
    if contents:
        whole.Root.PageLabels = pikepdf.Dictionary(
            Nums=[0, pikepdf.Dictionary(S=pikepdf.Name.r), before, pikepdf.Dictionary(S=pikepdf.Name.D)]
        )
    made = io.BytesIO()
    whole.save(made, deterministic_id=True)
    return made.getvalue()


def first_pages(lengths: Sequence[int], *, on_fronts: bool = False) -> list[int]:
    """On which page, counted from 1, each of these begins when they stand one behind another."""
    found, at = [], 1
    for length in lengths:
        at += on_fronts and at % 2 == 0
        found.append(at)
        at += length
    return found


def _leave_empty(whole: Any, *, to: int) -> None:
    """Empty pages until there are so many."""
    while len(whole.pages) < to:
        whole.add_blank_page(page_size=A4)


def _item(title: Title, *, at: int) -> Any:
    import pikepdf

    item = pikepdf.OutlineItem(title.words, at)
    for one in title.within:
        item.children.append(pikepdf.OutlineItem(one.words, at))
        at += one.pages
    return item


def pages_of(data: bytes) -> int:
    """How many pages a paper made here has."""
    import pikepdf

    with pikepdf.open(io.BytesIO(data)) as document:
        return len(document.pages)


def uncovered(text: str) -> list[str]:
    """The characters of a text that this machine's fonts cannot print, each once, in their order.

    Raises Unavailable without Chinese fonts.
    """
    if not {FANG, SONG} & font_files().keys():
        raise Unavailable(_sentence("中文字体"))
    return [sign for sign in dict.fromkeys(text) if not _can_print(sign)]


def unprintable(text: str) -> Finding | None:
    """What `to_pdf` would say of a paper with this text; nothing where no PDF can be made at all.

    Asked of what is typed, long before it is printed: whoever typed it can still mend it.
    """
    missing = uncovered(text) if has_fonts() else []
    return _no_font_for(missing) if missing else None


@cache
def has_fonts() -> bool:
    try:
        uncovered("")
    except Unavailable:
        return False
    return True


def _no_font_for(missing: list[str]) -> Finding:
    named = "、".join(f"“{sign}”（U+{ord(sign):04X}）" for sign in missing[:10])
    advice = "请核对是否误用了特殊符号；确为姓名用字的，请由市科技局联系平台维护人员补充字体。"
    return plain("E-FONT", f"以下字符没有字体可以打印：{named}。{advice}")


def qr_data_uri(text: str, *, mm: float = 20) -> str:
    """A QR code as a drawing of `mm` millimetres with its quiet zone, for papers and pages."""
    from zxingcpp import BarcodeFormat, create_barcode, write_barcode_to_image

    modules: Any = write_barcode_to_image(create_barcode(text, BarcodeFormat.QRCode, ec_level="M"))
    side, dots = modules.shape[0], bytes(modules)
    path, x, y = "M0 .5", 0, 0
    for row in range(side):
        for run in re.finditer(rb"\0+", dots[row * side : (row + 1) * side]):  # 0 is black
            path += f"m{run.start() - x} {row - y}h{run.end() - run.start()}"
            x, y = run.end(), row
    drawing = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{mm}mm" height="{mm}mm" viewBox="0 0 {side} {side}">'
        f'<path stroke="#000" d="{path}"/></svg>'
    )
    return f"data:image/svg+xml;base64,{b64encode(drawing.encode()).decode()}"


# --- fonts ------------------------------------------------------------------------------------------------------------


def _can_print(sign: str) -> bool:
    category = unicodedata.category(sign)
    if category == "Zs":
        return sign in SPACES
    if category in ("Cc", "Cs", "Co", "Cn", "Zl", "Zp"):
        return sign in BREAKS
    # The stylesheets name both faces, wherever they name one.
    return category == "Cf" or any(ord(sign) in _drawn_by(family) for family in (FANG, SONG))


@cache
def _drawn_by(family: str) -> frozenset[int]:
    from fontTools.ttLib import TTFont

    if not (path := font_files().get(family)):
        return frozenset()
    # The faces of a collection differ in their shapes, not in what they cover.
    with TTFont(path, fontNumber=0, lazy=True) as font:
        return frozenset(font.getBestCmap())


@cache
def font_files() -> dict[str, str]:
    """The file of each family that fontconfig knows, its regular face first."""
    _engine()
    from weasyprint.text.ffi import ffi, fontconfig

    def text(pattern: Any, name: bytes) -> Iterator[str]:
        value, number = ffi.new("FcChar8 **"), 0
        while fontconfig.FcPatternGetString(pattern, name, number, value) == 0:
            yield ffi.string(value[0]).decode()
            number += 1

    config = ffi.gc(fontconfig.FcInitLoadConfigAndFonts(), fontconfig.FcConfigDestroy)
    fonts = fontconfig.FcConfigGetFonts(config, fontconfig.FcSetSystem)
    found: dict[str, tuple[bool, str]] = {}
    for pattern in (fonts.fonts[number] for number in range(fonts.nfont)):
        path = next(text(pattern, b"file"))
        rank = ("Regular" not in path, path)
        for family in text(pattern, b"family"):
            found[family] = min(found.get(family, rank), rank)
    return {family: path for family, (_, path) in found.items()}


def _fonts_for(text: str) -> tuple[Any, str]:
    """Where fonts are looked up, and the rule that brings the companion of FandolFang for this text.

    Looking them up takes as long as a small paper, so a thread keeps them; but not those of a text with rare
    characters, because two faces of one name would be mixed up.
    """
    from weasyprint.text.fonts import FontConfiguration

    rare = frozenset(map(ord, text)) - _drawn_by(FANG) if FANG in font_files() else frozenset()
    if rare:
        return FontConfiguration(), _companion(rare)
    if not hasattr(_of_thread, "fonts"):
        _of_thread.fonts = FontConfiguration()
    return _of_thread.fonts, _companion(rare)


_of_thread = threading.local()


@lru_cache(maxsize=64)
def _companion(rare: frozenset[int]) -> str:
    """DocNum, a face made of Noto Serif for what FandolFang lacks: letters and digits with serifs, `rare` characters.

    Noto Serif itself would do, but it is taller and sits lower: each line that holds a digit or a rare name would be
    stretched, its characters shifted, and 22 lines no longer fit a page. So DocNum takes Fandol's height and
    baselines. It keeps all spaces, because Pango draws a space with the font before it, whether that has it or not.
    """
    if not {FANG, SONG} <= font_files().keys():
        return ""
    from fontTools import subset
    from fontTools.ttLib import TTFont

    options = subset.Options(name_IDs=[], layout_features=[], notdef_outline=True, hinting=False)
    options.drop_tables = [*options.drop_tables, "VORG", "vhea", "vmtx", "GSUB", "GPOS"]
    spaces = [point for point in range(0x3001) if unicodedata.category(chr(point)) == "Zs"]
    made = io.BytesIO()
    song = font_files()[SONG]
    with (
        TTFont(font_files()[FANG]) as fang,
        TTFont(song, fontNumber=_face(song), lazy=True, recalcTimestamp=False) as font,
    ):
        subsetter = subset.Subsetter(options)
        subsetter.populate(unicodes=[*range(0x21, 0x7F), *spaces, *rare])
        subsetter.subset(font)
        for table, measures in {
            "hhea": ("ascent", "descent", "lineGap"),
            "OS/2": ("sTypoAscender", "sTypoDescender", "sTypoLineGap", "usWinAscent", "usWinDescent"),
        }.items():
            for measure in measures:  # both count in thousandths
                setattr(font[table], measure, getattr(fang[table], measure))
        font["BASE"] = fang["BASE"]
        font["name"].names = []
        for number, name in ((1, "DocNum"), (2, "Regular"), (4, "DocNum"), (6, "DocNum")):
            font["name"].setName(name, number, 3, 1, 0x409)
        font["CFF "].cff.fontNames = ["DocNum"]
        font.save(made)
    source = f"data:font/otf;base64,{b64encode(made.getvalue()).decode()}"
    return f'@font-face{{font-family:"DocNum";src:url("{source}")}}'


def _face(path: str) -> int:
    """Which face of a collection is SONG."""
    from fontTools.ttLib import TTCollection

    with TTCollection(path, lazy=True) as collection:
        names = [font["name"].getDebugName(1) for font in collection]
    return names.index(SONG) if SONG in names else 0


# --- WeasyPrint, imported late because it fails on import where Pango is missing -------------------------------------


@cache
def _engine() -> Any:
    try:
        import weasyprint
    except OSError:
        raise Unavailable(_sentence("排版组件")) from None
    return weasyprint


def _sentence(what: str) -> str:
    told = settings.BASE_DIR / "var" / "missing"  # the set-up writes down what it could not fetch
    line = told.read_text().strip() if told.exists() else APT_LINE
    return f"本机缺少生成PDF所需的{what}，其他功能不受影响。请系统管理员执行：{line}，然后重新启动平台。"


@cache
def _data_fetcher() -> Any:
    from weasyprint.urls import URLFetcher

    class OnlyData(URLFetcher):
        """Refuses every address, and remembers that it had to; what a paper shows is in it."""

        def __init__(self) -> None:
            super().__init__(allowed_protocols=["data"])
            self.refused: list[str] = []

        def fetch(self, url: str, headers: Mapping[str, str] | None = None) -> Any:
            if not url.startswith("data:"):
                self.refused.append(url)
                raise ValueError("refused")
            return super().fetch(url, headers)

    return OnlyData


def _printed(html: str) -> str:
    """What of a page may become ink, and a little more: all but tags and style sheets."""
    html = re.sub(r"<style\b.*?</style>", "", html, flags=re.DOTALL | re.IGNORECASE)
    return unescape(re.sub(r"<[^>]*>", "", html))
