"""What the matrix alone says about a request, and what a response really was."""

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pypdfium2
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver

from accounts.enums import Role
from accounts.matrix import Address, Scope, matrix

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
SAFE = ("GET",)
ALLOWED, SIGN_IN = "allowed", "sign in first"

# Rows that a request may leave behind without having done anything: sessions age, wrong passwords are counted.
NOT_COUNTED = ("accounts_session", "axes_", "django_")


def named_urls() -> dict[str, URLPattern]:
    """Every address the resolver knows, by the name the matrix knows it by; one without a name stands as its path."""
    return dict(_patterns(get_resolver().url_patterns, (), ""))


def _patterns(
    patterns: list[URLPattern | URLResolver], spaces: tuple[str, ...], path: str
) -> Iterator[tuple[str, URLPattern]]:
    for pattern in patterns:
        here = path + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            inner = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from _patterns(pattern.url_patterns, inner, here)
        else:
            yield ":".join((*spaces, pattern.name or f"/{here} (no name)")), pattern


def expected(address: Address, method: str, role: Role | None, subject: str) -> int | str:
    """The answer that the matrix alone promises; `subject` is own, foreign or none."""
    action = address.methods.get(method)
    if address.superuser:
        return 404 if role else SIGN_IN
    if address.open:
        return 405 if action is None else ALLOWED
    if role is None:
        return SIGN_IN
    if action is None:
        return 405
    if address.hatless:
        return ALLOWED
    if address.model:
        seen = matrix().actions[address.view].roles.get(role)
        if seen is None or subject == "none" or (subject == "foreign" and seen != Scope.ALL):
            return 404
        if matrix().actions[action].own and role in Role.bureau:  # every record of the walk is an institution's
            return 403
    return ALLOWED if role in matrix().actions[action].roles else 403


def fits(wanted: int | str, response: Any, *, api: bool, method: str) -> bool:
    status = response.status_code
    if wanted == SIGN_IN:
        if not api and method == "GET":
            return status == 302 and response["Location"].startswith("/sign-in/")
        return status == 401
    if wanted == ALLOWED:
        return status not in (401, 403, 404, 405) and status < 500
    return bool(status == wanted)


def body_of(response: Any) -> str:
    """Everything a reader of the answer could read: text, cells of a workbook, words of a PDF."""
    raw = b"".join(response.streaming_content) if response.streaming else response.content
    kind = response.headers.get("Content-Type", "")
    if raw.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(raw)) as book:
            return "".join(book.read(name).decode(errors="replace") for name in book.namelist())
    if raw.startswith(b"%PDF-"):
        paper = pypdfium2.PdfDocument(raw)
        text = "".join(page.get_textpage().get_text_range() for page in paper)
        paper.close()
        return text
    text = raw.decode(errors="replace")
    if "json" in kind:
        text = re.sub(r"\\u([0-9a-f]{4})", lambda code: chr(int(code[1], 16)), text)
    return text


def digest() -> dict[str, str]:
    """Of each table how many rows it has and which transaction wrote last, to see that a refused request wrote nothing.

    An order of magnitude cheaper than reading the rows, and stricter: a row written anew with its old values counts.
    """
    tables = [name for name in connection.introspection.table_names() if not name.startswith(NOT_COUNTED)]
    parts = " UNION ALL ".join(
        f"SELECT '{table}', count(*) || ' ' || coalesce(max(xmin::text::bigint), 0) FROM {table}" for table in tables
    )
    with connection.cursor() as cursor:
        cursor.execute(parts)
        return dict(cursor.fetchall())
