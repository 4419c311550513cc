"""Pages of service visits: on the specialist's phone, at the host by personal link, in the offices as a list."""

from dataclasses import replace
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_POST

from accounts.doors import HatRequest, answer_once, subject, version_sent
from accounts.enums import Role
from accounts.lists.bar import bar_of
from accounts.matrix import matrix
from accounts.models import Membership
from agreements.models import Agreement
from core.dates import day_in_words
from core.files import UNSEEN, receive, serve, show
from core.links import mask_email
from core.models import PolicyPack, StoredFile
from core.policy import Finding, Refused
from core.stale import Stale
from core.tables import Column, Keyset, Table, address, addresses
from core.verbs import sentences
from visits import queries, services
from visits.enums import Mode, VisitStatus
from visits.forms import AnswerForm, DisputeForm, LinkAnswerForm, VisitForm
from visits.listed import VISITS
from visits.models import Visit

TONES = {"logged": "wait", "confirmed": "ok", "disputed": "returned", "withdrawn": "ended"}
PHOTO_BROKEN = "文件不完整或已损坏，无法打开。请重新拍摄或选择。"
ON_THE_PHONE = (Role.SPECIALIST, Role.HOST_CONTACT)


def visits(request: HatRequest) -> HttpResponse:
    hat = request.membership
    form = VISITS.form(request.GET, hat)
    bar = bar_of(request, VISITS, form)
    if isinstance(bar, HttpResponse):
        return bar
    rows = VISITS.found(hat, request.GET, localdate())
    may_log = _may_log(hat)
    columns = ("id", "date", "days", "mode", "status", "content")
    page = Keyset(
        rows.values(
            *columns,
            "agreement__host__organization__name",
            "agreement__institution__organization__name",
            **queries.columns_of_who(),
        ),
        order=VISITS.order,
        query=request.GET,
        counted=rows,
    )
    table = Table(
        columns=[
            Column(
                "date", "服务日期", href=addresses("visits:detail"), cell=_day, sub=_days, nowrap=True, phone="title"
            ),
            Column(
                "came",
                "参加人员",
                cell=queries.who_of,
                sub=lambda row: row["agreement__institution__organization__name"],
            ),
            Column("agreement__host__organization__name", "派驻单位"),
            Column("content", "服务内容", cell=lambda row: row["content"][:40]),
            Column(
                "status",
                "状态",
                cell=lambda row: VisitStatus(row["status"]).label,
                tone=lambda row: TONES[row["status"]],
                phone="aside",
            ),
        ],
        rows=page,
        caption="服务记录",
        query=request.GET,
        row_href=addresses("visits:detail"),
        empty="还没有服务记录。" + ("登记第一次服务，约需1分钟。" if may_log else ""),
        everything=bar.everything,
    )
    chosen = [
        {
            "label": label,
            "url": address(request.GET, status=value, after=None, before=None, view=None if value else "all"),
            "current": (request.GET.get("status") or None) == value,
        }
        for value, label in ((None, "全部"), *VisitStatus.choices)
    ]
    context = {
        "table": table,
        "bar": bar,
        "form": form,
        "chosen": chosen,
        "may_log": may_log,
        "shell": shell(hat.role),
    }
    return render(request, "visits/list.html", context)


@answer_once
def new(request: HatRequest) -> HttpResponse:
    """201 by redirect · 422 with the sentences beside the fields, nothing typed lost."""
    today = localdate()
    specialist = getattr(request.membership.person, "specialist", None)
    telling = queries.telling(specialist, on=today) if specialist else None
    # A visit may be told for a while after its agreement ended, so the choice looks back as far as the telling may.
    day = telling.last if telling else None
    agreements = queries.agreements_between(specialist, telling.first, day) if specialist and telling and day else []
    why = telling.why if telling else ""
    if not agreements:
        return render(request, "visits/none.html", {"shell": shell(request.membership.role), "why": why})
    form = _form(
        request,
        agreements,
        initial={
            "date": day,
            "agreement": request.GET.get("agreement", agreements[0].pk),
            "attendees": [specialist.pk] if specialist else [],
        },
    )
    findings: list[Finding] = []
    if request.method == "POST" and form.is_valid():
        fields = _fields(form)
        try:
            fields["photo"] = _photo(request, form)
            visit = services.log_visit(
                form.cleaned_data["agreement"], by=request.membership, on=today, attendees=form.came, **fields
            )
        except Refused as refusal:
            form.refuse(refusal.findings)
            findings = refusal.findings
        else:
            messages.success(request, f"已登记，请等待{visit.agreement.host}确认。")
            for told in services.judge_again(visit, today=today):
                messages.info(request, str(told))
            return redirect("visits:detail", visit.pk)
    return _page(request, form, findings, title="登记一次服务", why=why, until=day)


