"""Whose pages these are: tables of pages, without files and without database."""

from typing import Any

import pytest

from agreements.scanning.enums import Outcome
from agreements.scanning.pairing import Piece, Printed, Sheet, pieces_of, together

# Papers of two pages, of agreements 11, 12, 13; of the last nobody counted the pages. 4 is an older version of 11.
PAPERS = {
    1: Printed(1, 11, "D-11 v2", 2, 2, 2),
    2: Printed(2, 12, "D-12 v1", 1, 2, 1),
    3: Printed(3, 13, "D-13 v1", 1, None, 1),
    4: Printed(4, 11, "D-11 v1", 1, 2, 2),
}


def sheets(words: str) -> list[Sheet]:
    """ "1.2" is page 2 of paper 1, "-" a page without a code, "_" a blank one, "x" another institution's, "?" a menu."""
    signs: dict[str, dict[str, Any]] = {
        "-": {},
        "_": {"blank": True},
        "x": {"foreign": True},
        "?": {"strange": True},
        "m": {"mixed": True},
    }
    found = []
    for number, word in enumerate(words.split(), start=1):
        more = signs.get(word)
        if more is None:
            paper, _, page = word.partition(".")
            more = {"paper": int(paper), "page": int(page)}
        found.append(Sheet(number, look=str(number), **more))
    return found


def told(pieces: list[Piece]) -> list[tuple[int | None, list[int], str]]:
    return [(piece.paper, piece.pages, piece.outcome.value) for piece in pieces]


@pytest.mark.parametrize(
    ("pages", "pieces"),
    [
        pytest.param("1.1 1.2", [(1, [1, 2], "waiting")], id="one paper"),
        pytest.param("1.2 1.1", [(1, [1, 2], "waiting")], id="the wrong way round"),
        pytest.param("1.1 -", [(1, [1, 2], "waiting")], id="a page that could not be read"),
        pytest.param("_ 1.1 _ 1.2 _", [(1, [1, 2, 3, 4, 5], "waiting")], id="blank backs"),
        pytest.param("1.1 1.2 -", [(1, [1, 2, 3], "waiting")], id="an annex"),
        pytest.param("1.1", [(1, [1], "incomplete")], id="a page is missing"),
        pytest.param("1.2 _", [(1, [1, 2], "incomplete")], id="a blank page is none that was missing"),
        pytest.param("3.1", [(3, [1], "waiting")], id="nobody knows how many there were"),
        pytest.param("4.1 4.2", [(4, [1, 2], "old_version")], id="an older version"),
        pytest.param("1.1 1.2 2.1 2.2", [(1, [1, 2], "waiting"), (2, [3, 4], "waiting")], id="two papers"),
        pytest.param("1.1 2.1 1.2 2.2", [(1, [1, 3], "waiting"), (2, [2, 4], "waiting")], id="two papers, shuffled"),
        pytest.param(
            "1.1 - 2.1 2.2", [(1, [1, 2], "waiting"), (2, [3, 4], "waiting")], id="the first one's second page"
        ),
        pytest.param(
            "1.1 1.2 - 2.2", [(1, [1, 2], "waiting"), (2, [3, 4], "waiting")], id="the second one's first page"
        ),
        pytest.param("1.1 - - 2.2", [(1, [1, 2], "waiting"), (2, [3, 4], "waiting")], id="one of each"),
        pytest.param(
            "1.1 - 2.2",
            [(1, [1], "incomplete"), (None, [2], "unpaired"), (2, [3], "incomplete")],
            id="of one of them, and nobody knows of which",
        ),
        pytest.param(
            "1.1 1.2 - 2.1 2.2", [(1, [1, 2, 3], "waiting"), (2, [4, 5], "waiting")], id="an annex of the first"
        ),
        pytest.param("- 1.1 1.2 2.1 2.2", [(1, [1, 2, 3], "waiting"), (2, [4, 5], "waiting")], id="a cover sheet"),
        pytest.param("x x", [(None, [1, 2], "foreign")], id="another institution's"),
        pytest.param(
            "1.1 1.2 x - 2.1 2.2",
            [(1, [1, 2], "waiting"), (None, [3], "foreign"), (None, [4], "unpaired"), (2, [5, 6], "waiting")],
            id="what lies behind another institution's is nobody's",
        ),
        pytest.param("? ?", [(None, [1, 2], "unpaired")], id="a code that is no id"),
        pytest.param("1.1 m", [(None, [1, 2], "unpaired")], id="two codes on one page"),
        pytest.param("_ _", [(None, [1, 2], "refused")], id="nothing but blank pages"),
        pytest.param("- -", [(None, [1, 2], "unpaired")], id="no code at all"),
    ],
)
def test_a_file_is_taken_apart_at_its_codes(pages: str, pieces: list[tuple[int | None, list[int], str]]) -> None:
    assert told(pieces_of(sheets(pages), PAPERS)) == pieces


