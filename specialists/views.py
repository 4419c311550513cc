"""Pages of registration: the institution registers and hands in, the bureau decides step by step, lists and counts."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import HatRequest, answer_once, subject
from accounts.enums import Role
from accounts.matrix import matrix
from accounts.models import Institution
from core import approvals
from core.identifiers import mask_account
from core.jinja import cdate
from core.models import ApprovalStep, PolicyPack
from core.policy import Finding, Level, Refused, Verdict
from core.stale import Stale
from core.tables import Column, Keyset, Row, Table, addresses
from core.verbs import sentences
from specialists import queries, services
from specialists.enums import Category, PersonnelType, RegistrationStatus, SpecialistStatus
from specialists.forms import (
    DecisionForm,
    EndListingForm,
    ListingFilter,
    ListingForm,
    RegistrationFilter,
    RegistrationForm,
    RevealForm,
)
from specialists.models import ProvincialListEntry, Registration, Specialist

Facts = list[tuple[str, object] | tuple[str, object, object]]


# --- lists ------------------------------------------------------------------------------------------------------------


@require_safe
def registrations(request: HatRequest) -> HttpResponse:
    hat = request.membership
    rows = Registration.objects.visible_to(hat)
    mine = request.GET.get("mine") == "1" and hat.role in Role.bureau
    if mine:
        rows = rows.awaiting(hat.role)
    filters = RegistrationFilter(request.GET, rows)
    page = Keyset(
        queries.rows(filters.qs),
        order=("-id",),
        sorts={"name": ("name",), "submitted": ("submitted_on",)},
        query=request.GET,
    )
    to = addresses("specialists:review" if mine else "specialists:detail")
    table = Table(
        columns=[
            Column("name", "姓名", href=to, sub=lambda row: row["id_masked"], sort="name", phone="title"),
            Column("category", "类别", cell=_kind, sub=lambda row: f"{row['year']}年度", nowrap=True),
            Column("unit", "派出单位", cell=lambda row: row["unit"] or "市科技局直接聘请"),
            Column("field", "专业领域"),
            Column(
                "submitted_on", "提交日期", cell=lambda row: cdate(row["submitted_on"]), sort="submitted", nowrap=True
            ),
            Column("status", "状态", cell=_status, tone=_tone, phone="aside"),
        ],
        rows=page,
        caption="特派员登记列表",
        query=request.GET,
        row_href=to,
        empty="没有待您办理的登记。" if mine else "还没有登记。",
        empty_action=_new_registration(hat.role),
    )
    context = {
        "table": table,
        "filters_form": filters.form,
        "chips": _chips(mine) if hat.role in ("bureau_officer", "division_head") else [],
        "may_register": matrix().may(hat.role, "registration.edit"),
        "may_count": matrix().may(hat.role, "selection.view"),
    }
    return render(request, "specialists/list.html", context)


@require_safe
def selection(request: HatRequest) -> HttpResponse:
    """Who was selected in a year, counted; as a page, or as the part that the list loads into its head."""
    today = localdate()
    year = queries.year_in(request.GET.get("year", ""), otherwise=today.year)
    counted = queries.selection(queries.pack_of(year, on=today), year=year, on=today)
    years = [
        {"label": f"{one}年度", "url": f"?year={one}", "current": one == year}
        for one in range(today.year, today.year - 4, -1)
    ]
    template = "specialists/_selection.html" if request.htmx else "specialists/selection.html"
    return render(request, template, {"counted": counted, "years": years})


# --- registering ------------------------------------------------------------------------------------------------------


@answer_once
def new(request: HatRequest) -> HttpResponse:
    """302 saved, and handed in when asked to · 422 with the sentences beside the fields, nothing typed lost."""
    today = localdate()
    form = RegistrationForm(request.POST or None, pack=PolicyPack.in_force(on=today), on=today)
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
            return _saved(request, registration)
    return _form_page(request, form, findings=findings)


@answer_once
def edit(request: HatRequest, pk: int) -> HttpResponse:
    """As registering; 409 with what differs when the registration was changed meanwhile."""
    registration, today = subject(request, Registration), localdate()
    if request.method != "POST" and not registration.is_editable:
        messages.warning(request, f"当前状态为“{registration.get_status_display()}”，不能修改。")
        return redirect("specialists:detail", pk)
    form = _form_of(request, registration, today)
    findings: list[Finding] = []
    stale = None
    if request.method == "POST" and form.is_valid():
        try:
            registration = services.save_registration(
                registration, by=request.membership, on=today, version=_version(request), **form.cleaned_data
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
    form = RegistrationForm(request.POST, pack=PolicyPack.in_force(on=today), on=today)
    form.is_valid()
    return _checks(request, _typed_verdicts(request, form, today))


@require_POST
def recheck(request: HatRequest, pk: int) -> HttpResponse:
    registration, today = subject(request, Registration), localdate()
    form = _form_of(request, registration, today)
    form.is_valid()
    return _checks(request, _changed_verdicts(registration, form, today))


@require_POST
@answer_once
def discard(request: HatRequest, pk: int) -> HttpResponse:
    registration = subject(request, Registration)
    name = registration.specialist.name
    try:
        services.discard_registration(registration, by=request.membership, on=localdate())
    except Refused as refusal:
        return _detail(request, registration, findings=refusal.findings, status=422)
    messages.success(request, f"{name}的登记草稿已删除。")
    return redirect("specialists:list")


@require_POST
@answer_once
def submit(request: HatRequest, pk: int) -> HttpResponse:
    registration = subject(request, Registration)
    try:
        services.submit_registration(registration, by=request.membership, on=localdate())
    except Refused as refusal:
        return _detail(request, registration, findings=refusal.findings, status=422)
    messages.success(request, "已提交市科技局审核。")
    return redirect("specialists:detail", pk)


# --- one registration -------------------------------------------------------------------------------------------------


@require_safe
def detail(request: HatRequest, pk: int) -> HttpResponse:
    return _detail(request, subject(request, Registration))


@require_safe
def history(request: HatRequest, pk: int) -> HttpResponse:
    """What happened to the registration; what happened to the person is for the offices, other units stand in it."""
    registration = subject(request, Registration)
    events = sentences(registration)
    if request.membership.role in Role.sees_everything:
        events = sorted(events + sentences(registration.specialist), key=lambda event: event["at"], reverse=True)
    context = {**_head(request, registration), "events": events}
    return render(request, "specialists/history.html", context)


@require_POST
def reveal(request: HatRequest, pk: int) -> HttpResponse:
    """The page once more with one number in full. Not `answer_once`: the number must not be kept anywhere."""
    registration = subject(request, Registration)
    form = RevealForm(request.POST)
    if not form.is_valid():
        return _detail(request, registration, reveal_form=form, status=422)
    number = form.cleaned_data["number"]
    try:
        shown = services.reveal(
            registration.specialist, field=number, reason=form.cleaned_data["reason"], by=request.membership
        )
    except Refused as refusal:
        return _detail(request, registration, findings=refusal.findings, status=422)
    return _detail(request, registration, revealed={number: shown})


def review(request: HatRequest, pk: int) -> HttpResponse:
    """The bureau's desk: GET shows facts beside findings, POST takes the next step and leads on to the next file."""
    registration = subject(request, Registration)
    if request.method != "POST":
        return _review(request, registration, DecisionForm())
    return _decide(request, registration)


