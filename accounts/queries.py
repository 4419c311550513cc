"""Rows of lists."""

from django.db.models import Q, QuerySet

from accounts.models import Membership, Organization

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
        rows = rows.filter(Q(name__contains=words) | Q(uscc=words.upper()))
    return rows.filter(district=district) if district else rows
