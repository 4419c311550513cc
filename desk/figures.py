"""A number on a first page: what it counts, in words, and the page with exactly those rows."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from desk.queries import KINDS


@dataclass(frozen=True)
class Figure:
    """For `counts` of components/page.html."""

    label: str
    count: int | str
    url: str
    note: str = ""
    definition: str = ""
    hot: bool = False  # red when it is not nought
    current: bool = False  # its rows stand on the page itself


def rows(page: str, **query: object) -> str:
    """The address of a list, cut down to the rows that are counted."""
    asked = urlencode({name: value for name, value in query.items() if value not in (None, "")})
    return f"{reverse(page)}?{asked}" if asked else reverse(page)


def people(of: str, **query: object) -> str:
    """The address of the list of people whom one of KINDS counts."""
    assert of in KINDS
    return rows("desk:people", of=of, **query)
