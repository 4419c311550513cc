"""The search in the top bar: by number, by a part of a name, by a unit, and only what the hat may see."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q
from django.urls import reverse

from accounts.enums import HostType, InstitutionType
from accounts.matrix import matrix
from accounts.models import Membership, Organization
from agreements.enums import AgreementStatus
from agreements.models import Agreement
from core.identifiers import half_width
from core.models import PolicyPack
from core.search import by_name
from specialists.enums import Category, RegistrationStatus
from specialists.models import Registration, Team
from visits.models import Visit
from visits.queries import columns_of_who, who_of

SHOWN = 8  # of each kind; more than that is a matter for the lists and their filters
NUMBER = re.compile(r"(?P<kind>[DRV])-?(?P<key>[0-9]{1,17})", re.IGNORECASE)
BETWEEN_SIGNS = re.compile(r"(?<=[\u3400-\u9fff])\s+(?=[\u3400-\u9fff])")  # 张　三
ENDS_A_NUMBER = re.compile(r"^(?:.*?(?P<year>[0-9]{4})-)?(?P<serial>[0-9]{1,6})$", re.ASCII)


@dataclass(frozen=True)
class Hit:
    title: str
    detail: str
    url: str


@dataclass(frozen=True)
class Group:
    """Hits of one kind; `more` when there are others that are not shown."""

    label: str
    icon: str
    hits: list[Hit]
    more: bool


def find(hat: Membership, typed: str, *, on: date) -> list[Group]:
    """Groups that found something, in the order of the work: agreements, people, teams, visits, units."""
    words = BETWEEN_SIGNS.sub("", half_width(typed).strip())
    found = [
        _agreements(hat, words, on=on),
        _people(hat, words),
        _teams(hat, words),
        _visits(hat, words),
        _units(hat, words),
    ]
    return [group for group in found if group and group.hits]


def _agreements(hat: Membership, words: str, *, on: date) -> Group:
    rows = Agreement.objects.visible_to(hat).filter(_about(words, on=on)).order_by("-pk")
    columns = ("id", "filing_number", "status", "specialist__name", "host__organization__name")
    return _group(
        "协议",
        "file-text",
        (
            Hit(
                f"{row['filing_number'] or 'D-' + str(row['id'])}　{row['specialist__name']}",
                f"{row['host__organization__name'] or '派驻单位未填写'}　{AgreementStatus(row['status']).label}",
                reverse("agreements:detail", args=[row["id"]]),
            )
            for row in rows.values(*columns)[: SHOWN + 1]
        ),
    )


def _about(words: str, *, on: date) -> Q:
    """Agreements by their draft code or number where there is a digit in it, otherwise by a part of a person's name."""
    if key := _key(words, "D"):
        return Q(pk=key)
    if not any(sign.isdecimal() for sign in words):
        return by_name(words, of="specialist__")
    match = Q(filing_number__startswith=words.upper())
    if end := ENDS_A_NUMBER.search(words):  # the serial alone is of this year or the last
        pattern = PolicyPack.in_force(on=on).setting("agreements.filing_number")
        years = [int(end["year"])] if end["year"] else [on.year, on.year - 1]
        match |= Q(filing_number__in=[pattern.format(year=year, sequence=int(end["serial"])) for year in years])
    return match


def _people(hat: Membership, words: str) -> Group | None:
    if not matrix().may(hat.role, "registration.view"):
        return None
    key = _key(words, "R")
    match = Q(pk=key) if key else by_name(words, of="specialist__")
    rows = Registration.objects.visible_to(hat).filter(match).order_by("-year", "-pk")
    columns = ("id", "year", "category", "status", "specialist__name", "institution__organization__name")
    return _group(
        "特派员登记",
        "users",
        (
            Hit(
                f"{row['specialist__name']}　{row['year']}年度{Category(row['category']).label}",
                f"{row['institution__organization__name'] or '市科技局直接聘请'}　"
                f"{RegistrationStatus(row['status']).label}",
                reverse("specialists:detail", args=[row["id"]]),
            )
            for row in rows.values(*columns)[: SHOWN + 1]
        ),
    )


def _teams(hat: Membership, words: str) -> Group | None:
    """By a part of the name; its page leads on to members and agreements."""
    if not matrix().may(hat.role, "team.view"):
        return None
    rows = Team.objects.visible_to(hat).filter(name__holds=words).order_by("-year", "-pk")
    columns = ("id", "name", "year", "category", "status", "institution__organization__name")
    return _group(
        "团队",
        "users",
        (
            Hit(
                f"{row['name']}　{row['year']}年度{Category(row['category']).label}",
                f"{row['institution__organization__name']}　{RegistrationStatus(row['status']).label}",
                reverse("specialists:team-detail", args=[row["id"]]),
            )
            for row in rows.values(*columns)[: SHOWN + 1]
        ),
    )


def _visits(hat: Membership, words: str) -> Group | None:
    key = _key(words, "V")
    if not key:
        return None
    rows = Visit.objects.visible_to(hat).filter(pk=key).values("id", "date", "content", **columns_of_who())
    return _group(
        "服务记录",
        "clipboard-check",
        (
            Hit(
                f"V-{row['id']}　{who_of(row)}　{row['date']:%Y-%m-%d}",
                row["content"][:40],
                reverse("visits:detail", args=[row["id"]]),
            )
            for row in rows
        ),
    )


def _units(hat: Membership, words: str) -> Group | None:
    if not matrix().may(hat.role, "organization.view"):
        return None
    code = words.upper()  # its own, or one it had before another unit was merged into it
    match = by_name(words, anywhere=True) | Q(uscc=code) | Q(absorbed__uscc=code)
    rows = Organization.objects.visible_to(hat).standing().filter(match).order_by("name", "pk")
    columns = ("id", "name", "district__name", "host__host_type", "institution__type")
    return _group(
        "单位",
        "building",
        (
            Hit(
                row["name"],
                "　".join(
                    filter(None, (row["district__name"], _capacities(row["institution__type"], row["host__host_type"])))
                ),
                reverse("accounts:organization", args=[row["id"]]),
            )
            for row in rows.values(*columns)[: SHOWN + 1]
        ),
    )


def _capacities(institution: str | None, host: str | None) -> str:
    words = [f"派出单位（{InstitutionType(institution).label}）" if institution else ""]
    words.append(f"派驻单位（{HostType(host).label}）" if host else "")
    return "　".join(filter(None, words))


def _key(words: str, kind: str) -> int | None:
    """D-12, d12: the key of a record of that kind."""
    match = NUMBER.fullmatch(words)
    return int(match["key"]) if match and match["kind"].upper() == kind else None


def _group(label: str, icon: str, hits: Iterable[Hit]) -> Group:
    found = list(hits)
    return Group(label, icon, found[:SHOWN], len(found) > SHOWN)