@answer_once
def _decide(request: HatRequest, registration: Registration) -> HttpResponse:
    hat, form = request.membership, DecisionForm(request.POST)
    if not form.is_valid():
        return _review(request, registration, form, status=422)
    given = form.cleaned_data
    try:
        decided = services.decide_registration(
            registration,
            by=hat,
            on=localdate(),
            passed=given["decision"] == "pass",
            opinion=given["opinion"],
            reasons=form.reasons,
            documents=form.documents,
            document_number=given["document_number"],
            decided_on=given["decided_on"],
            version=_version(request),
        )
    except Refused as refusal:
        form.refuse(refusal.findings)
        return _review(request, registration, form, findings=refusal.findings, status=422)
    except Stale as stale:
        registration.refresh_from_db()
        return _review(request, registration, form, stale=stale, status=409)
    messages.success(request, _outcome(decided))
    if waiting := queries.waiting_in_turn(Registration.objects.visible_to(hat), hat.role):
        return redirect("specialists:review", waiting[0])
    return redirect("specialists:detail", decided.pk)


# --- the provincial list ----------------------------------------------------------------------------------------------


@answer_once
def provincial(request: HatRequest) -> HttpResponse:
    """The list with the form for one more row: 302 entered · 422 with the sentences, nothing typed lost."""
    today = localdate()
    pack = PolicyPack.in_force(on=today)
    this_year = {"year": today.year, "valid_from": date(today.year, 1, 1), "valid_to": date(today.year, 12, 31)}
    form = ListingForm(request.POST or None, pack=pack, on=today, initial=this_year)
    if request.method == "POST" and form.is_valid():
        try:
            entry = services.add_provincial_entry(by=request.membership, on=today, **form.cleaned_data)
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            messages.success(request, f"已录入{entry.year}年度省级名单：{entry.name}。")
            for registration in services.affected_by(entry):
                messages.warning(request, f"涉省级名单：{registration}已在我市登记，请研究处理。")
            return redirect("specialists:provincial")
    status = 422 if form.errors else 200
    return _provincial(request, form, status=status)


