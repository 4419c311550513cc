from django.urls import include, path

from desk import views
from desk.rosters.urls import reconciled

app_name = "desk"
urlpatterns = [
    path("", views.home, name="home"),
    path("quota/", views.quota, name="quota"),
    path("people/", views.people, name="people"),
    path("help/", views.help_page, name="help"),
    path("dictionaries/", include("desk.dictionaries.urls")),
    path("holidays/", include("desk.holidays.urls")),
    path("plan/", include("desk.plan.urls")),
    path("overrides/", include("desk.overrides.urls")),
    path("merges/", include("desk.merging.urls")),
    path("rosters/", include("desk.rosters.urls")),
    path("past-scans/", include("desk.scans.urls")),
    path("reconciliations/", include(reconciled)),
    path("search/", views.search, name="search"),
]
