"""What every page shows around its content."""

from functools import cache
from typing import Any

from django.conf import settings
from django.db.models import Count
from django.http import HttpRequest
from django.template.backends.utils import csrf_input
from django.utils.functional import lazy
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timezone import localdate

from accounts.doors import WORN
from accounts.enums import Role
from accounts.matrix import MenuItem, matrix
from accounts.models import Membership
from core.jinja import url_if_served
from core.models import Message
from core.prepared import PreparedValues


def page(request: HttpRequest) -> dict[str, Any]:
    """The hat, the other hats, the menu, unread messages. Signed out: the same names, empty."""
    membership: Membership | None = getattr(request, "membership", None)
    common: dict[str, Any] = {
        "demo": settings.DEMO,
        "this_year": localdate().year,
        "request_id": getattr(request, "request_id", ""),
    }
    common["shell"] = shell(request)
    if membership is None:
        return {**common, "membership": None, "hats": [], "nav": [], "unread": 0}
    return {
        **common,
        "csrf_input": _keys(request, membership),
        "membership": membership,
        "hats": getattr(request, "hats", [])[1:],
        "nav": menu(membership, request.path),
        "unread": _unread(request, membership),
    }


def _what_every_form_carries(request: HttpRequest, membership: Membership) -> SafeString:
    """Every form says under which hat it was shown: in another window the person may have changed it meanwhile."""
    said: SafeString | None = getattr(request, "what_every_form_carries", None)
    if said is None:
        said = csrf_input(request) + format_html('<input type="hidden" name="{}" value="{}">', WORN, membership.pk)
        request.what_every_form_carries = said  # type: ignore[attr-defined]
    return said


# A page without a form needs no token. Made once: `lazy` builds a class.
_keys = lazy(_what_every_form_carries, SafeString, str)


# Asked by every page that has not asked already (accounts.lists.bar): its words cost more than its rows.
UNREAD = PreparedValues(
    "unread_messages",
    lambda person: Message.objects.filter(person=person, read_at=None).values("person").values_list(Count("pk")),
    person=(-11, "bigint"),
)


def _unread(request: HttpRequest, membership: Membership) -> int:
    known: int | None = getattr(request, "unread", None)
    if known is None:
        known = sum(number for (number,) in UNREAD.rows(person=membership.person_id))  # no row where there is none
    return known


def shell(request: HttpRequest) -> str:
    """The template around a page that both offices and phones open."""
    membership: Membership | None = getattr(request, "membership", None)
    return "base_phone.html" if membership and membership.role in Role.on_the_phone else "base.html"


@cache
def _places(role: str) -> tuple[tuple[MenuItem, str], ...]:
    """The menu of a role with its addresses; what this installation leaves out is not in it."""
    mine = ((item, url_if_served(item.url)) for item in matrix().menu if matrix().may(role, item.action))
    return tuple((item, to) for item, to in mine if to)


def menu(membership: Membership, path: str) -> list[dict[str, Any]]:
    places = _places(membership.role)
    above = [to for _, to in places if path == to or (len(to) > 1 and path.startswith(to))]
    # Of two places one below the other (/specialists/, /specialists/provincial/) the nearer is where the reader is.
    here = max(above, key=len, default="")
    groups: dict[str, list[dict[str, Any]]] = {}
    for item, to in places:
        groups.setdefault(item.group, []).append(
            {"label": item.label, "url": to, "icon": item.icon, "current": to == here, "count": None}
        )
    return [{"title": title, "items": items} for title, items in groups.items()]
