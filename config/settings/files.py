"""Uploaded files and how much of anything one request may bring."""

from config.settings.environment import DATA_DIR

MEDIA_ROOT = DATA_DIR / "files"  # no MEDIA_URL: a checking view serves every file
MAX_UPLOAD = 20 * 1024 * 1024
MAX_ARCHIVE = 100 * 1024 * 1024  # a folder of scans in one ZIP
LARGE_UPLOADS = ("/past-scans/", "/api/v1/past-scans/", "/agreements/scans/", "/api/v1/scan-batches/")
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # fields without files
DATA_UPLOAD_MAX_NUMBER_FIELDS = 1000
DATA_UPLOAD_MAX_NUMBER_FILES = 200  # a drop of scans; together no more than UploadLimit lets through
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # above that a file goes to disk
FILE_UPLOAD_PERMISSIONS = 0o640
FILE_UPLOAD_DIRECTORY_PERMISSIONS = 0o750

FILE_UPLOAD_HANDLERS = [
    "core.storage.UploadLimit",  # what is over MAX_UPLOAD is never kept, and is told in words
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
PAGE_CACHE = DATA_DIR / "cache" / "pages"  # pictures of pages; may be emptied at any time

STORAGES = {
    "default": {"BACKEND": "core.storage.DurableStorage"},
    "staticfiles": {"BACKEND": "config.static.NamedByContent"},
}

ROSTER_TAKE_BACK_HOURS = 24  # how long a roster that was imported may be taken back whole
