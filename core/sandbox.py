"""The process in which files from outside are opened: python -I core/sandbox.py JOB [ARGUMENT…] <file >answer

It knows nothing of Django, keys or the database, limits itself before it reads a byte, and dies with its parent. The
answer is one line of JSON, then perhaps the bytes of a file it made. `core.files` starts it and puts a refusal into
words; a child that was killed, or said nothing, has met a file that is too heavy.
"""

import ctypes
import importlib.util
import io
import json
import resource
import signal
import sys
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

MEMORY = 1 << 30  # address space; a photograph of 65 million pixels fits
SECONDS = 10
LONGER = {
    "workbook": 60,
    "look": 40,
}  # 100,000 rows or a marked copy of 600,000 cells; 20 pages each looked at five times

MOST_PAGES = 200
MOST_SCANNED = 400  # pages of one run of the scanner: the papers of many, taken apart afterwards
MOST_PIXELS = 65_000_000  # what phones deliver today
MOST_OBJECTS = 200_000
MOST_INFLATED = 200 << 20  # drawing commands, fonts, tables; pictures are judged by their pixels
MOST_NESTING = 100
MOST_PACKED = 3_000  # files of one archive

VIEW_LONG_SIDE = 3508  # A4 at 300 dpi
PAGE_LONG_SIDE = 1800
MOST_SIGNS = 20_000  # of one page's text layer

# What makes a document act by itself, carry other files, or be a form that other programs fill.
ACTIVE_KEYS = frozenset(
    ["/JS", "/JavaScript", "/XFA", "/EmbeddedFiles", "/EF", "/RichMediaContent", "/RichMediaSettings"]
)
ACTIVE_VALUES = {
    "/S": frozenset(
        ["/JavaScript", "/Launch", "/ImportData", "/SubmitForm", "/GoToE", "/Rendition", "/Movie", "/Sound"]
    ),
    "/Subtype": frozenset(["/FileAttachment", "/RichMedia", "/Movie", "/Sound", "/Screen", "/3D"]),
    "/Type": frozenset(["/EmbeddedFile"]),
}

Answer = tuple[dict[str, Any], bytes]


class Refusal(Exception):
    """The reason as a word that core.files knows; facts fill its sentence."""

    def __init__(self, reason: str, **facts: Any) -> None:
        self.reason, self.facts = reason, facts
        super().__init__(reason)


def confine(seconds: int = 0) -> None:
    seconds = seconds or SECONDS
    ctypes.CDLL(None).prctl(1, signal.SIGKILL)  # PR_SET_PDEATHSIG
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


# --- PDF --------------------------------------------------------------------------------------------------------------


def inspect_pdf(data: bytes, most: int = MOST_PAGES) -> Answer:
    """How many pages, or why not."""
    import pikepdf

    ends_where_it_should(data)
    try:
        document = pikepdf.open(io.BytesIO(data))
    except pikepdf.PasswordError:
        raise Refusal("locked") from None
    except pikepdf.PdfError:
        raise Refusal("broken") from None
    with document:
        if document.is_encrypted:  # opens without a password, but forbids to copy or print
            raise Refusal("locked")
        try:
            return {"pages": judge_pdf(document, most)}, b""
        except (pikepdf.PdfError, RecursionError, ValueError, KeyError, TypeError, NotImplementedError):
            raise Refusal("broken") from None


def ends_where_it_should(data: bytes) -> None:
    """Nothing but the PDF from its first byte to its last: another file behind it would be opened by other programs."""
    if holds_zip(data):
        raise Refusal("hidden")
    _, end, behind = data.rpartition(b"%%EOF")
    if not end:
        raise Refusal("broken")
    if behind := behind.strip(b"\0\t\n\f\r "):
        # A linearised file has an end mark near its start: what follows the last mark is then the rest, cut off.
        raise Refusal("broken" if behind[:1].isdigit() else "hidden")


def holds_zip(data: bytes) -> bool:
    try:
        return bool(zipfile.ZipFile(io.BytesIO(data)).infolist())
    except (zipfile.BadZipFile, ValueError, NotImplementedError):
        return False


def judge_pdf(document: Any, most: int) -> int:
    pages = len(document.pages)
    if not 1 <= pages <= most:
        raise Refusal("pages" if pages else "no-pages", pages=pages, most_pages=most)
    if len(document.objects) > MOST_OBJECTS:
        raise Refusal("heavy")
    inflated = 0
    for item in document.objects:
        inflated += judge_object(item)
        if inflated > MOST_INFLATED:
            raise Refusal("heavy")
    return pages


def judge_object(item: Any) -> int:
    """Refuse an object that acts; return how large it becomes when unpacked."""
    import pikepdf

    size = 0
    if isinstance(item, pikepdf.Stream):
        if item.get("/Subtype") == "/Image":
            if int(item.get("/Width", 0)) * int(item.get("/Height", 0)) > MOST_PIXELS:
                raise Refusal("pixels")
        else:
            size = inflated_size(item)
    inside = [(item, 0)]
    while inside:
        part, depth = inside.pop()
        if depth > MOST_NESTING:
            raise Refusal("heavy")
        if isinstance(part, pikepdf.Dictionary | pikepdf.Stream):
            judge_keys(part)
            children = [part.get(key) for key in part.keys()]  # noqa: SIM118 - a stream is no mapping
        elif isinstance(part, pikepdf.Array):
            children = list(part)
        else:
            continue
        # What lies behind a reference is an object of its own and comes by itself.
        inside += [(child, depth + 1) for child in children if not getattr(child, "is_indirect", True)]
    return size


