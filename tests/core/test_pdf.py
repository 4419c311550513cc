import builtins
import io
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import pairwise
from typing import Any

import pikepdf
import pypdfium2
import pytest
import time_machine
import zxingcpp
from django.template import engines
from PIL import Image, ImageChops, ImageDraw, ImageFont

from core import pdf
from core.pdf import FANG, SONG, Mark, Unavailable, font_files, qr_data_uri, to_pdf, uncovered
from core.policy import Refused
from tests.core import hostile

MM = 25.4 / 72  # of a point

PAPER = """{% extends "papers/base.html" %}
{% block title %}三方协议书{% endblock %}
{% block paper %}<h1>三方协议书</h1><h2>一、服务期限</h2>
<p><span class="kai">（一）甲方。</span>{{ name }}（以下称丙方）自2026年12月1日起服务，
补助600.00元。</p>{% endblock %}"""


@pytest.fixture(autouse=True)
def _fonts_or_skip() -> None:
    try:
        missing = {FANG, SONG} - font_files().keys()
    except Unavailable as reason:
        pytest.skip(f"PAPERS NOT TESTED: {reason}")
    if missing:
        pytest.skip(f"PAPERS NOT TESTED: no {missing} on this machine")


@pytest.fixture(autouse=True)
def _no_complaints(caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """WeasyPrint only logs what it does not understand, and prints the paper without it."""
    yield
    assert [record.getMessage() for record in caplog.records if record.levelno >= logging.WARNING] == []


def html(source: str, **context: object) -> str:
    return engines["jinja2"].from_string(source).render(context)


def paper(body: str, **context: object) -> str:
    return html(f'{{% extends "papers/base.html" %}}{{% block paper %}}{body}{{% endblock %}}', **context)


def picture(made: bytes, page: int = 0, dpi: int = 144) -> Image.Image:
    return pypdfium2.PdfDocument(made)[page].render(scale=dpi / 72).to_pil().convert("L")


# --- faces ------------------------------------------------------------------------------------------------------------


def test_the_faces_of_official_papers_are_in_the_file() -> None:
    with pikepdf.open(io.BytesIO(to_pdf(html(PAPER, name="李喆")))) as document:
        names = {str(item.FontName).partition("+")[2] for item in document.objects if "/FontName" in keys(item)}

    # 正文仿宋, digits, the rare character, 小标宋, 黑体, 楷体
    assert names == {"FandolFang", "DocNum", "Noto-Serif-CJK-SC", "Noto-Serif-CJK-SC-Bold", "FandolHei", "FandolKai"}


def keys(item: object) -> set[str]:
    return set(item.keys()) if isinstance(item, pikepdf.Dictionary) else set()


RARE = {"喆", "垚", "骉", "䶮", "堃", "珺", "㎡"}


@pytest.mark.parametrize("sign", [*"张国昌派驻（）、。“", *"喆垚骉䶮堃珺㎡", *"2026D"])
def test_each_character_is_drawn_as_itself(sign: str) -> None:
    """By its ink: text can be copied rightly out of a PDF whose page shows boxes or other characters."""
    got = ink(
        picture(to_pdf(paper(f'<p class="flush" style="font-size:100pt;line-height:1.2">{sign}</p>'))).crop(
            (0, 200, 1190, 640)
        )
    )

    assert likeness(got, drawn(sign)) > 0.8
    assert max(likeness(got, drawn(other)) for other in "口田国喆8") < 0.75 or sign in "口田国喆8"


def ink(page: Image.Image) -> Image.Image:
    box = ImageChops.invert(page).getbbox()
    assert box, "nothing is printed"
    return page.crop(box)


def drawn(sign: str) -> Image.Image:
    """The same character by another program, from the font that it should come from."""
    song = sign in RARE or sign.isascii()
    font = ImageFont.truetype(
        font_files()[SONG if song else FANG], 200, index=pdf._face(font_files()[SONG]) if song else 0
    )
    canvas = Image.new("L", (400, 400), "white")
    ImageDraw.Draw(canvas).text((100, 50), sign, "black", font)
    return ink(canvas)


def likeness(one: Image.Image, other: Image.Image) -> float:
    """Share of ink in common; shapes of other proportions have none."""
    if not 0.9 < (one.width / one.height) / (other.width / other.height) < 1.1:
        return 0
    size = (64, 64)
    a, b = ({n for n, dot in enumerate(each.resize(size).tobytes()) if dot < 128} for each in (one, other))
    return len(a & b) / len(a | b)


@pytest.mark.parametrize("before", ["2", "张", "喆"], ids=["digit", "Fandol", "Noto"])
@pytest.mark.parametrize("space", [" ", "\u00a0", "\u3000"], ids=["plain", "no-break", "ideographic"])
def test_a_space_is_never_a_box(before: str, space: str) -> None:
    # Pango draws a space with the font of the character before it, whether that font has it or not.
    size = "font-size:60pt;line-height:1.5;white-space:pre"
    with_space = picture(to_pdf(paper(f'<p class="flush" style="{size}">{before}{space}十</p>')))
    without = picture(to_pdf(paper(f'<p class="flush" style="{size}">{before}十</p>')))

    assert dark(with_space) == pytest.approx(dark(without), rel=0.02)


def dark(page: Image.Image) -> int:
    return sum(255 - dot for dot in page.crop((0, 150, 1190, 600)).tobytes())


# --- what has no font -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("李喆、王垚、马骉、䶮，2026年 D-1187 v2\u3000㎡℃“”—…①", ""),
        ("𬭼𠮷", ""),
        ("张\ue863三\ue863", "\ue863"),
        ("甲\u2002乙", "\u2002"),
        ("签字🖊", "🖊"),
        ("a\x01b\n\t", "\x01"),
        ("\U0002a6a5四个龙", "\U0002a6a5"),
        ("零宽\u200b不印", ""),
    ],
)
def test_characters_without_a_font_are_named(text: str, named: str) -> None:
    assert "".join(uncovered(text)) == named


