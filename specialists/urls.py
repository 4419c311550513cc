from django.urls import path

from specialists import views

app_name = "specialists"
urlpatterns = [
    path("", views.registrations, name="list"),
    path("new/", views.new, name="new"),
    path("checks/", views.checks, name="checks"),
    path("selection/", views.selection, name="selection"),
    path("provincial/", views.provincial, name="provincial"),
    path("provincial/<int:pk>/end/", views.end_listing, name="provincial-end"),
    path("<int:pk>/", views.detail, name="detail"),
    path("<int:pk>/history/", views.history, name="history"),
    path("<int:pk>/edit/", views.edit, name="edit"),
    path("<int:pk>/checks/", views.recheck, name="recheck"),
    path("<int:pk>/discard/", views.discard, name="discard"),
    path("<int:pk>/submit/", views.submit, name="submit"),
    path("<int:pk>/review/", views.review, name="review"),
    path("<int:pk>/reveal/", views.reveal, name="reveal"),
]