def judge_keys(part: Any) -> None:
    keys = set(part.keys())
    if found := keys & ACTIVE_KEYS:
        raise Refusal("active", what=sorted(found)[0])
    for key in keys & ACTIVE_VALUES.keys():
        if str(part.get(key)) in ACTIVE_VALUES[key]:
            raise Refusal("active", what=str(part.get(key)))


def inflated_size(stream: Any) -> int:
    """How large the stream becomes; never unpacks more than the limit itself."""
    import pikepdf

    filters = stream.get("/Filter", pikepdf.Array())
    data = stream.read_raw_bytes()
    for name in [filters] if isinstance(filters, pikepdf.Name) else list(filters):
        if name in ("/FlateDecode", "/Fl"):
            try:
                data = zlib.decompressobj().decompress(data, MOST_INFLATED + 1)
            except zlib.error:  # damage that viewers bear with
                break
        elif name in ("/LZWDecode", "/LZW", "/RunLengthDecode", "/RL"):
            return len(data) * 64  # the most RunLength can do; LZW of this size comes from before 2000
    return len(data)


# --- photographs ------------------------------------------------------------------------------------------------------


FORMATS = {"jpg": "JPEG", "png": "PNG", "heic": "HEIF"}


def inspect_image(data: bytes, kind: str) -> Answer:
    """A PDF of one page for viewing, upright and without the hidden data of the camera (place, device)."""
    return {"pages": 1}, as_page(picture(data, kind))


def picture(data: bytes, kind: str) -> Any:
    """The photograph upright on white, no larger than a page needs."""
    from PIL import Image, ImageOps

    Image.MAX_IMAGE_PIXELS = None  # our own limit, said in words, comes first
    if holds_zip(data):
        raise Refusal("hidden")
    if kind == "heic":
        import pi_heif  # type: ignore[import-untyped]

        pi_heif.register_heif_opener()
    try:
        image = Image.open(io.BytesIO(data), formats=[FORMATS[kind]])
        if image.width * image.height > MOST_PIXELS:
            raise Refusal("pixels")
        image.draft("RGB", (VIEW_LONG_SIDE, VIEW_LONG_SIDE))  # a JPEG is then decoded at the size we need
        image.load()
        image.thumbnail((VIEW_LONG_SIDE, VIEW_LONG_SIDE))
        upright = ImageOps.exif_transpose(image)
        if upright.has_transparency_data:
            upright = Image.alpha_composite(Image.new("RGBA", upright.size, "white"), upright.convert("RGBA"))
        return upright.convert("RGB")
    except BAD_PICTURE:
        raise Refusal("broken") from None


def as_page(image: Any) -> bytes:
    page = io.BytesIO()
    dots = max(image.size) / (297 / 25.4)  # the long side becomes that of A4
    try:
        image.save(page, "PDF", resolution=dots, quality=85, creationDate=None, modDate=None)
    except BAD_PICTURE:
        raise Refusal("broken") from None
    return page.getvalue()


BAD_PICTURE = (OSError, SyntaxError, ValueError, EOFError, KeyError, IndexError, TypeError, OverflowError, RuntimeError)


# --- pages as pictures ------------------------------------------------------------------------------------------------


def render_page(data: bytes, number: str) -> Answer:
    """One page, counted from 1, as a picture."""
    import pypdfium2

    try:
        page = pypdfium2.PdfDocument(data)[int(number) - 1]
        width, height = page.get_size()
        picture = page.render(scale=min(PAGE_LONG_SIDE / max(width, height, 1), 10)).to_pil()
    except pypdfium2.PdfiumError:
        raise Refusal("broken") from None
    made = io.BytesIO()
    # Half the time of the default method, for three per cent more bytes: somebody waits for the first look.
    picture.convert("RGB").save(made, "WEBP", quality=80, method=2)
    return {}, made.getvalue()


def read_layer(data: bytes, most: str) -> Answer:
    """The text layer of the first pages: of each its signs, without blanks, and the box of every sign.

    Boxes are left, top, right, bottom in hundredths of a per cent of the page as it is shown, turned and cropped.
    """
    import ctypes as c

    import pypdfium2
    import pypdfium2.raw as raw

    pages = []
    try:
        document = pypdfium2.PdfDocument(data)
        for page in (document[number] for number in range(min(len(document), int(most)))):
            text, signs, boxes = page.get_textpage(), [], []
            for place in range(min(text.count_chars(), MOST_SIGNS)):
                sign = chr(raw.FPDFText_GetUnicode(text, place))
                if sign.isspace() or not sign.isprintable():
                    continue
                left, bottom, right, top = text.get_charbox(place, loose=True)
                corners = []
                for x, y in ((left, top), (right, bottom)):
                    across, down = c.c_int(), c.c_int()
                    raw.FPDF_PageToDevice(page, 0, 0, 10_000, 10_000, 0, x, y, across, down)
                    corners.append((across.value, down.value))
                (x0, y0), (x1, y1) = corners
                signs.append(sign)
                boxes.append((min(x0, x1), min(y0, y1), max(x0, x1), max(y0, y1)))
            pages.append(("".join(signs), boxes))
    except (pypdfium2.PdfiumError, ValueError, OverflowError):
        raise Refusal("broken") from None
    return {}, json.dumps(pages).encode()


