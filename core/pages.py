"""What the pages of a scan show: codes, words, ink, which way up. Runs only in the process of `core.sandbox`.

A page is drawn at 200 dpi in grey; the codes of a scanner at 150 dpi, askew, upside down or noisy are read from that. A
page on which none was read is looked at again, larger and with another threshold, before it counts as having none.
"""

import io
import json
from hashlib import blake2b
from typing import Any

LONG_SIDE = 2339  # A4 at 200 dpi
LARGER = (1.5, 2.0)
MARGIN = 0.03  # shadows of the scanner's lid
GRAIN = 8  # dots drawn into one before ink is counted: noise goes, print stays
DARKER = 30  # than the paper, of 256
MOST_TEXT = 4_000
LONGEST_CODE = 300

Answer = tuple[dict[str, Any], bytes]


class Unfit(Exception):
    """The reason as a word that core.files knows."""

    def __init__(self, reason: str, **facts: Any) -> None:
        self.reason, self.facts = reason, facts
        super().__init__(reason)


def look(data: bytes, first: str, most: str, wanted: str) -> Answer:
    """`most` pages of a PDF from `first` on, counted from 1; a code is sought harder until it holds the word `wanted`."""
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(data)
        told = [
            _told(_drawn(page), _words(page), wanted)
            for page in (document[place] for place in _places(len(document), int(first), int(most)))
        ]
    except pypdfium2.PdfiumError:
        raise Unfit("broken") from None
    return {"pages": told}, b""


def look_at_picture(image: Any, wanted: str) -> dict[str, Any]:
    """The same of one photograph."""
    grey = image.convert("L")
    grey.thumbnail((2 * LONG_SIDE, 2 * LONG_SIDE))
    return _told(grey, "", wanted)


def put_together(data: bytes, sizes: str, parts: str) -> Answer:
    """PDFs made of pages: `sizes` of the sources that stand behind one another in `data`, and of each part its pages.

    A page is [source, number from 1, degrees to turn it clockwise].
    """
    import pikepdf

    sources, start = [], 0
    try:
        for size in json.loads(sizes):
            sources.append(pikepdf.open(io.BytesIO(data[start : start + size])))
            start += size
        made = [_part(sources, part) for part in json.loads(parts)]
    except (pikepdf.PdfError, IndexError, ValueError, KeyError, TypeError):
        raise Unfit("broken") from None
    return {"sizes": [len(part) for part in made]}, b"".join(made)


# --- one page ---------------------------------------------------------------------------------------------------------


def _places(pages: int, first: int, most: int) -> range:
    return range(min(first - 1, pages), min(first - 1 + most, pages))


def _drawn(page: Any) -> Any:
    width, height = page.get_size()
    return page.render(scale=min(LONG_SIDE / max(width, height, 1), 10), grayscale=True).to_pil().convert("L")


def _words(page: Any) -> str:
    found: str = page.get_textpage().get_text_range()
    return found[:MOST_TEXT]


def _told(grey: Any, words: str, wanted: str) -> dict[str, Any]:
    small = _small(grey)
    ink = _ink(small)
    codes = _codes(grey, wanted) if ink else []
    return {
        "codes": [code.text[:LONGEST_CODE] for code in codes],
        "turned": next((_turned(code) for code in codes if wanted in code.text), 0),
        "ink": round(ink, 5),
        "look": blake2b(small.tobytes(), digest_size=8).hexdigest(),
        "text": words,
    }


def _small(grey: Any) -> Any:
    across, down = round(grey.width * MARGIN), round(grey.height * MARGIN)
    return grey.crop((across, down, grey.width - across, grey.height - down)).reduce(GRAIN)


def _ink(small: Any) -> float:
    """Which share of the page is darker than its paper."""
    counts = small.histogram()
    total, seen, paper = sum(counts), 0, 255
    for shade, count in enumerate(counts):  # the paper is what most of the page is
        seen += count
        if seen * 2 >= total:
            paper = shade
            break
    return float(sum(counts[: max(paper - DARKER, 0)]) / max(total, 1))


def _codes(grey: Any, wanted: str) -> list[Any]:
    import zxingcpp
    from PIL import Image, ImageFilter

    kind = zxingcpp.BarcodeFormats(zxingcpp.BarcodeFormat.QRCode)
    found = zxingcpp.read_barcodes(grey, formats=kind)
    attempts = [
        lambda: zxingcpp.read_barcodes(grey.filter(ImageFilter.MedianFilter(3)), formats=kind),
        *(
            lambda times=times: zxingcpp.read_barcodes(
                grey.resize((round(grey.width * times), round(grey.height * times)), Image.Resampling.BICUBIC),
                formats=kind,
            )
            for times in LARGER
        ),
        lambda: zxingcpp.read_barcodes(grey, formats=kind, binarizer=zxingcpp.Binarizer.GlobalHistogram),
    ]
    for attempt in attempts:
        if any(wanted in code.text for code in found):
            break
        found = [*found, *attempt()]
    return list({code.text: code for code in found}.values())


def _turned(code: Any) -> int:
    """How far the page has to be turned clockwise to stand upright, in quarters."""
    return int(round(-code.orientation / 90) * 90 % 360)


def _part(sources: list[Any], pages: list[list[int]]) -> bytes:
    import pikepdf

    part = pikepdf.Pdf.new()
    for source, number, turn in pages:
        part.pages.append(sources[source].pages[number - 1])
        if turn:
            part.pages[-1].rotate(turn, relative=True)
    made = io.BytesIO()
    part.save(made, deterministic_id=True)
    return made.getvalue()