@pytest.mark.parametrize(
    ("pages", "said"),
    [
        pytest.param("1.1 _ 1.2", "第2页是空白页。", id="blank"),
        pytest.param("1.1 1.2 " + "_ " * 298, "第3—300页是空白页。", id="many blank"),
        pytest.param("_ 1.1 _ _ 1.2 _", "第1、3—4、6页是空白页。", id="blank here and there"),
        pytest.param("1.1 1.2 1.1", "第3页与第1页重复。", id="twice"),
        pytest.param("1.2 1.1", "页序与打印的不同。", id="order"),
        pytest.param("1.1 -", "第2页没有读到二维码，按页数核对齐全。", id="unread"),
        pytest.param("1.1 1.2 -", "比打印的多1页，一并附上。", id="more"),
    ],
)
def test_what_a_reader_should_know_of_the_pages_is_said(pages: str, said: str) -> None:
    [piece] = pieces_of(sheets(pages), PAPERS)

    assert piece.notes == (said,)


def test_turned_pages_are_told() -> None:
    [piece] = pieces_of([Sheet(1, paper=1, page=1, turned=180), Sheet(2, paper=1, page=2, turned=90)], PAPERS)

    assert piece.notes == ("第1页倒置，查看时已转正。", "第2页横置，查看时已转正。")


def test_the_same_picture_twice_is_told_without_a_code() -> None:
    [piece] = pieces_of([Sheet(1, look="a"), Sheet(2, look="b"), Sheet(3, look="a")], PAPERS)

    assert piece.notes == ("第3页与第1页重复。",)


def test_words_that_name_one_agreement_pair_a_file_without_a_code() -> None:
    [one] = pieces_of([Sheet(1, named=(11,)), Sheet(2)], PAPERS)
    [two] = pieces_of([Sheet(1, named=(11, 12)), Sheet(2, named=(11,))], PAPERS)

    assert (one.agreement, one.outcome) == (11, Outcome.WAITING)
    assert (two.agreement, two.outcome) == (None, Outcome.UNPAIRED)


@pytest.mark.parametrize(
    ("files", "outcomes"),
    [
        pytest.param(["1.1 1.2", "2.1 2.2"], ["waiting", "waiting"], id="each its own"),
        pytest.param(["1.1", "1.2"], ["waiting", "waiting"], id="two photographs of one paper"),
        pytest.param(["1.2", "2.1", "1.1", "2.2"], ["waiting", "waiting"] * 2, id="photographs, shuffled"),
        pytest.param(["1.1 1.2", "1.1 1.2"], ["waiting", "again"], id="one code in two scans"),
        pytest.param(["1.1", "1.1 1.2"], ["again", "waiting"], id="the complete one counts"),
        pytest.param(["1.1", "1.1"], ["incomplete"] * 2, id="the same page twice is no paper"),
        pytest.param(["3.1", "3.2"], ["waiting"] * 2, id="photographs of a paper nobody counted"),
        pytest.param(["4.1", "4.2"], ["old_version"] * 2, id="an older version, in photographs"),
    ],
)
def test_the_files_of_a_batch_are_paired_together(files: list[str], outcomes: list[str]) -> None:
    found = together([pieces_of(sheets(pages), PAPERS) for pages in files], PAPERS)

    assert [one.piece.outcome.value for one in found] == outcomes
