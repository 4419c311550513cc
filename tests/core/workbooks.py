"""Workbooks as people and attackers make them."""

import io
import zipfile
from collections.abc import Callable
from typing import Any

import openpyxl
from django.core.files.uploadedfile import SimpleUploadedFile

from core.files import XLSX

SHEET = "xl/worksheets/sheet1.xml"
NAMESPACE = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def made(*rows: list[Any], title: str = "名单", change: Callable[[Any, Any], None] | None = None) -> bytes:
    """A workbook of one sheet; `change` gets (workbook, sheet) before it is saved."""
    book = openpyxl.Workbook()
    sheet: Any = book.active
    sheet.title = title
    for row in rows:
        sheet.append(row)
    if change:
        change(book, sheet)
    saved = io.BytesIO()
    book.save(saved)
    return saved.getvalue()


def upload(data: bytes, name: str = "名单.xlsx") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, content_type=XLSX)


def changed(data: bytes, parts: dict[str, bytes]) -> bytes:
    """The same archive with some parts replaced or added."""
    saved = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(saved, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name not in parts:
                new.writestr(name, old.read(name))
        for name, content in parts.items():
            new.writestr(name, content)
    return saved.getvalue()


def sheet_of(inside: str) -> bytes:
    """A workbook whose sheet holds this XML."""
    return changed(made(["姓名"]), {SHEET: f"<worksheet {NAMESPACE}>{inside}</worksheet>".encode()})


def bomb() -> bytes:
    """400 MB of spaces in 400 kB."""
    return changed(made(["姓名"]), {SHEET: f"<worksheet {NAMESPACE}><sheetData>".encode() + b" " * (400 << 20)})


def billion_laughs() -> bytes:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    laughs = f'<?xml version="1.0"?><!DOCTYPE l [<!ENTITY l0 "哈">{entities}]>'
    sheet = f'<worksheet {NAMESPACE}><sheetData><row r="1"><c t="str"><v>&l9;</v></c></row></sheetData></worksheet>'
    return changed(made(["姓名"]), {SHEET: (laughs + sheet).encode()})


def outside_entity() -> bytes:
    start = '<?xml version="1.0"?><!DOCTYPE l [<!ENTITY f SYSTEM "file:///etc/passwd">]>'
    sheet = f'<worksheet {NAMESPACE}><sheetData><row r="1"><c t="str"><v>&f;</v></c></row></sheetData></worksheet>'
    return changed(made(["姓名"]), {SHEET: (start + sheet).encode()})


def many_strings() -> bytes:
    shared = f"<sst {NAMESPACE}>{'<si><t>甲</t></si>' * 2_100_000}</sst>"
    return changed(
        sheet_of('<sheetData><row><c t="s"><v>0</v></c></row></sheetData>'), {"xl/sharedStrings.xml": shared.encode()}
    )


def password() -> bytes:
    """What Excel saves with a password: a compound file with the workbook encrypted inside."""
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 2000


def old_excel() -> bytes:
    return b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 2000 + "Workbook".encode("utf-16-le") + b"\0" * 2000


def open_document() -> bytes:
    saved = io.BytesIO()
    with zipfile.ZipFile(saved, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("content.xml", "<x/>")
    return saved.getvalue()
