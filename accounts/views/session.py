"""Coming in and going out, changing hats, and what was typed meanwhile."""

from datetime import timedelta
from urllib.parse import urlencode

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate, login, logout
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.urls import NoReverseMatch, reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.timezone import localdate, now
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters

from accounts import doors, services, unsent
from accounts.forms import SignInForm
from accounts.lists.bar import start_page
from accounts.middleware import begin
from accounts.models import Membership, User

WRONG = "账号或密码不正确，请核对后重新输入。忘记密码请与本单位管理员联系。"
LOCKED = "账号或密码连续多次不正确，为保护账号安全，请15分钟后再试。忘记密码请与本单位管理员联系。"
ENDED = "登录已超时，请重新登录。"
STALE_FORM = "页面停留时间过长或已在其他窗口重新登录，这次提交没有生效。请刷新页面后重试。"
BACKEND = "accounts.sessions.Backend"


@sensitive_post_parameters("password")
@never_cache
def sign_in(request: HttpRequest) -> HttpResponse:
    """303-like redirect when in · 422 wrong · 429 too many wrong ones, in the same words for any account."""
    if request.method != "POST":
        if request.user.is_authenticated:
            return HttpResponseRedirect(_next(request))
        return _sign_in_page(
            request, SignInForm(), said=(lost_role(request) or ENDED) if "ended" in request.GET else ""
        )
    form = SignInForm(request.POST)
    person: User | None = None
    if settings.DEMO and "demo" in request.POST:
        form = SignInForm()
        person = _demo_people().get(request.POST["demo"])
        if person is None:
            raise Http404
    elif form.is_valid():
        found = authenticate(request, username=form.cleaned_data["username"], password=form.cleaned_data["password"])
        if isinstance(found, User):
            person = found
        elif getattr(request, "axes_locked_out", False):
            if getattr(request, "axes_failures_since_start", None) == settings.AXES_FAILURE_LIMIT:
                services.record_lock_out(form.cleaned_data["username"])
            form.add_error(None, LOCKED)
            return _sign_in_page(request, form, status=429)
        else:
            form.add_error(None, WRONG)
    if person is None:
        return _sign_in_page(request, form, status=422)
    return come_in(request, person)


def come_in(request: HttpRequest, person: User, *, hat: int | None = None) -> HttpResponse:
    """Begin the session with a new key and a new CSRF token, under `hat` or the one this browser last wore."""
    before, worn = last_hat(request)
    login(request, person, backend=BACKEND)
    begin(request)
    request.session["membership_id"] = hat or (worn if before == person.pk else None)
    request.hats = doors.hats_of(request)  # type: ignore[attr-defined]  # the door had let a stranger in
    request.membership = next(iter(request.hats), None)  # type: ignore[attr-defined]
    services.record_sign_in(person)
    response: HttpResponse
    if request.htmx:  # type: ignore[attr-defined]
        # The page behind the dialog goes on with a fresh token, unless it belongs to somebody else.
        response = HttpResponse(status=204)
        if before == person.pk:
            response["HX-Trigger"] = f'{{"signed-in": {{"token": "{get_token(request)}"}}}}'
        else:
            response["HX-Redirect"] = home()
    else:
        typed = unsent.unseal(request.POST.get("unsent", ""), person=person.pk)
        if typed and not person.must_change_password:
            response = render(request, "accounts/resume.html", {"typed": typed})
        else:
            if request.POST.get("unsent"):
                messages.warning(request, "登录前未提交的内容属于另一账号，或已超过保留期限，没有恢复。")
            hat_in_use = request.membership  # type: ignore[attr-defined]
            going = _next(request)
            response = HttpResponseRedirect((hat_in_use and going == home() and start_page(hat_in_use)) or going)
    return remember_hat(response, person.pk, request.session["membership_id"])


def sign_in_first(request: HttpRequest) -> HttpResponse:
    """What somebody who is not signed in gets in place of a page: the way in, and nothing typed is lost.

    GET: sent to the sign-in page and back. A form: 401, the sign-in page carries what was typed. An htmx request: 401
    with the sign-in form alone, which the page opens in a dialog above what was typed.
    """
    lost = lost_role(request)
    if request.htmx:  # type: ignore[attr-defined]
        return render(request, "accounts/_sign_in_dialog.html", {"form": SignInForm(), "lost": lost}, status=401)
    if request.method in ("GET", "HEAD"):
        going = {"next": request.get_full_path()}
        if lost or getattr(request, "session_ended", False):
            going["ended"] = "1"
        return HttpResponseRedirect(f"{reverse('accounts:sign-in')}?{urlencode(going)}")
    person, _ = last_hat(request)
    carried = unsent.seal(request, person=person) if person else ""
    said = "登录已超时。您填写的内容没有丢失：重新登录后可以核对并继续提交。" if carried else ENDED
    if lost:
        kept = "您填写的内容没有丢失：重新登录后可以查看；仍要办理的，须先恢复身份。" if carried else ""
        said = f"{lost}这次提交没有生效。{kept}"
    return _sign_in_page(request, SignInForm(), said=said, carried=carried, status=401)