# --- modules beside this file: here there is no package to import them from -------------------------------------------


def beside(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, Path(__file__).with_name(f"{name}.py"))
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def workbook(data: bytes, job: str, *arguments: str) -> Answer:
    """A job of core/xlsx.py."""
    return asked(beside("xlsx"), job, data, *arguments)


def asked(module: Any, job: str, data: bytes, *arguments: str) -> Answer:
    answer: Answer
    try:
        answer = getattr(module, job)(data, *arguments)
    except module.Unfit as refusal:
        raise Refusal(refusal.reason, **refusal.facts) from None
    return answer


def look(data: bytes, kind: str, first: str, most: str, wanted: str) -> Answer:
    """What pages of a scan show, by core/pages.py; of a photograph also the PDF of one page for viewing.

    The first pages of a PDF come with how many there are, once it is judged as a whole.
    """
    pages = beside("pages")
    if kind != "pdf":
        image = picture(data, kind)
        return {"count": 1, "pages": [pages.look_at_picture(image, wanted)]}, as_page(image)
    judged = {"count": inspect_pdf(data, MOST_SCANNED)[0]["pages"]} if first == "1" else {}
    told, _ = asked(pages, "look", data, first, most, wanted)
    return {**judged, **told}, b""


def put_together(data: bytes, sizes: str, parts: str) -> Answer:
    """PDFs made of pages of others, by core/pages.py."""
    return asked(beside("pages"), "put_together", data, sizes, parts)


# --- archives ---------------------------------------------------------------------------------------------------------


def archive(data: bytes, job: str, most: str, *places: str) -> Answer:
    """`list`: the files of a ZIP by place, name and size. `take`: the bytes of some places, one behind the other.

    Nothing is written anywhere, so a name is only a name, whatever path it says. `most` bytes are taken of one file;
    a directory that lies about sizes meets the same limit when it is read.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            inside = packed.infolist()
            if len(inside) > MOST_PACKED:
                raise Refusal("many", most=MOST_PACKED)
            if job == "list":
                return {"files": [told for told in map(packed_file, enumerate(inside)) if told]}, b""
            taken = [take(packed, inside[int(place)], int(most)) for place in places]
    except (zipfile.BadZipFile, ValueError, NotImplementedError, IndexError, OSError, zlib.error, EOFError):
        raise Refusal("broken") from None
    return {"sizes": [-1 if part is None else len(part) for part in taken]}, b"".join(part or b"" for part in taken)


def packed_file(placed: tuple[int, zipfile.ZipInfo]) -> dict[str, Any] | None:
    """None for directories and for what systems leave beside files."""
    place, info = placed
    name = packed_name(info)
    parts = name.replace("\\", "/").split("/")
    beside = "__MACOSX" in parts or parts[-1].startswith(".") or parts[-1].lower() in ("thumbs.db", "desktop.ini")
    if info.is_dir() or not parts[-1] or beside:
        return None
    return {"place": place, "name": parts[-1], "size": info.file_size, "locked": bool(info.flag_bits & 1)}


def packed_name(info: zipfile.ZipInfo) -> str:
    """Windows packs Chinese names in GBK without saying so; the library then reads them as cp437."""
    if info.flag_bits & 0x800:
        return info.filename
    try:
        return info.filename.encode("cp437").decode("gb18030")
    except UnicodeError:
        return info.filename


def take(packed: zipfile.ZipFile, info: zipfile.ZipInfo, most: int) -> bytes | None:
    """Not more of one file than may be kept; None for one that is damaged, while the others are sound."""
    try:
        with packed.open(info) as part:
            return part.read(most + 1)
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError, zlib.error, EOFError):
        return None


JOBS: dict[str, Callable[..., Answer]] = {
    "pdf": inspect_pdf,
    "image": inspect_image,
    "page": render_page,
    "layer": read_layer,
    "workbook": workbook,
    "archive": archive,
    "look": look,
    "put-together": put_together,
}


def main() -> NoReturn:
    job, *arguments = sys.argv[1:]
    confine(LONGER.get(job, SECONDS))
    try:
        answer, made = JOBS[job](sys.stdin.buffer.read(), *arguments)
    except Refusal as refusal:
        answer, made = {"refused": refusal.reason, **refusal.facts}, b""
    except MemoryError:
        answer, made = {"refused": "heavy"}, b""
    sys.stdout.buffer.write(json.dumps(answer).encode() + b"\n" + made)
    sys.stdout.flush()
    sys.exit(0)


if __name__ == "__main__":
    main()
