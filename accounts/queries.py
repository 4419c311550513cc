"""Rows of lists."""

from collections.abc import Collection
from datetime import date, datetime

from django.db.models import Count, Q, QuerySet

from accounts.enums import OfficeKind, Role
from accounts.models import District, Membership, Office, Organization, OrganizationQuerySet, in_county
from core import audit
from core.identifiers import title_key
from core.notify import Reader
from core.search import by_name

KINDS = {"host": "派驻单位", "institution": "派出单位"}


def plain(words: str) -> str:
    """Search words as PostgreSQL takes them."""
    return words.replace("\0", "").strip()[:100]


def name_at(unit: Organization, when: datetime) -> str:
    """What it was called at that moment: the first correction since says what it corrected."""
    corrected = {"verb__in": ("organization.changed", "organization.merged"), "before__has_key": "name"}
    since = audit.history(unit).filter(at__gt=when, **corrected).first()
    return str(since.before["name"]) if since else unit.name


def units(hat: Membership, *, kind: str = "host", words: str = "", district: str = "") -> QuerySet[Organization]:
    """The units of one kind that this hat sees; `words` are part of the name or the whole credit code."""
    seen = Organization.objects.visible_to(hat)
    words, district = plain(words), plain(district)
    rows = seen.institutions() if kind == "institution" else seen.hosts()
    if words:
        code = words.upper()  # its own, or one it had before another unit was merged into it
        rows = rows.filter(by_name(words, anywhere=True) | Q(uscc=code) | Q(absorbed__uscc=code))
    return rows.filter(in_county(district)) if district else rows


def whom_to_ask(hat: Membership, *, on: date) -> list[tuple[str, str, str]]:
    """Who helps on (what, name, how to reach): the administrators of one's own unit, and the city bureau's desk.

    Both may be known to everybody here, whatever else a hat sees: they are named to be called.
    """
    bureau = Office.objects.filter(kind=OfficeKind.CITY_BUREAU).select_related("organization").order_by("pk").first()
    asked = []
    if hat.role not in Role.bureau:
        admins = Membership.objects.active(on=on).filter(organization=hat.organization_id, role=Role.INSTITUTION_ADMIN)
        names = "、".join(admins.order_by("pk").values_list("person__name", flat=True)[:3])
        if names:
            asked.append(("账号和身份", names, "本单位管理员"))
    if bureau:
        unit = bureau.organization
        asked.append(("政策和审核", f"{unit}　{unit.contact_name}", unit.contact_phone))
    return asked


# --- flags of hosts ---------------------------------------------------------------------------------------------------

FLAG_STATES = {
    "pending": "待核实",
    "own": "本人申报待他人核实",
    "returned": "已退回",
    "outdated": "待更新年度",
    "verified": "已核实",
}


def flags_in(state: str, hat: Membership, *, on: date) -> QuerySet[Organization]:
    """The hosts of this hat with a declaration in one of FLAG_STATES."""
    return declared(Organization.objects.visible_to(hat).hosts(), state, person=hat.person_id, on=on)


def declared(hosts: OrganizationQuerySet, state: str, *, person: int, on: date) -> OrganizationQuerySet:
    """Who declared does not verify: their own declarations wait for somebody else."""
    if state == "outdated":
        return hosts.declared_before(on.year)
    if state == "pending":
        return hosts.unverified_for(person)
    if state == "own":
        return hosts.unverified().filter(host__flags_declarer=person)
    if state == "returned":
        return hosts.declaring().exclude(host__flags_note="")
    return hosts.declaring().exclude(host__flags_verified_by=None).filter(host__flags_year__gte=on.year)


def flags_waiting(hat: Membership, *, on: date) -> dict[str, int]:
    """How many of this hat's hosts stand in the states that ask for something."""
    counted = Organization.objects.visible_to(hat).hosts().declaring()
    unverified, own = Q(host__flags_verified_by=None, host__flags_note=""), Q(host__flags_declarer=hat.person_id)
    return counted.aggregate(
        pending=Count("pk", filter=unverified & ~own),
        own=Count("pk", filter=unverified & own),
        outdated=Count("pk", filter=Q(host__flags_year__lt=on.year)),
    )


def host_readers(units: Collection[Organization], *, on: date) -> dict[int, list[Reader]]:
    """By unit: its contacts with an account, or else the address it gave."""
    found: dict[int, list[Reader]] = {}
    hats = Membership.objects.active(on=on).filter(organization__in=[unit.pk for unit in units], role=Role.HOST_CONTACT)
    for hat in hats.select_related("person").order_by("pk"):
        found.setdefault(hat.organization_id, []).append(Reader(hat.person, hat.person.email))
    return {unit.pk: found.get(unit.pk) or [Reader(email=unit.contact_email)] for unit in units}


def flag_verifiers(*, on: date) -> dict[str, list[Reader]]:
    """Who verifies the hosts of a county, by its code; the city bureau's officers under "", for where nobody is."""
    found: dict[str, list[Reader]] = {"": []}
    hats = Membership.objects.active(on=on).filter(role__in=[Role.COUNTY_OFFICER, Role.BUREAU_OFFICER])
    for hat in hats.select_related("person", "organization").order_by("pk"):
        found.setdefault(hat.district_id if hat.role == Role.COUNTY_OFFICER else "", []).append(Reader(hat.person))
    return found


def without_code(name: str, district: District | None) -> OrganizationQuerySet:
    """Units of that name in that county which have no credit code."""
    place = in_county(district.current.pk) if district else Q(district=None)
    return Organization.objects.standing().filter(place, name=name, uscc=None)


def same_named(unit: Organization, name: str, district: District | None, *, by: Membership) -> list[str]:
    """Other units of that county, and among those that dispatch or govern of any, whose names differ from this in nothing
    but how they are written. One that `by` does not see is called by the name that was typed."""
    others = Organization.objects.standing().exclude(pk=unit.pk)
    places = in_county(district.current.pk) if district else Q(pk=None)
    if hasattr(unit, "institution") or hasattr(unit, "office"):
        places |= Q(institution__isnull=False) | Q(office__isnull=False)
    alike = {
        pk: other
        for pk, other in others.filter(places).order_by("pk").values_list("pk", "name")
        if title_key(other) == title_key(name)
    }
    seen = {*Organization.objects.visible_to(by).filter(pk__in=alike).values_list("pk", flat=True)}
    return list(dict.fromkeys(other if pk in seen else name for pk, other in alike.items()))


def namesakes(name: str, district: District | None, *, by: Membership) -> list[str]:
    """Hosts of a county that this hat sees and whose names differ in nothing but how they are written."""
    seen = Organization.objects.visible_to(by).hosts().filter(in_county(district.current.pk if district else ""))
    return [
        other for other in seen.order_by("pk").values_list("name", flat=True) if title_key(other) == title_key(name)
    ]
