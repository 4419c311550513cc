"""The form of a registration: filled in, checked while it is filled in, saved, handed in."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST

from accounts.doors import HatRequest, answer_once, subject, version_sent
from accounts.enums import Role
from accounts.models import Institution
from core.models import PolicyPack
from core.policy import Finding, Refused, Verdict
from core.stale import Stale
from specialists import queries, services, titles
from specialists.enums import Category, PersonnelType
from specialists.forms import RegistrationForm
from specialists.models import Registration
from specialists.views.common import blocks


@answer_once
def new(request: HatRequest) -> HttpResponse:
    """302 saved, and handed in when asked to · 422 with the sentences beside the fields, nothing typed lost."""
    today = localdate()
    pack = PolicyPack.in_force(on=today)
    form = RegistrationForm(request.POST or None, pack=pack, on=today, direct=_appoints(request))
    findings: list[Finding] = []
    if request.method == "POST" and form.is_valid():
        try:
            registration = services.register_specialist(by=request.membership, on=today, **form.cleaned_data)
        except Refused as refusal:
            form.refuse(refusal.findings)
            findings = refusal.findings
        else:
            if _kept(registration):
                messages.info(request, "该人员本年度另有登记，手机号、银行账号等以已有资料为准，没有改动。")
            elif differing := _settled_otherwise(registration, form, pack):
                words = "、".join(services.label_of_detail(name) for name in differing)
                messages.info(
                    request, f"该人员以前已入选，{words}以已有资料为准，没有改动；需要变更的，请提交变更申请。"
                )
            return _saved(request, registration)
    return _form_page(request, form, findings=findings)


@answer_once
def edit(request: HatRequest, pk: int) -> HttpResponse:
    """As registering; 409 with what differs when the registration was changed meanwhile."""
    registration, today = subject(request, Registration), localdate()
    if request.method != "POST" and not services.is_own(registration, by=request.membership):
        messages.warning(request, "派出单位推荐的登记由派出单位修改。")
        return redirect("specialists:detail", pk)
    if request.method != "POST" and not registration.is_editable:
        messages.warning(request, f"当前状态为“{registration.get_status_display()}”，不能修改。")
        return redirect("specialists:detail", pk)
    form = _form_of(request, registration, today)
    findings: list[Finding] = []
    stale = None
    if request.method == "POST" and form.is_valid():
        try:
            registration = services.save_registration(
                registration, by=request.membership, on=today, version=version_sent(request), **form.cleaned_data
            )
        except Refused as refusal:
            form.refuse(refusal.findings)
            findings = refusal.findings
        except Stale as found:
            stale = found
            registration.refresh_from_db()
        else:
            return _saved(request, registration)
    return _form_page(request, form, registration=registration, findings=findings, stale=stale)


@require_POST
def checks(request: HatRequest) -> HttpResponse:
    """The rules asked about a form that is being filled in; nothing is written."""
    today = localdate()
    form = RegistrationForm(request.POST, pack=PolicyPack.in_force(on=today), on=today, direct=_appoints(request))
    form.is_valid()
    return _checks(request, _typed_verdicts(request, form, today))


@require_POST
def recheck(request: HatRequest, pk: int) -> HttpResponse:
    registration, today = subject(request, Registration), localdate()
    form = _form_of(request, registration, today)
    form.is_valid()
    return _checks(request, _changed_verdicts(registration, form, today))


def _saved(request: HatRequest, registration: Registration) -> HttpResponse:
    """The draft is kept in any case; if it was to be handed in and cannot be yet, its form says what is missing."""
    if request.POST.get("then") != "submit":
        messages.success(request, "草稿已保存。")
        return redirect("specialists:detail", registration.pk)
    try:
        services.submit_registration(registration, by=request.membership, on=localdate())
    except Refused:
        messages.warning(request, "草稿已保存，但还不能提交，请按下列提示修改。")
        return redirect(f"{reverse('specialists:edit', args=[registration.pk])}?missing=1")
    messages.success(request, "已提交市科技局审核。")
    return redirect("specialists:detail", registration.pk)


def _form_of(request: HatRequest, registration: Registration, today: date) -> RegistrationForm:
    person = registration.specialist
    shown = {name: getattr(registration, name) for name in services.CONTENT}
    shown |= {name: getattr(person, name) for name in services.PERSONAL if name not in ("mobile", "bank_account")}
    pack = PolicyPack.in_force(on=today)
    return RegistrationForm(
        request.POST if request.method == "POST" else None,
        pack=pack,
        on=today,
        person=person,
        kept=_kept(registration),
        settled=services.by_request(person, pack=pack),
        correctable=services.may_correct_number(registration),
        direct=registration.institution_id is None,
        initial={**shown, "consent": registration.consented_on is not None},
    )


def _appoints(request: HatRequest) -> bool:
    """R28: what the bureau registers it appoints directly."""
    return request.membership.role in Role.bureau


def _kept(registration: Registration) -> bool:
    return queries.details_belong_to_another(
        registration.specialist, institution_id=registration.institution_id, year=registration.year
    )


def _settled_otherwise(registration: Registration, form: RegistrationForm, pack: PolicyPack) -> list[str]:
    """What was typed anew of a person whose details change by request only."""
    person = registration.specialist
    news = services.news_about(person, {name: form.cleaned_data[name] for name in services.PERSONAL})
    settled = services.by_request(person, pack=pack)
    return [name for name in news if name in settled]


def _form_page(
    request: HatRequest,
    form: RegistrationForm,
    *,
    registration: Registration | None = None,
    findings: Iterable[Finding] = (),
    stale: Stale | None = None,
) -> HttpResponse:
    today = localdate()
    if registration is None:
        verdicts, checks_url = _typed_verdicts(request, form, today), reverse("specialists:checks")
    else:
        verdicts = _changed_verdicts(registration, form, today)
        checks_url = reverse("specialists:recheck", args=[registration.pk])
    missing: list[Finding] = []
    if registration and request.GET.get("missing") and not form.is_bound:
        missing = [*services.missing(registration, on=today), *blocks(verdicts)]
    context = {
        "form": form,
        "registration": registration,
        "sections": _sections(form),
        "verdicts": verdicts,
        "missing": missing,
        "existing": _existing(request, form, findings),
        "stale": stale,
        "checks_url": checks_url,
        "direct": "appointment_note" in form.fields,
        "titles": titles.offered(on=today),
        "year": form.pack.setting("registration.call_year"),
        "version": registration.version if registration else None,
    }
    status = 409 if stale else 422 if form.errors else 200
    return render(request, "specialists/form.html", context, status=status)


SECTIONS: dict[str, list[tuple[str, ...]]] = {
    "基本信息": [
        ("id_number", "name"),
        ("mobile", "email"),
        ("education", "title_name"),
        ("department",),
        ("bank_account", "bank_name"),
    ],
    "专业": [("field",), ("speciality",)],
    "类别与人员": [("category",), ("appointment_note",), ("personnel_type",), ("supervisor", "graduates_on")],
    "证明": [("ability_note",), ("research_results",), ("consent",)],
}


def _sections(form: RegistrationForm) -> list[dict[str, Any]]:
    """The form's fields in its four parts, two abreast where they belong together; empty parts left out."""
    parts = []
    for title, lines in SECTIONS.items():
        there = [[name for name in line if name in form.fields] for line in lines]
        parts.append({"title": title, "lines": [line for line in there if line]})
    return [part for part in parts if part["lines"]]


