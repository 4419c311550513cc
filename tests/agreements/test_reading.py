"""What a scan says by itself, beside what was entered: pure reading of text and boxes, and one real paper."""

import io
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pikepdf
import pytest

from agreements.reviewing import reading
from agreements.reviewing.reading import Asked, Place, asked_of, plain, read
from core import files
from core.files import TextOfPage
from tests.cast import Season

# As WeasyPrint's paper reads, cell by cell.
PAPER = (
    "三方协议书派出单位名称示范农林学院信用代码1213联系人联系人派驻单位名称滹沱示范谷物种植专业合作社信用代码9313所在地正定县"
    "特派员姓名张昇职称副高级证件号码139999198509230031为推动一、服务期限自2026年5月12日起至2027年12月31日止。"
    "（一）服务内容。小麦、谷子高产栽培技术指导；新品种引进示范。（二）年度目标。丙方每年到乙方现场服务不少于12次；组织技术培训不少于2场。三、各方责任"
    "甲方（派出单位）（盖章）代表人：D-7v1"
)


def page(text: str) -> TextOfPage:
    """Ten signs in a line, each one per cent wide and two high."""
    boxes = [(place % 10, place // 10 * 3, place % 10 + 1, place // 10 * 3 + 2) for place in range(len(text))]
    return TextOfPage(text, boxes)


ASKED = [
    Asked("specialist", "姓名", "张　昇", r"姓名(?P<v>.{1,60}?)职称"),
    Asked("id_number", "证件号码", "139999198509230031", r"证件号码(?P<v>\d{17}[\dXx])", is_number=True),
    Asked("period", "服务期限", "2026年5月12日起至2027年6月30日", r"自(?P<v>\d{4}年.{3,6}起至\d{4}年.{3,7})止"),
    Asked("visits", "到现场服务", "12次", r"每年服务(?P<v>\d+次)"),
    Asked("content", "服务内容", "没有写进协议的话", r"没有这样的开头(?P<v>.+)"),
]


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> list[reading.Read]:
    monkeypatch.setattr(reading, "asked_of", lambda agreement: ASKED)
    agreement: Any = SimpleNamespace()
    return read(agreement, [page("封面"), page(PAPER)])


def test_a_value_is_the_same_differs_or_was_not_found(rows: list[reading.Read]) -> None:
    assert [(row.key, row.entered, row.paper, row.state) for row in rows[:5]] == [
        ("specialist", "张　昇", "张　昇", "same"),
        ("id_number", "139999********0031", "139999********0031", "same"),
        ("period", "2026年5月12日起至2027年6月30日", "2026年5月12日起至2027年12月31日", "differs"),
        ("visits", "12次", "12次", "same"),  # by its own words, where the paper puts them otherwise
        ("content", "没有写进协议的话", "", "unread"),
    ]


def test_a_value_is_shown_where_it_stands_line_by_line(rows: list[reading.Read]) -> None:
    start = PAPER.index("2026年5月12日起")

    first, *_ = rows[2].places

    assert first == Place(2, start % 10, start // 10 * 3, 10 - start % 10, 2)
    assert sum(place.w for place in rows[2].places) == len("2026年5月12日起至2027年12月31日")
    assert rows[4].places == []
    assert rows[0].where.startswith("2,")


def test_a_picture_says_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    agreement: Any = SimpleNamespace()

    assert read(agreement, [page(""), page("")]) == []


def test_blanks_and_radicals_of_a_font_are_no_difference() -> None:
    assert plain("张\u3000⽂ A（") == ("张文A（", [0, 2, 4, 5])


def test_our_own_paper_is_read_whole(season: Season) -> None:
    agreement = season.agreement(season.selected("P3"), season.h4)
    text = PAPER.replace("D-7", agreement.draft_code)

    rows = read(agreement, [page(text)])

    assert {row.key: row.state for row in rows if row.key != "signatures"} == dict.fromkeys(
        [one.key for one in asked_of(agreement)], "same"
    )
    assert "139999198509230031" not in str(rows)  # of the number only its ends
    other = read(replace_content(agreement), [page(text)])
    assert [row.key for row in other if row.state == "differs"] == ["content"]


def replace_content(agreement: Any) -> Any:
    agreement.service_content = "别的内容"
    return agreement


def test_the_layer_of_a_turned_page_is_where_the_reader_sees_it(season: Season) -> None:
    """A line of text at the top of an upright page; the same page turned by 90 degrees has it at its right edge."""
    found = {}
    for turn in (0, 90):
        stored = files.keep(written("D-12 v1", turn), name="x.pdf", kind="pdf", purpose="agreement-scan", by=None)
        [layer] = files.text_layer(stored, most_pages=3)
        assert layer.signs == "D-12v1"
        left, top, right, bottom = layer.boxes[0]
        found[turn] = (round((left + right) / 20), round((top + bottom) / 20))

    assert found == {0: (1, 1), 90: (9, 1)}


def written(text: str, turn: int) -> bytes:
    paper = pikepdf.new()
    paper.add_blank_page(page_size=(500, 500))
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    paper.pages[0].Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=paper.make_indirect(font)))
    paper.pages[0].Contents = paper.make_stream(f"BT /F1 12 Tf 50 446 Td ({text}) Tj ET".encode())
    paper.pages[0].Rotate = turn
    file = io.BytesIO()
    paper.save(file)
    return file.getvalue()


def test_the_words_asked_for_are_those_of_the_page() -> None:
    asked = ASKED[1]

    assert (asked.shown, replace(asked, is_number=False).shown) == ("139999********0031", "139999198509230031")
