"""Units: the lists, one unit with its capacities, entering and correcting hosts, entering institutions."""

from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate

from accounts import services
from accounts.doors import HatRequest, answer_once, subject, version_sent
from accounts.enums import HostType, InstitutionType, Role
from accounts.forms import HostForm, InstitutionForm
from accounts.matrix import matrix
from accounts.models import District, HostUnit, Membership, Organization
from accounts.queries import KINDS, plain, units
from core.policy import Refused
from core.stale import Stale
from core.tables import Column, Keyset, Row, Table, addresses
from core.verbs import sentences


def organizations(request: HatRequest) -> HttpResponse:
    """The units that this hat sees, by kind, part of the name or code, and county."""
    hat, query = request.membership, request.GET
    kind = query.get("kind", "") if query.get("kind") in KINDS else "host"
    words, district = plain(query.get("q", "")), plain(query.get("district", ""))
    common = ("id", "name", "uscc", "district__name")
    own = {
        "host": (
            "host__host_type",
            "host__is_above_scale",
            "host__is_tech_sme",
            "host__flags_year",
            "host__flags_verified_on",
        ),
        "institution": ("institution__type", "contact_name"),
    }[kind]
    rows = Keyset(
        units(hat, kind=kind, words=words, district=district).values(*common, *own),
        order=("name", "id"),
        sorts={"name": ("name",), "district": ("district__name", "name")},
        query=query,
    )  # fmt: skip
    table = Table(
        columns=[
            Column("name", "单位名称", href=addresses("accounts:organization"), sub=lambda row: row["uscc"], sort="name"),
            Column("district__name", "所在县（市、区）", sort="district", phone="aside"),
            *(_host_columns() if kind == "host" else _institution_columns()),
        ],
        rows=rows,
        caption=f"{KINDS[kind]}列表",
        query=query,
        row_href=addresses("accounts:organization"),
        empty=f"还没有{KINDS[kind]}。",
    )  # fmt: skip
    chosen = [{"label": label, "url": f"?kind={code}", "current": code == kind} for code, label in KINDS.items()]
    context = {
        "table": table,
        "kind": kind,
        "kinds": chosen,
        "words": words,
        "district": district,
        "districts": [] if hat.role == Role.COUNTY_OFFICER else list(District.objects.all()),
        "may_add_host": matrix().may(hat.role, "host.create"),
        "may_add_institution": matrix().may(hat.role, "institution.create"),
    }
    return render(request, "accounts/organizations.html", context)


def _host_columns() -> list[Column]:
    return [
        Column("host__host_type", "类型", cell=lambda row: HostType(row["host__host_type"]).label),
        Column("host__is_above_scale", "企业标识", cell=_flags, sub=_verified, phone="line"),
    ]


def _institution_columns() -> list[Column]:
    return [
        Column("institution__type", "类型", cell=lambda row: InstitutionType(row["institution__type"]).label),
        Column("contact_name", "联系人"),
    ]


def _flags(row: Row) -> str:
    named = {"host__is_above_scale": "规模以上", "host__is_tech_sme": "科技型中小企业"}
    return "、".join(word for name, word in named.items() if row[name])


def _verified(row: Row) -> str:
    if not _flags(row):
        return ""
    return f"{row['host__flags_year']}年度，{'已核实' if row['host__flags_verified_on'] else '待核实'}"


def organization(request: HatRequest, pk: int) -> HttpResponse:
    """One unit: what it is, who may be asked there, what this hat may do about it, what happened to it."""
    unit, hat = subject(request, Organization), request.membership
    host: HostUnit | None = getattr(unit, "host", None)
    declared = host is not None and (host.is_above_scale or host.is_tech_sme)
    context = {
        "unit": unit,
        "host": host,
        "institution": getattr(unit, "institution", None),
        "office": getattr(unit, "office", None),
        # Other institutions meet a host by name and kind; whom to call there is for its county, the bureau and itself.
        "contact_shown": hat.role not in Role.institution or unit.pk == hat.organization_id,
        "may_change": host is not None and matrix().may(hat.role, "host.change"),
        "may_verify": declared and host.flags_verified_by_id is None and matrix().may(hat.role, "host.verify"),  # type: ignore[union-attr]
        "events": sentences(unit) if matrix().may(hat.role, "organization.history") else None,
    }
    return render(request, "accounts/organization.html", context)


