"""The first page of every hat, the board of the yearly plan, the people behind its figures, and the search."""

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_safe

from accounts.districts import queries as districts
from accounts.doors import HatRequest
from accounts.enums import Role
from accounts.matrix import matrix
from accounts.models import Membership
from accounts.queries import whom_to_ask
from agreements import queries as agreement_queries
from agreements.models import QuotaRun
from core.tables import Column, Keyset, Row, Table, addresses
from desk import queries, searching
from desk.figures import people as people_url
from desk.figures import rows
from desk.help import ERRANDS, EVERYBODY, Errand
from desk.homes import bureau, county, host, institution, overseer, specialist
from desk.homes.shared import graduates_of, quota_lines
from desk.queries import KINDS, Asked
from specialists.enums import Category, Form, PersonnelType, SpecialistStatus
from specialists.queries import pack_of, selection, year_in

Home = Callable[[Membership, date], tuple[str, dict[str, Any]]]
HOMES: dict[Role, Home] = {
    Role.BUREAU_OFFICER: bureau.home,
    Role.DIVISION_HEAD: bureau.home,
    Role.BUREAU_ADMIN: bureau.home,
    Role.INSTITUTION_ADMIN: institution.home,
    Role.INSTITUTION_CLERK: institution.home,
    Role.SPECIALIST: specialist.home,
    Role.HOST_CONTACT: host.home,
    Role.COUNTY_OFFICER: county.home,
    Role.FINANCE: overseer.home,
    Role.AUDITOR: overseer.home,
}


@require_safe
def home(request: HatRequest) -> HttpResponse:
    hat = request.membership
    template, context = HOMES[Role(hat.role)](hat, localdate())
    return render(request, template, context)


@require_safe
def help_page(request: HatRequest) -> HttpResponse:
    """What this hat comes to do, where to click, and whom to ask."""
    hat = request.membership
    context = {
        "errands": _addressed(ERRANDS[Role(hat.role)], role=Role(hat.role)),
        "common": _addressed(EVERYBODY, role=Role(hat.role)),
        "people": whom_to_ask(hat, on=localdate()),
    }
    return render(request, "desk/help.html", context)


def _addressed(errands: Iterable[Errand], *, role: Role) -> list[dict[str, Any]]:
    return [
        {
            "title": one.title,
            "steps": one.steps,
            "url": reverse(one.url) + one.query,
            "picture": one.picture(role),
        }
        for one in errands
    ]


# --- the board --------------------------------------------------------------------------------------------------------


@require_safe
def quota(request: HatRequest) -> HttpResponse:
    """R1, R15–R17: each line of the year's plan, counted as the rules count, every number a link to its people."""
    on = localdate()
    year = year_in(request.GET.get("year", ""), otherwise=on.year)
    if not 2000 <= year <= 2100:
        raise Http404
    pack = pack_of(year, on=on)
    counts = agreement_queries.quota_counts(year, pack=pack, on=on)
    selected = selection(pack, year=year, on=on)
    run = QuotaRun.objects.visible_to(request.membership).filter(year=year).order_by("-pk").first()
    picked = {line.category.value: line.selected for line in selected.lines}
    context = {
        "year": year,
        "years": [
            {"label": f"{one}年度", "url": f"?year={one}", "current": one == year}
            for one in range(on.year, on.year - 4, -1)
        ],
        "on": on,
        "pack": pack,
        "lines": [{**line, "selected": picked[line["category"]]} for line in quota_lines(counts, year)],
        "counts": counts,
        "selected": selected,
        "teams_url": rows("agreements:list", filed=year, form=Form.TEAM.value),
        "members_url": people_url("selected", year=year, form=Form.TEAM.value),
        "kinds": KINDS,
        "run": run,
        "differences": _differences(run),
        **graduates_of(counts, year),
    }
    return render(request, "desk/quota.html", context)


def _differences(run: QuotaRun | None) -> dict[str, list[dict[str, Any]]]:
    """What the last check found, what is new in it, and what is gone since the one before."""
    if run is None:
        return {"standing": [], "appeared": [], "disappeared": []}
    new = set(run.appeared)
    return {
        "standing": [one for one in run.findings if one["key"] not in new],
        "appeared": [one for one in run.findings if one["key"] in new],
        "disappeared": run.disappeared,
    }


# --- the people behind a figure ---------------------------------------------------------------------------------------


@require_safe
def people(request: HatRequest) -> HttpResponse:
    """The rows of one figure; 404 for a figure that nobody counts."""
    hat, on = request.membership, localdate()
    asked = _asked(request, on)
    if asked is None:
        raise Http404
    to = addresses("specialists:detail" if asked.of == "selected" else "agreements:detail", by="record")
    table = Table(
        columns=[
            Column("name", "姓名", href=to, sub=_personnel, sort="name", phone="title"),
            Column("category", "类别", cell=lambda row: Category(row["category"]).label, nowrap=True),
            Column("unit", "派出单位", cell=lambda row: row["unit"] or "市科技局直接聘请", phone="line"),
            Column("hosts", "派驻单位", cell=lambda row: "、".join(row["hosts"]) or None, phone="line"),
            Column(
                "status",
                "资格",
                cell=lambda row: SpecialistStatus(row["status"]).label,
                tone=lambda row: "bad" if row["status"] == SpecialistStatus.REVOKED else "ok",
                phone="aside",
            ),
        ],
        rows=Keyset(queries.people(hat, asked, on=on), order=("name",), sorts={"name": ("name",)}, query=request.GET),
        caption=KINDS[asked.of].label,
        query=request.GET,
        row_href=to,
        empty="没有人员。",
        empty_filtered="没有人员。",
    )
    context = {"table": table, "kind": KINDS[asked.of], "title": _title(asked)}
    return render(request, "desk/people.html", context)


def _asked(request: HatRequest, on: date) -> Asked | None:
    query = request.GET
    of = query.get("of", "in_service")
    category, form, district = (query.get(name, "") for name in ("category", "form", "district"))
    known = (
        of in KINDS
        and category in ("", *Category.values)
        and form in ("", *Form.values)
        and district in ("", *dict(districts.choices()))
    )
    year = year_in(query.get("year", ""), otherwise=on.year)
    return Asked(of, year, category, form, district) if known and 2000 <= year <= 2100 else None


def _title(asked: Asked) -> str:
    kind = KINDS[asked.of].label
    parts = [
        "" if asked.of == "in_service" else f"{asked.year}年度",
        dict(districts.choices())[asked.district] if asked.district else "",
        Category(asked.category).label if asked.category else "",
        "团队" if asked.form == Form.TEAM else "",
    ]
    return f"{''.join(parts)}{kind}人员"


def _personnel(row: Row) -> str:
    return PersonnelType(row["personnel_type"]).label if row["personnel_type"] else "未记载"  # of a past one


# --- search -----------------------------------------------------------------------------------------------------------


@require_safe
def search(request: HatRequest) -> HttpResponse:
    """What begins with the words typed, among what this hat sees; a whole number leads straight to its record."""
    words = request.GET.get("q", "").replace("\0", "").strip()[:60]
    groups = searching.find(request.membership, words, on=localdate()) if words else []
    context = {
        "words": words,
        "groups": groups,
        "total": sum(len(group.hits) for group in groups),
        "may_list": matrix().may(request.membership.role, "agreement.list"),
    }
    return render(request, "desk/search.html", context)
