"""Saving a view of a list, sharing it, putting it in order, and what one sees first."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Case, Value, When
from django.http import QueryDict
from django.urls import reverse

from accounts.enums import Role
from accounts.leaving import Work, finds_work
from accounts.lists import rules
from accounts.lists.kinds import Listed, kinds, said, title_of
from accounts.lists.models import SavedView, StartView
from accounts.models import Membership
from core import audit
from core.logs import scrub
from core.policy import Finding, Refused, plain, require

HOME = ""  # the place of what one sees after signing in
BESIDE = "您刚才在另一窗口改动过视图，请刷新后重试。"


@transaction.atomic
def save_view(
    listed: Listed, query: QueryDict, *, name: str, by: Membership, shared_with: str = "", fields: Sequence[str] = ()
) -> SavedView:
    """Keep the filters, order and columns of a list under a name, behind one's other views of it.

    Raises Refused for a name that is taken, too many views, a personal number among the filters, and for sharing a
    search by name, or with a role that does not open this list.
    """
    mine = by.saved_views.filter(list=listed.key)
    places = {place: name for place, name in mine.values_list("place", "name")}
    words = listed.words(query, by, asked_for=True)
    require(
        rules.a_place_is_free(taken=places),
        rules.name_is_new(name=name, names=places.values()),
        rules.filters_a_person_may_keep(holds_a_number=any(scrub(str(value)) != value for value in query.values())),
        _sharing(listed, words, shared_with, by=by),
    )
    with _told_of_a_race():
        view = SavedView.objects.create(
            owner=by,
            organization_id=by.organization_id,
            role=by.role,
            list=listed.key,
            name=name,
            query=said(query),
            words=words,
            fields=_known(listed, query, fields, by=by),
            shared_with=shared_with,
            place=_free(places),
        )
    audit.record("view.saved", view, by=by, after={"name": name, "list": listed.title, "shared_with": shared_with})
    return view


@transaction.atomic
def change_view(view: SavedView, *, name: str, shared_with: str, by: Membership) -> SavedView:
    """Rename a view, or share it with others or nobody. Refuses as `save_view` does.

    Who changes what a leaver shared is its owner from then on.
    """
    listed = kinds()[view.list]
    places = dict(by.saved_views.filter(list=view.list).exclude(pk=view.pk).values_list("place", "name"))
    require(
        rules.a_place_is_free(taken=places),
        rules.name_is_new(name=name, names=places.values()),
        _sharing(listed, view.words, shared_with, by=by),
    )
    before, after = audit.changed(view, {"name": name, "shared_with": shared_with})
    if view.owner_id != by.pk:
        view.owner, view.place = by, _free(places)
    view.name, view.shared_with = name, shared_with
    with _told_of_a_race():
        view.save(update_fields=["name", "shared_with", "owner", "place"])
    # Who read it by being shared with does not begin their day with it any more.
    readers = Membership.objects.filter(start_views__view=view)
    for reader in readers:
        if not SavedView.objects.visible_to(reader).filter(pk=view.pk).exists():
            reader.start_views.filter(view=view).delete()
    if after:
        audit.record("view.changed", view, by=by, before=before, after=after)
    return view


@transaction.atomic
def keep_fields(view: SavedView, fields: Sequence[str]) -> None:
    """The columns that its owner exports it with."""
    view.fields = list(fields)
    view.save(update_fields=["fields"])


@transaction.atomic
def copy_view(view: SavedView, *, by: Membership) -> SavedView:
    """One's own view like a shared one, under the same name or that name with a number."""
    names = {*by.saved_views.filter(list=view.list).values_list("name", flat=True)}
    tries = (view.name, *(f"{view.name[:17]}（{number}）" for number in range(2, rules.MOST_VIEWS + 2)))
    name = next(name for name in tries if name not in names)
    return save_view(kinds()[view.list], view.asked, name=name, by=by, fields=view.fields)


@transaction.atomic
def move_up(view: SavedView) -> None:
    """Change places with the view before it; the first one stays where it is."""
    mine = SavedView.objects.filter(owner=view.owner_id, list=view.list)
    before = mine.filter(place__lt=view.place).order_by("-place").first()
    if before is None:
        return
    there = Case(When(pk=view.pk, then=Value(before.place)), default=Value(view.place))
    with _told_of_a_race():
        mine.filter(pk__in=(view.pk, before.pk)).update(place=there)


@transaction.atomic
def delete_view(view: SavedView, *, by: Membership) -> None:
    """Take a view away from everybody; the list itself is not touched."""
    audit.record("view.deleted", view, by=by, before={"name": view.name, "list": title_of(view.list)})
    view.delete()


@transaction.atomic
def start_with(view: SavedView, *, place: str, by: Membership) -> None:
    """See this view first, in its list or after signing in; asked again, no more."""
    if by.start_views.filter(place=place, view=view).delete()[0]:
        return
    StartView.objects.update_or_create(membership=by, place=place, defaults={"view": view})


def readers_of(listed: Listed, *, by: Membership) -> list[tuple[str, str]]:
    """With whom a view of this list may be shared: (role, words)."""
    same = Role(by.role)
    found = [(same.value, f"本单位的{same.label}")]
    if by.role in Role.bureau:
        others = (role for role in Role if role != same and role not in Role.on_the_phone)
        found += [(role.value, f"{'本单位的' if role in Role.bureau else '全部'}{role.label}") for role in others]
    hats = {role: Membership(role=role) for role, _ in found}
    return [(role, words) for role, words in found if listed.open_to(hats[role])]


def _sharing(listed: Listed, words: Mapping[str, Sequence[str]], shared_with: str, *, by: Membership) -> Finding | None:
    if shared_with and shared_with not in dict(readers_of(listed, by=by)):
        return plain("E-VIEW", "视图不能与这一身份的人员共用。", field="shared_with")
    named = {label: value for name, (label, value) in words.items() if name in listed.personal}
    return rules.shares_no_name(shared_with=shared_with, named=named)


def _free(places: Collection[int]) -> int:
    return next(place for place in range(1, rules.MOST_VIEWS + 1) if place not in places)


def _known(listed: Listed, query: QueryDict, fields: Sequence[str], *, by: Membership) -> list[str]:
    return [one.key for one in listed.fields(by, query) if one.key in fields]


@contextmanager
def _told_of_a_race() -> Iterator[None]:
    """Two windows of one person at once: the second hears of it in a sentence."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError:
        raise Refused([plain("E-VIEW", BESIDE)]) from None


@finds_work
def shared_views(hat: Membership, on: date) -> list[Work]:
    """What a leaver shares stays with the unit."""
    shared = hat.saved_views.exclude(shared_with="").count()
    return [Work("共用的列表视图", shared, reverse("accounts:views"), "留在本单位，由相同身份的同事管理")]
