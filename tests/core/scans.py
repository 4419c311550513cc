"""Scanned pages as machines and hands bring them: drawn here, with a code where the contract has it."""

import base64
import io
from collections.abc import Callable, Sequence
from functools import cache

import segno
from PIL import Image, ImageDraw

ADDRESS = "http://127.0.0.1:8000/agreements/check/{token}/?p={page}"
TOKEN = "7f3a91c2d40e5b6677889900aabbccdd"
DPI = 150

# One red dot of 64 × 64, as a telephone packs it: nothing here can write HEIC, the platform only reads it.
HEIC = base64.b64decode(
    "AAAAHGZ0eXBoZWljAAAAAG1pZjFoZWljbWlhZgAAAVZtZXRhAAAAAAAAACFoZGxyAAAAAAAAAABwaWN0AAAAAAAAAAAAAAAAAAAA"
    "ACJpbG9jAAAAAERAAAEAAQAAAAABegABAAAAAAAAABkAAAAjaWluZgAAAAAAAQAAABVpbmZlAgAAAAABAABodmMxAAAAAA5waXRt"
    "AAAAAAABAAAA1mlwcnAAAAC3aXBjbwAAAHhodmNDAQNwAAAAkAAAAAAAHvAA/P34+AAADwNgAAEAGEABDAH//wNwAAADAJAAAAMA"
    "AAMAHroCQGEAAQArQgEBA3AAAAMAkAAAAwAAAwAeoCCBBZbqSSmubgIaDAgAAAMAyAAAAwAIQGIAAQAHRAHBcrAiQAAAABNjb2xy"
    "bmNseAABAA0ABoAAAAAUaXNwZQAAAAAAAABAAAAAQAAAABBwaXhpAAAAAAMICAgAAAAXaXBtYQAAAAAAAAABAAEEgQIDBAAAACFt"
    "ZGF0AAAAFSgBrwtg+sbB1//6Djv44xB4r3tO3A=="
)


@cache
def drawn(code: str, dpi: int = DPI) -> Image.Image:
    """A page of A4 with a QR of 16 mm at its top right, and lines as of print."""
    page = Image.new("L", (round(8.27 * dpi), round(11.69 * dpi)), "white")
    if code:
        made = io.BytesIO()
        segno.make(code, error="m", micro=False).save(made, kind="png", scale=8, border=4)
        side = round(16 / 25.4 * dpi)
        mark = Image.open(made).convert("L").resize((side, side), Image.Resampling.LANCZOS)
        page.paste(mark, (page.width - side - dpi // 2, dpi // 3))
    draw = ImageDraw.Draw(page)
    for line in range(12, 40):
        draw.rectangle((dpi, line * dpi // 4, page.width - dpi * (1 + line % 3), line * dpi // 4 + dpi // 15), "black")
    return page


def sheet(page: int = 1, token: str = TOKEN) -> Image.Image:
    return drawn(ADDRESS.format(token=token, page=page))


def blank() -> Image.Image:
    return Image.new("L", drawn("").size, "white")


# --- what scanners and hands do to a page -----------------------------------------------------------------------------


def skewed(page: Image.Image, degrees: float = 7) -> Image.Image:
    return page.rotate(degrees, resample=Image.Resampling.BICUBIC, expand=True, fillcolor="white")


def noisy(page: Image.Image, share: float = 0.35) -> Image.Image:
    return Image.blend(page.convert("L"), Image.effect_noise(page.size, 64), share)


def upside_down(page: Image.Image) -> Image.Image:
    return page.rotate(180)


def sideways(page: Image.Image) -> Image.Image:
    return page.rotate(90, expand=True)


def squeezed(page: Image.Image) -> Image.Image:
    """JPEG of quality 40."""
    return Image.open(io.BytesIO(as_jpeg(page, quality=40))).convert("L")


def photographed(page: Image.Image) -> Image.Image:
    """On a grey table, from a corner of it."""
    width, height = page.size
    across, down = int(width * 1.2), int(height * 1.2)
    seen = [(0.10 * across, 0.06 * down), (0.86 * across, 0.11 * down), (0.95 * across, 0.93 * down), (0.04 * across, 0.96 * down)]  # fmt: skip
    corners = [(0, 0), (width, 0), (width, height), (0, height)]
    return page.transform(
        (across, down),
        Image.Transform.PERSPECTIVE,
        _perspective(seen, corners),
        Image.Resampling.BICUBIC,
        fillcolor=115,
    )


def _perspective(seen: Sequence[tuple[float, float]], corners: Sequence[tuple[float, float]]) -> list[float]:
    """The eight numbers that carry each corner as it is seen to where it lies on the page (Gauss)."""
    rows: list[list[float]] = []
    for (x, y), (u, v) in zip(seen, corners, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y, u], [0, 0, 0, x, y, 1, -v * x, -v * y, v]]
    for place in range(8):
        best = max(range(place, 8), key=lambda row: abs(rows[row][place]))
        rows[place], rows[best] = rows[best], rows[place]
        rows[place] = [value / rows[place][place] for value in rows[place]]
        for other in range(8):
            if other != place:
                times = rows[other][place]
                rows[other] = [a - times * b for a, b in zip(rows[other], rows[place], strict=True)]
    return [row[8] for row in rows]


DISTORTIONS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "clean": lambda page: page,
    "skewed to the right": lambda page: skewed(page, 7),
    "skewed to the left": lambda page: skewed(page, -7),
    "grey noise": noisy,
    "upside down": upside_down,
    "sideways": sideways,
    "JPEG of quality 40": squeezed,
    "photographed from a corner": photographed,
    "all that a bad scanner does": lambda page: squeezed(noisy(skewed(page, -6))),
}


# --- files ------------------------------------------------------------------------------------------------------------


def as_pdf(*pages: Image.Image, dpi: int = DPI, quality: int = 70) -> bytes:
    made = io.BytesIO()
    pages[0].save(made, "PDF", resolution=dpi, quality=quality, save_all=True, append_images=pages[1:])
    return made.getvalue()


def as_jpeg(page: Image.Image, quality: int = 75) -> bytes:
    made = io.BytesIO()
    page.convert("L").save(made, "JPEG", quality=quality)
    return made.getvalue()
