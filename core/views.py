"""Pages that belong to no app."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from core.gallery import context


@require_safe
def gallery(request: HttpRequest) -> HttpResponse:
    """Every component on one page; only in a demonstration, its people are invented."""
    if not settings.DEMO:
        raise Http404
    return render(request, "components_gallery.html", context())
