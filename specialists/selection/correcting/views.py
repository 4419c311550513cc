"""更正公布文件 beside its list: asking on a page of its own, deciding and taking back on the list."""

from functools import partial
from typing import Any

from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST, require_safe

from accounts import verdicts
from accounts.doors import HatRequest, answer_once, subject, version_sent
from core import files
from core.policy import Refused
from specialists.enums import ListStatus
from specialists.models import AnnouncementCorrection, SelectionList
from specialists.selection import views
from specialists.selection.correcting import services
from specialists.selection.correcting.forms import CorrectionDecisionForm, CorrectionForm


@answer_once
def ask(request: HatRequest, pk: int) -> HttpResponse:
    """302 asked · 422 with the sentences beside the fields · 409 stale."""
    held = subject(request, SelectionList)

    def act(given: dict[str, Any]) -> object:
        upload = given.pop("scan")
        return services.ask_to_correct(
            held,
            by=request.membership,
            on=localdate(),
            scan=views.kept(request, upload) if upload else None,
            version=version_sent(request),
            **given,
        )

    initial = {"document_number": held.document_number, "announced_on": held.announced_on}
    return views.act_page(
        request,
        held,
        CorrectionForm(request.POST or None, request.FILES or None, initial=initial),
        title="更正公布文件",
        words="登记的文号、成文日期或扫描件有误的，在这里更正。由申请人以外的人员审核同意后生效：名单和入选人员的入选日期"
        "一并更正，并通知派出单位和本人；原来的登记留在办理记录中。",
        confirm="提交更正",
        done="已提交更正，由其他人员审核同意后生效。",
        act=act,
        among=(ListStatus.ANNOUNCED,),
        facts=[("名单", held.title)],
    )


@require_POST
@answer_once
def decide(request: HatRequest, pk: int) -> HttpResponse:
    """302 decided · 422 with what is in the way, the opinion still there."""
    asked, form = subject(request, AnnouncementCorrection), CorrectionDecisionForm(request.POST)
    done = verdicts.give(
        request,
        form,
        partial(services.decide_correction, asked),
        passed="公布文件已更正，已通知派出单位和本人。",
        returned="已退回，申请人已收到通知。",
        to=reverse("specialists:list-detail", args=[asked.selection_list_id]),
    )
    return done or views.list_page(request, asked.selection_list, correction_form=form, status=422)


@require_POST
@answer_once
def withdraw(request: HatRequest, pk: int) -> HttpResponse:
    asked = subject(request, AnnouncementCorrection)
    try:
        services.withdraw_correction(asked, by=request.membership)
    except Refused as refusal:
        return views.list_page(request, asked.selection_list, findings=refusal.findings, status=422)
    messages.success(request, "更正已撤回，公布文件仍按原登记。")
    return redirect("specialists:list-detail", asked.selection_list_id)


@require_safe
def scan(request: HatRequest, pk: int) -> FileResponse:
    """The scan that is to stand."""
    return files.serve(subject(request, AnnouncementCorrection).announcement)


@require_safe
def old_scan(request: HatRequest, pk: int) -> FileResponse:
    """The scan that stood before."""
    return files.serve(subject(request, AnnouncementCorrection).old_announcement)
