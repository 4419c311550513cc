"""Signing beside its agreement: reminding, entering a refusal, the letters; and the page that a personal link opens."""

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.timezone import localdate
from django.views.decorators.http import require_POST, require_safe

from accounts.doors import HatRequest, answer_once, subject, version_sent
from agreements.enums import Party
from agreements.models import Agreement, SigningLink
from agreements.services import Signing
from agreements.signing import services
from agreements.signing.forms import LinkForm, RefusalForm
from agreements.views.common import facts_of
from agreements.wording.reading import read_contract, refuse_other_words
from core import files
from core.links import mask_email
from core.policy import Refused
from core.stale import Stale


@require_POST
@answer_once
def ask(request: HatRequest, pk: int, party: str) -> HttpResponse:
    """302 back to the agreement, with a word: sent, or why not."""
    agreement = subject(request, Agreement)
    tell_asked(request, agreement, _party(party))
    return redirect(agreement)


def tell_asked(request: HatRequest, agreement: Agreement, party: Party) -> None:
    """Remind a party, and say how it went."""
    try:
        link = services.ask_to_sign(agreement, party, by=request.membership, on=localdate())
    except Refused as refusal:
        messages.error(request, "没有发送签署链接：" + " ".join(map(str, refusal.findings)))
    else:
        messages.success(request, f"已向{party.label}发送签署链接（{link.sent_to}）。")


@require_POST
@answer_once
def refusal(request: HatRequest, pk: int, party: str) -> HttpResponse:
    """302 back to the agreement, with a word: entered and told to everybody, or what is missing."""
    agreement, form = subject(request, Agreement), RefusalForm(request.POST)
    if not form.is_valid():
        messages.error(
            request, "拒签没有登记：" + " ".join(str(error) for errors in form.errors.values() for error in errors)
        )
        return redirect(agreement)
    try:
        services.record_refusal(agreement, _party(party), by=request.membership, on=localdate(), **form.cleaned_data)
    except Refused as refused:
        messages.error(request, " ".join(map(str, refused.findings)))
    else:
        messages.success(request, f"已登记{_party(party).label}拒签，已告知各方。")
    return redirect(agreement)


@require_safe
def letter(request: HatRequest, pk: int, party: str) -> HttpResponseBase:
    """The letter of authority of who signed for a unit."""
    signature = subject(request, Agreement).signatures.filter(party=_party(party)).select_related("letter").first()
    if signature is None or signature.letter is None:
        raise Http404
    return files.serve(signature.letter, inline="inline" in request.GET)


def _party(written: str) -> Party:
    if written not in Party.values:
        raise Http404
    return Party(written)


# --- without an account -----------------------------------------------------------------------------------------------


def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """A party reads what it is to sign, asks for a code, signs or refuses. 404 used or over · 409 changed · 422."""
    link = services.link_for(token)
    if link is None:
        return _private(_over(request, token))
    party, refusing = Party(link.party), request.POST.get("answer") == "refuse"
    form = LinkForm(
        *((request.POST, request.FILES) if request.method == "POST" else (None, None)),
        party=party,
        refusing=refusing,
        code_sent=bool(link.code_sent_at),
        initial={"signer": link.agreement.specialist.name if party == Party.SPECIALIST else ""},
    )
    stale = None
    if request.method == "POST" and form.is_valid():
        try:
            if not refusing:
                refuse_other_words(link.agreement, read=request.POST.get("text", ""))
            _answer(link, form, refusing=refusing, version=version_sent(request))
        except Refused as refused:
            form.refuse(refused.findings)
        except Stale as changed:
            stale = changed
            link = services.whole(link)
        else:
            context = {"agreement": link.agreement, "party": party, "refused": refusing}
            return _private(render(request, "agreements/signing/done.html", context))
    # Whatever else was refused: the page shows what it says now, and must not pass it off as what was read.
    is_other = request.method == "POST" and version_sent(request) != link.agreement.version
    context = {
        "token": token,
        "link": link,
        "agreement": link.agreement,
        "contract": read_contract(link.agreement, on=localdate()),
        "party": party,
        "facts": facts_of(link.agreement),
        "address": mask_email(services.address_of(link.agreement, party)),
        "whose": "",
        "code": services.code_of(link),
        "code_url": reverse("agreements:sign-code", args=[token]),
        "form": form,
        "stale": stale or is_other,
        "unsignable": services.unsignable(link.agreement, on=localdate()),
    }
    status = 409 if stale else 422 if form.errors else 200
    return _private(render(request, "agreements/signing/link.html", context, status=status))


def _over(request: HttpRequest, token: str) -> HttpResponse:
    """What a link says that opens nothing any more: to who answered by it, that the answer stands; what became of an
    agreement that can no longer be signed."""
    answered = services.answered_by(token)
    if answered is None:
        closed = services.closed_by(token)
        why = services.unsignable(closed.agreement, on=localdate()) if closed else []
        return render(request, "agreements/signing/over.html", {"why": why}, status=404)
    context = {
        "agreement": answered.agreement,
        "party": Party(answered.party),
        "refused": not hasattr(answered, "signature"),
    }
    return render(request, "agreements/signing/done.html", context, status=404)


def _answer(link: SigningLink, form: LinkForm, *, refusing: bool, version: int) -> None:
    typed: dict[str, Any] = form.cleaned_data
    if refusing:
        services.refuse_by_link(
            link, code=typed["code"], version=version, name=typed["signer"], reason=typed["reason"], on=localdate()
        )
        return
    signing = Signing(typed["signer"], localdate(), typed.get("authority", ""))
    services.sign_by_link(
        link, code=typed["code"], version=version, signing=signing, on=localdate(), letter=typed.get("letter")
    )


@require_POST
def code(request: HttpRequest, token: str) -> HttpResponse:
    link = services.link_for(token)
    if link is None:
        return _private(_over(request, token))
    if why_not := services.ask_for_code(link):
        messages.info(request, why_not)
    else:
        messages.success(request, "验证码已发送，请查看邮箱。")
    return redirect("agreements:sign", token)


def _private(response: HttpResponse) -> HttpResponse:
    """The secret is in the address: nothing keeps the page. No other site is told of it (SECURE_REFERRER_POLICY); a page
    that tells nobody at all could not post its form, for a browser then hides the origin that the CSRF check asks for."""
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
