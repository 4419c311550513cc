from django.urls import path

from desk.scans import views

urlpatterns = [
    path("", views.folders, name="past-scans"),
    path("<int:pk>/", views.folder, name="past-scan"),
]