def test_no_paper_is_made_with_a_character_that_would_be_a_box() -> None:
    with pytest.raises(Refused) as refused:
        to_pdf(html(PAPER, name="李\ue863").replace("以下称", "&#x1F58A;"))

    (finding,) = refused.value.findings
    assert finding.code == "E-FONT"
    assert "“\ue863”（U+E863）、“🖊”（U+1F58A）" in finding.message


def test_a_text_is_judged_before_it_is_printed_in_the_words_of_the_printer() -> None:
    with pytest.raises(Refused) as refused:
        to_pdf(html(PAPER, name="签字🖊"))

    assert [pdf.unprintable("签字🖊")] == refused.value.findings
    assert pdf.unprintable("李喆、王垚、马骉、䶮") is None


def test_where_nothing_can_be_printed_no_text_is_refused(monkeypatch) -> None:
    monkeypatch.setattr(pdf, "font_files", lambda: {"DejaVu Sans": "/usr/share/fonts/dejavu.ttf"})
    monkeypatch.setattr(pdf, "has_fonts", pdf.has_fonts.__wrapped__)

    assert pdf.unprintable("签字🖊") is None


def test_a_machine_without_pango_is_told_what_to_install(monkeypatch, settings, tmp_path) -> None:
    settings.BASE_DIR = tmp_path
    real = builtins.__import__

    def without_pango(name: str, *args: object, **kwargs: object) -> object:
        if name == "weasyprint":
            raise OSError("cannot load library 'libpango-1.0-0'")
        return real(name, *args, **kwargs)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without_pango)
    with pytest.raises(Unavailable, match=r"排版组件.*apt-get install .*libpango-1.0-0.*，然后重新启动平台。"):
        pdf._engine.__wrapped__()

    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "missing").write_text("apt-get install --no-install-recommends libpango-1.0-0\n")
    with pytest.raises(Unavailable, match=r"执行：apt-get install --no-install-recommends libpango-1.0-0，"):
        pdf._engine.__wrapped__()


def test_a_machine_without_chinese_fonts_is_told_what_to_install(monkeypatch) -> None:
    monkeypatch.setattr(pdf, "font_files", lambda: {"DejaVu Sans": "/usr/share/fonts/dejavu.ttf"})

    with pytest.raises(Unavailable, match=r"中文字体.*fonts-noto-cjk"):
        to_pdf("<p>a</p>")


# --- measures ---------------------------------------------------------------------------------------------------------


def lines(made: bytes, left: int = 0) -> list[float]:
    """The tops of the lines of the first page, in points, looked at from `left` to 450 points."""
    image = picture(made, dpi=288).crop((left * 4, 0, 1800, 3000))
    inked = [row < 255 for row in image.reduce((image.width, 1)).tobytes()]
    return [row / 4 for row in range(1, len(inked)) if inked[row] and not inked[row - 1]]


def test_a_page_holds_22_lines_of_28_characters() -> None:
    made = to_pdf(paper(f'<p class="flush">{"国" * 28 * 44}</p>'))

    assert len(pypdfium2.PdfDocument(made)) == 2
    tops = lines(made)
    assert len(tops) == 22
    assert [lower - upper for upper, lower in pairwise(tops)] == pytest.approx([28.99] * 21, abs=0.3)
    left, _, right, _ = ImageChops.invert(picture(made).crop((0, 0, 1190, 1500))).getbbox() or (0, 0, 0, 0)
    assert left / 2 * MM == pytest.approx(28, abs=1)
    assert right / 2 * MM == pytest.approx(210 - 26, abs=1)


