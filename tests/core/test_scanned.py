"""What the pages of a scan show, in whatever state they come."""

import io

import pikepdf
import pypdfium2
import pytest
from PIL import Image

from core import scanned
from core.policy import Refused
from tests.core import hostile, scans

CODE = scans.ADDRESS.format(token=scans.TOKEN, page=1)


def look(data: bytes) -> scanned.Seen:
    return scanned.look(data, wanted="/agreements/check/")


@pytest.mark.parametrize("how", scans.DISTORTIONS)
def test_the_code_of_a_page_is_read_however_it_was_scanned(how: str) -> None:
    [page] = look(scans.as_pdf(scans.DISTORTIONS[how](scans.sheet()))).pages

    assert page.codes == (CODE,)
    assert page.turned == {"upside down": 180, "sideways": 90}.get(how, 0)
    assert not page.is_blank


def test_each_page_is_told_alone_and_more_than_one_child_looks_at_come_whole() -> None:
    pages = [scans.sheet(1), scans.drawn(""), scans.blank(), noisy_blank()]

    seen = look(scans.as_pdf(*pages, *[scans.blank()] * 10)).pages

    assert len(seen) == 14
    assert [page.codes for page in seen[:4]] == [(CODE,), (), (), ()]
    assert [page.is_blank for page in seen[:4]] == [False, False, True, True]
    assert seen[4].look == seen[5].look != seen[1].look


def noisy_blank() -> Image.Image:
    return scans.noisy(scans.blank(), 0.1)


def test_a_file_that_takes_too_long_is_too_heavy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(scanned, "LONGEST", -1)
    called: list[int] = []

    with pytest.raises(Refused, match="过于庞大"):
        scanned.look(scans.as_pdf(*[scans.blank()] * 11), wanted="/", between=lambda: called.append(1))

    assert called == [1]


def test_a_code_that_is_none_of_ours_is_told_as_it_stands() -> None:
    [page] = look(scans.as_pdf(scans.drawn("https://example.org/menu"))).pages

    assert page.codes == ("https://example.org/menu",)


def test_a_photograph_comes_with_a_page_for_viewing() -> None:
    seen = look(scans.as_jpeg(scans.photographed(scans.sheet())))

    assert (seen.kind, [page.codes for page in seen.pages]) == ("jpg", [(CODE,)])
    assert len(pypdfium2.PdfDocument(seen.view)) == 1


def test_the_words_of_a_page_are_told_where_the_file_knows_them() -> None:
    document = pikepdf.Pdf.new()
    document.add_blank_page(page_size=(595, 842))
    font = pikepdf.Dictionary(Type=pikepdf.Name.Font, Subtype=pikepdf.Name.Type1, BaseFont=pikepdf.Name.Helvetica)
    document.pages[0].Resources = pikepdf.Dictionary(Font=pikepdf.Dictionary(F1=font))
    document.pages[0].Contents = document.make_stream(b"BT /F1 24 Tf 72 720 Td (D-1187 v2) Tj ET")

    [page] = look(hostile.saved(document)).pages

    assert "D-1187 v2" in page.text


@pytest.mark.parametrize(
    ("data", "code"),
    [
        pytest.param(lambda: hostile.pdf(401), "E-FILE-PAGES", id="more pages than a scanner's run"),
        pytest.param(lambda: hostile.truncated(), "E-FILE-BROKEN", id="cut off"),
        pytest.param(lambda: hostile.encrypted(), "E-FILE-LOCKED", id="locked"),
        pytest.param(lambda: hostile.javascript(), "E-FILE-ACTIVE", id="a script"),
        pytest.param(lambda: b"\xff\xd8\xff" + b"\0" * 99, "E-FILE-BROKEN", id="no picture"),
        pytest.param(lambda: b"\0\0\0\x18ftypheic" + b"\0" * 99, "E-FILE-BROKEN", id="no photograph"),
        pytest.param(lambda: b"PK\x03\x04word/", "E-FILE-TYPE", id="a document"),
        pytest.param(lambda: pixels(), "E-FILE-HEAVY", id="a bomb of pixels"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(data: object, code: str) -> None:
    with pytest.raises(Refused) as refused:
        look(data())  # type: ignore[operator]

    assert [finding.code for finding in refused.value.findings] == [code]


def pixels() -> bytes:
    """66 million dots in some kilobytes."""
    made = io.BytesIO()
    Image.new("1", (8200, 8100)).save(made, "PNG")
    return made.getvalue()


def test_pages_of_several_files_become_one_and_stand_upright() -> None:
    first, second = scans.as_pdf(scans.upside_down(scans.sheet(1)), scans.blank()), scans.as_pdf(scans.sheet(2))

    whole, part = scanned.put_together([first, second], [[(0, 1, 180), (1, 1, 0)], [(0, 2, 0)]])

    pages = look(whole).pages
    assert [page.codes for page in pages] == [(CODE,), (CODE.replace("p=1", "p=2"),)]
    assert [page.turned for page in pages] == [0, 0]
    assert len(look(part).pages) == 1


def test_a_photograph_of_a_telephone_is_read() -> None:
    seen = look(scans.HEIC)

    assert (seen.kind, len(seen.pages)) == ("heic", 1)