def lost_role(request: HttpRequest) -> str:
    """What happened to who used this browser last and has no role any more: their sessions ended with it. Else empty."""
    person, _ = last_hat(request)
    if person is None:
        return ""
    theirs = Membership.objects.filter(person=person)
    # Later their session would be over in any case, and whoever sits here then may be somebody else.
    lately = now() - timedelta(seconds=settings.SESSION_ABSOLUTE_SECONDS)
    lost = theirs.filter(ended_at__gt=lately).select_related("organization").order_by("ended_at").last()
    if lost is None or theirs.active(on=localdate()).exists():
        return ""
    return (
        f"您在{lost.organization}的“{lost.get_role_display()}”身份已终止，平台随即退出了登录。"
        "如有疑问，请与该单位管理员联系。"
    )


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """A form of our own whose token is out of date: its session ended, or began anew in another window.

    It shows what was typed and asks to send it again. Anything from elsewhere is refused and shows nothing.
    """
    if request.headers.get("Origin") != f"{request.scheme}://{request.get_host()}":
        return render(request, "errors/403.html", {"exception": STALE_FORM, "stale_form": True}, status=403)
    address = doors.known(request.resolver_match.view_name if request.resolver_match else "")
    if address.name == "accounts:sign-in":
        return _sign_in_page(request, SignInForm(), said=STALE_FORM, status=403)
    if not address.open and not isinstance(request.user, User):
        return sign_in_first(request)
    if request.htmx:  # type: ignore[attr-defined]
        return HttpResponse(STALE_FORM, status=403, headers={"X-Fresh-Token": get_token(request)})
    return render(request, "accounts/resume.html", {"typed": unsent.of(request)}, status=403)


def _sign_in_page(
    request: HttpRequest, form: SignInForm, *, said: str = "", carried: str | None = None, status: int = 200
) -> HttpResponse:
    context = {
        "form": form,
        "said": said,
        "lost": "",
        "carried": request.POST.get("unsent", "") if carried is None else carried,
        "next": request.POST.get("next", "") if carried is None else "",
        "may_check": settings.PUBLIC_PAGES,
        "demo_people": list(_demo_people().values()) if settings.DEMO else [],
    }
    context["next"] = context["next"] or request.GET.get("next", "")
    page = "accounts/_sign_in_dialog.html" if request.htmx else "accounts/sign_in.html"  # type: ignore[attr-defined]
    return render(request, page, context, status=status)


def locked_out(request: HttpRequest, response: HttpResponse, credentials: object) -> HttpResponse:
    """For django-axes: `sign_in` has said it already, in the words it has for everybody."""
    return response


def _demo_people() -> dict[str, User]:
    """At most two people of each role, with the hat they are shown under; only ever asked for in a demonstration."""
    people: dict[str, User] = {}
    shown: dict[str, int] = {}
    hats = Membership.objects.active(on=localdate()).select_related("person", "organization").order_by("pk")
    for hat in hats.filter(person__is_superuser=False)[:500]:
        if hat.person.username not in people and shown.get(hat.role, 0) < 2:
            shown[hat.role] = shown.get(hat.role, 0) + 1
            hat.person.shown_as = f"{hat.organization}　{hat.get_role_display()}"  # type: ignore[attr-defined]
            people[hat.person.username] = hat.person
    return people


def sign_out(request: HttpRequest) -> HttpResponse:
    if isinstance(request.user, User):
        services.record_sign_out(request.user)
        logout(request)
        messages.success(request, "您已退出登录。")
    return HttpResponseRedirect(reverse("accounts:sign-in"))


def change_hat(request: HttpRequest) -> HttpResponse:
    """Wear another of one's own hats from the next request on, and go where `next` says, or home.

    404 for a hat that is not one's own, or not any more.
    """
    mine = Membership.objects.active(on=localdate()).filter(person=request.user.pk)
    chosen = request.POST.get("membership", "")
    if not chosen:
        return HttpResponseRedirect(reverse("accounts:account"))
    hat = mine.select_related("organization", "person").filter(pk=chosen).first() if chosen.isdecimal() else None
    if hat is None:
        raise Http404
    request.session["membership_id"] = hat.pk
    services.record_hat(hat)
    messages.success(request, f"已切换身份：{hat}")
    return remember_hat(HttpResponseRedirect(_next(request)), hat.person_id, hat.pk)


def home() -> str:
    try:
        return reverse(settings.LOGIN_REDIRECT_URL)
    except NoReverseMatch:
        return reverse("accounts:account")


def _next(request: HttpRequest) -> str:
    """Where the person was going, if that lies on this site."""
    going = request.POST.get("next") or request.GET.get("next") or ""
    if url_has_allowed_host_and_scheme(going, {request.get_host()}, require_https=request.is_secure()):
        return going
    return home()


# --- who used this browser last: so that a form of an ended session goes back to its author, under the same hat -------


def last_hat(request: HttpRequest) -> tuple[int | None, int | None]:
    """(person, membership) that last used this browser, as its signed cookie says."""
    said = request.get_signed_cookie(settings.LAST_HAT_COOKIE, default="", salt="last-hat") or ""
    person, _, hat = said.partition(":")
    return (int(person) if person else None, int(hat) if hat else None)


def remember_hat(response: HttpResponse, person: int, hat: int | None) -> HttpResponse:
    response.set_signed_cookie(
        settings.LAST_HAT_COOKIE,
        f"{person}:{hat or ''}",
        salt="last-hat",
        max_age=30 * 24 * 60 * 60,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )
    return response
