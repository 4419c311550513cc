"""The pages of a list: composed, approved, put on view, objected to, closed, announced."""

from collections.abc import Callable, Sequence
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.db import transaction
from django.db.models import QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate, now
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import HatRequest, answer_once, can, subject, version_sent
from accounts.enums import Role
from accounts.lists.shown import page_of
from core import approvals, calendar, files, pdf
from core.answers import download
from core.files import DOCX, XLSX
from core.forms import Form
from core.jinja import cdate
from core.models import Approval, ApprovalStep, PolicyPack, StoredFile, label_of
from core.policy import Finding, Refused
from core.public import public
from core.stale import Stale
from core.tables import addresses
from core.verbs import sentences
from specialists.enums import DIRECT, ListStatus
from specialists.models import Objection, Registration, SelectionEntry, SelectionList, Team
from specialists.selection import documents, queries, services
from specialists.selection.calling_back import call_back_list
from specialists.selection.correcting.beside import beside
from specialists.selection.correcting.forms import CorrectionDecisionForm
from specialists.selection.forms import (
    AnnounceForm,
    CallBackForm,
    CloseForm,
    ComposeForm,
    ConclusionForm,
    NoticeForm,
    ObjectionForm,
    PaperStepForm,
    ReasonForm,
    StepForm,
    TakeOutForm,
)
from specialists.selection.listed import SELECTIONS

SCAN = "selection-scan"

# --- the list of lists ------------------------------------------------------------------------------------------------


@require_safe
def listing(request: HatRequest) -> HttpResponse:
    hat, year = request.membership, _year()
    offices = hat.role in Role.sees_everything
    shown = page_of(
        request,
        SELECTIONS,
        row_href=addresses("specialists:list-detail"),
        empty="还没有拟选派名单。" if offices else "本单位的人选列入名单并公示后，在这里查看。",
    )
    if isinstance(shown, HttpResponse):
        return shown
    waiting = queries.pool(year).count if offices else 0
    context = {**shown.context, "waiting": waiting, "year": year, "may_edit": can(hat, "selection_list.edit")}
    return render(request, "specialists/selection/list.html", context)


# --- composing --------------------------------------------------------------------------------------------------------


@answer_once
def new(request: HatRequest) -> HttpResponse:
    """Who passed review and stands on no list, all ticked: 302 to the list · 422 with what is in the way."""
    return _compose(request, None)


@answer_once
def extend(request: HatRequest, pk: int) -> HttpResponse:
    return _compose(request, subject(request, SelectionList))


def _compose(request: HatRequest, selection_list: SelectionList | None) -> HttpResponse:
    hat, findings = request.membership, []
    form = ComposeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        registrations = _chosen(request, "registration", Registration.objects.visible_to(hat))
        teams = _chosen(request, "team", Team.objects.visible_to(hat))
        try:
            if selection_list:
                made = services.extend_list(
                    selection_list, by=hat, registrations=registrations, teams=teams, version=version_sent(request)
                )
            else:
                made = services.compose_list(
                    by=hat,
                    on=localdate(),
                    title=form.cleaned_data["title"],
                    registrations=registrations,
                    teams=teams,
                )
        except Refused as refusal:
            findings = refusal.findings
        except Stale:
            messages.warning(request, "名单已被同事修改，请核对后再增加。")
            return redirect("specialists:list-detail", selection_list.pk if selection_list else 0)
        else:
            messages.success(request, "名单已更新。" if selection_list else "名单已拟定，核对后提交审批。")
            return redirect("specialists:list-detail", made.pk)
    found = queries.pool(selection_list.year if selection_list else _year())
    posted = request.method == "POST"
    context = {
        "form": form,
        "selection_list": selection_list,
        "findings": findings,
        "registrations": found.registrations,
        "teams": found.teams,
        "chosen": {name: {*request.POST.getlist(name)} if posted else None for name in ("registration", "team")},
    }
    return render(
        request, "specialists/selection/compose.html", context, status=422 if findings or form.errors else 200
    )


def _chosen(request: HttpRequest, name: str, visible: QuerySet[Any]) -> list[Any]:
    sent = [int(key) for key in request.POST.getlist(name) if key.isascii() and key.isdecimal() and len(key) < 19]
    return [*visible.filter(pk__in=sent)]


# --- one list ---------------------------------------------------------------------------------------------------------


@require_safe
def detail(request: HatRequest, pk: int) -> HttpResponse:
    return list_page(request, subject(request, SelectionList))


