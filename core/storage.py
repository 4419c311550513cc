"""Bytes on their way to disk."""

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadhandler import FileUploadHandler

MOST_OF_A_FORM = 20  # files of the largest size that a form takes at once


class DurableStorage(FileSystemStorage):
    """A saved file outlives a power cut: it and its directories are on disk before the row that names it is written."""

    def _save(self, name: str, content: "File[bytes]") -> str:
        saved: str = super()._save(name, content)  # type: ignore[misc]  # the stubs leave it out
        path = Path(self.path(saved))
        root = Path(self.base_location)
        for part in (path, *(parent for parent in path.parents if parent.is_relative_to(root))):
            handle = os.open(part, os.O_RDONLY)
            try:
                os.fsync(handle)
            finally:
                os.close(handle)
        return saved


class UploadLimit(FileUploadHandler):
    """Lets only a little more than MAX_UPLOAD of each file through, so that no request can fill the disk.

    Where a folder of scans comes in (LARGE_UPLOADS) a file may be an archive of them, up to MAX_ARCHIVE; and all files
    of any request together may be a little more than that, so that whoever adds them up sees that they are too many.

    The rest is read and dropped: the form, its other fields and a sentence about the size still reach the reader.
    """

    through = 0

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes | None:
        large = self.request is not None and self.request.path in settings.LARGE_UPLOADS
        if start > (settings.MAX_ARCHIVE if large else settings.MAX_UPLOAD):
            return None
        if self.through > (settings.MAX_ARCHIVE if large else MOST_OF_A_FORM * settings.MAX_UPLOAD):
            return None
        self.through += len(raw_data)
        return raw_data

    def file_complete(self, file_size: int) -> Any:
        return None  # the next handler has kept it
