"""Rows of lists."""

from datetime import date

from django.db.models import Q, QuerySet

from accounts.enums import OfficeKind, Role
from accounts.models import Membership, Office, Organization

KINDS = {"host": "派驻单位", "institution": "派出单位"}


def plain(words: str) -> str:
    """Search words as PostgreSQL takes them."""
    return words.replace("\0", "").strip()[:100]


def units(hat: Membership, *, kind: str = "host", words: str = "", district: str = "") -> QuerySet[Organization]:
    """The units of one kind that this hat sees; `words` are part of the name or the whole credit code."""
    seen = Organization.objects.visible_to(hat)
    words, district = plain(words), plain(district)
    rows = seen.institutions() if kind == "institution" else seen.hosts()
    if words:
        rows = rows.filter(Q(name__holds=words) | Q(uscc=words.upper()))
    return rows.filter(district=district) if district else rows


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
