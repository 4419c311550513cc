"""The pages of the words of the agreement: read and compare the versions, write a draft, look at it printed, put it in force."""

from datetime import date
from functools import partial
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST, require_safe

from accounts import verdicts
from accounts.doors import HatRequest, answer_once, can, subject, version_sent
from accounts.models import Membership
from agreements.enums import TextStatus
from agreements.models import Agreement, AgreementText
from agreements.wording import preview as previewing
from agreements.wording import rules, services
from agreements.wording.comparing import changes
from agreements.wording.forms import BeginForm, PreviewForm, ProposalForm, TextVerdictForm, WordingForm
from agreements.wording.queries import used
from agreements.wording.reading import read_clauses, read_opening
from agreements.wording.taking import take_newest
from agreements.wording.terms import CONDITIONS, PLACEHOLDERS
from core import approvals, pdf
from core.answers import download
from core.jinja import cdate
from core.policy import Refused
from core.stale import Stale
from core.tables import Column, Table, addresses
from core.verbs import sentences

WAITING = ("待审定", "wait")


@require_safe
def texts(request: HatRequest) -> HttpResponse:
    """Every version of every year, the newest first, and what agreements were printed with it."""
    hat = request.membership
    waiting = services.waiting()
    rows = used(AgreementText.objects.visible_to(hat)).select_related("created_by__person")
    to = addresses("agreements:text")
    table = Table(
        columns=[
            Column("name", "文本", cell=str, href=to, sub=lambda text: text.note, phone="title"),
            Column(
                "status",
                "状态",
                cell=lambda text: state_of(text, waits=text.pk in waiting)[0],
                tone=lambda text: state_of(text, waits=text.pk in waiting)[1],
                phone="aside",
            ),
            Column("in_force_at", "启用", cell=lambda text: cdate(text.in_force_at), nowrap=True),
            Column("replaced_at", "替换", cell=lambda text: cdate(text.replaced_at), nowrap=True, phone="hide"),
            Column("created_by", "起草", cell=_drafted_by, phone="line"),
            Column(
                "uses",
                "已打印的协议",
                align="end",
                phone="labelled",
                title="用这一版文本打印过协议书的协议份数",
            ),
        ],
        rows=list(rows.order_by("-year", "-version")),
        caption="协议书文本列表",
        query=request.GET,
        row_href=to,
        row_key=lambda text: text.pk,
    )
    drafts = can(hat, "text.draft")
    context = {"table": table, "years": services.years_to_draft(on=localdate()) if drafts else []}
    return render(request, "agreements/wording/list.html", context)


def _drafted_by(text: AgreementText) -> str:
    return text.created_by.person.name if text.created_by else "平台内置"


def state_of(text: AgreementText, *, waits: bool) -> tuple[str, str]:
    """(word, tone) of a version."""
    return WAITING if waits else (TextStatus(text.status).label, TextStatus.tones[text.status])


@require_POST
@answer_once
def begin(request: HatRequest) -> HttpResponse:
    form = BeginForm(request.POST)
    year = form.cleaned_data["year"] if form.is_valid() else 0
    text = services.begin(year, by=request.membership, on=localdate())
    messages.success(request, f"已建立{text}的草稿，请修改后提交审定。")
    return redirect("agreements:text-edit", text.pk)


@require_safe
def text(request: HatRequest, pk: int) -> HttpResponse:
    return _read(request, subject(request, AgreementText))


def _read(
    request: HatRequest,
    text: AgreementText,
    *,
    proposal: ProposalForm | None = None,
    verdict: TextVerdictForm | None = None,
    looking: PreviewForm | None = None,
    status: int = 200,
) -> HttpResponse:
    hat = request.membership
    approval = approvals.running(services.ACT, text)
    waiting_for = approvals.next_role(approval) if approval else None
    drafting = can(hat, "text.draft") and text.is_draft and approval is None
    rows = AgreementText.objects.visible_to(hat).order_by("-year", "-version")
    waiting = services.waiting()
    # Of a draft before anybody puts it in force, and of what is in force still: who reads it may write the next.
    warned = services.warned(text.wording, on=localdate()) if text.status != TextStatus.REPLACED else []
    proposal = proposal or ProposalForm(initial={"note": text.note})
    proposal.fields["note"].required = bool(warned)  # as it is shown: what it is asked for stands above it
    context = {
        "text": text,
        "state": state_of(text, waits=approval is not None),
        "about": _about(text),
        "opening": read_opening(text.wording),
        "clauses": read_clauses(text.wording),
        "base": text.based_on,
        "told": changes(text.based_on.wording, text.wording) if text.based_on else [],
        "lacking": rules.says_what_it_must(text.wording) if text.is_draft else [],
        "warned": warned,
        "drafting": drafting,
        "deciding": approval is not None and waiting_for == hat.role and can(hat, "text.decide"),
        "waiting_for": services.LABELS.get(waiting_for or "", ""),
        "steps": approvals.shown(approval, labels=services.LABELS) if approval else [],
        "versions": [(one, state_of(one, waits=one.pk in waiting)) for one in rows],
        "proposal": proposal,
        "verdict": verdict or TextVerdictForm(),
        "looking": looking or PreviewForm(),
        "events": sentences(text),
    }
    return render(request, "agreements/wording/text.html", context, status=status)


def _about(text: AgreementText) -> list[tuple[str, str]]:
    pairs = [
        ("适用", f"服务自{text.year}年开始的协议"),
        ("启用日期", cdate(text.in_force_at) if text.in_force_at else ""),
        ("替换日期", cdate(text.replaced_at) if text.replaced_at else ""),
        ("依据版本", str(text.based_on or "")),
        ("起草", _drafted_by(text)),
        ("启用说明", text.note),
        ("已打印的协议", f"{used(AgreementText.objects.filter(pk=text.pk)).get().uses}份"),  # type: ignore[attr-defined]
    ]
    return [(label, value) for label, value in pairs if value]


