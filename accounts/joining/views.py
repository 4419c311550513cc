"""The open page where a unit applies, the page its mail leads to, and the bureau's desk."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.timezone import localdate
from django.views.decorators.cache import never_cache

from accounts.doors import HatRequest, answer_once, can, subject, version_sent
from accounts.enums import ApplicationStatus
from accounts.joining import services
from accounts.joining.forms import ApplicationForm, OpinionForm
from accounts.listed import APPLICATIONS, APPLIED
from accounts.lists.shown import page_of
from accounts.models import InstitutionApplication
from core import files
from core.policy import Finding, Refused
from core.tables import addresses
from core.verbs import sentences

# --- the applicant ----------------------------------------------------------------------------------------------------


@never_cache
def apply(request: HttpRequest) -> HttpResponse:
    """200 kept, in the same words whatever the register holds · 422 with the sentences · 429 too many in an hour."""
    form = ApplicationForm(request.POST or None, request.FILES or None)
    status = 422 if form.is_bound else 200
    if form.is_bound and form.is_valid():
        try:
            services.apply(form.told(), form.cleaned_data["letter"])
        except Refused as refusal:
            form.refuse(refusal.findings)
            status = 429 if any(one.code == "E-RATE" for one in refusal.findings) else 422
        else:
            context = {"email": form.cleaned_data["admin_email"], "days": services.LINK_DAYS}
            return render(request, "accounts/joining/sent.html", context)
    return render(request, "accounts/joining/apply.html", {"form": form, "application": None}, status=status)


@never_cache
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """What the mail leads to: one button to confirm the address, or the form with what is to be mended.

    404 for a link that is none, is over or was used. Programs that look into mail only read: nothing happens by GET.
    """
    application = services.application_for(token)
    if application is None:
        return render(request, "accounts/joining/over.html", status=404)
    if application.status == ApplicationStatus.UNCONFIRMED:
        if request.method == "POST":
            services.confirm(application, on=localdate())
            return render(request, "accounts/joining/submitted.html", {"application": application})
        return render(request, "accounts/joining/confirm.html", {"application": application})
    initial = {name: getattr(application, name) for name in services.Applied.__dataclass_fields__}
    form = ApplicationForm(request.POST or None, request.FILES or None, initial=initial, mending=True)
    if form.is_bound and form.is_valid():
        try:
            services.correct(application, form.told(), form.cleaned_data["letter"], on=localdate())
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            return render(request, "accounts/joining/submitted.html", {"application": application})
    context = {"form": form, "application": application}
    return render(request, "accounts/joining/apply.html", context, status=422 if form.is_bound else 200)


# --- the bureau -------------------------------------------------------------------------------------------------------


def applications(request: HatRequest) -> HttpResponse:
    """The applications by how they stand; those that wait first."""
    shown = page_of(
        request,
        APPLICATIONS,
        caption="入驻申请列表",
        row_href=addresses("accounts:application"),
        empty="没有这样的申请。",
    )
    if isinstance(shown, HttpResponse):
        return shown
    status = shown.form.cleaned_data["status"]
    every = [*APPLIED, ("all", "全部")]
    chips = [{"label": label, "url": f"?status={value}", "current": value == status} for value, label in every]
    return render(request, "accounts/joining/list.html", {**shown.context, "chips": chips})


def application(request: HatRequest, pk: int) -> HttpResponse:
    """One application beside what the register holds of that unit."""
    return _page(request, subject(request, InstitutionApplication))


def letter(request: HatRequest, pk: int) -> HttpResponseBase:
    """The bytes of the stamped letter as they were sent."""
    return files.serve(subject(request, InstitutionApplication).letter, inline="inline" in request.GET)


def letter_page(request: HatRequest, pk: int, page: int) -> HttpResponse:
    """One page of it as a picture."""
    return files.serve_page(subject(request, InstitutionApplication).letter, page)


@answer_once
def approve(request: HatRequest, pk: int) -> HttpResponse:
    """Redirect · 409 corrected meanwhile · 422 refused"""
    found = subject(request, InstitutionApplication)
    try:
        services.approve(found, by=request.membership, on=localdate(), version=version_sent(request))
    except Refused as refusal:
        return _page(request, found, findings=refusal.findings)
    messages.success(request, f"“{found.name}”已成为派出单位，并向管理员发出邀请。")
    return redirect("accounts:applications")


@answer_once
def give_back(request: HatRequest, pk: int) -> HttpResponse:
    return _with_opinion(
        request,
        lambda found, opinion: services.give_back(
            found, by=request.membership, opinion=opinion, version=version_sent(request)
        ),
        said="已退回补正，链接已发到申请人邮箱。",
        returning=True,
    )


@answer_once
def refuse(request: HatRequest, pk: int) -> HttpResponse:
    return _with_opinion(
        request,
        lambda found, opinion: services.refuse(
            found, by=request.membership, on=localdate(), reason=opinion, version=version_sent(request)
        ),
        said="已办结，结果已通知申请人。",
        returning=False,
    )


def _with_opinion(
    request: HatRequest,
    act: Callable[[InstitutionApplication, str], object],
    *,
    said: str,
    returning: bool,
) -> HttpResponse:
    """Redirect · 409 corrected meanwhile · 422 without a word, or refused"""
    found, form = subject(request, InstitutionApplication), OpinionForm(request.POST)
    if form.is_valid():
        try:
            act(found, form.cleaned_data["opinion"])
        except Refused as refusal:
            return _page(request, found, findings=refusal.findings)
        messages.success(request, said)
        return redirect("accounts:applications")
    return _page(request, found, return_form=form if returning else None, refuse_form=None if returning else form)


def _page(
    request: HatRequest,
    found: InstitutionApplication,
    *,
    findings: list[Finding] | None = None,
    return_form: OpinionForm | None = None,
    refuse_form: OpinionForm | None = None,
) -> HttpResponse:
    wrong = bool(findings or return_form or refuse_form)
    context: dict[str, Any] = {
        "application": found,
        "beside": services.beside(found),
        "may_decide": found.status == ApplicationStatus.SUBMITTED and can(request.membership, "application.decide"),
        "findings": findings or [],
        "return_form": return_form or OpinionForm(),
        "refuse_form": refuse_form or OpinionForm(auto_id="refuse_%s"),
        "events": sentences(found),
    }
    return render(request, "accounts/joining/detail.html", context, status=422 if wrong else 200)
