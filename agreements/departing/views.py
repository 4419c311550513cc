"""离职登记: telling that somebody leaves, what hangs on them, and the bureau's word on each agreement."""

from datetime import date
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import HatRequest, answer_once, can, subject
from accounts.enums import Role
from accounts.lists.shown import page_of
from agreements.departing import services
from agreements.departing.effects import effects_of
from agreements.departing.forms import DepartureDecisionForm, DepartureForm
from agreements.listed_after_filing import DEPARTURES
from agreements.models import Agreement
from agreements.onward import views as onward
from core.jinja import cdate
from core.policy import Finding, Refused
from core.tables import Column, Table, addresses
from core.verbs import sentences
from specialists.enums import DIRECT, DepartureKind
from specialists.models import Departure, Registration


@require_safe
def departures(request: HatRequest) -> HttpResponse:
    """Who left and was told of; for the bureau first the agreements that wait for its word."""
    shown = page_of(
        request,
        DEPARTURES,
        row_href=addresses("agreements:departure"),
        empty="没有离职登记。派出单位在人员的登记页面“登记离职”，直接聘请的由市科技局登记。",
    )
    if isinstance(shown, HttpResponse):
        return shown
    waiting = _waiting(localdate()) if can(request.membership, "departure.decide") else None
    return render(request, "agreements/departing/list.html", {**shown.context, "waiting": waiting})


def _waiting(on: date) -> Table:
    to = addresses("agreements:departure-decide")
    names = ("id", "specialist__name", "service_end", "host__organization__name", "institution__organization__name")
    return Table(
        columns=[
            Column(
                "specialist__name", "特派员", href=to, sub=lambda row: row["institution__organization__name"] or DIRECT
            ),
            Column("host__organization__name", "派驻单位", phone="line"),
            Column("service_end", "服务截止", cell=lambda row: cdate(row["service_end"]), nowrap=True),
            Column("act", "", cell=lambda row: "办理", href=to, button=True, phone="hide"),
        ],
        rows=[*services.to_decide(on=on).order_by("pk").values(*names)[:200]],
        caption="待决定是否提前终止的协议",
        row_href=to,
        empty="没有待决定的协议。",
        id="waiting",
    )


@answer_once
def register(request: HatRequest, pk: int) -> HttpResponse:
    """302 told · 422 with the sentences beside the fields. What hangs on the person stands beside the form."""
    registration, on = subject(request, Registration), localdate()
    person, unit = registration.specialist, registration.institution
    form = DepartureForm(request.POST if request.method == "POST" else None, initial={"left_on": on})
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            told = services.register_departure(
                registration,
                by=request.membership,
                on=on,
                kind=DepartureKind(typed["kind"]),
                left_on=typed["left_on"],
                reason=typed["reason"],
            )
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            messages.success(request, f"已登记{person}离开，已通知市科技局和派驻单位。")
            return redirect("agreements:departure", told.pk)
    context = {
        "registration": registration,
        "person": person,
        "form": form,
        "effects": effects_of(person, unit, on=on),
    }
    return render(request, "agreements/departing/form.html", context, status=422 if form.is_bound else 200)


@require_safe
def departure(request: HatRequest, pk: int) -> HttpResponse:
    return _page(request, subject(request, Departure))


@require_POST
@answer_once
def withdraw(request: HatRequest, pk: int) -> HttpResponse:
    """302 taken back · 422 the bureau acted on it, or it was taken back already."""
    told = subject(request, Departure)
    try:
        services.withdraw_departure(told, by=request.membership, on=localdate())
    except Refused as refusal:
        return _page(request, told, refused=refusal.findings)
    messages.success(request, "已撤销离职登记。")
    return redirect("agreements:departure", pk)


def _page(request: HatRequest, told: Departure, *, refused: list[Finding] | None = None) -> HttpResponse:
    hat, on = request.membership, localdate()
    decisions = told.decisions.select_related("agreement__host__organization", "decided_by__person").order_by("pk")
    waiting = services.to_decide(on=on).filter(specialist=told.specialist_id, institution=told.institution_id)
    offices = hat.role in Role.sees_everything or hat.role in Role.institution
    context: dict[str, Any] = {
        "departure": told,
        "facts": [
            ("姓名", told.specialist.name, told.specialist.id_masked),
            ("派出单位", str(told.institution) if told.institution else DIRECT),
            ("离开方式", told.get_kind_display()),
            ("离开日期", cdate(told.left_on)),
            ("情况说明", told.reason),
            ("登记", cdate(told.registered_at), str(told.registered_by)),
        ],
        "effects": effects_of(told.specialist, told.institution, on=on) if offices and not told.withdrawn_at else [],
        "decisions": decisions,
        "waiting": waiting.select_related("host__organization").order_by("pk") if not told.withdrawn_at else [],
        "may_decide": can(hat, "departure.decide"),
        "may_withdraw": told.withdrawn_at is None
        and can(hat, "departure.withdraw")
        and (hat.role in Role.bureau or not services.decisions_on(told).exists()),
        "events": sentences(told),
        "refused": refused or [],
    }
    return render(request, "agreements/departing/detail.html", context, status=422 if refused else 200)


@answer_once
def decide(request: HatRequest, pk: int) -> HttpResponse:
    """302 decided · 422 with the sentences beside the fields."""
    agreement = subject(request, Agreement)
    about = partial(_about, agreement)
    service = services.decide_departure
    told, on = services.departure_of(agreement), localdate()
    earliest = max(told.left_on, on) if told else on

    def form(data: QueryDict | None) -> DepartureDecisionForm:
        made = DepartureDecisionForm(data, initial={"ends_on": earliest})
        return made.until(earliest) if earliest > on else made

    return onward.decide(request, agreement, form, service, about, back="agreements:departures")


def _leaves_later(told: Departure | None) -> bool:
    return told is not None and told.left_on > localdate()


def _about(agreement: Agreement) -> dict[str, Any]:
    told = services.departure_of(agreement)
    left = (
        [
            (f"{agreement.sender}登记", f"自{cdate(told.left_on)}起{told.get_kind_display()}", str(told.registered_by)),
            ("情况说明", told.reason),
        ]
        if told
        else []
    )
    return {
        "title": "离职后的安排",
        "who": agreement.specialist.name,
        "waits": services.to_decide(on=localdate()).filter(pk=agreement.pk).exists(),
        "word": f"{agreement.specialist.name}自{cdate(told.left_on)}起离开，此前照常服务；终止协议的，"
        "终止日期不能早于这一天。"
        if told and _leaves_later(told)
        else "",
        "facts": [
            ("特派员", agreement.specialist.name, agreement.specialist.id_masked),
            ("派驻单位", str(agreement.host or "未填写")),
            ("服务截止日", cdate(agreement.service_end)),
            *left,
        ],
    }
