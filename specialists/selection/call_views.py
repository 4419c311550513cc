"""推荐通知: drafted and published by the bureau, read by institutions, and how far each of them has come."""

from django.contrib import messages
from django.db import transaction
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import HatRequest, answer_once, can, subject, version_sent
from accounts.enums import Role
from accounts.lists.shown import page_of
from accounts.models import Institution
from core import calendar, files
from core.jinja import cdate
from core.policy import Finding, Refused
from core.stale import Stale
from core.tables import addresses
from core.verbs import sentences
from specialists.enums import CallStatus
from specialists.models import SelectionCall
from specialists.selection import calls, queries
from specialists.selection.forms import CallForm, LateForm
from specialists.selection.listed import CALLS, state_of_call

PURPOSE = "call-attachment"
KINDS = ("pdf", "jpg", "png", "docx", "xlsx")


@require_safe
def listing(request: HatRequest) -> HttpResponse:
    shown = page_of(request, CALLS, row_href=addresses("specialists:call"), empty="还没有推荐通知。")
    if isinstance(shown, HttpResponse):
        return shown
    context = {**shown.context, "may_edit": can(request.membership, "call.edit")}
    return render(request, "specialists/selection/calls.html", context)


@answer_once
def new(request: HatRequest) -> HttpResponse:
    return _edit(request, None)


@answer_once
def edit(request: HatRequest, pk: int) -> HttpResponse:
    call = subject(request, SelectionCall)
    if call.status != CallStatus.DRAFT and request.method != "POST":
        messages.warning(request, "推荐通知已经发布，不能修改。")
        return redirect("specialists:call", pk)
    return _edit(request, call)


def _edit(request: HatRequest, call: SelectionCall | None) -> HttpResponse:
    """302 to the call · 422 with the sentences · 409 when a colleague changed it meanwhile."""
    hat, today = request.membership, localdate()
    initial = {name: getattr(call, name) for name in calls.CONTENT if name != "attachment"} if call else None
    form = CallForm(request.POST or None, request.FILES or None, initial=initial)
    stale, findings = None, []
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        upload = given.pop("attachment")
        try:
            with transaction.atomic():
                if upload:
                    given["attachment"] = files.receive(upload, kinds=KINDS, by=hat, purpose=PURPOSE)
                if call:
                    made = calls.save_call(call, by=hat, on=today, version=version_sent(request), **given)
                else:
                    made = calls.draft_call(by=hat, on=today, **given)
        except Refused as refusal:
            findings = form.refuse_beside(refusal.findings)
        except Stale as other:
            stale = other
            assert call
            call.refresh_from_db()
        else:
            messages.success(request, "草稿已保存，核对后发布。")
            return redirect("specialists:call", made.pk)
    context = {"form": form, "call": call, "findings": findings, "stale": stale}
    status = 409 if stale else 422 if form.errors or findings else 200
    return render(request, "specialists/selection/call_form.html", context, status=status)


@require_safe
def detail(request: HatRequest, pk: int) -> HttpResponse:
    return _page(request, subject(request, SelectionCall))


def _page(
    request: HatRequest, call: SelectionCall, *, findings: list[Finding] | None = None, status: int = 200
) -> HttpResponse:
    hat, today = request.membership, localdate()
    offices = hat.role in Role.sees_everything
    asked = Institution.objects.select_related("organization").order_by("organization__name")
    answered = queries.answers(call, asked if offices else asked.filter(pk=hat.organization_id))
    word, tone = state_of_call({"status": call.status, "opens_on": call.opens_on, "closes_on": call.closes_on}, today)
    silent = [one for one in answered if one.word != "已提交"]
    late = call.late_admissions.select_related(
        "institution__organization", "by__person", "registration__specialist", "team"
    )
    context = {
        "call": call,
        "word": word,
        "tone": tone,
        "days_left": (call.closes_on - today).days,
        "working_days_left": calendar.working_days_between(today, call.closes_on),
        "is_open": word == "受理中",
        "answers": answered,
        "silent": silent,
        "chase": _chase(call, [str(one.institution) for one in silent]) if offices and silent else "",
        "late": late.order_by("pk") if offices else late.filter(institution=hat.organization_id).order_by("pk"),
        "offices": offices,
        "may_edit": can(hat, "call.edit"),
        "may_register": can(hat, "registration.edit") and not offices,
        "events": sentences(call) if offices else [],
        "findings": findings or [],
    }
    return render(request, "specialists/selection/call.html", context, status=status)


def _chase(call: SelectionCall, silent: list[str]) -> str:
    """To be copied into a group of the institutions."""
    return (
        f"各派出单位：“{call.title}”受理至{cdate(call.closes_on)}。以下单位尚未提交：{'、'.join(silent)}。"
        "请登录平台登记人选并按期提交，逾期不再受理。"
    )


@require_POST
@answer_once
def publish(request: HatRequest, pk: int) -> HttpResponse:
    call = subject(request, SelectionCall)
    try:
        calls.publish_call(call, by=request.membership, on=localdate(), version=version_sent(request))
    except Refused as refusal:
        return _page(request, call, findings=refusal.findings, status=422)
    except Stale:
        messages.warning(request, "通知已被同事修改，请核对后再发布。")
        return redirect("specialists:call", pk)
    messages.success(request, "推荐通知已发布，各派出单位将收到通知。")
    return redirect("specialists:call", pk)


@require_POST
@answer_once
def discard(request: HatRequest, pk: int) -> HttpResponse:
    call = subject(request, SelectionCall)
    try:
        calls.discard_call(call, by=request.membership, on=localdate())
    except Refused as refusal:
        return _page(request, call, findings=refusal.findings, status=422)
    messages.success(request, f"已删除草稿“{call.title}”。")
    return redirect("specialists:calls")


@answer_once
def late(request: HatRequest, pk: int) -> HttpResponse:
    call = subject(request, SelectionCall)
    institutions = Institution.objects.select_related("organization").order_by("organization__name")
    unsent = calls.unsent(call)
    asked = {"institution": request.GET.get("unit"), "only": request.GET.get("only", "")}
    form = LateForm(request.POST or None, institutions=institutions, unsent=unsent, initial=asked)
    findings: list[Finding] = []
    if request.method == "POST" and form.is_valid():
        try:
            calls.admit_late(call, by=request.membership, on=localdate(), **form.cleaned_data)
        except Refused as refusal:
            findings = form.refuse_beside(refusal.findings)
        else:
            messages.success(request, "已受理补报，派出单位将收到通知。")
            return redirect("specialists:call", pk)
    context = {"call": call, "form": form, "findings": findings}
    status = 422 if form.errors or findings else 200
    return render(request, "specialists/selection/late.html", context, status=status)


@require_safe
def attachment(request: HatRequest, pk: int) -> FileResponse:
    stored = subject(request, SelectionCall).attachment
    if stored is None:
        raise Http404
    return files.serve(stored)