@pytest.mark.parametrize("mixed", ["2026年D-1187国", "国1国", "喆国", "国骉2026"])
def test_digits_and_rare_characters_stretch_no_line(mixed: str) -> None:
    # Compared where the characters are the same: at the end of the line.
    plain, other = (
        lines(to_pdf(paper("".join(f'<p class="flush">{text}</p>' for _ in range(22)))), left=400)
        for text in ("国" * 28, f"{mixed}{'国' * 20}")
    )

    assert len(plain) == 22
    assert other == pytest.approx(plain, abs=0.3)


def test_page_numbers_stand_outside_and_the_mark_on_every_page() -> None:
    mark = Mark("D-1187 v2", lambda page: f"https://kjtpy.example.gov.cn/q/9f86d081884c7d659a2feaa0c55ad015/{page}")
    made = to_pdf(paper(f'<p class="flush">{"国" * 28 * 22 * 6}</p>'), mark=mark)

    pages = pypdfium2.PdfDocument(made)
    texts = [page.get_textpage().get_text_range() for page in pages]
    assert ["D-1187 v2" in text for text in texts] == [True] * 6
    assert [f"— {number} —" in text for number, text in enumerate(texts, start=1)] == [True] * 6
    for number in (1, 2, 6):
        shown = picture(made, number - 1, dpi=300)
        assert read_qr(shown) == matrix(mark.link(number))
        read = zxingcpp.read_barcode(shown)
        assert read
        assert (read.text, read.ec_level) == (mark.link(number), "M")
    halves = [picture(made, page).crop((0, 1520, 1190, 1684)) for page in (0, 1)]
    sides = [(ImageChops.invert(half).getbbox() or (0,))[0] > 595 for half in halves]
    assert sides == [True, False]


def matrix(text: str) -> list[list[int]]:
    """Its modules, without the quiet zone."""
    code: Any = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")
    rows: Any = memoryview(code.to_image(add_quiet_zones=False)).tolist()
    return [[int(dot == 0) for dot in row] for row in rows]


