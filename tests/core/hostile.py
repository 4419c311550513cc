"""Files that nobody should have to open, made when a test asks for them."""

import io
import struct
import zipfile
import zlib

import pikepdf
from openpyxl import Workbook
from pikepdf import Array, Dictionary, Name, Pdf, String
from PIL import Image, ImageDraw


def pdf(pages: int = 1, **options: object) -> bytes:
    """A plain PDF, as a scanner or Word would make it."""
    document = Pdf.new()
    for number in range(pages):
        document.add_blank_page(page_size=(595, 842))
        document.pages[-1].Contents = document.make_stream(
            f"BT /F1 12 Tf 72 720 Td ({number}) Tj ET 72 600 400 20 re f".encode()
        )
    return saved(document, **options)


def saved(document: Pdf, **options: object) -> bytes:
    made = io.BytesIO()
    document.save(made, **options)  # type: ignore[arg-type]
    return made.getvalue()


def scan(width: int = 1240, height: int = 1754, kind: str = "JPEG", **options: object) -> bytes:
    """A photograph of a page with something on it."""
    image = Image.new("RGB", (width, height), "white")
    draw = ImageDraw.Draw(image)
    for line in range(10):
        draw.rectangle(
            (width // 10, height * line // 12, width * (90 - line * 5) // 100, height * line // 12 + 9), "black"
        )
    made = io.BytesIO()
    image.save(made, kind, **options)
    return made.getvalue()


# --- PDFs -------------------------------------------------------------------------------------------------------------


def opening_with(action: Dictionary) -> bytes:
    document = Pdf.new()
    document.add_blank_page()
    document.Root.OpenAction = action
    return saved(document)


def javascript() -> bytes:
    return opening_with(Dictionary(S=Name.JavaScript, JS=String("app.alert(1)")))


def javascript_with_a_disguised_name() -> bytes:
    # /JS may be spelled /J#53; a search for the plain bytes finds nothing.
    return javascript().replace(b"/JavaScript", b"/J#61v#61Script").replace(b"/JS ", b"/J#53 ")


def javascript_in_an_object_stream() -> bytes:
    document = Pdf.new()
    document.add_blank_page()
    document.Root.OpenAction = document.make_indirect(Dictionary(S=Name.JavaScript, JS=String("app.alert(1)")))
    return saved(document, object_stream_mode=pikepdf.ObjectStreamMode.generate)


def javascript_on_a_page() -> bytes:
    document = Pdf.new()
    document.add_blank_page()
    document.pages[0].AA = Dictionary(O=Dictionary(S=Name.JavaScript, JS=String("app.alert(1)")))
    return saved(document)


def launch() -> bytes:
    return opening_with(Dictionary(S=Name.Launch, F=String("cmd.exe")))


def embedded_file() -> bytes:
    document = Pdf.new()
    document.add_blank_page()
    document.attachments["工资表.exe"] = b"MZ"
    return saved(document)


def attached_by_a_note() -> bytes:
    document = Pdf.new()
    document.add_blank_page()
    document.pages[0].Annots = Array(
        [document.make_indirect(Dictionary(Type=Name.Annot, Subtype=Name.FileAttachment, Rect=Array([0, 0, 9, 9])))]
    )
    return saved(document)


def xfa() -> bytes:
    document = Pdf.new()
    document.add_blank_page()
    document.Root.AcroForm = Dictionary(Fields=Array(), XFA=document.make_stream(b"<xdp:xdp/>"))
    return saved(document)


def encrypted() -> bytes:
    return pdf(encryption=pikepdf.Encryption(owner="owner", user="user"))


def restricted() -> bytes:
    return pdf(encryption=pikepdf.Encryption(owner="owner", user=""))


def without_pages() -> bytes:
    return saved(Pdf.new())


def truncated() -> bytes:
    whole = pdf(20, compress_streams=False)
    return whole[: len(whole) // 2]


def truncated_linearised() -> bytes:
    whole = pdf(20, linearize=True)
    return whole[: len(whole) - 400]


def with_zip_behind() -> bytes:
    return pdf() + archive({"run.bat": b"@echo off"})


def with_zip_inside() -> bytes:
    """The archive's comment ends with the end mark of the PDF."""
    return pdf() + archive({"run.bat": b"@echo off"}, comment=b"\n%%EOF\n")


def with_program_behind() -> bytes:
    return pdf() + b"MZ" + b"\0" * 500


def header_not_first() -> bytes:
    return b"GIF89;" + pdf()


def script_before_the_header() -> bytes:
    return b"<script>alert(1)</script>\n" + pdf()


def bomb_of_drawing_commands() -> bytes:
    document = Pdf.new()
    document.add_blank_page()
    packed = zlib.compress(b"0 0 m " * (40 << 20), 1)  # 240 MB in 1 MB
    document.pages[0].Contents = pikepdf.Stream(document, packed, Filter=Name.FlateDecode)
    return saved(document, stream_decode_level=pikepdf.StreamDecodeLevel.none)


def bomb_packed_twice() -> bytes:
    document = Pdf.new()
    document.add_blank_page()
    packed = zlib.compress(zlib.compress(b"\0" * (300 << 20), 1), 9)  # 300 MB in a few kB
    document.pages[0].Contents = pikepdf.Stream(document, packed, Filter=Array([Name.FlateDecode, Name.FlateDecode]))
    return saved(document, stream_decode_level=pikepdf.StreamDecodeLevel.none)


def giant_picture() -> bytes:
    document = Pdf.new()
    document.add_blank_page()
    picture = pikepdf.Stream(
        document,
        zlib.compress(b"\0"),
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=100_000,
        Height=100_000,
        ColorSpace=Name.DeviceGray,
        BitsPerComponent=8,
        Filter=Name.FlateDecode,
    )
    document.pages[0].Resources = Dictionary(XObject=Dictionary(P=document.make_indirect(picture)))
    return saved(document)


def pages_that_never_end() -> bytes:
    document = Pdf.new()
    document.add_blank_page()
    document.Root.Pages.Kids.append(document.Root.Pages)
    return saved(document)


def nested_arrays() -> bytes:
    return pdf().replace(b"<< /Pages", b"<< /Deep " + b"[" * 400 + b"]" * 400 + b" /Pages")


def only_a_header() -> bytes:
    return b"%PDF-1.7\n%%EOF\n"


# --- pictures ---------------------------------------------------------------------------------------------------------


def png_bomb() -> bytes:
    """30,000 × 30,000 pixels in a few hundred bytes of header and a little data."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 10_000_000))
        + chunk(b"IEND", b"")
    )


def png_with_a_bomb_in_its_text() -> bytes:
    whole = scan(kind="PNG")
    body = b"Comment\0\0" + zlib.compress(b"\0" * (200 << 20), 9)
    text = struct.pack(">I", len(body)) + b"zTXt" + body + struct.pack(">I", zlib.crc32(b"zTXt" + body))
    return whole[:33] + text + whole[33:]


def truncated_jpg() -> bytes:
    whole = scan()
    return whole[: len(whole) // 2]


def jpg_with_zip_behind() -> bytes:
    return scan() + archive({"run.bat": b"@echo off"})


# --- other things under a wrong name ----------------------------------------------------------------------------------


def archive(files: dict[str, bytes], comment: bytes = b"") -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in files.items():
            packed.writestr(name, content)
        packed.comment = comment
    return made.getvalue()


def workbook() -> bytes:
    made = io.BytesIO()
    Workbook().save(made)
    return made.getvalue()


def workbook_bomb() -> bytes:
    """A sheet of 100 MB in a hundred kB."""
    return archive({"[Content_Types].xml": b"<Types/>", "xl/worksheets/sheet1.xml": b"<row/>" * (16 << 20)})


def workbook_with_external_entity() -> bytes:
    sheet = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><worksheet>&e;</worksheet>'
    return archive({"[Content_Types].xml": b"<Types/>", "xl/worksheets/sheet1.xml": sheet})


def word_document() -> bytes:
    return archive({"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w:document/>"})
