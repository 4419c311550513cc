"""Units: the lists, one unit with its capacities, entering and correcting hosts, entering institutions."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate

from accounts import entering, flags, rules
from accounts.doors import HatRequest, answer_once, subject, version_sent
from accounts.enums import HostType, InstitutionType, Role
from accounts.forms import CorrectedUnitForm, HostForm, InstitutionForm, ReturnFlagsForm, UnitForm, VerifyForm
from accounts.listed import HOST_FLAGS, UNITS, UnitListForm, flags_of, kind_of
from accounts.lists.bar import bar_of
from accounts.lists.shown import page_of
from accounts.matrix import matrix
from accounts.models import District, HostUnit, Membership, Organization
from accounts.queries import FLAG_STATES, KINDS, flags_in, flags_waiting, plain
from core.jinja import cdate
from core.policy import Refused
from core.stale import Stale
from core.tables import Column, Keyset, Row, Table, addresses
from core.verbs import sentences


def organizations(request: HatRequest) -> HttpResponse:
    """The units that this hat sees, by kind, part of the name or code, and county."""
    hat, query = request.membership, request.GET
    bar = bar_of(request, UNITS, UnitListForm(query, hat))
    if isinstance(bar, HttpResponse):
        return bar
    kind, words, district = kind_of(query), plain(query.get("q", "")), plain(query.get("district", ""))
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
        UNITS.found(hat, query, localdate()).values(*common, *own), order=UNITS.order, sorts=UNITS.sorts, query=query
    )
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
        everything=f"?kind={kind}",
    )  # fmt: skip
    chosen = [{"label": label, "url": f"?kind={code}", "current": code == kind} for code, label in KINDS.items()]
    context = {
        "table": table,
        "bar": bar,
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
        Column("host__is_above_scale", "企业标识", cell=flags_of, sub=_verified, phone="line"),
    ]


def _institution_columns() -> list[Column]:
    return [
        Column("institution__type", "类型", cell=lambda row: InstitutionType(row["institution__type"]).label),
        Column("contact_name", "联系人"),
    ]


def _verified(row: Row) -> str:
    if not flags_of(row):
        return ""
    return f"{row['host__flags_year']}年度，{'已核实' if row['host__flags_verified_on'] else '待核实'}"


def organization(request: HatRequest, pk: int) -> HttpResponse:
    """One unit: what it is, who may be asked there, what this hat may do about it, what happened to it.

    One that was merged leads on to the unit it was merged into, if this hat sees that one; else it is not there.
    """
    unit = subject(request, Organization)
    if unit.merged_into_id is None:
        return _unit_page(request, unit)
    if not Organization.objects.visible_to(request.membership).filter(pk=unit.merged_into_id).exists():
        raise Http404
    return redirect("accounts:organization", unit.merged_into_id)


def _unit_page(
    request: HatRequest,
    unit: Organization,
    *,
    verify_form: VerifyForm | None = None,
    return_form: ReturnFlagsForm | None = None,
    status: int = 200,
) -> HttpResponse:
    hat = request.membership
    told = matrix().may(hat.role, "organization.history")
    host: HostUnit | None = getattr(unit, "host", None)
    waits = host is not None and host.declares and host.flags_verified_by_id is None
    declared_it = host is not None and host.flags_declarer_id == hat.person_id
    years = (
        host.flags_by_year.order_by("-year").select_related("verified_by__organization", "verified_by__person")
        if host
        else ()
    )
    context = {
        "unit": unit,
        "host": host,
        "institution": getattr(unit, "institution", None),
        "office": getattr(unit, "office", None),
        "former_codes": [one.uscc for one in unit.absorbed.exclude(uscc=None).order_by("pk")],
        "year_rows": [
            (
                f"{one.year}年度",
                one.declared or "无",
                f"{cdate(one.verified_on)}　{one.verified_by}" if one.verified_by else "未核实",
                one.basis or None,
            )
            for one in years
        ],
        "code_hint": host and rules.code_fits_the_type(uscc=unit.uscc or "", host_type=HostType(host.host_type)),
        # Other institutions meet a host by name and kind; whom to call there is for its county, the bureau and itself.
        "contact_shown": hat.role not in Role.institution or unit.pk == hat.organization_id,
        "may_correct": matrix().may(hat.role, "organization.change") and entering.dispatches_or_governs(unit),
        "may_change": host is not None and matrix().may(hat.role, "host.change"),
        "may_verify": waits and not declared_it and matrix().may(hat.role, "host.verify"),
        "own_declaration": waits and declared_it and matrix().may(hat.role, "host.verify"),
        "verify_form": verify_form or VerifyForm(),
        "return_form": return_form or ReturnFlagsForm(),
        "events": sentences(unit) if told else None,
        # Their own pages lead on to this one.
        "absorbed": [(one, sentences(one)) for one in unit.absorbed.order_by("pk")] if told else [],
    }
    return render(request, "accounts/organization.html", context, status=status)


@answer_once
def new_host(request: HatRequest) -> HttpResponse:
    """201 by redirect · a unit that is here already: to its page · 422 with the sentences beside the fields."""
    hat = request.membership
    form = HostForm(request.POST or None, county=_county_of(hat))
    if form.is_bound and (known := entering.known_host(_code(form), by=hat)):
        messages.info(request, f"“{known}”已在平台登记，无须重复新增，可以直接选用。")
        return redirect("accounts:organization", known.pk)
    if form.is_bound and form.is_valid():
        try:
            made = entering.create_host(
                form.unit(), form.host(), by=hat, on=localdate(), distinct=form.cleaned_data["distinct"]
            )
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            messages.success(request, f"已登记派驻单位“{made}”。")
            _hint(request, made)
            return _after(hat, made.organization)
    context = {
        "form": form, "title": "新增派驻单位", "back": None, "stale": None, "version": None,
        "asks_distinct": _asks_distinct(form),
    }  # fmt: skip
    return render(request, "accounts/host_form.html", context, status=422 if form.is_bound else 200)


def _asks_distinct(form: UnitForm) -> bool:
    """Whether a unit of this name is here, or was: the word that it is another one stands with the form."""
    return form.is_bound and (form.has_error("distinct") or bool(form.data.get("distinct")))


def _county_of(hat: Membership) -> District | None:
    county = hat.organization.district if hat.role == Role.COUNTY_OFFICER else None
    return county and county.current


def _hint(request: HatRequest, host: HostUnit) -> None:
    """A code that speaks for another kind of unit is pointed out, never refused."""
    if said := rules.code_fits_the_type(uscc=host.organization.uscc or "", host_type=HostType(host.host_type)):
        messages.warning(request, said)


def _code(form: HostForm) -> str:
    """The credit code as typed, if it is one, whatever else is wrong with the form."""
    form.full_clean()
    return str(form.cleaned_data.get("uscc") or "")


def _after(hat: Membership, unit: Organization) -> HttpResponse:
    """To the new unit, if whoever entered it may see it."""
    seen = Organization.objects.visible_to(hat).filter(pk=unit.pk).exists()
    return redirect("accounts:organization", unit.pk) if seen else redirect("accounts:organizations")


@answer_once
def change_host(request: HatRequest, pk: int) -> HttpResponse:
    host = subject(request, HostUnit)
    unit = host.organization
    names = ("host_type", "is_above_scale", "is_tech_sme", "flags_year")
    initial: dict[str, Any] = {name: getattr(host, name) for name in names}
    initial |= {name: getattr(unit, name) for name in entering.UnitFacts.__dataclass_fields__}
    form = HostForm(request.POST or None, initial=initial, county=_county_of(request.membership))
    status, stale = 422 if form.is_bound else 200, None
    if form.is_bound and form.is_valid():
        try:
            made = entering.change_host(
                host,
                form.unit(),
                form.host(),
                by=request.membership,
                on=localdate(),
                version=version_sent(request),
                distinct=form.cleaned_data["distinct"],
            )
        except Refused as refusal:
            form.refuse(refusal.findings)
        except Stale as difference:
            status, stale = 409, difference
        else:
            messages.success(request, "单位信息已修改。")
            _hint(request, made)
            return _after(request.membership, unit)
    context = {
        "form": form, "title": f"修改“{unit}”", "back": unit, "stale": stale, "version": unit.version,
        "asks_distinct": _asks_distinct(form),
    }  # fmt: skip
    return render(request, "accounts/host_form.html", context, status=status)


@answer_once
def change_unit(request: HatRequest, pk: int) -> HttpResponse:
    """Answers as `change_host` does; 404 for who only hosts, which is corrected there."""
    unit = subject(request, Organization)
    if not entering.dispatches_or_governs(unit):
        raise Http404
    initial = {name: getattr(unit, name) for name in entering.UnitFacts.__dataclass_fields__}
    form = CorrectedUnitForm(request.POST or None, initial=initial)
    status, stale = 422 if form.is_bound else 200, None
    if form.is_bound and form.is_valid():
        try:
            entering.change_unit(
                unit,
                form.unit(),
                by=request.membership,
                version=version_sent(request),
                distinct=form.cleaned_data["distinct"],
            )
        except Refused as refusal:
            form.refuse(refusal.findings)
        except Stale as difference:
            status, stale = 409, difference
        else:
            messages.success(request, "单位信息已修改。")
            return redirect("accounts:organization", unit.pk)
    context = {
        "form": form, "unit": unit, "stale": stale, "version": unit.version, "asks_distinct": _asks_distinct(form),
    }  # fmt: skip
    return render(request, "accounts/unit_form.html", context, status=status)


# --- flags ------------------------------------------------------------------------------------------------------------


def host_flags(request: HatRequest) -> HttpResponse:
    """What waits to be held against its proof, by how it stands; the oldest declaration first."""
    hat, today, query = request.membership, localdate(), request.GET
    state = query.get("state", "") if query.get("state") in FLAG_STATES else "pending"
    told = {"returned": "host__flags_note", "verified": "host__flags_basis"}
    shown = page_of(
        request,
        HOST_FLAGS,
        hide=[key for kind, key in told.items() if kind != state],
        caption=f"{FLAG_STATES[state]}的企业标识",
        row_href=addresses("accounts:organization"),
        empty=f"没有{FLAG_STATES[state]}的企业标识。",
    )
    if isinstance(shown, HttpResponse):
        return shown
    waiting = flags_waiting(hat, on=today)
    chosen = [
        {
            "label": label,
            "url": f"?state={code}",
            "current": code == state,
            "count": waiting.get(code),
        }
        for code, label in FLAG_STATES.items()
    ]
    return render(request, "accounts/host_flags.html", {**shown.context, "states": chosen, "state": state})


@answer_once
def verify_flags(request: HatRequest, pk: int) -> HttpResponse:
    """Redirect to what waits next · 409 when the unit was changed since its page was opened · 422"""
    host, form = subject(request, HostUnit), VerifyForm(request.POST)
    if not form.is_valid():
        return _unit_page(request, host.organization, verify_form=form, status=422)
    flags.verify_flags(
        host,
        by=request.membership,
        on=localdate(),
        basis=form.cleaned_data["basis"],
        version=version_sent(request),
    )
    messages.success(request, f"已核实“{host}”的企业标识。")
    return _next_flags(request, pk)


@answer_once
def return_flags(request: HatRequest, pk: int) -> HttpResponse:
    """As `verify_flags`."""
    host, form = subject(request, HostUnit), ReturnFlagsForm(request.POST)
    if not form.is_valid():
        return _unit_page(request, host.organization, return_form=form, status=422)
    flags.return_flags(
        host,
        by=request.membership,
        on=localdate(),
        note=form.cleaned_data["note"],
        version=version_sent(request),
    )
    messages.success(request, f"已退回“{host}”的企业标识，并通知该单位和申报人更正。")
    return _next_flags(request, pk)


def _next_flags(request: HatRequest, pk: int) -> HttpResponse:
    """On with the next that waits, as long as one does."""
    waiting = flags_in("pending", request.membership, on=localdate()).exists()
    return redirect("accounts:host-flags") if waiting else redirect("accounts:organization", pk)


@answer_once
def new_institution(request: HatRequest) -> HttpResponse:
    """201 by redirect · 422 with the sentences beside the fields."""
    form = InstitutionForm(request.POST or None)
    if form.is_bound and form.is_valid():
        try:
            made = entering.create_institution(
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