def list_page(
    request: HatRequest,
    selection_list: SelectionList,
    *,
    findings: Sequence[Finding] = (),
    stale: Stale | None = None,
    correction_form: CorrectionDecisionForm | None = None,
    status: int = 200,
) -> HttpResponse:
    hat, today = request.membership, localdate()
    offices = hat.role in Role.sees_everything
    entries = [*SelectionEntry.objects.visible_to(hat).filter(selection_list=selection_list).in_order()]
    standing = [entry for entry in entries if entry.removed_on is None]
    settled = selection_list.status == ListStatus.ANNOUNCED
    objections = Objection.objects.visible_to(hat).filter(selection_list=selection_list)
    running = approvals.running(services.ACT, selection_list) if offices else None
    upcoming = approvals.next_role(running) if running else None
    context = {
        "selection_list": selection_list,
        "rows": documents.rows(standing, masked=False),
        "entries": standing,
        "removed": [entry for entry in entries if entry.removed_on],
        "flags": queries.flags(standing, on=today) if offices and not settled else {},
        "counted": queries.counted(selection_list) if offices else None,
        "objections": objections.select_related("entry__registration__specialist", "entry__team").order_by("pk"),
        "sees_objections": can(hat, "objection.view"),
        "steps": _steps(selection_list, with_scans=can(hat, "selection_list.papers")) if offices else [],
        "offices": offices,
        "acts": acts(request, selection_list),
        "may_edit": can(hat, "selection_list.edit"),
        "may_decide": can(hat, "selection_list.decide") and upcoming == hat.role,
        "waits_for_paper": approvals.waits_for_paper(running),
        "next_role": approvals.role_label(upcoming, labels=services.LABELS) if upcoming else "",
        "step_form": StepForm(request.POST if request.method == "POST" else None),
        "days_left": calendar.working_days_between(today, selection_list.notice_until)
        if selection_list.notice_until
        else 0,
        "is_over": bool(selection_list.notice_until and today > selection_list.notice_until),
        "is_public": _is_public(selection_list),
        "acts_papers": can(hat, "selection_list.papers"),
        "events": sentences(selection_list) if offices else [],
        "findings": list(findings),
        "stale": stale,
        **beside(hat, selection_list, correction_form),
    }
    return render(request, "specialists/selection/detail.html", context, status=status)


def acts(request: HatRequest, selection_list: SelectionList) -> list[str]:
    """The acts that a list in its state is open to, for the buttons of its head."""
    if not can(request.membership, "selection_list.edit"):
        return []
    by_state = {
        ListStatus.DRAFT: ["extend", "submit"],
        ListStatus.SUBMITTED: ["paper"],
        ListStatus.APPROVED: ["call-back", "notice"],
        ListStatus.NOTICE: ["objection", "close"] if selection_list.is_on_view(localdate()) else ["call-back"],
        ListStatus.CLOSED: ["announce"],
        ListStatus.ANNOUNCED: ["correct"],
    }
    return by_state.get(ListStatus(selection_list.status), [])


def _steps(selection_list: SelectionList, *, with_scans: bool) -> list[dict[str, Any]]:
    rounds = Approval.objects.filter(act=services.ACT, **label_of(selection_list)).prefetch_related("taken__by")
    last = rounds.order_by("pk").last()
    if last is None:
        return []
    steps = approvals.shown(last, labels=services.LABELS)
    places = {stored.pk: place for place, stored in enumerate(scans(selection_list), start=1)}
    for step in steps:
        if with_scans and step.get("scan"):
            step["scan_url"] = reverse("specialists:list-scan", args=[selection_list.pk, places[step["scan"]]])
    return steps


@require_POST
@answer_once
def submit(request: HatRequest, pk: int) -> HttpResponse:
    held = subject(request, SelectionList)
    return _at_once(
        request,
        held,
        lambda: services.submit_list(held, by=request.membership, on=localdate(), version=version_sent(request)),
        "名单已提交审批。",
    )


@require_POST
@answer_once
def decide(request: HatRequest, pk: int) -> HttpResponse:
    held, form = subject(request, SelectionList), StepForm(request.POST)
    if not form.is_valid():
        return list_page(request, held, status=422)
    given, version = form.verdict(), version_sent(request)
    return _at_once(
        request,
        held,
        lambda: services.decide_list(held, by=request.membership, on=localdate(), version=version, **given),
        "已通过这一步。" if given["passed"] else "名单已退回修改。",
    )


