"""Files from outside: received, judged, kept for ever, shown and handed out.

A file is judged by its bytes, never by its name, and opened only by `core.sandbox` in a process of its own. Its
original bytes are kept as they came; a photograph gets a PDF copy beside it for viewing.
"""

import json
import os
import secrets
import subprocess
import sys
import unicodedata
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import connection
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.timezone import localdate

from core import sandbox
from core.audit import Hat
from core.models import StoredFile
from core.policy import Finding, Refused, plain

MEGABYTE = 1 << 20
PATIENCE = 30  # seconds for a child that limits itself to 10 of computing
LONGEST_NAME = 100
LENT = "lent"  # files with a last day

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
CONTENT_TYPES = {
    "pdf": "application/pdf",
    "jpg": "image/jpeg",
    "png": "image/png",
    "heic": "image/heic",
    "xlsx": XLSX,
    "docx": DOCX,
    "zip": "application/zip",
}
PAPERS = ("pdf", "jpg", "png")
PAPERS_AND_PHOTOS = (*PAPERS, "heic")
UNSEEN = ("heic",)  # a telephone packs its photographs so, and few browsers open them
KIND_NAMES = {"pdf": "PDF", "jpg": "JPG", "png": "PNG", "heic": "HEIC", "docx": "DOCX", "xlsx": "XLSX"}
HEIC_BRANDS = (b"heic", b"heix", b"mif1", b"msf1", b"hevc")

# What the first bytes say, most telling first. A ZIP is asked once more, for what lies in it.
SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (b"%PDF-", "pdf"),
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"PK\x03\x04", "zip"),
    (b"PK\x05\x06", "zip"),
    (b"\xd0\xcf\x11\xe0", "旧版办公文档（如.doc、.xls）"),
    (b"Rar!", "压缩包"),
    (b"7z\xbc\xaf", "压缩包"),
    (b"\x1f\x8b", "压缩包"),
    (b"MZ", "可执行程序"),
    (b"\x7fELF", "可执行程序"),
    (b"#!", "可执行程序"),
    (b"{\\rtf", "写字板文档"),
    (b"GIF8", "GIF图片"),
    (b"BM", "BMP图片"),
    (b"II*\0", "TIFF图片"),
    (b"MM\0*", "TIFF图片"),
    (b"RIFF", "WebP图片或视频"),
    (b"%!PS", "PostScript文件"),
)
ZIP_NAMES = {"xl/": "Excel工作簿", "word/": "Word文档", "ppt/": "演示文稿", "OFD.xml": "OFD文件", "META-INF/": "程序包"}

# Documents to be filled in, by what a ZIP says it is: their kind, and the part that makes them so.
OFFICE = {"Word文档": "docx", "Excel工作簿": "xlsx"}
MAIN_PARTS = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}

ADVICE = {
    "Excel工作簿": "请打印、签字盖章后扫描上传；导入名单请用“批量导入”。",
    "Word文档": "请另存为PDF，或打印、签字盖章后扫描上传。",
    "HEIC照片": "请在手机相机设置中选择“兼容性最佳”后重新拍照，或转换为JPG。",
    "OFD文件": "请在阅读软件中另存或打印为PDF。",
}

REASONS = {
    "broken": ("E-FILE-BROKEN", "文件不完整或已损坏，无法打开。请重新扫描或重新导出后上传。"),
    "locked": (
        "E-FILE-LOCKED",
        "文件设置了密码或编辑限制，平台无法核对内容。请去掉密码（可用“打印”另存为PDF）后重新上传。",
    ),
    "active": (
        "E-FILE-ACTIVE",
        "文件中带有脚本、附件或可填写的动态表单，为安全起见不能接收。请打印为PDF或扫描后重新上传。",
    ),
    "macros": (
        "E-FILE-ACTIVE",
        "文件中带有宏、控件或嵌入的对象，为安全起见不能接收。请去掉后另存，或另存为PDF后重新上传。",
    ),
    "outside": (
        "E-FILE-ACTIVE",
        "文件引用了其他文件或外部数据，为安全起见不能接收。请去掉后另存，或另存为PDF后重新上传。",
    ),
    "entities": ("E-FILE-ACTIVE", "文件内容被改动过，含有不允许的声明，为安全起见不能接收。请另存为PDF后重新上传。"),
    "not-a-workbook": ("E-FILE-BROKEN", "文件不完整或已损坏，无法打开。请重新导出后上传。"),
    "hidden": ("E-FILE-HIDDEN", "文件前后夹带了其他内容，为安全起见不能接收。请重新扫描或打印为PDF后上传。"),
    "no-pages": ("E-FILE-PAGES", "文件中没有页面。请重新扫描或重新导出后上传。"),
    "pages": ("E-FILE-PAGES", "文件共{pages}页，超过{most_pages}页。请只上传需要的页面。"),
    "pixels": (
        "E-FILE-HEAVY",
        "图像尺寸过大（超过{most_pixels}万像素）。请降低扫描分辨率（建议200 dpi）或缩小照片后重新上传。",
    ),
    "heavy": ("E-FILE-HEAVY", "文件内容过于庞大，平台无法在限定时间内打开。请重新扫描为普通PDF后上传。"),
}


