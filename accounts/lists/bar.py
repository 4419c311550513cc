"""What stands above a list: its saved views, and what the list was asked for but has no more.

The views come with the number of unread messages, which every page asks for anyway: a list with views asks no question
more than one without.
"""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, F, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce, JSONObject
from django.forms import BaseForm
from django.http import HttpResponseRedirect, QueryDict
from django.urls import reverse

from accounts.doors import HatRequest, can
from accounts.lists.kinds import Listed, gone, kinds, said
from accounts.lists.models import SavedView, StartView
from accounts.lists.services import HOME
from accounts.models import Membership, User
from core.models import Message
from core.prepared import PreparedValues


@dataclass(frozen=True)
class Bar:
    """Ready to draw: `tabs` are {label, url, current, shared}; `fallen` the filters that do not hold any more."""

    tabs: list[dict[str, Any]]
    save_url: str
    export_url: str
    fallen: list[str]
    current: bool
    everything: str = "?"


def bar_of(request: HatRequest, listed: Listed, form: BaseForm) -> Bar | HttpResponseRedirect:
    """The bar, or the way to the view that this person wants to see first in the list."""
    hat, query = request.membership, request.GET
    views = _views(request, hat, listed) if can(hat, "view.use") else []
    start = next((view for view in views if view["start"]), None)
    if start and request.method == "GET" and not request.META.get("QUERY_STRING") and not request.htmx:
        return HttpResponseRedirect(f"{request.path}?{start['query'] or 'view=all'}")
    now = said(query)
    current = next((view for view in views if view["query"] == now), None)
    everything = "?view=all" if start else "?"
    tabs = [{"label": "全部", "url": everything, "current": not now, "shared": False}] if views else []
    tabs += [
        {
            "label": view["name"],
            "url": f"?{view['query']}" if view["query"] else "?view=all",
            "current": view is current,
            "shared": view["owner"] != hat.pk,
        }
        for view in views
    ]
    asked = urlencode({"list": listed.key, "query": now})
    return Bar(
        tabs=tabs,
        save_url=f"{reverse('accounts:view-new')}?{asked}" if can(hat, "view.use") else "",
        export_url=f"{reverse('accounts:export-new')}?{asked}" if can(hat, "export.use") else "",
        fallen=gone(query, form, words=current["words"] if current else {}),
        current=current is not None,
        everything=everything,
    )


def start_page(hat: Membership) -> str:
    """Where this hat begins after signing in; empty: on the first page."""
    start = StartView.objects.visible_to(hat).filter(place=HOME).select_related("view").first()
    if start is None or start.view.list not in kinds() or not kinds()[start.view.list].open_to(hat):
        return ""
    return f"{kinds()[start.view.list].address}?{start.view.query or 'view=all'}"


def _views(request: HatRequest, hat: Membership, listed: Listed) -> list[dict[str, Any]]:
    """One's own first, then those of others, each in its owner's order."""
    [(request.unread, found)] = VIEWS.rows(  # type: ignore[attr-defined]  # accounts.context shows it
        person=hat.person_id, hat=hat.pk, unit=hat.organization_id, role=hat.role, list=listed.key
    )
    views = [json.loads(view) for view in found]
    return sorted(views, key=lambda view: view["owner"] != hat.pk)


def _asked(*, person: int, hat: int, unit: int, role: str, list: str) -> QuerySet[User, Any]:
    """The unread messages of a person, counted, and the views of a list that the hat sees."""
    unread = Message.objects.filter(person=OuterRef("pk"), read_at=None).order_by().values("person")
    first = StartView.objects.filter(membership=hat, place=list, view=OuterRef("pk"))
    worn = Membership(pk=hat, organization_id=unit, role=role)
    views = SavedView.objects.visible_to(worn).filter(list=list).annotate(start=Exists(first))
    parts = JSONObject(name=F("name"), query=F("query"), words=F("words"), start=F("start"), owner=F("owner_id"))
    return User.objects.filter(pk=person).values_list(
        Coalesce(Subquery(unread.annotate(count=Count("pk")).values("count")), 0),
        ArraySubquery(views.order_by("owner_id", "place").values_list(parts)),
    )


# Asked by every list: to put it into words would cost more than its rows.
VIEWS = PreparedValues(
    "views_of_a_list",
    _asked,
    person=(-11, "bigint"),
    hat=(-12, "bigint"),
    unit=(-13, "bigint"),
    role=("a role", "text"),
    list=("a list", "text"),
)


def query_in(sent: str) -> QueryDict:
    """A query string as a form carries it: nothing but what a view may keep."""
    return QueryDict(said(QueryDict(sent)))