def _at_once(request: HatRequest, held: SelectionList, act: Callable[[], object], done: str) -> HttpResponse:
    """An act without a page of its own: refused, the list is shown again with why."""
    try:
        act()
    except Refused as refusal:
        return list_page(request, held, findings=refusal.findings, status=422)
    except Stale as stale:
        held.refresh_from_db()
        return list_page(request, held, stale=stale, status=409)
    messages.success(request, done)
    return redirect("specialists:list-detail", held.pk)


# --- acts with a form -------------------------------------------------------------------------------------------------


def act_page(
    request: HatRequest,
    held: SelectionList,
    form: Form,
    *,
    title: str,
    words: str,
    confirm: str,
    done: str,
    act: Callable[[dict[str, Any]], object],
    among: Sequence[ListStatus],
    facts: Sequence[tuple[Any, ...]] = (),
    kind: str = "primary",
    note: str = "",
) -> HttpResponse:
    """GET shows the form, POST acts: 302 back to the list · 422 with what is in the way · 409 stale; nothing typed is
    lost but the file, which a browser never sends back."""
    if request.method != "POST" and held.status not in among:
        messages.warning(request, f"名单当前状态为“{held.get_status_display()}”，不能{title}。")
        return redirect("specialists:list-detail", held.pk)
    findings: list[Finding] = []
    stale = None
    if request.method == "POST" and form.is_valid():
        try:
            with transaction.atomic():  # a file received for a refused act goes with it
                act(form.cleaned_data)
        except Refused as refusal:
            findings = form.refuse_beside(refusal.findings)
        except Stale as other:
            stale = other
            held.refresh_from_db()
        else:
            messages.success(request, done)
            return redirect("specialists:list-detail", held.pk)
    context = {
        "selection_list": held,
        "form": form,
        "title": title,
        "words": words,
        "confirm": confirm,
        "kind": kind,
        "facts": list(facts),
        "findings": findings,
        "stale": stale,
        "note": note,
    }
    status = 409 if stale else 422 if findings or form.errors else 200
    return render(request, "specialists/selection/act.html", context, status=status)


def kept(request: HatRequest, upload: Any, kinds: Sequence[str] = files.PAPERS) -> StoredFile:
    return files.receive(upload, kinds=kinds, by=request.membership, purpose=SCAN)


@answer_once
def take_out(request: HatRequest, pk: int) -> HttpResponse:
    entry = subject(request, SelectionEntry)
    held = entry.selection_list
    later = held.status != ListStatus.DRAFT
    return act_page(
        request,
        held,
        (ReasonForm if later else TakeOutForm)(request.POST or None),
        title="移出名单",
        words="名单审批通过之后移出的，本年度这一类别不再选派，并通知派出单位。"
        if later
        else "移出后可列入下一份名单；本人放弃的，请勾选本年度不再选派。",
        confirm="移出名单",
        kind="danger" if later else "warn",
        done=f"{entry}已移出名单。",
        act=lambda given: services.take_out(entry, by=request.membership, on=localdate(), **given),
        among=(ListStatus.DRAFT, ListStatus.APPROVED, ListStatus.NOTICE, ListStatus.CLOSED),
        facts=[("人选", str(entry)), ("派出单位", str(entry.record.institution or DIRECT))],
    )


@answer_once
def paper(request: HatRequest, pk: int) -> HttpResponse:
    held, today = subject(request, SelectionList), localdate()

    def act(given: dict[str, Any]) -> object:
        return services.record_paper_step(
            held,
            by=request.membership,
            on=today,
            passed=given["result"] == "pass",
            kind=given["kind"],
            number=given["number"],
            decided_on=given["decided_on"],
            scan=kept(request, given["scan"]),
            opinion=given["opinion"],
            version=version_sent(request),
        )

    return act_page(
        request,
        held,
        PaperStepForm(request.POST or None, request.FILES or None, initial={"decided_on": today}),
        title="据纸面登记签批",
        words="分管领导在纸面上签批后，照纸面登记编号、日期和意见，并上传扫描件。",
        confirm="登记签批",
        done="签批已登记。",
        act=act,
        among=(ListStatus.SUBMITTED,),
    )