@answer_once
def new_host(request: HatRequest) -> HttpResponse:
    """201 by redirect · a unit that is here already: to its page · 422 with the sentences beside the fields."""
    hat = request.membership
    initial = {"district": hat.district_id} if hat.role == Role.COUNTY_OFFICER else {}
    form = HostForm(request.POST or None, initial=initial)
    if form.is_bound and (known := services.known_host(_code(form), by=hat)):
        messages.info(request, f"“{known}”已在平台登记，无须重复新增，可以直接选用。")
        return redirect("accounts:organization", known.pk)
    if form.is_bound and form.is_valid():
        try:
            made = services.create_host(form.unit(), form.host(), by=hat, on=localdate())
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            messages.success(request, f"已登记派驻单位“{made}”。")
            return _after(hat, made.organization)
    context = {"form": form, "title": "新增派驻单位", "back": None, "stale": None, "version": None}
    return render(request, "accounts/host_form.html", context, status=422 if form.is_bound else 200)


def _code(form: HostForm) -> str:
    """The credit code as typed, if it is one, whatever else is wrong with the form."""
    form.full_clean()
    return str(form.cleaned_data.get("uscc") or "")


def _after(hat: Membership, unit: Organization) -> HttpResponse:
    """To the new unit, if whoever entered it may see it: a county enters hosts of its own."""
    seen = Organization.objects.visible_to(hat).filter(pk=unit.pk).exists()
    return redirect("accounts:organization", unit.pk) if seen else redirect("accounts:organizations")


@answer_once
def change_host(request: HatRequest, pk: int) -> HttpResponse:
    host = subject(request, HostUnit)
    unit = host.organization
    names = ("host_type", "is_above_scale", "is_tech_sme", "flags_year")
    initial: dict[str, Any] = {name: getattr(host, name) for name in names}
    initial |= {name: getattr(unit, name) for name in services.UnitFacts.__dataclass_fields__}
    form = HostForm(request.POST or None, initial=initial)
    status, stale = 422 if form.is_bound else 200, None
    if form.is_bound and form.is_valid():
        try:
            services.change_host(
                host, form.unit(), form.host(), by=request.membership, on=localdate(), version=version_sent(request)
            )
        except Refused as refusal:
            form.refuse(refusal.findings)
        except Stale as difference:
            status, stale = 409, difference
        else:
            messages.success(request, "单位信息已修改。")
            return _after(request.membership, unit)
    context = {"form": form, "title": f"修改“{unit}”", "back": unit, "stale": stale, "version": unit.version}
    return render(request, "accounts/host_form.html", context, status=status)


@answer_once
def verify_flags(request: HatRequest, pk: int) -> HttpResponse:
    """Redirect · 409 when the unit was changed since its page was opened · 422 nothing to verify"""
    host = subject(request, HostUnit)
    services.verify_flags(host, by=request.membership, on=localdate(), version=version_sent(request))
    messages.success(request, f"已核实“{host}”的企业标识。")
    return redirect("accounts:organization", pk)


@answer_once
def new_institution(request: HatRequest) -> HttpResponse:
    """201 by redirect · 422 with the sentences beside the fields."""
    form = InstitutionForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            made = services.create_institution(
                form.unit(),
                type=InstitutionType(form.cleaned_data["type"]),
                admin_name=form.cleaned_data["admin_name"],
                admin_email=form.cleaned_data["admin_email"],
                by=request.membership,
            )
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            messages.success(request, f"已新增派出单位“{made}”，并向首位管理员发出邀请。")
            return redirect("accounts:organization", made.pk)
    return render(request, "accounts/institution_form.html", {"form": form}, status=422 if form.is_bound else 200)


def permissions(request: HatRequest) -> HttpResponse:
    """The permission matrix as a table to print and sign."""
    return render(request, "accounts/permissions.html", {"roles": list(Role), "parts": matrix().parts()})
