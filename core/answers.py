"""Files as answers."""

from django.core.files.storage import default_storage
from django.http import FileResponse, HttpResponse
from django.utils.http import content_disposition_header


def download(data: bytes, name: str, content_type: str, *, to_look_at: bool = False) -> HttpResponse:
    """A file to keep, or one `to_look_at` in the window, under its Chinese name; no cache keeps it."""
    response = HttpResponse(data, content_type=content_type)
    response["Content-Disposition"] = content_disposition_header(not to_look_at, name) or "attachment"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response


def lent(path: str, name: str, content_type: str) -> FileResponse:
    """The same out of what core.files lends, without reading it into memory."""
    response = FileResponse(default_storage.open(path), as_attachment=True, filename=name, content_type=content_type)
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