@answer_once
def call_back(request: HatRequest, pk: int) -> HttpResponse:
    held, today = subject(request, SelectionList), localdate()
    return act_page(
        request,
        held,
        CallBackForm(request.POST or None),
        title="撤回审批",
        words="公示前发现名单需要修改的，可以撤回审批：名单退回拟定，修改后重新提交，已作出的审批留在办理记录中。",
        confirm="撤回审批",
        kind="danger",
        done="审批已撤回，名单退回拟定。",
        act=lambda given: call_back_list(held, by=request.membership, on=today, version=version_sent(request), **given),
        among=(ListStatus.APPROVED, ListStatus.NOTICE),
    )


@answer_once
def notice(request: HatRequest, pk: int) -> HttpResponse:
    held, today = subject(request, SelectionList), localdate()
    least = held.pack.entry("E-NOTICE").params["working_days"]
    start = today if calendar.is_working_day(today) else calendar.add_working_days(today, 1)
    until = services.last_day_of_notice(start, least)
    return act_page(
        request,
        held,
        NoticeForm(request.POST or None, initial={"starts_on": start, "working_days": least}),
        title="发布公示",
        words=f"公示期不少于{least}个工作日，首尾两天都计算在内。如{cdate(start)}开始公示{least}个工作日，"
        f"至{cdate(until)}止。",
        note=calendar.missing_note(start, until),
        confirm="发布公示",
        done="公示已发布。",
        act=lambda given: services.open_notice(
            held, by=request.membership, on=today, version=version_sent(request), **given
        ),
        among=(ListStatus.APPROVED,),
    )


@answer_once
def objection_new(request: HatRequest, pk: int) -> HttpResponse:
    held, today = subject(request, SelectionList), localdate()
    entries = [*held.entries.standing().in_order()]

    def act(given: dict[str, Any]) -> object:
        evidence = given.pop("evidence")
        about = next((one for one in entries if str(one.pk) == given["entry"]), None)
        received = [kept(request, evidence, files.PAPERS_AND_PHOTOS)] if evidence else []
        return services.receive_objection(
            held, by=request.membership, on=today, files=received, **{**given, "entry": about}
        )

    return act_page(
        request,
        held,
        ObjectionForm(request.POST or None, request.FILES or None, entries=entries, initial={"received_on": today}),
        title="登记异议",
        words="公示期内收到的异议逐件登记，核查后办结；全部办结后才能结束公示。",
        confirm="登记异议",
        done="异议已登记。",
        act=act,
        among=(ListStatus.NOTICE,),
    )


@answer_once
def close(request: HatRequest, pk: int) -> HttpResponse:
    held = subject(request, SelectionList)
    counted = held.objections.count()
    return act_page(
        request,
        held,
        CloseForm(request.POST or None),
        title="结束公示",
        words="公示期满次日起，异议全部办结后，形成公示情况记录。",
        confirm="结束公示",
        done="公示已结束，可以拟定公布文件。",
        act=lambda given: services.close_notice(
            held, by=request.membership, on=localdate(), version=version_sent(request), **given
        ),
        among=(ListStatus.NOTICE,),
        facts=[
            ("公示期", f"{cdate(held.notice_from)}至{cdate(held.notice_until)}"),
            ("收到异议", f"{counted}件", f"未办结{held.objections.open().count()}件" if counted else ""),
        ],
    )


@answer_once
def announce(request: HatRequest, pk: int) -> HttpResponse:
    held, today = subject(request, SelectionList), localdate()

    def act(given: dict[str, Any]) -> object:
        scan = kept(request, given.pop("scan"))
        return services.announce(
            held, by=request.membership, on=today, scan=scan, version=version_sent(request), **given
        )

    return act_page(
        request,
        held,
        AnnounceForm(request.POST or None, request.FILES or None, initial={"announced_on": today}),
        title="登记公布文件",
        words="登记后，名单中的个人和团队自成文日期起入选，并通知各派出单位和本人。",
        confirm="公布入选",
        done="名单已公布，人选均已入选。",
        act=act,
        among=(ListStatus.CLOSED,),
        facts=[("名单", held.title), ("人选", f"{held.entries.standing().count()}项")],
    )