@answer_once
def end_listing(request: HatRequest, pk: int) -> HttpResponse:
    entry = subject(request, ProvincialListEntry)
    form = EndListingForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            services.end_provincial_entry(entry, by=request.membership, **form.cleaned_data)
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            messages.success(request, f"{entry.name}的省级名单有效期已改为{cdate(form.cleaned_data['valid_to'])}止。")
            return redirect("specialists:provincial")
    context = {"entry": entry, "form": form, "events": sentences(entry)}
    return render(request, "specialists/provincial_end.html", context, status=422 if form.errors else 200)


# --- what the pages show ----------------------------------------------------------------------------------------------


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
    return RegistrationForm(
        request.POST if request.method == "POST" else None,
        pack=PolicyPack.in_force(on=today),
        on=today,
        person=person,
        kept=_kept(registration),
        initial={**shown, "consent": registration.consented_on is not None},
    )


def _kept(registration: Registration) -> bool:
    return queries.details_belong_to_another(
        registration.specialist, institution_id=registration.institution_id, year=registration.year
    )


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
        missing = [*services.missing(registration, on=today), *_blocks(verdicts)]
    context = {
        "form": form,
        "registration": registration,
        "sections": _sections(form),
        "verdicts": verdicts,
        "missing": missing,
        "existing": _way_out(request, form, findings),
        "stale": stale,
        "checks_url": checks_url,
        "year": form.pack.setting("registration.call_year"),
        "version": registration.version if registration else None,
    }
    status = 409 if stale else 422 if form.errors else 200
    return render(request, "specialists/form.html", context, status=status)


SECTIONS: list[tuple[str, str, list[tuple[str, ...]]]] = [
    (
        "基本信息",
        "",
        [
            ("id_number", "name"),
            ("mobile", "email"),
            ("education", "title"),
            ("department",),
            ("bank_account", "bank_name"),
        ],
    ),
    ("专业", "", [("field",), ("speciality",)]),
    ("类别", "", [("category",), ("personnel_type",), ("supervisor", "graduates_on")]),
    ("证明", "", [("ability_note",), ("research_results",), ("consent",)]),
]


