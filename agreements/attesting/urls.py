from django.urls import path

from agreements.attesting import views

urlpatterns = [
    path("check/", views.check_by_number, name="check-by-number"),
    path("check/<str:token>/", views.check, name="check"),
]