def _checks(request: HatRequest, verdicts: list[Verdict]) -> HttpResponse:
    return render(request, "specialists/_checks.html", {"verdicts": verdicts})


def _typed_verdicts(request: HatRequest, form: RegistrationForm, today: date) -> list[Verdict]:
    typed = getattr(form, "cleaned_data", {})
    words = ("name", "id_number", "category", "personnel_type", "ability_note", "research_results", "appointment_note")
    case = queries.case_of_typed(
        institution=Institution.objects.filter(pk=request.membership.organization_id).first(),
        year=form.pack.setting("registration.call_year"),
        **{word: typed.get(word) or "" for word in words},
    )
    return services.judge_case(case, on=today, pack=form.pack)


def _changed_verdicts(registration: Registration, form: RegistrationForm, today: date) -> list[Verdict]:
    case = queries.case_of(registration)
    if form.is_bound:
        typed = getattr(form, "cleaned_data", {})
        case = replace(
            case,
            category=Category(typed["category"]) if typed.get("category") else case.category,
            personnel_type=PersonnelType(typed["personnel_type"]) if typed.get("personnel_type") else None,
            ability_note=typed.get("ability_note", ""),
            research_results=typed.get("research_results", ""),
            appointment_note=typed.get("appointment_note", ""),
        )
    return services.judge_case(case, on=today, pack=form.pack)


def _existing(request: HatRequest, form: RegistrationForm, findings: Iterable[Finding]) -> list[Registration]:
    """This unit's own registration of the person, when the form was refused for repeating it."""
    if not any(finding.code == "E-REG-DUP" and finding.facts.get("here") for finding in findings):
        return []
    same = Registration.objects.visible_to(request.membership).filter(
        category=form["category"].value(), year=form.pack.setting("registration.call_year")
    )
    if "name" in form.fields:
        same = same.filter(specialist__name=form["name"].value().strip())
    return [*same.select_related("specialist").order_by("-pk")[:1]]
