"""Beside the decision: saying that a case is open, notes, handing over, cover for leave."""

from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import HatRequest, answer_once, subject
from accounts.enums import Role
from accounts.leaving import colleagues
from accounts.models import Membership
from agreements.enums import AgreementStatus
from agreements.models import Agreement, Cover
from agreements.reviewing import batch, desk, letter, services
from agreements.reviewing import slip as slips
from agreements.reviewing.forms import CoverForm, NoteForm, PaperStepsForm, TransferForm
from agreements.views.common import keys_in, number_in, pack_of, whole
from agreements.views.review import page
from core import pdf
from core.answers import download
from core.policy import Refused
from core.stale import Stale


@require_POST
def look(request: HatRequest, pk: int) -> HttpResponse:
    """The page says every minute that it is open; the answer says who else has it."""
    agreement, hat, on = subject(request, Agreement), request.membership, localdate()
    if agreement.status != AgreementStatus.SUBMITTED:
        return render(request, "agreements/reviewing/_at_the_desk.html", {"others": [], "decided": agreement})
    services.look(agreement, by=hat)
    told = desk.about(agreement, hat, pack=pack_of(agreement, on=on), on=on)
    return render(request, "agreements/reviewing/_at_the_desk.html", {"others": told.others(hat), "decided": None})


@require_POST
@answer_once
def note(request: HatRequest, pk: int) -> HttpResponse:
    """302 back to the notes · 422 without a word."""
    agreement, form = subject(request, Agreement), NoteForm(request.POST)
    if form.is_valid():
        services.write_note(agreement, by=request.membership, words=form.cleaned_data["words"])
        messages.success(request, "已保存内部备注。")
        return redirect(f"{reverse('agreements:review', args=[pk])}?tab=notes")
    return page(request, whole(request), tab="notes", noting=form, status=422)


@answer_once
def transfer(request: HatRequest, pk: int) -> HttpResponse:
    """GET the dialog's own page · POST 302 to the next case · 409 given to another meanwhile · 422 to nobody, or to who
    has it."""
    agreement, hat, on = whole(request), request.membership, localdate()
    hats, stale = services.reviewers(hat, on=on), None
    holder = services.holder_of(agreement)
    # Posted, who has it already is told so.
    offered = hats if request.method == "POST" else [one for one in hats if one.pk != holder]
    form = TransferForm(request.POST if request.method == "POST" else None, reviewers=offered)
    if form.is_bound and form.is_valid():
        to = form.cleaned_data["to"]
        following = desk.about(agreement, hat, pack=pack_of(agreement, on=on), on=on).place.following
        try:
            note, seen = form.cleaned_data["note"], number_in(request, "holder")
            services.transfer(agreement, to=to, by=hat, on=on, note=note, holder=seen)
        except Stale as overtaken:
            stale = overtaken
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            if to.person_id == hat.person_id:
                messages.success(request, f"{agreement} 由您办理。")
                return redirect("agreements:review", pk)
            messages.success(request, f"{agreement} 已转{to.person}办理，已通知。")
            return redirect("agreements:review", following) if following else redirect("agreements:list")
    context = {"agreement": agreement, "form": form, "holder": services.holder_of(agreement), "stale": stale}
    template = "_transfer.html" if request.htmx else "transfer.html"
    return render(
        request, f"agreements/reviewing/{template}", context, status=409 if stale else 422 if form.errors else 200
    )


# --- several at once --------------------------------------------------------------------------------------------------


def file_many(request: HatRequest) -> HttpResponse:
    """GET `?agreement=…`, or `?all=1` for what waits, shows what would be filed and what not · POST files and lists the
    outcomes · 422 nothing chosen.

    Not `answer_once`: that would hold the locks of all cases together. Sent twice, each case says that it is filed.
    """
    hat, on = request.membership, localdate()
    if request.method == "POST" and (keys := request.POST.getlist("chosen")):
        outcomes = batch.file_many(keys, by=hat, on=on)
        context = {"outcomes": outcomes, "done": sum(one.is_done for one in outcomes)}
        return render(request, "agreements/reviewing/filed_many.html", context)
    wanted = keys_in(request.GET.getlist("agreement"))
    rows: QuerySet[Agreement] = Agreement.objects.visible_to(hat)
    if "all" in request.GET:
        rows = rows.filter(status=AgreementStatus.SUBMITTED).order_by("submitted_on", "pk")
        rows = (desk.of_mine(rows, hat, on=on) if "mine" in request.GET else rows)[: batch.MOST]
    else:
        rows = rows.filter(pk__in=wanted)
    lines = batch.preview(rows, by=hat, on=on)
    context = {
        "lines": lines,
        "clean": sum(line.is_clean for line in lines),
        "words": batch.in_words(lines),
        "most": batch.MOST,
        "too_many": len(wanted) > batch.MOST,
        "nothing": request.method == "POST",
        "on_paper": slips.waiting_for_paper(hat).exists(),
        "slip": urlencode({"agreement": [one.agreement.pk for one in lines if _is_for_the_slip(one)]}, True),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "agreements/reviewing/file_many.html", context, status=status)