def _sections(form: RegistrationForm) -> list[dict[str, Any]]:
    """The form's fields in its four parts, two abreast where they belong together; empty parts left out."""
    parts = []
    for title, note, lines in SECTIONS:
        there = [[name for name in line if name in form.fields] for line in lines]
        parts.append({"title": title, "note": note, "lines": [line for line in there if line]})
    return [part for part in parts if part["lines"]]


def _checks(request: HatRequest, verdicts: list[Verdict]) -> HttpResponse:
    return render(request, "specialists/_checks.html", {"verdicts": verdicts})


def _typed_verdicts(request: HatRequest, form: RegistrationForm, today: date) -> list[Verdict]:
    typed = getattr(form, "cleaned_data", {})
    words = ("name", "id_number", "category", "personnel_type", "ability_note", "research_results")
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
        )
    return services.judge_case(case, on=today, pack=form.pack)


def _way_out(request: HatRequest, form: RegistrationForm, findings: Iterable[Finding]) -> list[Registration]:
    """This unit's own registration of the person, when the form was refused for repeating it."""
    if not any(finding.code == "E-REG-DUP" and finding.facts.get("here") for finding in findings):
        return []
    same = Registration.objects.visible_to(request.membership).filter(
        category=form["category"].value(), year=form.pack.setting("registration.call_year")
    )
    if "name" in form.fields:
        same = same.filter(specialist__name=form["name"].value().strip())
    return [*same.select_related("specialist").order_by("-pk")[:1]]