@answer_once
def amend(request: HatRequest, pk: int) -> HttpResponse:
    """As logging; 409 with what differs when the visit was changed meanwhile."""
    visit = subject(request, Visit)
    initial = {name: getattr(visit, name) for name in services.FIELDS if name != "photo"}
    came = [*visit.attendances.values_list("specialist", flat=True)]
    form = _form(request, [visit.agreement], initial={**initial, "agreement": visit.agreement_id, "attendees": came})
    version = version_sent(request) if request.method == "POST" else visit.version
    findings: list[Finding] = []
    if request.method == "POST" and form.is_valid():
        fields = _fields(form)
        try:
            if photo := _photo(request, form):
                fields["photo"] = photo
            services.amend_visit(
                visit, by=request.membership, on=localdate(), version=version, attendees=form.came, **fields
            )
        except Refused as refusal:
            form.refuse(refusal.findings)
            findings = refusal.findings
        except Stale as stale:
            return _page(request, form, [], title="修改服务记录", version=visit.version, stale=stale, status=409)
        else:
            messages.success(request, "已修改，请等待派驻单位确认。")
            return redirect("visits:detail", visit.pk)
    return _page(request, form, findings, title="修改服务记录", version=version)


def detail(request: HatRequest, pk: int) -> HttpResponse:
    return _detail(request, subject(request, Visit))


@require_POST
@answer_once
def withdraw(request: HatRequest, pk: int) -> HttpResponse:
    visit = subject(request, Visit)
    try:
        services.withdraw_visit(visit, by=request.membership, on=localdate())
    except Refused as refusal:
        return _detail(request, visit, findings=refusal.findings)
    messages.success(request, "服务记录已撤回。")
    return redirect("visits:detail", visit.pk)


@require_POST
@answer_once
def ask_for_link(request: HatRequest, pk: int) -> HttpResponse:
    """302: the host is sent a fresh link · 422 nobody is waited for, no mailbox, sent today."""
    visit = subject(request, Visit)
    try:
        services.ask_for_link(visit, by=request.membership, on=localdate())
    except Refused as refusal:
        return _detail(request, visit, findings=refusal.findings)
    messages.success(request, f"确认链接已重新发到{visit.agreement.host}的联系邮箱，以前的链接不再有效。")
    return redirect("visits:detail", visit.pk)


@require_POST
@answer_once
def confirm(request: HatRequest, pk: int) -> HttpResponse:
    """The host's own contact, signed in."""
    visit, form = subject(request, Visit), AnswerForm(request.POST)
    if not form.is_valid():
        return _detail(request, visit, answer=form)
    try:
        services.confirm_visit(
            visit,
            by=request.membership,
            on=localdate(),
            version=version_sent(request),
            **form.cleaned_data,
        )
    except Refused as refusal:
        return _detail(request, visit, answer=form, findings=refusal.findings)
    messages.success(request, "已确认，谢谢。")
    return redirect("visits:detail", visit.pk)


@require_POST
@answer_once
def dispute(request: HatRequest, pk: int) -> HttpResponse:
    visit, form = subject(request, Visit), DisputeForm(request.POST)
    if not form.is_valid():
        return _detail(request, visit, objection=form)
    try:
        services.dispute_visit(visit, by=request.membership, on=localdate(), opinion=form.cleaned_data["opinion"])
    except Refused as refusal:
        return _detail(request, visit, objection=form, findings=refusal.findings)
    messages.success(request, "异议已告知科技特派员。")
    return redirect("visits:detail", visit.pk)


def photo(request: HatRequest, pk: int) -> HttpResponseBase:
    """As any browser shows it; `?original` hands out the very bytes."""
    visit = subject(request, Visit)
    if visit.photo is None:
        raise Http404
    return serve(visit.photo) if "original" in request.GET else show(visit.photo)


