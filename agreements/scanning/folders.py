"""Scans brought together, one ZIP or many files: what every folder of scans has in common, whoever brings it."""

import re
from collections.abc import Sequence

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import models

from accounts.models import Membership, Organization
from core import archives, files
from core.identifiers import half_width
from core.models import StoredFile
from core.policy import Refused, plain


class Folder(models.Model):
    """Files brought together, kept as they came in one archive."""

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="+")
    file = models.OneToOneField(StoredFile, models.PROTECT, verbose_name="文件")
    uploaded_by = models.ForeignKey(Membership, models.PROTECT, related_name="+", verbose_name="上传人")
    uploaded_at = models.DateTimeField("上传时间", auto_now_add=True)
    files = models.PositiveIntegerField("文件数")
    done = models.PositiveIntegerField("已处理", default=0)

    class Meta:
        abstract = True

    @property
    def is_running(self) -> bool:
        return self.done < self.files


def kept(
    uploads: Sequence[UploadedFile], *, purpose: str, by: Membership, more: int = 0
) -> tuple[StoredFile, list[archives.Packed]]:
    """Keep what was brought and say which files are in it; it is named by all files of its drop, `more` of them to come.

    Raises Refused for a ZIP that cannot be opened or holds too much, and for one without any file.
    """
    data, name, ending = _whole(uploads, more=more)
    inside = archives.listed(data)
    if not inside:
        raise Refused([plain("E-FILE-EMPTY", "压缩包中没有文件。请核对后重新上传。", field="scans")])
    return files.keep(data, name=name, kind="zip", ending=ending, purpose=purpose, by=by), inside


def _whole(uploads: Sequence[UploadedFile], *, more: int) -> tuple[bytes, str, str]:
    """One ZIP as it came; other files packed into one, so that both go the same way. With what it is called, and how
    that ends: the ZIP that is made here is nobody's file."""
    read: list[tuple[str, bytes]] = []
    for upload in uploads:
        # What is empty or too large is refused with its own sentence where the others are told theirs.
        data = b"" if not upload.size else files.bytes_of(upload, most=settings.MAX_ARCHIVE)
        read.append((upload.name or "", data))
    if len(read) == 1 and archives.is_zip(read[0][1]):
        [(name, data)] = read
        return data, name, "zip"
    if sum(len(data) for _, data in read) > settings.MAX_ARCHIVE:
        most = settings.MAX_ARCHIVE // files.MEGABYTE
        raise Refused([plain("E-FILE-SIZE", f"一次上传的文件共超过{most} MB，请分几次上传。", field="scans")])
    count = len(read) + more
    first, data = read[0][0], archives.packed(read)
    if count > 1:
        return data, f"{first.rpartition('.')[0]}等{count}个文件", ""
    return data, first, _ending(first)


def natural(name: str) -> list[tuple[int, str]]:
    """Files by this are in the order in which people number them: 扫描2 stands before 扫描10, however the digits are typed."""
    stem = name.rpartition(".")[0] or name  # 扫描 stands before 扫描2, whatever comes behind the dot
    parts = re.split(r"(\d+)", half_width(stem).casefold())
    # Of two numbers the longer is the greater; words stand where no number does.
    return [(len(bare := part.lstrip("0")), bare) if place % 2 else (0, part) for place, part in enumerate(parts)]


def shown(name: str) -> str:
    return files.clean_file_name(name, _ending(name))[:200]


def _ending(name: str) -> str:
    return name.rpartition(".")[2].lower()[:8] or "bin"


def at_sight(one: archives.Packed) -> str:
    """What the directory of the archive already says against a file; empty when nothing."""
    if one.is_locked:
        return "文件在压缩包中设置了密码。请去掉密码后重新压缩上传。"
    if one.size > settings.MAX_UPLOAD:
        most = settings.MAX_UPLOAD // files.MEGABYTE
        return f"文件超过{most} MB。可降低扫描分辨率（建议200 dpi）后重新上传。"
    return ""


DAMAGED = "文件在压缩包中已损坏，无法读取。请重新压缩后上传。"
