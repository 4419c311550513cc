from django.urls import include, path

from specialists.selection.urls import urlpatterns as selection
from specialists.views import listing, looks, provincial, record, registering, review, team_review, teams

app_name = "specialists"
urlpatterns = [
    path("", include("specialists.changes.urls")),
    path("", include("specialists.proving.urls")),
    path("", listing.registrations, name="list"),
    path("new/", registering.new, name="new"),
    path("checks/", registering.checks, name="checks"),
    *selection,
    path("selection/", listing.selection, name="selection"),
    path("looks/", looks.looks, name="looks"),
    path("provincial/", provincial.provincial, name="provincial"),
    path("provincial/<int:pk>/end/", provincial.end_listing, name="provincial-end"),
    path("teams/", teams.listing, name="teams"),
    path("teams/new/", teams.new, name="team-new"),
    path("teams/checks/", teams.checks, name="team-checks"),
    path("teams/<int:pk>/", teams.detail, name="team-detail"),
    path("teams/<int:pk>/history/", teams.history, name="team-history"),
    path("teams/<int:pk>/edit/", teams.edit, name="team-edit"),
    path("teams/<int:pk>/checks/", teams.recheck, name="team-recheck"),
    path("teams/<int:pk>/discard/", teams.discard, name="team-discard"),
    path("teams/<int:pk>/submit/", teams.submit, name="team-submit"),
    path("teams/<int:pk>/review/", team_review.review, name="team-review"),
    path("teams/<int:pk>/lead/", teams.lead, name="team-lead"),
    path("<int:pk>/", record.detail, name="detail"),
    path("<int:pk>/history/", record.history, name="history"),
    path("<int:pk>/edit/", registering.edit, name="edit"),
    path("<int:pk>/checks/", registering.recheck, name="recheck"),
    path("<int:pk>/discard/", record.discard, name="discard"),
    path("<int:pk>/submit/", record.submit, name="submit"),
    path("<int:pk>/review/", review.review, name="review"),
    path("<int:pk>/invite/", record.invite, name="invite"),
    path("<int:pk>/reveal/", record.reveal, name="reveal"),
]
