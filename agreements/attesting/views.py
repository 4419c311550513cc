"""The public check: what a code leads to, and the form for who types number and code instead. Nobody signs in."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.timezone import localdate
from django.views.decorators.http import require_http_methods, require_safe

from agreements.attesting import queries
from agreements.attesting.facts import Attested
from agreements.attesting.forms import NOT_FOUND, CheckForm
from core.policy import plain
from core.public import public


@require_safe
@public
def check(request: HttpRequest, token: str) -> HttpResponse:
    """What a code leads to: its state today, dates, masked parties. 404 for an unknown token, or while it is closed."""
    if is_closed(request):
        return closed(request)
    found = queries.by_token(token, on=localdate())
    if found is None:
        return render(request, "agreements/attesting/unknown.html", status=404)
    return _told(request, found)


@require_http_methods(["GET", "HEAD", "POST"])
@public
def check_by_number(request: HttpRequest) -> HttpResponse:
    """200 the form, or what was found · 404 while it is closed · 422 nothing found, without telling what is wrong.

    Number and code are sent in the body: an address would stand in the logs of every machine on the way.
    """
    if is_closed(request):
        return closed(request)
    form = CheckForm(request.POST if request.method == "POST" else None)
    if form.is_bound and form.is_valid():
        found = queries.by_number(form.cleaned_data["number"], form.cleaned_data["code"], on=localdate())
        if found:
            return _told(request, found)
        form.refuse([plain("E-FIELD", NOT_FOUND)])
    return render(request, "agreements/attesting/form.html", {"form": form}, status=422 if form.errors else 200)


def _told(request: HttpRequest, found: Attested) -> HttpResponse:
    return render(request, "agreements/attesting/paper.html", {"paper": found})


def is_closed(request: HttpRequest) -> bool:
    """By the plan of the year; who signed in may check all the same."""
    return not request.user.is_authenticated and not queries.is_open(on=localdate())


def closed(request: HttpRequest) -> HttpResponse:
    return render(request, "agreements/attesting/closed.html", status=404)