def _detail(
    request: HatRequest,
    registration: Registration,
    *,
    findings: Iterable[Finding] = (),
    reveal_form: RevealForm | None = None,
    revealed: Mapping[str, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    today, hat = localdate(), request.membership
    offices = hat.role in Role.sees_everything
    others = Registration.objects.visible_to(hat).filter(specialist=registration.specialist_id)
    editable = registration.is_editable and matrix().may(hat.role, "registration.edit")
    verdicts = services.judge(registration, on=today) if editable else []
    context = {
        **_head(request, registration),
        "personal": _personal(registration.specialist, revealed or {}, today),
        "facts": _facts(registration),
        "findings": list(findings),
        "missing": [*services.missing(registration, on=today), *_blocks(verdicts)] if editable else [],
        "verdicts": verdicts,
        "steps": _steps(registration, names=offices),
        "others": others.exclude(pk=registration.pk).order_by("-year", "pk"),
        "editable": editable,
        "may_submit": registration.is_editable and matrix().may(hat.role, "registration.submit"),
        "may_decide": _may_decide(request, registration),
        "may_reveal": matrix().may(hat.role, "specialist.reveal"),
        "reveal_form": reveal_form or RevealForm(),
        "revealed": bool(revealed),
    }
    return render(request, "specialists/detail.html", context, status=status)


def _head(request: HatRequest, registration: Registration) -> dict[str, Any]:
    """What both tabs of a registration show above them."""
    person = registration.specialist
    return {
        "registration": registration,
        "person": person,
        "tone": registration.status_tone,
        "listed": services.listed_by_province(registration) if registration.status != "draft" else None,
        "is_revoked": person.status == SpecialistStatus.REVOKED,
        "shell": "base_phone.html" if request.membership.role == Role.SPECIALIST else "base.html",
    }


def _review(
    request: HatRequest,
    registration: Registration,
    form: DecisionForm,
    *,
    findings: Iterable[Finding] = (),
    stale: Stale | None = None,
    status: int = 200,
) -> HttpResponse:
    today, hat = localdate(), request.membership
    queue = queries.waiting_in_turn(Registration.objects.visible_to(hat), hat.role)
    place = queue.index(registration.pk) if registration.pk in queue else None
    approval = approvals.running(services.ACT, registration)
    verdicts = services.judge(registration, on=today, deciding=True) if registration.pack else []
    found = [verdict.finding for verdict in verdicts if verdict.finding]
    standing = services.reasons_of(registration, since=approval) if approval else {}
    reasons = form.reasons if form.is_bound and hasattr(form, "reasons") else {}
    upcoming = approvals.next_role(approval) if approval else None
    context = {
        **_head(request, registration),
        "personal": _personal(registration.specialist, {}, today),
        "facts": _facts(registration),
        "form": form,
        "verdicts": verdicts,
        "found": found,
        "asks": any(one.level == Level.WARN and one.code not in standing for one in found),
        "standing": standing,
        "reasons": reasons,
        "documents": form.documents if reasons else {},
        "refused": [one for one in findings if one.facts.get("field") not in form.fields],
        "steps": _steps(registration, names=True),
        "next_role": Role(upcoming).label if upcoming else "",
        "after": _after(approval),
        "yours": upcoming == hat.role,
        "stale": stale,
        "queue": {
            "place": place + 1,
            "count": len(queue),
            "previous": queue[place - 1] if place else None,
            "next": queue[place + 1] if place + 1 < len(queue) else None,
        }
        if place is not None
        else None,
    }
    return render(request, "specialists/review.html", context, status=status)


def _after(approval: Any) -> str:
    """What follows when the step at hand is passed."""
    if approval is None:
        return ""
    taken = len(approval.taken.all())
    if taken + 1 < len(approval.steps):
        return f"通过后转{Role(approval.steps[taken + 1]).label}"
    return "通过后即入选，并通知派出单位和本人"


def _steps(registration: Registration, *, names: bool) -> list[dict[str, Any]]:
    """The steps of the last round; who took them is shown to the offices only."""
    rounds = queries.rounds_of(registration)
    if not rounds:
        return []
    approval = rounds[-1]
    taken: list[ApprovalStep] = list(approval.taken.all())
    steps = []
    for place, role in enumerate(approval.steps):
        step: dict[str, Any] = {"role": Role(role).label, "state": "next"}
        if place < len(taken):
            one = taken[place]
            step |= {
                "state": "done" if one.passed else "returned",
                "by": str(one.by) if names else "",
                "when": cdate(one.decided_on),
                "opinion": one.opinion,
                "document": one.document_number,
            }
        elif place == len(taken) and approval.closed_at is None:
            step["state"] = "now"
        steps.append(step)
    return steps


def _personal(person: Specialist, revealed: Mapping[str, str], today: date) -> Facts:
    born = person.birth_date
    age = today.year - born.year - ((today.month, today.day) < (born.month, born.day))
    account = mask_account(person.bank_account) if person.bank_account else ""
    return [
        ("姓名", person.name),
        ("身份证号", revealed.get("id_number", person.id_masked)),
        ("性别", person.get_sex_display()),
        ("出生日期", cdate(born), f"{age}岁"),
        ("手机号", revealed.get("mobile", person.mobile_masked)),
        ("邮箱", person.email),
        ("学历", person.get_education_display()),
        ("职称", person.get_title_display()),
        ("专业领域", person.field),
        ("银行账号", revealed.get("bank_account", account), person.bank_name),
    ]


def _facts(registration: Registration) -> Facts:
    unit = registration.institution
    facts: Facts = [
        ("年度", f"{registration.year}年度"),
        ("类别", registration.get_category_display(), registration.get_form_display()),
        ("人员类型", registration.get_personnel_type_display()),
        ("派出单位", str(unit) if unit else registration.get_origin_display(), unit.get_type_display() if unit else ""),
        ("所在部门", registration.department),
        ("专长", registration.speciality),
    ]
    if registration.personnel_type == PersonnelType.GRADUATE:
        facts += [
            ("导师", registration.supervisor),
            ("预计毕业日期", cdate(registration.graduates_on)),
            ("科研能力说明", registration.ability_note),
            ("科研成果", registration.research_results),
        ]
    elif registration.ability_note or registration.research_results:
        facts += [("科研能力说明", registration.ability_note), ("科研成果", registration.research_results)]
    return [
        *facts,
        ("本人同意", cdate(registration.consented_on)),
        ("提交日期", cdate(registration.submitted_on)),
        ("入选日期", cdate(registration.approved_on)),
    ]


def _blocks(verdicts: Iterable[Verdict]) -> list[Finding]:
    return [one.finding for one in verdicts if one.finding and one.finding.level == Level.BLOCK]


def _may_decide(request: HatRequest, registration: Registration) -> bool:
    return registration.status == RegistrationStatus.SUBMITTED and matrix().may(
        request.membership.role, "registration.decide"
    )


def _outcome(registration: Registration) -> str:
    name = registration.specialist.name
    if registration.status == RegistrationStatus.APPROVED:
        return f"{name}已入选。"
    if registration.status == RegistrationStatus.RETURNED:
        return f"{name}的登记已退回补正。"
    return f"{name}的登记已通过这一步，转下一步办理。"


def _provincial(request: HatRequest, form: ListingForm, *, status: int) -> HttpResponse:
    filters = ListingFilter(request.GET, ProvincialListEntry.objects.visible_to(request.membership))
    may_edit = matrix().may(request.membership.role, "provincial.edit")
    columns = [
        Column("name", "姓名", sub=lambda row: row["id_masked"], phone="title"),
        Column("year", "名单年度", cell=lambda row: f"{row['year']}年度", sub=_row_number, nowrap=True),
        Column("valid_to", "有效期", cell=_validity, nowrap=True),
        Column("document_number", "公布文号"),
        Column("categories", "本市登记", cell=_registered, href=_registration),
    ]
    if may_edit:
        end = addresses("specialists:provincial-end")
        columns.append(Column("id", "操作", cell=lambda row: "提前终止", href=end, button=True, phone="line"))
    table = Table(
        columns=columns,
        rows=Keyset(queries.listings(filters.qs), order=("-id",), query=request.GET),
        caption="省级名单",
        query=request.GET,
        empty="还没有录入省级名单。",
    )
    context = {"table": table, "filters_form": filters.form, "form": form, "may_edit": may_edit}
    return render(request, "specialists/provincial.html", context, status=status)


# --- cells ------------------------------------------------------------------------------------------------------------


def _kind(row: Row) -> str:
    student = "（在校研究生）" if row["personnel_type"] == PersonnelType.GRADUATE else ""
    return f"{Category(row['category']).label}{student}"


def _status(row: Row) -> str:
    if row["specialist_status"] == SpecialistStatus.REVOKED:
        return SpecialistStatus.REVOKED.label
    return RegistrationStatus(row["status"]).label


def _tone(row: Row) -> str:
    return "bad" if row["specialist_status"] == SpecialistStatus.REVOKED else RegistrationStatus.tones[row["status"]]


def _row_number(row: Row) -> str:
    return f"序号{row['row']}" if row["row"] else ""


def _validity(row: Row) -> str:
    return f"{cdate(row['valid_from'])}至{cdate(row['valid_to'])}"


def _registered(row: Row) -> str:
    return "、".join(Category(category).label for category in row["categories"])


def _registration(row: Row) -> str:
    return reverse("specialists:detail", args=[row["registration"]]) if row["registration"] else ""


def _chips(mine: bool) -> list[dict[str, Any]]:
    return [
        {"label": "全部", "url": "?", "current": not mine},
        {"label": "待我办理", "url": "?mine=1", "current": mine},
    ]


def _new_registration(role: str) -> dict[str, str] | None:
    if not matrix().may(role, "registration.edit"):
        return None
    return {"url": reverse("specialists:new"), "label": "登记第一位特派员"}


def _version(request: HatRequest) -> int:
    """The version a form was opened with; what cannot be one is no version that any record has."""
    typed = request.POST.get("version", "")
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0