@answer_once
def objection(request: HatRequest, pk: int) -> HttpResponse:
    """An objection with what came of it; POST concludes it."""
    shown = subject(request, Objection)
    held, hat = shown.selection_list, request.membership
    form = ConclusionForm(request.POST or None)
    findings: list[Finding] = []
    if request.method == "POST" and form.is_valid():
        try:
            services.conclude_objection(shown, by=hat, on=localdate(), **form.cleaned_data)
        except Refused as refusal:
            findings = form.refuse_beside(refusal.findings)
        else:
            messages.success(request, "异议已办结。")
            return redirect("specialists:list-detail", held.pk)
    open_to = not shown.conclusion and held.status == ListStatus.NOTICE and can(hat, "objection.conclude")
    context = {
        "objection": shown,
        "selection_list": held,
        "form": form,
        "findings": findings,
        "may_conclude": open_to or bool(form.errors) or bool(findings),
        "sees_sender": hat.role in Role.bureau,
        "files": shown.files.order_by("pk"),
        "events": sentences(shown),
    }
    status = 422 if findings or form.errors else 200
    return render(request, "specialists/selection/objection.html", context, status=status)


# --- papers -----------------------------------------------------------------------------------------------------------


@require_safe
def slip(request: HatRequest, pk: int) -> HttpResponse:
    held = subject(request, SelectionList)
    return _paper(request, held, "签批单", lambda: documents.slip_pdf(held, on=localdate()))


@require_safe
def notice_paper(request: HatRequest, pk: int) -> HttpResponse:
    held = subject(request, SelectionList)
    return _paper(request, held, "公示", lambda: documents.notice_pdf(held))


@require_safe
def closing_paper(request: HatRequest, pk: int) -> HttpResponse:
    held = subject(request, SelectionList)
    return _paper(request, held, "公示情况记录", lambda: documents.closing_pdf(held))


def _paper(request: HatRequest, held: SelectionList, name: str, make: Callable[[], bytes]) -> HttpResponse:
    try:
        made = make()
    except pdf.Unavailable as why:
        messages.warning(request, str(why))
        return redirect("specialists:list-detail", held.pk)
    return download(made, f"{held.title}_{name}.pdf", "application/pdf")


@require_safe
def notice_sheet(request: HatRequest, pk: int) -> HttpResponse:
    held = subject(request, SelectionList)
    name, made = documents.notice_sheet(held, by=request.membership, at=now(), on=localdate())
    return download(made, name, XLSX)


@require_safe
def draft(request: HatRequest, pk: int) -> HttpResponse:
    held = subject(request, SelectionList)
    made = documents.announcement_docx(held, on=localdate())
    return download(made, documents.announcement_name(held), DOCX)


@require_safe
def document(request: HatRequest, pk: int) -> FileResponse:
    """The 公布文件, for the offices and the institutions that it names."""
    stored = subject(request, SelectionList).announcement
    if stored is None:
        raise Http404
    return files.serve(stored)


@require_safe
def scan(request: HatRequest, pk: int, number: int) -> FileResponse:
    """The paper behind a step of the list, counted from 1 over all of its rounds."""
    return files.serve(_numbered(scans(subject(request, SelectionList)), number))


def scans(held: SelectionList) -> list[StoredFile]:
    """The papers behind the steps of a list, the oldest first."""
    taken = ApprovalStep.objects.filter(approval__in=Approval.objects.filter(act=services.ACT, **label_of(held)))
    return [step.scan for step in taken.exclude(scan=None).select_related("scan").order_by("pk") if step.scan]


@require_safe
def objection_file(request: HatRequest, pk: int, number: int) -> HttpResponseBase:
    """The original bytes; with `?inline` as any browser shows it."""
    stored = _numbered([*subject(request, Objection).files.order_by("pk")], number)
    return files.show(stored) if "inline" in request.GET else files.serve(stored)


def _numbered(stored: Sequence[StoredFile], number: int) -> StoredFile:
    if not 1 <= number <= len(stored):
        raise Http404
    return stored[number - 1]


# --- for everybody ----------------------------------------------------------------------------------------------------


@require_safe
@public
def public_notice(request: HttpRequest, pk: int) -> HttpResponse:
    """The notice, without signing in, while it lasts and where the pack has it so; 404 before and after."""
    held = SelectionList.objects.on_notice(on=localdate()).select_related("pack").filter(pk=pk).first()
    if held is None or not held.pack.setting_or("selection.public_notice", False):
        raise Http404
    return render(request, "specialists/selection/public.html", documents.notice_context(held))


def _is_public(selection_list: SelectionList) -> bool:
    return settings.PUBLIC_PAGES and bool(selection_list.pack.setting_or("selection.public_notice", False))


def _year() -> int:
    year: int = PolicyPack.in_force(on=localdate()).setting("registration.call_year")
    return year
