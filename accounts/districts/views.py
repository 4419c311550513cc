"""The divisions with how many units each has, and one of them: its name, its end, what came before it."""

from collections.abc import Callable

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST, require_safe

from accounts.acts import carry_out
from accounts.districts import services
from accounts.districts.forms import NewDistrictForm, RenameForm, RetireForm
from accounts.doors import HatRequest, answer_once, can, subject, version_sent
from accounts.enums import DistrictKind
from accounts.models import District
from core.forms import Form
from core.jinja import cdate
from core.policy import Refused
from core.stale import Stale
from core.tables import Column, Table, addresses
from core.verbs import sentences


@answer_once
def districts(request: HatRequest) -> HttpResponse:
    """All divisions; POST adds one. 422 with the sentence beside the field."""
    edits = can(request.membership, "district.edit")
    form = NewDistrictForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = services.add_district(by=request.membership, **form.cleaned_data)
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            messages.success(request, f"已新增“{made}”，登记单位和校验名单从现在起使用。")
            return redirect("accounts:districts")
    context = {"table": _table(edits=edits), "form": form, "edits": edits}
    return render(request, "accounts/districts/list.html", context, status=422 if form.errors else 200)


def _table(*, edits: bool) -> Table:
    rows = [
        {
            "id": one.pk,
            "name": one.name,
            "code": one.pk,
            "kind": DistrictKind(one.kind).label,
            "former": "、".join(one.former_names),
            "units": one.units,
            "is_living": one.retired_on is None,
            "state": "在用" if one.retired_on is None else f"{cdate(one.retired_on)}停用",
            "successor": f"由“{one.successor}”接替" if one.successor else None,
        }
        for one in District.objects.select_related("successor").annotate(units=Count("organization")).order_by("code")
    ]
    to = addresses("accounts:district")
    return Table(
        columns=[
            Column("name", "名称", href=to if edits else None, sub=lambda row: row["code"], phone="title"),
            Column("kind", "类型"),
            Column("former", "曾用名", cell=lambda row: row["former"] or "—"),
            *([Column("units", "登记的单位", align="end")] if edits else []),
            Column(
                "state",
                "状态",
                sub=lambda row: row["successor"],
                tone=lambda row: "ok" if row["is_living"] else "ended",
                phone="aside",
            ),
        ],
        rows=rows,
        caption="县（市、区）",
        row_href=to if edits else None,
        empty="还没有县（市、区）。",
    )


@require_safe
def district(request: HatRequest, pk: int) -> HttpResponse:
    return _page(request, subject(request, District))


@require_POST
@answer_once
def rename(request: HatRequest, pk: int) -> HttpResponse:
    one, form, version = subject(request, District), RenameForm(request.POST), version_sent(request)
    return _act(
        request,
        one,
        form,
        lambda: services.rename_district(one, by=request.membership, version=version, **form.cleaned_data),
        f"已改名，“{one}”记为曾用名。",
        name="renaming",
    )


@require_POST
@answer_once
def retire(request: HatRequest, pk: int) -> HttpResponse:
    one = subject(request, District)
    form = RetireForm(request.POST, besides=one)
    return _act(
        request,
        one,
        form,
        lambda: services.retire_district(one, by=request.membership, on=localdate(), **form.cleaned_data),
        f"“{one}”已停用，原有记录不变。",
        name="retiring",
    )


@require_POST
@answer_once
def revive(request: HatRequest, pk: int) -> HttpResponse:
    one, form = subject(request, District), Form(request.POST)
    act: Callable[[], object] = lambda: services.revive_district(one, by=request.membership)  # noqa: E731  as its neighbours
    return _act(request, one, form, act, f"“{one}”已恢复使用。", name="reviving")


def _act(
    request: HatRequest, one: District, form: Form, act: Callable[[], object], done: str, *, name: str
) -> HttpResponse:
    """302 to the division · 409 somebody else changed it · 422 with the sentences beside the fields."""
    stale = answer = None
    try:
        answer = carry_out(request, form, act, said=done, to=reverse("accounts:district", args=[one.pk]))
    except Stale as found:
        stale = found
    return answer or _page(request, one, stale=stale, status=409 if stale else 422, **{name: form})


def _page(
    request: HatRequest,
    one: District,
    *,
    renaming: Form | None = None,
    retiring: Form | None = None,
    reviving: Form | None = None,
    stale: Stale | None = None,
    status: int = 200,
) -> HttpResponse:
    one.refresh_from_db()
    context = {
        "district": one,
        "units": one.organization_set.count(),
        "predecessors": "、".join(str(other) for other in one.predecessors.order_by("code")),
        "renaming": renaming or RenameForm(initial={"name": one.name}),
        "retiring": retiring or RetireForm(besides=one),
        "refused": [form for form in (renaming, retiring, reviving) if form],
        "stale": stale,
        "events": sentences(one),
    }
    return render(request, "accounts/districts/detail.html", context, status=status)
