"""县（市、区）: its own hosts, who serves there, what was done there."""

from datetime import date
from typing import Any

from django.urls import reverse

from accounts.enums import HostType
from accounts.models import Membership, Organization
from agreements.models import Agreement, last_day
from core.jinja import cdate, shortdate
from desk import queries
from desk.figures import Figure, people, rows
from desk.homes.shared import link, today_in_words
from visits.enums import VisitStatus
from visits.models import Visit
from visits.queries import columns_of_who, who_of

SHOWN = 8


def home(hat: Membership, on: date) -> tuple[str, dict[str, Any]]:
    papers = queries.own_agreements(hat, on=on)
    counted = queries.visits_by_state(hat, year=on.year)
    context = {
        "place": hat.organization.district,
        "said": f"{today_in_words(on)}　·　{hat.organization}",
        "figures": [
            Figure(
                "派驻单位",
                Organization.objects.visible_to(hat).hosts().count(),
                rows("accounts:organizations", kind="host"),
                definition="本县（市、区）已录入的派驻单位",
            ),
            Figure(
                "企业标识待核实",
                Organization.objects.visible_to(hat).hosts().unverified_for(hat.person_id).count(),
                rows("accounts:host-flags", state="pending"),
                note="家",
                hot=True,
                definition="本县（市、区）派驻单位申报了规模以上或科技型中小企业、尚未核实的",
            ),
            Figure(
                "在岗特派员",
                papers["in_service"],
                people("in_service"),
                note="人",
                definition="今天在本县（市、区）派驻单位服务期内的人员",
            ),
            Figure(
                f"{on.year}年已确认服务",
                counted["confirmed"],
                rows("visits:list", status="confirmed", year=on.year),
                note="次",
                definition="派驻单位已确认的下基层服务",
            ),
            Figure(
                "待派驻单位确认",
                counted["logged"],
                rows("visits:list", status="logged"),
                note="次",
                definition="特派员已登记、派驻单位尚未确认的服务",
            ),
            Figure(
                "60天内到期",
                papers["ending"],
                rows("agreements:list", due="ending"),
                definition="服务期在60天内结束的已备案协议",
            ),
        ],
        "serving": _serving(hat, on=on),
        "visits": _visits(hat),
        "hosts": _hosts(hat, on=on),
    }
    return "desk/county.html", context


def _serving(hat: Membership, *, on: date) -> list[tuple[object, ...]]:
    found = Agreement.objects.visible_to(hat).in_service(on=on).order_by("host__organization__name", "pk")
    columns = (
        "id",
        "specialist__name",
        "institution__organization__name",
        "host__organization__name",
        "service_end",
        "terminated_on",
    )
    return [
        (
            link(row["specialist__name"], reverse("agreements:detail", args=[row["id"]])),
            row["institution__organization__name"] or "市科技局直接聘请",
            row["host__organization__name"],
            cdate(last_day(row["service_end"], row["terminated_on"])),
        )
        for row in found.values(*columns)[:SHOWN]
    ]


def _visits(hat: Membership) -> list[tuple[object, ...]]:
    found = Visit.objects.visible_to(hat).exclude(status=VisitStatus.WITHDRAWN).order_by("-date", "-pk")
    columns = ("id", "date", "agreement__host__organization__name", "status")
    return [
        (
            link(shortdate(row["date"]), reverse("visits:detail", args=[row["id"]])),
            who_of(row),
            row["agreement__host__organization__name"],
            VisitStatus(row["status"]).label,
        )
        for row in found.values(*columns, **columns_of_who())[:SHOWN]
    ]


def _hosts(hat: Membership, *, on: date) -> list[tuple[object, ...]]:
    """Its hosts by how many serve there now, the empty ones too."""
    return [
        (
            link(row["name"], reverse("accounts:organization", args=[row["id"]])),
            HostType(row["host__host_type"]).label,
            row["persons"],
        )
        for row in queries.hosts_by_persons(hat, on=on)[:SHOWN]
    ]
