"""Which hosts look like one, and what hangs on each of two."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any

from django.db import connection
from django.db.models import Count, Sum

from accounts.enums import HostType
from accounts.models import HostUnit, Invitation, Membership, Organization
from agreements.cases import STAYS
from agreements.enums import AgreementStatus
from agreements.models import Agreement, YearlyHost, last_day
from agreements.rules import Stay
from core.identifiers import title_key
from core.jinja import cdate
from desk.merging import dismissing
from desk.merging.rules import Clash
from funding.models import LedgerEntry
from visits.models import Visit

CROWD = 4  # as many units with one telephone share an office, not an identity
FIELDS = {
    "name": "单位名称",
    "uscc": "统一社会信用代码",
    "district": "所在县（市、区）",
    "address": "地址",
    "contact_name": "联系人",
    "contact_phone": "联系电话",
    "contact_email": "联系邮箱",
    "host_type": "单位类型",
    "flags": "企业标识",
}


@dataclass(frozen=True)
class Pair:
    """Two hosts that may be one, and why they seem so."""

    one: Organization
    other: Organization
    reasons: tuple[str, ...]


def candidates() -> list[Pair]:
    """Pairs of hosts with one name, one telephone or one body of the credit code, but for those found to be two; the
    likeliest first.
    """
    units = {unit.pk: unit for unit in Organization.objects.hosts().select_related("district").order_by("pk")}
    alike: dict[tuple[str, str], list[int]] = defaultdict(list)
    for unit in units.values():
        for reason, key in _keys(unit):
            alike[reason, key].append(unit.pk)
    found: dict[tuple[int, int], list[str]] = defaultdict(list)
    for (reason, _), those in alike.items():
        if len(those) <= CROWD:
            for pair in combinations(those, 2):
                found[pair].append(reason)
    dismissed = dismissing.standing(Organization)
    pairs = [
        Pair(units[one], units[other], tuple(why))
        for (one, other), why in found.items()
        if not dismissing.is_settled((one, other), dismissing.facts_of(likeness(units[one], units[other])), dismissed)
    ]
    return sorted(pairs, key=lambda pair: (-len(pair.reasons), "名称相同" not in pair.reasons, pair.one.pk))


def likeness(one: Organization, other: Organization) -> list[tuple[str, str]]:
    """Why two units seem one, with what they share."""
    shared = {*_keys(other)}
    return [key for key in _keys(one) if key in shared]


def _keys(unit: Organization) -> Iterator[tuple[str, str]]:
    yield "名称相同", title_key(unit.name)
    if unit.contact_phone:
        yield "联系电话相同", unit.contact_phone
    if unit.uscc:
        yield "信用代码主体部分相同", unit.uscc[8:17]


# --- two sides --------------------------------------------------------------------------------------------------------


def value(unit: Organization, field: str) -> Any:
    """A field of FIELDS as it is compared and written: the flags are one."""
    host = unit.host
    if field == "flags":
        return (host.is_above_scale, host.is_tech_sme, host.flags_year, host.flags_verified_by_id, host.flags_basis)
    return host.host_type if field == "host_type" else getattr(unit, field)


EMPTY = "（空）"


def in_words(unit: Organization, field: str) -> str:
    host = unit.host
    if field == "flags":
        if not host.declares:
            return "无"
        return f"{host.flags_year}年度{host.declared}（{'已核实' if host.flags_verified_by_id else '未核实'}）"
    if field == "host_type":
        return HostType(host.host_type).label
    return str(value(unit, field) or EMPTY)


@dataclass(frozen=True)
class Side:
    """All that hangs on one of the two."""

    unit: Organization
    agreements: list[Agreement]
    visits: int
    entries: int
    paid_fen: int
    years: int
    members: list[Membership]
    invitations: int

    @property
    def counts(self) -> list[tuple[str, str]]:
        return [
            ("协议", f"{len(self.agreements)}份"),
            ("占用年度（一人一年一个单位）", f"{self.years}条"),
            ("服务记录", f"{self.visits}次"),
            ("补助分录", f"{self.entries}笔"),
            ("平台账号", "、".join(f"{hat.person}（{hat.get_role_display()}）" for hat in self.members) or "无"),
            ("未接受的邀请", f"{self.invitations}份"),
        ]

    @property
    def papers(self) -> list[tuple[str, str, str, str]]:
        return [
            (
                str(paper),
                paper.specialist.name,
                f"{cdate(paper.service_start)}至{cdate(paper.service_end)}" if paper.service_end else "未填写",
                AgreementStatus(paper.status).label,
            )
            for paper in self.agreements
        ]


def side(unit: Organization, *, on: date) -> Side:
    at_it = {"agreement__host": unit.pk}
    entries = LedgerEntry.objects.filter(claim__attendance__visit__agreement__host=unit.pk)
    posted = entries.aggregate(count=Count("pk"), fen=Sum("amount_fen"))
    papers = Agreement.objects.filter(host=unit.pk).select_related("specialist").order_by("pk")
    hats = Membership.objects.active(on=on).filter(organization=unit).select_related("person").order_by("pk")
    return Side(
        unit=unit,
        agreements=list(papers),
        visits=Visit.objects.filter(**at_it).count(),
        entries=posted["count"],
        paid_fen=-(posted["fen"] or 0),
        years=YearlyHost.objects.filter(host=unit.pk).count(),
        members=list(hats),
        invitations=Invitation.objects.filter(organization=unit, accepted_at=None).count(),
    )


def parties_on_both_sides(survivor: int, loser: int) -> list[str]:
    """Agreements with the loser that the survivor dispatches for, by their numbers."""
    return [str(paper) for paper in Agreement.objects.filter(host=loser, institution=survivor).order_by("pk")]


def clashes(one: int, other: int) -> list[Clash]:
    """R27: agreements of one specialist, category and form, at each of the two, that cover the same days."""
    counted = Agreement.objects.filter(status__in=[*AgreementStatus.counted_at_host, AgreementStatus.TERMINATED])
    rows = counted.filter(host__in=(one, other)).select_related("registration", "specialist").order_by("pk")
    by_person: dict[tuple[int, str, str], list[Agreement]] = defaultdict(list)
    for paper in rows:
        by_person[paper.specialist_id, paper.registration.category, paper.registration.form].append(paper)
    return [
        Clash(first.specialist.name, str(first), str(second))
        for papers in by_person.values()
        for first, second in combinations(papers, 2)
        if first.host_id != second.host_id and _meet(first, second)
    ]


def _meet(first: Agreement, second: Agreement) -> bool:
    (start, end), (after, until) = (
        (paper.service_start, last_day(paper.service_end, paper.terminated_on)) for paper in (first, second)
    )
    assert start
    assert after
    return start <= until and after <= end


def stays_at(hosts: list[int], *, on: date) -> list[Stay]:
    """A10: who is counted at any of these hosts from that day on, members of teams one by one."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT s.person, GREATEST(s.since, %s), s.until FROM agreements_agreement a, LATERAL ({STAYS}) s
            WHERE a.host_id = ANY(%s) AND a.status = ANY(%s) AND s.since <= s.until AND s.until >= %s
            """,
            [on, hosts, list(AgreementStatus.counted_at_host), on],
        )
        return [Stay(*row) for row in cursor.fetchall()]


def host_of(unit: Organization) -> HostUnit:
    return unit.host