def hint(kinds: Sequence[str] = PAPERS) -> str:
    """What may be uploaded, in the words of the page, before anything is chosen."""
    return f"{_listed(kinds)}，不超过{settings.MAX_UPLOAD // MEGABYTE} MB、{sandbox.MOST_PAGES}页"


def receive(
    upload: UploadedFile,
    *,
    kinds: Sequence[str] = PAPERS,
    by: Hat | None,
    purpose: str,
) -> StoredFile:
    """Judge an upload and keep it. Raises Refused with one finding that says what, why and what to do.

    The bytes are on disk before the row is written: a row never lacks its file. A file whose row was rolled back is
    left to `sweep`.
    """
    data = bytes_of(upload)
    kind = kind_of(data, kinds)
    if kind == "pdf":
        answer, view = _in_sandbox("pdf", data)
    elif kind in MAIN_PARTS:
        _in_sandbox("workbook", data, "judge", MAIN_PARTS[kind])
        answer, view = {"pages": 1}, b""  # nobody counts them before they are printed
    else:
        answer, view = _in_sandbox("image", data, kind)
    return keep(data, name=upload.name or "", kind=kind, pages=answer["pages"], view=view, purpose=purpose, by=by)


def keep(
    data: bytes,
    *,
    name: str,
    kind: str,
    pages: int = 1,
    view: bytes = b"",
    purpose: str,
    by: Hat | None,
    ending: str | None = None,
) -> StoredFile:
    """Keep a file that the platform made itself (a paper, a workbook), or that was judged already.

    Its name ends as its kind does, unless `ending` says how what is in it was called; "" as nothing does.
    """
    token = secrets.token_hex(16)
    return StoredFile.objects.create(
        sha256=sha256(data).hexdigest(),
        size=len(data),
        kind=kind,
        pages=pages,
        name=clean_file_name(name, kind if ending is None else ending),
        path=default_storage.save(f"{token[:2]}/{token}.{kind}", ContentFile(data)),
        view_path=default_storage.save(f"{token[:2]}/{token}.view.pdf", ContentFile(view)) if view else "",
        purpose=purpose,
        uploaded_by_id=by.person.pk if by else None,
    )


def lend(made: "File[bytes]", *, kind: str, until: date) -> str:
    """Put a file where it lies until the end of that day: its path says so itself, and no row of a kept file names it."""
    token = secrets.token_hex(16)
    return str(default_storage.save(f"{LENT}/{until:%Y%m%d}/{token}.{kind}", made))


def same_bytes(digest: str) -> QuerySet[StoredFile]:
    """Every file with these bytes, the first one first: whether somebody uploads the same scan twice."""
    return StoredFile.objects.filter(sha256=digest).order_by("pk")


def damage(stored: StoredFile) -> str:
    """What has become of the bytes of a kept file: nothing, "missing" or "changed"."""
    digest = sha256()
    try:
        with default_storage.open(stored.path) as source:
            for part in source.chunks():
                digest.update(part)
    except FileNotFoundError:
        return "missing"
    return "" if digest.hexdigest() == stored.sha256 else "changed"


# --- showing and handing out ------------------------------------------------------------------------------------------


def page_images(stored: StoredFile, page: int) -> bytes:
    """One page, counted from 1, as a WebP picture. Raises IndexError for a page the file has not."""
    if not 1 <= page <= stored.pages:
        raise IndexError(f"{stored.pk} has {stored.pages} pages")
    kept = settings.PAGE_CACHE / f"{stored.sha256}-{page}.webp"
    if not kept.exists():
        with default_storage.open(stored.view_path or stored.path) as source:
            _, picture = _in_sandbox("page", source.read(), str(page))
        kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        being_written = kept.with_suffix(f".{secrets.token_hex(4)}")
        being_written.write_bytes(picture)
        being_written.rename(kept)
    return kept.read_bytes()


