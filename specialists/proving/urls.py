from django.urls import path

from specialists.proving import views

urlpatterns = [
    path("<int:pk>/evidence/", views.of_registration, name="evidence"),
    path("teams/<int:pk>/evidence/", views.of_team, name="team-evidence"),
    path("evidence/<int:pk>/", views.file, name="evidence-file"),
    path("evidence/<int:pk>/remove/", views.remove, name="evidence-remove"),
]
