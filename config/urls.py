"""Every address. Each app brings its own; /api/v1/ is one router put together from theirs."""

from django.contrib import admin
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView

from config import health

urlpatterns = [
    path("live", health.live, name="live"),
    path("ready", health.ready, name="ready"),
    path("", include("desk.urls")),
    path("", include("accounts.urls")),
    path("", include("core.urls")),
    path("specialists/", include("specialists.urls")),
    path("agreements/", include("agreements.urls")),
    path("visits/", include("visits.urls")),
    path("funding/", include("funding.urls")),
    path("assessments/", include("assessments.urls")),
    path("api/v1/schema", SpectacularAPIView.as_view(), name="api-schema"),
    path("api/v1/docs", SpectacularSwaggerView.as_view(url_name="api-schema"), name="api-docs"),
    path("admin/", admin.site.urls),
]