def read_qr(page: Image.Image) -> list[list[int]]:
    """The modules of the QR at the upper right, read off the picture."""
    corner = page.crop((page.width // 2, 0, page.width, 320))
    left, top, right, _ = (corner.point(lambda dot: 255 if dot < 128 else 0)).getbbox() or (0, 0, 0, 0)
    side = right - left  # the code in print below is narrower, and shorter than the QR is wide
    count = len(matrix("https://kjtpy.example.gov.cn/q/9f86d081884c7d659a2feaa0c55ad015/1"))
    middles = [(number + 0.5) * side / count for number in range(count)]
    dots = [[corner.getpixel((int(left + x), int(top + y))) for x in middles] for y in middles]
    return [[int(isinstance(dot, int) and dot < 128) for dot in row] for row in dots]


def test_a_ledger_lies_across_and_repeats_its_head() -> None:
    rows = "".join(f"<tr><td>{number}</td><td class='n'>1,800.00</td></tr>" for number in range(60))
    made = to_pdf(
        html(
            '{% extends "papers/base.html" %}{% block style %}{% include "papers/ledger.css" %}{% endblock %}'
            '{% block paper %}<section class="ledger"><div class="made">校验码 7F3A</div><h1>台账</h1>'
            f"<table><thead><tr><th>序号</th><th>补助金额</th></tr></thead><tbody>{rows}</tbody></table>"
            "</section>{% endblock %}"
        )
    )

    pages = pypdfium2.PdfDocument(made)
    texts = [page.get_textpage().get_text_range() for page in pages]
    assert pages[0].get_size()[0] > pages[0].get_size()[1]
    assert len(texts) >= 3
    assert all("补助金额" in text and "校验码 7F3A" in text for text in texts)
    assert [f"第 {number} 页　共 {len(texts)} 页" in text for number, text in enumerate(texts, start=1)] == [
        True
    ] * len(texts)


# --- the same bytes, and nothing from outside -------------------------------------------------------------------------


def test_the_same_context_gives_the_same_bytes_at_any_time_in_any_process() -> None:
    source = html(PAPER, name="李喆")
    with time_machine.travel(datetime(2027, 12, 31, 23, 59)):
        made = to_pdf(source, mark=Mark("D-1187 v2", str))
    child = "import django, sys; django.setup(); from core.pdf import Mark, to_pdf;"
    child += "sys.stdout.buffer.write(to_pdf(sys.stdin.buffer.read().decode(), mark=Mark('D-1187 v2', str)))"
    again = subprocess.run(
        [sys.executable, "-c", child],
        input=source.encode(),
        capture_output=True,
        check=True,
        env={**os.environ, "DJANGO_SETTINGS_MODULE": "config.settings_test", "PYTHONHASHSEED": "7"},
    )

    assert made == again.stdout
    assert made.startswith(b"%PDF-")


def test_papers_made_one_after_the_other_do_not_touch_each_other() -> None:
    source = html(PAPER, name="马骉垚喆")
    with ThreadPoolExecutor(1) as another:  # which has looked up no fonts yet
        alone = another.submit(to_pdf, source).result()

    for name in ("李喆", "王垚", "张国"):
        to_pdf(html(PAPER, name=name))

    assert to_pdf(source) == alone


@pytest.mark.parametrize(
    "source",
    [
        '<img src="file:///etc/passwd">',
        '<img src="http://127.0.0.1:9/a.png">',
        '<img src="HTTPS://example.cn/a.png">',
        '<link rel="attachment" href="file:///etc/passwd">',
        '<a rel="attachment" href="file:///etc/passwd">附件</a>',
        '<link rel="stylesheet" href="file:///etc/passwd">',
        '<style>@import "http://127.0.0.1:9/a.css";</style>',
        "<style>@font-face{font-family:A;src:url(file:///etc/passwd)} p{font-family:A}</style><p>a</p>",
        '<p style="background:url(ftp://127.0.0.1/a.png)">a</p>',
        '<object data="file:///etc/passwd"></object>',
        '<embed src="file:///etc/passwd">',
        '<svg><image href="file:///etc/passwd"/></svg>',
        '<img src="data:image/svg+xml;base64,'
        'PHN2ZyB4bWxucz0iaHR0cDovL3d3dy53My5vcmcvMjAwMC9zdmciPjxpbWFnZSBocmVmPSJmaWxlOi8vL2V0Yy9wYXNzd2QiLz48L3N2Zz4=">',
    ],
)
def test_a_paper_reaches_for_nothing(source: str) -> None:
    with pytest.raises(RuntimeError, match="papers load nothing"):
        to_pdf(f"<p>a</p>{source}")


def test_what_a_person_typed_is_printed_and_not_obeyed() -> None:
    typed = '<img src="file:///etc/passwd"><link rel=attachment href="file:///etc/passwd">'

    made = to_pdf(html(PAPER, name=typed))

    text = pypdfium2.PdfDocument(made)[0].get_textpage().get_text_range()
    assert 'file:///etc/passwd"><link' in "".join(text.split())
    with pikepdf.open(io.BytesIO(made)) as document:
        assert len(document.attachments) == 0


def test_a_qr_is_as_large_as_asked_and_needs_no_file() -> None:
    uri = qr_data_uri("https://kjtpy.example.gov.cn/q/1", mm=20)

    assert uri.startswith("data:image/svg+xml;base64,")
    assert uri == qr_data_uri("https://kjtpy.example.gov.cn/q/1", mm=20)
    made = to_pdf(f'<style>@page{{margin:0}}</style><img src="{uri}" style="display:block">')
    left, _, right, _ = ImageChops.invert(picture(made, dpi=254)).getbbox() or (0, 0, 0, 0)
    assert (right - left) / 10 == pytest.approx(
        20 * 29 / 37, abs=0.3
    )  # 29 modules of version 3, four of quiet at each side


@pytest.mark.parametrize(
    ("on_fronts", "labels"),
    [
        pytest.param(False, "i 1 2 3 4 5 6 7 8", id="one behind another"),
        pytest.param(True, "i ii 1 2 3 4 5 6 7 8 9", id="each on a front"),
    ],
)
def test_papers_stand_behind_their_contents_where_it_says(on_fronts: bool, labels: str) -> None:
    """Two files: of three pages and two, and of three that nobody named."""
    lengths = [3, 2]
    parts = [(hostile.pdf(5), [pdf.Title(f"第{n}份", n) for n in lengths]), (hostile.pdf(3), [])]

    made = pdf.one_behind_another(parts, contents=hostile.pdf(), on_fronts=on_fronts)

    with pikepdf.open(io.BytesIO(made)) as whole, whole.open_outline() as outline:
        assert [page.label for page in whole.pages] == labels.split()
        leads: list[Any] = [item.destination for item in outline.root]
        marked = [whole.pages.index(pikepdf.Page(page)) for page, *_ in leads]
    front = 1 + on_fronts
    assert marked == [0, *(front - 1 + first for first in pdf.first_pages(lengths, on_fronts=on_fronts))]


def test_what_is_printed_on_both_sides_begins_on_a_front() -> None:
    assert pdf.first_pages([3, 2, 1, 1]) == [1, 4, 6, 7]
    assert pdf.first_pages([3, 2, 1, 1], on_fronts=True) == [1, 5, 7, 9]
