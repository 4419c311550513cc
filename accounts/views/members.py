"""Members of a unit: who they are, inviting them, ending their membership; and the page the invitation leads to."""

from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.contrib.auth import logout
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.utils.timezone import localdate, now
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts import leaving, services
from accounts.doors import HatRequest, answer_once, subject
from accounts.enums import Role
from accounts.forms import AcceptForm, EndForm, InviteForm
from accounts.listed import MEMBERS
from accounts.lists.shown import page_of
from accounts.matrix import matrix
from accounts.models import Invitation, Membership, Organization, User
from accounts.rules import INSTITUTION_INVITES
from accounts.views.session import come_in, home
from core.policy import Refused
from core.tables import Column, addresses

EXPIRED_SHOWN = timedelta(days=30)  # an invitation that nobody took is offered for renewal so long


def members(request: HatRequest) -> HttpResponse:
    """Everybody with a hat at one's unit and the invitations that wait; `?ended=1` who had one."""
    hat = request.membership
    ended = request.GET.get("ended") == "1"
    ends = addresses("accounts:membership-end")
    acts = [Column("id", "", cell=lambda row: "终止身份", href=ends, button=True)]
    may_end = matrix().may(hat.role, "membership.end") and not ended
    shown = page_of(
        request,
        MEMBERS,
        hide=("last_login",) if ended else ("until",),
        more=acts if may_end else (),
        caption="成员列表",
        empty="没有终止过身份。" if ended else "还没有成员。",
    )
    if isinstance(shown, HttpResponse):
        return shown
    moment = now()
    invitations = Invitation.objects.visible_to(hat).unanswered(since=moment - EXPIRED_SHOWN)
    waiting = [
        {"invitation": one, "is_open": one.expires_at > moment}
        for one in invitations.select_related("organization", "invited_by__person").order_by("-id")[:100]
    ]
    context = {
        **shown.context,
        "waiting": [] if ended else waiting,
        "chips": [
            {"label": "现有成员", "url": shown.bar.everything, "current": not ended},
            {"label": "已终止", "url": "?ended=1", "current": ended},
        ],
        "may_invite": matrix().may(hat.role, "membership.invite"),
    }
    return render(request, "accounts/members.html", context)


@answer_once
def invite(request: HatRequest) -> HttpResponse:
    """201 by redirect · 422 with the sentences beside the fields."""
    hat = request.membership
    anybody = hat.role == Role.BUREAU_ADMIN
    units = Organization.objects.visible_to(hat).standing().order_by("name") if anybody else None
    # A specialist is invited from their own page: the account must know whose it is.
    roles = [role for role in Role if role != Role.SPECIALIST and (anybody or role in INSTITUTION_INVITES)]
    form = InviteForm(request.POST or None, roles=roles, units=units)
    if request.method == "POST" and form.is_valid():
        sent = form.cleaned_data
        try:
            invitation = services.invite(
                sent.get("organization") or hat.organization,
                role=Role(sent["role"]),
                name=sent["name"],
                email=sent["email"],
                by=hat,
            )
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            messages.success(request, f"已向{invitation.name}发出邀请，链接7天内有效。")
            return redirect("accounts:members")
    return render(request, "accounts/invite.html", {"form": form}, status=422 if form.is_bound else 200)


@answer_once
def withdraw(request: HatRequest, pk: int) -> HttpResponse:
    invitation = subject(request, Invitation)
    services.withdraw_invitation(invitation, by=request.membership)
    messages.success(request, f"已撤回对{invitation.name}的邀请，邮件中的链接不再有效。")
    return redirect("accounts:members")


@answer_once
def invite_again(request: HatRequest, pk: int) -> HttpResponse:
    """A fresh link for an invitation that waits, or whose days are over."""
    invitation = services.invite_again(subject(request, Invitation), by=request.membership)
    messages.success(request, f"已重新向{invitation.name}发出邀请，新链接7天内有效，以前的链接不再有效。")
    return redirect("accounts:members")


@answer_once
def end(request: HatRequest, pk: int) -> HttpResponse:
    """The page that asks, with what hangs on the hat, and the act."""
    membership, today = subject(request, Membership), localdate()
    work = [] if leaving.still_there(membership, on=today) else leaving.open_work(membership, on=today)
    form = EndForm(
        request.POST if request.method == "POST" else None,
        colleagues=leaving.colleagues(membership, on=today),
        asks=any(one.is_personal for one in work),
    )
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            services.end_membership(
                membership, by=request.membership, on=today, to=typed.get("to"), reason=typed["reason"]
            )
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            if not request.session.exists(str(request.session.session_key)):
                logout(request)  # it was one's own last hat
            messages.success(request, f"已终止{membership.person}的“{membership.get_role_display()}”身份。")
            return redirect("accounts:members" if membership.pk != request.membership.pk else home())
    context = {"ending": membership, "form": form, "work": work}
    return render(request, "accounts/membership_end.html", context, status=422 if form.errors else 200)


# --- from the other side ----------------------------------------------------------------------------------------------


@sensitive_post_parameters("password", "password_again")
@never_cache
def accept(request: HttpRequest, token: str) -> HttpResponse:
    """What the link in the mail opens: a new account, or one more hat for the person signed in.

    404 for a link that is none, 410 for one that was used, withdrawn or is too old, 422 for what will not do.
    """
    invitation = services.invitation_for(token)
    if invitation is None:
        return render(request, "accounts/invitation_over.html", {"findings": []}, status=404)
    findings = services.in_the_way(invitation)
    if findings:
        return render(request, "accounts/invitation_over.html", {"findings": findings}, status=410)
    if isinstance(request.user, User):
        return _accept_as(request, invitation, request.user)
    person = User(name=invitation.name, email=invitation.email)
    form = AcceptForm(request.POST or None, person=person)
    if request.method == "POST" and form.is_valid():
        typed = form.cleaned_data
        try:
            hat = services.accept_as_new(
                invitation, username=typed["username"], password=typed["password"], on=localdate()
            )
        except Refused as refusal:
            form.refuse(refusal.findings)
        else:
            messages.success(request, f"账号已开通，您现在的身份是：{hat}")
            return come_in(request, hat.person, hat=hat.pk)
    return _page(request, invitation, {"form": form}, status=422 if form.is_bound else 200)


def _accept_as(request: HttpRequest, invitation: Invitation, person: User) -> HttpResponse:
    if request.method == "POST":
        hat = services.accept(invitation, person, on=localdate())
        request.session["membership_id"] = hat.pk  # what one came for is done in the hat one was invited to
        messages.success(request, f"已接受邀请，现在的身份：{hat}。以前的身份可在右上角切换。")
        return HttpResponseRedirect(home())
    return _page(request, invitation, {"form": None, "person": person})


def _page(request: HttpRequest, invitation: Invitation, context: dict[str, Any], status: int = 200) -> HttpResponse:
    return render(request, "accounts/accept.html", {"invitation": invitation, **context}, status=status)
