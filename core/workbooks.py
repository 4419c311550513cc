"""Workbooks from outside: received, looked into, read row by row, given back with marks.

Only .xlsx is taken, judged by its bytes. `core.xlsx` opens it in the process of `core.sandbox`; here its reasons become
sentences, and its cells values. A workbook from outside is never opened in this process.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile

from core import files
from core.audit import Hat
from core.models import StoredFile
from core.policy import Finding, Refused, plain

PATIENCE = 150  # seconds for a child that limits itself to 60 of computing
SAVE_AS = "请用Excel或WPS打开，另存为“Excel 工作簿（.xlsx）”后重新上传。"
AS_VALUES = "请在Excel中全选、复制，再“选择性粘贴—数值”到新的工作簿（.xlsx）后上传。"

REASONS = {
    "broken": f"工作簿不完整或已损坏，无法打开。{SAVE_AS}",
    "locked": "工作簿设置了打开密码，平台无法读取。请在Excel中依次选择“文件—信息—保护工作簿”，去掉密码后重新上传。",
    "macros": f"工作簿中带有宏、控件或嵌入的对象，为安全起见不能接收。{SAVE_AS}",
    "outside": f"工作簿引用了其他文件或外部数据，平台不会去打开它们。{AS_VALUES}",
    "binary": f"这是二进制工作簿（.xlsb），此处只接收.xlsx。{SAVE_AS}",
    "not-a-workbook": f"这不是Excel工作簿，此处只接收.xlsx（看内容，不看扩展名）。{SAVE_AS}",
    "entities": f"工作簿内容被改动过，含有不允许的声明，为安全起见不能接收。{SAVE_AS}",
    "empty": "工作簿中没有可以读取的工作表。请核对后重新上传。",
    "heavy": "工作簿展开后过于庞大，平台无法在限定时间内读取。请只保留名单所在的工作表，删去多余的格式和空行后重新上传。",
    "rows": "工作表超过{most}行。请分成几个工作簿上传。",
    "columns": "工作表超过{most}列。请只保留名单需要的列后重新上传。",
    "unmarkable": "这个工作簿的格式无法原样写回，请下载问题清单。",
    "too-large-to-mark": "工作簿过大，无法逐格标注，请下载问题清单。",
}
CODES = {"locked": "E-FILE-LOCKED", "macros": "E-FILE-ACTIVE", "outside": "E-FILE-ACTIVE", "heavy": "E-FILE-HEAVY"}
CODES |= {"rows": "E-FILE-HEAVY", "columns": "E-FILE-HEAVY", "entities": "E-FILE-ACTIVE", "broken": "E-FILE-BROKEN"}

# What other kinds of tables say with their first bytes, and how each becomes one that can be read.
OLE = b"\xd0\xcf\x11\xe0"
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


@dataclass(frozen=True)
class Cell:
    """One value: s text, n number as the file has it, d ISO day, b 1 or 0, e error; `made` by a formula."""

    kind: str
    text: str
    made: bool = False


@dataclass(frozen=True)
class Line:
    """One row of a sheet; number 1-based, as Excel shows it."""

    number: int
    hidden: bool
    cells: Sequence[Cell | None]


@dataclass(frozen=True)
class Peeked:
    """A sheet with its first rows; of a hidden one none are told."""

    place: int
    title: str
    hidden: bool
    lines: Sequence[Line]


@dataclass(frozen=True)
class Table:
    """A whole sheet: its rows, the hidden columns (0-based) and the merged ranges (B2:B4)."""

    lines: Iterator[Line]
    hidden_columns: frozenset[int]
    merged: Sequence[str]
    count: int


def receive(upload: UploadedFile, *, by: Hat, purpose: str) -> tuple[StoredFile, list[Peeked]]:
    """Judge a workbook, keep it as it came, and tell its sheets. Raises Refused with one finding that says what to do.

    What cannot be read is not kept.
    """
    data = files.bytes_of(upload)
    _refuse_other_kinds(data)
    sheets = peek(data)
    return files.keep(data, name=upload.name or "", kind="xlsx", purpose=purpose, by=by), sheets


def peek(data: bytes) -> list[Peeked]:
    _, made = _ask(data, "peek")
    return [
        Peeked(place, sheet["title"], sheet["hidden"], [_line(*row) for row in sheet["rows"]])
        for place, sheet in enumerate(json.loads(made)["sheets"])
    ]


def table(stored: StoredFile, *, place: int) -> Table:
    """Every row of one sheet. Raises Refused for what is too large to be read."""
    answer, made = _ask(bytes_of(stored), "rows", str(place))
    head, *lines = made.split(b"\n")
    told = json.loads(head)
    return Table(
        (_line(*json.loads(line)) for line in lines),
        frozenset(told["hidden_columns"]),
        told["merged"],
        answer["rows"],
    )


def marked(
    stored: StoredFile,
    *,
    place: int,
    heading: int,
    cells: Sequence[tuple[int, int, str]],
    notes: Mapping[int, str],
    title: str,
    column: int = 0,
) -> bytes:
    """The sender's own workbook with coloured cells (row, column, level; 1-based) and the notes in a column `title`.

    `column` is where that column stands already, in a copy marked before. Raises Refused for a workbook that is too
    large for it.
    """
    asked = {"place": place, "heading": heading, "cells": cells, "notes": notes, "title": title, "column": column}
    _, made = _ask(json.dumps(asked).encode() + b"\n" + bytes_of(stored), "mark")
    return made


def bytes_of(stored: StoredFile) -> bytes:
    with default_storage.open(stored.path) as source:
        data: bytes = source.read()
    return data


def _line(number: int, hidden: bool, cells: Sequence[str | None]) -> Line:
    return Line(number, hidden, [_cell(text) for text in cells])


def _cell(text: str | None) -> Cell | None:
    if text is None:
        return None
    made = text.startswith("=")
    text = text[made:]
    return Cell(text[:1], text[1:], made)


def _refuse_other_kinds(data: bytes) -> None:
    if data.startswith(OLE):
        # A workbook with a password is packed into the format of the old ones.
        if ENCRYPTED in data[: 1 << 20] or ENCRYPTED in data[-(1 << 20) :]:
            raise Refused([_finding("locked")])
        raise Refused([plain("E-FILE-TYPE", f"这是旧版Excel工作簿（.xls），此处只接收.xlsx。{SAVE_AS}")])
    if data.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        if b"opendocument.spreadsheet" in data[:200]:
            raise Refused([plain("E-FILE-TYPE", f"这是OpenDocument表格（.ods），此处只接收.xlsx。{SAVE_AS}")])
        return
    kind = files.kind_in_words(data)
    if not kind and b"\0" not in data[:4096]:
        raise Refused([plain("E-FILE-TYPE", f"这是文本文件（如.csv），此处只接收.xlsx。{SAVE_AS}")])
    found = f"这是{kind}" if kind else "无法识别这个文件"
    raise Refused([plain("E-FILE-TYPE", f"{found}，此处只接收Excel工作簿（.xlsx；看内容，不看扩展名）。{SAVE_AS}")])


def _finding(reason: str, **facts: Any) -> Finding:
    return plain(CODES.get(reason, "E-FILE-TYPE"), REASONS[reason].format(**facts))


def _ask(data: bytes, job: str, *arguments: str) -> tuple[dict[str, Any], bytes]:
    return files.in_sandbox("workbook", data, job, *arguments, words=_finding, patience=PATIENCE)
