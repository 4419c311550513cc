"""One's own account: password, hats, latest sign-ins, tokens of the interface."""

from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters, sensitive_variables

from accounts import services
from accounts.doors import HatRequest, subject
from accounts.forms import ChangePasswordForm, TokenForm
from accounts.models import ApiToken, User
from accounts.views.session import home
from core.verbs import sentences


@sensitive_post_parameters("current_password", "password", "password_again")
@never_cache
def change_password(request: HttpRequest) -> HttpResponse:
    person = request.user
    assert isinstance(person, User)
    first = person.must_change_password
    form = ChangePasswordForm(request.POST or None, person=person)
    if request.method == "POST" and form.is_valid():
        services.change_password(person, form.cleaned_data["password"], session_key=request.session.session_key)
        update_session_auth_hash(request, person)
        messages.success(request, "密码已修改，其他设备上的登录已退出。")
        return HttpResponseRedirect(home() if first else reverse("accounts:account"))
    status = 422 if form.is_bound else 200
    return render(request, "accounts/password.html", {"form": form, "first": first}, status=status)


def account(request: HttpRequest) -> HttpResponse:
    """Who one is here: hats, and what happened to the account lately."""
    person = request.user
    assert isinstance(person, User)
    hats = request.hats  # type: ignore[attr-defined]
    context = {"person": person, "mine": hats, "events": sentences(person)[:20]}
    return render(request, "accounts/account.html", context)


@sensitive_variables("words")
@never_cache
def tokens(request: HatRequest) -> HttpResponse:
    """The tokens one has; a new one is shown once, in the answer that makes it."""
    form = TokenForm(request.POST or None)
    words, status = "", 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            _, words = services.create_token(request.membership, days=form.cleaned_data["days"], by_token=False)
            form, status = TokenForm(), 200
    mine = ApiToken.objects.visible_to(request.membership).select_related(
        "membership__organization", "membership__person"
    )
    context = {"form": form, "words": words, "tokens": mine.order_by("-created")}
    return render(request, "accounts/tokens.html", context, status=status)


def delete_token(request: HatRequest, pk: int) -> HttpResponse:
    services.delete_token(subject(request, ApiToken), by=request.membership)
    messages.success(request, "令牌已删除，使用它的程序从现在起不能再访问。")
    return redirect("accounts:tokens")