def _is_for_the_slip(line: batch.Line) -> bool:
    """What a leader is asked to sign for: the cases that may be filed, and those that are."""
    return line.is_clean or line.agreement.status in AgreementStatus.once_filed


# --- on paper ---------------------------------------------------------------------------------------------------------


@require_safe
def slip(request: HatRequest) -> HttpResponse:
    """签批单 of the cases that `?agreement=` names · 302 back with why there is none."""
    on = localdate()
    try:
        cases = slips.slip_of(keys_in(request.GET.getlist("agreement")), by=request.membership)
        data = slips.slip_pdf(cases, on=on)
    except (Refused, pdf.Unavailable) as refusal:
        messages.error(request, str(refusal))
        return redirect("agreements:list")
    return download(data, f"协议备案签批单_{on:%Y%m%d}_{len(cases)}件.pdf", "application/pdf")


@require_safe
def return_letter(request: HatRequest, pk: int, number: int) -> HttpResponse:
    """退回修改通知书 of one round · 404 without that round · 302 back where no PDF can be made."""
    correction = letter.correction_of(subject(request, Agreement), number, by=request.membership)
    try:
        data = letter.letter_pdf(correction)
    except (Refused, pdf.Unavailable) as refusal:
        messages.error(request, str(refusal))
        return redirect(correction.agreement)
    return download(data, f"退回修改通知书_{correction.agreement.draft_code}_{number}.pdf", "application/pdf")


def paper_steps(request: HatRequest) -> HttpResponse:
    """GET what waits for a step that is recorded from paper · POST records one 签批单 for those chosen and lists the
    outcomes · 422 nothing chosen, or what is wrong with the paper.

    Not `answer_once`, as `file_many` is not: each case says that it is recorded already.
    """
    hat, on = request.membership, localdate()
    form = PaperStepsForm(
        request.POST if request.method == "POST" else None, request.FILES or None, initial={"decided_on": on}
    )
    chosen = request.POST.getlist("chosen")
    if form.is_bound and chosen and form.is_valid():
        try:
            paper = slips.paper_of(form.cleaned_data, by=hat, on=on)
            outcomes = batch.file_many(chosen, by=hat, on=on, paper=paper, opinion=form.cleaned_data["opinion"])
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            context = {"outcomes": outcomes, "done": sum(one.is_done for one in outcomes)}
            return render(request, "agreements/reviewing/filed_many.html", context)
    lines = batch.preview(slips.waiting_for_paper(hat), by=hat, on=on, on_paper=True)
    context = {
        "lines": lines,
        "clean": sum(line.is_clean for line in lines),
        "form": form,
        "nothing": form.is_bound and not chosen,
        "chosen": chosen or None,
    }
    return render(request, "agreements/reviewing/paper_steps.html", context, status=422 if form.is_bound else 200)


# --- cover for leave --------------------------------------------------------------------------------------------------


@answer_once
def covers(request: HatRequest) -> HttpResponse:
    """GET who stands in for whom · POST arranges it: 302 · 422 for days or people that do not do."""
    hat, on = request.membership, localdate()
    mine = hat.role in (Role.BUREAU_OFFICER, Role.DIVISION_HEAD)
    staff = services.reviewers(hat, on=on)
    absent = staff if hat.role != Role.BUREAU_OFFICER else [hat]
    stand_ins = list(colleagues(hat, on=on)) if hat.role == Role.BUREAU_OFFICER else staff
    form = CoverForm(
        request.POST if request.method == "POST" else None,
        absent=absent,
        stand_ins=stand_ins,
        initial={"absent": hat.pk if mine else None},
    )
    if form.is_bound and form.is_valid():
        try:
            services.arrange_cover(by=hat, on=on, **form.cleaned_data)
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            messages.success(request, "已安排代办，双方已收到消息。")
            return redirect("agreements:covers")
    rows = Cover.objects.visible_to(hat).select_related("absent__person", "stand_in__person", "arranged_by__person")
    context = {
        "form": form,
        "rows": [
            (cover, _may_end(cover, hat)) for cover in rows.filter(ended_at=None, until__gte=on).order_by("since")
        ],
        "past": list(rows.exclude(ended_at=None, until__gte=on).order_by("-until", "-pk")[:20]),
        "on": on,
    }
    return render(request, "agreements/reviewing/covers.html", context, status=422 if form.errors else 200)


def _may_end(cover: Cover, hat: Membership) -> bool:
    people = (cover.absent.person_id, cover.stand_in.person_id, cover.arranged_by.person_id)
    return hat.person_id in people or hat.role in (Role.DIVISION_HEAD, Role.BUREAU_ADMIN)


@require_POST
@answer_once
def end_cover(request: HatRequest, pk: int) -> HttpResponse:
    try:
        services.end_cover(subject(request, Cover), by=request.membership)
        messages.success(request, "代办已结束。")
    except Refused as refusal:
        messages.error(request, str(refusal))
    return redirect("agreements:covers")