def edit(request: HatRequest, pk: int) -> HttpResponse:
    """GET the form · POST saves it, or arranges its clauses anew without saving anything."""
    text = subject(request, AgreementText)
    if not services.is_prepared(text):
        messages.info(request, "该文本已提交审定或已启用，不能修改。")
        return redirect(text)
    if request.method != "POST":
        return _form(request, text, WordingForm(wording=text.wording))
    if (act := request.POST.get("act", "save")) not in ("save", "preview"):
        return _form(request, text, WordingForm(request.POST).arranged(act), edits=_sent(request))
    return _save(request, text)


@answer_once
def _save(request: HatRequest, text: AgreementText) -> HttpResponse:
    """302 saved · 409 changed meanwhile · 422 with the sentences beside the clauses."""
    form = WordingForm(request.POST)
    if not form.is_valid():
        return _form(request, text, form, edits=_sent(request), status=422)
    try:
        text = services.revise(text, by=request.membership, edits=_sent(request), wording=form.wording, on=localdate())
    except Refused as refusal:
        form.refuse(refusal.findings)
        return _form(request, text, form, edits=_sent(request), status=422)
    except Stale as stale:
        text.refresh_from_db()
        return _form(request, text, form, stale=stale, status=409)
    messages.success(request, "草稿已保存。")
    return redirect(f"{text.get_absolute_url()}#preview" if request.POST.get("act") == "preview" else text)


def _form(
    request: HatRequest,
    text: AgreementText,
    form: WordingForm,
    *,
    edits: int | None = None,
    stale: Stale | None = None,
    status: int = 200,
) -> HttpResponse:
    context = {
        "text": text,
        "form": form,
        "edits": text.edits if edits is None else edits,
        "stale": stale,
        "placeholders": [*PLACEHOLDERS.values()],
        "conditions": CONDITIONS,
    }
    return render(request, "agreements/wording/edit.html", context, status=status)


@require_POST
@answer_once
def discard(request: HatRequest, pk: int) -> HttpResponse:
    text = subject(request, AgreementText)
    services.discard(text, by=request.membership)
    messages.success(request, f"已删除{text}的草稿。")
    return redirect("agreements:texts")


@require_POST
@answer_once
def propose(request: HatRequest, pk: int) -> HttpResponse:
    text, form = subject(request, AgreementText), ProposalForm(request.POST)
    if form.is_valid():
        try:
            services.propose(text, by=request.membership, on=localdate(), note=form.cleaned_data["note"])
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            messages.success(request, "已提交审定。")
            return redirect(text)
    return _read(request, text, proposal=form, status=422)


@require_POST
@answer_once
def decide(request: HatRequest, pk: int) -> HttpResponse:
    text, form = subject(request, AgreementText), TextVerdictForm(request.POST)
    done = verdicts.give(
        request,
        form,
        partial(services.decide, text),
        passed=f"已启用，服务自{text.year}年度开始的协议，打印协议书时采用这一版。",
        returned="已退回草稿。",
        to=text,
    )
    return done or _read(request, text, verdict=form, status=422)


@require_safe
def preview(request: HatRequest, pk: int) -> HttpResponse:
    """The paper, to look at; 422 with the sentence where there is none to make."""
    text, form = subject(request, AgreementText), PreviewForm(request.GET)
    if form.is_valid():
        try:
            made = _sample(text, form, by=request.membership, on=localdate())
        except Refused as refusal:
            form.refuse(refusal.findings)
        except pdf.Unavailable as missing:
            form.add_error(None, str(missing))
        else:
            return download(made, f"{text}_预览样张.pdf", "application/pdf", to_look_at=True)
    return _read(request, text, looking=form, status=422)


def _sample(text: AgreementText, form: PreviewForm, *, by: Membership, on: date) -> bytes:
    case, code = form.cleaned_data["case"] or "individual", form.cleaned_data["code"]
    return previewing.on_agreement(text, code, by=by, on=on) if code else previewing.on_example(text, case, on=on)


@require_safe
def compare(request: HatRequest) -> HttpResponse:
    """Two versions clause by clause; without a choice the newest and what it was made from."""
    known = {one.pk: one for one in AgreementText.objects.visible_to(request.membership).order_by("-year", "-version")}
    order = [*known.values()]
    new = known.get(_number(request.GET.get("new", "")), order[0])
    old = known.get(_number(request.GET.get("old", ""))) or known.get(new.based_on_id or 0) or order[-1]
    context: dict[str, Any] = {"versions": order, "old": old, "new": new, "told": changes(old.wording, new.wording)}
    return render(request, "agreements/wording/compare.html", context)


@require_POST
@answer_once
def take(request: HatRequest, pk: int) -> HttpResponse:
    """302 back to its signing · 409 and 422 as the middleware answers them."""
    agreement, hat, version = subject(request, Agreement), request.membership, version_sent(request)
    taken = take_newest(agreement, by=hat, version=version, on=localdate())
    messages.success(request, f"已改用新文本，协议为第{taken.version}版，请重新打印、签署。")
    return redirect("agreements:confirm", pk)


def _number(typed: str) -> int:
    return int(typed) if typed.isascii() and typed.isdecimal() and len(typed) < 10 else 0


def _sent(request: HatRequest) -> int:
    """The count of edits the form was opened with, one higher: a form's version is never 0."""
    return version_sent(request) - 1