def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The host without an account: reads the visit, asks for a code, answers with it."""
    link = services.link_for(token)
    if link is None:
        return _no_link(request, token)
    disputing = request.POST.get("answer") == "dispute"
    form = LinkAnswerForm(
        request.POST if request.method == "POST" else None, code_sent=bool(link.code_sent_at), disputing=disputing
    )
    findings: list[Finding] = []
    stale = None
    if request.method == "POST" and form.is_valid():
        typed = dict(form.cleaned_data)
        try:
            visit = services.answer_by_link(
                link,
                confirmed=not disputing,
                version=version_sent(request),
                on=localdate(),
                **typed,
            )
        except Refused as refusal:
            form.refuse(refusal.findings)
            findings = refusal.findings
        except Stale as changed:
            stale = changed
        else:
            return render(request, "visits/link_done.html", {"visit": visit, "Status": VisitStatus})
    context = {
        "link": link,
        "token": token,
        "visit": link.visit,
        "form": form,
        "findings": findings,
        "stale": stale,
        "address": mask_email(link.visit.agreement.host.organization.contact_email),  # type: ignore[union-attr]
        "whose": "贵单位联系邮箱",
        "code": services.code_of(link),
        "code_url": reverse("visits:code", args=[token]),
    }
    status = 409 if stale else 422 if form.errors else 200
    return render(request, "visits/link.html", context, status=status)


@require_POST
def code(request: HttpRequest, token: str) -> HttpResponse:
    link = services.link_for(token)
    if link is None:
        return _no_link(request, token)
    if why_not := services.ask_for_code(link):
        messages.info(request, why_not)
    else:
        messages.success(request, "验证码已发送，请查看贵单位联系邮箱。")
    return redirect("visits:confirm", token)


def _no_link(request: HttpRequest, token: str) -> HttpResponse:
    """What was answered already is said so, before anybody asks for a code; the rest of the dead links is one page."""
    if visit := services.answered(token):
        return render(request, "visits/link_answered.html", {"visit": visit, "Status": VisitStatus})
    return render(request, "visits/link_over.html", status=404)


def _may_log(hat: Membership) -> bool:
    """Whether the page offers it today; of earlier days the first page of who rests says more."""
    person = getattr(hat.person, "specialist", None) if hat.role == Role.SPECIALIST else None
    return person is not None and queries.telling(person, on=localdate()).of_today


def shell(role: str) -> str:
    return "base_phone.html" if role in ON_THE_PHONE else "base.html"


def _form(request: HatRequest, agreements: list[Agreement], *, initial: dict[str, Any]) -> VisitForm:
    pack = PolicyPack.in_force(on=localdate())
    kinds: dict[str, None] = {}
    for agreement in agreements:
        kinds |= dict.fromkeys(queries.activities_for(agreement.registration, pack))
    posted = (request.POST, request.FILES) if request.method == "POST" else (None, None)
    within = pack.setting("visits.log_within_days")
    members = queries.may_have_come(agreements, on=localdate(), within=within, came=initial["attendees"])
    return VisitForm(*posted, agreements=agreements, activities=list(kinds), members=members, initial=initial)


def _fields(form: VisitForm) -> dict[str, Any]:
    return {name: form.cleaned_data[name] for name in services.FIELDS if name != "photo"}


def _photo(request: HatRequest, form: VisitForm) -> StoredFile | None:
    upload = form.cleaned_data.get("photo")
    if not upload:
        return None
    try:
        return receive(upload, kinds=("jpg", "png", "heic"), by=request.membership, purpose="visit_photo")
    except Refused as refusal:
        raise Refused([_of_the_photo(finding) for finding in refusal.findings]) from refusal


def _of_the_photo(finding: Finding) -> Finding:
    """The sentence about a file, beside the photo and in words for who holds a camera and no scanner."""
    said = PHOTO_BROKEN if finding.code == "E-FILE-BROKEN" else finding.message
    return replace(finding, message=f"照片：{said}", facts={**finding.facts, "field": "photo"})


def _page(request: HatRequest, form: VisitForm, findings: list[Finding], **more: Any) -> HttpResponse:
    status = more.pop("status", 422 if form.errors else 200)
    context = {"form": form, "findings": findings, "version": None, "stale": None, "why": "", "until": None, **more}
    return render(request, "visits/form.html", {**context, "shell": shell(request.membership.role)}, status=status)


def _detail(
    request: HatRequest,
    visit: Visit,
    *,
    findings: list[Finding] | None = None,
    answer: AnswerForm | None = None,
    objection: DisputeForm | None = None,
) -> HttpResponse:
    role = request.membership.role
    context = {
        "visit": visit,
        "findings": findings or [],
        "answer": answer or AnswerForm(initial={"name": request.membership.person.name}),
        "objection": objection or DisputeForm(),
        "may_amend": matrix().may(role, "visit.log") and visit.status in VisitStatus.editable,
        "may_confirm": matrix().may(role, "visit.confirm") and visit.status == VisitStatus.LOGGED,
        "may_ask": matrix().may(role, "visit.ask") and visit.status == VisitStatus.LOGGED,
        "link": services.newest_link(visit),
        "now": now(),
        "tone": TONES[visit.status],
        "photo_is_converted": visit.photo is not None and visit.photo.kind in UNSEEN,
        "events": sentences(visit),
        "shell": shell(role),
    }
    refused = findings or (answer and answer.errors) or (objection and objection.errors)
    return render(request, "visits/detail.html", context, status=422 if refused else 200)


def _day(row: dict[str, Any]) -> str:
    return day_in_words(row["date"])


def _days(row: dict[str, Any]) -> str:
    return f"{Mode(row['mode']).label}　{row['days']}天"
