"""Every address: each app brings its pages (urls.py) and its part of /api/v1/ (api.py)."""

from importlib import import_module
from importlib.util import find_spec

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from config import health

PAGES = {
    "desk": "",
    "accounts": "",
    "core": "",
    "specialists": "specialists/",
    "agreements": "agreements/",
    "visits": "visits/",
    "funding": "funding/",
    "assessments": "assessments/",
}


def pages() -> list[URLPattern | URLResolver]:
    return [path(prefix, include(f"{app}.urls")) for app, prefix in PAGES.items() if find_spec(f"{app}.urls")]


def api() -> list[URLPattern | URLResolver]:
    """The `urlpatterns` of each app's api.py (accounts has five), all in one namespace."""
    names = [f"{app}.{part}" for app in PAGES for part in ("api", "member_api")]
    modules = [
        import_module(name)
        for name in (*names, "accounts.districts.api", "accounts.joining.api", "accounts.lists.api")
        if find_spec(name)
    ]
    return [pattern for module in modules for pattern in getattr(module, "urlpatterns", [])]


API_DOCS = SpectacularSwaggerSplitView.as_view(url_name="api-schema", template_name="core/api_docs.html")

urlpatterns = [
    path("live", health.live, name="live"),
    path("ready", health.ready, name="ready"),
    # Before the pages: of those some stand at the root, and each would be tried first for every call of the interface.
    path("api/v1/schema", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/v1/docs", API_DOCS, name="api-docs"),
    path("api/v1/", include((api(), "api"))),
    *pages(),
    path("admin/", admin.site.urls),
]

handler400 = "core.views.bad_request"
handler403 = "core.views.forbidden"
handler404 = "core.views.not_found"
handler500 = "core.views.server_error"
