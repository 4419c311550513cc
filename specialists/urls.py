from django.urls import path

from specialists.views import listing, provincial, record, registering, review

app_name = "specialists"
urlpatterns = [
    path("", listing.registrations, name="list"),
    path("new/", registering.new, name="new"),
    path("checks/", registering.checks, name="checks"),
    path("selection/", listing.selection, name="selection"),
    path("provincial/", provincial.provincial, name="provincial"),
    path("provincial/<int:pk>/end/", provincial.end_listing, name="provincial-end"),
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