@dataclass(frozen=True)
class TextOfPage:
    """The text layer of one page without its blanks; each sign with its box in per cent of the page as it is shown."""

    signs: str
    boxes: Sequence[tuple[float, float, float, float]]  # left, top, right, bottom


def text_layer(stored: StoredFile, *, most_pages: int) -> list[TextOfPage]:
    """What the first pages say by themselves; of a scanned picture nothing. Raises Refused for what cannot be read.

    It holds whatever stands on the paper, personal numbers too: nothing of it is kept.
    """
    with default_storage.open(stored.view_path or stored.path) as source:
        _, made = _in_sandbox("layer", source.read(), str(most_pages))
    return [
        TextOfPage(signs, [tuple(side / 100 for side in box) for box in boxes]) for signs, boxes in json.loads(made)
    ]


def serve(stored: StoredFile, *, inline: bool = False) -> FileResponse:
    """The original bytes. Whoever calls this has checked that the reader may have them."""
    response = FileResponse(
        default_storage.open(stored.path),
        as_attachment=not inline,
        filename=stored.name,
        content_type=CONTENT_TYPES.get(stored.kind, "application/octet-stream"),
    )
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def show(stored: StoredFile) -> HttpResponseBase:
    """What a browser opens by itself: the original bytes, or the picture of what it could not open."""
    if stored.kind in UNSEEN:
        return serve_page(stored, 1, kept=False)
    return serve(stored, inline=True)


def serve_page(stored: StoredFile, page: int, *, kept: bool = True) -> HttpResponse:
    """One page as a picture, or 404. Its reader's browser keeps it, unless it shows a whole number."""
    try:
        response = HttpResponse(page_images(stored, page), content_type="image/webp")
    except IndexError:
        raise Http404 from None
    response["Cache-Control"] = "private, max-age=3600" if kept else "private, no-store"  # its pages never change
    return response


