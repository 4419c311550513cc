"""Archives from outside (.zip): what is in them, and their files one by one, opened only by core.sandbox."""

import io
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from core import files
from core.policy import Finding, plain

ZIP = (b"PK\x03\x04", b"PK\x05\x06")
REASONS = {
    "broken": ("E-FILE-BROKEN", "压缩包不完整或已损坏，无法打开。请重新压缩后上传。"),
    "many": ("E-FILE-HEAVY", "压缩包中的文件超过{most}个。请分成几个压缩包上传。"),
    "heavy": ("E-FILE-HEAVY", "压缩包展开后过于庞大，平台无法在限定时间内打开。请分成几个压缩包上传。"),
}


@dataclass(frozen=True)
class Packed:
    """One file of an archive: where it stands, its name without any path, and how large the archive says it is."""

    place: int
    name: str
    size: int
    is_locked: bool


def is_zip(data: bytes) -> bool:
    return data.startswith(ZIP)


def listed(data: bytes) -> list[Packed]:
    """The files of a ZIP. Raises Refused for what is none, or too much."""
    answer, _ = files.in_sandbox("archive", data, "list", "0", words=_finding)
    return [Packed(one["place"], one["name"], one["size"], one["locked"]) for one in answer["files"]]


def taken(data: bytes, places: Sequence[int]) -> list[bytes | None]:
    """The bytes of these files, of each one more than MAX_UPLOAD at most; None for a damaged one."""
    most = settings.MAX_UPLOAD
    answer, made = files.in_sandbox("archive", data, "take", str(most), *map(str, places), words=_finding)
    found: list[bytes | None] = []
    start = 0
    for size in answer["sizes"]:
        found.append(None if size < 0 else made[start : start + size])
        start += max(size, 0)
    return found


def packed(named: Sequence[tuple[str, bytes]]) -> bytes:
    """Files that came one by one, in an archive like one that came whole."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as archive:
        for name, data in named:
            add_to(archive, name, data)
    return made.getvalue()


def add_to(archive: zipfile.ZipFile, name: str, data: bytes) -> None:
    """One file, without the hour at which it was put there: the same files give the same archive."""
    entry = zipfile.ZipInfo(name)
    entry.external_attr = 0o644 << 16  # else whoever unpacks it may not read it
    archive.writestr(entry, data)


def _finding(reason: str, **facts: Any) -> Finding:
    code, sentence = REASONS.get(reason, REASONS["broken"])
    return plain(code, sentence.format(**facts))