def forget(stored: Collection[int]) -> int:
    """Take the rows of these files out: of applications that nobody confirmed, and of no other purpose.

    The database allows no more than that (migration 0010); the bytes go with the next `sweep`.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT forget_files(%s)", [[*stored]])
        (count,) = cursor.fetchone()
    return int(count)


def sweep(*, before: datetime) -> list[str]:
    """Remove files older than `before` that no row names: what was rolled back, or cut short by a crash.

    What was lent until a day stays until then. Pictures of pages of that age go too; they are made again when somebody looks.
    """
    named = set(StoredFile.objects.values_list("path", flat=True)) | set(
        StoredFile.objects.exclude(view_path="").values_list("view_path", flat=True)
    )
    left = [
        path
        for path in _stored_paths("")
        if path not in named and not _still_lent(path) and default_storage.get_modified_time(path) < before
    ]
    for path in left:
        default_storage.delete(path)
    for picture in Path(settings.PAGE_CACHE).glob("*"):
        if picture.stat().st_mtime < before.timestamp():
            picture.unlink(missing_ok=True)
    return left


def _still_lent(path: str) -> bool:
    place, _, rest = path.partition("/")
    return place == LENT and rest[:8] >= f"{localdate():%Y%m%d}"


def _stored_paths(directory: str) -> Iterator[str]:
    try:
        directories, names = default_storage.listdir(directory)
    except FileNotFoundError:  # nobody has kept a file yet
        return
    for name in names:
        yield os.path.join(directory, name)
    for name in directories:
        yield from _stored_paths(os.path.join(directory, name))


# --- judging ----------------------------------------------------------------------------------------------------------


def clean_file_name(name: str, kind: str) -> str:
    """The sender's name without its path, without signs that no file system likes, and with the ending of its kind, if
    it has one."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rpartition("/")[2]
    name = "".join(sign for sign in name if unicodedata.category(sign) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    name = " ".join("".join("_" if sign in '<>:"|?*' else sign for sign in name).split())
    stem, dot, ending = name.rpartition(".")
    if kind and dot and ending.lower() in (kind, "jpeg", "jpg", "png", "pdf", "heic", "heif", "xlsx"):
        name = stem
    name = name.strip(". ")[:LONGEST_NAME] or "未命名"
    return f"{name}.{kind}" if kind else name


def bytes_of(upload: UploadedFile, *, most: int | None = None) -> bytes:
    """All of an upload. Raises Refused for an empty one, and one over MAX_UPLOAD, or `most` bytes."""
    parts, size = [], 0
    most, advice = (
        most or settings.MAX_UPLOAD,
        "请分成几份上传" if most else "可降低扫描分辨率（建议200 dpi）后重新上传",
    )
    for part in upload.chunks():
        parts.append(part)
        size += len(part)
        if size > most:
            raise Refused([plain("E-FILE-SIZE", f"文件超过{most // MEGABYTE} MB。{advice}。")])
    if not size:
        raise Refused([plain("E-FILE-EMPTY", "文件是空的（0字节）。请检查原文件能否打开，再重新选择上传。")])
    return b"".join(parts)


def kind_of(data: bytes, kinds: Sequence[str]) -> str:
    """The kind its first bytes tell, if it is one of `kinds`."""
    kind = next((kind for start, kind in SIGNATURES if data.startswith(start)), "")
    if data[4:8] == b"ftyp" and data[8:12] in HEIC_BRANDS and "heic" in kinds:
        return "heic"
    if kind in kinds:
        return kind
    if not kind and b"%PDF-" in data[:1024]:  # readers look for the header that far: for them it is a PDF
        raise Refused([_finding("hidden")])
    name = kind_in_words(data)
    if (office := OFFICE.get(name, "")) in kinds:
        return office
    found = f"这是{name}" if name else "无法识别这个文件"
    advice = ADVICE.get(name, "请重新选择文件。")
    raise Refused([plain("E-FILE-TYPE", f"{found}，此处只接收{_listed(kinds)}文件（看内容，不看扩展名）。{advice}")])


def kind_in_words(data: bytes) -> str:
    """What a file is by its first bytes; empty when nothing tells."""
    kind = next((kind for start, kind in SIGNATURES if data.startswith(start)), "")
    return KIND_NAMES.get(kind) or (_zip_name(data) if kind == "zip" else kind) or _text_name(data)


def _zip_name(data: bytes) -> str:
    # Names stand in clear in a ZIP; it is not opened for this.
    return next((name for mark, name in ZIP_NAMES.items() if mark.encode() in data), "压缩包")


def _text_name(data: bytes) -> str:
    if data[4:8] == b"ftyp":
        return "HEIC照片" if data[8:12] in HEIC_BRANDS else "视频"
    start = data[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<script", b"<head", b"<body")):
        return "网页"
    if start.startswith(b"<svg") or (start.startswith(b"<?xml") and b"<svg" in start):
        return "SVG图形"
    if start.startswith(b"<?xml"):
        return "XML数据文件"
    return ""


def _listed(kinds: Sequence[str]) -> str:
    *first, last = (KIND_NAMES[kind] for kind in kinds)
    return f"{'、'.join(first)}或{last}" if first else last


def _finding(reason: str, **facts: Any) -> Finding:
    code, sentence = REASONS[reason]
    facts = {"most_pages": sandbox.MOST_PAGES, **facts, "most_pixels": sandbox.MOST_PIXELS // 10_000}
    return plain(code, sentence.format(**facts))


def _in_sandbox(
    job: str,
    data: bytes,
    *arguments: str,
    words: Callable[..., Finding] | None = None,
    patience: int | None = None,
) -> tuple[dict[str, Any], bytes]:
    """Run one job of core.sandbox on the bytes. Raises Refused with its reason, put into `words` of the caller."""
    words = words or _finding
    try:
        child = subprocess.run(
            [sys.executable, "-I", sandbox.__file__, job, *arguments],
            input=data,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=patience or PATIENCE,
            env=_bare_environment(),
            cwd="/",
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise Refused([words("heavy")]) from None
    line, _, made = child.stdout.partition(b"\n")
    if child.returncode or not line:
        raise Refused([words("heavy" if child.returncode < 0 else "broken")])
    answer = json.loads(line)
    if reason := answer.pop("refused", None):
        raise Refused([words(reason, **answer)])
    return answer, made


in_sandbox, finding = _in_sandbox, _finding  # for jobs of core.workbooks, core.archives and core.scanned


@cache
def _bare_environment() -> dict[str, str]:
    """Enough to find libraries; no address, no key."""
    kept = ("LD_LIBRARY_PATH", "PATH", "LANG", "LC_ALL")
    return {name: os.environ[name] for name in kept if name in os.environ}
